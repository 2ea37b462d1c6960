package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/cmd/fincat/access"
	"fincat/vocab/w3ctest"
)

// TestUpgrade works with stores of an older format: they are read as they are, written only
// after the upgrade, and hold the same after it.
func TestUpgrade(t *testing.T) {
	archives, err := filepath.Glob("../../store/testdata/golden/v2-*.tar.zst")
	if err != nil || len(archives) == 0 {
		t.Fatalf("there are no older stores: %v", err)
	}
	for _, archive := range archives {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			dir := w3ctest.Unpack(t, archive)
			before, _ := fincat(t, exitDone, "dump", "--store", dir)
			if before == "" {
				t.Fatal("it holds nothing")
			}
			fincat(t, exitDone, "backup", "--store", dir, filepath.Join(t.TempDir(), "b"))
			data := filepath.Join(t.TempDir(), "data.nt")
			if err := os.WriteFile(data, []byte("<a:a> <a:b> <a:c> .\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"update", "-e", insertOne}, {"load", data}, {"compact"},
				{"serve", "--addr", "127.0.0.1:0"}} {
				if _, stderr := fincat(t, exitFailed, append(args, "--store", dir)...); !strings.Contains(stderr,
					"fincat upgrade --store "+dir) {
					t.Errorf("%s before the upgrade says %q", args[0], stderr)
				}
			}
			_, stop := startServe(t, "--store", dir, "--read-only", "--quiet")
			stop()
			out, _ := fincat(t, exitDone, "upgrade", "--store", dir)
			if !strings.Contains(out, "had format 2 and has format 3") {
				t.Errorf("upgrade says %q", out)
			}
			out, _ = fincat(t, exitDone, "upgrade", "--store", dir)
			if !strings.Contains(out, "has format 3 already") {
				t.Errorf("a second upgrade says %q", out)
			}
			if after, _ := fincat(t, exitDone, "dump", "--store", dir); after != before {
				t.Errorf("after the upgrade it holds %d bytes, before %d", len(after), len(before))
			}
			fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
		})
	}
}

// TestBackupInto makes backups in a folder, alone and beside a server, and keeps some.
func TestBackupInto(t *testing.T) {
	dir, into := t.TempDir(), t.TempDir()
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	kept := []string{"fincat-notes.backup", "fincat-20200101T000000Z.backup", "fincat-20200102T000000Z.backup",
		"fincat-20200103T000000Z.backup"}
	for _, name := range kept {
		if err := os.WriteFile(filepath.Join(into, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(into, "fincat-20200101T000000Z.audit.jsonl"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := fincat(t, exitDone, "backup", "--store", dir, "--into", into, "--keep", "3")
	file := strings.TrimSpace(out)
	restored := filepath.Join(t.TempDir(), "restored")
	fincat(t, exitDone, "restore", "--store", restored, file)
	audit, err := os.ReadFile(strings.TrimSuffix(file, ".backup") + ".audit.jsonl")
	var e access.Entry
	first, _, _ := strings.Cut(string(audit), "\n")
	if err != nil || json.Unmarshal([]byte(first), &e) != nil || e.Who != systemUser() {
		t.Errorf("the audit log beside the backup is %q (%v)", audit, err)
	}
	names, err := filepath.Glob(filepath.Join(into, "*"))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(strings.Join(names, " "), into+"/", "")
	if want := "fincat-20200102T000000Z.backup fincat-20200103T000000Z.backup "; !strings.HasPrefix(got, want) ||
		!strings.HasSuffix(got, "fincat-notes.backup") || len(names) != 5 {
		t.Errorf("the folder has %q", got)
	}
	startServe(t, "--store", dir, "--quiet")
	fincat(t, exitDone, "backup", "--store", dir, "--into", t.TempDir())
	fincat(t, exitFailed, "backup", "--store", dir, "--into", filepath.Join(t.TempDir(), "none"))
	fincat(t, exitUsage, "backup", "--store", dir, "--into", into, file)
	fincat(t, exitUsage, "backup", "--store", dir, "--into", into, "--keep", "0")
}

// TestLogFormat logs as JSON, and asks a server for its health.
func TestLogFormat(t *testing.T) {
	base, stop := startServe(t, "--store", t.TempDir(), "--log-format", "json")
	if out, _ := fincat(t, exitDone, "health", base); out != "ready\n" {
		t.Errorf("health of a server that is ready: %q", out)
	}
	_, logged := stop()
	lines := 0
	for line := range strings.Lines(logged) {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Level == "" {
			t.Errorf("a line of the log is %q (%v)", line, err)
		}
		lines++
	}
	if lines == 0 {
		t.Error("nothing is logged")
	}
	fincat(t, exitFailed, "health", base)
	fincat(t, exitUsage, "serve", "--store", t.TempDir(), "--log-format", "xml")
}
