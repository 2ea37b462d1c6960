package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fincat/harvest/link"
	"fincat/store"
)

// TestHarvestDerives asks that whatever follows the commit log is up to date
// when a command that commits has ended.
func TestHarvestDerives(t *testing.T) {
	src := newSources(t)
	src.set("/api.json", api("one", "two"))
	dir, config := filepath.Join(t.TempDir(), "store"), src.configure(t, "api")
	upToDate := func(after string) {
		t.Helper()
		s, err := store.Open(t.Context(), store.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d, err := openDerived(s, dir, link.Thresholds{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		c, err := d.index.Cursor(t.Context())
		if err != nil || c.Seq != s.Seq() {
			t.Errorf("after %s the text index is at commit %d, %v, want %d", after, c.Seq, err, s.Seq())
		}
	}
	fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	upToDate("harvest")
	src.set("/api.json", api("one"))
	fincat(t, exitFound, "harvest", "--store", dir, "--config", config)
	upToDate("a second harvest")
	list, _ := fincat(t, exitDone, "runs", "list", "--store", dir)
	id, _, _ := strings.Cut(list, " ")
	fincat(t, exitDone, "runs", "undo", "--store", dir, id)
	upToDate("undo")
	before, err := os.Stat(filepath.Join(dir, "text"))
	if err != nil {
		t.Fatal(err)
	}
	fincat(t, exitDone, "runs", "list", "--store", dir)
	if after, err := os.Stat(filepath.Join(dir, "text")); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("a command that only reads touches what is derived: %v", err)
	}
}

// TestFollowerMetrics asks /metrics how far the followers are.
func TestFollowerMetrics(t *testing.T) {
	withSecret(t)
	base, stop := startServe(t, "--store", t.TempDir())
	defer stop()
	if status, body := post(t, base+"update", url.Values{"update": {insertOne}}, secret...); status/100 != 2 {
		t.Fatalf("update = %d %s", status, body)
	}
	want := []string{
		`fincat_follower_commit{follower="text-index"} 1`, `fincat_follower_lag_commits{follower="text-index"} 0`,
		`fincat_follower_lag_seconds{follower="text-index"} 0`,
		`fincat_follower_rebuilds_total{follower="text-index"} 1`,
		`fincat_follower_failures_total{follower="text-index"} 0`, `fincat_follower_failing{follower="text-index"} 0`,
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		resp, body := get(t, base+"metrics")
		missing := ""
		for _, line := range want {
			if !strings.Contains(body, line+"\n") {
				missing = line
			}
		}
		if resp.StatusCode == http.StatusOK && missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s, %q is missing in\n%s", resp.Status, missing, body)
		}
	}
}
