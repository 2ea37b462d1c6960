package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/vocab/term"
)

// damagedStores makes one store that was closed, and a copy of one that was
// not, as the end of the process leaves it.
func damagedStores(t *testing.T) (closed, killed string, want []term.Quad) {
	t.Helper()
	ctx := context.Background()
	closed, killed = t.TempDir(), t.TempDir()
	s, err := Open(ctx, Options{Dir: closed, FoldChanges: 500})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		commit(t, s, Change{Add: record(i, 0), Put: map[string][]byte{"value": []byte("of some length")}})
	}
	if _, err := s.Compact(ctx); err != nil { // tables
		t.Fatal(err)
	}
	for i := range 30 {
		qs := record(i, 1)
		commit(t, s, Change{Replace: map[term.Term][]term.Quad{qs[0].Graph: qs}})
	}
	want = allQuads(t, s)
	if err := os.CopyFS(killed, os.DirFS(closed)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return closed, killed, want
}

// hurt changes a file at a random place and says how.
func hurt(t *testing.T, rng *rand.Rand, name string) string {
	t.Helper()
	if rng.IntN(10) == 0 {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		return "removed"
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	size := st.Size()
	if strings.HasSuffix(name, ".mem") { // the rest is zeros
		size = logEnd(f, 0)
	}
	if size == 0 {
		return ""
	}
	at := rng.Int64N(size)
	switch rng.IntN(6) {
	case 0:
		if err := f.Truncate(at); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("cut off at %d of %d", at, size)
	case 1:
		b := make([]byte, min(4096, size-at))
		if _, err := f.WriteAt(b, at); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d zeros at %d of %d", len(b), at, size)
	}
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	b[0] ^= 1 << rng.IntN(8)
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("one bit at %d of %d", at, size)
}

// TestDamage changes bytes at random places of every kind of file: the store
// must hold all quads or say what is wrong, and never panic.
func TestDamage(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 2))
	closed, killed, want := damagedStores(t)
	type kind struct{ dir, pattern string }
	kinds := []kind{
		{closed, "*.sst"},
		{closed, "MANIFEST"},
		{closed, "*.vlog"},
		{closed, "KEYREGISTRY"},
		{closed, "DISCARD"},
		{closed, "NEWEST"},
		{killed, "*.sst"},
		{killed, "*.mem"},
		{killed, "MANIFEST"},
	}
	noticed, harmless := map[string]int{}, map[string]int{}
	end := time.Now().Add(campaign(3))
	for i := 0; time.Now().Before(end); i++ {
		k := kinds[i%len(kinds)]
		dir := filepath.Join(t.TempDir(), "damaged")
		if err := os.CopyFS(dir, os.DirFS(k.dir)); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, k.pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", k.pattern, err)
		}
		name := files[rng.IntN(len(files))]
		how := hurt(t, rng, name)
		err = useDamaged(t, dir, want)
		what := fmt.Sprintf("%s of a store that was closed: %v", k.pattern, k.dir == closed)
		switch {
		case err == nil:
			t.Errorf("%s, %s: other quads, and no error (seed %d, round %d)", filepath.Base(name), how, seed, i)
		case errors.Is(err, errHarmless):
			harmless[what]++
		default:
			noticed[what]++
			if !errors.Is(err, ErrCorrupt) && !strings.Contains(err.Error(), "block") {
				t.Errorf("%s, %s: %v, want ErrCorrupt (seed %d, round %d)", filepath.Base(name), how, err, seed, i)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("noticed: %v; harmless: %v", noticed, harmless)
}

var errHarmless = errors.New("harmless")

func useDamaged(t *testing.T, dir string, want []term.Quad) error {
	s, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Check(context.Background())
	if err != nil {
		return err
	}
	if !r.Clean() {
		return errors.New(r.Faults[0].String())
	}
	if slices.Equal(allQuads(t, s), want) { // the damage hit nothing that is used
		return errHarmless
	}
	return nil
}
