package protocol

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/sparql/results"
	"fincat/store"
	"fincat/vocab/term"
)

func newRequest(method, url, body string, headers ...string) (*http.Request, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	return req, nil
}

func readAll(r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	return string(b), err
}

func get(q string) string { return "/sparql?query=" + url.QueryEscape(q) }

const (
	selectX   = "SELECT ?x { ?x ?p ?o }"
	construct = "CONSTRUCT WHERE { ?s ?p ?o }"
)

func TestQueryNegotiation(t *testing.T) {
	s := fakeServer(t, &fakeEngine{vars: []string{"x"}, sols: countSolutions(2, nil), quads: countQuads(2, nil),
		boolean: true}, nil)
	tests := []struct {
		query, accept string
		status        int
		want          string
	}{
		{selectX, "", 200, "application/sparql-results+json"},
		{selectX, "*/*", 200, "application/sparql-results+json"},
		{selectX, "application/sparql-results+xml", 200, "application/sparql-results+xml"},
		{selectX, "text/csv;q=0.5, application/json;q=0.4", 200, "text/csv; charset=utf-8; header=present"},
		{selectX, "text/tab-separated-values", 200, "text/tab-separated-values; charset=utf-8"},
		{selectX, "application/json", 200, "application/sparql-results+json"},
		{selectX, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 200,
			"application/sparql-results+xml"},
		{selectX, "text/turtle, application/sparql-results+xml;q=0.1", 200, "application/sparql-results+xml"},
		{selectX, "text/turtle", 406, "application/problem+json"},
		{selectX, "application/sparql-results+json;q=0", 406, "application/problem+json"},
		{selectX, "application/sparql-results+json;q=0, */*", 200, "application/sparql-results+xml"},
		{selectX, "text/csv;q=nonsense, text/tab-separated-values;q=0.1", 200,
			"text/tab-separated-values; charset=utf-8"},
		{selectX, "text/csv;q=7", 406, "application/problem+json"},
		{selectX, "application/sparql-results+xml; version=1.2", 200, "application/sparql-results+xml"},
		{selectX, "text/csv; header=absent; q=0.2, text/tab-separated-values; x=y; q=0.3", 200,
			"text/tab-separated-values; charset=utf-8"},
		{selectX, "text/csv; header=present; q=0", 406, "application/problem+json"},
		{selectX, "garbage", 406, "application/problem+json"},
		{"ASK {}", "", 200, "application/sparql-results+json"},
		{"ASK {}", "application/sparql-results+xml", 200, "application/sparql-results+xml"},
		{"ASK {}", "text/csv", 200, "text/csv; charset=utf-8; header=present"},
		{construct, "application/n-triples", 200, "application/n-triples"},
		{construct, "application/n-quads, application/n-triples;q=0.9", 200, "application/n-quads"},
		{construct, "application/sparql-results+json", 406, "application/problem+json"},
		{"DESCRIBE <http://e/>", "application/n-triples;q=0.3, image/png", 200, "application/n-triples"},
	}
	for _, tt := range tests {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			headers := []string{"Accept", tt.accept}
			if tt.accept == "" {
				headers = nil
			}
			resp, b, err := call(t, method, s.URL+get(tt.query), "", headers...)
			if err != nil || resp.StatusCode != tt.status || resp.Header.Get("Content-Type") != tt.want {
				t.Errorf("%s %q with Accept %q: %d %q %v, want %d %q", method, tt.query, tt.accept, resp.StatusCode,
					resp.Header.Get("Content-Type"), err, tt.status, tt.want)
			}
			if (b == "") != (method == http.MethodHead) {
				t.Errorf("%s %q: body %q", method, tt.query, b)
			}
			if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept") {
				t.Errorf("Vary is %q", resp.Header.Values("Vary"))
			}
		}
	}
	resp, _, _ := call(t, http.MethodGet, s.URL+get(selectX)+"&format=csv", "", "Accept", "text/html")
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
		t.Errorf("format=csv gives %q", got)
	}
}

func TestQueryOperations(t *testing.T) {
	e := &fakeEngine{vars: []string{"x"}, sols: countSolutions(1, nil)}
	s := fakeServer(t, e, func(o *Options) { o.MaxQueryBytes = 1000 })
	form := url.Values{"query": {selectX}}.Encode()
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	_, _ = zw.Write([]byte(selectX))
	_ = zw.Close()
	var bomb bytes.Buffer
	zw = gzip.NewWriter(&bomb)
	_, _ = zw.Write(bytes.Repeat([]byte(" "), 100_000))
	_ = zw.Close()
	tests := []struct {
		name, method, path, body string
		headers                  []string
		want                     int
	}{
		{"get", "GET", get(selectX), "", nil, 200},
		{"form", "POST", "/sparql", form, []string{"Content-Type", typeForm}, 200},
		{"form with charset", "POST", "/sparql", form, []string{"Content-Type", typeForm + "; charset=UTF-8"}, 200},
		{"direct", "POST", "/sparql", selectX, []string{"Content-Type", typeQuery}, 200},
		{"direct, upper case", "POST", "/sparql", selectX,
			[]string{"Content-Type", "Application/SPARQL-Query; charset=\"utf-8\""}, 200},
		{"direct, gzip", "POST", "/sparql", zipped.String(),
			[]string{"Content-Type", typeQuery, "Content-Encoding", "gzip"}, 200},
		{"gzip bomb", "POST", "/sparql", bomb.String(),
			[]string{"Content-Type", typeQuery, "Content-Encoding", "gzip"}, 413},
		{"not gzip", "POST", "/sparql", selectX, []string{"Content-Type", typeQuery, "Content-Encoding", "gzip"}, 400},
		{"unknown coding", "POST", "/sparql", selectX, []string{"Content-Type", typeQuery, "Content-Encoding", "br"},
			415},
		{"too large", "POST", "/sparql", selectX + strings.Repeat(" ", 1000), []string{"Content-Type", typeQuery},
			413},
		{"large form", "POST", "/sparql", form + "&x=" + strings.Repeat("y", 1000), []string{"Content-Type", typeForm},
			413},
		{"no type", "POST", "/sparql", selectX, nil, 415},
		{"wrong type", "POST", "/sparql", selectX, []string{"Content-Type", "text/plain"}, 415},
		{"update type", "POST", "/sparql", "CLEAR ALL", []string{"Content-Type", typeUpdate}, 415},
		{"utf-16", "POST", "/sparql", selectX, []string{"Content-Type", typeQuery + "; charset=utf-16"}, 415},
		{"not utf-8", "POST", "/sparql", "ASK { ?s ?p \"\xff\" }", []string{"Content-Type", typeQuery}, 400},
		{"form not utf-8", "GET", "/sparql?query=ASK%20%7B%7D%20%23%ff", "", nil, 400},
		{"bad escape", "GET", "/sparql?query=ASK%2", "", nil, 400},
		{"bad form", "POST", "/sparql", "query=%zz", []string{"Content-Type", typeForm}, 400},
		{"two queries", "GET", get(selectX) + "&query=ASK%20%7B%7D", "", nil, 400},
		{"query twice", "POST", get(selectX), selectX, []string{"Content-Type", typeQuery}, 400},
		{"update in get", "GET", "/sparql?update=CLEAR%20ALL", "", nil, 400},
		{"update in form", "POST", "/sparql", "update=CLEAR%20ALL", []string{"Content-Type", typeForm}, 400},
		{"empty form", "POST", "/sparql", "", []string{"Content-Type", typeForm}, 400},
		{"put", "PUT", get(selectX), "", nil, 405},
		{"syntax", "GET", get("ASK {"), "", nil, 400},
		{"empty query", "GET", "/sparql?query=", "", nil, 400},
		{"bad graph", "GET", get(selectX) + "&default-graph-uri=" + url.QueryEscape("http://e/ a"), "", nil, 400},
		{"bad timeout", "GET", get(selectX) + "&timeout=soon", "", nil, 400},
		{"negative timeout", "GET", get(selectX) + "&timeout=-1", "", nil, 400},
		{"nan timeout", "GET", get(selectX) + "&timeout=NaN", "", nil, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, b, err := call(t, tt.method, s.URL+tt.path, tt.body, tt.headers...)
			if err != nil || resp.StatusCode != tt.want {
				t.Fatalf("status %d, %v, want %d: %s", resp.StatusCode, err, tt.want, b)
			}
			if tt.want < 400 {
				return
			}
			var p struct {
				Status int
				Title  string
			}
			if err := json.Unmarshal([]byte(b), &p); err != nil || p.Status != tt.want || p.Title == "" {
				t.Errorf("problem %q, %v", b, err)
			}
		})
	}
	_, _, _ = call(t, "POST", s.URL+"/sparql?default-graph-uri=http%3A%2F%2Fe%2Fa&timeout=2.5",
		url.Values{"query": {selectX}, "default-graph-uri": {"b"},
			"named-graph-uri": {"http://e/n"}}.Encode(), "Content-Type", typeForm)
	want := sparql.QueryOptions{Base: s.URL + "/sparql", DefaultGraphs: []string{"http://e/a", s.URL + "/b"},
		NamedGraphs: []string{"http://e/n"}, Timeout: 2500 * time.Millisecond}
	if fmt.Sprint(e.lastO) != fmt.Sprint(want) {
		t.Errorf("options %v, want %v", e.lastO, want)
	}
}

func TestSyntaxErrorPlace(t *testing.T) {
	s := fakeServer(t, &fakeEngine{}, nil)
	_, b, _ := call(t, "GET", s.URL+get("SELECT ?x\nWHERE { ?x 保險 }"), "")
	var p struct{ Line, Column int }
	if err := json.Unmarshal([]byte(b), &p); err != nil || p.Line != 2 || p.Column < 9 {
		t.Errorf("problem %s", b)
	}
}

// TestBrokenStreams checks that an answer which fails after it has begun is an
// error for the HTTP library, with and without compression, in every format.
func TestBrokenStreams(t *testing.T) {
	const many = groupedTriples + 10_000
	for _, query := range []string{selectX, construct} {
		accepts := []string{"application/sparql-results+json", "application/sparql-results+xml", "text/csv",
			"text/tab-separated-values"}
		if query == construct {
			accepts = []string{"application/n-triples", "application/n-quads", "text/turtle", "application/trig"}
		}
		for _, accept := range accepts {
			for _, coding := range []string{"identity", "gzip"} {
				e := &fakeEngine{vars: []string{"x"}, sols: countSolutions(many, errEngine),
					quads: countQuads(many, errEngine)}
				s := fakeServer(t, e, nil)
				resp, b, err := call(t, "GET", s.URL+get(query), "", "Accept", accept, "Accept-Encoding", coding)
				if resp.StatusCode != 200 || len(b) < 1000 || !errors.Is(err, io.ErrUnexpectedEOF) ||
					resp.Trailer.Get(resultTrailer) != "" {
					t.Errorf("%s, %s: status %d, %d bytes, %v, want an unexpected end", accept, coding,
						resp.StatusCode, len(b), err)
				}
				if coding == "identity" && !strings.Contains(b, "disk on fire") {
					t.Errorf("%s: the document does not name the cause: …%s", accept, b[len(b)-100:])
				}
				e.sols, e.quads = countSolutions(many, nil), countQuads(many, nil)
				resp, _, err = call(t, "GET", s.URL+get(query), "", "Accept", accept, "Accept-Encoding", coding)
				if err != nil || resp.Trailer.Get(resultTrailer) != "complete" {
					t.Errorf("%s, %s: a complete answer has %v, trailer %v", accept, coding, err, resp.Trailer)
				}
				// An error before anything was sent still gets its own status.
				e.sols, e.quads = countSolutions(3, errEngine), countQuads(0, errEngine)
				resp, b, err = call(t, "GET", s.URL+get(query), "", "Accept", accept, "Accept-Encoding", coding)
				if err != nil || resp.StatusCode != 500 ||
					resp.Header.Get("Content-Type") != "application/problem+json" || strings.Contains(b, "fire") {
					t.Errorf("%s, %s: early error: status %d, %v, %q", accept, coding, resp.StatusCode, err, b)
				}
			}
		}
	}
}

// TestLargeGraphs checks that large Turtle is written as it comes and means the
// same, and that syntaxes which must be held are refused in time.
func TestLargeGraphs(t *testing.T) {
	e := &fakeEngine{}
	s := fakeServer(t, e, nil)
	for _, n := range []int{0, 1, groupedTriples, groupedTriples + 1} {
		for _, accept := range []string{"text/turtle", "application/trig"} {
			e.quads = func(yield func(term.Quad, error) bool) {
				for i := range n {
					q := term.Quad{Subject: term.NewBlankNode("b"), Predicate: term.NewIRI("http://e/p"),
						Object: term.NewString(fmt.Sprint(i))}
					if !yield(q, nil) {
						return
					}
				}
			}
			resp, body, err := call(t, "GET", s.URL+get(construct), "", "Accept", accept)
			if err != nil {
				t.Fatal(err)
			}
			quads, err := readRDF([]byte(body), resp.Header.Get("Content-Type"))
			if err != nil || len(quads) != n {
				t.Errorf("%d triples as %s: %d came back, %v", n, accept, len(quads), err)
			}
		}
	}
	e.quads = countQuads(heldTriples+1, nil)
	resp, body, _ := call(t, "GET", s.URL+get(construct), "", "Accept", "application/rdf+xml")
	if resp.StatusCode != 503 || !strings.Contains(body, "Turtle") {
		t.Errorf("too large for RDF/XML: %d %s", resp.StatusCode, body)
	}
}

func TestXMLUnfitCharacter(t *testing.T) {
	e := &fakeEngine{vars: []string{"x"}, sols: func(yield func(results.Solution, error) bool) {
		yield(results.Solution{term.NewString("a\x01")}, nil)
	}}
	s := fakeServer(t, e, nil)
	resp, b, _ := call(t, "GET", s.URL+get(selectX), "", "Accept", "application/sparql-results+xml")
	if resp.StatusCode != http.StatusOK || !strings.Contains(b, "<literal>a\uFFFD</literal>") {
		t.Errorf("status %d: %s", resp.StatusCode, b)
	}
}

func TestGzip(t *testing.T) {
	s := fakeServer(t, &fakeEngine{vars: []string{"x"}, sols: countSolutions(5000, nil)}, nil)
	plain, want, _ := call(t, "GET", s.URL+get(selectX), "")
	if plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("without Accept-Encoding: coding %q", plain.Header.Get("Content-Encoding"))
	}
	for accept, zipped := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "*": true, "gzip;q=0": false,
		"identity": false, "deflate": false} {
		resp, b, err := call(t, "GET", s.URL+get(selectX), "", "Accept-Encoding", accept)
		if err != nil || (resp.Header.Get("Content-Encoding") == "gzip") != zipped {
			t.Errorf("Accept-Encoding %q: coding %q, %v, want gzip %v", accept, resp.Header.Get("Content-Encoding"),
				err, zipped)
			continue
		}
		if zipped {
			zr, err := gzip.NewReader(strings.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := readAll(zr); err != nil || got != want || len(b) > len(want)/5 {
				t.Errorf("decompressed %d bytes from %d, %v, want %d", len(got), len(b), err, len(want))
			}
		}
	}
	small := fakeServer(t, &fakeEngine{vars: []string{"x"}, sols: countSolutions(2, nil)}, nil)
	resp, b, _ := call(t, "GET", small.URL+get(selectX), "", "Accept-Encoding", "gzip")
	if resp.Header.Get("Content-Encoding") != "" || resp.ContentLength != int64(len(b)) {
		t.Errorf("a short answer: coding %q, length %d", resp.Header.Get("Content-Encoding"), resp.ContentLength)
	}
}

func TestEntityTag(t *testing.T) {
	e := &fakeEngine{vars: []string{"x"}, sols: countSolutions(1, nil), boolean: true}
	var o *Options
	s := fakeServer(t, e, func(opt *Options) { o = opt })
	resp, _, _ := call(t, "GET", s.URL+get(selectX), "")
	tag := resp.Header.Get("ETag")
	if tag == "" || resp.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("headers %v", resp.Header)
	}
	n := e.queries.Load()
	for _, v := range []string{tag, `"x", ` + tag, "*", strings.TrimPrefix(tag, "W/")} {
		resp, b, _ := call(t, "GET", s.URL+get(selectX), "", "If-None-Match", v)
		if resp.StatusCode != http.StatusNotModified || b != "" || resp.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match %q: status %d", v, resp.StatusCode)
		}
	}
	if e.queries.Load() != n {
		t.Error("a query was evaluated for an answer of 304")
	}
	for _, path := range []string{get("SELECT ?x { ?x ?p ?o, 1 }"),
		get(selectX) + "&default-graph-uri=http%3A%2F%2Fe%2F", get(selectX) + "&format=xml"} {
		if resp, _, _ := call(t, "GET", s.URL+path, "", "If-None-Match", tag); resp.StatusCode != 200 {
			t.Errorf("another request %s matches the tag", path)
		}
	}
	for _, q := range []string{"SELECT (now() AS ?x) {}", "SELECT (RAND () AS ?x) {}",
		"ASK { SERVICE <http://e/> {} }", `SELECT (\u004eOW() AS ?x) {}`, "SELECT (STRUUID() AS ?x) {}"} {
		resp, _, _ := call(t, "GET", s.URL+get(q), "")
		if resp.Header.Get("ETag") != "" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: tag %q, %q", q, resp.Header.Get("ETag"), resp.Header.Get("Cache-Control"))
		}
	}
	resp, _, _ = call(t, "GET", s.URL+get("SELECT ?now { ?now <http://e/uuid> 'RAND()' }"), "")
	if resp.Header.Get("ETag") == "" {
		t.Error("a variable, an IRI or a string with the name of a function counts as one")
	}
	addTriple(t, o.Store, "http://e/new")
	if resp, _, _ := call(t, "GET", s.URL+get(selectX), "", "If-None-Match", tag); resp.StatusCode != 200 ||
		resp.Header.Get("ETag") == tag {
		t.Errorf("after a commit: status %d, tag %s", resp.StatusCode, resp.Header.Get("ETag"))
	}
}

func TestCrossOrigin(t *testing.T) {
	s := fakeServer(t, &fakeEngine{boolean: true}, nil)
	resp, _, _ := call(t, "OPTIONS", s.URL+"/sparql", "", "Origin", "https://yasgui.example",
		"Access-Control-Request-Method", "POST")
	if resp.StatusCode != 204 || resp.Header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(resp.Header.Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("preflight: %d %v", resp.StatusCode, resp.Header)
	}
	for _, path := range []string{get("ASK {}"), get("ASK {"), "/data?graph=x:y", "/.well-known/void"} {
		resp, _, _ := call(t, "GET", s.URL+path, "", "Origin", "https://yasgui.example")
		if resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: headers %v", path, resp.Header)
		}
	}
}

// TestChangesNeedAuthor asks that nothing is changed that is not authorised, and
// that the author is in the note of what is.
func TestChangesNeedAuthor(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Options)
		want   int
	}{
		{"nobody decides", func(o *Options) { o.Authorize = nil }, 403},
		{"refused", func(o *Options) { o.Authorize = refuse }, 401},
		{"read-only", func(o *Options) { o.ReadOnly = true }, 403},
		{"read-only and refused", func(o *Options) { o.ReadOnly, o.Authorize = true, refuse }, 401},
		{"allowed", nil, 204},
	}
	for _, tt := range tests {
		e := &fakeEngine{}
		var st *store.Store
		s := fakeServer(t, e, func(o *Options) {
			if st = o.Store; tt.change != nil {
				tt.change(o)
			}
		})
		for _, r := range [][]string{
			{"POST", "/update", "CLEAR ALL", typeUpdate},
			{"PUT", "/data?graph=http%3A%2F%2Fe%2F", "<a:b> <a:b> <a:b> .", "application/n-triples"},
			{"POST", "/data?graph=http%3A%2F%2Fe%2F", "<a:b> <a:b> <a:c> .", "application/n-triples"},
			{"DELETE", "/data?graph=http%3A%2F%2Fe%2F", "", ""},
		} {
			resp, b, _ := call(t, r[0], s.URL+r[1], r[2], "Content-Type", r[3])
			if resp.StatusCode != tt.want && (tt.want != 204 || resp.StatusCode != 201) {
				t.Errorf("%s: %s %s = %d, want %d: %s", tt.name, r[0], r[1], resp.StatusCode, tt.want, b)
			}
			if commit := resp.Header.Get(CommitHeader); r[1] != "/update" && commit !=
				map[bool]string{true: strconv.FormatUint(st.Seq(), 10)}[tt.want == 204] {
				t.Errorf("%s: %s %s names commit %q, the newest is %d", tt.name, r[0], r[1], commit, st.Seq())
			}
			challenge := resp.Header.Get("WWW-Authenticate")
			if (challenge != "") != (resp.StatusCode == 401) {
				t.Errorf("%s: %s %s = %d with WWW-Authenticate %q", tt.name, r[0], r[1], resp.StatusCode, challenge)
			}
		}
		if done := tt.want == 204; done != (len(e.updates) > 0) || done != (st.Seq() > 0) {
			t.Errorf("%s: %d updates, commit %d", tt.name, len(e.updates), st.Seq())
		}
		if tt.want == 204 && e.lastU.Note.Author != "anyone" {
			t.Errorf("%s: the update has the note %+v", tt.name, e.lastU.Note)
		}
		for c, err := range st.Log(t.Context(), 0) {
			if err != nil || c.Note.Author != "anyone" {
				t.Errorf("%s: commit %d has the note %+v, %v", tt.name, c.Seq, c.Note, err)
			}
		}
	}
}

func refuse(*http.Request) (string, error) {
	return "", problemf(http.StatusUnauthorized, "who are you?")
}

func TestUpdateOperations(t *testing.T) {
	e := &fakeEngine{}
	s := fakeServer(t, e, nil)
	const insert = "INSERT { <a> <b> <c> } WHERE {}"
	tests := []struct {
		name, method, path, body, contentType string
		want                                  int
	}{
		{"form", "POST", "/update", "update=CLEAR+ALL", typeForm, 204},
		{"direct", "POST", "/update", "CLEAR ALL", typeUpdate, 204},
		{"using", "POST", "/update?using-graph-uri=http://e/a&using-named-graph-uri=http://e/b", insert, typeUpdate,
			204},
		{"get", "GET", "/update?update=CLEAR+ALL", "", "", 405},
		{"query type", "POST", "/update", "CLEAR ALL", typeQuery, 415},
		{"two", "POST", "/update", "update=CLEAR+ALL&update=CLEAR+ALL", typeForm, 400},
		{"none", "POST", "/update", "", typeForm, 400},
		{"using and with", "POST", "/update?using-graph-uri=http://e/a", "WITH <http://e/> " + insert, typeUpdate,
			400},
		{"using twice", "POST", "/update?using-named-graph-uri=http://e/a",
			"INSERT { <a> <b> <c> } USING <http://e/> WHERE {}", typeUpdate, 400},
		{"syntax with using", "POST", "/update?using-named-graph-uri=http://e/a", "INSERT", typeUpdate, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := len(e.updates)
			resp, b, _ := call(t, tt.method, s.URL+tt.path, tt.body, "Content-Type", tt.contentType)
			if resp.StatusCode != tt.want || (len(e.updates) > n) != (tt.want == 204) {
				t.Errorf("status %d, want %d, %d updates: %s", resp.StatusCode, tt.want, len(e.updates)-n, b)
			}
		})
	}
	_, _, _ = call(t, "POST", s.URL+"/update?using-graph-uri=http://e/a&using-named-graph-uri=http://e/b", insert,
		"Content-Type", typeUpdate)
	want := sparql.UpdateOptions{Base: s.URL + "/update", UsingGraphs: []string{"http://e/a"},
		UsingNamed: []string{"http://e/b"}, Note: store.Note{Author: "anyone"}}
	if fmt.Sprint(e.lastU) != fmt.Sprint(want) {
		t.Errorf("options %v, want %v", e.lastU, want)
	}
}

func TestAdministration(t *testing.T) {
	closed := fakeServer(t, &fakeEngine{}, func(o *Options) { o.Authorize = refuse })
	for _, r := range []string{"GET /admin/queries", "DELETE /admin/queries/7"} {
		method, path, _ := strings.Cut(r, " ")
		if resp, _, _ := call(t, method, closed.URL+path, ""); resp.StatusCode != 401 {
			t.Errorf("%s for nobody: %d", r, resp.StatusCode)
		}
	}
	s := fakeServer(t, &fakeEngine{}, nil)
	_, b, _ := call(t, "GET", s.URL+"/admin/queries", "")
	var list struct{ Queries []struct{ ID int } }
	if err := json.Unmarshal([]byte(b), &list); err != nil || len(list.Queries) != 1 || list.Queries[0].ID != 7 {
		t.Errorf("list %s, %v", b, err)
	}
	for id, want := range map[string]int{"7": 204, "8": 404, "x": 404, "-7": 404} {
		if resp, _, _ := call(t, "DELETE", s.URL+"/admin/queries/"+id, ""); resp.StatusCode != want {
			t.Errorf("DELETE %s: %d, want %d", id, resp.StatusCode, want)
		}
	}
}

// TestClientGone checks that the engine's context ends with the connection.
func TestClientGone(t *testing.T) {
	stopped := make(chan error, 1)
	started := make(chan bool)
	e := &waitingEngine{started: started, stopped: stopped}
	h, err := newHandler(Options{Store: memoryStore(t)}, e)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	for _, direct := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+get(selectX), nil)
		if direct {
			req, _ = http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/sparql", strings.NewReader(selectX))
			req.Header.Set("Content-Type", typeQuery)
		}
		done := make(chan bool)
		go func() {
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = resp.Body.Close()
			}
			close(done)
		}()
		<-started
		cancel()
		select {
		case err := <-stopped:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the query ended with %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("the query goes on without its client")
		}
		<-done
	}
}

// waitingEngine waits in every query for its context to end.
type waitingEngine struct {
	fakeEngine
	started chan bool
	stopped chan error
}

func (e *waitingEngine) Run(ctx context.Context, _ *sparql.Query, _ sparql.QueryOptions) (answer, error) {
	e.started <- true
	<-ctx.Done()
	e.stopped <- ctx.Err()
	return nil, ctx.Err()
}

func TestOverload(t *testing.T) {
	e := &waitingEngine{started: make(chan bool, 1), stopped: make(chan error, 1)}
	h, err := newHandler(Options{Store: memoryStore(t), Pools: gate.NewPools(gate.Options{Working: 1})}, e)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+get(selectX), nil)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-e.started
	resp, _, _ := call(t, "GET", s.URL+get(selectX), "")
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q, want 503", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	cancel()
	if err := <-e.stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("the query of a client that went away ended with %v, want context.Canceled", err)
	}

	h, err = newHandler(Options{Store: memoryStore(t), Pools: gate.NewPools(gate.Options{PerClient: 2})}, e)
	if err != nil {
		t.Fatal(err)
	}
	status := func(ctx context.Context, client string) int {
		r := httptest.NewRequest("GET", get(selectX), nil).WithContext(ctx)
		r.RemoteAddr = client
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	ctx, cancel = context.WithCancel(context.Background())
	var two sync.WaitGroup
	e.stopped = make(chan error, 10)
	for range 2 {
		two.Go(func() { status(ctx, "[2001:db8::1]:99") })
		<-e.started
	}
	if got := status(ctx, "[2001:db8::2]:99"); got != 429 { // the same subscriber
		t.Errorf("a third request = %d, want 429", got)
	}
	other := make(chan int)
	go func() { other <- status(ctx, "[2001:db8:1::2]:99") }()
	<-e.started
	cancel()
	two.Wait()
	if got := <-other; got == 429 {
		t.Errorf("a request of somebody else = %d", got)
	}
	ctx, cancel = context.WithCancel(context.Background())
	go func() { <-e.started; cancel() }()
	if got := status(ctx, "[2001:db8::2]:99"); got == 429 {
		t.Errorf("after both have left = %d", got)
	}
}

// TestSlowBody checks that a body which stops arriving ends in 408.
func TestSlowBody(t *testing.T) {
	s := fakeServer(t, &fakeEngine{}, func(o *Options) {
		o.Pools = gate.NewPools(gate.Options{BodyGrace: 100 * time.Millisecond})
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\nASK",
		typeQuery)
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusRequestTimeout {
		t.Fatalf("response %v, %v, want 408", resp, err)
	}
	_ = resp.Body.Close()
}

// TestSlowReader checks that a client which does not read cannot hold a query
// for ever.
func TestSlowReader(t *testing.T) {
	ended := make(chan int, 1)
	e := &fakeEngine{vars: []string{"x"}, sols: func(yield func(results.Solution, error) bool) {
		n := 0
		defer func() { ended <- n }()
		for yield(results.Solution{term.NewString(strings.Repeat("a", 1000))}, nil) {
			n++
		}
	}}
	s := fakeServer(t, e, func(o *Options) {
		o.Pools = gate.NewPools(gate.Options{WriteGrace: 200 * time.Millisecond})
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", get(selectX))
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the query goes on although nobody reads")
	}
}

// TestFlush checks that a solution does not wait for the next one.
func TestFlush(t *testing.T) {
	release := make(chan bool)
	e := &fakeEngine{vars: []string{"x"}, sols: func(yield func(results.Solution, error) bool) {
		if yield(results.Solution{term.NewString("first")}, nil) {
			<-release
			yield(results.Solution{term.NewString("second")}, nil)
		}
	}}
	s := fakeServer(t, e, nil)
	for _, coding := range []string{"identity", "gzip"} {
		req, err := newRequest(http.MethodGet, s.URL+get(selectX), "", "Accept", "text/csv", "Accept-Encoding", coding)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = resp.Body
		if coding == "gzip" {
			if r, err = gzip.NewReader(resp.Body); err != nil {
				t.Fatal(err)
			}
		}
		lines := bufio.NewScanner(r)
		var got []string
		for lines.Scan() {
			got = append(got, lines.Text())
			if lines.Text() == "first" {
				release <- true
			}
		}
		if fmt.Sprint(got) != "[x first second]" || resp.Trailer.Get(resultTrailer) != "complete" {
			t.Errorf("%s: %q, %v", coding, got, resp.Trailer)
		}
		_ = resp.Body.Close()
	}
}

// TestHostileHeaders checks that nothing a client sends breaks out of a header.
func TestHostileHeaders(t *testing.T) {
	s := fakeServer(t, &fakeEngine{boolean: true, quads: countQuads(1, nil)}, nil)
	for _, path := range []string{
		get("ASK {}") + "&default-graph-uri=http%3A%2F%2Fe%2F%0d%0aX-Evil:%201",
		"/data?graph=http%3A%2F%2Fe%2F%0d%0aX-Evil:%201",
		"/data/%0d%0aX-Evil:%201",
		get("ASK {}") + "&format=%0d%0aX-Evil:%201",
		"/admin/queries/%0d%0aX-Evil:1",
	} {
		for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
			resp, _, err := call(t, method, s.URL+path, "", "Content-Type", "text/turtle", "Accept",
				strings.Repeat("a/b;q=0.1,", 500))
			if err != nil || resp.Header.Get("X-Evil") != "" ||
				resp.StatusCode < 400 && !strings.HasPrefix(path, "/data/") {
				t.Errorf("%s %s: %d %v %v", method, path, resp.StatusCode, resp.Header, err)
			}
		}
	}
}

func TestEditor(t *testing.T) {
	editor := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>editor") })
	s := fakeServer(t, &fakeEngine{boolean: true}, func(o *Options) { o.Editor = editor })
	browser := "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	if _, b, _ := call(t, "GET", s.URL+"/sparql", "", "Accept", browser); b != "<p>editor" {
		t.Errorf("a browser gets %q", b)
	}
	if _, b, _ := call(t, "GET", s.URL+get("ASK {}"), "", "Accept", browser); strings.Contains(b, "editor") {
		t.Errorf("a browser with a query gets %q", b)
	}
	resp, _, _ := call(t, "GET", s.URL+"/sparql", "", "Accept", nt)
	if resp.Header.Get("Content-Type") != nt {
		t.Errorf("another client gets %v", resp.Header)
	}
}

// TestBodiesShareMemory: bodies are part of the memory that all requests share.
func TestBodiesShareMemory(t *testing.T) {
	st := memoryStore(t)
	e, err := sparql.New(sparql.Options{Store: st, AllMemoryBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHandler(Options{Engine: e, Store: st, Authorize: anyone})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	for size, want := range map[int]int{1 << 20: 204, 6 << 20: 503} {
		text := "INSERT DATA { <a:a> <a:b> 1 } #" + strings.Repeat("x", size)
		resp, body, err := call(t, "POST", s.URL+"/update", text, "Content-Type", typeUpdate)
		if err != nil || resp.StatusCode != want || want == 503 && !strings.Contains(body, "memory") {
			t.Errorf("an update of %d bytes = %d %s, %v; want %d", size, resp.StatusCode, body, err, want)
		}
	}
	m := e.Memory(func(error) {})
	if err := m.Grow(7 << 20); err != nil {
		t.Errorf("the memory is not given back: %v", err)
	}
	m.Close()
}
