package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fincat/testdata/ecosystem"
	"fincat/vocab/w3ctest"
)

// TestNationalLinks harvests the 51,475 collected records of data.gov.tw and all recorded
// sources into one store, and finds all links of it anew with a process of its own: in 30 s
// and 400 MB of memory without mapped files, which the system can take back. The links are
// those that the harvest has left.
func TestNationalLinks(t *testing.T) {
	if w3ctest.Campaign(t, 0) == 0 {
		t.Skip("set FINCAT_CAMPAIGN to link the national catalogue")
	}
	file := w3ctest.Shared(t, "taiwan/data.gov.tw/catalog/all-datasets-2026-03.jsonl.gz")
	recorded, err := ecosystem.Handler()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/all.jsonl.gz") {
			http.ServeFile(w, r, file)
			return
		}
		recorded.ServeHTTP(w, r)
	}))
	defer srv.Close()
	text := strings.Replace(ecosystem.Config(srv.URL, "https://catalog.example.tw/"), "code_lists:",
		"  - {id: large, kind: datagovtw, url: 'https://data.gov.tw/all.jsonl.gz', max_bytes: 1GiB}\n"+
			"code_lists:", 1)
	h := &largeHarvest{filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "fincat.yaml")}
	if err := os.WriteFile(h.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out := process(t, "harvest", "--store", h.dir, "--config", h.config); !strings.Contains(out,
		"large: 51455 new") {
		t.Fatalf("fincat harvest printed %q", out)
	}
	_, before := process(t, "link", "export", "--store", h.dir)
	r, out := process(t, "link", "run", "--store", h.dir)
	_, after := process(t, "link", "export", "--store", h.dir)
	t.Logf("%s: %v, %v of processor time, %d MB of memory, %d MB without mapped files", out, r.took, r.busy, r.memory,
		r.own)
	var links, accepted int
	if _, err := fmt.Sscanf(out, "%d links: %d accepted", &links, &accepted); err != nil || accepted < 1000 {
		t.Errorf("fincat link run printed %q, %v", out, err)
	}
	if before != after {
		t.Errorf("links found anew are other ones: %d and %d bytes", len(before), len(after))
	}
	if took := r.alone(); took > 30*time.Second*slowness {
		t.Errorf("it took %v, want 30s", took)
	}
	if r.own > 400 {
		t.Errorf("it took %d MB of memory without mapped files, want 400", r.own)
	}
}
