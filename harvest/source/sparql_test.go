package source

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

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
		{"construct", &SPARQL{Query: `CONSTRUCT { ?d ?p ?o } WHERE { ?d a <` + vocab.DCATDataset + `> ; ?p ?o FILTER(CONTAINS(STR(?d), "/d/000")) }`}, 10},
		{"select in pages", &SPARQL{Query: `SELECT ?d ?t { ?d <` + vocab.DCTTitle + `> ?t } ORDER BY ?d`, Columns: map[string]string{"identifier": "d", "title": "t"}, Page: 300}, sparqlPage + 30},
		{"long query", &SPARQL{Query: `SELECT ?d ?t { ?d <` + vocab.DCTTitle + `> ?t } ORDER BY ?d LIMIT 7 #` + strings.Repeat("x", 5000), Columns: map[string]string{"identifier": "d", "title": "t"}}, 7},
		{"select", &SPARQL{Query: `SELECT ?d ?t { ?d <` + vocab.DCTTitle + `> ?t } ORDER BY ?d LIMIT 7`, Columns: map[string]string{"identifier": "d", "title": "t"}}, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := NewClient(Options{AllowPrivate: true, Base: "https://data.example.tw/"})
			if err != nil {
				t.Fatal(err)
			}
			s, err := c.Session(Config{ID: "remote", Kind: "sparql", URL: url, SPARQL: tt.query, Rate: Rate{Every: 1}}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
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
		{SPARQL{Query: "SELECT ?t {} ORDER BY ?t LIMIT 5", Columns: map[string]string{"title": "t"}, Page: 5}, "LIMIT"},
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
