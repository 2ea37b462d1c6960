package store

import (
	"errors"
	"testing"
	"time"

	"fincat/vocab/term"
)

// TestKeepHistory asserts that how long commits are kept holds at once, also for whoever opens
// the store later without saying anything, and that folding obeys it.
func TestKeepHistory(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	open := func() *Store {
		s, err := Open(t.Context(), Options{Dir: dir, Sync: Interval, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	commit(t, s, Change{Add: []term.Quad{quad("a", "p", "o")}})
	if err := KeepHistory(t.Context(), s, 1000*time.Hour); err != nil {
		t.Fatal(err)
	}
	seq := s.Seq()
	if err := KeepHistory(t.Context(), s, 1000*time.Hour); err != nil || s.Seq() != seq {
		t.Errorf("saying it again: %v, commit %d after %d", err, s.Seq(), seq)
	}
	if err := KeepHistory(t.Context(), s, 0); err == nil {
		t.Error("no time is accepted")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(900 * time.Hour) // more than the 30 days of the default
	s = open()
	commit(t, s, Change{Add: []term.Quad{quad("b", "p", "o")}})
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	sn, err := s.SnapshotAt(t.Context(), 1)
	if err != nil || s.Past().Reach() != 1 {
		t.Fatalf("900 h back: %v, it reaches to %d", err, s.Past().Reach())
	}
	sn.Close()
	if err := KeepHistory(t.Context(), s, time.Hour); err != nil {
		t.Fatal(err)
	}
	if reach := s.Past().Reach(); reach < 3 {
		t.Errorf("with an hour it reaches to %d", reach)
	}
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SnapshotAt(t.Context(), 1); !errors.Is(err, ErrHistory) {
		t.Errorf("900 h back with an hour kept: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
