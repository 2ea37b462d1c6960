package editor

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/enginetest"
	"fincat/store"
)

const base = "https://data.example.tw/"

const catalogue = `
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix void: <http://rdfs.org/ns/void#> .
@base <https://data.example.tw/> .
<graph/void> {
  [] void:class dcat:Dataset ; void:entities 2 ;
    void:propertyPartition [ void:property dct:title ; void:triples 5 ], [ void:property dct:publisher ; void:triples 9 ] .
  [] void:class dcat:Distribution ; void:entities 3 ; void:propertyPartition [ void:property dcat:downloadURL ; void:triples 3 ] .
}
<graph/a/1> {
  <dataset/a/1> a dcat:Dataset ; dct:title "保險</script>"@zh-Hant-TW ; dct:publisher <org/tii> .
  <distribution/a/1> a dcat:Distribution ; dct:publisher <org/other> ; dcat:byteSize 12 .
  <org/tii> dct:title "TII" .
}
`

// names are those of a test: the last segment of an IRI.
type names struct{}

func (names) Short(iri string) string { return iri[strings.LastIndexAny(iri, "/#")+1:] }
func (names) Label(iri string) string { return "name of " + names{}.Short(iri) }
func (names) Href(iri string) (string, bool) {
	rest, ok := strings.CutPrefix(iri, base)
	return "/" + rest, !ok
}

// newTestEditor returns the routes of an editor over a catalogue.
func newTestEditor(t *testing.T, trig string) (*Editor, http.Handler) {
	t.Helper()
	s, engine := enginetest.Over(t, trig)
	e, err := New(Options{Store: s, Engine: engine, Base: base,
		Namer: func(*http.Request, *store.Snapshot) Namer { return names{} }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	e.Register(mux)
	return e, mux
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// post sends a query to a task and decodes the answer.
func post[T any](t *testing.T, h http.Handler, task, query string) (status int, answer T) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/query/"+task, strings.NewReader(query))
	r.Header.Set("Content-Type", "application/sparql-query")
	w := send(h, r)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s of %.100q = %d %.200s: %v", task, query, w.Code, w.Body, err)
	}
	return w.Code, answer
}

func TestCheck(t *testing.T) {
	_, h := newTestEditor(t, catalogue)
	for _, tt := range []struct {
		query        string
		form         string
		line, column int
	}{
		{"SELECT ?a ?b { ?a ?p ?b }", "SELECT", 0, 0},
		{"ASK {}", "ASK", 0, 0},
		{"SELECT * {\n  ?保險 ?p }", "", 2, 10},
		{"SELECT * { ?s ?p", "", 1, 17},
		{"SELECT * { ?s nope:p ?o }", "", 1, 15},
		{"DROP ALL", "", 1, 1},
		{"", "", 1, 1},
		{strings.Repeat("{", 50_000), "", 1, 1},
		{"SELECT * { ?s ?p \"\x00\u202e }", "", 1, 18},
	} {
		status, got := post[verdict](t, h, "check", tt.query)
		if status != http.StatusOK || got.Form != tt.form || (got.Error == nil) != (tt.line == 0) {
			t.Errorf("check(%.60q) = %d %+v %+v", tt.query, status, got, got.Error)
			continue
		}
		if f := got.Error; f != nil && (f.Line != tt.line || f.Column != tt.column || f.Message == "" ||
			strings.HasPrefix(f.Message, "0:0")) {
			t.Errorf("check(%.60q) = %+v, want an error at %d:%d", tt.query, got.Error, tt.line, tt.column)
		}
	}
}

// TestHostileRequests: what is too large, of another type or not UTF-8 is refused with its reason,
// and nothing is changed.
func TestHostileRequests(t *testing.T) {
	e, h := newTestEditor(t, catalogue)
	before := e.o.Store.Seq()
	const plain = "application/sparql-query"
	for _, tt := range []struct {
		method, target, kind, body string
		want                       int
	}{
		{"POST", "/query/run", plain, strings.Repeat(" ", MaxQuery+1), 413},
		{"POST", "/query/check", plain, strings.Repeat("a", MaxQuery+1), 413},
		{"POST", "/query/run", "application/x-www-form-urlencoded", "query=ASK{}", 415},
		{"POST", "/query/run", "", "ASK {}", 415},
		{"POST", "/query/run", "application/sparql-update", "DROP ALL", 415},
		{"POST", "/query/run", plain, "ASK { \xff }", 400},
		{"POST", "/query/run", plain, "DROP ALL", 400},
		{"POST", "/query/plan", plain, "INSERT DATA { <x:a> <x:b> <x:c> }", 400},
		{"POST", "/query/run", plain, "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400},
		{"POST", "/query/values", plain, "ASK {}", 405},
		{"GET", "/query/run", "", "", 404},
		{"GET", "/query/..%2feditor.go", "", "", 404},
		{"GET", "/query/editor.js", "", "", 404},
		{"GET", "/query/values", "", "", 400},
		{"GET", "/query/values?property=relative", "", "", 400},
		{"GET", "/query/values?property=" + url.QueryEscape("http://e/> ?o } ; DROP ALL #"), "", "", 400},
		{"GET", "/query/values?property=http://e/p&class=" + url.QueryEscape("x y"), "", "", 400},
	} {
		r := httptest.NewRequest(tt.method, tt.target, strings.NewReader(tt.body))
		if tt.kind != "" {
			r.Header.Set("Content-Type", tt.kind)
		}
		w := send(h, r)
		if w.Code != tt.want {
			t.Errorf("%s %s %s %.40q = %d %.200s, want %d", tt.method, tt.target, tt.kind, tt.body, w.Code, w.Body,
				tt.want)
		}
		if kind := w.Header().Get("Content-Type"); w.Code != 405 && kind != "application/problem+json" {
			t.Errorf("%s %s is of type %q", tt.method, tt.target, kind)
		}
	}
	if after := e.o.Store.Seq(); after != before {
		t.Errorf("the store went from commit %d to %d", before, after)
	}
}

func TestRun(t *testing.T) {
	_, h := newTestEditor(t, catalogue)
	status, got := post[shown](t, h, "run", `PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?d ?t ?p ?none (12 AS ?n) { ?d dct:title ?t ; dct:publisher ?p }`)
	want := []*cell{{"iri", base + "dataset/a/1", "", ""}, {"literal", "保險</script>", "zh-Hant-TW", ""},
		{"iri", base + "org/tii", "", ""}, nil, {"literal", "12", "", "http://www.w3.org/2001/XMLSchema#integer"}}
	if status != 200 || got.Form != "SELECT" || len(got.Rows) != 1 || len(got.Rows[0]) != len(want) {
		t.Fatalf("run = %d %+v", status, got)
	}
	for i, c := range got.Rows[0] {
		if (c == nil) != (want[i] == nil) || c != nil && *c != *want[i] {
			t.Errorf("column %s = %+v, want %+v", got.Vars[i], c, want[i])
		}
	}
	if n := got.Names[base+"org/tii"]; n != (name{"tii", "name of tii", "/org/tii", false}) || len(got.Names) != 2 {
		t.Errorf("names = %+v", got.Names)
	}
	if _, got := post[shown](t, h, "run", "ASK { ?s ?p ?o }"); !got.Yes {
		t.Errorf("ASK = %+v", got)
	}
	_, got = post[shown](t, h, "run", "CONSTRUCT { ?s a <x:c> } { ?s a ?c }")
	if len(got.Rows) != 2 || !strings.Contains(got.Turtle, "a <x:c>") || got.More {
		t.Errorf("CONSTRUCT = %+v", got)
	}
}

// TestRunBounds: what a page shows is bounded, in number and in size, and says so.
func TestRunBounds(t *testing.T) {
	_, h := newTestEditor(t, catalogue)
	const ten = " { 0 1 2 3 4 5 6 7 8 9 } "
	many := "{ VALUES ?a" + ten + "VALUES ?b" + ten + "VALUES ?c" + ten + "VALUES ?d" + ten + "}"
	if _, got := post[shown](t, h, "run", "SELECT * "+many); len(got.Rows) != maxSolutions || !got.More {
		t.Errorf("10,000 solutions: %d shown, more %v", len(got.Rows), got.More)
	}
	_, got := post[shown](t, h, "run", "CONSTRUCT { <x:s> <x:p> ?x } { "+many+
		" BIND(CONCAT(STR(?a), STR(?b), STR(?c), STR(?d)) AS ?x) }")
	if len(got.Rows) != maxTriples || !got.More {
		t.Errorf("10,000 triples: %d shown, more %v", len(got.Rows), got.More)
	}
	long := fmt.Sprintf("SELECT ?x ?a ?b ?c { %s BIND(%q AS ?x) }", many, strings.Repeat("保", 10_000))
	if _, got := post[shown](t, h, "run", long); !got.More || len(got.Rows) > maxText/30_000+1 {
		t.Errorf("long texts: %d shown, more %v", len(got.Rows), got.More)
	}
}

// TestRunCancelled: a query ends when whoever asked it has gone.
func TestRunCancelled(t *testing.T) {
	e, h := newTestEditor(t, catalogue)
	ctx, cancel := context.WithCancel(t.Context())
	digits := "{ 0 1 2 3 4 5 6 7 8 9 }"
	var b strings.Builder
	for v := 'a'; v < 'm'; v++ {
		fmt.Fprintf(&b, "VALUES ?%c %s ", v, digits)
	}
	r := httptest.NewRequest(http.MethodPost, "/query/run",
		strings.NewReader("SELECT (COUNT(*) AS ?n) { "+b.String()+" FILTER(?a + ?l > 100) }")).WithContext(ctx)
	r.Header.Set("Content-Type", "application/sparql-query")
	done := make(chan int)
	go func() { done <- send(h, r).Code }()
	for len(e.o.Engine.Running()) == 0 {
		select {
		case status := <-done:
			t.Fatalf("the query ended with %d before it was cancelled", status)
		default:
		}
	}
	cancel()
	if status := <-done; status < 400 {
		t.Errorf("a cancelled query = %d", status)
	}
	if n := len(e.o.Engine.Running()); n != 0 {
		t.Errorf("%d queries run on", n)
	}
}

func TestPlan(t *testing.T) {
	_, h := newTestEditor(t, catalogue)
	_, got := post[steps](t, h, "plan", "PREFIX dct: <http://purl.org/dc/terms/> "+
		"SELECT * { ?d a <http://www.w3.org/ns/dcat#Dataset> ; dct:title ?t }")
	if len(got.Steps) < 2 || got.Steps[0].Depth != 0 || got.Steps[1].Depth != 1 {
		t.Fatalf("plan = %+v", got)
	}
	for _, s := range got.Steps {
		if s.Does == "" || s.Depth == 0 && (!s.Ran || s.Actual != 1) {
			t.Errorf("step %+v, want the root to have had one solution", s)
		}
	}
}

// TestSchema: each class has its own properties only, and a store without a description none.
func TestSchema(t *testing.T) {
	_, h := newTestEditor(t, catalogue)
	var got schema
	w := send(h, httptest.NewRequest("GET", "/query/schema", nil))
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	const dcat, dct = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
	want := fmt.Sprint([]class{{dcat + "Distribution", 3, []property{{dcat + "downloadURL", 3}}},
		{dcat + "Dataset", 2, []property{{dct + "publisher", 9}, {dct + "title", 5}}}})
	if fmt.Sprint(got.Classes) != want || got.Prefixes["dcat"] != dcat || got.Names[dct+"title"] != "name of title" {
		t.Errorf("schema = %+v, want classes %s", got, want)
	}
	_, empty := newTestEditor(t, "")
	w = send(empty, httptest.NewRequest("GET", "/query/schema", nil))
	if !strings.Contains(w.Body.String(), `"classes":[]`) {
		t.Errorf("schema of an empty store = %.200s", w.Body)
	}
}

func TestValues(t *testing.T) {
	_, h := newTestEditor(t, catalogue)
	values := func(query string) (texts []string) {
		t.Helper()
		w := send(h, httptest.NewRequest("GET", "/query/values?"+query, nil))
		var got offered
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s = %s: %v", query, w.Body, err)
		}
		for _, v := range got.Values {
			texts = append(texts, v.Text)
		}
		slices.Sort(texts)
		return texts
	}
	publisher := "property=" + url.QueryEscape("http://purl.org/dc/terms/publisher")
	if got := values(publisher); !slices.Equal(got, []string{"<" + base + "org/other>", "<" + base + "org/tii>"}) {
		t.Errorf("publishers = %q", got)
	}
	got := values(publisher + "&class=" + url.QueryEscape("http://www.w3.org/ns/dcat#Dataset"))
	if !slices.Equal(got, []string{"<" + base + "org/tii>"}) {
		t.Errorf("publishers of datasets = %q", got)
	}
}

// TestWeight: the editor weighs at most 350 KiB compressed, keeps for good under its name, asks
// nobody else, and brings the licences of what is in it.
func TestWeight(t *testing.T) {
	e, h := newTestEditor(t, "")
	total := 0
	for _, address := range []string{e.Script(), e.Style()} {
		w := send(h, httptest.NewRequest("GET", address, nil))
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Fatalf("%s = %d %v", address, w.Code, w.Header())
		}
		if !regexp.MustCompile(`^/query/editor-[0-9a-f]{16}\.(js|css)$`).MatchString(address) {
			t.Errorf("the address is %s, want one with a hash", address)
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		text := w.Body.Bytes()
		if _, err := z.Write(text); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		total += b.Len()
		addresses := regexp.MustCompile(`(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^"'\x60 ]*`)
		for _, outside := range addresses.FindAllString(string(text), -1) {
			if !strings.HasPrefix(outside, "http://www.w3.org/") { // names of vocabularies, which nobody asks
				t.Errorf("%s names %s", address, outside)
			}
		}
	}
	if total > 350<<10 {
		t.Errorf("the editor weighs %d bytes compressed, at most %d", total, 350<<10)
	}
	licences := send(h, httptest.NewRequest("GET", "/query/licences.txt", nil)).Body.String()
	for _, want := range []string{"@codemirror/view", "MIT License"} {
		if !strings.Contains(licences, want) {
			t.Errorf("the licences lack %q", want)
		}
	}
}

// TestSources: the script was made from the sources beside it. After a change to them run assets/build.sh.
func TestSources(t *testing.T) {
	names, err := filepath.Glob("assets/src/*.js")
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	sum := sha256.New()
	for _, name := range append([]string{"assets/package.json"}, names...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(text)
	}
	script, err := assets.ReadFile("assets/editor.js")
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _ := strings.Cut(string(script), "\n"); got != fmt.Sprintf("// %x", sum.Sum(nil)) {
		t.Errorf("editor.js begins with %.80q, want the hash of its sources", got)
	}
}
