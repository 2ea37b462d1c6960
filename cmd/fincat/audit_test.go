package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fincat/cmd/fincat/access"
	"fincat/store"
)

// cutAudit leaves so many bytes of the end of a log's content out.
func cutAudit(t *testing.T, dir string, content []byte, out int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, access.LogFile), content[:len(content)-out], 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAuditCut cuts the entries of a token off, and with them the end of the change before
// it by the same person.
func TestAuditCut(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		fincat(t, exitDone, "update", "--store", dir, "-e", fmt.Sprintf("INSERT DATA { <a:b> <a:c> %d }", i))
	}
	fincat(t, exitDone, "tokens", "add", "--store", dir, "--role", "administrator", "mallory")
	content, err := os.ReadFile(filepath.Join(dir, access.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, stderr := fincat(t, exitDone, "check", "--store", dir); stderr != "" {
		t.Errorf("check of a whole log says %q", stderr)
	}
	lines := bytes.SplitAfter(content, []byte("\n"))
	last := len(lines[11])
	for out, want := range map[int]string{
		last:     "warning: audit.jsonl: entry 11 begins",
		last / 2: "warning: audit.jsonl:12: the last line has no end",
	} {
		cutAudit(t, dir, content, out)
		stdout, stderr := fincat(t, exitDone, "check", "--store", dir)
		if !strings.Contains(stderr, want) || !strings.Contains(stdout, "ok: 11 entries in the audit log") {
			t.Errorf("with %d bytes cut off check says %q, %q; want %q", out, stdout, stderr, want)
		}
	}
	for _, out := range []int{last + len(lines[10]), last + len(lines[10]) + len(lines[9])} {
		cutAudit(t, dir, content, out)
		if stdout, _ := fincat(t, exitFound, "check", "--store", dir); strings.Count(stdout, "commit 6 by ") != 1 {
			t.Errorf("with %d bytes cut off check says %q", out, stdout)
		}
	}
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	if stdout, _ := fincat(t, exitFound, "check", "--store", dir); strings.Count(stdout, "commit 6 by ") != 1 {
		t.Errorf("after the next change check says %q", stdout)
	}
}

// TestAuditCutSilently cuts entries off the end of which no commit tells: the check warns, and
// the log itself says so for good once it is written to again.
func TestAuditCutSilently(t *testing.T) {
	dir := t.TempDir()
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	l, err := os.ReadFile(filepath.Join(dir, access.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	withSecret(t)
	base, stop := startServe(t, "--store", dir)
	for _, name := range []string{"nobody", "nothing"} { // refused, and kept in the log
		attempt(t, base, "DELETE /admin/tokens/"+name, map[string]string{"Authorization": secret[1]})
	}
	stop()
	content, err := os.ReadFile(filepath.Join(dir, access.LogFile))
	if err != nil || bytes.Count(content, []byte("\n"))-bytes.Count(l, []byte("\n")) < 2 {
		t.Fatalf("the log is %s, %v", content, err)
	}
	if _, stderr := fincat(t, exitDone, "check", "--store", dir); stderr != "" {
		t.Errorf("check of a whole log says %q", stderr)
	}
	cutAudit(t, dir, content, len(content)-len(l))
	want := fmt.Sprintf("entries 3 to %d are missing at the end", bytes.Count(content, []byte("\n")))
	if _, stderr := fincat(t, exitDone, "check", "--store", dir); !strings.Contains(stderr, want) {
		t.Errorf("check of a log that was cut says %q, want %q", stderr, want)
	}
	fincat(t, exitDone, "update", "--store", dir, "-e", "INSERT DATA { <a:b> <a:c> 7 }")
	if out, _ := fincat(t, exitDone, "audit", "--store", dir); !strings.Contains(out, want) {
		t.Errorf("the log says %q, want %q", out, want)
	}
	if _, stderr := fincat(t, exitDone, "check", "--store", dir); stderr != "" {
		t.Errorf("check of the log that goes on says %q", stderr)
	}
}

// TestAuditCutRun cuts off what says who began a run at a server: its commits tell.
func TestAuditCutRun(t *testing.T) {
	withSecret(t)
	dir, web := t.TempDir(), newSources(t)
	web.set("/one.json", api("a", "b"))
	config := web.configure(t, "one")
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	base, stop := startServe(t, "--store", dir, "--config", config)
	admin := map[string]string{"Authorization": secret[1]}
	if resp := attempt(t, base, "POST /admin/runs/one", admin); resp.StatusCode != http.StatusAccepted {
		t.Fatalf("a run is begun with %s", resp.Status)
	}
	stop()
	fincat(t, exitDone, "check", "--store", dir)
	content, err := os.ReadFile(filepath.Join(dir, access.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(content, []byte("POST /admin/runs/one"))
	cutAudit(t, dir, content, len(content)-bytes.LastIndexByte(content[:i], '\n')-1)
	stdout, _ := fincat(t, exitFound, "check", "--store", dir)
	if !strings.Contains(stdout, "has no entry; it names") {
		t.Errorf("check says %q", stdout)
	}
}

// TestAuditKilledAmid kills a server while several clients change something by the same
// right: the check takes nothing of it for damage, before and after what was under way is
// ended.
func TestAuditKilledAmid(t *testing.T) {
	withSecret(t)
	const clients = 4
	dir, addr := t.TempDir(), freeAddress(t)
	var acknowledged atomic.Int64
	for range 2 {
		server := serveProcess(t, "--store", dir, "--addr", addr)
		kill := killSoon(server)
		var all sync.WaitGroup
		for client := range clients {
			all.Go(func() {
				for updated(t, addr, fmt.Sprintf("INSERT DATA { <a:%d> <a:c> %d }", client, rand.Int64())) {
					acknowledged.Add(1)
					kill()
				}
			})
		}
		all.Wait()
		_ = server.Process.Kill() // it has been, unless no update came through
		_ = server.Wait()
		fincat(t, exitDone, "check", "--store", dir)
	}
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne) // ends what was under way
	if _, stderr := fincat(t, exitDone, "check", "--store", dir); stderr != "" {
		t.Errorf("after the next start check says %q", stderr)
	}
	entries := 0
	for e, err := range access.Entries(dir) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Who == access.EnvironmentName {
			entries += len(e.Commits)
		}
	}
	if n := int(acknowledged.Load()); entries < n || entries > n+2*clients || n == 0 {
		t.Errorf("%d updates were acknowledged, %d have entries", n, entries)
	}
}

// updated sends an update and reports whether the server acknowledged it; it may have gone.
func updated(t *testing.T, addr, update string) bool {
	form := url.Values{"update": {update}}
	req, err := http.NewRequest(http.MethodPost, "http://"+addr+"/update", strings.NewReader(form.Encode()))
	if err != nil {
		t.Error(err)
		return false
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set(secret[0], secret[1])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("an update = %s", resp.Status)
	}
	return resp.StatusCode == http.StatusNoContent
}

// checkCauses asks that each commit that somebody asked for names what was asked.
func checkCauses(t *testing.T, dir string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begun := map[string]bool{}
	for e, err := range access.Entries(dir) {
		if err != nil {
			t.Fatal(err)
		}
		begun[e.Hash] = e.Begun
	}
	for c, err := range s.Log(t.Context(), s.Oldest()-1) {
		if err != nil {
			t.Fatal(err)
		}
		if (c.Note.Author != "") != begun[c.Note.Cause] {
			t.Errorf("commit %d has the note %+v", c.Seq, c.Note)
		}
	}
}
