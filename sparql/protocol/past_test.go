package protocol

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fincat/sparql"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab/term"
)

// noText is a full-text index that finds nothing.
type noText struct{}

// Search implements [sparql.TextIndex].
func (noText) Search(context.Context, uint64, sparql.TextQuery) iter.Seq2[sparql.TextMatch, error] {
	return func(func(sparql.TextMatch, error) bool) {}
}

// TestPast asks for the past in each form of the protocol: in a form, with the query as the
// body, and, as the handler before this one has it, in the context.
func TestPast(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	st, err := store.Open(t.Context(), store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, name := range []string{"urn:a", "urn:b"} {
		x := term.NewIRI(name)
		add := []term.Quad{{Subject: x, Predicate: x, Object: x}}
		if _, err := st.Commit(t.Context(), store.Change{Add: add}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	e, err := sparql.New(sparql.Options{Store: st, Text: noText{}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHandler(Options{Engine: e, Store: st})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, target, contentType, body string, past bool) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Accept", "text/csv")
		if past {
			m := moment.Moment{Seq: 1, Time: now.Add(-2 * time.Hour), Settled: true}
			r = r.WithContext(moment.With(r.Context(), m))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	const q, at = "SELECT ?s { ?s ?p ?o } ORDER BY ?s", "2026-11-01T08:30:00+08:00"
	const then, both = "s\r\nurn:a\r\n", "s\r\nurn:a\r\nurn:b\r\n"
	form := url.Values{"query": {q}, "at": {at}}
	get := "/sparql?query=" + url.QueryEscape(q)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"form":       ask("POST", "/sparql", typeForm, form.Encode(), false),
		"body":       ask("POST", "/sparql?at="+url.QueryEscape(at), typeQuery, q, false),
		"parameters": ask("GET", get+"&at="+url.QueryEscape(at), "", "", false),
		"context":    ask("GET", get, "", "", true),
	} {
		if w.Code != http.StatusOK || w.Body.String() != then ||
			w.Header().Get("Memento-Datetime") != "Sun, 01 Nov 2026 00:00:00 GMT" {
			t.Errorf("%s: %d %q %v", name, w.Code, w.Body, w.Header())
		}
	}
	present, past := ask("GET", get, "", "", false), ask("GET", get, "", "", true)
	if present.Body.String() != both || present.Header().Get("Memento-Datetime") != "" ||
		present.Header().Get("ETag") == past.Header().Get("ETag") {
		t.Errorf("the present: %q %v, the past has %v", present.Body, present.Header(), past.Header())
	}
	if w := ask("GET", get+"&at=2100-01-01", "", "", false); w.Body.String() != both ||
		w.Header().Get("Memento-Datetime") != "" {
		t.Errorf("the future: %d %q %v, want the present", w.Code, w.Body, w.Header())
	}
	text := url.QueryEscape(`PREFIX text: <http://jena.apache.org/text#> SELECT * { ?l text:query "x" }`)
	for target, want := range map[string]int{
		get + "&at=then": 400, get + "&at=2026-10-01": 404, get + "&at=2026-11-01&at=2026-11-02": 400,
		"/sparql?at=2026-11-01": 400, "/sparql?query=" + text + "&at=2026-11-01": 400,
	} {
		if w := ask("GET", target, "", "", false); w.Code != want {
			t.Errorf("GET %s = %d %s, want %d", target, w.Code, w.Body, want)
		}
	}
}
