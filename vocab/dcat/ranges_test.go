package dcat

import (
	"slices"
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

// TestTypesInParts gives triples whole and in parts, in which a type may be stated after
// the triple that leads to it: the types are the same, sorted, each once.
func TestTypesInParts(t *testing.T) {
	iri := term.NewIRI
	is := func(s, p, o string) term.Triple {
		return term.Triple{Subject: iri(s), Predicate: iri(p), Object: iri(o)}
	}
	triples := []term.Triple{
		is("http://e/d", vocab.DCTPublisher, "http://e/p"), is("http://e/d", vocab.DCTLicense, "http://e/l"),
		is("http://e/d", vocab.DCTCreator, "http://e/p"), is("http://e/d", vocab.DCTPublisher, "http://e/known"),
		is("http://e/d", vocab.DCATLandingPage, "http://e/a"),
		{Subject: iri("http://e/d"), Predicate: iri(vocab.DCTPublisher), Object: term.NewString("name")},
		is("http://e/l", vocab.RDFType, vocab.DCTLicenseDocument), is("http://e/a", vocab.RDFType, vocab.FOAFAgent),
	}
	known := func(iri string) bool { return iri == "http://e/known" }
	want := []term.Triple{
		is("http://e/a", vocab.RDFType, vocab.FOAFDocument), is("http://e/p", vocab.RDFType, vocab.FOAFAgent),
	}
	for at := range triples {
		if got := Types(known, triples[:at], triples[at:]); !slices.Equal(got, want) {
			t.Errorf("Types in parts of %d and %d triples = %v, want %v", at, len(triples)-at, got, want)
		}
	}
}
