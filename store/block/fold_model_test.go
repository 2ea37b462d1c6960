package block

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"fincat/store/ids"
)

// model is an index beside a plain set of the quads that it must have.
type model struct {
	memory
	x     Index
	want  map[Key]bool
	cache *Cache[*Loaded]
	sent  *Cache[[]byte]
	renew Renewals
}

// counted is a source that notes when it is asked for more changes than one go works out.
type counted struct {
	SliceSource
	most int
}

func (c *counted) Below(hi *Key, n int, out []Change) ([]Change, error) {
	c.most = max(c.most, n+len(out))
	return c.SliceSource.Below(hi, n, out)
}

func (m *model) fold(t *testing.T, shape Shape, cs []Change) {
	t.Helper()
	m.renew.Reset(1 << 20)
	f := m.folder(shape, m.renew.Add)
	src := &counted{SliceSource: SliceSource{cs}}
	if err := f.Fold(t.Context(), &m.x, src); err != nil {
		t.Fatal(err)
	}
	if src.most > 4*shape.Rows {
		t.Errorf("%d changes were taken at a time, want at most %d", src.most, 4*shape.Rows)
	}
	for _, number := range f.Garbage {
		delete(m.data, number)
	}
	m.x = NewIndex(f.Blocks)
	m.renew.Apply(m.cache, m.sent)
	for _, c := range cs {
		if m.want[c.Key] = c.Add; !c.Add {
			delete(m.want, c.Key)
		}
	}
}

// check compares what the index has with what it must have: the quads as they are read
// and as they are counted, by blocks read anew and by those that the cache was brought
// up to date with, the sizes of the blocks, and that nothing is kept in vain.
func (m *model) check(t *testing.T, rng *rand.Rand, shape Shape) {
	t.Helper()
	var want, got []Key
	for k := range m.want {
		want = append(want, k)
	}
	slices.SortFunc(want, CompareKeys)
	reader := &Reader{Get: m.get, Blocks: m.cache, Patches: m.sent}
	used := 0
	for i := range m.x.Blocks {
		ref := &m.x.Blocks[i]
		var plain Loaded
		if err := plain.Read(m.get, ref, nil); err != nil {
			t.Fatal(err)
		}
		cached, err := reader.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(plain.Patch, cached.Patch) {
			t.Fatalf("block %d: the cache has patch %v, read anew it is %v", i, cached.Patch, plain.Patch)
		}
		if used += len(ref.Patches); ref.ID != 0 {
			used++
		}
		if int(ref.rows) > shape.Rows || ref.patched() > shape.Changes || len(ref.Patches) > shape.Patches {
			t.Errorf("block %d has %d rows and %d changes in %d patches, want at most %d, %d, %d",
				i, ref.rows, ref.patched(), len(ref.Patches), shape.Rows, shape.Changes, shape.Patches)
		}
		for _, p := range ref.Patches {
			if p.changes == 0 {
				t.Errorf("block %d has a patch without changes", i)
			}
		}
		rows := quads(t, &plain)
		if ref.Quads() != uint64(len(rows)) {
			t.Fatalf("block %d says it has %d quads, it has %d", i, ref.Quads(), len(rows))
		}
		got = append(got, rows...)
		for range 4 {
			lo, hi := randomKey(rng), randomKey(rng)
			n := uint64(0)
			for _, k := range rows {
				if !k.Less(&lo) && k.Less(&hi) {
					n++
				}
			}
			if !hi.Less(&lo) {
				if c, err := cached.Count(&lo, &hi, &sync.Pool{}); err != nil || c != n {
					t.Fatalf("Count(%v, %v) in block %d = %d, %v, want %d", lo, hi, i, c, err, n)
				}
			}
		}
	}
	if !slices.Equal(got, want) || m.x.Quads() != uint64(len(want)) {
		t.Fatalf("%d quads %v, counted %d, want %d %v", len(got), got, m.x.Quads(), len(want), want)
	}
	if len(m.data) != used {
		t.Errorf("%d blocks and patches are kept, %d are used", len(m.data), used)
	}
}

// quads returns the quads of a block with its patch.
func quads(t *testing.T, l *Loaded) (out []Key) {
	t.Helper()
	var cs []Change
	if l.Block != nil {
		var c Columns
		if err := l.Block.Decode(&c, 0, l.Block.Segments(), 15); err != nil {
			t.Fatal(err)
		}
		for i := range c.Len() {
			cs = append(cs, Change{Key: c.At(i), Add: true})
		}
	}
	for _, c := range MergeChanges(nil, cs, l.Patch) {
		if !c.Add {
			t.Fatalf("a patch removes %v, which is not there", c.Key)
		}
		out = append(out, c.Key)
	}
	return out
}

func randomKey(rng *rand.Rand) Key {
	return Key{ids.ID(rng.IntN(40)), ids.ID(rng.IntN(3)), ids.ID(rng.IntN(4)), ids.ID(rng.IntN(2))}
}

// TestFoldModel folds random changes, few and many, in one place and all over, and
// compares the index with a plain set after each fold.
func TestFoldModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	shapes := []Shape{
		{Rows: 16, Changes: 8, Patches: 1, Chunk: 7},
		{Rows: 7, Changes: 5, Patches: 3, Chunk: 7},
		{Rows: 32, Changes: 40, Patches: 2, Chunk: 7},
	}
	for n := range 9 {
		shape := shapes[n%len(shapes)]
		m := &model{memory: memory{data: map[uint64][]byte{}}, x: NewIndex(nil), want: map[Key]bool{},
			cache: NewCache[*Loaded](1 << 20), sent: NewCache[[]byte](1 << 20)}
		for range 40 {
			size := []int{0, 1, 2, 5, 20, 200}[rng.IntN(6)]
			near, in := randomKey(rng)[0], rng.IntN(2) == 0
			chosen := map[Key]bool{}
			for range size {
				k := randomKey(rng)
				if in { // in one place
					k[0] = near
				}
				chosen[k] = !m.want[k]
			}
			var cs []Change
			for k, add := range chosen {
				cs = append(cs, Change{Key: k, Add: add})
			}
			slices.SortFunc(cs, func(a, b Change) int { return CompareKeys(a.Key, b.Key) })
			m.fold(t, shape, cs)
			m.check(t, rng, shape)
		}
	}
}

// TestFoldSizes writes different numbers of rows: blocks are full, and the last two
// share what is left evenly.
func TestFoldSizes(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
	for n, want := range map[int][]int{
		0: nil, 1: {1}, 15: {15}, 16: {16}, 17: {9, 8}, 24: {12, 12}, 31: {16, 15}, 32: {16, 16}, 33: {16, 9, 8},
		48: {16, 16, 16}, 49: {16, 16, 9, 8}, 64: {16, 16, 16, 16}, 65: {16, 16, 16, 9, 8},
		84: {16, 16, 16, 16, 10, 10},
	} {
		m, x := &memory{data: map[uint64][]byte{}}, NewIndex(nil)
		if err := m.fold(t, &x, shape, changes(true, span(1, n+1)...)); err != nil {
			t.Fatal(err)
		}
		if got := sizes(&x); !slices.Equal(got, want) {
			t.Errorf("%d rows in blocks of %v, want %v", n, got, want)
		}
	}
}

// sizes returns how many rows the blocks have.
func sizes(x *Index) (out []int) {
	for i := range x.Blocks {
		out = append(out, int(x.Blocks[i].rows))
	}
	return out
}

// TestFoldKeepsFilling folds more than one go takes behind rows that are there: what is
// left of a go is not written before it is known what follows.
func TestFoldKeepsFilling(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
	m, x := &memory{data: map[uint64][]byte{}}, NewIndex(nil)
	for _, cs := range [][]Change{changes(true, span(1, 10)...), changes(true, span(10, 84)...)} {
		if err := m.fold(t, &x, shape, cs); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := sizes(&x), []int{16, 16, 16, 16, 10, 9}; !slices.Equal(got, want) {
		t.Errorf("83 rows in blocks of %v, want %v", got, want)
	}
}

// TestFoldJoins takes rows away from the first of two blocks: what is left goes together
// with the second when it is less than half a block and both fit into one.
func TestFoldJoins(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 2, Patches: 1, Chunk: 7}
	for _, c := range []struct {
		first, second int
		want          []int
	}{
		{7, 9, []int{16}}, {7, 10, []int{7, 10}}, {6, 10, []int{16}}, {8, 8, []int{8, 8}}, {1, 15, []int{16}},
		{1, 16, []int{1, 16}}, {0, 9, []int{9}}, {10, 5, []int{10, 5}},
	} {
		m, x := &memory{data: map[uint64][]byte{}}, NewIndex(nil)
		for _, cs := range [][]Change{
			changes(true, span(0, 32)...), changes(false, span(16+c.second, 32)...),
			changes(false, span(c.first, 16)...),
		} {
			if err := m.fold(t, &x, shape, cs); err != nil {
				t.Fatal(err)
			}
		}
		if got := sizes(&x); !slices.Equal(got, c.want) {
			t.Errorf("%d and %d rows in blocks of %v, want %v", c.first, c.second, got, c.want)
		}
	}
}

// TestFoldWithoutRows folds into a block that has patches and no rows of its own, which
// the list of blocks may name.
func TestFoldWithoutRows(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 4, Patches: 1, Chunk: 7}
	m := &memory{data: map[uint64][]byte{7: EncodePatch(changes(true, 1, 2))}, next: 7}
	x := NewIndex([]Ref{{Net: 2, Patches: []patchRef{{7, 2}}}})
	for _, c := range []struct {
		changes []Change
		want    []int
	}{
		{nil, []int{1, 2}}, {changes(true, 3), []int{1, 2, 3}}, {changes(true, 4, 5), []int{1, 2, 3, 4, 5}},
	} {
		if err := m.fold(t, &x, shape, c.changes); err != nil {
			t.Fatal(err)
		}
		if got := m.keys(t, &x); !slices.Equal(got, c.want) || x.Quads() != uint64(len(c.want)) {
			t.Errorf("with %v: %v, want %v", c.changes, got, c.want)
		}
	}
}

// TestFoldSpares folds a few changes of one block among several: the others stay as they
// are, a first patch is written without reading the block, and what is no longer
// referred to is added up.
func TestFoldSpares(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 4, Patches: 1, Chunk: 7}
	m := &model{memory: memory{data: map[uint64][]byte{}}, x: NewIndex(nil), want: map[Key]bool{},
		cache: NewCache[*Loaded](1 << 20), sent: NewCache[[]byte](1 << 20)}
	m.fold(t, shape, changes(true, span(0, 48)...))
	old := m.x.Blocks
	var whole Loaded
	if err := whole.Read(m.get, &old[1], nil); err != nil {
		t.Fatal(err)
	}
	data := len(whole.Block.data)
	for i, step := range []struct {
		changes     []Change
		loads, free int
	}{
		{changes(false, 16), 0, 0},
		{nil, 0, 0},
		{changes(false, 17, 18), 1, patchBytes},
		{changes(false, 19, 20), 1, 3*patchBytes + data},
	} {
		f, loads := m.folder(shape, m.renew.Add), 0
		load := f.Load
		f.Load = func(ref *Ref) (*Loaded, error) {
			loads++
			return load(ref)
		}
		m.renew.Reset(100)
		if err := f.Fold(t.Context(), &m.x, &SliceSource{step.changes}); err != nil {
			t.Fatal(err)
		}
		if free := m.renew.freeing; loads != step.loads || free != step.free {
			t.Errorf("step %d reads %d blocks and frees %d bytes, want %d and %d",
				i, loads, free, step.loads, step.free)
		}
		for k := range old {
			if (k != 1 || len(step.changes) == 0) && !equalRefs(f.Blocks[k], m.x.Blocks[k]) {
				t.Errorf("step %d makes block %d %+v, it was %+v", i, k, f.Blocks[k], m.x.Blocks[k])
			}
		}
		m.x = NewIndex(f.Blocks)
	}
}

func equalRefs(a, b Ref) bool {
	return a.First == b.First && a.ID == b.ID && a.rows == b.rows && a.Net == b.Net &&
		slices.Equal(a.Patches, b.Patches)
}

// failing is a source that fails when its turn has come.
type failing struct {
	SliceSource
	turn func() error
}

func (f *failing) Below(hi *Key, n int, out []Change) ([]Change, error) {
	if err := f.turn(); err != nil {
		return out, err
	}
	return f.SliceSource.Below(hi, n, out)
}

// TestFoldFails fails each read and write of a fold once: the fold must say so, since
// the base would otherwise lack what could not be read or written.
func TestFoldFails(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 4, Patches: 1, Chunk: 7}
	m := &memory{data: map[uint64][]byte{}}
	x := NewIndex(nil)
	for _, cs := range [][]Change{
		changes(true, span(0, 96)...), changes(false, 3), changes(false, 20), changes(false, 35),
	} {
		if err := m.fold(t, &x, shape, cs); err != nil {
			t.Fatal(err)
		}
	}
	cs := slices.Concat(changes(false, 4), changes(false, span(21, 28)...), changes(false, 36), // join, rewrite, join
		changes(false, 50), changes(true, span(100, 260)...)) // first patch, several goes
	failed := errors.New("this turn fails")
	empty := NewIndex(nil)
	for _, x := range []*Index{&x, &empty} {
		if len(x.Blocks) == 0 {
			cs = changes(true, span(0, 200)...)
		}
		for bad := 0; ; bad++ {
			n := 0
			turn := func() error {
				if n++; n == bad+1 {
					return failed
				}
				return nil
			}
			f := (&memory{data: m.data, next: m.next}).folder(shape, func(renewal) {})
			load := f.Load
			f.Load = func(ref *Ref) (*Loaded, error) {
				if err := turn(); err != nil {
					return nil, err
				}
				return load(ref)
			}
			f.Put = func(uint64, []byte) error { return turn() }
			err := f.Fold(t.Context(), x, &failing{SliceSource{cs}, turn})
			if n <= bad { // every turn has failed once
				if err != nil || bad < 6 {
					t.Errorf("%d turns, at the end %v", bad, err)
				}
				break
			}
			if !errors.Is(err, failed) {
				t.Errorf("turn %d of a fold of %d blocks failed, the fold says %v", bad, len(x.Blocks), err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		f := (&memory{data: m.data, next: m.next}).folder(shape, func(renewal) {})
		f.Put = func(uint64, []byte) error { return nil }
		for _, cs := range [][]Change{cs, nil} {
			if err := f.Fold(ctx, x, &SliceSource{cs}); !errors.Is(err, context.Canceled) {
				t.Errorf("a fold of %d blocks and %d changes that was cancelled says %v", len(x.Blocks), len(cs), err)
			}
		}
	}
}

// TestFoldDamaged folds into a block whose rows do not decode.
func TestFoldDamaged(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 2, Patches: 1, Chunk: 7}
	m, x := &memory{data: map[uint64][]byte{}}, NewIndex(nil)
	if err := m.fold(t, &x, shape, changes(true, span(0, 16)...)); err != nil {
		t.Fatal(err)
	}
	whole, tried := m.data[x.Blocks[0].ID], 0
	for i := range whole {
		data := slices.Clone(whole)
		data[i] ^= 0x3c
		b := &Block{}
		if b.parse(data) != nil || b.Rows != 16 || b.Decode(new(Columns), 0, b.Segments(), 15) == nil {
			continue
		}
		tried++
		m.data[x.Blocks[0].ID] = data
		if err := m.fold(t, &x, shape, changes(true, 20, 21, 22)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a fold into a block with byte %d changed says %v", i, err)
		}
	}
	if tried == 0 {
		t.Error("no change of a byte keeps the block from being decoded")
	}
}
