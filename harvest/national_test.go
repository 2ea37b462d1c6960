package harvest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab/w3ctest"
)

// TestNationalCatalogue harvests the 51,475 collected records of data.gov.tw
// twice. It runs in a campaign only, because it takes half a minute.
func TestNationalCatalogue(t *testing.T) {
	if w3ctest.Campaign(t, 0) == 0 {
		t.Skip("set FINCAT_CAMPAIGN to harvest the national catalogue")
	}
	file := w3ctest.Shared(t, "taiwan/data.gov.tw/catalog/all-datasets-2026-03.jsonl.gz")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/robots.txt") {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, file)
	}))
	defer srv.Close()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {replay: '%s'}\nsources: [{id: national, kind: datagovtw, url: 'https://data.gov.tw/all.jsonl.gz', max_bytes: 1GiB}]\n", testBase, srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	h := newHarvester(t, s, cfg)
	const records = 51_456 - 9 // lines less those put together with another one
	for i := range 3 {
		start := time.Now()
		rep := mustRun(t, h, "national")
		took := time.Since(start)
		t.Logf("run %d: %v, %.0f records/s: %s; %d problems", i+1, took.Round(time.Millisecond), float64(rep.Total())/took.Seconds(), rep, rep.Found)
		if i == 0 && rep.New < records-100 || i > 0 && rep.Unchanged < records-100 || rep.Changed+rep.Missing+rep.Removed > 0 {
			t.Errorf("run %d: %s", i+1, rep)
		}
		if i == 0 && took > records*time.Millisecond || i > 0 && took > 10*time.Second {
			t.Errorf("run %d took %v", i+1, took)
		}
		if peak := peakMemory(t); peak > 0 {
			t.Logf("run %d: at most %d MB in memory so far", i+1, peak>>20)
		}
	}
}

// peakMemory returns the most memory the process has had resident, 0 where the
// system does not tell.
func peakMemory(t testing.TB) (n int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscanf(rest, "%d kB", &n); err != nil {
		t.Logf("no VmHWM: %v", err)
	}
	return n << 10
}
