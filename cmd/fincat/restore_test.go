package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab/w3ctest"
)

// TestKilledRestore kills restores. What they leave opens as nothing, says what to do, and
// the next restore begins anew.
func TestKilledRestore(t *testing.T) {
	from := t.TempDir()
	var text strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&text, "<http://example.org/s%d> <http://example.org/p> \"%x\" .\n", i, rand.Uint64())
	}
	data := filepath.Join(t.TempDir(), "data.nt")
	if err := os.WriteFile(data, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	fincat(t, exitDone, "load", "--store", from, data)
	file := filepath.Join(t.TempDir(), "b")
	fincat(t, exitDone, "backup", "--store", from, file)
	want, _ := fincat(t, exitDone, "dump", "--store", from)
	backup, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	for _, part := range []float64{0, 0.001, 0.3, 0.9, 1} {
		killRestore(t, dir, backup[:int(part*float64(len(backup)-1))], time.Second/2)
		unusable(t, dir, fmt.Sprintf("killed after %.1f %%", 100*part))
	}
	end := time.Now().Add(w3ctest.Campaign(t, 2*time.Second))
	for killed := 0; time.Now().Before(end); {
		killRestore(t, dir, backup, time.Duration(rand.IntN(200))*time.Millisecond)
		if store.Look(dir) == nil { // it had come to its end
			if got, _ := fincat(t, exitDone, "dump", "--store", dir); got != want {
				t.Fatalf("a restore that came to its end holds %d bytes, want %d", len(got), len(want))
			}
			fincat(t, exitFailed, "restore", "--store", dir, file)
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if killed++; killed%5 == 0 {
			unusable(t, dir, "killed")
		}
	}
	if store.Look(dir) != nil {
		fincat(t, exitDone, "restore", "--store", dir, file)
	}
	fincat(t, exitDone, "check", "--store", dir)
	if got, _ := fincat(t, exitDone, "dump", "--store", dir); got != want {
		t.Errorf("the store differs from the one that was backed up: %d bytes, want %d", len(got), len(want))
	}
}

// killRestore sends part of a backup to a restore and kills it after a while.
func killRestore(t *testing.T, dir string, part []byte, after time.Duration) {
	t.Helper()
	cmd := exec.Command("fincat", "restore", "--store", dir, "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = bytes.NewReader(part).WriteTo(in) // it may be killed before it has read everything
	}()
	time.Sleep(after)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	<-sent
}

// unusable checks that no command takes a directory for a store.
func unusable(t *testing.T, dir, how string) {
	t.Helper()
	if list, err := os.ReadDir(dir); err != nil || len(list) == 0 {
		return // it was killed before it did anything
	}
	for _, args := range [][]string{{"dump"}, {"check"}, {"update", "-e", insertOne}, {"query", "-e", "ASK {}"},
		{"serve", "--addr", "127.0.0.1:0"}, {"compact"}} {
		_, stderr := fincat(t, exitFailed, append(args, "--store", dir)...)
		if !strings.Contains(stderr, "restore again") && !strings.Contains(stderr, "no store") {
			t.Fatalf("%s beside a restore that was %s says %q", args[0], how, stderr)
		}
	}
}

// TestNoStore gives every command that takes --store a directory with other files, a file,
// a file below a file and nothing at all: none writes anything there, and those that only
// read make nothing.
func TestNoStore(t *testing.T) {
	web := newSources(t)
	web.set("/one.json", api("a"))
	config := web.configure(t, "one")
	root := t.TempDir()
	t.Chdir(root)
	for name, text := range besideFiles {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"foreign/passwd", "foreign/sub/x", "badger/MANIFEST", "badger/KEYREGISTRY"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	lines := "check --store D\ncompact --store D\nrestore --store D links.tsv\nserve --store D --addr 127.0.0.1:0\n" +
		"serve --store D --read-only --addr 127.0.0.1:0\ndemo --store D --addr 127.0.0.1:0\n"
	seen := map[string]bool{"sources list": true, "sources check": true, "sources preview": true}
	for line := range strings.Lines(lines + besideLines) {
		if name := besideCommand(t, line); strings.HasPrefix(line, "serve") || !seen[name] {
			seen[name] = true
		} else {
			continue
		}
		for _, dir := range []string{"foreign", "badger", "q.rq", "q.rq/store", "empty", "none", "none/below"} {
			makes := strings.HasPrefix(line, "load") || strings.HasPrefix(line, "update") ||
				strings.HasPrefix(line, "harvest") || strings.HasPrefix(line, "serve --store D --addr") ||
				strings.HasPrefix(line, "demo")
			if makes && (dir == "empty" || strings.HasPrefix(dir, "none")) {
				continue // there it makes one
			}
			before := listed(t, root)
			_, stderr := fincat(t, exitFailed, besideLine(line, dir, config, "20000101T000000-one", root)...)
			if after := listed(t, root); after != before {
				t.Fatalf("fincat %s with %s changes\n%s\nto\n%s", line, dir, before, after)
			}
			if !strings.Contains(stderr, dir) {
				t.Errorf("fincat %s with %s says %q", line, dir, stderr)
			}
		}
	}
}

// listed names all files below a directory with size, mode and time.
func listed(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err == nil {
			fmt.Fprintln(&b, path, st.Size(), st.Mode(), st.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
