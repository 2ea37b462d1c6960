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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fincat/store/kv"
	"fincat/vocab/term"
)

func quad(s, p, o string) term.Quad {
	return term.Quad{
		Subject:   term.NewIRI("http://e/" + s),
		Predicate: term.NewIRI("http://e/" + p),
		Object:    term.NewString(o),
	}
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
	for q, err := range sn.Match(context.Background(), Pattern{}, SPOG) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, q)
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

// TestOpenedAgain opens a store again, which keeps what is in it and lets nobody else in.
func TestOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir, HolderInfo: "fincat"})
	commit(t, s, Change{Add: record(1, 1)})
	others, stop := context.WithCancel(t.Context())
	var tries sync.WaitGroup
	tries.Go(func() {
		for others.Err() == nil {
			if o, err := Open(context.Background(), Options{Dir: dir, ReadOnly: true}); !errors.Is(err, ErrLocked) {
				t.Errorf("Open of a store that is opened again = %v, %v, want ErrLocked", o, err)
				return
			}
		}
	})
	for i := range 5 {
		again, err := Reopen(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Snapshot(); !errors.Is(err, ErrClosed) {
			t.Errorf("Snapshot of a store that was opened again = %v, want ErrClosed", err)
		}
		s = again
		t.Cleanup(func() { s.Close() })
		commit(t, s, Change{Add: record(i+2, 1)})
		if n := len(allQuads(t, s)); n != (i+2)*recordQuads {
			t.Errorf("store has %d quads after it was opened again %d times, want %d", n, i+1, (i+2)*recordQuads)
		}
	}
	stop()
	tries.Wait()
	if _, err := Reopen(others, s); !errors.Is(err, context.Canceled) {
		t.Errorf("Reopen = %v, want context.Canceled", err)
	}
	if n := len(allQuads(t, openTest(t, Options{Dir: dir}))); n != 6*recordQuads {
		t.Errorf("store has %d quads, want %d", n, 6*recordQuads)
	}
	memory := openTest(t, Options{})
	commit(t, memory, Change{Add: record(1, 1)})
	if again, err := Reopen(t.Context(), memory); again != memory || err != nil {
		t.Errorf("Reopen of a store in memory = %p, %v, want the store %p", again, err, memory)
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
	for version, want := range map[int]error{formatVersion + 1: ErrNewerFormat, oldestFormat - 1: ErrOlderFormat} {
		dir := t.TempDir()
		s, err := Open(context.Background(), Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		r := root{version: version, time: time.Unix(0, 0), block: 1}
		if err := s.db.Write(s.db.NextTime(), []kv.Pair{{K: []byte{keyRoot}, V: r.encode()}}); err != nil {
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
	stale := Change{Add: []term.Quad{quad("s", "p", "o3")}, Expect: &seq}
	if _, err := s.Commit(context.Background(), stale); !errors.Is(
		err,
		ErrConflict,
	) {
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
	commit(
		t,
		s,
		Change{
			Add:  []term.Quad{q, quad("s", "p", "o")},
			Note: Note{Run: "7"},
			Put:  map[string][]byte{"a/1": []byte("x"), "a/2": []byte("y"), "b": {}},
		},
	)
	commit(t, s, Change{Put: map[string][]byte{"a/1": nil}})
	if c := commit(t, s, Change{Add: []term.Quad{q}}); c.Seq != 2 || c.Added != 0 {
		t.Errorf("Commit of what is there = %+v, want no new commit", c)
	}
	var got []string
	for c, err := range s.Log(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(c.Seq, c.Added, c.Removed, c.Graphs, c.Note.pairs()))
	}
	want := []string{"1 2 0 [ <http://e/g>] [[run 7]]", "2 0 0 [] []"}
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
	doc := []term.Quad{
		{Subject: b, Predicate: p, Object: term.NewBlankNode("y")},
		{Subject: b, Predicate: p, Object: term.NewString("o")},
	}
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
	triple := term.NewTripleTerm(
		term.Triple{Subject: b, Predicate: p, Object: term.NewString("long enough for the dictionary")},
	)
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
		s.dict.Forget()
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
	}{{"cut", data[:len(data)/2]}, {"cut at the end", data[:len(data)-3]},
		{"longer by a byte", append(slices.Clip(data), 'x')}, {"longer by a zero", append(slices.Clip(data), 0)},
		{"followed by text", append(slices.Clip(data), "some text that is longer"...)},
		{"followed by another", append(slices.Clip(data), data...)},
		{"followed by its data", append(slices.Clip(data), data[len(backupMagic):]...)},
		{"other file", []byte("hello")}, {"empty", nil}} {
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
	freeBytes := s.db.FreeBytes
	s.db.FreeBytes = func(string) (uint64, error) { return 1 << 20, nil }
	if _, err := s.Commit(context.Background(), Change{Add: record(2, 0)}); !errors.Is(err, ErrFull) {
		t.Errorf("Commit on a full disk = %v, want ErrFull", err)
	}
	if err := s.Fold(context.Background()); !errors.Is(err, ErrFull) {
		t.Errorf("Fold on a full disk = %v, want ErrFull", err)
	}
	if n := len(allQuads(t, s)); n != recordQuads {
		t.Errorf("%d quads on a full disk, want %d", n, recordQuads)
	}
	s.db.FreeBytes = freeBytes
	commit(t, s, Change{Add: record(2, 0)})
	mustCheck(t, s)
}

// TestFullAtRandom has the disk be full at random moments, also in the middle of
// large commits, loads and folds: what fails leaves nothing, what does not is all
// there, and a store that has stopped writing goes on when it is opened again.
func TestFullAtRandom(t *testing.T) {
	ctx := context.Background()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 4))
	d := &filling{t: t, o: Options{Dir: t.TempDir(), FoldChanges: 300, Sync: Interval}}
	d.open()
	want := map[term.Quad]bool{}
	failed, reopened, done := 0, 0, 0
	for end, i := time.Now().Add(campaign(2)), 0; (time.Now().Before(end) || failed == 0) && len(want) <= 20_000; i++ {
		d.full.Store(int64(1 + rng.IntN(60)))
		add, err := d.step(rng, i)
		d.full.Store(0)
		switch {
		case err == nil:
			done++
			for _, q := range add {
				want[q] = true
			}
		case errors.Is(err, ErrFailed):
			reopened++
			d.close()
			d.open()
		case errors.Is(err, ErrFull):
			failed++
		default:
			t.Fatalf("round %d: %v, want ErrFull", i, err)
		}
		if i%20 == 0 {
			mustCheck(t, d.s)
		}
	}
	if err := d.s.Fold(ctx); err != nil && !errors.Is(err, ErrFailed) {
		t.Fatal(err)
	}
	d.close()
	d.open()
	defer d.close()
	mustCheck(t, d.s)
	got := allQuads(t, d.s)
	for _, q := range got {
		if !want[q] {
			t.Fatalf("%v is there, but its commit failed", q)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d quads, want %d", len(got), len(want))
	}
	t.Logf("%d succeeded, %d found the disk full, %d after a failure", done, failed, reopened)
}

// filling is a store on a disk that is full now and then.
type filling struct {
	t    *testing.T
	o    Options
	full atomic.Int64 // one in so many looks finds the disk full; 0: none
	s    *Store
}

func (d *filling) open() {
	var err error
	if d.s, err = Open(context.Background(), d.o); err != nil {
		d.t.Fatal(err)
	}
	d.s.db.FreeBytes = func(string) (uint64, error) {
		if n := d.full.Load(); n > 0 && time.Now().UnixNano()%n == 0 {
			return 1 << 20, nil
		}
		return 1 << 40, nil
	}
	d.s.db.RoomEvery = 4 << 10
}

func (d *filling) close() {
	if err := d.s.Close(); err != nil {
		d.t.Logf("Close: %v", err)
	}
}

// step folds, compacts, loads or commits, and returns the quads that are there if that
// comes about.
func (d *filling) step(rng *rand.Rand, i int) (add []term.Quad, err error) {
	ctx := context.Background()
	records := func(n int) {
		for k := range n {
			add = append(add, record(i*10+k, 0)...)
		}
	}
	switch rng.IntN(8) {
	case 0:
		return nil, d.s.Fold(ctx)
	case 1:
		_, err := d.s.Compact(ctx)
		return nil, err
	case 2:
		records(6)
		_, err = loadQuads(d.s, ctx, func(yield func(term.Quad, error) bool) {
			for _, q := range add {
				if !yield(q, nil) {
					return
				}
			}
		}, LoadOptions{MemoryBytes: 1 << 20})
	default:
		records(1 + 6*rng.IntN(2))
		_, err = d.s.Commit(ctx, Change{Add: add})
	}
	return add, err
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
		t.Errorf(
			"Commit added %d quads and lists %d graphs, want %d and none: they are too many",
			got.Added,
			len(got.Graphs),
			n,
		)
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
