package harvest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/history"
	"fincat/vocab"
)

// portal is a CKAN portal whose requests a test sees and holds up.
type portal struct {
	*httptest.Server
	mu      sync.Mutex
	n       int                                   // datasets
	fail    bool                                  // counts one more than it sends
	asked   []int                                 // pages, by the number of their first dataset
	hold    func(ctx context.Context, start int)  // called before a page is sent
	ids     func(i int) string                    // default "id-0001"
	dataset func(i int) (title, file, url string) // default: by number
}

func newPortal(t *testing.T, n int) *portal {
	p := &portal{n: n, hold: func(context.Context, int) {}}
	p.ids = func(i int) string { return fmt.Sprintf("id-%05d", i) }
	p.dataset = func(i int) (string, string, string) {
		return fmt.Sprintf("資料集%d", i), fmt.Sprintf("檔案%d", i), fmt.Sprintf("https://files.example.tw/%d.csv", i)
	}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/3/action/package_search" {
		http.NotFound(w, r)
		return
	}
	start, _ := strconv.Atoi(r.URL.Query().Get("start")) // 0 when it is missing
	p.mu.Lock()
	p.asked = append(p.asked, start)
	hold, n := p.hold, p.n
	p.mu.Unlock()
	hold(r.Context(), start)
	var results []string
	p.mu.Lock()
	for i := start; i < min(start+100, n); i++ {
		title, file, url := p.dataset(i)
		results = append(results,
			fmt.Sprintf(`{"id":%q,"name":"n%s","title":%q,"state":"active","notes":"%s之說明","resources":[{"name":%q,"url":%q,"format":"CSV"}]}`, p.ids(i), p.ids(i), title, title, file, url))
	}
	p.mu.Unlock()
	if p.fail {
		n++
	}
	fmt.Fprintf(w, `{"success":true,"result":{"count":%d,"results":[%s]}}`, n, strings.Join(results, ","))
}

// pages returns the pages asked for since the last call.
func (p *portal) pages() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.asked
	p.asked = nil
	return out
}

func (p *portal) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// config returns a configuration with the portal as source bb; settings are
// further lines of harvest:.
func (p *portal) config(t *testing.T, settings string) Config {
	t.Helper()
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: "+
		"true%s}\nsources: [{id: bb, kind: ckan, url: '%s', rate: 1000/s, retries: 1, full_every: 1ns}]\n", testBase,
		settings, p.URL)))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// holdAt makes the portal wait at a page; reached is closed when somebody asks
// for it, release lets it go on.
func (p *portal) holdAt(at int) (reached <-chan struct{}, release func()) {
	there, gone := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p.set(func() {
		p.hold = func(ctx context.Context, start int) {
			if start == at {
				once.Do(func() { close(there) })
				select {
				case <-gone:
				case <-ctx.Done():
				}
			}
		}
	})
	return there, sync.OnceFunc(func() { close(gone); p.set(func() { p.hold = func(context.Context, int) {} }) })
}

func TestHeartbeat(t *testing.T) {
	p, s := newPortal(t, 250), openStore(t)
	h, err := New(Options{Store: s, Config: p.config(t, ""), Heartbeat: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	reached, release := p.holdAt(200)
	defer release()
	var lines []string
	done := make(chan *history.Report)
	go func() {
		rep, err := h.Run(t.Context(), "bb",
			RunOptions{Progress: func(p Progress) { lines = append(lines, fmt.Sprint(p.Stage, p.Records)) }})
		if err != nil {
			t.Error(err)
		}
		done <- rep
	}()
	<-reached
	running := h.Running()
	if len(running) != 1 || running[0].Source != "bb" || running[0].Stage != history.Gathering ||
		running[0].Records < 199 || running[0].Documents != 2 || running[0].Rate <= 0 {
		t.Fatalf("Running() = %+v", running)
	}
	var rep *history.Report
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if rep, err = h.history.RunByID(t.Context(), running[0].Run); err == nil && rep.Records >= 199 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil || rep.Status != history.Running || rep.Heartbeat.IsZero() || rep.Stage != history.Gathering ||
		rep.Records < 199 || !strings.Contains(rep.Process, "process ") {
		t.Errorf("the run in the store = %+v, %v", rep, err)
	}
	if _, err := h.Run(t.Context(), "bb", RunOptions{}); !errors.Is(err, ErrRunning) {
		t.Errorf("a second run of the source = %v, want ErrRunning", err)
	}
	release()
	rep = <-done
	want(t, rep, "250 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed")
	if len(h.Running()) != 0 {
		t.Errorf("Running() after the run = %v", h.Running())
	}
	for _, l := range []string{"gathering100", "gathering200", "settling250", "committing250"} {
		if !slices.Contains(lines, l) {
			t.Errorf("progress %v lacks %s", lines, l)
		}
	}
	time.Sleep(20 * time.Millisecond) // a heartbeat too many would come now
	graph := graphOf(t, s, testBase+"graph/run/"+rep.Run)
	if valueOf(graph, vocab.FincatStatus) != "done" || valueOf(graph, vocab.FincatHeartbeat) != "" ||
		valueOf(graph, vocab.FincatProcess) == "" {
		t.Errorf("the run's graph afterwards: %v", graph)
	}
}

func TestCancel(t *testing.T) {
	p, s := newPortal(t, 250), openStore(t)
	h := newHarvester(t, s, p.config(t, ""))
	if err := h.Cancel("bb"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Cancel without a run = %v, want ErrUnknown", err)
	}
	reached, release := p.holdAt(200)
	defer release()
	done := make(chan *history.Report)
	go func() { done <- mustRun(t, h, "bb") }()
	<-reached
	if err := h.Cancel("bb"); err != nil {
		t.Fatal(err)
	}
	rep := <-done
	if rep.Status != history.Cancelled || rep.OK() || !strings.Contains(rep.Reason, "on request") {
		t.Errorf("report = %+v", rep)
	}
	if kept, err := h.history.RunByID(t.Context(), rep.Run); err != nil || kept.Status != history.Cancelled ||
		kept.End.IsZero() {
		t.Errorf("the run in the store = %+v, %v", kept, err)
	}
	if g := graphOf(t, s, testBase+"graph/bb/id-00001"); len(g) > 0 {
		t.Errorf("a cancelled run wrote %v", g)
	}
	release()
	want(t, mustRun(t, h, "bb"), "250 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed")
}

// TestResumedRun stops a run half way, as a server that shuts down does: the
// next one does not ask again for what was fetched.
func TestResumedRun(t *testing.T) {
	tests := []struct {
		name, settings string
		wait           time.Duration
		want           []int
	}{
		{"at once", "", 0, []int{200}},
		{"too late", "", 2 * time.Hour, []int{0, 100, 200}},
		{"shorter", ", resume_within: 1m", 2 * time.Minute, []int{0, 100, 200}},
		{"never", ", resume_within: 0s", 0, []int{0, 100, 200}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, s := newPortal(t, 250), openStore(t)
			now := time.Now()
			start := func() *Harvester {
				h, err := New(Options{Store: s, Config: p.config(t, tt.settings+", responses_dir: "+t.TempDir()),
					Now: func() time.Time { return now }})
				if err != nil {
					t.Fatal(err)
				}
				return h
			}
			h := start()
			reached, release := p.holdAt(200)
			defer release()
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { _, err := h.Run(ctx, "bb", RunOptions{}); done <- err }()
			<-reached
			stop()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("a stopped run ended with %v", err)
			}
			if runs, err := h.history.Runs(t.Context()); err != nil || len(runs) != 1 ||
				runs[0].Status != history.Interrupted {
				t.Errorf("runs = %v, %v", runs, err)
			}
			release()
			p.pages()
			now = now.Add(tt.wait)
			want(t, mustRun(t, h, "bb"), "250 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed")
			if got := p.pages(); !slices.Equal(got, tt.want) {
				t.Errorf("after the interruption pages %v were fetched, want %v", got, tt.want)
			}
			want(t, mustRun(t, h, "bb"), "0 new, 0 changed, 250 unchanged, 0 missing, 0 removed, 0 failed")
			if got := p.pages(); !slices.Equal(got, []int{0, 100, 200}) {
				t.Errorf("after a complete run pages %v were fetched, want all", got)
			}
		})
	}
}

// TestInterruptedRun checks that runs of a process that is gone are told as
// interrupted by whoever reads them, and that a harvester records it with its
// first run, not before.
func TestInterruptedRun(t *testing.T) {
	s := openStore(t)
	m, h := newMutable(t, s)
	m.set(200, "application/json", manifest(1))
	seen := time.Date(2026, 1, 1, 3, 4, 5, 0, time.UTC)
	const process = "process 12 on a.example.tw"
	for _, rep := range []*history.Report{
		{Run: "20260101T000000-bb", Source: "bb", Status: history.Running, Process: process},
		{
			Run: "20260101T000001-bb", Source: "bb", Status: history.Running, Process: process,
			Heartbeat: seen, Stage: history.Gathering, Records: 345,
		},
	} {
		rep.Start = seen
		if err := h.prepare(t.Context(), rep); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when string, ended bool) {
		t.Helper()
		runs, err := history.New(history.Options{Store: s, Base: testBase}).RunsOf(t.Context(), "bb")
		if err != nil || len(runs) < 2 {
			t.Fatalf("RunsOf = %v, %v", runs, err)
		}
		for i, want := range []string{
			process + " ended before the run did; it was last seen at 2026-01-01T03:04:05Z, gathering after 345 " +
				"records;",
			"it was last seen when it started;",
		} {
			got := runs[len(runs)-2+i]
			if got.Status != history.Interrupted || !strings.Contains(got.Reason, want) || got.End.IsZero() == ended {
				t.Errorf("%s: run = %+v, want the reason %q, ended %v", when, got, want, ended)
			}
		}
	}
	seq := s.Seq()
	h = newHarvester(t, s, h.config)
	if _, err := h.Run(t.Context(), "bb", RunOptions{DryRun: true}); err != nil {
		t.Fatal(err)
	}
	check("before the first run", false)
	if s.Seq() != seq {
		t.Errorf("%d commits by making a harvester and by a dry run, want none", s.Seq()-seq)
	}
	mustRun(t, h, "bb")
	check("after the first run", true)
	seq = s.Seq()
	if err := h.EndInterrupted(t.Context()); err != nil || s.Seq() != seq {
		t.Errorf("EndInterrupted = %v after %d commits, want nothing left to do", err, s.Seq()-seq)
	}
}

// TestRunIDs checks that runs sort by time, also many within a second.
func TestRunIDs(t *testing.T) {
	s := openStore(t)
	now := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	m, h := newMutable(t, s)
	h.now = func() time.Time { return now }
	m.set(200, "application/json", manifest(1))
	var ids []string
	for i := range 15 {
		if i == 13 {
			now = now.Add(time.Second)
		}
		ids = append(ids, mustRun(t, h, "bb").Run)
	}
	if ids[0] != "20260301T030000-bb" || ids[1] != "20260301T030000.001-bb" || ids[13] != "20260301T030001-bb" ||
		!slices.IsSorted(ids) {
		t.Errorf("identifiers are %v", ids)
	}
	runs, err := h.history.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(runs)
	for i, r := range runs {
		if r.Run != ids[i] {
			t.Errorf("run %d is %s, want %s", i, r.Run, ids[i])
		}
	}
}
