package feed

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fincat/harvest/feed/listing"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const (
	maxDescription = 20_000 // quads of one description
	maxDepth       = 8      // how far parts of parts are followed
)

// Describe returns what the catalogue says about the resource iri, sorted, and
// nothing when it does not know it: the whole named graph of the record, and the
// catalogue's own one beside it, when it is a DCAT dataset, otherwise the quads about
// it and about the parts of it that have no address of their own (blank nodes and
// fragments). A property with very many values is cut off after [maxDescription] quads
// in all.
func Describe(ctx context.Context, sn *store.Snapshot, iri string) ([]term.Quad, error) {
	d := newDescriber(ctx, sn)
	err := d.resource(iri)
	if err == nil && len(d.rows) > 0 {
		var quads []term.Quad
		if quads, err = d.quads(d.rows); err == nil {
			slices.SortFunc(quads, term.CompareQuads)
			return slices.Compact(quads), nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", iri, err)
	}
	return nil, nil
}

// row is a quad in IDs: subject, predicate, object, graph.
type row [4]store.ID

// describer collects what the catalogue says about resources. It works on IDs, so that
// the terms of many descriptions are read at once.
type describer struct {
	ctx   context.Context
	sn    *store.Snapshot
	known map[string]store.ID // IRIs that were looked up
	rows  []row
	// For [describer.about]: properties of the resource itself to leave out, and whether a triple
	// of many graphs is enough once.
	skip     []store.ID
	distinct bool
}

func newDescriber(ctx context.Context, sn *store.Snapshot) *describer {
	return &describer{ctx: ctx, sn: sn, known: map[string]store.ID{}}
}

// id returns the ID of an IRI; one that the store does not have is matched by nothing.
func (d *describer) id(iri string) (store.ID, error) {
	id, ok := d.known[iri]
	if ok {
		return id, nil
	}
	id, ok, err := d.sn.Lookup(term.NewIRI(iri))
	if err != nil {
		return 0, err
	}
	if !ok {
		id = store.FirstLocal
	}
	d.known[iri] = id
	return id, nil
}

// resource adds what is said about a resource.
func (d *describer) resource(iri string) error {
	id, ok, err := d.sn.Lookup(term.NewIRI(iri))
	if err != nil || !ok {
		return err
	}
	graphs, err := d.recordGraphs(id)
	if err != nil {
		return err
	}
	if len(graphs) == 0 {
		return d.about(id, iri)
	}
	return d.graphs(graphs)
}

// dataset is resource for one that the listing knows.
func (d *describer) dataset(x *listing.Dataset) error {
	if len(x.Graphs) == 0 {
		return d.about(x.ID, x.IRI)
	}
	return d.graphs(x.Graphs)
}

// inSeries adds in which series the catalogue puts a dataset.
func (d *describer) inSeries(x *listing.Dataset) error {
	if len(x.Series) == 0 {
		return nil
	}
	in, err := d.id(vocab.DCATInSeries)
	for _, s := range x.Series {
		d.rows = append(d.rows, row{x.ID, in, s.ID, s.Graph})
	}
	return err
}

// recordGraphs returns the graphs that say of id that it is a DCAT dataset, and those
// beside them.
func (d *describer) recordGraphs(id store.ID) (graphs []store.ID, err error) {
	p := store.Pattern{S: id}
	if p.P, err = d.id(vocab.RDFType); err != nil {
		return nil, err
	}
	if p.O, err = d.id(vocab.DCATDataset); err != nil {
		return nil, err
	}
	var found []row
	if found, err = d.read(p, 0); err != nil {
		return nil, err
	}
	for _, r := range found {
		if r[3] != store.DefaultGraph {
			graphs = append(graphs, r[3])
		}
	}
	for _, g := range graphs[:len(graphs):len(graphs)] {
		name, err := d.sn.Term(g)
		if err != nil {
			return nil, err
		}
		own, ok, err := d.sn.Lookup(term.NewIRI(dcat.OwnGraph(name.Value())))
		if err != nil {
			return nil, err
		}
		if ok {
			graphs = append(graphs, own)
		}
	}
	return graphs, nil
}

// graphs adds all that graphs say.
func (d *describer) graphs(graphs []store.ID) error {
	left := maxDescription
	for _, g := range graphs {
		rows, err := d.read(store.Pattern{G: g}, left)
		if err != nil {
			return err
		}
		d.rows = append(d.rows, rows...)
		if left -= len(rows); left <= 0 {
			break
		}
	}
	return nil
}

// about adds the quads about a resource, and follows its parts.
func (d *describer) about(id store.ID, iri string) error {
	seen := map[store.ID]bool{id: true}
	left := maxDescription
	list := []store.ID{id}
	for depth := 0; depth <= maxDepth && len(list) > 0; depth++ {
		var next []store.ID
		for _, subject := range list {
			if left <= 0 {
				return nil
			}
			var skip []store.ID
			if depth == 0 {
				skip = d.skip
			}
			rows, err := d.once(subject, skip, left)
			if err != nil {
				return err
			}
			left -= len(rows)
			d.rows = append(d.rows, rows...)
			parts, err := d.parts(rows, iri)
			if err != nil {
				return err
			}
			for _, part := range parts {
				if !seen[part] {
					seen[part] = true
					next = append(next, part)
				}
			}
		}
		list = next
	}
	return nil
}

// once returns what is said about a subject, but for the properties to skip.
func (d *describer) once(subject store.ID, skip []store.ID, limit int) (rows []row, err error) {
	o := store.ScanOptions{Order: store.SPOG, Distinct: d.distinct}
	for b, err := range d.sn.Batches(d.ctx, store.Pattern{S: subject}, o) {
		if err != nil {
			return nil, err
		}
		for i := range b.N {
			if len(skip) > 0 && slices.Contains(skip, b.P[i]) {
				continue
			}
			if rows = append(rows, row{b.S[i], b.P[i], b.O[i], b.G[i]}); len(rows) == limit {
				return rows, nil
			}
		}
	}
	return rows, nil
}

// parts returns the objects that have no address of their own.
func (d *describer) parts(rows []row, iri string) (parts []store.ID, err error) {
	var iris []store.ID
	for _, r := range rows {
		switch r[2].Kind() {
		case term.BlankNode:
			parts = append(parts, r[2])
		case term.IRI:
			iris = append(iris, r[2])
		}
	}
	terms := make([]term.Term, len(iris))
	if err := d.sn.Terms(iris, terms); err != nil {
		return nil, err
	}
	for i, t := range terms {
		if strings.HasPrefix(t.Value(), iri+"#") {
			parts = append(parts, iris[i])
		}
	}
	return parts, nil
}

// read returns the quads that match a pattern, at most limit if that is not 0.
func (d *describer) read(p store.Pattern, limit int) (rows []row, err error) {
	for b, err := range d.sn.Batches(d.ctx, p, store.ScanOptions{Order: store.OrderFor(p)}) {
		if err != nil {
			return nil, err
		}
		for i := range b.N {
			if limit > 0 && len(rows) == limit {
				return rows, nil
			}
			rows = append(rows, row{b.S[i], b.P[i], b.O[i], b.G[i]})
		}
	}
	return rows, nil
}

// arranged returns rows by graph, subject, predicate and object, each once. Without named
// graphs, rows that differ in the graph are one, and have none.
func arranged(rows []row, named bool) []row {
	if !named {
		for i := range rows {
			rows[i][3] = store.DefaultGraph
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a[3], b[3]), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]),
			cmp.Compare(a[2], b[2]))
	})
	return slices.Compact(rows)
}

// terms returns the terms of the first places of rows, and at which of them each ID stands.
func (d *describer) terms(rows []row, places int) ([]term.Term, map[store.ID]uint32, error) {
	at := make(map[store.ID]uint32, len(rows))
	ids := make([]store.ID, 0, len(rows))
	for _, r := range rows {
		for _, id := range r[:places] {
			if _, ok := at[id]; !ok {
				at[id] = 0
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	terms := make([]term.Term, len(ids))
	if err := d.sn.Terms(ids, terms); err != nil {
		return nil, nil, err
	}
	for i, id := range ids {
		at[id] = uint32(i)
	}
	return terms, at, nil
}

// quads turns rows into quads.
func (d *describer) quads(rows []row) ([]term.Quad, error) {
	terms, at, err := d.terms(rows, 4)
	if err != nil {
		return nil, err
	}
	quads := make([]term.Quad, len(rows))
	for i, r := range rows {
		quads[i] = term.Quad{Subject: terms[at[r[0]]], Predicate: terms[at[r[1]]], Object: terms[at[r[2]]],
			Graph: terms[at[r[3]]]}
	}
	return quads, nil
}

// Names returns the quads about iri that have one of the given properties,
// for showing a resource under its label without reading all that is said.
func Names(ctx context.Context, sn *store.Snapshot, iri string, properties ...string) ([]term.Quad, error) {
	d := newDescriber(ctx, sn)
	id, ok, err := sn.Lookup(term.NewIRI(iri))
	if err != nil || !ok {
		return nil, err
	}
	var rows []row
	for _, property := range properties {
		p := store.Pattern{S: id}
		if p.P, err = d.id(property); err == nil {
			var found []row
			found, err = d.read(p, maxDescription)
			rows = append(rows, found...)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", property, iri, err)
		}
	}
	return d.quads(rows)
}
