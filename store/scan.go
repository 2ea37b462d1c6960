package store

import (
	"context"
	"fmt"

	"fincat/store/block"
)

// BatchRows is the greatest number of quads in a batch.
const BatchRows = 2048

// ColumnSet says which positions of quads are wanted; zero means all.
type ColumnSet uint8

// The columns.
const (
	ColumnS ColumnSet = 1 << iota
	ColumnP
	ColumnO
	ColumnG
)

// ScanOptions say how to read.
type ScanOptions struct {
	Order    Order
	Distinct bool      // leave out quads that differ from the one before only in the graph; SPOG, POSG and OSPG only
	Columns  ColumnSet // default: all
	Most     int       // matches of a probe, which ends with [ErrMany] soon after; default: any number
}

// Batch is a number of quads by column. Columns that were not wanted are nil.
// The columns belong to the scan and are valid until its next call.
type Batch struct {
	S, P, O, G []ID
	N          int
}

// Scan reads the quads that match a pattern in the sequence of an order. It is
// used by one goroutine at a time.
type Scan struct {
	c     *block.Cursor
	order Order
	want  uint8 // columns wanted, a bit for each position of the order
}

// Scan returns the quads that match p in the sequence of o.Order. It is fast
// when the bound positions of p lead the order; see [OrderFor].
func (sn *Snapshot) Scan(p Pattern, o ScanOptions) (*Scan, error) {
	if sn.closed.Load() {
		return nil, ErrClosed
	}
	if o.Order >= orders {
		return nil, fmt.Errorf("scan: no order %d", o.Order)
	}
	if o.Distinct && o.Order > OSPG {
		return nil, fmt.Errorf("scan: %v cannot leave out repeated triples", o.Order)
	}
	n := o.Order.Prefix(p)
	k := p.Key().In(o.Order)
	sc := sn.scan(o.Order, k, n, o.Columns.in(o.Order), n > 0)
	for i := n; i < 4; i++ {
		if k[i] != Any {
			sc.c.Filter(i, k[i])
		}
	}
	if o.Distinct {
		sc.c.Distinct()
	}
	return sc, nil
}

// in turns a set of columns into bits by position of the order.
func (c ColumnSet) in(o Order) (want uint8) {
	if c == 0 {
		return 15
	}
	for i, p := range o.Positions() {
		want |= uint8(c) >> p & 1 << i
	}
	return want
}

// scan scans the keys that begin with the first n positions of prefix.
func (sn *Snapshot) scan(o Order, prefix block.Key, n int, want uint8, keep bool) *Scan {
	return &Scan{c: sn.cursor(o, prefix, n, want, keep), order: o, want: want}
}

// cursor is scan for those who read the rows themselves.
func (sn *Snapshot) cursor(o Order, prefix block.Key, n int, want uint8, keep bool) *block.Cursor {
	return block.NewCursor(o, &sn.v.base.index[o], sn.v.runs(o, nil), &sn.blocks, prefix, n, want, keep)
}

// Close ends the scan.
func (sc *Scan) Close() { sc.c.Close() }

// Next fills b with the next quads, at most [BatchRows]; it returns false when
// there are none left.
func (sc *Scan) Next(ctx context.Context, b *Batch) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if sc.c.At >= sc.c.N {
		if ok, err := sc.c.More(); !ok || err != nil {
			*b = Batch{}
			return false, err
		}
	}
	n := min(BatchRows, sc.c.N-sc.c.At)
	var out [4][]ID
	for i, p := range sc.order.Positions() {
		if sc.want>>i&1 == 1 {
			out[p] = sc.c.Rows[i][sc.c.At : sc.c.At+n : sc.c.At+n]
		}
	}
	*b = Batch{S: out[0], P: out[1], O: out[2], G: out[3], N: n}
	sc.c.At += n
	return true, nil
}

// Seek moves forward to the first quad that is not below k, which is given in
// the sequence of the order; zeros are lowest. It never moves back.
func (sc *Scan) Seek(k [4]ID) error { return sc.c.Seek(k) }
