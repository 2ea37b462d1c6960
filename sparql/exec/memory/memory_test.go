package memory

import (
	"errors"
	"strings"
	"testing"

	"fincat/sparql/value"
)

// TestEvictedFor asserts that each query which is stopped for the budget of all queries hears
// the true reason, also when it asks again: it is the largest, or others have not left yet.
func TestEvictedFor(t *testing.T) {
	s := &Shared{Limit: 64 * portion}
	told := map[*Budget]error{}
	query := func() *Budget {
		m := &Budget{Shared: s}
		m.Evict = func(err error) { told[m] = err }
		return m
	}
	large, late := query(), query()
	if err := large.Grow(60 * portion); err != nil {
		t.Fatal(err)
	}
	if err := late.Grow(10 * portion); err != nil { // the largest is told to leave, which frees enough
		t.Fatal(err)
	}
	asked := []struct {
		name    string
		m       *Budget
		leaving bool
	}{{"the largest", large, false}, {"a smaller one while that leaves", late, true}}
	for range 2 {
		for _, q := range asked {
			var limit *value.LimitError
			err := q.m.Grow(20 * portion)
			if !errors.As(err, &limit) || limit.Leaving != q.leaving || !limit.Shared ||
				strings.Contains(limit.Error(), "this one is the largest") == q.leaving {
				t.Errorf("%s is refused with %v", q.name, err)
			}
			if !errors.Is(told[q.m], err) {
				t.Errorf("%s is told %v, then %v", q.name, told[q.m], err)
			}
		}
	}
	large.Close()
	late.Close()
	if n := s.Used(); n != 0 || s.leaving != 0 {
		t.Errorf("%d bytes are held and %d are leaving after all", n, s.leaving)
	}
}

// TestSmallBesideRefused asserts that what a query asked for and did not get takes nothing
// from the others, and that those who have to leave and are still there are not for small
// queries to suffer from.
func TestSmallBesideRefused(t *testing.T) {
	const mb = 1 << 20
	s := &Shared{Limit: 128 * mb}
	ask := func(n int64) error { return (&Budget{Shared: s}).Grow(n) }
	if err := ask(40 * mb); err != nil {
		t.Fatal(err)
	}
	if err := ask(500 * mb); err == nil {
		t.Error("500 MB of 128 are there")
	}
	if used := s.Used(); used != 40*mb {
		t.Errorf("%d MB are taken, want 40", used/mb)
	}
	for range 4 { // the first two of these make the one before leave, the others are refused
		_ = ask(80 * mb)
	}
	for range 8 {
		if err := ask(mb); err != nil {
			t.Errorf("1 MB with %d MB taken, of which %d are given back: %v", s.Used()/mb, s.leaving/mb, err)
		}
	}
}
