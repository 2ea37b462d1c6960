package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fincat/vocab/w3ctest"
)

// killed is a catalogue whose harvests are killed: the portal it harvests, and
// the store in which that leaves traces.
type killed struct {
	t       *testing.T
	records int
	version atomic.Int32 // of all titles, so that every run has all records to write
	dir     string
	config  string
	url     string
}

func (k *killed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/3/action/package_search" {
		http.NotFound(w, r)
		return
	}
	start, _ := strconv.Atoi(r.URL.Query().Get("start")) // 0 when it is missing
	var b strings.Builder
	for i := start; i < min(start+100, k.records); i++ {
		if i > start {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"d%05d","name":"d%05d","title":"v%d 資料集%d","state":"active","resources":[{"url":"https://files.example.tw/%d.csv","format":"CSV"}]}`, i, i, k.version.Load(), i, i)
	}
	fmt.Fprintf(w, `{"success":true,"result":{"count":%d,"results":[%s]}}`, k.records, &b)
}

func (k *killed) configure(schedule string) string {
	file := filepath.Join(k.t.TempDir(), "fincat.yaml")
	text := fmt.Sprintf("base: https://data.example.tw/\nharvest: {allow_private_addresses: true}\nsources: [{id: "+
		"bb, kind: ckan, url: '%s', rate: 1000/s, full_every: 1ns%s}]\n", k.url, schedule)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		k.t.Fatal(err)
	}
	return file
}

// versions counts the datasets by the version of their titles.
func (k *killed) versions() string {
	out, _ := fincat(k.t, exitDone, "query", "--store", k.dir, "--format", "csv", "-e", `
		PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?v (COUNT(?d) AS ?n) (COUNT(DISTINCT ?d) AS ?m) {
			?d a dcat:Dataset ; dct:title ?t ; dcat:distribution/dcat:accessURL ?u
			BIND(STRBEFORE(STR(?t), " ") AS ?v)
		} GROUP BY ?v ORDER BY ?v`)
	_, rows, _ := strings.Cut(strings.ReplaceAll(out, "\r", ""), "\n")
	return strings.TrimSpace(rows)
}

// all is what versions returns when every dataset is there once in a version.
func (k *killed) all(version int32) string {
	return fmt.Sprintf("v%d,%d,%d", version, k.records, k.records)
}

// kill starts a command and kills it after a while; ended is true when it had
// ended by itself before.
func (k *killed) kill(after time.Duration, args ...string) (ended bool) {
	cmd := exec.Command("fincat", args...)
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // it may have ended by itself
	defer timer.Stop()
	return cmd.Wait() == nil
}

// TestKilledHarvests kills fincat harvest, and fincat serve with a schedule, at
// random moments of a harvest that changes every record. After each kill the
// catalogue is as before the run or as after it, and sound; no run is left
// running; in the end a run brings it to exactly the state of a catalogue that
// nobody ever killed. FINCAT_CAMPAIGN makes it 50 kills of 20,000 records.
func TestKilledHarvests(t *testing.T) {
	k := &killed{t: t, records: 1000, dir: filepath.Join(t.TempDir(), "store")}
	kills, until := 4, time.Now().Add(15*time.Second)
	if d := w3ctest.Campaign(t, 0); d > 0 {
		k.records, kills, until = 20_000, 50, time.Now().Add(d)
	} else if testing.Short() {
		t.Skip("kills processes for several seconds")
	}
	srv := httptest.NewServer(k)
	defer srv.Close()
	k.url = srv.URL
	k.config = k.configure("")
	scheduled := k.configure(", schedule: '@every 1s'")
	harvest := []string{"harvest", "--store", k.dir, "--config", k.config}
	start := time.Now()
	fincat(t, exitDone, harvest...)
	span := time.Since(start) * 5 / 4 // kills fall anywhere in a run
	done, early := 0, 0
	for done < kills && time.Now().Before(until) {
		before := k.version.Add(1) - 1
		for {
			args := harvest
			if rand.N(2) == 0 {
				args = []string{"serve", "--store", k.dir, "--config", scheduled, "--addr", "127.0.0.1:0", "--quiet"}
			}
			if k.kill(rand.N(span), args...) {
				early++
			} else {
				done++
			}
			got := k.versions()
			if got != k.all(before) && got != k.all(before+1) {
				t.Fatalf("after kill %d the datasets by version are %q, want %q or %q", done, got, k.all(before),
					k.all(before+1))
			}
			list, _ := fincat(t, exitDone, "runs", "list", "--store", k.dir)
			if strings.Contains(list, "  running  ") {
				t.Fatalf("after kill %d a run is left running:\n%s", done, list)
			}
			newest, _, _ := strings.Cut(list, "\n")
			if done%5 == 0 {
				fincat(t, exitDone, "check", "--store", k.dir)
			}
			// What an interrupted run received counts for the next one, so that the
			// titles change only after a run that came to its end.
			if got == k.all(before+1) && !strings.Contains(newest, "  interrupted  ") || done >= kills ||
				!time.Now().Before(until) {
				break
			}
		}
	}
	fincat(t, exitDone, "check", "--store", k.dir)
	last, _ := fincat(t, exitDone, harvest...)
	if got := k.versions(); got != k.all(k.version.Load()) {
		t.Errorf("after the last run the datasets by version are %q, want %q", got, k.all(k.version.Load()))
	}
	fincat(t, exitDone, "check", "--store", k.dir)
	clean := filepath.Join(t.TempDir(), "clean")
	fincat(t, exitDone, "harvest", "--store", clean, "--config", k.config)
	if got, want := k.datasets(k.dir), k.datasets(clean); got != want {
		t.Errorf("after all kills the datasets are not those of a catalogue that was never killed: %d and %d bytes",
			len(got), len(want))
	}
	list, _ := fincat(t, exitDone, "runs", "list", "--store", k.dir)
	t.Logf("%d records, a harvest takes %v: %d kills (%d runs interrupted), %d commands ended before their kill; "+
		"the run after: %s",
		k.records, (span * 4 / 5).Round(time.Millisecond), done, strings.Count(list, "  interrupted  "), early, last)
}

// datasets returns what a store says of datasets and distributions.
func (k *killed) datasets(dir string) string {
	out, _ := fincat(k.t, exitDone, "query", "--store", dir, "--format", "tsv", "-e", `
		SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } FILTER(REGEX(STR(?s), "^https://data.example.tw/(dataset|distribution)/")) } ORDER BY ?s ?p ?o`)
	return out
}
