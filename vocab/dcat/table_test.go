package dcat

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

// Graphs of a table read as those that are made of the same triples in their sequence, also
// after another graph of the table.
func TestTable(t *testing.T) {
	var terms []term.Term
	for _, iri := range []string{"urn:d", "urn:d#1", "urn:d#2", "urn:a", "urn:b", vocab.DCTTitle, vocab.RDFType,
		vocab.DCATKeyword, vocab.DCTPublisher, vocab.DCATDistributionProperty, vocab.DCTFormat, vocab.DCATDataset,
		vocab.FOAFName, "http://publications.europa.eu/resource/authority/file-type/CSV"} {
		terms = append(terms, term.NewIRI(iri))
	}
	for _, text := range []string{"利率", "匯率", "Rates", "", "CSV"} {
		terms = append(terms, term.NewString(text), term.NewLangString(text, "zh-TW"))
	}
	random := rand.New(rand.NewPCG(1, 2))
	table := NewTable(terms)
	for range 300 {
		var rows [][3]uint32
		var triples []term.Triple
		for range random.IntN(80) {
			r := [3]uint32{uint32(random.IntN(5)), uint32(5 + random.IntN(8)), uint32(random.IntN(len(terms)))}
			rows = append(rows, r, r)
			triples = append(triples, term.Triple{Subject: terms[r[0]], Predicate: terms[r[1]], Object: terms[r[2]]})
		}
		slices.SortFunc(triples, term.CompareTriples)
		got, want := table.Graph(rows), NewGraph(slices.Compact(triples))
		for _, s := range terms[:5] {
			a, b := got.About(s), want.About(s)
			slices.SortFunc(a, term.CompareTriples)
			if !slices.Equal(a, b) {
				t.Fatalf("About(%s) = %v, want %v", s, a, b)
			}
		}
		a, b := got.Dataset(terms[0]), want.Dataset(terms[0])
		if a.Publisher.Extra, b.Publisher.Extra = nil, nil; !reflect.DeepEqual(a.Title, b.Title) ||
			!reflect.DeepEqual(a.Keyword, b.Keyword) || a.Publisher.IRI != b.Publisher.IRI ||
			len(a.Distribution) != len(b.Distribution) || len(a.Extra) != len(b.Extra) {
			t.Fatalf("Dataset = %v, want %v", a, b)
		}
	}
}
