package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
	"fincat/store"
)

// maxCounted is how many predicates are listed from the counts of the store; a store with
// more is read.
const maxCounted = 1 << 14

// counted is one triple pattern about which the exact counts of the store say how many
// solutions it has, for each predicate and in all.
type counted struct {
	*builder
	q Quad
	// whole is set when the active graph has all quads of the store, single when no triple
	// is in two graphs of it.
	whole, single bool
}

// newCounted looks whether op is one triple pattern without repeated variables; it is nil for
// anything else.
func newCounted(b *builder, op algebra.Op) (*counted, error) {
	bgp, ok := op.(*algebra.BGP)
	if !ok || len(bgp.Patterns) != 1 || b.seed != nil || b.active.Mode != OneGraph && b.active.Mode != AllGraphs {
		return nil, nil
	}
	q, unfold, err := b.quad(bgp.Patterns[0])
	if err != nil || unfold != nil || len(q.vars()) != q.open() {
		return nil, err
	}
	c := &counted{builder: b, q: q, whole: true, single: true}
	if b.active.Mode == AllGraphs {
		c.single = b.Counts.Stats().Graphs <= 1
		return c, nil
	}
	n, exact, err := b.countQuads(Quad{G: b.active})
	c.whole = exact && n == b.Counts.Stats().Quads
	return c, err
}

// group answers a group whose aggregates are counts of solutions, or of the distinct
// terms of a variable; its key may be the variable of the predicate. It is nil when not
// all of that is known.
func (c *counted) group(op *algebra.Group) (Node, error) {
	if c == nil {
		return nil, nil
	}
	predicates := []store.ID{c.q.P.ID}
	var vars []Var
	if len(op.Keys) > 0 {
		v, ok := op.Keys[0].Expr.(algebra.Var)
		if !ok || len(op.Keys) > 1 || v != c.q.P.Var {
			return nil, nil
		}
		if predicates = c.predicates(); predicates == nil {
			return nil, nil
		}
		vars = append(vars, op.Keys[0].Var)
	}
	rows := make([][]store.ID, 0, len(predicates))
	for _, p := range predicates {
		row := make([]store.ID, 0, 1+len(op.Aggregates))
		if len(op.Keys) > 0 {
			row = append(row, p)
		}
		for _, a := range op.Aggregates {
			n, ok, err := c.aggregate(a, p)
			if err != nil || !ok {
				return nil, err
			}
			id, err := c.ID(value.Int(int64(n)).Term())
			if err != nil {
				return nil, err
			}
			row = append(row, id)
		}
		if err := c.work(len(row)); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	for _, a := range op.Aggregates {
		vars = append(vars, a.Var)
	}
	return c.table(vars, rows), nil
}

// distinct answers SELECT DISTINCT of some variables, where it is the predicate; it is nil
// where that is not known.
func (c *counted) distinct(wanted []Var) (Node, error) {
	if c == nil || len(wanted) != 1 || wanted[0] != c.q.P.Var {
		return nil, nil
	}
	predicates := c.predicates()
	if predicates == nil {
		return nil, nil
	}
	rows := make([][]store.ID, len(predicates))
	for i, p := range predicates {
		rows[i] = []store.ID{p}
	}
	return c.table(wanted, rows), c.work(len(rows))
}

func (c *counted) table(vars []Var, rows [][]store.ID) *Table {
	t := table(vars, setOf(vars...), rows)
	t.Counted = &c.q
	return t
}

// predicates returns those of the solutions, nil where they are not known.
func (c *counted) predicates() []store.ID {
	list := c.Counts.Stats().ByPredicate()
	if !c.whole || !c.alone(0) || len(list) > maxCounted {
		return nil
	}
	out := make([]store.ID, len(list))
	for i, p := range list {
		out[i] = p.Predicate
	}
	return out
}

// alone reports whether nothing but the predicate restricts the pattern: one of its own
// where p is zero and it has one.
func (c *counted) alone(p store.ID) bool {
	return c.q.S.Var != "" && c.q.O.Var != "" && (c.q.P.Var != "" || p != 0)
}

// aggregate returns the value of one aggregate over the solutions with predicate p, or
// over all where it is zero; ok is false when it is not known.
func (c *counted) aggregate(a algebra.Aggregation, p store.ID) (n uint64, ok bool, err error) {
	v, isVar := a.Arg.(algebra.Var)
	solutions := a.Arg == nil && !a.Distinct
	if a.Func != value.AggCount || !solutions && (!isVar || !slices.Contains(c.q.vars(), v)) {
		return 0, false, nil
	}
	if a.Distinct {
		n, ok = c.terms(v, p)
		return n, ok, nil
	}
	q := c.q
	if q.P.Var != "" && p != 0 {
		q.P = Slot{ID: p}
	}
	if q.missing() {
		return 0, true, nil
	}
	n, ok, err = c.Counts.Count(q.pattern())
	return n, ok && c.single, err
}

// terms returns how many distinct terms a variable stands for in the solutions with
// predicate p, or in all where it is zero; ok is false when that is not known.
func (c *counted) terms(v Var, p store.ID) (n uint64, ok bool) {
	st := c.Counts.Stats()
	switch {
	case c.q.missing():
		return 0, true
	case !c.whole || !c.alone(p):
		return 0, false
	case p == 0 && v == c.q.S.Var:
		return st.Subjects, true
	case p == 0 && v == c.q.O.Var:
		return st.Objects, true
	case p == 0:
		return st.Predicates, true
	case v == c.q.S.Var:
		return st.Predicate(p).Subjects, true
	case v == c.q.O.Var:
		return st.Predicate(p).Objects, true
	}
	return 1, true
}
