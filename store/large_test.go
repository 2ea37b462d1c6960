package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"fincat/vocab/term"
)

// BenchmarkLarge times commits that change much of a loaded store: each line
// says how long one takes and the largest heap meanwhile.
func BenchmarkLarge(b *testing.B) {
	ctx := context.Background()
	n := benchQuads()
	s, _, _ := loadedStore(b, n, Options{Dir: b.TempDir(), Sync: Interval})
	g := term.NewIRI("http://e/graph/large")
	large := make([]term.Quad, 300_000)
	for i := range large {
		large[i] = term.Quad{
			Subject:   term.NewIRI(fmt.Sprintf("http://e/subject/%d", i/10)),
			Predicate: term.NewIRI(fmt.Sprintf("http://e/predicate/%d", i%10)),
			Object:    term.NewLangString(phrase(rand.New(rand.NewPCG(uint64(i), 1)), 4), "zh"),
			Graph:     g,
		}
	}
	step := func(name string, want uint64, f func(tx *Tx) error) {
		peak := heapPeak()
		began, cpu := time.Now(), cpuTime()
		tx, err := s.Begin(ctx)
		if err == nil {
			err = f(tx)
		}
		read := time.Since(began)
		var c Commit
		if err == nil {
			c, err = tx.Commit(ctx)
		}
		if err != nil || c.Added+c.Removed < want {
			b.Fatalf("%s: changed %d quads, want %d: %v", name, c.Added+c.Removed, want, err)
		}
		took := time.Since(began)
		b.Logf(
			"%s: +%d -%d quads in %.2fs, %.2fs of it taking them in, %.1fs of processor time, "+
				"%d ns a quad, heap up to %d MB",
			name,
			c.Added,
			c.Removed,
			took.Seconds(),
			read.Seconds(),
			(cpuTime() - cpu).Seconds(),
			uint64(took)/(c.Added+c.Removed),
			peak()>>20,
		)
	}
	few := large[:200_000]
	step("add 200,000 quads", 200_000, func(tx *Tx) error { return tx.Add(ctx, few...) })
	step("remove 200,000 quads", 200_000, func(tx *Tx) error { return tx.Remove(ctx, few...) })
	step("add 300,000 quads", 300_000, func(tx *Tx) error { return tx.Add(ctx, large...) })
	step("remove 300,000 quads", 300_000, func(tx *Tx) error { return tx.Remove(ctx, large...) })
	step("add 300,000 quads", 300_000, func(tx *Tx) error { return tx.Add(ctx, large...) })
	step("drop their graph", 300_000, func(tx *Tx) error { return tx.DropGraph(g) })
	records := n / recordQuads
	step(fmt.Sprintf("replace %d records, 20 changes each", records), uint64(20*records), func(tx *Tx) error {
		for i := range records {
			qs := record(i, 1)
			if err := tx.ReplaceGraph(ctx, qs[0].Graph, qs); err != nil {
				return err
			}
		}
		return nil
	})
	step(fmt.Sprintf("drop %d graphs", records), uint64(n), func(tx *Tx) error {
		for i := range records {
			if err := tx.DropGraph(record(i, 1)[0].Graph); err != nil {
				return err
			}
		}
		return nil
	})
	mustCheck(b, s)
}

// heapPeak watches the heap until the function it returns is called, which
// gives the largest size it had.
func heapPeak() func() uint64 {
	stop, done := make(chan struct{}), make(chan uint64)
	runtime.GC()
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}

// TestLargeMostlyUnchanged replaces a graph by nearly the same: the one change
// comes after more unchanged quads than are worked out at a time.
func TestLargeMostlyUnchanged(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{Dir: t.TempDir(), FoldChanges: 1000})
	g := term.NewIRI("http://e/graph")
	quads := make([]term.Quad, 3*s.fold.shape.Chunk)
	for i := range quads {
		quads[i] = term.Quad{
			Subject:   term.NewIRI(fmt.Sprintf("http://e/%d", i/10)),
			Predicate: term.NewIRI("http://e/p"),
			Object:    term.NewLiteral(fmt.Sprint(i), xsd+"integer"),
		}
	}
	for i, want := range []uint64{uint64(len(quads)), 1, 0} {
		if i == 1 {
			quads[len(quads)-1].Object = term.NewString("changed")
		}
		c, err := s.Commit(ctx, Change{Replace: map[term.Term][]term.Quad{g: quads}})
		if err != nil || c.Added != want || i > 0 && c.Removed != want {
			t.Errorf("Commit %d = %d added, %d removed, %v, want %d", i, c.Added, c.Removed, err, want)
		}
	}
}
