package portal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"fincat/cmd/fincat/editor"
	"fincat/harvest/queries"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/sparql/results"
	"fincat/store"
	"fincat/vocab/rdfio"
)

const (
	shownSolutions = 200
	shownTriples   = 1_000
	maxQueryText   = 32 << 10 // bytes; longer ones belong to /sparql
)

type queryPage struct {
	frame
	Query    string
	Examples []exampleGroup
	Problem  *struct{ Title, Detail string }
	Result   *resultView
	Words    string // of the editor, in JSON by key
	Saves    bool   // the visitor may save queries
}

// exampleGroup is examples about one matter.
type exampleGroup struct {
	Label    string
	Examples []alternate
}

// editorOf puts on a query page what the editor needs.
func editorOf(p *Portal, page *queryPage) error {
	page.Script, page.Style, page.Nonce = p.editor.Script(), p.editor.Style(), rand.Text()
	words := map[string]string{}
	for _, w := range editorWords {
		words[w.key] = w.en
		if page.L.Param == "zh" {
			words[w.key] = w.zh
		}
	}
	text, err := json.Marshal(words)
	page.Words = string(text)
	return err
}

// examplesOf returns the examples by what they are about.
func examplesOf(p *Portal, page *queryPage) []exampleGroup {
	var out []exampleGroup
	for _, name := range queries.Groups {
		group := exampleGroup{Label: page.L.T("examples." + name)}
		for _, e := range p.Queries.Examples() {
			if e.Group != name {
				continue
			}
			label := e.EN
			if page.L.Param == "zh" {
				label = e.ZH
			}
			group.Examples = append(group.Examples,
				alternate{Href: page.with("/query", url.Values{"example": {e.Name}}), Label: label})
		}
		out = append(out, group)
	}
	return out
}

// namer names resources for the editor.
type namer struct{ rd *reader }

func namerOf(p *Portal) func(*http.Request, *store.Snapshot) editor.Namer {
	return func(r *http.Request, sn *store.Snapshot) editor.Namer {
		return namer{p.reader(r.Context(), sn, p.frame(r, sn, "query"))}
	}
}

// Short implements [editor.Namer].
func (n namer) Short(iri string) string { return n.rd.short(iri) }

// Label implements [editor.Namer].
func (n namer) Label(iri string) string {
	if l := n.rd.label(iri); l != n.rd.short(iri) {
		return l
	}
	return ""
}

// Href implements [editor.Namer].
func (n namer) Href(iri string) (href string, outside bool) { return n.rd.href(iri) }

// resultView is the answer to a query as a page shows it.
type resultView struct {
	Status    string
	Vars      []string
	Rows      [][]value
	Text      string
	Downloads []alternate
	Seconds   float64 // that finding it took
}

// query shows the form and, when there is a query, its answer.
func (p *Portal) query(w http.ResponseWriter, r *http.Request) {
	sn, err := p.Store.Snapshot()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	page := &queryPage{frame: p.frame(r, sn, "query")}
	page.Title = page.L.T("query.title")
	if p.Accounts != nil {
		_, page.Saves = p.Accounts.Identify(r)
		w.Header().Add("Vary", "Cookie")
	}
	page.Examples = examplesOf(p, page)
	if err := editorOf(p, page); err != nil {
		p.fail(w, r, err)
		return
	}
	page.Query = r.URL.Query().Get("query")
	run := page.Query != ""
	if e, ok := p.Queries.Example(r.URL.Query().Get("example")); ok && !run {
		page.Query, run = e.Text, true
	}
	status := http.StatusOK
	switch {
	case !run:
		if e, ok := p.Queries.Example(exampleOnHome); ok {
			page.Query = e.Text
		}
	case len(page.Query) > maxQueryText || !utf8.ValidString(page.Query):
		err = &protocol.Problem{Status: http.StatusBadRequest,
			Detail: fmt.Sprintf("a query in this form is UTF-8 and at most %d bytes long", maxQueryText)}
	default:
		page.Result, err = p.answer(r.Context(), p.reader(r.Context(), sn, page.frame), page.Query)
	}
	if err != nil {
		problem := protocol.ProblemOf(err)
		if problem.Status >= http.StatusInternalServerError {
			p.Logger.WarnContext(r.Context(), "query page", "status", problem.Status, "error", err)
		}
		status = problem.Status
		page.Problem = &struct{ Title, Detail string }{page.L.T("query.failed"), problem.Detail}
	}
	p.render(w, r, status, "query", page)
}

// answer runs a visitor's query.
func (p *Portal) answer(ctx context.Context, rd *reader, text string) (*resultView, error) {
	res, err := p.Engine.Query(ctx, text, sparql.QueryOptions{Base: string(p.Base), Timeout: p.QueryTimeout})
	if err != nil {
		return nil, err
	}
	defer res.Close()
	start, v := time.Now(), &resultView{}
	defer func() { v.Seconds = time.Since(start).Seconds() }()
	switch res.Form() {
	case sparql.Ask:
		yes, err := res.Boolean()
		if err != nil {
			return nil, err
		}
		v.Status = rd.f.L.T(map[bool]string{true: "query.true", false: "query.false"}[yes])
		v.Downloads = downloads(text, results.JSON.Name(), results.XML.Name())
	case sparql.Select:
		if err := v.solutions(rd, res); err != nil {
			return nil, err
		}
		v.Downloads = downloads(text, results.CSV.Name(), results.TSV.Name(), results.JSON.Name(), results.XML.Name())
	default:
		if err := v.graph(ctx, rd, res); err != nil {
			return nil, err
		}
		v.Downloads = downloads(text, rdfio.Turtle.Name(), rdfio.NTriples.Name(), rdfio.JSONLD.Name(),
			rdfio.RDFXML.Name())
	}
	return v, nil
}

func downloads(text string, formats ...string) []alternate {
	var out []alternate
	for _, f := range formats {
		out = append(out, alternate{Href: "/sparql?" + url.Values{"query": {text}, "format": {f}}.Encode(),
			Label: strings.ToUpper(f)})
	}
	return out
}

func (v *resultView) solutions(rd *reader, res *sparql.Result) error {
	v.Vars = res.Vars()
	more := false
	for row, err := range res.Solutions() {
		if err != nil {
			return err
		}
		if len(v.Rows) == shownSolutions {
			more = true
			break
		}
		shown := make([]value, len(row))
		for i, t := range row {
			shown[i] = rd.raw(t)
		}
		v.Rows = append(v.Rows, shown)
	}
	v.Status = rd.f.L.N("query.solutions", len(v.Rows))
	if more {
		v.Status = rd.f.L.N("query.more", shownSolutions)
	}
	return nil
}

func (v *resultView) graph(ctx context.Context, rd *reader, res *sparql.Result) error {
	var b strings.Builder
	w, err := rdfio.NewWriter(&b, rdfio.Turtle, rdfio.WriteOptions{})
	if err != nil {
		return err
	}
	n := 0
	for q, err := range res.Quads() {
		if err == nil && n < shownTriples {
			err = w.Write(q)
		}
		if err != nil {
			return err
		}
		if n++; n > shownTriples {
			break
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	v.Text = b.String()
	v.Status = rd.f.L.N("query.triples", min(n, shownTriples))
	if n > shownTriples {
		v.Status = rd.f.L.N("query.more", shownTriples)
	}
	return ctx.Err()
}
