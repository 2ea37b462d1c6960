package algebra

import "context"

// Simplify rewrites o without statistics; its value stays the same multiset of
// solutions, and the same sequence where o has an order. Each rule is a small
// function in one of the files simplify_*.go. The only error is that of ctx.
func Simplify(ctx context.Context, o Op) (Op, error) {
	s := &simplifier{varCache: varCache{ctx: ctx}}
	out := s.op(o)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// maxWork bounds what simplifying may cost; beyond it a request is left as far
// as it has come, which is always right.
const maxWork = 2_000_000

// maxRounds bounds how often rules apply to one operator.
const maxRounds = 16

// simplifier applies the rules from the leaves up.
type simplifier struct {
	varCache
	facts map[Expr]*exprFacts
	// context is set within EXISTS, where every leaf is joined with the solution
	// EXISTS is asked for, so that variables may be bound that o does not have.
	context bool
}

// rule rewrites an operator whose inputs are simplified; ok is false, and the
// operator ignored, when it does not apply.
type rule func(*simplifier, Op) (out Op, ok bool)

// rules are tried in this order. The list is constant.
func rules() []rule {
	return []rule{
		dropEmpty, flattenJoin, mergeGraphPatterns, flattenUnion,
		splitConjunction, mergeFilters, foldFilter, foldLeftJoin,
		rejectUnbound, narrowByConstant, pushFilter, narrowByList, pushCondition,
		dropMinus, mergeProjects, mergeDistinct, dropDistinct, sortLast, pushSlice,
	}
}

// op simplifies o and everything below it.
func (s *simplifier) op(o Op) Op {
	if s.exhausted() {
		return o
	}
	return s.node(withExprs(withInputs(o, s.op), s.expr))
}

// node applies the rules to an operator whose inputs are simplified.
func (s *simplifier) node(o Op) Op {
	for range maxRounds {
		changed := false
		for _, r := range rules() {
			if s.exhausted() {
				return o
			}
			s.work++
			if n, ok := r(s, o); ok {
				o, changed = n, true
			}
		}
		if !changed {
			break
		}
	}
	return o
}

// expr simplifies an expression, and the patterns of EXISTS in it.
func (s *simplifier) expr(e Expr) Expr {
	s.work++
	switch e := e.(type) {
	case *Call:
		return fold(&Call{e.Func, mapExprs(e.Args, s.expr)})
	case *CustomCall:
		return foldCast(&CustomCall{e.IRI, mapExprs(e.Args, s.expr)})
	case *Exists:
		inner := &simplifier{context: true, varCache: varCache{ctx: s.ctx}}
		inner.work = s.work
		out := &Exists{e.Not, inner.op(e.Pattern)}
		s.work = inner.work
		return out
	}
	return e
}
