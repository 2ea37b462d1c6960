package dcat

import (
	"cmp"
	"hash/maphash"
	"slices"

	"fincat/vocab/term"
)

// A Table holds the terms that the triples of many small graphs have in common, each once.
// It makes these graphs without comparing their terms again.
type Table struct {
	seed    maphash.Seed
	terms   []term.Term
	hashes  []uint64
	numbers []uint32 // of terms in the graph that is being made, plus one
	used    []uint32 // those that have a number
}

// NewTable returns a table of terms, of which no two are equal.
func NewTable(terms []term.Term) *Table {
	t := &Table{seed: maphash.MakeSeed(), terms: terms, hashes: make([]uint64, len(terms)),
		numbers: make([]uint32, len(terms))}
	for i := range terms {
		t.hashes[i] = maphash.Comparable(t.seed, terms[i])
	}
	return t
}

// Graph indexes triples whose terms are named by their places in the table. It sorts them:
// the triples of a subject stand together, and the objects of a property of its in the order
// of [term.Compare].
func (t *Table) Graph(triples [][3]uint32) *Graph {
	slices.SortFunc(triples, func(a, b [3]uint32) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
	})
	triples = slices.Compact(triples)
	for from, to := 0, 0; from < len(triples); from = to {
		for to = from + 1; to < len(triples) && [2]uint32(triples[to][:2]) == [2]uint32(triples[from][:2]); {
			to++
		}
		if to > from+1 {
			slices.SortFunc(triples[from:to], func(a, b [3]uint32) int {
				return term.Compare(t.terms[a[2]], t.terms[b[2]])
			})
		}
	}
	for _, triple := range triples {
		for _, i := range triple {
			if t.numbers[i] == 0 {
				t.used = append(t.used, i)
				t.numbers[i] = uint32(len(t.used))
			}
		}
	}
	g := &Graph{seed: t.seed, numbers: make(map[uint64]uint32, len(t.used)), terms: make([]node, len(t.used)),
		rows: make([]row, 0, len(triples))}
	for n, i := range t.used {
		h := t.hashes[i]
		for _, taken := g.numbers[h]; taken; _, taken = g.numbers[h] {
			h++
		}
		g.numbers[h] = uint32(n)
		g.terms[n] = node{Term: t.terms[i], first: -1, last: -1, single: true}
	}
	for _, triple := range triples {
		s := t.numbers[triple[0]] - 1
		if g.terms[s].first < 0 {
			g.order = append(g.order, s)
		}
		g.link(s, row{t.numbers[triple[1]] - 1, t.numbers[triple[2]] - 1, -1})
		g.terms[s].single = true // they were compacted
	}
	for _, i := range t.used {
		t.numbers[i] = 0
	}
	t.used = t.used[:0]
	return g
}
