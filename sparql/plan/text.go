package plan

import (
	"slices"
	"strconv"
	"strings"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/term"
)

// TextQuery is the property function for full-text search, named as in Apache
// Jena: ?s text:query "words", ?s text:query (property "words" limit), and
// (?s ?score ?literal) text:query (…).
const TextQuery = algebra.TextQuery

// HasTextQuery reports whether an operator contains text:query, other than
// inside EXISTS.
func HasTextQuery(op algebra.Op) bool {
	found := false
	algebra.Walk(op, func(o algebra.Op) {
		if bgp, ok := o.(*algebra.BGP); ok {
			found = found || slices.ContainsFunc(bgp.Patterns, isTextQuery)
		}
	})
	return found
}

func isTextQuery(t algebra.TriplePattern) bool {
	return isTerm(t.Predicate, term.NewIRI(TextQuery))
}

// textSearches takes the patterns of text:query and of the lists in its
// arguments out of a basic graph pattern.
func (b *builder) textSearches(patterns []algebra.TriplePattern) ([]algebra.TriplePattern, []*relation, error) {
	if !slices.ContainsFunc(patterns, isTextQuery) {
		return patterns, nil, nil
	}
	used := map[int]bool{}
	var found []*relation
	for i, t := range patterns {
		if !isTextQuery(t) {
			continue
		}
		used[i] = true
		subjects, err := b.listSlots(patterns, t.Subject, used)
		if err != nil {
			return nil, nil, err
		}
		args, err := b.listSlots(patterns, t.Object, used)
		if err != nil {
			return nil, nil, err
		}
		r, err := b.newTextSearch(subjects, args)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, r)
	}
	var rest []algebra.TriplePattern
	for i, t := range patterns {
		if !used[i] {
			rest = append(rest, t)
		}
	}
	return rest, found, nil
}

// listSlots returns the members of an RDF list in a pattern, or the node itself.
func (b *builder) listSlots(patterns []algebra.TriplePattern, n algebra.Node, used map[int]bool) ([]Slot, error) {
	find := func(subject algebra.Node, predicate string) (algebra.Node, bool) {
		for i, t := range patterns {
			if t.Subject == subject && isTerm(t.Predicate, term.NewIRI(predicate)) {
				used[i] = true
				return t.Object, true
			}
		}
		return nil, false
	}
	v, isVar := n.(algebra.Var)
	if !isVar || !v.Hidden() {
		s, err := b.slot(n)
		return []Slot{s}, err
	}
	var out []Slot
	for range len(patterns) {
		first, ok := find(n, vocab.RDFFirst)
		if !ok {
			break
		}
		s, err := b.slot(first)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
		if n, ok = find(n, vocab.RDFRest); !ok {
			break
		}
	}
	if len(out) == 0 {
		return nil, Requestf("text:query: the argument is neither a list nor a variable or literal")
	}
	return out, nil
}

// textSearch is a text search with the triples that have its literals.
type textSearch struct {
	TextSearch
	quad       Quad
	properties []algebra.Expr // when there are several, those P may be
}

func (b *builder) newTextSearch(subjects, args []Slot) (*relation, error) {
	if len(subjects) > 3 {
		return nil, Requestf("text:query: the subject list takes a subject, a score and a literal, not %d members", len(subjects))
	}
	s := &textSearch{}
	s.Literal = b.hidden("literal")
	s.quad = Quad{S: subjects[0], P: Slot{Var: b.hidden("property")}, O: Slot{Var: s.Literal}, G: b.active}
	for i, slot := range subjects[1:] {
		switch {
		case slot.Var == "":
			return nil, Requestf("text:query: score and literal must be variables, not %v", slot.Term)
		case i == 0:
			s.Score = slot.Var
		default:
			s.Literal = slot.Var
			s.quad.O = slot
		}
	}
	if err := s.arguments(args); err != nil {
		return nil, err
	}
	r := &relation{text: s, rows: 100}
	for _, v := range append(s.quad.vars(), s.Score, s.Query.Var) {
		if v != "" {
			r.vars = addVars(r.vars, v)
		}
	}
	return r, nil
}

// arguments reads property* 'query' limit? 'lang:tag'?.
func (s *textSearch) arguments(args []Slot) error {
	hasQuery := false
	for _, a := range args {
		n, err := strconv.Atoi(a.Term.Value())
		tag, isLang := strings.CutPrefix(a.Term.Value(), "lang:")
		switch {
		case a.Term.IsIRI() && !hasQuery:
			s.properties = append(s.properties, algebra.Term{Term: a.Term})
			s.quad.P = a
		case (a.Term.IsString() || a.Term.Lang() != "" || a.Var != "") && !hasQuery:
			s.Query, hasQuery = a, true
		case a.Term.IsLiteral() && err == nil && n > 0:
			s.Limit = n
		case a.Term.IsString() && isLang:
			s.Lang = tag
		default:
			return Requestf("text:query: unexpected argument %v", a)
		}
	}
	if !hasQuery {
		return Requestf("text:query: no query string among the arguments")
	}
	return nil
}

// attachText joins a text search and looks its literals up.
func (b *builder) attachText(current Node, r *relation) (Node, error) {
	if current == nil {
		current = unit()
	}
	s := r.text.TextSearch
	s.Input = current
	s.inherit(current.Base())
	s.Order = nil
	for _, v := range []Var{s.Literal, s.Score} {
		if v != "" {
			s.Vars = addVars(s.Vars, v)
			s.Certain = s.Certain.clone().add(v)
		}
	}
	s.Rows *= r.rows
	s.Cost += s.Rows
	q := r.text.quad
	if len(r.text.properties) > 1 {
		q.P = Slot{Var: b.hidden("property")}
	}
	found := &relation{quad: &q, vars: q.vars()}
	if err := b.estimate(found); err != nil {
		return nil, err
	}
	var n Node = newLookup(&s, found)
	if len(r.text.properties) > 1 {
		in := &algebra.Call{Func: syntax.FnIn, Args: append([]algebra.Expr{q.P.Var}, r.text.properties...)}
		n = filterNode(n, []algebra.Expr{in})
	}
	return n, nil
}
