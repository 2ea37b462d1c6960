package shacl

import (
	"slices"

	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Origins of what a result is about.
const (
	OriginSource    = "source"
	OriginCatalogue = "catalogue"
)

// origin tells where a node comes from.
type origin struct {
	graph term.Term // that says what it is
	place string    // where the record that it belongs to stands in its source
	who   string    // see [Result].Origin
	gone  bool      // the record was removed: what is left says no more than that
}

// originOf returns where a node comes from. A graph with a digest is that of a
// harvested record: the catalogue's own statements in it are those about the
// catalogue record, which has the digest. What the own graph beside it says is about
// things that the source speaks of, so that they are the record's too. Of the other graphs of a store of records
// sources say what their data services are, and the catalogue everything else.
func (d *data) originOf(id store.ID) (at origin, err error) {
	n, err := d.out(id)
	if err != nil || n.g == store.Any || n.g == store.DefaultGraph {
		return at, err
	}
	if at.graph, err = d.term(n.g); err != nil || d.digests >= store.FirstLocal && d.runs >= store.FirstLocal {
		return at, err // no store of records: that has them, or runs that found none
	}
	if graph, ok := dcat.OwnGraphOf(at.graph.Value()); ok {
		at.graph = term.NewIRI(graph)
		if n.g, err = d.id(at.graph); err != nil {
			return at, err
		}
	}
	records, err := d.column(store.Pattern{P: d.digests, G: n.g}, store.GPOS, store.ColumnS)
	if err != nil {
		return at, err
	}
	at.who = OriginCatalogue
	if len(records) == 0 {
		types, err := d.objects(id, d.rdfType)
		if slices.Contains(types, d.service) {
			at.who = OriginSource
		}
		return at, err
	}
	if !slices.Contains(records, id) {
		at.who = OriginSource
	}
	if d.gone < store.FirstLocal {
		removed, err := d.column(store.Pattern{P: d.gone, G: n.g}, store.GPOS, store.ColumnS)
		if at.gone = len(removed) > 0; err != nil {
			return at, err
		}
	}
	places, err := d.column(store.Pattern{P: d.places, G: n.g}, store.GPOS, store.ColumnO)
	if err != nil || len(places) != 1 {
		return at, err
	}
	t, err := d.term(places[0])
	at.place = t.Value()
	return at, err
}

// unlisted reports whether a result of the catalogue's is that a catalogue has no
// datasets: then its sources have none, and no description mends that.
func (r *run) unlisted(at *focus, f finding) (bool, error) {
	about := at.shape.path != nil && at.shape.path.kind == predicatePath && r.constants[at.shape.path.id] == r.lists
	_, logical := at.rule.check.(logic) // such as: datasets or services
	either := logical && at.shape.path == nil && f.value == at.node
	if !about && !either {
		return false, nil
	}
	types, err := r.objects(at.node, r.rdfType)
	if err != nil || !slices.Contains(types, r.catalog) {
		return false, err
	}
	listed, err := r.objects(at.node, r.lists)
	return len(listed) == 0, err
}
