package history

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const testBase dcat.Base = "https://data.example.tw/"

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// record writes a run with the problems it found.
func record(t *testing.T, s *store.Store, h *History, rep *Report, kept []string, found ...problem.Problem) {
	t.Helper()
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	log := h.ProblemLog(rep.Source, rep.Run)
	for _, p := range found {
		log.Add(p)
	}
	if err := log.Settle(t.Context(), tx, kept, Reach{}); err != nil {
		t.Fatal(err)
	}
	for name, quads := range h.Graph(rep) {
		if err := tx.ReplaceGraph(t.Context(), name, quads); err != nil {
			t.Fatal(err)
		}
	}
	tx.Note(rep.Note(StepResult))
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestReportRoundTrip(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	want := Report{
		Run: "20260301T120000-bb", Source: "bb", Start: noon.Add(123 * time.Millisecond), End: noon.Add(time.Minute),
		Status: Failed, Reason: "it broke", Partial: true, Mark: "page 7", Process: "process 1 on a",
		New: 1, Changed: 2, Unchanged: 3, Renamed: 4, Missing: 5, Removed: 6, Failed: 7, Held: 8, Found: 9,
		Full: true, Fetched: []string{"https://e.tw/1"},
	}
	record(t, s, h, &want, nil)
	got, err := h.RunByID(t.Context(), want.Run)
	if err != nil || got.Err == nil || got.Err.Error() != want.Reason {
		t.Fatalf("RunByID = %+v, %v, want the reason as its error", got, err)
	}
	got.Err = nil
	if a, b := fmt.Sprintf("%+v", *got), fmt.Sprintf("%+v", want); a != b {
		t.Errorf("RunByID = %s\nwant %s", a, b)
	}
	running := Report{
		Run: "20260301T130000-bb", Source: "bb", Start: noon, Status: Running,
		Heartbeat: noon.Add(time.Minute), Stage: Settling, Records: 77,
	}
	record(t, s, h, &running, nil)
	h = New(Options{Store: s, Base: testBase, Running: func() []string { return []string{running.Run} }})
	if got, err = h.RunByID(t.Context(), running.Run); err != nil {
		t.Fatal(err)
	}
	if a, b := fmt.Sprintf("%+v", *got), fmt.Sprintf("%+v", running); a != b {
		t.Errorf("RunByID = %s\nwant %s", a, b)
	}
	if _, err := h.RunByID(t.Context(), "20260301T140000-bb"); !errors.Is(err, ErrUnknown) {
		t.Errorf("RunByID of an unknown run = %v, want ErrUnknown", err)
	}
}

// TestRunGraph asserts what the graph of a run says of it to others.
func TestRunGraph(t *testing.T) {
	h := New(Options{Store: openStore(t), Base: testBase})
	const id = "20260301T120000-bb"
	run := term.NewIRI(testBase.Run(id))
	quads := h.Graph(&Report{Run: id, Source: "bb", Start: noon, Status: Done})[term.NewIRI(testBase.RunGraph(id))]
	for p, o := range map[string]term.Term{
		vocab.RDFType: term.NewIRI(vocab.PROVActivity), vocab.DCTIdentifier: term.NewString(id),
	} {
		if !slices.ContainsFunc(quads, func(q term.Quad) bool {
			return q.Subject == run && q.Predicate.Value() == p && q.Object == o
		}) {
			t.Errorf("the graph of a run does not say %s %v", p, o)
		}
	}
}

// TestInterruption asserts what is said of a run whose process is gone.
func TestInterruption(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	seen := &Report{Run: "20260301T120000-bb", Source: "bb", Start: noon, Status: Running, Process: "process 7 on a",
		Heartbeat: noon.Add(time.Minute), Stage: Settling, Records: 77}
	begun := &Report{Run: "20260301T130000-bb", Source: "bb", Start: noon, Status: Running}
	for rep, want := range map[*Report][]string{
		seen: {"process 7 on a ended before the run did", "2026-03-01T12:01:00Z", string(Settling),
			"after 77 records"},
		begun: {"its process ended before the run did", "last seen when it started", "the next one goes on"},
	} {
		record(t, s, h, rep, nil)
		got, err := h.RunByID(t.Context(), rep.Run)
		if err != nil || got.Status != Interrupted {
			t.Fatalf("RunByID = %+v, %v, want it interrupted", got, err)
		}
		for _, w := range want {
			if !strings.Contains(got.Reason, w) {
				t.Errorf("the reason is %q, want %q in it", got.Reason, w)
			}
		}
	}
}

// TestFetchedAreBounded checks that a run's graph names the first addresses only.
func TestFetchedAreBounded(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	rep := &Report{Run: "20260301T120000-bb", Source: "bb", Start: noon, Status: Done}
	for i := range maxUsed + 1 {
		rep.Fetched = append(rep.Fetched, fmt.Sprintf("https://e.tw/%d", i))
	}
	record(t, s, h, rep, nil)
	got, err := h.RunByID(t.Context(), rep.Run)
	if err != nil || len(got.Fetched) != maxUsed || slices.Contains(got.Fetched, rep.Fetched[maxUsed]) {
		t.Errorf("%d addresses, %v, want the first %d", len(got.Fetched), err, maxUsed)
	}
}

// A run may begin or end between the moment in which a reader looks at the
// store and that in which it asks which runs are being made.
func TestRunsThatBeginAndEndMeanwhile(t *testing.T) {
	s := openStore(t)
	rep := &Report{Run: "20260301T120000-bb", Source: "bb", Start: noon, Status: Running}
	record(t, s, New(Options{Store: s, Base: testBase}), rep, nil)
	for _, tt := range []struct {
		name          string
		before, after bool // it is made before and after the snapshot was taken
		want          Status
	}{
		{"goes on", true, true, Running},
		{"ends", true, false, Running},
		{"begins", false, true, Running},
		{"its process is gone", false, false, Interrupted},
	} {
		asked := 0
		h := New(Options{Store: s, Base: testBase, Running: func() []string {
			if asked++; asked == 1 && tt.before || asked > 1 && tt.after {
				return []string{rep.Run}
			}
			return nil
		}})
		runs, err := h.Runs(t.Context())
		if err != nil || len(runs) != 1 || runs[0].Status != tt.want {
			t.Errorf("a run that %s: Runs = %v, %v, want it %s", tt.name, runs, err, tt.want)
		}
	}
}

func TestRunsAreSorted(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	if runs, err := h.Runs(t.Context()); err != nil || len(runs) != 0 {
		t.Errorf("Runs of an empty store = %v, %v, want none", runs, err)
	}
	if last, err := h.LastRun(t.Context(), "bb"); err != nil || last != nil {
		t.Errorf("LastRun of an empty store = %v, %v, want none", last, err)
	}
	var want []string
	for i, id := range []string{"bb", "aa", "bb"} {
		rep := &Report{Source: id, Start: noon.Add(time.Duration(i/2) * time.Hour), Status: Done}
		var err error
		if rep.Run, err = h.NewID(id, rep.Start); err != nil {
			t.Fatal(err)
		}
		record(t, s, h, rep, nil)
		want = append(want, rep.Run)
	}
	record(t, s, h, &Report{Run: "20260301T140000-bb", Source: "bb", Start: noon.Add(2 * time.Hour),
		Status: Running}, nil)
	ids := func(runs []*Report, err error) (out []string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			out = append(out, r.Run)
		}
		return out
	}
	if got, want := ids(h.Runs(t.Context())), []string{"20260301T140000-bb", want[2], want[0],
		want[1]}; !slices.Equal(got, want) {
		t.Errorf("Runs = %v, want %v", got, want)
	}
	if got, want := ids(h.RunsOf(t.Context(), "aa")), want[1:2]; !slices.Equal(got, want) {
		t.Errorf("RunsOf = %v, want %v", got, want)
	}
	if got := ids(h.Recorded(t.Context(), Running)); !slices.Equal(got, []string{"20260301T140000-bb"}) {
		t.Errorf("Recorded = %v, want the last one", got)
	}
	if last, err := h.LastRun(t.Context(), "aa"); err != nil || last.Run != want[1] {
		t.Errorf("LastRun = %v, %v, want %s", last, err, want[1])
	}
}

// TestNewID checks that identifiers of runs sort by time, also those of more
// than a thousand runs in one second.
func TestNewID(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	taken := map[term.Term][]term.Quad{}
	var ids []string
	note := func(id string) {
		for name, quads := range h.Graph(&Report{Run: id, Source: "bb", Start: noon, Status: Done}) {
			taken[name] = quads
		}
		ids = append(ids, id)
	}
	note("20260301T120000-bb")
	for n := 1; n < 1000; n++ {
		note(fmt.Sprintf("20260301T120000.%03d-bb", n))
	}
	if _, err := s.Commit(t.Context(), store.Change{Replace: taken}); err != nil {
		t.Fatal(err)
	}
	got, err := h.NewID("bb", noon)
	if want := "20260301T120001-bb"; err != nil || got != want {
		t.Errorf("NewID = %q, %v, want %q", got, err, want)
	}
	if got, err := h.NewID("aa", noon); err != nil || got != "20260301T120000-aa" {
		t.Errorf("NewID = %q, %v, want that of the second", got, err)
	}
	if !slices.IsSorted(append(ids, got)) {
		t.Error("the identifiers do not sort by time")
	}
}

// TestNewIDWithinASecond asserts that further runs of a source get a fraction.
func TestNewIDWithinASecond(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	for _, want := range []string{"20260301T120000-bb", "20260301T120000.001-bb", "20260301T120000.002-bb"} {
		got, err := h.NewID("bb", noon)
		if err != nil || got != want {
			t.Fatalf("NewID = %q, %v, want %q", got, err, want)
		}
		record(t, s, h, &Report{Run: got, Source: "bb", Start: noon, Status: Done}, nil)
	}
}

func flaw(n int) problem.Problem {
	return problem.Problem{
		Severity: problem.Warning, Record: fmt.Sprint(n), Rule: "title-missing", Value: "v", Message: "no title",
		Remedy: "give one", Place: problem.Place{URL: "https://e.tw/x", Locator: fmt.Sprintf("/%d", n)},
	}
}

// TestProblemsOfRuns checks from which run on and up to which a problem counts,
// and that those of runs that are forgotten go.
func TestProblemsOfRuns(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	runs := []string{"20260301T000000-bb", "20260302T000000-bb", "20260303T000000-bb", "20260304T000000-bb"}
	for i, found := range [][]problem.Problem{{flaw(1), flaw(1)}, {flaw(1), flaw(2)}, {flaw(2)}, {}} {
		rep := &Report{Run: runs[i], Source: "bb", Start: noon, Status: Done}
		record(t, s, h, rep, runs[:i], found...)
	}
	records := func(run string) (out []string) {
		t.Helper()
		for p, err := range h.Problems(t.Context(), run) {
			if err != nil {
				t.Fatal(err)
			}
			if n := p.Record; p.Problem != flaw(int(n[0]-'0')) || p.Run != run || p.Source != "bb" {
				t.Errorf("problem of %s is %+v", run, p)
			}
			out = append(out, p.Record)
		}
		slices.Sort(out)
		return out
	}
	for i, want := range [][]string{{"1"}, {"1", "2"}, {"2"}, nil} {
		if got := records(runs[i]); !slices.Equal(got, want) {
			t.Errorf("run %d has the problems %v, want %v", i, got, want)
		}
	}
	// Only the second of those runs is kept: what it found stays.
	last := "20260305T000000-bb"
	record(t, s, h, &Report{Run: last, Source: "bb", Start: noon, Status: Done}, runs[1:2], flaw(3))
	if got, want := records(runs[1]), []string{"1", "2"}; !slices.Equal(got, want) {
		t.Errorf("the run that is kept has the problems %v, want %v", got, want)
	}
	// Nothing older is kept: what the older ones found goes.
	newest := "20260306T000000-bb"
	record(t, s, h, &Report{Run: newest, Source: "bb", Start: noon, Status: Done}, []string{last}, flaw(3))
	if got := records(runs[1]); len(got) != 0 {
		t.Errorf("problems %v of forgotten runs are left", got)
	}
	for _, run := range []string{last, newest} {
		if got, want := records(run), []string{"3"}; !slices.Equal(got, want) {
			t.Errorf("run %s has the problems %v, want %v", run, got, want)
		}
	}
}

// TestProblemsEndWithTheirReader asserts that who has seen enough gets no more, and that
// what goes wrong is said.
func TestProblemsEndWithTheirReader(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	const run = "20260301T000000-bb"
	again := flaw(3)
	again.Again = "2026-03-02"
	record(t, s, h, &Report{Run: run, Source: "bb", Start: noon, Status: Done}, nil, flaw(1), flaw(2), again)
	n := 0
	for _, err := range h.Problems(t.Context(), run) {
		if n++; err != nil || n > 1 {
			t.Fatalf("problem %d, %v after the reader had enough", n, err)
		}
		break
	}
	dates := ""
	for p, err := range h.Problems(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		dates += p.Again
	}
	if dates != again.Again {
		t.Errorf("asked for again: %q, want %q", dates, again.Again)
	}
	for _, err := range h.Problems(t.Context(), "20260301T000001-bb") {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("problems of an unknown run: %v", err)
		}
		n++
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range h.Problems(ctx, run) {
		last = err
	}
	if !errors.Is(last, context.Canceled) || n != 2 {
		t.Errorf("problems when cancelled: %v", last)
	}
}

// TestWriteProblems asserts both forms of some problems, and that an error among them
// comes out after what was written before it.
func TestWriteProblems(t *testing.T) {
	found := func(yield func(Found, error) bool) {
		for n := 1; n <= 2; n++ {
			if !yield(Found{"bb", "run1", flaw(n)}, nil) {
				return
			}
		}
	}
	var b strings.Builder
	if err := WriteProblems(&b, "json", found); err != nil {
		t.Fatal(err)
	}
	var got []Found
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil || len(got) != 2 || got[1].Record != "2" ||
		got[1].Run != "run1" {
		t.Errorf("as JSON %q: %+v, %v", b.String(), got, err)
	}
	b.Reset()
	if err := WriteProblems(&b, "csv", found); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	want := []string{"warning", "2", "https://e.tw/x#/2", "title-missing", "v", "no title", "give one", "bb", "run1",
		"https://e.tw/x", "/2"}
	if err != nil || len(rows) != 3 || !slices.Equal(rows[2], want) {
		t.Errorf("as CSV %q, %v, want %q", rows, err, want)
	}
	broken := errors.New("out of paper")
	for _, format := range []string{"json", "csv"} {
		b.Reset()
		err := WriteProblems(&b, format, func(yield func(Found, error) bool) {
			_ = yield(Found{"bb", "run1", flaw(1)}, nil) && yield(Found{}, broken)
		})
		if !errors.Is(err, broken) || !strings.Contains(b.String(), "title-missing") {
			t.Errorf("as %s: %v after %q", format, err, b.String())
		}
		if err := WriteProblems(full{broken}, format, found); !errors.Is(err, broken) {
			t.Errorf("as %s to a full disk: %v", format, err)
		}
		if err := WriteProblems(full{broken}, format, func(func(Found, error) bool) {}); !errors.Is(err, broken) {
			t.Errorf("none as %s to a full disk: %v", format, err)
		}
	}
}

// full is a disk that takes nothing.
type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

func TestFoundByAny(t *testing.T) {
	for _, tt := range []struct {
		runs         []string
		since, until string
		want         bool
	}{
		{nil, "1", "3", false},
		{[]string{"1"}, "1", "3", true}, // the run that found it first
		{[]string{"2"}, "1", "3", true},
		{[]string{"3"}, "1", "3", false}, // the run that no longer did
		{[]string{"0", "4"}, "1", "3", false},
	} {
		if got := foundByAny(tt.runs, tt.since, tt.until); got != tt.want {
			t.Errorf("foundByAny(%q, %q, %q) = %v, want %v", tt.runs, tt.since, tt.until, got, tt.want)
		}
	}
}

// TestWriteNoProblems checks the empty set in both forms.
func TestWriteNoProblems(t *testing.T) {
	none := func(func(Found, error) bool) {}
	for format, want := range map[string]string{
		"json": "[]\n", "csv": "severity,record,place,rule,value,message,remedy,source,run,url,locator\n",
	} {
		var b strings.Builder
		if err := WriteProblems(&b, format, none); err != nil || b.String() != want {
			t.Errorf("WriteProblems as %s = %q, %v, want %q", format, b.String(), err, want)
		}
	}
}

// TestCommitOf looks for the commits of runs at both ends of a log that is
// longer than one step back.
func TestCommitOf(t *testing.T) {
	s := openStore(t)
	h := New(Options{Store: s, Base: testBase})
	for i := range 40 {
		note := store.Note{Run: fmt.Sprintf("run%02d", i), Source: "bb"}
		for _, step := range []string{StepStart, StepResult} {
			note.Step = step
			q := term.Quad{
				Subject: term.NewIRI("https://e.tw/s"), Predicate: term.NewIRI("https://e.tw/p"),
				Object: term.NewString(fmt.Sprint(i, step)),
			}
			if _, err := s.Commit(t.Context(), store.Change{Add: []term.Quad{q}, Note: note}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 40 {
		got, err := h.CommitOf(t.Context(), fmt.Sprintf("run%02d", i))
		if want := uint64(2*i + 2); err != nil || got != want {
			t.Errorf("CommitOf(run%02d) = %d, %v, want %d", i, got, err, want)
		}
	}
	if got, err := h.CommitOf(t.Context(), "run99"); err == nil {
		t.Errorf("CommitOf(run99) = %d, want an error", got)
	}
}
