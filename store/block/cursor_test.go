package block

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fincat/store/ids"
)

// indexed is an index with changes that are not in it, and the sorted quads that
// both together have.
type indexed struct {
	model
	runs [][]Change
	keys []Key
}

// reader reads the blocks through a cache of so many bytes.
func (d *indexed) reader(bytes int) *Reader {
	return &Reader{Get: d.get, Blocks: NewCache[*Loaded](bytes), Patches: NewCache[[]byte](1 << 20)}
}

// randomQuad returns one of few quads, in the sequence of an order, so that many agree
// in their first columns.
func randomQuad(rng *rand.Rand, o Order) Key {
	return Key{
		ids.ID(1 + rng.IntN(40)), ids.ID(1 + rng.IntN(5)), ids.ID(1 + rng.IntN(30)), ids.ID(1 + rng.IntN(4)),
	}.In(o)
}

// toggled returns n changes at random of what want has.
func toggled(rng *rand.Rand, o Order, want map[Key]bool, n int) (cs []Change) {
	chosen := map[Key]bool{}
	for range n {
		k := randomQuad(rng, o)
		chosen[k] = !want[k]
	}
	for k, add := range chosen {
		cs = append(cs, Change{Key: k, Add: add})
	}
	slices.SortFunc(cs, func(a, b Change) int { return CompareKeys(a.Key, b.Key) })
	return cs
}

// newIndexed folds about n quads, then a few changes for each of folds, and leaves as
// many in memory for each of runs.
func newIndexed(t *testing.T, rng *rand.Rand, o Order, shape Shape, n, folds, runs int) *indexed {
	t.Helper()
	d := &indexed{model: model{memory: memory{data: map[uint64][]byte{}}, x: NewIndex(nil), want: map[Key]bool{},
		cache: NewCache[*Loaded](1 << 20), sent: NewCache[[]byte](1 << 20)}}
	d.fold(t, shape, toggled(rng, o, d.want, n))
	for range folds {
		d.fold(t, shape, toggled(rng, o, d.want, 40))
	}
	for range runs {
		cs := toggled(rng, o, d.want, 1+rng.IntN(300))
		for _, c := range cs {
			if d.want[c.Key] = c.Add; !c.Add {
				delete(d.want, c.Key)
			}
		}
		d.runs = append(d.runs, cs)
	}
	for k := range d.want {
		d.keys = append(d.keys, k)
	}
	slices.SortFunc(d.keys, CompareKeys)
	return d
}

// walk reads a cursor beside the rows that it must give.
type walk struct {
	t        *testing.T
	name     string
	rng      *rand.Rand
	d        *indexed
	c        *Cursor
	order    Order
	columns  uint8
	distinct bool
	rows     []Key
	at       int
}

// newWalk returns a walk over the quads that begin with the first n columns of one of
// them, some of them left out by a filter, or because they repeat the one before.
func newWalk(t *testing.T, rng *rand.Rand, d *indexed, o Order, columns uint8, n int) *walk {
	prefix := randomQuad(rng, o)
	w := &walk{t: t, rng: rng, d: d, order: o, columns: columns, distinct: rng.IntN(3) == 0}
	w.c = NewCursor(o, &d.x, d.runs, d.reader([]int{0, 1 << 20}[rng.IntN(2)]), prefix, n, columns, rng.IntN(2) == 0)
	filter := Key{}
	for range max(0, rng.IntN(4)-1) {
		col := rng.IntN(4)
		filter[col] = prefix[col]
		w.c.Filter(col, filter[col])
	}
	if w.distinct {
		w.c.Distinct()
	}
	for _, k := range d.keys {
		if !slices.Equal(k[:n], prefix[:n]) {
			continue
		}
		if slices.ContainsFunc([]int{0, 1, 2, 3}, func(i int) bool { return filter[i] != 0 && k[i] != filter[i] }) {
			continue
		}
		if last := len(w.rows) - 1; w.distinct && last >= 0 && slices.Equal(w.rows[last][:3], k[:3]) {
			continue
		}
		w.rows = append(w.rows, k)
	}
	w.name = fmt.Sprintf("%v, columns %04b, %d of prefix %v, filter %v, distinct %v", o, columns, n, prefix, filter,
		w.distinct)
	return w
}

// take compares n rows that are at hand.
func (w *walk) take(n int) {
	w.t.Helper()
	if w.at+n > len(w.rows) {
		w.t.Fatalf("%s: %d rows after %d, want %d in all", w.name, n, w.at, len(w.rows))
	}
	for i := range n {
		for col := range 4 {
			if w.columns>>col&1 == 1 && w.c.Rows[col][w.c.At+i] != w.rows[w.at+i][col] {
				w.t.Fatalf("%s: row %d has %d in column %d, want %v", w.name, w.at+i, w.c.Rows[col][w.c.At+i], col,
					w.rows[w.at+i])
			}
		}
	}
	w.c.At += n
	w.at += n
}

// read takes some of the rows at hand, after reading more when there are none. It
// returns false at the end.
func (w *walk) read() bool {
	w.t.Helper()
	if w.c.At >= w.c.N {
		ok, err := w.c.More()
		if err != nil {
			w.t.Fatalf("%s: More: %v", w.name, err)
		}
		if !ok {
			if w.at != len(w.rows) {
				w.t.Fatalf("%s: the cursor ends after %d rows, want %d", w.name, w.at, len(w.rows))
			}
			return false
		}
	}
	w.take(1 + w.rng.IntN(w.c.N-w.c.At))
	return true
}

// target returns a key to seek: of a row, before or after one, the first of a block,
// none at all, or one beyond all rows; with fewer columns some of the time.
func (w *walk) target() Key {
	k, n := randomQuad(w.rng, w.order), 1+w.rng.IntN(4)
	switch w.rng.IntN(8) {
	case 0:
		k = Key{}
	case 1:
		k = MaxKey
	case 2:
		k = w.d.x.Blocks[w.rng.IntN(len(w.d.x.Blocks))].First
	case 3, 4:
		if w.at < len(w.rows) {
			k = w.rows[min(w.at+w.rng.IntN(200), len(w.rows)-1)]
			if w.distinct {
				return k // any other with all its columns may be after the one that stands for it
			}
		}
	case 5:
		k[w.rng.IntN(4)]++
	}
	if w.distinct {
		n = min(n, 3)
	}
	for i := n; i < 4; i++ {
		k[i] = 0
	}
	return k
}

func (w *walk) seek() {
	w.t.Helper()
	k := w.target()
	if err := w.c.Seek(k); err != nil {
		w.t.Fatalf("%s: Seek(%v): %v", w.name, k, err)
	}
	at, _ := slices.BinarySearchFunc(w.rows, k, CompareKeys)
	w.at = max(w.at, at)
}

func (w *walk) peek() {
	w.t.Helper()
	k, ok, err := w.c.Peek()
	if err != nil || ok != (w.at < len(w.rows)) || ok && k != w.rows[w.at] {
		w.t.Fatalf("%s: Peek at row %d of %d = %v, %v, %v", w.name, w.at, len(w.rows), k, ok, err)
	}
}

// TestCursor reads, peeks and seeks at random in every order, with all sets of columns,
// over blocks with patches, over changes in memory, and over both, and compares what
// comes with a sorted slice.
func TestCursor(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for o := SPOG; o < Orders; o++ {
		for _, d := range []*indexed{
			newIndexed(t, rng, o, Shape{Rows: 300, Changes: 30, Patches: 2, Chunk: 7}, 2500, 3, 3),
			newIndexed(t, rng, o, Shape{Rows: 50, Changes: 9, Patches: 1, Chunk: 7}, 900, 2, 1),
			newIndexed(t, rng, o, DefaultShape(), 6000, 0, 0),
		} {
			for columns := uint8(1); columns < 16; columns++ {
				for n := range 4 {
					w := newWalk(t, rng, d, o, columns, n)
					for more := true; more; {
						switch {
						case w.rng.IntN(3) == 0:
							w.seek()
						case columns == 15 && w.rng.IntN(2) == 0:
							w.peek()
						default:
							more = w.read()
						}
					}
				}
			}
		}
	}
}

// TestCursorWithoutBlocks reads changes in memory over an index that is empty.
func TestCursorWithoutBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	for range 20 {
		d := newIndexed(t, rng, GSPO, DefaultShape(), 0, 0, rng.IntN(4))
		w := newWalk(t, rng, d, GSPO, 15, 0)
		for w.read() {
			w.peek()
		}
	}
}

// TestCursorBelow asks for the rows of ranges one after the other, as looking up many
// prefixes at once does: with and without saying what lies between them.
func TestCursorBelow(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	for round := range 60 {
		d := newIndexed(t, rng, POSG, Shape{Rows: 300, Changes: 30, Patches: 2, Chunk: 7}, 1500, 1, round%3)
		n := 1 + round%4
		var los []Key
		for range 1 + rng.IntN(30) {
			lo, _ := randomQuad(rng, POSG).Bounds(n)
			los = append(los, lo)
		}
		slices.SortFunc(los, CompareKeys)
		los = slices.Compact(los)
		c := NewCursor(POSG, &d.x, d.runs, d.reader(1<<20), Key{}, 0, 15, true)
		for i, lo := range los {
			_, hi := lo.Bounds(n)
			next := MaxKey
			if i+1 < len(los) {
				next = los[i+1]
			}
			if round%2 == 0 {
				c.SkipGap(hi, next)
			}
			if err := c.Seek(lo); err != nil {
				t.Fatal(err)
			}
			var got, want []Key
			for {
				from, to, err := c.Below(&hi, n)
				if err != nil {
					t.Fatal(err)
				}
				if from == to {
					break
				}
				for k := from; k < to; k++ {
					got = append(got, c.Rows.At(k))
				}
			}
			for _, k := range d.keys {
				if !k.Less(&lo) && k.Less(&hi) {
					want = append(want, k)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("round %d: from %v below %v come %v, want %v", round, lo, hi, got, want)
			}
		}
	}
}

// TestCursorBelowItsEnd asks a cursor for more than its own range has.
func TestCursorBelowItsEnd(t *testing.T) {
	d := newIndexed(t, rand.New(rand.NewPCG(27, 28)), SPOG, DefaultShape(), 500, 0, 0)
	prefix := d.keys[len(d.keys)/2]
	_, end := prefix.Bounds(1)
	c := NewCursor(SPOG, &d.x, nil, d.reader(1<<20), prefix, 1, 15, true)
	n := 0
	for {
		from, to, err := c.Below(&MaxKey, 1)
		if err != nil {
			t.Fatal(err)
		}
		if from == to {
			break
		}
		n += to - from
	}
	want := 0
	for _, k := range d.keys {
		if k[0] == prefix[0] {
			want++
		}
	}
	if n != want || want == 0 {
		t.Errorf("%d rows below the end of all and %v, want %d", n, end, want)
	}
}

// TestCursorChunks asserts how much a cursor reads at a time: little at first and after
// a seek, then more and more, each block once, and only the columns that are wanted.
func TestCursorChunks(t *testing.T) {
	var cs []Change
	for i := range 3 * MaxRows {
		cs = append(cs, Change{Key: Key{ids.ID(i + 1), 2, 3, 4}, Add: true})
	}
	d := &indexed{model: model{memory: memory{data: map[uint64][]byte{}}, x: NewIndex(nil), want: map[Key]bool{}}}
	if err := d.memory.fold(t, &d.x, DefaultShape(), cs); err != nil {
		t.Fatal(err)
	}
	sizes := func(c *Cursor) (out []int) {
		for {
			ok, err := c.More()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return out
			}
			if c.Rows[1] != nil || c.Rows[3] != nil {
				t.Errorf("columns that are not wanted are decoded: %d and %d rows", len(c.Rows[1]), len(c.Rows[3]))
			}
			out = append(out, c.N)
		}
	}
	gets := 0
	r := d.reader(0)
	r.Get = func(number uint64) ([]byte, error) {
		gets++
		return d.get(number)
	}
	c := NewCursor(SPOG, &d.x, nil, r, Key{}, 0, 5, false)
	if got, want := sizes(c), []int{128, 256, 512, 1024, 128, 2048, 2048}; !slices.Equal(got, want) {
		t.Errorf("a cursor reads chunks of %v rows, want %v", got, want)
	}
	if gets != 3 {
		t.Errorf("a cursor gets blocks %d times, want 3", gets)
	}
	c = NewCursor(SPOG, &d.x, nil, r, Key{}, 0, 5, false)
	if ok, err := c.More(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := c.Seek(Key{MaxRows + 2 + 5*SegmentRows}); err != nil {
		t.Fatal(err)
	}
	if got, want := sizes(c), []int{127, 256, 512, 512, 2048}; !slices.Equal(got, want) {
		t.Errorf("after a seek a cursor reads chunks of %v rows, want %v", got, want)
	}
	empty := NewIndex(nil)
	c = NewCursor(SPOG, &empty, [][]Change{cs[:1000]}, r, Key{}, 0, 15, false)
	for _, want := range []int{128, 256, 512, 104} {
		if ok, err := c.More(); !ok || err != nil || c.N != want {
			t.Errorf("a cursor reads %d changes, want %d: %v, %v", c.N, want, ok, err)
		}
	}
}

// TestCursorKeeps asserts that a cursor which is to keep blocks puts them into a cache
// that is full, and that another one does not.
func TestCursorKeeps(t *testing.T) {
	d := newIndexed(t, rand.New(rand.NewPCG(29, 30)), SPOG, DefaultShape(), 500, 0, 0)
	for _, keep := range []bool{true, false} {
		r := d.reader(0)
		c := NewCursor(SPOG, &d.x, nil, r, Key{}, 0, 15, keep)
		if ok, err := c.More(); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if _, ok := r.Blocks.Get(d.x.Blocks[0].version()); ok != keep {
			t.Errorf("the block is kept: %v, want %v", ok, keep)
		}
		c.Close()
		if ok, err := c.More(); ok || err != nil {
			t.Errorf("More of a closed cursor = %v, %v", ok, err)
		}
		if k, ok, err := c.Peek(); ok || err != nil {
			t.Errorf("Peek of a closed cursor = %v, %v, %v", k, ok, err)
		}
	}
}

// TestCursorDamage reads a block that is missing, and changes that contradict it.
func TestCursorDamage(t *testing.T) {
	d := newIndexed(t, rand.New(rand.NewPCG(31, 32)), SPOG, DefaultShape(), 500, 0, 0)
	absent := d.keys[7]
	absent[3] = 99
	for name, c := range map[string]Change{
		"added twice": {Key: d.keys[7], Add: true}, "removed and never there": {Key: absent},
	} {
		cur := NewCursor(SPOG, &d.x, [][]Change{{c}}, d.reader(1<<20), Key{}, 0, 15, true)
		if ok, err := cur.More(); ok || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: More = %v, %v, want ErrCorrupt", name, ok, err)
		}
	}
	clear(d.data)
	c := NewCursor(SPOG, &d.x, nil, d.reader(1<<20), Key{}, 0, 15, true)
	if ok, err := c.More(); ok || err == nil || !strings.Contains(err.Error(), "scan SPOG: block") {
		t.Errorf("More without the block = %v, %v", ok, err)
	}
	if _, ok, err := c.Peek(); ok || err == nil {
		t.Errorf("Peek without the block = %v, %v", ok, err)
	}
	if _, _, err := c.Below(&MaxKey, 4); err == nil {
		t.Error("Below without the block is no error")
	}
}
