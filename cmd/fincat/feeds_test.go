package main

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fincat/testdata/ecosystem"
	"fincat/vocab/rdfio"
)

// TestFeedsAreHarvested lets other catalogues harvest the demo, each through one of its
// feeds: every dataset arrives, and a second harvest finds nothing new.
func TestFeedsAreHarvested(t *testing.T) {
	d := startDemo(t, t.TempDir())
	here := askServer(t, d.url, prefixes+`SELECT DISTINCT ?t { ?d a dcat:Dataset ; dct:title ?t } LIMIT 200`)
	for kind, address := range map[string]string{
		"dcat": "catalog.ttl", "datajson": "data.json", "ckan": "", "datagovtw": "api/v1/rest/dataset",
		"ldes": "feed/ldes", "oaipmh": "oai",
	} {
		t.Run(kind, func(t *testing.T) {
			dir, config := t.TempDir(), filepath.Join(t.TempDir(), "fincat.yaml")
			text := "base: https://other.example.tw/\nharvest: {allow_private_addresses: true}\nsources:\n" +
				fmt.Sprintf("  - {id: %s, kind: %s, url: %q, rate: 10000/s}\n", kind, kind, d.url+address)
			if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			first, _ := fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
			if want := fmt.Sprintf("%s: %d new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed\n", kind,
				ecosystem.Records); first != want {
				t.Errorf("the first harvest printed\n%swant %q", first, want)
			}
			second, _ := fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
			if want := kind + ": 0 new, 0 changed, "; !strings.HasPrefix(second, want) {
				t.Errorf("the second harvest printed\n%swant %q", second, want)
			}
			all, _ := fincat(t, exitDone, "query", "--store", dir, "--format", "tsv", "-e",
				prefixes+`SELECT DISTINCT ?t { ?d a dcat:Dataset ; dct:title ?t } ORDER BY ?t`)
			for _, row := range here {
				if !strings.Contains(all, row[0]) {
					t.Errorf("the other catalogue does not have the title %q", row[0])
				}
			}
		})
	}
}

// TestDump reads the compressed dump back and counts its quads, once nothing is derived
// from what the demo has harvested any more.
func TestDump(t *testing.T) {
	d := startDemo(t, t.TempDir())
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		n, tag := dumped(t, d.url)
		got := fmt.Sprint(askServer(t, d.url, `SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }`))
		again, _ := get(t, d.url+"dump.nq.gz", "If-None-Match", tag)
		if again.StatusCode == http.StatusOK && time.Now().Before(deadline) {
			continue // something was committed meanwhile
		}
		if want := fmt.Sprintf("[[%d]]", n); got != want {
			t.Errorf("the store has %s quads in graphs, its dump %s", got, want)
		}
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("the dump with its tag = %s, want 304", again.Status)
		}
		return
	}
}

// dumped returns how many quads the dump has, and its tag.
func dumped(t *testing.T, base string) (n int, tag string) {
	t.Helper()
	resp, err := http.Get(base + "dump.nq.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range rdfio.Read(t.Context(), z, rdfio.ReadOptions{Format: rdfio.NQuads}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n, resp.Header.Get("ETag")
}
