package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"fincat/vocab/term"
)

func mustCheck(t testing.TB, s *Store) *Report {
	t.Helper()
	r, err := s.Check(context.Background())
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	for _, f := range r.Faults {
		t.Errorf("Check: %v", f)
	}
	if !r.Clean() {
		t.FailNow()
	}
	return r
}

// TestCheckFinds damages a store in many ways; Check must see each.
func TestCheckFinds(t *testing.T) {
	ctx := context.Background()
	damages := []struct {
		name string
		do   func(s *Store) []kv
		want string
	}{
		{"block missing", func(s *Store) []kv {
			return []kv{{key64(keyBlock, s.view.base.index[POSG].blocks[0].id), nil}}
		}, "POSG block"},
		{"block of another order", func(s *Store) []kv {
			b, _ := get(s.db.NewTransactionAt(^uint64(0), false), key64(keyBlock, s.view.base.index[GSPO].blocks[0].id))
			return []kv{{key64(keyBlock, s.view.base.index[SPOG].blocks[0].id), b}}
		}, "SPOG block"},
		{"block cut off", func(s *Store) []kv {
			k := key64(keyBlock, s.view.base.index[OSPG].blocks[0].id)
			b, _ := get(s.db.NewTransactionAt(^uint64(0), false), k)
			return []kv{{k, b[:len(b)/2]}}
		}, "OSPG block"},
		{"term block missing", func(s *Store) []kv { return []kv{{dictKey(tagIRI, 0), nil}} }, "in block 0 of dictionary 1"},
		{"hashes missing", func(s *Store) []kv {
			return []kv{{key64(keyBlock, s.view.base.index[termsOrder].blocks[0].id), nil}}
		}, "terms block"},
		{"terms exchanged", func(s *Store) []kv {
			terms, _ := s.dict.readTerms(tagIRI, 0)
			terms[3], terms[4] = terms[4], terms[3]
			b, _ := s.dict.codec.encode(terms)
			return []kv{{dictKey(tagIRI, 0), b}}
		}, "dictionary 1 block 0: term 3"},
		{"term without text", func(s *Store) []kv {
			terms, _ := s.dict.readTerms(tagIRI, 0)
			terms[3] = ""
			b, _ := s.dict.codec.encode(terms)
			return []kv{{dictKey(tagIRI, 0), b}}
		}, "the list of hashes has"},
		{"log entry missing", func(s *Store) []kv { return []kv{{partKey(keyLog, 1, 0), nil}} }, "log entry 1"},
		{"log part missing", func(s *Store) []kv { return []kv{{partKey(keyLog, 1, 1), nil}} }, "log entry 1"},
		{"block left over", func(s *Store) []kv { return []kv{{key64(keyBlock, 999_999), []byte{1}}} }, "block 999999"},
		{"manifest left over", func(s *Store) []kv { return []kv{{manifestKey(77, 0, 0), []byte{1}}} }, "manifest 77"},
	}
	for _, tt := range damages {
		t.Run(tt.name, func(t *testing.T) {
			s := openTest(t, Options{})
			for i := range 40 {
				if _, err := s.Commit(ctx, Change{Add: record(i, 0)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Fold(ctx); err != nil {
				t.Fatal(err)
			}
			mustCheck(t, s)
			if err := s.writeOnce(s.ts.next(), tt.do(s)); err != nil {
				t.Fatal(err)
			}
			s.publish(s.view, s.ts.n.Load())
			s.blocks, s.dict.texts = newCache[*loaded](1<<20), newCache[[]string](1<<20)
			s.dict.blocks = s.blocks
			r, err := s.Check(ctx)
			if err != nil {
				t.Fatalf("Check: %v", err)
			}
			if len(r.Faults) == 0 || !strings.Contains(fmt.Sprint(r.Faults), tt.want) {
				t.Errorf("Check found %v, want %q", r.Faults, tt.want)
			}
		})
	}
}

// TestWriters has several goroutines commit at once, and readers look on: each
// commit writes the same number into two graphs.
func TestWriters(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), campaign(2))
	defer cancel()
	s := openTest(t, Options{Dir: t.TempDir(), FoldChanges: 200})
	const writers, readers = 3, 8
	p := term.NewIRI("http://e/p")
	graphs := [2]term.Term{term.NewIRI("http://e/1"), term.NewIRI("http://e/2")}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				sub := term.NewIRI(fmt.Sprintf("http://e/w%d", w))
				var c Change
				for _, g := range graphs {
					if i > 0 {
						c.Remove = append(c.Remove, term.Quad{Subject: sub, Predicate: p, Object: term.NewString(fmt.Sprintf("number %d", i-1)), Graph: g})
					}
					c.Add = append(c.Add, term.Quad{Subject: sub, Predicate: p, Object: term.NewString(fmt.Sprintf("number %d", i)), Graph: g})
				}
				got, err := s.Commit(ctx, c)
				if err != nil && ctx.Err() == nil {
					t.Errorf("Commit: %v", err)
				}
				if err == nil && (got.Added != 2 || i > 0 && got.Removed != 2) {
					t.Errorf("Commit %d: added %d removed %d, want 2 and 2", i, got.Added, got.Removed)
				}
			}
		})
	}
	for range readers {
		wg.Go(func() {
			last := uint64(0)
			for ctx.Err() == nil {
				sn, err := s.Snapshot()
				if err != nil {
					t.Errorf("Snapshot: %v", err)
					return
				}
				var got [2]string
				for i, g := range graphs {
					id, ok, _ := sn.Lookup(g)
					if !ok {
						continue
					}
					sc, err := sn.Scan(Pattern{G: id}, ScanOptions{Order: GSPO})
					if err != nil {
						t.Errorf("Scan: %v", err)
						return
					}
					for _, k := range readScan(t, sc, SPOG) {
						o, err := sn.Term(k[2])
						if err != nil {
							t.Errorf("Term: %v", err)
						}
						got[i] += fmt.Sprint(k[0], o)
					}
				}
				if got[0] != got[1] {
					t.Errorf("snapshot %d sees half a commit: %q and %q", sn.Seq(), got[0], got[1])
				}
				if sn.Seq() < last {
					t.Errorf("snapshot %d after %d", sn.Seq(), last)
				}
				last = sn.Seq()
				sn.Close()
			}
		})
	}
	wg.Wait()
	mustCheck(t, s)
}
