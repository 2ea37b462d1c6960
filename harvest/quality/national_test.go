package quality

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/vocab/dcat"
)

// nationalBase is that of the store that the benchmark of harvest/feed makes.
const nationalBase = dcat.Base("https://catalog.example.tw/")

// Variables that make a test process a national round, and say how fast a host is asked.
const (
	nationalServer = "FINCAT_TEST_QUALITY_SERVER"
	nationalRate   = "FINCAT_TEST_QUALITY_RATE"
)

// answersFor answers for every host, after a time.
type answersFor struct {
	mu                 sync.Mutex
	plain, conditional int
	latency            time.Duration
}

func (a *answersFor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/robots.txt") {
		http.NotFound(w, r)
		return
	}
	time.Sleep(a.latency)
	tag := fmt.Sprintf(`"%d"`, len(r.RequestURI))
	a.mu.Lock()
	if r.Header.Get("If-None-Match") != "" {
		a.conditional++
	} else {
		a.plain++
	}
	a.mu.Unlock()
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	fmt.Fprint(w, "年月,件數\r\n")
	for i := range 40 {
		fmt.Fprintf(w, "1150%d,%d\r\n", 1+i%9, i*len(r.RequestURI))
	}
}

func (a *answersFor) counts() (plain, conditional int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	plain, conditional = a.plain, a.conditional
	a.plain, a.conditional = 0, 0
	return plain, conditional
}

// TestNationalChild is the round of checks that TestNational starts and kills.
func TestNationalChild(t *testing.T) {
	dir := os.Getenv(childStore)
	if dir == "" || os.Getenv(nationalServer) == "" {
		t.Skip("started by TestNational")
	}
	s := openStore(t, dir)
	client, err := fetch.NewClient(fetch.Options{Replay: os.Getenv(nationalServer), AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{}
	if c.Rate.Every, err = time.ParseDuration(os.Getenv(nationalRate)); err != nil {
		t.Fatal(err)
	}
	r, err := NewRunner(Options{Store: s, Base: nationalBase, Client: client, Config: c})
	if err != nil {
		t.Fatal(err)
	}
	tell(t, r, s)
}

// TestNational checks the files of the datasets of the portal, with a server on this machine
// in the place of their hosts, which takes 30 ms for an answer and is asked five times a second
// for each host. A process that is killed is gone on with; the round after
// that costs conditional requests only; the rates of the hosts bound the time of a round, and
// no process needs more than 300 MB. FINCAT_LARGE is the store that BenchmarkLarge of
// harvest/feed makes; what is found is written into it.
func TestNational(t *testing.T) {
	dir := os.Getenv("FINCAT_LARGE")
	if os.Getenv("FINCAT_CAMPAIGN") == "" || dir == "" {
		t.Skip("set FINCAT_CAMPAIGN and FINCAT_LARGE to run it")
	}
	a := &answersFor{latency: 30 * time.Millisecond}
	srv := httptest.NewServer(a)
	defer srv.Close()
	asked := 0
	round := func(stop int) *outcome {
		env := []string{childStore + "=" + dir, nationalServer + "=" + srv.URL, nationalRate + "=200ms"}
		return childRound(t, "TestNationalChild", env, func() bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			asked = a.plain + a.conditional
			return stop > 0 && asked >= stop
		})
	}
	if round(17_000) != nil {
		t.Fatal("the round ended before it was killed")
	}
	second := round(0)
	plain, cond := a.counts()
	tellRound(t, "killed and gone on", second, plain, cond)
	n, again := second.Report.Resumed+second.Report.Checked, plain-second.Report.Files
	t.Logf("%d datasets, of which %d files were asked for before the process was killed", n, again)
	third := round(0)
	plain, cond = a.counts()
	tellRound(t, "the next round", third, plain, cond)
	if cond != third.Report.Kept || third.Report.Resumed != 0 || third.Report.Checked != n {
		t.Errorf("the next round: %d with conditions and %d without, %+v", cond, plain, third.Report)
	}
	for _, o := range []*outcome{second, third} {
		if o.Peak > 300_000 {
			t.Errorf("%d MB of memory, want 300", o.Peak/1000)
		}
		if o.Report.Took > o.Plan.Takes*3/2+time.Minute {
			t.Errorf("a round takes %v, the rates of the hosts ask for %v", o.Report.Took, o.Plan.Takes)
		}
	}
}

// tellRound logs what a round cost.
func tellRound(t *testing.T, what string, o *outcome, plain, conditional int) {
	t.Helper()
	t.Logf("%s: %d resumed, %d datasets with %d files checked in %v (planned %v at %d hosts), %d kept; %d requests "+
		"without and %d with conditions; %d MB; processor %v; %v", what, o.Report.Resumed, o.Report.Checked,
		o.Report.Files, o.Report.Took, o.Plan.Takes, o.Plan.Hosts, o.Report.Kept, plain, conditional, o.Peak/1000,
		o.CPU, o.Report.Badges)
}
