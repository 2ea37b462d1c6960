package stats

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"fincat/store/block"
	"fincat/store/ids"
)

// subjects says for each subject how many quads it has with each predicate.
type subjects map[int]map[ids.ID]int64

// tally returns a subject's quads by predicate, as commits count them.
func (s subjects) tally(subject int) Tally {
	var t Tally
	for _, p := range slices.Sorted(maps.Keys(s[subject])) {
		for range s[subject][p] {
			t.Add(p, 1)
		}
		t.Add(p, 0)
	}
	return t.Positive()
}

// counts works out what a Delta must come to.
func (s subjects) counts() *Counts {
	d := NewDelta()
	for subject := range s {
		d.Subject(nil, s.tally(subject))
	}
	return d.Counts()
}

// TestSubject counts three subjects of two characteristic sets.
func TestSubject(t *testing.T) {
	s := subjects{1: {7: 2, 8: 1}, 2: {7: 1, 8: 1}, 3: {8: 5}}
	c := s.counts()
	if c.Quads != 10 || c.Subjects != 3 || c.Predicates != 2 || !c.SetsComplete {
		t.Errorf("counts %+v, want 10 quads of 3 subjects with 2 predicates", c)
	}
	if got, want := c.Predicate(7), (Predicate{Predicate: 7, Quads: 3, Subjects: 2}); got != want {
		t.Errorf("Predicate(7) = %+v, want %+v", got, want)
	}
	if got, want := c.Predicate(9), (Predicate{Predicate: 9}); got != want {
		t.Errorf("Predicate of none = %+v, want %+v", got, want)
	}
	want := []CharacteristicSet{
		{Predicates: []ids.ID{7, 8}, Subjects: 2, Quads: []uint64{3, 2}},
		{Predicates: []ids.ID{8}, Subjects: 1, Quads: []uint64{5}},
	}
	if got := c.CharacteristicSets(); !reflect.DeepEqual(got, want) {
		t.Errorf("sets %+v, want %+v", got, want)
	}
}

// TestDeltas changes subjects at random. The sum of the changes is what counting
// everything anew gives, also after it was encoded, and with all changes turned
// round nothing is left.
func TestDeltas(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	s, sum, back := subjects{}, NewDelta(), NewDelta()
	for range 300 {
		change := NewDelta()
		for range rng.IntN(4) {
			subject := rng.IntN(20)
			before := s.tally(subject)
			quads := map[ids.ID]int64{}
			for range rng.IntN(4) {
				quads[ids.ID(1+rng.IntN(5))] += int64(rng.IntN(3))
			}
			s[subject] = quads
			change.Subject(before, s.tally(subject))
		}
		change.Objects, change.Graphs = rng.Int64N(3)-1, rng.Int64N(3)-1
		r := block.Decoder{B: change.Append(nil)}
		if decoded := Decode(&r); r.Bad || len(r.B) != 0 || !reflect.DeepEqual(decoded, change) {
			t.Fatalf("%+v reads back as %+v", change, decoded)
		}
		before := sum.Append(nil)
		next := sum.Plus(change)
		if !slices.Equal(sum.Append(nil), before) {
			t.Fatal("Plus changes what it adds to")
		}
		sum = next
		back.AddAll(change.Negated())
		got, want := sum.Counts(), s.counts()
		want.Objects, want.Graphs = got.Objects, got.Graphs
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("counts %+v, want %+v", got, want)
		}
	}
	back.AddAll(sum)
	if !reflect.DeepEqual(back, NewDelta()) {
		t.Errorf("what is added and taken away leaves %+v", back)
	}
	sum.AddAll(nil)
}

// TestAddPredicate counts objects, which subjects do not tell.
func TestAddPredicate(t *testing.T) {
	d := NewDelta()
	d.AddPredicate(7, PredicateChange{quads: 5, subjects: 2, Objects: 4})
	d.AddPredicate(7, PredicateChange{quads: -2, subjects: -1, Objects: -1})
	want := []Predicate{{Predicate: 7, Quads: 3, Subjects: 1, Objects: 3}}
	if got := d.Counts().ByPredicate(); !slices.Equal(got, want) {
		t.Errorf("predicates %+v, want %+v", got, want)
	}
	d.AddPredicate(7, PredicateChange{quads: -3, subjects: -1, Objects: -3})
	if got := d.Counts(); len(got.ByPredicate()) != 0 || got.Predicates != 0 {
		t.Errorf("predicates %+v, want none", got.ByPredicate())
	}
}

// TestTooManySets has more characteristic sets than are kept: the other counts stay
// exact, and the sets are said to be incomplete.
func TestTooManySets(t *testing.T) {
	d := NewDelta()
	for i := range maxSets {
		var k [8]byte
		binary.BigEndian.PutUint64(k[:], uint64(i+1))
		d.addSet(string(k[:]), 1, []int64{1})
	}
	if !d.Counts().SetsComplete {
		t.Errorf("%d sets are incomplete", maxSets)
	}
	d.Subject(nil, []PredicateCount{{maxSets + 1, 3}})
	c := d.Counts()
	if c.SetsComplete || len(c.CharacteristicSets()) != maxSets || c.Predicate(maxSets+1).Quads != 3 {
		t.Errorf("%d sets, complete %v, %+v; want %d, incomplete, 3 quads",
			len(c.CharacteristicSets()), c.SetsComplete, c.Predicate(maxSets+1), maxSets)
	}
	if d.Plus(NewDelta()).Counts().SetsComplete || NewDelta().Plus(d).Counts().SetsComplete {
		t.Error("with nothing added, the sets are complete")
	}
	r := block.Decoder{B: d.Append(nil)}
	if Decode(&r).Counts().SetsComplete {
		t.Error("read back, the sets are complete")
	}
}
