package memento

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fincat/sparql"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const (
	base = "https://data.example.tw/"
	one  = base + "dataset/s/1"
)

// catalogue is a store whose clock the test sets, and what answers about it.
type catalogue struct {
	t     *testing.T
	store *store.Store
	h     *Handler
	now   time.Time
	start time.Time
	serve http.Handler
}

func newCatalogue(t *testing.T, o sparql.Options) *catalogue {
	t.Helper()
	c := &catalogue{t: t, start: time.Date(2026, 11, 1, 0, 0, 0, 500, time.UTC)}
	c.now = c.start
	s, err := store.Open(t.Context(), store.Options{Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o.Store, c.store = s, s
	e, err := sparql.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.h = New(Options{Store: s, Engine: e, Base: base, Now: func() time.Time { return c.now }})
	mux := http.NewServeMux()
	c.h.Register(mux)
	mux.HandleFunc("GET /diff", c.h.Diff)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		m, ok := moment.From(r.Context())
		w.Header().Set("Vary", "Accept")
		w.Header().Set("Cache-Control", "no-cache")
		if strings.HasSuffix(r.URL.Path, "/none") {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprintf(w, "%d %v %s", m.Seq, ok, r.URL.RequestURI())
	})
	c.serve = c.h.Wrap(mux)
	return c
}

// commit applies an update text of N-Quads so many hours after the start: lines with + add,
// with - remove.
func (c *catalogue) commit(hours int, lines string) {
	c.t.Helper()
	c.now = c.start.Add(time.Duration(hours) * time.Hour)
	ch := store.Change{Note: store.Note{Author: "alice"}}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		quads, err := rdfio.ReadAll(c.t.Context(), strings.NewReader("@base <"+base+"> . "+line[1:]),
			rdfio.ReadOptions{Format: rdfio.TriG})
		if err != nil {
			c.t.Fatal(err)
		}
		if line[0] == '+' {
			ch.Add = append(ch.Add, quads...)
		} else {
			ch.Remove = append(ch.Remove, quads...)
		}
	}
	if _, err := c.store.Commit(c.t.Context(), ch); err != nil {
		c.t.Fatal(err)
	}
}

// fill makes five commits: 1 makes dataset 1, 2 another one, 3 changes 1, 4 takes that back and
// changes the organisation, 5 changes 1 and removes the other.
func (c *catalogue) fill() {
	c.commit(0, `+ <graph/s/1> { <dataset/s/1> a <urn:dataset> ; <urn:title> "one" }
		+ <graph/org> { <org/o> a <urn:org> }`)
	c.commit(1, `+ <graph/s/2> { <dataset/s/2> a <urn:dataset> ; <urn:title> "=two" ; <urn:part> _:b .`+
		` _:b <urn:n> 1 }`)
	c.commit(2, `+ <graph/s/1> { <dataset/s/1> <urn:note> "n" }`)
	c.commit(3, `- <graph/s/1> { <dataset/s/1> <urn:note> "n" }
		+ <graph/org> { <org/o> <urn:name> "O"@en }`)
	c.commit(4, `+ <graph/s/1> { <dataset/s/1> <urn:title> "uno"@it }
		- <graph/s/1> { <dataset/s/1> <urn:title> "one" }
		- <graph/s/2> { <dataset/s/2> <urn:title> "=two" }`)
	c.now = c.start.Add(10 * time.Hour)
}

func (c *catalogue) ask(method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.serve.ServeHTTP(w, r)
	return w
}

func (c *catalogue) hour(n int) time.Time { return c.start.Add(time.Duration(n) * time.Hour) }

func stamp(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

func TestTimed(t *testing.T) {
	for path, want := range map[string]bool{
		"/sparql": true, "/sparql/": true, "/catalog": true, "/catalog.ttl": true, "/catalog/twse": true,
		"/describe.nq": true, "/dataset/a/b": true, "/org/x": true, "/run/1": true, "/quality/x": true,
		"/": false, "/search": false, "/quality": false, "/coverage": false, "/organisations": false, "/query": false,
		"/feed/atom.xml": false, "/data": false, "/data.json": false, "/update": false, "/dump.nq.gz": false,
		"/oai": false, "/sparql/x": false, "/api/3/action/package_list": false, "/profile/tw": false, "/diff": false,
	} {
		if got := Timed(path); got != want {
			t.Errorf("Timed(%s) = %v, want %v", path, got, want)
		}
	}
}

// TestAt asks for times: what is answered, whether caches may keep it, and what is refused.
func TestAt(t *testing.T) {
	c := newCatalogue(t, sparql.Options{})
	if w := c.ask("GET", "/dataset/s/1?at=2026-11-01"); w.Code != http.StatusNotFound {
		t.Errorf("before all commits: %d %s", w.Code, w.Body)
	}
	c.fill()
	for _, tt := range []struct {
		target string
		status int
		body   string
	}{
		{"/dataset/s/1?at=2026-11-01T01:30:00Z", 200, "2 true /dataset/s/1"},
		{"/dataset/s/1?lang=en&at=2026-11-01T09:30:00+08:00", 200, "2 true /dataset/s/1?lang=en"},
		{"/catalog.ttl?at=2026-11-01T01:00:00.0000005Z", 200, "2 true /catalog.ttl"},
		{"/catalog.ttl?at=2026-11-01T01:00:00Z", 200, "1 true /catalog.ttl"},
		{"/sparql?query=ASK{}&at=2026-11-01T02:00:00.5Z", 200, "3 true /sparql?query=ASK%7B%7D"},
		{"/dataset/s/1?at=2030-01-01", 200, "0 false /dataset/s/1"},
		{"/dataset/s/1?at=2026-10-31", 404, "first state that is kept is of 2026-11-01T00:00:00.0000005Z"},
		{"/dataset/s/1?at=then", 400, "2026-11-30T12:00:00+08:00"},
		{"/dataset/s/1?at=2026-11-01&at=2026-11-02", 400, "one is allowed"},
		{"/dataset/s/1?at=", 400, "write a date"},
		{"/search?q=x&at=2026-11-01", 400, "/search cannot show an earlier time"},
		{"/update?at=2026-11-01", 400, "/update cannot show"},
		{"/admin/x?at=2026-11-01", 200, "0 false"},
	} {
		w := c.ask("GET", tt.target)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
			t.Errorf("GET %s = %d %s, want %d with %s", tt.target, w.Code, w.Body, tt.status, tt.body)
		}
		past := w.Code == 200 && strings.Contains(tt.body, "true")
		if got := w.Header().Get("Memento-Datetime") != ""; got != past {
			t.Errorf("GET %s has Memento-Datetime %v, want %v", tt.target, got, past)
		}
		if got := strings.Contains(w.Header().Get("Cache-Control"), "immutable"); got != past {
			t.Errorf("GET %s may be kept: %v, want %v", tt.target, got, past)
		}
	}
	if w := c.ask("GET", "/dataset/s/none?at=2026-11-01T01:30:00Z"); w.Code != 404 ||
		w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("Memento-Datetime") != "" {
		t.Errorf("nothing then: %d %v", w.Code, w.Header())
	}
	// The time of the newest commit counts as past only after a moment.
	c.now = c.hour(4).Add(time.Second / 2)
	at := url.QueryEscape(moment.Format(c.hour(4)))
	if w := c.ask("GET", "/catalog?at="+at); w.Body.String() != "0 false /catalog" {
		t.Errorf("half a second after the commit: %s", w.Body)
	}
}

// TestNegotiation follows RFC 7089 §4.1.1: the address is its own TimeGate, which sends to
// Mementos with other addresses.
func TestNegotiation(t *testing.T) {
	c := newCatalogue(t, sparql.Options{})
	c.fill()
	w := c.ask("GET", "/dataset/s/1?lang=en")
	links := strings.Join(w.Header().Values("Link"), ", ")
	if vary := strings.Join(w.Header().Values("Vary"), ", "); vary != "Accept, Accept-Datetime" ||
		links != `<`+one+`?lang=en>; rel="original timegate", `+
			`<`+base+`timemap/link/dataset/s/1?lang=en>; rel="timemap"; type="application/link-format"` {
		t.Errorf("the present: Vary %s, Link %s", vary, links)
	}
	for _, tt := range []struct {
		name, given string
		hour        int
	}{
		{"its own", stamp(c.hour(2)), 2}, // to the second, which the commit is behind
		{"between", stamp(c.hour(3).Add(59 * time.Minute)), 3},
		{"before all", stamp(c.hour(-1000)), 0},
		{"in the future", stamp(c.hour(1000)), 4},
	} {
		w := c.ask("GET", "/dataset/s/1", "Accept-Datetime", tt.given)
		want := "/dataset/s/1?at=" + url.QueryEscape(moment.Format(c.hour(tt.hour)))
		if w.Code != http.StatusFound || w.Header().Get("Location") != want ||
			w.Header().Get("Vary") != "Accept-Datetime" || w.Header().Get("Memento-Datetime") != "" {
			t.Fatalf("%s: %d %v, want 302 to %s", tt.name, w.Code, w.Header(), want)
		}
		w = c.ask("GET", w.Header().Get("Location"), "Accept-Datetime", "does not matter here")
		if got := w.Header().Get("Memento-Datetime"); w.Code != 200 || got != stamp(c.hour(tt.hour)) ||
			w.Header().Get("Vary") != "Accept" {
			t.Errorf("%s: the Memento is %d of %q, Vary %v", tt.name, w.Code, got, w.Header().Values("Vary"))
		}
	}
	if w := c.ask("GET", "/dataset/s/1", "Accept-Datetime", "2026-11-01"); w.Code != http.StatusBadRequest {
		t.Errorf("malformed Accept-Datetime: %d, want 400", w.Code)
	}
	if w := c.ask("GET", "/search", "Accept-Datetime", stamp(c.hour(2))); w.Code != 200 {
		t.Errorf("what has no TimeGate: %d", w.Code)
	}
	if w := c.ask("POST", "/sparql", "Accept-Datetime", stamp(c.hour(2))); w.Body.String() != "3 true /sparql" {
		t.Errorf("POST with Accept-Datetime: %s", w.Body)
	}
	links = strings.Join(c.ask("GET", "/catalog?at=2026-11-01T01:30:00Z").Header().Values("Link"), "\n")
	for rel, hour := range map[string]int{"first": 0, "prev": 0, "next": 2, "last": 4} {
		want := `<` + base + `catalog?at=` + url.QueryEscape(moment.Format(c.hour(hour))) + `>; rel="` + rel +
			` memento"; datetime="` + stamp(c.hour(hour)) + `"`
		if !strings.Contains(links, want) {
			t.Errorf("links of a Memento of the catalogue lack %s:\n%s", want, links)
		}
	}
}

// TestTimeMap reads the hours of the Mementos in TimeMaps.
func TestTimeMap(t *testing.T) {
	c := newCatalogue(t, sparql.Options{})
	c.fill()
	for path, want := range map[string]string{
		"dataset/s/1": "first 0, 2, 3, last 4", "dataset/s/2": "first 1, last 4", "org/o": "first 0, last 3",
		"catalog": "first 0, 1, 2, 3, last 4", "sparql?query=ASK{}": "first 0, 1, 2, 3, last 4",
	} {
		w := c.ask("GET", "/timemap/link/"+path)
		var got []string
		for line := range strings.Lines(w.Body.String()) {
			if !strings.Contains(line, "memento\"") {
				continue
			}
			address, rest, _ := strings.Cut(strings.TrimPrefix(line, "<"), ">; rel=\"")
			rel, _, _ := strings.Cut(rest, "memento\"")
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			at, err := moment.Parse(u.Query().Get("at"))
			if err != nil || !strings.HasPrefix(address, base+strings.ReplaceAll(path, "?query=ASK{}", "")) ||
				!strings.Contains(line, `datetime="`+stamp(at)+`"`) {
				t.Errorf("%s: %s, %v", path, line, err)
			}
			got = append(got, rel+fmt.Sprint(int(at.Sub(c.start).Hours())))
		}
		if strings.Join(got, ", ") != want || w.Header().Get("Content-Type") != "application/link-format" {
			t.Errorf("TimeMap of %s = %d %s, want %s\n%s", path, w.Code, got, want, w.Body)
		}
	}
	for path, want := range map[string]int{"dataset/s/3": 404, "search": 404, "catalog?timemap_before=x": 400} {
		if w := c.ask("GET", "/timemap/link/"+path); w.Code != want {
			t.Errorf("TimeMap of %s = %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
}

// TestVersionsBounds asks for versions in parts, and for those of a resource that is older than
// what is kept.
func TestVersionsBounds(t *testing.T) {
	c := newCatalogue(t, sparql.Options{})
	c.fill()
	sn, err := c.store.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	var seqs []uint64
	for before := uint64(0); ; {
		v, err := c.h.Versions(t.Context(), sn, one, before, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range v.List {
			seqs = append(seqs, x.Seq)
		}
		if before = v.Next; before == 0 {
			break
		}
	}
	if fmt.Sprint(seqs) != "[5 4 3 1]" {
		t.Errorf("versions in parts of one = %v, want 5 4 3 1", seqs)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	c.h.entries = nil
	if _, err := c.h.Versions(ctx, sn, one, 0, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("Versions that was cancelled = %v", err)
	}
	c.now = c.start.Add(30*24*time.Hour + 90*time.Minute) // commits 1 and 2 are too old
	v, err := c.h.Versions(t.Context(), sn, one, 0, 10)
	if n := len(v.List); err != nil || n != 3 || v.List[2].Seq != 3 || !v.List[2].Older || v.List[1].Older {
		t.Errorf("versions = %+v, %v, want 5, 4 and the oldest that is kept", v.List, err)
	}
	if v, err = c.h.Versions(t.Context(), sn, base+"org/o", 0, 10); err != nil || len(v.List) != 2 ||
		v.List[1].Seq != 3 || !v.List[1].Older {
		t.Errorf("versions of the organisation = %+v, %v, want 4 and the oldest that is kept", v.List, err)
	}
}

// TestDiff compares two times as RDF Patch, and asserts that the patch leads from one to the
// other.
func TestDiff(t *testing.T) {
	c := newCatalogue(t, sparql.Options{})
	c.fill()
	state := func(hour int) map[string]bool {
		out := map[string]bool{}
		if hour < 0 { // before the first commit
			return out
		}
		sn, err := c.store.SnapshotAt(t.Context(), c.store.Past().At(c.hour(hour)))
		if err != nil {
			t.Fatal(err)
		}
		defer sn.Close()
		for q, err := range sn.Match(t.Context(), store.Pattern{}, store.SPOG) {
			if err != nil {
				t.Fatal(err)
			}
			out[q.String()] = true
		}
		return out
	}
	at := func(hour int) string { return url.QueryEscape(moment.Format(c.hour(hour))) }
	for _, ends := range [][2]int{{0, 4}, {4, 0}, {1, 3}, {2, 2}, {-1, 4}, {-50, 1}} {
		w := c.ask("GET", "/diff?from="+at(ends[0])+"&to="+at(ends[1]), "Accept", "application/rdf-patch")
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/rdf-patch") ||
			!strings.HasSuffix(w.Body.String(), "TC .\n") ||
			!strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Fatalf("diff %v = %d %v\n%s", ends, w.Code, w.Header(), w.Body)
		}
		got := state(ends[0])
		for line := range strings.Lines(w.Body.String()) {
			quad := strings.TrimSuffix(line[2:], "\n")
			switch line[:2] {
			case "A ":
				if got[quad] {
					t.Errorf("diff %v adds what is there: %s", ends, quad)
				}
				got[quad] = true
			case "D ":
				if !got[quad] {
					t.Errorf("diff %v removes what is not there: %s", ends, quad)
				}
				delete(got, quad)
			}
		}
		if want := state(ends[1]); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("diff %v leads to\n%v, want\n%v", ends, got, want)
		}
	}
}

func TestDiffCSV(t *testing.T) {
	c := newCatalogue(t, sparql.Options{})
	c.fill()
	rows := func(query string) (out []string) {
		w := c.ask("GET", "/diff.csv?from=2026-11-01T00:30:00Z&"+query)
		all, err := csv.NewReader(w.Body).ReadAll()
		if err != nil || w.Code != 200 {
			t.Fatalf("%s: %d %v", query, w.Code, err)
		}
		for _, row := range all[1:] {
			out = append(out, strings.Join(row, "|"))
		}
		return out
	}
	got := strings.Join(rows("dataset="+url.QueryEscape(one)), "\n")
	want := "added|" + one + "|urn:title|uno|" + vocab.RDFLangString + "|it|" + base + "graph/s/1"
	if !strings.Contains(got, want) || !strings.Contains(got, "removed|"+one) || strings.Count(got, "\n") != 1 {
		t.Errorf("of one dataset:\n%s\nwant\n%s and what was removed", got, want)
	}
	if all, of := len(rows("")), len(rows("source=s")); all != of+1 { // the organisation
		t.Errorf("%d rows in all and %d of the source, want one less", all, of)
	}
	if got := rows("to=2026-11-01T01:30:00Z"); !strings.Contains(strings.Join(got, "\n"), "|'=two|") {
		t.Errorf("a formula is not made harmless: %q", got)
	}
	if got := rows("source=none"); len(got) != 0 {
		t.Errorf("of no source: %v", got)
	}
	for query, want := range map[string]string{
		"": "give from=TIME", "from=x": "write a date", "from=2026-11-01&to=2020-01-01": "first state that is kept",
		"from=2026-11-01T00:30:00Z&to=x": "write a date", "from=2026-11-01&form=x": "there are from, to",
		"from=2026-11-01T00:30:00Z&dataset=x":                                     "want the IRI of a dataset",
		"from=2026-11-01T00:30:00Z&dataset=" + url.QueryEscape(one) + "&source=s": "give one of them",
	} {
		w := c.ask("GET", "/diff.csv?"+query)
		if w.Code < 400 || w.Code > 404 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("/diff.csv?%s = %d %s, want an error with %s", query, w.Code, w.Body, want)
		}
	}
}

// TestDiffBounds asserts that a difference takes its memory from that of queries, stops with
// its client, and gives all back.
func TestDiffBounds(t *testing.T) {
	c := newCatalogue(t, sparql.Options{MemoryBytes: 1 << 20, AllMemoryBytes: 4 << 20})
	c.fill()
	var add []term.Quad
	for i := range 20_000 {
		x := term.NewIRI(fmt.Sprint("urn:x", i))
		add = append(add, term.Quad{Subject: x, Predicate: x, Object: x})
	}
	c.now = c.hour(5)
	if _, err := c.store.Commit(t.Context(), store.Change{Add: add}); err != nil {
		t.Fatal(err)
	}
	c.now = c.hour(10)
	w := c.ask("GET", "/diff.csv?from=2026-11-01T03:30:00Z")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "memory") {
		t.Errorf("a difference that is too large = %d %s, want 503", w.Code, w.Body)
	}
	if _, err := c.h.Engine.SnapshotAt(t.Context(), 2); err == nil {
		t.Error("a state too far back can be had, want an error")
	}
	if n := c.h.Engine.SharedMemory().Used(); n != 0 {
		t.Errorf("%d bytes are still taken", n)
	}
	if w := c.ask("GET", "/diff.csv?from=2026-11-01T02:30:00Z&to=2026-11-01T04:30:00Z"); w.Code != 200 {
		t.Errorf("a small difference = %d %s", w.Code, w.Body)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r := httptest.NewRequestWithContext(ctx, "GET", "/diff.csv?from=2026-11-01T02:30:00Z", nil)
	rec := httptest.NewRecorder()
	c.serve.ServeHTTP(rec, r)
	if rec.Code != http.StatusServiceUnavailable {
		t.Errorf("a client that has gone gets %d", rec.Code)
	}
}

// TestShortHead asks that the head of an answer fits into what proxies take, however long
// the address is.
func TestShortHead(t *testing.T) {
	c := newCatalogue(t, sparql.Options{})
	c.fill()
	for _, n := range []int{1, 400, maxLinked, 8000} {
		target := base + "sparql?query=" + strings.Repeat("x", n)
		for name, res := range map[string]*httptest.ResponseRecorder{
			"now":  c.ask("GET", target),
			"then": c.ask("GET", target+"&at="+url.QueryEscape(moment.Format(c.hour(2)))),
			"gate": c.ask("GET", target, "Accept-Datetime", stamp(c.hour(2))),
		} {
			head := res.Header().Clone()
			head.Del("Location")
			var b strings.Builder
			if err := head.Write(&b); err != nil {
				t.Fatal(err)
			}
			if b.Len() > 4000 {
				t.Errorf("%s, %d characters: a head of %d bytes", name, n, b.Len())
			}
			if n == 1 && !strings.Contains(b.String(), "timegate") {
				t.Errorf("%s: %s", name, b.String())
			}
		}
	}
}
