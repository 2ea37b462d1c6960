package document

import (
	"errors"
	"strings"
	"testing"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
	"fincat/vocab/rdfio"
)

// TestRDFErrors asserts which rule a document breaks that cannot be read.
func TestRDFErrors(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		format     rdfio.Format
		rule       string
	}{
		{"remote context", `{"@context": "https://unknown.example/c", "@id": "a:b"}`, rdfio.JSONLD, "context"},
		{"another fault of JSON-LD", `{"@context": {"a": 1}, "@id": "a:b"}`, rdfio.JSONLD, "rdf-syntax"},
		{"Turtle", `<a:a> <a:b>`, rdfio.Turtle, "rdf-syntax"},
	} {
		_, err := rdfio.ReadAll(t.Context(), strings.NewReader(tt.text), rdfio.ReadOptions{Format: tt.format})
		var e *problem.Error
		if got := rdfError(&fetch.Response{URL: "https://e.tw/x"}, err); !errors.As(got, &e) || e.Rule != tt.rule {
			t.Errorf("%s: %v, want rule %s", tt.name, got, tt.rule)
		}
	}
}
