package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestPast asks the whole server for the first version of a dataset, which its TimeMap names,
// and for what has changed since.
func TestPast(t *testing.T) {
	srv := bareServer(t)
	ask := func(method, target, body string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		srv.http.Handler.ServeHTTP(w, r)
		return w
	}
	for _, text := range []string{
		`PREFIX dct: <http://purl.org/dc/terms/> INSERT DATA { GRAPH <graph/s/1> { <dataset/s/1>
			a <http://www.w3.org/ns/dcat#Dataset> ; dct:title "first" } }`,
		`PREFIX dct: <http://purl.org/dc/terms/> DELETE { GRAPH ?g { ?d dct:title ?t } }
			INSERT { GRAPH ?g { ?d dct:title "second" } } WHERE { GRAPH ?g { ?d dct:title ?t } }`,
	} {
		w := ask("POST", "/update", "BASE <"+bareBase+"> "+text, "Content-Type", "application/sparql-update",
			"Authorization", "Bearer secret")
		if w.Code != http.StatusNoContent {
			t.Fatalf("update: %d %s", w.Code, w.Body)
		}
	}
	w := ask("GET", "/timemap/link/dataset/s/1", "")
	m := regexp.MustCompile(`\?(at=[^>]*)>; rel="first memento"`).FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || m == nil {
		t.Fatalf("TimeMap: %d %s", w.Code, w.Body)
	}
	then := m[1]
	query := "/sparql?query=" + url.QueryEscape("SELECT ?t { ?d <http://purl.org/dc/terms/title> ?t }")
	for _, tt := range []struct{ target, accept string }{
		{"/dataset/s/1?", "text/turtle"}, {"/dataset/s/1?", "text/html"}, {"/catalog.ttl?", "*/*"},
		{"/describe.nt?iri=" + url.QueryEscape(bareBase+"dataset/s/1") + "&", "*/*"}, {query + "&", "text/csv"},
	} {
		past := ask("GET", tt.target+then, "", "Accept", tt.accept)
		present := ask("GET", tt.target, "", "Accept", tt.accept)
		if past.Code != 200 || !strings.Contains(past.Body.String(), "first") ||
			strings.Contains(past.Body.String(), "second") || past.Header().Get("Memento-Datetime") == "" {
			t.Errorf("%s as %s, then: %d %v\n%s", tt.target, tt.accept, past.Code, past.Header(), past.Body)
		}
		if present.Code != 200 || !strings.Contains(present.Body.String(), "second") ||
			!strings.Contains(strings.Join(present.Header().Values("Link"), " "), `rel="original timegate"`) {
			t.Errorf("%s as %s, now: %d %v", tt.target, tt.accept, present.Code, present.Header())
		}
	}
	w = ask("GET", "/diff?dataset="+url.QueryEscape(bareBase+"dataset/s/1")+"&from="+strings.TrimPrefix(then, "at="),
		"", "Accept", "application/rdf-patch")
	for _, row := range []string{"\nA <" + bareBase + "dataset/s/1> <http://purl.org/dc/terms/title> \"second\" ",
		"\nD <" + bareBase + "dataset/s/1> <http://purl.org/dc/terms/title> \"first\" "} {
		if w.Code != 200 || !strings.Contains(w.Body.String(), row) {
			t.Errorf("difference: %d %s, want %s", w.Code, w.Body, row)
		}
	}
	if w := ask("GET", "/data?default&"+then, ""); w.Code != http.StatusBadRequest {
		t.Errorf("/data in the past = %d, want 400", w.Code)
	}
}
