package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
)

// equality is a filter by which a relation that shares no variable with the solutions so
// far can be joined to them: two expressions, one about each, are to be equal.
type equality struct{ left, right algebra.Expr }

// equal returns the equality of a group's filters that joins a relation to the solutions
// so far; nil when there is none.
func (g *group) equal(current Node, r *relation, w *waitingFilters) *equality {
	if current == nil || g.Force == ByLookup || r.unfold != nil || r.sideways || len(r.maybe) > 0 ||
		r.quad == nil && r.plan == nil {
		return nil
	}
	info := current.Base()
	if slices.ContainsFunc(r.vars, func(v Var) bool { return slices.Contains(info.Vars, v) }) {
		return nil
	}
	own := setOf(r.vars...)
	for _, f := range w.list {
		c, ok := f.expr.(*algebra.Call)
		if !ok || c.Func != value.FnEqual || f.exists {
			continue
		}
		for i, left := range c.Args {
			right := c.Args[1-i]
			a, b := g.exprVars(VarSet{}, left), g.exprVars(VarSet{}, right)
			if len(a) > 0 && len(b) > 0 && subset(a, info.Certain) && subset(b, own) {
				return &equality{left, right}
			}
		}
	}
	return nil
}

// nextEqual returns the index of the first relation that an equality joins to the solutions
// so far, where the one at index at would be joined to all of them; otherwise at.
func (g *group) nextEqual(current Node, rest []*relation, at int, w *waitingFilters) int {
	if current == nil || len(w.list) == 0 || len(rest[at].vars) == 0 ||
		slices.ContainsFunc(rest[at].vars, func(v Var) bool { return slices.Contains(current.Base().Vars, v) }) {
		return at
	}
	i := slices.IndexFunc(rest, func(r *relation) bool { return g.equal(current, r, w) != nil })
	if i < 0 {
		return at
	}
	return i
}

// attachEqual joins by the hash of the values that are to be equal. The filter itself
// still decides.
func (g *group) attachEqual(current Node, r *relation, e *equality) Node {
	right := r.plan
	if r.quad != nil {
		if r.quad.missing() {
			return g.attachQuad(current, r)
		}
		right = newScan(r, r.quad.scanOrders()[0])
	}
	key := g.hidden("key")
	with := func(n Node, e algebra.Expr) Node {
		call := &algebra.Call{Func: value.FnKey, Args: []algebra.Expr{e}}
		if _, ok := e.(algebra.Var); !ok { // of which every solution has a value
			none := algebra.Term{Term: value.Bool(false).Term()} // for an error, which equals nothing
			call = &algebra.Call{Func: value.FnCoalesce, Args: []algebra.Expr{call, none}}
		}
		x := extendNode(n, key, call)
		x.Certain = x.Certain.clone().add(key)
		return x
	}
	return g.join(with(current, e.left), with(right, e.right))
}
