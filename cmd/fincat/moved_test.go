package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestMovedDatasets checks that the IRI of a dataset that its source renamed
// leads on, and that one which was removed is told from one that never was.
func TestMovedDatasets(t *testing.T) {
	withSecret(t)
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet")
	status, body := post(t, base+"update", url.Values{"update": {strings.ReplaceAll(`
		BASE <@@> PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX dcat: <http://www.w3.org/ns/dcat#>
		INSERT DATA {
			GRAPH <graph/s/old> { <record/s/old> prov:invalidatedAtTime "2026-03-01T00:00:00Z" . <dataset/s/old> dct:isReplacedBy <dataset/s/new> . <dataset/s/new> dct:replaces <dataset/s/old> }
			GRAPH <graph/s/gone> { <record/s/gone> prov:invalidatedAtTime "2026-03-01T00:00:00Z" }
			GRAPH <graph/s/new> { <dataset/s/new> a dcat:Dataset ; dct:title "Renamed dataset" }
		}`, "@@", base)}}, secret...)
	if status/100 != 2 {
		t.Fatalf("update = %d %s", status, body)
	}
	for _, accept := range []string{"text/html", "text/turtle", "application/ld+json"} {
		for path, want := range map[string]int{"dataset/s/old": http.StatusOK,
			"dataset/s/old?lang=en": http.StatusOK, "dataset/s/new": http.StatusOK,
			"dataset/s/gone": http.StatusGone, "dataset/s/never": http.StatusNotFound} {
			resp, body := followed(t, base+path, accept)
			if resp.StatusCode != want {
				t.Errorf("GET /%s as %s = %s, want %d", path, accept, resp.Status, want)
			}
			if want == http.StatusOK && (resp.URL.Path != "/dataset/s/new" ||
				!strings.Contains(body, "Renamed dataset")) {
				t.Errorf("GET /%s as %s leads to %s:\n%.300s", path, accept, resp.URL, body)
			}
		}
	}
	old := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := old.Get(base + "dataset/s/old")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMovedPermanently || resp.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the old IRI answers %s, %v", resp.Status, resp.Header)
	}
}

// followed gets a page wherever it is now.
func followed(t *testing.T, address, accept string) (answer, string) {
	t.Helper()
	return send(t, http.DefaultClient, http.MethodGet, address, nil, "Accept", accept)
}
