package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// configWith writes a configuration with more lines.
func configWith(t *testing.T, lines string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fincat.yaml")
	if err := os.WriteFile(file, []byte("base: https://data.example.tw/\n"+lines), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func sparqlAddress(base, query string) string { return base + "sparql?query=" + url.QueryEscape(query) }

// TestPrivateAddresses: what sources may reach is not what queries may reach.
func TestPrivateAddresses(t *testing.T) {
	withSecret(t)
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/sparql-results+json")
		fmt.Fprint(w, `{"head":{"vars":["s"]},"results":{"bindings":[]}}`)
	}))
	defer inside.Close()
	for lines, want := range map[string]int{
		"": 502, "harvest: {allow_private_addresses: true}\n": 502,
		"sparql: {allow_private_addresses: true}\n": 200, "sparql: {allow_private_addresses: false}\n": 502,
	} {
		base, stop := startServe(t, "--store", t.TempDir(), "--quiet", "--config", configWith(t, lines))
		asked.Store(0)
		resp, body := get(t, sparqlAddress(base, "SELECT * { SERVICE <"+inside.URL+"/> { ?s ?p ?o } }"))
		if resp.StatusCode != want || (want == 200) != (asked.Load() > 0) {
			t.Errorf("%q: SERVICE = %s after %d requests, want %d\n%s", lines, resp.Status, asked.Load(), want, body)
		}
		if want == 502 {
			status, body := post(t, base+"update", url.Values{"update": {"LOAD <" + inside.URL + "/>"}}, secret...)
			if status != want || asked.Load() > 0 {
				t.Errorf("%q: LOAD = %d after %d requests, want %d\n%s", lines, status, asked.Load(), want, body)
			}
		}
		stop()
	}
}

// startOpen serves with SERVICE and LOAD open to this machine.
func startOpen(t *testing.T) string {
	t.Helper()
	withSecret(t)
	base, _ := startServe(t, "--store", t.TempDir(), "--quiet", "--config",
		configWith(t, "sparql: {allow_private_addresses: true}\n"))
	return base
}

// TestNothingEchoed: an endpoint's answer does not come out by way of an error, nor do
// addresses and resolvers.
func TestNothingEchoed(t *testing.T) {
	base := startOpen(t)
	const treasure = "tr3asure"
	answers := map[string]func(w http.ResponseWriter){
		"refusal": func(w http.ResponseWriter) { http.Error(w, treasure, http.StatusForbidden) },
		"fault":   func(w http.ResponseWriter) { http.Error(w, treasure, http.StatusInternalServerError) },
		"type":    func(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/"+treasure) },
		"redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location",
				"ftp://"+treasure)
			w.WriteHeader(302)
		},
		"json": typed("application/sparql-results+json",
			`{"head":{"vars":["`+treasure+`"]},"results":`+treasure),
		"xml":      typed("application/sparql-results+xml", `<`+treasure+`>`),
		"csv":      typed("text/tab-separated-values", "?x\n"+treasure+"\n"),
		"turtle":   typed("text/turtle", "<a> "+treasure+" <b>"),
		"ntriples": typed("application/n-triples", treasure),
		"rdfxml":   typed("application/rdf+xml", "<"+treasure),
		"jsonld":   typed("application/ld+json", "{"+treasure),
		"broken":   func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"failed": typed("application/sparql-results+json",
			`{"head":{"vars":["x"]},"results":{"bindings":[]},"error":"`+treasure+`"}`),
		"other header": func(w http.ResponseWriter) { w.Header().Set("Retry-After", treasure); w.WriteHeader(418) },
	}
	for name, answer := range answers {
		inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
		service := "SELECT * { SERVICE <" + inside.URL + "/> { ?s ?p ?o } }"
		resp, body := get(t, sparqlAddress(base, service))
		if strings.Contains(body, treasure) {
			t.Errorf("%s: SERVICE = %s with what was answered:\n%s", name, resp.Status, body)
		}
		if resp.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: SERVICE = %s, want 502\n%s", name, resp.Status, body)
		}
		for _, accept := range []string{"text/html", "*/*"} {
			if _, body := get(t, base+"query?query="+url.QueryEscape(service), "Accept",
				accept); strings.Contains(body,
				treasure) {
				t.Errorf("%s: the page shows what was answered", name)
			}
		}
		status, body := post(t, base+"update", url.Values{"update": {"LOAD <" + inside.URL + "/>"}}, secret...)
		if status != http.StatusBadGateway && body != "" || strings.Contains(body, treasure) {
			t.Errorf("%s: LOAD = %d\n%s", name, status, body)
		}
		inside.Close()
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	for _, endpoint := range []string{"http://name.invalid/", "http://" + address + "/", "https://" + address + "/"} {
		resp, body := get(t, sparqlAddress(base, "SELECT * { SERVICE <"+endpoint+"> { ?s ?p ?o } }"))
		if resp.StatusCode != http.StatusBadGateway {
			t.Errorf("%s = %s, want 502\n%s", endpoint, resp.Status, body)
		}
		for _, word := range []string{"lookup", " on ", ":53", "dial", "refused", "no such host", "tcp"} {
			if strings.Contains(strings.ReplaceAll(body, address, ""), word) { // the port may begin with 53
				t.Errorf("%s: the error says %q:\n%s", endpoint, word, body)
			}
		}
	}
}

func typed(contentType, text string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, text)
	}
}

// TestCallsLimited: one request calls other servers so and so often, also with SILENT.
func TestCallsLimited(t *testing.T) {
	base := startOpen(t)
	var asked atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Method == http.MethodGet {
			typed("text/turtle", "<http://e/a> <http://e/b> <http://e/c> .")(w)
			return
		}
		typed("application/sparql-results+json", `{"head":{"vars":["x"]},"results":{"bindings":[]}}`)(w)
	}))
	defer inside.Close()
	var many, loads strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, "<%s/%d> ", inside.URL, i)
		fmt.Fprintf(&loads, "LOAD SILENT <%s/%d> ; ", inside.URL, i)
	}
	for _, silent := range []string{"", "SILENT "} {
		asked.Store(0)
		resp, body := get(t, sparqlAddress(base, "SELECT * { VALUES ?e { "+many.String()+"} SERVICE "+silent+
			"?e { ?s ?p ?x } }"))
		if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "calls of other servers") ||
			asked.Load() > 100 {
			t.Errorf("SERVICE %s= %s after %d calls\n%s", silent, resp.Status, asked.Load(), body)
		}
	}
	asked.Store(0)
	status, body := post(t, base+"update", url.Values{"update": {loads.String()}}, secret...)
	if status != http.StatusServiceUnavailable || asked.Load() > 100 {
		t.Errorf("LOAD = %d after %d calls\n%s", status, asked.Load(), body)
	}
}

// TestLoops: a server does not answer what it asks itself, nor two servers what they
// ask each other without end.
func TestLoops(t *testing.T) {
	one, two := startOpen(t), startOpen(t)
	resp, body := get(t, sparqlAddress(one, "SELECT * { SERVICE <"+one+"sparql> { ?s ?p ?o } }"))
	if resp.StatusCode != http.StatusBadGateway || !strings.Contains(body, "508") {
		t.Errorf("a query about itself = %s\n%s", resp.Status, body)
	}
	for _, what := range []string{"sparql?query=ASK%7B%7D", "data?default", "catalog.ttl"} {
		status, body := post(t, one+"update", url.Values{"update": {"LOAD <" + one + what + ">"}}, secret...)
		if status != http.StatusBadGateway || !strings.Contains(body, "508") {
			t.Errorf("LOAD of its own /%s = %d\n%s", what, status, body)
		}
	}
	inner := "SERVICE <" + one + "sparql> { ?s ?p ?o }"
	resp, body = get(t, sparqlAddress(one, "SELECT * { SERVICE <"+two+"sparql> { "+inner+" } }"))
	if resp.StatusCode != http.StatusBadGateway {
		t.Errorf("a loop of two servers = %s\n%s", resp.Status, body)
	}
	if resp, body = get(t, sparqlAddress(one, "SELECT * { SERVICE <"+two+"sparql> { ?s ?p ?o } }")); resp.StatusCode !=
		http.StatusOK {
		t.Errorf("a query about another server = %s\n%s", resp.Status, body)
	}
	if resp, body = get(t, sparqlAddress(two, "ASK {}"), "Fincat-Via", "a, b, c, d, e, f"); resp.StatusCode !=
		http.StatusLoopDetected {
		t.Errorf("a request that came a long way = %s\n%s", resp.Status, body)
	}
}
