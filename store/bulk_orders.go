package store

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// derivations say from which order each of the others is made: one whose
// sequence it has but for its own first column, so that sorting by that column
// is enough.
var derivations = [...]struct{ from, to Order }{
	{SPOG, OSPG}, {SPOG, GSPO}, {OSPG, POSG}, {OSPG, GOSP}, {POSG, GPOS},
}

// index folds the changes into the orders after SPOG, two at a time.
func (b *bulk) index(ctx context.Context, sorters map[Order]*changeSorter) error {
	counters := [orders]*prefixCounter{
		POSG: {n: 2, each: b.countObject},
		OSPG: {n: 1, each: b.countAnyObject},
		GSPO: {n: 1, each: b.countGraph},
	}
	for _, both := range [][]Order{{OSPG, GSPO}, {POSG, GOSP}, {GPOS}} {
		g, ctx := errgroup.WithContext(ctx)
		for _, o := range both {
			g.Go(func() error {
				c := counters[o]
				err := b.order(ctx, o, sorters, func(emit func(*sharedChunk) error) error {
					return sorters[o].each(ctx, b.chunk, func(chunk *sharedChunk) error {
						if c != nil {
							if err := c.take(chunk.cs); err != nil {
								return err
							}
						}
						return emit(chunk)
					})
				})
				if err == nil && c != nil {
					err = c.close()
				}
				sorters[o].close()
				b.report(Indexing, uint64(o))
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	st := b.header.stats
	for _, c := range counters {
		if c != nil {
			st.objects += c.objects
			st.graphs += c.graphs
			for p, n := range c.predicates {
				st.addPredicate(p, predicateDelta{objects: n})
			}
		}
	}
	return nil
}

// order passes the changes of one order to its folder and to the sorters of the
// orders that are made from it, all at work at the same time.
func (b *bulk) order(ctx context.Context, o Order, sorters map[Order]*changeSorter, produce func(emit func(*sharedChunk) error) error) error {
	g, ctx := errgroup.WithContext(ctx)
	fold := newChunks(ctx, b)
	all := []*chunks{fold}
	g.Go(func() error { return b.foldOrder(ctx, o, fold) })
	for _, d := range derivations {
		if d.from != o {
			continue
		}
		c := newChunks(ctx, b)
		all = append(all, c)
		g.Go(func() error {
			for chunk := range c.ch {
				if err := sorters[d.to].take(chunk.cs, o, d.to); err != nil {
					return err
				}
				b.release(chunk)
			}
			return nil
		})
	}
	g.Go(func() error {
		defer func() {
			for _, c := range all {
				close(c.ch)
			}
		}()
		return produce(func(chunk *sharedChunk) error {
			chunk.users.Store(int32(len(all)))
			for _, c := range all {
				select {
				case c.ch <- chunk:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	return g.Wait()
}

// foldOrder writes one order's blocks with the changes of src and of what is in
// memory.
func (b *bulk) foldOrder(ctx context.Context, o Order, src changeSource) error {
	v := b.sn.v
	for _, runs := range [][]*run{v.frozen, v.active} {
		if cs := joinRuns(runs, o); len(cs) > 0 {
			src = &pairSource{a: src, b: &sliceSource{cs}}
		}
	}
	f := b.s.newFolder(b.sn, o, b.w.put)
	if err := f.fold(ctx, &v.base.index[o], src); err != nil {
		return err
	}
	b.nb.base.index[o] = newIndex(f.blocks)
	b.nb.addGarbage(f.garbage)
	return nil
}

// sharedChunk is a number of changes that several goroutines read; its memory is
// used again when the last has released it.
type sharedChunk struct {
	cs    []change
	users atomic.Int32
}

func (b *bulk) chunk() *sharedChunk {
	if c, ok := b.chunks.Get().(*sharedChunk); ok {
		c.cs = c.cs[:0]
		return c
	}
	return &sharedChunk{cs: make([]change, 0, b.s.shape.chunk)}
}

func (b *bulk) release(c *sharedChunk) {
	if c.users.Add(-1) == 0 {
		b.chunks.Put(c)
	}
}

// chunks is a changeSource that another goroutine feeds.
type chunks struct {
	b   *bulk
	ctx context.Context
	ch  chan *sharedChunk
	now *sharedChunk
	sliceSource
}

func newChunks(ctx context.Context, b *bulk) *chunks {
	return &chunks{b: b, ctx: ctx, ch: make(chan *sharedChunk, 2)}
}

func (c *chunks) below(hi *key, n int, out []change) ([]change, error) {
	for from := len(out); len(out)-from < n; {
		if len(c.cs) == 0 {
			if c.now != nil {
				c.b.release(c.now)
				c.now = nil
			}
			select {
			case chunk, ok := <-c.ch:
				if !ok {
					return out, c.ctx.Err() // closed early
				}
				c.now, c.cs = chunk, chunk.cs
			case <-c.ctx.Done():
				return out, c.ctx.Err()
			}
		}
		var err error
		if out, err = c.sliceSource.below(hi, n-(len(out)-from), out); err != nil || len(c.cs) > 0 {
			return out, err
		}
	}
	return out, nil
}

// prefixCounter calls each with the net change of every prefix of n positions.
type prefixCounter struct {
	n     int
	each  func(c *prefixCounter, prefix key, net int64) error
	last  key
	net   int64
	began bool

	objects, graphs int64
	predicates      map[ID]int64
}

func (c *prefixCounter) take(cs []change) error {
	for i := range cs {
		k := &cs[i].key
		if !c.began || k[0] != c.last[0] || c.n == 2 && k[1] != c.last[1] {
			if err := c.close(); err != nil {
				return err
			}
			c.last, c.net, c.began = *k, 0, true
		}
		c.net += int64(cs[i].sign())
	}
	return nil
}

// close counts the last prefix.
func (c *prefixCounter) close() error {
	if !c.began {
		return nil
	}
	c.began = false
	return c.each(c, c.last, c.net)
}

// crossing is that of the snapshot, without a look where there is nothing.
func (b *bulk) crossing(id ID, p Pattern, net int64) (int64, error) {
	if b.empty {
		return 1, nil
	}
	return b.sn.crossingOf(id, p, net)
}

func (b *bulk) countObject(c *prefixCounter, k key, net int64) error {
	n, err := b.crossing(k[1], Pattern{P: k[0], O: k[1]}, net)
	if n != 0 {
		if c.predicates == nil {
			c.predicates = make(map[ID]int64)
		}
		c.predicates[k[0]] += n
	}
	return err
}

func (b *bulk) countAnyObject(c *prefixCounter, k key, net int64) error {
	n, err := b.crossing(k[0], Pattern{O: k[0]}, net)
	c.objects += n
	return err
}

func (b *bulk) countGraph(c *prefixCounter, k key, net int64) error {
	n, err := b.crossing(k[0], Pattern{G: k[0]}, net)
	c.graphs += n
	b.graphs = append(b.graphs, k[0])
	return err
}
