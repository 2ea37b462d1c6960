package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fincat/vocab/w3ctest"
)

// TestNationalHarvest harvests the 51,475 collected records of data.gov.tw
// with a fincat process of its own: at least 1,000 records a second, the
// unchanged second time within 10 s, and in less than 500 MB of memory, which
// holds for taking it all back too. The text index and the links, which are made
// after that, may take as much of their own, and 650 MB with mapped files, which
// the system can take back.
func TestNationalHarvest(t *testing.T) {
	if w3ctest.Campaign(t, 0) == 0 {
		t.Skip("set FINCAT_CAMPAIGN to harvest the national catalogue")
	}
	file := w3ctest.Shared(t, "taiwan/data.gov.tw/catalog/all-datasets-2026-03.jsonl.gz")
	srv := httptest.NewServer(noRobots(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }))
	defer srv.Close()
	const records, new = 51_475, 51_455 // lines, and datasets that they describe
	h := newLargeHarvest(t, fmt.Sprintf("{id: large, kind: datagovtw, url: '%s/all.jsonl.gz', max_bytes: 1GiB}",
		srv.URL))
	first := h.run(t, fmt.Sprintf("large: %d new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed", new))
	second := h.run(t, fmt.Sprintf("large: 0 new, 0 changed, %d unchanged, 0 missing, 0 removed, 0 failed", new))
	if took := min(first.harvested, first.worked); took > records*time.Millisecond {
		t.Errorf("the first harvest took %v, want 1,000 records a second", took)
	}
	if took := second.alone(); took > 10*time.Second {
		t.Errorf("the unchanged harvest took %v, want 10s", took)
	}
	undone := h.undo(t)
	for i, r := range []largeRun{first, second, undone} {
		t.Logf("step %d: %v, %v of processor time, %d MB of memory before the text index and the "+
			"links (%v, %v of processor time), %d MB in all, %d MB without mapped files", i+1, r.took, r.busy,
			r.before, r.harvested, r.worked, r.memory, r.own)
		if r.before > 500 {
			t.Errorf("step %d took %d MB of memory, want less than 500", i+1, r.before)
		}
		if r.own > 500 || r.memory > 650 {
			t.Errorf("step %d took %d MB of memory, %d MB without mapped files, want less than 650 and 500", i+1,
				r.memory, r.own)
		}
	}
}

// undo takes back all runs, the newest first, and returns what the first of
// them, which is the last to be undone, took.
func (h *largeHarvest) undo(t *testing.T) (r largeRun) {
	t.Helper()
	var list, stderr strings.Builder
	if status := run(t.Context(), []string{"runs", "list", "--store", h.dir, "--format", "json"}, nil, &list,
		&stderr); status != exitDone {
		t.Fatalf("fincat runs list = %d: %s", status, &stderr)
	}
	for line := range strings.Lines(list.String()) {
		var report struct{ Run string }
		if err := json.Unmarshal([]byte(line), &report); err != nil {
			t.Fatal(err)
		}
		var out string
		if r, out = process(t, "runs", "undo", "--store", h.dir, report.Run); !strings.HasPrefix(out, report.Run+
			" undone: ") {
			t.Fatalf("fincat runs undo %s printed %q", report.Run, out)
		}
	}
	var left strings.Builder
	query := `SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s a <http://www.w3.org/ns/dcat#Dataset> } }`
	if status := run(t.Context(), []string{"query", "--store", h.dir, "--format", "csv", "-e", query}, nil, &left,
		&stderr); status != exitDone || strings.TrimSpace(left.String()) != "n\r\n0" {
		t.Errorf("after the undoing there are datasets: %q, status %d %s", &left, status, &stderr)
	}
	return r
}

// TestLargeHarvest harvests generated sources of 50,000 and 500,000 records
// (10,000 and 50,000 in a campaign of less than ten minutes): what a harvest
// needs for itself must not grow with the source. Mapped files, which the
// system takes back when it needs their memory, are told apart.
func TestLargeHarvest(t *testing.T) {
	campaign := w3ctest.Campaign(t, 0)
	if campaign == 0 {
		t.Skip("set FINCAT_CAMPAIGN to harvest generated sources")
	}
	sizes := []int{10_000, 50_000}
	if campaign >= 10*time.Minute {
		sizes = []int{50_000, 500_000}
	}
	for _, kind := range []struct{ name, path string }{{"datagovtw", "export.jsonl"}, {"ckan", ""}} {
		t.Run(kind.name, func(t *testing.T) {
			var peaks [2][2]int // by run and size
			for i, n := range sizes {
				srv := httptest.NewServer(noRobots(generated(n)))
				h := newLargeHarvest(t, fmt.Sprintf("{id: large, kind: %s, url: '%s/%s', max_bytes: 2GiB, rate: "+
					"100000/s}", kind.name, srv.URL, kind.path))
				first := h.run(t, fmt.Sprintf(
					"large: %d new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed", n))
				second := h.run(t, fmt.Sprintf(
					"large: 0 new, 0 changed, %d unchanged, 0 missing, 0 removed, 0 failed", n), "--full")
				srv.Close()
				for run, r := range []largeRun{first, second} {
					t.Logf("%d records, harvest %d: %v, %v of processor time, %.0f records/s, %d MB of memory, %d "+
						"MB without mapped files; the store has %d MB",
						n, run+1, r.took, r.busy, float64(n)/r.alone().Seconds(), r.memory, r.own, h.size(t))
					peaks[run][i] = r.own
				}
				if err := os.RemoveAll(h.dir); err != nil {
					t.Error(err)
				}
			}
			for run, p := range peaks {
				// below derivedMemory it is garbage that grows
				if most := max(p[0], derivedMemory>>20) * 3 / 2; p[1] > most {
					t.Errorf("harvest %d took %d MB for %d records and %d MB for %d, want at most %d", run+1, p[0],
						sizes[0], p[1], sizes[1], most)
				}
			}
		})
	}
}

func noRobots(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		next(w, r)
	}
}

// largeHarvest is a store and the configuration of one source.
type largeHarvest struct{ dir, config string }

func newLargeHarvest(t *testing.T, source string) *largeHarvest {
	t.Helper()
	h := &largeHarvest{dir: filepath.Join(t.TempDir(), "store"), config: filepath.Join(t.TempDir(), "fincat.yaml")}
	text := "base: https://catalog.example.tw/\nharvest: {allow_private_addresses: true}\nsources: [" + source + "]\n"
	if err := os.WriteFile(h.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

// largeRun is what one process took: time, processor time, most memory resident,
// before it printed what came of it and in all, and most memory without mapped
// files, all in MB and 0 where the system does not tell.
type largeRun struct {
	took, busy          time.Duration
	harvested, worked   time.Duration // time and processor time until it printed what came of it
	before, memory, own int
}

// alone is about the time it takes when nothing else runs.
func (r largeRun) alone() time.Duration { return min(r.took, r.busy) }

// run harvests in a process of its own, which must print want.
func (h *largeHarvest) run(t *testing.T, want string, flags ...string) largeRun {
	t.Helper()
	r, got := process(t, append([]string{"harvest", "--store", h.dir, "--config", h.config}, flags...)...)
	if got != want {
		t.Fatalf("fincat harvest printed %q, want %q", got, want)
	}
	return r
}

// process runs fincat in a process of its own and watches its memory.
func process(t *testing.T, args ...string) (r largeRun, printed string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "fincat", args...)
	var out bytes.Buffer
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, _ = io.CopyN(&out, stdout, 1) // what comes first is what came of it
		r.before, r.harvested = memoryOf(cmd.Process.Pid, "VmHWM:"), time.Since(start)
		r.worked, _ = processorTime(cmd.Process.Pid)
		_, err := io.Copy(&out, stdout)
		ended <- errors.Join(err, cmd.Wait())
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			r.memory = max(r.memory, r.before)
			if err != nil && cmd.ProcessState.ExitCode() != exitFound {
				t.Fatalf("fincat %v: %v", args, err)
			}
			r.took, r.busy = time.Since(start), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
			if r.worked == 0 { // where the system does not tell
				r.worked = r.busy
			}
			return r, strings.TrimSpace(out.String())
		case <-tick.C:
			r.memory = max(r.memory, memoryOf(cmd.Process.Pid, "VmHWM:"))
			r.own = max(r.own, memoryOf(cmd.Process.Pid, "RssAnon:"))
		}
	}
}

// memoryOf returns a figure of a process in MB.
func memoryOf(pid int, name string) (kB int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	if _, rest, ok := strings.Cut(string(status), name); ok {
		_, _ = fmt.Sscanf(rest, "%d", &kB)
	}
	return kB >> 10
}

// size returns the size of the store in MB.
func (h *largeHarvest) size(t *testing.T) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(h.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return bytes >> 20
}

// generated serves n records as an export of data.gov.tw in JSON Lines and as a
// portal with the action API of CKAN.
func generated(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out := bufio.NewWriterSize(w, 64<<10)
		defer out.Flush()
		if !strings.HasSuffix(r.URL.Path, "/package_search") {
			w.Header().Set("Content-Type", "application/x-ndjson")
			for i := range n {
				fmt.Fprintf(out, `{"id":"%d","name":%s,"provider":"第%d機關","description":%s,"format":"csv;json","urls":["https://data%d.gov.example.tw/%d.csv","https://data%d.gov.example.tw/%d.json"],`+
					`"授權方式":"政府資料開放授權條款-第1版","更新頻率":"每1月","服務分類":"投資理財","上架日期":"2020-01-%02d","詮釋資料更新時間":"2025-%02d-01"}`+"\n",
					i, quoted("資料集", i), i%700, quoted("說明", i), i%50, i, i%50, i, i%28+1, i%12+1)
			}
			return
		}
		q := r.URL.Query()
		start, _ := strconv.Atoi(q.Get("start"))
		rows, _ := strconv.Atoi(q.Get("rows"))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(out, `{"success":true,"result":{"count":%d,"results":[`, n)
		for i := start; i < min(start+rows, n); i++ {
			if i > start {
				_ = out.WriteByte(',')
			}
			fmt.Fprintf(out, `{"id":"%08x-0000-4000-8000-%012x","name":"dataset-%d","title":%s,"notes":%s,"state":"active","private":false,"license_id":"OGDL-Taiwan-1.0",`+
				`"metadata_created":"2020-01-%02dT00:00:00","metadata_modified":"2025-%02d-01T00:00:00","organization":{"title":"第%d機關"},"tags":[{"display_name":"金融"},{"display_name":"標籤%d"}],`+
				`"resources":[{"name":"csv","format":"CSV","url":"https://data%d.gov.example.tw/%d.csv"},{"name":"json","format":"JSON","url":"https://data%d.gov.example.tw/%d.json"}]}`,
				i, i, i, quoted("資料集", i), quoted("說明", i), i%28+1, i%12+1, i%700, i%3000, i%50, i, i%50, i)
		}
		_, _ = out.WriteString("]}}")
	}
}

// quoted returns some text about i as a JSON string.
func quoted(what string, i int) string {
	b, err := json.Marshal(strings.Repeat(fmt.Sprintf("%s%d，", what, i), 1+i%7))
	if err != nil {
		panic(err) // of a string it cannot happen
	}
	return string(b)
}
