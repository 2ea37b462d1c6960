package block

import (
	"fmt"
	"math"
	"math/bits"

	"fincat/store/ids"
)

// Cursor reads the rows of one order from some key on: those of the blocks with
// the changes in memory merged in. It reads in chunks, small ones at first.
type Cursor struct {
	order    Order
	index    *Index
	runs     [][]Change // changes that are not in the index
	blocks   *Reader
	need     uint8 // columns to decode: those wanted, and what filters and seeks compare
	distinct bool  // leave out rows that differ from the one before only in the last column
	keep     bool  // put blocks into the cache
	filter   Key   // columns that must match; Any elsewhere
	filters  uint8
	hi       Key    // first key beyond the range
	gap      [2]Key // a range that will not be asked for

	lists [][]Change // what of the runs is at or after pos
	block int        // index of the block of cur
	cur   *Loaded
	own   *Loaded  // memory for passing over blocks
	patch []Change // changes of cur at or after pos

	pos   Key // everything before it has been read
	step  int
	Rows  Columns // what has been read and not given out: [at, n)
	At, N int
	last  Key // last row given out, for distinct
	start chunkStart

	decoded, merged  Columns
	changes, scratch []Change
	places           []int // where changes go among the decoded rows
}

// chunkStart remembers what is needed to read the present chunk once more.
type chunkStart struct {
	pos, last Key
	step      int
}

const firstStep = SegmentRows

// NewCursor returns a cursor over the rows that begin with the first n columns
// of prefix. It reads the columns of which want has a bit, and puts blocks into the
// cache with keep.
func NewCursor(o Order, x *Index, runs [][]Change, blocks *Reader, prefix Key, n int, want uint8, keep bool) *Cursor {
	c := &Cursor{order: o, index: x, runs: runs, blocks: blocks, need: want, keep: keep, step: firstStep, block: -1}
	c.pos, c.hi = prefix.Bounds(n)
	c.gap = [2]Key{MaxKey, MaxKey}
	c.cutLists()
	return c
}

// cutLists sets lists to what the runs have in [pos, hi).
func (sc *Cursor) cutLists() {
	sc.lists = sc.lists[:0]
	for _, list := range sc.runs {
		i, j := LowerBound(list, &sc.pos), LowerBound(list, &sc.hi)
		if i < j {
			sc.lists = append(sc.lists, list[i:j])
		}
	}
}

// Distinct makes the cursor leave out rows that differ from the one before only in
// the last column.
func (sc *Cursor) Distinct() {
	sc.distinct = true
	sc.need |= 7
}

// Filter makes the cursor leave out rows that have another value in a column.
func (sc *Cursor) Filter(column int, value ids.ID) {
	sc.filter[column] = value
	sc.filters |= 1 << column
	sc.need |= 1 << column
}

// SkipGap says that no row from one key to another will be asked for.
func (sc *Cursor) SkipGap(from, to Key) { sc.gap = [2]Key{from, to} }

// Below passes rows that are below a key in the first n columns and returns where
// in Rows they are: not all of them, but none only when there are none left.
func (sc *Cursor) Below(hi *Key, n int) (from, to int, err error) {
	for sc.At >= sc.N {
		if !sc.pos.Less(hi) || !sc.pos.Less(&sc.hi) {
			return 0, 0, nil
		}
		if err := sc.fill(); err != nil {
			return 0, 0, err
		}
	}
	from = sc.At
	if sc.Rows.lessN(from, hi, n) {
		sc.At = sc.Rows.SearchN(hi, n, from, sc.N)
	}
	return from, sc.At, nil
}

// Close ends the cursor.
func (sc *Cursor) Close() {
	sc.pos, sc.hi, sc.At, sc.N = MaxKey, Key{}, 0, 0
	sc.cur, sc.lists = nil, nil
}

// Peek returns the next row without passing it.
func (sc *Cursor) Peek() (Key, bool, error) {
	if sc.At >= sc.N {
		if ok, err := sc.More(); !ok || err != nil {
			return Key{}, false, err
		}
	}
	return sc.Rows.At(sc.At), true, nil
}

// Seek moves forward to the first row that is not below k. It never moves back.
func (sc *Cursor) Seek(k Key) error {
	n := significant(k)
	mask := uint8(1<<n - 1)
	if sc.At < sc.N && sc.need&mask != mask {
		if err := sc.again(mask); err != nil {
			return err
		}
	}
	sc.need |= mask
	target := k
	if sc.At < sc.N {
		sc.At = sc.Rows.SearchN(&target, n, sc.At, sc.N)
		if sc.At < sc.N {
			return nil
		}
	}
	if sc.pos.Less(&target) {
		sc.pos, sc.step = target, firstStep
	}
	return nil
}

// again reads the present chunk once more, with more columns.
func (sc *Cursor) again(mask uint8) error {
	at := sc.At
	sc.need |= mask
	sc.pos, sc.last, sc.step = sc.start.pos, sc.start.last, sc.start.step
	sc.cutLists()
	sc.block, sc.cur = -1, nil
	if err := sc.fill(); err != nil {
		return err
	}
	sc.At = at
	return nil
}

// More reads chunks until one has rows.
func (sc *Cursor) More() (bool, error) {
	for sc.pos.Less(&sc.hi) {
		if err := sc.fill(); err != nil {
			return false, fmt.Errorf("scan %v: %w", sc.order, err)
		}
		if sc.N > 0 {
			return true, nil
		}
	}
	return false, nil
}

// enter makes block i the present one.
func (sc *Cursor) enter(i int) error {
	x := sc.index
	if i != sc.block || sc.cur == nil {
		var err error
		if sc.keep {
			sc.cur, err = sc.blocks.Load(&x.Blocks[i])
		} else {
			sc.cur, sc.own, err = sc.blocks.LoadOnce(&x.Blocks[i], sc.own)
		}
		if err != nil {
			return err
		}
		sc.block = i
	}
	sc.patch = sc.cur.Patch
	return nil
}

// fill reads the next chunk: it settles a range [pos, bound) that holds about
// step rows and changes, decodes the block's rows in it, and merges them with
// the changes.
func (sc *Cursor) fill() error {
	sc.start = chunkStart{sc.pos, sc.last, sc.step}
	sc.At, sc.N = 0, 0
	bound := sc.hi
	from, to := 0, 0
	x := sc.index
	if len(x.Blocks) > 0 {
		if i := sc.locate(x); i != sc.block || sc.cur == nil {
			if err := sc.enter(i); err != nil {
				return err
			}
		}
		if end := x.End(sc.block); end.Less(&bound) {
			bound = end
		}
		from, to = sc.segments(&bound)
	}
	if sc.gap[0].Less(&bound) && !sc.gap[1].Less(&bound) {
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
	sc.step = min(2*sc.step, MaxRows)
	return nil
}

// locate returns the block whose range contains pos.
func (sc *Cursor) locate(x *Index) int {
	if i := sc.block; i >= 0 {
		end := x.End(i)
		if !sc.pos.Less(&x.Blocks[i].First) && sc.pos.Less(&end) {
			return i
		}
		if i+1 < len(x.Blocks) && sc.pos == end {
			return i + 1
		}
	}
	return x.Find(&sc.pos)
}

// segments settles which segments of the present block to decode and lowers
// bound to where they end.
func (sc *Cursor) segments(bound *Key) (from, to int) {
	b := sc.cur.Block
	if b == nil {
		return 0, 0
	}
	from = b.Find(&sc.pos)
	to = min(from+sc.step/SegmentRows, b.Segments())
	if to < b.Segments() && b.firsts[to].Less(bound) {
		*bound = b.firsts[to]
	}
	return from, to
}

// earlier lowers bound so that no more than step changes of the list precede it.
func earlier(bound Key, list []Change, step int) Key {
	if len(list) > step && list[step].Key.Less(&bound) {
		return list[step].Key
	}
	return bound
}

// gather collects the changes in [pos, bound) from the patch and all runs.
func (sc *Cursor) gather(bound *Key) {
	sc.changes = sc.changes[:0]
	sc.patch = sc.take(sc.patch, bound)
	for i, list := range sc.lists {
		sc.lists[i] = sc.take(list, bound)
	}
}

// take merges the changes of list before bound into sc.changes and returns the rest.
func (sc *Cursor) take(list []Change, bound *Key) []Change {
	n := gallop(list, bound)
	switch {
	case n == 0:
	case len(sc.changes) == 0:
		sc.changes = append(sc.changes, list[:n]...)
	default:
		sc.scratch = MergeChanges(sc.scratch[:0], sc.changes, list[:n])
		sc.changes, sc.scratch = sc.scratch, sc.changes
	}
	return list[n:]
}

// read decodes segments [from, to), keeps the rows in [pos, bound) and merges
// the changes into them.
func (sc *Cursor) read(from, to int, bound *Key) error {
	var b *Block
	if sc.cur != nil {
		b = sc.cur.Block
	}
	for to > from+1 && !b.firsts[to-1].Less(bound) {
		to--
	}
	need := sc.need
	low, high := 0, 0
	if b != nil && from < to {
		if b.firsts[from].Less(&sc.pos) {
			low = significant(sc.pos)
			need |= 1<<low - 1
		}
		if !sc.endAt(to, bound) {
			high = significant(*bound)
			need |= 1<<high - 1
		}
	}
	if len(sc.changes) > 0 {
		need = 15
	}
	sc.decoded.Reset()
	first, n, limit := 0, 0, math.MaxInt
	if b != nil && from < to {
		n = min(to*SegmentRows, b.Rows) - from*SegmentRows
		compare := uint8(1<<max(low, high) - 1) // first what settles which rows are wanted
		if compare != 0 {
			if err := b.Decode(&sc.decoded, from, to, compare); err != nil {
				return err
			}
		}
		if low > 0 {
			first = sc.decoded.SearchN(&sc.pos, low, 0, n)
		}
		if high > 0 {
			n = sc.decoded.SearchN(bound, high, first, n)
			limit = n
		}
		if err := b.decodeRows(&sc.decoded, from, to, need&^compare, limit); err != nil {
			return err
		}
	}
	if len(sc.changes) == 0 {
		for col := range sc.Rows {
			if need>>col&1 == 1 {
				sc.Rows[col] = sc.decoded[col][first:n]
			} else {
				sc.Rows[col] = nil
			}
		}
		sc.N = n - first
		return nil
	}
	return sc.merge(first, n)
}

// endAt reports whether the segments before to, and the block if it has no more, end
// where the bound is, so that no row of theirs has to be compared with it.
func (sc *Cursor) endAt(to int, bound *Key) bool {
	if b := sc.cur.Block; to < b.Segments() {
		return b.firsts[to] == *bound
	}
	return sc.index.End(sc.block) == *bound
}

// merge puts decoded rows [first, n) and the gathered changes together.
func (sc *Cursor) merge(first, n int) error {
	sc.places = sc.places[:0]
	size, at := n-first, first
	for i := range sc.changes {
		c := &sc.changes[i]
		at = sc.decoded.SearchN(&c.Key, 4, at, n)
		sc.places = append(sc.places, at)
		present := at < n && sc.decoded.At(at) == c.Key
		if present == c.Add {
			return Corrupt(fmt.Sprintf("change %v %v of a quad that is present: %v", c.Add, c.Key, present))
		}
		if c.Add {
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
	sc.Rows, sc.N = sc.merged, size
	return nil
}

// mergeColumn fills out with a column's values from row at on and with what the
// changes add, without what they remove.
func (sc *Cursor) mergeColumn(out, in []ids.ID, at, col int) {
	for i, to := range sc.places {
		out = out[copy(out, in[at:to]):]
		if at = to; sc.changes[i].Add {
			out[0], out = sc.changes[i].Key[col], out[1:]
		} else {
			at++
		}
	}
	copy(out, in[at:])
}

// sift drops rows that the filter or distinct leaves out.
func (sc *Cursor) sift() {
	keep := 0
	out := &sc.merged
	if sc.N > 0 && len(sc.changes) == 0 {
		out = &sc.decoded // rows are part of it; writing stays behind reading
	}
	for i := range sc.N {
		if sc.drop(i) {
			continue
		}
		for col := range sc.Rows {
			if len(sc.Rows[col]) > 0 {
				out[col][keep] = sc.Rows[col][i]
			}
		}
		keep++
	}
	for col := range sc.Rows {
		if len(sc.Rows[col]) > 0 {
			sc.Rows[col] = out[col][:keep]
		}
	}
	sc.N = keep
}

func (sc *Cursor) drop(i int) bool {
	for f := sc.filters; f != 0; f &= f - 1 {
		col := bits.TrailingZeros8(f)
		if sc.Rows[col][i] != sc.filter[col] {
			return true
		}
	}
	if sc.distinct {
		k := Key{sc.Rows[0][i], sc.Rows[1][i], sc.Rows[2][i]}
		if k == sc.last {
			return true
		}
		sc.last = k
	}
	return false
}
