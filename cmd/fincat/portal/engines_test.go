package portal

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
)

// TestSearchEngines reads from pages what search engines and feed readers look for.
func TestSearchEngines(t *testing.T) {
	h := newTestPortal(t)
	const one = "dataset=https%3A%2F%2Fdata.example.tw%2Fdataset%2Fone%2Fa"
	doc := page(t, h, "/dataset/one/a?lang=en")
	for selector, want := range map[string]string{
		"head link[rel=canonical]":               "https://data.example.tw/dataset/one/a",
		"head link[type='application/atom+xml']": "/feed/atom.xml?" + one,
		"head link[type='application/rss+xml']":  "/feed/rss.xml?" + one,
		"head meta[property='og:url']":           "https://data.example.tw/dataset/one/a",
		"head meta[property='og:title']":         "Insurance statistics",
		"head meta[property='og:locale']":        "en_US",
	} {
		n := doc.Find(selector)
		if got := n.AttrOr("href", n.AttrOr("content", "")); got != want {
			t.Errorf("%s = %q, want %q", selector, got, want)
		}
	}
	var d map[string]any
	if err := json.Unmarshal([]byte(doc.Find("script[type='application/ld+json']").Text()), &d); err != nil {
		t.Fatal(err)
	}
	text, _ := d["description"].(string)
	if d["@type"] != "Dataset" || d["name"] != "保險業統計" || utf8.RuneCountInString(text) < 50 {
		t.Errorf("the dataset for search engines = %v", d)
	}
	parts, _ := json.Marshal(d["distribution"])
	if !strings.Contains(string(parts), `"contentUrl":"https://example.org/a.csv"`) {
		t.Errorf("its files = %s", parts)
	}
	for path, want := range map[string]string{
		"/": "https://data.example.tw/", "/search?q=x&page=9&lang=en": "https://data.example.tw/search?q=x",
		"/organisations": "https://data.example.tw/organisations", "/about?lang=en": "https://data.example.tw/about",
		"/org/tii": "https://data.example.tw/org/tii", "/query": "",
	} {
		doc := page(t, h, path)
		if got := doc.Find("head link[rel=canonical]").AttrOr("href", ""); got != want {
			t.Errorf("%s is canonical as %q, want %q", path, got, want)
		}
		doc.Find("script").Each(func(_ int, s *goquery.Selection) {
			if src := s.AttrOr("src", ""); path != "/query" || !strings.HasPrefix(src, "/query/editor-") {
				t.Errorf("%s has a script %q", path, src)
			}
		})
	}
}
