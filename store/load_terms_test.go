package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fincat/store/ids"
	"fincat/vocab/term"
)

// loadQuad is quad i of a load, every term of which is in the dictionary.
func loadQuad(i int) term.Quad {
	return term.Quad{
		Subject:   term.NewIRI(fmt.Sprintf("http://e/subject/%d", i/3)),
		Predicate: term.NewIRI(fmt.Sprintf("http://e/p%d", i%5)),
		Object:    term.NewString(fmt.Sprintf("object number %d", i)),
		Graph:     term.NewIRI(fmt.Sprintf("http://e/graph/%d", i/1000)),
	}
}

// sharedQuad takes its terms from different parts of a load, and one from nowhere.
func sharedQuad(i int) term.Quad {
	return term.Quad{
		Subject:   loadQuad(3 * i).Subject,
		Predicate: term.NewIRI("http://e/shared"),
		Object:    loadQuad(5000 + i).Object,
		Graph:     term.NewIRI(fmt.Sprintf("http://e/new/%d", i)),
	}
}

// TestSharedTerms has commits and transactions use the terms of a load while it
// reads and while it indexes; it comes about, fails, or is cut short by a crash.
func TestSharedTerms(t *testing.T) {
	for _, tt := range []struct {
		name   string
		memory int64
		fail   Stage
	}{{name: "load comes about"}, {name: "with spills", memory: 300_000}, {name: "fails reading", fail: Reading},
		{name: "fails reading, with spills", memory: 300_000, fail: Reading},
		{name: "fails indexing", fail: Indexing}} {
		t.Run(tt.name, func(t *testing.T) {
			l := &sharedLoad{
				t: t, s: openTest(t, Options{Dir: t.TempDir(), FoldChanges: 1000, Sync: Interval}),
				memory: tt.memory, fail: tt.fail, copied: t.TempDir(), want: map[term.Quad]bool{},
			}
			l.add(loadQuad(1), loadQuad(sharedQuads/2), loadQuad(sharedQuads-1)) // some terms are there before
			l.beside()
			sameQuads(t, l.s, l.want)
			if err := l.s.Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
			sameQuads(t, l.s, l.want)
			l.again(l.s, l.want) // finds every term, those of the failed load included

			crashed := openTest(t, Options{Dir: l.copied, FoldChanges: 1000})
			sameQuads(t, crashed, l.before)
			l.again(crashed, l.before)
		})
	}
}

// sharedQuads is how many quads the loads of [TestSharedTerms] have: three chunks.
const sharedQuads = 3 * chunkQuads

// sharedLoad is a load beside which a commit and a transaction use its terms.
type sharedLoad struct {
	t      *testing.T
	s      *Store
	memory int64
	fail   Stage // where the load fails; "": it comes about
	copied string

	want, before map[term.Quad]bool // what the store has, and the copy of it made during the load
}

// add commits quads.
func (l *sharedLoad) add(qs ...term.Quad) {
	commit(l.t, l.s, Change{Add: qs})
	for _, q := range qs {
		l.want[q] = true
	}
}

// beside loads; in the last chunk, and when the load sorts, others use its terms.
func (l *sharedLoad) beside() {
	t := l.t
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tx, err := l.s.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	var once sync.Once
	read := make(chan struct{}) // all chunks but the last one are numbered
	progress := func(st Stage, n uint64) {
		switch {
		case st == Reading && n == sharedQuads-chunkQuads:
			close(read)
		case st == Sorting:
			once.Do(func() { l.use(tx, 200) })
		case st == Indexing && l.fail == Indexing:
			cancel()
		}
	}
	_, err = loadQuads(l.s, ctx, l.quads(tx, read),
		LoadOptions{MemoryBytes: l.memory, Workers: 1, Progress: progress})
	if (err != nil) != (l.fail != "") {
		t.Fatalf("Load = %v", err)
	}
	if l.fail == "" {
		for i := range sharedQuads {
			l.want[loadQuad(i)] = true
		}
	}
	if _, err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// use has tx add two quads with terms of the load.
func (l *sharedLoad) use(tx *Tx, i int) {
	for _, q := range []term.Quad{sharedQuad(i), sharedQuad(i + 1)} {
		if err := tx.Add(l.t.Context(), q); err != nil {
			l.t.Error(err)
		}
		l.want[q] = true
	}
}

// quads are those of the load. Before the last chunk it waits for read, lets others
// use the terms, and copies the store as a crash would leave it.
func (l *sharedLoad) quads(tx *Tx, read <-chan struct{}) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		for i := range sharedQuads {
			if i == sharedQuads-chunkQuads {
				<-read
				if !l.s.dict.Loading() {
					l.t.Error("the load does not number its terms itself")
				}
				for k := range 40 {
					l.add(sharedQuad(k))
				}
				l.before = maps.Clone(l.want)
				l.use(tx, 100)
				copyStore(l.t, l.s, l.copied)
				if l.fail == Reading {
					yield(term.Quad{}, errors.New("no more"))
					return
				}
			}
			if !yield(loadQuad(i), nil) {
				return
			}
		}
	}
}

// again loads the same document without a fault.
func (l *sharedLoad) again(s *Store, want map[term.Quad]bool) {
	l.t.Helper()
	o := LoadOptions{MemoryBytes: l.memory}
	if _, err := loadQuads(s, l.t.Context(), quadsOf(sharedQuads), o); err != nil {
		l.t.Fatal(err)
	}
	for i := range sharedQuads {
		want[loadQuad(i)] = true
	}
	sameQuads(l.t, s, want)
}

func quadsOf(n int) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		for i := range n {
			if !yield(loadQuad(i), nil) {
				return
			}
		}
	}
}

// sameQuads compares a store with what it should hold, and checks it.
func sameQuads(t *testing.T, s *Store, want map[term.Quad]bool) {
	t.Helper()
	mustCheck(t, s)
	got := allQuads(t, s)
	for _, q := range got {
		if !want[q] {
			t.Fatalf("%v is in the store", q)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("store has %d quads, want %d", len(got), len(want))
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for q := range want {
		for _, x := range []term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
			id, ok, err := sn.Lookup(x)
			if err != nil || !ok {
				t.Fatalf("Lookup(%v) = %v, %v", x, ok, err)
			}
			if back, err := sn.Term(id); err != nil || back != x {
				t.Fatalf("Term(%#x) = %v, %v, want %v", uint64(id), back, err, x)
			}
		}
	}
	if _, ok, err := sn.Lookup(term.NewIRI("http://e/nowhere")); ok || err != nil {
		t.Fatalf("Lookup of an unknown term = %v, %v", ok, err)
	}
}

// copyStore copies the files of an open store, as a crash would leave them.
func copyStore(t *testing.T, s *Store, to string) {
	t.Helper()
	if err := s.db.Sync(); err != nil {
		t.Error(err)
	}
	if err := os.CopyFS(filepath.Join(to, "copy"), os.DirFS(s.o.Dir)); err != nil {
		t.Error(err)
	}
	names, err := os.ReadDir(filepath.Join(to, "copy"))
	if err != nil {
		t.Error(err)
	}
	for _, e := range names {
		if err := os.Rename(filepath.Join(to, "copy", e.Name()), filepath.Join(to, e.Name())); err != nil {
			t.Error(err)
		}
	}
	if err := os.Remove(filepath.Join(to, "copy")); err != nil {
		t.Error(err)
	}
}

// TestFullLoad lets the disk fill up at one moment after another of a load: it
// fails and leaves the store as it was, and succeeds when there is room.
func TestFullLoad(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{Dir: t.TempDir(), FoldChanges: 1000, Sync: Interval})
	first := loadQuad(1)
	commit(t, s, Change{Add: []term.Quad{first}})
	load := func() error {
		_, err := loadQuads(s, ctx, quadsOf(2*chunkQuads), LoadOptions{MemoryBytes: 300_000})
		return err
	}
	failed := 0
	for moment := int64(0); ; moment += 1 + moment/3 {
		var looked atomic.Int64
		freeBytes := s.db.FreeBytes
		s.db.FreeBytes = func(dir string) (uint64, error) {
			if looked.Add(1) > moment {
				return 1 << 20, nil
			}
			return freeBytes(dir)
		}
		err := load()
		s.db.FreeBytes = freeBytes
		if err == nil {
			break
		}
		if failed++; !errors.Is(err, ErrFull) {
			t.Fatalf("Load = %v, want ErrFull", err)
		}
		sameQuads(t, s, map[term.Quad]bool{first: true})
	}
	if failed < 5 {
		t.Errorf("the disk was full %d times only", failed)
	}
	want := map[term.Quad]bool{}
	for i := range 2 * chunkQuads {
		want[loadQuad(i)] = true
	}
	sameQuads(t, s, want)
}

// TestNumbersAfterLoad numbers terms before and after a load, which takes whole
// blocks of numbers: none may come to lie among those that the base covers.
func TestNumbersAfterLoad(t *testing.T) {
	ctx := context.Background()
	s := openTest(t, Options{Dir: t.TempDir(), FoldChanges: 100})
	add := func(from, n int) {
		t.Helper()
		var quads []term.Quad
		for i := range n {
			iri := term.NewIRI(fmt.Sprintf("http://e/%d", from+i))
			quads = append(quads, term.Quad{Subject: iri, Predicate: iri, Object: iri})
		}
		commit(t, s, Change{Add: quads})
	}
	add(0, 10)
	var inputs []Input // several, so that the load numbers its terms itself
	for part := range 8 {
		var text strings.Builder
		for i := range 500 {
			text.WriteString(loadQuad(500*part+i).String() + "\n")
		}
		inputs = append(inputs, Input{Path: "x.nq", Reader: strings.NewReader(text.String())})
	}
	if _, err := s.Load(ctx, inputs, LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	add(10, 10)
	data, err := newestState{s.db}.Get([]byte{keyRoot})
	if err != nil {
		t.Fatal(err)
	}
	r, err := decodeRoot(data)
	if err != nil {
		t.Fatal(err)
	}
	next := r.next[ids.TagIRI]
	for i := 10; i < 20; i++ {
		id, ok, err := s.dict.Lookup(term.NewIRI(fmt.Sprintf("http://e/%d", i)))
		if !ok || err != nil || id.Payload() < next {
			t.Errorf("term %d has number %d (%v, %v), the base covers those up to %d", i, id.Payload(), ok, err, next)
		}
	}
	mustCheck(t, s)
}
