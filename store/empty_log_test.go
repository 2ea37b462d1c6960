package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"fincat/vocab/term"
)

// TestEmptyLogReadOnly opens a store for reading whose last process was killed just
// after Badger had made a new log: it is recovered, not taken for damaged.
func TestEmptyLogReadOnly(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, Change{Add: []term.Quad{quad("s", "p", "o")}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "00099.mem"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r := openTest(t, Options{Dir: dir, ReadOnly: true})
	if got := allQuads(t, r); len(got) != 1 {
		t.Errorf("%d quads, want 1", len(got))
	}
}
