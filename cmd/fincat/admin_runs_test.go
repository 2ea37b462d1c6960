package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// call sends a request and decodes a JSON answer into v unless that is nil.
func call(t *testing.T, method, address string, status int, v any, header ...string) answer {
	t.Helper()
	resp, body := send(t, http.DefaultClient, method, address, nil, header...)
	if resp.StatusCode != status {
		t.Fatalf("%s %s = %s %s, want %d", method, address, resp.Status, body, status)
	}
	if v != nil {
		if err := json.Unmarshal([]byte(body), v); err != nil {
			t.Fatalf("%s %s answers %s: %v", method, address, body, err)
		}
	}
	return resp
}

// runsState is the answer of GET /admin/runs.
type runsState struct {
	Running []struct {
		Source, Run, Stage string
		Records, Documents int
		Rate               float64
	}
	Sources []struct {
		Source, Kind, Schedule, Timezone, Why string
		Paused                                bool
		Next                                  time.Time
		Running                               *struct{ Run string }
		Last                                  *struct {
			Run, Status, Reason string
			New, Unchanged      int
		}
	}
}

// TestAdminRuns starts, watches, cancels and pauses harvests over HTTP.
// runner is a server with two sources. The answer of the first waits for a gate.
type runner struct {
	t           *testing.T
	base        string
	asked, gate chan struct{}
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	withSecret(t)
	r := &runner{t: t, asked: make(chan struct{}, 10), gate: make(chan struct{})}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasSuffix(req.URL.Path, ".json") {
			http.NotFound(w, req)
			return
		}
		if req.URL.Path == "/slow.json" {
			r.asked <- struct{}{}
			select {
			case <-r.gate:
			case <-req.Context().Done():
			}
		}
		fmt.Fprint(w, api("a", "b"))
	}))
	t.Cleanup(web.Close)
	config := filepath.Join(t.TempDir(), "fincat.yaml")
	text := fmt.Sprintf(`base: https://data.example.tw/
harvest: {allow_private_addresses: true}
sources:
  - {id: slow, kind: openapi, url: '%[1]s/slow.json', rate: 1000/s, retries: 1, schedule: "0 3 * * *"}
  - {id: fast, kind: openapi, url: '%[1]s/fast.json', rate: 1000/s, retries: 1}
`, web.URL)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r.base, _ = startServe(t, "--store", t.TempDir(), "--config", config, "--quiet")
	return r
}

func (r *runner) call(method, path string, status int, v any) answer {
	r.t.Helper()
	return call(r.t, method, r.base+"admin/runs"+path, status, v, secret...)
}

func (r *runner) state() (s runsState) {
	r.t.Helper()
	r.call("GET", "", http.StatusOK, &s)
	return s
}

// until waits at most a minute for a state, and returns the last one seen.
func (r *runner) until(reached func(runsState) bool) runsState {
	r.t.Helper()
	s := r.state()
	for end := time.Now().Add(time.Minute); !reached(s) && time.Now().Before(end); s = r.state() {
		time.Sleep(10 * time.Millisecond)
	}
	return s
}

// scheduled says that the first source has a next run.
func scheduled(s runsState) bool { return !s.Sources[0].Next.IsZero() }

// last wants the last run of source i to have a status before long, and to be no longer under
// way: what comes after the history knows of its end belongs to it.
func (r *runner) last(i int, status string) {
	r.t.Helper()
	s := r.until(func(s runsState) bool {
		return s.Sources[i].Last != nil && s.Sources[i].Last.Status == status && s.Sources[i].Running == nil
	})
	if s.Sources[i].Last == nil || s.Sources[i].Last.Status != status {
		r.t.Errorf("last run of source %d = %+v, want %s", i, s.Sources[i].Last, status)
	}
}

func TestAdminRuns(t *testing.T) {
	r := newRunner(t)
	for _, method := range []string{"GET /admin/runs", "POST /admin/runs/fast", "DELETE /admin/runs/fast",
		"PUT /admin/runs/fast/paused"} {
		verb, path, _ := strings.Cut(method, " /")
		call(t, verb, r.base+path, http.StatusUnauthorized, nil)
	}
	s := r.until(scheduled)
	if len(s.Running) != 0 || len(s.Sources) != 2 || s.Sources[0].Timezone != "Asia/Taipei" ||
		s.Sources[0].Next.UTC().Hour() != 19 || !s.Sources[1].Next.IsZero() {
		t.Errorf("state before any run = %+v", s)
	}
	r.call("POST", "/nobody", http.StatusNotFound, nil)
	r.call("POST", "/fast?full=maybe", http.StatusBadRequest, nil)
	r.call("DELETE", "/fast", http.StatusNotFound, nil)

	var begun struct{ Source, Run string }
	resp := r.call("POST", "/slow?full=true", http.StatusAccepted, &begun)
	if begun.Source != "slow" || resp.Header.Get("Location") != "https://data.example.tw/run/"+begun.Run {
		t.Errorf("a run was begun as %+v at %s", begun, resp.Header.Get("Location"))
	}
	<-r.asked
	r.call("POST", "/slow", http.StatusConflict, nil)
	if s := r.state(); len(s.Running) != 1 || s.Running[0].Run != begun.Run || s.Running[0].Stage != "starting" {
		t.Errorf("state during the run = %+v", s)
	}
	r.call("POST", "/fast", http.StatusAccepted, nil) // beside the other one
	r.call("DELETE", "/slow", http.StatusAccepted, nil)
	r.last(0, "cancelled")
	r.last(1, "done")
	close(r.gate)
	r.call("POST", "/slow", http.StatusAccepted, nil)
	r.last(0, "done")
	if s := r.state(); s.Sources[0].Last.New != 2 {
		t.Errorf("state after the runs = %+v", s)
	}
}

func TestAdminPause(t *testing.T) {
	r := newRunner(t)
	r.until(scheduled)
	r.call("PUT", "/slow/paused", http.StatusNoContent, nil)
	if s := r.state(); !s.Sources[0].Paused || scheduled(s) {
		t.Errorf("paused source = %+v", s.Sources[0])
	}
	r.call("DELETE", "/slow/paused", http.StatusNoContent, nil)
	if s := r.until(scheduled); s.Sources[0].Paused || !scheduled(s) {
		t.Errorf("source that goes on = %+v", s.Sources[0])
	}
	r.call("PUT", "/nobody/paused", http.StatusNotFound, nil)
}

func TestAdminRunsWithoutConfig(t *testing.T) {
	withSecret(t)
	plain, _ := startServe(t, "--store", t.TempDir(), "--quiet")
	var problem struct{ Detail string }
	if call(t, "GET", plain+"admin/runs", http.StatusNotFound, &problem, secret...); !strings.Contains(problem.Detail,
		"without --config") {
		t.Errorf("a server without configuration says %q", problem.Detail)
	}
}
