package store

import (
	"encoding/binary"
	"slices"
	"sync"
)

// maxSets bounds the number of characteristic sets that are kept; subjects
// with further sets are left out and Stats.SetsComplete is false.
const maxSets = 1 << 16

// PredicateStats counts the quads with one predicate.
type PredicateStats struct {
	Predicate                ID
	Quads, Subjects, Objects uint64 // distinct subjects, distinct objects
}

// CharacteristicSet counts the subjects that have exactly these predicates
// (Neumann and Moerkotte, 2011), over all graphs.
type CharacteristicSet struct {
	Predicates []ID     // ascending
	Subjects   uint64   // subjects with exactly these predicates
	Quads      []uint64 // their quads by predicate
}

// Stats are the counts of one snapshot, exact.
type Stats struct {
	Quads, Subjects, Objects, Predicates, Graphs uint64
	SetsComplete                                 bool

	predicates []PredicateStats
	sets       []CharacteristicSet
}

// Predicate returns the counts of one predicate; they are zero when no quad has it.
func (st *Stats) Predicate(p ID) PredicateStats {
	i, ok := slices.BinarySearchFunc(st.predicates, p, func(a PredicateStats, p ID) int {
		return compareIDs(a.Predicate, p)
	})
	if !ok {
		return PredicateStats{Predicate: p}
	}
	return st.predicates[i]
}

// CharacteristicSets returns all sets, those with the most subjects first. The
// caller must not change them.
func (st *Stats) CharacteristicSets() []CharacteristicSet { return st.sets }

func compareIDs(a, b ID) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// statsDelta is statistics or a change to them.
type statsDelta struct {
	quads, subjects, objects, graphs int64
	predicates                       map[ID]predicateDelta
	sets                             map[string]*setDelta // by predicates, eight bytes each
	overflow                         bool                 // sets were left out
}

type predicateDelta struct{ quads, subjects, objects int64 }

type setDelta struct {
	subjects int64
	quads    []int64
}

func newStatsDelta() *statsDelta {
	return &statsDelta{predicates: make(map[ID]predicateDelta), sets: make(map[string]*setDelta)}
}

// plus returns the sum of two statistics; either may be nil.
func (d *statsDelta) plus(e *statsDelta) *statsDelta {
	out := newStatsDelta()
	out.addAll(d)
	out.addAll(e)
	return out
}

func (d *statsDelta) addAll(e *statsDelta) {
	if e == nil {
		return
	}
	d.quads += e.quads
	d.subjects += e.subjects
	d.objects += e.objects
	d.graphs += e.graphs
	d.overflow = d.overflow || e.overflow
	for p, x := range e.predicates {
		d.addPredicate(p, x)
	}
	for k, x := range e.sets {
		d.addSet(k, x.subjects, x.quads)
	}
}

// negated returns the statistics with every sign turned.
func (d *statsDelta) negated() *statsDelta {
	out := newStatsDelta()
	out.quads, out.subjects, out.objects, out.graphs = -d.quads, -d.subjects, -d.objects, -d.graphs
	for p, x := range d.predicates {
		out.predicates[p] = predicateDelta{-x.quads, -x.subjects, -x.objects}
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

func (d *statsDelta) addPredicate(p ID, x predicateDelta) {
	y := d.predicates[p]
	y.quads += x.quads
	y.subjects += x.subjects
	y.objects += x.objects
	if y == (predicateDelta{}) {
		delete(d.predicates, p)
	} else {
		d.predicates[p] = y
	}
}

func (d *statsDelta) addSet(k string, subjects int64, quads []int64) {
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

// predicateCount is a number of quads of one subject with one predicate.
type predicateCount struct {
	p ID
	n int64
}

// subject takes in that a subject's quads by predicate, ascending, were before
// and are after.
func (d *statsDelta) subject(before, after []predicateCount) {
	d.subjectSide(before, -1)
	d.subjectSide(after, 1)
}

func (d *statsDelta) subjectSide(counts []predicateCount, sign int64) {
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
		d.addPredicate(c.p, predicateDelta{quads: sign * c.n, subjects: sign})
	}
	d.addSet(string(k), sign, quads)
}

// stats turns the sums into what callers see.
func (d *statsDelta) stats() *Stats {
	st := &Stats{
		Quads: uint64(d.quads), Subjects: uint64(d.subjects), Objects: uint64(d.objects),
		Predicates: uint64(len(d.predicates)), Graphs: uint64(d.graphs), SetsComplete: !d.overflow,
	}
	for p, x := range d.predicates {
		st.predicates = append(st.predicates, PredicateStats{p, uint64(x.quads), uint64(x.subjects), uint64(x.objects)})
	}
	slices.SortFunc(st.predicates, func(a, b PredicateStats) int { return compareIDs(a.Predicate, b.Predicate) })
	for k, x := range d.sets {
		if x.subjects <= 0 {
			continue
		}
		cs := CharacteristicSet{Subjects: uint64(x.subjects)}
		for i, n := range x.quads {
			cs.Predicates = append(cs.Predicates, ID(binary.BigEndian.Uint64([]byte(k[8*i:8*i+8]))))
			cs.Quads = append(cs.Quads, uint64(n))
		}
		st.sets = append(st.sets, cs)
	}
	slices.SortFunc(st.sets, func(a, b CharacteristicSet) int {
		if a.Subjects != b.Subjects {
			return compareIDs(ID(b.Subjects), ID(a.Subjects))
		}
		return slices.Compare(a.Predicates, b.Predicates)
	})
	return st
}

// lazyStats adds a view's statistics up when they are first asked for.
type lazyStats struct {
	once sync.Once
	st   *Stats
}

func (l *lazyStats) get(v *view) *Stats {
	l.once.Do(func() {
		d := newStatsDelta()
		d.addAll(v.base.stats)
		for _, list := range [][]*run{v.frozen, v.active} {
			for _, r := range list {
				d.addAll(r.stats)
			}
		}
		if v.extra != nil {
			d.addAll(v.extra.stats)
		}
		l.st = d.stats()
	})
	return l.st
}
