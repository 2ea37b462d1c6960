package dcat

import (
	"hash/maphash"
	"slices"

	"fincat/vocab"
	"fincat/vocab/term"
)

// Graph is an index over triples from which DCAT values are read. A catalogue may
// be one document with a million of them: terms are held once and have numbers, a
// triple takes twelve bytes. Its methods are not for several goroutines at a time.
type Graph struct {
	Plain bool // datasets are read without Extra, which takes a fifth of the time

	seed    maphash.Seed
	numbers map[uint64]uint32 // of terms, by hash; where two terms have one hash, the next free one counts
	terms   []node
	rows    []row
	order   []uint32                  // subjects in document order
	topics  map[term.Term][]term.Term // catalogue records and services, by the dataset that they are about
	beyond  term.Term                 // see Beyond

	distributions map[term.Term]bool // of datasets; nil before they are asked for
	series        map[term.Term]bool // that are no datasets; nil before they are asked for
}

// node is a term, and the triples of which it is the subject.
type node struct {
	term.Term
	first, last int32 // of its rows, -1 for none
	single      bool  // no row repeats another
	told        bool  // the subject came out with a dataset
}

// row is a triple of a subject.
type row struct {
	p, o uint32
	next int32 // row of the subject, -1 at the end
}

// NewGraph indexes triples by subject; repeats are dropped.
func NewGraph(triples []term.Triple) *Graph {
	g := EmptyGraph()
	g.rows = make([]row, 0, len(triples))
	for _, t := range triples {
		g.Add(t)
	}
	return g
}

// EmptyGraph returns a graph to which triples are added one by one.
func EmptyGraph() *Graph { return &Graph{seed: maphash.MakeSeed(), numbers: map[uint64]uint32{}} }

// Add adds a triple. It comes before the values are read.
func (g *Graph) Add(t term.Triple) {
	s := g.number(t.Subject)
	if g.terms[s].first < 0 {
		g.order = append(g.order, s)
	}
	g.append(s, t)
}

// append adds a triple to those of the subject with a number.
func (g *Graph) append(s uint32, t term.Triple) {
	g.link(s, row{g.number(t.Predicate), g.number(t.Object), -1})
}

// link adds a row to those of the subject with a number.
func (g *Graph) link(s uint32, r row) {
	at := int32(len(g.rows))
	g.rows = append(g.rows, r)
	if n := &g.terms[s]; n.first < 0 {
		n.first, n.last = at, at
	} else {
		g.rows[n.last].next = at
		n.last, n.single = at, false
	}
}

// Len returns how many triples were added.
func (g *Graph) Len() int { return len(g.rows) }

// number returns the number of a term, a new one if need be.
func (g *Graph) number(t term.Term) uint32 {
	n, h, ok := g.find(t)
	if !ok {
		n = uint32(len(g.terms))
		g.terms = append(g.terms, node{Term: t, first: -1, last: -1, single: true})
		g.numbers[h] = n
	}
	return n
}

// find looks for a term; h is where its number stands or would stand.
func (g *Graph) find(t term.Term) (n uint32, h uint64, ok bool) {
	for h = maphash.Comparable(g.seed, t); ; h++ {
		if n, ok = g.numbers[h]; !ok || g.terms[n].Term == t {
			return n, h, ok
		}
	}
}

// each yields the rows of a subject, each once.
func (g *Graph) each(s term.Term) func(yield func(row) bool) {
	return func(yield func(row) bool) {
		n, _, ok := g.find(s)
		if !ok {
			return
		}
		if !g.terms[n].single {
			g.withoutRepeats(&g.terms[n])
		}
		for at := g.terms[n].first; at >= 0; at = g.rows[at].next {
			if !yield(g.rows[at]) {
				return
			}
		}
	}
}

// withoutRepeats drops the rows of a subject that came before.
func (g *Graph) withoutRepeats(n *node) {
	const few = 24
	var seen map[[2]uint32]bool
	count := 0
	for at := n.first; at >= 0; at = g.rows[at].next {
		count++
	}
	if count > few {
		seen = make(map[[2]uint32]bool, count)
	}
	before := int32(-1)
	for at := n.first; at >= 0; at = g.rows[at].next {
		r := g.rows[at]
		again := seen[[2]uint32{r.p, r.o}]
		if seen == nil {
			for i := n.first; i != at && !again; i = g.rows[i].next {
				again = g.rows[i].p == r.p && g.rows[i].o == r.o
			}
		} else {
			seen[[2]uint32{r.p, r.o}] = true
		}
		if again {
			g.rows[before].next, n.last = r.next, before
			continue
		}
		before, n.last = at, at
	}
	n.single = true
}

// Repair replaces triples of a subject, its contacts, agents and distributions,
// before they are read; those that are not ok say nothing and go.
func (g *Graph) Repair(s term.Term, f func(term.Triple) (t term.Triple, ok bool)) {
	list, changed := g.About(s), false
	out := list[:0]
	for _, was := range list {
		t, ok := f(was)
		if changed = changed || !ok || t != was; !ok {
			continue
		}
		if t.Predicate.Value() == vocab.DCATDistributionProperty && t.Object != s && !t.Object.IsLiteral() {
			g.Repair(t.Object, func(inner term.Triple) (term.Triple, bool) {
				if inner.Predicate.Value() == vocab.DCATDistributionProperty {
					return inner, true
				}
				return f(inner)
			})
		}
		out = append(out, t)
	}
	if changed {
		n := g.number(s)
		g.terms[n].first, g.terms[n].last = -1, -1
		for _, t := range out {
			g.append(n, t)
		}
	}
}

// Instances returns the subjects of the given classes in document order.
func (g *Graph) Instances(classes ...string) []term.Term {
	var wanted []uint32
	for _, c := range classes {
		if n, _, ok := g.find(term.NewIRI(c)); ok {
			wanted = append(wanted, n)
		}
	}
	isType, _, ok := g.find(term.NewIRI(vocab.RDFType))
	if !ok || len(wanted) == 0 {
		return nil
	}
	return g.subjects(func(r row) bool { return r.p == isType && slices.Contains(wanted, r.o) })
}

// Datasets returns the subjects that are DCAT datasets. A series is one where it is also
// typed so, and where no dataset of the graph is in it; else it is told of with its datasets.
func (g *Graph) Datasets() []term.Term {
	return slices.DeleteFunc(g.Instances(vocab.DCATDataset, vocab.DCATDatasetSeries), g.isSeries)
}

// isSeries reports whether a node is a series of datasets of the graph, itself or through
// other series, and no dataset.
func (g *Graph) isSeries(s term.Term) bool {
	if g.series == nil {
		g.series = map[term.Term]bool{}
		datasets := set(g.Instances(vocab.DCATDataset))
		only := set(slices.DeleteFunc(g.Instances(vocab.DCATDatasetSeries),
			func(s term.Term) bool { return datasets[s] }))
		var found []term.Term
		note := func(list ...term.Term) {
			for _, s := range list {
				if only[s] && !g.series[s] {
					g.series[s] = true
					found = append(found, s)
				}
			}
		}
		if len(only) > 0 {
			for _, d := range g.Subjects(vocab.DCATInSeries) {
				if datasets[d] {
					note(g.Objects(d, vocab.DCATInSeries)...)
				}
			}
			for _, s := range g.Subjects(vocab.DCATSeriesMember) {
				if slices.ContainsFunc(g.Objects(s, vocab.DCATSeriesMember),
					func(d term.Term) bool { return datasets[d] }) {
					note(s)
				}
			}
		}
		for i := 0; i < len(found); i++ {
			note(g.Objects(found[i], vocab.DCATInSeries)...)
		}
	}
	return g.series[s]
}

func set(list []term.Term) map[term.Term]bool {
	m := make(map[term.Term]bool, len(list))
	for _, t := range list {
		m[t] = true
	}
	return m
}

// Subjects returns the subjects that have a property, in document order.
func (g *Graph) Subjects(p string) []term.Term {
	n, _, ok := g.find(term.NewIRI(p))
	if !ok {
		return nil
	}
	return g.subjects(func(r row) bool { return r.p == n })
}

// subjects returns those that have a row.
func (g *Graph) subjects(has func(row) bool) (out []term.Term) {
	for _, s := range g.order {
		for at := g.terms[s].first; at >= 0; at = g.rows[at].next {
			if has(g.rows[at]) {
				out = append(out, g.terms[s].Term)
				break
			}
		}
	}
	return out
}

// Objects returns the objects of a subject's property.
func (g *Graph) Objects(s term.Term, p string) (out []term.Term) {
	n, _, ok := g.find(term.NewIRI(p))
	if !ok {
		return nil
	}
	for r := range g.each(s) {
		if r.p == n {
			out = append(out, g.terms[r.o].Term)
		}
	}
	return out
}

// About returns the triples of a subject.
func (g *Graph) About(s term.Term) (out []term.Triple) {
	for r := range g.each(s) {
		out = append(out, g.triple(s, r))
	}
	return out
}

// triple is a row of a subject as a triple.
func (g *Graph) triple(s term.Term, r row) term.Triple {
	return term.Triple{Subject: s, Predicate: g.terms[r.p].Term, Object: g.terms[r.o].Term}
}

// about returns the rows of a subject.
func (g *Graph) about(s term.Term) (out []row) {
	for r := range g.each(s) {
		out = append(out, r)
	}
	return out
}

// Value returns the value of the first object of a subject's property, or "".
func (g *Graph) Value(s term.Term, p string) string {
	n, _, ok := g.find(term.NewIRI(p))
	if !ok {
		return ""
	}
	for r := range g.each(s) {
		if v := g.terms[r.o].Value(); r.p == n && v != "" {
			return v
		}
	}
	return ""
}

// tell notes that a subject came out with a dataset.
func (g *Graph) tell(s term.Term) {
	if n, _, ok := g.find(s); ok {
		g.terms[n].told = true
	}
}

// Untold returns the subjects that came out with no dataset that was read.
func (g *Graph) Untold() (out []term.Term) {
	for _, s := range g.order {
		if n := &g.terms[s]; !n.told && n.first >= 0 {
			out = append(out, n.Term)
		}
	}
	return out
}
