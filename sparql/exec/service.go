package exec

import (
	"context"
	"errors"
	"fmt"

	"fincat/sparql/algebra"
	"fincat/sparql/exec/idset"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// serviceBatch is how many bindings go into one request.
const serviceBatch = 100

// serviceOp joins its input with the solutions of a remote endpoint (SPARQL 1.1
// Federated Query §4). The bindings of the input are sent along as VALUES,
// many in one request.
type serviceOp struct {
	env  *Env
	node *plan.Service
	in   operator
	cols columns // of the input
	out  output
	col  columns // of the output
}

func (e *Env) newServiceOp(n *plan.Service, in operator, cols columns) operator {
	o := &serviceOp{env: e, node: n, in: in, cols: cols, col: columnsOf(n.Vars)}
	o.out.all = newBatch(len(n.Vars))
	return o
}

func (o *serviceOp) next(ctx context.Context) (*batch, error) {
	return o.out.from(ctx, o.in, o.askAll)
}

// askAll sends the input to its endpoints, part by part.
func (o *serviceOp) askAll(ctx context.Context, b *batch) error {
	o.out.reset()
	for from := 0; from < b.n; from += serviceBatch {
		part := b.window(from, min(b.n, from+serviceBatch))
		if err := o.ask(ctx, &part); err != nil {
			return err
		}
	}
	return nil
}

// ask sends a part of the input to its endpoints.
func (o *serviceOp) ask(ctx context.Context, part *batch) error {
	rows := map[store.ID][]int32{}
	var order []store.ID
	for i := range part.n {
		id := o.node.Name.ID
		if v := o.node.Name.Var; v != "" {
			id = 0
			if c := o.cols.of(v); c >= 0 {
				id = part.cols[c][i]
			}
		}
		if rows[id] == nil {
			order = append(order, id)
		}
		rows[id] = append(rows[id], int32(i))
	}
	for _, id := range order {
		if err := o.askOne(ctx, id, part, rows[id]); err != nil {
			return err
		}
	}
	return nil
}

func (o *serviceOp) askOne(ctx context.Context, name store.ID, part *batch, rows []int32) error {
	names := []term.Term{{}}
	if err := o.env.dict.terms([]store.ID{name}, names); err != nil {
		return err
	}
	before := o.out.all.n
	err := o.request(ctx, names[0], part, rows)
	if err == nil {
		return nil
	}
	var limit *LimitError
	if ctx.Err() != nil || errors.As(err, &limit) || !o.node.Silent {
		return fmt.Errorf("service %v: %w", names[0], err)
	}
	// SERVICE SILENT: a failed call counts as one solution without bindings.
	for c := range o.out.all.cols {
		o.out.all.cols[c] = o.out.all.cols[c][:before]
	}
	o.out.all.n = before
	for _, r := range rows {
		o.emit(part, int(r), nil, nil)
	}
	return nil
}

// request sends one query and joins its solutions with the rows.
func (o *serviceOp) request(ctx context.Context, name term.Term, part *batch, rows []int32) error {
	switch {
	case o.env.Services == nil:
		return algebra.Requestf("federated queries are not enabled")
	case !name.IsIRI():
		return algebra.Requestf("the name of the service is not bound to an IRI")
	}
	text, err := o.query(part, rows)
	if err != nil {
		return err
	}
	vars, solutions, err := o.env.Services.Select(ctx, name.Value(), text)
	if err != nil {
		return err
	}
	cols := make([]int, len(vars))
	for i, v := range vars {
		cols[i] = o.col.of(plan.Var(v))
	}
	blanks := map[term.Term]term.Term{}
	ids := make([]store.ID, len(vars))
	for s, err := range solutions {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, t := range s {
			if ids[i], err = o.env.dict.id(o.own(t, blanks)); err != nil {
				return err
			}
		}
		for _, r := range rows {
			o.emit(part, int(r), cols, ids)
		}
		if err := o.env.Memory.Grow(int64(len(ids)) * 8); err != nil {
			return err
		}
	}
	return nil
}

// own replaces the blank nodes of an answer by nodes of this query.
func (o *serviceOp) own(t term.Term, seen map[term.Term]term.Term) term.Term {
	switch {
	case t.IsBlankNode():
		b, ok := seen[t]
		if !ok {
			b = o.env.NewBlankNode()
			seen[t] = b
		}
		return b
	case t.IsTripleTerm():
		x := t.Triple()
		return term.NewTripleTerm(
			term.Triple{
				Subject:   o.own(x.Subject, seen),
				Predicate: o.own(x.Predicate, seen),
				Object:    o.own(x.Object, seen),
			},
		)
	}
	return t
}

// emit joins one row with one remote solution when they are compatible.
func (o *serviceOp) emit(part *batch, row int, cols []int, ids []store.ID) {
	merged := make([]store.ID, len(o.out.all.cols))
	for v, c := range o.col {
		if in := o.cols.of(v); in >= 0 {
			merged[c] = part.cols[in][row]
		}
	}
	for i, c := range cols {
		if c < 0 || ids[i] == 0 {
			continue
		}
		if merged[c] != 0 && merged[c] != ids[i] {
			return
		}
		merged[c] = ids[i]
	}
	for c := range merged {
		o.out.all.cols[c] = append(o.out.all.cols[c], merged[c])
	}
	o.out.all.n++
}

// query writes the request: the pattern, with the rows' bindings of its
// variables in front as VALUES.
func (o *serviceOp) query(part *batch, rows []int32) (string, error) {
	values := &syntax.InlineData{}
	var source []int
	for _, v := range o.node.Remote {
		if c := o.cols.of(v); c >= 0 {
			values.Vars = append(values.Vars, syntax.Var(v))
			source = append(source, c)
		}
	}
	group := &syntax.Group{Elements: []syntax.Element{o.node.Pattern}}
	if len(source) > 0 {
		seen := idset.New(len(source), &Memory{})
		cols := make([][]store.ID, len(source))
		for i, c := range source {
			cols[i] = part.cols[c]
		}
		for _, r := range rows {
			n, fresh, err := seen.Add(cols, int(r))
			if err != nil {
				return "", err
			}
			if !fresh {
				continue
			}
			row := make([]term.Term, len(source))
			if err := o.env.dict.terms(seen.Row(n), row); err != nil {
				return "", err
			}
			for i, t := range row {
				if t.IsBlankNode() || t.IsTripleTerm() {
					row[i] = term.Term{} // it means nothing to the endpoint; emit compares it
				}
			}
			values.Rows = append(values.Rows, row)
		}
		group.Elements = append([]syntax.Element{values}, group.Elements...)
	}
	q := syntax.Query{Form: syntax.SelectForm, Select: syntax.Select{Star: true, Where: group}}
	return q.String(), nil
}

func (o *serviceOp) close() { o.in.close() }
