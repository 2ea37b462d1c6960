package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"fincat/cmd/fincat/manual"
	"fincat/cmd/fincat/metrics"
	"fincat/harvest"
	"fincat/harvest/source"
	"fincat/testdata/ecosystem"
	"fincat/vocab"
)

func openManual(t *testing.T) *manual.Book {
	t.Helper()
	book, err := manual.New(newRootCommand())
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// TestManualCommands looks for commands whose descriptions or flags have no Chinese, and checks the
// examples of their help.
func TestManualCommands(t *testing.T) {
	if left := manual.Unsaid(newRootCommand()); len(left) > 0 {
		t.Errorf("words/commands.tsv, help.tsv or flags.tsv and the commands differ in %q", left)
	}
	book := openManual(t)
	chinese, _ := book.Markdown("zh", "commands")
	for english, want := range map[string]string{"directory of the store": "儲存庫的目錄（必填）", "Backup writes": "將儲存庫最新提交",
		"(default ": "（預設 14）"} {
		if strings.Contains(chinese, english) || !strings.Contains(chinese, want) {
			t.Errorf("the Chinese chapter about commands has %q, or lacks %q", english, want)
		}
	}
	text, _ := book.Markdown("en", "commands")
	n := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  fincat ") || regexp.MustCompile(`^  [A-Z_]+=\S* fincat `).MatchString(line) {
			n++
			checkShell(t, line)
		}
	}
	if n < 40 {
		t.Errorf("%d examples were checked", n)
	}
}

// TestManualExamples runs or checks every code block of the manual: in English, and those of other
// languages that differ.
func TestManualExamples(t *testing.T) {
	m := &manualRun{T: t, store: filepath.Join(t.TempDir(), "store"), dir: t.TempDir(), kinds: map[string]bool{}}
	m.demo = startDemo(t, m.store)
	m.replay = httptest.NewServer(recordedSources(t))
	t.Cleanup(m.replay.Close)
	first, err := os.ReadFile("manual/pages/examples/serve.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m.config("fincat.yaml", string(first))
	book, done := openManual(t), map[string]bool{}
	for _, lang := range manual.Languages {
		for i, e := range book.Examples(lang) {
			if done[e.Kind+e.Text] {
				continue
			}
			done[e.Kind+e.Text] = true
			t.Run(fmt.Sprintf("%s %s %d", lang, e.Chapter, i), func(t *testing.T) {
				one := *m
				one.T = t
				one.try(e)
			})
		}
	}
	for _, k := range source.Kinds() {
		if !m.kinds[k.Name] {
			t.Errorf("no source of the kind %s was harvested", k.Name)
		}
	}
}

// manualRun tries examples with a demo and with recorded sources.
type manualRun struct {
	*testing.T
	demo   *running
	store  string // of the demo
	dir    string // of configurations
	replay *httptest.Server
	kinds  map[string]bool // of sources that were harvested
}

const manualBase = "http://127.0.0.1:8080/"

func (m *manualRun) try(e manual.Example) {
	switch e.Kind {
	case "sh":
		for _, words := range checkShell(m.T, e.Text) {
			m.shell(words)
		}
	case "yaml config":
		m.harvest(e.Text)
	case "yaml alerts":
		m.alerts(e.Text)
	case "sparql":
		_, got := get(m.T, m.demo.url+"sparql?query="+url.QueryEscape(e.Text), "Accept", "text/csv")
		if strings.Count(got, "\n") < 2 {
			m.Errorf("there is no solution:\n%s\n%s", e.Text, got)
		}
	case "python":
		m.python(e.Text)
	case "json":
		m.settings(e.Text)
	case "figure":
		m.relations(e.Text)
	default:
		m.Errorf("nothing is known of blocks of the kind %q", e.Kind)
	}
}

// checkShell reads the lines of a shell script and asks each command of fincat whether it would take its
// flags and arguments. It returns the words of all commands.
func checkShell(t *testing.T, script string) (out [][]string) {
	t.Helper()
	for line := range strings.Lines(script) {
		for _, words := range shellCommands(line) {
			for len(words) > 0 && (words[0] == "sudo" || regexp.MustCompile(`^[A-Z_]+=`).MatchString(words[0])) {
				if words = words[1:]; len(words) > 1 && words[0] == "-u" {
					words = words[2:]
				}
			}
			if len(words) == 0 {
				continue
			}
			out = append(out, words)
			known := []string{"fincat", "curl", "install", "useradd", "systemctl", "sha256sum", "gzip"}
			if !slices.Contains(known, words[0]) {
				t.Errorf("nobody knows whether %q works", line)
			}
			if words[0] != "fincat" {
				continue
			}
			cmd, args, err := newRootCommand().Find(words[1:])
			if err == nil && cmd.HasSubCommands() && !cmd.HasLocalFlags() {
				err = fmt.Errorf("which command of %s?", cmd.Name())
			}
			if err == nil {
				err = cmd.ParseFlags(args)
			}
			if err == nil {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	return out
}

// shellCommands takes a line apart into commands and words. Where output is sent to does not matter.
func shellCommands(line string) (out [][]string) {
	var words []string
	for _, w := range regexp.MustCompile(`'[^']*'|"[^"]*"|[^\s'"]+|\n`).FindAllString(line, -1) {
		switch {
		case strings.HasPrefix(w, "#"), w == "\n":
			return append(out, words)
		case w == "&&", w == "|":
			out, words = append(out, words), nil
		case w == ">", w == "<":
			words = append(words, w)
		case len(words) > 0 && (words[len(words)-1] == ">" || words[len(words)-1] == "<"):
			words = words[:len(words)-1]
		default:
			words = append(words, strings.Trim(w, `'"`))
		}
	}
	return append(out, words)
}

// harmless are the commands that an example of is run, not only checked.
var harmless = []string{"query", "runs list", "runs errors", "link list", "link report", "quality show",
	"quality explain", "report quarter", "tokens list", "docs", "sources list", "sources check", "sources preview",
	"init"}

// shell runs what changes nothing of the demo.
func (m *manualRun) shell(words []string) {
	if words[0] == "curl" {
		var header []string
		for i, w := range words {
			if w == "-H" {
				name, value, _ := strings.Cut(words[i+1], ": ")
				header = []string{name, value}
			}
		}
		address := strings.Replace(words[len(words)-1], manualBase, m.demo.url, 1)
		if resp, body := get(m.T, address, header...); resp.StatusCode != http.StatusOK || body == "" {
			m.Errorf("%q: %s\n%.500s", words, resp.Status, body)
		}
		return
	}
	cmd, _, err := newRootCommand().Find(words[1:])
	if err != nil || words[0] != "fincat" || !slices.Contains(harmless, commandName(cmd)) {
		return
	}
	args := slices.Clone(words[1:])
	for i, a := range args {
		switch {
		case i > 0 && args[i-1] == "--store":
			args[i] = m.store
		case i > 0 && args[i-1] == "--config":
			args[i] = filepath.Join(m.dir, "fincat.yaml")
		case i > 0 && args[i-1] == "--out":
			args[i] = filepath.Join(m.TempDir(), a)
		}
	}
	if commandName(cmd) == "init" {
		args = []string{"init", "-"}
	}
	var stdout, stderr bytes.Buffer
	status := run(m.Context(), args, strings.NewReader(""), &stdout, &stderr)
	if status != exitDone && status != exitFound || stdout.Len() == 0 && commandName(cmd) != "tokens list" {
		m.Errorf("%q ended with %d:\n%s%s", words, status, stdout.String(), stderr.String())
	}
}

// config writes a configuration whose sources are the recorded ones.
func (m *manualRun) config(name, text string) string {
	m.Helper()
	replay := fmt.Sprintf("harvest:\n  replay: %s\n  allow_private_addresses: true\n", m.replay.URL)
	if strings.Contains(text, "harvest:\n") {
		text = strings.Replace(text, "harvest:\n", replay, 1)
	} else {
		text = replay + text
	}
	file := filepath.Join(m.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		m.Fatal(err)
	}
	return file
}

// harvest reads a configuration and harvests its sources and code lists.
func (m *manualRun) harvest(text string) {
	c, err := harvest.ParseConfig(strings.NewReader(text))
	if err != nil {
		m.Fatalf("%v\n%s", err, text)
	}
	for _, s := range c.Harvested() {
		var stdout, stderr bytes.Buffer
		file := m.config(s.ID+".yaml", text)
		run(m.Context(), []string{"harvest", "--store", m.TempDir(), "--config", file, s.ID}, strings.NewReader(""),
			&stdout, &stderr)
		if !regexp.MustCompile(`: [1-9][0-9]* new`).MatchString(stdout.String()) {
			m.Errorf("%s: nothing is new:\n%s%s", s.ID, stdout.String(), stderr.String())
		}
		m.kinds[s.Kind] = true
	}
}

// recordedSources answers as the sources of testdata/harvest and of the ecosystem do.
func recordedSources(t *testing.T) http.Handler {
	t.Helper()
	type answer struct{ File, Type, Link string }
	all := map[string]answer{}
	files, err := filepath.Glob("../../testdata/harvest/*/source.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var rec struct{ Answers map[string]answer }
		if err := yaml.Unmarshal(text, &rec); err != nil {
			t.Fatal(err)
		}
		for address, a := range rec.Answers {
			if _, ok := all[address]; !ok {
				a.File = filepath.Join(filepath.Dir(file), a.File)
				all[address] = a
			}
		}
	}
	others, err := ecosystem.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := all[r.URL.RequestURI()]
		if !ok {
			others.ServeHTTP(w, r)
			return
		}
		text, err := os.ReadFile(a.File)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", a.Type)
		if a.Link != "" {
			w.Header().Set("Link", a.Link)
		}
		_, _ = w.Write(text)
	})
}

// alerts reads rules for Prometheus and looks for metrics that are not there.
func (m *manualRun) alerts(text string) {
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &rules); err != nil || len(rules.Groups) == 0 {
		m.Fatalf("%v\n%s", err, text)
	}
	for _, r := range rules.Groups[0].Rules {
		for _, name := range regexp.MustCompile(`fincat_[a-z_]+`).FindAllString(r.Expr, -1) {
			if !isMetric(name) {
				m.Errorf("%s: there is no metric %s", r.Alert, name)
			}
		}
	}
}

// isMetric reports whether the manual describes a metric, or what a histogram makes of one.
func isMetric(name string) bool {
	return slices.ContainsFunc(metrics.Described(), func(d metrics.Description) bool {
		rest, ok := strings.CutPrefix(name, d.Name)
		return ok && slices.Contains([]string{"", "_bucket", "_sum", "_count"}, rest)
	})
}

func (m *manualRun) python(text string) {
	if _, err := exec.LookPath("python3"); err != nil {
		m.Skip("there is no python3")
	}
	if strings.Contains(text, "rdflib") && exec.Command("python3", "-c", "import rdflib").Run() != nil {
		m.Skip("python3 has no rdflib")
	}
	text = strings.ReplaceAll(text, manualBase, m.demo.url)
	out, err := exec.CommandContext(m.Context(), "python3", "-c", text).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) == 0 {
		m.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(text, "titles") && !strings.Contains(string(out), fmt.Sprint(ecosystem.Records)+" datasets") {
		m.Errorf("the catalogue has %s", out)
	}
}

// settings looks whether the addresses in JSON have what they are for: DCAT.
func (m *manualRun) settings(text string) {
	var values map[string]string
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		m.Fatal(err)
	}
	address := strings.Replace(values["url"], manualBase, m.demo.url, 1)
	resp, body := get(m.T, address)
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/turtle") || !strings.Contains(body, "dcat:Dataset") {
		m.Errorf("%s: %s %s", address, resp.Status, resp.Header)
	}
}

// relations asks for each relation of the figure whether the demo has it.
func (m *manualRun) relations(text string) {
	list, err := manual.Relations(text)
	if err != nil {
		m.Fatal(err)
	}
	prefixes := ""
	for prefix, namespace := range vocab.Prefixes() {
		prefixes += "PREFIX " + prefix + ": <" + namespace + "> "
	}
	for _, r := range list {
		ask := fmt.Sprintf("%sASK { ?a a %s ; %s ?b . ?b a %s }", prefixes, r[0], r[1], r[2])
		_, got := get(m.T, m.demo.url+"sparql?query="+url.QueryEscape(ask), "Accept", "text/csv")
		if !strings.Contains(got, "true") {
			m.Errorf("the demo has no %q: %.200s", r, got)
		}
	}
}

// TestManualMetrics compares what a server shows with what the manual describes.
func TestManualMetrics(t *testing.T) {
	d := startDemo(t, t.TempDir())
	get(t, d.url)
	_, text := get(t, d.url+"metrics")
	seen := map[string]bool{}
	for _, name := range regexp.MustCompile(`(?m)^fincat_[a-z_]+`).FindAllString(text, -1) {
		seen[name] = true
	}
	if len(seen) < 10 {
		t.Errorf("the server shows %d metrics", len(seen))
	}
	for name := range seen {
		if !isMetric(name) {
			t.Errorf("the manual does not describe %s", name)
		}
	}
}

// TestManualPages fetches every chapter in both languages.
func TestManualPages(t *testing.T) {
	d := startDemo(t, t.TempDir())
	_, style := get(t, d.url+"docs/static/manual.css")
	_, common := get(t, d.url+"static/portal.css")
	headings := map[string]int{}
	for _, lang := range []string{"en", "zh"} {
		for _, name := range manual.Chapters {
			address := d.url + "docs/" + name + "?lang=" + lang
			resp, page := get(t, address)
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", address, resp.Status)
			}
			if p := resp.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") ||
				strings.Contains(p, "unsafe") || strings.Contains(p, "script-src") {
				t.Errorf("%s: policy %q", address, p)
			}
			for _, bad := range []string{"{{", "raw HTML omitted", " style=", "<script", "127.0.0.1:8080"} {
				if name != "commands" && name != "configuration" && name != "operations" && name != "operators" &&
					strings.Contains(page, bad) {
					t.Errorf("%s has %q", address, bad)
				}
			}
			n := strings.Count(page, "<h2")
			if headings[name] == 0 {
				headings[name] = n
			}
			if headings[name] != n || len(page) < 2000 {
				t.Errorf("%s has %d headings and %d bytes; in English %d headings", address, n, len(page),
					headings[name])
			}
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			if _, err := z.Write([]byte(page + style + common)); err != nil || z.Close() != nil {
				t.Fatal(err)
			}
			t.Logf("%s %s: %.1f kB", lang, name, float64(b.Len())/1000)
			if b.Len() > 60_000 {
				t.Errorf("%s weighs %d bytes with its styles", address, b.Len())
			}
			for _, href := range regexp.MustCompile(`href="(/docs[^"#]*)(#[^"]*)?"`).FindAllStringSubmatch(page, -1) {
				if strings.Contains(href[1], "static") || headings[href[1]] < 0 {
					continue
				}
				headings[href[1]] = -1
				to := strings.TrimSuffix(d.url, "/") + strings.ReplaceAll(href[1], "&amp;", "&")
				if resp, _ := get(t, to); resp.StatusCode != http.StatusOK {
					t.Errorf("%s leads to %s: %s", address, href[1], resp.Status)
				}
			}
		}
	}
	if resp, page := get(t, d.url+"docs?lang=en&q=removal_limit"); resp.StatusCode != http.StatusOK ||
		!strings.Contains(page, "/docs/configuration?lang=en#harvest") {
		t.Errorf("the search does not find removal_limit: %s", resp.Status)
	}
	if resp, _ := get(t, d.url+"docs/nothing"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown chapter: %s", resp.Status)
	}
	if resp, text := get(t, d.url+"docs/roles.md?lang=en"); !strings.HasPrefix(text, "# Roles") ||
		!strings.HasPrefix(resp.Header.Get("Content-Type"), "text/markdown") {
		t.Errorf("the chapter in Markdown: %s %.80s", resp.Header, text)
	}
}
