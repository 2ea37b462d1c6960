package portal

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// manyDatasets has datasets with values of every facet.
func manyDatasets() string {
	var b strings.Builder
	b.WriteString(catalogue + `
@prefix dqv: <http://www.w3.org/ns/dqv#> . @prefix freq: <http://publications.europa.eu/resource/authority/frequency/> .
<graph/catalog/two> { <catalog/two> a dcat:Catalog ; dct:title "來源二"@zh-Hant-TW . }
`)
	for i := range 30 {
		fmt.Fprintf(&b, `<graph/two/%[1]d> { <dataset/two/%[1]d> a dcat:Dataset ; dct:title "上市公司資料 %[1]d"@zh-Hant-TW ;
 dct:description "說明第%[1]d筆" ; fincat:fieldDescription "出表日期、公司代號" ; dct:license <https://e.tw/licence/%[2]d> ;
 dct:publisher <org/p%[1]d> ; dct:accrualPeriodicity freq:DAILY ; dcat:keyword "公司治理" ; dcat:distribution <distribution/two/%[1]d/1> .
 <distribution/two/%[1]d/1> dcat:accessURL <https://e.tw/v1/t187ap%[1]d_L> ; dct:format ft:%[3]s . <catalog/two> dcat:dataset <dataset/two/%[1]d> .
 }
<graph/quality/two/%[1]d> { <quality/two/%[1]d#badge> dqv:computedOn <dataset/two/%[1]d> ; dqv:value "%[4]s" . }
`, i, i%2, []string{"JSON", "XML"}[i%2], []string{"金", "無", "白金"}[i%3])
	}
	b.WriteString(`<graph/two/0b> { <service/two> a dcat:DataService ; dcat:servesDataset <dataset/two/0> . }`)
	return b.String()
}

// TestFacets narrows a search down and widens it again.
func TestFacets(t *testing.T) {
	h, _ := newPortalOf(t, manyDatasets())
	for query, want := range map[string]string{
		"": "32 datasets", "licence=0": "15 datasets", "licence=0&licence=1": "30 datasets",
		"format=json&format=csv":     "16 datasets",
		"format=json&badge=platinum": "5 datasets", "badge=platinum&badge=none": "20 datasets",
		"badge=%E9%87%91": "10 datasets",
		"badge=unchecked": "2 datasets", "frequency=DAILY&source=two": "30 datasets", "frequency=daily": "30 datasets",
		"frequency=WEEKLY": "0 datasets", "publisher=p1&publisher=tii": "2 datasets", "api=yes": "0 datasets",
		"modified_since=2020-01-01": "32 datasets", "modified_since=2999-01-01": "0 datasets",
		"q=t187ap7_L": "1 datasets", "q=p7": "1 datasets", "q=%E5%85%AC%E5%8F%B8%E4%BB%A3%E8%99%9F": "30 datasets",
		"q=%E8%AA%AA%E6%98%8E%E7%AC%AC12%E7%AD%86": "1 datasets", "licence=https://e.tw/licence/1": "15 datasets",
	} {
		if got := textsOf(page(t, h, "/search?lang=en&"+query), "#total"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	doc := page(t, h, "/search?lang=en&format=json&q="+url.QueryEscape("公司"))
	if got := textsOf(doc, "[data-facet=format] a"); len(got) != 2 ||
		!strings.HasSuffix(got[0], "JSON15") || !strings.HasSuffix(got[1], "XML15") {
		t.Errorf("formats: %q", got)
	}
	if got := textsOf(doc, "[data-facet=badge] a"); !slices.Equal(got, []string{"none5", "platinum5", "gold5"}) {
		t.Errorf("badges: %q", got)
	}
	href := func(selector string) string { return doc.Find(selector).First().AttrOr("href", "") }
	if got := href("[data-facet=format] a[aria-current]"); strings.Contains(got, "format") {
		t.Errorf("a value that is chosen is not taken away: %s", got)
	}
	if got := href("[data-facet=format] li:nth-child(2) a"); !strings.Contains(got, "format=json&format=xml") {
		t.Errorf("a second value is not added: %s", got)
	}
	if got := href(".chips li:last-child a"); strings.Contains(got, "q=") || !strings.Contains(got, "format=json") {
		t.Errorf("the chip of the words leads to %s", got)
	}
	if got := textsOf(doc, ".found mark"); len(got) != 15 || got[0] != "公司" {
		t.Errorf("marked: %q", got)
	}
	if doc.Find("[data-facet=publisher] li").Length() != facetValues {
		t.Errorf("%d organisations are shown", doc.Find("[data-facet=publisher] li").Length())
	}
	all := page(t, h, href("[data-facet=publisher] + p a"))
	if n := all.Find("#all li").Length(); n != 15 || all.Find(".found").Length() > 0 {
		t.Errorf("%d organisations on a page of their own, want 15", n)
	}
	if f := doc.Find("form[role=search] input[type=hidden]"); f.Length() != 2 ||
		doc.Find("form.since input[name=q]").Length() != 1 {
		t.Errorf("the forms lose what is chosen")
	}
	doc = page(t, h, "/search?sort=quality&lang=en")
	if got := doc.Find(".found .meta").First().Text(); !strings.Contains(got, "platinum") {
		t.Errorf("the best is %q", got)
	}
	if got := textsOf(doc, "#sorts a[aria-current]"); !slices.Equal(got, []string{"quality"}) {
		t.Errorf("sorted by %q", got)
	}
	doc = page(t, h, "/search?lang=en&q="+url.QueryEscape("公司代號 上市"))
	if got := textsOf(doc, ".found .snippet")[0]; got != "Field 出表日期、公司代號" {
		t.Errorf("found in %q", got)
	}
}

// TestNothingFound is led to what is there.
func TestNothingFound(t *testing.T) {
	h, _ := newPortalOf(t, manyDatasets())
	doc := page(t, h, "/search?lang=en&badge=gold&format=csv&q="+url.QueryEscape("上市"))
	if got := textsOf(doc, "#fewer li"); !slices.Equal(got, []string{"any Format 10"}) {
		t.Errorf("with less: %q", got)
	}
	to := doc.Find("#fewer a").AttrOr("href", "")
	if got := textsOf(page(t, h, to), "#total"); !slices.Equal(got, []string{"10 datasets"}) {
		t.Errorf("%s shows %q", to, got)
	}
	doc = page(t, h, "/search?lang=en&q="+url.QueryEscape("公司管治理"))
	if got := textsOf(doc, "#similar a"); !slices.Equal(got, []string{"公司治理"}) {
		t.Errorf("similar: %q", got)
	}
	if doc.Find("#nothing a[href='/search?lang=en']").Length() == 0 {
		t.Error("there is no way to all datasets")
	}
}

// TestSearchParameters refuses what cannot be meant, and says what there is.
func TestSearchParameters(t *testing.T) {
	h := newTestPortal(t)
	for query, want := range map[string]string{
		"x=1": "there are sector, publisher,", "at=2026-01-01": "no parameter", "sort=size": "quality, relevance",
		"page=0": "1 to 10000",
		"page=x": "number", "records=some": "merged or all", "more=q": "publisher", "badge=best": "gold",
		"api=no":  "yes",
		"q=a&q=b": "given 2 times", "publisher=%20%2F": "publisher", "format=%3Cb%3E1": "format",
		"licence=none": "licence",
		"q=%zz":        "cannot be read", "q=a+b+c+d+e+f+g+h+i": "at most 8",
		"q=" + strings.Repeat("a", 300): "at most 200", strings.Repeat("source=one&", 60): "at most 50",
	} {
		w := get(h, "/search?"+query)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%.40s = %d, want 400 with %q", query, w.Code, want)
		}
	}
	for _, target := range []string{"/quality?x=1", "/quality?provider=a&provider=b", "/?x=1",
		"/organisations?page=2"} {
		if w := get(h, target); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "parameter") {
			t.Errorf("%s = %d, want 400", target, w.Code)
		}
	}
	if w := get(h, "/search?source=&page=&q=+"); w.Code != http.StatusOK {
		t.Errorf("an empty form = %d", w.Code)
	}
}

// TestWeight weighs pages with all that a browser fetches for them, compressed.
func TestWeight(t *testing.T) {
	many, _ := newPortalOf(t, manyDatasets())
	checked := newCheckedPortal(t)
	weigh := func(h http.Handler, target string) int {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(get(h, target).Body.Bytes()); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return b.Len()
	}
	for _, x := range []struct {
		h      http.Handler
		target string
	}{{many, "/search?q=%E5%85%AC%E5%8F%B8"}, {many, "/dataset/two/1"}, {checked, "/dataset/one/x"}, {many, "/"}} {
		n := weigh(x.h, x.target) + weigh(x.h, "/static/portal.css") + weigh(x.h, "/static/mark.svg")
		if n > 60_000 {
			t.Errorf("%s weighs %d bytes, want at most 60,000", x.target, n)
		}
		t.Log(x.target, n)
	}
}
