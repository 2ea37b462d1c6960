package portal

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"fincat/harvest/search"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// counted is one line of a list of counts.
type counted struct {
	Label, Href string
	N           int
	Records     int    // descriptions by sources, of which a dataset can have several
	Shown       string // N for reading
	Percent     int    // of the greatest of the list
	Current     bool
	Search      string
}

// exampleOnHome is the query that stands in the form of the home page.
const exampleOnHome = "datasets-per-publisher"

func (p *Portal) home(w http.ResponseWriter, r *http.Request) {
	sn, table, err := p.Finder.Current(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	type total struct {
		Key, Label string
		N          int
	}
	data := struct {
		frame
		Totals                                   []total
		Sources, Sectors, Formats, Organisations []counted
		Example                                  string
	}{frame: p.frame(r, sn, "")}
	data.Canonical = string(p.Base)
	data.feeds(nil)
	all, err := table.Find(search.Query{})
	if err != nil {
		p.fail(w, r, err)
		return
	}
	totals, err := p.totals(r.Context(), sn, all)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	rd := p.reader(r.Context(), sn, data.frame)
	names := namesOf(p, rd, table)
	totals["sources"], totals["distributions"] = len(all.Counts[search.BySource]), table.Files()
	for _, x := range []struct {
		facet search.Facet
		into  *[]counted
		limit int
	}{{search.BySource, &data.Sources, 20}, {search.BySector, &data.Sectors, 10}, {search.ByFormat, &data.Formats, 6},
		{search.ByPublisher, &data.Organisations, 10}} {
		*x.into = names.counted(all.Counts[x.facet], x.limit, x.facet, nil)
	}
	for _, key := range []string{"datasets", "records", "distributions", "services", "organisations", "sources"} {
		data.Totals = append(data.Totals, total{key, data.L.T("total." + key), totals[key]})
	}
	if e, ok := p.Queries.Example(exampleOnHome); ok {
		data.Example = e.Text
	}
	p.render(w, r, http.StatusOK, "home", data)
}

// totals counts the things of each class. A dataset counts once, however many sources
// describe it.
func (p *Portal) totals(ctx context.Context, sn *store.Snapshot, all *search.Result) (map[string]int, error) {
	rows, err := p.named(ctx, sn, "totals", nil)
	if err != nil {
		return nil, err
	}
	names := map[string]string{
		vocab.DCATDataService: "services", vocab.FOAFOrganization: "organisations",
	}
	totals := map[string]int{"datasets": all.Total, "records": all.Records}
	for _, row := range rows {
		totals[names[row[0].Value()]] = number(row[1])
	}
	return totals, nil
}

// short returns what stands for a resource in a filter: the identifier within
// the catalogue's own IRIs, or else the whole IRI.
func (p *Portal) short(facet, value string) string {
	prefix := map[string]string{"publisher": "org/", "source": "catalog/", "sector": "sector/",
		"theme": "theme/"}[facet]
	if rest, ok := strings.CutPrefix(value, string(p.Base)+prefix); ok && prefix != "" && rest != "" &&
		!strings.Contains(rest, "/") {
		return rest
	}
	return value
}

// param returns what stands for a value of a facet in an address.
func (p *Portal) param(f search.Facet, value string) string {
	switch f {
	case search.ByBadge:
		return cmp.Or(p.badges[value], value)
	case search.ByFormat:
		code := strings.ToLower(value[strings.LastIndexByte(value, '/')+1:])
		if iri, _, ok := dcat.Format(code); ok && iri == value {
			return code
		}
	case search.ByFrequency:
		return strings.TrimPrefix(value, frequencies)
	}
	return p.short(f.String(), value)
}

// frequencies is how the IRIs of the frequencies begin that the European Union lists.
const frequencies = "http://publications.europa.eu/resource/authority/frequency/"

// organisations lists the directory by kind, with numbers of datasets.
func (p *Portal) organisations(w http.ResponseWriter, r *http.Request) {
	sn, table, err := p.Finder.Current(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	type group struct {
		Label string
		Items []counted
	}
	data := struct {
		frame
		Groups []group
	}{frame: p.frame(r, sn, "organisations")}
	data.Canonical = string(p.Base) + "organisations"
	data.Title = data.L.T("nav.orgs")
	orgs, err := p.named(r.Context(), sn, "organisations", nil)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	n, records := map[string]int{}, map[string]int{}
	for _, x := range []struct {
		apart bool
		into  map[string]int
	}{{false, n}, {true, records}} {
		all, err := table.Find(search.Query{Apart: x.apart})
		if err != nil {
			p.fail(w, r, err)
			return
		}
		for _, c := range all.Counts[search.ByPublisher] {
			x.into[c.Value] = c.N
		}
	}
	rd := p.reader(r.Context(), sn, data.frame)
	for _, kind := range []string{"commission", "bureau", "peripheral", "association", "advisory-group",
		"working-group", "other"} {
		g := group{Label: data.L.T("kind." + kind)}
		for _, row := range orgs {
			if p.kindOf(row[1]) != kind {
				continue
			}
			iri := row[0].Value()
			href, _ := rd.href(iri)
			g.Items = append(g.Items, counted{
				Label: rd.label(iri), Href: href, N: n[iri], Records: records[iri],
				Search: data.with("/search", url.Values{"publisher": {p.short("publisher", iri)}}),
			})
		}
		if len(g.Items) > 0 {
			data.Groups = append(data.Groups, g)
		}
	}
	p.render(w, r, http.StatusOK, "organisations", data)
}

// kindOf returns the code of a kind of organisation, "other" for unknown ones.
func (p *Portal) kindOf(t term.Term) string {
	code := strings.TrimPrefix(t.Value(), p.Base.OrgKind(""))
	if !p.locales.all[0].Has("kind." + code) {
		return "other"
	}
	return code
}

// about lists the interfaces of the server.
func (p *Portal) about(w http.ResponseWriter, r *http.Request) {
	type route struct{ Path, Href, Label string }
	data := struct {
		frame
		Routes []route
	}{frame: p.frame(r, nil, "about")}
	data.Canonical = string(p.Base) + "about"
	data.Title = data.L.T("nav.about")
	for _, x := range p.Routes {
		shown := route{Path: x.Path, Label: x.EN}
		if data.L.Param == "zh" {
			shown.Label = x.ZH
		}
		if x.Link {
			shown.Href = x.Path
		}
		data.Routes = append(data.Routes, shown)
	}
	p.render(w, r, http.StatusOK, "about", data)
}
