package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fincat/cmd/fincat/memento"
	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/sparql/enginetest"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab"
	"fincat/vocab/term"
)

// newPastPortal serves a catalogue whose dataset has had another title for an hour, after
// its record came.
func newPastPortal(t *testing.T) (h http.Handler, start time.Time) {
	t.Helper()
	start = time.Now().Add(-3 * time.Hour).UTC()
	now := start
	s, err := store.Open(t.Context(), store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	title := func(text string) term.Quad {
		return term.Quad{Subject: term.NewIRI(base.Dataset("one", "a")), Graph: term.NewIRI(base.Graph("one", "a")),
			Predicate: term.NewIRI(vocab.DCTTitle), Object: term.NewLangString(text, "zh-Hant-TW")}
	}
	for i, c := range []store.Change{
		{Add: enginetest.TriG(t, catalogue)},
		{Remove: []term.Quad{title("保險業統計")}, Add: []term.Quad{title("新名稱")},
			Note: store.Note{Author: "alice", Run: "r7"}},
	} {
		now = start.Add(time.Duration(i) * time.Hour)
		if _, err := s.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	e := enginetest.Engine(t, s)
	bank, err := queries.Load()
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.New(feed.Options{Store: s, Engine: e, Queries: bank, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	m := memento.New(memento.Options{Store: s, Engine: e, Base: base})
	p, err := New(Options{Store: s, Engine: e, Queries: bank, Feed: f, Base: base, Mementos: m})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	f.Register(mux)
	p.Register(mux)
	return m.Wrap(mux), start
}

// TestPast shows a dataset as it was, says so, and leads back, on by the same time, and to
// the other language.
func TestPast(t *testing.T) {
	h, start := newPastPortal(t)
	then := "at=" + url.QueryEscape(moment.Format(start.Add(30*time.Minute)))
	exact := "at=" + url.QueryEscape(moment.Format(start)) // of the state, in links
	doc := page(t, h, "/dataset/one/a?lang=en&"+then)
	if got := doc.Find("h1").Text(); got != "Insurance statistics" {
		t.Errorf("title %q", got)
	}
	if got := page(t, h, "/dataset/one/a?"+then).Find("h1").Text(); got != "保險業統計" {
		t.Errorf("title then %q", got)
	}
	if got := page(t, h, "/dataset/one/a").Find("h1").Text(); got != "新名稱" {
		t.Errorf("title now %q", got)
	}
	note := doc.Find(".past")
	if back, _ := note.Find("a").Attr("href"); back != "/dataset/one/a?lang=en" ||
		!strings.Contains(note.Text(), moment.Show(start)) || !strings.Contains(note.Text(), "as it was then") {
		t.Errorf("the page says %q and leads to %q", note.Text(), back)
	}
	if n := page(t, h, "/dataset/one/a").Find(".past, meta[name=robots]").Length(); n != 0 {
		t.Error("a page about the present says that it is about the past")
	}
	for selector, want := range map[string]string{
		"a[lang=zh-Hant-TW]":       "/dataset/one/a?" + exact + "&lang=zh",
		"#distributions td a":      "/distribution/one/a/1?" + exact,
		`link[type="text/turtle"]`: "/describe.ttl?" + exact, "nav a": "/search?lang=en",
	} {
		if got, _ := doc.Find(selector).First().Attr("href"); !strings.HasPrefix(got, want) {
			t.Errorf("%s leads to %q, want %q", selector, got, want)
		}
	}
	if doc.Find(`meta[name="robots"][content="noindex"]`).Length() != 1 {
		t.Error("search engines may take the past for the present")
	}
	if w := get(h, "/dataset/one/a?"+then); !strings.Contains(w.Header().Get("Cache-Control"), "immutable") ||
		w.Header().Get("Memento-Datetime") == "" {
		t.Errorf("head of the page: %v", w.Header())
	}
	w := get(h, "/describe.ttl?iri="+url.QueryEscape(string(base)+"dataset/one/a")+"&"+then)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "保險業統計") {
		t.Errorf("Turtle then = %d %s", w.Code, w.Body)
	}
	w = get(h, "/catalog.ttl?page_size=1&"+then)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "保險業統計") {
		t.Errorf("the catalogue then = %d %v", w.Code, w.Header())
	}
	next := strings.Join(w.Header().Values("Link"), "\n")
	if !strings.Contains(next, exact+`&page_size=1>; rel="next"`) {
		t.Errorf("links of a page of the catalogue then:\n%s", next)
	}
	if w := get(h, "/dataset/two/b?"+then); w.Code != http.StatusNotFound ||
		!strings.Contains(w.Body.String(), `class="past"`) {
		t.Errorf("what was not there = %d", w.Code)
	}
	if w := get(h, "/dataset/one/a?at=2000-01-01"); w.Code != http.StatusNotFound ||
		!strings.Contains(w.Body.String(), "first state that is kept") {
		t.Errorf("before all = %d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/search", "/", "/organisations"} {
		w := get(h, path+"?lang=en&"+then)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), path+" cannot show an earlier") ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s in the past = %d %s, want a page with 400", path, w.Code, w.Body)
		}
		if w = get(h, path+"?"+then, "Accept", "*/*"); w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("a program gets %s of %s", w.Header().Get("Content-Type"), path)
		}
	}
}

// TestVersions goes from a dataset's page to a version and to differences, without scripts.
func TestVersions(t *testing.T) {
	h, start := newPastPortal(t)
	doc := page(t, h, "/dataset/one/a?lang=en")
	rows := textsOf(doc, "#versions tbody tr")
	if len(rows) != 2 || rows[0] != moment.Show(start.Add(time.Hour))+"run/r7aliceDifference" {
		t.Fatalf("versions %q", rows)
	}
	to, _ := doc.Find("#versions tbody tr").First().Find("a").First().Attr("href")
	if got := page(t, h, to).Find("h1").Text(); got != "Insurance statistics" {
		t.Errorf("the newest version has the title %q", got)
	}
	to, _ = doc.Find("#versions tbody tr").First().Find("td:last-child a").Attr("href")
	diff := page(t, h, to)
	changes := strings.Join(textsOf(diff, "#changes tbody td"), "|")
	if !strings.Contains(changes, "removed|dataset/one/a|Title|保險業統計") ||
		!strings.Contains(changes, "added|dataset/one/a|Title|新名稱") || strings.Count(changes, "|") != 7 {
		t.Errorf("the difference shows\n%s", changes)
	}
	if got := strings.Join(textsOf(diff, "article p"), "\n"); !strings.Contains(got, "1 statements added") {
		t.Errorf("the difference says %s", got)
	}
	form := url.Values{"dataset": {string(base) + "dataset/one/a"}, "to": {""}}
	for _, name := range []string{"from", "lang"} {
		field := doc.Find(`#versions form[action="/diff"]`).Find("[name=" + name + "]")
		value, _ := field.AddSelection(field.Find("option[selected]")).Last().Attr("value")
		form.Set(name, value)
	}
	if got := textsOf(page(t, h, "/diff?"+form.Encode()), "#changes tbody tr"); len(got) != 2 {
		t.Errorf("the form compares with the present: %q", got)
	}
	csv, _ := diff.Find(`article a[href^="/diff.csv"]`).Attr("href")
	if w := get(h, csv); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "change,subject") {
		t.Errorf("CSV = %d %s", w.Code, w.Body)
	}
	for _, target := range []string{csv, to} {
		tag := get(h, target).Header().Get("ETag")
		if w := get(h, target, "If-None-Match", `"x", `+tag); tag == "" || w.Code != http.StatusNotModified ||
			w.Body.Len() > 0 {
			t.Errorf("%s again, with ETag %s = %d", target, tag, w.Code)
		}
		if w := get(h, target+"&source=", "If-None-Match", `"x"`); w.Code != http.StatusOK {
			t.Errorf("%s with another ETag = %d", target, w.Code)
		}
	}
	if w := get(h, "/diff?from=x&lang=en"); w.Header().Get("ETag") != "" || w.Code != http.StatusBadRequest ||
		!strings.Contains(w.Body.String(), "cannot be compared") {
		t.Errorf("a difference of no times = %d %s", w.Code, w.Body)
	}
	if w := get(h, "/diff"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "兩個時間之間的變更") {
		t.Errorf("the form = %d", w.Code)
	}
	if w := get(h, "/diff?from=2000-01-01&to=2000-01-02", "Accept", "*/*"); w.Code != http.StatusNotFound {
		t.Errorf("a program = %d", w.Code)
	}
}
