package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fincat/testdata/ecosystem"
)

// running is a demo that serves.
type running struct {
	url    string
	output string // what it printed before it served
	stop   func() (status int, stderr string)
}

// startDemo runs the demo in this process on a free port. It is stopped at the
// end of the test unless that was done before.
func startDemo(t testing.TB, dir string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var stderr strings.Builder
	done := make(chan int, 1)
	go func() {
		status := run(ctx, []string{"demo", "--addr", "127.0.0.1:0", "--store", dir}, strings.NewReader(""), in,
			&stderr)
		in.Close()
		done <- status
	}()
	stopped := false
	d := &running{stop: func() (int, string) {
		if stopped {
			return 0, ""
		}
		stopped = true
		cancel()
		go func() { _, _ = io.Copy(io.Discard, out) }() // it may end half-way
		return <-done, stderr.String()
	}}
	t.Cleanup(func() { d.stop() })
	d.output, d.url = readWelcome(t, out)
	if d.url == "" {
		status, problem := d.stop()
		t.Fatalf("the demo ended with status %d before it served:\n%s%s", status, d.output, problem)
	}
	return d
}

// readWelcome reads what a demo prints until it says how to stop it.
func readWelcome(t testing.TB, r io.Reader) (output, address string) {
	t.Helper()
	var b strings.Builder
	for s := bufio.NewScanner(r); s.Scan(); {
		fmt.Fprintln(&b, s.Text())
		if rest, ok := strings.CutPrefix(s.Text(), "portal"); ok {
			address = strings.TrimSpace(rest)
		}
		if strings.HasPrefix(s.Text(), "Interrupt") {
			waitReady(t, address)
			return b.String(), address
		}
	}
	return b.String(), ""
}

func waitReady(t testing.TB, address string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(address + "readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("%s did not become ready", address)
}

// answer is what tests ask about a response whose body has been read.
type answer struct {
	StatusCode int
	Status     string
	Header     http.Header
	URL        *url.URL // where redirects led
}

func answered(r *http.Response) answer {
	return answer{r.StatusCode, r.Status, r.Header, r.Request.URL}
}

// get fetches a page and returns status, headers and body.
func get(t testing.TB, address string, header ...string) (answer, string) {
	t.Helper()
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := &http.Client{CheckRedirect: noRedirect}
	return send(t, client, http.MethodGet, address, nil, header...)
}

// send sends a request with header, names and values in turn, and reads the answer.
func send(
	t testing.TB, client *http.Client, method, address string, body io.Reader, header ...string,
) (answer, string) {
	t.Helper()
	req, err := http.NewRequest(method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered(resp), string(text)
}

// askServer sends a query to /sparql and returns the solutions without the header.
func askServer(t testing.TB, base, query string) [][]string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, base+"sparql",
		strings.NewReader(url.Values{"query": {query}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/csv")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("POST /sparql = %s\n%s\n%s", resp.Status, body, query)
	}
	return solutions(t, resp.Body)
}

func solutions(t testing.TB, r io.Reader) [][]string {
	t.Helper()
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("read solutions: %v, %d rows", err, len(rows))
	}
	return rows[1:]
}

// recorded is what the recorded files say, read without the program's code.
type recorded struct {
	titles   []string
	csv      int            // datasets that offer CSV
	services map[string]int // paths of each API
	listed   map[string]int // datasets of each manifest
	owned    int            // listed by the bureau, served by peripheral institutions
}

func readRecorded(t *testing.T) recorded {
	t.Helper()
	const files = "../../testdata/ecosystem/files/"
	r := recorded{services: map[string]int{}, listed: map[string]int{}}
	for name, offersCSV := range map[string]bool{"twse": true, "taifex": false, "fsc": false} {
		var doc struct {
			Paths map[string]struct {
				Get *struct{ Summary string }
			}
		}
		readJSON(t, files+"openapi/"+name+".json", &doc)
		for _, path := range doc.Paths {
			if path.Get == nil {
				continue
			}
			r.services[name]++
			r.titles = append(r.titles, path.Get.Summary)
			if offersCSV {
				r.csv++
			}
		}
	}
	hosts := peripheralHosts(t)
	for _, name := range []string{"banking-bureau", "securities-futures-bureau", "cdic"} {
		var doc struct {
			Datasets []struct {
				Name, Format string
				URLs         []string
			}
		}
		readJSON(t, files+"catalog/"+name+".manifest.json", &doc)
		r.listed[name] = len(doc.Datasets)
		for _, d := range doc.Datasets {
			r.titles = append(r.titles, d.Name)
			if d.Format == "csv" {
				r.csv++
			}
			// Some datasets of 證基會 and 投資人保護中心 lie on a host of the commission.
			named := func(n string) bool { return strings.HasPrefix(d.Name, n) || strings.Contains(d.Name, "("+n+")") }
			if slices.ContainsFunc(d.URLs, func(u string) bool { return hosts[hostOf(u)] }) ||
				slices.ContainsFunc([]string{"證基會", "投資人保護中心"}, named) {
				r.owned++
			}
		}
	}
	return r
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// peripheralHosts are the hosts of the peripheral institutions of securities
// and futures.
func peripheralHosts(t *testing.T) map[string]bool {
	t.Helper()
	var orgs []struct {
		Kind, Sector string
		Hosts        []string
	}
	readJSON(t, "../../vocab/dcat/organizations.json", &orgs)
	hosts := map[string]bool{}
	for _, o := range orgs {
		for _, h := range o.Hosts {
			hosts[h] = hosts[h] || o.Kind == "peripheral" && o.Sector == "securities-futures"
		}
	}
	return hosts
}

var hostPattern = regexp.MustCompile(`^\s*https?://([^/:?#]+)`)

func hostOf(address string) string {
	if m := hostPattern.FindStringSubmatch(address); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

const prefixes = `PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX org: <http://www.w3.org/ns/org#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX fincat: <https://w3id.org/fincat/ns#>
`

// The figures of the recorded files that the demo adds to those of the APIs
// and manifests: ten datasets of the bureau's list in HTML and one in DCAT, all
// with a CSV file.
const (
	listedInHTML = 10
	listedInDCAT = 1
)

// TestDemo asks the demo what the recorded files say, by HTTP and by command.
func TestDemo(t *testing.T) {
	dir := t.TempDir()
	start := time.Now()
	d := startDemo(t, dir)
	if took := time.Since(start); took > slowness*20*time.Second {
		t.Errorf("the demo was ready after %v, want less than %d s", took, slowness*20)
	}
	lines := regexp.MustCompile(
		`(?m)^[a-z0-9-]+: (\d+) new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed$`).FindAllStringSubmatch(
		d.output, -1)
	sum := 0
	for _, l := range lines {
		n, _ := strconv.Atoi(l[1])
		sum += n
	}
	if len(lines) != ecosystem.Sources || sum != ecosystem.Records || len(lines) < 7 || sum < 1350 {
		t.Errorf("the demo harvested %d records of %d sources, want %d of %d:\n%s", sum, len(lines),
			ecosystem.Records, ecosystem.Sources, d.output)
	}
	queries := demoQueries(t)
	for _, q := range queries {
		if got := fmt.Sprint(askServer(t, d.url, prefixes+q.text)); got != q.want {
			t.Errorf("POST /sparql, %s: %s, want %s", q.name, got, q.want)
		}
	}
	if status, stderr := d.stop(); status != exitDone || stderr != "" {
		t.Errorf("the demo ended with status %d, want %d; it said: %s", status, exitDone, stderr)
	}
	for _, q := range queries {
		var out, stderr strings.Builder
		if status := run(t.Context(), []string{"query", "--store", dir, "--format", "csv", "-e", prefixes + q.text},
			nil, &out, &stderr); status != exitDone {
			t.Fatalf("fincat query, %s: status %d: %s", q.name, status, &stderr)
		}
		if got := fmt.Sprint(solutions(t, strings.NewReader(out.String()))); got != q.want {
			t.Errorf("fincat query, %s: %s, want %s", q.name, got, q.want)
		}
	}
	testUnchanged(t, dir)
}

// demoQueries are the questions of the demo with the answers that the recorded
// files give.
func demoQueries(t *testing.T) []struct{ name, text, want string } {
	r := readRecorded(t)
	insurance := 0
	for _, title := range r.titles {
		if strings.Contains(title, "保險") {
			insurance++
		}
	}
	listed := r.listed
	return []struct{ name, text, want string }{
		{"datasets per publisher",
			`SELECT ?id (COUNT(DISTINCT ?d) AS ?n) { ?d a dcat:Dataset ; dct:publisher/dct:identifier ?id } GROUP BY ?id ORDER BY DESC(?n)`,
			fmt.Sprintf("[[securities-futures-bureau %d] [banking-bureau %d] [twse %d] [taifex %d] [cdic %d] [fsc %d]]",
				listed["securities-futures-bureau"], listed["banking-bureau"]+listedInHTML, r.services["twse"],
				r.services["taifex"], listed["cdic"], r.services["fsc"])},
		{"datasets that offer CSV",
			`SELECT (COUNT(DISTINCT ?d) AS ?n) { ?d a dcat:Dataset ; dcat:distribution/dct:format/skos:notation "CSV" }`,
			fmt.Sprintf("[[%d]]", r.csv+listedInHTML+listedInDCAT)},
		{"services and how many datasets each serves",
			`SELECT ?id (COUNT(DISTINCT ?d) AS ?n) { ?s a dcat:DataService ; dcat:servesDataset ?d . BIND(REPLACE(STR(?s), "^.*/service/", "") AS ?id) } GROUP BY ?id ORDER BY DESC(?n)`,
			fmt.Sprintf("[[twse %d] [taifex %d] [fsc-statistics %d]]", r.services["twse"], r.services["taifex"],
				r.services["fsc"])},
		{"titles that contain 保險",
			`SELECT (COUNT(DISTINCT ?d) AS ?n) { ?d a dcat:Dataset ; dct:title ?t FILTER(CONTAINS(?t, "保險")) }`,
			fmt.Sprintf("[[%d]]", insurance)},
		{"datasets of peripheral institutions under 證券期貨",
			`SELECT (COUNT(DISTINCT ?d) AS ?n) { ?d a dcat:Dataset ; dct:publisher|dct:creator ?o .
			   ?o org:classification/skos:notation "peripheral" ; fincat:sector/skos:prefLabel "證券期貨"@zh-Hant-TW }`,
			fmt.Sprintf("[[%d]]", r.owned+r.services["twse"]+r.services["taifex"])},
	}
}

// testUnchanged starts the demo again on its store, and once more after it was
// killed: every record is unchanged and none occurs twice.
func testUnchanged(t *testing.T, dir string) {
	unchanged := regexp.MustCompile(
		`(?m)^[a-z0-9-]+: 0 new, 0 changed, \d+ unchanged, 0 missing, 0 removed, 0 failed$`)
	killed := killedDemo(t, dir)
	again := startDemo(t, dir)
	for _, output := range []string{killed, again.output} {
		if n := len(unchanged.FindAllString(output, -1)); n != ecosystem.Sources {
			t.Errorf("a later start found %d sources unchanged, want %d:\n%s", n, ecosystem.Sources, output)
		}
	}
	for what, text := range map[string]string{
		"datasets": `SELECT (COUNT(?d) AS ?n) { GRAPH ?g { ?d a dcat:Dataset } }`,
		"records":  `SELECT (COUNT(?r) AS ?n) { GRAPH ?g { ?r a dcat:CatalogRecord ; fincat:digest ?d } }`,
	} {
		if got, want := fmt.Sprint(askServer(t, again.url, prefixes+text)),
			fmt.Sprintf("[[%d]]", ecosystem.Records); got != want {
			t.Errorf("%s after three starts = %s, want %s", what, got, want)
		}
	}
	if status, stderr := again.stop(); status != exitDone {
		t.Errorf("status %d: %s", status, stderr)
	}
	var out, stderr strings.Builder
	if status := run(t.Context(), []string{"check", "--store", dir}, nil, &out, &stderr); status != exitDone {
		t.Errorf("fincat check after a kill = %d: %s%s", status, &out, &stderr)
	}
}

// killedDemo runs the demo in a process of its own until it serves, asks a
// locked-out command who holds the store, and kills it.
func killedDemo(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command("fincat", "demo", "--addr", "127.0.0.1:0", "--store", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	output, address := readWelcome(t, out)
	if out, _ := fincat(t, exitDone, "query", "--store", dir, "-e", "ASK {}"); out != "true\n" {
		t.Errorf("fincat query while the demo runs at %s: %q", address, out)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Errorf("the killed demo ended with %v", err)
	}
	return output
}

func TestDemoPortBusy(t *testing.T) {
	l, err := listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := filepath.Join(t.TempDir(), "s")
	var stderr strings.Builder
	status := run(t.Context(), []string{"demo", "--addr", l.Addr().String(), "--store", dir}, nil, io.Discard, &stderr)
	if status != exitFailed || !strings.Contains(stderr.String(), "--addr") {
		t.Errorf("demo on a busy port: status %d, %q, want %d and the remedy --addr", status, &stderr, exitFailed)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("demo on a busy port made its store: %v", err)
	}
}
