package main

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fincat/harvest/queries"
	"fincat/harvest/report"
	"fincat/vocab"
)

var rewrite = flag.Bool("update", false, "rewrite the answers in testdata/queries")

// secondServer is the endpoint in the federated example, for which a second demo stands.
const secondServer = "https://publications.europa.eu/webapi/rdf/sparql"

// TestExamples asks every example question of the demo and compares with the
// answer in testdata/queries. The federated one asks a second demo.
func TestExamples(t *testing.T) {
	bank, err := queries.Load()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(bank.Examples()); n < 30 {
		t.Errorf("there are %d examples, want at least 30", n)
	}
	first, second := startDemo(t, t.TempDir()), startDemo(t, t.TempDir())
	completions(t, first.url, len(bank.Examples()))
	for _, e := range bank.Examples() {
		t.Run(e.Name, func(t *testing.T) {
			text := strings.ReplaceAll(e.Text, secondServer, second.url+"sparql")
			resp, got := get(t, first.url+"sparql?query="+url.QueryEscape(text), "Accept", "text/tab-separated-values")
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("status %s: %s", resp.Status, got)
			}
			got = strings.ReplaceAll(got, first.url, "BASE/")
			got = strings.ReplaceAll(got, report.QuarterOf(time.Now()).String(), "QUARTER")
			file := filepath.Join("../../testdata/queries", e.Name+".tsv")
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("answer:\n%s\nwant:\n%s", got, want)
			}
			if strings.Count(got, "\n") < 2 {
				t.Errorf("the example has no solution:\n%s", got)
			}
		})
	}
}

// completions asks what SPARQL editors ask an endpoint: its examples, prefixes, classes and the
// properties that their members have.
func completions(t *testing.T, base string, examples int) {
	t.Helper()
	for query, least := range map[string]int{
		"SELECT DISTINCT ?sq ?query { ?sq a sh:SPARQLExecutable ; rdfs:comment ?c ; schema:target ?endpoint ; " +
			"sh:select|sh:ask|sh:construct|sh:describe ?query }": examples,
		"SELECT ?prefix ?namespace { [] sh:namespace ?namespace ; sh:prefix ?prefix }": 20,
		"SELECT DISTINCT ?property { ?cp void:class dcat:Dataset ; void:propertyPartition ?pp . " +
			"?pp void:property ?property }": 15,
	} {
		prefixes := ""
		for _, name := range []string{"sh", "rdfs", "void", "dcat", "schema"} {
			prefixes += "PREFIX " + name + ": <" + vocab.Prefixes()[name] + "> "
		}
		_, got := get(t, base+"sparql?query="+url.QueryEscape(prefixes+query), "Accept", "text/tab-separated-values")
		if n := strings.Count(got, "\n") - 1; n < least {
			t.Errorf("%s: %d solutions, want %d:\n%.500s", query, n, least, got)
		}
	}
}
