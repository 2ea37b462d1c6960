package void

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// description collects triples.
type description struct {
	quads []term.Quad
	name  func(parts ...string) term.Term // of a partition
}

func (d *description) add(s term.Term, p string, o term.Term) {
	d.quads = append(d.quads, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o})
}

func integer(n uint64) term.Term {
	return term.NewLiteral(strconv.FormatUint(n, 10), vocab.XSDInteger)
}

// nodes names the partitions of a description with blank nodes.
func nodes() func(...string) term.Term {
	n := 0
	return func(...string) term.Term {
		n++
		return term.NewBlankNode("p" + strconv.Itoa(n))
	}
}

// Describe returns the statistics of VoID §4 of all data, said of dataset.
func Describe(ctx context.Context, sn *store.Snapshot, dataset term.Term) ([]term.Quad, error) {
	c, err := scan(ctx, sn, store.Pattern{}, nil)
	if err != nil {
		return nil, err
	}
	st := sn.Stats()
	d := &description{name: nodes()}
	for _, n := range []struct {
		property string
		n        uint64
	}{
		{vocab.VOIDTriples, c.triples}, {vocab.VOIDEntities, c.typed}, {vocab.VOIDClasses, uint64(len(c.classes))},
		{vocab.VOIDProperties, uint64(len(c.properties))}, {vocab.VOIDDistinctSubjects, st.Subjects},
		{vocab.VOIDDistinctObjects, st.Objects},
	} {
		d.add(dataset, n.property, integer(n.n))
	}
	ids, names, err := sorted(sn, c.properties)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for i, id := range ids {
		used[namespace(names[i])] = true
		ps := st.Predicate(id)
		n := d.property(dataset, names[i], c.properties[id], names[i])
		d.add(n, vocab.VOIDDistinctSubjects, integer(ps.Subjects))
		d.add(n, vocab.VOIDDistinctObjects, integer(ps.Objects))
	}
	classes, err := d.classes(sn, dataset, c)
	if err != nil {
		return nil, err
	}
	for _, class := range classes {
		used[namespace(class)] = true
	}
	all := vocab.Prefixes()
	for _, prefix := range slices.Sorted(maps.Keys(all)) { // those with a name of their own
		if used[all[prefix]] {
			d.add(dataset, vocab.VOIDVocabulary, term.NewIRI(all[prefix]))
		}
	}
	return d.quads, nil
}

// property adds a partition by property.
func (d *description) property(of term.Term, property string, triples uint64, parts ...string) term.Term {
	n := d.name(parts...)
	d.add(of, vocab.VOIDPropertyPartition, n)
	d.add(n, vocab.VOIDProperty, term.NewIRI(property))
	d.add(n, vocab.VOIDTriples, integer(triples))
	return n
}

// classes adds the partitions by class, each with those by property of its members, and returns
// the classes.
func (d *description) classes(sn *store.Snapshot, dataset term.Term, c *counts) ([]string, error) {
	ids, names, err := sorted(sn, c.classes)
	if err != nil {
		return nil, err
	}
	properties, called, err := sorted(sn, c.properties)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		n := d.name(names[i])
		d.add(dataset, vocab.VOIDClassPartition, n)
		d.add(n, vocab.VOIDClass, term.NewIRI(names[i]))
		d.add(n, vocab.VOIDEntities, integer(c.classes[id]))
		for k, p := range properties {
			if triples := c.pairs[pair{id, p}]; triples > 0 {
				d.property(n, called[k], triples, names[i], called[k])
			}
		}
	}
	return names, nil
}

// namespace is an IRI up to its last # or /.
func namespace(iri string) string { return iri[:strings.LastIndexAny(iri, "#/")+1] }
