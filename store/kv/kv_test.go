package kv

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"fincat/store/block"
)

func openTest(t *testing.T, o Options) *DB {
	t.Helper()
	d, err := Open(context.Background(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

func put(t *testing.T, d *DB, k, v string) {
	t.Helper()
	if err := d.Write(d.NextTime(), []Pair{{[]byte(k), []byte(v)}}); err != nil {
		t.Fatal(err)
	}
}

// TestVerifiedWhileCompacted verifies a table that compaction has just emptied,
// as it does before it deletes one: the database is not damaged. A damaged table
// that is in use is noticed.
func TestVerifiedWhileCompacted(t *testing.T) {
	ctx := context.Background()
	d := openTest(t, Options{Dir: t.TempDir()})
	gone := filepath.Join(d.o.Dir, "099999.sst")
	if err := os.WriteFile(gone, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.verify(ctx, []string{gone}); err != nil {
		t.Fatalf("an emptied table that is not in use: %v", err)
	}
	put(t, d, "k", "v")
	if err := d.FlushTables(); err != nil {
		t.Fatal(err)
	}
	names, err := tableNames(d.o.Dir)
	if err != nil || len(names) == 0 {
		t.Fatalf("tableNames() = %v, %v", names, err)
	}
	hurt(t, names[0], -1)
	if err := d.verify(ctx, names); !errors.Is(err, block.ErrCorrupt) {
		t.Errorf("a damaged table in use: %v, want ErrCorrupt", err)
	}
}

// hurt changes a byte of a file; negative places count from the end.
func hurt(t *testing.T, name string, at int) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 0xFF
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt(data, 0)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// closedDir returns a directory with a table that was closed.
func closedDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	d, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "k", "v")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestBadgerTexts makes Badger give the errors that can only be told by their
// texts, and compares what they are taken for. It fails when a release of Badger
// changes a text, or wraps its errors so that the texts need not be looked at.
func TestBadgerTexts(t *testing.T) {
	open := func(dir string, readOnly bool) error {
		db, err := openBadger(Options{Dir: dir, ReadOnly: readOnly})
		if err == nil {
			err = db.Close()
		}
		return err
	}
	one := func(t *testing.T, dir, pattern string) string {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		return names[0]
	}
	tests := []struct {
		name string
		do   func(t *testing.T) error
		text string
		want error
	}{
		{"held", func(t *testing.T) error {
			dir := closedDir(t)
			db, err := badger.OpenManaged(badger.DefaultOptions(dir).WithLogger(nil))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			return open(dir, false)
		}, "", ErrLocked},
		{"killed, then read only", func(t *testing.T) error {
			from := openTest(t, Options{Dir: t.TempDir()})
			put(t, from, "k", "v")
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(from.o.Dir)); err != nil {
				t.Fatal(err)
			}
			return open(dir, true)
		}, "truncate", ErrUnfinished},
		{"killed with an empty log, then read only", func(t *testing.T) error {
			from := openTest(t, Options{Dir: t.TempDir()})
			put(t, from, "k", "v")
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(from.o.Dir)); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(one(t, dir, "*.mem"), 0); err != nil {
				t.Fatal(err)
			}
			return open(dir, true)
		}, "error while truncation", ErrUnfinished},
		{"list of tables: magic", func(t *testing.T) error {
			dir := closedDir(t)
			hurt(t, filepath.Join(dir, badger.ManifestFilename), 0)
			return open(dir, false)
		}, "magic", block.ErrCorrupt},
		{"list of tables: version", func(t *testing.T) error {
			dir := closedDir(t)
			hurt(t, filepath.Join(dir, badger.ManifestFilename), 7)
			return open(dir, false)
		}, "unsupported version", block.ErrCorrupt},
		{"key registry", func(t *testing.T) error {
			dir := closedDir(t)
			hurt(t, filepath.Join(dir, badger.KeyRegistryFileName), 20)
			return open(dir, false)
		}, "", block.ErrCorrupt},
		{"table missing", func(t *testing.T) error {
			dir := closedDir(t)
			if err := os.Remove(one(t, dir, "*.sst")); err != nil {
				t.Fatal(err)
			}
			return open(dir, false)
		}, "not exist", block.ErrCorrupt},
		{"table: index", func(t *testing.T) error {
			dir := closedDir(t)
			name := one(t, dir, "*.sst")
			st, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			hurt(t, name, int(st.Size())/2)
			return open(dir, false)
		}, "checksum", block.ErrCorrupt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.do(t)
			if !errors.Is(err, tt.want) {
				t.Fatalf("taken for %v, want %v", err, tt.want)
			}
			if errors.Is(err, badger.ErrTruncateNeeded) {
				t.Errorf("Badger wraps its error now, errors.Is can tell it: %v", err)
			}
			if !strings.Contains(strings.ToLower(err.Error()), tt.text) {
				t.Errorf("Badger's text %q lacks %q", err, tt.text)
			}
		})
	}
}
