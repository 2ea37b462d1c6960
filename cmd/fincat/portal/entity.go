package portal

import (
	"context"
	"slices"
	"strings"

	"fincat/harvest/feed"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// identity shows what an entity of code lists is identified by, with the number of
// datasets whose columns identify by the same. Each leads to these.
func (p *Portal) identity(rd *reader, iri string) (out []value, err error) {
	if !strings.HasPrefix(iri, p.Base.Entities()) {
		return nil, nil
	}
	rows, err := p.named(rd.ctx, rd.sn, "entity", struct{ Resource term.Term }{term.NewIRI(iri)})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		v := rd.value(row[0])
		v.Text += " " + row[1].Value()
		v.Note = rd.f.L.N("search.total", number(row[2]))
		out = append(out, v)
	}
	return out, nil
}

// withSeries adds in which series the catalogue puts a dataset.
func withSeries(ctx context.Context, sn *store.Snapshot, iri string, quads []term.Quad) ([]term.Quad, error) {
	series, err := feed.Names(ctx, sn, iri, vocab.DCATInSeries)
	for _, q := range series {
		said := func(t term.Quad) bool { return t.Triple() == q.Triple() }
		if !slices.ContainsFunc(quads, said) {
			quads = append(quads, q)
		}
	}
	return quads, err
}

// entities lists the entities that a dataset names.
func (p *Portal) entities(rd *reader, iri string) (out []value, err error) {
	if !strings.HasPrefix(iri, string(p.Base)+"dataset/") {
		return nil, nil
	}
	rows, err := p.named(rd.ctx, rd.sn, "entities-of", struct{ Resource term.Term }{term.NewIRI(iri)})
	for _, row := range rows {
		out = append(out, rd.value(row[0]))
	}
	return out, err
}
