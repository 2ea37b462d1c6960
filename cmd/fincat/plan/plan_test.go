package plan

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"fincat/cmd/fincat/portal"
	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/harvest/report"
	"fincat/harvest/standard"
	"fincat/sparql"
	"fincat/sparql/enginetest"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

const base = dcat.Base("https://data.example.tw/")

// now is the time of the tests.
var now = time.Date(2026, 10, 1, 12, 0, 0, 0, taipei)

// site serves the pages over a catalogue.
func site(t *testing.T, catalogue string, o Options) (http.Handler, *store.Store, *sparql.Engine) {
	t.Helper()
	h, s, e := handler(t, catalogue, o)
	return routes(h), s, e
}

// routes serves the pages of a handler.
func routes(h *Handler) http.Handler {
	mux, routes := http.NewServeMux(), map[string]http.Handler{}
	h.AddTo(routes)
	for route, h := range routes {
		mux.Handle("GET "+route, h)
	}
	return mux
}

func handler(t *testing.T, catalogue string, o Options) (*Handler, *store.Store, *sparql.Engine) {
	t.Helper()
	s, e := enginetest.Over(t, catalogue)
	bank, err := queries.Load()
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.New(feed.Options{Store: s, Engine: e, Queries: bank, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	o.Portal, err = portal.New(portal.Options{Store: s, Engine: e, Queries: bank, Feed: f, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	o.Logger, o.Now = slog.New(slog.DiscardHandler), func() time.Time { return now }
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h, s, e
}

// ask fetches an address.
func ask(t *testing.T, h http.Handler, target string, want int) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != want {
		t.Fatalf("%s = %d, want %d\n%.500s", target, w.Code, want, w.Body)
	}
	return w
}

func page(t *testing.T, h http.Handler, target string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(ask(t, h, target, http.StatusOK).Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

const prefixes = `@base <https://data.example.tw/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix dqv: <http://www.w3.org/ns/dqv#> . @prefix fincat: <https://w3id.org/fincat/ns#> .
@prefix earl: <http://www.w3.org/ns/earl#> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
`

// badges writes datasets of a provider that have badges since the beginning of May, and all but the
// first of which the source published before the year.
func badges(provider string, list ...string) string {
	var b strings.Builder
	for i, badge := range list {
		id := fmt.Sprintf("%s-%d", provider, i)
		issued := "2020-01-01"
		if i == 0 {
			issued = "2026-02-03"
		}
		api := i%2 == 0
		fmt.Fprintf(&b, `<graph/s/%[1]s> { <dataset/s/%[1]s> a dcat:Dataset ; dct:title "資料集 %[1]s <b>"@zh-Hant-TW ;
  dct:identifier "%[1]s" ; dct:creator <org/%[2]s> ; dct:issued "%[4]s"^^xsd:date .
  <record/s/%[1]s> foaf:primaryTopic <dataset/s/%[1]s> ; dct:issued "2026-01-05T00:00:00Z"^^xsd:dateTime .
  <source/s> a dcat:Catalog ; dct:identifier "s" ; dcat:dataset <dataset/s/%[1]s> ; dcat:record <record/s/%[1]s> . }
<graph/quality/s/%[1]s> { <m/%[1]s> a dqv:QualityMeasurement ; dqv:isMeasurementOf <METRICbadge> ;
  dqv:computedOn <dataset/s/%[1]s> ; dqv:value "%[3]s" ; fincat:firstSeen "2026-05-01T00:00:00Z"^^xsd:dateTime ;
  prov:generatedAtTime "2026-09-01T00:00:00Z"^^xsd:dateTime .
  <api/%[1]s> a dqv:QualityMeasurement ; dqv:isMeasurementOf <METRICopen-api> ; dqv:computedOn <dataset/s/%[1]s> ;
  dqv:value "%[5]t" ; fincat:firstSeen "2026-05-01T00:00:00Z"^^xsd:dateTime ; fincat:reason "nothing serves it" ;
  prov:generatedAtTime "2026-09-01T00:00:00Z"^^xsd:dateTime . }
`, id, provider, badge, issued, api)
	}
	return strings.ReplaceAll(b.String(), "METRIC", base.Metric(""))
}

// TestTargets reads the targets as page, CSV and JSON: the figures agree, each leads to its datasets,
// and what would close the gap is said in the language of the page.
func TestTargets(t *testing.T) {
	text := prefixes + badges("twse", "白金", "金", "銅") + badges("tpex", "白金")
	h, _, _ := site(t, text, Options{})
	rows, err := csv.NewReader(ask(t, h, "/targets.csv", http.StatusOK).Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, r := range rows[1:] {
		got[r[0]] = r[4:]
	}
	for id, want := range map[string][]string{
		"new": {"15", "2", "2", "2", "13", "false"}, "gold": {"0.99", "0.75", "3", "4", "1", "false"},
		"platinum": {"0.92", "0.5", "2", "4", "2", "false"}, "oas": {"0.88", "0.75", "3", "4", "1", "false"},
		"standards": {"3", "0", "0", "0", "3", "false"},
	} {
		if len(got[id]) < len(want) || fmt.Sprint(got[id][:len(want)]) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", id, got[id], want)
		}
	}
	if pace := got["new"][8]; !strings.HasPrefix(pace, "4.3") { // 13 in three months
		t.Errorf("new datasets needed each month: %q", pace)
	}
	var all report.Standing
	if err := json.Unmarshal(ask(t, h, "/targets.json", http.StatusOK).Body.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if f := all.Figure("gold"); f == nil || len(f.Counted) != 3 || len(f.Short) != 1 || f.Text == "" {
		t.Errorf("the JSON of gold: %+v", f)
	}
	for _, lang := range []string{"zh", "en"} {
		doc := page(t, h, "/targets?lang="+lang)
		if n := doc.Find("#targets tbody tr").Length(); n != 5 {
			t.Errorf("%s: %d targets", lang, n)
		}
		if doc.Find("#trend svg circle").Length() == 0 || doc.Find("script").Length() > 0 {
			t.Errorf("%s: no chart, or a script", lang)
		}
		soonest := doc.Find("#soonest-oas tbody tr")
		if !strings.Contains(soonest.Text(), map[string]string{"zh": "做到這一步即達標", "en": "the goal is reached"}[lang]) {
			t.Errorf("%s: what closes the gap: %q", lang, soonest.Text())
		}
		doc.Find("#targets tbody tr").Each(func(_ int, row *goquery.Selection) {
			href, _ := row.Find("th a").Attr("href")
			if one := page(t, h, href); one.Find("#targets tbody tr").Length() != 1 {
				t.Errorf("%s leads to no single target", href)
			}
		})
	}
}

// TestTargetEntries: a figure is that of the datasets to which it leads.
func TestTargetEntries(t *testing.T) {
	h, _, _ := site(t, prefixes+badges("twse", "白金", "金", "銅"), Options{})
	rows, err := csv.NewReader(ask(t, h, "/targets.csv?target=gold", http.StatusOK).Body).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][5] != "false" || rows[1][1] != "twse-2" || rows[3][5] != "true" {
		t.Errorf("datasets of gold: %v %v", rows, err)
	}
	doc := page(t, h, "/targets?target=gold&lang=en")
	first := doc.Find("#datasets tbody tr").First()
	if href, _ := first.Find("a").Attr("href"); href != "/dataset/s/twse-2?lang=en" ||
		!strings.Contains(first.Text(), "臺灣證券交易所") && !strings.Contains(first.Text(), "證券交易所") {
		t.Errorf("first dataset: %s %q", href, first.Text())
	}
	ask(t, h, "/targets?target=nosuch", http.StatusNotFound)
	ask(t, h, "/targets.json?target=nosuch", http.StatusNotFound)
	ask(t, h, "/targets?goal=1", http.StatusBadRequest)
}

// TestGoals: the goals of the configuration count, and whose datasets do.
func TestGoals(t *testing.T) {
	o := Options{Reports: report.Config{Goals: map[string]float64{"gold": 0.5}, Sources: []string{"other"}}}
	h, _, _ := site(t, prefixes+badges("twse", "白金"), o)
	var s report.Standing
	if err := json.Unmarshal(ask(t, h, "/targets.json", http.StatusOK).Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if f := s.Figure("gold"); f.Goal != 0.5 || f.Of != 0 || f.Reached {
		t.Errorf("gold: %+v", f)
	}
}

// TestKept: after a commit the figures are new, before it many who ask at once get the same.
func TestKept(t *testing.T) {
	h, s, e := site(t, prefixes+badges("twse", "白金", "銅"), Options{})
	before := ask(t, h, "/targets.csv", http.StatusOK).Body.String()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := ask(t, h, "/targets.csv", http.StatusOK).Body.String(); got != before {
				t.Errorf("figures differ without a commit:\n%s\n%s", got, before)
			}
		})
	}
	all.Wait()
	update := fmt.Sprintf(`DELETE WHERE { GRAPH <%sgraph/s/twse-1> { ?s ?p ?o } }`, base)
	if _, err := e.Update(t.Context(), update, sparql.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if after := ask(t, h, "/targets.csv", http.StatusOK).Body.String(); after == before {
		t.Errorf("state %d: the figures are those before the commit:\n%s", s.Seq(), after)
	}
}

// TestStandards: the register shows who follows a standard and who nearly does, and counts those that
// were adopted in the year for the target.
func TestStandards(t *testing.T) {
	register := standard.Register{
		{ID: "card", Name: "信用卡資料標準", NameEN: "Cards", Version: "1.0", Adopted: "2026-03-01",
			Address: "https://schema.gov.tw/card", Fields: []standard.Field{{Name: "機構代號"}, {Name: "流通卡數"}}},
		{ID: "old", Name: "舊標準", Adopted: "2024-03-01", Fields: []standard.Field{{Name: "別的"}}},
	}
	text := prefixes + badges("twse", "金", "金", "金") + `@prefix csvw: <http://www.w3.org/ns/csvw#> .
<graph/quality/s/t> { <dataset/s/twse-0> csvw:tableSchema <t0> . <t0> csvw:column <c1>, <c2> .
  <c1> csvw:titles "機構代號" . <c2> csvw:titles "流通卡數" . <dataset/s/twse-1> csvw:tableSchema <t1> . }
<graph/standards/s/twse-0> { <dataset/s/twse-0> dct:conformsTo <standard/card> . <standard/card#on/s/twse-0>
  earl:test <standard/card> ; earl:subject <dataset/s/twse-0> ; earl:result <r0> . <r0> fincat:fieldsAsked 2 ;
  fincat:fieldsFound 2 . <standard/card#on/s/twse-1> earl:test <standard/card> ; earl:subject <dataset/s/twse-1> ;
  earl:result <r1> . <r1> fincat:fieldsAsked 2 ; fincat:fieldsFound 1 ; fincat:fieldMissing "流通卡數" . }
`
	h, s, _ := site(t, text, Options{})
	var change store.Change
	change.Replace = map[term.Term][]term.Quad{}
	for _, x := range register.Triples(base) {
		g := term.NewIRI(standard.Graph(base, ""))
		change.Replace[g] = append(change.Replace[g], x.In(g))
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	var got report.Standards
	if err := json.Unmarshal(ask(t, h, "/standards.json", http.StatusOK).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	card, old := got.Standard("card"), got.Standard("old")
	if card == nil || old == nil || !card.Counts || old.Counts || len(card.Following) != 1 || len(card.Near) != 1 ||
		card.Near[0].Missing != "流通卡數" || len(card.Fields) != 2 {
		t.Fatalf("the register: %+v", got)
	}
	if c := got.Coverage; len(c) != 1 || c[0].Known != 2 || c[0].Following != 1 || c[0].Owner != "twse" {
		t.Errorf("coverage: %+v", c)
	}
	var targets report.Standing
	if err := json.Unmarshal(ask(t, h, "/targets.json", http.StatusOK).Body.Bytes(), &targets); err != nil {
		t.Fatal(err)
	}
	if f := targets.Figure("standards"); f.Met != 1 || f.Names[0] != standard.IRI(base, "card") ||
		len(f.Counted) != 1 {
		t.Errorf("the target: %+v", f)
	}
	for _, lang := range []string{"zh", "en"} {
		doc := page(t, h, "/standards?lang="+lang)
		if n := doc.Find("#register tbody tr").Length(); n != 2 {
			t.Errorf("%s: %d standards", lang, n)
		}
		href, _ := doc.Find("#register tbody tr a").First().Attr("href")
		one := page(t, h, href)
		if n, m := one.Find("#fields tbody tr").Length(), one.Find("#near tbody tr").Length(); n != 2 || m != 1 {
			t.Errorf("%s: %d fields, %d nearly follow", href, n, m)
		}
	}
	rows, err := csv.NewReader(ask(t, h, "/standards.csv?standard=card", http.StatusOK).Body).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][8] != "true" || rows[2][8] != "false" {
		t.Errorf("CSV: %v %v", rows, err)
	}
	ask(t, h, "/standards?standard=nosuch", http.StatusNotFound)
}

// TestRanking: the ranking of a quarter leads to how each provider came to its place.
func TestRanking(t *testing.T) {
	h, _, _ := handler(t, prefixes+badges("twse", "金"), Options{})
	site := routes(h)
	text := page(t, site, "/ranking?lang=en").Find("#ranking").Text()
	if !strings.Contains(text, "No dataset was checked") {
		t.Errorf("nothing was checked: %s", text)
	}
	*h.ranks.of = h.state("2026Q3")
	dataset := base.Dataset("s", "twse-0")
	parts := make([]report.Points, len(h.awards))
	for i, a := range h.awards {
		parts[i] = report.Points{Rule: a.ID, Measured: 0.5, Points: a.Weight / 2, Applies: a.ID != "use",
			From: []report.Trace{{Dataset: dataset, What: "<i>金", Counts: 0.5}}}
	}
	*h.ranks.is = &ranking{Quarter: "2026Q3", Rules: h.awards, titles: map[string]string{dataset: "資料集"},
		Ranking: []report.Rank{{Place: 1, Provider: "twse", Name: "證交所", Datasets: 1, Score: 50, Parts: parts}}}
	doc := page(t, site, "/ranking?quarter=2026Q3&lang=en")
	href, _ := doc.Find("#ranking tbody th a").Attr("href")
	if href != "/ranking?lang=en&provider=twse&quarter=2026Q3" {
		t.Fatalf("the provider leads to %q", href)
	}
	one := page(t, site, href)
	if n := one.Find("section.card tbody td a").Length(); n != len(h.awards) {
		t.Errorf("%d of %d rules lead to a dataset", n, len(h.awards))
	}
	if !strings.Contains(one.Text(), "<i>金") || !strings.Contains(one.Text(), "does not apply") {
		t.Errorf("what was measured: %s", one.Text())
	}
	rows, err := csv.NewReader(ask(t, site, "/ranking.csv?quarter=2026Q3", http.StatusOK).Body).ReadAll()
	if err != nil || len(rows) != 1+len(h.awards) || rows[1][2] != "twse" {
		t.Errorf("CSV: %v %v", rows, err)
	}
	for target, want := range map[string]int{"/ranking?quarter=2026Q3&provider=tpex": http.StatusNotFound,
		"/ranking?quarter=2027Q1": http.StatusBadRequest, "/ranking.json?quarter=soon": http.StatusBadRequest} {
		ask(t, site, target, want)
	}
}
