package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fincat/vocab/term"
)

// TestReaders has one writer move quads between graphs, small and large numbers
// at a time, and load documents, while the store folds and compacts; eight
// readers must only ever see whole commits.
func TestReaders(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), campaign(3))
	defer cancel()
	const readers, graphs, quads, loaded = 8, 4, 2000, 700
	s := openTest(t, Options{Dir: t.TempDir(), FoldChanges: 600, Sync: Interval})
	graph := func(i int) term.Term { return term.NewIRI(fmt.Sprintf("http://e/graph/%d", i)) }
	version := func(v int) term.Quad {
		return term.Quad{Subject: graph(0), Predicate: term.NewIRI("http://e/version"), Object: term.NewString(fmt.Sprintf("version number %d", v))}
	}
	quad := func(i, g int) term.Quad {
		return term.Quad{Subject: term.NewIRI(fmt.Sprintf("http://e/s/%d", i/7)), Predicate: term.NewIRI(fmt.Sprintf("http://e/p/%d", i%7)), Object: term.NewString(fmt.Sprintf("object number %d", i)), Graph: graph(g)}
	}
	first := Change{Add: []term.Quad{version(0)}}
	for i := range quads {
		first.Add = append(first.Add, quad(i, 0))
	}
	commit(t, s, first)
	at := make([]int, quads) // graph of each quad
	var wg sync.WaitGroup
	var looks, commits, loads, folds atomic.Int64
	wg.Go(func() {
		defer cancel()
		for v := 1; ctx.Err() == nil; v++ {
			n := 20
			if v%10 == 0 {
				n = 900 // more than fit in memory
			}
			c := Change{Remove: []term.Quad{version(v - 1)}, Add: []term.Quad{version(v)}}
			for k := range n {
				i := (v*997 + k) % quads
				c.Remove = append(c.Remove, quad(i, at[i]))
				at[i] = (at[i] + 1 + v%(graphs-1)) % graphs
				c.Add = append(c.Add, quad(i, at[i]))
			}
			if _, err := s.Commit(ctx, c); err != nil {
				if ctx.Err() == nil {
					t.Errorf("Commit: %v", err)
				}
				return
			}
			commits.Add(1)
			if v%15 == 7 {
				doc := func(yield func(term.Quad, error) bool) {
					for k := range loaded {
						q := quad(k, 0)
						if q.Graph = graph(graphs + v); !yield(q, nil) {
							return
						}
					}
				}
				if _, err := s.LoadQuads(ctx, doc, LoadOptions{MemoryBytes: 1 << 20}); err != nil {
					if ctx.Err() == nil {
						t.Errorf("Load: %v", err)
					}
					return
				}
				loads.Add(1)
			}
		}
	})
	wg.Go(func() {
		for k := 0; ctx.Err() == nil; k++ {
			var err error
			if k%5 == 4 {
				err = s.Compact(ctx)
			} else {
				err = s.Fold(ctx)
			}
			if err != nil && ctx.Err() == nil {
				t.Errorf("fold: %v", err)
			}
			folds.Add(1)
			time.Sleep(time.Duration(k%4) * 10 * time.Millisecond)
		}
	})
	for range readers {
		wg.Go(func() {
			last := uint64(0)
			for ctx.Err() == nil {
				sn, err := s.Snapshot()
				if err != nil {
					t.Errorf("Snapshot: %v", err)
					return
				}
				if sn.Seq() < last {
					t.Errorf("snapshot %d after %d", sn.Seq(), last)
				}
				last = sn.Seq()
				err = wholeCommits(sn, graphs, quads, loaded)
				sn.Close()
				if err != nil {
					t.Errorf("snapshot %d: %v", last, err)
					return
				}
				looks.Add(1)
				time.Sleep(time.Millisecond) // the writer wants a turn
			}
		})
	}
	wg.Wait()
	mustCheck(t, s)
	t.Logf("%d commits, %d loads, %d folds, %d looks", commits.Load(), loads.Load(), folds.Load(), looks.Load())
	if commits.Load() == 0 || loads.Load() == 0 || folds.Load() == 0 || looks.Load() == 0 {
		t.Error("something never happened")
	}
}

// wholeCommits checks what holds after every commit: there is one version; the
// moved quads are all there, once; loaded graphs are whole.
func wholeCommits(sn *Snapshot, graphs, quads, loaded int) error {
	ctx := context.Background()
	moved, whole, total := 0, 0, uint64(0)
	for g, err := range sn.Graphs() {
		if err != nil {
			return err
		}
		n, _, err := sn.Count(Pattern{G: g})
		if err != nil {
			return err
		}
		total += n
		if g == DefaultGraph {
			if n != 1 {
				return fmt.Errorf("%d versions", n)
			}
			continue
		}
		name, err := sn.Term(g)
		if err != nil {
			return err
		}
		var i int
		if _, err := fmt.Sscanf(name.Value(), "http://e/graph/%d", &i); err != nil {
			return err
		}
		if i < graphs {
			moved += int(n)
		} else if whole++; n != uint64(loaded) {
			return fmt.Errorf("graph %v has %d quads, want %d", name, n, loaded)
		}
	}
	if st := sn.Stats(); moved != quads || st.Quads != total || st.Graphs > uint64(graphs+1+whole) {
		return fmt.Errorf("%d quads, want %d; %d in all, counted %d, in %d graphs", moved, quads, st.Quads, total, st.Graphs)
	}
	for _, o := range []Order{SPOG, POSG, OSPG} { // every quad once, in every order
		n := uint64(0)
		sc, err := sn.Scan(Pattern{}, ScanOptions{Order: o, Columns: ColumnO})
		if err != nil {
			return err
		}
		var b Batch
		for {
			ok, err := sc.Next(ctx, &b)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			n += uint64(b.N)
		}
		if n != total {
			return fmt.Errorf("%v has %d quads, want %d", o, n, total)
		}
	}
	return nil
}
