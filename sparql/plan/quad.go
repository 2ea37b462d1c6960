package plan

import (
	"math"
	"slices"

	"fincat/sparql/algebra"
	"fincat/store"
)

// slots returns the positions in the sequence S, P, O, and the graph as a slot.
func (q *Quad) slots() [4]Slot {
	return [4]Slot{q.S, q.P, q.O, q.G.slot()}
}

// slot returns the graph position: a variable, one graph, or the zero Slot for
// a union.
func (g Graphs) slot() Slot {
	switch g.Mode {
	case OneGraph:
		return Slot{ID: g.ID}
	case VarGraph:
		return Slot{Var: g.Var}
	}
	return Slot{}
}

// vars returns the distinct variables in the sequence S, P, O, G.
func (q *Quad) vars() []Var {
	var vs []Var
	for _, s := range q.slots() {
		if s.Var != "" && !slices.Contains(vs, s.Var) {
			vs = append(vs, s.Var)
		}
	}
	return vs
}

// open returns how many positions hold a variable.
func (q *Quad) open() int {
	n := 0
	for _, s := range q.slots() {
		if s.Var != "" {
			n++
		}
	}
	return n
}

// missing reports whether a constant is not in the store, so that nothing matches.
func (q *Quad) missing() bool {
	for _, s := range q.slots() {
		if s.Var == "" && s.ID >= store.FirstLocal {
			return true
		}
	}
	return false
}

// pattern returns the constants as a pattern of the store.
func (q *Quad) pattern() store.Pattern {
	p := store.Pattern{S: q.S.ID, P: q.P.ID, O: q.O.ID}
	if q.G.Mode == OneGraph {
		p.G = q.G.ID
	}
	return p
}

// quad turns a triple pattern into a Quad of the active graph. A triple term
// with variables becomes a hidden variable and the returned Unfold, which has
// no input yet.
func (b *builder) quad(t algebra.TriplePattern) (Quad, *Unfold, error) {
	q := Quad{G: b.active}
	var unfold *Unfold
	if tt, ok := t.Object.(algebra.TripleTerm); ok {
		v := b.hidden("tt")
		unfold = &Unfold{Var: v, Pattern: tt}
		t.Object = v
	}
	var err error
	for _, x := range []struct {
		to   *Slot
		from algebra.Node
	}{{&q.S, t.Subject}, {&q.P, t.Predicate}, {&q.O, t.Object}} {
		if err == nil {
			*x.to, err = b.slot(x.from)
		}
	}
	return q, unfold, err
}

// countQuads returns how many quads match the constants of a pattern.
func (b *builder) countQuads(q Quad) (uint64, bool, error) {
	if q.missing() {
		return 0, true, nil
	}
	p := q.pattern()
	n, exact, err := b.Counts.Count(p)
	return n, exact && q.G.Mode == OneGraph, err
}

// scanOrder is an index order that suits a pattern's constants, and the
// variables it sorts by.
type scanOrder struct {
	order store.Order
	by    []Var
}

// scanOrders returns the orders in which the pattern's constants come first.
func (q *Quad) scanOrders() []scanOrder {
	p := q.pattern()
	bound := [4]bool{p.S != 0, p.P != 0, p.O != 0, p.G != 0}
	n := 0
	for _, b := range bound {
		if b {
			n++
		}
	}
	slots := q.slots()
	var out []scanOrder
	for o := store.SPOG; o <= store.GOSP; o++ {
		pos := o.Positions()
		if q.G.Mode != OneGraph && o > store.OSPG {
			break
		}
		if !slices.ContainsFunc(pos[:n], func(i uint8) bool { return !bound[i] }) {
			so := scanOrder{order: o}
			for _, i := range pos[n:] {
				v := slots[i].Var
				if v == "" {
					break
				}
				if !slices.Contains(so.by, v) {
					so.by = append(so.by, v)
				}
			}
			out = append(out, so)
		}
	}
	return out
}

// relation is one member of a group of joins: a triple pattern, or an operator
// that was planned by itself or is to be joined with the bindings so far.
type relation struct {
	quad   *Quad
	unfold *Unfold
	path   *algebra.Path
	text   *textSearch
	op     algebra.Op
	// sideways is set when it should be evaluated with the bindings so far.
	sideways bool
	plan     Node // of op, or of a table
	vars     []Var
	maybe    VarSet // variables that a solution of it may leave unbound
	rows     float64
	dist     map[Var]float64
	lead     Var // by which a scan of it is to be sorted first
}

// estimate fills rows and distinct counts of a triple pattern.
func (g *group) estimate(r *relation) error {
	n, _, err := g.countQuads(*r.quad)
	if err != nil {
		return err
	}
	r.rows = float64(n)
	st := g.Counts.Stats()
	r.dist = make(map[Var]float64, 4)
	set := func(s Slot, d float64) {
		if s.Var != "" {
			d = max(1, min(d, r.rows))
			if old, ok := r.dist[s.Var]; ok {
				d = min(d, old)
			}
			r.dist[s.Var] = d
		}
	}
	subjects, objects := float64(st.Subjects), float64(st.Objects)
	if p := r.quad.P.ID; r.quad.P.Var == "" {
		ps := st.Predicate(p)
		subjects, objects = float64(ps.Subjects), float64(ps.Objects)
	}
	set(r.quad.S, subjects)
	set(r.quad.O, objects)
	set(r.quad.P, float64(st.Predicates))
	set(r.quad.G.slot(), float64(st.Graphs))
	if repeated := r.quad.open() - len(r.quad.vars()); repeated > 0 {
		r.rows /= math.Pow(max(1, max(subjects, objects)), float64(repeated))
	}
	return nil
}
