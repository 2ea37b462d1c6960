package block

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// Shape says how changes are folded into an index: a block's range that has only few
// gets them as a patch, others are written anew.
type Shape struct {
	Rows    int // quads in a full block
	Changes int // changes a block may collect before it is written anew
	Patches int // patches a block may have before they are joined
	Chunk   int // changes of a large commit worked out and passed on at a time
}

// DefaultShape is that of the orders of quads.
func DefaultShape() Shape {
	return Shape{Rows: MaxRows, Changes: 96, Patches: 1, Chunk: 16 << 10}
}

// patchBytes is about what a change takes up in a patch.
const patchBytes = 10

// Source gives out the changes of one order, sorted.
type Source interface {
	// below appends to out at most n changes that are below hi and passes them.
	Below(hi *Key, n int, out []Change) ([]Change, error)
}

// SliceSource is a changeSource in memory.
type SliceSource struct{ Changes []Change }

// Below implements [Source].
func (s *SliceSource) Below(hi *Key, n int, out []Change) ([]Change, error) {
	k := gallop(s.Changes[:min(n, len(s.Changes))], hi)
	out = append(out, s.Changes[:k]...)
	s.Changes = s.Changes[k:]
	return out, nil
}

// Folder writes one order's blocks anew as far as changes touch them.
type Folder struct {
	Shape
	Order   Order
	NextID  func() uint64 // gives out block numbers
	Put     func(number uint64, data []byte) error
	Load    func(*Ref) (*Loaded, error)
	Blocks  []Ref
	Garbage []uint64 // numbers of blocks and patches that are no longer used

	Renew func(renewal)

	out     Columns // waiting to be written
	pending []Change
	merged  []Change // pending ones and those of a patch
	chunk   Columns
	encoded []byte // room for a block
}

// Fold goes through all blocks of x.
func (f *Folder) Fold(ctx context.Context, x *Index, src Source) error {
	if len(x.Blocks) == 0 {
		if err := f.rewrite(ctx, nil, &MaxKey, src); err != nil {
			return err
		}
		return f.flush(true)
	}
	for i := range x.Blocks {
		if err := f.foldBlock(ctx, &x.Blocks[i], x.End(i), src); err != nil {
			return fmt.Errorf("fold %v: %w", f.Order, err)
		}
	}
	return f.flush(true)
}

func (f *Folder) foldBlock(ctx context.Context, ref *Ref, end Key, src Source) (err error) {
	if f.pending, err = src.Below(&end, f.Changes+1, f.pending[:0]); err != nil {
		return err
	}
	n := len(f.pending)
	join := f.out.Len() > 0 && f.out.Len() < f.Rows/2 && f.out.Len()+int(ref.Quads()) <= f.Rows
	switch {
	case join || n > 0 && n+ref.patched() > f.Changes:
		return f.rewrite(ctx, ref, &end, src)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if err := f.flush(true); err != nil {
		return err
	}
	if n == 0 {
		f.Blocks = append(f.Blocks, *ref)
		return nil
	}
	return f.patch(ref)
}

// patch gives a block the pending changes as one more patch.
func (f *Folder) patch(ref *Ref) error {
	out := *ref
	freed := 0
	cs, joined := f.pending, len(ref.Patches) >= f.Patches
	if joined {
		l, err := f.Load(ref)
		if err != nil {
			return err
		}
		cs = MergeChanges(nil, l.Patch, cs)
		for _, p := range ref.Patches {
			f.Garbage = append(f.Garbage, p.ID)
		}
		out.Patches, out.Net, freed = nil, 0, patchBytes*ref.patched()
	}
	var encoded []byte
	if len(cs) > 0 {
		p := patchRef{ID: f.NextID(), changes: uint32(len(cs))}
		encoded = EncodePatch(cs)
		if err := f.Put(p.ID, encoded); err != nil {
			return err
		}
		out.Patches = append(slices.Clip(out.Patches), p)
		for i := range cs {
			out.Net += cs[i].Sign()
		}
	}
	f.Blocks = append(f.Blocks, out)
	f.Renew(renewal{old: ref.version(), now: out.version(), patch: cs, whole: joined, encoded: encoded, freed: freed})
	return nil
}

// rewrite puts a block's rows, its patches, the pending changes and those of
// src below end into the rows to be written. ref is nil when there is no block.
func (f *Folder) rewrite(ctx context.Context, ref *Ref, end *Key, src Source) error {
	f.chunk.Reset()
	var patch []Change
	if ref != nil {
		l, err := f.Load(ref)
		if err != nil {
			return err
		}
		if l.Block != nil {
			if err := l.Block.Decode(&f.chunk, 0, l.Block.Segments(), 15); err != nil {
				return err
			}
			f.Garbage = append(f.Garbage, ref.ID)
		}
		for _, p := range ref.Patches {
			f.Garbage = append(f.Garbage, p.ID)
		}
		patch = l.Patch
		freed := patchBytes * ref.patched()
		if l.Block != nil {
			freed += len(l.Block.data)
		}
		f.Renew(renewal{old: ref.version(), freed: freed})
	}
	at := 0
	for {
		var err error
		if n := 4 * f.Rows; len(f.pending) < n {
			if f.pending, err = src.Below(end, n-len(f.pending), f.pending); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		cs := f.pending
		f.pending = f.pending[:0]
		last := len(cs) < 4*f.Rows
		if len(patch) > 0 {
			n := len(patch)
			if !last {
				n = LowerBound(patch, &cs[len(cs)-1].Key)
				// A change of the quad at the border must meet its patch.
				if n < len(patch) && patch[n].Key == cs[len(cs)-1].Key {
					n++
				}
			}
			f.merged = MergeChanges(f.merged[:0], patch[:n], cs)
			cs, patch = f.merged, patch[n:]
		}
		if at, err = f.apply(cs, at, last); err != nil {
			return err
		}
		if err := f.flush(false); err != nil {
			return err
		}
		if last {
			return nil
		}
	}
}

// apply merges changes with f.chunk from row at on; with last it takes the
// chunk's remaining rows too.
func (f *Folder) apply(cs []Change, at int, last bool) (int, error) {
	n := f.chunk.Len()
	for i := range cs {
		c := &cs[i]
		to := f.chunk.SearchN(&c.Key, 4, at, n)
		f.take(at, to)
		at = to
		present := at < n && f.chunk.At(at) == c.Key
		if present == c.Add {
			return at, Corrupt(fmt.Sprintf("change %v %v of a quad that is present: %v", c.Add, c.Key, present))
		}
		if c.Add {
			f.out.add(c.Key)
		} else {
			at++
		}
	}
	if last {
		f.take(at, n)
		at = n
	}
	return at, nil
}

func (f *Folder) take(from, to int) {
	for col := range f.out {
		f.out[col] = append(f.out[col], f.chunk[col][from:to]...)
	}
}

// flush writes full blocks of the waiting rows, and with all the rest too, in
// even shares.
func (f *Folder) flush(all bool) error {
	n, at := f.out.Len(), 0
	for n-at > 2*f.Rows || all && n > at {
		rows := f.Rows
		if n-at <= 2*f.Rows {
			rows = n - at
			if rows > f.Rows {
				rows = (rows + 1) / 2
			}
		}
		ref := Ref{First: f.out.At(at), ID: f.NextID(), rows: uint32(rows)}
		f.encoded = Append(f.encoded[:0], &f.out, at, at+rows)
		if err := f.Put(ref.ID, bytes.Clone(f.encoded)); err != nil {
			return err
		}
		f.Blocks = append(f.Blocks, ref)
		at += rows
	}
	for col := range f.out {
		f.out[col] = f.out[col][:copy(f.out[col], f.out[col][at:])]
	}
	return nil
}
