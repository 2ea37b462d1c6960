package harvest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// recordedAnswers are those of a folder of testdata/harvest.
type recordedAnswers struct {
	dir     string
	Since   string         `yaml:"since"` // of recordings of changes only
	Config  map[string]any `yaml:"config"`
	Answers map[string]struct {
		File, Type, Link string
		Status           int
	} `yaml:"answers"`
}

// ServeHTTP answers as the source did. To who asks for changes it tells everything
// again, as a source does whose changes cannot be told apart.
func (rec *recordedAnswers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := rec.Answers[r.URL.RequestURI()]
	for _, name := range []string{"fq", "from", "modified"} {
		if q := r.URL.Query(); !ok && q.Has(name) {
			q.Del(name)
			at := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
			a, ok = rec.Answers[at.RequestURI()]
		}
	}
	if !ok {
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
	body, err := os.ReadFile(filepath.Join(rec.dir, a.File))
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(body) // the client may have gone
}

// TestRecordedStayUnchanged harvests every recorded source four times: twice within
// the hour, a day later and a week later, when everything is asked for. After the
// first time nothing is new, changed or missing, and the errors are the same.
func TestRecordedStayUnchanged(t *testing.T) {
	folders, err := filepath.Glob("../testdata/harvest/*/source.yaml")
	if err != nil || len(folders) < 40 {
		t.Fatalf("%d recordings: %v", len(folders), err)
	}
	for _, file := range folders {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rec := &recordedAnswers{dir: filepath.Dir(file)}
			if err := yaml.Unmarshal(text, rec); err != nil {
				t.Fatal(err)
			}
			if rec.Since != "" {
				t.Skip("what changed was recorded, and nothing else")
			}
			srv := httptest.NewServer(rec)
			defer srv.Close()
			rec.Config["rate"], rec.Config["retries"] = "10000/s", 1
			source, err := yaml.Marshal([]any{rec.Config})
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {replay: '%s'}\nsources:\n%s",
				testBase, srv.URL, source)))
			if err != nil {
				t.Fatal(err)
			}
			now := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
			h, err := New(Options{Store: openStore(t), Config: cfg, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			id := cfg.Sources[0].ID
			first := mustRun(t, h, id)
			if first.New == 0 && first.Err == nil {
				t.Fatalf("at first: %s", first)
			}
			for _, later := range []time.Duration{time.Minute, 24 * time.Hour, 8 * 24 * time.Hour} {
				now = now.Add(later)
				rep := mustRun(t, h, id)
				if rep.New+rep.Changed+rep.Missing+rep.Removed+rep.Held > 0 || rep.Failed != first.Failed {
					t.Errorf("after %v: %s, at first: %s", later, rep, first)
				}
				if later > 7*24*time.Hour && first.Err == nil && (!rep.Full || rep.Unchanged != first.New) {
					t.Errorf("after a week: %s, full %v, want all %d unchanged", rep, rep.Full, first.New)
				}
			}
		})
	}
}
