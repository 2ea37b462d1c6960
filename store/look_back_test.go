package store

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fincat/vocab/term"
)

// TestLookBack looks back across commits whose quads lie between each other's: the
// earlier state has the quads, the statistics and the time that it had, and differences
// are sorted, of the graphs asked for alone.
func TestLookBack(t *testing.T) {
	s := openTest(t, Options{})
	a, b, c, d := inGraph("a", "z"), inGraph("b", "y"), inGraph("c", "z"), inGraph("d", "y")
	first := commit(t, s, Change{Add: []term.Quad{b, d}})
	quads := [][]term.Quad{nil, allQuads(t, s)}
	stats := []Stats{{}, *statsOf(t, s)}
	times := []Commit{{}, first}
	for _, ch := range []Change{
		{Add: []term.Quad{c, a}}, {Remove: []term.Quad{d, b}}, {Add: []term.Quad{b}, Remove: []term.Quad{c}},
	} {
		times = append(times, commit(t, s, ch))
		quads, stats = append(quads, allQuads(t, s)), append(stats, *statsOf(t, s))
	}
	for seq := uint64(1); seq <= s.Seq(); seq++ {
		sn, err := s.SnapshotAt(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		var got []term.Quad
		for q, err := range sn.Match(t.Context(), Pattern{}, SPOG) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, q)
		}
		slices.SortFunc(got, term.CompareQuads)
		if !slices.Equal(got, quads[seq]) || !sn.Time().Equal(times[seq].Time) || sn.Seq() != seq {
			t.Errorf("state %d has %v of %v, want %v of %v", seq, got, sn.Time(), quads[seq], times[seq].Time)
		}
		if got := sn.Stats(); got.Quads != stats[seq].Quads || got.Graphs != stats[seq].Graphs ||
			got.Subjects != stats[seq].Subjects {
			t.Errorf("statistics of state %d are %+v, want %+v", seq, got, stats[seq])
		}
		sn.Close()
	}
	if got, err := s.Diff(t.Context(), 1, 2); err != nil || !slices.IsSortedFunc(got.Added, term.CompareQuads) ||
		len(got.Added) != 2 || len(got.Removed) != 0 {
		t.Errorf("Diff(1, 2) = %v, %v", got, err)
	}
	if got, err := s.Diff(t.Context(), 2, 3); err != nil || len(got.Removed) != 2 ||
		!slices.IsSortedFunc(got.Removed, term.CompareQuads) {
		t.Errorf("Diff(2, 3) = %v, %v", got, err)
	}
	if got, err := s.Diff(t.Context(), 1, 4, a.Graph); err != nil || !slices.Equal(got.Added, []term.Quad{a}) ||
		len(got.Removed) != 0 {
		t.Errorf("Diff(1, 4) in one graph = %v, %v, want what came to it", got, err)
	}
	if _, err := s.Diff(t.Context(), 1, s.Seq()+1); err == nil || errors.Is(err, ErrHistory) {
		t.Errorf("Diff beyond the newest commit = %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.SnapshotAt(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("SnapshotAt that was cancelled = %v", err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	n := 0
	for _, err := range sn.Changes(t.Context(), 2) {
		if n++; err != nil {
			t.Error(err)
		}
		break // a caller that has seen enough
	}
	for _, err = range sn.Changes(ctx, 2) {
		n++
	}
	if n != 2 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d changes, and at the end of those cancelled %v", n, err)
	}
}

func statsOf(t *testing.T, s *Store) *Stats {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	return sn.Stats()
}

// counting is a budget of so many bytes.
type counting struct{ left, asked, closed int64 }

func (b *counting) Grow(n int64) error {
	b.asked++
	if b.left -= n; b.left < 0 {
		return errors.New("too much")
	}
	return nil
}

func (b *counting) Close() { b.closed++ }

// TestBudget asserts that looking back asks for its memory, once a commit and for the whole,
// and gives it back with the snapshot, or at once.
func TestBudget(t *testing.T) {
	s := openTest(t, Options{})
	for _, name := range []string{"a", "b", "c", "d"} {
		commit(t, s, Change{Add: []term.Quad{inGraph(name, "z")}})
	}
	b := &counting{left: 3*2*changeBytes + 3*int64(orders)*changeBytes}
	sn, err := SnapshotWithin(t.Context(), s, 1, b)
	if err != nil || b.asked != 4 || b.left != 0 || b.closed != 0 {
		t.Fatalf("SnapshotWithin = %v, budget %+v, want 4 requests that take all", err, b)
	}
	sn.Close()
	small := &counting{left: 3 * changeBytes}
	if _, err := SnapshotWithin(t.Context(), s, 1, small); err == nil || small.closed != 1 || b.closed != 1 {
		t.Errorf("SnapshotWithin = %v, budgets %+v and %+v, want an error and both closed", err, small, b)
	}
}
