package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// call sends a request and decodes a JSON answer into v unless that is nil.
func call(t *testing.T, method, address string, status int, v any, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Fatalf("%s %s = %s %s, want %d", method, address, resp.Status, body, status)
	}
	if v != nil {
		if err := json.Unmarshal(body, v); err != nil {
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
		Last                                  *struct {
			Run, Status, Reason string
			New, Unchanged      int
		}
	}
}

// TestAdminRuns starts, watches, cancels and pauses harvests over HTTP.
func TestAdminRuns(t *testing.T) {
	t.Setenv(tokenEnv, "secret")
	token := []string{"Authorization", "Bearer secret"}
	gate := make(chan struct{})
	asked := make(chan struct{}, 10)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, ".json") {
			http.NotFound(w, r)
			return
		}
		if r.URL.Path == "/slow.json" {
			asked <- struct{}{}
			select {
			case <-gate:
			case <-r.Context().Done():
			}
		}
		fmt.Fprint(w, api("a", "b"))
	}))
	defer web.Close()
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
	base, _ := startServe(t, "--store", t.TempDir(), "--config", config, "--quiet")
	state := func() (s runsState) {
		call(t, "GET", base+"admin/runs", http.StatusOK, &s, token...)
		return s
	}
	for _, method := range []string{"GET /admin/runs", "POST /admin/runs/fast", "DELETE /admin/runs/fast", "PUT /admin/runs/fast/paused"} {
		verb, path, _ := strings.Cut(method, " /")
		call(t, verb, base+path, http.StatusUnauthorized, nil)
	}
	s := state()
	for until := time.Now().Add(10 * time.Second); s.Sources[0].Next.IsZero() && time.Now().Before(until); s = state() {
		time.Sleep(10 * time.Millisecond)
	}
	if len(s.Running) != 0 || len(s.Sources) != 2 || s.Sources[0].Timezone != "Asia/Taipei" || s.Sources[0].Next.UTC().Hour() != 19 || !s.Sources[1].Next.IsZero() {
		t.Errorf("state before any run = %+v", s)
	}
	call(t, "POST", base+"admin/runs/nobody", http.StatusNotFound, nil, token...)
	call(t, "POST", base+"admin/runs/fast?full=maybe", http.StatusBadRequest, nil, token...)
	call(t, "DELETE", base+"admin/runs/fast", http.StatusNotFound, nil, token...)

	var begun struct{ Source, Run string }
	resp := call(t, "POST", base+"admin/runs/slow?full=true", http.StatusAccepted, &begun, token...)
	if begun.Source != "slow" || resp.Header.Get("Location") != "https://data.example.tw/run/"+begun.Run {
		t.Errorf("a run was begun as %+v at %s", begun, resp.Header.Get("Location"))
	}
	<-asked
	call(t, "POST", base+"admin/runs/slow", http.StatusConflict, nil, token...)
	if s := state(); len(s.Running) != 1 || s.Running[0].Run != begun.Run || s.Running[0].Stage != "starting" {
		t.Errorf("state during the run = %+v", s)
	}
	call(t, "POST", base+"admin/runs/fast", http.StatusAccepted, nil, token...) // beside the other one
	call(t, "DELETE", base+"admin/runs/slow", http.StatusAccepted, nil, token...)
	last := func(i int, status string) {
		t.Helper()
		s := state()
		for until := time.Now().Add(10 * time.Second); (s.Sources[i].Last == nil || s.Sources[i].Last.Status != status) && time.Now().Before(until); s = state() {
			time.Sleep(10 * time.Millisecond)
		}
		if s.Sources[i].Last == nil || s.Sources[i].Last.Status != status {
			t.Errorf("last run of source %d = %+v, want %s", i, s.Sources[i].Last, status)
		}
	}
	last(0, "cancelled")
	last(1, "done")
	close(gate)
	call(t, "POST", base+"admin/runs/slow", http.StatusAccepted, nil, token...)
	last(0, "done")
	if s := state(); s.Sources[0].Last.New != 2 {
		t.Errorf("state after the runs = %+v", s)
	}

	call(t, "PUT", base+"admin/runs/slow/paused", http.StatusNoContent, nil, token...)
	if s := state(); !s.Sources[0].Paused || !s.Sources[0].Next.IsZero() {
		t.Errorf("paused source = %+v", s.Sources[0])
	}
	call(t, "DELETE", base+"admin/runs/slow/paused", http.StatusNoContent, nil, token...)
	s = state()
	for until := time.Now().Add(10 * time.Second); s.Sources[0].Next.IsZero() && time.Now().Before(until); s = state() {
		time.Sleep(10 * time.Millisecond)
	}
	if s.Sources[0].Paused || s.Sources[0].Next.IsZero() {
		t.Errorf("source that goes on = %+v", s.Sources[0])
	}
	call(t, "PUT", base+"admin/runs/nobody/paused", http.StatusNotFound, nil, token...)

	plain, _ := startServe(t, "--store", t.TempDir(), "--quiet")
	var problem struct{ Detail string }
	if call(t, "GET", plain+"admin/runs", http.StatusNotFound, &problem, token...); !strings.Contains(problem.Detail, "without --config") {
		t.Errorf("a server without configuration says %q", problem.Detail)
	}
}
