package main

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/testdata/ecosystem"
	"fincat/vocab/rdfio"
)

// TestFeedsAreHarvested lets a second catalogue harvest the demo through each
// of its feeds: every dataset arrives, and a second harvest finds nothing new.
func TestFeedsAreHarvested(t *testing.T) {
	d, dir := startDemo(t, t.TempDir()), t.TempDir()
	config := filepath.Join(t.TempDir(), "fincat.yaml")
	text := "base: https://other.example.tw/\nharvest: {allow_private_addresses: true}\nsources:\n"
	for kind, address := range map[string]string{
		"dcat": "catalog.ttl", "datajson": "data.json", "ckan": "", "datagovtw": "api/v1/rest/dataset",
	} {
		text += fmt.Sprintf("  - {id: %s, kind: %s, url: %q, rate: 10000/s}\n", kind, kind, d.url+address)
	}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	first, _ := fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	second, _ := fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	for _, kind := range []string{"dcat", "datajson", "ckan", "datagovtw"} {
		if want := fmt.Sprintf("%s: %d new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed\n", kind, ecosystem.Records); !strings.Contains(first, want) {
			t.Errorf("the first harvest printed\n%swant %q", first, want)
		}
		if want := kind + ": 0 new, 0 changed, "; !strings.Contains(second, want) {
			t.Errorf("the second harvest printed\n%swant %q", second, want)
		}
	}
	titles := func(store string) string {
		out, _ := fincat(t, exitDone, "query", "--store", store, "--format", "tsv", "-e",
			`SELECT DISTINCT ?t { ?d a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> ?t } ORDER BY ?t`)
		return out
	}
	all := titles(dir)
	for _, row := range askServer(t, d.url, prefixes+`SELECT DISTINCT ?t { ?d a dcat:Dataset ; dct:title ?t } LIMIT 200`) {
		if !strings.Contains(all, row[0]) {
			t.Errorf("the second catalogue does not have the title %q", row[0])
		}
	}
}

// TestDump reads the compressed dump back and counts its quads.
func TestDump(t *testing.T) {
	d := startDemo(t, t.TempDir())
	resp, err := http.Get(d.url + "dump.nq.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range rdfio.Read(t.Context(), z, rdfio.ReadOptions{Format: rdfio.NQuads}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if got, want := fmt.Sprint(askServer(t, d.url, `SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }`)), fmt.Sprintf("[[%d]]", n); got != want {
		t.Errorf("the store has %s quads in graphs, its dump %s", got, want)
	}
	if again, _ := get(t, d.url+"dump.nq.gz", "If-None-Match", resp.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the dump with its tag = %s, want 304", again.Status)
	}
}
