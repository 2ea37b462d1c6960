package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/stats"
	"fincat/vocab/term"
)

// failReads makes the nth read of a block or patch fail; nothing is read from caches. It
// returns what counts the reads.
func failReads(sn *Snapshot, nth int, failed error) *int {
	get, n := sn.blocks.Get, new(int)
	sn.blocks = block.Reader{Blocks: block.NewCache[*block.Loaded](0), Get: func(number uint64) ([]byte, error) {
		if *n++; *n == nth {
			return nil, failed
		}
		return get(number)
	}}
	return n
}

// smallBlocks returns a store whose quads are in many small blocks, some with patches.
func smallBlocks(t *testing.T) *Store {
	t.Helper()
	s := openTest(t, Options{})
	s.fold.shape = block.Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
	var all []term.Quad
	for i := range 120 {
		q := quad(fmt.Sprint("s", i%40), fmt.Sprint("p", i%3), fmt.Sprint("o", i%7))
		q.Graph = term.NewIRI(fmt.Sprint("http://e/g", i%2))
		all = append(all, q)
	}
	for _, c := range []Change{{Add: all}, {Remove: all[5:8]}, {Add: all[5:6]}} {
		commit(t, s, c)
		if err := s.Fold(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestReadsFail fails each read of a block once while something is worked out from
// blocks. The failure must be told: a commit or an answer would otherwise lack what
// could not be read.
func TestReadsFail(t *testing.T) {
	s := smallBlocks(t)
	failed := errors.New("this read fails")
	all := allQuads(t, s)
	var candidates []block.Change
	for i := 0; i < len(all); i += 5 {
		k, ok, err := s.dict.LookupQuad(all[i])
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		candidates = append(candidates, block.Change{Key: k})
		k[2] = candidates[0].Key[2]
		candidates = append(candidates, block.Change{Key: k, Add: true})
	}
	candidates = block.Cancel(block.SortedChanges(candidates, SPOG))
	for name, f := range map[string]func(context.Context, *Snapshot) error{
		"effects of a commit": func(ctx context.Context, sn *Snapshot) error {
			_, _, err := effects(ctx, sn, candidates)
			return err
		},
		"graphs of a commit": func(_ context.Context, sn *Snapshot) error {
			cs := []block.Change{{Key: candidates[0].Key, Add: true}}
			cs[0].Key[0]++
			return graphEffects(sn, cs, stats.NewDelta())
		},
		"emptying graphs": func(ctx context.Context, sn *Snapshot) error {
			tx, err := s.Begin(ctx)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			for i := range 2 {
				if err := tx.DropGraph(term.NewIRI(fmt.Sprint("http://e/g", i))); err != nil {
					return err
				}
			}
			_, err = tx.candidates(ctx, sn)
			return err
		},
		"all quads": func(ctx context.Context, sn *Snapshot) error {
			for _, err := range sn.Match(ctx, Pattern{}, SPOG) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"graphs": func(_ context.Context, sn *Snapshot) error {
			for _, err := range sn.Graphs() {
				if err != nil {
					return err
				}
			}
			return nil
		},
	} {
		for nth := 1; ; nth++ {
			sn, err := s.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			n := failReads(sn, nth, failed)
			err = f(t.Context(), sn)
			sn.Close()
			if *n < nth { // every read has failed once
				if err != nil || nth < 2 {
					t.Errorf("%s: %d reads, and then %v", name, *n, err)
				}
				break
			}
			if !errors.Is(err, failed) {
				t.Errorf("%s: read %d fails, and the error is %v", name, nth, err)
			}
		}
	}
}

// TestEffectsStop works a commit out for a caller that has gone.
func TestEffectsStop(t *testing.T) {
	s := smallBlocks(t)
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	cs := []block.Change{{Key: block.Key{1, 1, 1, 1}, Add: true}}
	if _, _, err := effects(ctx, sn, cs); !errors.Is(err, context.Canceled) {
		t.Errorf("effects = %v, want that it was cancelled", err)
	}
	if err := objectEffects(ctx, sn, cs, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("objectEffects = %v, want that it was cancelled", err)
	}
	if _, err := s.Commit(ctx, Change{Add: allQuads(t, s)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit = %v, want that it was cancelled", err)
	}
}

// TestCrossing asks how a pattern's quads come and go, at the borders.
func TestCrossing(t *testing.T) {
	s := openTest(t, Options{})
	commit(t, s, Change{Add: []term.Quad{quad("a", "p", "1"), quad("a", "p", "2"), quad("b", "p", "1")}})
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	k, _, err := s.dict.LookupQuad(quad("a", "p", "1"))
	if err != nil {
		t.Fatal(err)
	}
	for net, want := range map[int64]int64{0: 0, 1: 0, -1: 0, -2: -1} {
		if got, err := crossing(sn, Pattern{S: k[0]}, net); err != nil || got != want {
			t.Errorf("crossing of 2 quads with %d more = %d, %v, want %d", net, got, err, want)
		}
	}
	if got, err := crossing(sn, Pattern{S: k[0], P: k[0]}, 1); err != nil || got != 1 {
		t.Errorf("crossing of no quads with one more = %d, %v, want 1", got, err)
	}
	if got, err := crossing(sn, Pattern{S: k[0]}, -3); !errors.Is(err, ErrCorrupt) {
		t.Errorf("crossing of 2 quads with 3 less = %d, %v, want ErrCorrupt", got, err)
	}
}

// TestChangeRefused commits changes of which one part is not possible: all of the change
// is refused, whichever part it is.
func TestChangeRefused(t *testing.T) {
	s := openTest(t, Options{})
	good, bad := quad("a", "p", "1"), quad("b", "p", "2")
	bad.Subject = term.NewString("a literal is no subject")
	g := term.NewIRI("http://e/g")
	for name, c := range map[string]Change{
		"Add":      {Add: []term.Quad{good, bad}},
		"Replace":  {Add: []term.Quad{good}, Replace: map[term.Term][]term.Quad{g: {good, bad}}},
		"Put":      {Add: []term.Quad{good}, Put: map[string][]byte{"k": make([]byte, maxValue+1)}},
		"Put name": {Add: []term.Quad{good}, Put: map[string][]byte{string(make([]byte, 1001)): nil}},
		"Put in all": {Add: []term.Quad{good}, Put: map[string][]byte{
			"k": make([]byte, maxValue), "l": make([]byte, maxValue)}},
	} {
		if c, err := s.Commit(context.Background(), c); err == nil {
			t.Errorf("%s: commit %d was made", name, c.Seq)
		} else if (name == "Add" || name == "Replace") && !errors.Is(err, dict.ErrTerm) {
			t.Errorf("%s: %v, want ErrTerm", name, err)
		}
	}
	if n := len(allQuads(t, s)); n != 0 || s.Seq() != 0 {
		t.Errorf("%d quads at commit %d, want none", n, s.Seq())
	}
	c := Change{Add: []term.Quad{good}, Put: map[string][]byte{
		string(make([]byte, 1000)): make([]byte, maxValue), "k": nil}}
	if got := commit(t, s, c); got.Seq != 1 || got.Added != 1 {
		t.Errorf("at the limits: %+v, want commit 1", got)
	}
	removed, err := s.Commit(context.Background(), Change{Remove: []term.Quad{bad}, Drop: []term.Term{g}})
	if err != nil || removed.Removed != 0 {
		t.Errorf("Remove of what cannot be there = %+v, %v", removed, err)
	}
}
