package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// api is an OpenAPI document with the given paths.
func api(paths ...string) string {
	items := map[string]any{}
	for _, p := range paths {
		items["/"+p] = map[string]any{"get": map[string]any{
			"summary": "Table " + p, "responses": map[string]any{"200": map[string]any{"description": "ok"}},
		}}
	}
	data, err := json.Marshal(map[string]any{
		"openapi": "3.0.1", "info": map[string]any{"title": "API", "version": "1"},
		"servers": []any{map[string]any{"url": "https://api.example.org/v1"}}, "paths": items,
	})
	if err != nil {
		panic(err) // maps of strings always encode
	}
	return string(data)
}

// sources is a web server whose answers a test changes.
type sources struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]string // by path; missing: 404
}

func newSources(t *testing.T) *sources {
	t.Helper()
	s := &sources{answers: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		body, ok := s.answers[r.URL.Path]
		s.mu.Unlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body)) // the client may have gone
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *sources) set(path, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if body == "" {
		delete(s.answers, path)
		return
	}
	s.answers[path] = body
}

// configure writes a configuration with one OpenAPI source for each name.
func (s *sources) configure(t *testing.T, names ...string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("base: https://data.example.tw/\nharvest: {allow_private_addresses: true}\nsources:\n")
	for _, n := range names {
		fmt.Fprintf(&b, "  - {id: %s, kind: openapi, url: %s/%s.json, publisher: twse, rate: 1000/s, retries: 1}\n",
			n, s.URL, n)
	}
	file := filepath.Join(t.TempDir(), "fincat.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// fincat runs a command line in this process.
func fincat(t *testing.T, status int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	if got := run(t.Context(), args, strings.NewReader(""), &out, &errs); got != status {
		t.Fatalf("fincat %v ended with %d, want %d\n%s%s", args, got, status, &out, &errs)
	}
	return out.String(), errs.String()
}

// records dumps the record graphs of a source.
func records(t *testing.T, dir, source string) string {
	t.Helper()
	out, _ := fincat(t, exitDone, "query", "--store", dir, "--format", "tsv", "-e",
		`SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?g), "https://data.example.tw/graph/`+source+
			`/")) } ORDER BY ?s ?p ?o`)
	return out
}

// TestBrokenByte harvests a source in which one title is no UTF-8 any more: that
// record alone changes, and the problem names it.
func TestBrokenByte(t *testing.T) {
	web, dir := newSources(t), t.TempDir()
	whole := api("a", "b", "c")
	web.set("/latin.json", whole)
	config := web.configure(t, "latin")
	fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	web.set("/latin.json", strings.Replace(whole, "Table b", "Tabl\xe9 b", 1))
	out, stderr := fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	if want := "latin: 0 new, 1 changed, 2 unchanged, 0 missing, 0 removed, 0 failed"; !strings.Contains(out, want) {
		t.Errorf("printed\n%s%s, want %q", out, stderr, want)
	}
	if got := records(t, dir, "latin"); !strings.Contains(got, "\"Tabl\uFFFD b\"") {
		t.Errorf("the title that could not be read is not there:\n%s", got)
	}
	problems, _ := fincat(t, exitDone, "runs", "errors", "--store", dir)
	rows, err := csv.NewReader(strings.NewReader(problems)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Contains(row, "/b") && row[6] != "" }) {
		t.Errorf("no problem names the record and a remedy:\n%s", problems)
	}
}

// TestBrokenSources harvests five sources, breaks four of them in different
// ways while the fifth changes, and mends them again.
func TestBrokenSources(t *testing.T) {
	web, dir := newSources(t), t.TempDir()
	names := []string{"fine", "gone", "page", "cut", "other"}
	for _, n := range names {
		web.set("/"+n+".json", api("a", "b", "c"))
	}
	config := web.configure(t, names...)
	harvestAll := []string{"harvest", "--store", dir, "--config", config}
	out, stderr := fincat(t, exitDone, harvestAll...)
	for _, n := range names {
		if want := n + ": 3 new, 0 changed, 0 unchanged, 0 missing, 0 removed, 0 failed\n"; !strings.Contains(out,
			want) {
			t.Errorf("the first harvest printed\n%s%s, want %q", out, stderr, want)
		}
	}
	before := map[string]string{}
	for _, n := range names {
		before[n] = records(t, dir, n)
	}

	whole := api("a", "b", "c")
	broken := map[string]string{
		"gone": "", "page": "<!DOCTYPE html><html><body>Maintenance</body></html>",
		"cut": whole[:len(whole)*2/3], "other": `{"title": "no description of an API"}`,
	}
	for n, body := range broken {
		web.set("/"+n+".json", body)
	}
	web.set("/fine.json", api("a", "b", "c", "d"))
	out, stderr = fincat(t, exitFound, harvestAll...)
	if want := "fine: 1 new, 0 changed, 3 unchanged, 0 missing, 0 removed, 0 failed\n"; !strings.Contains(out, want) {
		t.Errorf("beside broken sources the fine one printed\n%s, want %q", out, want)
	}
	problems, _ := fincat(t, exitDone, "runs", "errors", "--store", dir)
	rows, err := csv.NewReader(strings.NewReader(problems)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for n := range broken {
		if got := records(t, dir, n); got != before[n] {
			t.Errorf("%s: its records changed while it was broken:\n%s\nbefore:\n%s", n, got, before[n])
		}
		place := web.URL + "/" + n + ".json"
		if !strings.Contains(out, n+": ") || !strings.Contains(out, place) {
			t.Errorf("the output does not name %s and %s:\n%s", n, place, out)
		}
		i := slices.IndexFunc(rows, func(row []string) bool { return strings.HasPrefix(row[2], place) })
		if i < 0 || rows[i][6] == "" {
			t.Errorf("runs errors has nothing with a remedy for %s:\n%s", n, problems)
		}
	}
	if !strings.Contains(stderr, "4 of 5 sources need attention") {
		t.Errorf("the harvest ended with %q", stderr)
	}

	for n := range broken {
		web.set("/"+n+".json", whole)
	}
	out, _ = fincat(t, exitDone, harvestAll...)
	for n := range broken {
		if want := n + ": 0 new, 0 changed, 3 unchanged, 0 missing, 0 removed, 0 failed\n"; !strings.Contains(out,
			want) {
			t.Errorf("mended, the harvest printed\n%s, want %q", out, want)
		}
	}
	fincat(t, exitDone, "check", "--store", dir)
}

// TestRuns follows the history of a source through its commands.
func TestRuns(t *testing.T) {
	web, dir := newSources(t), t.TempDir()
	web.set("/one.json", api("a", "b"))
	config := web.configure(t, "one")
	harvestAll := []string{"harvest", "--store", dir, "--config", config}

	if out, _ := fincat(t, exitDone, append(harvestAll, "--dry-run")...); !strings.HasPrefix(out, "new      ") ||
		strings.Count(out, "\n") != 3 || !strings.Contains(out, "\none: 2 new,") {
		t.Errorf("the dry run printed %q", out)
	}
	if got := records(t, dir, "one"); strings.Count(got, "\n") > 1 {
		t.Errorf("the dry run wrote\n%s", got)
	}
	fincat(t, exitDone, append(harvestAll, "one")...)
	first := records(t, dir, "one")
	web.set("/one.json", api("a", "b", "c"))
	out, _ := fincat(t, exitDone, append(harvestAll, "--format", "json")...)
	var report struct {
		Run, Source string
		New         int
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.New != 1 || report.Source != "one" {
		t.Fatalf("harvest --format json printed %s (%v)", out, err)
	}
	list, _ := fincat(t, exitDone, "runs", "list", "--store", dir)
	if lines := strings.Split(strings.TrimSpace(list), "\n"); len(lines) != 2 ||
		!strings.HasPrefix(lines[0], report.Run) {
		t.Errorf("runs list printed\n%s, want two runs, %s first", list, report.Run)
	}
	if out, _ := fincat(t, exitDone, "runs", "list", "--store", dir, "--format", "json"); strings.Count(out,
		`"source":"one"`) != 2 {
		t.Errorf("runs list --format json printed\n%s", out)
	}
	show, _ := fincat(t, exitDone, "runs", "show", "--store", dir, report.Run)
	if !strings.Contains(show, "new ") || !strings.Contains(show, "https://data.example.tw/dataset/one/c") ||
		!strings.Contains(show, "Table c") {
		t.Errorf("runs show printed\n%s", show)
	}
	quads, _ := fincat(t, exitDone, "runs", "show", "--store", dir, "--quads", report.Run)
	if !strings.Contains(quads,
		`+ <https://data.example.tw/dataset/one/c> <http://purl.org/dc/terms/title> "Table c"`) {
		t.Errorf("runs show --quads printed\n%s", quads)
	}
	fincat(t, exitDone, "runs", "undo", "--store", dir, report.Run)
	if got := records(t, dir, "one"); got != first {
		t.Errorf("after undo the records are\n%s, want\n%s", got, first)
	}
	if list, _ := fincat(t, exitDone, "runs", "list", "--store", dir); !strings.Contains(list, "undone") {
		t.Errorf("after undo runs list printed\n%s", list)
	}
	for _, run := range strings.Fields(strings.ReplaceAll(list, "\n", " ")) {
		if strings.HasSuffix(run, "-one") { // any run, by its identifier
			if out, _ := fincat(t, exitDone, "runs", "errors", "--store", dir, "--format", "json",
				run); !json.Valid([]byte(out)) {
				t.Errorf("runs errors %s printed\n%s", run, out)
			}
		}
	}
	fincat(t, exitFailed, "runs", "show", "--store", dir, "no-such-run")
	fincat(t, exitFailed, "runs", "errors", "--store", dir, "no-such-run")
	fincat(t, exitUsage, "runs", "errors", "--store", dir, "--format", "xml")
	fincat(t, exitUsage, append(harvestAll, "no-such-source")...)
	fincat(t, exitUsage, append(harvestAll, "--format", "xml")...)
	fincat(t, exitFailed, "runs", "list", "--store", filepath.Join(dir, "nowhere"))
}

// TestHeldRemovals lets most records of a source vanish: they stay until a
// person approves.
func TestHeldRemovals(t *testing.T) {
	web, dir := newSources(t), t.TempDir()
	web.set("/one.json", api("a", "b", "c", "d"))
	config := web.configure(t, "one")
	harvestAll := []string{"harvest", "--store", dir, "--config", config}
	fincat(t, exitDone, harvestAll...)
	web.set("/one.json", api("a"))
	status, held := exitDone, ""
	for range 5 { // missing three times, then due for removal
		var out, stderr strings.Builder
		status = run(t.Context(), harvestAll, nil, &out, &stderr)
		if held = out.String(); strings.Contains(held, "held back") {
			break
		}
	}
	if status != exitFound || !strings.Contains(held, "3 removals held back") {
		t.Fatalf("the harvest ended with %d and printed %q, want 3 removals held back", status, held)
	}
	count := func() string {
		out, _ := fincat(t, exitDone, "query", "--store", dir, "--format", "csv", "-e",
			"SELECT (COUNT(*) AS ?n) { ?d a <http://www.w3.org/ns/dcat#Dataset> }")
		return strings.Join(strings.Fields(out), " ")
	}
	if got := count(); got != "n 4" {
		t.Errorf("datasets while removals are held back: %q, want 4", got)
	}
	_, rest, _ := strings.Cut(held, "runs approve ")
	id := strings.Fields(rest)[0]
	fincat(t, exitDone, "runs", "approve", "--store", dir, id)
	if got := count(); got != "n 1" {
		t.Errorf("datasets after the approval: %q, want 1", got)
	}
	fincat(t, exitFailed, "runs", "approve", "--store", dir, id)
}

// TestBaseIsKept refuses a configuration that would give every record a new IRI.
func TestBaseIsKept(t *testing.T) {
	web, dir := newSources(t), t.TempDir()
	web.set("/one.json", api("a"))
	config := web.configure(t, "one")
	fincat(t, exitDone, "harvest", "--store", dir, "--config", config)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(other, []byte(strings.Replace(string(text), "data.example.tw", "other.example.tw", 1)),
		0o644); err != nil {
		t.Fatal(err)
	}
	if _, stderr := fincat(t, exitFailed, "harvest", "--store", dir, "--config", other); !strings.Contains(stderr,
		"https://data.example.tw/") {
		t.Errorf("another base is refused with %q", stderr)
	}
}

// TestSourceCommands checks and previews sources without writing anything.
func TestSourceCommands(t *testing.T) {
	web := newSources(t)
	web.set("/one.json", api("a", "b"))
	config := web.configure(t, "one", "gone")
	out, stderr := fincat(t, exitFound, "sources", "check", "--config", config)
	if !strings.Contains(out, "one: ok: Table a") || !strings.Contains(out, "gone: "+web.URL+"/gone.json") ||
		!strings.Contains(stderr, "1 of 2") {
		t.Errorf("sources check printed\n%s%s", out, stderr)
	}
	fincat(t, exitDone, "sources", "check", "--config", config, "one")
	out, _ = fincat(t, exitDone, "sources", "preview", "--config", config, "--records", "1", "one")
	if !strings.Contains(out, "a dcat:Dataset") || !strings.Contains(out, "Table a") ||
		strings.Contains(out, "Table b") {
		t.Errorf("sources preview printed\n%s", out)
	}
	fincat(t, exitFailed, "sources", "preview", "--config", config, "gone")
}

// TestCheckReachesAllSources checks and previews a source whose first record has
// a violation: the sources after it are looked at too.
func TestCheckReachesAllSources(t *testing.T) {
	web := newSources(t)
	web.set("/data.json", `{"dataset":[{"identifier":"1"},{"identifier":"2","title":"Two"}]}`)
	web.set("/two.json", api("a"))
	config := filepath.Join(t.TempDir(), "fincat.yaml")
	text := fmt.Sprintf("base: https://data.example.tw/\nharvest: {allow_private_addresses: true}\nsources:\n"+
		"  - {id: one, kind: datajson, url: %[1]s/data.json, rate: 1000/s}\n"+
		"  - {id: three, kind: datajson, url: %[1]s/none.json, rate: 1000/s, retries: 1}\n"+
		"  - {id: two, kind: openapi, url: %[1]s/two.json, rate: 1000/s}\n", web.URL)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, stderr := fincat(t, exitFound, "sources", "check", "--config", config)
	for _, want := range []string{"one: readable, but", "three: " + web.URL + "/none.json", "two: ok: Table a"} {
		if !strings.Contains(out, want) {
			t.Errorf("sources check printed\n%s%swithout %q", out, stderr, want)
		}
	}
	out, stderr = fincat(t, exitDone, "sources", "preview", "--config", config, "one")
	if !strings.Contains(out, "Two") || !strings.Contains(stderr, "the dataset has no title") {
		t.Errorf("sources preview printed\n%s%s", out, stderr)
	}
}

// TestErrorsAreToldOnce checks that an error of a source is printed once, on one
// line of bounded length and in words that name no types of the program.
func TestErrorsAreToldOnce(t *testing.T) {
	web := newSources(t)
	web.set("/api/3/action/package_search", `{"success":true,"result":[1]}`)
	web.set("/t.csv", "id,name,"+strings.Repeat("x", 2_000_000))
	for settings, message := range map[string]string{
		"kind: ckan, url: " + web.URL: "a list stands where",
		"kind: table, url: " + web.URL + "/t.csv, table: {format: csv, columns: {title: title}}": "there is no column",
	} {
		config := filepath.Join(t.TempDir(), "fincat.yaml")
		text := "base: https://data.example.tw/\nharvest: {allow_private_addresses: true}\nsources:\n  - {id: one, " +
			settings + ", rate: 1000/s, retries: 1}\n"
		if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, stderr := fincat(t, exitFound, "harvest", "--store", t.TempDir(), "--config", config)
		if n := strings.Count(out+stderr, message); n != 1 || len(out+stderr) > 2000 ||
			strings.Contains(out+stderr, "Go ") || strings.Contains(out+stderr, "source.") {
			t.Errorf("%s: told %d times in %d bytes: %.600s%.600s", settings, n, len(out+stderr), out, stderr)
		}
	}
}
