package store

import (
	"fmt"
	"testing"

	"fincat/vocab/term"
)

func TestTxSnapshot(t *testing.T) {
	ctx := t.Context()
	s := openTest(t, Options{})
	quad := func(n int, graph string) term.Quad {
		q := term.Quad{
			Subject:   term.NewIRI(fmt.Sprintf("http://e/%d", n)),
			Predicate: term.NewIRI("http://e/p"),
			Object:    term.NewString(fmt.Sprint(n)),
		}
		if graph != "" {
			q.Graph = term.NewIRI(graph)
		}
		return q
	}
	commit(t, s, Change{Add: []term.Quad{quad(1, ""), quad(2, "http://e/g"), quad(3, "http://e/g")}})
	tx, err := s.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	steps := []struct {
		do   func() error
		want uint64
	}{
		{func() error { return nil }, 3},
		{func() error { return tx.Add(ctx, quad(4, ""), quad(1, "")) }, 4},
		{func() error { return tx.Remove(ctx, quad(4, ""), quad(1, "")) }, 2},
		{func() error { return tx.DropGraph(term.NewIRI("http://e/g")) }, 0},
		{func() error { return tx.Add(ctx, quad(2, "http://e/g")) }, 1},
		{func() error { return tx.DropGraph(term.NewIRI("http://e/g")) }, 0},
		{func() error { return tx.Add(ctx, quad(5, "http://e/h"), quad(1, "")) }, 2},
	}
	for i, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		sn, err := tx.Snapshot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		hasQuads(t, sn, step.want)
		sn.Close()
	}
	if _, err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	hasQuads(t, sn, 2)
}

// hasQuads wants counts, statistics and a scan to find so many quads.
func hasQuads(t *testing.T, sn *Snapshot, want uint64) {
	t.Helper()
	got, _, err := sn.Count(Pattern{})
	if err != nil || got != want {
		t.Errorf("Count() = %d, %v, want %d", got, err, want)
	}
	if st := sn.Stats(); st.Quads != want {
		t.Errorf("Stats().Quads = %d, want %d", st.Quads, want)
	}
	n := 0
	for b, err := range sn.Batches(t.Context(), Pattern{}, ScanOptions{Order: OSPG}) {
		if err != nil {
			t.Fatal(err)
		}
		n += b.N
	}
	if n != int(want) {
		t.Errorf("a scan gives %d quads, want %d", n, want)
	}
}
