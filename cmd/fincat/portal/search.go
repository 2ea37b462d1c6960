package portal

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/feed"
	"fincat/harvest/feed/listing"
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
	Also                                           []value // its other records
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
	Records            int    // that the datasets have
	Apart              bool   // each record is shown by itself
	Other              string // address of the same with records together, or apart
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
	switch v := r.URL.Query().Get("records"); v {
	case "", "merged":
	case "all":
		data.Apart = true
		data.filters.Set("records", v)
	default:
		p.message(w, r, http.StatusBadRequest, "badRequest", "records=merged, records=all")
		return
	}
	sn, list, err := p.Feed.Listing.Current(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	data.frame = p.frame(r, sn, "search")
	data.Title = data.L.T("nav.datasets")
	data.Q = data.filters.Get("q")
	rd := p.reader(r.Context(), sn, data.frame)
	if err := p.fillSearch(rd, data, filter, list); err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "search", data)
}

func (p *Portal) fillSearch(rd *reader, data *searchPage, filter queries.Filter, list *listing.Listing) error {
	records := list.Filtered(list.Titled, filter)
	found := records
	if !data.Apart {
		found = list.Merged(records)
	}
	data.Total, data.Records = len(found), len(records)
	data.Pages = max(1, (data.Total+pageSize-1)/pageSize)
	data.Page = min(data.Page, data.Pages)
	first := (data.Page - 1) * pageSize
	for _, d := range found[first:min(first+pageSize, len(found))] {
		h, err := rd.hit(d.IRI)
		if err != nil {
			return err
		}
		if !data.Apart {
			h.Also = rd.also(list, d)
		}
		data.Found = append(data.Found, h)
	}
	for _, name := range []string{"sector", "publisher", "source", "format", "theme"} {
		counts := list.Count(records, data.Apart, facetOf(list, name))
		data.Facets = append(data.Facets, facet{name, data.L.T("facet." + name),
			p.counted(rd, counts, facetValues, name, data.filters)})
	}
	data.links(rd, filter)
	return nil
}

// also leads to the other records of a dataset, by the names of their sources.
func (rd *reader) also(list *listing.Listing, d *listing.Dataset) []value {
	var out []value
	for _, other := range list.Together(d) {
		if other == d {
			continue
		}
		v := value{Text: rd.source(other.IRI)}
		v.Href, _ = rd.href(other.IRI)
		out = append(out, v)
	}
	return out
}

// source is the name of the source of a dataset's record.
func (rd *reader) source(dataset string) string {
	source, _, _ := strings.Cut(strings.TrimPrefix(dataset, rd.base+"dataset/"), "/")
	return rd.label(dcat.Base(rd.base).SourceCatalog(source))
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
		"publisher": filter.Publisher, "source": filter.Source, "sector": filter.Sector, "theme": filter.Theme,
		"format": filter.Format,
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
		s.Chips = append(s.Chips, struct{ Label, Href string }{s.L.T("facet."+name) + ": " + label,
			s.with("/search", rest)})
		if name != "q" {
			s.Hidden = append(s.Hidden, struct{ Name, Value string }{name, s.filters.Get(name)})
		}
	}
	other := maps.Clone(s.filters)
	if s.Apart {
		other.Del("records")
		s.Hidden = append(s.Hidden, struct{ Name, Value string }{"records", "all"})
	} else {
		other.Set("records", "all")
	}
	s.Other = s.with("/search", other)
	if s.Lang != "" {
		s.Hidden = append(s.Hidden, struct{ Name, Value string }{"lang", s.Lang})
	}
	s.Alternates = append(s.Alternates, alternate{Href: "/catalog.ttl?" + s.filters.Encode(), Type: "text/turtle"})
	s.feeds(s.filters)
	s.Canonical = rd.base + "search"
	v := maps.Clone(s.filters)
	if s.Page > 1 {
		v.Set("page", strconv.Itoa(s.Page))
	}
	if len(v) > 0 {
		s.Canonical += "?" + v.Encode()
	}
}

// hit describes a dataset in a few words.
func (rd *reader) hit(iri string) (hit, error) {
	quads, err := feed.Describe(rd.ctx, rd.sn, iri)
	if err != nil {
		return hit{}, err
	}
	h := hit{Title: rd.short(iri)}
	h.Href, _ = rd.href(iri)
	if t, ok := rd.f.best(quads, iri, vocab.DCTTitle); ok {
		h.Title, h.Lang = t.Value(), t.Lang()
	}
	h.Source = rd.source(iri)
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
