package rdfio

import (
	"cmp"
	"slices"

	"fincat/vocab"
	"fincat/vocab/term"
)

// maxNesting is how deep the writers nest; deeper blank nodes get labels, so
// that every reader can follow.
const maxNesting = 60

// layout is how a dataset is laid out in a document for people: subjects
// sorted, and blank nodes and lists inside what refers to them where that is
// the only place.
type layout struct {
	quads    []term.Quad // sorted, each once
	subjects []span      // of quads: each subject of each graph
	bySubj   map[term.Term][]int
	nodes    map[term.Term]*blankInfo
	lists    map[term.Term][]term.Term // head of a well-formed list and its members
	cells    map[term.Term]term.Term   // list cells and the head of their list
}

// span is the quads [from, to) of one subject in one graph.
type span struct{ from, to int }

// blankInfo says where a blank node occurs.
type blankInfo struct {
	refs     int       // as an object
	owner    term.Term // subject of the last of these
	via      term.Term // and its predicate
	graph    term.Term // of the first occurrence
	fixed    bool      // occurs where only a label can stand
	depth    int       // of nesting; 0: not known yet
	visiting bool
}

func newLayout(quads []term.Quad) *layout {
	slices.SortFunc(quads, compareForReading)
	l := &layout{
		quads: slices.Compact(quads), bySubj: map[term.Term][]int{}, nodes: map[term.Term]*blankInfo{},
		lists: map[term.Term][]term.Term{}, cells: map[term.Term]term.Term{},
	}
	for i := 0; i < len(l.quads); {
		from := i
		q := l.quads[i]
		for i < len(l.quads) && l.quads[i].Subject == q.Subject && l.quads[i].Graph == q.Graph {
			i++
		}
		if q.Subject.IsBlankNode() {
			l.bySubj[q.Subject] = append(l.bySubj[q.Subject], len(l.subjects))
		}
		l.subjects = append(l.subjects, span{from, i})
	}
	for _, q := range l.quads {
		l.note(q)
	}
	for _, q := range l.quads {
		if q.Predicate.Value() == vocab.RDFRest && q.Object.Value() == vocab.RDFNil {
			l.findList(q.Subject)
		}
	}
	for _, q := range l.quads {
		if q.Object.IsBlankNode() {
			l.place(q.Object)
		}
	}
	return l
}

// compareForReading orders quads as people look for them: the default graph
// first, IRIs before blank nodes, rdf:type before other predicates.
func compareForReading(a, b term.Quad) int {
	if a.Graph != b.Graph {
		return term.Compare(a.Graph, b.Graph)
	}
	if a.Subject != b.Subject {
		return cmp.Or(cmp.Compare(blankLast(a.Subject), blankLast(b.Subject)), term.Compare(a.Subject, b.Subject))
	}
	if a.Predicate != b.Predicate {
		return cmp.Or(cmp.Compare(typeFirst(a.Predicate), typeFirst(b.Predicate)), term.Compare(a.Predicate, b.Predicate))
	}
	return term.Compare(a.Object, b.Object)
}

func blankLast(t term.Term) int {
	if t.IsBlankNode() {
		return 1
	}
	return 0
}

func typeFirst(t term.Term) int {
	if t.Value() == vocab.RDFType {
		return 0
	}
	return 1
}

// note counts the occurrences of blank nodes in a quad.
func (l *layout) note(q term.Quad) {
	if q.Graph.IsBlankNode() {
		l.node(q.Graph, q.Graph).fixed = true
	}
	if q.Subject.IsBlankNode() {
		l.node(q.Subject, q.Graph)
	}
	switch {
	case q.Object.IsBlankNode():
		n := l.node(q.Object, q.Graph)
		n.refs++
		n.owner, n.via = q.Subject, q.Predicate
	case q.Object.IsTripleTerm():
		l.noteTripleTerm(q.Object, q.Graph)
	}
}

func (l *layout) noteTripleTerm(t, graph term.Term) {
	v := t.Triple()
	for _, u := range [...]term.Term{v.Subject, v.Object} {
		switch {
		case u.IsBlankNode():
			l.node(u, graph).fixed = true
		case u.IsTripleTerm():
			l.noteTripleTerm(u, graph)
		}
	}
}

func (l *layout) node(t, graph term.Term) *blankInfo {
	n := l.nodes[t]
	if n == nil {
		n = &blankInfo{graph: graph}
		l.nodes[t] = n
	}
	if n.graph != graph {
		n.fixed = true // the same label must be met in two graphs
	}
	return n
}

// inline reports whether a blank node is written where it is referred to.
func (l *layout) inline(t term.Term) bool {
	n := l.nodes[t]
	return n != nil && n.refs == 1 && !n.fixed
}

// anonymous reports whether nothing refers to a blank node.
func (l *layout) anonymous(t term.Term) bool {
	n := l.nodes[t]
	return n != nil && n.refs == 0 && !n.fixed
}

// properties returns the quads of an inline blank node.
func (l *layout) properties(t term.Term) []term.Quad {
	if s := l.bySubj[t]; len(s) > 0 {
		return l.quads[l.subjects[s[0]].from:l.subjects[s[0]].to]
	}
	return nil
}

// member returns the member of a list cell: an inline blank node with exactly
// rdf:first and rdf:rest.
func (l *layout) member(t term.Term) (term.Term, bool) {
	if !l.inline(t) {
		return term.Term{}, false
	}
	p := l.properties(t)
	if len(p) != 2 || p[0].Predicate.Value() != vocab.RDFFirst || p[1].Predicate.Value() != vocab.RDFRest {
		return term.Term{}, false
	}
	return p[0].Object, true
}

// findList follows a list from its last cell to its head.
func (l *layout) findList(last term.Term) {
	var members, cells []term.Term
	cell := last
	seen := map[term.Term]bool{}
	for {
		m, ok := l.member(cell)
		if !ok || seen[cell] {
			break
		}
		seen[cell] = true
		members, cells = append(members, m), append(cells, cell)
		n := l.nodes[cell]
		if n.via.Value() != vocab.RDFRest {
			break
		}
		cell = n.owner
	}
	if len(cells) == 0 {
		return
	}
	slices.Reverse(members)
	head := cells[len(cells)-1]
	l.lists[head] = members
	for _, c := range cells {
		l.cells[c] = head
	}
}

// place finds how deep a blank node is nested. One that would be nested in
// itself, or too deep, gets a label.
func (l *layout) place(t term.Term) {
	var chain []*blankInfo
	var names []term.Term
	depth := 0
	for {
		if head, ok := l.cells[t]; ok {
			t = head
		}
		n := l.nodes[t]
		if n == nil || !l.inline(t) {
			break
		}
		if n.visiting {
			l.fix(t)
			break
		}
		if n.depth > 0 {
			depth = n.depth
			break
		}
		n.visiting = true
		chain, names = append(chain, n), append(names, t)
		t = n.owner
	}
	for i := len(chain) - 1; i >= 0; i-- {
		chain[i].visiting = false
		if chain[i].fixed {
			depth = 0
			continue
		}
		depth++
		if depth > maxNesting {
			l.fix(names[i])
			depth = 0
		}
		chain[i].depth = max(depth, 1)
	}
}

// fix gives a node a label, and to all cells when it is the head of a list.
func (l *layout) fix(t term.Term) {
	l.nodes[t].fixed = true
	if l.cells[t] != t {
		return
	}
	delete(l.lists, t)
	cell := t
	for l.cells[cell] == t {
		delete(l.cells, cell)
		l.nodes[cell].fixed = true
		cell = l.properties(cell)[1].Object
	}
}
