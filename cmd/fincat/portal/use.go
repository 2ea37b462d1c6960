package portal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/cmd/fincat/chart"
	"fincat/harvest/feed/croissant"
	"fincat/harvest/quality"
	"fincat/sparql/protocol"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// use is what people need who want to use a dataset.
type use struct {
	Fields   []field
	Typed    bool // the kinds of the fields are known
	Preview  *preview
	Snippets []snippet
	Cites    []snippet
	Why      []statedBy
}

// field is a column of the dataset's table.
type field struct {
	Name       string
	Identifies *value
	Kind       string // in words
	Values     string // how many cells have something in them
	Missing    string
	Distinct   string
	Span       string // from the least to the largest value
}

// preview are the first rows of a file.
type preview struct {
	URL, Format, Rows, Checked string
	Columns                    []string
	Cells                      [][]string
	Masked                     []string
	More                       int // columns that are left out
	Others                     []value
}

// snippet is a text to be copied.
type snippet struct{ Name, Text string }

// useOf returns what helps to use a dataset; quads are its description.
func useOf(p *Portal, rd *reader, page *resourcePage, iri, file string, quads []term.Quad) (*use, error) {
	path, ok := strings.CutPrefix(iri, rd.base+"dataset/")
	if !ok {
		return nil, nil
	}
	columns, err := croissant.Columns(rd.ctx, rd.sn, p.Base.ColumnsGraph(path))
	if err != nil {
		return nil, err
	}
	result, err := quality.ResultOf(rd.sn, iri)
	if err != nil {
		return nil, err
	}
	u := &use{Snippets: snippets(rd.base, iri, page), Cites: citations(rd, page, iri, quads),
		Why: whyOf(rd, iri, quads)}
	shown, err := result.Preview(file)
	if err != nil {
		return nil, &protocol.Problem{Status: http.StatusBadRequest, Detail: err.Error()}
	}
	if shown.Sample != nil {
		u.Preview = previewOf(rd, page, &shown)
		u.Snippets = append(u.Snippets, snippet{"HTML", embedding(rd, page, file, "table")})
		if _, err := drawn(&resourcePage{frame: page.frame, Use: u}, chart.Options{}); err == nil {
			u.Snippets = append(u.Snippets, snippet{"HTML · " + rd.f.L.T("embed.chart"),
				embedding(rd, page, file, "chart")})
		}
	}
	var found []quality.Column
	if result != nil {
		for _, x := range result.Resources {
			if x.URL == shown.URL {
				found = x.Columns
			}
		}
	}
	u.fields(rd, columns, found)
	return u, nil
}

// fields lists the columns that the source describes, or else those of the file, with what
// the checks found in them.
func (u *use) fields(rd *reader, columns []croissant.Column, found []quality.Column) {
	stats := map[string]quality.Column{}
	for _, c := range found {
		stats[c.Name] = c
		if len(columns) == 0 {
			u.Fields = append(u.Fields, field{Name: c.Name})
		}
	}
	for _, c := range columns {
		f := field{Name: c.Name}
		if c.Identifies != "" {
			v := rd.value(term.NewIRI(c.Identifies))
			f.Identifies = &v
		}
		u.Fields = append(u.Fields, f)
	}
	for i := range u.Fields {
		f := &u.Fields[i]
		if c, ok := stats[f.Name]; ok {
			u.Typed = true
			f.Kind = rd.f.L.label("kind.of."+c.Type, c.Type)
			f.Values, f.Missing = rd.f.L.Number(c.Values), rd.f.L.Number(c.Missing)
			if c.Distinct > 0 {
				f.Distinct = rd.f.L.Number(c.Distinct)
			}
			if f.Span = c.Least; c.Most != c.Least {
				f.Span += " – " + c.Most
			}
		}
	}
}

// embedding is what another site writes to show the first rows of a file as a table or chart, which
// have addresses of their own that may be framed.
func embedding(rd *reader, page *resourcePage, file, as string) string {
	v := url.Values{"embed": {as}, "lang": {rd.f.L.Param}}
	if file != "" {
		v.Set("file", file)
	}
	const frame = `<iframe src="%s" title="%s" width="100%%" height="320" loading="lazy"></iframe>`
	return fmt.Sprintf(frame, html.EscapeString(page.IRI+"?"+v.Encode()), html.EscapeString(page.Title))
}

// drawn is the chart of the first rows of a file. Columns with personal data are not in it.
func drawn(page *resourcePage, o chart.Options) ([]byte, error) {
	shown := page.Use.Preview
	t := chart.Table{Rows: make([][]string, len(shown.Cells))}
	for i, name := range shown.Columns {
		if slices.Contains(shown.Masked, name) {
			continue
		}
		t.Columns = append(t.Columns, name)
		for j, row := range shown.Cells {
			cell := ""
			if i < len(row) {
				cell = row[i]
			}
			t.Rows[j] = append(t.Rows[j], cell)
		}
	}
	o.Title, o.Link = page.Title, page.IRI
	return chart.Draw(t, o)
}

// previewOf shows the rows that the checks kept of a file.
func previewOf(rd *reader, page *resourcePage, shown *quality.Preview) *preview {
	out := &preview{URL: shown.URL, Format: shown.Format, Columns: shown.Sample.Columns, Cells: shown.Sample.Rows,
		Masked: shown.Sample.Masked, More: shown.Sample.More}
	if shown.Count != nil {
		out.Rows = rd.f.L.Number(*shown.Count)
	}
	if t, err := time.Parse(time.RFC3339, shown.Checked); err == nil {
		out.Checked = dayOf(t)
	}
	for _, other := range shown.Others {
		at := rd.f.with(strings.TrimPrefix(page.IRI, strings.TrimSuffix(rd.base, "/")), url.Values{"file": {other}})
		out.Others = append(out.Others, value{Text: other, Href: at + "#preview"})
	}
	return out
}

// snippets show how programs get the first file of a dataset, and ask about it.
func snippets(base, iri string, page *resourcePage) (out []snippet) {
	file, format := "", ""
	for _, d := range page.Distributions {
		for _, a := range d.Addresses {
			if a.Outside && (file == "" || strings.EqualFold(d.Format, "csv") && !strings.EqualFold(format, "csv")) {
				file, format = a.Href, d.Format
			}
		}
	}
	if file != "" {
		out = fetching(file, strings.ToLower(format))
	}
	ask := fmt.Sprintf("# %ssparql\nSELECT ?property ?value WHERE {\n  <%s> ?property ?value\n}", base, iri)
	return append(out, snippet{"SPARQL", ask})
}

// fetching shows how programs get a file.
func fetching(file, format string) []snippet {
	quoted := strconv.QuoteToASCII(file)
	shell := "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	curl := "curl -L -O " + shell
	python := "import urllib.request\ndata = urllib.request.urlopen(" + quoted + ").read()"
	r := "download.file(" + quoted + ", \"data\", mode = \"wb\")"
	switch format {
	case "csv":
		python = "import pandas as pd\ntable = pd.read_csv(" + quoted + ", dtype=str)\nprint(table.head())"
		r = "table <- read.csv(" + quoted + ", colClasses = \"character\")\nhead(table)"
	case "json":
		python = "import json, urllib.request\ndata = json.load(urllib.request.urlopen(" + quoted + "))"
		r = "library(jsonlite)\ndata <- fromJSON(" + quoted + ")"
	case "xlsx":
		python = "import pandas as pd\ntable = pd.read_excel(" + quoted + ", dtype=str)\nprint(table.head())"
		r = "library(readxl)\ndownload.file(" + quoted +
			", \"data.xlsx\", mode = \"wb\")\ntable <- read_excel(\"data.xlsx\")"
	}
	return []snippet{{"curl", curl}, {"Python", python}, {"R", r}}
}

// citations say how the dataset is cited: as text and for programs that keep references.
func citations(rd *reader, page *resourcePage, iri string, quads []term.Quad) []snippet {
	publisher, modified := "", ""
	for _, q := range quads {
		if q.Subject.Value() != iri {
			continue
		}
		switch q.Predicate.Value() {
		case vocab.DCTPublisher:
			if q.Object.IsIRI() {
				publisher = cmp.Or(publisher, rd.label(q.Object.Value()))
			}
		case vocab.DCTModified:
			day, _, _ := strings.Cut(q.Object.Value(), "T")
			modified = max(modified, day)
		}
	}
	year := "n.d."
	if len(modified) >= 4 {
		year = modified[:4]
	}
	accessed := time.Now().In(taipei).Format(time.DateOnly)
	key := strings.Map(func(r rune) rune {
		if r < 128 && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '_'
	}, strings.TrimPrefix(iri, rd.base+"dataset/"))
	line := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	title, by := line(page.Title), line(publisher)
	tex := func(s string) string { return strings.NewReplacer(`\`, "", "{", "", "}", "").Replace(s) }
	text := fmt.Sprintf("%s (%s). %s [%s]. %s", cmp.Or(by, rd.f.L.T("site")), year, title, rd.f.L.T("cite.kind"), iri)
	bib := fmt.Sprintf("@misc{%s,\n  title = {{%s}},\n  author = {{%s}},\n  year = {%s},\n  url = {%s},\n"+
		"  urldate = {%s}\n}",
		key, tex(title), tex(by), year, iri, accessed)
	ris := fmt.Sprintf("TY  - DATA\nTI  - %s\nAU  - %s\nPY  - %s\nUR  - %s\nY2  - %s\nER  - ", title, by, year, iri,
		accessed)
	item := map[string]any{"id": key, "type": "dataset", "title": title, "URL": iri,
		"author": []any{map[string]any{"literal": by}}, "accessed": map[string]any{"raw": accessed}}
	if modified != "" {
		item["issued"] = map[string]any{"raw": modified}
	}
	csl, err := json.MarshalIndent([]any{item}, "", "  ")
	if err != nil {
		csl = nil // texts are always JSON
	}
	return []snippet{{rd.f.L.T("cite.text"), text}, {"BibTeX", bib}, {"RIS", ris}, {"CSL-JSON", string(csl)}}
}

// statedBy are the statements of one graph about a dataset, and why they are there.
type statedBy struct {
	Graph      value
	Run        *value
	Source     *value
	Statements []statement
	More       int
}

type statement struct {
	Subject, Property string
	Value             value
}

// maxStated is how many statements of a graph a page shows.
const maxStated = 200

// whyOf tells for each statement of a description in which graph it is, from which run and
// address that came, or that the catalogue derived it.
func whyOf(rd *reader, iri string, quads []term.Quad) (out []statedBy) {
	at := map[term.Term]int{}
	for _, q := range quads {
		i, ok := at[q.Graph]
		if !ok {
			i = len(out)
			at[q.Graph] = i
			out = append(out, statedBy{Graph: value{Text: rd.f.L.T("why.default")}})
			if q.Graph.IsIRI() {
				out[i].Graph = rd.raw(q.Graph)
			}
		}
		g := &out[i]
		switch v := rd.raw(q.Object); q.Predicate.Value() {
		case vocab.PROVWasGeneratedBy:
			g.Run = &v
		case vocab.PROVHadPrimarySource:
			g.Source = &v
		}
		if len(g.Statements) == maxStated {
			g.More++
			continue
		}
		s := statement{Subject: rd.short(q.Subject.Value()), Property: rd.label(q.Predicate.Value()),
			Value: rd.raw(q.Object)}
		if q.Subject.Value() == iri {
			s.Subject = ""
		}
		g.Statements = append(g.Statements, s)
	}
	slices.SortStableFunc(out, func(a, b statedBy) int { return cmp.Compare(own(a.Graph.Text), own(b.Graph.Text)) })
	return out
}

// own tells graphs that the catalogue made itself from those of records, which come first.
func own(graph string) int {
	if _, ok := dcat.OwnGraphOf(graph); ok {
		return 1
	}
	return 0
}
