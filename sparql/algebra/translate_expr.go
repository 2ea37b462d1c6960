package algebra

import (
	"fmt"

	"fincat/sparql/syntax"
	"fincat/sparql/value"
)

// expr translates an expression without aggregates.
func (t *translator) expr(e syntax.Expr) Expr {
	x := expressions{t: t}
	return x.expr(e)
}

// expressions translates the expressions of one query level. With a group,
// aggregates become hidden variables of it (SPARQL 1.1 §18.2.4.1).
type expressions struct {
	t     *translator
	group *Group
	seen  map[string]Var // aggregates by their text, so that each is computed once
	known varSet         // variables that exist beside those of the group
}

// isGrouped reports whether a query level groups.
func isGrouped(s *syntax.Select) bool {
	if len(s.GroupBy) > 0 {
		return true
	}
	for _, item := range s.Projection {
		if hasAggregate(item.Expr) {
			return true
		}
	}
	for _, e := range s.Having {
		if hasAggregate(e) {
			return true
		}
	}
	for _, c := range s.OrderBy {
		if hasAggregate(c.Expr) {
			return true
		}
	}
	return false
}

// hasAggregate reports whether e contains an aggregate of its own level.
func hasAggregate(e syntax.Expr) bool {
	var args []syntax.Expr
	switch e := e.(type) {
	case syntax.Aggregate:
		return true
	case syntax.Call:
		args = e.Args
	case syntax.CustomCall:
		args = e.Args
	}
	for _, a := range args {
		if hasAggregate(a) {
			return true
		}
	}
	return false
}

// groupKeys sets the keys of the group and returns its input: a key named with
// AS is bound before grouping, so that later keys may use it.
func (x *expressions) groupKeys(op Op, conditions []syntax.GroupCondition) Op {
	for _, c := range conditions {
		e := x.t.expr(c.Expr)
		v, isVar := e.(Var)
		switch {
		case c.Var != "":
			v = Var(c.Var)
			op = &Extend{op, v, e}
			e = v
		case !isVar:
			v = x.t.fresh("g")
		}
		if !x.known.contains(v) {
			x.known.add(v)
			x.group.Keys = append(x.group.Keys, GroupKey{v, e})
		}
	}
	return op
}

func (x *expressions) all(es []syntax.Expr) []Expr {
	if es == nil {
		return nil
	}
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = x.expr(e)
	}
	return out
}

func (x *expressions) orderKeys(cs []syntax.OrderCondition) []OrderKey {
	var out []OrderKey
	for _, c := range cs {
		out = append(out, OrderKey{x.expr(c.Expr), c.Descending})
	}
	return out
}

func (x *expressions) expr(e syntax.Expr) Expr {
	switch e := e.(type) {
	case syntax.Var:
		return x.variable(Var(e))
	case syntax.Term:
		return Term{e.Term}
	case syntax.Call:
		return &Call{e.Func, x.all(e.Args)}
	case syntax.CustomCall:
		return &CustomCall{e.IRI, x.all(e.Args)}
	case syntax.Exists:
		x.t.exists++
		defer func() { x.t.exists-- }()
		return &Exists{e.Not, x.t.group(e.Pattern)}
	case syntax.Aggregate:
		return x.aggregate(e)
	}
	panic(unsupported{fmt.Sprintf("unknown expression %T", e)})
}

// variable translates a variable outside of aggregates. One that grouping does
// not leave over is sampled.
func (x *expressions) variable(v Var) Expr {
	if x.group == nil || x.known.contains(v) {
		return v
	}
	return x.aggregation(Aggregation{Func: value.AggSample, Arg: v})
}

func (x *expressions) aggregate(e syntax.Aggregate) Expr {
	a := Aggregation{Func: e.Func, Distinct: e.Distinct}
	inner := expressions{t: x.t}
	if e.Arg != nil {
		a.Arg = inner.expr(e.Arg)
	}
	if e.Func == value.AggGroupConcat {
		a.Separator = " "
		if e.Separator != nil {
			a.Separator = *e.Separator
		}
		a.OrderBy = inner.orderKeys(e.OrderBy)
	}
	return x.aggregation(a)
}

// aggregation adds a to the group, or finds the same there.
func (x *expressions) aggregation(a Aggregation) Var {
	var p printer
	p.aggregation(a)
	key := p.String()
	if v, ok := x.seen[key]; ok {
		return v
	}
	a.Var = x.t.fresh("a")
	if x.seen == nil {
		x.seen = map[string]Var{}
	}
	if a.deterministic() {
		x.seen[key] = a.Var
	}
	x.group.Aggregates = append(x.group.Aggregates, a)
	return a.Var
}

// deterministic reports whether computing a twice gives the same value.
func (a Aggregation) deterministic() bool {
	for _, k := range a.OrderBy {
		if !deterministic(k.Expr) {
			return false
		}
	}
	return a.Arg == nil || deterministic(a.Arg)
}

// deterministic reports whether e has the same value whenever it is evaluated
// for the same solution.
func deterministic(e Expr) bool {
	switch e := e.(type) {
	case *Call:
		return e.Func.Dependence() < value.OnChance && allDeterministic(e.Args)
	case *CustomCall:
		return allDeterministic(e.Args)
	case *Exists:
		ok := true
		Walk(e.Pattern, func(o Op) { ok = ok && allDeterministic(Exprs(o)) })
		return ok
	}
	return true
}

func allDeterministic(es []Expr) bool {
	for _, e := range es {
		if !deterministic(e) {
			return false
		}
	}
	return true
}
