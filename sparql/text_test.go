package sparql_test

import (
	"slices"
	"strings"
	"testing"

	"fincat/sparql"
	"fincat/sparql/text"
	"fincat/store"
)

// textQueries are queries over the data of TestTextQuery, with the subjects they find.
var textQueries = []struct{ query, want string }{
	{`SELECT ?s { ?s text:query "保險" }`, "1 1 2"},
	{`SELECT DISTINCT ?s { ?s text:query "保險" }`, "1 2"},
	{`SELECT ?s { ?s text:query (dct:title "保險") }`, "1"},
	{`SELECT ?s { ?s text:query (dct:title dct:description "保險") }`, "1 2"},
	{`SELECT ?s { ?s text:query ("統計" "lang:zh") }`, "1"},
	{`SELECT ?s { ?s text:query ("statistics" "lang:zh") }`, ""},
	{
		`SELECT ?s { (?s ?score ?literal) text:query (dct:title "統計 statistics" 10) FILTER(?score > 0 && ` +
			`isLITERAL(?literal)) }`,
		"1 3",
	},
	{`SELECT ?s { VALUES ?q { "收盤價" "insurance" } ?s text:query ?q }`, "2 3"},
	{
		`SELECT ?s { VALUES ?q { "收盤價" "insurance" } { ?s text:query ?q } UNION { ?s text:query (dct:title ` +
			`?q) } }`,
		"2 2 3 3",
	},
	{`SELECT ?s { VALUES ?q { "收盤價" "insurance" } { ?s text:query ?q } UNION { ?s dct:title ?q } }`, "2 3"},
	{
		`SELECT ?s { VALUES ?q { "收盤價" "nowhere" } OPTIONAL { ?s text:query ?q } FILTER(BOUND(?s) || ?q = ` +
			`"nowhere") }`,
		" 2",
	},
	{`SELECT ?s { VALUES (?s ?q) { (<a:1> "保險") (<a:3> "保險") } MINUS { ?s text:query ?q } }`, "3"},
	{`SELECT ?s { ?s dct:title ?t BIND(STR(?t) AS ?q) FILTER EXISTS { ?s text:query ?q } }`, "1 2 3"},
	{`SELECT ?s { ?s dct:title ?t ; dct:title ?u FILTER(?s = <a:2> && 1 + 1 = 2) ?s text:query "收盤價" }`, "2"},
	{`SELECT ?s { GRAPH <a:g2> { ?s text:query "保險" } }`, "2"},
	{`SELECT ?s { ?s dcat:keyword "保險" ; text:query (dct:title "業務") }`, "1"},
	{
		`SELECT ?s { ?s dct:title ?t OPTIONAL { ?s text:query "收盤" . BIND(1 AS ?hit) } FILTER(!BOUND(?hit)) }`,
		"1 3",
	},
}

// TestTextQuery asserts the forms of text:query, over a Chinese catalogue and
// after an update.
func TestTextQuery(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	index, err := text.Open(text.Options{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close()
	e, err := sparql.New(sparql.Options{Store: s, Text: index})
	if err != nil {
		t.Fatal(err)
	}
	const prefixes = `PREFIX text: <http://jena.apache.org/text#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX ` +
		`dcat: <http://www.w3.org/ns/dcat#> `
	update := func(text string) {
		t.Helper()
		if _, err := e.Update(ctx, prefixes+text, sparql.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	update(
		`INSERT DATA { GRAPH <a:g1> { <a:1> dct:title "人身保險業務統計"@zh-Hant ; dcat:keyword "保險" } GRAPH <a:g2> { <a:2> dct:title "上市公司每日收盤價"@zh-Hant ; dct:description "不含保險股" } 
		GRAPH <a:g3> { <a:3> dct:title "Insurance statistics"@en } }`,
	)
	ask := func(text string) string {
		t.Helper()
		res, err := e.Query(ctx, prefixes+text, sparql.QueryOptions{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		defer res.Close()
		var got []string
		for s, err := range res.Solutions() {
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			got = append(got, strings.TrimPrefix(s[0].Value(), "a:"))
		}
		slices.Sort(got)
		return strings.Join(got, " ")
	}
	for _, tt := range textQueries {
		if got := ask(tt.query); got != tt.want {
			p, err := e.Explain(ctx, prefixes+tt.query, sparql.QueryOptions{}, true)
			t.Errorf("%s finds %q, want %q\n%v%v", tt.query, got, tt.want, p, err)
		}
	}
	update(
		`DELETE WHERE { GRAPH <a:g1> { ?s ?p ?o } } ; INSERT DATA { GRAPH <a:g4> { <a:4> dct:title ` +
			`"保險代理人"@zh-Hant } }`,
	)
	if got := ask(`SELECT ?s { ?s text:query "保險" }`); got != "2 4" {
		t.Errorf("after an update text:query finds %q, want 2 4", got)
	}
	for _, bad := range []string{`SELECT ?s { ?s text:query () }`, `SELECT ?s { ?s text:query ("a" "b" ` +
		`"c") }`, `SELECT ?s { (?s ?a ?b ?c) text:query "x" }`, `SELECT ?s { ?s text:query 5 }`} {
		if _, err := e.Query(ctx, prefixes+bad, sparql.QueryOptions{}); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
