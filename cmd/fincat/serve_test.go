package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startServe runs fincat serve in this process and returns its address.
func startServe(t *testing.T, args ...string) (base string, stop func() (int, string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var stderr strings.Builder
	done := make(chan int, 1)
	go func() {
		status := run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), strings.NewReader(""), in,
			&stderr)
		in.Close()
		done <- status
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatalf("serve ended with %d: %s", <-done, &stderr)
	}
	base = strings.TrimSpace(strings.TrimPrefix(line, "serving "))
	waitReady(t, base)
	stopped := false
	stop = func() (int, string) {
		if stopped {
			return 0, ""
		}
		stopped = true
		cancel()
		return <-done, stderr.String()
	}
	t.Cleanup(func() { stop() })
	return base, stop
}

func post(t *testing.T, address string, form url.Values, header ...string) (int, string) {
	t.Helper()
	header = append(header, "Content-Type", "application/x-www-form-urlencoded")
	resp, body := send(t, http.DefaultClient, http.MethodPost, address, strings.NewReader(form.Encode()), header...)
	return resp.StatusCode, body
}

const insertOne = "INSERT DATA { <http://example.org/a> <http://example.org/p> 1 }"

func TestServe(t *testing.T) {
	withSecret(t)
	dir := t.TempDir()
	base, stop := startServe(t, "--store", dir)
	for path, want := range map[string]string{
		"healthz": "ok", "readyz": "ready", "metrics": "fincat_store_quads 0", "": "<!doctype html>",
		"sparql": "sd:Service", ".well-known/void": "void:",
	} {
		accept := "*/*"
		if path == "sparql" || path == ".well-known/void" {
			accept = "text/turtle"
		}
		if resp, body := get(t, base+path, "Accept", accept); path != "" && (resp.StatusCode != http.StatusOK ||
			!strings.Contains(body, want)) {
			t.Errorf("GET /%s = %s, want 200 with %q:\n%.300s", path, resp.Status, want, body)
		}
	}
	if resp, _ := get(t, base+"sparql", "Accept", "text/html"); resp.StatusCode != http.StatusSeeOther ||
		resp.Header.Get("Location") != "/query" {
		t.Errorf("a browser's /sparql = %s to %q, want the editor", resp.Status, resp.Header.Get("Location"))
	}
	if status, body := post(t, base+"update", url.Values{"update": {insertOne}}, secret...); status/100 != 2 {
		t.Errorf("an update on loopback = %d %s", status, body)
	}
	if _, body := get(t, base+"metrics"); !strings.Contains(body, "fincat_store_quads 1") ||
		!strings.Contains(body, `fincat_http_requests_total{route="/update",status="20`) {
		t.Errorf("the metrics do not show the update:\n%s", body)
	}
	resp, body := get(t, base+"sparql?query=nonsense")
	var problem struct {
		Status       int
		Line, Column int
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Status != http.StatusBadRequest ||
		problem.Line != 1 {
		t.Errorf("a bad query = %s %s (%v)", resp.Status, body, err)
	}
	file := filepath.Join(t.TempDir(), "b")
	fincat(t, exitDone, "backup", "--server", base, file)
	restored := filepath.Join(t.TempDir(), "restored")
	fincat(t, exitDone, "restore", "--store", restored, file)
	if out, _ := fincat(t, exitDone, "dump", "--store", restored); !strings.Contains(out, "<http://example.org/a>") {
		t.Errorf("the restored store holds %q", out)
	}
	status, stderr := stop()
	if status != exitDone || !strings.Contains(stderr, "path=/update") {
		t.Errorf("serve ended with %d and logged\n%s", status, stderr)
	}
	if out, _ := fincat(t, exitDone, "dump", "--store", dir); !strings.Contains(out, "<http://example.org/a>") {
		t.Errorf("after serve the store holds %q", out)
	}
}

func TestServeToken(t *testing.T) {
	withSecret(t)
	base, stop := startServe(t, "--store", t.TempDir(), "--quiet")
	form := url.Values{"update": {insertOne}}
	if status, _ := post(t, base+"update", form); status != http.StatusUnauthorized {
		t.Errorf("an update without the token = %d, want 401", status)
	}
	if status, body := post(t, base+"update", form, secret...); status/100 != 2 {
		t.Errorf("an update with the token = %d %s", status, body)
	}
	file := filepath.Join(t.TempDir(), "b")
	fincat(t, exitDone, "backup", "--server", base, file)
	t.Setenv(tokenEnv, "guess")
	if _, stderr := fincat(t, exitFailed, "backup", "--server", base, file+"2"); !strings.Contains(stderr, "401") {
		t.Errorf("a backup with a wrong token is refused with %q", stderr)
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("a failed backup left files: %v %v", entries, err)
	}
	if status, stderr := stop(); status != exitDone || strings.Contains(stderr, "secret") {
		t.Errorf("serve ended with %d and logged\n%s", status, stderr)
	}
}

func TestServeReadOnly(t *testing.T) {
	withSecret(t)
	dir := t.TempDir()
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	base, _ := startServe(t, "--store", dir, "--read-only", "--quiet")
	status, _ := post(t, base+"update", url.Values{"update": {insertOne}}, secret...)
	if status != http.StatusForbidden {
		t.Errorf("an update of a read-only server = %d, want 403", status)
	}
	if _, body := get(t, base+"sparql?query="+url.QueryEscape("ASK { ?s ?p 1 }"), "Accept",
		"text/csv"); !strings.Contains(body, "true") {
		t.Errorf("a query to a read-only server = %q", body)
	}
}

// TestServeSchedule lets a server with a configuration harvest by itself.
func TestServeSchedule(t *testing.T) {
	web, dir := newSources(t), t.TempDir()
	web.set("/one.json", api("a", "b"))
	config := web.configure(t, "one")
	appendToFile(t, config, "  - {id: two, kind: openapi, url: "+web.URL+
		"/one.json, schedule: \"@every 1s\", rate: 1000/s}\n")
	base, _ := startServe(t, "--store", dir, "--config", config, "--quiet")
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if _, body := get(t, base+"metrics"); strings.Contains(body,
			`fincat_harvest_runs_total{source="two",status="done"}`) {
			if resp, _ := get(t, base+"dataset/two/a", "Accept", "text/turtle"); resp.StatusCode != http.StatusOK {
				t.Errorf("the harvested dataset = %s", resp.Status)
			}
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the schedule did not start a harvest")
}

func appendToFile(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
