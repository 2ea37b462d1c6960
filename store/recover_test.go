package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"fincat/store/block"
	"fincat/store/kv"
	"fincat/vocab/term"
)

// contents returns what the database has, by key.
func contents(t *testing.T, s *Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	txn := s.db.Newest()
	defer txn.Discard()
	for _, prefix := range "rmbdDlhnv" {
		err := txn.Each([]byte{byte(prefix)}, nil, true, func(k, v []byte) error {
			out[string(k)] = string(v)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// put writes keys past the store; nil deletes.
func put(t *testing.T, s *Store, pairs ...kv.Pair) {
	t.Helper()
	if err := s.db.Write(s.db.NextTime(), pairs); err != nil {
		t.Fatal(err)
	}
}

func closed(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// partlyFolded returns a store of which commits 1 and 2 are in the base and 3 to 5 in
// the log: quads in several graphs, a value alone, and a removal.
func partlyFolded(t *testing.T, dir string) *Store {
	t.Helper()
	s := openTest(t, Options{Dir: dir})
	s.fold.shape = block.Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
	var all []term.Quad
	for i := range 60 {
		all = append(all, inGraph(fmt.Sprint("s", i), fmt.Sprint("g", i%3)))
	}
	commit(t, s, Change{Add: all})
	commit(t, s, Change{Remove: all[50:51]})
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	commit(t, s, Change{Add: []term.Quad{inGraph("new", "g9")}})
	commit(t, s, Change{Put: map[string][]byte{"k": []byte("v")}})
	commit(t, s, Change{Remove: all[20:22], Add: []term.Quad{inGraph("newer", "g8")}})
	return s
}

// TestLeftovers opens a store in which interrupted steps left something of every kind:
// all of it goes, and nothing else. A reader leaves it where it is.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	s := partlyFolded(t, dir)
	want, quads := contents(t, s), allQuads(t, s)
	r, err := decodeRoot([]byte(want[string([]byte{keyRoot})]))
	if err != nil {
		t.Fatal(err)
	}
	if r.seq != 2 || r.gen == 0 || r.block < 10 {
		t.Fatalf("the root is %+v, want commit 2 in blocks", r)
	}
	// A base that is written and does not come about leaves blocks, manifest and terms.
	if err := s.fold.lockBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := s.fold.freeze()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.fold.buildBase(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	s.fold.unlockBase()
	some := []byte("left over")
	put(t, s,
		kv.Pair{K: partKey(keyLog, 6, 1), V: some}, // an entry without header
		kv.Pair{K: partKey(keyLog, 6, 2), V: some},
		kv.Pair{K: partKey(keyHead, 6, 0), V: some},
		kv.Pair{K: partKey(keyNew, 6, 0), V: some},
		kv.Pair{K: partKey(keyNew, 1, 0), V: some}, // terms that are in the base
		kv.Pair{K: partKey(keyNew, 2, 0), V: some},
		kv.Pair{K: key64(keyBlock, r.block+1000), V: some},
		kv.Pair{K: manifestKey(r.gen-1, 3, 0), V: some},
		kv.Pair{K: []byte{keyManifest, 1, 2, 3}, V: some},
	)
	// Blocks that the base in force has made useless, as its manifest says.
	put(t, s, kv.Pair{K: key64(keyBlock, 1_000_001), V: some},
		kv.Pair{K: garbageKey(r.gen), V: block.AppendVarint(block.AppendVarint(nil, 1_000_001), 7)})
	for _, useless := range []uint64{1_000_001, 1_000_008} {
		put(t, s, kv.Pair{K: key64(keyBlock, useless), V: some})
	}
	left := contents(t, s)
	if len(left) < len(want)+15 {
		t.Fatalf("%d keys with what is left over, %d without", len(left), len(want))
	}
	closed(t, s)

	reader := openTest(t, Options{Dir: dir, ReadOnly: true})
	if got := contents(t, reader); !maps.Equal(got, left) {
		t.Errorf("a reader changes the store: %d keys, there were %d", len(got), len(left))
	}
	if got := allQuads(t, reader); !slices.Equal(got, quads) {
		t.Errorf("a reader sees %d quads, want %d", len(got), len(quads))
	}
	if err := reader.Fold(t.Context()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Fold by a reader = %v, want ErrReadOnly", err)
	}
	closed(t, reader)

	s = openTest(t, Options{Dir: dir})
	got := contents(t, s)
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("key %q is left over", k)
		}
	}
	for k, v := range want {
		if w, ok := got[k]; !ok || w != v && k[0] != 'd' { // terms may be compressed anew
			t.Errorf("key %q is gone, or other than before", k)
		}
	}
	if got := allQuads(t, s); !slices.Equal(got, quads) {
		t.Errorf("%d quads, want %d", len(got), len(quads))
	}
	mustCheck(t, s)
}

// TestLeftoverOfBase names as useless a block below those of the base, which only the
// manifest tells from one in use.
func TestLeftoverOfBase(t *testing.T) {
	dir := t.TempDir()
	s := partlyFolded(t, dir)
	used := contents(t, s)
	useless := uint64(1)
	for {
		if _, ok := used[string(key64(keyBlock, useless))]; !ok {
			break
		}
		useless++
	}
	if useless >= s.ids.n.Load() {
		t.Fatal("every block is used")
	}
	gen := s.view.base.gen
	put(t, s, kv.Pair{K: key64(keyBlock, useless), V: []byte("x")},
		kv.Pair{K: garbageKey(gen), V: block.AppendVarint(nil, int64(useless))})
	closed(t, s)
	s = openTest(t, Options{Dir: dir})
	if got := contents(t, s); !maps.Equal(got, used) {
		t.Errorf("%d keys, want %d: block %d is useless", len(got), len(used), useless)
	}
}

// TestReopened looks at what a store knows after opening: how far numbers of blocks and
// terms have come, the history, and what is in memory.
func TestReopened(t *testing.T) {
	dir := t.TempDir()
	s := partlyFolded(t, dir)
	blocks, next, runs := s.ids.n.Load(), s.dict.Next(), len(s.view.active)
	var times []time.Time
	log := func() (out []time.Time) {
		for c, err := range s.Log(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, c.Time)
		}
		return out
	}
	times = log()
	seed := s.dict.Seed
	for range 2 {
		closed(t, s)
		s = openTest(t, Options{Dir: dir})
		if s.ids.n.Load() < blocks || s.dict.Next() != next || s.logged != next || s.dict.Seed != seed {
			t.Errorf("blocks from %d, terms from %v and %v, want %d, %v", s.ids.n.Load(), s.dict.Next(), s.logged,
				blocks, next)
		}
		if len(s.view.active) > runs {
			t.Errorf("%d runs, there were %d", len(s.view.active), runs)
		}
		if got := log(); !slices.EqualFunc(got, times, time.Time.Equal) || s.Oldest() != 1 {
			t.Errorf("the log has commits of %v from %d on, want %v", got, s.Oldest(), times)
		}
		for seq := range s.Seq() {
			if got := s.history.At(times[seq]); got != seq+1 {
				t.Errorf("the newest commit at %v is %d, want %d", times[seq], got, seq+1)
			}
		}
	}
	// What is folded now must not be written over blocks in use.
	s.fold.shape = block.Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
	commit(t, s, Change{Add: []term.Quad{inGraph("last", "g")}})
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, s)
	if n := len(allQuads(t, s)); n != 60-1-2+3 {
		t.Errorf("%d quads, want %d", n, 60)
	}
}

// TestDamagedLog recovers a store of which something that the log or the base needs is
// gone or wrong: the damage is told, and nothing is served in its place.
func TestDamagedLog(t *testing.T) {
	s := partlyFolded(t, "")
	whole := contents(t, s)
	for name, damage := range map[string]func(s *Store) kv.Pair{
		"header gone":      func(*Store) kv.Pair { return kv.Pair{K: partKey(keyLog, 4, 0)} },
		"header wrong":     func(*Store) kv.Pair { return kv.Pair{K: partKey(keyLog, 4, 0), V: []byte{9}} },
		"header empty":     func(*Store) kv.Pair { return kv.Pair{K: partKey(keyLog, 4, 0), V: []byte{}} },
		"old header wrong": func(*Store) kv.Pair { return kv.Pair{K: partKey(keyLog, 1, 0), V: []byte{9}} },
		"changes gone":     func(*Store) kv.Pair { return kv.Pair{K: partKey(keyLog, 5, 1)} },
		"changes wrong": func(*Store) kv.Pair {
			return kv.Pair{K: partKey(keyLog, 5, 1), V: []byte{0, 0, 1, 9}}
		},
		"terms gone":        func(*Store) kv.Pair { return kv.Pair{K: partKey(keyNew, 5, 0)} },
		"terms wrong":       func(*Store) kv.Pair { return kv.Pair{K: partKey(keyNew, 5, 0), V: []byte{200}} },
		"a key of no entry": func(*Store) kv.Pair { return kv.Pair{K: []byte{keyLog, 1}, V: []byte{1}} },
		"root short": func(*Store) kv.Pair {
			return kv.Pair{K: []byte{keyRoot}, V: []byte{formatVersion, 1, 2}}
		},
		"root empty":          func(*Store) kv.Pair { return kv.Pair{K: []byte{keyRoot}, V: []byte{}} },
		"root of version 0":   func(*Store) kv.Pair { return kv.Pair{K: []byte{keyRoot}, V: make([]byte, 100)} },
		"list of blocks gone": func(s *Store) kv.Pair { return kv.Pair{K: manifestKey(s.view.base.gen, 0, 0)} },
		"list of blocks wrong": func(s *Store) kv.Pair {
			return kv.Pair{K: manifestKey(s.view.base.gen, 2, 0), V: []byte{1}}
		},
		"useless blocks wrong": func(s *Store) kv.Pair {
			return kv.Pair{K: garbageKey(s.view.base.gen), V: []byte{0x80}}
		},
	} {
		pair := damage(s)
		put(t, s, pair)
		if err := (&recovery{s}).recover(t.Context()); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: recover = %v, want ErrCorrupt", name, err)
		}
		before := kv.Pair{K: pair.K}
		if v, ok := whole[string(pair.K)]; ok {
			before.V = []byte(v)
		}
		put(t, s, before)
	}
	if err := (&recovery{s}).recover(t.Context()); err != nil {
		t.Errorf("recover of what is not damaged = %v", err)
	}
}

// TestRoot reads roots back, and none that ends early.
func TestRoot(t *testing.T) {
	want := root{version: formatVersion, seed: 1<<63 + 5, seq: 300, time: time.Unix(3, 4).UTC(), gen: 500, block: 700}
	for i := range want.next {
		want.next[i] = uint64(1000 + i)
	}
	for i := range want.chunks {
		want.chunks[i] = uint32(i)
	}
	data := want.encode()
	if got, err := decodeRoot(data); err != nil || got != want {
		t.Errorf("root reads back as %+v, %v, want %+v", got, err, want)
	}
	for n := range data {
		if got, err := decodeRoot(data[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("root of %d bytes of %d = %+v, %v, want ErrCorrupt", n, len(data), got, err)
		}
	}
}
