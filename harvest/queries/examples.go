package queries

import (
	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Triples describes the examples as SHACL does queries (sh:SPARQLExecutable), with the endpoint
// that answers them, so that editors offer them; and the prefixes that they use.
func (b *Bank) Triples(base dcat.Base) ([]term.Triple, error) {
	var out []term.Triple
	add := func(s, p string, o term.Term) {
		out = append(out, term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
	}
	prefixes := base.Example("prefixes")
	add(prefixes, vocab.RDFType, term.NewIRI(vocab.OWLOntology))
	for prefix, ns := range vocab.Prefixes() {
		d := prefixes + "#" + prefix
		add(prefixes, vocab.SHDeclare, term.NewIRI(d))
		add(d, vocab.RDFType, term.NewIRI(vocab.SHPrefixDeclaration))
		add(d, vocab.SHPrefix, term.NewString(prefix))
		add(d, vocab.SHNamespace, term.NewLiteral(ns, vocab.XSDAnyURI))
	}
	for _, e := range b.examples {
		q, err := syntax.ParseQuery(e.Text, syntax.Options{})
		if err != nil {
			return nil, err
		}
		class, property := vocab.SHSPARQLSelectExecutable, vocab.SHSelect
		switch q.Form {
		case syntax.AskForm:
			class, property = vocab.SHSPARQLAskExecutable, vocab.SHAsk
		case syntax.ConstructForm:
			class, property = vocab.SHSPARQLConstructExecutable, vocab.SHConstruct
		case syntax.DescribeForm:
			continue // SHACL has none
		}
		iri := base.Example(e.Name)
		add(iri, vocab.RDFType, term.NewIRI(vocab.SHSPARQLExecutable))
		add(iri, vocab.RDFType, term.NewIRI(class))
		add(iri, vocab.RDFSComment, dcat.ZH(e.ZH).Term())
		add(iri, vocab.RDFSComment, term.NewLangString(e.EN, "en"))
		add(iri, vocab.SHPrefixes, term.NewIRI(prefixes))
		add(iri, property, term.NewString(e.Text))
		add(iri, vocab.SCHEMATarget, term.NewIRI(string(base)+"sparql"))
	}
	return out, nil
}
