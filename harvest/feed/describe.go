package feed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

const (
	maxDescription = 20_000 // quads of one description
	maxDepth       = 8      // how far parts of parts are followed
)

// Describe returns what the catalogue says about the resource iri, sorted, and
// nothing when it does not know it: the whole named graph of the record when
// it is a DCAT dataset, otherwise the quads about it and about the parts of it
// that have no address of their own (blank nodes and fragments). A property
// with very many values is cut off after [maxDescription] quads in all.
func Describe(ctx context.Context, sn *store.Snapshot, iri string) ([]term.Quad, error) {
	d := describer{sn: sn, iri: iri, seen: map[store.ID]bool{}}
	id, ok, err := sn.Lookup(term.NewIRI(iri))
	if err != nil || !ok {
		return nil, err
	}
	graphs, err := d.recordGraphs(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", iri, err)
	}
	for _, g := range graphs {
		if err := d.add(ctx, store.Pattern{G: g}, nil); err != nil {
			return nil, fmt.Errorf("describe %s: %w", iri, err)
		}
	}
	if len(graphs) == 0 {
		if err := d.subject(ctx, id, 0); err != nil {
			return nil, fmt.Errorf("describe %s: %w", iri, err)
		}
	}
	slices.SortFunc(d.quads, term.CompareQuads)
	return slices.Compact(d.quads), nil
}

type describer struct {
	sn    *store.Snapshot
	iri   string
	seen  map[store.ID]bool
	quads []term.Quad
}

// recordGraphs returns the graphs that say of id that it is a DCAT dataset.
func (d *describer) recordGraphs(ctx context.Context, id store.ID) ([]store.ID, error) {
	p := store.Pattern{S: id}
	for _, x := range []struct {
		id  *store.ID
		iri string
	}{{&p.P, vocab.RDFType}, {&p.O, vocab.DCATDataset}} {
		found, ok, err := d.sn.Lookup(term.NewIRI(x.iri))
		if err != nil || !ok {
			return nil, err
		}
		*x.id = found
	}
	var graphs []store.ID
	err := scan(ctx, d.sn, p, func(_, _, _, g store.ID) bool {
		if g != store.DefaultGraph {
			graphs = append(graphs, g)
		}
		return true
	})
	return graphs, err
}

// subject adds the quads about id and follows its parts.
func (d *describer) subject(ctx context.Context, id store.ID, depth int) error {
	if d.seen[id] || depth > maxDepth {
		return nil
	}
	d.seen[id] = true
	var parts []store.ID
	if err := d.add(ctx, store.Pattern{S: id}, &parts); err != nil {
		return err
	}
	for _, part := range parts {
		if err := d.subject(ctx, part, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// add appends the quads that match p; parts, when given, receives the objects
// that are parts of the resource.
func (d *describer) add(ctx context.Context, p store.Pattern, parts *[]store.ID) error {
	var ids []store.ID
	err := scan(ctx, d.sn, p, func(s, p, o, g store.ID) bool {
		if g == store.DefaultGraph {
			g = store.Any // gives the zero Term
		}
		ids = append(ids, s, p, o, g)
		return len(ids)/4+len(d.quads) < maxDescription
	})
	if err != nil {
		return err
	}
	terms := make([]term.Term, len(ids))
	if err := d.sn.Terms(ids, terms); err != nil {
		return err
	}
	for i := 0; i < len(ids); i += 4 {
		q := term.Quad{Subject: terms[i], Predicate: terms[i+1], Object: terms[i+2], Graph: terms[i+3]}
		d.quads = append(d.quads, q)
		if o := q.Object; parts != nil && (o.IsBlankNode() || o.IsIRI() && strings.HasPrefix(o.Value(), d.iri+"#")) {
			*parts = append(*parts, ids[i+2])
		}
	}
	return nil
}

// scan calls f with the quads that match p until it returns false.
func scan(ctx context.Context, sn *store.Snapshot, p store.Pattern, f func(s, p, o, g store.ID) bool) error {
	sc, err := sn.Scan(p, store.ScanOptions{Order: store.OrderFor(p)})
	if err != nil {
		return err
	}
	defer sc.Close()
	var b store.Batch
	for {
		more, err := sc.Next(ctx, &b)
		if err != nil || !more {
			return err
		}
		for i := range b.N {
			if !f(b.S[i], b.P[i], b.O[i], b.G[i]) {
				return nil
			}
		}
	}
}

// Names returns the quads about iri that have one of the given properties,
// for showing a resource under its label without reading all that is said.
func Names(ctx context.Context, sn *store.Snapshot, iri string, properties ...string) ([]term.Quad, error) {
	id, ok, err := sn.Lookup(term.NewIRI(iri))
	if err != nil || !ok {
		return nil, err
	}
	d := describer{sn: sn, iri: iri}
	for _, property := range properties {
		pid, ok, err := sn.Lookup(term.NewIRI(property))
		if err == nil && ok {
			err = d.add(ctx, store.Pattern{S: id, P: pid}, nil)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", property, iri, err)
		}
	}
	return d.quads, nil
}
