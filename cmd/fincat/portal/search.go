package portal

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/queries"
	"fincat/harvest/search"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const (
	pageSize    = 20
	maxPage     = 10_000
	facetValues = 8    // of a facet beside the results
	allValues   = 2000 // on a page of its own
)

// searchParams are the names of the parameters of a search, in the sequence in which what
// is chosen is shown.
var searchParams = []string{"sector", "publisher", "source", "format", "licence", "theme", "frequency", "badge",
	"api", "modified_since", "q", "sort", "records", "page", "more", "lang"}

// sorts are the sequences of results, by the value of sort.
var sorts = map[string]search.Order{"relevance": search.ByRelevance, "title": search.ByTitle,
	"changed": search.ByRecency, "quality": search.ByQuality}

// searched is a search as its address asks for it.
type searched struct {
	filters url.Values // that say something, in normal form
	query   search.Query
	page    int
	more    string // the facet of which all values are asked for
}

// parseSearch reads the parameters of a search. What is not known, or cannot be read, is an
// error that says what there is.
func parseSearch(p *Portal, raw string, table *search.Table) (*searched, error) {
	params, err := url.ParseQuery(raw)
	if err != nil {
		return nil, fmt.Errorf("the parameters cannot be read: %w", err)
	}
	a := &searched{filters: url.Values{}, page: 1}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		values := params[name]
		_, facet := search.FacetOf(name)
		switch {
		case !slices.Contains(searchParams, name):
			return nil, fmt.Errorf("there is no parameter %.40q; there are %s", name, strings.Join(searchParams, ", "))
		case !facet && len(values) > 1:
			return nil, fmt.Errorf("the parameter %q is given %d times", name, len(values))
		case len(values) > search.MaxChosen:
			return nil, fmt.Errorf("the parameter %q is given %d times, at most %d", name, len(values),
				search.MaxChosen)
		}
		for _, v := range values {
			if v = strings.TrimSpace(v); v == "" || err != nil {
				continue
			}
			err = readParam(p, a, table, name, v)
		}
	}
	if err != nil {
		return nil, err
	}
	a.query.Text = a.filters.Get("q")
	if _, err := search.Words(a.query.Text); err != nil {
		return nil, err
	}
	if a.query.Order = search.ByTitle; a.query.Text != "" {
		a.query.Order = search.ByRelevance
	}
	if s := a.filters.Get("sort"); s != "" {
		a.query.Order = sorts[s]
	}
	a.query.First, a.query.Most = (a.page-1)*pageSize, pageSize
	return a, nil
}

// readParam reads one value of one parameter.
func readParam(p *Portal, a *searched, table *search.Table, name, v string) error {
	if f, ok := search.FacetOf(name); ok {
		iri, err := facetValue(p, f, v, table)
		if err == nil && !slices.Contains(a.query.Chosen[f], iri) {
			a.query.Chosen[f] = append(a.query.Chosen[f], iri)
			a.filters.Add(name, p.param(f, iri))
		}
		return err
	}
	bad := func(want string) error { return fmt.Errorf("%s=%.60q: want %s", name, v, want) }
	switch name {
	case "lang":
		return nil
	case "modified_since":
		f, err := queries.ParseFilter(p.Base, url.Values{name: {v}})
		if err != nil {
			return err
		}
		if a.query.Since, err = time.Parse(time.RFC3339, f.ModifiedSince.Value()); err != nil {
			return err
		}
	case "sort":
		if _, ok := sorts[v]; !ok {
			return bad("one of " + strings.Join(slices.Sorted(maps.Keys(sorts)), ", "))
		}
	case "records":
		if v != "all" && v != "merged" {
			return bad("merged or all")
		}
		if a.query.Apart = v == "all"; !a.query.Apart {
			return nil
		}
	case "page":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			return bad(fmt.Sprintf("a number from 1 to %d", maxPage))
		}
		a.page = n
		return nil
	case "more":
		if _, ok := search.FacetOf(v); !ok {
			return bad("the name of a facet: " + strings.Join(facetNames(), ", "))
		}
		a.more = v
		return nil
	}
	a.filters.Set(name, v)
	return nil
}

func facetNames() (out []string) {
	for _, f := range search.Facets() {
		out = append(out, f.String())
	}
	return out
}

// facetValue returns the value of a facet that a parameter stands for.
func facetValue(p *Portal, f search.Facet, v string, table *search.Table) (string, error) {
	fail := func(want string) error { return fmt.Errorf("%s=%.60q: want %s", f, v, want) }
	switch f {
	case search.ByAPI:
		if v != search.Yes {
			return "", fail(search.Yes)
		}
		return v, nil
	case search.ByBadge:
		for zh, en := range p.badges {
			if v == zh || v == en {
				return zh, nil
			}
		}
		if v != search.Unchecked {
			known := append(slices.Sorted(maps.Values(p.badges)), search.Unchecked)
			return "", fail("one of " + strings.Join(known, ", "))
		}
		return v, nil
	case search.ByLicence, search.ByFrequency:
		for _, known := range table.Known(f) {
			if v == known || strings.EqualFold(v, known[strings.LastIndexAny(known, "/#")+1:]) {
				return known, nil
			}
		}
		if !strings.Contains(v, ":") {
			if f == search.ByFrequency {
				return frequencies + v, nil
			}
			return "", fail("the IRI of a licence, or how one ends that datasets have")
		}
		return v, term.CheckIRI(v)
	}
	filter, err := queries.ParseFilter(p.Base, url.Values{f.String(): {v}})
	if err != nil {
		if f == search.ByFormat && slices.Contains(table.Known(f), v) { // a text that no list knows
			return v, nil
		}
		return "", err
	}
	return map[search.Facet]term.Term{search.BySector: filter.Sector, search.ByPublisher: filter.Publisher,
		search.BySource: filter.Source, search.ByFormat: filter.Format, search.ByTheme: filter.Theme}[f].Value(), nil
}

// hit is a dataset in a list of search results.
type hit struct {
	Href, Lang, Publisher, Source, Modified, Badge, Where string
	Title, Text                                           []search.Piece
	TextLang                                              string
	Formats                                               []string
	Also                                                  []value // its other records
}

// facet is what results can be narrowed by.
type facet struct {
	Name, Label string
	Items       []counted
	More        string // the address of all values, "" when these are all
}

// link is a choice with its address.
type link struct {
	Label, Href, Count string
	Current            bool
}

type searchPage struct {
	frame
	Q                  string
	Hidden             []struct{ Name, Value string }
	Dated              []struct{ Name, Value string } // those of the form for a date
	Chips              []link
	Facets             []facet
	All                *facet // all values of one facet, instead of results
	Sorts, Since       []link
	SinceDate          string
	Clear              string // the address without any filter
	Found              []hit
	Total, Page, Pages int
	Titled, Named      int    // datasets and records with all words in titles
	Records            int    // that the datasets have
	Apart              bool   // each record is shown by itself
	Other              string // address of the same with records together, or apart
	Previous, NextLink string
	Fewer              []link // the same search with less, where something is found
	Similar            []link
	filters            url.Values
}

// Back is the address of the results, from that of all values of a facet.
func (s *searchPage) Back() string { return s.with("/search", s.filters) }

// Next is the address of the next page, "" on the last one.
func (s *searchPage) Next() string { return s.NextLink }

func (p *Portal) search(w http.ResponseWriter, r *http.Request) {
	sn, table, err := p.Finder.Current(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	a, err := parseSearch(p, r.URL.RawQuery, table)
	if err != nil {
		p.message(w, r, http.StatusBadRequest, "badRequest", err.Error())
		return
	}
	data := &searchPage{frame: p.frame(r, sn, "search"), filters: a.filters, Q: a.query.Text, Apart: a.query.Apart}
	data.Title = data.L.T("nav.datasets")
	if data.Q != "" {
		data.Title = data.Q + " · " + data.Title
	}
	if err := fillSearch(p, p.reader(r.Context(), sn, data.frame), data, a, table); err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, http.StatusOK, "search", data)
}

// sinces are the times of change that a page offers, in days.
var sinces = [...]int{7, 30, 365}

func fillSearch(p *Portal, rd *reader, data *searchPage, a *searched, table *search.Table) error {
	today := time.Now().In(taipei)
	var since []time.Time
	for _, days := range sinces {
		since = append(since, day(today.AddDate(0, 0, -days)))
	}
	found, err := table.Find(a.query, since...)
	if err != nil {
		return err
	}
	data.Total, data.Records, data.Titled = found.Total, found.Records, found.Titled
	data.Named = found.Named
	data.Pages = max(1, (data.Total+pageSize-1)/pageSize)
	if a.page > data.Pages { // the last one
		a.page, a.query.First = data.Pages, (data.Pages-1)*pageSize
		if found, err = table.Find(a.query, since...); err != nil {
			return err
		}
	}
	data.Page = a.page
	n := namesOf(p, rd, table)
	marker := search.NewMarker(data.Q)
	for _, x := range found.Found {
		h, err := n.hit(table, rd.sn, x, marker)
		if err != nil {
			return err
		}
		data.Found = append(data.Found, h)
	}
	data.facets(n, a, found)
	for i, days := range sinces {
		date := since[i].Format(time.DateOnly)
		data.Since = append(data.Since, link{Label: data.L.N("since.days", days), Count: data.L.Number(found.Since[i]),
			Href:    data.with("/search", set(data.filters, "modified_since", date)),
			Current: data.filters.Get("modified_since") == date})
	}
	data.links(n, a)
	if data.Total == 0 {
		return data.instead(table, a)
	}
	return nil
}

// day is the beginning of a day as parameters mean it.
func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// set returns parameters with one in place of what it was.
func set(with url.Values, name, value string) url.Values {
	out := maps.Clone(with)
	out[name] = []string{value}
	if value == "" {
		delete(out, name)
	}
	return out
}

// facets adds what results can be narrowed by, or all values of one facet.
func (s *searchPage) facets(n *names, a *searched, found *search.Result) {
	for _, f := range search.Facets() {
		x := facet{Name: f.String(), Label: s.L.T("facet." + f.String())}
		if x.Name == a.more {
			s.All = &facet{Name: x.Name, Label: x.Label, Items: n.counted(found.Counts[f], allValues, f, s.filters)}
		}
		x.Items = n.counted(found.Counts[f], facetValues, f, s.filters)
		if len(found.Counts[f]) > facetValues {
			x.More = s.with("/search", set(s.filters, "more", x.Name))
		}
		if len(x.Items) > 0 {
			s.Facets = append(s.Facets, x)
		}
	}
}

// links adds what leads from this page of results to others.
func (s *searchPage) links(n *names, a *searched) {
	at := func(page int) string { return s.with("/search", set(s.filters, "page", strconv.Itoa(page))) }
	if s.Page > 1 {
		s.Previous = at(s.Page - 1)
	}
	if s.Page < s.Pages {
		s.NextLink = at(s.Page + 1)
	}
	for _, name := range searchParams {
		for i, v := range s.filters[name] {
			s.Hidden = appendParam(s.Hidden, name, v, "q")
			s.Dated = appendParam(s.Dated, name, v, "modified_since")
			label := v
			if f, ok := search.FacetOf(name); ok {
				label = n.value(f, a.query.Chosen[f][i])
			} else if name == "sort" || name == "records" {
				continue
			}
			s.Chips = append(s.Chips, link{Label: s.L.T("facet."+name) + ": " + label,
				Href: s.with("/search", toggled(s.filters, name, v))})
		}
	}
	if s.Lang != "" {
		s.Hidden = appendParam(s.Hidden, "lang", s.Lang, "")
		s.Dated = appendParam(s.Dated, "lang", s.Lang, "")
	}
	for _, name := range []string{"relevance", "title", "changed", "quality"} {
		if name == "relevance" && s.Q == "" {
			continue
		}
		s.Sorts = append(s.Sorts, link{Label: s.L.T("sort." + name), Current: a.query.Order == sorts[name],
			Href: s.with("/search", set(s.filters, "sort", name))})
	}
	s.SinceDate = ""
	if !a.query.Since.IsZero() {
		s.SinceDate = a.query.Since.Format(time.DateOnly)
	}
	s.Clear = s.with("/search", nil)
	s.Other = s.with("/search", set(s.filters, "records", map[bool]string{false: "all"}[s.Apart]))
	s.others(n.rd.base)
}

func appendParam(list []struct{ Name, Value string }, name, value, but string) []struct{ Name, Value string } {
	if name == but {
		return list
	}
	return append(list, struct{ Name, Value string }{name, value})
}

// others names the same selection for machines, if the feeds know it too: they have no words
// in texts, one value for each parameter, and fewer of these.
func (s *searchPage) others(base string) {
	known := true
	for name, values := range s.filters {
		if name != "records" && name != "sort" {
			known = known && name != "q" && len(values) == 1 && slices.Contains(queries.FilterParams(), name)
		}
	}
	if known {
		selection := set(s.filters, "sort", "")
		s.Alternates = append(s.Alternates, alternate{Href: "/catalog.ttl?" + selection.Encode(), Type: "text/turtle"})
		s.feeds(selection)
	}
	s.Canonical = base + "search"
	v := maps.Clone(s.filters)
	if s.Page > 1 {
		v.Set("page", strconv.Itoa(s.Page))
	}
	if len(v) > 0 {
		s.Canonical += "?" + v.Encode()
	}
}

// maxFewer is how many searches with less are tried where nothing is found.
const maxFewer = 6

// instead says what can be done where nothing is found.
func (s *searchPage) instead(table *search.Table, a *searched) error {
	try := func(q search.Query, label string, v url.Values) error {
		if len(s.Fewer) == maxFewer {
			return nil
		}
		q.First, q.Most = 0, 0
		found, err := table.Find(q)
		if err == nil && found.Total > 0 {
			s.Fewer = append(s.Fewer, link{Label: label, Href: s.with("/search", v), Count: s.L.Number(found.Total)})
		}
		return err
	}
	for _, f := range search.Facets() {
		if len(a.query.Chosen[f]) == 0 {
			continue
		}
		q := a.query
		q.Chosen[f] = nil
		label := s.L.T("fewer.without") + " " + s.L.T("facet."+f.String())
		if err := try(q, label, set(s.filters, f.String(), "")); err != nil {
			return err
		}
	}
	if q := a.query; !q.Since.IsZero() {
		q.Since = time.Time{}
		if err := try(q, s.L.T("fewer.without")+" "+s.L.T("facet.modified_since"),
			set(s.filters, "modified_since", "")); err != nil {
			return err
		}
	}
	words, err := search.Words(s.Q)
	for i := range words {
		if len(words) == 1 || err != nil {
			break
		}
		q := a.query
		q.Text = strings.Join(slices.Delete(slices.Clone(words), i, i+1), " ")
		err = try(q, q.Text, set(s.filters, "q", q.Text))
	}
	for _, w := range table.Similar(s.Q, 5) {
		s.Similar = append(s.Similar, link{Label: w, Href: s.with("/search", url.Values{"q": {w}})})
	}
	return err
}

// source is the name of the source of a dataset's record.
func (rd *reader) source(dataset string) string {
	return rd.label(sourceCatalog(rd.base, dataset))
}

// sourceCatalog returns the catalogue of the source that a dataset's IRI names.
func sourceCatalog(base, dataset string) string {
	source, _, _ := strings.Cut(strings.TrimPrefix(dataset, base+"dataset/"), "/")
	return dcat.Base(base).SourceCatalog(source)
}

// maxSnippet and maxTitle are how much of a text a result shows, in characters.
const (
	maxSnippet = 140
	maxTitle   = 400
)

// hit describes a dataset in a few words, and where it was found.
func (n *names) hit(table *search.Table, sn *store.Snapshot, x search.Found, marker *search.Marker) (hit, error) {
	rd := n.rd
	title := rd.prefer(x.Titles)
	h := hit{Lang: title.Lang(), Modified: x.Updated, Source: n.of(sourceCatalog(rd.base, x.IRI))}
	text := title.Value()
	if text == "" {
		text = rd.short(x.IRI)
	}
	h.Title = marker.Mark(text, maxTitle)
	h.Href, _ = rd.href(x.IRI)
	orgs := x.Owners
	if len(orgs) == 0 {
		orgs = x.Publishers
	}
	if len(orgs) > 0 {
		h.Publisher = n.of(orgs[len(orgs)-1])
	}
	for _, f := range table.Values(x.Entry, search.ByFormat) {
		if label := n.value(search.ByFormat, f); !slices.Contains(h.Formats, label) {
			h.Formats = append(h.Formats, label)
		}
	}
	if x.Badge != "" {
		h.Badge = n.value(search.ByBadge, x.Badge)
	}
	for _, other := range x.Others {
		v := value{Text: n.of(sourceCatalog(rd.base, other.IRI))}
		v.Href, _ = rd.href(other.IRI)
		h.Also = append(h.Also, v)
	}
	texts, err := table.Texts(rd.ctx, sn, x.Dataset)
	if err != nil {
		return h, err
	}
	h.snippet(n, texts, x, marker)
	return h, nil
}

// snippet shows where in a record the words are, besides the title in the page's language;
// where nothing was looked for, how the description begins.
func (h *hit) snippet(n *names, texts search.Texts, x search.Found, marker *search.Marker) {
	shown := n.rd.prefer(texts[search.Title])
	for f := search.Title; int(f) < len(texts); f++ {
		if f == search.Organisation && marker.In(h.Publisher) {
			h.Where, h.Text = n.rd.f.L.T("where.organisation"), marker.Mark(h.Publisher, maxSnippet)
			return
		}
		for _, t := range texts[f] {
			if t == shown || !marker.In(t.Value()) || f != search.Title && marker.Everything(shown.Value()) &&
				f != search.Description {
				continue
			}
			h.Where, h.Text, h.TextLang = n.rd.f.L.T("where."+f.String()), marker.Mark(t.Value(), maxSnippet), t.Lang()
			return
		}
	}
	if x.Where == search.Organisation {
		h.Where = n.rd.f.L.T("where.organisation")
	}
	about := n.rd.prefer(texts[search.Description])
	h.Text, h.TextLang = marker.Mark(about.Value(), maxSnippet), about.Lang()
}

// prefer returns the text in the language closest to the page's.
func (rd *reader) prefer(list []term.Term) (best term.Term) {
	for _, t := range list {
		if t.Value() != "" && (best.IsZero() || rd.f.L.Prefers(t.Lang(), best.Lang())) {
			best = t
		}
	}
	if best.IsZero() {
		return term.NewString("")
	}
	return best
}
