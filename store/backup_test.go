package store

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestBackupWhole restores a backup with something after its end, of which a decompressor
// says nothing, and cut at places everywhere: it is refused, and nothing is left, or it is
// whole.
func TestBackupWhole(t *testing.T) {
	s := openTest(t, Options{})
	commit(t, s, Change{Add: append(record(1, 1), varied("backup")...), KeepBlankNodes: true})
	var b bytes.Buffer
	if _, err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	whole, quads := b.Bytes(), allQuads(t, s)
	restored := func(data []byte) error {
		dir := filepath.Join(t.TempDir(), "restored")
		if err := Restore(t.Context(), bytes.NewReader(data), Options{Dir: dir}); err != nil {
			if left, readErr := os.ReadDir(dir); readErr == nil && len(left) > 0 {
				t.Errorf("a restore that failed (%v) left %d files", err, len(left))
			}
			return err
		}
		got := openTest(t, Options{Dir: dir})
		if !slices.Equal(allQuads(t, got), quads) {
			t.Error("the restored store has other quads")
		}
		return nil
	}
	if err := restored(whole); err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for name, more := range map[string][]byte{
		"a skippable frame": {0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 'j', 'u', 'n', 'k'},
		"an empty one":      {0x5F, 0x2A, 0x4D, 0x18, 0, 0, 0, 0},
		"an empty frame":    {0x28, 0xB5, 0x2F, 0xFD, 0x20, 0, 1, 0, 0},
		"another frame":     z.EncodeAll([]byte("more"), nil),
		"a byte":            {0},
		"a line feed":       {'\n'},
		"itself":            whole,
		"its compression":   whole[len(backupMagic):],
	} {
		if err := restored(slices.Concat(whole, more)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with %s after its end: %v, want that it is refused", name, err)
		}
	}
	cuts := []int{0, 1, len(backupMagic), len(backupMagic) + 1, len(backupMagic) + 9}
	for i := range 16 {
		cuts = append(cuts, len(whole)-1-i)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 24 {
		cuts = append(cuts, rng.IntN(len(whole)))
	}
	for _, at := range cuts {
		if err := restored(whole[:at]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut at %d of %d: %v, want that it is refused", at, len(whole), err)
		}
	}
}
