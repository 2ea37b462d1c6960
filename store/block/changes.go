package block

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// ChangeSorter sorts the changes of one order by their first column, the others
// of which come sorted. A quad is in one change only.
type ChangeSorter struct {
	temp           Temp
	limit          int
	adds, removals *Sorter[Key]
}

// NewChangeSorter returns a sorter that keeps so many additions, and as many
// removals, in memory.
func NewChangeSorter(t Temp, limit int) *ChangeSorter {
	return &ChangeSorter{temp: t, limit: limit, adds: NewSorter[Key](t, limit, true)}
}

// Take adds changes of one order, to be sorted in another.
func (s *ChangeSorter) Take(cs []Change, from, to Order) error {
	var at [4]int // where each position of the one is in the other
	have := from.Positions()
	for i, p := range to.Positions() {
		at[i] = slices.Index(have[:], p)
	}
	for i := range cs {
		q := &cs[i].Key
		k := Key{q[at[0]&3], q[at[1]&3], q[at[2]&3], q[at[3]&3]}
		var err error
		if cs[i].Add {
			err = s.adds.Add(k)
		} else {
			if s.removals == nil {
				s.removals = NewSorter[Key](s.temp, s.limit, true)
			}
			err = s.removals.Add(k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close frees what the sorter has.
func (s *ChangeSorter) Close() {
	s.adds.Close()
	if s.removals != nil {
		s.removals.Close()
	}
}

// Each passes the sorted changes on in chunks.
func (s *ChangeSorter) Each(ctx context.Context, chunks *Chunks, emit func(*Chunk) error) error {
	m, err := NewMerger(s.adds)
	if err != nil {
		return err
	}
	src := Source(&KeySource{Rows: m, Add: true})
	if s.removals != nil {
		r, err := NewMerger(s.removals)
		if err != nil {
			return err
		}
		src = &PairSource{A: src, B: &KeySource{Rows: r}}
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := chunks.Get()
		if c.Changes, err = src.Below(&MaxKey, chunks.Size, c.Changes); err != nil {
			return err
		}
		if len(c.Changes) == 0 {
			return nil
		}
		if err := emit(c); err != nil {
			return err
		}
	}
}

// Chunk is a number of changes that several goroutines read; its memory is used
// again when the last of them has released it.
type Chunk struct {
	Changes []Change
	users   atomic.Int32
}

// Share says how many goroutines will release the chunk.
func (c *Chunk) Share(users int) { c.users.Store(int32(users)) }

// Chunks gives out chunks.
type Chunks struct {
	Size int // changes in a chunk
	pool sync.Pool
}

// Get returns an empty chunk.
func (p *Chunks) Get() *Chunk {
	if c, ok := p.pool.Get().(*Chunk); ok {
		c.Changes = c.Changes[:0]
		return c
	}
	return &Chunk{Changes: make([]Change, 0, p.Size)}
}

// Release takes a chunk back.
func (p *Chunks) Release(c *Chunk) {
	if c.users.Add(-1) == 0 {
		p.pool.Put(c)
	}
}

// ChunkSource is a [Source] that another goroutine feeds through C.
type ChunkSource struct {
	C      chan *Chunk
	ctx    context.Context
	chunks *Chunks
	now    *Chunk
	SliceSource
}

// NewChunkSource returns a source of what will be sent to it.
func NewChunkSource(ctx context.Context, chunks *Chunks) *ChunkSource {
	return &ChunkSource{C: make(chan *Chunk, 2), ctx: ctx, chunks: chunks}
}

// Below implements [Source].
func (c *ChunkSource) Below(hi *Key, n int, out []Change) ([]Change, error) {
	for from := len(out); len(out)-from < n; {
		if len(c.Changes) == 0 {
			if c.now != nil {
				c.chunks.Release(c.now)
				c.now = nil
			}
			select {
			case chunk, ok := <-c.C:
				if !ok {
					return out, c.ctx.Err() // closed early
				}
				c.now, c.Changes = chunk, chunk.Changes
			case <-c.ctx.Done():
				return out, c.ctx.Err()
			}
		}
		var err error
		if out, err = c.SliceSource.Below(hi, n-(len(out)-from), out); err != nil || len(c.Changes) > 0 {
			return out, err
		}
	}
	return out, nil
}
