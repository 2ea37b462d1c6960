package queries

import (
	"testing"

	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// TestExampleTriples asks the description of the examples what SPARQL editors ask: each example
// has its question in both languages, one query that can be parsed, and the endpoint.
func TestExampleTriples(t *testing.T) {
	b := loaded(t)
	triples, err := b.Triples(base)
	if err != nil {
		t.Fatal(err)
	}
	g := dcat.NewGraph(triples)
	n := 0
	for _, e := range g.Subjects(vocab.SCHEMATarget) {
		n++
		text := g.Value(e, vocab.SHSelect) + g.Value(e, vocab.SHAsk) + g.Value(e, vocab.SHConstruct)
		if _, err := syntax.ParseQuery(text, syntax.Options{}); err != nil || text == "" {
			t.Errorf("%v: %v", e, err)
		}
		if len(g.Objects(e, vocab.RDFSComment)) != 2 || g.Value(e, vocab.SCHEMATarget) != string(base)+"sparql" {
			t.Errorf("%v: %v", e, g.About(e))
		}
		declared := g.Objects(term.NewIRI(g.Value(e, vocab.SHPrefixes)), vocab.SHDeclare)
		if len(declared) != len(vocab.Prefixes()) || g.Value(declared[0], vocab.SHNamespace) == "" {
			t.Errorf("%v: %d prefixes", e, len(declared))
		}
	}
	if n != len(b.Examples()) || n < 10 {
		t.Errorf("%d of %d examples are described", n, len(b.Examples()))
	}
}
