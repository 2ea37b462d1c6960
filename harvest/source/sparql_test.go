package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// endpoint serves a store with n datasets, each with a distribution and a
// publisher, and one that is a blank node.
func endpoint(t *testing.T, n int) string {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	iri := term.NewIRI
	var quads []term.Quad
	add := func(s, p, o term.Term) { quads = append(quads, term.Quad{Subject: s, Predicate: p, Object: o}) }
	publisher := iri("https://e.example/publisher")
	add(publisher, iri(vocab.FOAFName), term.NewString("某公司"))
	add(term.NewBlankNode("b"), iri(vocab.RDFType), iri(vocab.DCATDataset))
	for i := range n {
		d := iri(fmt.Sprintf("https://e.example/d/%04d", i))
		dist := iri(d.Value() + "/file")
		add(d, iri(vocab.RDFType), iri(vocab.DCATDataset))
		add(d, iri(vocab.DCTTitle), term.NewLangString(fmt.Sprint("資料集", i), "zh-Hant-TW"))
		add(d, iri(vocab.DCTPublisher), publisher)
		add(d, iri(vocab.DCATDistributionProperty), dist)
		add(dist, iri(vocab.RDFType), iri(vocab.DCATDistribution))
		add(dist, iri(vocab.DCATAccessURL), iri(d.Value()+".csv"))
	}
	if _, err := st.Commit(ctx, store.Change{Add: quads}); err != nil {
		t.Fatal(err)
	}
	e, err := sparql.New(sparql.Options{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	h, err := protocol.NewHandler(protocol.Options{Engine: e, Store: st})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL + "/sparql"
}

func TestSPARQLEndpoint(t *testing.T) {
	url := endpoint(t, sparqlPage+30)
	tests := []struct {
		name  string
		query *SPARQL
		want  int
	}{
		{"all datasets", nil, sparqlPage + 30},
		{"construct", &SPARQL{Query: `CONSTRUCT { ?d ?p ?o } WHERE { ?d a <` + vocab.DCATDataset +
			`> ; ?p ?o FILTER(CONTAINS(STR(?d), "/d/000")) }`}, 10},
		{"select in pages", &SPARQL{Query: `SELECT ?d ?t { ?d <` + vocab.DCTTitle + `> ?t } ORDER BY ?d`,
			Columns: map[string]string{"identifier": "d", "title": "t"}, Page: 300}, sparqlPage + 30},
		{"long query", &SPARQL{Query: `SELECT ?d ?t { ?d <` + vocab.DCTTitle + `> ?t } ORDER BY ?d LIMIT 7 #` +
			strings.Repeat("x", 5000), Columns: map[string]string{"identifier": "d", "title": "t"}}, 7},
		{"select", &SPARQL{Query: `SELECT ?d ?t { ?d <` + vocab.DCTTitle + `> ?t } ORDER BY ?d LIMIT 7`,
			Columns: map[string]string{"identifier": "d", "title": "t"}}, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := fetch.Options{AllowPrivate: true}
			s := newSession(t, Config{ID: "remote", Kind: "sparql", URL: url, SPARQL: tt.query,
				Policy: fetch.Policy{Rate: fetch.Rate{Every: 1}}}, client, time.Time{})
			var ids []string
			for rec, err := range gatherSPARQL(context.Background(), s) {
				if err != nil {
					t.Fatal(err)
				}
				if rec.Dataset == nil || !strings.HasPrefix(rec.Dataset.Title[0].Value, "資料集") {
					t.Fatalf("record %s: %+v", rec.ID, rec.Problems)
				}
				if tt.query == nil && (len(rec.Dataset.Distribution) != 1 || len(rec.Dataset.Publisher.Name) != 1) {
					t.Fatalf("record %s lacks its distribution or publisher", rec.ID)
				}
				ids = append(ids, rec.ID)
			}
			slices.Sort(ids)
			if n := len(slices.Compact(ids)); n != tt.want {
				t.Errorf("%d records, want %d", n, tt.want)
			}
		})
	}
}

func TestSPARQLConfig(t *testing.T) {
	tests := []struct {
		in   SPARQL
		want string // part of the message
	}{
		{SPARQL{}, ""},
		{SPARQL{Query: "CONSTRUCT WHERE { ?s ?p ?o }"}, ""},
		{SPARQL{Query: "ASK {}"}, "SELECT or CONSTRUCT"},
		{SPARQL{Query: "SELECT"}, "sparql.query"},
		{SPARQL{Query: "CONSTRUCT WHERE { ?s ?p ?o }", Page: 5}, "sparql.page"},
		{SPARQL{Query: "SELECT ?t {}", Columns: map[string]string{"title": "t"}, Page: 5}, "ORDER BY"},
		{SPARQL{Query: "SELECT ?t {} ORDER BY ?t LIMIT 5", Columns: map[string]string{"title": "t"}, Page: 5},
			"LIMIT"},
		{SPARQL{Query: "SELECT ?t {} ORDER BY ?t", Columns: map[string]string{"title": "t"}, Page: 5}, ""},
		{SPARQL{Query: "SELECT * {}"}, "title"},
		{SPARQL{Query: "SELECT * {}", Columns: map[string]string{"title": "t", "colour": "c"}}, "colour"},
	}
	for _, tt := range tests {
		err := checkSPARQL(&Config{SPARQL: &tt.in})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("checkSPARQL(%+v) = %v, want %q", tt.in, err, tt.want)
		}
	}
}

// TestSPARQLList checks the answers to the query for a page of datasets.
func TestSPARQLList(t *testing.T) {
	const empty = `{"head":{"vars":["d"]},"results":{"bindings":[]}}`
	list := func(kind string, iris ...string) string {
		for i, iri := range iris {
			iris[i] = fmt.Sprintf(`{"d":{"type":%q,"value":%q}}`, kind, iri)
		}
		return `{"head":{"vars":["d"]},"results":{"bindings":[` + strings.Join(iris, ",") + `]}}`
	}
	const inXML = `<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="d"/></head><results>` +
		`<result><binding name="d"><uri>https://e.tw/1</uri></binding></result></results></sparql>`
	tests := []struct {
		name, mediaType, body string
		rule                  string
		records               int // each is listed and then not described
	}{
		{"JSON", "application/sparql-results+json", list("uri", "https://e.tw/1", "https://e.tw/2"), "", 2},
		{"XML", "application/sparql-results+xml", inXML, "", 1},
		{"empty", "application/sparql-results+json", empty, "", 0},
		{"not sorted", "application/sparql-results+json", list("uri", "https://e.tw/2", "https://e.tw/1"),
			"sparql-order", 0},
		{"no IRIs", "application/sparql-results+json", list("literal", "1"), "sparql-results", 0},
		{"another object", "application/sparql-results+json", `{"error":"rebuilding"}`, "sparql-results", 0},
		{"cut", "application/sparql-results+json", list("uri", "https://e.tw/1")[:50], "sparql-results", 0},
		{"a page", "text/html", "<!doctype html>", "sparql-results", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lists := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, mediaType := "# nothing\n<https://e.tw/x> a <https://e.tw/X> .", "text/turtle"
				if strings.Contains(r.FormValue("query"), "SELECT") {
					if body, mediaType = tt.body, tt.mediaType; lists > 0 {
						body, mediaType = empty, "application/sparql-results+json"
					}
					lists++
				}
				w.Header().Set("Content-Type", mediaType)
				_, _ = io.WriteString(w, body)
			}))
			defer srv.Close()
			cfg := Config{URL: srv.URL, Policy: fetch.Policy{Robots: "ignore", Retries: 1}}
			s := testSession(t, cfg, fetch.Options{AllowPrivate: true})
			records, rule := 0, ""
			for rec, err := range gatherSPARQL(t.Context(), s) {
				var e *Error
				if errors.As(err, &e) {
					rule = e.Rule
				} else if err != nil {
					t.Errorf("%v is no *Error", err)
				}
				if rec != nil {
					records++
				}
			}
			if records != tt.records || rule != tt.rule {
				t.Errorf("%d records, rule %q, want %d and %q", records, rule, tt.records, tt.rule)
			}
		})
	}
}

// TestSPARQLPagesRepeat checks that pages from an endpoint that does not know OFFSET
// have an end, and that further titles of a record are kept.
func TestSPARQLPagesRepeat(t *testing.T) {
	const row = `{"i":{"type":"literal","value":"1"},"t":{"type":"literal","value":"%s"},` +
		`"n":{"type":"literal","value":"%d"}}`
	for _, same := range []bool{true, false} {
		asked := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked > 100 {
				t.Error("there is no end")
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.Header().Set("Content-Type", "application/sparql-results+json")
			rows := []string{fmt.Sprintf(row, "一", 1), fmt.Sprintf(row, "二", 2)}
			if !same && asked > 1 {
				rows = nil
			}
			fmt.Fprintf(w, `{"head":{"vars":["i","t","n"],"x":%d},"results":{"bindings":[%s]}}`, asked,
				strings.Join(rows, ","))
		}))
		defer srv.Close()
		nt, problems := gatherAll(t, fetch.Options{AllowPrivate: true}, Config{ID: "a", Kind: "sparql", URL: srv.URL,
			Policy: fetch.Policy{Robots: "ignore"}, SPARQL: &SPARQL{Query: "SELECT ?i ?t ?n {} ORDER BY ?i", Page: 2,
				Columns: map[string]string{"identifier": "i", "title": "t"}}}, time.Time{}, nil)
		if failed := strings.Contains(string(problems), "sparql.page out"); failed != same {
			t.Errorf("the same pages %t: %s", same, problems)
		}
		if !same && (!strings.Contains(string(nt), `title> "一"`) || !strings.Contains(string(nt), `title> "二"`)) {
			t.Errorf("a title is lost in\n%s", nt)
		}
	}
}

// TestSPARQLLanguages asserts that the tags of a SELECT query's literals are kept, in
// whatever column or variable they stand.
func TestSPARQLLanguages(t *testing.T) {
	const answer = `{"head":{"vars":["i","t","k","c","x"]},"results":{"bindings":[
{"i":{"type":"literal","value":"1"},"t":{"type":"literal","value":"Banques","xml:lang":"fr"},
 "k":{"type":"literal","value":"argent;banque","xml:lang":"fr"},"c":{"type":"literal","value":"Li","xml:lang":"de"},
 "x":{"type":"literal","value":"extra","xml:lang":"fr"}},
{"i":{"type":"literal","value":"1"},"t":{"type":"literal","value":"Banks","xml:lang":"en"},
 "x":{"type":"literal","value":"7","datatype":"http://www.w3.org/2001/XMLSchema#integer"}}]}}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/sparql-results+json")
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	nt, _ := gatherAll(t, fetch.Options{AllowPrivate: true}, Config{ID: "a", Kind: "sparql", URL: srv.URL,
		Policy: fetch.Policy{Robots: "ignore"}, SPARQL: &SPARQL{Query: "SELECT ?i ?t ?k ?c ?x {}",
			Columns: map[string]string{"identifier": "i", "title": "t", "keyword": "k", "contactName": "c"}}},
		time.Time{}, nil)
	for _, want := range []string{`"Banques"@fr`, `"Banks"@en`, `"argent"@fr`, `"banque"@fr`, `"Li"@de`, `"extra"@fr`,
		`"7"^^`} {
		if !strings.Contains(string(nt), want) {
			t.Errorf("%s is not among\n%s", want, nt)
		}
	}
	for _, absent := range []string{`"Banques" `, `"Banks" `, `"argent;banque"`, `"extra" `} {
		if strings.Contains(string(nt), absent) {
			t.Errorf("%s is among\n%s", absent, nt)
		}
	}
}
