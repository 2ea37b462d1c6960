package store

import (
	"context"
	"fmt"
	"math"
	"math/bits"
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
	sn       *Snapshot
	order    Order
	want     uint8 // columns wanted, a bit for each position of the order
	need     uint8 // columns to decode: want, and what filters and seeks compare
	distinct bool
	keep     bool // put blocks into the cache
	filter   key  // positions that must match; Any elsewhere
	filters  uint8
	hi       key    // first key beyond the range
	gap      [2]key // a range that will not be asked for

	lists [][]change // changes at or after pos: the runs'
	block int        // index of the block of cur
	cur   *loaded
	own   *loaded  // memory for passing over blocks
	patch []change // changes of cur at or after pos

	pos   key // everything before it has been read
	step  int
	rows  columns // what has been read and not given out: [at, n)
	at, n int
	last  key // last triple given out, for Distinct
	start chunkStart

	decoded, merged  columns
	changes, scratch []change
	places           []int // where changes go among the decoded rows
}

// chunkStart remembers what is needed to read the present chunk once more.
type chunkStart struct {
	pos, last key
	step      int
}

const firstStep = segmentRows

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
	n := o.Order.prefix(p)
	k := p.key().in(o.Order)
	sc := sn.scanKeys(o.Order, k, n, o.Columns.in(o.Order), n > 0)
	sc.distinct = o.Distinct
	for i := n; i < 4; i++ {
		if k[i] != Any {
			sc.filter[i] = k[i]
			sc.filters |= 1 << i
		}
	}
	sc.need |= sc.filters
	if o.Distinct {
		sc.need |= 7
	}
	return sc, nil
}

// in turns a set of columns into bits by position of the order.
func (c ColumnSet) in(o Order) (want uint8) {
	if c == 0 {
		return 15
	}
	for i, p := range positions[o] {
		want |= uint8(c) >> p & 1 << i
	}
	return want
}

// scanKeys scans the keys that begin with the first n positions of prefix.
func (sn *Snapshot) scanKeys(o Order, prefix key, n int, want uint8, keep bool) *Scan {
	sc := &Scan{sn: sn, order: o, want: want, need: want, keep: keep, step: firstStep, block: -1}
	sc.pos, sc.hi = prefix.bounds(n)
	sc.gap = [2]key{maxKey, maxKey}
	for _, list := range sn.v.runs(o, nil) {
		i, j := lowerBound(list, &sc.pos), lowerBound(list, &sc.hi)
		if i < j {
			sc.lists = append(sc.lists, list[i:j])
		}
	}
	return sc
}

// Close ends the scan.
func (sc *Scan) Close() {
	sc.pos, sc.hi, sc.at, sc.n = maxKey, key{}, 0, 0
	sc.cur, sc.lists = nil, nil
}

// Next fills b with the next quads, at most [BatchRows]; it returns false when
// there are none left.
func (sc *Scan) Next(ctx context.Context, b *Batch) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if sc.at >= sc.n {
		if ok, err := sc.more(); !ok || err != nil {
			*b = Batch{}
			return false, err
		}
	}
	n := min(BatchRows, sc.n-sc.at)
	var out [4][]ID
	for i, p := range positions[sc.order] {
		if sc.want>>i&1 == 1 {
			out[p] = sc.rows[i][sc.at : sc.at+n : sc.at+n]
		}
	}
	*b = Batch{S: out[0], P: out[1], O: out[2], G: out[3], N: n}
	sc.at += n
	return true, nil
}

// Seek moves forward to the first quad that is not below k, which is given in
// the sequence of the order; zeros are lowest. It never moves back.
func (sc *Scan) Seek(k [4]ID) error {
	n := significant(k)
	mask := uint8(1<<n - 1)
	if sc.at < sc.n && sc.need&mask != mask {
		if err := sc.again(mask); err != nil {
			return err
		}
	}
	sc.need |= mask
	target := key(k)
	if sc.at < sc.n {
		sc.at = sc.rows.searchN(&target, n, sc.at, sc.n)
		if sc.at < sc.n {
			return nil
		}
	}
	if sc.pos.less(&target) {
		sc.pos, sc.step = target, firstStep
	}
	return nil
}

// again reads the present chunk once more, with more columns.
func (sc *Scan) again(mask uint8) error {
	at := sc.at
	sc.need |= mask
	sc.pos, sc.last, sc.step = sc.start.pos, sc.start.last, sc.start.step
	sc.lists = sc.lists[:0]
	for _, list := range sc.sn.v.runs(sc.order, nil) {
		i, j := lowerBound(list, &sc.pos), lowerBound(list, &sc.hi)
		if i < j {
			sc.lists = append(sc.lists, list[i:j])
		}
	}
	sc.block, sc.cur = -1, nil
	if err := sc.fill(); err != nil {
		return err
	}
	sc.at = at
	return nil
}

// significant returns the number of positions up to the last that is not zero.
func significant(k key) int {
	n := 4
	for n > 0 && k[n-1] == 0 {
		n--
	}
	return n
}

// searchN returns the index of the first row in [from, to) whose first n columns
// are not below those of k. It looks near from first, since seeks are mostly short.
func (c *columns) searchN(k *key, n, from, to int) int {
	w := 1
	for from+w <= to && c.lessN(from+w-1, k, n) {
		from += w
		w *= 2
	}
	to = min(to, from+w-1)
	for from < to {
		if mid := int(uint(from+to) >> 1); c.lessN(mid, k, n) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from
}

func (c *columns) lessN(i int, k *key, n int) bool {
	for col := range n {
		if v := c[col][i]; v != k[col] {
			return v < k[col]
		}
	}
	return false
}

// more reads chunks until one has rows.
func (sc *Scan) more() (bool, error) {
	for sc.pos.less(&sc.hi) {
		if err := sc.fill(); err != nil {
			return false, fmt.Errorf("scan %v: %w", sc.order, err)
		}
		if sc.n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// enter makes block i the present one.
func (sc *Scan) enter(i int) error {
	x := &sc.sn.v.base.index[sc.order]
	if i != sc.block || sc.cur == nil {
		var err error
		if sc.keep {
			sc.cur, err = sc.sn.load(&x.blocks[i])
		} else {
			sc.cur, sc.own, err = sc.sn.loadOnce(&x.blocks[i], sc.own)
		}
		if err != nil {
			return err
		}
		sc.block = i
	}
	sc.patch = sc.cur.patch
	return nil
}

// fill reads the next chunk: it settles a range [pos, bound) that holds about
// step rows and changes, decodes the block's rows in it, and merges them with
// the changes.
func (sc *Scan) fill() error {
	sc.start = chunkStart{sc.pos, sc.last, sc.step}
	sc.at, sc.n = 0, 0
	bound := sc.hi
	from, to := 0, 0
	x := &sc.sn.v.base.index[sc.order]
	if len(x.blocks) > 0 {
		if i := sc.locate(x); i != sc.block || sc.cur == nil {
			if err := sc.enter(i); err != nil {
				return err
			}
		}
		if end := x.end(sc.block); end.less(&bound) {
			bound = end
		}
		from, to = sc.segments(&bound)
	}
	if sc.gap[0].less(&bound) && !sc.gap[1].less(&bound) {
		bound = sc.gap[0]
	}
	sc.patch = sc.patch[gallop(sc.patch, &sc.pos):]
	bound = earlier(bound, sc.patch, sc.step)
	for i, list := range sc.lists {
		sc.lists[i] = list[gallop(list, &sc.pos):]
		bound = earlier(bound, sc.lists[i], sc.step)
	}
	sc.gather(&bound)
	if err := sc.read(from, to, &bound); err != nil {
		return err
	}
	if sc.filters != 0 || sc.distinct {
		sc.sift()
	}
	sc.pos = bound
	sc.step = min(2*sc.step, blockRows)
	return nil
}

// locate returns the block whose range contains pos.
func (sc *Scan) locate(x *index) int {
	if i := sc.block; i >= 0 {
		end := x.end(i)
		if !sc.pos.less(&x.blocks[i].first) && sc.pos.less(&end) {
			return i
		}
		if i+1 < len(x.blocks) && sc.pos == end {
			return i + 1
		}
	}
	return x.find(&sc.pos)
}

// segments settles which segments of the present block to decode and lowers
// bound to where they end.
func (sc *Scan) segments(bound *key) (from, to int) {
	b := sc.cur.block
	if b == nil {
		return 0, 0
	}
	from = b.find(&sc.pos)
	to = min(from+sc.step/segmentRows, b.segments())
	if to < b.segments() && b.firsts[to].less(bound) {
		*bound = b.firsts[to]
	}
	return from, to
}

// earlier lowers bound so that no more than step changes of the list precede it.
func earlier(bound key, list []change, step int) key {
	if len(list) > step && list[step].key.less(&bound) {
		return list[step].key
	}
	return bound
}

// gather collects the changes in [pos, bound) from the patch and all runs.
func (sc *Scan) gather(bound *key) {
	sc.changes = sc.changes[:0]
	sc.patch = sc.take(sc.patch, bound)
	for i, list := range sc.lists {
		sc.lists[i] = sc.take(list, bound)
	}
}

// take merges the changes of list before bound into sc.changes and returns the rest.
func (sc *Scan) take(list []change, bound *key) []change {
	n := gallop(list, bound)
	switch {
	case n == 0:
	case len(sc.changes) == 0:
		sc.changes = append(sc.changes, list[:n]...)
	default:
		sc.scratch = mergeChanges(sc.scratch[:0], sc.changes, list[:n])
		sc.changes, sc.scratch = sc.scratch, sc.changes
	}
	return list[n:]
}

// read decodes segments [from, to), keeps the rows in [pos, bound) and merges
// the changes into them.
func (sc *Scan) read(from, to int, bound *key) error {
	var b *block
	if sc.cur != nil {
		b = sc.cur.block
	}
	for to > from+1 && !b.firsts[to-1].less(bound) {
		to--
	}
	need := sc.need
	low, high := 0, 0
	if b != nil && from < to {
		if b.firsts[from].less(&sc.pos) {
			low = significant(sc.pos)
			need |= 1<<low - 1
		}
		if *bound != maxKey && (to == b.segments() || b.firsts[to] != *bound) {
			high = significant(*bound)
			need |= 1<<high - 1
		}
	}
	if len(sc.changes) > 0 {
		need = 15
	}
	sc.decoded.reset()
	first, n, limit := 0, 0, math.MaxInt
	if b != nil && from < to {
		n = min(to*segmentRows, b.rows) - from*segmentRows
		compare := uint8(1<<max(low, high) - 1) // first what settles which rows are wanted
		if compare != 0 {
			if err := b.decode(&sc.decoded, from, to, compare); err != nil {
				return err
			}
		}
		if low > 0 {
			first = sc.decoded.searchN(&sc.pos, low, 0, n)
		}
		if high > 0 {
			n = sc.decoded.searchN(bound, high, first, n)
			limit = n
		}
		if err := b.decodeRows(&sc.decoded, from, to, need&^compare, limit); err != nil {
			return err
		}
	}
	if len(sc.changes) == 0 {
		for col := range sc.rows {
			if need>>col&1 == 1 {
				sc.rows[col] = sc.decoded[col][first:n]
			} else {
				sc.rows[col] = nil
			}
		}
		sc.n = n - first
		return nil
	}
	return sc.merge(first, n)
}

// merge puts decoded rows [first, n) and the gathered changes together.
func (sc *Scan) merge(first, n int) error {
	sc.places = sc.places[:0]
	size, at := n-first, first
	for i := range sc.changes {
		c := &sc.changes[i]
		at = sc.decoded.searchN(&c.key, 4, at, n)
		sc.places = append(sc.places, at)
		present := at < n && sc.decoded.at(at) == c.key
		if present == c.add {
			return corrupt(fmt.Sprintf("change %v %v of a quad that is present: %v", c.add, c.key, present))
		}
		if c.add {
			size++
		} else {
			size--
			at++
		}
	}
	for col := range sc.merged {
		sc.merged[col] = grow(sc.merged[col][:0], size)
		sc.mergeColumn(sc.merged[col], sc.decoded[col][:n], first, col)
	}
	sc.rows, sc.n = sc.merged, size
	return nil
}

// mergeColumn fills out with a column's values from row at on and with what the
// changes add, without what they remove.
func (sc *Scan) mergeColumn(out, in []ID, at, col int) {
	for i, to := range sc.places {
		out = out[copy(out, in[at:to]):]
		if at = to; sc.changes[i].add {
			out[0], out = sc.changes[i].key[col], out[1:]
		} else {
			at++
		}
	}
	copy(out, in[at:])
}

// sift drops rows that the filter or Distinct leaves out.
func (sc *Scan) sift() {
	keep := 0
	out := &sc.merged
	if sc.n > 0 && len(sc.changes) == 0 {
		out = &sc.decoded // rows are part of it; writing stays behind reading
	}
	for i := range sc.n {
		if sc.drop(i) {
			continue
		}
		for col := range sc.rows {
			if len(sc.rows[col]) > 0 {
				out[col][keep] = sc.rows[col][i]
			}
		}
		keep++
	}
	for col := range sc.rows {
		if len(sc.rows[col]) > 0 {
			sc.rows[col] = out[col][:keep]
		}
	}
	sc.n = keep
}

func (sc *Scan) drop(i int) bool {
	for f := sc.filters; f != 0; f &= f - 1 {
		col := bits.TrailingZeros8(f)
		if sc.rows[col][i] != sc.filter[col] {
			return true
		}
	}
	if sc.distinct {
		k := key{sc.rows[0][i], sc.rows[1][i], sc.rows[2][i]}
		if k == sc.last {
			return true
		}
		sc.last = k
	}
	return false
}
