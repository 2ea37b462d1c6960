package protocol

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	knakksparql "github.com/knakk/sparql"

	"fincat/sparql"
	"fincat/store"
)

// TestClientLibraryDefects holds what doc.go says against the client library. A
// release that repairs one of these fails here; then the library can do more.
func TestClientLibraryDefects(t *testing.T) {
	bank := func(text string) knakksparql.Bank { return knakksparql.LoadBank(strings.NewReader(text)) }
	defects := []struct {
		name string
		test func(t *testing.T) (stillThere bool)
	}{
		{"options alter the client of the process", optionsAlterDefaultClient},
		{"no option takes a client", noOptionTakesClient},
		{"a redirected query is lost", redirectLosesQuery},
		{"a document that is no result passes", func(*testing.T) bool {
			res, err := knakksparql.ParseJSON(strings.NewReader(`{"error":"quota exceeded"}`))
			return err == nil && len(res.Results.Bindings) == 0
		}},
		{"text behind the document passes", func(*testing.T) bool {
			_, err := knakksparql.ParseJSON(strings.NewReader(`{"head":{},"boolean":true} Error: deadline`))
			return err == nil
		}},
		{"triple terms are an error", func(*testing.T) bool {
			const x = `{"type":"uri","value":"http://e/"}`
			_, err := knakksparql.ParseJSON(strings.NewReader(`{"head":{"vars":["x"]},"results":{"bindings":[` +
				`{"x":{"type":"triple","value":{"subject":` + x + `,"predicate":` + x + `,"object":` + x + `}}}]}}`))
			return err != nil
		}},
		{"the base direction is lost", func(*testing.T) bool {
			fields := reflect.TypeFor[knakksparql.Results]().Field(2).Type.Field(2).Type.Elem().Elem()
			return fields.NumField() == 4
		}},
		{"terms of some languages are left out", func(t *testing.T) bool {
			res, err := knakksparql.ParseJSON(strings.NewReader(`{"head":{"vars":["x"]},"results":{"bindings":[` +
				`{"x":{"type":"literal","value":"保險","xml:lang":"zh-Hant-TW"}}]}}`))
			if err != nil {
				t.Fatal(err)
			}
			return len(res.Solutions()[0]) == 0
		}},
		{"a bank ends at a long line", func(*testing.T) bool {
			return len(bank("# "+strings.Repeat("x", 1<<16)+"\n# tag: a\nASK {}\n")) == 0
		}},
		{"a name may be used twice in a bank", func(*testing.T) bool {
			return len(bank("# tag: a\nASK {}\n# tag: b\nASK {}\n# tag: a\nASK {}\n")) == 2
		}},
		{"a bank changes strings", func(*testing.T) bool {
			return !strings.Contains(bank("# tag: a\nASK { ?s ?p 'x  y' }\n")["a"], "x  y")
		}},
		{"a comment behind code takes the rest", func(*testing.T) bool {
			return !strings.Contains(bank("# tag: a\nASK # all\n{}\n")["a"], "\n")
		}},
	}
	for _, d := range defects {
		t.Run(d.name, func(t *testing.T) {
			if !d.test(t) {
				t.Errorf("the client library no longer has the defect %q: see doc.go for what it forbade", d.name)
			}
		})
	}
}

func optionsAlterDefaultClient(t *testing.T) bool {
	saved := *http.DefaultClient
	defer func() { *http.DefaultClient = saved }()
	for _, option := range []func(*knakksparql.Repo) error{
		knakksparql.Timeout(time.Second), knakksparql.BasicAuth("a", "b"), knakksparql.DigestAuth("a", "b"),
	} {
		*http.DefaultClient = saved
		if _, err := knakksparql.NewRepo("http://e/", option); err != nil {
			t.Fatal(err)
		}
		if http.DefaultClient.Timeout == saved.Timeout && http.DefaultClient.Transport == saved.Transport {
			return false
		}
	}
	return true
}

// noOptionTakesClient reads the library's source: options are functions, which
// nothing lists at run time.
func noOptionTakesClient(t *testing.T) bool {
	newRepo := runtime.FuncForPC(reflect.ValueOf(knakksparql.NewRepo).Pointer())
	file, _ := newRepo.FileLine(newRepo.Entry())
	files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.go"))
	if err != nil || len(files) == 0 {
		t.Skipf("the library's source is not at hand: %v in %s", err, filepath.Dir(file))
	}
	var makers []string
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || strings.HasSuffix(file, "_test.go") || fn.Recv != nil {
				continue
			}
			makers = append(makers, fn.Name.Name)
		}
	}
	slices.Sort(makers)
	return slices.Equal(makers, []string{"BasicAuth", "DigestAuth", "LoadBank", "NewRepo", "ParseJSON", "Timeout"})
}

func redirectLosesQuery(t *testing.T) bool {
	var method, query string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusFound)
			return
		}
		method, query = r.Method, r.FormValue("query")
		fmt.Fprint(w, `{"head":{},"boolean":true}`)
	}))
	defer s.Close()
	repo, err := knakksparql.NewRepo(s.URL + "/old")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Query("ASK {}"); err != nil {
		t.Fatal(err)
	}
	return method == http.MethodGet && query == ""
}

// TestIndependentClient asks our endpoint with the client library's Repo, which
// shares no code with our client but the way a Request becomes an HTTP request.
func TestIndependentClient(t *testing.T) {
	st := memoryStore(t)
	engine, err := sparql.New(sparql.Options{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHandler(Options{Engine: engine, Store: st, Authorize: anyone})
	if err != nil {
		t.Fatal(err)
	}
	address := serve(t, h)
	repo := func(path string) *knakksparql.Repo {
		r, err := knakksparql.NewRepo(address + path)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	update := "INSERT DATA { <http://e/s> <http://e/p> 1, 'a\\\"\\n'@en . " +
		"GRAPH <http://e/g> { <http://e/t> <http://e/p> true } }"
	if err := repo("/update").Update(update); err != nil {
		t.Fatal(err)
	}
	if n, err := countQuadsIn(st); err != nil || n != 3 {
		t.Fatalf("after its update the store has %d quads, %v, want 3", n, err)
	}

	r := Request{Endpoint: address + "/sparql", Query: "SELECT ?s ?o { ?s <http://e/p> ?o } ORDER BY ?s STR(?o)"}
	theirs, err := repo("/sparql").Query(r)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range theirs.Results.Bindings {
		got = append(got, fmt.Sprintf("%s %q %s %s", b["s"].Value, b["o"].Value, b["o"].Lang, b["o"].DataType))
	}
	var want []string
	_, sols, err := testClient(ClientOptions{}).Select(context.Background(), r.Endpoint, r.Query)
	if err != nil {
		t.Fatal(err)
	}
	for s, err := range sols {
		if err != nil {
			t.Fatal(err)
		}
		dt := s[1].Datatype()
		if s[1].Lang() != "" {
			dt = ""
		}
		want = append(want, fmt.Sprintf("%s %q %s %s", s[0].Value(), s[1].Value(), s[1].Lang(), dt))
	}
	if len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("the library reads %q, our client %q", got, want)
	}

	r.DefaultGraphs, r.NamedGraphs = []string{"http://e/g"}, []string{"http://e/h"}
	if theirs, err := repo("/sparql").Query(r); err != nil || len(theirs.Results.Bindings) != 1 {
		t.Errorf("in the graph <http://e/g> it finds %+v, %v, want one solution", theirs, err)
	}
	if ask, err := repo("/sparql").Query("ASK { ?s <http://e/p> true }"); err != nil || !ask.Boolean {
		t.Errorf("ASK = %+v, %v, want true", ask, err)
	}
	triples, err := repo("/sparql").Construct("CONSTRUCT WHERE { ?s <http://e/p> ?o }")
	if err != nil || len(triples) != 3 {
		t.Errorf("CONSTRUCT = %v, %v, want 3 triples", triples, err)
	}
	if _, err := repo("/sparql").Query("SELECT"); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("a malformed query = %v, want an error with 400", err)
	}
}

func countQuadsIn(st *store.Store) (n int, err error) {
	sn, err := st.Snapshot()
	if err != nil {
		return 0, err
	}
	defer sn.Close()
	for _, err := range sn.Match(context.Background(), store.Pattern{}, store.GSPO) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// TestRequestProvider asserts the HTTP request of a Request.
func TestRequestProvider(t *testing.T) {
	r := Request{Query: "ASK { ?s ?p '&+ 險' }", DefaultGraphs: []string{"http://e/a", "http://e/b"},
		NamedGraphs: []string{"http://e/c"}}
	req, err := r.GenRequest("http://e/sparql")
	if err != nil {
		t.Fatal(err)
	}
	if got := req.Header.Get("Accept"); got != acceptAnything {
		t.Errorf("Accept is %q, want %q", got, acceptAnything)
	}
	if req.Method != http.MethodPost || req.Header.Get("Content-Type") != typeForm {
		t.Errorf("the request is %s %v", req.Method, req.Header)
	}
	if err := req.ParseForm(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"query": {r.Query}, "default-graph-uri": r.DefaultGraphs, "named-graph-uri": r.NamedGraphs,
	} {
		if got := req.PostForm[name]; !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(req.PostForm) != 3 {
		t.Errorf("the form is %v", req.PostForm)
	}
	r = Request{Query: "ASK {}", Accept: "text/csv"}
	req, err = r.GenRequest("http://e/sparql")
	if err != nil || req.Header.Get("Accept") != "text/csv" {
		t.Errorf("Accept is %v, %v, want text/csv", req.Header, err)
	}
	if err := req.ParseForm(); err != nil || len(req.PostForm) != 1 {
		t.Errorf("the form is %v, %v, want the query alone", req.PostForm, err)
	}
}

// TestProbeOfAnother asks servers that answer something else: they are no
// endpoints, though the client library's parser takes their answers.
func TestProbeOfAnother(t *testing.T) {
	for _, answer := range []string{
		`{}`, `{"error":"quota exceeded"}`, `{"boolean":"yes"}`, `[]`, `{"head":{},"boolean":true} trailing`,
		`{"head":{"vars":["x"]},"results":{"bindings":[]}}`,
	} {
		endpoint := remote(t, func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "application/sparql-results+json")
			fmt.Fprint(w, answer)
		})
		if st, err := testClient(ClientOptions{}).Probe(context.Background(), endpoint); err == nil {
			t.Errorf("Probe of a server that answers %s = %+v, want an error", answer, st)
		}
	}
}
