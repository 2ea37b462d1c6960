package store

import (
	"fmt"
	"testing"

	"fincat/vocab/term"
)

// TestFilteredTx gathers a commit with so many terms that they are folded while
// it does, and a filter stands before them: each must keep its number, in this
// commit, in others at the same time, and afterwards.
func TestFilteredTx(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := openTest(t, Options{Dir: t.TempDir()})
	quad := func(i int) term.Quad {
		return term.Quad{
			Subject:   term.NewIRI(fmt.Sprint("https://example.tw/s/", i)),
			Predicate: term.NewIRI("https://example.tw/p"),
			Object:    term.NewIRI(fmt.Sprint("https://example.tw/o/", i)),
		}
	}
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const quads = 500_000
	filtered := false
	for i := range quads {
		if err := tx.Add(t.Context(), quad(i)); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 999 { // terms from before, which may have moved to the base
			if err := tx.Add(t.Context(), quad(i/2), quad(i/3)); err != nil {
				t.Fatal(err)
			}
			filtered = filtered || s.dict.Filtering()
		}
		if i%50_000 == 49_999 { // another writer
			add := []term.Quad{quad(i), quad(i / 2), quad(i + quads)}
			if _, err := s.Commit(t.Context(), Change{Add: add}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !filtered {
		t.Error("no filter was made")
	}
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.dict.Filtering() {
		t.Error("the filter was left after the commit")
	}
	c, err := s.Commit(t.Context(), Change{Add: []term.Quad{quad(1), quad(quads / 2), quad(quads - 1)}})
	if err != nil || c.Added != 0 {
		t.Errorf("adding quads again added %d, %v", c.Added, err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	if n, _, err := sn.Count(Pattern{}); err != nil || n != quads+10 {
		t.Errorf("%d quads, %v, want %d", n, err, quads+10)
	}
	rep, err := s.Check(t.Context())
	if err != nil || !rep.Clean() {
		t.Errorf("Check = %+v, %v", rep, err)
	}
}
