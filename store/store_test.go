package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fincat/vocab/term"
)

func quad(s, p, o string) term.Quad {
	return term.Quad{Subject: term.NewIRI("http://e/" + s), Predicate: term.NewIRI("http://e/" + p), Object: term.NewString(o)}
}

func commit(t testing.TB, s *Store, c Change) Commit {
	t.Helper()
	got, err := s.Commit(context.Background(), c)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return got
}

func allQuads(t testing.TB, s *Store) (out []term.Quad) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	sc, err := sn.Scan(Pattern{}, ScanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	for {
		ok, err := sc.Next(context.Background(), &b)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if out, err = sn.Quads(&b, out); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortFunc(out, term.CompareQuads)
	return out
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	openTest(t, Options{Dir: dir, HolderInfo: "http://127.0.0.1:8080"})
	_, err := Open(context.Background(), Options{Dir: dir})
	var locked *LockedError
	if !errors.Is(err, ErrLocked) || !errors.As(err, &locked) || locked.Holder != "http://127.0.0.1:8080" {
		t.Errorf("Open of a held store = %v, want ErrLocked with the holder", err)
	}
	if _, err := Open(context.Background(), Options{Dir: dir, ReadOnly: true}); !errors.Is(err, ErrLocked) {
		t.Errorf("Open for reading of a held store = %v, want ErrLocked", err)
	}
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, Change{Add: record(1, 1)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	a := openTest(t, Options{Dir: dir, ReadOnly: true})
	b := openTest(t, Options{Dir: dir, ReadOnly: true})
	if n := len(allQuads(t, a)); n != recordQuads || len(allQuads(t, b)) != n {
		t.Errorf("read-only store has %d quads, want %d", n, recordQuads)
	}
	if _, err := a.Commit(context.Background(), Change{Add: record(2, 1)}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Commit = %v, want ErrReadOnly", err)
	}
	mustCheck(t, a)
}

// TestFormat writes roots of other versions.
func TestFormat(t *testing.T) {
	for version, want := range map[int]error{formatVersion + 1: ErrNewerFormat, formatVersion - 1: ErrOlderFormat} {
		dir := t.TempDir()
		s, err := Open(context.Background(), Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		r := root{version: version, time: time.Unix(0, 0), block: 1}
		if err := s.writeOnce(s.ts.next(), []kv{{[]byte{keyRoot}, r.encode()}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(context.Background(), Options{Dir: dir}); !errors.Is(err, want) {
			t.Errorf("Open of version %d = %v, want %v", version, err, want)
		}
	}
}

func TestExpect(t *testing.T) {
	s := openTest(t, Options{})
	seq := commit(t, s, Change{Add: []term.Quad{quad("s", "p", "o")}}).Seq
	commit(t, s, Change{Add: []term.Quad{quad("s", "p", "o2")}, Expect: &seq})
	if _, err := s.Commit(context.Background(), Change{Add: []term.Quad{quad("s", "p", "o3")}, Expect: &seq}); !errors.Is(err, ErrConflict) {
		t.Errorf("Commit = %v, want ErrConflict", err)
	}
	if n := len(allQuads(t, s)); n != 2 {
		t.Errorf("%d quads after a refused commit, want 2", n)
	}
}

func TestLogAndValues(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{})
	g := term.NewIRI("http://e/g")
	q := quad("s", "p", "o")
	q.Graph = g
	commit(t, s, Change{Add: []term.Quad{q, quad("s", "p", "o")}, Note: map[string]string{"run": "7"}, Put: map[string][]byte{"a/1": []byte("x"), "a/2": []byte("y"), "b": {}}})
	commit(t, s, Change{Put: map[string][]byte{"a/1": nil}})
	if c := commit(t, s, Change{Add: []term.Quad{q}}); c.Seq != 2 || c.Added != 0 {
		t.Errorf("Commit of what is there = %+v, want no new commit", c)
	}
	var got []string
	for c, err := range s.Log(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(c.Seq, c.Added, c.Removed, c.Graphs, c.Note))
	}
	want := []string{"1 2 0 [ <http://e/g>] map[run:7]", "2 0 0 [] map[]"}
	if !slices.Equal(got, want) {
		t.Errorf("Log = %q, want %q", got, want)
	}
	var names []string
	for name, err := range s.List("a/") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if v, ok, err := s.Get("b"); !slices.Equal(names, []string{"a/2"}) || !ok || err != nil || len(v) != 0 {
		t.Errorf("List = %v, Get = %q, %v, %v", names, v, ok, err)
	}
	go func() {
		time.Sleep(20 * time.Millisecond)
		_, _ = s.Commit(ctx, Change{Remove: []term.Quad{q}})
	}()
	if seq, err := s.Wait(ctx, 2); seq != 3 || err != nil {
		t.Errorf("Wait(2) = %d, %v, want 3", seq, err)
	}
}

func TestBlankNodes(t *testing.T) {
	s := openTest(t, Options{})
	b, p := term.NewBlankNode("x"), term.NewIRI("http://e/p")
	doc := []term.Quad{{Subject: b, Predicate: p, Object: term.NewBlankNode("y")}, {Subject: b, Predicate: p, Object: term.NewString("o")}}
	commit(t, s, Change{Add: doc})
	if c := commit(t, s, Change{Add: doc}); c.Added != 2 {
		t.Errorf("loading a document again added %d quads, want 2 with new nodes", c.Added)
	}
	stored := allQuads(t, s)
	if c := commit(t, s, Change{Add: stored, KeepBlankNodes: true}); c.Added != 0 {
		t.Errorf("adding the store's own quads added %d, want 0", c.Added)
	}
	if c := commit(t, s, Change{Remove: stored[:1]}); c.Removed != 1 {
		t.Errorf("removing by the store's labels removed %d, want 1", c.Removed)
	}
	triple := term.NewTripleTerm(term.Triple{Subject: b, Predicate: p, Object: term.NewString("long enough for the dictionary")})
	commit(t, s, Change{Add: []term.Quad{{Subject: b, Predicate: p, Object: triple}}})
	sn, _ := s.Snapshot()
	defer sn.Close()
	for _, q := range allQuads(t, s) {
		if q.Object.IsTripleTerm() && q.Object.Triple().Subject != q.Subject {
			t.Errorf("a blank node and the same one in a triple term came apart: %v", q)
		}
	}
	mustCheck(t, s)
	labelled := term.Quad{Subject: term.NewBlankNode("own-label"), Predicate: p, Object: s.NewBlankNode()}
	commit(t, s, Change{Add: []term.Quad{labelled}, KeepBlankNodes: true})
	if !slices.Contains(allQuads(t, s), labelled) {
		t.Errorf("%v did not keep its labels", labelled)
	}
}

func TestLongTerms(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var want []term.Quad
	for i, n := range []int{1, 2000, 3000, 100_000, 3_000_000} {
		want = append(want, quad(fmt.Sprint("s", i), "p", strings.Repeat(fmt.Sprintf("資料 %d ", i), n/9+1)))
	}
	slices.SortFunc(want, term.CompareQuads)
	commit(t, s, Change{Add: want})
	for range 2 {
		if !slices.Equal(allQuads(t, s), want) {
			t.Error("long terms do not read back")
		}
		if err := s.Fold(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.dict.texts = newCache[[]string](1 << 20)
		mustCheck(t, s)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, Options{Dir: dir})
	if !slices.Equal(allQuads(t, s), want) {
		t.Error("long terms do not read back after opening")
	}
}

func TestBackup(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{FoldChanges: 300})
	for i := range 12 {
		commit(t, s, Change{Add: record(i, 0), Put: map[string][]byte{"k": []byte(fmt.Sprint(i))}})
	}
	var buf bytes.Buffer
	seq, err := s.Backup(ctx, &buf)
	if err != nil || seq != 12 {
		t.Fatalf("Backup = %d, %v", seq, err)
	}
	want := allQuads(t, s)
	commit(t, s, Change{Drop: []term.Term{want[0].Graph}})
	data := buf.Bytes()
	for _, tt := range []struct {
		name string
		data []byte
	}{{"cut", data[:len(data)/2]}, {"cut at the end", data[:len(data)-3]}, {"other file", []byte("hello")}, {"empty", nil}} {
		dir := filepath.Join(t.TempDir(), "r")
		if err := Restore(ctx, bytes.NewReader(tt.data), Options{Dir: dir}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("Restore of a backup that is %s = %v, want ErrCorrupt", tt.name, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Restore of a backup that is %s left something: %v", tt.name, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "r")
	if err := Restore(ctx, bytes.NewReader(data), Options{Dir: dir}); err != nil {
		t.Fatalf("Restore: %v", err)
	}
	if err := Restore(ctx, bytes.NewReader(data), Options{Dir: dir}); err == nil {
		t.Error("Restore into a store that is there = nil, want an error")
	}
	r := openTest(t, Options{Dir: dir})
	if v, _, _ := r.Get("k"); !slices.Equal(allQuads(t, r), want) || r.Seq() != seq || string(v) != "11" {
		t.Errorf("restored store differs: %d quads, want %d", len(allQuads(t, r)), len(want))
	}
	mustCheck(t, r)
	commit(t, r, Change{Add: record(50, 0)})
	mustCheck(t, r)
}

// TestFull lets the disk fill up: commits fail, nothing is lost, and they
// succeed again when there is room.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	commit(t, s, Change{Add: record(1, 0)})
	s.freeBytes = func(string) (uint64, error) { return 1 << 20, nil }
	if _, err := s.Commit(context.Background(), Change{Add: record(2, 0)}); !errors.Is(err, ErrFull) {
		t.Errorf("Commit on a full disk = %v, want ErrFull", err)
	}
	if err := s.Fold(context.Background()); !errors.Is(err, ErrFull) {
		t.Errorf("Fold on a full disk = %v, want ErrFull", err)
	}
	if n := len(allQuads(t, s)); n != recordQuads {
		t.Errorf("%d quads on a full disk, want %d", n, recordQuads)
	}
	s.freeBytes = freeBytes
	commit(t, s, Change{Add: record(2, 0)})
	mustCheck(t, s)
}

// TestFullAtRandom has the disk be full at random moments, also in the middle of
// large commits, loads and folds: what fails leaves nothing, what does not is all
// there, and a store that has stopped writing goes on when it is opened again.
func TestFullAtRandom(t *testing.T) {
	ctx := context.Background()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 4))
	o := Options{Dir: t.TempDir(), FoldChanges: 300, Sync: Interval}
	var full atomic.Int64 // one in so many looks finds the disk full; 0: none
	var s *Store
	open := func() {
		var err error
		if s, err = Open(ctx, o); err != nil {
			t.Fatal(err)
		}
		s.freeBytes = func(string) (uint64, error) {
			if n := full.Load(); n > 0 && time.Now().UnixNano()%n == 0 {
				return 1 << 20, nil
			}
			return 1 << 40, nil
		}
		s.roomEvery = 4 << 10
	}
	open()
	want := map[term.Quad]bool{}
	failed, reopened, done := 0, 0, 0
	for end, i := time.Now().Add(campaign(2)), 0; time.Now().Before(end) || failed == 0; i++ {
		full.Store(int64(1 + rng.IntN(60)))
		var err error
		var add []term.Quad
		switch rng.IntN(8) {
		case 0:
			err = s.Fold(ctx)
		case 1:
			err = s.Compact(ctx)
		case 2:
			for k := range 6 {
				add = append(add, record(i*10+k, 0)...)
			}
			_, err = s.LoadQuads(ctx, func(yield func(term.Quad, error) bool) {
				for _, q := range add {
					if !yield(q, nil) {
						return
					}
				}
			}, LoadOptions{MemoryBytes: 1 << 20})
		default:
			for k := range 1 + 6*rng.IntN(2) {
				add = append(add, record(i*10+k, 0)...)
			}
			_, err = s.Commit(ctx, Change{Add: add})
		}
		full.Store(0)
		switch {
		case err == nil:
			done++
			for _, q := range add {
				want[q] = true
			}
		case errors.Is(err, ErrFailed):
			reopened++
			if err := s.Close(); err != nil {
				t.Logf("Close: %v", err)
			}
			open()
		case errors.Is(err, ErrFull):
			failed++
		default:
			t.Fatalf("round %d: %v, want ErrFull (seed %d)", i, err, seed)
		}
		if i%20 == 0 {
			mustCheck(t, s)
		}
		if len(want) > 20_000 {
			break
		}
	}
	if err := s.Fold(ctx); err != nil && !errors.Is(err, ErrFailed) {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Logf("Close: %v", err)
	}
	open()
	defer s.Close()
	mustCheck(t, s)
	got := allQuads(t, s)
	for _, q := range got {
		if !want[q] {
			t.Fatalf("%v is there, but its commit failed (seed %d)", q, seed)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d quads, want %d (seed %d)", len(got), len(want), seed)
	}
	t.Logf("%d succeeded, %d found the disk full, %d after a failure", done, failed, reopened)
}

// TestManyGraphs replaces very many graphs in one commit: the log header does
// not fit into a transaction.
func TestManyGraphs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 300_000
	s := openTest(t, Options{Dir: t.TempDir(), Sync: Interval})
	p, o := term.NewIRI("http://e/p"), term.NewString("o")
	c := Change{Replace: make(map[term.Term][]term.Quad, n)}
	for i := range n {
		g := term.NewIRI(fmt.Sprintf("http://e/graph/%d", i*7919%n))
		c.Replace[g] = []term.Quad{{Subject: g, Predicate: p, Object: o}}
	}
	if got := commit(t, s, c); got.Added != n || got.Graphs != nil {
		t.Errorf("Commit added %d quads and lists %d graphs, want %d and none: they are too many", got.Added, len(got.Graphs), n)
	}
	for c, err := range s.Log(context.Background(), 0) {
		if err != nil || len(c.Graphs) != n {
			t.Errorf("Log has %d graphs, %v", len(c.Graphs), err)
		}
	}
	if st, _ := s.Snapshot(); st.Stats().Graphs != n {
		t.Errorf("%d graphs, want %d", st.Stats().Graphs, n)
	} else {
		st.Close()
	}
}

// TestReadOnlyAfterKill opens what a killed process left, for reading only.
func TestReadOnlyAfterKill(t *testing.T) {
	ctx := context.Background()
	dir, left := t.TempDir(), t.TempDir()
	s := openTest(t, Options{Dir: dir, FoldChanges: 300})
	for i := range 8 {
		commit(t, s, Change{Add: record(i, 0)})
	}
	if err := s.Fold(ctx); err != nil {
		t.Fatal(err)
	}
	commit(t, s, Change{Add: record(9, 0)})
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	r, err := Open(ctx, Options{Dir: left, ReadOnly: true})
	if err != nil {
		t.Fatalf("Open for reading: %v", err)
	}
	if got, want := allQuads(t, r), allQuads(t, s); !slices.Equal(got, want) {
		t.Errorf("%d quads, want %d", len(got), len(want))
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestClassesAndGraphs(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{FoldChanges: 700})
	for i := range 20 {
		commit(t, s, Change{Add: record(i, 0)})
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	got := map[string][2]uint64{}
	for c, err := range sn.Classes(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		class, _ := sn.Term(c.Class)
		got[strings.TrimPrefix(class.Value(), dcat)] = [2]uint64{c.Quads, c.Subjects}
	}
	if len(got) != 2 || got["Dataset"] != [2]uint64{20, 20} || got["Distribution"] != [2]uint64{140, 140} {
		t.Errorf("Classes = %v, want 20 datasets and 140 distributions", got)
	}
	subjects, predicates, objects := map[term.Term]bool{}, map[term.Term]bool{}, map[term.Term]bool{}
	for _, q := range record(3, 0) {
		subjects[q.Subject], predicates[q.Predicate], objects[q.Object] = true, true, true
	}
	g, _, _ := sn.Lookup(record(3, 0)[0].Graph)
	want := GraphStats{recordQuads, uint64(len(subjects)), uint64(len(predicates)), uint64(len(objects))}
	if got, err := sn.GraphStats(ctx, g); err != nil || got != want {
		t.Errorf("GraphStats = %+v, %v, want %+v", got, err, want)
	}
}

func ExampleStore() {
	ctx := context.Background()
	s, err := Open(ctx, Options{}) // in memory
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	title := term.Quad{
		Subject:   term.NewIRI("https://data.example.tw/dataset/twse/1"),
		Predicate: term.NewIRI("http://purl.org/dc/terms/title"),
		Object:    term.NewLangString("每日收盤行情", "zh-Hant-TW"),
		Graph:     term.NewIRI("https://data.example.tw/graph/twse/1"),
	}
	if _, err := s.Commit(ctx, Change{Add: []term.Quad{title}}); err != nil {
		fmt.Println(err)
		return
	}
	sn, err := s.Snapshot()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sn.Close()
	p, _, _ := sn.Lookup(title.Predicate)
	sc, err := sn.Scan(Pattern{P: p}, ScanOptions{Order: POSG, Columns: ColumnO})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sc.Close()
	var b Batch
	for {
		ok, err := sc.Next(ctx, &b)
		if err != nil || !ok {
			return
		}
		for _, id := range b.O {
			o, _ := sn.Term(id)
			fmt.Println(o)
		}
	}
	// Output: "每日收盤行情"@zh-Hant-TW
}
