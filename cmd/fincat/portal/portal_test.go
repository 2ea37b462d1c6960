package portal

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/sparql/enginetest"
	"fincat/store"
	"fincat/vocab/dcat"
)

const base = dcat.Base("https://data.example.tw/")

// catalogue holds an honest dataset and one whose every text and address tries
// to break out of the page.
const catalogue = `
@base <https://data.example.tw/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix fincat: <https://w3id.org/fincat/ns#> .
@prefix ft: <http://publications.europa.eu/resource/authority/file-type/> .

<graph/schemes> {
  <sector/insurance> a skos:Concept ; skos:prefLabel "保險"@zh-Hant-TW, "Insurance"@en .
  <orgkind/peripheral> a skos:Concept ; skos:prefLabel "周邊機構"@zh-Hant-TW .
  <theme/800> a skos:Concept ; skos:prefLabel "投資理財"@zh-Hant-TW, "Investment and finance"@en .
  ft:CSV skos:prefLabel "CSV"@zh-Hant-TW .
}
<graph/org> {
  <org/tii> a foaf:Organization ; skos:prefLabel "保險事業發展中心"@zh-Hant-TW, "Taiwan Insurance Institute"@en ;
    org:classification <orgkind/peripheral> ; fincat:sector <sector/insurance> ; foaf:homepage <https://www.tii.org.tw/> .
}
<graph/catalog/one> { <catalog/one> a dcat:Catalog ; dct:identifier "one" ; dct:title "來源一"@zh-Hant-TW . }
<graph/one/a> {
  <dataset/one/a> a dcat:Dataset ; dct:title "保險業統計"@zh-Hant-TW, "Insurance statistics"@en ; dct:description "每月"@zh-Hant-TW ;
    dct:publisher <org/tii> ; dcat:theme <theme/800> ; dcat:landingPage <https://example.org/a> ; dcat:distribution <distribution/one/a/1> .
  <distribution/one/a/1> a dcat:Distribution ; dct:format ft:CSV ; dcat:downloadURL <https://example.org/a.csv> .
  <catalog/one> dcat:dataset <dataset/one/a> .
}
<graph/one/x> {
  <dataset/one/x> a dcat:Dataset ; dct:title "<script>alert(1)</script>\"><img src=x onerror=alert(2)> 保險" ;
    dct:description "</p><iframe src=//evil.example>" ; dct:publisher <javascript:alert(3)> ;
    dcat:keyword "' onmouseover='alert(4)" ; dcat:landingPage <javascript:alert(5)>, <data:text/html,x>, <https://ok.example/?a=1&b=%22%3E> ;
    dcat:distribution <distribution/one/x/1> .
  <distribution/one/x/1> a dcat:Distribution ; dct:format "<b>CSV</b>" ; dcat:downloadURL <vbscript:x> ; dct:title "]]><script>alert(6)</script>" .
  <catalog/one> dcat:dataset <dataset/one/x> .
}
`

func newTestPortal(t *testing.T) http.Handler {
	t.Helper()
	h, _ := newPortalOf(t, catalogue)
	return h
}

// newPortalOf returns a portal of a catalogue, and its store.
func newPortalOf(t *testing.T, catalogue string) (http.Handler, *store.Store) {
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
	p, err := New(Options{Store: s, Engine: e, Queries: bank, Feed: f, Base: base,
		Routes: []Route{{Path: "/sparql", ZH: "端點", EN: "endpoint"}}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	f.Register(mux)
	p.Register(mux)
	return mux, s
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// page fetches a page and parses it.
func page(t *testing.T, h http.Handler, target string, header ...string) *goquery.Document {
	t.Helper()
	w := get(h, target, header...)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s = %d\n%s", target, w.Code, w.Body)
	}
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// textsOf returns the texts of the elements that a selector finds.
func textsOf(doc *goquery.Document, selector string) []string {
	return doc.Find(selector).Map(func(_ int, s *goquery.Selection) string {
		return strings.Join(strings.Fields(s.Text()), " ")
	})
}

func TestHome(t *testing.T) {
	h := newTestPortal(t)
	doc := page(t, h, "/")
	tests := []struct {
		selector string
		want     []string
	}{
		{"html[lang=zh-Hant-TW]>head>title", []string{"金融開放資料目錄"}},
		{`.tiles [data-total=datasets] strong`, []string{"2"}},
		{`.tiles [data-total=sources] strong`, []string{"1"}},
		{"#sources li", []string{"來源一 2"}},
		{"#sectors .counts:first-of-type li", []string{"保險 1"}},
		{"#organisations li a", []string{"保險事業發展中心", "javascript:alert(3)"}},
		{"form[role=search] input[name=q]", []string{""}},
	}
	for _, tt := range tests {
		if got := textsOf(doc, tt.selector); !slices.Equal(got, tt.want) {
			t.Errorf("/ %s = %q, want %q", tt.selector, got, tt.want)
		}
	}
	if got := doc.Find("#ask form[action='/query'] textarea[name=query]").Text(); !strings.Contains(got, "SELECT") {
		t.Errorf("the form for queries holds %q", got)
	}
}

func TestSearch(t *testing.T) {
	h := newTestPortal(t)
	tests := []struct {
		query string
		found int
	}{
		{"", 2}, {"q=" + url.QueryEscape("統計"), 1}, {"q=STATISTICS", 1}, {"publisher=tii", 1}, {"source=one", 2},
		{"sector=insurance", 1},
		{"format=csv", 1}, {"q=nothing", 0}, {"theme=800", 1}, {"q=" + url.QueryEscape(`" } DROP ALL #`), 0},
	}
	for _, tt := range tests {
		doc := page(t, h, "/search?"+tt.query)
		if got := doc.Find(".found h3 a").Length(); got != tt.found {
			t.Errorf("/search?%s shows %d datasets, want %d", tt.query, got, tt.found)
		}
	}
	doc := page(t, h, "/search?lang=en&publisher=tii&q=insurance")
	if got := textsOf(doc, ".found h3 a"); !slices.Equal(got, []string{"Insurance statistics"}) {
		t.Errorf("in English the dataset is called %q", got)
	}
	if got := textsOf(doc, ".chips a"); len(got) != 2 || !strings.Contains(got[0], "Taiwan Insurance Institute") {
		t.Errorf("filters in use = %q", got)
	}
	if href, _ := doc.Find(".found h3 a").Attr("href"); href != "/dataset/one/a?lang=en" {
		t.Errorf("the dataset's link is %q, want one that keeps the language", href)
	}
	if w := get(h, "/search?modified_since=yesterday"); w.Code != http.StatusBadRequest {
		t.Errorf("a filter that cannot be = %d, want 400", w.Code)
	}
}

func TestResource(t *testing.T) {
	h := newTestPortal(t)
	doc := page(t, h, "/dataset/one/a")
	if got := textsOf(doc, "h1"); !slices.Equal(got, []string{"保險業統計"}) {
		t.Errorf("h1 = %q", got)
	}
	for selector, want := range map[string]string{
		"dl.facts a[href='/org/tii']":                          "保險事業發展中心",
		"dl.facts a[href='https://example.org/a']":             "example.org/a",
		"#distributions .tag":                                  "CSV",
		"#distributions a[href='https://example.org/a.csv']":   "https://example.org/a.csv",
		"head link[rel=alternate][type='text/turtle']":         "",
		"aside a[href^='/describe.jsonld?iri=https%3A%2F%2F']": "JSON-LD",
	} {
		if got := textsOf(doc, selector); !slices.Equal(got, []string{want}) {
			t.Errorf("%s = %q, want %q", selector, got, want)
		}
	}
	got := textsOf(page(t, h, "/org/tii"), "aside a[href='/dataset/one/a']")
	if !slices.Equal(got, []string{"保險業統計"}) {
		t.Errorf("the organisation's page names its datasets as %q", got)
	}
	for _, path := range []string{"/catalog/one", "/theme/800", "/sector/insurance", "/distribution/one/a/1",
		"/orgkind/peripheral"} {
		page(t, h, path)
	}
	if w := get(h, "/dataset/one/nothing"); w.Code != http.StatusNotFound ||
		!strings.Contains(w.Body.String(), "找不到") {
		t.Errorf("an unknown dataset = %d", w.Code)
	}
	if w := get(h, "/dataset/one/a", "Accept", "text/turtle"); w.Header().Get("Content-Type") != "text/turtle" {
		t.Errorf("Accept: text/turtle gives %s", w.Header().Get("Content-Type"))
	}
	if w := get(h, "/dataset/one/a", "Accept", "*/*"); w.Header().Get("Content-Type") != "text/turtle" {
		t.Errorf("Accept: */* gives %s, want RDF", w.Header().Get("Content-Type"))
	}
	if w := get(h, "/catalog?q=x"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/search?q=x" {
		t.Errorf("a browser's /catalog = %d to %q", w.Code, w.Header().Get("Location"))
	}
}

// TestHostile looks at every page that shows the hostile dataset.
func TestHostile(t *testing.T) {
	h := newTestPortal(t)
	construct := url.QueryEscape("CONSTRUCT WHERE { ?s ?p ?o }")
	for _, target := range []string{
		"/", "/search", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E", "/dataset/one/x", "/distribution/one/x/1",
		"/catalog/one",
		"/query?query=" + url.QueryEscape("SELECT * { ?s ?p ?o }"), "/query?query=" + construct,
		"/query?query=%22%3E%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E", "/search?lang=%22%3E%3Cscript%3E",
	} {
		w := get(h, target)
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		data := doc.Find("script[type='application/ld+json']") // nothing runs it
		if text := data.Text(); data.Length() > 1 || text != "" && !json.Valid([]byte(text)) {
			t.Errorf("%s has %d descriptions: %s", target, data.Length(), text)
		}
		data.Remove()
		ours := doc.Find("head > script[src^='/query/editor-']") // of the query page, and none beside it
		if editor, _, _ := strings.Cut(target, "?"); ours.Length() > 1 || ours.Text() != "" ||
			(ours.Length() == 1) != (editor == "/query") {
			t.Errorf("%s has %d scripts of ours: %q", target, ours.Length(), ours.Text())
		}
		ours.Remove()
		if n := doc.Find("script, iframe, img, object, embed, style, [style], base").Length(); n > 0 {
			t.Errorf("%s has %d elements of others", target, n)
		}
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Nodes[0].Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s has an attribute %s", target, a.Key)
				}
				if a.Key != "href" && a.Key != "src" && a.Key != "action" {
					continue
				}
				u, err := url.Parse(a.Val)
				if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" ||
					u.Scheme == "" && !strings.HasPrefix(a.Val, "/") && a.Val != "#main" ||
					strings.HasPrefix(a.Val, "//") {
					t.Errorf("%s has a link %q", target, a.Val)
				}
				if a.Key == "src" || s.Is("link:not([rel=canonical])") && u.Host != "" {
					t.Errorf("%s loads %q from elsewhere", target, a.Val)
				}
			}
		})
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s has the policy %q", target, policy)
		}
	}
	if got := textsOf(page(t, h, "/dataset/one/x"), "h1"); len(got) != 1 ||
		!strings.HasPrefix(got[0], "<script>alert(1)") {
		t.Errorf("the hostile title is shown as %q, want its text", got)
	}
}

func TestQuery(t *testing.T) {
	h := newTestPortal(t)
	ask := func(text string) *goquery.Document { return page(t, h, "/query?lang=en&query="+url.QueryEscape(text)) }
	doc := ask(`PREFIX dct: <http://purl.org/dc/terms/>
		SELECT ?d (1 AS ?one) { ?d dct:title ?t FILTER(LANG(?t) = "en") }`)
	if got := textsOf(doc, "#result th"); !slices.Equal(got, []string{"d", "one"}) {
		t.Errorf("variables = %q", got)
	}
	if got := textsOf(doc, "#result td"); !slices.Equal(got, []string{"dataset/one/a", "1"}) {
		t.Errorf("solution = %q", got)
	}
	href, _ := doc.Find("#result a:contains(CSV)").Attr("href")
	if !strings.HasPrefix(href, "/sparql?format=csv&query=") {
		t.Errorf("download = %q", href)
	}
	got := textsOf(ask("ASK { ?s ?p ?o }"), "#result [role=status] strong")
	if !slices.Equal(got, []string{"yes (true)"}) {
		t.Errorf("ASK = %q", got)
	}
	doc = ask("CONSTRUCT WHERE { ?s <http://xmlns.com/foaf/0.1/homepage> ?o }")
	if got := doc.Find("#result pre").Text(); !strings.Contains(got, "foaf:homepage") {
		t.Errorf("CONSTRUCT = %q", got)
	}
	w := get(h, "/query?query="+url.QueryEscape("SELECT * {"))
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Find("[role=alert] pre").Text(); w.Code != http.StatusBadRequest || !strings.Contains(got, "1:") {
		t.Errorf("a query with a fault = %d, %q, want 400 and the place", w.Code, got)
	}
	if got := doc.Find("textarea").Text(); got != "SELECT * {" {
		t.Errorf("the form holds %q after a fault, want the query", got)
	}
	page(t, h, "/query")
	page(t, h, "/query?example="+exampleOnHome)
}

func TestLanguage(t *testing.T) {
	h := newTestPortal(t)
	tests := []struct{ target, accept, want string }{
		{"/", "", "zh-Hant-TW"},
		{"/", "en-GB,en;q=0.9", "en"},
		{"/", "zh-TW,en;q=0.5", "zh-Hant-TW"},
		{"/", "de-DE,fr;q=0.5", "zh-Hant-TW"},
		{"/", "en;q=0.1,zh;q=0.9", "zh-Hant-TW"},
		{"/?lang=en", "zh-TW", "en"},
		{"/?lang=zh", "en", "zh-Hant-TW"},
		{"/?lang=xx", "en", "en"},
		{"/about?lang=en", "", "en"},
		{"/organisations", "en", "en"},
	}
	for _, tt := range tests {
		doc := page(t, h, tt.target, "Accept-Language", tt.accept)
		if got, _ := doc.Find("html").Attr("lang"); got != tt.want {
			t.Errorf("%s with Accept-Language %q is in %q, want %q", tt.target, tt.accept, got, tt.want)
		}
	}
	other, _ := page(t, h, "/search?q=x&lang=en").Find("a.lang").Attr("href")
	if other != "/search?lang=zh&q=x" {
		t.Errorf("the other language is at %q", other)
	}
}

// TestTexts asks for every text in both languages and for no text twice.
func TestTexts(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range texts {
		if x.key == "" || x.zh == "" || x.en == "" {
			t.Errorf("text %q lacks a language", x.key)
		}
		if seen[x.key] {
			t.Errorf("text %q stands twice", x.key)
		}
		seen[x.key] = true
	}
}

// TestAccessible checks what a machine can of accessibility: landmarks, one
// heading of the first level, labels of all fields, names of all links.
func TestAccessible(t *testing.T) {
	h := newTestPortal(t)
	for _, target := range []string{"/", "/search", "/dataset/one/a", "/query", "/about", "/quality", "/organisations",
		"/profile/tw"} {
		doc := page(t, h, target)
		for _, selector := range []string{"header", "main#main", "footer", "nav[aria-label]", "a.skip[href='#main']",
			"h1", "html[lang]"} {
			if got := doc.Find(selector).Length(); got < 1 || selector == "h1" && got > 1 {
				t.Errorf("%s has %d of %s", target, got, selector)
			}
		}
		doc.Find("input:not([type=hidden]), textarea, select").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			if _, ok := s.Attr("aria-label"); !ok && doc.Find("label[for='"+id+"']").Length() == 0 {
				t.Errorf("%s has a field without a label: %s", target, goquery.NodeName(s))
			}
		})
		doc.Find("a").Each(func(_ int, s *goquery.Selection) {
			if strings.TrimSpace(s.Text()) == "" {
				href, _ := s.Attr("href")
				t.Errorf("%s has a link without a name to %q", target, href)
			}
		})
	}
}

func asked(h http.Handler, target, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestProfile asks for the Taiwan profile in all its forms.
func TestProfile(t *testing.T) {
	p := newTestPortal(t)
	for _, tt := range []struct{ target, accept, contentType, want string }{
		{"/profile/tw", "text/html", "text/html", `id="categoryCode"`},
		{"/profile/tw?lang=en", "text/html", "text/html", "Required 1..n"},
		{"/profile/tw?lang=zh", "text/html", "text/html", "資料集提供機關之上級機關名稱"},
		{"/profile/tw", "text/turtle", "text/turtle", "prof:Profile"},
		{"/profile/tw", "application/ld+json", "application/ld+json", "field-categoryCode"},
		{"/profile/tw", "", "text/turtle", "prof:Profile"},
		{"/profile/tw.jsonld", "", "application/ld+json", "field-categoryCode"},
		{"/profile/tw/shapes.ttl", "text/html", "text/turtle", ":categoryCode a sh:PropertyShape"},
		{"/profile/tw/context.jsonld", "", "application/ld+json", `"@context"`},
		{"/profile/tw/example.ttl", "", "text/turtle", "dcat:Dataset"},
		{"/profile/tw/fields.csv", "", "text/csv", "temporalCoverageFrom"},
	} {
		w := asked(p, tt.target, tt.accept)
		if got := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(got, tt.contentType) ||
			!strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s, accepting %q: %d %s, want %s with %s", tt.target, tt.accept, w.Code, got, tt.contentType,
				tt.want)
		}
	}
	for target, status := range map[string]int{"/profile/tw/none": 404, "/profile/xx": 404, "/profile/tw.exe": 404} {
		if w := asked(p, target, "text/html"); w.Code != status {
			t.Errorf("%s: %d, want %d", target, w.Code, status)
		}
	}
	if w := asked(p, "/profile/tw", "image/png"); w.Code != 406 {
		t.Errorf("as a picture: %d", w.Code)
	}
}

// TestQueryEditor looks at what the query page has for browsers with scripts: a file of ours under a
// policy that allows nothing else, and the examples by what they are about.
func TestQueryEditor(t *testing.T) {
	h := newTestPortal(t)
	nonces := map[string]bool{}
	for range 2 {
		w := get(h, "/query?lang=en")
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		script := doc.Find("head > script[defer]")
		nonce, policy := script.AttrOr("nonce", ""), w.Header().Get("Content-Security-Policy")
		if len(nonce) < 20 || nonces[nonce] || strings.Contains(policy, "unsafe") ||
			!strings.Contains(policy, "style-src 'self' 'nonce-"+nonce+"'; script-src 'self'; connect-src 'self'") {
			t.Errorf("the policy is %q, the nonce %q", policy, nonce)
		}
		nonces[nonce] = true
		for _, address := range []string{script.AttrOr("src", ""),
			doc.Find("link[href^='/query/']").AttrOr("href", "")} {
			if w := get(h, address); w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%q = %d %v", address, w.Code, w.Header())
			}
		}
		var words map[string]string
		if err := json.Unmarshal([]byte(doc.Find("#editor").AttrOr("data-words", "")), &words); err != nil ||
			words["plan"] != "Plan" {
			t.Errorf("the words are %v, %v", words, err)
		}
		bank, err := queries.Load()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := doc.Find("#examples details li a").Length(), len(bank.Examples()); got != want {
			t.Errorf("%d examples in groups, want %d", got, want)
		}
		for _, group := range textsOf(doc, "#examples summary") {
			if strings.HasPrefix(group, "examples.") {
				t.Errorf("the group %s has no name", group)
			}
		}
	}
	if policy := get(h, "/search").Header().Get("Content-Security-Policy"); strings.Contains(policy, "script") {
		t.Errorf("the policy of another page is %q", policy)
	}
	w := get(h, "/query?lang=en&query="+url.QueryEscape("ASK {}"))
	if body := w.Body.String(); strings.Index(body, `id="result"`) > strings.Index(body, `id="examples"`) {
		t.Error("the answer is not right under the query")
	}
}

// TestEditorWords: the script uses no word that the page does not have, and each is in both languages.
func TestEditorWords(t *testing.T) {
	known := map[string]bool{}
	for _, w := range editorWords {
		if known[w.key] || w.zh == "" || w.en == "" || strings.Count(w.zh, "%s") != strings.Count(w.en, "%s") {
			t.Errorf("the word %s is there twice or not in both languages", w.key)
		}
		known[w.key] = true
	}
	used := regexp.MustCompile(`\bt\('([A-Za-z]+)'`)
	names, err := filepath.Glob("../editor/assets/src/*.js")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllSubmatch(text, -1) {
			if !known[string(m[1])] {
				t.Errorf("%s uses the word %s, which is not there", name, m[1])
			}
		}
	}
}
