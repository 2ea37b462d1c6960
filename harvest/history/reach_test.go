package history

import (
	"fmt"
	"slices"
	"testing"

	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// TestReachEnds asserts which problems a run has ended that did not find them.
func TestReachEnds(t *testing.T) {
	is := func(id string) func(string) bool { return func(record string) bool { return record == id } }
	whole := Reach{Shown: is("shown"), Unvalidated: is("unchanged")}
	partial, failed := whole, whole
	partial.Partial, failed.Failed = true, true
	both := failed
	both.Partial = true
	for _, tt := range []struct {
		name, record, again, rule            string
		inWhole, inPartial, inFailed, inBoth bool
	}{
		{"of the source", "", "", "title-missing", true, true, true, true},
		{"of the source, asked for again", "", "day", "title-missing", true, true, false, false},
		{"a text that no list knows", "", "", "licence-unknown", true, false, true, false},
		{"of a record that came", "shown", "", "title-missing", true, true, true, true},
		{"of a record that did not come", "absent", "", "title-missing", true, false, false, false},
		{"a text of a record that came", "shown", "", "licence-unknown", true, true, true, true},
		{"of a record that was asked for again", "absent", "day", "title-missing", true, true, false, false},
		{"of the profile, not validated again", "unchanged", "", "profile-x", false, false, false, false},
		{"of the profile, of another record", "shown", "", "profile-x", true, true, true, true},
		{"of another rule, not validated again", "unchanged", "", "title-missing", true, false, false, false},
	} {
		for i, r := range []Reach{whole, partial, failed, both} {
			want := []bool{tt.inWhole, tt.inPartial, tt.inFailed, tt.inBoth}[i]
			if got := r.ends(tt.record, tt.again, tt.rule); got != want {
				t.Errorf("a problem %s: ends = %v for %+v, want %v", tt.name, got, r, want)
			}
		}
	}
	if !(Reach{}).ends("unchanged", "", "profile-x") {
		t.Error("a run that validates everything does not end a problem of the profile")
	}
}

// settle writes one more run that found nothing and came so far.
func settle(t *testing.T, h *History, run string, kept []string, reach Reach) {
	t.Helper()
	tx, err := h.store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := h.ProblemLog("bb", run).Settle(t.Context(), tx, kept, reach); err != nil {
		t.Fatal(err)
	}
	for name, quads := range h.Graph(&Report{Run: run, Source: "bb", Start: noon, Status: Done}) {
		if err := tx.ReplaceGraph(t.Context(), name, quads); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestUnreachedProblemsStay asserts that a run which saw part of a source ends the
// problems of that part alone, and what is asked for again until one has ended it.
func TestUnreachedProblemsStay(t *testing.T) {
	h := New(Options{Store: openStore(t), Base: testBase})
	runs := []string{"20260301T000000-bb", "20260302T000000-bb", "20260303T000000-bb"}
	profile, again, twice := flaw(3), flaw(4), flaw(5)
	profile.Rule = ProfileRule + "x"
	again.Again, twice.Again = "2026-02-28", "2026-02-28"
	record(t, h.store, h, &Report{Run: runs[0], Source: "bb", Start: noon, Status: Done}, nil,
		flaw(1), flaw(2), profile, again, twice)
	asked := func(want ...string) {
		t.Helper()
		if got, err := h.Again(t.Context(), "bb"); err != nil || !slices.Equal(got, want) {
			t.Errorf("Again = %q, %v, want %q", got, err, want)
		}
	}
	asked("2026-02-28")
	left := func(run string, want ...string) {
		t.Helper()
		var got []string
		for p, err := range h.Problems(t.Context(), run) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.Record)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("after run %s there are the problems of %q, want %q", run, got, want)
		}
	}
	settle(t, h, runs[1], runs[:1], Reach{Failed: true,
		Shown:       func(r string) bool { return r == "1" || r == "3" || r == "4" },
		Unvalidated: func(r string) bool { return r == "3" }})
	left(runs[1], "2", "3", "5")
	asked("2026-02-28")
	settle(t, h, runs[2], runs[:2], Reach{Unvalidated: func(r string) bool { return r == "3" }})
	left(runs[2], "3")
	asked()
}

// TestProblemQuads asserts what a problem says to others, with all that one can have
// and with no more than it must.
func TestProblemQuads(t *testing.T) {
	h := New(Options{Store: openStore(t), Base: testBase})
	const run = "20260301T000000-bb"
	iri, text := term.NewIRI, term.NewString
	english := func(v string) term.Term { return dcat.Text{Value: v, Lang: "en"}.Term() }
	full := flaw(1)
	full.Again = "2026-02-28"
	for _, tt := range []struct {
		p    problem.Problem
		want map[string]term.Term
	}{
		{full, map[string]term.Term{
			vocab.SHFocusNode: iri(testBase.Dataset("bb", "1")), vocab.DCTIdentifier: text("1"),
			vocab.SHResultSeverity: iri(vocab.SHWarning), vocab.SHResultMessage: english("no title"),
			vocab.FincatRule: text("title-missing"), vocab.FincatRemedy: english("give one"),
			vocab.FincatPlace: text("https://e.tw/x#/1"), vocab.DCTSource: iri("https://e.tw/x"),
			vocab.FincatAgain: text("2026-02-28"), vocab.SHValue: text("v")}},
		{problem.Problem{Severity: problem.Violation, Rule: "r", Message: "m", Remedy: "y",
			Place: problem.Place{URL: "no address", Locator: "line 1"}}, map[string]term.Term{
			vocab.SHFocusNode:      iri(testBase.SourceCatalog("bb")),
			vocab.SHResultSeverity: iri(vocab.SHViolation), vocab.SHResultMessage: english("m"),
			vocab.FincatRule: text("r"), vocab.FincatRemedy: english("y"),
			vocab.FincatPlace: text("no address#line 1")}},
	} {
		tt.want[vocab.RDFType] = iri(vocab.SHValidationResult)
		tt.want[vocab.FincatSource] = iri(testBase.SourceCatalog("bb"))
		tt.want[vocab.FincatSince] = iri(testBase.Run(run))
		got := map[string]term.Term{}
		for _, q := range h.ProblemLog("bb", run).quads(tt.p, 77) {
			if s := iri(fmt.Sprintf("%sproblem/%s/%016x", testBase, run, 77)); q.Subject != s {
				t.Errorf("the problem is %s, want %s", q.Subject, s)
			}
			got[q.Predicate.Value()] = q.Object
		}
		for p, o := range tt.want {
			if got[p] != o {
				t.Errorf("%s says %s %v, want %v", tt.p.Rule, p, got[p], o)
			}
			delete(got, p)
		}
		if len(got) > 0 {
			t.Errorf("%s says more: %v", tt.p.Rule, got)
		}
	}
}

// TestProblemLogFull asserts when problems have to be written.
func TestProblemLogFull(t *testing.T) {
	l := New(Options{Store: openStore(t), Base: testBase}).ProblemLog("bb", "20260301T000000-bb")
	for range problemBatch - 1 {
		l.Add(flaw(1))
	}
	if l.Full() {
		t.Errorf("full with %d problems", problemBatch-1)
	}
	if l.Add(flaw(1)); !l.Full() {
		t.Errorf("not full with %d problems", problemBatch)
	}
}

// TestPlaceOfProblem asserts that the place of a problem is read from both forms in
// which it is kept, with an address and without one.
func TestPlaceOfProblem(t *testing.T) {
	place := func(v string) term.Quad {
		return term.Quad{Predicate: term.NewIRI(vocab.FincatPlace), Object: term.NewString(v)}
	}
	source := func(v string) term.Quad {
		return term.Quad{Predicate: term.NewIRI(vocab.DCTSource), Object: term.NewIRI(v)}
	}
	for _, tt := range []struct {
		quads []term.Quad
		want  problem.Place
	}{
		{[]term.Quad{place("https://e.tw/x#/1"), source("https://e.tw/x")},
			problem.Place{URL: "https://e.tw/x", Locator: "/1"}},
		{[]term.Quad{place("no address#line 1")}, problem.Place{URL: "no address", Locator: "line 1"}},
		{[]term.Quad{place("https://e.tw/x#a#/1"), source("https://e.tw/x#a")},
			problem.Place{URL: "https://e.tw/x#a", Locator: "/1"}},
	} {
		if got := readProblem(tt.quads).Place; got != tt.want {
			t.Errorf("place = %+v, want %+v", got, tt.want)
		}
	}
}
