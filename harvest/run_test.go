package harvest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"fincat/harvest/history"
	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// mutable is a server whose one document a test changes.
type mutable struct {
	status      atomic.Int32
	contentType atomic.Pointer[string]
	body        atomic.Pointer[string]
}

func (m *mutable) set(status int, contentType, body string) {
	m.status.Store(int32(status))
	m.contentType.Store(&contentType)
	m.body.Store(&body)
}

func (m *mutable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", *m.contentType.Load())
	w.WriteHeader(int(m.status.Load()))
	fmt.Fprint(w, *m.body.Load())
}

// manifest returns a document with the numbered datasets; the title of those in
// changed differs.
func manifest(n int, changed ...int) string {
	var b strings.Builder
	b.WriteString(`{"provider":"金融監督管理委員會銀行局","datasets":[`)
	for i := range n {
		title := fmt.Sprintf("資料集%d", i)
		if slices.Contains(changed, i) {
			title += "（修訂）"
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n"+`{"id":"%d","name":"%s","format":"csv","urls":["https://www.banking.gov.tw/%d.csv"]}`,
			1000+i, title, i)
	}
	return b.String() + "]}"
}

func newMutable(t *testing.T, s *store.Store) (*mutable, *Harvester) {
	t.Helper()
	m := &mutable{}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf(`
base: https://data.example.tw/
harvest: {allow_private_addresses: true}
sources:
  - {id: bb, kind: datagovtw, url: "%s/export", rate: 1000/s, retries: 1}
`, srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	return m, newHarvester(t, s, cfg)
}

func graphOf(t *testing.T, s *store.Store, name string) []term.Triple {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	out, err := reader{sn}.triples(t.Context(), term.NewIRI(name))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, term.CompareTriples)
	return out
}

func want(t *testing.T, rep *history.Report, counts string) {
	t.Helper()
	if got, _, _ := strings.Cut(rep.String(), ";"); got != "bb: "+counts {
		t.Errorf("got  %s\nwant bb: %s", rep, counts)
	}
}

func TestLifeOfARecord(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(10))
	want(t, mustRun(t, h, "bb"), "10 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed")
	before := graphOf(t, s, testBase+"graph/bb/1001")

	want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 10 unchanged, 0 missing, 0 removed, 0 failed")
	if got := graphOf(t, s, testBase+"graph/bb/1001"); !slices.Equal(got, before) {
		t.Error("an unchanged record's graph was rewritten")
	}
	m.set(200, "application/json", manifest(10, 1))
	want(t, mustRun(t, h, "bb"), "0 new, 1 changed, 9 unchanged, 0 missing, 0 removed, 0 failed")
	after := graphOf(t, s, testBase+"graph/bb/1001")
	if first := valueOf(before, vocab.DCTIssued); first == "" || valueOf(after, vocab.DCTIssued) != first {
		t.Errorf("first seen %q, was %q", valueOf(after, vocab.DCTIssued), first)
	}
	m.set(200, "application/json", manifest(9, 1))
	want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 9 unchanged, 1 missing, 0 removed, 0 failed")
	want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 9 unchanged, 1 missing, 0 removed, 0 failed")
	if n := len(graphOf(t, s, testBase+"graph/bb/1009")); n < 10 {
		t.Errorf("a missing record has %d triples", n)
	}
	rep := mustRun(t, h, "bb")
	want(t, rep, "0 new, 0 changed, 9 unchanged, 0 missing, 1 removed, 0 failed")
	tomb := graphOf(t, s, testBase+"graph/bb/1009")
	if valueOf(tomb, vocab.PROVInvalidatedAtTime) == "" || valueOf(tomb, vocab.DCTTitle) != "" {
		t.Errorf("tombstone: %v", tomb)
	}
	changes := changesOf(t, h, rep.Run)
	if len(changes) != 1 || changes[0].What != "removed" || changes[0].Title != "資料集9" {
		t.Errorf("ChangesOf(%q) = %v", rep.Run, changes)
	}
	want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 9 unchanged, 0 missing, 0 removed, 0 failed")
	m.set(200, "application/json", manifest(10, 1))
	rep = mustRun(t, h, "bb")
	want(t, rep, "1 new, 0 changed, 9 unchanged, 0 missing, 0 removed, 0 failed")
	if changes := changesOf(t, h, rep.Run); len(changes) != 1 || changes[0].What != "new" ||
		changes[0].Title != "資料集9" {
		t.Errorf("ChangesOf(%q) = %v", rep.Run, changes)
	}
}

func changesOf(t *testing.T, h *Harvester, run string) (out []history.RecordChange) {
	t.Helper()
	for c, err := range h.history.ChangesOf(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

func valueOf(triples []term.Triple, p string) string {
	for _, t := range triples {
		if t.Predicate.Value() == p {
			return t.Object.Value()
		}
	}
	return ""
}

// TestBrokenSource checks that nothing a source answers damages the catalogue.
func TestBrokenSource(t *testing.T) {
	tests := []struct {
		name        string
		status      int
		contentType string
		body        string
		rule        string
	}{
		{"404", 404, "text/html", "<html>not here</html>", "http-status"},
		{"503", 503, "text/plain", "busy", "http-status"},
		{"page instead of JSON", 200, "text/html", "<!DOCTYPE html><html>error</html>", "html"},
		{"cut JSON", 200, "application/json", manifest(10)[:300], "cut"},
		{"empty", 200, "application/json", "", "empty"},
		{"no records", 200, "application/json", `{"datasets":[]}`, "empty"},
		{"other form", 200, "application/json", `{"hello":"world"}`, "form"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openStore(t)
			m, h := newMutable(t, s)
			m.set(200, "application/json", manifest(10))
			mustRun(t, h, "bb")
			before := graphOf(t, s, testBase+"graph/bb/1009")
			m.set(tt.status, tt.contentType, tt.body)
			last := ""
			for range 5 {
				rep := mustRun(t, h, "bb")
				last = rep.Run
				if rep.Status != history.Failed || rep.OK() || rep.Missing != 0 || rep.Removed != 0 ||
					rep.New != 0 || rep.Changed != 0 {
					t.Fatalf("report: %s, status %s", rep, rep.Status)
				}
				var e *problem.Error
				if !errors.As(rep.Err, &e) || e.Rule != tt.rule || e.Remedy == "" ||
					!strings.Contains(e.Place.URL, "/export") {
					t.Fatalf("error = %v, want rule %q", rep.Err, tt.rule)
				}
			}
			if got := graphOf(t, s, testBase+"graph/bb/1009"); !slices.Equal(got, before) {
				t.Error("a record changed")
			}
			var rules []string
			for p, err := range h.history.Problems(t.Context(), last) {
				if err != nil {
					t.Fatal(err)
				}
				rules = append(rules, p.Rule)
			}
			if !slices.Contains(rules, tt.rule) {
				t.Errorf("problems in the store: %v, want %q", rules, tt.rule)
			}
			m.set(200, "application/json", manifest(10))
			want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 10 unchanged, 0 missing, 0 removed, 0 failed")
		})
	}
}

func TestHalfTheRecordsGone(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(10))
	mustRun(t, h, "bb")
	m.set(200, "application/json", manifest(5))
	mustRun(t, h, "bb")
	mustRun(t, h, "bb")
	rep := mustRun(t, h, "bb")
	want(t, rep, "0 new, 0 changed, 5 unchanged, 0 missing, 0 removed, 0 failed")
	if rep.Held != 5 || rep.Status != history.Held || rep.OK() {
		t.Fatalf("report: %s", rep)
	}
	if n := len(graphOf(t, s, testBase+"graph/bb/1009")); n < 10 {
		t.Error("a held record is gone")
	}
	got, err := h.Approve(t.Context(), rep.Run)
	if err != nil || got.Removed != 5 || got.Held != 0 {
		t.Fatalf("Approve = %v, %v", got, err)
	}
	if valueOf(graphOf(t, s, testBase+"graph/bb/1009"), vocab.PROVInvalidatedAtTime) == "" {
		t.Error("an approved removal was not made")
	}
	if _, err := h.Approve(t.Context(), rep.Run); err == nil {
		t.Error("approving twice is no error")
	}
}

func TestDryRunAndUndo(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(3))
	seq := s.Seq()
	var changes []history.RecordChange
	rep, err := h.Run(t.Context(), "bb", RunOptions{DryRun: true, Changed: func(c history.RecordChange) {
		changes = append(changes, c)
	}})
	if err != nil || rep.New != 3 || len(changes) != 3 ||
		changes[2] != (history.RecordChange{Record: testBase + "dataset/bb/1002", What: "new", Title: "資料集2"}) {
		t.Fatalf("dry run: %v, %v, changes %v", rep, err, changes)
	}
	if s.Seq() != seq {
		t.Error("a dry run wrote something")
	}
	mustRun(t, h, "bb")
	before := graphOf(t, s, testBase+"graph/bb/1001")
	m.set(200, "application/json", manifest(4, 1))
	second := mustRun(t, h, "bb")
	want(t, second, "1 new, 1 changed, 2 unchanged, 0 missing, 0 removed, 0 failed")
	if _, err := h.Undo(t.Context(), second.Run); err != nil {
		t.Fatal(err)
	}
	if got := graphOf(t, s, testBase+"graph/bb/1001"); !slices.Equal(got, before) {
		t.Error("undo did not bring the record back")
	}
	if got := graphOf(t, s, testBase+"graph/bb/1003"); len(got) != 0 {
		t.Errorf("undo left %v", got)
	}
	got, err := h.history.RunByID(t.Context(), second.Run)
	if err != nil || got.Status != history.Undone {
		t.Errorf("run after undo: %v, %v", got, err)
	}
	want(t, mustRun(t, h, "bb"), "1 new, 1 changed, 2 unchanged, 0 missing, 0 removed, 0 failed")
	runs, err := h.history.Runs(t.Context())
	if err != nil || len(runs) != 3 {
		t.Errorf("Runs = %v, %v, want 3", runs, err)
	}
}

func TestNoOverlap(t *testing.T) {
	_, h := newMutable(t, openStore(t))
	if _, err := h.begin("bb", "x", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Run(t.Context(), "bb", RunOptions{}); !errors.Is(err, ErrRunning) {
		t.Errorf("Run = %v, want ErrRunning", err)
	}
	h.end("bb")
	if _, err := h.Run(t.Context(), "nobody", RunOptions{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("Run(nobody) = %v, want ErrUnknown", err)
	}
}

func TestBadRecord(t *testing.T) {
	m, h := newMutable(t, openStore(t))
	m.set(200, "application/json", strings.Replace(manifest(3), "資料集1", "", 1))
	rep := mustRun(t, h, "bb")
	want(t, rep, "2 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 1 failed")
	var b strings.Builder
	if err := history.WriteProblems(&b, "csv", h.history.Problems(t.Context(), rep.Run)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "violation,1001,") || !strings.Contains(b.String(), "/datasets/1,title-missing") {
		t.Errorf("problems:\n%s", b.String())
	}
	b.Reset()
	if err := history.WriteProblems(&b, "json", h.history.Problems(t.Context(), rep.Run)); err != nil ||
		!strings.Contains(b.String(), `"rule":"title-missing"`) {
		t.Errorf("problems: %v\n%s", err, b.String())
	}
}

// TestDeleted checks a source that tells changes: what it says is gone goes at
// once, what it does not mention stays.
func TestDeleted(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(10))
	mustRun(t, h, "bb")
	m.set(200, "text/csv", "資料集識別碼,資料集名稱,資料集變動狀態\n1001,資料集1,刪除\n5555,新的,新增\n7777,沒見過,刪除\n")
	rep := mustRun(t, h, "bb")
	want(t, rep, "1 new, 0 changed, 0 unchanged, 0 missing, 1 removed, 0 failed")
	if !rep.Partial {
		t.Error("the run is not marked as partial")
	}
	if valueOf(graphOf(t, s, testBase+"graph/bb/1001"), vocab.PROVInvalidatedAtTime) == "" {
		t.Error("the deleted record is still there")
	}
	if len(graphOf(t, s, testBase+"graph/bb/7777")) > 0 {
		t.Error("a record that never was has a graph")
	}
}

// TestOnlyDeleted checks that a source which shows nothing but what is gone shows
// nothing, as long as nothing of it is known.
func TestOnlyDeleted(t *testing.T) {
	m, h := newMutable(t, openStore(t))
	m.set(200, "text/csv", "資料集識別碼,資料集名稱,資料集變動狀態\n1001,資料集1,刪除\n")
	if rep := mustRun(t, h, "bb"); rep.OK() || ruleOf(rep) != "empty" {
		t.Errorf("nothing but a deletion: %s", rep)
	}
	m.set(200, "application/json", manifest(3))
	mustRun(t, h, "bb")
	m.set(200, "text/csv", "資料集識別碼,資料集名稱,資料集變動狀態\n7777,沒見過,刪除\n")
	if rep := mustRun(t, h, "bb"); !rep.OK() {
		t.Errorf("a deletion of what was never seen, while others are known: %s", rep)
	}
}
