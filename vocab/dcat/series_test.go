package dcat

import (
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

// TestIsSeries tells a series from a dataset that carries what is said of its series.
func TestIsSeries(t *testing.T) {
	class := func(subject string) []term.Triple {
		return []term.Triple{{Subject: term.NewIRI(subject), Predicate: term.NewIRI(vocab.RDFType),
			Object: term.NewIRI(vocab.DCATDatasetSeries)}}
	}
	for subject, want := range map[string]bool{"": true, "http://ex.org/series": false} {
		if d := (&Dataset{Extra: class(subject)}); d.IsSeries() != want {
			t.Errorf("with %q as series, the dataset is one: %v, want %v", subject, !want, want)
		}
	}
}
