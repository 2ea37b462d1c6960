package portal

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fincat/harvest/feed/listing"
	"fincat/store"
	"fincat/vocab"
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
	sn, list, err := p.Feed.Listing.Current(r.Context())
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
	totals, err := p.totals(r.Context(), sn, list)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	rd := p.reader(r.Context(), sn, data.frame)
	for _, x := range []struct {
		facet string
		into  *[]counted
		limit int
	}{{"source", &data.Sources, 20}, {"sector", &data.Sectors, 10}, {"format", &data.Formats, 6},
		{"publisher", &data.Organisations, 10}} {
		counts := list.Count(list.Live, false, facetOf(list, x.facet))
		if x.facet == "source" {
			totals["sources"] = len(counts)
		}
		*x.into = p.counted(rd, counts, x.limit, x.facet, nil)
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
func (p *Portal) totals(ctx context.Context, sn *store.Snapshot, list *listing.Listing) (map[string]int, error) {
	rows, err := p.named(ctx, sn, "totals", nil)
	if err != nil {
		return nil, err
	}
	names := map[string]string{
		vocab.DCATDataService: "services", vocab.FOAFOrganization: "organisations",
	}
	totals := map[string]int{"datasets": len(list.Merged(list.Live)), "records": len(list.Live)}
	for _, d := range list.Live {
		totals["distributions"] += d.Files
	}
	for _, row := range rows {
		totals[names[row[0].Value()]] = number(row[1])
	}
	return totals, nil
}

// facetOf returns what a facet sorts the datasets of a listing by. An organisation has what
// it publishes and what it owns.
func facetOf(list *listing.Listing, facet string) func(*listing.Dataset) []string {
	orgs := together(func(publishers, owners []string) []string {
		both := slices.Concat(publishers, owners)
		slices.Sort(both)
		return slices.Compact(both)
	})
	switch facet {
	case "publisher":
		return orgs
	case "source":
		return func(d *listing.Dataset) []string { return d.Sources }
	case "theme":
		return func(d *listing.Dataset) []string { return d.Themes }
	case "format":
		return func(d *listing.Dataset) []string { return d.Formats }
	}
	sectors := map[string][]string{} // by organisation
	for sector, members := range list.Sectors {
		for _, org := range members {
			sectors[org] = append(sectors[org], sector)
		}
	}
	return together(func(publishers, owners []string) (in []string) {
		for _, org := range slices.Concat(publishers, owners) {
			for _, sector := range sectors[org] {
				if !slices.Contains(in, sector) {
					in = append(in, sector)
				}
			}
		}
		return in
	})
}

// together returns what f makes of the publishers and owners of a dataset, one list for all
// datasets that have the same, so that they are quickly counted.
func together(f func(publishers, owners []string) []string) func(*listing.Dataset) []string {
	first := func(list []string) *string {
		if len(list) == 0 {
			return nil
		}
		return &list[0]
	}
	made := map[[2]*string][]string{} // equal lists are one in a listing
	return func(d *listing.Dataset) []string {
		of := [2]*string{first(d.Publishers), first(d.Owners)}
		list, ok := made[of]
		if !ok {
			list = f(d.Publishers, d.Owners)
			made[of] = list
		}
		return list
	}
}

// counted makes a list of counts by facet, the greatest first. Each line links to the
// search page, with the filters in with and one more.
func (p *Portal) counted(rd *reader, counts map[string]int, limit int, facet string, with url.Values) []counted {
	var out []counted
	most := 1
	order := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for _, value := range order[:min(limit, len(order))] {
		n := counts[value]
		most = max(most, n)
		v := url.Values{}
		for name, values := range with {
			v[name] = values
		}
		v.Set(facet, p.short(facet, value))
		label := value
		if strings.Contains(value, ":") && term.CheckIRI(value) == nil {
			label = rd.label(label)
		}
		out = append(out, counted{
			Label: label, N: n, Shown: rd.f.L.Number(n), Percent: max(1, 100*n/most),
			Href: rd.f.with("/search", v), Current: with.Get(facet) == v.Get(facet),
		})
	}
	return out
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

// organisations lists the directory by kind, with numbers of datasets.
func (p *Portal) organisations(w http.ResponseWriter, r *http.Request) {
	sn, list, err := p.Feed.Listing.Current(r.Context())
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
	n := list.Count(list.Live, false, facetOf(list, "publisher"))
	records := list.Count(list.Live, true, facetOf(list, "publisher"))
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
