package exec

import (
	"context"
	"fmt"

	"fincat/sparql/algebra"
	"fincat/sparql/plan"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab/term"
)

// textOp joins its input with the hits of a full-text query.
type textOp struct {
	env    *Env
	node   *plan.TextSearch
	in     operator
	cols   columns
	source []int // input column of each output column
	hits   map[store.ID][][2]store.ID
	rows   []int32
	found  [][2]store.ID
	out    output
}

func (e *Env) newTextOp(n *plan.TextSearch, in operator, cols columns) operator {
	o := &textOp{env: e, node: n, in: in, cols: cols, hits: map[store.ID][][2]store.ID{}}
	o.source = cols.each(n.Vars)
	o.out.all = newBatch(len(n.Vars))
	return o
}

func (o *textOp) next(ctx context.Context) (*batch, error) {
	return o.out.from(ctx, o.in, o.joinAll)
}

// joinAll finds the hits for the rows of a batch.
func (o *textOp) joinAll(ctx context.Context, b *batch) error {
	o.rows, o.found = o.rows[:0], o.found[:0]
	for i := range b.n {
		if err := o.join(ctx, b, i); err != nil {
			return err
		}
	}
	o.emit(b)
	return nil
}

// join finds the hits for one row; each is a literal and its score.
func (o *textOp) join(ctx context.Context, b *batch, row int) error {
	value := func(v plan.Var) store.ID {
		if c := o.cols.of(v); c >= 0 {
			return b.cols[c][row]
		}
		return 0
	}
	query := o.node.Query.ID
	if v := o.node.Query.Var; v != "" {
		if query = value(v); query == 0 {
			return nil
		}
	}
	hits, err := o.search(ctx, query)
	if err != nil {
		return err
	}
	literal, score := value(o.node.Literal), value(o.node.Score)
	for _, h := range hits {
		if (literal == 0 || literal == h[0]) && (score == 0 || score == h[1]) {
			o.rows, o.found = append(o.rows, int32(row)), append(o.found, h)
		}
	}
	return nil
}

func (o *textOp) emit(b *batch) {
	o.out.reset()
	for c, v := range o.node.Vars {
		dst := o.out.all.cols[c]
		for i, r := range o.rows {
			switch v {
			case o.node.Literal:
				dst = append(dst, o.found[i][0])
			case o.node.Score:
				dst = append(dst, o.found[i][1])
			default:
				dst = append(dst, b.cols[o.source[c]][r])
			}
		}
		o.out.all.cols[c] = dst
	}
	o.out.all.n = len(o.rows)
}

// search asks the index once for every query string.
func (o *textOp) search(ctx context.Context, query store.ID) ([][2]store.ID, error) {
	if hits, ok := o.hits[query]; ok {
		return hits, nil
	}
	if o.env.Text == nil {
		return nil, algebra.Requestf("text:query: there is no full-text index")
	}
	text := []term.Term{{}}
	if err := o.env.dict.terms([]store.ID{query}, text); err != nil {
		return nil, err
	}
	var hits [][2]store.ID
	q := TextQuery{Text: text[0].Value(), Lang: o.node.Lang, Limit: o.node.Limit}
	for m, err := range o.env.Text.Search(ctx, o.env.Source.Seq(), q) {
		if err != nil {
			return nil, fmt.Errorf("text:query %q: %w", q.Text, err)
		}
		var h [2]store.ID
		if h[0], err = o.env.dict.id(m.Literal); err == nil {
			h[1], err = o.env.dict.id(value.Double(m.Score).Term())
		}
		if err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	o.hits[query] = hits
	return hits, nil
}

func (o *textOp) close() { o.in.close() }
