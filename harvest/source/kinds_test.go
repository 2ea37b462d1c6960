package source

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"fincat/harvest/fetch"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

var update = flag.Bool("update", false, "rewrite want.nt and want.txt")

const recorded = "../../testdata/harvest"

// recording is a folder of testdata/harvest: source.yaml has the configuration
// under config and the recorded answers under answers.
type recording struct {
	Config  yaml.Node `yaml:"config"`
	Since   time.Time `yaml:"since"`  // of the last complete gathering
	Listed  listed    `yaml:"listed"` // dates that pages had in it
	Answers map[string]struct {
		File, Type, Link string
		Status           int
	} `yaml:"answers"`
}

// listed is what a list of pages said before.
type listed map[string]string

func (l listed) Was(page string) (string, bool, error) { date, ok := l[page]; return date, ok, nil }
func (l listed) Note(string, string) error             { return nil }

// TestKinds gathers every recorded source and compares its records' triples
// with want.nt and its problems with want.txt.
func TestKinds(t *testing.T) {
	folders, err := filepath.Glob(recorded + "/*/source.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	seen := map[string]bool{}
	for _, f := range folders {
		dir := filepath.Dir(f)
		t.Run(filepath.Base(dir), func(t *testing.T) { seen[gatherFolder(t, dir)] = true })
	}
	for _, name := range KindNames() {
		if !seen[name] {
			t.Errorf("kind %s has no recording", name)
		}
	}
}

func gatherFolder(t *testing.T, dir string) string {
	var rec recording
	text, err := os.ReadFile(filepath.Join(dir, "source.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &rec); err != nil {
		t.Fatal(err)
	}
	var cfg Config
	if err := rec.Config.Decode(&cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Rate.Every = 1
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec.answer(t, dir, w, r)
	}))
	defer srv.Close()
	client := fetch.Options{Replay: srv.URL}
	nt, txt := gatherAll(t, client, cfg, rec.Since, rec.Listed)
	compareFile(t, filepath.Join(dir, "want.nt"), nt)
	compareFile(t, filepath.Join(dir, "want.txt"), txt)
	return cfg.Kind
}

func (rec *recording) answer(t *testing.T, dir string, w http.ResponseWriter, r *http.Request) {
	a, ok := rec.Answers[r.URL.RequestURI()]
	if !ok {
		if !strings.HasSuffix(r.URL.Path, "/robots.txt") {
			t.Logf("no answer recorded for %s", r.URL.RequestURI())
		}
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.Type)
	if a.Link != "" {
		w.Header().Set("Link", a.Link)
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	body, err := os.ReadFile(filepath.Join(dir, a.File))
	if err != nil {
		t.Error(err)
	}
	_, _ = w.Write(body) // the client may have gone
}

// gatherAll returns the triples of all records, sorted, and the problems.
func gatherAll(t *testing.T, client fetch.Options, cfg Config, since time.Time, l listed) (nt, txt []byte) {
	s := newSession(t, cfg, client, since)
	s.listing = l
	var triples []term.Triple
	var lines []string
	records, failed := 0, 0
	kind, _ := KindByName(cfg.Kind)
	for rec, err := range kind.Gather(context.Background(), s) {
		if err != nil {
			lines = append(lines, "error: "+err.Error())
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%v is no *Error", err)
			}
			break
		}
		records++
		for _, p := range rec.Problems {
			lines = append(lines, problemLine(p))
		}
		if rec.Deleted {
			lines = append(lines, "deleted: "+rec.ID)
			continue
		}
		if rec.Dataset == nil && !rec.Deleted {
			failed++
			continue
		}
		rec.Dataset.Assign(s.Base, cfg.ID, rec.ID)
		triples = append(triples, rec.Dataset.Triples()...)
	}
	for _, p := range s.Found.Problems {
		lines = append(lines, problemLine(p))
	}
	triples = append(triples, s.Found.Catalog...)
	if s.Found.Service != nil {
		s.Found.Service.IRI = s.Base.Service(cfg.ID)
		triples = append(triples, s.Found.Service.Triples()...)
	}
	slices.SortFunc(triples, term.CompareTriples)
	for _, tr := range slices.Compact(triples) {
		nt = append(append(nt, tr.String()...), '\n')
	}
	head := fmt.Sprintf("%d records, %d failed\ntitle: %s\n", records, failed, dcat.Best(s.Found.Title, dcat.ZHTW))
	return nt, []byte(head + strings.Join(lines, "\n") + "\n")
}

func problemLine(p Problem) string {
	return fmt.Sprintf("%s: %s: %s: %s (%s): %s", p.Severity, p.Rule, p.Record, p.Place, p.Value, p.Message)
}

func compareFile(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			t.Errorf("%s line %d:\ngot  %s\nwant %s", path, i+1, at(a, i), at(b, i))
			return
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end)"
}
