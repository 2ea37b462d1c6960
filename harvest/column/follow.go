package column

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Name is the name of the follower.
const Name = "columns"

// rulesState is the number of the rules: it is increased when other statements come of
// the same names, so that all are described anew.
const rulesState = 1

// A Follower keeps the descriptions of columns up to date with the commit log; it
// implements [follow.Follower].
type Follower struct {
	follow.Graphs
}

// NewFollower returns a follower of a store; base returns that of the store's IRIs, ""
// while nothing was harvested.
func NewFollower(s *store.Store, base func() (dcat.Base, error)) *Follower {
	return &Follower{Graphs: follow.Graphs{Store: s, Base: base, Follower: Name, Rules: rulesState}}
}

// Advance implements [follow.Follower].
func (f *Follower) Advance(ctx context.Context, st *follow.Step) error {
	base, graphs, all, err := f.Begin(ctx, st)
	if err != nil || base == "" {
		return err
	}
	c, err := newCatalogue(st.Snapshot, base)
	if err != nil {
		return err
	}
	want := map[term.Term][]term.Triple{} // by graph; nil when the dataset has no columns
	if all {
		var before []term.Term
		before, err = follow.Beginning(ctx, st.Snapshot, base.ColumnsGraph(""))
		for _, g := range before {
			want[g] = nil
		}
		if err == nil {
			err = c.all(ctx, func(t table) error {
				want[c.graphOf(t.dataset)] = t.triples(base)
				return ctx.Err()
			})
		}
	} else {
		err = c.some(ctx, graphs, want)
	}
	if err != nil {
		return fmt.Errorf("describe columns: %w", err)
	}
	return f.Write(ctx, st.Snapshot, want, all)
}

// graphOf returns the name of the graph with the columns of a dataset.
func (c *catalogue) graphOf(dataset string) term.Term {
	return term.NewIRI(c.base.ColumnsGraph(strings.TrimPrefix(dataset, string(c.base)+"dataset/")))
}

// some describes the datasets of changed graphs, and those whose columns somebody else
// changed.
func (c *catalogue) some(ctx context.Context, graphs []term.Term, want map[term.Term][]term.Triple) error {
	for _, g := range graphs {
		dataset, _, ok := c.base.DatasetOf(g.Value())
		if rest, changed := strings.CutPrefix(g.Value(), c.base.ColumnsGraph("")); changed {
			dataset, ok = string(c.base)+"dataset/"+rest, true
		}
		if !ok {
			continue
		}
		rest := strings.TrimPrefix(dataset, string(c.base)+"dataset/")
		t, err := c.one(ctx, term.NewIRI(string(c.base)+"graph/"+rest))
		if err != nil {
			return err
		}
		want[c.graphOf(dataset)] = t.triples(c.base)
	}
	return nil
}

// triples describes the table, nil when it has no columns.
func (t *table) triples(base dcat.Base) []term.Triple {
	columns, title := t.columns(), t.title()
	if len(columns) == 0 {
		return nil
	}
	var out []term.Triple
	iri := term.NewIRI
	add := func(s, p string, o term.Term) {
		out = append(out, term.Triple{Subject: iri(s), Predicate: iri(p), Object: o})
	}
	schema := base.Columns(strings.TrimPrefix(t.dataset, string(base)+"dataset/"))
	add(t.dataset, vocab.CSVWTableSchema, iri(schema))
	add(schema, vocab.RDFType, iri(vocab.CSVWSchema))
	for i, name := range columns {
		c := schema + "#" + strconv.Itoa(i+1)
		add(schema, vocab.CSVWColumnProperty, iri(c))
		add(c, vocab.RDFType, iri(vocab.CSVWColumn))
		add(c, vocab.CSVWTitles, term.NewString(name))
		add(c, vocab.FincatPosition, term.NewLiteral(strconv.Itoa(i+1), vocab.XSDInteger))
		if id := Identify(name, title, columns); id != "" {
			add(c, vocab.FincatIdentifies, iri(base.Identifier(id)))
			add(t.dataset, vocab.FincatJoinsOn, iri(base.Identifier(id)))
		}
	}
	slices.SortFunc(out, term.CompareTriples)
	return slices.Compact(out)
}
