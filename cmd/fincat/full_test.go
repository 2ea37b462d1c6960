package main

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// smallDisk mounts a file system of so many megabytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput()
	if err != nil {
		t.Skipf("a small file system cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// ballast writes a file until so many bytes are in it, or the disk is full.
func ballast(t *testing.T, file string, size int) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	for n := 0; n < size; n += len(block) {
		if _, err := f.Write(block); err != nil {
			return // full
		}
	}
}

// TestFullDisk fills the disk of a store, below the reserve and to the last byte, with and
// without a server: changes answer 507 or an error with words, reading, backup and check go
// on, nothing is lost, and changes work again when there is room.
func TestFullDisk(t *testing.T) {
	withSecret(t)
	disk := smallDisk(t, "700m") // folding what a server took needs 448 MB
	dir, config := filepath.Join(disk, "store"), ""
	web := newSources(t)
	web.set("/one.json", api("a"))
	config = web.configure(t, "one")
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	web.set("/one.json", api("a", "b"))
	dumped, _ := fincat(t, exitDone, "dump", "--store", dir)
	before := strings.Count(dumped, "\n") + unflushedQuads
	fill := filepath.Join(disk, "ballast")
	for _, size := range []int{480 << 20, 1 << 30} {
		base, stop := startServe(t, "--store", dir, "--quiet", "--config", config)
		unflushed(t, base, strconv.Itoa(size))
		ballast(t, fill, size)
		fullServer(t, base, dir)
		stop()
		fullCommands(t, dir, config)
		if err := os.Remove(fill); err != nil {
			t.Fatal(err)
		}
	}
	fincat(t, exitDone, "check", "--store", dir)
	base, stop := startServe(t, "--store", dir, "--quiet")
	if status, body := post(t, base+"update", url.Values{"update": {strings.Replace(insertOne, "/a>", "/b>", 1)}},
		secret...); status != http.StatusNoContent {
		t.Errorf("an update when there is room again = %d %s", status, body)
	}
	stop()
	after, _ := fincat(t, exitDone, "dump", "--store", dir)
	if strings.Count(after, "\n") != before+1 {
		t.Errorf("the store holds %d quads, want those from before the disk was full and one, %d",
			strings.Count(after, "\n"), before+1)
	}
	fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	if after, _ := fincat(t, exitDone, "dump", "--store", dir); !strings.Contains(after, "one/b>") {
		t.Errorf("a harvest when there is room again has not brought one/b")
	}
	fincat(t, exitDone, "check", "--store", dir)
}

const unflushedQuads = 12_000

// unflushed has a server take so much that closing its store has to write.
func unflushed(t *testing.T, base, text string) {
	t.Helper()
	var b strings.Builder
	for i := range unflushedQuads {
		n := strconv.Itoa(i)
		b.WriteString("<http://example.org/s" + n + "> <http://example.org/p> \"" +
			strings.Repeat(n+text, 5) + "\" .\n")
	}
	if status, body := putGraph(t, base+"data?graph=http://example.org/many", b.String()); status/100 != 2 {
		t.Fatalf("PUT of %d quads = %d %s", unflushedQuads, status, body)
	}
}

// putGraph replaces a graph.
func putGraph(t *testing.T, address, nt string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, address, strings.NewReader(nt))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/n-triples")
	req.Header.Set(secret[0], secret[1])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// fullServer asks a server whose disk is full.
func fullServer(t *testing.T, base, dir string) {
	for _, c := range []struct{ method, path, body, media string }{
		{"POST", "update", insertOne2, "application/sparql-update"},
		{"PUT", "data?graph=http://example.org/g", "<a:a> <a:b> <a:c> .", "application/n-triples"},
		{"POST", "data", "<a:a> <a:b> <a:c> .", "application/n-quads"},
		{"POST", "admin/update", insertOne2, "text/plain"},
		{"POST", "admin/load?format=nt", "<a:a> <a:b> <a:c> .", "text/plain"},
		{"POST", "admin/tokens", `{"name": "x", "role": "reader"}`, "application/json"},
		{"PUT", "admin/runs/one/paused", "", "text/plain"},
		{"POST", "admin/runs/one", "", "text/plain"},
		{"POST", "admin/quality/run", "", "text/plain"},
		{"POST", "admin/links/run", "", "text/plain"},
		{"POST", "admin/quality/run", "", "text/plain"}, // what links could not forget holds nobody up
		{"POST", "admin/harvest", "", "text/plain"},
	} {
		req, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", c.media)
		req.Header.Set(secret[0], secret[1])
		resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		body := string(text)
		if resp.StatusCode != http.StatusInsufficientStorage || !strings.Contains(body, "make room") {
			t.Errorf("%s %s on a full disk = %s %s", c.method, c.path, resp.Status, body)
		}
	}
	const ask = "SELECT * { <http://example.org/a> ?p ?o }"
	if _, body := get(t, base+"sparql?query="+url.QueryEscape(ask), "Accept",
		"text/csv"); strings.Count(body, "\n") != 2 {
		t.Errorf("a query on a full disk: %s", body)
	}
	fincat(t, exitDone, "backup", "--server", base, filepath.Join(t.TempDir(), "b"))
	fincat(t, exitDone, "backup", "--store", dir, filepath.Join(t.TempDir(), "b"))
	if _, stderr := fincat(t, exitFailed, "update", "--store", dir, "-e", insertOne2); !strings.Contains(stderr,
		"make room") {
		t.Errorf("an update through a server with a full disk: %s", stderr)
	}
}

const insertOne2 = "INSERT DATA { <http://example.org/lost> <http://example.org/p> 1 }"

// fullCommands works on a store whose disk is full.
func fullCommands(t *testing.T, dir, config string) {
	data := filepath.Join(t.TempDir(), "data.nt")
	if err := os.WriteFile(data, []byte("<a:a> <a:b> <a:c> .\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"update", "-e", insertOne2}, {"load", data}, {"harvest", "--config", config},
		{"quality", "run", "--config", config}, {"compact"}, {"tokens", "add", "--role", "reader", "x"},
		{"serve", "--addr", "127.0.0.1:0"}} {
		_, stderr := fincat(t, exitFailed, append(args, "--store", dir)...)
		if !strings.Contains(stderr, "make room") || args[0] == "serve" && !strings.Contains(stderr, "--read-only") {
			t.Errorf("%s on a full disk says %q", args[0], stderr)
		}
	}
	for _, args := range [][]string{{"dump"}, {"query", "-e", "ASK {}"}, {"check"}, {"audit"}, {"tokens", "list"},
		{"backup", filepath.Join(t.TempDir(), "b")}} {
		fincat(t, exitDone, append(args, "--store", dir)...)
	}
	base, stop := startServe(t, "--store", dir, "--read-only", "--quiet")
	if resp, _ := get(t, base+"dump.nq.gz"); resp.StatusCode != http.StatusOK {
		t.Errorf("a dump of a read-only server on a full disk = %s", resp.Status)
	}
	stop()
}
