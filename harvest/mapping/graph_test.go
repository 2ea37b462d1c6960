package mapping

import (
	"testing"

	"fincat/vocab/dcat"
)

// TestEcho checks that what another catalogue took from us does not come back.
func TestEcho(t *testing.T) {
	m := &Mapper{Base: "https://data.example.tw/"}
	for iri, want := range map[string]bool{"https://data.example.tw/dataset/a/1": true,
		"https://other.example/dataset/1": false} {
		if got := m.echo(&dcat.Dataset{IRI: iri}); got != want {
			t.Errorf("echo(%s) = %v, want %v", iri, got, want)
		}
		if got := m.echo(&dcat.Dataset{IRI: "https://other.example/x", SameAs: []string{iri}}); got != want {
			t.Errorf("echo(same as %s) = %v, want %v", iri, got, want)
		}
	}
}
