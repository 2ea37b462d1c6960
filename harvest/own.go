package harvest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// additions returns what the catalogue itself states beside the content of a record, so that its
// statements conform to DCAT-AP: that its distributions are to be had, and under the licence of
// the dataset where none has one of its own; the EU data themes of its service categories, what
// kind of organisation an agent is, and what kind of thing it is that the record leads to; a page
// is a document, and DCAT-US has no documents without titles, so that it gets that of the dataset.
// The whole catalogue lists the dataset, as that of its source does. The source did not say any of
// it: it stands in a graph of its own, without what the content says too.
func (h *Harvester) additions(d *dcat.Dataset, content []term.Triple) []term.Triple {
	out := append(make([]term.Triple, 0, 16+2*len(d.Distribution)),
		link(h.base.Catalog(), vocab.DCATDatasetProperty, d.IRI))
	licence := link(d.IRI, vocab.DCTLicense, d.License)
	licensed := !slices.Contains(content, licence) || slices.ContainsFunc(d.Distribution,
		func(x dcat.Distribution) bool { return says(content, x.IRI, vocab.DCTLicense) })
	for i := range d.Distribution {
		iri := d.Distribution[i].IRI
		if !says(content, iri, vocab.DCATAPAvailability) {
			out = append(out, link(iri, vocab.DCATAPAvailability, dcat.Available))
		}
		if !licensed {
			out = append(out, link(iri, vocab.DCTLicense, d.License))
		}
	}
	for _, iri := range dcat.DataThemes(h.base, d.Theme) {
		if theme := link(d.IRI, vocab.DCATTheme, iri); !slices.Contains(content, theme) {
			out = append(out, theme)
		}
	}
	for _, a := range []*dcat.Agent{&d.Publisher, &d.Creator} {
		kind := dcat.AgentType(dcat.Best(a.Name, dcat.ZHTW))
		if iri, ok := dcat.EncodeIRI(a.IRI); ok && kind != "" && !says(content, iri, vocab.DCTType) {
			out = append(out, link(iri, vocab.DCTType, kind))
		}
	}
	out = append(out, dcat.Types(describedElsewhere(h.base), content, out)...)
	for _, t := range content {
		page := t.Predicate.Value() == vocab.DCATLandingPage || t.Predicate.Value() == vocab.FOAFPage
		if o := t.Object; page && o.IsIRI() && len(d.Title) > 0 && !says(content, o.Value(), vocab.DCTTitle) {
			title := document.Map(d.Title[0].Term(), document.Legible) // as in the record's own triples
			out = append(out, triple(o.Value(), vocab.DCTTitle, title))
		}
	}
	slices.SortFunc(out, term.CompareTriples)
	return slices.Compact(out)
}

// says reports whether a record's content, which is sorted, has a statement about an IRI
// with a property.
func says(content []term.Triple, iri, property string) bool {
	_, ok := slices.BinarySearchFunc(content, link(iri, property, ""), func(t, is term.Triple) int {
		return cmp.Or(term.Compare(t.Subject, is.Subject), term.Compare(t.Predicate, is.Predicate))
	})
	return ok
}

// describedElsewhere returns what reports whether an IRI is one of ours that has a description
// of its own, such as a service category.
func describedElsewhere(base dcat.Base) func(iri string) bool {
	return func(iri string) bool {
		rest, ok := strings.CutPrefix(iri, string(base))
		return ok && slices.ContainsFunc(describedKinds, func(kind string) bool {
			return strings.HasPrefix(rest, kind)
		})
	}
}

// describedKinds are how the IRIs of what is described elsewhere go on after the base.
// Organisations are none of them: not every one that a source names is in the directory.
var describedKinds = []string{dcat.Base("").Theme(""), dcat.Base("").Scheme(""), dcat.Base("").Service("")}

// replace puts a record's graph, and the catalogue's own one beside it, into a
// transaction. The second follows the first always: it is gone when it has nothing
// to say, or nothing more.
func replace(ctx context.Context, tx *store.Tx, graph string, quads, own []term.Quad) error {
	if err := tx.ReplaceGraph(ctx, term.NewIRI(graph), quads); err != nil {
		return err
	}
	name := term.NewIRI(dcat.OwnGraph(graph))
	if len(own) == 0 {
		return tx.DropGraph(name)
	}
	return tx.ReplaceGraph(ctx, name, own)
}
