package store

import (
	"context"

	"golang.org/x/sync/errgroup"

	"fincat/store/block"
	"fincat/store/stats"
)

// derivations say from which order each of the others is made: one whose
// sequence it has but for its own first column, so that sorting by that column
// is enough.
var derivations = [...]struct{ from, to Order }{
	{SPOG, OSPG}, {SPOG, GSPO}, {OSPG, POSG}, {OSPG, GOSP}, {POSG, GPOS},
}

// index folds the changes into the orders after SPOG, two at a time.
func (b *bulk) index(ctx context.Context, sorters map[Order]*block.ChangeSorter) error {
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
				err := b.order(ctx, o, sorters, func(emit func(*block.Chunk) error) error {
					return sorters[o].Each(ctx, &b.chunks, func(chunk *block.Chunk) error {
						if c != nil {
							if err := c.take(chunk.Changes); err != nil {
								return err
							}
						}
						return emit(chunk)
					})
				})
				if err == nil && c != nil {
					err = c.close()
				}
				sorters[o].Close()
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
			st.Objects += c.objects
			st.Graphs += c.graphs
			for p, n := range c.predicates {
				st.AddPredicate(p, stats.PredicateChange{Objects: n})
			}
		}
	}
	return nil
}

// order passes the changes of one order to its folder and to the sorters of the
// orders that are made from it, all at work at the same time.
func (b *bulk) order(
	ctx context.Context,
	o Order,
	sorters map[Order]*block.ChangeSorter,
	produce func(emit func(*block.Chunk) error) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	fold := block.NewChunkSource(ctx, &b.chunks)
	all := []*block.ChunkSource{fold}
	g.Go(func() error { return b.foldOrder(ctx, o, fold) })
	for _, d := range derivations {
		if d.from != o {
			continue
		}
		c := block.NewChunkSource(ctx, &b.chunks)
		all = append(all, c)
		g.Go(func() error {
			for chunk := range c.C {
				if err := sorters[d.to].Take(chunk.Changes, o, d.to); err != nil {
					return err
				}
				b.chunks.Release(chunk)
			}
			return nil
		})
	}
	g.Go(func() error {
		defer func() {
			for _, c := range all {
				close(c.C)
			}
		}()
		return produce(func(chunk *block.Chunk) error {
			chunk.Share(len(all))
			for _, c := range all {
				select {
				case c.C <- chunk:
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
func (b *bulk) foldOrder(ctx context.Context, o Order, src block.Source) error {
	v := b.sn.v
	for _, runs := range [][]*run{v.frozen, v.active} {
		if cs := joinRuns(runs, o); len(cs) > 0 {
			src = &block.PairSource{A: src, B: &block.SliceSource{Changes: cs}}
		}
	}
	f := b.s.fold.newFolder(b.sn, o, b.w.Put)
	if err := f.Fold(ctx, &v.base.index[o], src); err != nil {
		return err
	}
	b.nb.base.index[o] = block.NewIndex(f.Blocks)
	b.nb.addGarbage(f.Garbage)
	return nil
}

// prefixCounter calls each with the net change of every prefix of n positions.
type prefixCounter struct {
	n     int
	each  func(c *prefixCounter, prefix block.Key, net int64) error
	last  block.Key
	net   int64
	began bool

	objects, graphs int64
	predicates      map[ID]int64
}

func (c *prefixCounter) take(cs []block.Change) error {
	for i := range cs {
		k := &cs[i].Key
		if !c.began || k[0] != c.last[0] || c.n == 2 && k[1] != c.last[1] {
			if err := c.close(); err != nil {
				return err
			}
			c.last, c.net, c.began = *k, 0, true
		}
		c.net += int64(cs[i].Sign())
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
	return crossingOf(b.sn, id, p, net)
}

func (b *bulk) countObject(c *prefixCounter, k block.Key, net int64) error {
	n, err := b.crossing(k[1], Pattern{P: k[0], O: k[1]}, net)
	if n != 0 {
		if c.predicates == nil {
			c.predicates = make(map[ID]int64)
		}
		c.predicates[k[0]] += n
	}
	return err
}

func (b *bulk) countAnyObject(c *prefixCounter, k block.Key, net int64) error {
	n, err := b.crossing(k[0], Pattern{O: k[0]}, net)
	c.objects += n
	return err
}

func (b *bulk) countGraph(c *prefixCounter, k block.Key, net int64) error {
	n, err := b.crossing(k[0], Pattern{G: k[0]}, net)
	c.graphs += n
	b.graphs = append(b.graphs, k[0])
	return err
}
