package portal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const (
	pageSize    = 20
	maxPage     = 10_000
	facetValues = 12
)

// hit is a dataset in a list of search results.
type hit struct {
	Href, Title, Lang, Publisher, Source, Modified string
	Formats                                        []string
}

type facet struct {
	Name, Label string
	Items       []counted
}

type searchPage struct {
	frame
	Q                  string
	Hidden             []struct{ Name, Value string }
	Chips              []struct{ Label, Href string }
	Facets             []facet
	Found              []hit
	Total, Page, Pages int
	Previous, NextLink string
	filters            url.Values
}

// Next is the address of the next page, "" on the last one.
func (s *searchPage) Next() string { return s.NextLink }

func (p *Portal) search(w http.ResponseWriter, r *http.Request) {
	data := &searchPage{filters: url.Values{}, Page: 1}
	for _, name := range queries.FilterParams() {
		if v := strings.TrimSpace(r.URL.Query().Get(name)); v != "" {
			data.filters.Set(name, v)
		}
	}
	filter, err := queries.ParseFilter(p.Base, data.filters)
	if err != nil {
		p.message(w, r, http.StatusBadRequest, "badRequest", err.Error())
		return
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 && n <= maxPage {
		data.Page = n
	}
	sn, err := p.Store.Snapshot()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	data.frame = p.frame(r, sn, "search")
	data.Title = data.L.T("nav.datasets")
	data.Q = data.filters.Get("q")
	rd := p.reader(r.Context(), sn, data.frame)
	if err := p.fillSearch(r.Context(), rd, data, filter); err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "search", data)
}

func (p *Portal) fillSearch(ctx context.Context, rd *reader, data *searchPage, filter queries.Filter) error {
	seq := rd.sn.Seq()
	count, err := p.selected(ctx, seq, "selection-count", filter, 0, 0)
	if err != nil {
		return err
	}
	data.Total = number(count[0][0])
	data.Pages = max(1, (data.Total+pageSize-1)/pageSize)
	data.Page = min(data.Page, data.Pages)
	rows, err := p.selected(ctx, seq, "selection-by-title", filter, pageSize, (data.Page-1)*pageSize)
	if err != nil {
		return err
	}
	for _, row := range rows {
		h, err := rd.hit(ctx, row[0].Value())
		if err != nil {
			return err
		}
		data.Found = append(data.Found, h)
	}
	for _, name := range []string{"sector", "publisher", "source", "format", "theme"} {
		rows, err := p.selected(ctx, seq, "count-by-"+name, filter, 0, 0)
		if err != nil {
			return err
		}
		data.Facets = append(data.Facets, facet{name, data.L.T("facet." + name), p.counted(rd, rows, facetValues, name, data.filters)})
	}
	data.links(rd, filter)
	return nil
}

// links adds what leads from this page of results to others.
func (s *searchPage) links(rd *reader, filter queries.Filter) {
	at := func(page int) string {
		v := url.Values{"page": {strconv.Itoa(page)}}
		for name, values := range s.filters {
			v[name] = values
		}
		return s.with("/search", v)
	}
	if s.Page > 1 {
		s.Previous = at(s.Page - 1)
	}
	if s.Page < s.Pages {
		s.NextLink = at(s.Page + 1)
	}
	named := map[string]term.Term{
		"publisher": filter.Publisher, "source": filter.Source, "sector": filter.Sector, "theme": filter.Theme, "format": filter.Format,
	}
	for _, name := range queries.FilterParams() {
		if !s.filters.Has(name) {
			continue
		}
		label := s.filters.Get(name)
		if t := named[name]; !t.IsZero() {
			label = rd.label(t.Value())
		}
		rest := url.Values{}
		for n, values := range s.filters {
			if n != name {
				rest[n] = values
				continue
			}
		}
		s.Chips = append(s.Chips, struct{ Label, Href string }{s.L.T("facet."+name) + ": " + label, s.with("/search", rest)})
		if name != "q" {
			s.Hidden = append(s.Hidden, struct{ Name, Value string }{name, s.filters.Get(name)})
		}
	}
	if s.Lang != "" {
		s.Hidden = append(s.Hidden, struct{ Name, Value string }{"lang", s.Lang})
	}
	s.Alternates = append(s.Alternates, alternate{Href: "/catalog.ttl?" + s.filters.Encode(), Type: "text/turtle"})
}

// hit describes a dataset in a few words.
func (rd *reader) hit(ctx context.Context, iri string) (hit, error) {
	quads, err := feed.Describe(ctx, rd.sn, iri)
	if err != nil {
		return hit{}, err
	}
	h := hit{Title: rd.short(iri)}
	h.Href, _ = rd.href(iri)
	if t, ok := rd.f.best(quads, iri, vocab.DCTTitle); ok {
		h.Title, h.Lang = t.Value(), t.Lang()
	}
	source, _, _ := strings.Cut(strings.TrimPrefix(iri, rd.base+"dataset/"), "/")
	h.Source = rd.label(dcat.Base(rd.base).SourceCatalog(source))
	for _, q := range quads {
		switch q.Predicate.Value() {
		case vocab.DCTPublisher:
			if q.Subject.Value() == iri && h.Publisher == "" {
				h.Publisher = rd.label(q.Object.Value())
			}
		case vocab.DCTCreator:
			if q.Subject.Value() == iri {
				h.Publisher = rd.label(q.Object.Value())
			}
		case vocab.DCTModified:
			if q.Subject.Value() == iri {
				h.Modified, _, _ = strings.Cut(q.Object.Value(), "T")
			}
		case vocab.DCTFormat:
			if label := rd.value(q.Object).Text; !slices.Contains(h.Formats, label) {
				h.Formats = append(h.Formats, label)
			}
		}
	}
	return h, nil
}
