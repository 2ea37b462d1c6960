package atlas

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"fincat/cmd/fincat/chart"
	"fincat/cmd/fincat/portal"
	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/sparql/enginetest"
	"fincat/vocab/dcat"
)

const base = dcat.Base("https://data.example.tw/")

// site serves the maps, and the portal for where they lead.
func site(t *testing.T, catalogue string) http.Handler {
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
	p, err := portal.New(portal.Options{Store: s, Engine: e, Queries: bank, Feed: f, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(p, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	mux, routes := http.NewServeMux(), map[string]http.Handler{}
	p.Register(mux)
	m.AddTo(routes)
	for route, h := range routes {
		mux.Handle("GET "+route, h)
	}
	return mux
}

// get fetches a page.
func get(t *testing.T, h http.Handler, target string, want int) (*goquery.Document, *httptest.ResponseRecorder) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != want {
		t.Fatalf("%s = %d, want %d\n%.500s", target, w.Code, want, w.Body)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return doc, w
}

const head = `@base <https://data.example.tw/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix fincat: <https://w3id.org/fincat/ns#> .
<graph/org> {
 <org/fsc> a foaf:Organization ; foaf:name "金管會"@zh-Hant-TW ; org:classification <orgkind/commission> .
 <org/bureau> a foaf:Organization ; foaf:name "某局"@zh-Hant-TW ; org:classification <orgkind/bureau> ; org:subOrganizationOf <org/fsc> .
 <org/exchange> a foaf:Organization ; foaf:name "某所"@zh-Hant-TW, "The Exchange"@en ; org:classification <orgkind/peripheral> ;
  fincat:supervisor <org/bureau> .
 <org/idle> a foaf:Organization ; foaf:name "某會"@zh-Hant-TW ; org:classification <orgkind/association> .
}
<graph/catalog/one> { <catalog/one> a dcat:Catalog ; dct:title "來源"@zh-Hant-TW . }
`

// dataset is one in TriG.
func dataset(id, publisher, more string) string {
	return fmt.Sprintf(`<graph/one/%[1]s> { <dataset/one/%[1]s> a dcat:Dataset ; dct:title "資料 %[1]s"@zh-Hant-TW ; dct:publisher <org/%[2]s> %[3]s .
 <catalog/one> dcat:dataset <dataset/one/%[1]s> . }
`, id, publisher, more)
}

func shown(s *goquery.Selection) (out []string) {
	for _, n := range s.EachIter() {
		out = append(out, strings.Join(strings.Fields(n.Text()), " "))
	}
	return out
}

// TestOverview looks for organisations, their datasets and what connects them.
func TestOverview(t *testing.T) {
	h := site(t, head+dataset("a", "exchange", "")+dataset("b", "bureau", "; dct:creator <org/exchange>")+
		`<graph/link/1> { <dataset/one/a> owl:sameAs <dataset/one/b> . <dataset/one/b> owl:sameAs <dataset/one/a> . }`)
	doc, w := get(t, h, "/map?lang=en", http.StatusOK)
	if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") ||
		strings.Contains(p, "unsafe") {
		t.Errorf("policy %q", p)
	}
	if n := doc.Find("#picture a").Length(); n != 4 {
		t.Errorf("%d nodes: %q", n, shown(doc.Find("#picture a")))
	}
	for class, want := range map[string]int{"e-above": 2, "e-same": 1, "e-for": 1} {
		if n := doc.Find("#picture path." + class).Length(); n != want {
			t.Errorf("%d lines of %s, want %d", n, class, want)
		}
	}
	for _, a := range doc.Find("#picture a, #table a").EachIter() {
		href, _ := a.Attr("href")
		if href == "" || a.Text() == "" {
			t.Errorf("a node leads to %q: %q", href, a.Text())
		}
		get(t, h, href, http.StatusOK)
	}
	rows := strings.Join(shown(doc.Find("#table tbody tr")), "\n")
	for _, want := range []string{"The Exchange", "1 datasets are the same", "publishes 1 for it"} {
		if !strings.Contains(rows, want) {
			t.Errorf("the table lacks %q:\n%s", want, rows)
		}
	}
	doc, _ = get(t, h, "/map?lang=en&publisher=exchange", http.StatusOK)
	if got := shown(doc.Find("#picture .k-dataset text")); len(got) != 1 { // a and b are one dataset
		t.Errorf("datasets %q", got)
	}
	if n := doc.Find("#picture .k-other").Length(); n != 1 {
		t.Errorf("%d other organisations", n)
	}
	for _, wrong := range []string{"x=1", "publisher=nobody", "theme=1", "publisher=exchange&first=x",
		"publisher=exchange&first=-1", "publisher=exchange&publisher=bureau"} {
		doc, _ := get(t, h, "/map?lang=en&"+wrong, http.StatusBadRequest)
		if doc.Find("[role=alert]").Length() != 1 {
			t.Errorf("%s shows no problem", wrong)
		}
	}
	get(t, site(t, ""), "/map", http.StatusOK) // an empty catalogue
}

// TestEditions looks for the series and datasets that datasets are editions of.
func TestEditions(t *testing.T) {
	h := site(t, head+dataset("a", "exchange", "; dct:isVersionOf <dataset/one/c>, <dataset/one/b>")+
		dataset("b", "exchange", "; dcat:inSeries <dataset/one/s>")+dataset("c", "bureau", "")+
		`<graph/series/s> { <series/s> a dcat:DatasetSeries ; dct:title "系列甲"@zh-Hant-TW, "Series A"@en .
 <dataset/one/a> dcat:inSeries <series/s> . }
<graph/one/s> { <dataset/one/s> a dcat:DatasetSeries ; dct:title "來源的系列"@zh-Hant-TW . }`)
	doc, _ := get(t, h, "/map?lang=en&publisher=exchange", http.StatusOK)
	for selector, want := range map[string]int{"a.k-series": 2, "a.k-version": 1, "a.k-dataset": 2, "path.e-series": 2,
		"path.e-version": 2} {
		if n := doc.Find("#picture " + selector).Length(); n != want {
			t.Errorf("%d of %s, want %d: %q", n, selector, want, shown(doc.Find("#picture a")))
		}
	}
	for _, a := range doc.Find("#picture a, #table a").EachIter() {
		get(t, h, a.AttrOr("href", ""), http.StatusOK)
	}
	rows := shown(doc.Find("#table tbody tr"))
	if len(rows) != 2 || !strings.Contains(rows[0], "Series A In the series") ||
		!strings.Contains(rows[0], "資料 c Edition of") || !strings.Contains(rows[0], "資料 b Edition of") ||
		!strings.Contains(rows[1], "來源的系列 In the series") {
		t.Errorf("the table has %q", rows)
	}
}

// TestLarge draws maps of as many datasets and organisations as data.gov.tw has: they stay small, and
// following their nodes leads to each dataset of an organisation once.
func TestLarge(t *testing.T) {
	const datasets, organisations, largestOne = 51475, 900, 9000
	var b strings.Builder
	b.WriteString(head)
	for i := range datasets {
		publisher := fmt.Sprintf("p%d", i%organisations)
		if i < largestOne {
			publisher = "exchange"
		}
		theme := fmt.Sprintf("; <http://www.w3.org/ns/dcat#theme> <theme/%d>", i%3)
		b.WriteString(dataset(fmt.Sprint(i), publisher, theme))
	}
	b.WriteString("<graph/link/1> {")
	for i := range 5000 {
		fmt.Fprintf(&b, "<dataset/one/%d> owl:sameAs <dataset/one/%d> .\n", i, i+20000)
	}
	b.WriteString("}")
	h := site(t, b.String())
	get(t, h, "/search", http.StatusOK)
	for _, target := range []string{"/map", "/map", "/map?publisher=exchange"} {
		start := time.Now()
		doc, w := get(t, h, target, http.StatusOK)
		took := time.Since(start)
		n := doc.Find("#picture a").Length()
		var z bytes.Buffer
		zip := gzip.NewWriter(&z)
		weight := w.Body.Bytes()
		for _, file := range []string{"static/atlas.css", "static/atlas.js", "../portal/static/portal.css"} {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			weight = append(weight, text...)
		}
		if _, err := zip.Write(weight); err != nil || zip.Close() != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %v, %d nodes, %.1f kB with scripts and styles", target, took, n, float64(z.Len())/1000)
		if n > maxOrganisations+1 || n < 4 || z.Len() > 60_000 {
			t.Errorf("%s has %d nodes and weighs %d bytes", target, n, z.Len())
		}
	}
	seen, visited := map[string]int{}, 0
	var follow func(target string)
	follow = func(target string) {
		doc, _ := get(t, h, target, http.StatusOK)
		if visited++; visited > 1000 {
			t.Fatal("the maps lead to each other without end")
		}
		if n := doc.Find("#picture a").Length(); n > maxDatasets+maxLinked+1 {
			t.Errorf("%s has %d nodes", target, n)
		}
		for _, a := range doc.Find("#picture .k-dataset").EachIter() {
			seen[a.AttrOr("href", "")]++
		}
		for _, a := range doc.Find("#picture .k-group").EachIter() {
			follow(a.AttrOr("href", ""))
		}
	}
	follow("/map?publisher=exchange")
	if len(seen) != largestOne {
		t.Errorf("the maps of the organisation lead to %d datasets, want %d", len(seen), largestOne)
	}
	for _, n := range slices.Sorted(maps.Values(seen))[max(0, len(seen)-1):] {
		if n != 1 {
			t.Errorf("a dataset is %d times in the maps", n)
		}
	}
}

// TestClip shortens names by what they take.
func TestClip(t *testing.T) {
	for in, want := range map[string]string{"": "", "abcdef": "abcdef", "abcdefghij": "abcdef…", "資料資料": "資料資料",
		"資料資料資": "資料資…", "資料資料a": "資料資…"} {
		if got := chart.Cut(in, 4); got != want {
			t.Errorf("chart.Cut(%q) = %q, want %q", in, got, want)
		}
	}
}
