package feed

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/queries"
	"fincat/sparql/enginetest"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/canon"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// catalogue is a small catalogue: three datasets of two sources, each in its
// own graph, two organisations and a service.
const catalogue = `
@base <https://data.example.tw/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix fincat: <https://w3id.org/fincat/ns#> .
@prefix ft: <http://publications.europa.eu/resource/authority/file-type/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<graph/catalog> { <catalog> a dcat:Catalog ; dct:title "目錄"@zh-Hant-TW ; dcat:catalog <catalog/one>, <catalog/two> . }
<graph/catalog/one> { <catalog/one> a dcat:Catalog ; dct:title "One" . <service/one> a dcat:DataService ; dct:title "API of one" . }
<graph/catalog/two> { <catalog/two> a dcat:Catalog ; dct:title "Two" . }
<graph/org> {
  <org/twse> a foaf:Organization ; foaf:name "臺灣證券交易所"@zh-Hant-TW ; fincat:sector <sector/securities-futures> .
  <org/cdic> a foaf:Organization ; foaf:name "中央存款保險公司"@zh-Hant-TW ; fincat:sector <sector/banking> .
}
<graph/one/a> {
  <dataset/one/a> a dcat:Dataset ; dct:title "上市公司保險業"@zh-Hant-TW ; dct:publisher <org/twse> ;
    dcat:theme <theme/800> ; dcat:distribution <distribution/one/a/1> ; dcat:contactPoint [ foaf:name "desk" ] .
  <distribution/one/a/1> a dcat:Distribution ; dct:format ft:CSV ; dcat:accessService <service/one> .
  <catalog/one> dcat:dataset <dataset/one/a> . <service/one> dcat:servesDataset <dataset/one/a> .
  <record/one/a> foaf:primaryTopic <dataset/one/a> ; dct:modified "2026-01-01T00:00:00Z"^^xsd:dateTime .
}
<graph/one/b> {
  <dataset/one/b> a dcat:Dataset ; dct:title "Prices" ; dct:publisher <org/twse> ; dcat:distribution <distribution/one/b/1> .
  <distribution/one/b/1> a dcat:Distribution ; dct:format ft:JSON . <catalog/one> dcat:dataset <dataset/one/b> .
  <record/one/b> foaf:primaryTopic <dataset/one/b> ; dct:modified "2026-06-01T00:00:00Z"^^xsd:dateTime .
}
<graph/two/c> {
  <dataset/two/c> a dcat:Dataset ; dct:title "存款保險費率"@zh-Hant-TW ; dct:publisher <org/twse> ; dct:creator <org/cdic> .
  <catalog/two> dcat:dataset <dataset/two/c> .
  <record/two/c> foaf:primaryTopic <dataset/two/c> ; dct:modified "2026-06-02T00:00:00Z"^^xsd:dateTime .
}
`

// newTestHandler returns a handler over the small catalogue with pages of two.
func newTestHandler(t *testing.T) (*Handler, http.Handler) {
	t.Helper()
	return newHandlerOver(t, catalogue)
}

// newHandlerOver returns a handler over a TriG document with pages of two.
func newHandlerOver(t *testing.T, document string) (*Handler, http.Handler) {
	t.Helper()
	return newHandlerAt(t, base, document)
}

// newHandlerAt is newHandlerOver with a base.
func newHandlerAt(t *testing.T, base dcat.Base, document string) (*Handler, http.Handler) {
	t.Helper()
	s, e := enginetest.Over(t, document)
	bank, err := queries.Load()
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{Store: s, Engine: e, Queries: bank, Base: base, PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	h.Register(mux)
	mux.HandleFunc("GET /catalog", h.Catalog)
	mux.HandleFunc("GET /dump.nq.gz", h.Dump)
	mux.HandleFunc("GET /oai", h.OAI)
	mux.HandleFunc("POST /oai", h.OAI)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		h.Resource(w, r, string(base)+r.URL.EscapedPath()[1:])
	})
	return h, mux
}

// get sends a request to a handler; target may be an IRI of the catalogue.
func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/"+strings.TrimPrefix(strings.TrimPrefix(target, string(base)), "/"),
		nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// parse reads the RDF of an answer.
func parse(t *testing.T, w *httptest.ResponseRecorder) []term.Quad {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	quads, err := rdfio.ReadAll(t.Context(), w.Body, rdfio.ReadOptions{MediaType: w.Header().Get("Content-Type")})
	if err != nil {
		t.Fatal(err)
	}
	return quads
}

// objects returns the objects of the quads with this predicate, sorted.
func objects(quads []term.Quad, predicate string) []string {
	var out []string
	for _, q := range quads {
		if q.Predicate.Value() == predicate {
			out = append(out, q.Object.Value())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// walk follows hydra:next from target and returns the datasets of every page.
func walk(t *testing.T, h http.Handler, target string, between func()) [][]string {
	t.Helper()
	var pages [][]string
	for target != "" && len(pages) < 10 {
		quads := parse(t, get(h, target, "Accept", "application/n-triples"))
		var datasets []string
		for _, q := range quads {
			if q.Subject.Value() == base.Catalog() && q.Predicate.Value() == vocab.DCATDatasetProperty {
				datasets = append(datasets, strings.TrimPrefix(q.Object.Value(), string(base)+"dataset/"))
			}
		}
		slices.Sort(datasets)
		pages = append(pages, datasets)
		next := objects(quads, vocab.HYDRANext)
		target = strings.Join(next, "")
		if between != nil {
			between()
		}
	}
	return pages
}

func TestCatalogPages(t *testing.T) {
	h, mux := newTestHandler(t)
	first := parse(t, get(mux, "catalog", "Accept", "text/turtle"))
	if got := objects(first, vocab.HYDRATotalItems); !slices.Equal(got, []string{"3"}) {
		t.Errorf("totalItems = %v, want 3", got)
	}
	for _, property := range []string{vocab.HYDRAFirst, vocab.HYDRALast, vocab.HYDRANext, vocab.HYDRAView} {
		if got := objects(first, property); len(got) != 1 || !strings.HasPrefix(got[0], base.Catalog()+"?") {
			t.Errorf("%s = %v, want one address of a page", property, got)
		}
	}
	if got := objects(first, vocab.HYDRAPrevious); got != nil {
		t.Errorf("the first page has hydra:previous %v", got)
	}
	// What a page's datasets refer to is described with them.
	for _, want := range []string{"臺灣證券交易所", "API of one", "目錄"} {
		if !slices.ContainsFunc(first, func(q term.Quad) bool { return q.Object.Value() == want }) {
			t.Errorf("the first page does not say %q", want)
		}
	}
	// Services among them belong to the catalogue, organisations do not.
	if got := objects(first, vocab.DCATService); !slices.Equal(got, []string{base.Service("one")}) {
		t.Errorf("services of the catalogue = %v, want that of one", got)
	}
	want := "[[one/a one/b] [two/c]]"
	if got := fmt.Sprint(walk(t, mux, "catalog", nil)); got != want {
		t.Errorf("datasets by page = %s, want %s", got, want)
	}
	// A dataset that comes while someone walks is not seen in the middle.
	n := 0
	grow := func() {
		n++
		d := term.NewIRI(fmt.Sprintf("%sdataset/one/0%d", base, n))
		_, err := h.Store.Commit(t.Context(),
			store.Change{Add: []term.Quad{{Subject: d, Predicate: term.NewIRI(vocab.RDFType),
				Object: term.NewIRI(vocab.DCATDataset)}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(walk(t, mux, "catalog", grow)); got != want {
		t.Errorf("datasets by page while the catalogue grows = %s, want %s", got, want)
	}
	if got := fmt.Sprint(walk(t, mux, "catalog", nil)); got != "[[one/01 one/02] [one/a one/b] [two/c]]" {
		t.Errorf("datasets by page after it = %s", got)
	}
}

func TestCatalogFilters(t *testing.T) {
	_, h := newTestHandler(t)
	tests := []struct{ query, want string }{
		{"", "[one/a one/b two/c]"},
		{"publisher=twse", "[one/a one/b two/c]"},
		{"publisher=cdic", "[two/c]"},
		{"publisher=" + url.QueryEscape(base.Org("cdic")), "[two/c]"},
		{"source=two", "[two/c]"},
		{"sector=banking", "[two/c]"},
		{"theme=800", "[one/a]"},
		{"format=csv", "[one/a]"},
		{"format=application/json", "[one/b]"},
		{"modified_since=2026-06-01", "[one/b two/c]"},
		{"modified_since=2026-06-02T08:00:00%2B08:00", "[two/c]"},
		{"q=" + url.QueryEscape("保險"), "[one/a two/c]"},
		{"q=PRICES", "[one/b]"},
		{"q=" + url.QueryEscape("保險 上市"), "[one/a]"},
		{"q=" + url.QueryEscape("保險") + "&source=two", "[two/c]"},
		{"publisher=nobody", "[]"},
	}
	for _, tt := range tests {
		got := []string{}
		for _, page := range walk(t, h, "catalog?page_size=10&"+tt.query, nil) {
			got = append(got, page...)
		}
		if fmt.Sprint(got) != tt.want {
			t.Errorf("catalog?%s = %v, want %s", tt.query, got, tt.want)
		}
	}
}

func TestCatalogFaults(t *testing.T) {
	_, h := newTestHandler(t)
	tests := []struct {
		query  string
		status int
		want   string
	}{
		{"publishr=twse", http.StatusBadRequest, "no parameter"},
		{"page=0", http.StatusBadRequest, "page="},
		{"page=x", http.StatusBadRequest, "page="},
		{"page=9", http.StatusNotFound, "2 pages"},
		{"page_size=100000", http.StatusBadRequest, "page_size"},
		{"modified_since=tomorrow", http.StatusBadRequest, "want a date"},
		{"format=nonsense", http.StatusBadRequest, "not a known name"},
		{"seq=4711", http.StatusGone, "start again"},
		{"after=x y", http.StatusBadRequest, "after="},
		{"after=http://e/a&page=2", http.StatusBadRequest, "one of them"},
		{"source=one&source=two", http.StatusBadRequest, "2 times"},
	}
	for _, tt := range tests {
		w := get(h, "catalog?"+strings.ReplaceAll(tt.query, " ", "%20"), "Accept", "text/turtle")
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) ||
			w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("catalog?%s = %d %s %s, want %d with %q", tt.query, w.Code, w.Header().Get("Content-Type"),
				w.Body, tt.status, tt.want)
		}
	}
}

func TestNegotiation(t *testing.T) {
	_, h := newTestHandler(t)
	want := parse(t, get(h, "catalog", "Accept", "application/n-triples"))
	for _, f := range rdfio.Formats() {
		for _, w := range []*httptest.ResponseRecorder{get(h, "catalog", "Accept", f.MediaType()),
			get(h, "catalog."+f.Name())} {
			if got := w.Header().Get("Content-Type"); got != f.MediaType() {
				t.Errorf("%s: Content-Type = %q, want %q", f, got, f.MediaType())
			}
			quads := parse(t, w)
			plain := f != rdfio.TriG && f != rdfio.NQuads
			if plain && w.Header().Get("Vary") != "" && !canon.Isomorphic(quads, want) {
				t.Errorf("%s: another graph than N-Triples", f)
			}
			if named := slices.ContainsFunc(quads,
				func(q term.Quad) bool { return !q.Graph.IsZero() }); named == plain {
				t.Errorf("%s: has named graphs = %v, want %v", f, named, !plain)
			}
		}
	}
	if w := get(h, "catalog", "Accept", "image/png"); w.Code != http.StatusNotAcceptable {
		t.Errorf("Accept: image/png = %d, want 406", w.Code)
	}
}

func TestValidators(t *testing.T) {
	h, mux := newTestHandler(t)
	for _, target := range []string{"catalog", "dataset/one/a"} {
		w := get(mux, target)
		tag, modified := w.Header().Get("ETag"), w.Header().Get("Last-Modified")
		if tag == "" || modified == "" {
			t.Errorf("%s: ETag %q, Last-Modified %q", target, tag, modified)
		}
		if w := get(mux, target, "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s with its tag = %d, want 304", target, w.Code)
		}
		if w := get(mux, target, "If-None-Match", tag, "Accept", "application/ld+json"); w.Code != http.StatusOK {
			t.Errorf("%s with the tag of another syntax = %d, want 200", target, w.Code)
		}
		if _, err := h.Store.Commit(t.Context(), store.Change{Drop: []term.Term{term.NewIRI(base.Graph("two", "c"))},
			Put: map[string][]byte{"changed": []byte(target)}}); err != nil {
			t.Fatal(err)
		}
		if w := get(mux, target, "If-None-Match", tag); w.Code != http.StatusOK {
			t.Errorf("%s with a tag from before a commit = %d, want 200", target, w.Code)
		}
	}
}

func TestResource(t *testing.T) {
	_, h := newTestHandler(t)
	quads := parse(t, get(h, "dataset/one/a"))
	for _, want := range []string{"上市公司保險業", "http://publications.europa.eu/resource/authority/file-type/CSV",
		"desk"} {
		if !slices.ContainsFunc(quads, func(q term.Quad) bool { return q.Object.Value() == want }) {
			t.Errorf("dataset/one/a does not say %q", want)
		}
	}
	if got := parse(t, get(h, "org/cdic")); len(got) != 3 {
		t.Errorf("org/cdic has %d triples, want 3: %v", len(got), got)
	}
	if got := parse(t, get(h, "describe.nt?iri="+url.QueryEscape(base.Org("cdic")))); len(got) != 3 {
		t.Errorf("describe.nt of org/cdic has %d triples, want 3", len(got))
	}
	if w := get(h, "dataset/one/nothing"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown resource = %d, want 404", w.Code)
	}
}

func TestNew(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("New without a store did not fail")
	}
	h, _ := newTestHandler(t)
	o := h.Options
	for size, want := range map[int]int{-1: defaultPageSize, 0: defaultPageSize, 1: 1} {
		o.PageSize = size
		if h, err := New(o); err != nil || h.PageSize != want {
			t.Errorf("New with pages of %d = %v, %v, want pages of %d", size, h, err, want)
		}
	}
	o.Base = "https://data.example.tw"
	if _, err := New(o); err == nil {
		t.Errorf("New with base %q did not fail", o.Base)
	}
}
