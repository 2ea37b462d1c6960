package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSequences compares the orders that tables make along each other with sorted ones.
func TestSequences(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 9))
	x := newSetting(t)
	const n = 25
	for i := range n {
		x.put(t, fmt.Sprintf("one/%d", i), record(rng, i))
	}
	along := 0
	for round := range 80 {
		x.disturb(t, rng, n)
		table := x.table(t)
		for _, o := range []Order{ByRecency, ByQuality} {
			if rng.IntN(3) == 0 { // some tables are not asked for an order
				continue
			}
			if len(table.orders[o].before) > 0 {
				along++
			}
			want := slices.SortedFunc(table.alive.all, table.compare(o))
			if got := table.order(o); !slices.Equal(got, want) {
				t.Fatalf("round %d: order %d is %v, want %v", round, o, got, want)
			}
		}
	}
	if along < 20 {
		t.Errorf("%d orders were made along others", along)
	}
}

// TestNamed: names are kept until a commit names a resource otherwise, and only then.
func TestNamed(t *testing.T) {
	x := newSetting(t)
	const org, other = string(base) + "org/a", string(base) + "org/b"
	x.put(t, "org", `<org/a> skos:prefLabel "甲" . <org/b> skos:prefLabel "乙" .`)
	x.put(t, "one/1", `<dataset/one/1> a dcat:Dataset ; dct:title "一" ; dct:publisher <org/a> .`)
	first := x.table(t)
	first.Named("zh").Store(org, "甲")
	first.Named("zh").Store(other, "乙")
	kept := func(what string, want ...string) *Table {
		t.Helper()
		table := x.table(t)
		for _, iri := range []string{org, other} {
			if _, ok := table.Named("zh").Load(iri); ok != slices.Contains(want, iri) {
				t.Errorf("%s: the name of %s is kept: %v", what, iri, ok)
			}
		}
		return table
	}
	x.put(t, "one/2", `<dataset/one/2> a dcat:Dataset ; dct:title "二" ; dct:publisher <org/b> .`)
	x.put(t, "void", `<x> dct:extent 3 .`)
	if kept("other things have changed", org, other) == first {
		t.Fatal("no commit was followed")
	}
	x.put(t, "one/3", `<dataset/one/3> a dcat:Dataset ; dct:title "三" ; dct:publisher <org/a> .
<org/a> foaf:name "A" .`)
	kept("a record names one", other)
	first.Named("zh").Store(org, "of an earlier state")
	kept("an earlier table is written to", other)
	x.put(t, "org", `<org/a> skos:prefLabel "甲" . <org/b> skos:prefLabel "丙" .`)
	if got := titles(t, kept("a name has changed"), Query{Text: "丙"}); len(got) != 1 || got[0] != "二" {
		t.Errorf("by the new name of an organisation is found %q", got)
	}
	if got := titles(t, x.table(t), Query{Text: "乙"}); len(got) > 0 {
		t.Errorf("by the old name of an organisation is found %q", got)
	}
}
