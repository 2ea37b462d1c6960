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
		about, err := Described(base, base.Example(e.Name), e.Text, dcat.ZH(e.ZH).Term(),
			term.NewLangString(e.EN, "en"))
		if err != nil {
			return nil, err
		}
		out = append(out, about...)
	}
	return out, nil
}

// Described describes a query for SPARQL editors, and says what it answers.
func Described(base dcat.Base, iri, text string, comments ...term.Term) ([]term.Triple, error) {
	q, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return nil, err
	}
	var out []term.Triple
	add := func(p string, o term.Term) {
		out = append(out, term.Triple{Subject: term.NewIRI(iri), Predicate: term.NewIRI(p), Object: o})
	}
	class, property := TextProperty(q.Form)
	add(vocab.RDFType, term.NewIRI(vocab.SHSPARQLExecutable))
	add(vocab.RDFType, term.NewIRI(class))
	for _, c := range comments {
		add(vocab.RDFSComment, c)
	}
	add(vocab.SHPrefixes, term.NewIRI(base.Example("prefixes")))
	add(property, term.NewString(text))
	add(vocab.SCHEMATarget, term.NewIRI(string(base)+"sparql"))
	return out, nil
}

// TextProperty returns the class of queries of a form, and the property that has their text.
func TextProperty(f syntax.Form) (class, property string) {
	switch f {
	case syntax.AskForm:
		return vocab.SHSPARQLAskExecutable, vocab.SHAsk
	case syntax.ConstructForm:
		return vocab.SHSPARQLConstructExecutable, vocab.SHConstruct
	case syntax.DescribeForm: // SHACL has none
		return vocab.SPEXSPARQLDescribeExecutable, vocab.SPEXDescribe
	}
	return vocab.SHSPARQLSelectExecutable, vocab.SHSelect
}
