package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// files is a server of tables that counts its requests.
type files struct {
	*httptest.Server
	mu          sync.Mutex
	plain       int // requests without condition, robots.txt not counted
	conditional int
	version     map[string]int // of a path that changed
	latency     time.Duration
	body        map[string]string // of a path, where it is another one
}

// answer has a path answer with another text.
func (f *files) answer(path, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.body[path] = text
	f.version[path]++
}

func serveFiles(t testing.TB) *files {
	f := &files{version: map[string]int{}, body: map[string]string{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *files) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	time.Sleep(f.latency)
	f.mu.Lock()
	defer f.mu.Unlock()
	tag := fmt.Sprintf(`"%s-%d"`, r.URL.Path, f.version[r.URL.Path])
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") != "" {
		f.conditional++
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	} else {
		f.plain++
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	if text, ok := f.body[r.URL.Path]; ok {
		_, _ = io.WriteString(w, text)
		return
	}
	fmt.Fprintf(w, "年月,件數\r\n11508,%d\r\n", f.version[r.URL.Path])
}

func (f *files) counts() (plain, conditional int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	plain, conditional = f.plain, f.conditional
	f.plain, f.conditional = 0, 0
	return plain, conditional
}

// catalogueOf puts n datasets with a file each into a store.
func catalogueOf(t testing.TB, s *store.Store, address string, n int) {
	t.Helper()
	addDatasets(t, s, "a", address, n)
}

// addDatasets puts n datasets of a source with a file each into a store.
func addDatasets(t testing.TB, s *store.Store, source, address string, n int) {
	t.Helper()
	change := store.Change{Replace: map[term.Term][]term.Quad{}}
	for _, q := range dcat.Schemes(base) {
		g := term.NewIRI(base.SchemesGraph())
		change.Replace[g] = append(change.Replace[g], q.In(g))
	}
	for i := range n {
		id := fmt.Sprint(1000 + i)
		d := &dcat.Dataset{Identifier: id, Title: dcat.Texts("資料集" + id), FrequencyAs: "每1月",
			Modified: term.NewLiteral("2026-07-01", "http://www.w3.org/2001/XMLSchema#date"),
			Distribution: []dcat.Distribution{{DownloadURL: address + "/" + id + ".csv", FormatAs: "CSV",
				Encoding: "UTF-8",
				Fields:   dcat.Texts("年月、件數")}}}
		d.Assign(base, source, id)
		g := term.NewIRI(base.Graph(source, id))
		for _, tr := range d.Triples() {
			change.Replace[g] = append(change.Replace[g], tr.In(g))
		}
	}
	if _, err := s.Commit(context.Background(), change); err != nil {
		t.Fatal(err)
	}
}

func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Dir: dir, CacheBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func runnerOf(t testing.TB, s *store.Store, now time.Time, c Config) *Runner {
	t.Helper()
	client, err := fetch.NewClient(fetch.Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		PerHost: 8})
	if err != nil {
		t.Fatal(err)
	}
	if c.Rate.Every == 0 {
		c.Rate.Every = time.Millisecond
	}
	r, err := NewRunner(Options{Store: s, Base: base, Client: client, Config: c, PerHost: 8,
		Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func results(t testing.TB, s *store.Store, scope ...string) (out []*Result) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for r, err := range Results(context.Background(), sn, base, scope, false) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

var noon = time.Date(2026, 9, 30, 12, 0, 0, 0, taipei())

// TestRounds checks a catalogue three times: the second round asks with conditions only and
// keeps what it knows; a file that changed is evidence of an update, which the history
// shows.
func TestRounds(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	f := serveFiles(t)
	catalogueOf(t, s, f.URL, 30)
	report, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil)
	if err != nil || report.Checked != 30 || len(report.Failed) > 0 {
		t.Fatalf("first round: %+v, %v", report, err)
	}
	if plain, cond := f.counts(); plain != 30 || cond != 0 {
		t.Errorf("first round asked %d without and %d with conditions, want 30 and 0", plain, cond)
	}
	first := results(t, s, "1003")[0]
	if first.Badge != "白金" && first.Badge != "金" || first.Indicators[Timeliness].Is != Fail {
		t.Errorf("first round: %s, %+v", first.Badge, first.Indicators[Timeliness])
	}
	f.mu.Lock()
	f.version["/1003.csv"] = 1
	f.mu.Unlock()
	report, err = runnerOf(t, s, noon.Add(time.Hour), Config{}).Run(t.Context(), nil, nil)
	if err != nil || report.Checked != 30 || report.Kept != 29 {
		t.Fatalf("second round: %+v, %v", report, err)
	}
	if plain, cond := f.counts(); plain != 0 || cond != 30 {
		t.Errorf("second round asked %d without and %d with conditions, want 0 and 30", plain, cond)
	}
	changed, kept := results(t, s, "a/1003")[0], results(t, s, base.Dataset("a", "1004"))[0]
	if i := changed.Indicators[Timeliness]; i.Is != Pass || !strings.Contains(i.Why, "content changed") {
		t.Errorf("timeliness of what changed: %+v", i)
	}
	if len(changed.History) != 1 || changed.History[0].Indicators[Timeliness] != Fail {
		t.Errorf("history of what changed: %+v", changed.History)
	}
	if !kept.Resources[0].Evidence.Kept || kept.Indicators[Fields].Is != Pass || len(kept.History) != 0 {
		t.Errorf("what did not change: %+v", kept)
	}
}

// TestDatasetAlone checks one dataset, and refuses names that nothing has.
func TestDatasetAlone(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	f := serveFiles(t)
	catalogueOf(t, s, f.URL, 3)
	r := runnerOf(t, s, noon, Config{})
	if report, err := r.Run(t.Context(), []string{"1001"}, nil); err != nil || report.Datasets != 1 {
		t.Errorf("one dataset: %+v, %v", report, err)
	}
	if list := results(t, s); len(list) != 1 || list[0].Identifier != "1001" {
		t.Errorf("results %+v, want one of 1001", list)
	}
	if _, err := r.Run(t.Context(), []string{"nobody"}, nil); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("an unknown name gives %v", err)
	}
}

// TestResume breaks off a round: the next one goes on and asks again only for what was
// under way.
func TestResume(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	f := serveFiles(t)
	f.latency = 5 * time.Millisecond
	catalogueOf(t, s, f.URL, 150)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := runnerOf(t, s, noon, Config{Workers: 4}).Run(ctx, nil, func(done int, _ Plan) {
		if done == 60 {
			cancel()
		}
	})
	if err == nil {
		t.Fatal("a round that was broken off ends without an error")
	}
	report, err := runnerOf(t, s, noon.Add(time.Minute), Config{Workers: 4}).Run(t.Context(), nil, nil)
	if err != nil || report.Resumed < 60 || report.Resumed+report.Checked != 150 {
		t.Errorf("the round went on with %+v, %v", report, err)
	}
	if plain, cond := f.counts(); plain+cond > 150+4 {
		t.Errorf("%d requests for 150 files, want no more than those under way again", plain+cond)
	}
	if report, err = runnerOf(t, s, noon.Add(time.Hour), Config{}).Run(t.Context(), nil, nil); err != nil ||
		report.Resumed != 0 || report.Kept != 150 {
		t.Errorf("the next round: %+v, %v", report, err)
	}
}

// TestEvidenceQuery follows badges down to the bytes with one query.
func TestEvidenceQuery(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	f := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("年月,人數\r\n11508,1\r\n"))
	}))
	defer f.Close()
	catalogueOf(t, s, f.URL, 1)
	if _, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Query(t.Context(), EvidenceQuery, sparql.QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for sol, err := range found.Solutions() {
		if err != nil {
			t.Fatal(err)
		}
		var row []string
		for _, v := range sol {
			row = append(row, v.Value())
		}
		if text := strings.Join(row, " "); !strings.Contains(text, "銀 fields fail 件數 is missing") ||
			!strings.Contains(text, "E5B9B4E69C88") || !strings.Contains(text, "sha256:") {
			t.Errorf("solution %s", text)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d solutions, want one", n)
	}
}

// TestAddressesRefused asks for nothing inside private networks that is not permitted.
func TestAddressesRefused(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	catalogueOf(t, s, "http://127.0.0.3:9", 1)
	if _, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	r := results(t, s)[0]
	if r.Badge != None || !r.Resources[0].has("address-refused") {
		t.Errorf("%s, %+v", r.Badge, r.Resources[0].Findings)
	}
}

// TestShownForm asks for the keys that readers of quality show rely on.
func TestShownForm(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	f := serveFiles(t)
	catalogueOf(t, s, f.URL, 1)
	if _, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(results(t, s)[0])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"dataset", "identifier", "source", "badge", "indicators/link/is",
		"indicators/response/why",
		"indicators/fields/evidence", "resources/url", "resources/detected/bom", "resources/detected/header_row",
		"resources/detected/rows", "resources/detected/fields", "resources/detected/media_type",
		"resources/personal_data",
		"resources/findings", "resources/indicators/encoding/is", "oas/counts", "oas/valid", "oas/findings",
		"oas/why"} {
		if !reaches(m, strings.Split(path, "/")) {
			t.Errorf("%s is missing in %s", path, text)
		}
	}
}

func reaches(v any, path []string) bool {
	if list, ok := v.([]any); ok && len(path) > 0 {
		return len(list) > 0 && reaches(list[0], path)
	}
	if len(path) == 0 {
		return true
	}
	m, ok := v.(map[string]any)
	next, has := m[path[0]]
	return ok && has && reaches(next, path[1:])
}

func TestFrequency(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.ParseInLocation("2006-01-02", s, taipei())
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tt := range []struct{ frequency, last, due string }{
		{"每1月", "2026-01-31", "2026-02-28"}, {"每1月", "2028-01-31", "2028-02-29"}, {"每3月", "2026-11-30", "2027-02-28"},
		{"每季", "2026-07-01", "2026-10-01"}, {"每半年", "2026-08-31", "2027-02-28"}, {"每1年", "2028-02-29", "2029-02-28"},
		{"每週", "2026-09-22", "2026-09-29"}, {"每10日", "2026-12-25", "2027-01-04"}, {"每兩個月", "2026-12-31", "2027-02-28"},
		{"每十二月", "2026-01-15", "2027-01-15"}, {"MONTHLY", "2026-01-15", "2026-02-15"}, {"R/P1Y", "2026-01-15",
			"2027-01-15"},
		{"每工作日", "2026-10-02", "2026-10-05"}, {"每年更新一次", "2026-01-15", "2027-01-15"}, {"每旬", "2026-01-15",
			"2026-01-25"},
	} {
		p, ok := periodOf(tt.frequency)
		if got := p.due(day(tt.last)).Format("2006-01-02"); !ok || got != tt.due {
			t.Errorf("%s after %s = %s, %v, want %s", tt.frequency, tt.last, got, ok, tt.due)
		}
	}
	r, err := NewRules()
	if err != nil {
		t.Fatal(err)
	}
	// Words that belong to a frequency of the table, and how they are judged.
	for _, tt := range []struct{ frequency, due string }{
		{"每月10日前", "2026-02-28"}, {"每月底", "2026-02-28"}, {"每週一", "2026-02-07"}, {"每雙週", "2026-02-14"},
		{"隔月", "2026-03-31"}, {"每年2次", "2026-07-31"}, {"每年3次", "2026-05-31"}, {"每年4次", "2026-04-30"},
		{"每學年", "2027-01-31"}, {"每週2次", "2026-02-04"}, {"每月兩次", "2026-02-15"}, {"每營業日", "2026-02-02"},
		{"不定時更新", "na"}, {"停止更新", "na"}, {"即時更新", "unknown"}, {"依需要更新", "unknown"}, {"月報", "unknown"},
	} {
		p, judged, ok := r.frequencyOf(tt.frequency)
		got := p.due(day("2026-01-31")).Format("2006-01-02")
		if !ok {
			got = "unknown"
		} else if !judged {
			got = "na"
		}
		if got != tt.due {
			t.Errorf("%s after 2026-01-31 = %s, want %s", tt.frequency, got, tt.due)
		}
	}
	for _, word := range []string{"視需要", "月報", "每", "每0日", "不定期更新", ""} {
		if p, ok := periodOf(word); ok {
			t.Errorf("periodOf(%q) = %+v, want none", word, p)
		}
	}
}

func TestPlan(t *testing.T) {
	r := runnerOf(t, nil, noon, Config{Rate: fetch.Rate{Every: 500 * time.Millisecond}})
	var list []*job
	for i := range 50_000 {
		list = append(list, &job{host: []string{"a", "a", "b"}[i%3], files: 1})
	}
	p := r.plan(list)
	if p.Files != 50_000 || p.Hosts != 2 || p.Slowest != "a" || p.Takes.Round(time.Minute) != 278*time.Minute {
		t.Errorf("plan %+v", p)
	}
	q := newQueue(list[:6], 3)
	var hosts []string
	for range 4 {
		hosts = append(hosts, q.next().host)
	}
	if !slices.Equal(hosts, []string{"a", "b", "a", "b"}) {
		t.Errorf("hosts take turns as %v", hosts)
	}
}

// TestPages reads the results in pages: each dataset comes once, in the order of the IRIs.
func TestPages(t *testing.T) {
	s := openStore(t, "")
	defer s.Close()
	f := serveFiles(t)
	catalogueOf(t, s, f.URL, 7)
	if _, err := runnerOf(t, s, noon, Config{}).Run(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	for _, scope := range [][]string{nil, {"a"}, {"1000", "1001", "1002", "1003", "1004", "1005", "1006"}} {
		var found []string
		for after := ""; ; {
			n := 0
			for r, err := range ResultsAfter(t.Context(), sn, base, scope, false, after) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n > 3 {
					break
				}
				found, after = append(found, r.Identifier), r.Dataset
			}
			if n <= 3 {
				break
			}
		}
		if want := []string{"1000", "1001", "1002", "1003", "1004", "1005", "1006"}; !slices.Equal(found, want) {
			t.Errorf("%v in pages: %v, want %v", scope, found, want)
		}
	}
}
