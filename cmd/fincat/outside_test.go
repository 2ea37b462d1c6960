package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/cmd/fincat/access"
	"fincat/vocab/rdfio"
)

// strangeTexts is a catalogue of one dataset with everything that is hard to write:
// characters that XML has no place for, a predicate that is no XML name, and a triple
// term, which JSON-LD does not have.
const strangeTexts = `PREFIX dct: <http://purl.org/dc/terms/> PREFIX dcat: <http://www.w3.org/ns/dcat#>
INSERT DATA {
  <BASEcatalog> a dcat:Catalog ; dct:title "目錄" ; dcat:dataset <BASEdataset/s/1>, <BASEdataset/s/2> .
  GRAPH <BASEgraph/s/1> { <BASEdataset/s/1> a dcat:Dataset ; dct:identifier "1" ;
    dct:title "保\uFFFE險 \u0001\uFFFF\u0000"@zh-TW ; dct:description "=HYPERLINK(1)\u000B\uFDD0" ;
    <http://e/1/> "a predicate without a name" ; dct:modified "2026-01-02" ;
    <http://e/says> <<( <http://e/a> <http://e/b> "\uFFFE" )>> }
  GRAPH <BASEgraph/s/2> { <BASEdataset/s/2> a dcat:Dataset ; dct:identifier "2" ; dct:title "銀行"@zh-TW }
}`

// startStrange serves the strange texts, under the address that it is asked at.
func startStrange(t *testing.T) (base string) {
	t.Helper()
	withSecret(t)
	base, _ = startServe(t, "--store", t.TempDir(), "--quiet")
	text := strings.ReplaceAll(strangeTexts, "BASE", base)
	if status, body := post(t, base+"update", url.Values{"update": {text}}, secret...); status/100 != 2 {
		t.Fatalf("the update is answered %d %s", status, body)
	}
	return base
}

// TestNoWriterFails reads everything there is in every format: one record that a
// format cannot express does not make the answer fail, and what comes is well-formed.
func TestNoWriterFails(t *testing.T) {
	base := startStrange(t)
	targets := []string{"data.json", "feed/atom.xml", "sitemap.xml", "api/3/action/package_search",
		"api/3/action/package_show?id=s/1", "api/v1/rest/dataset", "api/v1/rest/dataset/s/1", "dump.nq.gz",
		".well-known/void", "", "search", "search?q=%EF%BF%BE", "dataset/s/1",
		"query?query=" + url.QueryEscape("SELECT * { GRAPH ?g { ?s ?p ?o } }"),
		"query?query=" + url.QueryEscape("DESCRIBE <"+base+"dataset/s/1>")}
	for _, f := range rdfio.Formats() {
		targets = append(targets, "catalog."+f.Name(),
			"describe."+f.Name()+"?iri="+url.QueryEscape(base+"dataset/s/1"))
	}
	for _, f := range []string{"json", "xml", "csv", "tsv"} {
		for _, q := range []string{"SELECT * { ?s ?p ?o }", `SELECT ("\uFFFE" AS ?x) {}`, `ASK {}`} {
			targets = append(targets, "sparql?format="+f+"&query="+url.QueryEscape(q))
		}
	}
	for _, target := range targets {
		accept := "*/*"
		if target == "dataset/s/1" {
			accept = "text/html"
		}
		resp, body := get(t, base+target, "Accept", accept)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("GET /%s = %s\n%.300s", target, resp.Status, body)
			continue
		}
		wellFormed(t, target, resp.Header.Get("Content-Type"), body)
	}
	for _, target := range []string{"catalog.rdf", "catalog.jsonld", "catalog.ttl", "describe.rdf?iri=" +
		url.QueryEscape(base+"dataset/s/2")} {
		if _, body := get(t, base+target); !strings.Contains(body, "銀行") {
			t.Errorf("/%s lacks the other record:\n%s", target, body)
		}
	}
}

// wellFormed checks what can be checked of an answer by its type.
func wellFormed(t *testing.T, target, contentType, body string) {
	t.Helper()
	switch {
	case strings.Contains(contentType, "xml"):
		d := xml.NewDecoder(strings.NewReader(body))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Errorf("/%s is no XML: %v\n%.500s", target, err, body)
				return
			}
		}
	case strings.Contains(contentType, "json"):
		if !json.Valid([]byte(body)) {
			t.Errorf("/%s is no JSON: %.300s", target, body)
		}
	}
}

// TestUnfitSyntax: where the answer is one graph, a syntax that cannot express it is
// refused with words; characters alone are no reason.
func TestUnfitSyntax(t *testing.T) {
	base := startStrange(t)
	graph := "data?graph=" + url.QueryEscape(base+"graph/s/1")
	construct := "sparql?query=" + url.QueryEscape("CONSTRUCT WHERE { ?s ?p ?o }")
	titles := "sparql?query=" + url.QueryEscape("CONSTRUCT WHERE { ?s <http://purl.org/dc/terms/title> ?o }")
	for _, tt := range []struct {
		target, accept string
		want           int
	}{
		{graph, "application/rdf+xml", 406}, {graph, "application/ld+json", 406}, {graph, "text/turtle", 200},
		{graph, "application/n-triples", 200}, {construct, "application/rdf+xml", 406},
		{construct, "application/ld+json", 406}, {construct, "text/turtle", 200},
		{titles, "application/rdf+xml", 200}, {titles, "application/ld+json", 200},
	} {
		resp, body := get(t, base+tt.target, "Accept", tt.accept)
		if resp.StatusCode != tt.want || tt.want == 406 && !strings.Contains(body, "text/turtle") {
			t.Errorf("GET /%s as %s = %s, want %d\n%.300s", tt.target, tt.accept, resp.Status, tt.want, body)
		}
		if tt.want == 200 {
			wellFormed(t, tt.target, tt.accept, body)
		}
	}
}

// TestTextQueryFaults asks for texts that are no query of the full-text index: that
// is a mistake of the request, or an answer, and never one of the server.
func TestTextQueryFaults(t *testing.T) {
	base := startStrange(t)
	for _, text := range []string{"", " ", "*", "**", "(((", ")))", `\"`, `\"a`, "()", "a*b", "a:", "a^", "^", "~",
		"+", "-",
		"-a", "NOT a", "AND", "a AND", "OR", "?", "/a(/", `\\`, `\u0000`, `\uFFFE`, "[a TO b]", "{", "，。",
		"\U0001F600",
		strings.Repeat("(", 1000), strings.Repeat("a ", 5000), strings.Repeat("a* ", 1000)} {
		for _, pattern := range []string{`?s text:query "TEXT"`, `?s text:query ("TEXT" 5)`,
			`VALUES ?q { "TEXT" } ?s text:query ?q`, `BIND(CONCAT("TEXT", "") AS ?q) ?s text:query ?q`} {
			q := "PREFIX text: <http://jena.apache.org/text#> SELECT * { " +
				strings.ReplaceAll(pattern, "TEXT", text) + " }"
			resp, body := get(t, base+"sparql?query="+url.QueryEscape(q))
			if resp.StatusCode != 200 && resp.StatusCode != 400 {
				t.Errorf("%.100s = %s\n%s", q, resp.Status, body)
			}
			if resp.StatusCode == 400 && !strings.Contains(body, "text") {
				t.Errorf("%.100s = %s, which says too little", q, body)
			}
		}
		for _, target := range []string{"search?q=", "catalog.ttl?q=", "feed/atom.xml?q=",
			"api/3/action/package_search?q="} {
			plain := strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\u0000`, "\x00", `\uFFFE`, "\uFFFE").Replace(text)
			resp, body := get(t, base+target+url.QueryEscape(plain))
			if resp.StatusCode != 200 && resp.StatusCode != 400 && resp.StatusCode != 409 { // as CKAN has it
				t.Errorf("/%s%.20q = %s\n%.300s", target, plain, resp.Status, body)
			}
		}
	}
}

// TestHeaders goes through the table of all routes, all pages and feeds, and answers
// of every kind: no browser guesses types, runs scripts or shows them in frames.
func TestHeaders(t *testing.T) {
	base := startStrange(t)
	var asked []string
	for path, methods := range access.Routes() {
		for method := range methods {
			for _, p := range []string{"{id}", "{name}", "{source}"} {
				path = strings.ReplaceAll(path, p, "x")
			}
			asked = append(asked, method+" "+path, "PATCH "+path)
		}
	}
	for _, path := range []string{"/search", "/query", "/about", "/quality", "/organisations", "/profile/tw",
		"/profile/tw/context.jsonld", "/catalog", "/catalog.ttl",
		"/catalog.rdf", "/describe.ttl?iri=x:y", "/robots.txt", "/sitemap.xml", "/data.json", "/feed/atom.xml",
		"/api/3/action/package_search", "/api/3/action/package_show", "/api/v1/rest/dataset", "/static/portal.css",
		"/static/", "/static/none", "/nothing", "/query?query=x", "/sparql?query=x", "/dataset/s/1", "/static",
		"//double", "/sparql/", "/api/v1/rest/dataset/none", "/catalog.ttl?bad=1"} {
		asked = append(asked, "GET "+path, "HEAD "+path)
	}
	for _, what := range asked {
		method, path, _ := strings.Cut(what, " /")
		for _, accept := range []string{"text/html", "application/json", "*/*"} {
			for _, token := range []string{"", "Bearer secret"} {
				if token != "" && method != "GET" && method != "HEAD" {
					continue // it would change something
				}
				req, err := http.NewRequest(method, base+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Accept", accept)
				if token != "" {
					req.Header.Set("Authorization", token)
				}
				resp, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Errorf("%s: %v", what, err)
					continue
				}
				resp.Body.Close()
				h := resp.Header
				csp := h.Get("Content-Security-Policy")
				// A file of ours, nothing inline.
				if page, _, _ := strings.Cut(path, "?"); page == "query" || page == "map" || page == "requests/new" {
					csp = strings.Replace(csp, "; script-src 'self'; connect-src 'self'", "", 1)
				}
				if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(csp, "default-src 'none'") ||
					!strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src") ||
					strings.Contains(csp, "unsafe") {
					t.Errorf("%s for %s = %s with %v", what, accept, resp.Status, h)
				}
			}
		}
	}
}

// TestStatic: there is nothing but the files that pages refer to, under their names.
func TestStatic(t *testing.T) {
	base := startStrange(t)
	if resp, body := get(t, base+"static/portal.css"); resp.StatusCode != 200 || len(body) == 0 ||
		!strings.HasPrefix(resp.Header.Get("Content-Type"), "text/css") {
		t.Errorf("the style sheet = %s %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	address := strings.TrimPrefix(strings.TrimSuffix(base, "/"), "http://")
	for _, path := range []string{"/static/", "/static", "/static/%2e%2e/templates/home.html", "/static/%2e%2e",
		"/static/..%2ftemplates%2fhome.html", "/static/..%5ctemplates%5chome.html", "/static/%2e", "/static/%00",
		"/static/templates/home.html", "/static/../templates/home.html", "/%2e%2e/templates/home.html",
		"/static/%2e%2e%2ftemplates%2fhome.html", "/templates/home.html", "/static//portal.css/",
		"/static/%252e%252e/templates/home.html", "/static/portal.css/..%2f..%2ftemplates%2fhome.html"} {
		req := &http.Request{Method: "GET", Host: address, Header: http.Header{}, URL: &url.URL{Scheme: "http",
			Host: address, Opaque: path}}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode == 200 || strings.Contains(string(body), "{{") ||
			strings.Contains(string(body), "portal.css</a>") {
			t.Errorf("%s = %s, %v\n%.200s", path, resp.Status, err, body)
		}
	}
}

// TestSheets: what people open in a spreadsheet has no formulas of strangers.
func TestSheets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data.ttl")
	text := `@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<http://e/d> a dcat:Dataset ; dct:title "t" ; dct:publisher "=HYPERLINK(\"http://evil.example\")" ;
  dct:issued "\t@SUM(1)", " +1", "-1" ; dct:license "＝1" .`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := fincat(t, exitFound, "validate", "--profile", "dcat-ap", "--format", "csv", file)
	if !strings.Contains(out, "'=HYPERLINK") {
		t.Errorf("the formula is not in the report as text:\n%s", out)
	}
	for _, start := range []string{",=", ",+", ",-", ",@", "\n=", ",\"=", ",\"\t", ",\"@", ",＝"} {
		if strings.Contains(out, start) {
			t.Errorf("a field begins with %q:\n%s", start[1:], out)
		}
	}
}
