package block

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"fincat/store/ids"
)

// TestChunkUsers releases a chunk that two read: it is not given out again before both
// have.
func TestChunkUsers(t *testing.T) {
	chunks := &Chunks{Size: 4}
	for range 20 {
		c := chunks.Get()
		c.Changes = append(c.Changes, changes(true, 1)...)
		c.Share(2)
		chunks.Release(c)
		if d := chunks.Get(); d == c {
			t.Fatal("a chunk that is still read is given out")
		} else if len(d.Changes) != 0 {
			t.Fatalf("a chunk given out has %d changes", len(d.Changes))
		}
		chunks.Release(c)
	}
}

// TestChangeSorterFull sorts changes on a disk without room, and for a caller that stops.
func TestChangeSorterFull(t *testing.T) {
	full, room := errors.New("no room"), 0
	temp := Temp{t.TempDir(), func(int) error {
		if room--; room < 0 {
			return full
		}
		return nil
	}}
	for _, room = range []int{0, 2} { // no room for additions, and for removals
		s := NewChangeSorter(temp, 20)
		if err := s.Take(slices.Concat(changes(true, span(0, 60)...), changes(false, span(60, 200)...)),
			SPOG, OSPG); !errors.Is(err, full) {
			t.Errorf("Take = %v, want %v", err, full)
		}
		s.Close()
	}
	s := NewChangeSorter(temp, 1000)
	defer s.Close()
	if err := s.Take(changes(true, span(0, 60)...), SPOG, OSPG); err != nil {
		t.Fatal(err)
	}
	if err := s.Each(t.Context(), &Chunks{Size: 7}, func(*Chunk) error { return full }); !errors.Is(err, full) {
		t.Errorf("Each = %v, want %v", err, full)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Each(ctx, &Chunks{Size: 7}, func(*Chunk) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Each that was cancelled = %v", err)
	}
}

// TestChanges sorts, adds up and cancels changes.
func TestChanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for n := range 40 {
		set := map[Key]bool{}
		for range n * n / 8 {
			set[randomKey(rng)] = rng.IntN(2) == 0
		}
		var cs []Change
		for k, add := range set {
			cs = append(cs, Change{Key: k, Add: add})
		}
		slices.SortFunc(cs, func(a, b Change) int { return CompareKeys(a.Key, b.Key) })
		for o := range Order(len(positions)) {
			sorted := SortedChanges(cs, o)
			for i := range sorted {
				if i > 0 && !sorted[i-1].Key.Less(&sorted[i].Key) || set[sorted[i].Key.Quad(o)] != sorted[i].Add {
					t.Fatalf("SortedChanges in %v: %v at %d", o, sorted[i], i)
				}
			}
			for range 20 {
				lo, hi := randomKey(rng), randomKey(rng)
				want := int64(0)
				for k, add := range set {
					if k := k.In(o); !k.Less(&lo) && k.Less(&hi) {
						want += map[bool]int64{true: 1, false: -1}[add]
					}
				}
				if got := RangeSum(sorted, &lo, &hi); len(sorted) != len(cs) || got != want {
					t.Fatalf("RangeSum(%v, %v) = %d of %d changes, want %d of %d",
						lo, hi, got, len(sorted), want, len(cs))
				}
			}
		}
	}
	one := func(add ...bool) (cs []Change) {
		for i, a := range add {
			cs = append(cs, Change{Key: Key{ids.ID(1 + i/2)}, Add: a})
		}
		return cs
	}
	got := fmt.Sprint(Cancel(one(true, false, true, true, false, false, false)))
	if want := fmt.Sprint([]Change{{Key: Key{2}, Add: true}, {Key: Key{3}}, {Key: Key{4}}}); got != want {
		t.Errorf("Cancel = %s, want %s", got, want)
	}
}

// TestChangeSorter sorts changes into other orders, in parts that do not fit in memory,
// and takes them through a channel in bites of every size.
func TestChangeSorter(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	temp := Temp{t.TempDir(), func(int) error { return nil }}
	for n, size := range []int{0, 1, 40, 600, 600} {
		set := map[Key]bool{}
		for range size {
			set[randomKey(rng)] = n < 4 && rng.IntN(3) > 0 || n == 4
		}
		var cs []Change
		for k, add := range set {
			cs = append(cs, Change{Key: k, Add: add})
		}
		slices.SortFunc(cs, func(a, b Change) int { return CompareKeys(a.Key, b.Key) })
		from := SPOG
		for _, o := range []Order{OSPG, POSG} { // each has its first column second or third in the one before
			in := SortedChanges(cs, from)
			s := NewChangeSorter(temp, 64)
			for at := 0; at < len(in); at += 50 {
				if err := s.Take(in[at:min(at+50, len(in))], from, o); err != nil {
					t.Fatal(err)
				}
			}
			from = o
			want := SortedChanges(cs, o)
			for i := range want {
				want[i].cum = 0
			}
			if got := throughChannel(t, s, 1+rng.IntN(30)); !slices.Equal(got, want) {
				t.Errorf("%d changes in %v come out as %d, or otherwise", len(want), o, len(got))
			}
			s.Close()
		}
	}
}

// throughChannel takes what a sorter gives out in bites below ever higher keys.
func throughChannel(t *testing.T, s *ChangeSorter, bite int) (out []Change) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	chunks := &Chunks{Size: 13}
	src := NewChunkSource(ctx, chunks)
	done := make(chan error, 1)
	go func() {
		defer close(src.C)
		done <- s.Each(ctx, chunks, func(c *Chunk) error {
			c.Share(1)
			src.C <- c
			return nil
		})
	}()
	var last Key
	for hi := (Key{}); ; hi[0]++ {
		if hi[0] > 40 {
			hi = MaxKey
		}
		for {
			n := len(out)
			var err error
			if out, err = src.Below(&hi, bite, out); err != nil {
				t.Fatal(err)
			}
			if len(out) > n+bite {
				t.Fatalf("Below gave %d changes, want at most %d", len(out)-n, bite)
			}
			for _, c := range out[n:] {
				if !c.Key.Less(&hi) || c.Key.Less(&last) {
					t.Fatalf("Below(%v) gave %v, after all below %v", hi, c.Key, last)
				}
			}
			if len(out) < n+bite {
				break
			}
		}
		last = hi
		if hi == MaxKey {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
}

// TestDecodePatchDamaged decodes patches that end early or whose lengths are wrong:
// nothing panics, and nothing passes for a patch without changes.
func TestDecodePatchDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	rows := randomBlock(rng, 300)
	var cs []Change
	for i := range rows.Len() {
		cs = append(cs, Change{Key: rows.At(i), Add: i%2 == 0})
	}
	whole := EncodePatch(cs)
	adds := len(EncodePatch(slices.DeleteFunc(slices.Clone(cs), func(c Change) bool { return !c.Add })))
	for n := range len(whole) {
		if n == adds {
			continue // the additions alone are a patch too
		}
		if got, err := DecodePatch(whole[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("DecodePatch of %d bytes of %d = %d changes, %v", n, len(whole), len(got), err)
		}
	}
	for _, data := range [][]byte{{}, {0}, {0, 0, codec, 0}, {0, 0}, {0, 0, codec}, {1}, {2, 1}, {0, 0, codec, 2, 1},
		{0, 0, codec, 1},
		{0, 0, codec, 0x80}, {5, 1, 1, 1, 1}, {0, 0, codec, 3, 1, 1}} {
		if got, err := DecodePatch(data); !errors.Is(err, ErrCorrupt) {
			t.Errorf("DecodePatch(% x) = %v, %v, want ErrCorrupt", data, got, err)
		}
	}
}
