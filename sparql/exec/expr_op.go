package exec

import (
	"context"
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/store"
	"fincat/vocab/term"
)

// filterOp keeps the solutions for which all expressions are true.
type filterOp struct {
	in    operator
	conds []evalFunc
	f     *frame
	keep  []int32
	out   batch
}

func (e *Env) newFilterOp(n *plan.Filter, in operator, cols columns) (operator, error) {
	conds, err := e.compileAll(n.Exprs, cols)
	if err != nil {
		in.close()
		return nil, err
	}
	return &filterOp{in: in, conds: conds, f: e.newFrame(len(cols)), out: newBatch(len(cols))}, nil
}

func (o *filterOp) next(ctx context.Context) (*batch, error) {
	for {
		b, err := o.in.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		o.f.load(b)
		o.keep = o.keep[:0]
		for i := range b.n {
			if o.f.err != nil {
				break
			}
			if allTrue(o.conds, o.f, i) {
				o.keep = append(o.keep, int32(i))
			}
		}
		switch {
		case o.f.err != nil:
			return nil, o.f.err
		case len(o.keep) == b.n:
			return b, nil
		case len(o.keep) == 0:
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			continue
		}
		o.out.gather(b, o.keep)
		if len(o.out.cols) > wideFrame {
			err = o.f.acct.Set(o.out.bytes())
		}
		return &o.out, err
	}
}

func (o *filterOp) close() {
	o.in.close()
	o.f.close()
}

// extendOp adds a column with the value of an expression.
type extendOp struct {
	env  *Env
	in   operator
	expr evalFunc
	copy int // input column when the expression is a variable, otherwise -1
	f    *frame
	ids  []store.ID
}

func (e *Env) newExtendOp(n *plan.Extend, in operator, cols columns) (operator, error) {
	o := &extendOp{env: e, in: in, copy: -1, f: e.newFrame(len(cols))}
	if v, ok := n.Expr.(algebra.Var); ok {
		o.copy = cols.of(v)
	}
	var err error
	if o.expr, err = e.compile(n.Expr, cols); err != nil {
		in.close()
		return nil, err
	}
	return o, nil
}

func (o *extendOp) next(ctx context.Context) (*batch, error) {
	b, err := o.in.next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	out := batch{n: b.n, cols: make([][]store.ID, 0, len(b.cols)+1)}
	out.cols = append(out.cols, b.cols...)
	if o.copy >= 0 {
		out.cols = append(out.cols, b.cols[o.copy])
		return &out, nil
	}
	o.f.load(b)
	o.ids = zeros(o.ids, b.n)
	var last term.Term
	for i := range b.n {
		t := o.expr(o.f, i).Term()
		if o.f.err != nil {
			return nil, o.f.err
		}
		if i > 0 && t == last {
			o.ids[i] = o.ids[i-1]
			continue
		}
		if o.ids[i], err = o.env.dict.id(t); err != nil {
			return nil, err
		}
		last = t
	}
	out.cols = append(out.cols, o.ids)
	return &out, o.f.err
}

func (o *extendOp) close() {
	o.in.close()
	o.f.close()
}

// copyOp binds one variable to the value of another.
type copyOp struct {
	in       operator
	from, to int // to: -1 when it is a new column
	keep     []int32
	out      batch
}

func newCopyOp(n *plan.Copy, in operator, cols columns) operator {
	return &copyOp{in: in, from: cols.of(n.From), to: cols.of(n.To), out: newBatch(len(n.Vars))}
}

func (o *copyOp) next(ctx context.Context) (*batch, error) {
	for {
		b, err := o.in.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if o.to < 0 {
			copy(o.out.cols, b.cols)
			o.out.cols[len(b.cols)] = b.cols[o.from]
			o.out.n = b.n
			return &o.out, nil
		}
		o.keep = o.keep[:0]
		for i := range b.n {
			from, to := b.cols[o.from][i], b.cols[o.to][i]
			if from == to || from == 0 || to == 0 {
				o.keep = append(o.keep, int32(i))
			}
		}
		if len(o.keep) == 0 {
			continue
		}
		for c := range b.cols {
			o.out.cols[c] = gather(nil, b.cols[c], o.keep)
		}
		for i, id := range o.out.cols[o.to] {
			if id == 0 {
				o.out.cols[o.to][i] = b.cols[o.from][o.keep[i]]
			}
		}
		o.out.n = len(o.keep)
		return &o.out, nil
	}
}

func (o *copyOp) close() { o.in.close() }

// unfoldOp matches triple terms with a pattern (SPARQL 1.2 §18.3).
type unfoldOp struct {
	env    *Env
	in     operator
	col    int
	tt     algebra.TripleTerm
	cols   columns // of the output
	terms  []term.Term
	keep   []int32
	bound  [][]store.ID // columns of the pattern's variables, by row kept
	vars   []plan.Var
	source []int
	out    batch
}

func (e *Env) newUnfoldOp(n *plan.Unfold, in operator, cols columns) operator {
	o := &unfoldOp{env: e, in: in, col: cols.of(n.Var), tt: n.Pattern, out: newBatch(len(n.Vars))}
	o.vars = patternVars(n.Pattern)
	o.cols = columnsOf(n.Vars)
	o.source = cols.each(n.Vars)
	o.bound = make([][]store.ID, len(o.vars))
	return o
}

func patternVars(t algebra.TripleTerm) []plan.Var {
	var vs []plan.Var
	for _, n := range []algebra.Node{t.Subject, t.Predicate, t.Object} {
		switch n := n.(type) {
		case algebra.Var:
			if !slices.Contains(vs, n) {
				vs = append(vs, n)
			}
		case algebra.TripleTerm:
			for _, v := range patternVars(n) {
				if !slices.Contains(vs, v) {
					vs = append(vs, v)
				}
			}
		}
	}
	return vs
}

func (o *unfoldOp) next(ctx context.Context) (*batch, error) {
	for {
		b, err := o.in.next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if cap(o.terms) < b.n {
			o.terms = make([]term.Term, b.n)
		}
		o.terms = o.terms[:b.n]
		if err := o.env.dict.terms(b.cols[o.col], o.terms); err != nil {
			return nil, err
		}
		if err := o.match(b); err != nil {
			return nil, err
		}
		if len(o.keep) > 0 {
			return &o.out, nil
		}
		if err := o.env.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// match fills the output with the rows whose term matches.
func (o *unfoldOp) match(b *batch) error {
	o.keep = o.keep[:0]
	for k := range o.bound {
		o.bound[k] = o.bound[k][:0]
	}
	row := make([]store.ID, len(o.vars))
	for i, t := range o.terms {
		if !t.IsTripleTerm() {
			continue
		}
		for k, v := range o.vars {
			row[k] = 0
			if c := o.source[o.cols[v]]; c >= 0 {
				row[k] = b.cols[c][i]
			}
		}
		ok, err := o.matchTriple(o.tt, t.Triple(), row)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		o.keep = append(o.keep, int32(i))
		for k, id := range row {
			o.bound[k] = append(o.bound[k], id)
		}
	}
	for c, src := range o.source {
		if src >= 0 {
			o.out.cols[c] = gather(o.out.cols[c], b.cols[src], o.keep)
		}
	}
	for k, v := range o.vars {
		c := o.cols[v]
		o.out.cols[c] = append(o.out.cols[c][:0], o.bound[k]...)
	}
	o.out.n = len(o.keep)
	return nil
}

func (o *unfoldOp) matchTriple(p algebra.TripleTerm, t term.Triple, row []store.ID) (bool, error) {
	for _, x := range []struct {
		n algebra.Node
		t term.Term
	}{{p.Subject, t.Subject}, {p.Predicate, t.Predicate}, {p.Object, t.Object}} {
		switch n := x.n.(type) {
		case algebra.Term:
			if n.Term != x.t {
				return false, nil
			}
		case algebra.TripleTerm:
			if !x.t.IsTripleTerm() {
				return false, nil
			}
			if ok, err := o.matchTriple(n, x.t.Triple(), row); !ok || err != nil {
				return false, err
			}
		case algebra.Var:
			id, err := o.env.dict.id(x.t)
			if err != nil {
				return false, err
			}
			k := slices.Index(o.vars, n)
			if row[k] != 0 && row[k] != id {
				return false, nil
			}
			row[k] = id
		}
	}
	return true, nil
}

func (o *unfoldOp) close() { o.in.close() }
