package portal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/quality"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// newCheckedPortal returns a portal whose two datasets were checked: the file of the second
// is a 404.
func newCheckedPortal(t *testing.T) http.Handler {
	t.Helper()
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/a.csv" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, "年月,件數\r\n11508,1\r\n")
	}))
	t.Cleanup(files.Close)
	text := strings.ReplaceAll(catalogue, "https://example.org/a.csv", files.URL+"/a.csv")
	text = strings.ReplaceAll(text, "vbscript:x", files.URL+"/none.csv")
	h, s := newPortalOf(t, text)
	change := store.Change{}
	for _, tr := range dcat.Schemes(base) {
		change.Add = append(change.Add, tr.In(term.NewIRI(base.SchemesGraph())))
	}
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	client, err := fetch.NewClient(fetch.Options{Permitted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if err != nil {
		t.Fatal(err)
	}
	c := quality.Config{}
	c.Rate.Every = time.Millisecond
	r, err := quality.NewRunner(quality.Options{Store: s, Base: base, Client: client, Config: c})
	if err == nil {
		_, err = r.Run(t.Context(), nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestQualityPages shows the whole, a provider, a dataset that passes and one that fails.
func TestQualityPages(t *testing.T) {
	h := newCheckedPortal(t)
	doc := page(t, h, "/quality?lang=en")
	if got := textsOf(doc, "#figures tbody tr:nth-child(2) td"); len(got) != 6 || got[2] != "50.0 % 1 / 2" {
		t.Errorf("the figures of gold: %q", got)
	}
	if n := doc.Find("#trend svg circle").Length(); n == 0 {
		t.Error("the trend has no points")
	}
	if got := textsOf(doc, "#providers td:first-child"); !slices.Contains(got, "Taiwan Insurance Institute") {
		t.Errorf("providers %q", got)
	}
	if got := textsOf(doc, "#todo li p"); len(got) != 4 || !strings.Contains(got[0], "Link works: 404") ||
		!strings.HasPrefix(got[1], "→ make the address") {
		t.Errorf("what to do: %q", got)
	}
	if href, _ := doc.Find("#figures tbody tr:nth-child(2) a").Attr("href"); page(t, h, href).Find(
		"textarea").Length() != 1 {
		t.Errorf("the figure leads to %s", href)
	}
	doc = page(t, h, "/quality?provider=tii&lang=zh")
	if got := textsOf(doc, "#figures tbody tr:nth-child(2) td"); len(got) != 6 || got[2] != "100.0 % 1 / 1" ||
		got[3] != "✓" {
		t.Errorf("the figures of tii: %q", got)
	}
	if w := get(h, "/quality?provider=nobody"); w.Code != http.StatusNotFound {
		t.Errorf("a provider that is none: %d", w.Code)
	}
	doc = page(t, h, "/dataset/one/x?lang=en")
	rows := textsOf(doc, "#quality tr.is-fail")
	if len(rows) != 2 || !strings.Contains(rows[0], "404 Not Found") || !strings.Contains(rows[0], "GET http://127") {
		t.Errorf("what failed: %q", rows)
	}
	rows = textsOf(page(t, h, "/dataset/one/x?lang=zh"), "#quality tr.is-fail")
	if len(rows) != 2 || !strings.Contains(rows[0], "404 找不到") || strings.Contains(rows[0], "Not Found") ||
		!strings.Contains(rows[1], "未收到可用的內容") {
		t.Errorf("what failed, in Chinese: %q", rows)
	}
	for _, id := range []string{"a", "x"} {
		whys := textsOf(page(t, h, "/dataset/one/"+id+"?lang=zh"), "#quality tr td:last-child, #quality li")
		for _, why := range whys {
			if strings.Contains(why, " is ") || strings.Contains(why, "the ") {
				t.Errorf("English on a Chinese page: %q", why)
			}
		}
		if len(whys) < 8+23+5 {
			t.Errorf("%s: %d reasons", id, len(whys))
		}
	}
	if text := page(t, h, "/quality/one/x?lang=zh").Text(); !strings.Contains(text, "404 找不到") ||
		strings.Contains(text, "Not Found") {
		t.Errorf("the statements in Chinese: %s", text)
	}
	if text := page(t, h, "/quality/one/x?lang=en").Text(); !strings.Contains(text, "404 Not Found") {
		t.Errorf("the statements in English: %s", text)
	}
	if got := textsOf(page(t, h, "/quality?lang=zh"), "#todo li p"); len(got) != 4 ||
		!strings.Contains(got[0], "404 找不到") {
		t.Errorf("what to do, in Chinese: %q", got)
	}
	if got := textsOf(page(t, h, "/dataset/one/a?lang=en"), "#quality .badge-line .tag"); !slices.Equal(got,
		[]string{"白金"}) {
		t.Errorf("badge %q", got)
	}
	got := textsOf(page(t, h, "/org/tii?lang=en"), "#quality .figures tr:nth-child(2) td:nth-child(3)")
	if !slices.Equal(got, []string{"100.0 % 1 / 1"}) {
		t.Errorf("the page of tii has %q", got)
	}
	for _, target := range []string{"/quality", "/quality?provider=tii", "/dataset/one/x"} {
		bad := page(t, h, target).Find("script:not([type='application/ld+json']), [onerror], [style]")
		if bad.Length() > 0 {
			t.Errorf("%s has scripts or styles", target)
		}
	}
}

// TestNoQuality shows pages where nothing was checked.
func TestNoQuality(t *testing.T) {
	h := newTestPortal(t)
	for _, target := range []string{"/dataset/one/a", "/org/tii"} {
		if page(t, h, target).Find("#quality").Length() != 0 {
			t.Errorf("%s has a section on quality", target)
		}
	}
	if page(t, h, "/quality").Find("h1").Length() != 1 {
		t.Error("no page")
	}
}

// TestUse finds on a dataset's page what its file has, how programs get it, how it is cited, and
// where each statement came from.
func TestUse(t *testing.T) {
	h := newCheckedPortal(t)
	doc := page(t, h, "/dataset/one/a?lang=en")
	if got := textsOf(doc, "#fields tbody tr"); !slices.Equal(got, []string{"年月integer10111508", "件數integer1011"}) {
		t.Errorf("fields %q", got)
	}
	if got := textsOf(doc, "#preview td"); !slices.Equal(got, []string{"11508", "1"}) {
		t.Errorf("preview %q", got)
	}
	use := strings.Join(textsOf(doc, "#use details"), "\n")
	for _, want := range []string{"curl -L -O 'http://127.0.0.1", "pd.read_csv(\"http://127.0.0.1", "read.csv(\"http",
		"<https://data.example.tw/dataset/one/a> ?property ?value"} {
		if !strings.Contains(use, want) {
			t.Errorf("no %q in\n%s", want, use)
		}
	}
	if got := textsOf(doc, "#cite pre"); len(got) != 4 || !strings.HasPrefix(got[0],
		"Taiwan Insurance Institute (n.d.). Insurance statistics [Data set].") ||
		!strings.HasPrefix(got[1], "@misc{one_a,") || !strings.HasPrefix(got[2], "TY - DATA") {
		t.Errorf("cited as %q", got)
	}
	if got := textsOf(doc, "#why details:first-of-type summary"); !slices.Equal(got, []string{"graph/one/a"}) {
		t.Errorf("statements from %q", got)
	}
	if got := strings.Join(textsOf(doc, "#why td"), "|"); !strings.Contains(got, "|Title|保險業統計") {
		t.Errorf("statements %s", got)
	}
	w := get(h, "/dataset/one/a?embed=table&lang=en")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<td>11508</td>") ||
		!strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors *") {
		t.Errorf("the rows to be embedded = %d %s", w.Code, w.Body)
	}
	if !strings.Contains(use, `<iframe src="https://data.example.tw/dataset/one/a?embed=table&amp;lang=en"`) {
		t.Errorf("no code to embed in\n%s", use)
	}
	w = get(h, "/dataset/one/a?embed=chart&lang=en")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml; charset=utf-8" ||
		!strings.Contains(w.Body.String(), "<title>11508: 1</title>") || w.Header().Get("X-Frame-Options") != "" ||
		!strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors *") {
		t.Errorf("the chart to be embedded = %d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(use, `<iframe src="https://data.example.tw/dataset/one/a?embed=chart&amp;lang=en"`) {
		t.Errorf("no code to embed a chart in\n%s", use)
	}
	for target, want := range map[string]int{"/dataset/one/x?embed=table": 404, "/dataset/one/a?embed=map": 400,
		"/dataset/one/x?embed=chart": 404, "/dataset/one/a?embed=chart&chart.y=no": 404} {
		w := get(h, target)
		if w.Code != want || !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s = %d, want %d", target, w.Code, want)
		}
	}
	if w := get(h, "/dataset/one/a?file=http://e.tw/x"); w.Code != http.StatusBadRequest {
		t.Errorf("a file that is none = %d", w.Code)
	}
	doc = page(t, h, "/dataset/one/x")
	if got := doc.Find("#use pre").Text(); strings.Contains(got, "vbscript") || doc.Find("#preview").Length() > 0 {
		t.Errorf("of the hostile one: %s", got)
	}
}
