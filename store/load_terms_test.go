package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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
	return term.Quad{Subject: loadQuad(3 * i).Subject, Predicate: term.NewIRI("http://e/shared"), Object: loadQuad(5000 + i).Object,
		Graph: term.NewIRI(fmt.Sprintf("http://e/new/%d", i))}
}

// TestSharedTerms has commits and transactions use the terms of a load while it
// reads and while it indexes; it comes about, fails, or is cut short by a crash.
func TestSharedTerms(t *testing.T) {
	const chunks = 3
	for _, tt := range []struct {
		name   string
		memory int64
		fail   Stage
	}{{name: "load comes about"}, {name: "with spills", memory: 300_000}, {name: "fails reading", fail: Reading},
		{name: "fails reading, with spills", memory: 300_000, fail: Reading}, {name: "fails indexing", fail: Indexing}} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			dir := t.TempDir()
			s := openTest(t, Options{Dir: dir, FoldChanges: 1000, Sync: Interval})
			want := map[term.Quad]bool{}
			add := func(qs ...term.Quad) {
				commit(t, s, Change{Add: qs})
				for _, q := range qs {
					want[q] = true
				}
			}
			add(loadQuad(1), loadQuad(chunks*chunkQuads/2), loadQuad(chunks*chunkQuads-1)) // some terms are there before
			tx, err := s.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			var once sync.Once
			copied := t.TempDir()
			read := make(chan struct{})
			quads := iter.Seq2[term.Quad, error](func(yield func(term.Quad, error) bool) {
				for i := range chunks * chunkQuads {
					if i == (chunks-1)*chunkQuads {
						<-read
						if s.dict.table.Load() == nil {
							t.Error("the load does not number its terms itself")
						}
						for k := range 40 {
							add(sharedQuad(k))
						}
						if err := tx.Add(ctx, sharedQuad(100), sharedQuad(101)); err != nil {
							t.Error(err)
						}
						copyStore(t, s, copied)
						if tt.fail == Reading {
							yield(term.Quad{}, errors.New("no more"))
							return
						}
					}
					if !yield(loadQuad(i), nil) {
						return
					}
				}
			})
			_, err = s.LoadQuads(ctx, quads, LoadOptions{MemoryBytes: tt.memory, Workers: 1, Progress: func(st Stage, n uint64) {
				switch {
				case st == Reading && n == (chunks-1)*chunkQuads:
					close(read)
				case st == Sorting:
					once.Do(func() {
						if err := tx.Add(ctx, sharedQuad(200), sharedQuad(201)); err != nil {
							t.Error(err)
						}
					})
				case st == Indexing && tt.fail == Indexing:
					cancel()
				}
			}})
			if (err != nil) != (tt.fail != "") {
				t.Fatalf("Load = %v", err)
			}
			if tt.fail == "" {
				for i := range chunks * chunkQuads {
					want[loadQuad(i)] = true
				}
			}
			if _, err := tx.Commit(context.Background()); err != nil {
				t.Fatal(err)
			}
			want[sharedQuad(100)], want[sharedQuad(101)] = true, true
			if tt.fail != Reading {
				want[sharedQuad(200)], want[sharedQuad(201)] = true, true
			}
			sameQuads(t, s, want)
			if err := s.Fold(context.Background()); err != nil {
				t.Fatal(err)
			}
			sameQuads(t, s, want)

			// Another load finds every term, those of the failed one included.
			if _, err := s.LoadQuads(context.Background(), quadsOf(chunks*chunkQuads), LoadOptions{MemoryBytes: tt.memory}); err != nil {
				t.Fatal(err)
			}
			for i := range chunks * chunkQuads {
				want[loadQuad(i)] = true
			}
			sameQuads(t, s, want)

			crashed := openTest(t, Options{Dir: copied, FoldChanges: 1000})
			before := map[term.Quad]bool{loadQuad(1): true, loadQuad(chunks * chunkQuads / 2): true, loadQuad(chunks*chunkQuads - 1): true}
			for k := range 40 {
				before[sharedQuad(k)] = true
			}
			sameQuads(t, crashed, before)
			if _, err := crashed.LoadQuads(context.Background(), quadsOf(chunks*chunkQuads), LoadOptions{MemoryBytes: tt.memory}); err != nil {
				t.Fatal(err)
			}
			for i := range chunks * chunkQuads {
				before[loadQuad(i)] = true
			}
			sameQuads(t, crashed, before)
		})
	}
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
	if err := s.sync(); err != nil {
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
		_, err := s.LoadQuads(ctx, quadsOf(2*chunkQuads), LoadOptions{MemoryBytes: 300_000})
		return err
	}
	failed := 0
	for moment := int64(0); ; moment += 1 + moment/3 {
		var looked atomic.Int64
		s.freeBytes = func(dir string) (uint64, error) {
			if looked.Add(1) > moment {
				return 1 << 20, nil
			}
			return freeBytes(dir)
		}
		err := load()
		s.freeBytes = freeBytes
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
	next := s.dict.base.Load().next[tagIRI]
	for i := 10; i < 20; i++ {
		id, ok, err := s.dict.lookup(term.NewIRI(fmt.Sprintf("http://e/%d", i)))
		if !ok || err != nil || id.payload() < next {
			t.Errorf("term %d has number %d (%v, %v), the base covers those up to %d", i, id.payload(), ok, err, next)
		}
	}
	mustCheck(t, s)
}
