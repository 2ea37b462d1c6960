package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fincat/vocab/w3ctest"
)

var sparqlTests = w3ctest.Suite{Dir: suite, Base: "https://w3c.github.io/rdf-tests/sparql/"}

// TestW3C runs the positive and negative syntax tests of each manifest.
func TestW3C(t *testing.T) {
	manifests := []struct {
		name string
		want int // syntax tests
	}{
		{"sparql10/syntax-sparql1", 81},
		{"sparql10/syntax-sparql2", 53},
		{"sparql10/syntax-sparql3", 51},
		{"sparql10/syntax-sparql4", 12},
		{"sparql10/syntax-sparql5", 2},
		{"sparql11/aggregates", 5},
		{"sparql11/construct", 2},
		{"sparql11/delete-insert", 8},
		{"sparql11/grouping", 2},
		{"sparql11/syntax-fed", 3},
		{"sparql11/syntax-query", 94},
		{"sparql11/syntax-update-1", 54},
		{"sparql11/syntax-update-2", 1},
		{"sparql12/codepoint-escapes", 9},
		{"sparql12/lang-basedir", 1},
		{"sparql12/syntax", 6},
		{"sparql12/syntax-triple-terms-negative", 65},
		{"sparql12/syntax-triple-terms-positive", 113},
		{"sparql12/version", 9},
	}
	for _, m := range manifests {
		t.Run(m.name, func(t *testing.T) {
			manifest, err := sparqlTests.Load(m.name + "/manifest.ttl")
			if err != nil {
				t.Fatal(err)
			}
			var entries []w3ctest.Entry
			for _, e := range manifest.Entries {
				if strings.Contains(e.Kind(), "Syntax") {
					entries = append(entries, e)
				}
			}
			w3ctest.Run(t, entries, m.want, nil, runSyntaxTest)
		})
	}
}

func runSyntaxTest(e w3ctest.Entry) error {
	text, err := sparqlTests.ReadFile(e.Action.Value())
	if err != nil {
		return err
	}
	o := Options{Base: e.Action.Value()}
	switch e.Kind() {
	case "PositiveSyntaxTest", "PositiveSyntaxTest11", "PositiveSyntaxTest12":
		_, err := ParseQuery(string(text), o)
		return err
	case "PositiveUpdateSyntaxTest11", "PositiveUpdateSyntaxTest":
		_, err := ParseUpdate(string(text), o)
		return err
	case "NegativeSyntaxTest", "NegativeSyntaxTest11", "NegativeSyntaxTest12":
		_, err = ParseQuery(string(text), o)
	case "NegativeUpdateSyntaxTest11", "NegativeUpdateSyntaxTest":
		_, err = ParseUpdate(string(text), o)
	default:
		return fmt.Errorf("unknown kind of test %s", e.Type)
	}
	if se := (*Error)(nil); !errors.As(err, &se) {
		return fmt.Errorf("parsing gives %w, want a syntax error", err)
	}
	return nil
}
