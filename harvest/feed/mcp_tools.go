package feed

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/harvest/queries"
	"fincat/harvest/search"
	"fincat/sparql"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Bounds of the answers to assistants, so that they fit into a context.
const (
	maxHits       = 50
	maxText       = 1500 // characters of one text
	maxFiles      = 20
	maxSolutions  = 200
	maxCharacters = 20_000 // of the solutions of a query

	assistantTimeout = 20 * time.Second // of a query
)

// assistant answers the tools from one state of the catalogue.
type assistant struct{ *reader }

type (
	hit struct {
		IRI       string   `json:"iri"`
		Title     string   `json:"title"`
		Publisher string   `json:"publisher,omitempty"`
		Licence   string   `json:"licence,omitempty" jsonschema:"IRI of the licence, or none is stated"`
		Formats   []string `json:"formats,omitempty"`
		Changed   string   `json:"changed,omitempty" jsonschema:"when the change was seen here"`
		Also      []string `json:"also,omitempty" jsonschema:"the same dataset elsewhere"`
	}
	count struct {
		ID       string `json:"id" jsonschema:"to filter by"`
		Name     string `json:"name"`
		Datasets int    `json:"datasets"`
	}
)

func wrongly(format string, args ...any) error { return askedWrongly{fmt.Errorf(format, args...)} }

// short cuts a text that is long for a context.
func short(s string) string {
	if runes := []rune(s); len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return s
}

// hits describes datasets in a few words.
func (a *assistant) hits(list []*listing.Dataset) ([]hit, error) {
	out := []hit{}
	err := a.entries(list, func(e *entry) error {
		publisher, err := a.name(e.publisher)
		x := hit{IRI: e.IRI, Title: short(e.title()), Publisher: cmp.Or(publisher, e.publisher), Licence: e.License}
		x.Also = append(a.also(e.IRI), e.origins()...)
		if d := a.list.Find(e.IRI); d != nil {
			x.Formats, x.Changed = each(d.Formats, shortName), d.Second().UTC().Format("2006-01-02")
			if x.Licence == "" && len(d.Licences) > 0 {
				x.Licence = d.Licences[0]
			}
		}
		out = append(out, x)
		return err
	})
	return out, err
}

type (
	searchInput struct {
		Q         string `json:"q,omitempty" jsonschema:"words that a dataset has, such as 保險 or t187ap37_L"`
		Publisher string `json:"publisher,omitempty" jsonschema:"id of who publishes or makes it, such as twse"`
		Source    string `json:"source,omitempty" jsonschema:"id of a source"`
		Sector    string `json:"sector,omitempty" jsonschema:"banking, securities-futures or insurance"`
		Theme     string `json:"theme,omitempty" jsonschema:"id of a theme"`
		Format    string `json:"format,omitempty" jsonschema:"such as CSV or JSON"`
		Since     string `json:"modified_since,omitempty" jsonschema:"date such as 2026-01-31"`
		Limit     int    `json:"limit,omitempty" jsonschema:"at most 50; default 10"`
		Offset    int    `json:"offset,omitempty" jsonschema:"leave out so many"`
	}
	searchOutput struct {
		Total    int   `json:"total" jsonschema:"datasets, however many sources describe each"`
		Records  int   `json:"records" jsonschema:"descriptions of them by the sources"`
		Datasets []hit `json:"datasets"`
	}
)

func (a *assistant) search(in searchInput) (searchOutput, error) {
	v := url.Values{}
	for name, value := range map[string]string{"q": in.Q, "publisher": in.Publisher, "source": in.Source,
		"sector": in.Sector, "theme": in.Theme, "format": in.Format, "modified_since": in.Since} {
		if value != "" {
			v.Set(name, value)
		}
	}
	filter, err := queries.ParseFilter(a.h.Base, v)
	if err == nil {
		_, err = search.Words(in.Q)
	}
	if err != nil {
		return searchOutput{}, askedWrongly{err}
	}
	if in.Limit < 0 || in.Offset < 0 {
		return searchOutput{}, wrongly("limit and offset are numbers from 0")
	}
	q := search.Selecting(filter)
	q.Text, q.First, q.Most = in.Q, in.Offset, min(cmp.Or(in.Limit, 10), maxHits)
	if q.Order = search.ByRelevance; strings.TrimSpace(in.Q) == "" {
		q.Order = search.ByRecency
	}
	sn, table, err := a.h.Finder.Current(a.ctx)
	if err != nil {
		return searchOutput{}, err
	}
	defer sn.Close()
	found, err := table.Find(q)
	if err != nil {
		return searchOutput{}, err
	}
	out := searchOutput{Total: found.Total, Records: found.Records}
	out.Datasets, err = (&assistant{a.h.reader(a.ctx, sn, table.List)}).hits(found.Datasets())
	return out, err
}

type (
	datasetInput struct {
		IRI string `json:"iri" jsonschema:"IRI of the dataset, or source/identifier such as twse/123"`
	}
	file struct {
		Title  string `json:"title,omitempty"`
		Format string `json:"format,omitempty"`
		URL    string `json:"url"`
		Bytes  string `json:"bytes,omitempty"`
	}
	joinKey struct {
		On       string `json:"on" jsonschema:"id of what its columns identify"`
		Name     string `json:"name"`
		Datasets int    `json:"datasets" jsonschema:"others that can be joined on it"`
	}
	datasetOutput struct {
		hit
		Identifier  string            `json:"identifier,omitempty"`
		Description string            `json:"description"`
		Owner       string            `json:"owner,omitempty" jsonschema:"who makes it, when not the publisher"`
		Frequency   string            `json:"frequency,omitempty"`
		LandingPage string            `json:"landing_page,omitempty"`
		Keywords    []string          `json:"keywords,omitempty"`
		Fields      string            `json:"fields,omitempty"`
		Files       []file            `json:"files"`
		MoreFiles   int               `json:"more_files,omitempty"`
		Quality     map[string]string `json:"quality,omitempty" jsonschema:"badge and indicators, as measured"`
		Joins       []joinKey         `json:"joins,omitempty"`
	}
)

// find returns the dataset that an IRI, or source and identifier, names.
func (a *assistant) find(name string) (*listing.Dataset, error) {
	iri := name
	if !strings.Contains(name, "://") {
		iri = string(a.h.Base) + "dataset/" + strings.TrimPrefix(strings.TrimPrefix(name, "/"), "dataset/")
	}
	if d := a.list.Find(iri); d != nil && !d.Removed {
		return d, nil
	}
	return nil, wrongly("the catalogue has no dataset %q; search finds them", name)
}

func (a *assistant) dataset(in datasetInput) (datasetOutput, error) {
	var out datasetOutput
	d, err := a.find(in.IRI)
	if err != nil {
		return out, err
	}
	few, err := a.hits([]*listing.Dataset{d})
	if err != nil || len(few) == 0 {
		return out, err
	}
	e, err := a.entry(d.IRI)
	if err != nil || e == nil {
		return out, err
	}
	out = datasetOutput{hit: few[0], Identifier: e.Identifier, Description: short(e.text()), Keywords: e.keywords(),
		Frequency: e.FrequencyAs, Fields: short(dcat.Best(e.Fields, dcat.ZHTW)), Files: []file{}}
	if e.owner != e.publisher {
		if out.Owner, err = a.name(e.owner); err != nil {
			return out, err
		}
	}
	if out.Frequency == "" {
		if out.Frequency, err = a.name(e.Frequency); err != nil {
			return out, err
		}
	}
	if len(e.LandingPage) > 0 {
		out.LandingPage = e.LandingPage[0]
	}
	for i := range e.Distribution {
		x := &e.Distribution[i]
		if i == maxFiles {
			out.MoreFiles = len(e.Distribution) - maxFiles
			break
		}
		title := short(dcat.Best(x.Title, dcat.ZHTW))
		out.Files = append(out.Files, file{title, formatName(x), address(x), x.ByteSize})
	}
	if err := a.measured(d.IRI, &out); err != nil {
		return out, err
	}
	return out, err
}

// measured adds what the checks found, and what the dataset can be joined on.
func (a *assistant) measured(iri string, out *datasetOutput) error {
	about := struct{ Resource term.Term }{term.NewIRI(iri)}
	err := a.named("measurements", about, func(row []term.Term) error {
		if out.Quality == nil {
			out.Quality = map[string]string{}
		}
		out.Quality[shortName(row[0].Value())] = row[1].Value()
		return nil
	})
	if err != nil {
		return err
	}
	return a.named("joins", about, func(row []term.Term) error {
		name, err := a.name(row[0].Value())
		n, _ := strconv.Atoi(row[1].Value())
		out.Joins = append(out.Joins, joinKey{shortName(row[0].Value()), name, n})
		return err
	})
}

// named runs a named query.
func (a *assistant) named(name string, params any, f func([]term.Term) error) error {
	text, err := a.h.Queries.Text(name, params)
	if err != nil {
		return err
	}
	res, err := a.h.Engine.Query(a.ctx, text, sparql.QueryOptions{AtSeq: a.sn.Seq()})
	if err != nil {
		return err
	}
	defer res.Close()
	for row, err := range res.Solutions() {
		if err == nil {
			err = f(row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type (
	nothing             struct{}
	organisationsOutput struct {
		Organisations []count `json:"organisations"`
		More          int     `json:"more,omitempty" jsonschema:"how many with fewer datasets are not listed"`
	}
)

// maxCounts is how many values of a kind an answer lists.
const maxCounts = 100

// counts counts the datasets of each value, those with most first.
func (a *assistant) counts(most int, of func(*listing.Dataset) []string) (out []count, more int, err error) {
	byIRI := a.list.Count(a.list.Live, false, of)
	iris := slices.SortedFunc(maps.Keys(byIRI), func(x, y string) int {
		return cmp.Or(byIRI[y]-byIRI[x], strings.Compare(x, y))
	})
	more = max(0, len(iris)-most)
	for _, iri := range iris[:len(iris)-more] {
		name, err := a.name(iri)
		if err != nil {
			return nil, 0, err
		}
		id := iri
		if strings.HasPrefix(iri, string(a.h.Base)) || name == "" {
			id = shortName(iri)
		}
		out = append(out, count{id, cmp.Or(name, id), byIRI[iri]})
	}
	return out, more, nil
}

func (a *assistant) organisations(nothing) (out organisationsOutput, err error) {
	out.Organisations, out.More, err = a.counts(maxCounts, func(d *listing.Dataset) []string { return d.Publishers })
	return out, err
}

type (
	question struct {
		Name string `json:"name"`
		ZH   string `json:"zh"`
		Text string `json:"sparql"`
	}
	overviewOutput struct {
		Title      string     `json:"title"`
		Datasets   int        `json:"datasets" jsonschema:"however many sources describe each"`
		Records    int        `json:"records" jsonschema:"descriptions of them by the sources"`
		Publishers []count    `json:"publishers"`
		Sources    []count    `json:"sources"`
		Themes     []count    `json:"themes"`
		Formats    []count    `json:"formats"`
		Joins      []joinKey  `json:"joins" jsonschema:"what datasets can be joined on"`
		Questions  []question `json:"questions" jsonschema:"examples for the tool sparql"`
	}
)

func (a *assistant) overview(nothing) (out overviewOutput, err error) {
	if out.Title, err = a.name(a.h.Base.Catalog()); err != nil {
		return out, err
	}
	out.Datasets, out.Records = len(a.list.Merged(a.list.Live)), len(a.list.Live)
	for _, x := range []struct {
		into *[]count
		most int
		of   func(*listing.Dataset) []string
	}{
		{&out.Publishers, 15, func(d *listing.Dataset) []string { return d.Publishers }},
		{&out.Sources, 30, func(d *listing.Dataset) []string { return d.Sources }},
		{&out.Themes, 20, func(d *listing.Dataset) []string { return d.Themes }},
		{&out.Formats, 10, func(d *listing.Dataset) []string { return d.Formats }},
	} {
		if *x.into, _, err = a.counts(x.most, x.of); err != nil {
			return out, err
		}
	}
	err = a.named("identifiers", nil, func(row []term.Term) error {
		name, err := a.name(row[0].Value())
		n, _ := strconv.Atoi(row[1].Value())
		out.Joins = append(out.Joins, joinKey{shortName(row[0].Value()), name, n})
		return err
	})
	for _, name := range []string{"datasets-per-publisher", "formats", "joinable", "missing-at-portal"} {
		if x, ok := a.h.Queries.Example(name); ok {
			out.Questions = append(out.Questions, question{x.Name, x.ZH, x.Text})
		}
	}
	return out, err
}

type (
	joinableInput struct {
		Dataset string `json:"dataset,omitempty" jsonschema:"IRI of a dataset: what joins with it"`
		On      string `json:"on,omitempty" jsonschema:"id or IRI of an identifier: what joins on it"`
	}
	joinableOutput struct {
		On []joined `json:"on"`
	}
	joined struct {
		joinKey
		With []hit `json:"with"`
	}
)

func (a *assistant) joinable(in joinableInput) (out joinableOutput, err error) {
	var keys []string
	switch {
	case (in.Dataset == "") == (in.On == ""):
		return out, wrongly("give a dataset or an identifier")
	case in.On != "":
		if !strings.Contains(in.On, "://") {
			in.On = a.h.Base.Identifier(in.On)
		}
		if term.CheckIRI(in.On) != nil {
			return out, wrongly("%q is no identifier; overview lists them", in.On)
		}
		keys = []string{in.On}
	default:
		d, err := a.find(in.Dataset)
		if err != nil {
			return out, err
		}
		in.Dataset = d.IRI
		err = a.named("joins", struct{ Resource term.Term }{term.NewIRI(d.IRI)}, func(row []term.Term) error {
			keys = append(keys, row[0].Value())
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	out.On = []joined{}
	for _, key := range keys {
		x, err := a.joined(key, in.Dataset)
		if err != nil {
			return out, err
		}
		out.On = append(out.On, x)
	}
	return out, nil
}

// joined lists datasets that can be joined on something, other than one.
func (a *assistant) joined(key, other string) (joined, error) {
	name, err := a.name(key)
	out := joined{joinKey: joinKey{On: shortName(key), Name: name}, With: []hit{}}
	if err != nil {
		return out, err
	}
	var with []*listing.Dataset
	err = a.named("joins-on", struct {
		Resource term.Term
		Limit    int
	}{term.NewIRI(key), len(a.list.Live) + 1}, func(row []term.Term) error {
		if d := a.list.Find(row[0].Value()); d != nil && !d.Removed && d.IRI != other {
			with = append(with, d)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Datasets = len(with)
	out.With, err = a.hits(with[:min(len(with), maxHits)])
	return out, err
}

type (
	sparqlInput struct {
		Query string `json:"query" jsonschema:"a query in SPARQL 1.1"`
	}
	sparqlOutput struct {
		Vars      []string   `json:"vars,omitempty"`
		Rows      [][]string `json:"rows,omitempty" jsonschema:"a value for each variable, empty where there is none"`
		Boolean   *bool      `json:"boolean,omitempty"`
		Triples   []string   `json:"triples,omitempty" jsonschema:"in N-Triples"`
		Truncated bool       `json:"truncated,omitempty" jsonschema:"there are more; use LIMIT and OFFSET"`
	}
)

func (a *assistant) sparql(in sparqlInput) (out sparqlOutput, err error) {
	res, err := a.h.Engine.Query(a.ctx, in.Query, sparql.QueryOptions{AtSeq: a.sn.Seq(), Timeout: assistantTimeout})
	if err != nil {
		return out, queryFault(err)
	}
	defer res.Close()
	size := 0
	full := func(n int, text ...string) bool {
		for _, s := range text {
			size += len(s)
		}
		out.Truncated = n >= maxSolutions || size > maxCharacters
		return out.Truncated
	}
	switch res.Form() {
	case sparql.Ask:
		found, err := res.Boolean()
		out.Boolean = &found
		return out, queryFault(err)
	case sparql.Select:
		out.Vars = res.Vars()
		for row, err := range res.Solutions() {
			if err != nil {
				return out, queryFault(err)
			}
			values := make([]string, len(row))
			for i, t := range row {
				values[i] = short(plain(t))
			}
			if full(len(out.Rows), values...) {
				break
			}
			out.Rows = append(out.Rows, values)
		}
		return out, nil
	}
	for q, err := range res.Quads() {
		if err != nil {
			return out, queryFault(err)
		}
		line := q.Triple().String()
		if full(len(out.Triples), line) {
			break
		}
		out.Triples = append(out.Triples, line)
	}
	return out, nil
}

// plain is a value without the signs around it, which an assistant needs less than room.
func plain(t term.Term) string {
	if t.IsZero() {
		return ""
	}
	return t.Value()
}
