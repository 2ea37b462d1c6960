package store

import (
	"context"
	"fmt"

	"fincat/store/block"
)

// Matches are the quads a probe found. Row says which of the probe's keys each
// quad belongs to. The slices are reused by the next probe.
type Matches struct {
	Row []int32
	Batch
}

// Probe looks up many prefixes of order o at once: row i of keys gives the
// first k positions, and its quads are appended to out with Row i. Rows must be
// sorted in the sequence of the order; equal rows are allowed. keys holds k
// columns. The options' Order is o.
func (sn *Snapshot) Probe(ctx context.Context, o Order, k int, keys [][]ID, opt ScanOptions, out *Matches) error {
	if sn.closed.Load() {
		return ErrClosed
	}
	if o >= orders || k < 1 || k > 4 || len(keys) != k {
		return fmt.Errorf("probe %v: %d columns for %d positions", o, len(keys), k)
	}
	if opt.Distinct && o > OSPG {
		return fmt.Errorf("probe: %v cannot leave out repeated triples", o)
	}
	*out = Matches{out.Row[:0], Batch{S: out.S[:0], P: out.P[:0], O: out.O[:0], G: out.G[:0]}}
	p := prober{order: o, k: k, want: opt.Columns.in(o), most: opt.Most, out: out}
	p.sc = sn.cursor(o, block.Key{}, 0, p.want|uint8(1<<k-1), true)
	defer p.sc.Close()
	// A whole quad is distinct, also from that of the row before in another graph.
	if opt.Distinct && k < 4 {
		p.sc.Distinct()
	}
	for i := range keys[0] {
		if i%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := p.row(keys, i); err != nil {
			return fmt.Errorf("probe %v: %w", o, err)
		}
	}
	out.N = len(out.Row)
	return nil
}

// prober carries one probe from row to row.
type prober struct {
	sc         *block.Cursor
	order      Order
	k          int
	want       uint8
	most       int
	out        *Matches
	last       block.Key // prefix of the row before
	start, end int       // its matches in out
}

func (p *prober) row(keys [][]ID, i int) error {
	var prefix block.Key
	for c := range p.k {
		prefix[c] = keys[c][i]
	}
	if i > 0 && prefix == p.last {
		return p.repeat(int32(i))
	}
	if i > 0 && prefix.Less(&p.last) {
		return fmt.Errorf("row %d is out of order", i)
	}
	p.last, p.start = prefix, len(p.out.Row)
	lo, hi := prefix.Bounds(p.k)
	next := block.MaxKey
	if i+1 < len(keys[0]) {
		for c := range p.k {
			next[c] = keys[c][i+1]
		}
		clear(next[p.k:])
	}
	p.sc.SkipGap(hi, next)
	if err := p.sc.Seek(lo); err != nil {
		return err
	}
	for {
		from, to, err := p.sc.Below(&hi, p.k)
		if err != nil {
			return err
		}
		if from == to {
			p.end = len(p.out.Row)
			return nil
		}
		if err := p.take(from, to, int32(i)); err != nil {
			return err
		}
	}
}

// columns returns the batch's columns in the sequence of S, P, O, G.
func (b *Batch) columns() [4]*[]ID { return [4]*[]ID{&b.S, &b.P, &b.O, &b.G} }

func (p *prober) take(from, to int, row int32) error {
	out := p.out.columns()
	for c, pos := range p.order.Positions() {
		if p.want>>c&1 == 1 {
			*out[pos] = append(*out[pos], p.sc.Rows[c][from:to]...)
		}
	}
	return p.rows(row, to-from)
}

// repeat gives row the same matches as the row before.
func (p *prober) repeat(row int32) error {
	for _, col := range p.out.columns() {
		if len(*col) > 0 {
			*col = append(*col, (*col)[p.start:p.end]...)
		}
	}
	n := p.end - p.start
	p.start, p.end = p.end, p.end+n
	return p.rows(row, n)
}

// rows says of the n matches taken last whose they are.
func (p *prober) rows(row int32, n int) error {
	for range n {
		p.out.Row = append(p.out.Row, row)
	}
	if p.most > 0 && len(p.out.Row) > p.most {
		return ErrMany
	}
	return nil
}
