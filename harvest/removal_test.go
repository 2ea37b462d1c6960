package harvest

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/history"
	"fincat/vocab"
)

// newRemoving returns a harvester of a mutable source with settings of the
// harvest and of the source.
func newRemoving(t *testing.T, harvest, source string) (*mutable, *Harvester) {
	t.Helper()
	m := &mutable{}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\n"+
		"harvest: {allow_private_addresses: true%s}\n"+
		"sources: [{id: bb, kind: datagovtw, url: '%s/export', rate: 1000/s, retries: 0%s}]\n",
		testBase, harvest, srv.URL, source)))
	if err != nil {
		t.Fatal(err)
	}
	return m, newHarvester(t, openStore(t), cfg)
}

// shows runs the source with its first n records.
func (m *mutable) shows(t *testing.T, h *Harvester, n int) *history.Report {
	t.Helper()
	m.set(200, "application/json", manifest(n))
	return mustRun(t, h, "bb")
}

// TestRemovalLimit checks on both sides of the limit: a run may remove exactly
// the share of the source's records that removal_limit allows.
func TestRemovalLimit(t *testing.T) {
	tests := []struct {
		harvest, source string
		before, gone    int
		held            bool
	}{
		{"", "", 10, 2, false},
		{"", "", 10, 3, true},
		// 0.29 × 100 is less than 29 as floating-point numbers are multiplied
		{", removal_limit: 0.29", "", 100, 29, false},
		{", removal_limit: 0.29", "", 100, 30, true},
		{", removal_limit: 0", "", 10, 1, true},
		{", removal_limit: 1", "", 10, 9, false},
		{", removal_limit: 0.1", ", removal_limit: 0.5", 10, 5, false},
		{", removal_limit: 0.9", ", removal_limit: 0.5", 10, 6, true},
		{"", ", removal_limit: 0", 10, 1, true},
	}
	for _, tt := range tests {
		m, h := newRemoving(t, tt.harvest, tt.source+", tombstone_after: 1")
		m.shows(t, h, tt.before)
		rep := m.shows(t, h, tt.before-tt.gone)
		removed, held, status := tt.gone, 0, history.Done
		if tt.held {
			removed, held, status = 0, tt.gone, history.Held
		}
		if rep.Removed != removed || rep.Held != held || rep.Status != status {
			t.Errorf("%+v: %s, %s, want %d removed, %d held", tt, rep.Status, rep, removed, held)
		}
	}
}

// TestRemovalLimitOfWhatIsLeft checks that tombstones are no records of the
// source: the share is one of what is left.
func TestRemovalLimitOfWhatIsLeft(t *testing.T) {
	m, h := newRemoving(t, ", removal_limit: 0.25", ", tombstone_after: 1")
	m.shows(t, h, 16)
	if rep := m.shows(t, h, 12); rep.Removed != 4 {
		t.Fatalf("4 of 16: %s", rep)
	}
	if rep := m.shows(t, h, 9); rep.Removed != 3 {
		t.Fatalf("3 of 12: %s", rep)
	}
	if rep := m.shows(t, h, 6); rep.Removed != 0 || rep.Held != 3 {
		t.Errorf("3 of 9: %s, want them held", rep)
	}
}

// TestRemovalLimitBesideNewRecords checks that records which a run brings do not
// make room for removals: a source that lost a third and renumbered as many has
// lost a third.
func TestRemovalLimitBesideNewRecords(t *testing.T) {
	m, h := newRemoving(t, ", removal_limit: 0.25", ", tombstone_after: 1")
	m.shows(t, h, 9)
	lines := strings.Split(manifest(20), "\n")
	m.set(200, "application/json", strings.Join(slices.Delete(lines, 1, 4), "\n"))
	if rep := mustRun(t, h, "bb"); rep.New != 11 || rep.Held != 3 || rep.Removed != 0 {
		t.Errorf("3 of 9 gone, 11 new: %s, want 3 held", rep)
	}
}

// TestTombstoneAfter checks in which run a record is removed, by the setting of
// the harvest and by that of the source, and that a record which comes back
// begins anew.
func TestTombstoneAfter(t *testing.T) {
	for _, tt := range []struct {
		harvest, source string
		after           int
	}{
		{"", "", 3}, {", tombstone_after: 1", "", 1}, {", tombstone_after: 2", "", 2},
		{", tombstone_after: 2", ", tombstone_after: 4", 4},
	} {
		m, h := newRemoving(t, tt.harvest, tt.source)
		m.shows(t, h, 10)
		for round := range 2 {
			for n := 1; n < tt.after; n++ {
				rep := m.shows(t, h, 9)
				if rep.Missing != 1 || rep.Removed != 0 || rep.Held != 0 {
					t.Errorf("%+v, round %d, run %d: %s, want 1 missing", tt, round, n, rep)
				}
			}
			if round == 0 && tt.after > 1 {
				if rep := m.shows(t, h, 10); rep.Unchanged != 10 || rep.Missing != 0 {
					t.Errorf("%+v, it is back: %s", tt, rep)
				}
				if got := valueOf(graphOf(t, h.store, testBase+"graph/bb/1009"), vocab.FincatMissingRuns); got != "" {
					t.Errorf("%+v: a record that is back was missing in %s runs", tt, got)
				}
			}
		}
		if rep := m.shows(t, h, 9); rep.Missing != 0 || rep.Removed != 1 {
			t.Errorf("%+v: %s, want 1 removed", tt, rep)
		}
		if rep := m.shows(t, h, 9); rep.Missing != 0 || rep.Removed != 0 || rep.Unchanged != 9 {
			t.Errorf("%+v, after the removal: %s", tt, rep)
		}
	}
}

// TestEmptySource checks the empty set: a source without a record needs attention,
// whether it had one before or not, and loses nothing, whatever its limit is.
func TestEmptySource(t *testing.T) {
	m, h := newRemoving(t, ", removal_limit: 1", ", tombstone_after: 1")
	if rep := m.shows(t, h, 0); rep.Status != history.Failed || ruleOf(rep) != "empty" {
		t.Errorf("the first time: %s, %s", rep.Status, rep)
	}
	m.shows(t, h, 1)
	rep := m.shows(t, h, 0)
	if rep.Status != history.Failed || rep.Removed+rep.Held+rep.Missing != 0 || rep.Problems[0].Rule != "empty" {
		t.Errorf("after a record: %s, %s, %v", rep.Status, rep, rep.Problems)
	}
	if rep := m.shows(t, h, 1); rep.Unchanged != 1 {
		t.Errorf("when it is back: %s", rep)
	}
}

// TestBrokenRecordIsNotMissing checks that a record which is there but broken is
// not missing, and that nothing is when a broken one has no identifier.
func TestBrokenRecordIsNotMissing(t *testing.T) {
	m, h := newRemoving(t, ", removal_limit: 1", ", tombstone_after: 1")
	m.shows(t, h, 10)
	broken := strings.Replace(manifest(9), `"name":"資料集3"`, `"name":""`, 1)
	m.set(200, "application/json", broken)
	if rep := mustRun(t, h, "bb"); rep.Failed != 1 || rep.Removed != 1 || rep.Unchanged != 8 {
		t.Errorf("one broken, one gone: %s", rep)
	}
	anonymous := strings.Replace(manifest(8), `"id":"1003","name":"資料集3"`, `"id":"","name":""`, 1)
	m.set(200, "application/json", anonymous)
	if rep := mustRun(t, h, "bb"); rep.Failed != 1 || rep.Removed != 0 || rep.Missing != 0 || rep.Unchanged != 7 {
		t.Errorf("one broken without identifier, one gone: %s", rep)
	}
}

// TestHeldRecords checks what is said of records whose removal waits, and that
// it is taken back when the source shows them again or a later run holds them.
func TestHeldRecords(t *testing.T) {
	m, h := newRemoving(t, "", ", tombstone_after: 2")
	m.shows(t, h, 10)
	m.shows(t, h, 5)
	held := func(rep *history.Report) []string {
		t.Helper()
		records, err := h.heldBy(t.Context(), rep.Run)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(records)
		return records
	}
	first := m.shows(t, h, 5)
	if got := held(first); len(got) != 5 || got[0] != testBase+"record/bb/1005" {
		t.Errorf("held by the first run: %v", got)
	}
	second := m.shows(t, h, 6)
	if got := held(first); len(got) != 0 {
		t.Errorf("still held by the first run: %v", got)
	}
	if got := held(second); len(got) != 4 || got[0] != testBase+"record/bb/1006" {
		t.Errorf("held by the second run: %v", got)
	}
	back := graphOf(t, h.store, testBase+"graph/bb/1005")
	if v := valueOf(back, vocab.FincatHeldBy) + valueOf(back, vocab.FincatMissingRuns); v != "" {
		t.Errorf("of a record that is back it is said: %s", v)
	}
	issued := valueOf(graphOf(t, h.store, testBase+"graph/bb/1009"), vocab.DCTIssued)
	if _, err := h.Approve(t.Context(), second.Run); err != nil {
		t.Fatal(err)
	}
	stone := graphOf(t, h.store, testBase+"graph/bb/1009")
	for property, want := range map[string]string{
		vocab.DCTIssued: issued, vocab.FOAFPrimaryTopic: testBase + "dataset/bb/1009",
		vocab.PROVWasInvalidatedBy: testBase + "run/" + second.Run, vocab.FincatHeldBy: "",
		vocab.FincatMissingRuns: "",
	} {
		if got := valueOf(stone, property); got != want {
			t.Errorf("%s of the tombstone = %q, want %q", property, got, want)
		}
	}
	if rep := m.shows(t, h, 6); rep.Missing+rep.Removed+rep.Held != 0 || rep.Unchanged != 6 {
		t.Errorf("after the approval: %s", rep)
	}
}

// TestDryRunSettlesNothing checks that a dry run says what would be missing,
// removed or held, and writes none of it.
func TestDryRunSettlesNothing(t *testing.T) {
	m, h := newRemoving(t, "", ", tombstone_after: 2")
	m.shows(t, h, 10)
	for _, tt := range []struct {
		shown                  int
		missing, removed, held int
	}{{9, 1, 0, 0}, {9, 0, 1, 0}, {5, 4, 0, 0}, {5, 0, 0, 4}} {
		m.set(200, "application/json", manifest(tt.shown))
		seq := h.store.Seq()
		var told []string
		for range 2 {
			told = nil
			rep, err := h.Run(t.Context(), "bb", RunOptions{DryRun: true, Changed: func(c history.RecordChange) {
				told = append(told, c.What)
			}})
			if err != nil || rep.Missing != tt.missing || rep.Removed != tt.removed || rep.Held != tt.held {
				t.Errorf("%+v: dry run %s, %v", tt, rep, err)
			}
		}
		if len(told) != tt.missing+tt.removed+tt.held || h.store.Seq() != seq {
			t.Errorf("%+v: a dry run told of %q and made %d commits", tt, told, h.store.Seq()-seq)
		}
		if rep := m.shows(t, h, tt.shown); rep.Missing != tt.missing || rep.Removed != tt.removed ||
			rep.Held != tt.held {
			t.Errorf("%+v: the run %s", tt, rep)
		}
	}
}

// A table without a single record finds nothing.
func TestEmptyKnownTable(t *testing.T) {
	table := &knownTable{}
	for range table.all {
		t.Error("an empty table yields a record")
	}
	if table.find("x") != nil || table.byID(1) != nil || table.shown() {
		t.Error("an empty table finds a record")
	}
}

// TestHold marks records whose removal waits: one that the source called deleted
// counts as missing for long enough from then on.
func TestHold(t *testing.T) {
	m, h := newRemoving(t, "", ", tombstone_after: 3")
	m.shows(t, h, 3)
	tx, err := h.store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	cfg, _ := h.config.Source("bb")
	r := &run{h: h, cfg: cfg, tx: tx, report: &history.Report{Run: "r", Source: "bb"}}
	for i, missing := range []int32{0, 2, 3} {
		record := fmt.Sprintf("%srecord/bb/%d", testBase, 1000+i)
		k := &known{missing: missing}
		if missing > 0 {
			if err := tx.Add(t.Context(), r.missingQuad(record, missing)); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.hold(t.Context(), record, k); err != nil || k.missing != 3 {
			t.Errorf("record %d, missing in %d runs, is missing in %d when it is held, %v", i, missing, k.missing, err)
		}
	}
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		var runs []string
		graph := graphOf(t, h.store, fmt.Sprintf("%sgraph/bb/%d", testBase, 1000+i))
		for _, q := range graph {
			if q.Predicate.Value() == vocab.FincatMissingRuns {
				runs = append(runs, q.Object.Value())
			}
		}
		if !slices.Equal(runs, []string{"3"}) || valueOf(graph, vocab.FincatHeldBy) != testBase+"run/r" {
			t.Errorf("record %d is missing in %q runs, held by %q", i, runs, valueOf(graph, vocab.FincatHeldBy))
		}
	}
}
