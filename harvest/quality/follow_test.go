package quality

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// TestFollower removes a dataset and takes that back: its measurements go and come back, and
// who looks at changed datasets again is told, also by a follower that begins later.
func TestFollower(t *testing.T) {
	f := serveFiles(t)
	s := openStore(t, "")
	defer s.Close()
	catalogueOf(t, s, f.URL, 3)
	now := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	if _, err := runnerOf(t, s, now, Config{}).Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	var told []string
	newFollowing := func() *follow.Following {
		return follow.New(s, NewFollower(s, func() (dcat.Base, error) { return base, nil },
			func(list []string) { told = append(told, list...) }))
	}
	w := newFollowing()
	reach := func(w *follow.Following) {
		t.Helper()
		if err := w.Reach(t.Context(), s.Seq()); err != nil {
			t.Fatal(err)
		}
	}
	reach(w)
	dataset := base.Dataset("a", "1001")
	before := measured(t, s, dataset)
	if len(before) == 0 || told != nil {
		t.Fatalf("%d statements, told %v", len(before), told)
	}
	gone, err := s.Commit(t.Context(), store.Change{Drop: []term.Term{term.NewIRI(base.Graph("a", "1001"))}})
	if err != nil {
		t.Fatal(err)
	}
	reach(w)
	if n := len(measured(t, s, dataset)); n != 0 || !slices.Equal(told, []string{dataset}) {
		t.Errorf("%d statements about a dataset that is gone, told %v", n, told)
	}
	if len(measured(t, s, base.Dataset("a", "1002"))) == 0 {
		t.Error("the measurements of another dataset are gone")
	}
	if _, err := s.Undo(t.Context(), gone.Seq, ""); err != nil {
		t.Fatal(err)
	}
	reach(newFollowing()) // as after a crash
	if after := measured(t, s, dataset); !slices.Equal(after, before) {
		t.Errorf("%d statements after the dataset is back, want %d", len(after), len(before))
	}
}

// TestFollowerComesLate has a follower that is made while a store is empty make its first step
// only after datasets have come: they are told all the same, those before it are not.
func TestFollowerComesLate(t *testing.T) {
	f := serveFiles(t)
	s := openStore(t, "")
	defer s.Close()
	var told []string
	late := func() *follow.Following {
		told = nil
		return follow.New(s, NewFollower(s, func() (dcat.Base, error) { return base, nil },
			func(list []string) { told = append(told, list...) }))
	}
	w := late()
	catalogueOf(t, s, f.URL, 2)
	if err := w.Reach(t.Context(), s.Seq()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(told)
	if want := []string{base.Dataset("a", "1000"), base.Dataset("a", "1001")}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if err := late().Reach(t.Context(), s.Seq()); err != nil || told != nil {
		t.Errorf("what was there before is told: %v, %v", told, err)
	}
}

// measured returns the measurements of a dataset.
func measured(t *testing.T, s *store.Store, dataset string) []term.Triple {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	out, err := follow.Triples(context.Background(), sn, term.NewIRI(graphOf(base, dataset)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLongScope checks so many datasets by name that the name of the round is long.
func TestLongScope(t *testing.T) {
	f := serveFiles(t)
	s := openStore(t, "")
	defer s.Close()
	catalogueOf(t, s, f.URL, 40)
	var scope []string
	for i := range 40 {
		scope = append(scope, base.Dataset("a", fmt.Sprint(1000+i)))
	}
	r := runnerOf(t, s, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Config{})
	if report, err := r.Run(t.Context(), scope, nil); err != nil || report.Checked != 40 {
		t.Errorf("checked %+v, %v", report, err)
	}
}

// TestRecheck looks at changed datasets only, and passes over those that are gone.
func TestRecheck(t *testing.T) {
	f := serveFiles(t)
	s := openStore(t, "")
	defer s.Close()
	catalogueOf(t, s, f.URL, 5)
	r := runnerOf(t, s, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Config{})
	if _, err := r.Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	f.counts()
	list := []string{base.Dataset("a", "1001"), base.Dataset("a", "1003"), base.Dataset("a", "1003"),
		base.Dataset("a", "none"), "http://example.org/"}
	report, err := r.Recheck(t.Context(), list)
	if plain, conditional := f.counts(); err != nil || report.Checked != 2 || plain != 0 || conditional != 2 {
		t.Errorf("checked %+v with %d and %d requests, %v", report, plain, conditional, err)
	}
}

// TestFollowerWithoutBase follows a store into which nothing was harvested.
func TestFollowerWithoutBase(t *testing.T) {
	s := openStore(t, "")
	defer s.Close()
	if _, err := s.Commit(t.Context(), store.Change{Put: map[string][]byte{"k": nil}}); err != nil {
		t.Fatal(err)
	}
	w := follow.New(s, NewFollower(s, func() (dcat.Base, error) { return "", nil }, nil))
	if err := w.Reach(t.Context(), s.Seq()); err != nil {
		t.Error(err)
	}
}
