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

	"fincat/harvest/queries"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
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

// page is one page of the catalogue: which datasets, of what state.
type page struct {
	filter queries.Filter
	params url.Values // the filter as given
	path   string     // of the request, without the leading slash
	number int        // from 1
	size   int
	seq    uint64 // of the snapshot; 0 means the newest
	total  int
}

// parsePage reads the parameters of /catalog. Unknown ones are errors, because
// a mistyped filter would otherwise select everything.
func (h *Handler) parsePage(r *http.Request) (*page, error) {
	q := r.URL.Query()
	p := &page{params: url.Values{}, path: strings.TrimPrefix(r.URL.Path, "/"), number: 1, size: h.PageSize}
	names := queries.FilterParams()
	for name := range q {
		switch {
		case slices.Contains(names, name):
			if v := q.Get(name); v != "" {
				p.params.Set(name, v)
			}
		case name != "page" && name != "page_size" && name != "seq":
			return nil, fmt.Errorf("there is no parameter %q; filters are %s", name, strings.Join(names, ", "))
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
	if err := errors.Join(number("page", &p.number, 1_000_000), number("page_size", &p.size, maxPageSize)); err != nil {
		return nil, err
	}
	if v := q.Get("seq"); v != "" {
		seq, err := strconv.ParseUint(v, 10, 64)
		if err != nil || seq == 0 {
			return nil, fmt.Errorf("seq=%q: want the number of a commit", v)
		}
		p.seq = seq
	}
	var err error
	p.filter, err = queries.ParseFilter(h.Base, p.params)
	return p, err
}

// pages returns the number of pages; an empty catalogue has one.
func (p *page) pages() int { return max(1, (p.total+p.size-1)/p.size) }

// collection returns the address of all pages together, whatever the syntax.
func (p *page) collection(base string) string {
	if len(p.params) == 0 {
		return base + "catalog"
	}
	return base + "catalog?" + p.params.Encode()
}

// address returns the address of page n of the same state of the catalogue.
func (p *page) address(base string, n int) string {
	v := url.Values{}
	for name, values := range p.params {
		v[name] = values
	}
	v.Set("page", strconv.Itoa(n))
	v.Set("page_size", strconv.Itoa(p.size))
	v.Set("seq", strconv.FormatUint(p.seq, 10))
	return base + p.path + "?" + v.Encode()
}

func (h *Handler) catalog(w http.ResponseWriter, r *http.Request, f rdfio.Format) {
	p, err := h.parsePage(r)
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	sn, err := h.snapshot(p.seq)
	if err != nil {
		protocol.WriteProblem(w, r, &protocol.Problem{
			Status: http.StatusGone,
			Detail: fmt.Sprintf("commit %d cannot be read any more; start again at /%s", p.seq, p.path),
		})
		return
	}
	defer sn.Close()
	p.seq = sn.Seq()
	datasets, err := h.selectPage(r.Context(), p)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if p.number > p.pages() {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound, Detail: fmt.Sprintf("there are %d pages", p.pages())})
		return
	}
	quads, err := h.pageQuads(r.Context(), sn, p, datasets)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if p.number < p.pages() {
		w.Header().Add("Link", fmt.Sprintf("<%s>; rel=\"next\"", p.address(string(h.Base), p.number+1)))
	}
	h.document(w, r, f, sn, quads)
}

func (h *Handler) snapshot(seq uint64) (*store.Snapshot, error) {
	if seq == 0 {
		return h.Store.Snapshot()
	}
	return h.Store.SnapshotAt(seq)
}

// selectPage counts the selected datasets and returns those of the page.
func (h *Handler) selectPage(ctx context.Context, p *page) ([]string, error) {
	count, err := h.solutions(ctx, p.seq, "selection-count", p, 0, 0)
	if err != nil {
		return nil, err
	}
	if p.total, err = strconv.Atoi(count[0][0].Value()); err != nil {
		return nil, err
	}
	rows, err := h.solutions(ctx, p.seq, "selection-page", p, p.size, (p.number-1)*p.size)
	datasets := make([]string, len(rows))
	for i, row := range rows {
		datasets[i] = row[0].Value()
	}
	return datasets, err
}

// solutions runs a named query over the page's selection.
func (h *Handler) solutions(ctx context.Context, seq uint64, name string, p *page, limit, offset int) ([][]term.Term, error) {
	text, err := h.Queries.Selected(name, p.filter, limit, offset)
	if err != nil {
		return nil, err
	}
	res, err := h.Engine.Query(ctx, text, sparql.QueryOptions{AtSeq: seq})
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	defer res.Close()
	var rows [][]term.Term
	for row, err := range res.Solutions() {
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", name, err)
		}
		rows = append(rows, slices.Clone(row))
	}
	return rows, nil
}

// pageQuads returns the page: the catalogue, its Hydra controls, the datasets
// with all their graphs say, and the organisations and services they name.
func (h *Handler) pageQuads(ctx context.Context, sn *store.Snapshot, p *page, datasets []string) ([]term.Quad, error) {
	base := string(h.Base)
	catalog := h.Base.Catalog()
	quads, err := Describe(ctx, sn, catalog)
	if err != nil {
		return nil, err
	}
	quads = slices.DeleteFunc(quads, func(q term.Quad) bool {
		return q.Subject.Value() == catalog && slices.Contains([]string{vocab.DCATDatasetProperty, vocab.DCATRecord, vocab.DCATService, vocab.DCATResourceProperty}, q.Predicate.Value())
	})
	out := pageWriter{quads: quads}
	out.link(catalog, vocab.RDFType, vocab.DCATCatalog)
	p.controls(&out, base)
	named := map[string]bool{}
	for _, iri := range datasets {
		out.link(catalog, vocab.DCATDatasetProperty, iri)
		about, err := Describe(ctx, sn, iri)
		if err != nil {
			return nil, err
		}
		for _, q := range about {
			collectNamed(named, q)
		}
		out.quads = append(out.quads, about...)
	}
	for _, iri := range slices.Sorted(maps.Keys(named)) {
		about, err := Describe(ctx, sn, iri)
		if err != nil {
			return nil, err
		}
		for _, q := range about {
			if q.Predicate.Value() == vocab.RDFType && q.Object.Value() == vocab.DCATDataService {
				out.link(catalog, vocab.DCATService, iri)
			}
			if q.Predicate.Value() != vocab.DCATServesDataset {
				out.quads = append(out.quads, q)
			}
		}
	}
	slices.SortFunc(out.quads, term.CompareQuads)
	return slices.Compact(out.quads), nil
}

// collectNamed notes the agents and services that a dataset's description
// refers to, so that the page can describe them too.
func collectNamed(named map[string]bool, q term.Quad) {
	switch q.Predicate.Value() {
	case vocab.DCTPublisher, vocab.DCTCreator, vocab.DCATAccessService:
		if q.Object.IsIRI() {
			named[q.Object.Value()] = true
		}
	}
}

// controls adds the Hydra description of the page (Hydra Core §5.1).
func (p *page) controls(out *pageWriter, base string) {
	collection, self := p.collection(base), p.address(base, p.number)
	out.link(collection, vocab.RDFType, vocab.HYDRACollection)
	out.add(collection, vocab.HYDRATotalItems, term.NewLiteral(strconv.Itoa(p.total), vocab.XSDInteger))
	out.link(collection, vocab.HYDRAView, self)
	out.link(self, vocab.RDFType, vocab.HYDRAPartialCollectionView)
	out.link(self, vocab.HYDRAFirst, p.address(base, 1))
	out.link(self, vocab.HYDRALast, p.address(base, p.pages()))
	if p.number > 1 {
		out.link(self, vocab.HYDRAPrevious, p.address(base, p.number-1))
	}
	if p.number < p.pages() {
		out.link(self, vocab.HYDRANext, p.address(base, p.number+1))
	}
}

type pageWriter struct{ quads []term.Quad }

func (w *pageWriter) add(s, p string, o term.Term) {
	w.quads = append(w.quads, term.Quad{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
}

func (w *pageWriter) link(s, p, o string) { w.add(s, p, term.NewIRI(o)) }
