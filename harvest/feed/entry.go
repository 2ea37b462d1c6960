package feed

import (
	"context"
	"slices"
	"strings"

	"fincat/harvest/queries"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// entry is a dataset as the feeds that are not RDF tell of it.
type entry struct {
	*dcat.Dataset
	publisher, owner string // identifier or IRI; the owner is the publisher unless stated
	added, changed   string // when the record came here and last changed
}

// reader reads entries from one snapshot and remembers names.
type reader struct {
	h     *Handler
	ctx   context.Context
	sn    *store.Snapshot
	names map[string]string
}

func (h *Handler) reader(ctx context.Context, sn *store.Snapshot) *reader {
	return &reader{h, ctx, sn, map[string]string{}}
}

// maxOrigins bounds the names of a dataset elsewhere that a feed tells of it.
const maxOrigins = 20

// origins returns the IRIs that the dataset has in the catalogues it came
// through. Every feed tells them, so that a catalogue knows its own datasets
// again when they come back to it.
func (e *entry) origins() []string {
	var out []string
	for _, iri := range append(slices.Clone(e.SameAs), e.Identifier) {
		web := strings.HasPrefix(iri, "http://") || strings.HasPrefix(iri, "https://")
		if web && iri != e.IRI && !strings.ContainsAny(iri, " \t\n") && !slices.Contains(out, iri) && len(out) < maxOrigins {
			out = append(out, iri)
		}
	}
	return out
}

// each calls f with the selected datasets in the order of their IRIs.
func (rd *reader) each(filter queries.Filter, limit, offset int, f func(*entry) error) error {
	for limit > 0 {
		n := min(limit, maxPageSize)
		rows, err := rd.h.solutions(rd.ctx, rd.sn.Seq(), "selection-page", &page{filter: filter}, n, offset)
		if err != nil {
			return err
		}
		for _, row := range rows {
			e, err := rd.entry(row[0].Value())
			if err == nil {
				err = f(e)
			}
			if err != nil {
				return err
			}
		}
		if len(rows) < n {
			return nil
		}
		limit, offset = limit-n, offset+n
	}
	return nil
}

// entry reads one dataset, nil when there is none with this IRI.
func (rd *reader) entry(iri string) (*entry, error) {
	quads, err := Describe(rd.ctx, rd.sn, iri)
	if err != nil || len(quads) == 0 {
		return nil, err
	}
	all := make([]term.Triple, len(quads))
	for i, q := range quads {
		all[i] = q.Triple()
	}
	g, dataset := dcat.NewGraph(all), term.NewIRI(iri)
	e := &entry{Dataset: g.Dataset(dataset)}
	e.IRI = iri
	e.publisher = g.Value(dataset, vocab.DCTPublisher)
	if e.owner = g.Value(dataset, vocab.DCTCreator); e.owner == "" {
		e.owner = e.publisher
	}
	for _, t := range all {
		if t.Predicate.Value() == vocab.FOAFPrimaryTopic && t.Object == dataset {
			e.added, e.changed = g.Value(t.Subject, vocab.DCTIssued), g.Value(t.Subject, vocab.DCTModified)
		}
	}
	return e, nil
}

// name returns what a resource is called in Chinese, "" for none.
func (rd *reader) name(iri string) (string, error) {
	if s, ok := rd.names[iri]; ok || iri == "" {
		return s, nil
	}
	properties := []string{vocab.SKOSPrefLabel, vocab.FOAFName, vocab.DCTTitle, vocab.RDFSLabel}
	quads, err := Names(rd.ctx, rd.sn, iri, properties...)
	if err != nil {
		return "", err
	}
	best := ""
	for _, property := range properties {
		var texts []dcat.Text
		for _, q := range quads {
			if q.Predicate.Value() == property {
				texts = append(texts, dcat.Text{Value: q.Object.Value(), Lang: q.Object.Lang()})
			}
		}
		if best = dcat.Best(texts, dcat.ZHTW); best != "" {
			break
		}
	}
	rd.names[iri] = best
	return best, nil
}

// path returns source and identifier of the dataset as its IRI has them, such
// as "twse/block~BFIAUU_d".
func (e *entry) path(base dcat.Base) string {
	return strings.TrimPrefix(e.IRI, string(base)+"dataset/")
}

// title is the dataset's title in Chinese if there is one.
func (e *entry) title() string { return dcat.Best(e.Title, dcat.ZHTW) }

// text is the description, the fields or else the title, for feeds that ask
// for some text.
func (e *entry) text() string {
	for _, texts := range [][]dcat.Text{e.Description, e.Fields} {
		if s := dcat.Best(texts, dcat.ZHTW); s != "" {
			return s
		}
	}
	return e.title()
}

// formatName returns the short name of a distribution's format, such as "CSV".
func formatName(d *dcat.Distribution) string {
	return d.Format[strings.LastIndexByte(d.Format, '/')+1:]
}

// address is where a distribution's data is.
func address(d *dcat.Distribution) string {
	if d.DownloadURL != "" {
		return d.DownloadURL
	}
	return d.AccessURL
}
