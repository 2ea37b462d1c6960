package portal

import (
	"net/http"
	"slices"
	"testing"
)

// twoRecords has the record of a second source for a dataset, which says more, and one that
// stands alone.
const twoRecords = catalogue + `
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<graph/catalog/two> { <catalog/two> a dcat:Catalog ; dct:title "來源二"@zh-Hant-TW . }
<graph/two/a> {
  <dataset/two/a> a dcat:Dataset ; dct:title "保險業統計表"@zh-Hant-TW ; dct:publisher <org/tii> ; dct:license <https://e.tw/l> ;
    dcat:keyword "a", "b", "c", "d", "e", "f" ; dcat:theme <theme/800> ; dcat:landingPage <https://example.org/a> .
  <catalog/two> dcat:dataset <dataset/two/a> .
}
<graph/two/b> {
  <dataset/two/b> a dcat:Dataset ; dct:title "保單"@zh-Hant-TW ; dct:publisher <org/tii> .
  <catalog/two> dcat:dataset <dataset/two/b> .
}
<graph/links> { <dataset/one/a> owl:sameAs <dataset/two/a> . <dataset/two/a> owl:sameAs <dataset/one/a> . }
`

// TestRecordsTogether looks at a dataset that two sources describe: it is shown once, and
// counted in both ways.
func TestRecordsTogether(t *testing.T) {
	h, _ := newPortalOf(t, twoRecords)
	for path, want := range map[string][]string{
		"/search":                          {"3 筆資料集 · 4 筆來源紀錄"},
		"/search?records=all":              {"4 筆來源紀錄 · 同一資料集合併顯示"},
		"/search?source=two":               {"2 筆資料集"},
		"/search?source=one":               {"2 筆資料集"},
		"/search?publisher=tii":            {"2 筆資料集 · 3 筆來源紀錄"},
		"/search?publisher=tii&lang=en":    {"2 datasets · 3 records by sources"},
		"/search?records=all&theme=800":    {"2 筆來源紀錄 · 同一資料集合併顯示"},
		"/search?records=merged&q=nothing": {"0 筆資料集"},
	} {
		if got := textsOf(page(t, h, path), "#total"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	doc := page(t, h, "/search?publisher=tii")
	if got := textsOf(doc, ".found h3 a"); !slices.Equal(got, []string{"保單", "保險業統計表"}) {
		t.Errorf("found %q", got)
	}
	if got := textsOf(doc, ".found .also a[href='/dataset/one/a']"); !slices.Equal(got, []string{"來源一"}) {
		t.Errorf("the other record is %q", got)
	}
	if got := textsOf(doc, "[data-facet=source] .n"); !slices.Equal(got, []string{"2", "1"}) {
		t.Errorf("datasets by source: %q", got)
	}
	if got := textsOf(page(t, h, "/search?records=all"), "[data-facet=publisher] .n"); !slices.Equal(got,
		[]string{"3", "1"}) {
		t.Errorf("records by publisher: %q", got)
	}
	if got := textsOf(page(t, h, "/organisations"), ".n"); !slices.Contains(got, "2 筆資料集 3 筆來源紀錄") {
		t.Errorf("organisations: %q", got)
	}
	home := page(t, h, "/")
	for total, want := range map[string]string{"datasets": "3", "records": "4", "distributions": "2"} {
		if got := textsOf(home, ".tiles [data-total="+total+"] strong"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %s", total, got, want)
		}
	}
	one := page(t, h, "/dataset/one/a")
	if got := textsOf(one, "#records thead th"); !slices.Equal(got, []string{"來源", "來源二", "來源一"}) {
		t.Errorf("the records are of %q", got)
	}
	if got := textsOf(one, "#records tbody th"); len(got) != 1 {
		t.Errorf("the records differ in %q, want the title only", got)
	}
	if n := page(t, h, "/dataset/two/b").Find("#records").Length(); n > 0 {
		t.Error("a dataset with one record has a comparison")
	}
	if w := get(h, "/search?records=some"); w.Code != http.StatusBadRequest {
		t.Errorf("records=some = %d", w.Code)
	}
}
