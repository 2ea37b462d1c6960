package feed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fincat/harvest/feed/listing"
	"fincat/sparql/gate"
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
	graph            *dcat.Graph
}

// reader reads entries from one snapshot and remembers names.
type reader struct {
	h     *Handler
	ctx   context.Context
	sn    *store.Snapshot
	list  *listing.Listing
	names map[string]string

	merged bool // one record of each dataset is told of

	contact string // mail address of the catalogue, "" when it was not read yet
}

func (h *Handler) reader(ctx context.Context, sn *store.Snapshot, list *listing.Listing) *reader {
	return &reader{h: h, ctx: ctx, sn: sn, list: list, names: map[string]string{}}
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
		if web && iri != e.IRI && !strings.ContainsAny(iri, " \t\n") && !slices.Contains(out, iri) &&
			len(out) < maxOrigins {
			out = append(out, iri)
		}
	}
	return out
}

// records returns those of a list that are told of.
func (rd *reader) records(list []*listing.Dataset) []*listing.Dataset {
	if rd.merged {
		return rd.list.Merged(list)
	}
	return list
}

// also returns the IRIs of the other records of a dataset.
func (rd *reader) also(iri string) (out []string) {
	if rd.list == nil {
		return nil
	}
	d := rd.list.Find(iri)
	if d == nil {
		return nil
	}
	for _, other := range rd.list.Together(d) {
		if other != d && len(out) < maxOrigins {
			out = append(out, other.IRI)
		}
	}
	return out
}

// entries calls f with datasets of the listing. While it works the next ones are read.
func (rd *reader) entries(items []*listing.Dataset, f func(*entry) error) error {
	type result struct {
		entries []*entry
		err     error
	}
	ctx, cancel := context.WithCancel(rd.ctx)
	var begun []chan result // parts that are being read, the next one first
	defer func() {          // the snapshot is closed after this
		cancel()
		for _, done := range begun {
			<-done
		}
	}()
	finish := func() error {
		r := <-begun[0]
		begun = begun[1:]
		if err := gate.From(rd.ctx).Turn(rd.ctx); err != nil {
			return err
		}
		for _, e := range r.entries {
			if err := f(e); err != nil {
				return err
			}
		}
		return r.err
	}
	for part := range slices.Chunk(items, rd.h.batch) {
		done := make(chan result, 1)
		begun = append(begun, done)
		go func() {
			entries, err := readEntries(ctx, rd.sn, part)
			done <- result{entries, err}
		}()
		if len(begun) < entryReaders {
			continue
		}
		if err := finish(); err != nil {
			return err
		}
	}
	for len(begun) > 0 {
		if err := finish(); err != nil {
			return err
		}
	}
	return nil
}

// entryReaders is how many parts of a list are read at a time.
const entryReaders = 2

// readEntries reads the entries of some datasets.
func readEntries(ctx context.Context, sn *store.Snapshot, part []*listing.Dataset) ([]*entry, error) {
	d := newDescriber(ctx, sn)
	iris, ends := make([]string, len(part)), make([]int, len(part))
	for i, x := range part {
		if err := d.dataset(x); err != nil {
			return nil, fmt.Errorf("describe %s: %w", x.IRI, err)
		}
		iris[i], ends[i] = x.IRI, len(d.rows)
	}
	return d.entries(iris, ends)
}

// entry reads one dataset, nil when there is none with this IRI.
func (rd *reader) entry(iri string) (*entry, error) {
	d := newDescriber(rd.ctx, rd.sn)
	if err := d.resource(iri); err != nil || len(d.rows) == 0 {
		return nil, err
	}
	list, err := d.entries([]string{iri}, []int{len(d.rows)})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// entries makes entries of descriptions; ends are where their rows end.
func (d *describer) entries(iris []string, ends []int) ([]*entry, error) {
	terms, at, err := d.terms(d.rows, 3)
	if err != nil {
		return nil, err
	}
	table := dcat.NewTable(terms)
	out, from, triples := make([]*entry, len(iris)), 0, [][3]uint32(nil)
	for i, iri := range iris {
		triples = triples[:0]
		for _, r := range d.rows[from:ends[i]] {
			triples = append(triples, [3]uint32{at[r[0]], at[r[1]], at[r[2]]})
		}
		out[i], from = entryOf(iri, table.Graph(triples)), ends[i]
	}
	return out, nil
}

// entryOf makes an entry of a description.
func entryOf(iri string, g *dcat.Graph) *entry {
	dataset := term.NewIRI(iri)
	g.Plain = true
	e := &entry{Dataset: g.Dataset(dataset), graph: g}
	e.IRI = iri
	e.publisher = g.Value(dataset, vocab.DCTPublisher)
	if e.owner = g.Value(dataset, vocab.DCTCreator); e.owner == "" {
		e.owner = e.publisher
	}
	for _, s := range g.Subjects(vocab.FOAFPrimaryTopic) {
		changed := g.Value(s, vocab.DCTModified)
		if changed >= e.changed && slices.Contains(g.Objects(s, vocab.FOAFPrimaryTopic), dataset) {
			e.added, e.changed = g.Value(s, vocab.DCTIssued), changed
		}
	}
	return e
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

// mail returns the address of the catalogue's contact; where none is known, the one that
// every web server has (RFC 2142 §5).
func (rd *reader) mail() (string, error) {
	if rd.contact != "" {
		return rd.contact, nil
	}
	e, err := rd.entry(rd.h.Base.Catalog())
	if err != nil {
		return "", err
	}
	rd.contact = "webmaster@" + host(rd.h.Base)
	if e != nil && len(e.Contact) > 0 && e.Contact[0].Email != "" {
		rd.contact = strings.TrimPrefix(e.Contact[0].Email, "mailto:")
	}
	return rd.contact, nil
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
func formatName(d *dcat.Distribution) string { return shortName(d.Format) }

// shortName is the end of an IRI.
func shortName(iri string) string { return iri[strings.LastIndexByte(iri, '/')+1:] }

// address is where a distribution's data is.
func address(d *dcat.Distribution) string {
	if d.DownloadURL != "" {
		return d.DownloadURL
	}
	return d.AccessURL
}
