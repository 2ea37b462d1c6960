package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"fincat/store/ids"
	"fincat/store/kv"
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

// firstTerms is the key of the first block of IRIs; dict's doc.go has the layout.
var firstTerms = append([]byte{'d', byte(ids.TagIRI)}, make([]byte, 8)...)

// changedTerms writes the first block of IRIs anew, after a change.
func changedTerms(s *Store, change func(terms []string)) []kv.Pair {
	b, err := s.db.Newest().Get(firstTerms)
	if err == nil {
		b, err = s.dict.Repack(b, change)
	}
	if err != nil {
		panic(err)
	}
	return []kv.Pair{{K: firstTerms, V: b}}
}

// TestCheckFinds damages a store in many ways; Check must see each.
func TestCheckFinds(t *testing.T) {
	ctx := context.Background()
	damages := []struct {
		name string
		do   func(s *Store) []kv.Pair
		want string
	}{
		{"block missing", func(s *Store) []kv.Pair {
			return []kv.Pair{{K: key64(keyBlock, s.view.base.index[POSG].Blocks[0].ID), V: nil}}
		}, "POSG block"},
		{"block of another order", func(s *Store) []kv.Pair {
			b, _ := s.db.Newest().Get(key64(keyBlock, s.view.base.index[GSPO].Blocks[0].ID))
			return []kv.Pair{{K: key64(keyBlock, s.view.base.index[SPOG].Blocks[0].ID), V: b}}
		}, "SPOG block"},
		{"block cut off", func(s *Store) []kv.Pair {
			k := key64(keyBlock, s.view.base.index[OSPG].Blocks[0].ID)
			b, _ := s.db.Newest().Get(k)
			return []kv.Pair{{K: k, V: b[:len(b)/2]}}
		}, "OSPG block"},
		{
			"term block missing",
			func(s *Store) []kv.Pair { return []kv.Pair{{K: firstTerms, V: nil}} },
			"in block 0 of dictionary 1",
		},
		{"hashes missing", func(s *Store) []kv.Pair {
			return []kv.Pair{{K: key64(keyBlock, s.view.base.index[termsOrder].Blocks[0].ID), V: nil}}
		}, "terms block"},
		{"terms exchanged", func(s *Store) []kv.Pair {
			return changedTerms(s, func(terms []string) { terms[3], terms[4] = terms[4], terms[3] })
		}, "dictionary 1 block 0: term 3"},
		{"term without text", func(s *Store) []kv.Pair {
			return changedTerms(s, func(terms []string) { terms[3] = "" })
		}, "the list of hashes has"},
		{
			"log entry missing",
			func(s *Store) []kv.Pair { return []kv.Pair{{K: partKey(keyLog, 1, 0), V: nil}} },
			"log entry 1",
		},
		{
			"log part missing",
			func(s *Store) []kv.Pair { return []kv.Pair{{K: partKey(keyLog, 1, 1), V: nil}} },
			"log entry 1",
		},
		{
			"block left over",
			func(s *Store) []kv.Pair { return []kv.Pair{{K: key64(keyBlock, 999_999), V: []byte{1}}} },
			"block 999999",
		},
		{
			"manifest left over",
			func(s *Store) []kv.Pair { return []kv.Pair{{K: manifestKey(77, 0, 0), V: []byte{1}}} },
			"manifest 77",
		},
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
			if err := s.db.Write(s.db.NextTime(), tt.do(s)); err != nil {
				t.Fatal(err)
			}
			s.publish(s.view, s.db.Time())
			clearCaches(s)
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
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() { writeTwins(ctx, t, s, term.NewIRI(fmt.Sprintf("http://e/w%d", w))) })
	}
	for range 8 {
		wg.Go(func() { readTwins(ctx, t, s) })
	}
	wg.Wait()
	mustCheck(t, s)
}

// twins are two graphs that are alike after every commit.
var twins = [2]term.Term{term.NewIRI("http://e/1"), term.NewIRI("http://e/2")}

// writeTwins gives a subject one number after the other in both graphs.
func writeTwins(ctx context.Context, t *testing.T, s *Store, subject term.Term) {
	number := func(i int, graph term.Term) term.Quad {
		return term.Quad{
			Subject: subject, Predicate: term.NewIRI("http://e/p"),
			Object: term.NewString(fmt.Sprintf("number %d", i)), Graph: graph,
		}
	}
	for i := 0; ctx.Err() == nil; i++ {
		var c Change
		for _, g := range twins {
			if i > 0 {
				c.Remove = append(c.Remove, number(i-1, g))
			}
			c.Add = append(c.Add, number(i, g))
		}
		got, err := s.Commit(ctx, c)
		if err != nil && ctx.Err() == nil {
			t.Errorf("Commit: %v", err)
		}
		if err == nil && (got.Added != 2 || i > 0 && got.Removed != 2) {
			t.Errorf("Commit %d: added %d removed %d, want 2 and 2", i, got.Added, got.Removed)
		}
	}
}

// readTwins compares the graphs in one snapshot after the other.
func readTwins(ctx context.Context, t *testing.T, s *Store) {
	last := uint64(0)
	for ctx.Err() == nil {
		sn, err := s.Snapshot()
		if err != nil {
			t.Errorf("Snapshot: %v", err)
			return
		}
		var got [2]string
		for i, g := range twins {
			id, ok, _ := sn.Lookup(g)
			if !ok {
				continue
			}
			for q, err := range sn.Match(context.Background(), Pattern{G: id}, GSPO) {
				if err != nil {
					t.Errorf("Match: %v", err)
					return
				}
				got[i] += fmt.Sprint(q.Subject, q.Object)
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
}
