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
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := &movedQuads{t: t, s: openTest(t, Options{Dir: t.TempDir(), FoldChanges: 600, Sync: Interval})}
	first := Change{Add: []term.Quad{version(0)}}
	for i := range m.at {
		first.Add = append(first.Add, movedQuad(i, 0))
	}
	commit(t, m.s, first)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		m.write(ctx)
	})
	wg.Go(func() { m.fold(ctx) })
	for range 8 {
		wg.Go(func() { m.read(ctx) })
	}
	// A slow machine has longer for it.
	for end := time.Now().Add(campaign(3)); ctx.Err() == nil && (time.Now().Before(end) ||
		!m.happened() && time.Now().Before(end.Add(10*time.Minute))); {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	wg.Wait()
	mustCheck(t, m.s)
	t.Logf("%d commits, %d loads, %d folds, %d looks", m.commits.Load(), m.loads.Load(), m.folds.Load(),
		m.looks.Load())
	if !m.happened() {
		t.Error("something never happened")
	}
}

const (
	movedGraphs = 4    // between which quads are moved
	moved       = 2000 // quads that are moved
	loaded      = 700  // quads of a document that is loaded
)

// movedQuads is a store whose quads are moved between graphs.
type movedQuads struct {
	t  *testing.T
	s  *Store
	at [moved]int // graph of each quad

	looks, commits, loads, folds atomic.Int64
}

// happened says that each thing was done at least once.
func (m *movedQuads) happened() bool {
	return m.commits.Load() > 0 && m.loads.Load() > 0 && m.folds.Load() > 0 && m.looks.Load() > 0
}

func numberedGraph(i int) term.Term { return term.NewIRI(fmt.Sprintf("http://e/graph/%d", i)) }

func version(v int) term.Quad {
	return term.Quad{
		Subject:   numberedGraph(0),
		Predicate: term.NewIRI("http://e/version"),
		Object:    term.NewString(fmt.Sprintf("version number %d", v)),
	}
}

func movedQuad(i, graph int) term.Quad {
	return term.Quad{
		Subject:   term.NewIRI(fmt.Sprintf("http://e/s/%d", i/7)),
		Predicate: term.NewIRI(fmt.Sprintf("http://e/p/%d", i%7)),
		Object:    term.NewString(fmt.Sprintf("object number %d", i)),
		Graph:     numberedGraph(graph),
	}
}

// write commits versions one after the other, and loads a document now and then.
func (m *movedQuads) write(ctx context.Context) {
	for v := 1; ctx.Err() == nil; v++ {
		_, err := m.s.Commit(ctx, m.change(v))
		if err == nil {
			m.commits.Add(1)
		}
		if err == nil && v%15 == 7 {
			doc := func(yield func(term.Quad, error) bool) {
				for k := range loaded {
					if !yield(movedQuad(k, movedGraphs+v), nil) {
						return
					}
				}
			}
			if _, err = loadQuads(m.s, ctx, doc, LoadOptions{MemoryBytes: 1 << 20}); err == nil {
				m.loads.Add(1)
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				m.t.Errorf("version %d: %v", v, err)
			}
			return
		}
	}
}

// change makes version v, with 20 quads in other graphs, or with 900.
func (m *movedQuads) change(v int) Change {
	n := 20
	if v%10 == 0 {
		n = 900 // more than fit in memory
	}
	c := Change{Remove: []term.Quad{version(v - 1)}, Add: []term.Quad{version(v)}}
	for k := range n {
		i := (v*997 + k) % moved
		c.Remove = append(c.Remove, movedQuad(i, m.at[i]))
		m.at[i] = (m.at[i] + 1 + v%(movedGraphs-1)) % movedGraphs
		c.Add = append(c.Add, movedQuad(i, m.at[i]))
	}
	return c
}

// fold folds, and compacts every fifth time.
func (m *movedQuads) fold(ctx context.Context) {
	for k := 0; ctx.Err() == nil; k++ {
		var err error
		if k%5 == 4 {
			_, err = m.s.Compact(ctx)
		} else {
			err = m.s.Fold(ctx)
		}
		if err != nil && ctx.Err() == nil {
			m.t.Errorf("fold: %v", err)
		}
		m.folds.Add(1)
		time.Sleep(time.Duration(k%4) * 10 * time.Millisecond)
	}
}

// read looks at snapshot after snapshot.
func (m *movedQuads) read(ctx context.Context) {
	last := uint64(0)
	for ctx.Err() == nil {
		sn, err := m.s.Snapshot()
		if err != nil {
			m.t.Errorf("Snapshot: %v", err)
			return
		}
		if sn.Seq() < last {
			m.t.Errorf("snapshot %d after %d", sn.Seq(), last)
		}
		last = sn.Seq()
		err = wholeCommits(sn)
		sn.Close()
		if err != nil {
			m.t.Errorf("snapshot %d: %v", last, err)
			return
		}
		m.looks.Add(1)
		time.Sleep(time.Millisecond) // the writer wants a turn
	}
}

// wholeCommits checks what holds after every commit: there is one version; the
// moved quads are all there, once; loaded graphs are whole.
func wholeCommits(sn *Snapshot) error {
	ctx := context.Background()
	there, whole, total := 0, 0, uint64(0)
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
		if i < movedGraphs {
			there += int(n)
		} else if whole++; n != loaded {
			return fmt.Errorf("graph %v has %d quads, want %d", name, n, loaded)
		}
	}
	if st := sn.Stats(); there != moved || st.Quads != total || st.Graphs > uint64(movedGraphs+1+whole) {
		return fmt.Errorf("%d quads, want %d; %d in all, counted %d, in %d graphs",
			there, moved, st.Quads, total, st.Graphs)
	}
	for _, o := range []Order{SPOG, POSG, OSPG} { // every quad once, in every order
		n := uint64(0)
		for batch, err := range sn.Batches(ctx, Pattern{}, ScanOptions{Order: o, Columns: ColumnO}) {
			if err != nil {
				return err
			}
			n += uint64(batch.N)
		}
		if n != total {
			return fmt.Errorf("%v has %d quads, want %d", o, n, total)
		}
	}
	return nil
}
