package feed

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/harvest/feed/solr"
	"fincat/harvest/search"
	"fincat/vocab/dcat"
)

// ckanFields are the fields of q and fq. A word alone is looked for in the titles, unless q has no
// other than such words, see [solr.Plain].
var ckanFields = solr.Schema{
	"": solr.Text, "text": solr.Text, "title": solr.Text, "id": solr.Exact, "name": solr.Exact,
	"organization": solr.Exact, "owner_org": solr.Exact, "groups": solr.Exact, "tags": solr.Exact,
	"res_format": solr.Exact, "license_id": solr.Exact, "owner": solr.Exact, "source": solr.Exact,
	"state": solr.Exact, "type": solr.Exact, "dataset_type": solr.Exact, "capacity": solr.Exact,
	"metadata_created": solr.Time, "metadata_modified": solr.Time,
}

// ckanDocument is a dataset of the listing as q, fq, facets and sort see it.
type ckanDocument struct {
	base dcat.Base
	d    *listing.Dataset
}

// Values returns the values of a field.
func (x ckanDocument) Values(field string) []string {
	switch field {
	case "", "text", "title":
		return []string{x.d.Titles()}
	case "id", "name":
		return []string{ckanID(x.base, x.d)}
	case "organization", "owner_org":
		return each(x.d.Publishers, x.organisation)
	case "owner":
		return each(x.d.Owners, x.organisation)
	case "groups":
		return each(x.d.Themes, func(iri string) string {
			id, ok := ckanTheme(x.base, iri)
			if !ok {
				return ""
			}
			return id
		})
	case "tags":
		return x.d.Keywords
	case "res_format":
		return each(x.d.Formats, shortName)
	case "license_id":
		return each(x.d.Licences, func(iri string) string {
			l, _ := dcat.LicenceOf(iri)
			return l.Code
		})
	case "source":
		return each(x.d.Sources, func(iri string) string {
			return strings.TrimPrefix(iri, x.base.SourceCatalog(""))
		})
	}
	return ckanConstants[field]
}

func (x ckanDocument) organisation(iri string) string { return ckanOrganisation(x.base, iri) }

// ckanConstants are what every dataset has: none is a draft, and none private.
var ckanConstants = map[string][]string{
	"state": {"active"}, "type": {"dataset"}, "dataset_type": {"dataset"}, "capacity": {"public"},
}

// Time returns when the dataset came, or when its last change was seen here: who asks for
// what has changed since the last visit misses nothing.
func (x ckanDocument) Time(field string) time.Time {
	if field == "metadata_created" {
		return x.d.Created
	}
	return x.d.Second()
}

// each maps a list, without what becomes empty.
func each(list []string, f func(string) string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = f(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func ckanID(b dcat.Base, d *listing.Dataset) string {
	path, _ := d.Path(b)
	return strings.Replace(path, "/", ckanSeparator, 1)
}

// packages are the datasets that have a name in CKAN, those with an IRI of ours, as a list of its own.
func (c *ckanCall) packages(list []*listing.Dataset) []*listing.Dataset {
	return slices.DeleteFunc(slices.Clone(list), func(d *listing.Dataset) bool {
		_, ok := d.Path(c.h.Base)
		return !ok
	})
}

// ckanFound is the result of package_search.
type ckanFound struct {
	Count   int                       `json:"count"`
	Sort    string                    `json:"sort"`
	Results []*ckanPackage            `json:"results"`
	Facets  map[string]map[string]int `json:"facets"`
	Items   map[string]*ckanFacet     `json:"search_facets"`
}

// packageSearch answers package_search. The parameters that ask for drafts, deleted and
// private datasets select nothing more, since there are none.
func (c *ckanCall) packageSearch() (any, error) {
	rows, err := c.number("rows", 10, maxPageSize)
	if err != nil {
		return nil, err
	}
	start, err := c.number("start", 0, maxStart)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"include_drafts", "include_private", "include_deleted", "use_default_schema"} {
		if _, err := c.truth(name, false); err != nil {
			return nil, err
		}
	}
	query, words, err := c.selection()
	if err != nil {
		return nil, err
	}
	if err := c.readRecords(); err != nil {
		return nil, err
	}
	all := c.list.Live
	if words != "" {
		sn, table, err := c.h.Finder.Current(c.ctx)
		if err != nil {
			return nil, err
		}
		defer sn.Close()
		own := *c.reader
		own.sn, own.list = sn, table.List
		c.reader = &own
		if all, err = c.ranked(table, words); err != nil {
			return nil, err
		}
	}
	found := slices.DeleteFunc(c.packages(all), func(d *listing.Dataset) bool {
		return !query.Matches(ckanDocument{c.h.Base, d})
	})
	found = c.records(found)
	out := &ckanFound{Count: len(found), Results: []*ckanPackage{}}
	if out.Facets, out.Items, err = c.facets(found); err != nil {
		return nil, err
	}
	if found, out.Sort, err = c.sorted(found); err != nil {
		return nil, err
	}
	found = found[min(start, len(found)):]
	out.Results, err = c.whole(found[:min(rows, len(found))])
	return out, err
}

// readRecords reads the parameter records.
func (c *ckanCall) readRecords() error {
	v, err := c.text("records")
	if err != nil {
		return err
	}
	if c.merged, err = mergedRecords(v); err != nil {
		return ckanInvalid("records", "%v", err)
	}
	return nil
}

const maxStart = 1 << 31

// whole reads datasets.
func (c *ckanCall) whole(list []*listing.Dataset) ([]*ckanPackage, error) {
	out := []*ckanPackage{}
	err := c.entries(list, func(e *entry) error {
		p, err := c.ckan(e)
		out = append(out, p)
		return err
	})
	return out, err
}

// ranked returns the datasets that have all words, the best match first, as the pages find them.
func (c *ckanCall) ranked(table *search.Table, words string) ([]*listing.Dataset, error) {
	found, err := table.Find(search.Query{Text: words, Order: search.ByRelevance, Apart: true, Most: len(c.list.Live)})
	if err != nil {
		return nil, &ckanFault{status: http.StatusConflict, kind: "Search Query Error", text: err.Error()}
	}
	c.rank = make(map[string]int, len(found.Found))
	for i, x := range found.Found {
		c.rank[x.IRI] = i
	}
	return found.Datasets(), nil
}

// selection reads q, fq and fq_list; words is a q that is nothing else.
func (c *ckanCall) selection() (query solr.Query, words string, err error) {
	q, err := c.text("q")
	if err != nil {
		return solr.Query{}, "", err
	}
	if q == "*" {
		q = ""
	}
	if solr.Plain(q) {
		q, words = "", strings.TrimSpace(q)
	}
	texts := []string{q}
	for _, name := range []string{"fq", "fq_list"} {
		more, err := c.texts(name)
		if fq, ok := c.params[name].(string); ok && name == "fq" {
			more, err = []string{fq}, nil // a range begins with a bracket as a list does
		}
		if err != nil {
			return solr.Query{}, "", err
		}
		texts = append(texts, more...)
	}
	queries := make([]solr.Query, len(texts))
	for i, text := range texts {
		if queries[i], err = solr.Parse(text, ckanFields, time.Now()); err != nil {
			name := "fq"
			if i == 0 {
				name = "q"
			}
			return solr.Query{}, "", &ckanFault{status: http.StatusConflict, kind: "Search Query Error",
				text: name + ": " + err.Error()}
		}
	}
	return solr.And(queries...), words, nil
}

// ckanOrders are what datasets can be sorted by. Only a q of words ranks them.
var ckanOrders = map[string]func(c *ckanCall) func(a, b *listing.Dataset) int{
	"score": func(c *ckanCall) func(a, b *listing.Dataset) int {
		return func(a, b *listing.Dataset) int { return cmp.Compare(c.rank[b.IRI], c.rank[a.IRI]) }
	},
	"id": byName, "name": byName,
	"title": byTitle, "title_string": byTitle,
	"metadata_created": func(*ckanCall) func(a, b *listing.Dataset) int {
		return func(a, b *listing.Dataset) int { return a.Created.Compare(b.Created) }
	},
	"metadata_modified": func(*ckanCall) func(a, b *listing.Dataset) int {
		return func(a, b *listing.Dataset) int { return a.Second().Compare(b.Second()) }
	},
}

func byName(c *ckanCall) func(a, b *listing.Dataset) int {
	return func(a, b *listing.Dataset) int { return strings.Compare(ckanID(c.h.Base, a), ckanID(c.h.Base, b)) }
}

func byTitle(*ckanCall) func(a, b *listing.Dataset) int {
	return func(a, b *listing.Dataset) int { return strings.Compare(a.Titles(), b.Titles()) }
}

// sorted returns datasets in the sequence that the caller wants, and how that is called.
func (c *ckanCall) sorted(list []*listing.Dataset) ([]*listing.Dataset, string, error) {
	text, err := c.text("sort")
	if err != nil {
		return nil, "", err
	}
	if text == "" {
		text = "score desc, metadata_modified desc"
	}
	var orders []func(a, b *listing.Dataset) int
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(strings.ToLower(part))
		if len(words) == 1 {
			words = append(words, "asc")
		}
		if len(words) != 2 || ckanOrders[words[0]] == nil || words[1] != "asc" && words[1] != "desc" {
			return nil, "", &ckanFault{status: http.StatusConflict, kind: "Search Query Error",
				text: "sort: " + strconv.Quote(strings.TrimSpace(part)) + " is not understood; there are " +
					"id, name, title, metadata_created, metadata_modified and score, each with asc or desc"}
		}
		order := ckanOrders[words[0]](c)
		if words[1] == "desc" {
			ascending := order
			order = func(a, b *listing.Dataset) int { return ascending(b, a) }
		}
		orders = append(orders, order)
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *listing.Dataset) int {
		for _, order := range orders {
			if n := order(a, b); n != 0 {
				return n
			}
		}
		return cmp.Compare(a.IRI, b.IRI)
	})
	return list, text, nil
}

type (
	ckanFacet struct {
		Title string          `json:"title"`
		Items []ckanFacetItem `json:"items"`
	}
	ckanFacetItem struct {
		Name        string `json:"name"`
		DisplayName string `json:"display_name"`
		Count       int    `json:"count"`
	}
)

// ckanFacets are the fields that datasets are counted by.
var ckanFacets = []string{"organization", "groups", "tags", "res_format", "license_id", "owner", "source"}

// facets counts datasets by the fields that facet.field names.
func (c *ckanCall) facets(list []*listing.Dataset) (map[string]map[string]int, map[string]*ckanFacet, error) {
	facets, items := map[string]map[string]int{}, map[string]*ckanFacet{}
	wanted, err := c.truth("facet", true)
	fields, fault := c.texts("facet.field")
	limit, fault2 := c.facetLimit()
	least, fault3 := c.number("facet.mincount", 1, maxStart)
	if err := errors.Join(err, fault, fault2, fault3); err != nil || !wanted {
		return facets, items, err
	}
	for _, field := range fields {
		if !slices.Contains(ckanFacets, field) {
			return nil, nil, ckanInvalid("facet.field", "there is no facet %q; there are %q", field, ckanFacets)
		}
		counts := map[string]int{}
		for _, d := range list {
			for _, v := range (ckanDocument{c.h.Base, d}).Values(field) {
				counts[v]++
			}
		}
		facet := &ckanFacet{Title: field, Items: []ckanFacetItem{}}
		for name, n := range counts {
			if n >= least {
				facet.Items = append(facet.Items, ckanFacetItem{Name: name, Count: n})
			}
		}
		slices.SortFunc(facet.Items, func(a, b ckanFacetItem) int {
			return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name))
		})
		if limit >= 0 {
			facet.Items = facet.Items[:min(limit, len(facet.Items))]
		}
		facets[field] = make(map[string]int, len(facet.Items))
		for i := range facet.Items {
			x := &facet.Items[i]
			facets[field][x.Name] = x.Count
			if x.DisplayName, err = c.facetName(list, field, x.Name); err != nil {
				return nil, nil, err
			}
		}
		items[field] = facet
	}
	return facets, items, nil
}

// facetLimit is how many values of a facet are told; -1: all.
func (c *ckanCall) facetLimit() (int, error) {
	if s, err := c.text("facet.limit"); err == nil && s == "-1" {
		return -1, nil
	}
	return c.number("facet.limit", 50, maxStart)
}

// facetName is what people call a value of a facet of some datasets.
func (c *ckanCall) facetName(list []*listing.Dataset, field, value string) (string, error) {
	iri := ""
	switch field {
	case "organization":
		iri = c.organisation(list, value, func(d *listing.Dataset) []string { return d.Publishers })
	case "owner":
		iri = c.organisation(list, value, func(d *listing.Dataset) []string { return d.Owners })
	case "groups":
		iri = c.h.Base.Theme(value)
	case "source":
		iri = c.h.Base.SourceCatalog(value)
	case "license_id":
		l, _ := dcat.LicenceOf(value)
		return l.Title, nil
	}
	name, err := c.name(iri)
	return cmp.Or(name, value), err
}

// organisation returns the IRI of the organisation with a name.
func (c *ckanCall) organisation(list []*listing.Dataset, name string, of func(*listing.Dataset) []string) string {
	for _, d := range list {
		for _, iri := range of(d) {
			if ckanOrganisation(c.h.Base, iri) == name {
				return iri
			}
		}
	}
	return ""
}
