package harvest

import (
	"slices"
	"testing"

	"fincat/harvest/history"
	"fincat/store"
	"fincat/vocab/term"
)

// TestLargeRun checks that a run which does not fit into the memory of a commit
// is one commit all the same: readers see the state before or after it, its
// difference is complete, and undoing it takes all back.
func TestLargeRun(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), FoldChanges: 500})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(300))
	first := largeRun(t, s, h, "300 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed")
	before := content(t, s)
	every := make([]int, 290)
	for i := range every {
		every[i] = i
	}
	m.set(200, "application/json", manifest(290, every...))
	second := largeRun(t, s, h, "0 new, 290 changed, 0 unchanged, 10 missing, 0 removed, 0 failed")
	if changes := changesOf(t, h, second.Run); len(changes) != 300 {
		t.Errorf("ChangesOf(%q) yields %d records, want 300", second.Run, len(changes))
	}
	if _, err := h.Undo(t.Context(), second.Run); err != nil {
		t.Fatal(err)
	}
	if after := content(t, s); !slices.Equal(after, before) {
		t.Errorf("after undoing the run there are %d quads of records, before it %d, or others", len(after),
			len(before))
	}
	if _, err := h.Undo(t.Context(), first.Run); err != nil {
		t.Fatal(err)
	}
	if left := content(t, s); len(left) > 0 {
		t.Errorf("after undoing both runs %d quads of records are left, such as %v", len(left), left[0])
	}
}

// largeRun harvests and checks that it is seen all at once.
func largeRun(t *testing.T, s *store.Store, h *Harvester, counts string) *history.Report {
	t.Helper()
	old := content(t, s)
	shown := 0
	rep, err := h.Run(t.Context(), "bb", RunOptions{Progress: func(p Progress) {
		if shown++; !slices.Equal(content(t, s), old) {
			t.Errorf("after %d records a reader sees part of the run", p.Records)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, rep, counts)
	if shown < 3 {
		t.Errorf("progress was shown %d times", shown)
	}
	var own []store.Commit
	for c, err := range s.Log(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Note.Run == rep.Run && c.Note.Step == "" {
			own = append(own, c)
		}
	}
	if len(own) != 1 || own[0].Seq != rep.Seq || own[0].Added < 800 {
		t.Fatalf("the run is %d commits, want one of more than 800 quads with number %d", len(own), rep.Seq)
	}
	quads := uint64(0)
	for _, err := range h.history.Difference(t.Context(), rep.Run) {
		if err != nil {
			t.Fatal(err)
		}
		quads++
	}
	if all := own[0].Added + own[0].Removed; quads >= all || quads+50 < all {
		t.Errorf("Difference yields %d quads, the commit changed %d, the run's own description among them", quads, all)
	}
	return rep
}

// content returns the quads of all records' graphs.
func content(t *testing.T, s *store.Store) (out []term.Quad) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for q, err := range sn.Match(t.Context(), store.Pattern{}, store.GSPO) {
		if err != nil {
			t.Fatal(err)
		}
		if g := q.Graph.Value(); len(g) > len(testBase)+9 && g[len(testBase):len(testBase)+9] == "graph/bb/" {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, term.CompareQuads)
	return out
}
