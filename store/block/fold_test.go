package block

import (
	"fmt"
	"slices"
	"testing"

	"fincat/store/ids"
)

// memory is where the blocks and patches of a fold are kept in tests.
type memory struct {
	data map[uint64][]byte
	next uint64
}

// folder keeps what it makes in m and tells renew which cached blocks are replaced.
func (m *memory) folder(shape Shape, renew func(renewal)) *Folder {
	return &Folder{
		Shape: shape,
		NextID: func() uint64 {
			m.next++
			return m.next
		},
		Put: func(number uint64, data []byte) error {
			m.data[number] = slices.Clone(data)
			return nil
		},
		Load: func(ref *Ref) (*Loaded, error) {
			var l Loaded
			return &l, l.Read(m.get, ref, nil)
		},
		Renew: renew,
	}
}

func (m *memory) fold(t *testing.T, x *Index, shape Shape, cs []Change) error {
	t.Helper()
	f := m.folder(shape, func(renewal) {})
	if err := f.Fold(t.Context(), x, &SliceSource{cs}); err != nil {
		return err
	}
	for _, number := range f.Garbage {
		delete(m.data, number)
	}
	*x = NewIndex(f.Blocks)
	return nil
}

func (m *memory) get(number uint64) ([]byte, error) {
	if b, ok := m.data[number]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("block %d is not there", number)
}

// keys returns the subjects of all quads of an index, whose objects do not differ.
func (m *memory) keys(t *testing.T, x *Index) (out []int) {
	t.Helper()
	for i := range x.Blocks {
		var l Loaded
		if err := l.Read(m.get, &x.Blocks[i], nil); err != nil {
			t.Fatal(err)
		}
		present := map[int]bool{}
		if l.Block != nil {
			var c Columns
			if err := l.Block.Decode(&c, 0, l.Block.Segments(), 15); err != nil {
				t.Fatal(err)
			}
			for _, s := range c[0] {
				present[int(s)] = true
			}
		}
		for _, c := range l.Patch {
			if present[int(c.Key[0])] == c.Add {
				t.Errorf("a patch says %v of %d, which is present: %v", c.Add, c.Key[0], !c.Add)
			}
			present[int(c.Key[0])] = c.Add
		}
		for s, there := range present {
			if there {
				out = append(out, s)
			}
		}
	}
	slices.Sort(out)
	return out
}

func changes(add bool, subjects ...int) (cs []Change) {
	for _, s := range subjects {
		cs = append(cs, Change{Key: Key{ids.ID(s), 1, 1, 1}, Add: add})
	}
	return cs
}

func span(from, to int) (out []int) {
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

// TestFoldAtBorder folds more changes of one block's range than are worked out at a
// time, and a patch that has the quad at the border between two goes, or one beside
// it: a change of that quad must meet the patch, or the fold takes the block for damaged.
func TestFoldAtBorder(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
	goes := 4 * shape.Rows
	for beside := -2; beside <= 2; beside++ {
		m, x := &memory{data: map[uint64][]byte{}}, NewIndex(nil)
		if err := m.fold(t, &x, shape, changes(true, 1, 2, 3)); err != nil {
			t.Fatal(err)
		}
		at := 10 + goes - 1 + beside // the changes below begin at 10, so that 10+goes-1 is the border
		if err := m.fold(t, &x, shape, changes(true, at)); err != nil {
			t.Fatal(err)
		}
		if got, want := m.keys(t, &x), []int{1, 2, 3, at}; !slices.Equal(got, want) || len(x.Blocks[0].Patches) != 1 {
			t.Fatalf("before the fold: %v in %+v, want %v and a patch", got, x.Blocks, want)
		}
		cs := slices.Concat(changes(true, span(10, at)...), changes(false, at), changes(true, span(at+1, 200)...))
		if err := m.fold(t, &x, shape, cs); err != nil {
			t.Errorf("patch %d beside the border: %v", beside, err)
			continue
		}
		want := slices.Concat([]int{1, 2, 3}, span(10, at), span(at+1, 200))
		if got := m.keys(t, &x); !slices.Equal(got, want) || x.Quads() != uint64(len(want)) {
			t.Errorf("patch %d beside the border: %d quads %v, want %v", beside, x.Quads(), got, want)
		}
	}
}

// TestFoldShape folds changes of different numbers: few become a patch, a second patch
// is joined with the first, many have the block written anew, and a change that is none
// is found.
func TestFoldShape(t *testing.T) {
	shape := Shape{Rows: 16, Changes: 4, Patches: 1, Chunk: 7}
	m, x := &memory{data: map[uint64][]byte{}}, NewIndex(nil)
	steps := []struct {
		name            string
		changes         []Change
		blocks, patches int
		want            []int
	}{
		{"the first block", changes(true, span(0, 10)...), 1, 0, span(0, 10)},
		{"few changes", changes(true, 20, 21), 1, 1, slices.Concat(span(0, 10), []int{20, 21})},
		{"few more", changes(false, 5, 20), 1, 1, slices.Concat(span(0, 5), span(6, 10), []int{21})},
		{"exactly as many as may be", changes(true, 5, 25), 1, 1, slices.Concat(span(0, 10), []int{21, 25})},
		{"one too many", changes(true, 22, 23, 24), 1, 0, slices.Concat(span(0, 10), span(21, 26))},
		{"more than a block holds", changes(true, span(30, 60)...), 3, 0,
			slices.Concat(span(0, 10), span(21, 26), span(30, 60))},
		{"all gone", changes(false, slices.Concat(span(0, 10), span(21, 26), span(30, 60))...), 0, 0, nil},
	}
	for _, s := range steps {
		if err := m.fold(t, &x, shape, s.changes); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		patches := 0
		for i := range x.Blocks {
			patches += len(x.Blocks[i].Patches)
		}
		if got := m.keys(t, &x); !slices.Equal(got, s.want) || len(x.Blocks) != s.blocks || patches != s.patches {
			t.Errorf("%s: %v in %d blocks with %d patches, want %v in %d with %d",
				s.name, got, len(x.Blocks), patches, s.want, s.blocks, s.patches)
		}
		if len(m.data) != len(x.Blocks)+patches {
			t.Errorf("%s: %d blocks and patches are kept, %d are used", s.name, len(m.data), len(x.Blocks)+patches)
		}
	}
	if err := m.fold(t, &x, shape, changes(false, 1)); err == nil {
		t.Error("a quad that is not there can be removed")
	}
}
