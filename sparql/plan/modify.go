package plan

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
)

// extend plans BIND. Where bindings from the left hold the variable already,
// the value must agree with them.
func (b *builder) extend(in Node, v Var, e algebra.Expr) (Node, error) {
	if err := b.work(len(in.Base().Vars)); err != nil {
		return nil, err
	}
	in, e, err := b.liftExists(in, e)
	if err != nil {
		return nil, err
	}
	if namesBlank(e) && !slices.Contains(in.Base().Vars, SolutionVar) {
		n := &Number{Input: in, Var: SolutionVar}
		n.inherit(in.Base())
		n.Vars = addVars(n.Vars, SolutionVar)
		n.Certain = n.Certain.clone().add(SolutionVar)
		in = n
	}
	if !slices.Contains(in.Base().Vars, v) {
		return extendNode(in, v, e), nil
	}
	tmp := b.hidden("e")
	return copyTo(extendNode(in, tmp, e), tmp, v), nil
}

// namesBlank reports whether an expression calls BNODE with a label, which
// means the same blank node in all expressions of one solution.
func namesBlank(e algebra.Expr) bool {
	switch e := e.(type) {
	case *algebra.Call:
		return e.Func == value.FnBNode && len(e.Args) > 0 || slices.ContainsFunc(e.Args, namesBlank)
	case *algebra.CustomCall:
		return slices.ContainsFunc(e.Args, namesBlank)
	}
	return false
}

// filter keeps the solutions of in for which all expressions are true.
func (b *builder) filter(in Node, exprs []algebra.Expr) (Node, error) {
	var plain, rest []algebra.Expr
	for _, e := range exprs {
		if hasExists(e) {
			rest = append(rest, e)
		} else {
			plain = append(plain, e)
		}
	}
	if len(plain) > 0 {
		in = filterNode(in, plain)
	}
	for _, e := range rest {
		kind, pattern := Semi, algebra.Op(nil)
		switch x := e.(type) {
		case *algebra.Exists:
			pattern = x.Pattern
			if x.Not {
				kind = Anti
			}
		case *algebra.Call:
			if inner, ok := x.Args[0].(*algebra.Exists); ok && x.Func == value.FnNot {
				pattern = inner.Pattern
				if !inner.Not {
					kind = Anti
				}
			}
		}
		var err error
		if pattern != nil {
			in, err = b.exists(in, pattern, kind, "")
		} else if in, e, err = b.liftExists(in, e); err == nil {
			in = filterNode(in, []algebra.Expr{e})
		}
		if err != nil {
			return nil, err
		}
	}
	return in, nil
}

// liftExists replaces every EXISTS in an expression by a hidden variable that
// an Apply below binds to its value.
func (b *builder) liftExists(in Node, e algebra.Expr) (Node, algebra.Expr, error) {
	if !hasExists(e) {
		return in, e, nil
	}
	var err error
	args := func(old []algebra.Expr) []algebra.Expr {
		out := make([]algebra.Expr, len(old))
		for i, a := range old {
			if err == nil {
				in, out[i], err = b.liftExists(in, a)
			}
		}
		return out
	}
	switch x := e.(type) {
	case *algebra.Exists:
		v := b.hidden("exists")
		in, err = b.exists(in, x.Pattern, Mark, v)
		if x.Not {
			return in, &algebra.Call{Func: value.FnNot, Args: []algebra.Expr{v}}, err
		}
		return in, v, err
	case *algebra.Call:
		list := args(x.Args)
		return in, &algebra.Call{Func: x.Func, Args: list}, err
	case *algebra.CustomCall:
		list := args(x.Args)
		return in, &algebra.CustomCall{IRI: x.IRI, Args: list}, err
	}
	return in, e, nil
}

// exists plans EXISTS (SPARQL 1.1 §18.6): the pattern is evaluated with the
// bindings of the solutions it is asked for.
func (b *builder) exists(in Node, pattern algebra.Op, kind JoinKind, mark Var) (Node, error) {
	a := &Apply{Kind: kind, Input: in, Mark: mark, Seed: b.newSeed(in, b.mentioned(pattern))}
	err := within(b, a.Seed, func() (err error) {
		a.Sub, err = b.node(pattern, a.Seed)
		return err
	})
	if err != nil {
		return nil, err
	}
	applyInfo(a)
	x := newExtreme(b, a.Seed, pattern)
	if x == nil || b.Force == ByLookup {
		return a, nil
	}
	by, fresh := *a, b.fresh
	by.Info = Info{}
	if by.Sub, err = x.plan(b, a.Seed); err != nil {
		return nil, err
	}
	applyInfo(&by)
	if by.Cost = x.cost(&by); by.Cost < a.Cost || b.Force == ByHash {
		return &by, nil
	}
	b.fresh = fresh
	return a, nil
}

// within plans with another seed: nil for what does not depend on the solutions outside.
func within(b *builder, s *Seed, plan func() error) error {
	seed, subst, rowwise := b.seed, b.subst, b.rowwise
	defer func() { b.seed, b.subst, b.rowwise = seed, subst, rowwise }()
	b.seed, b.subst, b.rowwise = s, nil, false
	if s != nil {
		b.subst = setOf(s.Vars...)
	}
	return plan()
}

// leftJoin plans OPTIONAL: with the bindings of the left side where that is
// the same and less work, otherwise by hashing the right side.
func (b *builder) leftJoin(left Node, right algebra.Op, exprs []algebra.Expr) (Node, error) {
	wanted := b.exprVars(b.mentioned(right).clone(), exprs...)
	seedable := b.seedable(right, b.outer(left))
	lifted := slices.ContainsFunc(exprs, hasExists)
	var hash *HashJoin
	if !lifted && (!seedable || b.depth < maxAlternatives && !b.sideways(right)) {
		alone, err := b.alternative(func() (Node, error) { return b.standalone(right) })
		if err != nil {
			return nil, err
		}
		hash = hashJoin(LeftOuter, left, alone)
		hash.Exprs = exprs
		if !seedable {
			return hash, nil
		}
	}
	a := &Apply{Kind: LeftOuter, Input: left, Seed: b.newSeed(left, wanted)}
	sub, err := b.alternative(func() (Node, error) { return b.joinOp(a.Seed, right) })
	if err != nil {
		return nil, err
	}
	if a.Sub, err = b.filter(sub, exprs); err != nil {
		return nil, err
	}
	applyInfo(a)
	if hash != nil && (b.Force == ByHash || b.Force != ByLookup && hash.Cost < a.Cost) {
		return hash, nil
	}
	return a, nil
}

// minus plans MINUS (SPARQL 1.1 §18.5). Solutions without a common variable
// stay. Hidden variables are in no domain; inside EXISTS the context solution
// is on both sides, so that they have in common what it binds.
func (b *builder) minus(left Node, right algebra.Op) (Node, error) {
	all, certain := b.scope(right)
	all, certain = all.clone(), certain.clone()
	if b.seed != nil {
		all.add(b.seed.Vars...)
		certain.add(b.seed.Row)
	}
	common, ignore := VarSet{}, VarSet{}
	for _, v := range left.Base().Vars {
		switch {
		case v.Hidden():
			ignore.add(v)
		case all.Has(v):
			common.add(v)
		}
	}
	if len(common) == 0 && (b.seed == nil || !ignore.Has(b.seed.Row)) {
		return left, nil
	}
	sure := subset(common, certain) && subset(common, left.Base().Certain)
	alone, err := b.alternative(func() (Node, error) { return b.standalone(right) })
	if err != nil {
		return nil, err
	}
	cheaper := b.Force == ByLookup || b.Force != ByHash && left.Base().Rows*lookupCost < alone.Base().Cost
	cheaper = cheaper || b.sideways(right)
	if sure && cheaper && b.seed == nil && b.depth < maxAlternatives && b.seedable(right, b.outer(left)) {
		a := &Apply{Kind: Anti, Input: left, Seed: b.newSeed(left, all)}
		a.Sub, err = b.alternative(func() (Node, error) { return b.node(right, a.Seed) })
		if err != nil {
			return nil, err
		}
		applyInfo(a)
		return a, nil
	}
	n := hashJoin(Minus, left, alone)
	if n.Ignore = ignore.sorted(); b.seed != nil {
		n.Context = b.seed.Row
	}
	return n, nil
}

// groupBy plans Group; keys are bound before it, so that it groups by IDs.
func (b *builder) groupBy(op *algebra.Group) (Node, error) {
	if c, err := newCounted(b, op.Input); err != nil {
		return nil, err
	} else if n, err := c.group(op); n != nil || err != nil {
		return n, err
	}
	in, err := b.standalone(op.Input)
	if err != nil {
		return nil, err
	}
	g := &Group{Input: in}
	for _, k := range op.Keys {
		if err := b.work(1 + len(in.Base().Vars)); err != nil {
			return nil, err
		}
		in, k.Expr, err = b.liftExists(in, k.Expr)
		if err != nil {
			return nil, err
		}
		if v, ok := k.Expr.(algebra.Var); !ok || v != k.Var {
			if slices.Contains(in.Base().Vars, k.Var) {
				// The key's name is also a variable below; give the value its own.
				tmp := b.hidden("k")
				in = extendNode(in, tmp, k.Expr)
				k.Expr = tmp
			} else {
				in = extendNode(in, k.Var, k.Expr)
				k.Expr = k.Var
			}
		}
		g.Keys = append(g.Keys, k)
	}
	for _, a := range op.Aggregates {
		if a.Arg != nil {
			if in, a.Arg, err = b.liftExists(in, a.Arg); err != nil {
				return nil, err
			}
		}
		if a.OrderBy, in, err = b.liftKeys(in, a.OrderBy); err != nil {
			return nil, err
		}
		g.Aggregates = append(g.Aggregates, a)
	}
	g.Input = in
	groupInfo(g)
	return g, nil
}

func (b *builder) liftKeys(in Node, keys []algebra.OrderKey) ([]algebra.OrderKey, Node, error) {
	out := slices.Clone(keys)
	for i := range out {
		var err error
		if in, out[i].Expr, err = b.liftExists(in, out[i].Expr); err != nil {
			return nil, nil, err
		}
	}
	return out, in, nil
}

func (b *builder) orderBy(op *algebra.OrderBy, limit int64) (Node, error) {
	in, err := b.standalone(op.Input)
	if err != nil {
		return nil, err
	}
	keys, in, err := b.liftKeys(in, op.Keys)
	if err != nil {
		return nil, err
	}
	s := &Sort{Input: in, Keys: keys, Limit: limit}
	sortInfo(s)
	return s, nil
}

func (b *builder) project(in Node, vars []Var) Node {
	if b.active.Mode == VarGraph && !slices.Contains(vars, b.active.Var) {
		vars = append(slices.Clone(vars), b.active.Var)
	}
	if slices.Equal(vars, in.Base().Vars) {
		return in
	}
	p := &Project{Input: in}
	projectInfo(p, vars)
	return p
}

// slice plans OFFSET and LIMIT; a sort directly below keeps only as many
// solutions as are asked for.
func (b *builder) slice(op *algebra.Slice) (Node, error) {
	in, err := b.sliceInput(op)
	if err != nil {
		return nil, err
	}
	s := &Slice{Input: in, Offset: op.Offset, Limit: op.Limit}
	sliceInfo(s)
	return s, nil
}

// maxTopK is the largest LIMIT and OFFSET for which a sort keeps only the
// first solutions instead of all.
const maxTopK = 100_000

func (b *builder) sliceInput(op *algebra.Slice) (Node, error) {
	limit := op.Limit + int64(min(op.Offset, maxTopK+1))
	if op.Limit < 0 || limit > maxTopK {
		return b.standalone(op.Input)
	}
	switch in := op.Input.(type) {
	case *algebra.OrderBy:
		return b.orderBy(in, limit)
	case *algebra.Project:
		if order, ok := in.Input.(*algebra.OrderBy); ok {
			n, err := b.orderBy(order, limit)
			if err != nil {
				return nil, err
			}
			return b.project(n, in.Vars), nil
		}
	}
	return b.standalone(op.Input)
}
