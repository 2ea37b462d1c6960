package source

import (
	"slices"
	"strings"

	"fincat/harvest/mapping"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// What a source says of itself is kept with the description of its catalogue, as
// what it says of a dataset is with the dataset: title and description, and in
// [Findings.Catalog] the rest, mapped to nothing.

// maxCatalog bounds the statements about the source itself.
const maxCatalog = 5000

// tell keeps statements about the source; the empty IRI stands for its catalogue.
func (s *Session) tell(triples []term.Triple) {
	catalog := s.Base.SourceCatalog(s.Config.ID)
	for i, t := range triples {
		if t.Subject.IsIRI() && t.Subject.Value() == "" {
			triples[i].Subject = term.NewIRI(catalog)
		}
		if t.Object.IsIRI() && t.Object.Value() == "" {
			triples[i].Object = term.NewIRI(catalog)
		}
	}
	for _, t := range dcat.NameBlankNodes(triples, catalog) {
		if s.told == nil {
			s.told = map[term.Triple]bool{}
		}
		if s.told[t] {
			continue
		}
		if s.told[t] = true; len(s.Found.Catalog) == maxCatalog {
			s.notice(Problem{Severity: Warning, Place: Place{URL: s.Config.URL}, Rule: "catalog-size",
				Message: "the source says more of itself than is kept",
				Remedy:  "ask the source's owner to describe the catalogue apart from what is in it"})
			return
		}
		s.Found.Catalog = append(s.Found.Catalog, t)
	}
}

// tellFields keeps what the fields of a source's own description say beside title
// and description.
func (s *Session) tellFields(values map[string]any, use mapping.FieldUse) {
	rec := &mapping.Record{Dataset: &dcat.Dataset{Title: s.Found.Title, Description: s.Found.Description}}
	s.Carrier(rec).Rest(values, use)
	s.tell(rec.Dataset.Extra)
}

// describe keeps what a document says about its catalogue and those inside it. The
// outermost catalogue is the source's own, others keep their names. Which datasets
// are in the source's own is said by what is harvested.
func (s *Session) describe(g *dcat.Graph) {
	catalogs := g.Instances(vocab.DCATCatalog)
	inner := map[term.Term]bool{}
	for _, c := range catalogs {
		for _, p := range []string{vocab.DCATCatalogProperty, vocab.DCTHasPart} {
			for _, o := range g.Objects(c, p) {
				inner[o] = o != c
			}
		}
	}
	outer := slices.IndexFunc(catalogs, func(c term.Term) bool { return !inner[c] })
	for i, c := range catalogs {
		if i == max(outer, 0) {
			s.describeOwn(g, c, vocab.DCATCatalog)
			continue
		}
		about := restOf(g, c, isControl)
		for j, t := range about {
			if t.Subject.IsIRI() && t.Subject.Value() == "" {
				about[j].Subject = c
			}
		}
		s.tell(about)
	}
}

// isControl reports whether a statement is about pages and how to go through them.
func isControl(t term.Triple) bool {
	v := t.Predicate.Value()
	if v == vocab.RDFType {
		v = t.Object.Value()
	}
	return slices.ContainsFunc([]string{vocab.HYDRANS, vocab.TREENS, vocab.LDESNS}, func(ns string) bool {
		return strings.HasPrefix(v, ns)
	})
}

// restOf returns what a graph says about a subject, but for the statements that are
// known and what they lead to.
func restOf(g *dcat.Graph, c term.Term, known func(term.Triple) bool) []term.Triple {
	var apart []term.Term
	for _, t := range g.About(c) {
		if known(t) {
			apart = append(apart, t.Object)
		}
	}
	return g.Rest(c, known, apart...)
}

// describeOwn keeps what a graph says about the thing that is the source, of a
// class that goes without saying.
func (s *Session) describeOwn(g *dcat.Graph, c term.Term, class string) {
	if len(s.Found.Title) == 0 {
		s.Found.Title, s.Found.Description = textsOf(g, c, vocab.DCTTitle), textsOf(g, c, vocab.DCTDescription)
	}
	about := restOf(g, c, func(t term.Triple) bool {
		switch p := t.Predicate.Value(); p {
		case vocab.DCATDatasetProperty, vocab.DCATRecord:
			return true
		case vocab.DCTTitle:
			return slices.Contains(s.Found.Title, dcat.TextOf(t.Object))
		case vocab.DCTDescription:
			return slices.Contains(s.Found.Description, dcat.TextOf(t.Object))
		case vocab.RDFType:
			return t.Object.Value() == class || isControl(t)
		}
		return isControl(t)
	})
	if c.IsIRI() && len(about) > 0 {
		about = append(about, term.Triple{Subject: term.NewIRI(""),
			Predicate: term.NewIRI(vocab.DCTSource), Object: c})
	}
	s.tell(about)
}

// textsOf returns the texts of a property, each once.
func textsOf(g *dcat.Graph, s term.Term, property string) (out []dcat.Text) {
	for _, o := range g.Objects(s, property) {
		if t := dcat.TextOf(o); o.IsLiteral() && t.Value != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
