package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"fincat/store/block"
	"fincat/vocab/term"
)

// TestModel does at random all that can be done to a store, in memory and on
// disk, and compares what readers see with a plain set of quads. Snapshots are
// held across all of it and read at the same time.
func TestModel(t *testing.T) {
	for _, o := range []Options{{}, {FoldChanges: 60}, {FoldChanges: 400, Dir: "disk", Sync: Interval}} {
		// The second makes most commits large ones.
		t.Run(fmt.Sprint(o.FoldChanges, o.Dir), func(t *testing.T) { testModel(t, o) })
	}
}

func testModel(t *testing.T, o Options) {
	ctx := context.Background()
	if o.Dir != "" {
		o.Dir = t.TempDir()
	}
	shape := block.Shape{Rows: 60, Changes: 12, Patches: 3, Chunk: 7}
	open := func() *Store {
		s, err := Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		s.fold.shape = shape
		return s
	}
	seed := uint64(1)
	if campaign(0) > 0 {
		seed = uint64(time.Now().UnixNano())
	}
	r := newModelRun(t, open(), seed)
	defer func() {
		if err := r.s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	t.Logf("seed %d", seed)
	var held holders
	defer held.wait()
	end := time.Now().Add(campaign(0) / 3)
	for i := 0; i < 60 || time.Now().Before(end); i++ {
		if r.rng.IntN(30) == 0 && o.Dir != "" {
			held.wait()
			if err := r.s.Close(); err != nil {
				t.Fatalf("Close: %v", err)
			}
			r.s = open()
			r.done["reopen"]++
		}
		r.act()
		if t.Failed() {
			break
		}
		if i%5 == 0 {
			held.hold(r, i)
			r.checkHistory()
			r.checkValues()
		}
	}
	held.wait()
	mustCheck(t, r.s)
	t.Logf("%d commits: %v", r.s.Seq(), r.done)
}

// holders are goroutines that each read a snapshot again and again, for a while.
type holders struct {
	wg   sync.WaitGroup
	stop chan struct{}
}

func (h *holders) hold(r *modelRun, i int) {
	sn, err := r.s.Snapshot()
	if err != nil {
		r.t.Fatal(err)
	}
	if h.stop == nil {
		h.stop = make(chan struct{})
	}
	reader, m, stop := *r, r.m, h.stop
	reader.rng = rand.New(rand.NewPCG(uint64(i), 3))
	reader.check(sn, m)
	h.wg.Go(func() {
		defer sn.Close()
		for range 1 + i%7 {
			select {
			case <-stop:
			case <-time.After(time.Duration(reader.rng.IntN(100)) * time.Millisecond):
			}
			reader.check(sn, m)
		}
	})
}

func (h *holders) wait() {
	if h.stop != nil {
		close(h.stop)
		h.stop = nil
	}
	h.wg.Wait()
}

// act does one thing.
func (r *modelRun) act() {
	ctx := context.Background()
	name, err := "commit", error(nil)
	switch n := r.rng.IntN(60); {
	case n < 10:
		name, err = "fold", r.s.Fold(ctx)
	case n == 10:
		name = "compact"
		_, err = r.s.Compact(ctx)
	case n < 14:
		name = "load"
		r.load()
	case n < 18:
		name = "undo"
		r.undo()
	case n < 26:
		name = "transaction"
		r.transaction()
	case n == 26:
		name = "backup"
		r.backup()
	default:
		r.step()
	}
	r.done[name]++
	if err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
}

func (r *modelRun) load() {
	qs := r.quads(400)
	next := maps.Clone(r.m)
	for _, q := range qs {
		next[q] = true
	}
	res, err := loadQuads(r.s, context.Background(), func(yield func(term.Quad, error) bool) {
		for _, q := range qs {
			if !yield(q, nil) {
				return
			}
		}
	}, LoadOptions{MemoryBytes: 1 << 20})
	if err != nil {
		r.t.Fatalf("Load: %v", err)
	}
	before := r.s.Seq() - 1
	r.committed(res.Commit, next)
	if res.Added == 0 {
		return
	}
	if _, err := r.s.Undo(context.Background(), r.s.Seq(), "alice"); !errors.Is(err, ErrHistory) {
		if err != nil {
			r.t.Fatalf("Undo of a load: %v", err)
		}
		r.history[r.s.Seq()], r.m = r.history[before], r.history[before] // it was a small one
		return
	}
	for seq := r.oldest; seq <= before; seq++ {
		delete(r.history, seq)
	}
	if _, err := r.s.SnapshotAt(context.Background(), before); !errors.Is(err, ErrHistory) {
		r.t.Fatalf("SnapshotAt(%d), before a load, = %v, want ErrHistory", before, err)
	}
	r.oldest = before + 1
}

// undo takes one of the last commits back.
func (r *modelRun) undo() {
	now := r.s.Seq()
	seq := now - min(now, r.rng.Uint64N(8))
	if seq <= r.oldest || r.history[seq-1] == nil {
		return
	}
	next := maps.Clone(r.m)
	for q := range r.history[seq] {
		if !r.history[seq-1][q] {
			delete(next, q)
		}
	}
	for q := range r.history[seq-1] {
		if !r.history[seq][q] {
			next[q] = true
		}
	}
	got, err := r.s.Undo(context.Background(), seq, "alice")
	if err != nil {
		r.t.Fatalf("Undo(%d): %v", seq, err)
	}
	r.committed(got, next)
}

// transaction makes a commit step by step and looks at it in between.
func (r *modelRun) transaction() {
	ctx := context.Background()
	tx, err := r.s.Begin(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	defer tx.Rollback()
	tx.Expect(r.s.Seq())
	tx.Note(Note{Author: "transaction"})
	next := maps.Clone(r.m)
	for range 1 + r.rng.IntN(6) {
		switch r.rng.IntN(4) {
		case 0:
			qs := r.quads(30)
			err = tx.Add(ctx, qs...)
			for _, q := range qs {
				next[q] = true
			}
		case 1:
			qs := r.quads(30)
			err = tx.Remove(ctx, qs...)
			for _, q := range qs {
				delete(next, q)
			}
		case 2:
			g := pick(r.rng, r.g1)
			err = tx.DropGraph(g)
			maps.DeleteFunc(next, func(q term.Quad, _ bool) bool { return q.Graph == g })
		case 3:
			err = r.removeSubject(tx, next)
		}
		if err != nil {
			r.t.Fatal(err)
		}
		if r.rng.IntN(3) == 0 {
			sn, err := tx.Snapshot(ctx)
			if err != nil {
				r.t.Fatalf("Tx.Snapshot: %v", err)
			}
			r.check(sn, next)
			sn.Close()
		}
	}
	got, err := tx.Commit(ctx)
	if err != nil {
		r.t.Fatalf("Tx.Commit: %v", err)
	}
	r.committed(got, next)
}

// removeSubject removes all that the transaction sees of a subject by ID.
func (r *modelRun) removeSubject(tx *Tx, next model) error {
	ctx := context.Background()
	sn, err := tx.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	s := pick(r.rng, r.s1)
	sc, err := sn.Scan(Pattern{S: r.id(sn, s)}, ScanOptions{})
	if err != nil {
		return err
	}
	var b Batch
	for {
		if ok, err := sc.Next(ctx, &b); !ok || err != nil {
			maps.DeleteFunc(next, func(q term.Quad, _ bool) bool { return q.Subject == s })
			return err
		}
		if err := tx.RemoveBatch(ctx, &b); err != nil {
			return err
		}
	}
}

// backup restores a backup elsewhere.
func (r *modelRun) backup() {
	ctx := context.Background()
	var buf bytes.Buffer
	if _, err := r.s.Backup(ctx, &buf); err != nil {
		r.t.Fatalf("Backup: %v", err)
	}
	o := Options{Dir: filepath.Join(r.t.TempDir(), "restored")}
	if err := Restore(ctx, &buf, o); err != nil {
		r.t.Fatalf("Restore: %v", err)
	}
	s, err := Open(ctx, o)
	if err != nil {
		r.t.Fatal(err)
	}
	defer s.Close()
	mustCheck(r.t, s)
	there := *r
	there.s = s
	there.checkHistory()
	there.checkValues()
}

// checkValues compares named values.
func (r *modelRun) checkValues() {
	r.t.Helper()
	var names []string
	for name, err := range r.s.List("name/") {
		if err != nil {
			r.t.Fatalf("List: %v", err)
		}
		names = append(names, name)
		if v, ok, err := r.s.Get(name); err != nil || !ok || string(v) != r.values[name] {
			r.t.Fatalf("Get(%s) = %s, %v, %v, want %s", name, v, ok, err, r.values[name])
		}
	}
	if want := slices.Sorted(maps.Keys(r.values)); !slices.Equal(names, want) {
		r.t.Fatalf("List = %v, want %v", names, want)
	}
}

// checkHistory compares earlier states and their differences.
func (r *modelRun) checkHistory() {
	r.t.Helper()
	ctx := context.Background()
	now := r.s.Seq()
	for range 3 {
		a, b := r.oldest+r.rng.Uint64N(now-r.oldest+1), r.oldest+r.rng.Uint64N(now-r.oldest+1)
		sn, err := r.s.SnapshotAt(context.Background(), a)
		if err != nil {
			r.t.Fatalf("SnapshotAt(%d): %v", a, err)
		}
		r.check(sn, r.history[a])
		sn.Close()
		d, err := r.s.Diff(ctx, a, b)
		if err != nil {
			r.t.Fatalf("Diff(%d, %d): %v", a, b, err)
		}
		got := maps.Clone(r.history[a])
		for _, q := range d.Removed {
			delete(got, q)
		}
		for _, q := range d.Added {
			got[q] = true
		}
		if !maps.Equal(got, r.history[b]) {
			r.t.Fatalf("Diff(%d, %d) does not lead from one to the other", a, b)
		}
	}
}
