package history

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// said returns the graph of a record that says the given properties of it, and the
// title of its dataset.
func said(id, title string, properties ...string) (term.Term, []term.Quad) {
	g := term.NewIRI(testBase.Graph("bb", id))
	add := func(s, p string, o term.Term) term.Quad {
		return term.Quad{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o, Graph: g}
	}
	quads := []term.Quad{add(testBase.Dataset("bb", id), vocab.RDFSComment, term.NewString("of "+id))}
	if title != "" {
		quads = append(quads, add(testBase.Dataset("bb", id), vocab.DCTTitle, term.NewString(title)))
	}
	for i := 0; i < len(properties); i += 2 {
		s, o := testBase.Record("bb", id), term.NewString(properties[i+1])
		if properties[i] == vocab.DCTIsReplacedBy {
			s, o = testBase.Dataset("bb", id), term.NewIRI(testBase.Dataset("bb", properties[i+1]))
		}
		quads = append(quads, add(s, properties[i], o))
	}
	return g, quads
}

// replaceAll commits graphs with the note of a run.
func replaceAll(t *testing.T, s *store.Store, note store.Note, graphs ...func() (term.Term, []term.Quad)) {
	t.Helper()
	change := store.Change{Replace: map[term.Term][]term.Quad{}, Note: note}
	for _, f := range graphs {
		g, quads := f()
		change.Replace[g] = quads
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

func graph(id, title string, properties ...string) func() (term.Term, []term.Quad) {
	return func() (term.Term, []term.Quad) { return said(id, title, properties...) }
}

// graphOf is the graph of a run.
func graphOf(h *History, rep *Report) func() (term.Term, []term.Quad) {
	return func() (term.Term, []term.Quad) {
		for g, quads := range h.Graph(rep) {
			return g, quads
		}
		return term.Term{}, nil
	}
}

// changedRun commits a run that does each thing a run can do to a record, and then
// the approval of one removal.
func changedRun(t *testing.T) (*History, *Report) {
	t.Helper()
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	digest, gone, missing := vocab.FincatDigest, vocab.PROVInvalidatedAtTime, vocab.FincatMissingRuns
	replaceAll(t, s, store.Note{Run: "before"},
		graph("changed", "A", digest, "1"), graph("retitled", "B", digest, "1"), graph("same", "C", digest, "1"),
		graph("missing", "D", digest, "1"), graph("found", "E", digest, "1", missing, "1"),
		graph("removed", "F", digest, "1"), graph("revived", "", gone, "2026"), graph("old", "G", digest, "1"),
		graph("approved", "H", digest, "1", missing, "2"))
	rep := &Report{Run: "20260302T000000-bb", Source: "bb", Start: noon, Status: Done, Removed: 2}
	replaceAll(t, s, rep.Note(StepResult), graphOf(h, rep),
		graph("new", "N", digest, "1"), graph("changed", "A", digest, "2"), graph("retitled", "B2", digest, "2"),
		graph("missing", "D", digest, "1", missing, "1"), graph("found", "E", digest, "1"),
		graph("removed", "", gone, "2026"), graph("revived", "R", digest, "1"),
		graph("old", "", gone, "2026", vocab.DCTIsReplacedBy, "young"), graph("young", "G", digest, "1"))
	replaceAll(t, s, rep.Note(StepApprove), graph("approved", "", gone, "2026"))
	replaceAll(t, s, store.Note{Run: "after"}, graph("later", "Z", digest, "1"))
	return h, rep
}

// TestChangesOf asserts what is said of each record of a run: of one with the newest
// title, of one that is gone with the one that it had.
func TestChangesOf(t *testing.T) {
	h, rep := changedRun(t)
	at := func(id string) string { return testBase.Dataset("bb", id) }
	want := []RecordChange{
		{at("approved"), "removed", "H", ""}, {at("changed"), "changed", "A", ""}, {at("missing"), "missing", "D", ""},
		{at("new"), "new", "N", ""}, {at("removed"), "removed", "F", ""}, {at("retitled"), "changed", "B2", ""},
		{at("revived"), "new", "R", ""}, {at("young"), "renamed", "G", at("old")},
	}
	var got []RecordChange
	for c, err := range h.ChangesOf(t.Context(), rep.Run) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	slices.SortFunc(got, func(a, b RecordChange) int { return slices.Compare([]string{a.Record}, []string{b.Record}) })
	if !slices.Equal(got, want) {
		t.Errorf("ChangesOf = %q\nwant %q", got, want)
	}
}

// TestChangesWithoutTitles asserts that records of a store in which nothing has a title
// are told too.
func TestChangesWithoutTitles(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	rep := &Report{Run: "20260302T000000-bb", Source: "bb", Start: noon, Status: Done}
	replaceAll(t, s, rep.Note(StepResult), graphOf(h, rep), graph("new", "", vocab.FincatDigest, "1"))
	for c, err := range h.ChangesOf(t.Context(), rep.Run) {
		if want := (RecordChange{testBase.Dataset("bb", "new"), "new", "", ""}); err != nil || c != want {
			t.Errorf("ChangesOf yields %q, %v, want %q", c, err, want)
		}
	}
}

// TestDifference asserts that the quads of a run are those of its own commit and of
// its approvals, without its own graph.
func TestDifference(t *testing.T) {
	h, rep := changedRun(t)
	count := map[string][2]int{} // removed and added, by graph
	for c, err := range h.Difference(t.Context(), rep.Run) {
		if err != nil {
			t.Fatal(err)
		}
		n := count[c.Graph.Value()]
		n[map[bool]int{true: 1}[c.Added]]++
		count[c.Graph.Value()] = n
	}
	for id, want := range map[string][2]int{
		"new": {0, 3}, "changed": {1, 1}, "retitled": {2, 2}, "same": {}, "missing": {0, 1}, "found": {1, 0},
		"removed": {2, 1}, "revived": {1, 2}, "old": {2, 2}, "young": {0, 3}, "approved": {3, 1}, "later": {},
	} {
		g := testBase.Graph("bb", id)
		if count[g] != want {
			t.Errorf("of %s, %v quads were removed and added, want %v", id, count[g], want)
		}
		delete(count, g)
	}
	if len(count) > 0 {
		t.Errorf("the difference has other graphs too: %v", count)
	}
}

// TestDifferenceEnds asserts that a reader who has enough gets no more, and that one
// who waits for what cannot come is told why.
func TestDifferenceEnds(t *testing.T) {
	h, rep := changedRun(t)
	n := 0
	for _, err := range h.Difference(t.Context(), rep.Run) {
		if n++; err != nil {
			t.Fatal(err)
		}
		break
	}
	for _, err := range h.ChangesOf(t.Context(), rep.Run) {
		if n++; err != nil {
			t.Fatal(err)
		}
		break
	}
	if n != 2 {
		t.Errorf("%d changes after the readers had enough, want 2", n)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		run  string
		want error
	}{
		{"of an unknown run", t.Context(), "20260309T000000-bb", ErrUnknown},
		{"when cancelled", cancelled, rep.Run, context.Canceled},
	} {
		var quads, records []error
		for _, err := range h.Difference(tt.ctx, tt.run) {
			quads = append(quads, err)
		}
		for _, err := range h.ChangesOf(tt.ctx, tt.run) {
			records = append(records, err)
		}
		for _, errs := range [][]error{quads, records} {
			if len(errs) != 1 || !errors.Is(errs[0], tt.want) {
				t.Errorf("the difference %s yields %v, want %v once", tt.name, errs, tt.want)
			}
		}
	}
}
