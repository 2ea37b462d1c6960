package plan

import (
	"math/bits"
	"slices"

	"fincat/store"
)

// maxSets is how many characteristic sets, the largest, an estimate looks at.
const maxSets = 512

// stars estimates stars, patterns with one subject and constant predicates,
// from characteristic sets: how many subjects have just those predicates, and
// how many triples of each (Neumann and Moerkotte, 2011). Predicates that go
// together are thereby not taken for independent.
type stars struct {
	subject  []Var       // by relation; empty where it is no part of a star
	subjects []float64   // by set
	triples  [][]float64 // by relation, by set: triples for each subject, 0 where the set lacks the predicate
}

// newStars returns nil when the statistics leave subjects out.
func newStars(st *store.Stats, rels []*relation) *stars {
	sets := st.CharacteristicSets()
	if !st.SetsComplete || len(sets) > maxSets {
		return nil
	}
	s := &stars{
		subject:  make([]Var, len(rels)),
		subjects: make([]float64, len(sets)),
		triples:  make([][]float64, len(rels)),
	}
	for k, cs := range sets {
		s.subjects[k] = float64(cs.Subjects)
	}
	for i, r := range rels {
		q := r.quad
		if q == nil || q.S.Var == "" || q.P.Var != "" || q.G.Mode != AllGraphs || q.S.Var == q.O.Var {
			continue
		}
		s.subject[i] = q.S.Var
		share := 1.0 // of the predicate's triples, with this object
		if all := float64(st.Predicate(q.P.ID).Quads); q.O.Var == "" && all > 0 {
			share = r.rows / all
		}
		s.triples[i] = make([]float64, len(sets))
		for k, cs := range sets {
			if at, ok := slices.BinarySearch(cs.Predicates, q.P.ID); ok {
				s.triples[i][k] = float64(cs.Quads[at]) / float64(cs.Subjects) * share
			}
		}
	}
	return s
}

// rows returns the expected solutions of a set of relations that are one star.
func (s *stars) rows(set uint) (float64, bool) {
	if s == nil {
		return 0, false
	}
	center := s.subject[bits.TrailingZeros(set)]
	if center == "" {
		return 0, false
	}
	for rest := set; rest != 0; rest &= rest - 1 {
		if s.subject[bits.TrailingZeros(rest)] != center {
			return 0, false
		}
	}
	sum := 0.0
	for k, n := range s.subjects {
		for rest := set; rest != 0 && n > 0; rest &= rest - 1 {
			n *= s.triples[bits.TrailingZeros(rest)][k]
		}
		sum += n
	}
	return sum, true
}
