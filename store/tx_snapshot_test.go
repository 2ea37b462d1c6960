package store

import (
	"context"
	"fmt"
	"testing"

	"fincat/vocab/term"
)

func TestTxSnapshot(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	quad := func(n int, graph string) term.Quad {
		q := term.Quad{Subject: term.NewIRI(fmt.Sprintf("http://e/%d", n)), Predicate: term.NewIRI("http://e/p"), Object: term.NewString(fmt.Sprint(n))}
		if graph != "" {
			q.Graph = term.NewIRI(graph)
		}
		return q
	}
	if _, err := s.Commit(ctx, Change{Add: []term.Quad{quad(1, ""), quad(2, "http://e/g"), quad(3, "http://e/g")}}); err != nil {
		t.Fatal(err)
	}
	tx, err := s.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	count := func(want uint64) {
		t.Helper()
		sn, err := tx.Snapshot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer sn.Close()
		got, _, err := sn.Count(Pattern{})
		if err != nil || got != want {
			t.Errorf("Count() = %d, %v, want %d", got, err, want)
		}
		if st := sn.Stats(); st.Quads != want {
			t.Errorf("Stats().Quads = %d, want %d", st.Quads, want)
		}
		sc, err := sn.Scan(Pattern{}, ScanOptions{Order: OSPG})
		if err != nil {
			t.Fatal(err)
		}
		defer sc.Close()
		var b Batch
		n := 0
		for {
			ok, err := sc.Next(ctx, &b)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			n += b.N
		}
		if n != int(want) {
			t.Errorf("a scan gives %d quads, want %d", n, want)
		}
	}
	count(3)
	steps := []struct {
		do   func() error
		want uint64
	}{
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
		count(step.want)
	}
	if _, err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	if got, _, err := sn.Count(Pattern{}); got != 2 || err != nil {
		t.Errorf("Count() = %d, %v after the commit, want 2", got, err)
	}
}
