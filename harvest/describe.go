package harvest

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"time"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// triple is a short way to write many.
func triple(s, p string, o term.Term) term.Triple {
	return term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o}
}

func link(s, p, o string) term.Triple { return triple(s, p, term.NewIRI(o)) }

// catalogTriples describes the whole catalogue. Which catalogues of sources it has stands
// with their descriptions: one that is not described yet is none of it.
func (h *Harvester) catalogTriples(issued, modified term.Term) []term.Triple {
	c := h.config.Contact
	contact := dcat.Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, URL: c.URL}
	out := dcat.WholeCatalog(h.base, issued, modified, contact)
	return append(out, dcat.Types(describedElsewhere(h.base), out)...)
}

// catalogDates returns when a catalogue came to be and last changed; a change now is
// the second, and the first where nothing is known.
func (h *Harvester) catalogDates(ctx context.Context, catalog string, now time.Time, changed bool) (
	issued, modified term.Term, err error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return issued, modified, err
	}
	defer sn.Close()
	if issued, err = (reader{sn}).value(ctx, catalog, vocab.DCTIssued); err != nil {
		return issued, modified, err
	}
	if modified, err = (reader{sn}).value(ctx, catalog, vocab.DCTModified); err != nil {
		return issued, modified, err
	}
	if issued.IsZero() {
		issued = dcat.Time(now)
	}
	if modified.IsZero() || changed {
		modified = dcat.Time(now)
	}
	return issued, modified, nil
}

// describe puts the descriptions of the source's catalogue and of the whole one into
// the transaction. A run that failed may know less of the source than those before it: it
// describes only what has records and no description.
func (r *run) describe(ctx context.Context) error {
	rep, changed := r.report, r.report.New+r.report.Changed+r.report.Removed > 0
	issued, modified, err := r.h.catalogDates(ctx, r.h.base.SourceCatalog(r.cfg.ID), rep.Start, changed)
	if err != nil {
		return err
	}
	if rep.Err != nil && (rep.New == 0 || issued != dcat.Time(rep.Start)) {
		return nil
	}
	graph := term.NewIRI(r.h.base.SourceGraph(r.cfg.ID))
	if err := r.tx.ReplaceGraph(ctx, graph, inGraph(r.sourceTriples(issued, modified))); err != nil {
		return err
	}
	if issued, modified, err = r.h.catalogDates(ctx, r.h.base.Catalog(), rep.Start, changed); err != nil {
		return err
	}
	return r.tx.ReplaceGraph(ctx, term.NewIRI(r.h.base.CatalogGraph()), inGraph(r.h.catalogTriples(issued, modified)))
}

// sourceTriples describes a source's catalogue and data service.
func (r *run) sourceTriples(issued, modified term.Term) []term.Triple {
	c, s := r.h.base.SourceCatalog(r.cfg.ID), &r.session.Found
	title := dcat.Texts(r.cfg.Title)
	if len(title) == 0 {
		title = s.Title
	}
	if len(title) == 0 {
		title = []dcat.Text{{Value: r.cfg.ID}}
	}
	home := string(r.h.base) + "search?source=" + url.QueryEscape(r.cfg.ID)
	publisher := dcat.Agent{IRI: r.h.base.Org(cmp.Or(r.cfg.Publisher, dcat.OwnPublisher))}
	out := []term.Triple{
		triple(c, vocab.DCTIdentifier, term.NewString(r.cfg.ID)),
		triple(c, vocab.FincatKind, term.NewString(r.cfg.Kind)),
		link(r.h.base.Catalog(), vocab.DCATCatalogProperty, c),
		link(c, vocab.FOAFHomepage, home),
		link(c, vocab.DCTPublisher, publisher.IRI),
	}
	out = append(out, dcat.EveryCatalog(r.h.base, c, issued, modified)...)
	for _, t := range title {
		out = append(out, triple(c, vocab.DCTTitle, t.Term()), triple(home, vocab.DCTTitle, t.Term()))
	}
	for _, t := range describedAs(title, s.Description) {
		out = append(out, triple(c, vocab.DCTDescription, t.Term()))
	}
	if u, ok := dcat.EncodeIRI(r.cfg.URL); ok {
		out = append(out, link(c, vocab.DCTSource, u))
	}
	out = append(out, s.Catalog...)
	if s.Service != nil {
		s.Service.IRI = r.h.base.Service(r.cfg.ID)
		if s.Service.Publisher.IsZero() {
			s.Service.Publisher = publisher
		}
		if theme := (&dcat.Dataset{}); r.cfg.Theme != "" && len(s.Service.Theme) == 0 {
			theme.AddTheme(r.h.base, r.cfg.Theme)
			s.Service.Theme = append(theme.Theme, dcat.DataThemes(r.h.base, theme.Theme)...)
		}
		out = append(out, link(c, vocab.DCATService, s.Service.IRI),
			link(r.h.base.Catalog(), vocab.DCATService, s.Service.IRI))
		out = append(out, s.Service.Triples()...)
	}
	return append(out, dcat.Types(describedElsewhere(r.h.base), out)...)
}

// describedAs is what the source says of itself, else from where its records come.
func describedAs(title, said []dcat.Text) []dcat.Text {
	if len(said) > 0 {
		return said
	}
	name := dcat.Best(title, dcat.ZHTW)
	return []dcat.Text{
		dcat.ZH("蒐集自「" + name + "」的資料集詮釋資料"),
		{Value: "Metadata of datasets that were harvested from " + strconv.Quote(name), Lang: "en"},
	}
}

// inGraph returns triples as quads for a graph that is named elsewhere.
func inGraph(triples []term.Triple) []term.Quad {
	return appendQuads(make([]term.Quad, 0, len(triples)), triples)
}

// appendQuads appends triples to quads for a graph that is named elsewhere.
func appendQuads(out []term.Quad, triples []term.Triple) []term.Quad {
	for _, t := range triples {
		out = append(out, t.In(term.Term{}))
	}
	return out
}
