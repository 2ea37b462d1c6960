package protocol

import (
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/sparql/results"
	"fincat/vocab/rdfio"
)

// TestFormatParameter asks by the parameter "format", by name and by media
// type: each offer must be found by both, whatever the Accept header says.
func TestFormatParameter(t *testing.T) {
	for _, offers := range [][]offer{resultOffers(), rdfOffers()} {
		for _, o := range offers {
			for _, name := range []string{o.format.name(), o.mediaType, strings.ToUpper(o.mediaType)} {
				r := httptest.NewRequest("GET", "/sparql", nil)
				r.Header.Set("Accept", "text/html, text/csv, text/turtle;q=0.1")
				if got, err := negotiate(r, name, offers); err != nil || got != o.format {
					t.Errorf("format=%s gives %v, %v, want %v", name, got, err, o.format)
				}
			}
		}
	}
	r := httptest.NewRequest("GET", "/sparql", nil)
	for _, name := range []string{"turtle", "text/turtle", "table", "text/plain", "nonsense", "text/csv;q=1"} {
		if got, err := negotiate(r, name, resultOffers()); ProblemOf(err).Status != 406 {
			t.Errorf("for solutions, format=%s gives %v, %v, want 406", name, got, err)
		}
	}
	for _, name := range []string{"csv", "text/csv", "xml2", "nonsense"} {
		if got, err := negotiate(r, name, rdfOffers()); ProblemOf(err).Status != 406 {
			t.Errorf("for a graph, format=%s gives %v, %v, want 406", name, got, err)
		}
	}
}

func TestContentTypes(t *testing.T) {
	for f, want := range map[format]string{
		{results: results.JSON}: "application/sparql-results+json",
		{results: results.CSV}:  "text/csv; charset=utf-8; header=present",
		{rdf: rdfio.Turtle}:     "text/turtle; charset=utf-8",
		{rdf: rdfio.TriG}:       "application/trig; charset=utf-8",
		{rdf: rdfio.NTriples}:   "application/n-triples",
		{rdf: rdfio.JSONLD}:     "application/ld+json",
	} {
		if got := f.contentType(); got != want {
			t.Errorf("%s: Content-Type %q, want %q", f.name(), got, want)
		}
	}
}

func TestWithoutParameters(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"text/csv":                       "text/csv",
		"text/csv; header=absent":        "text/csv",
		"text/csv; header=absent; q=0.2": "text/csv;q=0.2",
		"text/csv;Q=0.2;x=y , a/b":       "text/csv;q=0.2, a/b",
		"text/csv ; q = 0.2":             "text/csv ;q=0.2",
		"text/csv;q=0.2;q=0.3,text/turtle;v=\"\"": "text/csv;q=0.2,text/turtle",
	} {
		if got := withoutParameters(in); got != want {
			t.Errorf("withoutParameters(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPrefersHTML(t *testing.T) {
	for accept, want := range map[string]bool{
		"":          false,
		"*/*":       false,
		"text/html": true,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
		"text/html;q=0.5, text/turtle":                                    false,
		"text/html;q=0":                                                   false,
		"text/turtle":                                                     false,
	} {
		r := httptest.NewRequest("GET", "/sparql", nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		if got := prefersHTML(r, rdfOffers()); got != want {
			t.Errorf("prefersHTML with Accept %q = %v, want %v", accept, got, want)
		}
	}
}
