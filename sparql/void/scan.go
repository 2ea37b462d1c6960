package void

import (
	"context"
	"slices"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// pair is a class and a property that members of it have.
type pair struct{ class, property store.ID }

// counts are what one scan counts, where a triple that stands in several graphs counts once.
type counts struct {
	triples    uint64
	typed      uint64 // subjects with a class
	properties map[store.ID]uint64
	classes    map[store.ID]uint64 // members
	pairs      map[pair]uint64     // triples
}

// maxPairs bounds the classes with properties that are told.
const maxPairs = 20_000

// scan counts the statements of a pattern, of the graphs that count; nil: of all.
func scan(ctx context.Context, sn *store.Snapshot, p store.Pattern, of func(graph store.ID) (bool, error)) (
	*counts, error) {
	c := &counts{properties: map[store.ID]uint64{}, classes: map[store.ID]uint64{}, pairs: map[pair]uint64{}}
	typ, typed, err := sn.Lookup(term.NewIRI(vocab.RDFType))
	if err != nil {
		return nil, err
	}
	one := subject{counts: c}
	var last [3]store.ID
	order := store.SPOG
	if p.G != 0 {
		order = store.GSPO
	}
	for b, err := range sn.Batches(ctx, p, store.ScanOptions{Order: order}) {
		if err != nil {
			return nil, err
		}
		for i := range b.N {
			row := [3]store.ID{b.S[i], b.P[i], b.O[i]}
			if row == last {
				continue
			}
			if of != nil {
				if ok, err := of(b.G[i]); err != nil {
					return nil, err
				} else if !ok {
					continue
				}
			}
			if row[0] != last[0] {
				one.end()
			}
			last = row
			one.add(row[1])
			if typed && row[1] == typ {
				one.classes = append(one.classes, row[2])
			}
		}
	}
	one.end()
	return c, nil
}

// subject is one that is being counted.
type subject struct {
	*counts
	classes    []store.ID
	properties []store.ID
	n          []uint64
}

func (s *subject) add(p store.ID) {
	if k := len(s.properties); k > 0 && s.properties[k-1] == p {
		s.n[k-1]++
		return
	}
	s.properties, s.n = append(s.properties, p), append(s.n, 1)
}

// end counts the subject, of which nothing more comes.
func (s *subject) end() {
	for i, p := range s.properties {
		s.counts.properties[p] += s.n[i]
		s.triples += s.n[i]
	}
	if len(s.classes) > 0 {
		s.typed++
	}
	for _, class := range s.classes {
		s.counts.classes[class]++
		for i, p := range s.properties {
			if _, ok := s.pairs[pair{class, p}]; ok || len(s.pairs) < maxPairs {
				s.pairs[pair{class, p}] += s.n[i]
			}
		}
	}
	s.classes, s.properties, s.n = s.classes[:0], s.properties[:0], s.n[:0]
}

// sorted returns the keys of counts in the sequence of their terms, without those that are no
// IRIs.
func sorted(sn *store.Snapshot, of map[store.ID]uint64) (ids []store.ID, names []string, err error) {
	type named struct {
		id   store.ID
		name string
	}
	var all []named
	for id := range of {
		t, err := sn.Term(id)
		if err != nil {
			return nil, nil, err
		}
		if t.IsIRI() {
			all = append(all, named{id, t.Value()})
		}
	}
	slices.SortFunc(all, func(a, b named) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	for _, n := range all {
		ids, names = append(ids, n.id), append(names, n.name)
	}
	return ids, names, nil
}
