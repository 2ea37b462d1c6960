package harvest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/source"
	"fincat/store"
)

// moving is a source whose answers a test changes between runs, and which counts
// what it is asked for.
type moving struct {
	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request)
	asked  []string
}

func (m *moving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	m.asked = append(m.asked, r.URL.RequestURI())
	m.answer(w, r)
}

// run harvests with an answer, and returns the report and what was asked for.
func (m *moving) run(t *testing.T, h *Harvester, o RunOptions,
	answer func(w http.ResponseWriter, r *http.Request)) (*history.Report, []string) {
	t.Helper()
	m.mu.Lock()
	m.answer, m.asked = answer, nil
	m.mu.Unlock()
	rep, err := h.Run(t.Context(), "bb", o)
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return rep, m.asked
}

// newMoving returns a harvester of one source; settings are further lines of its
// configuration.
func newMoving(t *testing.T, kind, path string, now func() time.Time, settings ...string) (*moving, *Harvester,
	*store.Store, string) {
	t.Helper()
	m := &moving{}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: true, "+
		"responses_dir: %q}\nsources:\n- id: bb\n  kind: %s\n  url: %s%s\n  rate: 1000000/s\n  retries: 1\n%s\n",
		testBase, t.TempDir(), kind, srv.URL, path, strings.Join(settings, "\n"))))
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t)
	h, err := New(Options{Store: s, Config: cfg, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return m, h, s, srv.URL
}

// page is one that describes a dataset for search engines.
func page(n int, title string) string {
	return fmt.Sprintf(`<html><script type="application/ld+json">{"@context":"https://schema.org/","@type":"Dataset",`+
		`"@id":"https://e.example/%d","name":%q}</script></html>`, n, title)
}

// listedPage is a page of a site with its date in the sitemap; a title of "" is
// a page that answers 500.
type listedPage struct {
	n             int
	lastmod, text string
}

func siteOf(pages ...listedPage) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sitemap.xml" {
			w.Header().Set("Content-Type", "text/xml")
			fmt.Fprint(w, `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
			for _, p := range pages {
				fmt.Fprintf(w, "<url><loc>http://%s/p/%d</loc><lastmod>%s</lastmod></url>", r.Host, p.n, p.lastmod)
			}
			fmt.Fprint(w, "</urlset>")
			return
		}
		for _, p := range pages {
			if r.URL.Path != fmt.Sprintf("/p/%d", p.n) {
				continue
			}
			if p.text == "" {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, page(p.n, p.text))
			return
		}
		http.NotFound(w, r)
	}
}

// openRules returns the rules of the problems that the newest run of the source
// still lists, without those that only inform.
func openRules(t *testing.T, h *Harvester) (out []string) {
	t.Helper()
	last, err := h.history.LastRun(t.Context(), "bb")
	if err != nil {
		t.Fatal(err)
	}
	for p, err := range h.history.Problems(t.Context(), last.Run) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Severity == "violation" {
			out = append(out, p.Rule)
		}
	}
	return out
}

// TestSitemapAgain checks that a page which failed is asked for in every run
// until it is good or gone, that its error is listed as long, and that nothing
// else is asked for meanwhile.
func TestSitemapAgain(t *testing.T) {
	m, h, _, _ := newMoving(t, "sitemap", "/sitemap.xml", nil)
	one, two := listedPage{1, "2024-01-01", "一"}, listedPage{2, "2024-01-01", ""}
	three := listedPage{3, "2024-01-01", "三"}
	rep, _ := m.run(t, h, RunOptions{}, siteOf(one, two, three))
	if rep.New != 2 || rep.Failed != 1 || rep.Partial || rep.Unasked != 0 {
		t.Errorf("first run: %s", rep)
	}
	rep, asked := m.run(t, h, RunOptions{}, siteOf(one, two, three))
	if rep.Failed != 1 || !rep.Partial || rep.OK() ||
		!slices.Equal(slices.Compact(asked), []string{"/sitemap.xml", "/p/2"}) {
		t.Errorf("still broken: %s, asked for %v", rep, asked)
	}
	if got := openRules(t, h); !slices.Equal(got, []string{"http-status"}) {
		t.Errorf("open problems = %v", got)
	}
	two.text = "二"
	rep, asked = m.run(t, h, RunOptions{}, siteOf(one, two, three))
	if rep.New != 1 || rep.Failed != 0 || !slices.Equal(asked, []string{"/sitemap.xml", "/p/2"}) {
		t.Errorf("mended: %s, asked for %v", rep, asked)
	}
	if got := openRules(t, h); len(got) > 0 {
		t.Errorf("open problems = %v", got)
	}
	rep, asked = m.run(t, h, RunOptions{}, siteOf(one, two, three))
	if rep.Total() != 0 || !rep.OK() || !slices.Equal(asked, []string{"/sitemap.xml"}) {
		t.Errorf("afterwards: %s, asked for %v", rep, asked)
	}
	four := listedPage{4, "2020-01-01", ""}
	m.run(t, h, RunOptions{}, siteOf(one, two, three, four))
	rep, _ = m.run(t, h, RunOptions{}, siteOf(one, two, three)) // neither listed nor there any more
	if got := openRules(t, h); rep.Failed != 0 || len(got) > 0 {
		t.Errorf("gone: %s, open problems = %v", rep, got)
	}
	rep, asked = m.run(t, h, RunOptions{}, siteOf(one, two, three))
	if rep.Total() != 0 || len(asked) != 1 {
		t.Errorf("after it is gone: %s, asked for %v", rep, asked)
	}
}

// TestSitemapDates checks that a page is asked for when it is new or its date is
// another one, be it older than the last run, and that undoing a run undoes what
// is remembered of the sitemap.
func TestSitemapDates(t *testing.T) {
	m, h, _, _ := newMoving(t, "sitemap", "/sitemap.xml", nil)
	one, two := listedPage{1, "2024-01-01", "一"}, listedPage{2, "2024-01-01", "二"}
	m.run(t, h, RunOptions{}, siteOf(one, two))
	two = listedPage{2, "2023-12-31", "二之二"}
	three := listedPage{3, "2019-05-05", "三"}
	rep, asked := m.run(t, h, RunOptions{DryRun: true}, siteOf(one, two, three))
	if rep.New != 1 || rep.Changed != 1 || len(asked) != 3 {
		t.Errorf("dry run: %s, asked for %v", rep, asked)
	}
	for range 2 {
		rep, asked = m.run(t, h, RunOptions{}, siteOf(one, two, three))
		if rep.New != 1 || rep.Changed != 1 || rep.Unchanged+rep.Failed > 1 {
			t.Errorf("changed: %s, asked for %v", rep, asked)
		}
		if _, err := h.Undo(t.Context(), rep.Run); err != nil {
			t.Fatal(err)
		}
	}
}

// portalOf serves datasets by CKAN's search, which understands a filter by date
// only, and each alone if single.
func portalOf(single bool, packages ...map[string]any) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		found := packages
		if _, from, ok := strings.Cut(r.URL.Query().Get("fq"), "metadata_modified:["); ok {
			from, _, _ = strings.Cut(from, "Z")
			found = slices.DeleteFunc(slices.Clone(packages), func(p map[string]any) bool {
				return p["metadata_modified"].(string) < from
			})
		} else if strings.HasPrefix(r.URL.Query().Get("fq"), "id:") && single {
			found = nil // an index that lacks them
		}
		var result any = map[string]any{"count": len(found), "results": found}
		if strings.HasSuffix(r.URL.Path, "/package_show") {
			i := slices.IndexFunc(packages, func(p map[string]any) bool { return p["id"] == r.URL.Query().Get("id") })
			if !single || i < 0 {
				http.NotFound(w, r)
				return
			}
			result = packages[i]
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "result": result})
	}
}

func ckanDataset(id string, title any, modified string) map[string]any {
	return map[string]any{"id": id, "title": title, "metadata_modified": modified, "state": "active",
		"organization": map[string]any{"title": "某會"}}
}

// TestCKANAgain checks that a dataset without a title is asked for again, by the
// search or alone, although its date stays the same.
func TestCKANAgain(t *testing.T) {
	for _, single := range []bool{false, true} {
		m, h, _, _ := newMoving(t, "ckan", "/", nil)
		good := ckanDataset("a", "甲", "2024-02-01T00:00:00.000000")
		bad := ckanDataset("b", nil, "2024-02-01T00:00:00.000000")
		for i := range 3 {
			rep, _ := m.run(t, h, RunOptions{}, portalOf(single, good, bad))
			if rep.Failed != 1 || rep.OK() || rep.Partial != (i > 0) {
				t.Errorf("single %t, run %d: %s, %+v", single, i, rep, rep)
			}
		}
		bad["title"] = "乙"
		rep, _ := m.run(t, h, RunOptions{}, portalOf(single, good, bad))
		if rep.New != 1 || rep.Failed != 0 || rep.Unchanged != 0 || len(openRules(t, h)) > 0 {
			t.Errorf("single %t, mended: %s, %v", single, rep, openRules(t, h))
		}
		rep, asked := m.run(t, h, RunOptions{}, portalOf(single, good, bad))
		if rep.Total() != 0 || len(asked) != 1 {
			t.Errorf("single %t, afterwards: %s, asked for %v", single, rep, asked)
		}
	}
}

// TestOverlap checks that a dataset is seen which was saved before a run and
// came into the portal's index after it.
func TestOverlap(t *testing.T) {
	m, h, _, _ := newMoving(t, "ckan", "/", nil)
	old := ckanDataset("a", "甲", "2024-02-01T00:00:00.000000")
	late := ckanDataset("b", "乙", time.Now().UTC().Add(-10*time.Minute).Format("2006-01-02T15:04:05.000000"))
	m.run(t, h, RunOptions{}, portalOf(true, old))
	if rep, _ := m.run(t, h, RunOptions{}, portalOf(true, old, late)); rep.New != 1 || !rep.Partial {
		t.Errorf("second run: %s", rep)
	}
}

// oaiRecord is a record of a repository; without a title it cannot be taken over.
type oaiRecord struct{ id, title, datestamp string }

func repositoryOf(single bool, records ...oaiRecord) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">`)
		defer fmt.Fprint(w, `</OAI-PMH>`)
		verb := q.Get("verb")
		if verb == "Identify" {
			fmt.Fprint(w, "<Identify><deletedRecord>persistent</deletedRecord></Identify>")
			return
		}
		if verb == "GetRecord" && !single {
			fmt.Fprint(w, `<error code="badVerb"/>`)
			return
		}
		var b strings.Builder
		for _, rec := range records {
			if verb == "GetRecord" && rec.id != q.Get("identifier") || rec.datestamp < q.Get("from") {
				continue
			}
			title := ""
			if rec.title != "" {
				title = "<title>" + rec.title + "</title>"
			}
			fmt.Fprintf(&b, "<record><header><identifier>%s</identifier><datestamp>%s</datestamp></header><metadata>"+
				"<dc>%s</dc></metadata></record>", rec.id, rec.datestamp, title)
		}
		switch {
		case b.Len() > 0:
			fmt.Fprintf(w, "<%s>%s</%[1]s>", verb, &b)
		case verb == "GetRecord":
			fmt.Fprint(w, `<error code="idDoesNotExist"/>`)
		default:
			fmt.Fprint(w, `<error code="noRecordsMatch"/>`)
		}
	}
}

// TestOAIAgain checks that a record without a title is asked for again, alone
// or, where the repository does not answer to that, with all others.
func TestOAIAgain(t *testing.T) {
	for _, single := range []bool{true, false} {
		m, h, _, _ := newMoving(t, "oaipmh", "/?metadataPrefix=oai_dc", nil)
		good, bad := oaiRecord{"a", "甲", "2024-01-01"}, oaiRecord{"b", "", "2024-01-01"}
		for i := range 2 {
			rep, _ := m.run(t, h, RunOptions{}, repositoryOf(single, good, bad))
			if rep.Failed != 1 || rep.Partial != (single && i > 0) {
				t.Errorf("single %t, run %d: %s, partial %t", single, i, rep, rep.Partial)
			}
		}
		bad.title = "乙"
		rep, _ := m.run(t, h, RunOptions{}, repositoryOf(single, good, bad))
		if rep.New != 1 || rep.Failed != 0 || len(openRules(t, h)) > 0 {
			t.Errorf("single %t, mended: %s, %v", single, rep, openRules(t, h))
		}
		rep, _ = m.run(t, h, RunOptions{}, repositoryOf(single, good))
		if rep.Err != nil || !rep.Partial {
			t.Errorf("single %t, afterwards: %s", single, rep)
		}
	}
}

// TestOAIGone checks that a record which failed and which the repository no
// longer has is forgotten.
func TestOAIGone(t *testing.T) {
	m, h, _, _ := newMoving(t, "oaipmh", "/?metadataPrefix=oai_dc", nil)
	good := oaiRecord{"a", "甲", "2024-01-01"}
	m.run(t, h, RunOptions{}, repositoryOf(true, good, oaiRecord{"b", "", "2024-01-01"}))
	for i := range 2 {
		rep, asked := m.run(t, h, RunOptions{}, repositoryOf(true, good))
		if rep.Failed != 0 || len(openRules(t, h)) > 0 || len(asked) != 3-i {
			t.Errorf("run %d: %s, asked for %v", i, rep, asked)
		}
	}
}

// TestUnasked checks that increments go on from the last run without error where
// a kind cannot ask for what failed alone: a stream is then read from there.
func TestUnasked(t *testing.T) {
	h := &Harvester{now: time.Now}
	now := time.Now()
	run := func(status history.Status, ago time.Duration, partial, full bool, unasked int,
		mark string) *history.Report {
		return &history.Report{Status: status, Start: now.Add(-ago), Partial: partial, Full: full, Unasked: unasked,
			Mark: mark}
	}
	cfg := source.Config{}
	tests := []struct {
		name string
		runs []*history.Report // the newest first
		mark string            // "" means that everything is asked for
		full bool
	}{
		{"none", nil, "", true},
		{"good", []*history.Report{run("done", time.Hour, false, true, 0, "1")}, "1", false},
		{"with an error", []*history.Report{run("done", time.Hour, false, true, 1, "1")}, "", false},
		{"an error after a good one", []*history.Report{run("done", time.Hour, true, false, 2, "2"),
			run("done", 2*time.Hour, false, true, 0, "1")}, "1", false},
		{"failed after a good one", []*history.Report{run("failed", time.Hour, true, false, 0, "2"),
			run("held", 2*time.Hour, false, true, 0, "1")}, "1", false},
		{"undone", []*history.Report{run("undone", time.Hour, true, false, 0, "2"),
			run("done", 2*time.Hour, false, true, 0, "1")}, "", false},
		{"all of it long ago", []*history.Report{run("done", time.Hour, true, false, 0, "2"),
			run("done", 200*time.Hour, false, true, 0, "1")}, "", true},
		{"asked with conditions since", []*history.Report{run("done", time.Hour, false, false, 0, "2"),
			run("done", 200*time.Hour, false, true, 0, "1")}, "", true},
	}
	for _, tt := range tests {
		got := h.startOf(tt.runs, []string{"x"}, cfg)
		if got.mark != tt.mark || got.full != tt.full || got.since.IsZero() != (tt.mark == "") ||
			(len(got.again) == 0) != (tt.mark == "") {
			t.Errorf("%s: %+v, want mark %q, full %t", tt.name, got, tt.mark, tt.full)
		}
	}
	many := make([]string, maxAgain+1)
	if got := h.startOf(tests[1].runs, many, cfg); !got.since.IsZero() || got.full {
		t.Errorf("with %d to be asked for again: %+v", len(many), got)
	}
}

// TestWeakValidator checks that a document which changed within the second in
// which it was sent is not "not modified" for ever, and that full_every asks
// without conditions even a server that always says so.
func TestWeakValidator(t *testing.T) {
	now := time.Now()
	m, h, _, _ := newMoving(t, "datagovtw", "/export", func() time.Time { return now })
	title := 0
	serve := func(modified, sent time.Time) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
			w.Header().Set("Date", sent.UTC().Format(http.TimeFormat))
			if r.Header.Get("If-Modified-Since") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, manifest(3, title))
		}
	}
	at := now.Add(-time.Hour)
	m.run(t, h, RunOptions{}, serve(at, at))
	title = 1
	if rep, _ := m.run(t, h, RunOptions{}, serve(at, now)); rep.Changed != 2 {
		t.Errorf("changed within the second: %s", rep)
	}
	title = 2
	if rep, _ := m.run(t, h, RunOptions{}, serve(at, now)); rep.Unchanged != 3 || rep.Full {
		t.Errorf("a server that lies: %s", rep)
	}
	now = now.Add(8 * 24 * time.Hour)
	if rep, _ := m.run(t, h, RunOptions{}, serve(at, now)); rep.Changed != 2 || !rep.Full {
		t.Errorf("after full_every: %s", rep)
	}
}

// TestClockSetBack checks that a run never ends before it started.
func TestClockSetBack(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	m, h, _, _ := newMoving(t, "datagovtw", "/export", func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(-time.Second)
		return now
	})
	rep, _ := m.run(t, h, RunOptions{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, manifest(1)) })
	read, err := h.history.RunByID(context.Background(), rep.Run)
	if err != nil || rep.Took() < 0 || read.End.Before(read.Start) || read.Took() < 0 {
		t.Errorf("took %v, as read %v to %v, %v", rep.Took(), read.Start, read.End, err)
	}
}

// TestRestAgain checks that a dataset of the cross-platform interface which
// could not be read is asked for again, until it is good or gone.
func TestRestAgain(t *testing.T) {
	m, h, _, _ := newMoving(t, "datagovtw", "/api/v1/rest/dataset", nil)
	answer := func(details map[string]string, changed ...string) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			id, single := strings.CutPrefix(r.URL.Path, "/api/v1/rest/dataset/")
			detail, ok := details[id]
			switch {
			case !single && r.URL.Query().Get("offset") != "0":
				fmt.Fprint(w, `{"success":true,"result":[]}`)
			case !single:
				list := changed
				if !r.URL.Query().Has("modified") {
					list = slices.Sorted(maps.Keys(details))
				}
				_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "result": list})
			case !ok:
				http.NotFound(w, r)
			case detail == "":
				w.WriteHeader(http.StatusInternalServerError)
			default:
				fmt.Fprintf(w, `{"success":true,"result":{"identifier":%q,"title":%q}}`, id, detail)
			}
		}
	}
	rep, _ := m.run(t, h, RunOptions{}, answer(map[string]string{"1": "一", "2": "", "3": ""}))
	if rep.New != 1 || rep.Failed != 2 {
		t.Fatalf("first run: %s", rep)
	}
	rep, _ = m.run(t, h, RunOptions{}, answer(map[string]string{"1": "一", "2": ""}))
	if rep.Failed != 1 || !rep.Partial || len(openRules(t, h)) != 1 {
		t.Errorf("one is gone: %s, %v", rep, openRules(t, h))
	}
	rep, _ = m.run(t, h, RunOptions{}, answer(map[string]string{"1": "一", "2": "二"}))
	if rep.New != 1 || rep.Failed != 0 || len(openRules(t, h)) > 0 {
		t.Errorf("one is good: %s, %v", rep, openRules(t, h))
	}
}

// TestErrorStays checks that the errors of a run stay listed while the source
// cannot be gathered, and that the problems of a record which no later run saw
// stay too, but that what is said of the source as a whole does not.
func TestErrorStays(t *testing.T) {
	m, h, _, _ := newMoving(t, "ckan", "/", nil)
	good := ckanDataset("a", "甲", "2024-02-01T00:00:00.000000")
	bad := ckanDataset("b", nil, "2024-02-01T00:00:00.000000")
	m.run(t, h, RunOptions{}, portalOf(false, good, bad))
	rep, _ := m.run(t, h, RunOptions{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})
	if got := openRules(t, h); rep.Status != history.Failed || !slices.Equal(slices.Sorted(slices.Values(got)),
		[]string{"http-status", "title-missing"}) {
		t.Errorf("the source is down: %s, %v", rep, got)
	}
	bad["title"] = "乙"
	rep, _ = m.run(t, h, RunOptions{}, portalOf(false, good, bad))
	if rep.New != 1 || !rep.Partial || len(openRules(t, h)) > 0 {
		t.Errorf("all is well: %s, %v", rep, openRules(t, h))
	}
}
