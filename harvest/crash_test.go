package harvest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// TestMain lets the test binary serve as the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FINCAT_TEST_HARVEST"); dir != "" {
		if err := harvestOnce(dir, os.Getenv("FINCAT_TEST_SOURCE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func crashConfig(address string) string {
	return fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: true}\nsources: [{id: bb, kind: datagovtw, url: '%s/export', rate: 1000/s}]\n", testBase, address)
}

func harvestOnce(dir, address string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer s.Close()
	cfg, err := ParseConfig(strings.NewReader(crashConfig(address)))
	if err != nil {
		return err
	}
	h, err := New(ctx, Options{Store: s, Config: cfg})
	if err != nil {
		return err
	}
	_, err = h.Run(ctx, "bb", RunOptions{})
	return err
}

// TestKilled kills a harvest at random moments, again and again, and then lets
// one finish: no record is lost or doubled, no run is left running, the store
// is sound. FINCAT_CAMPAIGN makes it longer.
func TestKilled(t *testing.T) {
	records, kills := 1500, 4
	until := time.Now().Add(8 * time.Second)
	if d := w3ctest.Campaign(t, 0); d > 0 {
		records, kills, until = 20_000, 50, time.Now().Add(d)
	} else if testing.Short() {
		t.Skip("kills processes for several seconds")
	}
	body := manifest(records)
	var version atomic.Int32 // so that every run has all records to write
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, strings.ReplaceAll(body, "資料集", fmt.Sprintf("第%d版資料集", version.Load())))
	}))
	defer srv.Close()
	dir := t.TempDir()
	start := time.Now()
	if err := harvestOnce(t.TempDir(), srv.URL); err != nil {
		t.Fatal(err)
	}
	span := time.Since(start) // kills fall anywhere in a run
	killed := 0
	for i := 0; i < kills && time.Now().Before(until); i++ {
		version.Add(1)
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "FINCAT_TEST_HARVEST="+dir, "FINCAT_TEST_SOURCE="+srv.URL)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(rand.N(span), func() { cmd.Process.Kill() }) // it may have ended by itself
		if cmd.Wait() != nil {
			killed++
		}
		timer.Stop()
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cfg, err := ParseConfig(strings.NewReader(crashConfig(srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	h := newHarvester(t, s, cfg)
	last := mustRun(t, h, "bb")
	checkHarvest(t, h, records)
	t.Logf("%d killed within %v; the run after: %s", killed, span, last)
}

// checkHarvest checks that each record is there once and nothing is left over.
func checkHarvest(t *testing.T, h *Harvester, records int) {
	t.Helper()
	runs, err := h.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.Status == Running {
			t.Errorf("run %s is left running", r.Run)
		}
	}
	known, err := h.knownRecords(t.Context(), "bb")
	if err != nil || known.n != records {
		t.Errorf("%d records known, %v, want %d", known.n, err, records)
	}
	sn, err := h.store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	n := 0
	titled := map[store.ID]int{}
	var none term.Term
	for q, err := range (reader{sn}).ids(t.Context(), none, term.NewIRI(vocab.FincatDigest), none, none) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if titled[q[0]]++; titled[q[0]] > 1 {
			t.Error("a record has two digests")
		}
	}
	if n != records {
		t.Errorf("%d digests, want %d", n, records)
	}
	if report, err := h.store.Check(t.Context()); err != nil || !report.Clean() {
		t.Errorf("Check = %+v, %v", report, err)
	}
}
