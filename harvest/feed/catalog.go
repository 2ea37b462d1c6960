package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/feed/listing"
	"fincat/harvest/queries"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Catalog answers with a page of the catalogue in the negotiated syntax.
func (h *Handler) Catalog(w http.ResponseWriter, r *http.Request) {
	if f, ok := format(w, r); ok {
		h.catalog(w, r, f)
	}
}

// page is one page of the catalogue: which datasets, of what state. It begins after the
// dataset that the page before it ended with, whatever has come and gone since.
type page struct {
	filter queries.Filter
	merged bool       // one record of each dataset
	params url.Values // the filter as given
	path   string     // of the request, without the leading slash
	after  string     // IRI of the dataset before; "" begins with page number
	number int        // from 1
	size   int
	seq    uint64 // of the state that was asked for; 0 means the newest
	at     string // its time, when that was asked for

	items []*listing.Dataset // of all pages, by IRI
	first int                // of this page
}

// pageParams are the parameters of /catalog.
func pageParams() []string {
	return append(queries.FilterParams(), "after", "page", "page_size", "records", "seq")
}

// parsePage reads the parameters of /catalog. Unknown ones are errors, because
// a mistyped filter would otherwise select everything.
func (h *Handler) parsePage(r *http.Request) (*page, error) {
	if err := protocol.CheckParams(r, pageParams()...); err != nil {
		return nil, err
	}
	q := r.URL.Query()
	p := &page{params: url.Values{}, path: strings.TrimPrefix(r.URL.Path, "/"), number: 1, size: h.PageSize}
	for _, name := range queries.FilterParams() {
		if v := q.Get(name); v != "" {
			p.params.Set(name, v)
		}
	}
	number := func(name string, into *int, limit int) error {
		v := q.Get(name)
		if v == "" {
			return nil
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > limit {
			return fmt.Errorf("%s=%q: want a number from 1 to %d", name, v, limit)
		}
		*into = n
		return nil
	}
	if err := errors.Join(number("page", &p.number, 1_000_000),
		number("page_size", &p.size, maxPageSize)); err != nil {
		return nil, err
	}
	if p.after = q.Get("after"); p.after != "" {
		if q.Get("page") != "" {
			return nil, errors.New("after and page say both where the page begins; give one of them")
		}
		if err := term.CheckIRI(p.after); err != nil {
			return nil, fmt.Errorf("after=%q: want the IRI of a dataset: %w", p.after, err)
		}
	}
	if v := q.Get("seq"); v != "" {
		seq, err := strconv.ParseUint(v, 10, 64)
		if err != nil || seq == 0 {
			return nil, fmt.Errorf("seq=%q: want the number of a commit", v)
		}
		p.seq = seq
	}
	if m, ok := moment.From(r.Context()); ok {
		if p.seq > 0 {
			return nil, errors.New("at and seq say both which state is meant; give one of them")
		}
		p.seq, p.at = m.Seq, moment.Format(m.Time)
	}
	var err error
	if p.filter, err = queries.ParseFilter(h.Base, p.params); err != nil {
		return nil, err
	}
	if v := q.Get("records"); v != "" {
		p.merged, err = mergedRecords(v)
		p.params.Set("records", v)
	}
	return p, err
}

// mergedRecords reads the parameter records: "all" has a dataset that several sources
// describe once for each of them, "merged" once, by the record that says most.
func mergedRecords(v string) (bool, error) {
	switch v {
	case "", "all":
		return false, nil
	case "merged":
		return true, nil
	}
	return false, fmt.Errorf("records=%q: want all or merged", v)
}

// choose finds the datasets of the page. Who asks for what has changed is told what was
// removed too.
func (p *page) choose(l *listing.Listing) {
	from := l.Live
	if !p.filter.ModifiedSince.IsZero() {
		from = l.All
	}
	p.items = l.Filtered(from, p.filter)
	if p.merged {
		p.items = slices.SortedFunc(slices.Values(l.Merged(p.items)), func(a, b *listing.Dataset) int {
			return strings.Compare(a.IRI, b.IRI)
		})
	}
	if p.after != "" {
		p.first = len(p.items) - len(listing.After(p.items, p.after))
		return
	}
	p.first = (p.number - 1) * p.size
}

// part returns the datasets of the page.
func (p *page) part() []*listing.Dataset {
	return p.items[p.first:min(p.first+p.size, len(p.items))]
}

// total is how many datasets there are on all pages.
func (p *page) total() int {
	n := 0
	for _, d := range p.items {
		if !d.Removed {
			n++
		}
	}
	return n
}

// pages returns the number of pages; an empty catalogue has one.
func (p *page) pages() int { return max(1, (len(p.items)+p.size-1)/p.size) }

// collection returns the address of all pages together, whatever the syntax.
func (p *page) collection(base string) string {
	if len(p.params) == 0 {
		return base + "catalog"
	}
	return base + "catalog?" + p.params.Encode()
}

// address returns the address of the page that begins with an item.
func (p *page) address(base string, first int) string {
	v := url.Values{"page_size": {strconv.Itoa(p.size)}}
	for name, values := range p.params {
		v[name] = values
	}
	if first > 0 {
		v.Set("after", p.items[first-1].IRI)
	}
	if p.at != "" {
		v.Set("at", p.at)
	} else if p.seq > 0 {
		v.Set("seq", strconv.FormatUint(p.seq, 10))
	}
	return base + p.path + "?" + v.Encode()
}

func (h *Handler) catalog(w http.ResponseWriter, r *http.Request, f rdfio.Format) {
	p, err := h.parsePage(r)
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	sn, list, err := h.state(r.Context(), p.seq)
	if errors.Is(err, store.ErrHistory) {
		protocol.WriteProblem(w, r, &protocol.Problem{
			Status: http.StatusGone,
			Detail: fmt.Sprintf("commit %d cannot be read any more; start again at /%s", p.seq, p.path),
		})
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer sn.Close()
	p.choose(list)
	if p.after == "" && p.number > p.pages() {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
			Detail: fmt.Sprintf("there are %d pages", p.pages())})
		return
	}
	quads, err := h.pageQuads(r.Context(), sn, p, named(f))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if next := p.first + p.size; next < len(p.items) {
		w.Header().Add("Link", fmt.Sprintf("<%s>; rel=\"next\"", p.address(string(h.Base), next)))
	}
	if body, ok := h.written(w, r, f, quads, true); ok {
		h.send(w, r, sn, f.MediaType(), body)
	}
}

// state returns a state of the store and its listing. One that is not there yet counts as
// one that cannot be read any more: the store has been restored.
func (h *Handler) state(ctx context.Context, seq uint64) (*store.Snapshot, *listing.Listing, error) {
	if seq == 0 {
		return h.Listing.Current(ctx)
	}
	if seq > h.Store.Seq() {
		return nil, nil, store.ErrHistory
	}
	sn, err := h.Engine.SnapshotAt(ctx, seq)
	if err != nil {
		return nil, nil, err
	}
	l, err := h.Listing.At(ctx, sn)
	if err != nil {
		sn.Close()
	}
	return sn, l, err
}

// controls adds the Hydra description of the page (Hydra Core §5.1).
func (p *page) controls(out *pageWriter, base string) {
	collection, self := p.collection(base), p.address(base, p.first)
	out.link(collection, vocab.RDFType, vocab.HYDRACollection)
	out.add(collection, vocab.HYDRATotalItems, term.NewLiteral(strconv.Itoa(p.total()), vocab.XSDInteger))
	out.link(collection, vocab.HYDRAView, self)
	out.link(self, vocab.RDFType, vocab.HYDRAPartialCollectionView)
	out.link(self, vocab.HYDRAFirst, p.address(base, 0))
	out.link(self, vocab.HYDRALast, p.address(base, (p.pages()-1)*p.size))
	if p.first > 0 {
		out.link(self, vocab.HYDRAPrevious, p.address(base, max(0, p.first-p.size)))
	}
	if next := p.first + p.size; next < len(p.items) {
		out.link(self, vocab.HYDRANext, p.address(base, next))
	}
}

type pageWriter struct{ quads []term.Quad }

func (w *pageWriter) add(s, p string, o term.Term) {
	w.quads = append(w.quads, term.Quad{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
}

func (w *pageWriter) link(s, p, o string) { w.add(s, p, term.NewIRI(o)) }

// pageQuads returns the page: the catalogue, its Hydra controls, the datasets
// with all their graphs say, and the organisations and services they name. Without named
// graphs, each triple comes once. What is said of one subject is together.
func (h *Handler) pageQuads(ctx context.Context, sn *store.Snapshot, p *page, named bool) ([]term.Quad, error) {
	b, err := newPageBuilder(ctx, h, sn)
	if err != nil {
		return nil, err
	}
	out := pageWriter{}
	catalog := h.Base.Catalog()
	out.link(catalog, vocab.RDFType, vocab.DCATCatalog)
	p.controls(&out, string(h.Base))
	for _, d := range p.part() {
		if d.Removed {
			if err := b.tombstone(d, &out); err != nil {
				return nil, err
			}
			continue
		}
		out.link(catalog, vocab.DCATDatasetProperty, d.IRI)
		for _, source := range d.Sources {
			if source == catalog || b.sources[source] {
				continue
			}
			out.link(catalog, vocab.DCATCatalogProperty, source)
			b.sources[source] = true
		}
		err := b.d.dataset(d)
		if err == nil {
			err = b.d.inSeries(d)
		}
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", d.IRI, err)
		}
	}
	if err := b.catalog(catalog, &out); err != nil {
		return nil, err
	}
	for _, source := range slices.Sorted(maps.Keys(b.sources)) {
		if err := b.source(source); err != nil {
			return nil, err
		}
	}
	if err := b.named(&out); err != nil {
		return nil, err
	}
	if err := b.things(); err != nil {
		return nil, err
	}
	quads, err := b.d.quads(arranged(b.d.rows, named))
	if err != nil {
		return nil, err
	}
	said := map[term.Quad]bool{}
	out.quads = once(out.quads)
	for _, q := range out.quads {
		said[q] = true
	}
	self := term.NewIRI(catalog)
	quads = slices.DeleteFunc(quads, func(q term.Quad) bool { return q.Subject == self && said[q] })
	return append(out.quads, quads...), nil
}
