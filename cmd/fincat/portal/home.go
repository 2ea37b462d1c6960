package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"fincat/harvest/queries"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// counted is one line of a list of counts.
type counted struct {
	Label, Href string
	N           int
	Shown       string // N for reading
	Percent     int    // of the greatest of the list
	Current     bool
	Search      string
}

// exampleOnHome is the query that stands in the form of the home page.
const exampleOnHome = "datasets-per-publisher"

func (p *Portal) home(w http.ResponseWriter, r *http.Request) {
	sn, err := p.Store.Snapshot()
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
	totals, err := p.totals(r.Context(), sn)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	rd := p.reader(r.Context(), sn, data.frame)
	for _, list := range []struct {
		facet string
		into  *[]counted
		limit int
	}{{"source", &data.Sources, 20}, {"sector", &data.Sectors, 10}, {"format", &data.Formats, 6}, {"publisher", &data.Organisations, 10}} {
		rows, err := p.selected(r.Context(), sn.Seq(), "count-by-"+list.facet, queries.Filter{}, 0, 0)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		if list.facet == "source" {
			totals["sources"] = len(rows)
		}
		*list.into = p.counted(rd, rows, list.limit, list.facet, nil)
	}
	for _, key := range []string{"datasets", "distributions", "services", "organisations", "sources"} {
		data.Totals = append(data.Totals, total{key, data.L.T("total." + key), totals[key]})
	}
	if e, ok := p.Queries.Example(exampleOnHome); ok {
		data.Example = e.Text
	}
	p.render(w, r, http.StatusOK, "home", data)
}

// totals counts the things of each class.
func (p *Portal) totals(ctx context.Context, sn *store.Snapshot) (map[string]int, error) {
	rows, err := p.named(ctx, sn.Seq(), "totals", nil)
	if err != nil {
		return nil, err
	}
	names := map[string]string{
		vocab.DCATDataset: "datasets", vocab.DCATDistribution: "distributions",
		vocab.DCATDataService: "services", vocab.FOAFOrganization: "organisations",
	}
	totals := map[string]int{}
	for _, row := range rows {
		totals[names[row[0].Value()]] = number(row[1])
	}
	return totals, nil
}

// counted makes a list of the solutions of a count-by query. Each line leads
// to the search page with one more filter beside those of with.
func (p *Portal) counted(rd *reader, rows [][]term.Term, limit int, facet string, with url.Values) []counted {
	var out []counted
	most := 1
	for _, row := range rows {
		if len(out) == limit || row[0].IsZero() {
			break
		}
		n := number(row[1])
		most = max(most, n)
		v := url.Values{}
		for name, values := range with {
			v[name] = values
		}
		v.Set(facet, p.short(facet, row[0]))
		label := row[0].Value()
		if row[0].IsIRI() {
			label = rd.label(label)
		}
		out = append(out, counted{
			Label: label, N: n, Shown: rd.f.L.Number(n), Percent: max(1, 100*n/most),
			Href: rd.f.with("/search", v), Current: with.Get(facet) == v.Get(facet),
		})
	}
	return out
}

// short returns the identifier that stands for a resource of ours in a filter,
// or the whole IRI.
func (p *Portal) short(facet string, t term.Term) string {
	prefix := map[string]string{"publisher": "org/", "source": "catalog/", "sector": "sector/", "theme": "theme/"}[facet]
	if rest, ok := strings.CutPrefix(t.Value(), string(p.Base)+prefix); ok && prefix != "" && rest != "" && !strings.Contains(rest, "/") {
		return rest
	}
	return t.Value()
}

// organisations lists the directory by kind, with numbers of datasets.
func (p *Portal) organisations(w http.ResponseWriter, r *http.Request) {
	sn, err := p.Store.Snapshot()
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
	data.Title = data.L.T("nav.orgs")
	orgs, err := p.named(r.Context(), sn.Seq(), "organisations", nil)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	counts, err := p.selected(r.Context(), sn.Seq(), "count-by-publisher", queries.Filter{}, 0, 0)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	n := map[string]int{}
	for _, row := range counts {
		n[row[0].Value()] = number(row[1])
	}
	rd := p.reader(r.Context(), sn, data.frame)
	for _, kind := range []string{"commission", "bureau", "peripheral", "association", "other"} {
		g := group{Label: data.L.T("kind." + kind)}
		for _, row := range orgs {
			if p.kindOf(row[1]) != kind {
				continue
			}
			iri := row[0].Value()
			href, _ := rd.href(iri)
			g.Items = append(g.Items, counted{
				Label: rd.label(iri), Href: href, N: n[iri],
				Search: data.with("/search", url.Values{"publisher": {p.short("publisher", row[0])}}),
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
