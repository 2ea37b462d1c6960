package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/store/block"
	"fincat/vocab/term"
)

// breakOff adds n quads with new terms in a transaction that is broken off, and has the
// terms go into the dictionary's blocks. It returns one of the quads.
func breakOff(ctx context.Context, s *Store, name string, n int) (q term.Quad, err error) {
	tx, err := s.Begin(ctx)
	if err != nil {
		return q, err
	}
	defer tx.Rollback()
	for i := range n {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", name, i))
		q = quad(fmt.Sprintf("%s/%d", name, i), fmt.Sprint("p/", name), hex.EncodeToString(sum[:]))
		if err := tx.Add(ctx, q); err != nil {
			return q, err
		}
	}
	tx.Rollback()
	// Terms that no log entry has go into the next one.
	if _, err := s.Commit(ctx, Change{Put: map[string][]byte{"broken": []byte(name)}}); err != nil {
		return q, err
	}
	return q, s.Fold(ctx)
}

// varied returns quads with terms of every kind: long ones too, and triple terms whose
// parts nothing else has.
func varied(name string) []term.Quad {
	lit := func(s string) term.Term { return term.NewLangString(name+s, "zh-Hant-TW") }
	long := lit(strings.Repeat("很長的說明", 3000))
	inner := term.NewTripleTerm(term.Triple{
		Subject: term.NewIRI("http://e/inner/" + name), Predicate: term.NewIRI("http://e/says/" + name),
		Object: long,
	})
	outer := term.NewTripleTerm(term.Triple{
		Subject: term.NewIRI("http://e/outer/" + name), Predicate: term.NewIRI("http://e/about/" + name),
		Object: inner,
	})
	return []term.Quad{
		{
			Subject: term.NewIRI("http://e/a/" + name), Predicate: term.NewIRI("http://e/reifies"), Object: outer,
			Graph: term.NewIRI("http://e/graph/" + name),
		},
		{
			Subject: term.NewBlankNode("label-" + name), Predicate: term.NewIRI("http://e/says"),
			Object: lit("a title that is not inline"),
		},
		{
			Subject: term.NewIRI("http://e/b/" + name), Predicate: term.NewIRI("http://e/says"),
			Object: lit(strings.Repeat("another long one", 40_000)),
		},
	}
}

// texts counts the terms whose texts are in the database.
func texts(t *testing.T, s *Store) (n int) {
	t.Helper()
	for k, v := range contents(t, s) {
		if k[0] == 'd' {
			if _, err := s.dict.Repack([]byte(v), func(terms []string) {
				for _, text := range terms {
					if text != "" {
						n++
					}
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
}

// swept returns a store with quads of every kind, some of them only in the history, some
// only in a transaction that was broken off, and what it must still have when it is swept.
func swept(t *testing.T, dir string) (s *Store, check func(*Store)) {
	t.Helper()
	s = openTest(t, Options{Dir: dir, History: time.Hour})
	commit(t, s, Change{Add: append(varied("kept"), record(1, 1)...), KeepBlankNodes: true})
	commit(t, s, Change{Add: varied("removed"), KeepBlankNodes: true})
	commit(t, s, Change{Remove: varied("removed")})
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tx.KeepBlankNodes(true)
	if err := tx.Add(t.Context(), varied("broken")...); err != nil {
		t.Fatal(err)
	}
	tx.Rollback()
	last, err := breakOff(t.Context(), s, "upload", 500)
	if err != nil {
		t.Fatal(err)
	}
	quads, past, log := allQuads(t, s), quadsAt(t, s, 2), goldenText(t, s)
	return s, func(s *Store) {
		t.Helper()
		mustCheck(t, s)
		if !slices.Equal(allQuads(t, s), quads) {
			t.Error("the quads are others than before")
		}
		if got := quadsAt(t, s, 2); !slices.Equal(got, past) || len(got) != len(quads)+len(varied("")) {
			t.Errorf("state 2 has %d quads that are not the %d of before", len(got), len(past))
		}
		if got := goldenText(t, s); got != log {
			t.Errorf("log:\n%s\nwant:\n%s", got, log)
		}
		sn, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		defer sn.Close()
		for _, gone := range []term.Term{last.Subject, last.Object, varied("broken")[2].Object} {
			if id, ok, err := sn.Lookup(gone); ok || err != nil {
				t.Errorf("Lookup(%.40v) = %#x, %v, want that it is gone", gone, uint64(id), err)
			}
		}
	}
}

func quadsAt(t *testing.T, s *Store, seq uint64) (out []term.Quad) {
	t.Helper()
	sn, err := s.SnapshotAt(t.Context(), seq)
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for q, err := range sn.Match(t.Context(), Pattern{}, SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, q)
	}
	slices.SortFunc(out, term.CompareQuads)
	return out
}

// TestSweep takes out what nothing uses: terms that came with an upload that was broken
// off, but none that a quad has, now or in the history that is kept. What was taken out
// may come again.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s, check := swept(t, dir)
	before := texts(t, s)
	c, err := s.Compact(t.Context())
	if err != nil || c.Busy {
		t.Fatalf("Compact = %+v, %v", c, err)
	}
	if got := before - int(c.Terms); c.Terms < 1010 || texts(t, s) != got {
		t.Errorf("%d terms were taken out, and there are %d of %d", c.Terms, texts(t, s), before)
	}
	check(s)
	if c, err := s.Compact(t.Context()); err != nil || c != (Compacted{}) {
		t.Errorf("Compact a second time = %+v, %v, want nothing", c, err)
	}
	closed(t, s)
	s = openTest(t, Options{Dir: dir, History: time.Hour})
	check(s)
	commit(t, s, Change{Add: varied("broken"), KeepBlankNodes: true})
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, s)
	for _, q := range varied("broken") {
		if !slices.Contains(allQuads(t, s), q) {
			t.Errorf("%.60v is not there when it came again", q)
		}
	}
	closed(t, s)
	// When the history is not kept any more, what was removed goes too.
	s = openTest(t, Options{Dir: dir, History: -1})
	commit(t, s, Change{Remove: varied("broken")})
	kept := allQuads(t, s)
	if c, err = s.Compact(t.Context()); err != nil || c.Terms < 10 {
		t.Errorf("Compact without history = %+v, %v", c, err)
	}
	mustCheck(t, s)
	if !slices.Equal(allQuads(t, s), kept) || s.Seq() == s.Oldest() {
		t.Error("the quads are others than before, or the log was kept")
	}
}

// halfSweep does what a sweep does up to the base without the terms, which it returns.
func halfSweep(t *testing.T, s *Store) *newBase {
	t.Helper()
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.fold.lockBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.fold.unlockBase()
	v, err := s.fold.whole()
	if err != nil || v == nil {
		t.Fatal(v, err)
	}
	entries := block.NewSorter[block.Key](s.db.Temp(), 100, false)
	defer entries.Close()
	unused, err := s.fold.unused(t.Context(), v, entries)
	if err != nil {
		t.Fatal(err)
	}
	nb, err := s.fold.baseWithout(t.Context(), v, unused, entries)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := s.fold.switchIdle(nb, v); !ok || err != nil {
		t.Fatal(ok, err)
	}
	return nb
}

// erasures counts the parts of manifests that name terms to be erased.
func erasures(t *testing.T, s *Store) (n int) {
	t.Helper()
	for k := range contents(t, s) {
		if k[0] == keyManifest && k[9] == sectionErase {
			n++
		}
	}
	return n
}

// TestSweepBroken breaks a sweep off after the base without the terms has come into force
// and before they are erased: the next base, or opening the store, does the rest.
func TestSweepBroken(t *testing.T) {
	twin, check := swept(t, t.TempDir())
	all := texts(t, twin)
	if _, err := twin.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(twin)
	want := texts(t, twin)
	dir := t.TempDir()
	s, check := swept(t, dir)
	nb := halfSweep(t, s)
	if got := texts(t, s); got != all || erasures(t, s) != 1 {
		t.Fatalf("%d texts before anything is erased, want %d", got, all)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	s.fold.clean(over, nb)
	check(s) // nothing leads to the terms although they are still there
	closed(t, s)
	s = openTest(t, Options{Dir: dir, History: time.Hour})
	if got := texts(t, s); got != want || erasures(t, s) != 0 {
		t.Errorf("%d texts are left when the store is opened, want %d", got, want)
	}
	check(s)
	if _, err := breakOff(t.Context(), s, "again", 300); err != nil {
		t.Fatal(err)
	}
	nb = halfSweep(t, s)
	s.fold.clean(over, nb)
	commit(t, s, Change{Add: varied("broken"), KeepBlankNodes: true})
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, s)
	if got := texts(t, s); got > want+20 || erasures(t, s) != 0 {
		t.Errorf("%d texts are left after the next base, want %d and some new ones", got, want)
	}
}

// TestSweepAgain takes terms out of a large dictionary, where they are few among many, and
// has them come again, and go again, under other numbers.
func TestSweepAgain(t *testing.T) {
	s := openTest(t, Options{History: -1})
	var all, some []term.Quad
	for i := range 3000 {
		all = append(all, quad(fmt.Sprint("s", i), "p", fmt.Sprint("an object ", i)))
	}
	for i := range 7 {
		some = append(some, quad(fmt.Sprint("some", i), "p", fmt.Sprint("another object ", i)))
	}
	commit(t, s, Change{Add: all})
	for round := range 5 {
		commit(t, s, Change{Add: some})
		if err := s.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(allQuads(t, s)); got != len(all)+len(some) {
			t.Fatalf("round %d: %d quads", round, got)
		}
		mustCheck(t, s)
		commit(t, s, Change{Remove: some})
		if c, err := s.Compact(t.Context()); err != nil || c.Terms != uint64(2*len(some)) {
			t.Fatalf("round %d: Compact = %+v, %v, want %d terms", round, c, err, 2*len(some))
		}
		mustCheck(t, s)
		if err := s.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSweepBusy leaves the terms while somebody may have their numbers, and while
// commits come in between.
func TestSweepBusy(t *testing.T) {
	s, check := swept(t, t.TempDir())
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for _, leave := range []func(){tx.Rollback, sn.Close} {
		if c, err := s.Compact(t.Context()); err != nil || c != (Compacted{Busy: true}) {
			t.Errorf("Compact beside a user = %+v, %v, want that it is busy", c, err)
		}
		leave()
		tx.Rollback() // a second time means nothing
	}
	if c, err := s.Compact(t.Context()); err != nil || c.Terms < 1000 {
		t.Errorf("Compact = %+v, %v", c, err)
	}
	check(s)
}

// TestSweepUpload breaks an upload of 50 MB off, and compares the size of the store's files,
// compacted, with that of before.
func TestSweepUpload(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	var all []term.Quad
	for i := range 500 {
		all = append(all, record(i, 1)...)
	}
	commit(t, s, Change{Add: all})
	compacted := func() int64 {
		t.Helper()
		if c, err := s.Compact(t.Context()); err != nil || c.Busy {
			t.Fatal(c, err)
		}
		closed(t, s)
		n := diskBytes(t, dir)
		s = openTest(t, Options{Dir: dir})
		return n
	}
	before, quads := compacted(), allQuads(t, s)
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.NewChaCha8([32]byte{1})
	noise := make([]byte, 1500)
	for i := range 25_000 {
		_, _ = rng.Read(noise)
		q := quad(fmt.Sprint("upload/", i), "p", base64.StdEncoding.EncodeToString(noise))
		if err := tx.Add(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	tx.Rollback()
	commit(t, s, Change{Add: []term.Quad{quad("s", "p", "o")}})
	commit(t, s, Change{Remove: []term.Quad{quad("s", "p", "o")}})
	closed(t, s)
	grown := diskBytes(t, dir)
	s = openTest(t, Options{Dir: dir})
	after := compacted()
	t.Logf("%d bytes before, %d with what was broken off, %d compacted", before, grown, after)
	if grown < before+30<<20 || after > before+before/20+1<<20 {
		t.Errorf("%d bytes before, %d with what was broken off, %d compacted", before, grown, after)
	}
	mustCheck(t, s)
	if !slices.Equal(allQuads(t, s), quads) {
		t.Error("the quads are others than before")
	}
}

// diskBytes sums the sizes of a store's files up.
func diskBytes(t *testing.T, dir string) (n int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

// TestSweepFull fills the disk at each place where a compaction that takes terms out looks
// for room: it fails with its reason, nothing is lost, and the next one does it.
func TestSweepFull(t *testing.T) {
	s := openTest(t, Options{Dir: t.TempDir(), History: -1})
	var kept, gone []term.Quad
	for i := range 300 {
		kept = append(kept, quad(fmt.Sprint("s", i), "p", fmt.Sprint("an object ", i)))
		gone = append(gone, quad("s", "p", strings.Repeat("x", 100)+fmt.Sprint(i)))
	}
	looks, full := 0, 0
	s.db.FreeBytes = func(string) (uint64, error) {
		if looks++; looks == full {
			return 1 << 20, nil
		}
		return 1 << 40, nil
	}
	s.db.RoomEvery = 4 << 10
	commit(t, s, Change{Add: kept})
	for full = 1; ; full++ {
		looks = -1 << 30
		commit(t, s, Change{Add: gone})
		if err := s.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		commit(t, s, Change{Remove: gone})
		looks = 0
		_, err := s.Compact(t.Context())
		failed := looks >= full
		if looks = -1 << 30; failed && !errors.Is(err, ErrFull) {
			t.Fatalf("full at look %d: Compact = %v, want %v", full, err, ErrFull)
		}
		mustCheck(t, s)
		if got := len(allQuads(t, s)); got != len(kept) {
			t.Fatalf("full at look %d: %d quads, want %d", full, got, len(kept))
		}
		if c, err := s.Compact(t.Context()); failed && (err != nil || c.Busy) {
			t.Fatalf("full at look %d: the next Compact = %+v, %v", full, c, err)
		}
		mustCheck(t, s)
		if !failed {
			break
		}
	}
	if full < 3 {
		t.Errorf("only %d looks for room", full)
	}
}
