package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"fincat/store/block"
	"fincat/store/stats"
	"fincat/vocab/term"
)

// ending is a context that ends after it has been asked a number of times.
type ending struct {
	context.Context
	left atomic.Int64
}

func (e *ending) Err() error {
	if e.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// keysOf counts the database's keys by their first byte.
func keysOf(t *testing.T, s *Store) map[byte]int {
	t.Helper()
	out := map[byte]int{}
	for k := range contents(t, s) {
		out[k[0]]++
	}
	return out
}

// named returns how many blocks and patches the base in force names.
func named(s *Store) (n int) {
	for o := range s.view.base.index {
		for _, ref := range s.view.base.index[o].Blocks {
			n += 1 + len(ref.Patches)
		}
	}
	return n
}

// TestFoldKeepsNothing folds again and again, at times in vain: afterwards the database
// has the blocks that the base names and no others, no terms of entries in the base, and
// of the log what is kept. A fold of nothing makes no base.
func TestFoldKeepsNothing(t *testing.T) {
	for _, history := range []time.Duration{0, -1} {
		s := openTest(t, Options{Sync: Interval, SyncInterval: time.Hour, Dir: t.TempDir(), History: history})
		s.fold.shape = block.Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
		var all []term.Quad
		for i := range 8 {
			for k := range 10 {
				all = append(all, inGraph(fmt.Sprint("s", i, k), fmt.Sprint("g", k)))
			}
			commit(t, s, Change{Add: all[10*i:], Remove: all[3*i : 3*i+1]})
			if i%2 == 1 {
				ctx := &ending{Context: t.Context()}
				ctx.left.Store(int64(2 + i/2))
				if err := s.Fold(ctx); !errors.Is(err, context.Canceled) {
					t.Fatalf("a fold that was cancelled says %v", err)
				}
				if !s.fold.leftovers {
					t.Error("a fold in vain leaves nothing over")
				}
				mustCheck(t, s)
			}
			if i%3 == 2 { // commits without quads are folded too
				commit(t, s, Change{Put: map[string][]byte{"k": {byte(i)}}})
			}
			if err := s.Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
			gen := s.view.base.gen
			if err := s.Fold(t.Context()); err != nil || s.view.base.gen != gen {
				t.Errorf("a fold of nothing makes manifest %d of %d, %v", s.view.base.gen, gen, err)
			}
			logged := int(s.Seq())
			if history < 0 {
				logged = 0
			}
			got := keysOf(t, s)
			entries := 0
			for c, err := range s.Log(t.Context(), s.Oldest()-1) {
				if err != nil || c.Seq == 0 {
					t.Fatal(err)
				}
				entries++
			}
			if got['b'] != named(s) || got['n'] != 0 || entries != logged || logged == 0 && got['l'] != 0 {
				t.Errorf("round %d: %d blocks of %d named, %d parts of terms, %d keys of %d entries, want %d",
					i, got['b'], named(s), got['n'], got['l'], entries, logged)
			}
			if s.fold.leftovers || len(s.fold.orphans) != 0 || len(s.view.active)+len(s.view.frozen) != 0 {
				t.Errorf("round %d: left over: %v, %v, %d runs", i, s.fold.leftovers, s.fold.orphans,
					len(s.view.active)+len(s.view.frozen))
			}
			if s.view.base.seq != s.Seq() || s.db.Reaches(s.Seq()-1) == nil {
				t.Errorf("round %d: the base of commit %d of %d is not noted", i, s.view.base.seq, s.Seq())
			}
		}
		mustCheck(t, s)
	}
}

// TestFoldWritesQueue folds while commits wait to be written: they are written, and none
// is in the base alone.
func TestFoldWritesQueue(t *testing.T) {
	s := openTest(t, Options{Dir: t.TempDir()})
	es := queued(t, s, 10, 20)
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, e := range es {
		if !e.done || e.err != nil {
			t.Errorf("entry %d is done: %v, %v", i, e.done, e.err)
		}
	}
	if got := keysOf(t, s); got['l'] != 4 || s.Seq() != 2 { // a header and changes for each
		t.Errorf("%d keys in the log at commit %d, want 4 at 2", got['l'], s.Seq())
	}
}

// TestFoldOnClose closes stores with as many changes in memory as call for a fold, and
// with one less.
func TestFoldOnClose(t *testing.T) {
	for n, want := range map[int]uint64{9: 0, 10: 1} { // a sixteenth of FoldChanges
		o := Options{Dir: t.TempDir(), FoldChanges: 160}
		s := openTest(t, o)
		var qs []term.Quad
		for i := range n {
			qs = append(qs, quad(fmt.Sprint(i), "p", "o"))
		}
		commit(t, s, Change{Add: qs})
		closed(t, s)
		s = openTest(t, o)
		if s.view.base.seq != want || len(allQuads(t, s)) != n {
			t.Errorf("%d changes: the base is of commit %d with %d quads, want %d",
				n, s.view.base.seq, len(allQuads(t, s)), want)
		}
	}
}

// TestSyncLoop commits without waiting for the disk: before long the commit is noted as
// safe all the same.
func TestSyncLoop(t *testing.T) {
	s := openTest(t, Options{Dir: t.TempDir(), Sync: Interval, SyncInterval: time.Millisecond})
	c := commit(t, s, Change{Add: []term.Quad{quad("s", "p", "o")}})
	for end := time.Now().Add(time.Minute); s.db.Reaches(c.Seq-1) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the commit is not forced to disk")
		}
	}
}

// TestFoldAt asks for how many changes stores of several sizes are folded.
func TestFoldAt(t *testing.T) {
	fd := &folding{s: &Store{o: Options{FoldChanges: 800}}}
	for rows, want := range map[int]int{0: 100, 32 * 100: 100, 32 * 101: 101, 32 * 800: 800, 32 * 900: 800} {
		b := &base{}
		b.index[SPOG] = block.Index{Before: []uint64{uint64(rows)}}
		if got := fd.foldAt(&view{base: b}); got != want {
			t.Errorf("a store of %d quads is folded at %d changes, want %d", rows, got, want)
		}
	}
}

// TestFoldWaits asks whether a commit waits for a fold, with just so many changes in
// memory and one less; and has folds wait for a load.
func TestFoldWaits(t *testing.T) {
	s := openTest(t, Options{FoldChanges: 64})
	failed := errors.New("there is no room for a base")
	s.fold.mu.Lock() // the background folds nothing
	defer s.fold.mu.Unlock()
	cs := make([]block.Change, 256)
	for i := range cs {
		cs[i] = block.Change{Key: block.Key{ID(i + 1), 1, 1, 1}, Add: true}
	}
	set := func(frozen, active int, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		v := *s.view
		v.frozen = []*run{newRun(cs[:frozen], stats.NewDelta())}
		v.active = []*run{newRun(cs[frozen:frozen+active], stats.NewDelta())}
		s.view, s.foldErr = &v, err
	}
	before := s.view
	set(200, 55, failed)
	if err := s.fold.waitForFold(t.Context()); err != nil {
		t.Errorf("with 255 changes a commit waits: %v", err)
	}
	set(200, 56, failed)
	if err := s.fold.waitForFold(t.Context()); !errors.Is(err, failed) {
		t.Errorf("with 256 changes a commit does not wait: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	set(200, 56, nil)
	if err := s.fold.waitForFold(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("waitForFold that was cancelled = %v", err)
	}
	if err := s.fold.waitForTail(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("waitForTail that was cancelled = %v", err)
	}
	s.mu.Lock()
	s.view = before
	s.mu.Unlock()
}

// TestFoldBesideLoad folds while a load numbers its terms: the fold waits until its
// caller goes.
func TestFoldBesideLoad(t *testing.T) {
	s := openTest(t, Options{})
	commit(t, s, Change{Add: []term.Quad{quad("s", "p", "o")}})
	if err := s.fold.lockLoading(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Fold(ctx); !errors.Is(err, context.Canceled) || s.view.base.seq != 0 {
		t.Errorf("Fold beside a load = %v, with a base of commit %d", err, s.view.base.seq)
	}
	s.fold.unlockLoading()
	if err := s.Fold(t.Context()); err != nil || s.view.base.seq != 1 {
		t.Errorf("Fold after the load = %v, with a base of commit %d", err, s.view.base.seq)
	}
}

// TestPushRun adds runs to a list: each is at least twice as long as the next, and
// those that are are not merged.
func TestPushRun(t *testing.T) {
	next := ID(1)
	push := func(runs []*run, n int) []*run {
		var cs []block.Change
		for range n {
			cs = append(cs, block.Change{Key: block.Key{next, 1, 1, 1}, Add: true})
			next++
		}
		return pushRun(runs, newRun(cs, stats.NewDelta()))
	}
	var runs []*run
	for i, step := range []struct {
		n    int
		want []int
	}{
		{4, []int{4}}, {2, []int{4, 2}}, {1, []int{4, 2, 1}}, {1, []int{8}}, {3, []int{8, 3}}, {2, []int{13}},
		{6, []int{13, 6}}, {7, []int{26}},
	} {
		runs = push(runs, step.n)
		var got []int
		for _, r := range runs {
			got = append(got, r.len())
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("step %d: runs of %v, want %v", i, got, step.want)
		}
	}
	v := view{base: &base{}, active: runs}
	lo, hi := block.Key{3}, block.Key{20}
	if got := block.RangeSum(v.runs(SPOG, nil)[0], &lo, &hi); got != 17 {
		t.Errorf("merged runs add up to %d in a range of 17", got)
	}
}
