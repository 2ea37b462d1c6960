package syntax

import "strconv"

// varSet is a set of variables.
type varSet map[Var]struct{}

func (s *varSet) add(v Var) {
	if *s == nil {
		*s = varSet{}
	}
	(*s)[v] = struct{}{}
}

// addAll moves the variables of t into s; the smaller set is copied, so that
// deep nesting does not cost quadratic time.
func (s *varSet) addAll(t varSet) {
	if len(*s) < len(t) {
		*s, t = t, *s
	}
	for v := range t {
		s.add(v)
	}
}

func (s varSet) has(v Var) bool {
	_, ok := s[v]
	return ok
}

// labelTable keeps blank node labels of one kind of place: patterns, templates
// or data. Labels of the text stay as they are; nodes without a label get one
// that is free.
type labelTable struct {
	names map[string]string // label in the text → label in the tree
	taken map[string]bool   // labels in the tree
	scope map[string]int    // label in the text → the scope it was used in
	count int
}

func (l *labelTable) prepare() {
	if l.taken == nil {
		l.names, l.taken, l.scope = map[string]string{}, map[string]bool{}, map[string]int{}
	}
}

// fresh returns a label that is not in use.
func (l *labelTable) fresh() string {
	l.prepare()
	for {
		s := "b" + strconv.Itoa(l.count)
		l.count++
		if !l.taken[s] {
			l.taken[s] = true
			return s
		}
	}
}

// label returns the tree's label for one of the text, used in the given scope;
// ok is false when another scope has used it (SPARQL 1.1 §19.6).
func (l *labelTable) label(text string, scope int) (label string, ok bool) {
	l.prepare()
	if label, seen := l.names[text]; seen {
		return label, l.scope[text] == scope
	}
	label = text
	if l.taken[text] {
		label = l.fresh()
	}
	l.names[text], l.taken[label], l.scope[text] = label, true, scope
	return label, true
}

// level is the state of a query level: a SELECT clause with its modifiers
// (SPARQL 1.1 §18.2.4.1). The zero level allows no aggregates.
type level struct {
	aggregates bool    // aggregates are allowed here
	inside     bool    // within the argument of an aggregate
	grouped    bool    // an aggregate was seen
	collect    bool    // plain is wanted
	plain      []token // variables met outside aggregates
}
