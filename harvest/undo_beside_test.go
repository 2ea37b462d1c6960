package harvest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"fincat/harvest/history"
)

// TestUndoBesideRun undoes a run while a harvest is in progress: that of another
// source goes on and is complete, that of the same source is not disturbed.
func TestUndoBesideRun(t *testing.T) {
	waiting, goOn := make(chan bool), make(chan bool)
	var slow atomic.Value
	slow.Store("")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		if r.URL.Path == slow.Load() {
			waiting <- true
			<-goOn
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, manifest(3)) // the client may have gone
	}))
	defer srv.Close()
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: "+
		"true}\nsources:\n"+
		"- {id: a, kind: datagovtw, url: '%[2]s/a', rate: 1000/s, retries: 1}\n"+
		"- {id: b, kind: datagovtw, url: '%[2]s/b', rate: 1000/s, retries: 1}\n", testBase, srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t)
	h := newHarvester(t, s, cfg)
	first := mustRun(t, h, "a")
	ended := make(chan *history.Report)
	begin := func(source string) {
		slow.Store("/" + source)
		go func() {
			rep, err := h.Run(t.Context(), source, RunOptions{})
			if err != nil {
				t.Error(err)
			}
			ended <- rep
		}()
		<-waiting
	}
	begin("a")
	if _, err := h.Undo(t.Context(), first.Run); !errors.Is(err, ErrRunning) {
		t.Errorf("undoing a run of the source that is being harvested: %v, want %v", err, ErrRunning)
	}
	goOn <- true
	if rep := <-ended; rep.Unchanged != 3 || rep.Status != history.Done {
		t.Errorf("the run beside it: %s, %s", rep.Status, rep)
	}
	begin("b")
	for _, rep := range []string{lastRun(t, h, "a"), first.Run} {
		if _, err := h.Undo(t.Context(), rep); err != nil {
			t.Errorf("undoing %s beside a run of another source: %v", rep, err)
		}
	}
	goOn <- true
	if rep := <-ended; rep.New != 3 || rep.Status != history.Done {
		t.Errorf("the run of the other source: %s, %s", rep.Status, rep)
	}
	if n := len(graphOf(t, s, testBase+"graph/a/1000")); n > 0 {
		t.Errorf("the undone record has %d statements", n)
	}
	if n := len(graphOf(t, s, testBase+"graph/b/1000")); n == 0 {
		t.Error("the record of the other source is not there")
	}
	slow.Store("")
	if rep := mustRun(t, h, "a"); rep.New != 3 {
		t.Errorf("after the undoing: %s, want all anew", rep)
	}
}

// lastRun returns the newest run of a source.
func lastRun(t *testing.T, h *Harvester, source string) string {
	t.Helper()
	runs, err := h.history.RunsOf(t.Context(), source)
	if err != nil || len(runs) == 0 {
		t.Fatalf("%d runs: %v", len(runs), err)
	}
	return runs[0].Run
}
