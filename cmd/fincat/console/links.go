package console

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fincat/harvest/link"
)

// linkJSON is what GET /admin/links says of a link.
type linkJSON struct {
	Subject      string
	SubjectTitle string `json:"subject_title"`
	Object       string
	ObjectTitle  string `json:"object_title"`
	Kind, State  string
	Confidence   float64
	Author       string
	Date         string
	Comment      string
	Evidence     []link.Evidence
}

// linkRow is a link in the list.
type linkRow struct {
	linkJSON
	Href    string
	Current bool
	Share   string // its confidence
}

// linksShown is how many links a page lists.
const linksShown = 25

// sides shows the datasets of a link beside each other.
type sides struct {
	Subject, Object         side
	Rows                    []comparedRow
	Evidence                []evidenceRow
	Confidence, Kind, State string
	Author, Date, Comment   string
	Next, Previous          string
	CanDecide               bool
	Path                    string // of the form
}

type side struct {
	IRI, Href string
	Title     []piece
}

type comparedRow struct {
	Label       string
	Here, There [][]piece
	Same        bool
}

type evidenceRow struct {
	About, Level, Why, Seen, Bits string
	For                           bool
	Width                         float64 // of the bar, in percent
}

// linkStates are the states by which links are listed, and in this order.
var linkStates = []string{"candidate", "accepted", "confirmed", "refused"}

func (c *Console) links(v *view) error {
	q := v.r.URL.Query()
	state := q.Get("state")
	if !slices.Contains(linkStates, state) {
		state = linkStates[0]
	}
	type tab struct {
		Href, Text string
		Current    bool
	}
	data := struct {
		page
		State        string
		Tabs         []tab
		Rows         []linkRow
		Total        int
		Older, Newer string
		Pair         *sides
	}{page: v.page("links"), State: state}
	for _, s := range linkStates {
		href := data.withQuery("/console/links", "state", s)
		data.Tabs = append(data.Tabs, tab{href, data.L.T("link." + s), s == state})
	}
	var list []linkJSON
	get := call{method: http.MethodGet, path: "/admin/links", query: url.Values{"state": {state}}}
	skip := pageOf(v.r) * linksShown
	err := c.stream(v.r, get, func(in io.Reader) error {
		return array(in, func(x linkJSON) error {
			if data.Total++; data.Total > skip && len(list) < linksShown {
				list = append(list, x)
			}
			return nil
		})
	})
	if err != nil && !isFault(err, http.StatusUnprocessableEntity) {
		return err
	}
	if data.Total > skip+len(list) {
		data.Older = v.turned(pageOf(v.r) + 1)
	}
	if skip > 0 {
		data.Newer = v.turned(pageOf(v.r) - 1)
	}
	at := slices.IndexFunc(list, func(x linkJSON) bool {
		return x.Subject == q.Get("subject") && x.Object == q.Get("object")
	})
	at = max(at, 0)
	for i, x := range list {
		data.Rows = append(data.Rows, linkRow{x, v.linkAddress(data.page, state, x), i == at,
			fmt.Sprintf("%.3f", x.Confidence)})
	}
	if len(list) > 0 {
		if data.Pair, err = c.pair(v, data.page, list[at]); err != nil {
			return err
		}
		data.Pair.Path = data.Rows[at].Href
		if at > 0 {
			data.Pair.Previous = data.Rows[at-1].Href
		}
		if at+1 < len(list) {
			data.Pair.Next = data.Rows[at+1].Href
		} else {
			data.Pair.Next = data.Older
		}
	}
	return v.show("console-links", data)
}

// withQuery is the address of a page with one more parameter than its language.
func (p page) withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if p.Lang != "" {
		q.Set("lang", p.Lang)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// linkAddress is the address of the page on which a link is shown.
func (v *view) linkAddress(p page, state string, x linkJSON) string {
	return p.withQuery("/console/links", "state", state, "page", v.r.URL.Query().Get("page"), "subject", x.Subject,
		"object", x.Object)
}

// pair puts what is known of the two datasets of a link side by side.
func (c *Console) pair(v *view, p page, x linkJSON) (*sides, error) {
	out := &sides{Confidence: fmt.Sprintf("%.3f", x.Confidence), Kind: p.L.T("link." + x.Kind),
		State: p.L.T("link." + x.State), Author: x.Author, Date: x.Date, Comment: x.Comment, CanDecide: p.MayAct}
	out.Subject = side{IRI: x.Subject, Href: c.local(x.Subject)}
	out.Object = side{IRI: x.Object, Href: c.local(x.Object)}
	out.Subject.Title, out.Object.Title = differing(x.SubjectTitle, x.ObjectTitle)
	said, err := c.said(v.r, x.Subject, x.Object)
	if err != nil {
		return nil, err
	}
	for _, about := range comparedProperties {
		here, there := said[about][x.Subject], said[about][x.Object]
		if len(here)+len(there) == 0 {
			continue
		}
		out.Rows = append(out.Rows, compare(p.L.T("about."+about), here, there))
	}
	most := 1.0
	for _, e := range x.Evidence {
		most = max(most, abs(e.Bits))
	}
	for _, e := range x.Evidence {
		out.Evidence = append(out.Evidence, evidenceRow{About: p.L.T("about." + e.About), Level: e.Level, Why: e.Why,
			Seen: e.Seen, Bits: fmt.Sprintf("%+.1f", e.Bits), For: e.Bits > 0, Width: 100 * abs(e.Bits) / most})
	}
	return out, nil
}

func abs(x float64) float64 { return max(x, -x) }

// compare puts the values of two datasets beside each other. Single values are compared
// character by character, several value by value.
func compare(label string, here, there []string) comparedRow {
	row := comparedRow{Label: label, Same: slices.Equal(here, there)}
	if len(here) == 1 && len(there) == 1 {
		a, b := differing(here[0], there[0])
		row.Here, row.There = [][]piece{a}, [][]piece{b}
		return row
	}
	mark := func(list, other []string) (out [][]piece) {
		for _, value := range list {
			out = append(out, []piece{{value, !slices.Contains(other, value)}})
		}
		return out
	}
	row.Here, row.There = mark(here, there), mark(there, here)
	return row
}

// comparedProperties are what is shown of two datasets, in this order.
var comparedProperties = []string{"publisher", "creator", "identifier", "fields", "description", "landing",
	"address", "format", "frequency", "license", "modified"}

// saidQuery asks for what is compared of the datasets that stand in the place of %s.
const saidQuery = `PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX fincat: <https://w3id.org/fincat/ns#>
SELECT DISTINCT ?d ?about ?v {
  VALUES ?d { %s }
  { ?d dct:publisher ?x . ?x foaf:name|skos:prefLabel ?v . BIND("publisher" AS ?about) }
  UNION { ?d dct:creator ?x . ?x foaf:name|skos:prefLabel ?v . BIND("creator" AS ?about) }
  UNION { ?d dct:identifier ?v . BIND("identifier" AS ?about) }
  UNION { ?d dcat:distribution?/fincat:fieldDescription ?v . BIND("fields" AS ?about) }
  UNION { ?d dct:description ?v . BIND("description" AS ?about) }
  UNION { ?d dcat:landingPage ?v . BIND("landing" AS ?about) }
  UNION { ?d dcat:distribution ?x . ?x dcat:downloadURL|dcat:accessURL ?v . BIND("address" AS ?about) }
  UNION { ?d dcat:distribution ?x . ?x dct:format ?v . BIND("format" AS ?about) }
  UNION { ?d dct:accrualPeriodicity ?v . BIND("frequency" AS ?about) }
  UNION { ?d dct:license ?v . BIND("license" AS ?about) }
  UNION { ?d dct:modified ?v . BIND("modified" AS ?about) }
} ORDER BY ?about ?d ?v LIMIT 400`

// maxValues is how many values of a property a dataset shows, and maxValue how many characters
// of one.
const (
	maxValues = 12
	maxValue  = 600
)

// said returns what datasets say, by property and dataset.
func (c *Console) said(r *http.Request, datasets ...string) (map[string]map[string][]string, error) {
	out := map[string]map[string][]string{}
	err := c.ask(r, saidQuery, datasets, func(b binding) {
		about, dataset, value := b["about"].Value, b["d"].Value, b["v"].Value
		if out[about] == nil {
			out[about] = map[string][]string{}
		}
		if text := []rune(value); len(text) > maxValue {
			value = string(text[:maxValue]) + "…"
		}
		list := out[about][dataset]
		if len(list) < maxValues && !slices.Contains(list, value) {
			out[about][dataset] = append(list, value)
		}
	})
	return out, err
}

// binding is a solution of a query.
type binding map[string]struct {
	Value string
	Lang  string `json:"xml:lang"`
}

// ask answers a query about datasets, which stand in the place of %s in it.
func (c *Console) ask(r *http.Request, query string, datasets []string, yield func(binding)) error {
	if len(datasets) == 0 {
		return nil
	}
	var names []string
	for _, iri := range datasets {
		if strings.ContainsAny(iri, "<>\"{}|^`\\ \t\r\n") {
			return &fault{http.StatusBadRequest, "the IRI of a dataset is none"}
		}
		names = append(names, "<"+iri+">")
	}
	return c.query(r, fmt.Sprintf(query, strings.Join(names, " ")), yield)
}

// query asks a query, and hands over its solutions.
func (c *Console) query(r *http.Request, text string, yield func(binding)) error {
	var answer struct {
		Results struct{ Bindings []binding }
	}
	k := call{method: http.MethodPost, path: "/sparql", form: url.Values{"query": {text}}}
	if err := c.stream(r, k, decode(k.path, &answer)); err != nil {
		return err
	}
	for _, b := range answer.Results.Bindings {
		yield(b)
	}
	return nil
}

// decide confirms or refuses a link, and goes on to the next one.
func (c *Console) decide(v *view) error {
	f := v.r.PostForm
	state := map[string]string{"confirm": "confirmed", "refuse": "refused"}[f.Get("action")]
	if state == "" {
		return &fault{http.StatusBadRequest, "action is confirm or refuse"}
	}
	err := c.do(v.r, http.MethodPost, "/admin/links", map[string]string{
		"subject": f.Get("subject"), "object": f.Get("object"), "state": state, "why": f.Get("why"),
	})
	if err != nil {
		return err
	}
	here, more := v.r.URL.Query(), url.Values{}
	if next, err := url.Parse(f.Get("next")); err == nil && next.Query().Has("subject") {
		here = next.Query() // else the page goes on with what follows there
	} else {
		here.Del("subject")
		here.Del("object")
	}
	for _, name := range []string{"state", "page", "subject", "object"} {
		if value := here.Get(name); value != "" {
			more.Set(name, value)
		}
	}
	return v.back("/console/links", state, more)
}
