package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/wire"
)

// besideLines are command lines that do the same for a store that nobody holds and for
// one that a server holds. D is the store, C a configuration, R a run, F a folder.
const besideLines = `load --store D more.ttl more.nq
load --store D --graph http://example.org/g --format ttl -
load --store D bad.ttl
load --store D missing.ttl
load --store D --format nonsense more.ttl
load --store D --base http://example.org/base/ relative.ttl
query --store D q.rq
query --store D --format json -e SELECT(COUNT(*)AS?n){?s?p?o}
query --store D --format csv --default-graph strict q.rq
query --store D bad.rq
query --store D missing.rq
query --store D -
query --store D -e ASK{}
query --store D --format ttl -e CONSTRUCT{?s?p?o}{?s?p?o}
query --store D --format nonsense q.rq
query --store D --explain -e SELECT*{}
query --store D
query --store D --timeout 0s q.rq
query --store D -e SELECT*{}limit
update --store D -e INSERTDATA{<http://example.org/x><http://example.org/p>1}
update --store D u.ru
update --store D bad.rq
update --store D -e DELETEWHERE{<http://example.org/x>?p?o}
dump --store D
dump --store D --graph http://example.org/g --format ttl
dump --store D --format ttl
dump --store D --graph default --verify
diff --store D --graph http://example.org/g more.ttl
diff --store D --graph http://example.org/none more.ttl
diff --store D more.ttl
diff --store D --graph http://example.org/g bad.ttl
validate --store D --format table
validate --store D --shapes shapes.ttl --format csv
validate --store D --profile tw --focus http://example.org/x
validate --store D --shapes imports.ttl --format csv
validate --store D --shapes bad.ttl
validate --store D --profile nonsense
sources list --config C
sources check --config C
sources check --config C one
sources preview --config C one
sources preview --config C none
harvest --store D --config C --dry-run
harvest --store D --config C
harvest --store D --config C two
harvest --store D --config C --format json --full one
harvest --store D --config C three
harvest --store D --config C --format nonsense
harvest --store D --config bad.ttl
runs list --store D
runs list --store D --format json
runs list --store D --format nonsense
runs show --store D R
runs show --store D --quads R
runs show --store D 20000101T000000-one
runs errors --store D
runs errors --store D --format json one
runs errors --store D R
runs errors --store D nonsense
link run --store D
link list --store D
link list --store D --format json
link list --store D --state nonsense
link confirm --store D one/a two/a --why why
link confirm --store D one/a one/none
link refuse --store D one/b two/b --by amy
link refuse --store D --kind x one/b two/b
link import --store D links.tsv
link import --store D bad.ttl
link import --store D missing.tsv
quality show --store D
quality show --store D --all --format csv
quality show --store D --all --format json two
quality run --store D --config C --now 2026-09-30 one
quality run --store D --config C --now soon
quality run --store D --config C nobody
quality show --store D --format nonsense
quality explain --store D nobody
report quarter --store D --now 2026-11-30
report quarter --store D --config C --quarter 2026Q4 --now 2026-11-30 --format json
report quarter --store D --quarter 2026Q3 --now 2026-11-30 --out report
report quarter --store D --quarter 2026Q5
report quarter --store D --config C --quarter 2026Q4 --mail
report quarter --store D --format nonsense
report meeting --store D --since 2026-09-01 --now 2026-11-30
report meeting --store D --since soon
publish --store D --config C --dry-run
publish --store D --config C --withdraw
publish --store D --config C --withdraw --confirm 1-00000000 --dry-run
publish --store D --config C --format nonsense
link report --store D
link report --store D --format csv
link report --store D --format json
link report --store D --history --format csv
link export --store D
tokens add --store D --role reader rita
tokens add --store D --role boss x
tokens add --store D --role reader rita
tokens list --store D
tokens list --store D --format json
tokens remove --store D rita
tokens remove --store D nobody
runs approve --store D R
runs undo --store D R
runs undo --store D R
backup --store D F/b
backup --store D -
audit --store D
mcp --store D`

// notBeside are the commands that do not work through a server: those that need the
// store alone, and those that have nothing to do with one.
var notBeside = []string{
	"check", "compact", "demo", "restore", "serve", "upgrade",
	"bench generate", "canon", "docs", "health", "init", "jsonld compact", "jsonld expand", "jsonld flatten", "parse",
	"version",
}

// besideFiles are what the command lines read.
var besideFiles = map[string]string{
	"more.ttl":     "<http://example.org/m> <http://example.org/p> \"more\", [] .\n",
	"more.nq":      "<http://example.org/m> <http://example.org/q> \"q\" <http://example.org/h> .\n",
	"relative.ttl": "<r> <#p> <../o> .\n",
	"bad.ttl":      "<http://example.org/m> nonsense\n",
	"bad.rq":       "SELECT ?x {\n  nonsense }\n",
	"q.rq":         "SELECT ?s ?o { ?s <http://example.org/p> ?o } ORDER BY ?s ?o",
	"u.ru":         "INSERT DATA { GRAPH <http://example.org/u> { <http://example.org/u> a <http://example.org/U> } }",
	"shapes.ttl": `@prefix sh: <http://www.w3.org/ns/shacl#> .
<http://example.org/s> a sh:NodeShape ; sh:targetSubjectsOf <http://example.org/p> ;
  sh:property [ sh:path <http://example.org/p> ; sh:minLength 100 ] .
`,
	"imports.ttl": "@prefix owl: <http://www.w3.org/2002/07/owl#> . <> owl:imports <again.ttl>, <none.ttl> .\n",
	"again.ttl":   "@prefix owl: <http://www.w3.org/2002/07/owl#> . <> owl:imports <imports.ttl>, <shapes.ttl> .\n",
	"links.tsv": `#mapping_set_id: https://data.example.tw/links
#curie_map:
#  owl: "http://www.w3.org/2002/07/owl#"
#  semapv: "https://w3id.org/semapv/vocab/"
subject_id	predicate_id	object_id	mapping_justification
https://data.example.tw/dataset/one/a	owl:sameAs	https://data.example.tw/dataset/two/b	semapv:ManualMappingCuration
`,
}

// TestEveryCommandBeside has a place for every command.
func TestEveryCommandBeside(t *testing.T) {
	tried := map[string]bool{}
	for line := range strings.Lines(besideLines) {
		tried[besideCommand(t, line)] = true
	}
	left := maps.Clone(tried)
	for _, name := range notBeside {
		left[name] = true
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		name := commandName(cmd)
		if cmd.HasSubCommands() || name == "" {
			return
		}
		if !left[name] {
			t.Errorf("nothing says how %s gets on with a server", name)
		}
		delete(left, name)
		_, route := commandRoutes[name]
		through := route || slices.Contains(ownRoutes, name)
		if tried[name] != through || slices.Contains(notBeside, name) == through {
			t.Errorf("%s works through a server: %v; it is tried: %v", name, through, tried[name])
		}
	}
	visit(newRootCommand())
	for name := range left {
		t.Errorf("there is no command %s", name)
	}
	routes := access.Routes()
	for name, r := range commandRoutes {
		if _, path := r.split(); routes[path] == nil {
			t.Errorf("nothing says who may use the route of %s", name)
		}
	}
}

// besideCommand names the command of a command line.
func besideCommand(t *testing.T, line string) string {
	t.Helper()
	cmd, _, err := newRootCommand().Find(strings.Fields(line))
	if err != nil {
		t.Fatal(err)
	}
	return commandName(cmd)
}

// spaced puts the spaces into a command line that is split at spaces.
var spaced = strings.NewReplacer("INSERTDATA", "INSERT DATA", "DELETEWHERE", "DELETE WHERE", "}limit", "} limit")

// besideLine is the command line for one of the two stores.
func besideLine(line, dir, config, run, files string) []string {
	args := strings.Fields(line)
	for i, a := range args {
		switch a {
		case "D":
			args[i] = dir
		case "C":
			args[i] = config
		case "R":
			args[i] = run
		case "F/b":
			args[i] = filepath.Join(files, "b")
		default:
			args[i] = spaced.Replace(a)
		}
	}
	return args
}

// changing are the parts of what commands print that differ from one time to the next.
var changing = []struct {
	re *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`\d{8}T\d{6}[0-9.]*-`), "RUN-"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| CST)?`), "TIME"},
	{regexp.MustCompile(`in \d+\.\d+ s( \(\d+ quads/s\))?`), "in TIME"},
	{regexp.MustCompile(`\b[0-9.]+(ms|µs|us|s)\b`), "TOOK"},
	{regexp.MustCompile(`fincat_[A-Z0-9]{20,}`), "TOKEN"},
	{regexp.MustCompile(`_:\S+`), "_:b"},
	{regexp.MustCompile(`urn:uuid:\S+|[0-9a-f]{64}`), "HASH"},
	{regexp.MustCompile(`process \d+`), "process N"},
	{regexp.MustCompile(`"state": \d+`), `"state": N`}, // followers of a server make commits beside
	{regexp.MustCompile(`[ ]{2,}`), "  "},
}

func unchanging(text, dir string) string {
	text = strings.ReplaceAll(text, dir, "D")
	for _, c := range changing {
		text = c.re.ReplaceAllString(text, c.to)
	}
	return text
}

// besideStores makes two equal stores with a harvest each.
func besideStores(t *testing.T) (alone, held, config string) {
	web := newSources(t)
	web.set("/one.json", api("a", "b", "c"))
	web.set("/two.json", api("a", "b"))
	config = web.configure(t, "one", "two")
	alone, held = filepath.Join(t.TempDir(), "alone"), filepath.Join(t.TempDir(), "held")
	fincat(t, exitDone, "harvest", "--store", alone, "--config", config)
	if err := os.CopyFS(held, os.DirFS(alone)); err != nil {
		t.Fatal(err)
	}
	web.set("/one.json", api("a", "b", "d", "e"))
	return alone, held, config
}

// TestBesideServer gives every command line of besideServer twice, for a store that nobody
// holds and for one that a server holds, and compares everything that is printed.
func TestBesideServer(t *testing.T) {
	alone, held, config := besideStores(t)
	t.Chdir(t.TempDir())
	for name, text := range besideFiles {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, _ := fincat(t, exitDone, "runs", "list", "--store", alone)
	run := strings.Fields(list)[0]
	base, stop := startServe(t, "--store", held, "--quiet")
	for line := range strings.Lines(besideLines) {
		name := besideCommand(t, line)
		var got [2]string
		for i, dir := range []string{alone, held} {
			got[i] = printed(t, name, besideLine(line, dir, config, run, t.TempDir()), dir)
		}
		if got[0] != got[1] && name != "audit" { // its entries say how a change was asked for
			t.Errorf("fincat %s\nwithout a server:\n%.2000s\nthrough a server:\n%.2000s", line, got[0], got[1])
		}
	}
	for _, name := range []string{"check", "compact"} {
		_, stderr := fincat(t, exitFailed, name, "--store", held)
		if !strings.Contains(stderr, base) || !strings.Contains(stderr, "stop the server") {
			t.Errorf("%s beside a server says %q", name, stderr)
		}
	}
	_, stderr := fincat(t, exitFailed, "restore", "--store", held, filepath.Join(held, "x"))
	if !strings.Contains(stderr, base) {
		t.Errorf("restore beside a server says %q", stderr)
	}
	checkBesideAudit(t, held)
	stop()
	if _, err := os.Lstat(wire.Path(held)); err == nil {
		t.Error("the socket is there after the server has ended")
	}
	for _, dir := range []string{alone, held} {
		fincat(t, exitDone, "check", "--store", dir)
		checkCauses(t, dir)
	}
	var dumps [2]string
	for i, dir := range []string{alone, held} {
		dumps[i], _ = fincat(t, exitDone, "dump", "--store", dir, "--graph", "http://example.org/g")
	}
	if unchanging(dumps[0], "") != unchanging(dumps[1], "") {
		t.Errorf("the stores differ:\n%s\n%s", dumps[0], dumps[1])
	}
}

// printed is what a command prints, and how it ends.
func printed(t *testing.T, name string, args []string, dir string) string {
	t.Helper()
	stdin := "<http://example.org/stdin> <http://example.org/p> 1 ."
	if name == "query" {
		stdin = "ASK { ?s <http://example.org/p> 1 }"
	}
	var out, errs strings.Builder
	status := run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	if name == "backup" {
		out.Reset()
	}
	return unchanging(fmt.Sprintf("%d\n%s\n%s", status, &out, &errs), dir)
}

// checkBesideAudit looks for the authors of what was changed through the socket.
func checkBesideAudit(t *testing.T, dir string) {
	out, _ := fincat(t, exitDone, "audit", "--store", dir)
	seen := map[string]bool{}
	for line := range strings.Lines(out) {
		var e access.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Ends == 0 || !strings.Contains(e.What, " /admin/") {
			continue
		}
		what, _, _ := strings.Cut(e.What, "?")
		if e.Who != systemUser() || e.From != "socket of the store" || e.Role != access.Administrator {
			t.Errorf("%s was done by %q from %q as %s", e.What, e.Who, e.From, e.Role)
		}
		if len(e.Commits) > 0 {
			seen[what] = true
		}
	}
	for _, want := range []string{"POST /admin/load", "POST /admin/update", "POST /admin/harvest",
		"POST /admin/tokens",
		"DELETE /admin/tokens/rita", "POST /admin/links/confirm", "POST /admin/links/import"} {
		if !seen[want] {
			t.Errorf("the audit log has no commit of %s; it has %v", want, seen)
		}
	}
}

// TestSocket leaves a socket behind, makes it in a directory with a long name, and tries
// who may open it.
func TestSocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30), strings.Repeat("store", 20))
	if err := os.MkdirAll(filepath.Dir(wire.Path(dir)), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := wire.Dial(t.Context(), dir); !errors.Is(err, wire.ErrNoServer) {
		t.Errorf("without a socket: %v", err)
	}
	stale, err := wire.Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := stale.(*wire.Listener).UnixListener.Close(); err != nil { // as after kill -9
		t.Fatal(err)
	}
	path := wire.Path(dir)
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("the test leaves no socket: %v", err)
	}
	if _, err := wire.Dial(t.Context(), dir); !errors.Is(err, wire.ErrNoServer) {
		t.Errorf("a socket that was left: %v", err)
	}
	if err := os.RemoveAll(filepath.Dir(wire.Path(dir))); err != nil {
		t.Fatal(err)
	}
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	if err := os.Mkdir(filepath.Dir(wire.Path(dir)), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o666); err != nil { // something else in its place
		t.Fatal(err)
	}
	startServe(t, "--store", dir, "--quiet")
	for name, want := range map[string]os.FileMode{
		path: 0o600 | os.ModeSocket, filepath.Dir(path): 0o700 | os.ModeDir,
	} {
		if st, err := os.Lstat(name); err != nil || st.Mode() != want {
			t.Errorf("%s has mode %v, want %v (%v)", name, st.Mode(), want, err)
		}
	}
	if out, _ := fincat(t, exitDone, "query", "--store", dir, "--format", "csv", "-e",
		"SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"); out != "n\r\n1\r\n" {
		t.Errorf("through a socket with a long name: %q", out)
	}
	c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return wire.Dial(ctx, dir)
	}}}
	req, err := http.NewRequest(http.MethodGet, "http://localhost/admin/tokens", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", "192.0.2.1") // a proxy in front of the socket
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("through a proxy the socket answers %s", resp.Status)
	}
}

// TestKilledServer finds a store that a server held which was killed.
func TestKilledServer(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("fincat", "serve", "--store", dir, "--addr", freeAddress(t), "--quiet")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := wire.Dial(t.Context(), dir)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	fincat(t, exitDone, "update", "--store", dir, "-e", insertOne)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if _, err := os.Lstat(wire.Path(dir)); err != nil {
		t.Fatalf("the killed server left no socket: %v", err)
	}
	if out, _ := fincat(t, exitDone, "dump", "--store", dir); !strings.Contains(out, "example.org/a") {
		t.Errorf("after a kill the store holds %q", out)
	}
	fincat(t, exitDone, "check", "--store", dir)
}

// TestCommandsElsewhere asks a server by its address, with tokens of several roles, and
// as other programs do.
func TestCommandsElsewhere(t *testing.T) {
	_, dir, config := besideStores(t)
	withSecret(t)
	base, _ := startServe(t, "--store", dir, "--config", config, "--quiet")
	out, _ := fincat(t, exitDone, "tokens", "add", "--server", base, "--role", "reader", "rita")
	t.Setenv("RITA", strings.TrimSpace(out))
	rita := []string{"--server", base, "--token-env", "RITA"}
	for _, line := range []string{"query -e ASK{}", "dump", "runs list", "runs errors", "sources list", "link list",
		"link export"} {
		fincat(t, exitDone, append(strings.Fields(line), rita...)...)
	}
	for _, line := range []string{"update -e CLEAR", "harvest", "link run", "tokens list", "backup -", "audit",
		"sources check"} {
		_, stderr := fincat(t, exitFailed, append(strings.Fields(line), rita...)...)
		if !strings.Contains(stderr, "403") {
			t.Errorf("%s as a reader: %s", line, stderr)
		}
	}
	if out, _ := fincat(t, exitDone, "sources", "check", "--server", base, "two"); !strings.HasPrefix(out, "two: ok") {
		t.Errorf("the server checks its source: %q", out)
	}
	if out, _ := fincat(t, exitDone, "harvest", "--server", base, "two"); !strings.HasPrefix(out, "two: 0 new") {
		t.Errorf("the server harvests its source: %q", out)
	}
	if out, _ := fincat(t, exitDone, "sources", "preview", "--store", dir, "two"); !strings.Contains(out, "Table a") {
		t.Errorf("the server previews its source: %q", out)
	}
	if out, _ := fincat(t, exitDone, "harvest", "--store", dir, "two"); !strings.HasPrefix(out, "two: 0 new") {
		t.Errorf("the server harvests its source, asked through the socket: %q", out)
	}
	if _, stderr := fincat(t, exitFailed, "harvest", "--server", base, "--config", config); !strings.Contains(stderr,
		"socket of the store") {
		t.Errorf("a configuration from elsewhere: %q", stderr)
	}
	if out, _ := fincat(t, exitDone, "audit", "--server", base); !strings.Contains(out, "/admin/harvest") {
		t.Errorf("the audit log: %q", out)
	}
	for _, line := range []string{"update --server nonsense -e CLEAR",
		"query --server " + base + " --store D -e ASK{}"} {
		fincat(t, exitUsage, strings.Fields(line)...)
	}
	checkCommandRoutes(t, base)
}

// checkCommandRoutes asks as curl does.
func checkCommandRoutes(t *testing.T, base string) {
	for path, media := range map[string]string{
		"admin/dump": "application/n-quads", "admin/dump?graph=default&format=ttl": "text/turtle",
		"admin/runs/list": jsonLines, "admin/runs/list?format=text": textPlain,
		"admin/runs/errors":            "application/json",
		"admin/runs/errors?format=csv": "text/csv; charset=utf-8", "admin/links": "application/json",
		"admin/sources": textPlain,
	} {
		resp, body := get(t, base+path, secret...)
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(got, media) {
			t.Errorf("GET %s = %s %s, want %s\n%.300s", path, resp.Status, got, media, body)
		}
	}
	for path, want := range map[string]int{
		"admin/runs/list?nonsense=1": 400, "admin/runs/list?store=/etc": 400, "admin/runs/list?server=x": 400,
		"admin/runs/list?format=nonsense": 400, "admin/runs/20000101T000000-one/changes": 404,
		"admin/dump?graph=--help": 200, "admin/dump?help=true": 400,
	} {
		if resp, body := get(t, base+path, secret...); resp.StatusCode != want {
			t.Errorf("GET %s = %s, want %d\n%.300s", path, resp.Status, want, body)
		}
	}
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"admin/query?format=csv", "ASK {}", 200}, {"admin/query", "nonsense", 422}, {"admin/query", "", 400},
		{"admin/query?file=/etc/passwd", "ASK {}", 422}, {"admin/validate?shapes=/etc/passwd", "", 422},
		{"admin/harvest?config=/etc/passwd", "", 403}, {"admin/load?format=nt", "<a:a> <a:b> <a:c> .", 200},
		{"admin/load?file=/etc/hosts", "", 422}, {"admin/links/confirm?subject=one/a&object=two/a&by=eve", "", 400},
		{"admin/runs/20000101T000000-one/undo", "", 404}, {"admin/update", "INSERT DATA { <a:u> <a:u> <a:u> }", 200},
		{"admin/harvest?source=two", "", 200},
	} {
		req, err := http.NewRequest(http.MethodPost, base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(secret[0], secret[1])
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != c.want {
			t.Errorf("POST %s = %s, want %d: %s (%v)", c.path, resp.Status, c.want, body, err)
		}
	}
}
