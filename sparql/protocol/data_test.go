package protocol

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func addTriple(t testing.TB, s *store.Store, graph string) {
	t.Helper()
	e := term.NewIRI("http://e/")
	q := term.Quad{Subject: e, Predicate: e, Object: term.NewString("x")}
	if graph != "" {
		q.Graph = term.NewIRI(graph)
	}
	if _, err := s.Commit(context.Background(), store.Change{Add: []term.Quad{q}}); err != nil {
		t.Fatal(err)
	}
}

const nt = "application/n-triples"

func TestGraphStore(t *testing.T) {
	s := fakeServer(t, &fakeEngine{}, func(o *Options) { o.MaxDataBytes = 10_000 })
	g := s.URL + "/data?graph=" + url.QueryEscape("http://e/資料 #"[:len("http://e/資料")])
	one, two := "<http://e/s> <http://e/p> \"1\" .\n", "<http://e/s> <http://e/p> \"2\" .\n"
	multipart := "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.nt\"\r\n" +
		"Content-Type: application/n-triples\r\n\r\n_:b <http://e/p> \"1\" .\r\n" +
		"--B\r\nContent-Disposition: form-data; name=\"b\"\r\n" +
		"Content-Type: application/n-triples\r\n\r\n_:b <http://e/p> \"2\" .\r\n--B--\r\n"
	steps := []struct {
		method, url, body, contentType string
		status                         int
		want                           string // the graph afterwards by GET, "-" when not there
	}{
		{"GET", g, "", "", 404, "-"},
		{"DELETE", g, "", "", 404, "-"},
		{"PUT", g, one, nt, 201, one},
		{"PUT", g, two, nt, 204, two},
		{"POST", g, one, nt, 204, one + two},
		{"POST", g, one, nt, 204, one + two},
		{"POST", g, "<http://e/s> <http://e/p> 1", nt, 400, one + two},
		{"PUT", g, "", "text/html", 415, one + two},
		{"PUT", g, one, "application/sparql-query", 415, one + two},
		{"PUT", g, strings.Repeat(one, 1000), nt, 413, one + two},
		{"PUT", g, "<http://e/s> <http://e/p> \"1\" <http://e/g> .\n", "application/n-quads", 400, one + two},
		{"PUT", g, multipart, "multipart/form-data; boundary=B", 415, one + two},
		{"POST", g, multipart, "multipart/form-data", 400, one + two},
		{"POST", g, multipart[:len(multipart)-9], "multipart/form-data; boundary=B", 400, one + two},
		{"DELETE", g, "", "", 204, "-"},
		{"POST", g, multipart, "multipart/form-data; boundary=B", 201,
			"_:a <http://e/p> \"1\" .\n_:b <http://e/p> \"2\" .\n"},
		{"PATCH", g, one, nt, 405, "_:a <http://e/p> \"1\" .\n_:b <http://e/p> \"2\" .\n"},
		{"PUT", g, "", nt, 204, "-"},
		{"GET", s.URL + "/data?default", "", "", 200, "-"},
		{"PUT", s.URL + "/data?default", one, nt, 204, "-"},
		{"PUT", s.URL + "/data?default&graph=http://e/", one, nt, 400, "-"},
		{"PUT", s.URL + "/data?graph=http://e/&graph=http://e/", one, nt, 400, "-"},
		{"PUT", s.URL + "/data?graph=http://e/%20", one, nt, 400, "-"},
		{"PUT", s.URL + "/data?graph=%zz", one, nt, 400, "-"},
		{"PUT", s.URL + "/data", one, nt, 400, "-"},
		{"GET", s.URL + "/data", "", "", 400, "-"},
	}
	for _, st := range steps {
		resp, b, _ := call(t, st.method, st.url, st.body, "Content-Type", st.contentType)
		if resp.StatusCode != st.status {
			t.Errorf("%s %s %q: status %d, want %d: %s", st.method, st.url, st.body, resp.StatusCode, st.status, b)
		}
		resp, b, _ = call(t, "GET", g, "", "Accept", nt)
		if (st.want == "-") != (resp.StatusCode == 404) || st.want != "-" && !sameGraph(t, b, st.want) {
			t.Errorf("after %s %s %q: status %d, %s, want %s", st.method, st.url, st.body, resp.StatusCode, b, st.want)
		}
	}
	if _, b, _ := call(t, "GET", s.URL+"/data?default", "", "Accept", nt); !sameGraph(t, b, one) {
		t.Errorf("the default graph is %s, want %s", b, one)
	}
	resp, _, _ := call(t, "DELETE", s.URL+"/data?default", "")
	if _, b, _ := call(t, "GET", s.URL+"/data?default", "", "Accept", nt); resp.StatusCode != 204 || b != "" {
		t.Errorf("after DELETE (%d) the default graph is %q", resp.StatusCode, b)
	}
}

func sameGraph(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(s string) []term.Quad {
		qs, err := rdfio.ReadAll(context.Background(), strings.NewReader(s), rdfio.ReadOptions{Format: rdfio.NTriples})
		if err != nil {
			t.Fatalf("%v in %q", err, s)
		}
		return qs
	}
	return canon.Isomorphic(read(a), read(b))
}

func TestDirectGraphs(t *testing.T) {
	s := fakeServer(t, &fakeEngine{}, func(o *Options) { o.Base = "https://data.example.tw/" })
	doc := "<http://e/s> <http://e/p> \"1\" .\n"
	resp, _, _ := call(t, "PUT", s.URL+"/data/a/%E8%B3%87?x=1", doc, "Content-Type", nt)
	if resp.StatusCode != 201 {
		t.Fatalf("PUT: %d", resp.StatusCode)
	}
	u := s.URL + "/data?graph=https://data.example.tw/data/a/%25E8%25B3%2587"
	if _, b, _ := call(t, "GET", u, "", "Accept", nt); b != doc {
		t.Errorf("by its IRI: %q", b)
	}
	resp, _, _ = call(t, "POST", s.URL+"/data", doc, "Content-Type", nt)
	location := resp.Header.Get("Location")
	path, ok := strings.CutPrefix(location, "https://data.example.tw/data/")
	if resp.StatusCode != 201 || !ok || path == "" {
		t.Fatalf("POST to the graph store: %d, Location %q", resp.StatusCode, location)
	}
	for _, u := range []string{"/data/" + path, "/data?graph=" + url.QueryEscape(location)} {
		if _, b, _ := call(t, "GET", s.URL+u, "", "Accept", nt); b != doc {
			t.Errorf("GET %s: %q", u, b)
		}
	}
}

func TestGraphConditions(t *testing.T) {
	var o *Options
	s := fakeServer(t, &fakeEngine{}, func(opt *Options) { o = opt })
	g := s.URL + "/data?graph=http%3A%2F%2Fe%2Fg"
	doc := func(i int) string { return fmt.Sprintf("<http://e/s> <http://e/p> \"%d\" .\n", i) }
	put := func(i int, headers ...string) int {
		resp, _, _ := call(t, "PUT", g, doc(i), append([]string{"Content-Type", nt}, headers...)...)
		return resp.StatusCode
	}
	tag := func() string {
		resp, _, _ := call(t, "GET", g, "", "Accept", nt)
		return resp.Header.Get("ETag")
	}
	if got := put(1, "If-Match", "*"); got != 412 {
		t.Errorf("If-Match * on nothing: %d", got)
	}
	if got := put(1, "If-None-Match", "*"); got != 201 {
		t.Errorf("If-None-Match * on nothing: %d", got)
	}
	if got := put(2, "If-None-Match", "*"); got != 412 {
		t.Errorf("If-None-Match * on something: %d", got)
	}
	first := tag()
	if resp, b, _ := call(t, "GET", g, "", "Accept", nt, "If-None-Match", first); resp.StatusCode != 304 || b != "" {
		t.Errorf("If-None-Match with the tag: %d", resp.StatusCode)
	}
	resp, _, _ := call(t, "GET", g, "", "Accept", "application/n-quads", "If-None-Match", first)
	if resp.StatusCode != 200 {
		t.Errorf("If-None-Match with the tag of another format: %d", resp.StatusCode)
	}
	// Commits to other graphs leave the tag good.
	addTriple(t, o.Store, "http://e/other")
	addTriple(t, o.Store, "")
	if resp, _, _ := call(t, "GET", g, "", "Accept", nt, "If-None-Match", first); resp.StatusCode != 304 {
		t.Errorf("If-None-Match after changes elsewhere: %d", resp.StatusCode)
	}
	if got := put(2, "If-Match", first); got != 204 {
		t.Errorf("If-Match after changes elsewhere: %d", got)
	}
	if got := put(3, "If-Match", first); got != 412 {
		t.Errorf("If-Match with an old tag: %d", got)
	}
	if got := put(3, "If-Match", "W/"+tag()); got != 412 {
		t.Errorf("If-Match with a weak tag: %d", got)
	}
	if got := put(3, "If-Match", `"x", `+strings.TrimSuffix(tag(), `"`)+gzipMark+`"`); got != 204 {
		t.Errorf("If-Match with the tag of the compressed form: %d", got)
	}
	if got := put(3, "If-Match", `"zzzz.1-1-nt"`); got != 412 {
		t.Errorf("If-Match with a made-up tag: %d", got)
	}
	resp, _, _ = call(t, "DELETE", g, "", "If-Match", first)
	if resp.StatusCode != 412 {
		t.Errorf("DELETE with an old tag: %d", resp.StatusCode)
	}
}

// TestGraphConditionsAfterTrim asks with the tag of a state that the log has
// forgotten: the graph counts as changed, whether or not it is.
func TestGraphConditionsAfterTrim(t *testing.T) {
	st, err := store.Open(t.Context(), store.Options{History: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	s := fakeServer(t, &fakeEngine{}, func(o *Options) { o.Store = st })
	g := s.URL + "/data?graph=http%3A%2F%2Fe%2Fg"
	const doc = "<http://e/s> <http://e/p> \"1\" .\n"
	ask := func(method string, headers ...string) (int, string, string) {
		t.Helper()
		body := ""
		if method == "PUT" || method == "POST" {
			body, headers = doc, append(headers, "Content-Type", nt)
		}
		resp, b, _ := call(t, method, g, body, append(headers, "Accept", nt)...)
		return resp.StatusCode, b, resp.Header.Get("ETag")
	}
	if status, b, _ := ask("PUT"); status != 201 {
		t.Fatalf("PUT: %d %s", status, b)
	}
	_, _, old := ask("GET")
	addTriple(t, st, "http://e/other")
	if status, _, _ := ask("GET", "If-None-Match", old); status != 304 {
		t.Errorf("before the log is trimmed, If-None-Match: %d, want 304", status)
	}
	for range 2 {
		addTriple(t, st, "http://e/"+strconv.FormatUint(st.Seq(), 10))
		if _, err := st.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range st.Log(t.Context(), 0) {
		if !errors.Is(err, store.ErrHistory) {
			t.Fatalf("the log was not trimmed: %v", err)
		}
	}

	if status, b, tag := ask("GET", "If-None-Match", old); status != 200 || b != doc || tag == old {
		t.Errorf("GET with If-None-Match: %d %q, tag %s, want the document with a new tag", status, b, tag)
	}
	if status, b, tag := ask("HEAD", "If-None-Match", old); status != 200 || b != "" || tag == old {
		t.Errorf("HEAD with If-None-Match: %d %q, tag %s, want 200 with a new tag", status, b, tag)
	}
	for _, method := range []string{"PUT", "POST", "DELETE"} {
		if status, b, _ := ask(method, "If-Match", old); status != 412 {
			t.Errorf("%s with If-Match: %d %s, want 412", method, status, b)
		}
	}
	_, _, tag := ask("GET")
	if status, _, _ := ask("GET", "If-None-Match", old+", "+tag); status != 304 {
		t.Errorf("GET with If-None-Match of the old and the new tag: %d, want 304", status)
	}
	if status, b, _ := ask("PUT", "If-Match", old+", "+tag); status != 204 {
		t.Errorf("PUT with If-Match of the old and the new tag: %d %s, want 204", status, b)
	}
	if status, b, _ := ask("PUT", "If-None-Match", old); status != 204 {
		t.Errorf("PUT with If-None-Match: %d %s, want 204", status, b)
	}
}

// TestLostUpdates lets writers count up a number by GET and conditional PUT:
// none may be lost.
func TestLostUpdates(t *testing.T) {
	var o *Options
	s := fakeServer(t, &fakeEngine{}, func(opt *Options) { o = opt })
	g := s.URL + "/data?graph=http%3A%2F%2Fe%2Fg"
	const writers, rounds = 4, 5
	done := make(chan error, writers)
	write := func(n int) error {
		for i := 0; i < rounds; {
			resp, b, _ := call(t, "GET", g, "", "Accept", nt)
			condition := []string{"If-Match", resp.Header.Get("ETag")}
			if resp.StatusCode == 404 {
				condition, b = []string{"If-None-Match", "*"}, ""
			}
			b += fmt.Sprintf("<http://e/s> <http://e/p> \"%d.%d\" .\n", n, i)
			resp, b, _ = call(t, "PUT", g, b, append([]string{"Content-Type", nt}, condition...)...)
			switch resp.StatusCode {
			case 201, 204:
				i++
			case 412, 409:
			default:
				return fmt.Errorf("status %d: %s", resp.StatusCode, b)
			}
		}
		return nil
	}
	for n := range writers {
		go func() { done <- write(n) }()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	_ = o
	if _, b, _ := call(t, "GET", g, "", "Accept", nt); strings.Count(b, "\n") != writers*rounds {
		t.Errorf("%d of %d updates are there", strings.Count(b, "\n"), writers*rounds)
	}
}

func TestDescriptions(t *testing.T) {
	var o *Options
	s := fakeServer(t, &fakeEngine{}, func(opt *Options) { o = opt; opt.DataDump = "dump.nq.gz" })
	typ, class := term.NewIRI(vocab.RDFType), term.NewIRI(vocab.DCATDataset)
	var quads []term.Quad
	for i := range 5 {
		d := term.NewIRI(fmt.Sprintf("http://e/d%d", i))
		g := term.NewIRI(fmt.Sprintf("http://e/g%d", i%2))
		quads = append(quads, term.Quad{Subject: d, Predicate: typ, Object: class, Graph: g},
			term.Quad{Subject: d, Predicate: term.NewIRI(vocab.DCTTitle), Object: term.NewString("same"), Graph: g})
	}
	quads = append(quads, term.Quad{Subject: quads[0].Subject, Predicate: typ, Object: class,
		Graph: term.NewIRI("http://e/g9")})
	if _, err := o.Store.Commit(context.Background(), store.Change{Add: quads}); err != nil {
		t.Fatal(err)
	}
	resp, b, _ := call(t, "GET", s.URL+"/.well-known/void", "", "Accept", nt)
	for _, want := range []string{
		"<" + vocab.VOIDTriples + `> "10"^^`, "<" + vocab.VOIDEntities + `> "5"^^`,
		"<" + vocab.VOIDDistinctSubjects + `> "5"^^`,
		"<" + vocab.VOIDDistinctObjects + `> "2"^^`, "<" + vocab.VOIDProperties + `> "2"^^`,
		"<" + vocab.VOIDClasses + `> "1"^^`,
		"<" + vocab.VOIDProperty + "> <" + vocab.DCTTitle + ">",
		"<" + vocab.VOIDClass + "> <" + vocab.DCATDataset + ">",
		"<" + vocab.VOIDSparqlEndpoint + "> <" + s.URL + "/sparql>",
		"<" + vocab.VOIDDataDump + "> <" + s.URL + "/dump.nq.gz>",
		"<" + vocab.VOIDVocabulary + "> <" + vocab.DCTNS + ">",
		"<" + vocab.VOIDVocabulary + "> <" + vocab.DCATNS + ">",
	} {
		if !strings.Contains(b, want) {
			t.Errorf("VoID has no %s:\n%s", want, b)
		}
	}
	tag := resp.Header.Get("ETag")
	resp, _, _ = call(t, "GET", s.URL+"/.well-known/void", "", "Accept", nt, "If-None-Match", tag)
	if resp.StatusCode != 304 {
		t.Errorf("VoID with its tag: %d", resp.StatusCode)
	}
	for _, accept := range []string{nt, "application/n-quads"} {
		resp, b, _ := call(t, "GET", s.URL+"/sparql", "", "Accept", accept)
		if resp.Header.Get("Content-Type") != accept ||
			!strings.Contains(b, "<"+vocab.SDEndpoint+"> <"+s.URL+"/sparql>") {
			t.Errorf("service description as %s: %v\n%s", accept, resp.Header, b)
		}
	}
	if !slices.Contains(h405(t, s.URL+"/.well-known/void"), "GET") {
		t.Error("VoID does not say what it allows")
	}
}

func h405(t *testing.T, u string) []string {
	resp, _, _ := call(t, "DELETE", u, "")
	if resp.StatusCode != 405 {
		t.Errorf("DELETE %s: %d", u, resp.StatusCode)
	}
	return strings.Split(resp.Header.Get("Allow"), ", ")
}
