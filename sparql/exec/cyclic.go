package exec

import (
	"context"
	"slices"

	"fincat/sparql/exec/leapfrog"
	"fincat/sparql/plan"
	"fincat/store"
)

// leapfrogOp joins the patterns of a cycle variable by variable; see [leapfrog.Join].
type leapfrogOp struct {
	env       *Env
	node      *plan.Leapfrog
	join      *leapfrog.Join
	relations map[relationKey]*leapfrog.Relation
	out       batch
	acct      account
}

// relationKey says what a relation of a pattern has: the constants by position, and where
// its first and its second variable are. Patterns with the same share it.
type relationKey [3]struct {
	id   store.ID
	role int // 0: a constant
}

func (o *leapfrogOp) next(ctx context.Context) (*batch, error) {
	if o.join == nil {
		if err := o.build(ctx); err != nil {
			return nil, err
		}
	}
	o.out.reset()
	var err error
	o.out.n, err = o.join.Next(ctx, o.out.cols, batchRows)
	if o.out.n == 0 || err != nil {
		return nil, err
	}
	return &o.out, o.acct.Set(o.out.bytes())
}

// build reads the patterns.
func (o *leapfrogOp) build(ctx context.Context) error {
	o.out, o.acct.Of = newBatch(len(o.node.Vars)), o.env.Memory
	o.relations = map[relationKey]*leapfrog.Relation{}
	number := columnsOf(o.node.Vars)
	atoms := make([]leapfrog.Atom, len(o.node.Patterns))
	for i, p := range o.node.Patterns {
		scan := p.(*plan.Scan)
		vars := slices.SortedFunc(slices.Values(scan.Vars), func(a, b plan.Var) int { return number[a] - number[b] })
		key := relationKey{}
		for pos, s := range [3]plan.Slot{scan.S, scan.P, scan.O} {
			key[pos].id, key[pos].role = s.ID, 1+slices.Index(vars, s.Var)
		}
		if o.relations[key] == nil {
			var err error
			if o.relations[key], err = o.read(ctx, scan, columnsOf(scan.Vars).each(vars)); err != nil {
				return err
			}
		}
		atoms[i] = leapfrog.Atom{Relation: o.relations[key], X: number[vars[0]], Y: -1}
		if len(vars) > 1 {
			atoms[i].Y = number[vars[1]]
		}
	}
	o.join = leapfrog.New(len(o.node.Vars), atoms, o.env.Memory)
	o.join.Pause = o.env.pause
	return nil
}

// read makes the relation of one pattern, whose columns are given.
func (o *leapfrogOp) read(ctx context.Context, scan *plan.Scan, cols []int) (*leapfrog.Relation, error) {
	op, err := o.env.start(scan)
	if err != nil {
		return nil, err
	}
	defer op.close()
	r := leapfrog.NewBuilder(o.env.Memory)
	defer r.Close()
	single := len(cols) == 1
	err = drain(ctx, op, func(b *batch) error {
		if single {
			return r.Add(b.cols[cols[0]][:b.n], nil)
		}
		return r.Add(b.cols[cols[0]][:b.n], b.cols[cols[1]])
	})
	if err != nil {
		return nil, err
	}
	return r.Relation(ctx, single, o.env.pause)
}

func (o *leapfrogOp) close() {
	if o.join != nil {
		o.join.Close()
	}
	for _, r := range o.relations {
		if r != nil {
			r.Close()
		}
	}
	o.acct.Close()
}
