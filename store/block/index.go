package block

import (
	"encoding/binary"
	"sort"

	"fincat/store/ids"
)

// patchRef names a patch: changes to one block's range that wait for folding.
type patchRef struct {
	ID      uint64
	changes uint32
}

// Ref is what is kept in memory of a block: its range begins at first and
// ends where the next block's begins; the first block's range begins at the
// lowest key.
type Ref struct {
	First   Key
	ID      uint64 // 0: the block has no rows of its own, only patches
	rows    uint32
	Net     int32 // additions less removals of the patches
	Patches []patchRef
}

// Quads returns the number of quads in the block's range.
func (b *Ref) Quads() uint64 { return uint64(int64(b.rows) + int64(b.Net)) }

// patched returns the number of changes that wait in patches.
func (b *Ref) patched() (n int) {
	for _, p := range b.Patches {
		n += int(p.changes)
	}
	return n
}

// version identifies the block's content for the cache.
func (b *Ref) version() uint64 {
	if n := len(b.Patches); n > 0 {
		return b.Patches[n-1].ID
	}
	return b.ID
}

// Index is the sparse list of one order's blocks.
type Index struct {
	Blocks []Ref
	Before []uint64 // quads in the blocks before each block; one more for the end
}

// NewIndex returns the index of blocks, which are sorted.
func NewIndex(blocks []Ref) Index {
	x := Index{Blocks: blocks, Before: make([]uint64, len(blocks)+1)}
	for i := range blocks {
		x.Before[i+1] = x.Before[i] + blocks[i].Quads()
	}
	return x
}

// Quads returns the number of quads, or of terms, in all blocks.
func (x *Index) Quads() uint64 { return x.Before[len(x.Blocks)] }

// Find returns the block whose range contains k.
func (x *Index) Find(k *Key) int {
	i := sort.Search(len(x.Blocks), func(i int) bool { return k.Less(&x.Blocks[i].First) })
	return max(i-1, 0)
}

// End returns the first key after the range of block i.
func (x *Index) End(i int) Key {
	if i+1 < len(x.Blocks) {
		return x.Blocks[i+1].First
	}
	return MaxKey
}

// Ends reports whether block i's range ends at or before k.
func (x *Index) Ends(i int, k *Key) bool {
	return i+1 < len(x.Blocks) && !k.Less(&x.Blocks[i+1].First)
}

// Encode returns the bytes that [DecodeIndex] reads.
func (x *Index) Encode() []byte {
	b := binary.AppendUvarint(nil, uint64(len(x.Blocks)))
	var prev Key
	id := uint64(0)
	for i := range x.Blocks {
		ref := &x.Blocks[i]
		for c := range prev {
			b = AppendVarint(b, int64(ref.First[c]-prev[c]))
		}
		prev = ref.First
		b = AppendVarint(b, int64(ref.ID-id))
		id = ref.ID
		b = binary.AppendUvarint(b, uint64(ref.rows))
		b = AppendVarint(b, int64(ref.Net))
		b = binary.AppendUvarint(b, uint64(len(ref.Patches)))
		for _, p := range ref.Patches {
			b = binary.AppendUvarint(b, p.ID)
			b = binary.AppendUvarint(b, uint64(p.changes))
		}
	}
	return b
}

// DecodeIndex reads what [Index.Encode] wrote.
func DecodeIndex(data []byte) (Index, error) {
	r := Decoder{B: data}
	n := r.Uvarint()
	if n > uint64(len(data)) {
		return Index{}, Corrupt("list of blocks")
	}
	blocks := make([]Ref, n)
	var prev Key
	id := uint64(0)
	for i := range blocks {
		ref := &blocks[i]
		for c := range prev {
			prev[c] += ids.ID(r.Varint())
		}
		ref.First = prev
		id += uint64(r.Varint())
		ref.ID = id
		ref.rows, ref.Net = uint32(r.Uvarint()), int32(r.Varint())
		for k := r.Uvarint(); k > 0 && !r.Bad; k-- {
			ref.Patches = append(ref.Patches, patchRef{r.Uvarint(), uint32(r.Uvarint())})
		}
		if r.Bad {
			return Index{}, Corrupt("list of blocks")
		}
	}
	return NewIndex(blocks), nil
}
