package harvest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/traditionalchinese"

	"fincat/harvest/history"
	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab/document"
	"fincat/vocab/rdfio"
	"fincat/vocab/w3ctest"
)

// specimen is a small source of a kind: three records with the given titles.
type specimen struct {
	kind, config, contentType string
	head, record, between     string // record has %d for its number and %s for its title
	tail                      string
}

var specimens = []specimen{
	{kind: "datagovtw", contentType: "application/json", head: `{"datasets":[`,
		record: `{"id":"%[1]d","name":"%[2]s","urls":["https://e.example/%[1]d.csv"]}`, between: ",", tail: `]}`},
	{kind: "table", config: "table: {format: csv, columns: {identifier: id, title: name}}", contentType: "text/csv",
		head: "id,name\n", record: "%d,%s\n"},
	{kind: "dcat", contentType: "text/turtle",
		head:   "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n",
		record: "<https://e.example/d/%d> a dcat:Dataset ; dct:title \"%s\" .\n"},
	{kind: "ldes", contentType: "application/trig",
		head: "@prefix tree: <https://w3id.org/tree#> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: " +
			"<http://purl.org/dc/terms/> .\n<#s> a <https://w3id.org/ldes#EventStream> .\n",
		record: "<#s> tree:member <https://e.example/d/%[1]d> . <https://e.example/d/%[1]d> a dcat:Dataset ; " +
			"dct:title \"%[2]s\" .\n"},
	{kind: "rss", contentType: "application/rss+xml", head: `<rss version="2.0"><channel><title>feed</title>`,
		record: `<item><guid>%d</guid><title>%s</title></item>`, tail: `</channel></rss>`},
	{kind: "oaipmh", contentType: "text/xml",
		head:   `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>`,
		record: `<record><header><identifier>%d</identifier></header><metadata><dc><title>%s</title></dc></metadata></record>`, tail: `</ListRecords></OAI-PMH>`},
	{kind: "ckan", contentType: "application/json", head: `{"success":true,"result":{"count":3,"results":[`,
		record: `{"id":"%d","name":"n","title":"%s"}`, between: ",", tail: `]}}`},
	{kind: "datajson", contentType: "application/json", head: `{"dataset":[`,
		record: `{"identifier":"%d","title":"%s"}`, between: ",", tail: `]}`},
	{kind: "html", config: "html: {record: li, fields: {identifier: i, title: b}}", contentType: "text/html",
		head: "<!DOCTYPE html><html><body><ul>", record: "<li><i>%d</i><b>%s</b></li>", tail: "</ul></body></html>"},
	{kind: "schemaorg", contentType: "application/ld+json", head: `[`,
		record:  `{"@context":"https://schema.org/","@type":"Dataset","@id":"https://e.example/d/%d","name":"%s"}`,
		between: ",", tail: `]`},
	{kind: "openapi", contentType: "application/json",
		head:   `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{`,
		record: `"/p%d":{"get":{"summary":"%s","responses":{"200":{"description":"ok"}}}}`, between: ",", tail: `}}`},
	{kind: "sparql", config: `sparql: {query: "CONSTRUCT WHERE { ?s ?p ?o }"}`, contentType: "text/turtle",
		head:   "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n",
		record: "<https://e.example/d/%d> a dcat:Dataset ; dct:title \"%s\" .\n"},
	{kind: "sitemap", contentType: "text/html", head: "<!DOCTYPE html><html><body>",
		record: `<script type="application/ld+json">{"@context":"https://schema.org/","@type":"Dataset","@id":"https://e.example/d/%d","name":"%s"}</script>`, tail: "</body></html>"},
}

// titled returns the document with the given titles.
func (s specimen) titled(titles ...string) string {
	var b strings.Builder
	b.WriteString(s.head)
	for i, title := range titles {
		if i > 0 {
			b.WriteString(s.between)
		}
		fmt.Fprintf(&b, s.record, i+1, title)
	}
	b.WriteString(s.tail)
	return b.String()
}

func (s specimen) good() string { return s.titled("資料集一", "資料集二", "資料集三") }

// villain is a server that answers well until it is told how to answer badly.
type villain struct {
	specimen
	bad   atomic.Pointer[http.HandlerFunc]
	asked atomic.Int32
	looks int
}

func (v *villain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/robots.txt":
		http.NotFound(w, r)
	case r.URL.Path == "/sitemap.xml":
		fmt.Fprintf(w, `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://%s/data</loc></url></urlset>`, r.Host)
	case r.URL.Query().Get("verb") == "Identify":
		_, _ = io.WriteString(w,
			`<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><Identify><repositoryName>r</repositoryName></Identify></OAI-PMH>`)
	case v.bad.Load() != nil:
		v.asked.Add(1)
		(*v.bad.Load())(w, r)
	default:
		w.Header().Set("Content-Type", v.contentType)
		_, _ = io.WriteString(w, v.good())
	}
}

// newVillain returns a harvester of one specimen, which it has harvested once.
func newVillain(t *testing.T, sp specimen, settings string) (*villain, *Harvester, *store.Store) {
	t.Helper()
	v := &villain{specimen: sp}
	srv := httptest.NewServer(v)
	t.Cleanup(srv.Close)
	path := "/data"
	if sp.kind == "sitemap" {
		path = "/sitemap.xml"
	}
	if sp.kind == "oaipmh" {
		path += "?metadataPrefix=oai_dc"
	}
	text := fmt.Sprintf("base: %s\nharvest: {allow_private_addresses: true}\nsources:\n- id: v\n  kind: %s\n  "+
		"url: %s%s\n  rate: 1000000/s\n  retries: 1\n  timeout: 10s\n", testBase, sp.kind, srv.URL, path)
	for _, line := range strings.Split(sp.config+"\n"+settings, "\n") {
		if name, _, ok := strings.Cut(line, ":"); ok {
			text = removeLine(text, "  "+name+":") + "  " + line + "\n"
		}
	}
	cfg, err := ParseConfig(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	s := openStore(t)
	h := newHarvester(t, s, cfg)
	if rep := fullRun(t, h); rep.New != 3 || rep.Failed != 0 {
		t.Fatalf("first run: %s, %v", rep, rep.Err)
	}
	return v, h, s
}

func removeLine(text, begin string) string {
	i := strings.Index(text, "\n"+begin)
	if i < 0 {
		return text
	}
	j := strings.IndexByte(text[i+1:], '\n')
	return text[:i+1] + text[i+j+2:]
}

func fullRun(t *testing.T, h *Harvester) *history.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	rep, err := h.Run(ctx, "v", RunOptions{Full: true})
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return rep
}

// sound checks that the store keeps its invariants and that all of it can be
// written and read.
func sound(t *testing.T, s *store.Store) {
	t.Helper()
	if rep, err := s.Check(t.Context()); err != nil || !rep.Clean() {
		t.Errorf("Check = %+v, %v", rep, err)
	}
	n := 0
	var b bytes.Buffer
	for q, err := range allQuads(t, s) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, q)
		if document.Map(q.Object, document.Legible) != q.Object {
			t.Errorf("%v has what is no character", q)
		}
		n++
	}
	for _, err := range rdfio.Read(t.Context(), &b, rdfio.ReadOptions{MediaType: "application/n-quads"}) {
		if err != nil {
			t.Fatalf("what is in the store cannot be read: %v", err)
		}
		n--
	}
	if n != 0 {
		t.Errorf("%d quads were lost when written and read", n)
	}
}

// endures runs a harvest against the bad answer: whatever it is, the run ends,
// nothing is removed, an error has a rule and a remedy, and afterwards the
// source is as it was.
func endures(t *testing.T, v *villain, h *Harvester, s *store.Store, bad http.HandlerFunc,
	mayChange bool) *history.Report {
	t.Helper()
	before := contentOf(t, s, "v")
	v.bad.Store(&bad)
	rep := fullRun(t, h)
	v.bad.Store(nil)
	defer recovers(t, v, h, mayChange)
	if rep.Status == history.Running || rep.Removed > 0 || rep.Held > 0 {
		t.Errorf("report: %s, status %s", rep, rep.Status)
	}
	var e *problem.Error
	if rep.Err != nil && (!errors.As(rep.Err, &e) || e.Rule == "" || e.Remedy == "" || e.Place.URL == "") {
		t.Errorf("error = %v: no rule, remedy or place", rep.Err)
	}
	for _, p := range rep.Problems {
		if p.Rule == "" || p.Message == "" || p.Remedy == "" && p.Severity == problem.Violation {
			t.Errorf("problem %+v says too little", p)
		}
	}
	if diff := sameRecords(before, contentOf(t, s, "v")); diff != "" && !mayChange {
		t.Errorf("%s, %v: %s", rep, rep.Err, diff)
	}
	return rep
}

// recovers checks that the source is as it was once it answers well again. It
// looks every fourth time, and always when records may have changed.
func recovers(t *testing.T, v *villain, h *Harvester, always bool) {
	t.Helper()
	if v.looks++; !always && v.looks%4 != 0 {
		return
	}
	again := fullRun(t, h)
	if again.Err != nil || again.Missing != 0 || again.Removed != 0 || again.Total() != 3 || again.New > 0 {
		t.Errorf("the good run after it: %s, %v", again, again.Err)
	}
}

func ruleOf(rep *history.Report) string {
	var e *problem.Error
	if errors.As(rep.Err, &e) {
		return e.Rule
	}
	return ""
}

func text(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// raw answers with bytes of its own, then closes the connection.
func raw(write func(c net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		write(c)
	}
}

// TestHostileAnswers gives every kind of source answers that are not what they
// should be.
func TestHostileAnswers(t *testing.T) {
	const lol = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;"><!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;&lol1;"><!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;"><!ENTITY lol9 "&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;&lol3;">]>`
	const external = `<!DOCTYPE x [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>`
	many := strings.Repeat
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", i, i, i-1, i-1, i-1, i-1, i-1,
			i-1, i-1, i-1, i-1, i-1)
	}
	answers := []struct {
		name, contentType, body string
	}{
		{"empty", "", ""},
		{"blanks", "text/plain", "\n\n  \n"},
		{"error page", "text/html", "<!DOCTYPE html><html><head><title>系統維護中</title></head><body>系統維護中</body></html>"},
		{"error page that says it is JSON", "application/json", "<!DOCTYPE html><html><body>系統維護中</body></html>"},
		{"another JSON", "application/json", `{"error":"no such thing"}`},
		{"null", "application/json", `null`},
		{"a number", "application/json", `42`},
		{"empty array", "application/json", `[]`},
		{"empty object", "application/json", `{}`},
		{"array of null", "application/json", `[null,null]`},
		{"wrong types", "application/json",
			`{"dataset":{"a":1},"datasets":7,"result":true,"paths":[],"openapi":3,"success":"yes"}`},
		{"another XML", "text/xml", `<?xml version="1.0"?><x><y/></x>`},
		{"a picture", "image/png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe\xfd"},
		{"a PDF", "application/pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"},
		{"NUL bytes", "application/octet-stream", many("\x00", 10_000)},
		{"gzip that is none", "application/gzip", "\x1f\x8b\x08\x00broken"},
		{"deep JSON arrays", "application/json", many("[", 200_000)},
		{"deep JSON objects", "application/json", many(`{"a":`, 200_000)},
		{"deep but whole JSON", "application/json", many("[", 5_000) + many("]", 5_000)},
		{"deep XML", "text/xml", `<?xml version="1.0"?>` + many("<a>", 200_000)},
		{"deep pages", "text/html", "<!DOCTYPE html><html>" + many("<div>", 200_000)},
		{"deep Turtle", "text/turtle", "<a:a> <a:b> " + many("[ <a:b> ", 200_000)},
		{"deep Turtle lists", "text/turtle", "<a:a> <a:b> " + many("( ", 200_000)},
		{"deep YAML", "application/yaml", many("- ", 50_000) + "x"},
		{"deep YAML flow", "application/yaml", "a: " + many("[", 50_000)},
		{"YAML of aliases", "application/yaml", bomb},
		{"billion laughs", "text/xml", lol + `<rss><channel><item><title>&lol9;</title></item></channel></rss>`},
		{"billion laughs in RDF", "application/rdf+xml",
			lol + `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="a:b"><a:p xmlns:a="a:">&lol9;</a:p></rdf:Description></rdf:RDF>`},
		{"external entity", "text/xml", external +
			`<rss><channel><item><guid>1</guid><title>&passwd;</title></item></channel></rss>`},
		{"external entity in RDF", "application/rdf+xml", external +
			`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="a:b"><a:p xmlns:a="a:">&passwd;</a:p></rdf:Description></rdf:RDF>`},
		{"remote JSON-LD context", "application/ld+json",
			`{"@context":"http://169.254.169.254/context","@id":"a:b","a:c":"d"}`},
		{"JSON-LD context that names itself", "application/ld+json", `{"@context":{"a":"b:","b":"a:"},"a:x":"y"}`},
		{"a million attributes", "text/html", "<!DOCTYPE html><html " + many("a=b ", 100_000) + ">"},
		{"one line of ten megabytes", "text/csv", many("x", 10<<20)},
		{"a million commas", "text/csv", many(",", 1<<20)},
		{"a quote that never ends", "text/csv", "id,name\n1,\"" + many("x\n", 100_000)},
		{"overlong UTF-8", "text/plain", "id,name\n\xc0\xaf\xc0\xaf,\xf8\x88\x80\x80\x80\n"},
		{"lone surrogates", "application/json", `["\ud800","\udfff"]`},
		{"UTF-16 that is cut", "application/json", "\xff\xfe{\x00\"\x00\x00"},
		{"UTF-7", "text/html; charset=utf-7", "+ADw-html+AD4-"},
		{"charset unknown", "text/html; charset=klingon", "\xa4\xa4\xa4\xe5"},
	}
	for _, sp := range specimens {
		t.Run(sp.kind, func(t *testing.T) {
			v, h, s := newVillain(t, sp, "max_bytes: 20MB\nmax_time: 20s")
			for _, a := range answers {
				t.Run(a.name, func(t *testing.T) {
					start := time.Now()
					rep := endures(t, v, h, s, text(a.contentType, a.body), false)
					if rep.New > 0 || rep.Changed > 0 || rep.Unchanged > 0 {
						t.Errorf("records were found: %s", rep)
					}
					if rep.Err == nil && rep.Failed == 0 && sp.kind != "sitemap" && sp.kind != "rss" {
						t.Errorf("nothing is said of it: %s, problems %d", rep, len(rep.Problems))
					}
					if took := time.Since(start); took > 15*time.Second { // well before max_time
						t.Errorf("took %v", took)
					}
					t.Logf("%s: %v", ruleOf(rep), rep.Err)
				})
			}
			sound(t, s)
		})
	}
}

// TestHostileText gives every kind of source records with text that is hard to
// keep: the run ends, and what is in the store can be written and read.
func TestHostileText(t *testing.T) {
	big5, err := traditionalchinese.Big5.NewEncoder().String("資料集")
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{
		"control characters": "a\x01\x02\x08\x0b\x1f\x7fb", "NUL": "a\x00b", "escaped NUL": `a\u0000b`,
		"invalid UTF-8": "a\xff\xfeb", "cut UTF-8": "資\xe6\x96",
		"escaped noncharacters": `a\uFFFEb`, "noncharacters of the middle": "a\uFDD0b\U0010FFFFc",
		"Big5": big5, "surrogates": `\ud83d`, "surrogate pair": `\ud83d\ude00`, "noncharacters": "a\uFFFE\uFFFFb",
		"right to left": "a\u202Eb\u2066c",
		"quotes":        `a\"b`, "markup": "&lt;script&gt;alert(1)&lt;/script&gt;", "line breaks": `a\r\n\tb`,
		"blank": "   ", "long": strings.Repeat("資料", 50_000),
	}
	long, n := w3ctest.Campaign(t, 0), 0
	for _, sp := range specimens {
		t.Run(sp.kind, func(t *testing.T) {
			v, h, s := newVillain(t, sp, "")
			for name, title := range titles {
				t.Run(name, func(t *testing.T) {
					charsets := []string{"", "; charset=utf-8", "; charset=big5"}
					if n++; long == 0 {
						charsets = charsets[n%3:][:1] // each kind and each text has its turn
					}
					for _, charset := range charsets {
						endures(t, v, h, s, text(sp.contentType+charset, sp.titled("資料集一", title, "資料集三")), true)
					}
				})
			}
			sound(t, s)
		})
	}
}

// TestHostileServers goes through what a server can do wrong whatever it serves.
func TestHostileServers(t *testing.T) {
	sp := specimens[0]
	good := sp.good()
	var gz, zs bytes.Buffer
	z := gzip.NewWriter(&gz)
	_, _ = z.Write(make([]byte, 100<<20))
	z.Close()
	w, err := zstd.NewWriter(&zs)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(make([]byte, 100<<20))
	w.Close()
	coded := func(coding string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write(body)
		}
	}
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	// second answers well from the second request on.
	second := func(first http.HandlerFunc) http.HandlerFunc {
		var n atomic.Int32
		return func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 1 {
				first(w, r)
				return
			}
			text(sp.contentType, good)(w, r)
		}
	}
	drip := func(c net.Conn, before, each string, pause time.Duration) {
		_, _ = io.WriteString(c, before)
		for range 2000 {
			if _, err := io.WriteString(c, each); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	tests := []struct {
		name, settings string
		bad            http.HandlerFunc
		rule           string // "" means that the records come
		asked          int    // requests, 0 when it does not matter
	}{
		{"404", "", status(404), "http-status", 1},
		{"410", "", status(410), "http-status", 1},
		{"401", "", status(401), "http-status", 1},
		{"204 without content", "", status(204), "empty", 1},
		{"304 nobody asked for", "", status(304), "http-status", 1},
		{"206 part nobody asked for", "", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(206)
			_, _ = io.WriteString(w, good[:40])
		}, "http-status", 1},
		{"429", "", status(429), "http-status", 2},
		{"429, Retry-After: 0", "", second(status(429, "Retry-After", "0")), "", 2},
		{"429, Retry-After: 1", "", second(status(429, "Retry-After", "1")), "", 2},
		{"503, Retry-After is a date", "",
			second(status(503, "Retry-After", time.Now().Add(time.Second).UTC().Format(http.TimeFormat))), "", 2},
		{"503, Retry-After is past", "", second(status(503, "Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT")), "", 2},
		{"503, Retry-After is nonsense", "", second(status(503, "Retry-After", "soon")), "", 2},
		{"503, Retry-After is negative", "", second(status(503, "Retry-After", "-5")), "", 2},
		{"503 for an hour", "", status(503, "Retry-After", "3600"), "retry-after", 1},
		{"503 for ever", "", status(503, "Retry-After", "99999999999999999"), "retry-after", 1},
		{"500 twice", "", status(500), "http-status", 2},
		{"too large, by its own word", "max_bytes: 100kB", text("application/json", strings.Repeat(" ", 200_000)),
			"max_bytes", 1},
		{"too large, in chunks", "max_bytes: 100kB", func(w http.ResponseWriter, _ *http.Request) {
			for range 200 {
				_, _ = w.Write(make([]byte, 1000))
				w.(http.Flusher).Flush()
			}
		}, "max_bytes", 1},
		{"endless", "max_bytes: 100kB", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}, "max_bytes", 1},
		{"gzip bomb", "max_bytes: 1MB", coded("gzip", gz.Bytes()), "max_bytes", 1},
		{"zstd bomb", "max_bytes: 1MB", coded("zstd", zs.Bytes()), "max_bytes", 1},
		{"gzip file that is a bomb", "max_bytes: 1MB", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(gz.Bytes())
		}, "max_bytes", 1},
		{"zstd with a huge window", "", coded("zstd", []byte("\x28\xb5\x2f\xfd\x00\xf8\x00\x00\x00")), "compression",
			1},
		{"brotli that is none", "", coded("br", []byte(good)), "compression", 1},
		{"gzip that is none", "", coded("gzip", []byte(good)), "compression", 1},
		{"Content-Length too long", "",
			raw(func(c net.Conn) { fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n%s", ok, len(good)+10, good) }),
			"cut", 2},
		{"Content-Length too short", "",
			raw(func(c net.Conn) { fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n%s", ok, len(good)-10, good) }),
			"cut", 0},
		{"Content-Length negative", "",
			raw(func(c net.Conn) { fmt.Fprintf(c, "%sContent-Length: -1\r\n\r\n%s", ok, good) }), "fetch", 0},
		{"two Content-Lengths", "", raw(func(c net.Conn) {
			fmt.Fprintf(c, "%sContent-Length: 5\r\nContent-Length: "+
				"6\r\n\r\n%s", ok, good)
		}), "fetch", 0},
		{"chunk that is none", "",
			raw(func(c net.Conn) { fmt.Fprintf(c, "%sTransfer-Encoding: chunked\r\n\r\nzz\r\n%s", ok, good) }),
			"fetch", 0},
		{"chunk of enormous size", "", raw(func(c net.Conn) {
			fmt.Fprintf(c, "%sTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n%s", ok, good)
		}), "cut", 0},
		{"not HTTP", "", raw(func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH\r\n\r\n") }), "fetch", 2},
		{"nothing at all", "", raw(func(net.Conn) {}), "fetch", 2},
		{"endless headers", "", raw(func(c net.Conn) {
			_, _ = io.WriteString(c, ok)
			for range 50_000 {
				if _, err := fmt.Fprintf(c, "X-%s: %s\r\n", strings.Repeat("a", 20),
					strings.Repeat("b", 50)); err != nil {
					return
				}
			}
		}), "max_headers", 1},
		{"endless early hints", "", raw(func(c net.Conn) {
			for range 50_000 {
				if _, err := io.WriteString(c,
					"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"); err != nil {
					return
				}
			}
		}), "max_headers", 0},
		{"headers drop by drop", "timeout: 200ms",
			raw(func(c net.Conn) { drip(c, ok, "X: y\r\n", 20*time.Millisecond) }), "timeout", 2},
		{"silence before the headers", "timeout: 200ms", func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, "timeout", 2},
		{"silence in the body", "timeout: 200ms", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, good[:30])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "timeout", 2},
		{"body drop by drop", "timeout: 1s\nmax_time: 400ms",
			raw(func(c net.Conn) { drip(c, ok+"Content-Length: 100000\r\n\r\n", " ", 20*time.Millisecond) }),
			"max_time", 1},
		{"body drop by drop, for ever", "timeout: 300ms",
			raw(func(c net.Conn) { drip(c, ok+"Content-Length: 100000\r\n\r\n", " ", 20*time.Millisecond) }),
			"timeout", 2},
		{"redirect to itself", "", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, "max_redirects", 0},
		{"redirects without end", "max_redirects: 5", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprint("/data?", time.Now().UnixNano()), http.StatusFound)
		}, "max_redirects", 6},
		{"redirect to a file", "", status(302, "Location", "file:///etc/passwd"), "scheme", 1},
		{"redirect to gopher", "", status(302, "Location", "gopher://127.0.0.1:70/"), "scheme", 1},
		{"redirect to nowhere", "", status(302), "http-status", 1},
		{"redirect to nonsense", "", status(302, "Location", "http://[::1"), "fetch", 0},
		{"redirect to a name that is none", "", status(302, "Location", "http://no-such-host.invalid/"), "dns", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, h, s := newVillain(t, sp, tt.settings)
			start := time.Now()
			before := contentOf(t, s, "v")
			v.bad.Store(&tt.bad)
			rep := fullRun(t, h)
			if got := ruleOf(rep); got != tt.rule {
				t.Errorf("%s: %v, want rule %q", rep, rep.Err, tt.rule)
			}
			if n := int(v.asked.Load()); tt.asked > 0 && n != tt.asked {
				t.Errorf("%d requests, want %d", n, tt.asked)
			}
			if tt.rule == "" && rep.Unchanged != 3 || rep.Removed > 0 || rep.Missing > 0 {
				t.Errorf("report: %s", rep)
			}
			var e *problem.Error
			if rep.Err != nil && (!errors.As(rep.Err, &e) || e.Remedy == "" || rep.Status != history.Failed) {
				t.Errorf("error = %v, status %s: want a remedy and a failed run", rep.Err, rep.Status)
			}
			if diff := sameRecords(before, contentOf(t, s, "v")); diff != "" {
				t.Error(diff)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestEndlessPages gives sources whose pages have no end: different ones, the
// same ones, and ones that differ in all but their records.
func TestEndlessPages(t *testing.T) {
	kinds := map[string]func(page int, body string) (string, http.Header){
		"dcat": func(page int, body string) (string, http.Header) {
			return body, http.Header{"Link": {fmt.Sprintf(`</data?page=%d>; rel="next"`, page+1)}}
		},
		"rss": func(page int, body string) (string, http.Header) {
			return strings.Replace(body, "<title>",
				fmt.Sprintf(`<link xmlns="http://www.w3.org/2005/Atom" rel="next" href="/data?page=%d"/><title>`,
					page+1), 1), nil
		},
		"oaipmh": func(page int, body string) (string, http.Header) {
			return strings.Replace(body, "</ListRecords>",
				fmt.Sprintf(`<resumptionToken>%d</resumptionToken></ListRecords>`, page+1), 1), nil
		},
		"html": func(page int, body string) (string, http.Header) {
			return strings.Replace(body, "</ul>", fmt.Sprintf(`</ul><a class="next" href="/data?page=%d">下一頁</a>`,
				page+1), 1), nil
		},
		"ckan": func(page int, body string) (string, http.Header) {
			return strings.Replace(body, `"count":3`, `"count":3000`, 1), nil
		},
		"ldes": func(page int, body string) (string, http.Header) {
			return body + fmt.Sprintf("<> tree:relation [ tree:node </data?page=%d> ] .", page+1), nil
		},
	}
	for _, sp := range specimens {
		next, ok := kinds[sp.kind]
		if !ok {
			continue
		}
		if sp.kind == "html" {
			sp.config = strings.Replace(sp.config, "record:", "next: a.next, record:", 1)
		}
		for _, tt := range []struct {
			name, rule string
			most       int
			body       func(n int) string
		}{
			{"unique", "max_pages", 30, func(n int) string {
				return sp.titled(fmt.Sprint("資料集", n))
			}},
			{"repeated", "repeated-page", 6, func(int) string { return sp.good() }},
		} {
			t.Run(sp.kind+"/"+tt.name, func(t *testing.T) {
				v, h, s := newVillain(t, sp, "max_pages: 30")
				var n atomic.Int32
				var bad http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) {
					page := int(n.Add(1))
					body := tt.body(page)
					if tt.name == "unique" { // identifiers of its own for each page
						body = strings.NewReplacer(`"1"`, fmt.Sprintf(`"%d"`, page+9), "d/1>",
							fmt.Sprintf("d/%d>", page+9), "<guid>1<", fmt.Sprintf("<guid>%d<", page+9),
							"<identifier>1<", fmt.Sprintf("<identifier>%d<", page+9), "<i>1<",
							fmt.Sprintf("<i>%d<", page+9)).Replace(body)
					}
					body, header := next(page, body)
					for k, v := range header {
						w.Header()[k] = v
					}
					w.Header().Set("Content-Type", sp.contentType)
					_, _ = io.WriteString(w, body)
				}
				before := contentOf(t, s, "v")
				v.bad.Store(&bad)
				rep := fullRun(t, h)
				if got := ruleOf(rep); got != tt.rule || int(n.Load()) > tt.most {
					t.Errorf("%s: %v after %d requests, want rule %q after at most %d", rep, rep.Err, n.Load(),
						tt.rule, tt.most)
				}
				if diff := sameRecords(before, contentOf(t, s, "v")); diff != "" || rep.Missing+rep.Removed > 0 {
					t.Errorf("%s: %s", rep, diff)
				}
			})
		}
	}
}

// TestRedirectInside checks that a source behind a proxy, whose names the proxy
// resolves, is not led into a private network.
func TestRedirectInside(t *testing.T) {
	for _, inside := range []string{"http://127.0.0.1/", "http://10.0.0.1/x",
		"http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://[::ffff:192.168.0.1]/",
		"http://localhost:8080/update"} {
		var asked atomic.Int32
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Host != "data.example.tw":
				t.Errorf("the proxy was asked for %s", r.URL)
			case r.URL.Path == "/robots.txt":
				http.NotFound(w, r)
			default:
				asked.Add(1)
				http.Redirect(w, r, inside, http.StatusFound)
			}
		}))
		cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: %s\nsources:\n- {id: v, kind: datagovtw, "+
			"url: 'http://data.example.tw/', proxy: '%s', retries: 1, rate: 1000000/s}\n", testBase, proxy.URL)))
		if err != nil {
			t.Fatal(err)
		}
		rep := fullRun(t, newHarvester(t, openStore(t), cfg))
		if got := ruleOf(rep); got != "private-address" || asked.Load() != 1 {
			t.Errorf("redirect to %s: %v after %d requests, want rule private-address", inside, rep.Err, asked.Load())
		}
		proxy.Close()
	}
	cfg, err := ParseConfig(strings.NewReader("base: " + testBase +
		"\nsources:\n- {id: v, kind: datagovtw, url: 'http://127.0.0.1:9/', retries: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if rep := fullRun(t, newHarvester(t, openStore(t), cfg)); ruleOf(rep) != "private-address" {
		t.Errorf("loopback without permission: %v, want rule private-address", rep.Err)
	}
}

// TestLargeRecord harvests a record of 30 MB, or of 3 MB where the time that a run has is
// spent by the race detector.
func TestLargeRecord(t *testing.T) {
	kinds := specimens
	if w3ctest.Campaign(t, 0) == 0 {
		kinds = specimens[:3] // JSON, CSV and Turtle; all of them in a campaign
	}
	title := base64.StdEncoding.EncodeToString(make([]byte, 22<<20/slowness))
	for _, sp := range kinds {
		t.Run(sp.kind, func(t *testing.T) {
			v, h, s := newVillain(t, sp, "")
			start := time.Now()
			rep := endures(t, v, h, s, text(sp.contentType, sp.titled("資料集一", title, "資料集三")), true)
			if rep.Err == nil && rep.Changed+rep.Failed != 1 {
				t.Errorf("report: %s", rep)
			}
			t.Logf("%v: %s, %v", time.Since(start).Round(time.Millisecond), rep, rep.Err)
		})
	}
}
