package report

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/quality"
	"fincat/sparql"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// fileServer serves the files of the datasets; a path may be changed.
type fileServer struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]string // "" is a 404
}

func serveFiles(t testing.TB) *fileServer {
	f := &fileServer{files: map[string]string{}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		text := f.files[r.URL.Path]
		if text == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprint(w, text)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fileServer) put(path, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[path] = text
}

// entry is a dataset of the catalogue of a test.
type entry struct {
	id, owner string
	published string // date, "" when the source gives none
	recorded  string // when the catalogue saw it first
	file      string // its content: "" is a 404
	fields    string
	standard  string
	same      string // counterpart
	api       string // path of the description of its API
}

const (
	platinumFile = "統一編號,金額(新臺幣元)\r\n22099131,1\r\n"
	goldFile     = "甲,乙\r\n1,2\r\n"
	bronzeFile   = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
)

// catalogue puts datasets into a store.
func catalogue(t testing.TB, s *store.Store, f *fileServer, list []entry) {
	t.Helper()
	dir, err := dcat.NewDirectory()
	if err != nil {
		t.Fatal(err)
	}
	change := store.Change{Replace: map[term.Term][]term.Quad{}}
	put := func(graph string, triples []term.Triple) {
		g := term.NewIRI(graph)
		for _, tr := range triples {
			change.Replace[g] = append(change.Replace[g], tr.In(g))
		}
	}
	put(base.SchemesGraph(), dcat.Schemes(base))
	put(base.OrgGraph(), dir.Triples(base))
	for _, e := range list {
		f.put("/"+e.id, e.file)
		d := &dcat.Dataset{Identifier: e.id, Title: dcat.Texts("資料集" + e.id), FrequencyAs: "不定期更新",
			Distribution: []dcat.Distribution{{DownloadURL: f.URL + "/" + e.id, FormatAs: "CSV", Encoding: "UTF-8",
				Fields: dcat.Texts(e.fields)}}}
		if e.published != "" {
			d.Issued = term.NewLiteral(e.published, vocab.XSDDate)
		}
		if e.standard != "" {
			d.ConformsTo = []string{e.standard}
		}
		if e.api != "" {
			d.Distribution[0].ConformsTo = []string{f.URL + e.api}
		}
		d.Assign(base, "a", e.id)
		triples := d.Triples()
		add := func(s, p string, o term.Term) {
			triples = append(triples, term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
		}
		add(d.IRI, vocab.DCTPublisher, term.NewIRI(base.Org("securities-futures-bureau")))
		if e.owner != "" {
			add(d.IRI, vocab.DCTCreator, term.NewIRI(base.Org(e.owner)))
		}
		if e.same != "" {
			add(d.IRI, vocab.OWLSameAs, term.NewIRI(base.Dataset("a", e.same)))
		}
		record := base.Record("a", e.id)
		add(base.SourceCatalog("a"), vocab.RDFType, term.NewIRI(vocab.DCATCatalog))
		add(base.SourceCatalog("a"), vocab.DCTIdentifier, term.NewString("a"))
		add(base.Catalog(), vocab.DCATRecord, term.NewIRI(base.Record("a", e.id)))
		add(base.SourceCatalog("a"), vocab.DCATDatasetProperty, term.NewIRI(d.IRI))
		add(base.SourceCatalog("a"), vocab.DCATRecord, term.NewIRI(record))
		add(record, vocab.FOAFPrimaryTopic, term.NewIRI(d.IRI))
		add(record, vocab.DCTIssued, term.NewLiteral(e.recorded+"T00:00:00Z", vocab.XSDDateTime))
		put(base.Graph("a", e.id), triples)
	}
	if _, err := s.Commit(context.Background(), change); err != nil {
		t.Fatal(err)
	}
}

// check runs the checks at a time.
func check(t testing.TB, s *store.Store, at string) {
	t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	client, err := fetch.NewClient(fetch.Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		PerHost: 8})
	if err != nil {
		t.Fatal(err)
	}
	c := quality.Config{}
	c.Rate.Every = time.Millisecond
	r, err := quality.NewRunner(quality.Options{Store: s, Base: base, Client: client, Config: c, PerHost: 8,
		Now: func() time.Time { return now }})
	if err == nil {
		_, err = r.Run(t.Context(), nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// year is a catalogue of ten datasets of two owners, checked three times in 2026.
func year(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{CacheBytes: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f := serveFiles(t)
	standard := "統一編號、金額(新臺幣元)"
	catalogue(t, s, f, []entry{
		{id: "1", owner: "twse", recorded: "2026-01-02", file: platinumFile, fields: standard,
			standard: "https://schema.gov.tw/lists/1"},
		{id: "2", owner: "twse", recorded: "2026-01-02", file: platinumFile, fields: standard,
			standard: "https://schema.gov.tw/lists/1"},
		{id: "3", owner: "twse", recorded: "2026-01-02", file: goldFile, fields: "甲、乙",
			standard: "https://www.w3.org/TR/csv"},
		{id: "4", owner: "twse", recorded: "2026-01-02", file: goldFile, fields: "甲、丙"},
		{id: "5", owner: "twse", recorded: "2026-01-02", file: goldFile, fields: "甲、丁"},
		{id: "6", recorded: "2026-01-02", file: bronzeFile, fields: "甲"},
		{id: "7", recorded: "2026-01-02"},
		{id: "8", recorded: "2026-03-05", published: "2026-03-01", file: goldFile, fields: "甲、乙"},
		{id: "9", recorded: "2026-04-05", file: goldFile, fields: "甲、乙", same: "8"}, // the same as 8
		{id: "10", recorded: "2026-04-05", file: goldFile, fields: "甲、乙", same: "11"},
		{id: "11", recorded: "2026-01-02", published: "2019-01-01", file: goldFile, fields: "甲、乙"},
	})
	check(t, s, "2026-04-01T00:00:00+08:00")
	f.put("/3", platinumFile) // not as described any more
	check(t, s, "2026-05-01T00:00:00+08:00")
	f.put("/4", "甲,丙\r\n1,2\r\n")
	f.put("/7", goldFile)
	check(t, s, "2026-07-01T00:00:00+08:00")
	return s
}

func makeReport(t testing.TB, s *store.Store, q Quarter, now string) *Report {
	t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Make(t.Context(), Options{Store: s, Base: base, Quarter: q, Now: at})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// TestTargets counts the targets of a year by hand.
func TestTargets(t *testing.T) {
	s := year(t)
	const now = "2026-07-31T00:00:00+08:00"
	r := makeReport(t, s, Quarter{2026, 3}, now)
	gold, platinum := r.Figure("gold"), r.Figure("platinum")
	// 1 and 2 have platinum; 4, 7, 8, 9, 10, 11 gold; 3 and 5 silver (fields); 6 bronze.
	if gold.Met != 8 || gold.Of != 11 || platinum.Met != 2 {
		t.Errorf("gold %d of %d, platinum %d, want 8 of 11 and 2: %+v", gold.Met, gold.Of, platinum.Met, r.Badges)
	}
	if gold.Missing != 3 || gold.Reached {
		t.Errorf("gold misses %d, reached %v, want 3, false", gold.Missing, gold.Reached)
	}
	// April 7/11, from May on 6/11, from July on 8/11, in days
	if want := (30*7.0/11 + 61*6.0/11 + 30*8.0/11) / 121; gold.Mean == nil || !near(*gold.Mean, want) {
		t.Errorf("mean %v, want %v", gold.Mean, want)
	}
	var trend []string
	for _, p := range gold.Trend {
		trend = append(trend, fmt.Sprintf("%s %d/%d", p.At.In(taipei).Format("01-02"), p.Met, p.Of))
	}
	if want := []string{"04-01 7/11", "05-01 6/11", "06-01 6/11", "07-01 8/11", "07-31 8/11"}; !slices.Equal(trend,
		want) {
		t.Errorf("trend %v, want %v", trend, want)
	}
	if gold.Forecast == nil || *gold.Forecast <= gold.Value || *gold.Forecast > 1 {
		t.Errorf("forecast %v of a share that grows, now %v", gold.Forecast, gold.Value)
	}
	if n := r.Figure("new"); n.Met != 1 || !slices.Equal(n.Counted, []string{base.Dataset("a", "8")}) {
		t.Errorf("new are %v, want 8: 9 is the same, 10 has an older counterpart", n.Counted)
	}
	st := r.Figure("standards")
	if st.Met != 1 || len(st.Counted) != 2 {
		t.Errorf("standards %v of %v, want one that two datasets follow", st.Names, st.Counted)
	}
	if o := r.Figure("oas"); o.Met != 0 || o.Of != 11 || len(o.Cheapest) == 0 {
		t.Errorf("oas %d of %d, %v", o.Met, o.Of, o.Cheapest)
	}
	checkTraces(t, s, r)
}

// checkTraces asks the query of each figure again, and has it find the same datasets.
func checkTraces(t *testing.T, s *store.Store, r *Report) {
	t.Helper()
	e, err := sparql.New(sparql.Options{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Figures {
		res, err := e.Query(t.Context(), f.Text, sparql.QueryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for row, err := range res.Solutions() {
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range row[:2] {
				found[x.Value()] = true
			}
		}
		res.Close()
		for _, d := range slices.Concat(f.Counted, f.Short) {
			if !found[d] {
				t.Errorf("the query of %s does not find %s", f.ID, d)
			}
		}
	}
}

// TestPastQuarter looks back: badges are those of the end of the quarter.
func TestPastQuarter(t *testing.T) {
	s := year(t)
	r := makeReport(t, s, Quarter{2026, 2}, "2026-12-01T00:00:00+08:00")
	gold := r.Figure("gold")
	if gold.Met != 6 || gold.Of != 11 || r.SoFar {
		t.Errorf("gold %d of %d, want 6 of 11 at the end of June", gold.Met, gold.Of)
	}
	for _, d := range r.Datasets {
		if d.Identifier == "4" && (d.Badge != "銀" || d.Now != "金") {
			t.Errorf("4 had %s and has %s, want 銀 and 金", d.Badge, d.Now)
		}
	}
	if last := gold.Trend[len(gold.Trend)-1]; last.Met != gold.Met || last.Of != gold.Of {
		t.Errorf("the trend ends with %d of %d", last.Met, last.Of)
	}
	_, err := Make(t.Context(), Options{Store: s, Base: base, Quarter: Quarter{2027, 1}, Now: r.Made})
	if err == nil || !strings.Contains(err.Error(), "not begun") {
		t.Errorf("a quarter to come: error %v", err)
	}
}

// TestCheckedLater makes the report of a quarter after whose end a dataset was checked for the
// first time: it is not in it, and what was found of others is what was found then.
func TestCheckedLater(t *testing.T) {
	s := year(t)
	f := serveFiles(t)
	catalogue(t, s, f, []entry{{id: "12", owner: "twse", recorded: "2026-06-02", fields: "甲"}})
	check(t, s, "2026-08-01T00:00:00+08:00")
	for quarter, want := range map[int][5]int{1: {0, 12, 0, 0, 0}, 2: {11, 1, 11, 3, 3}, 3: {12, 0, 12, 2, 5}} {
		r := makeReport(t, s, Quarter{2026, quarter}, "2026-12-01T00:00:00+08:00")
		n := 0
		for _, b := range r.Badges {
			n += b.N
		}
		// fields failed of 3, 4 and 5 until July; 6 is PDF, and 12 has no file
		got := [5]int{len(r.Datasets), r.Unchecked, n, r.Checks[4].Fail, len(r.Work)}
		if got != want {
			t.Errorf("quarter %d: %v datasets, unchecked, with badges, with wrong fields, to do; want %v: %+v",
				quarter, got, want, r.Work)
		}
		for _, d := range r.Datasets {
			if d.Badge == "" || d.Checked.IsZero() {
				t.Errorf("quarter %d: %s has badge %q", quarter, d.Dataset, d.Badge)
			}
		}
		page, err := newPrinter(r)
		if err != nil {
			t.Fatal(err)
		}
		files, err := page.files(r)
		if err != nil || strings.Contains(string(files[0].Data), "資料集12") != (quarter == 3) {
			t.Errorf("quarter %d: dataset 12 on the page, %v", quarter, err)
		}
	}
}

// TestCheapest groups what one act mends, by owner and cause.
func TestCheapest(t *testing.T) {
	r := makeReport(t, year(t), Quarter{2026, 3}, "2026-07-31T00:00:00+08:00")
	var got []string
	for _, s := range r.Figure("gold").Cheapest {
		got = append(got, fmt.Sprintf("%s %s %d %v %v", s.Owner, s.Cause, len(s.Datasets), s.Open, s.Reaches))
	}
	want := []string{"twse fields 2 false false", "securities-futures-bureau structured 1 true true"}
	if !slices.Equal(got, want) {
		t.Errorf("cheapest is %v, want %v", got, want)
	}
	got = nil
	for _, s := range r.Figure("platinum").Cheapest { // what mends gold may be enough, or names may be to mend too
		if s.Open != (s.Cause != standardCause) {
			t.Errorf("platinum by %s, open %v", s.Cause, s.Open)
		}
		if s.Open {
			got = append(got, fmt.Sprintf("%s %s %d", s.Owner, s.Cause, len(s.Datasets)))
		}
	}
	want = []string{"twse fields 2", "securities-futures-bureau structured 1"}
	if !slices.Equal(got, want) {
		t.Errorf("beside standards, platinum by %v, want %v", got, want)
	}
	if p := r.Of("twse"); p == nil || len(p.Datasets) != 5 || p.Figure("gold").Met != 3 || len(p.Work) != 2 {
		t.Errorf("the report of twse: %+v", p)
	}
	if first := r.Work[len(r.Work)-1]; first.Owner != "twse" || first.Indicator != "fields" || first.ToDoZH == "" ||
		!strings.HasPrefix(first.Address, "http://127.0.0.1") || !strings.Contains(first.Evidence, "sha256") {
		t.Errorf("what to do: %+v", first)
	}
	if len(r.Ranking) != 2 || r.Ranking[0].Place != 1 || r.Ranking[0].Score < r.Ranking[1].Score {
		t.Errorf("ranking %+v", r.Ranking)
	}
}

// TestNothingChecked says no share of a quarter in which nothing was checked yet.
func TestNothingChecked(t *testing.T) {
	r := makeReport(t, year(t), Quarter{2026, 1}, "2026-10-05T08:00:00+08:00")
	if f := r.Figure("gold"); f.Now() != "–" || f.Reached {
		t.Errorf("%s of %d, reached %v", f.Now(), f.Of, f.Reached)
	}
	p, err := newPrinter(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.summary().rows[1:4] {
		if row[3] != "" {
			t.Errorf("the workbook says %v of %v", row[3], row[0])
		}
	}
	if page, err := p.page("quarter.html", r); err != nil || strings.Contains(string(page), "0.0 %") {
		t.Errorf("the page says a share of nothing: %v", err)
	}
}

// TestRanking: each part of a score is what it comes from, a rule of which nothing is known leaves its weight
// to the others, and replies and uses count for those whose datasets they are about.
func TestRanking(t *testing.T) {
	plan, err := NewPlan(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := year(t)
	at, _ := time.Parse(time.RFC3339, "2026-07-31T00:00:00+08:00")
	o := Options{Store: s, Base: base, Quarter: Quarter{2026, 3}, Now: at}
	ranked := func() (*Report, map[string]map[string]Points) {
		t.Helper()
		r, err := Make(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]map[string]Points{}
		for _, k := range r.Ranking {
			out[k.Provider] = map[string]Points{}
			sum, weights := 0.0, 0.0
			for i, p := range k.Parts {
				out[k.Provider][p.Rule] = p
				if sum += p.Points; p.Applies {
					weights += plan.Awards[i].Weight
				}
			}
			if !near(k.Score, 100*sum/weights) {
				t.Errorf("%s: %v of %v is %v", k.Provider, sum, weights, k.Score)
			}
		}
		return r, out
	}
	_, none := ranked()
	if p := none["twse"]; p["replies"].Applies || p["use"].Applies || !p["quality"].Applies {
		t.Errorf("without requests and uses: %+v", p)
	}
	if q := none["twse"]["quality"]; len(q.From) != 5 || !near(q.Measured, (1+1+0.6+1+0.6)/5) {
		t.Errorf("badges: %+v", q)
	}
	o.Asked = quality.Requests{Days: 30, List: []quality.DataRequest{
		{Dataset: "a/1", Asked: "2026-07-01", Answered: "2026-07-10"},
		{Dataset: "2", Asked: "2026-06-01"},                           // overdue
		{Dataset: "a/3", Asked: "2026-07-20"},                         // still in time
		{Dataset: "a/3", Asked: "2026-01-01", Answered: "2026-01-02"}, // in another quarter
		{Dataset: "a/6", Asked: "2026-07-01", Answered: "2026-07-02"}, // of another owner
		{Dataset: "a/1", Asked: "2026-07-02", Answered: "2026-08-02"}, // nobody knows that yet, and it is in time
	}}
	o.Use = Use{"2026Q3": {"a/1": 50, "a/2": 25, "a/6": 1e6}, "2026Q2": {"a/1": 1e6}}
	_, got := ranked()
	if p := got["twse"]["replies"]; !p.Applies || !near(p.Measured, 0.5) || !near(p.Points, 2.5) || len(p.From) != 2 {
		t.Errorf("replies: %+v", p)
	}
	if p := got["twse"]["use"]; !p.Applies || !near(p.Measured, 15) || !near(p.Points, 0.75) || len(p.From) != 2 {
		t.Errorf("use: %+v", p)
	}
	other := got["securities-futures-bureau"]
	if !near(other["use"].Points, 5) || !near(other["replies"].Measured, 1) {
		t.Errorf("the other provider: %+v", other)
	}
	for _, bad := range []Use{{"2026": {}}, {"2026Q3": {"a/1": -1}}} {
		if (&Config{Use: bad}).Validate(nil) == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}
