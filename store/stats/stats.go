package stats

import (
	"encoding/binary"
	"slices"

	"fincat/store/ids"
)

// maxSets bounds the number of characteristic sets that are kept; subjects
// with further sets are left out and Stats.SetsComplete is false.
const maxSets = 1 << 16

// Predicate counts the quads with one predicate.
type Predicate struct {
	Predicate                ids.ID
	Quads, Subjects, Objects uint64 // distinct subjects, distinct objects
}

// CharacteristicSet counts the subjects that have exactly these predicates
// (Neumann and Moerkotte, 2011), over all graphs.
type CharacteristicSet struct {
	Predicates []ids.ID // ascending
	Subjects   uint64   // subjects with exactly these predicates
	Quads      []uint64 // their quads by predicate
}

// Counts are the counts of one snapshot, exact.
type Counts struct {
	Quads, Subjects, Objects, Predicates, Graphs uint64
	SetsComplete                                 bool

	predicates []Predicate
	sets       []CharacteristicSet
}

// Predicate returns the counts of one predicate; they are zero when no quad has it.
func (st *Counts) Predicate(p ids.ID) Predicate {
	i, ok := slices.BinarySearchFunc(st.predicates, p, func(a Predicate, p ids.ID) int {
		return ids.Compare(a.Predicate, p)
	})
	if !ok {
		return Predicate{Predicate: p}
	}
	return st.predicates[i]
}

// ByPredicate returns the counts of all predicates, ascending. The caller must not
// change them.
func (st *Counts) ByPredicate() []Predicate { return st.predicates }

// CharacteristicSets returns all sets, those with the most subjects first. The
// caller must not change them.
func (st *Counts) CharacteristicSets() []CharacteristicSet { return st.sets }

// Delta is statistics or a change to them.
type Delta struct {
	quads, subjects, Objects, Graphs int64
	predicates                       map[ids.ID]PredicateChange
	sets                             map[string]*setDelta // by predicates, eight bytes each
	overflow                         bool                 // sets were left out
}

// PredicateChange is a change to the counts of one predicate.
type PredicateChange struct{ quads, subjects, Objects int64 }

type setDelta struct {
	subjects int64
	quads    []int64
}

// NewDelta returns statistics of no quads.
func NewDelta() *Delta {
	return &Delta{predicates: make(map[ids.ID]PredicateChange), sets: make(map[string]*setDelta)}
}

// Plus returns the sum of two statistics; either may be nil.
func (d *Delta) Plus(e *Delta) *Delta {
	out := NewDelta()
	out.AddAll(d)
	out.AddAll(e)
	return out
}

// AddAll adds other statistics, which may be nil.
func (d *Delta) AddAll(e *Delta) {
	if e == nil {
		return
	}
	d.quads += e.quads
	d.subjects += e.subjects
	d.Objects += e.Objects
	d.Graphs += e.Graphs
	d.overflow = d.overflow || e.overflow
	for p, x := range e.predicates {
		d.AddPredicate(p, x)
	}
	for k, x := range e.sets {
		d.addSet(k, x.subjects, x.quads)
	}
}

// Negated returns the statistics with every sign turned.
func (d *Delta) Negated() *Delta {
	out := NewDelta()
	out.quads, out.subjects, out.Objects, out.Graphs = -d.quads, -d.subjects, -d.Objects, -d.Graphs
	for p, x := range d.predicates {
		out.predicates[p] = PredicateChange{-x.quads, -x.subjects, -x.Objects}
	}
	for k, x := range d.sets {
		q := make([]int64, len(x.quads))
		for i := range q {
			q[i] = -x.quads[i]
		}
		out.sets[k] = &setDelta{-x.subjects, q}
	}
	return out
}

// AddPredicate adds to the counts of one predicate.
func (d *Delta) AddPredicate(p ids.ID, x PredicateChange) {
	y := d.predicates[p]
	y.quads += x.quads
	y.subjects += x.subjects
	y.Objects += x.Objects
	if y == (PredicateChange{}) {
		delete(d.predicates, p)
	} else {
		d.predicates[p] = y
	}
}

func (d *Delta) addSet(k string, subjects int64, quads []int64) {
	x := d.sets[k]
	if x == nil {
		if len(d.sets) >= maxSets {
			d.overflow = true
			return
		}
		d.sets[k] = &setDelta{subjects, slices.Clone(quads)}
		return
	}
	y := setDelta{x.subjects + subjects, slices.Clone(x.quads)}
	empty := y.subjects == 0
	for i := range y.quads {
		y.quads[i] += quads[i]
		empty = empty && y.quads[i] == 0
	}
	if empty {
		delete(d.sets, k)
	} else {
		d.sets[k] = &y
	}
}

// PredicateCount is a number of quads of one subject with one predicate.
type PredicateCount struct {
	p ids.ID
	n int64
}

// Subject takes in that a subject's quads by predicate, ascending, were before
// and are after.
func (d *Delta) Subject(before, after []PredicateCount) {
	d.subjectSide(before, -1)
	d.subjectSide(after, 1)
}

func (d *Delta) subjectSide(counts []PredicateCount, sign int64) {
	if len(counts) == 0 {
		return
	}
	d.subjects += sign
	k := make([]byte, 0, 8*len(counts))
	quads := make([]int64, len(counts))
	for i, c := range counts {
		k = binary.BigEndian.AppendUint64(k, uint64(c.p))
		quads[i] = sign * c.n
		d.quads += sign * c.n
		d.AddPredicate(c.p, PredicateChange{quads: sign * c.n, subjects: sign})
	}
	d.addSet(string(k), sign, quads)
}

// Counts turns the sums into what callers see.
func (d *Delta) Counts() *Counts {
	st := &Counts{
		Quads: uint64(d.quads), Subjects: uint64(d.subjects), Objects: uint64(d.Objects),
		Predicates: uint64(len(d.predicates)), Graphs: uint64(d.Graphs), SetsComplete: !d.overflow,
	}
	for p, x := range d.predicates {
		st.predicates = append(st.predicates, Predicate{p, uint64(x.quads), uint64(x.subjects), uint64(x.Objects)})
	}
	slices.SortFunc(st.predicates, func(a, b Predicate) int { return ids.Compare(a.Predicate, b.Predicate) })
	for k, x := range d.sets {
		if x.subjects <= 0 {
			continue
		}
		cs := CharacteristicSet{Subjects: uint64(x.subjects)}
		for i, n := range x.quads {
			cs.Predicates = append(cs.Predicates, ids.ID(binary.BigEndian.Uint64([]byte(k[8*i:8*i+8]))))
			cs.Quads = append(cs.Quads, uint64(n))
		}
		st.sets = append(st.sets, cs)
	}
	slices.SortFunc(st.sets, func(a, b CharacteristicSet) int {
		if a.Subjects != b.Subjects {
			return ids.Compare(ids.ID(b.Subjects), ids.ID(a.Subjects))
		}
		return slices.Compare(a.Predicates, b.Predicates)
	})
	return st
}

// Tally counts quads by predicate, which come in ascending order.
type Tally []PredicateCount

// Add counts n quads more with predicate p.
func (t *Tally) Add(p ids.ID, n int64) {
	if k := len(*t); k > 0 && (*t)[k-1].p == p {
		(*t)[k-1].n += n
		return
	}
	*t = append(*t, PredicateCount{p, n})
}

// Positive drops the predicates without quads.
func (t Tally) Positive() Tally {
	return slices.DeleteFunc(t, func(c PredicateCount) bool { return c.n == 0 })
}
