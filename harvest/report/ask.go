package report

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/queries"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// params fill the queries target-*.rq.
type params struct {
	Sources, Values, Needs []term.Term
	Metric, At, From, To   term.Term
}

// asker answers named queries over one state of a store.
type asker struct {
	ctx     context.Context
	engine  *sparql.Engine
	bank    *queries.Bank
	sn      *store.Snapshot
	base    dcat.Base
	sources []term.Term
}

// texts makes literals.
func texts(list []string) (out []term.Term) {
	for _, s := range list {
		out = append(out, term.NewString(s))
	}
	return out
}

func instant(t time.Time) term.Term {
	return term.NewLiteral(t.UTC().Format(time.RFC3339), vocab.XSDDateTime)
}

func day(t time.Time) term.Term { return term.NewString(t.In(taipei).Format(time.DateOnly)) }

// text fills in a query, which then stands for itself.
func (a *asker) text(name string, p params) (string, error) {
	p.Sources = a.sources
	text, err := a.bank.Text(name, p)
	return strings.TrimSpace(text), err
}

// rows answers a named query.
func (a *asker) rows(name string, p params) ([][]term.Term, error) {
	text, err := a.text(name, p)
	if err != nil {
		return nil, err
	}
	return a.solutions(name, text)
}

// longestQuery is how long a query may take, where the engine has no lower bound.
const longestQuery = 10 * time.Minute

// solutions answers a query; name is for messages.
func (a *asker) solutions(name, text string) ([][]term.Term, error) {
	res, err := a.engine.Query(a.ctx, text, sparql.QueryOptions{AtSeq: a.sn.Seq(), Timeout: longestQuery})
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	defer res.Close()
	var out [][]term.Term
	for row, err := range res.Solutions() {
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", name, err)
		}
		out = append(out, slices.Clone(row))
	}
	return out, nil
}

// number reads a count.
func number(t term.Term) int {
	n, _ := strconv.Atoi(t.Value()) // of COUNT, which is one
	return n
}

// history reads every value that a metric had up to a time.
func (a *asker) history(metric string, until time.Time) (history, error) {
	rows, err := a.rows("target-history", params{Metric: term.NewIRI(a.base.Metric(metric))})
	var out history
	for _, r := range rows {
		from, fault := time.Parse(time.RFC3339, r[2].Value())
		if fault != nil {
			return nil, fmt.Errorf("the first check of %s: %w", r[0].Value(), fault)
		}
		if !from.After(until) {
			out = append(out, span{r[0].Value(), r[1].Value(), from})
		}
	}
	out.sort()
	return out, err
}

// owned is what a report calls a dataset.
type owned struct {
	title, identifier, owner, name string
}

// owners reads title and owner of every dataset: who makes it, else who publishes it.
func (a *asker) owners(dir *dcat.Directory) (map[string]owned, error) {
	rows, err := a.rows("target-owners", params{})
	out := map[string]owned{}
	for _, r := range rows {
		o := owned{title: r[1].Value(), identifier: r[2].Value()}
		iri := r[3].Value()
		if iri == "" {
			iri, o.name = r[4].Value(), r[5].Value()
		}
		if iri == "" || r[3].IsZero() && r[4].IsBlankNode() {
			iri = o.name // all that is known of it
		}
		if id, ok := strings.CutPrefix(iri, string(a.base)+"org/"); ok {
			if org, known := dir.ByID(id); known {
				iri, o.name = org.ID, org.NameZH
			}
		}
		o.owner = iri
		out[r[0].Value()] = o
	}
	return out, err
}
