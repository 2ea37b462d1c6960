package feed

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// pageBuilder collects what a page of the catalogue says.
type pageBuilder struct {
	h       *Handler
	d       *describer
	id      map[string]store.ID // of the IRIs below
	sources map[string]bool     // catalogues of the sources of the page's datasets
}

// listed are properties of the catalogue that list everything, which the datasets of the
// page stand for.
var listed = []string{vocab.DCATDatasetProperty, vocab.DCATRecord, vocab.DCATService, vocab.DCATCatalogProperty,
	vocab.DCATResourceProperty}

// naming are properties that lead to agents and services which a page describes too.
var naming = []string{vocab.DCTPublisher, vocab.DCTCreator, vocab.DCATAccessService, vocab.DCATInSeries}

// aboutThings are the properties with which a page says what it leads to.
var aboutThings = []string{
	vocab.RDFType, vocab.SKOSPrefLabel, vocab.SKOSInScheme, vocab.SKOSNotation, vocab.RDFSLabel, vocab.DCTTitle,
	vocab.DCTDescription, vocab.DCTIdentifier, vocab.DCTType, vocab.DCTPublisher, vocab.DCTLanguage, vocab.DCTLicense,
	vocab.DCTSpatial, vocab.DCTIssued, vocab.DCTModified, vocab.FOAFHomepage, vocab.DCATThemeTaxonomy, vocab.DCATBbox,
	vocab.DCATCentroid, vocab.FOAFName,
}

func newPageBuilder(ctx context.Context, h *Handler, sn *store.Snapshot) (*pageBuilder, error) {
	b := &pageBuilder{h: h, d: newDescriber(ctx, sn), id: map[string]store.ID{}, sources: map[string]bool{}}
	for _, iri := range slices.Concat(listed, naming, aboutThings, []string{vocab.DCATServesDataset,
		vocab.DCATDataService, h.Base.SchemesGraph(), h.Base.CatalogGraph(), h.Base.OrgGraph()}) {
		id, err := b.d.id(iri)
		if err != nil {
			return nil, err
		}
		b.id[iri] = id
	}
	return b, nil
}

// is reports whether an ID is that of one of some IRIs.
func (b *pageBuilder) is(id store.ID, iris []string) bool {
	return slices.ContainsFunc(iris, func(iri string) bool { return b.id[iri] == id })
}

// Undescribed returns what a page says of a catalogue that the store does not describe
// yet, before the first harvest or without one: its description, and what its publisher,
// taxonomies, languages and licence are.
func Undescribed(base dcat.Base) ([]term.Quad, error) {
	directory, err := dcat.NewDirectory()
	if err != nil {
		return nil, err
	}
	triples := dcat.WholeCatalog(base, term.Term{}, term.Term{}, dcat.Contact{})
	triples = append(triples, dcat.Types(func(string) bool { return false }, triples)...)
	known := slices.Concat(directory.Triples(base), dcat.Schemes(base))
	for range 2 { // what it leads to, and what that leads to
		led := map[term.Term]bool{}
		for _, t := range triples {
			led[t.Object] = t.Object.IsIRI()
		}
		for _, t := range known {
			if led[t.Subject] && slices.Contains(aboutUndescribed, t.Predicate.Value()) &&
				!slices.Contains(triples, t) {
				triples = append(triples, t)
			}
		}
	}
	out := make([]term.Quad, len(triples))
	for i, t := range triples {
		out[i] = t.In(term.Term{})
	}
	return out, nil
}

// aboutUndescribed is what [Undescribed] says of what the catalogue leads to.
var aboutUndescribed = []string{
	vocab.RDFType, vocab.DCTTitle, vocab.FOAFName, vocab.DCTType, vocab.SKOSPrefLabel, vocab.SKOSInScheme,
}

// kept is what the pages of one state have in common: what is said of the whole catalogue.
type kept struct {
	mu   sync.Mutex
	seq  uint64
	rows []row
}

// catalog adds the description of the catalogue without its lists, which have an entry for each
// dataset. Leaving the lists out takes as long as reading them, so that it is done once per state.
func (b *pageBuilder) catalog(iri string, out *pageWriter) error {
	k := &b.h.kept
	k.mu.Lock()
	if k.seq != b.d.sn.Seq() || k.rows == nil {
		rows, err := b.unlisted(iri)
		if err != nil {
			k.mu.Unlock()
			return err
		}
		k.seq, k.rows = b.d.sn.Seq(), rows
	}
	rows := k.rows
	k.mu.Unlock()
	b.d.rows = append(b.d.rows, rows...)
	self, err := b.d.id(iri)
	if err != nil || slices.ContainsFunc(rows, func(r row) bool {
		return r[0] == self && r[1] == b.id[vocab.DCTTitle]
	}) {
		return err
	}
	quads, err := Undescribed(b.h.Base)
	out.quads = append(out.quads, quads...)
	return err
}

// unlisted returns what is said of a catalogue, but for its lists.
func (b *pageBuilder) unlisted(iri string) ([]row, error) {
	d := newDescriber(b.d.ctx, b.d.sn)
	for _, property := range listed {
		d.skip = append(d.skip, b.id[property])
	}
	if err := d.resource(iri); err != nil {
		return nil, err
	}
	self, err := d.id(iri)
	if err != nil {
		return nil, err
	}
	rows := slices.DeleteFunc(d.rows, func(r row) bool { return r[0] == self && b.is(r[1], listed) })
	return slices.Grow(rows, 1), nil // not nil
}

// source adds what the catalogue says about that of a source.
func (b *pageBuilder) source(iri string) error {
	id, err := b.d.id(iri)
	if err != nil {
		return err
	}
	name := b.h.sourceGraph(iri)
	if name == "" {
		return nil
	}
	graph, err := b.d.id(name)
	if err != nil {
		return err
	}
	rows, err := b.d.read(store.Pattern{S: id, G: graph}, maxDescription)
	for _, r := range rows {
		if b.is(r[1], aboutThings) {
			b.d.rows = append(b.d.rows, r)
		}
	}
	return err
}

// named adds the descriptions of the agents, services and series that the page names. A service
// is one of the catalogue.
func (b *pageBuilder) named(out *pageWriter) error {
	done := map[store.ID]bool{}
	for _, r := range slices.Clip(b.d.rows) {
		id := r[2]
		if done[id] || id.Kind() != term.IRI || !b.is(r[1], naming) {
			continue
		}
		done[id] = true
		t, err := b.d.sn.Term(id)
		if err != nil {
			return err
		}
		from := len(b.d.rows)
		b.d.skip, b.d.distinct = []store.ID{b.id[vocab.DCATServesDataset]}, true // many graphs may say the same
		err = b.d.about(id, t.Value())
		b.d.skip, b.d.distinct = nil, false
		if err != nil {
			return err
		}
		for _, about := range b.d.rows[from:] {
			if about[1] == b.id[vocab.RDFType] && about[2] == b.id[vocab.DCATDataService] {
				out.link(b.h.Base.Catalog(), vocab.DCATService, t.Value())
			}
		}
	}
	return nil
}

// whole returns the description of a resource together with the agents, services and
// concepts that it names, as on a page of the catalogue.
func whole(ctx context.Context, h *Handler, sn *store.Snapshot, iri string) ([]term.Quad, error) {
	b, err := newPageBuilder(ctx, h, sn)
	if err == nil {
		err = b.d.resource(iri)
	}
	if err != nil || len(b.d.rows) == 0 {
		return nil, err
	}
	id, err := b.d.id(iri)
	if err != nil {
		return nil, err
	}
	series, err := b.d.read(store.Pattern{S: id, P: b.id[vocab.DCATInSeries]}, maxDescription)
	if err != nil {
		return nil, err
	}
	b.d.rows = append(b.d.rows, series...)
	if _, rest, ok := strings.Cut(strings.TrimPrefix(iri, string(h.Base)), "/"); ok { // {what}/{source}/{id}
		source, _, _ := strings.Cut(rest, "/")
		b.sources[h.Base.SourceCatalog(source)] = true
	}
	if err = b.named(&pageWriter{}); err == nil {
		err = b.things()
	}
	if err != nil {
		return nil, err
	}
	quads, err := b.d.quads(b.d.rows)
	slices.SortFunc(quads, term.CompareQuads)
	return slices.Compact(quads), err
}

// things adds what the catalogue itself says about the things that the page leads to
// without saying what they are, and about those that they lead to in turn: concepts,
// places, and the catalogues of sources.
func (b *pageBuilder) things() error {
	graphs := map[store.ID]bool{}
	for _, name := range []string{b.h.Base.SchemesGraph(), b.h.Base.CatalogGraph(), b.h.Base.OrgGraph()} {
		graphs[b.id[name]] = true
	}
	sources := map[store.ID]string{}
	for source := range b.sources {
		name := b.h.sourceGraph(source)
		id, err := b.d.id(name)
		if err != nil {
			return err
		}
		sources[id] = name
	}
	seen := map[store.ID]bool{}
	for _, r := range b.d.rows {
		if r[1] == b.id[vocab.RDFType] {
			seen[r[0]] = true
		}
	}
	properties := map[store.ID]bool{}
	for _, iri := range aboutThings {
		properties[b.id[iri]] = true
	}
	from := 0
	for range 2 {
		to := len(b.d.rows)
		for _, r := range b.d.rows[from:to:to] {
			id := r[2]
			if seen[id] || id.Kind() != term.IRI || r[1] == b.id[vocab.RDFType] {
				continue
			}
			seen[id] = true
			rows, err := b.d.read(store.Pattern{S: id}, maxDescription)
			if err != nil {
				return err
			}
			for _, about := range rows {
				ok := graphs[about[3]]
				if name := sources[about[3]]; !ok && name != "" {
					t, err := b.d.sn.Term(id)
					if err != nil {
						return err
					}
					// What kind of thing it is, such as a standard, sources do not say differently.
					ok = about[1] == b.id[vocab.RDFType] || b.h.sourceGraph(t.Value()) == name
				}
				if ok && properties[about[1]] {
					b.d.rows = append(b.d.rows, about)
				}
			}
		}
		from = to
	}
	return nil
}

// sourceGraph is the graph that describes the catalogue of a source, whose IRI or
// page is given; "" for anything else. Other sources may speak of it too.
func (h *Handler) sourceGraph(iri string) string {
	for _, prefix := range []string{h.Base.SourceCatalog(""), string(h.Base) + "search?source="} {
		if source, ok := strings.CutPrefix(iri, prefix); ok {
			return h.Base.SourceGraph(source)
		}
	}
	return ""
}

// tombstone adds the record of a dataset that was removed. One that went without leaving a
// record gets what the listing knows.
func (b *pageBuilder) tombstone(x *listing.Dataset, out *pageWriter) error {
	path, ok := x.Path(b.h.Base)
	record := string(b.h.Base) + "record/" + path
	if !ok {
		record = x.IRI + "#record"
	}
	out.link(b.h.Base.Catalog(), vocab.DCATRecord, record)
	id, known, err := b.d.sn.Lookup(term.NewIRI(record))
	if err != nil {
		return err
	}
	if known {
		from := len(b.d.rows)
		if err := b.d.about(id, record); err != nil || len(b.d.rows) > from {
			return err
		}
	}
	at := term.NewLiteral(x.Changed.UTC().Format(time.RFC3339), vocab.XSDDateTime)
	out.link(record, vocab.RDFType, vocab.DCATCatalogRecord)
	out.link(record, vocab.FOAFPrimaryTopic, x.IRI)
	out.link(record, vocab.ADMSStatus, dcat.RecordDeleted)
	out.add(record, vocab.DCTModified, at)
	out.add(record, vocab.PROVInvalidatedAtTime, at)
	return nil
}
