package store

import (
	"context"
	"fmt"
)

// Matches are the quads a probe found. Row says which of the probe's keys each
// quad belongs to. The slices are reused by the next probe.
type Matches struct {
	Row []int32
	Batch
}

// reset empties m and keeps its memory.
func (m *Matches) reset() {
	m.Row = m.Row[:0]
	m.Batch = Batch{S: m.S[:0], P: m.P[:0], O: m.O[:0], G: m.G[:0]}
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
	out.reset()
	p := prober{order: o, k: k, want: opt.Columns.in(o), out: out}
	p.sc = sn.scanKeys(o, key{}, 0, p.want|uint8(1<<k-1), true)
	defer p.sc.Close()
	// A whole quad is distinct, also from that of the row before in another graph.
	if p.sc.distinct = opt.Distinct && k < 4; p.sc.distinct {
		p.sc.need |= 7
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
	sc         *Scan
	order      Order
	k          int
	want       uint8
	out        *Matches
	last       key // prefix of the row before
	start, end int // its matches in out
}

func (p *prober) row(keys [][]ID, i int) error {
	var prefix key
	for c := range p.k {
		prefix[c] = keys[c][i]
	}
	if i > 0 && prefix == p.last {
		p.repeat(int32(i))
		return nil
	}
	if i > 0 && prefix.less(&p.last) {
		return fmt.Errorf("row %d is out of order", i)
	}
	p.last, p.start = prefix, len(p.out.Row)
	lo, hi := prefix.bounds(p.k)
	sc := p.sc
	sc.gap = [2]key{hi, maxKey}
	if i+1 < len(keys[0]) {
		for c := range p.k {
			sc.gap[1][c] = keys[c][i+1]
		}
		clear(sc.gap[1][p.k:])
	}
	if err := sc.Seek(lo); err != nil {
		return err
	}
	for {
		if sc.at >= sc.n {
			if !sc.pos.less(&hi) {
				break
			}
			if err := sc.fill(); err != nil {
				return err
			}
			continue
		}
		if sc.pastPrefix(&prefix, p.k) {
			break
		}
		end := sc.rows.searchN(&hi, p.k, sc.at, sc.n)
		p.take(sc.at, end, int32(i))
		sc.at = end
	}
	p.end = len(p.out.Row)
	return nil
}

// pastPrefix reports whether the scan's present row lies beyond the prefix.
func (sc *Scan) pastPrefix(prefix *key, k int) bool {
	for c := range k {
		if sc.rows[c][sc.at] != prefix[c] {
			return true
		}
	}
	return false
}

// columns returns the batch's columns in the sequence of S, P, O, G.
func (b *Batch) columns() [4]*[]ID { return [4]*[]ID{&b.S, &b.P, &b.O, &b.G} }

func (p *prober) take(from, to int, row int32) {
	out := p.out.columns()
	for c, pos := range positions[p.order] {
		if p.want>>c&1 == 1 {
			*out[pos] = append(*out[pos], p.sc.rows[c][from:to]...)
		}
	}
	for range to - from {
		p.out.Row = append(p.out.Row, row)
	}
}

// repeat gives row the same matches as the row before.
func (p *prober) repeat(row int32) {
	for _, col := range p.out.columns() {
		if len(*col) > 0 {
			*col = append(*col, (*col)[p.start:p.end]...)
		}
	}
	n := p.end - p.start
	p.start, p.end = p.end, p.end+n
	for range n {
		p.out.Row = append(p.out.Row, row)
	}
}
