package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fincat/store/block"
	"fincat/vocab/term"
)

// trimmedStore has commits 1 to 9, one a minute, of which the log keeps those from
// the oldest on.
func trimmedStore(t *testing.T) (s *Store, oldest uint64) {
	t.Helper()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s = openTest(t, Options{History: 150 * time.Second, Now: func() time.Time { return now }})
	for i := range 9 {
		now = now.Add(time.Minute)
		commit(t, s, Change{Add: []term.Quad{quad(fmt.Sprint("s", i), "p", "o")}})
	}
	if err := s.Fold(context.Background()); err != nil {
		t.Fatal(err)
	}
	oldest = s.history.Oldest(s.Seq())
	if oldest != 7 { // 6 is three minutes old
		t.Fatalf("the oldest commit kept is %d, want 7", oldest)
	}
	return s, oldest
}

// TestOldestKept looks at and behind the oldest commit that the log keeps.
func TestOldestKept(t *testing.T) {
	ctx := context.Background()
	s, oldest := trimmedStore(t)
	logFrom := func(after uint64) (first uint64, n int, err error) {
		for c, e := range s.Log(ctx, after) {
			if e != nil {
				return first, n, e
			}
			if n++; n == 1 {
				first = c.Seq
			}
		}
		return first, n, nil
	}
	if first, n, err := logFrom(oldest - 1); err != nil || first != oldest || n != int(s.Seq()-oldest)+1 {
		t.Errorf("Log after %d = %d commits from %d, %v, want all that are kept", oldest-1, n, first, err)
	}
	if _, n, err := logFrom(oldest - 2); !errors.Is(err, ErrHistory) || n != 0 ||
		!strings.Contains(err.Error(), "oldest kept is 7") {
		t.Errorf("Log after %d = %d commits, %v, want ErrHistory", oldest-2, n, err)
	}
	if _, n, err := logFrom(s.Seq()); err != nil || n != 0 {
		t.Errorf("Log after the newest = %d commits, %v, want none", n, err)
	}
	count := func(sn *Snapshot) int {
		n, _, err := sn.Count(Pattern{})
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	sn, err := s.SnapshotAt(ctx, oldest)
	if err != nil || count(sn) != int(oldest) || sn.Seq() != oldest {
		t.Fatalf("SnapshotAt(%d) has %d quads of commit %d, %v", oldest, count(sn), sn.Seq(), err)
	}
	sn.Close()
	// The state before the oldest commit would follow from the log, but not its time.
	if _, err := s.SnapshotAt(ctx, oldest-1); !errors.Is(err, ErrHistory) {
		t.Errorf("SnapshotAt(%d) = %v, want ErrHistory", oldest-1, err)
	}
	if _, err := s.SnapshotAt(ctx, s.Seq()+1); err == nil || errors.Is(err, ErrHistory) {
		t.Errorf("SnapshotAt beyond the newest = %v, want another error", err)
	}
	if d, err := s.Diff(ctx, oldest-1, oldest); err != nil || len(d.Added) != 1 || len(d.Removed) != 0 {
		t.Errorf("Diff(%d, %d) = %v, %v, want the one quad", oldest-1, oldest, d, err)
	}
	if d, err := s.Diff(ctx, oldest, oldest-1); err != nil || len(d.Added) != 0 || len(d.Removed) != 1 {
		t.Errorf("Diff(%d, %d) = %v, %v, want the one quad", oldest, oldest-1, d, err)
	}
	if _, err := s.Diff(ctx, oldest-2, oldest); !errors.Is(err, ErrHistory) {
		t.Errorf("Diff(%d, %d) = %v, want ErrHistory", oldest-2, oldest, err)
	}
	for seq, want := range map[uint64]error{oldest - 1: ErrHistory, oldest: nil} {
		n := 0
		sn, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		for _, err = range sn.Changes(ctx, seq) {
			n++
		}
		if !errors.Is(err, want) || want == nil && (err != nil || n != 1) {
			t.Errorf("Changes(%d) = %d, %v, want %v", seq, n, err, want)
		}
		sn.Close()
	}
	if _, err := s.Undo(ctx, oldest-1, ""); !errors.Is(err, ErrHistory) {
		t.Errorf("Undo(%d) = %v, want ErrHistory", oldest-1, err)
	}
	for _, seq := range []uint64{0, s.Seq() + 1} {
		if _, err := s.Undo(ctx, seq, ""); err == nil || errors.Is(err, ErrHistory) {
			t.Errorf("Undo(%d) = %v, want that there is no such commit", seq, err)
		}
	}
	if c, err := s.Undo(ctx, oldest, "alice"); err != nil || c.Removed != 1 ||
		c.Note != (Note{Author: "alice", Undo: oldest}) {
		t.Errorf("Undo(%d) = %+v, %v, want one quad removed", oldest, c, err)
	}
	mustCheck(t, s)
}

// TestChangeAtPatchBorder folds so many changes of one block's range that they are
// applied in several goes, with a patch that has a change of the quad at the border
// of a go: both changes must meet, or the fold takes the store for damaged.
func TestChangeAtPatchBorder(t *testing.T) {
	ctx := context.Background()
	for _, border := range []int{0, 1} { // the patch ends before the border, or at it
		s := openTest(t, Options{})
		s.fold.shape = block.Shape{Rows: 16, Changes: 8, Patches: 1, Chunk: 7}
		name := func(i int) term.Quad { return quad(fmt.Sprintf("s%03d", i), "p", "o") }
		var all []term.Quad
		for i := range 400 { // number the terms in sequence
			all = append(all, name(i))
		}
		commit(t, s, Change{Add: all})
		commit(t, s, Change{Remove: all[4:]})
		if err := s.Fold(ctx); err != nil {
			t.Fatal(err)
		}
		// A patch that adds what the 64th change, the last of the first go, removes.
		at := 4 + 4*16 - 1 + border
		commit(t, s, Change{Add: []term.Quad{all[at], all[at+1], all[at+2]}})
		if err := s.Fold(ctx); err != nil {
			t.Fatal(err)
		}
		c := Change{Remove: []term.Quad{all[at], all[at+1]}}
		for i := 4; i < 390; i++ {
			if i < at || i > at+2 {
				c.Add = append(c.Add, all[i])
			}
		}
		commit(t, s, c)
		if err := s.Fold(ctx); err != nil {
			t.Fatalf("border %d: %v", border, err)
		}
		if n := len(allQuads(t, s)); n != 4+len(c.Add)+1 {
			t.Errorf("border %d: %d quads, want %d", border, n, 4+len(c.Add)+1)
		}
		mustCheck(t, s)
	}
}
