package harvest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/history"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// failing calls do and checks what its error says.
func failing(t *testing.T, name string, do func() error, want ...string) {
	t.Helper()
	err := do()
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s = %v, want %q in it", name, err, w)
		}
	}
}

func TestUndoOrder(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	undo := func(r *history.Report) func() error {
		return func() error { _, err := h.Undo(t.Context(), r.Run); return err }
	}
	m.set(200, "application/json", manifest(3))
	first := mustRun(t, h, "bb")
	one := content(t, s)
	m.set(200, "application/json", manifest(3, 1))
	second := mustRun(t, h, "bb")
	two := content(t, s)
	m.set(200, "application/json", manifest(4, 1, 2))
	third := mustRun(t, h, "bb")

	failing(t, "undo of a run that others build on", undo(first), "undo "+third.Run+" first")
	if err := undo(third)(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, s); !slices.Equal(got, two) {
		t.Error("undoing the third run did not bring back the second one's records")
	}
	failing(t, "undo of an undone run", undo(third), "it was undone before")
	failing(t, "undo of a run that others build on", undo(first), "undo "+second.Run+" first")
	if err := undo(second)(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, s); !slices.Equal(got, one) {
		t.Error("undoing the second run did not bring back the first one's records")
	}
	failing(t, "undo of an unknown run", undo(&history.Report{Run: "x"}), "not found")

	// Somebody corrects a record by hand; undoing would garble it.
	m.set(200, "application/json", manifest(3, 1))
	fourth := mustRun(t, h, "bb")
	graph := term.NewIRI(testBase + "graph/bb/1001")
	byHand := term.Quad{Subject: term.NewIRI(testBase + "dataset/bb/1001"),
		Predicate: term.NewIRI(vocab.DCTDescription), Object: term.NewString("by hand"), Graph: graph}
	c, err := s.Commit(t.Context(), store.Change{Add: []term.Quad{byHand}})
	if err != nil {
		t.Fatal(err)
	}
	failing(t, "undo of what somebody changed", undo(fourth),
		"changed records that the run wrote: take that back first")
	if _, err := s.Undo(t.Context(), c.Seq, "alice"); err != nil {
		t.Fatal(err)
	}
	if err := undo(fourth)(); err != nil {
		t.Errorf("undo after the other change was taken back = %v", err)
	}
	if got := content(t, s); !slices.Equal(got, one) {
		t.Error("undoing the fourth run did not bring back the first one's records")
	}
	if rep := mustRun(t, h, "bb"); rep.Changed != 1 || rep.Unchanged != 2 {
		t.Errorf("the run after all that: %s", rep)
	}
}

func TestUndoOfApproval(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(10))
	mustRun(t, h, "bb")
	m.set(200, "application/json", manifest(5))
	mustRun(t, h, "bb")
	mustRun(t, h, "bb")
	before := content(t, s)
	rep := mustRun(t, h, "bb")
	approved, err := h.Approve(t.Context(), rep.Run)
	if err != nil || approved.Removed != 5 || approved.Held != 0 || approved.Status != history.Done {
		t.Fatalf("Approve = %v, %v", approved, err)
	}
	removed, shown := 0, map[string]int{}
	for c, err := range h.history.ChangesOf(t.Context(), rep.Run) {
		if err != nil {
			t.Fatal(err)
		}
		if c.What == "removed" && strings.HasPrefix(c.Title, "資料集") {
			removed++
		}
		if shown[c.Record]++; shown[c.Record] > 1 {
			t.Errorf("ChangesOf shows %s more than once, last as %s", c.Record, c.What)
		}
	}
	if removed != 5 {
		t.Errorf("ChangesOf shows %d approved removals, want 5", removed)
	}
	if _, err := h.Undo(t.Context(), rep.Run); err != nil {
		t.Fatal(err)
	}
	if got := content(t, s); !slices.Equal(got, before) {
		t.Errorf("undo of an approved run: %d quads, want the %d of before", len(got), len(before))
	}
	failing(t, "approval of an undone run", func() error { _, err := h.Approve(t.Context(), rep.Run); return err },
		"undone")
	rep = mustRun(t, h, "bb")
	if rep.Held != 5 {
		t.Errorf("the run after: %s, want 5 held", rep)
	}
}

// TestWhatRunsChanged follows a record from its first run to its return, by what the
// history says of each run.
func TestWhatRunsChanged(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	const n = 30 // of which one may go without approval
	m.set(200, "application/json", manifest(n))
	mustRun(t, h, "bb")
	for _, step := range []struct{ body, want string }{
		{manifest(n), ""},
		{manifest(n, 1), "changed 1001 資料集1（修訂）"},
		{manifest(n-1, 1), "missing 1029 資料集29"},
		{manifest(n-1, 1), "missing 1029 資料集29"},
		{manifest(n - 1), "changed 1001 資料集1, removed 1029 資料集29"},
		{manifest(n - 1), ""},
		{manifest(n), "new 1029 資料集29"},
	} {
		m.set(200, "application/json", step.body)
		rep := mustRun(t, h, "bb")
		var got []string
		for c, err := range h.history.ChangesOf(t.Context(), rep.Run) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(c.What, " ", c.Record[strings.LastIndex(c.Record, "/")+1:], " ", c.Title))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != step.want {
			t.Errorf("%s: ChangesOf = %q, want %q", rep, got, step.want)
		}
	}
}

func TestOutdatedApproval(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	approve := func(r *history.Report) func() error {
		return func() error { _, err := h.Approve(t.Context(), r.Run); return err }
	}
	m.set(200, "application/json", manifest(10))
	mustRun(t, h, "bb")
	m.set(200, "application/json", manifest(5))
	mustRun(t, h, "bb")
	mustRun(t, h, "bb")
	held := mustRun(t, h, "bb")
	m.set(200, "application/json", manifest(7))
	newer := mustRun(t, h, "bb")
	if newer.Held != 3 {
		t.Fatalf("newer run: %s, want 3 held", newer)
	}
	failing(t, "approval of an outdated run", approve(held), "outdated", newer.Run)
	m.set(404, "text/plain", "gone") // a failure in between decides nothing
	if failed := mustRun(t, h, "bb"); failed.Status != history.Failed {
		t.Fatalf("failed run: %s", failed)
	}
	m.set(200, "text/csv", "資料集識別碼,資料集名稱,資料集變動狀態\n5555,新的,新增\n") // nor do changes alone
	if partial := mustRun(t, h, "bb"); !partial.Partial || partial.New != 1 {
		t.Fatalf("partial run: %s", partial)
	}
	got, err := h.Approve(t.Context(), newer.Run)
	if err != nil || got.Removed != 3 {
		t.Fatalf("Approve = %v, %v", got, err)
	}
	failing(t, "second approval", approve(newer), "no removals of it wait")
	for id, gone := range map[string]bool{"1006": false, "1007": true, "1009": true, "5555": false} {
		if got := valueOf(graphOf(t, s, testBase+"graph/bb/"+id), vocab.PROVInvalidatedAtTime) != ""; got != gone {
			t.Errorf("record %s is a tombstone: %v, want %v", id, got, gone)
		}
	}
}

// A record that a run would not take over is among those of a preview, with its
// problems.
func TestPreviewOfBrokenRecord(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", untitled(3, 1))
	records, err := h.Preview(t.Context(), "bb", 2)
	if err != nil || len(records) != 2 {
		t.Fatalf("Preview = %d records, %v, want 2", len(records), err)
	}
	if p := records[1].Problems; len(p) == 0 || p[0].Rule != "title-missing" {
		t.Errorf("problems of the second record are %v, want title-missing", p)
	}
	if s.Seq() != 0 {
		t.Errorf("a preview made %d commits", s.Seq())
	}
}
