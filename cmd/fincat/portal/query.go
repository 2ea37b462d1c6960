package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/sparql/results"
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
	Examples []alternate
	Problem  *struct{ Title, Detail string }
	Result   *resultView
}

// resultView is the answer to a query as a page shows it.
type resultView struct {
	Status    string
	Vars      []string
	Rows      [][]value
	Text      string
	Downloads []alternate
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
	for _, e := range p.Queries.Examples() {
		label := e.EN
		if page.L.Param == "zh" {
			label = e.ZH
		}
		page.Examples = append(page.Examples,
			alternate{Href: page.with("/query", url.Values{"example": {e.Name}}), Label: label})
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
	v := &resultView{}
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
