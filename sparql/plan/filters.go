package plan

import (
	"fincat/sparql/algebra"
)

// waitingFilters are the filters of a group that are not applied yet, and how
// many relations that are still to come bind each variable.
type waitingFilters struct {
	list []waitingFilter
	open map[Var]int
}

type waitingFilter struct {
	expr   algebra.Expr
	vars   VarSet
	exists bool
}

// waiting prepares the filters of a group.
func (g *group) waiting() *waitingFilters {
	w := &waitingFilters{}
	if len(g.filters) == 0 {
		return w
	}
	for _, e := range g.filters {
		vars := g.exprVars(VarSet{}, e)
		w.list = append(w.list, waitingFilter{e, vars, hasExists(e)})
		_ = g.work(1 + len(vars))
	}
	w.open = map[Var]int{}
	for _, r := range g.relations {
		for v := range r.bound() {
			w.open[v]++
		}
	}
	return w
}

// bound returns the variables that a relation may bind.
func (r *relation) bound() VarSet {
	s := setOf(r.vars...)
	if r.unfold != nil {
		nodeVars(s, r.unfold.Pattern)
	}
	return s
}

// attached notes that a relation is no longer to come.
func (w *waitingFilters) attached(r *relation) {
	if len(w.list) == 0 {
		return
	}
	for v := range r.bound() {
		w.open[v]--
	}
}

func (w *waitingFilters) exprs() []algebra.Expr {
	var out []algebra.Expr
	for _, f := range w.list {
		out = append(out, f.expr)
	}
	return out
}

// settle applies the filters whose variables have their final values: bound in
// every solution, or not to be bound by what is still to come. last tells that
// nothing is to come.
func (g *group) settle(current Node, last bool, w *waitingFilters) (Node, error) {
	var now []algebra.Expr
	var later []waitingFilter
	certain := current.Base().Certain
	for _, f := range w.list {
		ready := last || !f.exists
		for v := range f.vars {
			if !ready {
				break
			}
			ready = certain.Has(v) || w.open[v] == 0
		}
		if ready {
			now = append(now, f.expr)
		} else {
			later = append(later, f)
		}
	}
	if err := g.work(len(w.list)); err != nil {
		return nil, err
	}
	if len(now) == 0 {
		return current, nil
	}
	w.list = later
	return g.filter(current, now)
}
