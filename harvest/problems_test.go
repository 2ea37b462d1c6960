package harvest

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/term"
)

// untitled is manifest without the titles of some datasets.
func untitled(n int, without ...int) string {
	m := manifest(n)
	for _, i := range without {
		m = strings.Replace(m, fmt.Sprintf("資料集%d\"", i), "\"", 1)
	}
	return m
}

// problemsOf returns the records of a run's problems with a rule, sorted.
func problemsOf(t *testing.T, h *Harvester, run, rule string) (out []string) {
	t.Helper()
	for p, err := range h.history.Problems(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Run != run || p.Source != "bb" {
			t.Errorf("a problem of run %s says that it is of %s, source %s", run, p.Run, p.Source)
		}
		if p.Rule == rule {
			out = append(out, p.Record)
		}
	}
	slices.Sort(out)
	return out
}

// TestProblemsOfEveryRun checks that the problems of each run that is kept can
// be told, and that those which stay are written once.
func TestProblemsOfEveryRun(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	h.config.Harvest.KeepRuns, h.config.Harvest.KeepHistory = 4, 1
	broken := [][]int{{1, 2}, {2, 3}, {2, 3}, {}, {2}, {2, 4}}
	var runs []*history.Report
	for _, b := range broken {
		m.set(200, "application/json", untitled(5, b...))
		runs = append(runs, mustRun(t, h, "bb"))
	}
	if kept, err := h.history.Runs(t.Context()); err != nil || len(kept) != 4 {
		t.Errorf("%d runs are kept, %v, want 4", len(kept), err)
	}
	for i, rep := range runs {
		want := []string(nil)
		for _, n := range broken[i] {
			want = append(want, fmt.Sprint(1000+n))
		}
		if rep.Found < len(want) || rep.Failed != len(want) {
			t.Errorf("run %d: %s, %d problems", i, rep, rep.Found)
		}
		if i < 2 { // forgotten
			failing(t, "problems of a forgotten run", func() error {
				for _, err := range h.history.Problems(t.Context(), rep.Run) {
					return err
				}
				return nil
			}, "not found")
			continue
		}
		if got := problemsOf(t, h, rep.Run, "title-missing"); !slices.Equal(got, want) {
			t.Errorf("problems of run %d are of %v, want %v", i, got, want)
		}
	}
	found := func() (n int) {
		for _, tr := range graphOf(t, s, testBase+"graph/problems/bb") {
			if tr.Predicate.Value() == vocab.FincatRule && tr.Object.Value() == "title-missing" {
				n++
			}
		}
		return n
	}
	if n := found(); n != 4 { // 2 and 3 up to the third run, 2 from the fifth on, 4
		t.Errorf("%d problems are in the store, want 4", n)
	}
	before := graphOf(t, s, testBase+"graph/problems/bb")
	again := mustRun(t, h, "bb")
	if got := problemsOf(t, h, again.Run, "title-missing"); !slices.Equal(got, []string{"1002", "1004"}) {
		t.Errorf("problems of the same source again: %v", got)
	}
	after := graphOf(t, s, testBase+"graph/problems/bb")
	if left := slices.DeleteFunc(after, func(tr term.Triple) bool { return slices.Contains(before, tr) }); len(
		left) > 0 {
		t.Errorf("problems that stay were written again: %v", left)
	}
	if _, err := h.Undo(t.Context(), again.Run); err != nil {
		t.Errorf("undo of a run that forgot another = %v", err)
	}
	if got := problemsOf(t, h, runs[5].Run, "title-missing"); !slices.Equal(got, []string{"1002", "1004"}) {
		t.Errorf("problems of the run before the undone one: %v", got)
	}
}

// TestKeptRuns checks that the newest run that gathered everything stays,
// however many came after it.
func TestKeptRuns(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	now := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	h.now = func() time.Time { return now }
	h.config.Harvest.KeepRuns = 3
	m.set(200, "application/json", manifest(3))
	first := mustRun(t, h, "bb")
	now = now.Add(time.Hour)
	good := mustRun(t, h, "bb")
	m.set(503, "text/plain", "busy")
	for range 10 {
		now = now.Add(time.Hour)
		mustRun(t, h, "bb")
	}
	count := func() int {
		runs, err := h.history.Runs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(runs)
	}
	if n := count(); n != 12 {
		t.Errorf("%d runs are kept of the last hours, want 12", n)
	}
	now = now.Add(60 * 24 * time.Hour)
	mustRun(t, h, "bb")
	if n := count(); n != 4 {
		t.Errorf("after two months %d runs are kept, want 3 and the good one", n)
	}
	if _, err := h.history.RunByID(t.Context(), good.Run); err != nil {
		t.Errorf("the newest good run is forgotten: %v", err)
	}
	failing(t, "a forgotten run", func() error { _, err := h.history.RunByID(t.Context(), first.Run); return err },
		"not found")
}

// TestManyProblems checks that no problem of a run is lost, and that each has all
// its fields in both forms.
func TestManyProblems(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	const n = 6144 // more than are written at once
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	var b strings.Builder
	b.WriteString(`{"datasets":[{"id":"1","name":"good","urls":["https://e.tw/"]}`)
	for i := range n {
		fmt.Fprintf(&b, "\n,{\"id\":\"x%d\",\"name\":\"\",\"urls\":[\"https://e.tw/%d\"]}", i, i)
	}
	m.set(200, "application/json", b.String()+"]}")
	rep := mustRun(t, h, "bb")
	if rep.Failed != n || rep.Found < n || len(rep.Problems) != shownProblems {
		t.Fatalf("%s; %d problems, %d at hand", rep, rep.Found, len(rep.Problems))
	}
	var text strings.Builder
	if err := history.WriteProblems(&text, "csv", h.history.Problems(t.Context(), rep.Run)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]bool{}
	for _, row := range rows[1:] {
		if row[3] == "title-missing" {
			records[row[1]] = true
			if row[0] != "violation" || row[5] == "" || row[6] == "" || row[7] != "bb" || row[8] != rep.Run ||
				!strings.HasSuffix(row[9], "/export") || !strings.HasPrefix(row[10], "/datasets/") ||
				row[2] != row[9]+"#"+row[10] {
				t.Fatalf("row %q", row)
			}
		}
	}
	if len(records) != n || len(rows) != rep.Found+1 {
		t.Errorf("%d records in %d rows, want %d in %d", len(records), len(rows), n, rep.Found+1)
	}
	text.Reset()
	if err := history.WriteProblems(&text, "json", h.history.Problems(t.Context(), rep.Run)); err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Severity, Record, Rule, Value, Message, Remedy, Source, Run string
		Place                                                       problem.Place
	}
	if err := json.Unmarshal([]byte(text.String()), &list); err != nil || len(list) != rep.Found ||
		list[0].Place.URL == "" || list[0].Remedy == "" || list[0].Run != rep.Run {
		t.Errorf("JSON: %v, %d problems, first %+v", err, len(list), list[0])
	}
}
