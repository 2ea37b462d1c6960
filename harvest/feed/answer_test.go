package feed

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/rdfio"
)

// TestNewNeeds leaves out each thing that a handler needs.
func TestNewNeeds(t *testing.T) {
	h, _ := newTestHandler(t)
	for name, leave := range map[string]func(o *Options){
		"store":   func(o *Options) { o.Store = nil },
		"engine":  func(o *Options) { o.Engine = nil },
		"queries": func(o *Options) { o.Queries = nil },
	} {
		o := h.Options
		leave(&o)
		if _, err := New(o); err == nil {
			t.Errorf("New without %s did not fail", name)
		}
	}
}

// TestMediaTypes looks for the type of every syntax and of every form of one.
func TestMediaTypes(t *testing.T) {
	types := MediaTypes()
	for _, f := range rdfio.Formats() {
		want := []string{f.MediaType()}
		for _, form := range f.Forms() {
			want = append(want, form.MediaType())
		}
		for _, m := range want {
			if !slices.Contains(types, m) {
				t.Errorf("the feeds do not offer %s", m)
			}
		}
	}
}

// TestHeaders asserts what caches and pages of other sites need to know of an answer,
// and that an answer in none of the accepted types is nothing but that.
func TestHeaders(t *testing.T) {
	_, h := newTestHandler(t)
	for _, target := range []string{"catalog", "dataset/one/a", "catalog.ttl", "describe.nt?iri=" + base.Org("cdic")} {
		w := get(h, target)
		vary := w.Header().Get("Vary")
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" ||
			w.Header().Get("Access-Control-Allow-Origin") != "*" ||
			(vary == "Accept") == strings.Contains(target, ".") {
			t.Errorf("%s = %d with %v", target, w.Code, w.Header())
		}
	}
	for _, target := range []string{"catalog", "dataset/one/a"} {
		w := get(h, target, "Accept", "image/png")
		if w.Code != http.StatusNotAcceptable || w.Header().Get("ETag") != "" ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") ||
			strings.Count(w.Body.String(), "{") != 1 {
			t.Errorf("%s as a picture = %d with %v: %s", target, w.Code, w.Header(), w.Body)
		}
	}
	for _, target := range []string{"api/3/action/package_show?id=nothing", "api/3/action/package_search"} {
		if got := get(h, target).Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
			t.Errorf("%s is of type %q, want JSON", target, got)
		}
	}
}

// TestCatalogTypes looks for what a page says of itself: a catalogue, a collection, and
// a part of one.
func TestCatalogTypes(t *testing.T) {
	_, h := newTestHandler(t)
	types := map[string]bool{}
	for _, q := range parse(t, get(h, "catalog")) {
		if q.Predicate.Value() == vocab.RDFType {
			types[q.Object.Value()] = true
		}
	}
	for _, want := range []string{vocab.DCATCatalog, vocab.HYDRACollection, vocab.HYDRAPartialCollectionView} {
		if !types[want] {
			t.Errorf("no page or catalogue is a %s", want)
		}
	}
}

// TestDescribeLinks describes a dataset that another graph links with others: the links
// are told, once each, in sequence, and they alone do not make a description.
func TestDescribeLinks(t *testing.T) {
	_, h := newHandlerOver(t, catalogue+`
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<graph/link> { <dataset/one/a> owl:sameAs <https://e.tw/a>, <https://e.tw/b> ; dct:isVersionOf <https://e.tw/all> . }
<graph/linz> { <dataset/one/a> owl:sameAs <https://e.tw/a> . }
`)
	quads := parse(t, get(h, "dataset/one/a"))
	if got := objects(quads, vocab.OWLSameAs); !slices.Equal(got, []string{"https://e.tw/a", "https://e.tw/b"}) {
		t.Errorf("dataset/one/a is the same as %q, want two others", got)
	}
	if got := objects(quads, vocab.DCTIsVersionOf); !slices.Equal(got, []string{"https://e.tw/all"}) {
		t.Errorf("dataset/one/a is a version of %q, want another", got)
	}
	w := get(h, "describe.nq?iri="+string(base)+"dataset/one/a")
	var graphs []string
	for line := range strings.Lines(w.Body.String()) {
		words := strings.Fields(line)
		graphs = append(graphs, words[len(words)-2])
	}
	if !slices.IsSorted(graphs) || len(slices.Compact(graphs)) != 3 {
		t.Errorf("describe.nq tells graphs %q, want three in sequence", graphs)
	}
	if w := get(h, "describe.nq?iri=https://e.tw/a"); w.Code != http.StatusNotFound {
		t.Errorf("what is only linked with = %d, want 404", w.Code)
	}
}

// TestOwnGraphIsPublished checks that what the catalogue states itself of a record, in
// a graph beside the record's, is part of every description of the dataset; and that
// syntaxes without graphs have a triple once which two graphs state.
func TestOwnGraphIsPublished(t *testing.T) {
	_, mux := newHandlerOver(t, strings.Replace(catalogue, "<graph/one/b> {", `
<graph/one/a#own> { <distribution/one/a/1> <http://data.europa.eu/r5r/availability> <https://e.tw/AVAILABLE> .
  <agent/x> a foaf:Agent . }
<graph/one/b#own> { <agent/x> a foaf:Agent . }
<graph/one/b> {
  <agent/x> a foaf:Agent . <dataset/one/b> dct:contributor <agent/x> .`, 1))
	for path, want := range map[string]int{
		"/catalog.nt": 1, "/describe.nt?iri=" + string(base) + "dataset/one/a": 1,
		"/describe.nt?iri=" + string(base) + "dataset/one/b": 0,
	} {
		body := get(mux, path).Body.String()
		if n := strings.Count(body, "/availability>"); n != want {
			t.Errorf("%s states the availability %d times, want %d:\n%s", path, n, want, body)
		}
		if n := strings.Count(body, "<"+string(base)+"agent/x> <"+vocab.RDFType+">"); n != 1 {
			t.Errorf("%s has a triple of several graphs %d times, want once:\n%s", path, n, body)
		}
	}
	for path, want := range map[string]int{"/describe.nt?iri=": 1, "/describe.nq?iri=": 3} {
		if body := get(mux, path+string(base)+"agent/x").Body.String(); strings.Count(body, "Agent") != want {
			t.Errorf("%s has %d statements, want %d:\n%s", path, strings.Count(body, "Agent"), want, body)
		}
	}
}
