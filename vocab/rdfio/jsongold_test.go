package rdfio

import (
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
)

// TestJSONGoldDefects pins what json-gold gets wrong, for which this package
// has algorithms of its own. A release that mends one of these fails here: then
// its share of the conformance suites is worth measuring again (v0.9.1: toRdf
// 417 of 456, fromRdf 35 of 53).
func TestJSONGoldDefects(t *testing.T) {
	toRDF := func(doc string) (out string, panicked bool, err error) {
		defer func() { panicked = recover() != nil }()
		v, err := ld.DocumentFromReader(strings.NewReader(doc))
		if err != nil {
			return "", false, err
		}
		o := ld.NewJsonLdOptions("http://e/")
		o.Format = "application/n-quads"
		q, err := ld.NewJsonLdProcessor().ToRDF(v, o)
		if err != nil {
			return "", false, err
		}
		out, _ = q.(string)
		return out, false, nil
	}
	tests := []struct{ name, in, want string }{
		{"integers beyond 2^53", `{"@id": "http://e/s", "http://e/p": 9007199254740993}`,
			`<http://e/s> <http://e/p> "9007199254740993"^^<http://www.w3.org/2001/XMLSchema#integer> .`},
		{"exact decimals", `{"@id": "http://e/s", "http://e/p": {"@value": 5.50, "@type": "http://www.w3.org/2001/XMLSchema#decimal"}}`,
			`<http://e/s> <http://e/p> "5.5"^^<http://www.w3.org/2001/XMLSchema#decimal> .`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, panicked, err := toRDF(tt.in)
			if err == nil && !panicked && strings.TrimSpace(got) == tt.want {
				t.Errorf("json-gold now reads %s as %s", tt.in, got)
			}
			ours, err := readLD(t, tt.in, ReadOptions{})
			if err != nil || strings.TrimSpace(lines(ours)) != tt.want {
				t.Errorf("we read %s as %v, %v, want %s", tt.in, ours, err, tt.want)
			}
		})
	}
}
