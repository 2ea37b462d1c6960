package protocol

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"code.dny.dev/ssrf"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/vocab/term"
)

// documents serves some RDF files.
func documents(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			w.Header().Set("Content-Type", "text/turtle")
			fmt.Fprint(w, "<x> <y> [ <z> 1 ] .")
		case "/plain.nt":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintln(w, "_:b <http://e/p> \"保險\" .")
		case "/moved":
			http.Redirect(w, r, "/a", http.StatusFound)
		case "/bad":
			w.Header().Set("Content-Type", "text/turtle")
			fmt.Fprint(w, "<x> <y> ")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestLoad(t *testing.T) {
	site := documents(t)
	c := testClient(ClientOptions{})
	load := func(iri string) (qs []term.Quad, err error) {
		for q, err := range c.Load(context.Background(), iri) {
			if err != nil {
				return qs, err
			}
			qs = append(qs, q)
		}
		return qs, nil
	}
	for _, path := range []string{"/a", "/moved"} {
		qs, err := load(site + path)
		if err != nil || len(qs) != 2 || !strings.Contains(fmt.Sprint(qs), "<"+site+"/x>") {
			t.Errorf("Load(%s) = %v, %v", path, qs, err)
		}
	}
	first, err := load(site + "/plain.nt")
	second, err2 := load(site + "/plain.nt")
	if err != nil || err2 != nil || len(first) != 1 || first[0].Subject == second[0].Subject {
		t.Errorf("two documents: %v, %v, %v, %v, want blank nodes apart", first, err, second, err2)
	}
	for _, path := range []string{"/bad", "/nothing"} {
		var e *EndpointError
		if qs, err := load(site + path); !errors.As(err, &e) {
			t.Errorf("Load(%s) = %v, %v", path, qs, err)
		}
	}
	c = NewClient(ClientOptions{})
	if _, err := load(site + "/a"); !errors.Is(err, ssrf.ErrProhibitedIP) {
		t.Errorf("Load of a loopback address = %v, want ErrProhibitedIP", err)
	}
}

// TestLoadOverHTTP sends LOAD to a server.
func TestLoadOverHTTP(t *testing.T) {
	site := documents(t)
	server := engineServer(t, nil, func(o *Options) {
		eng, err := sparql.New(sparql.Options{Store: o.Store, Load: testClient(ClientOptions{})})
		if err != nil {
			t.Fatal(err)
		}
		o.Engine = eng
	})
	for update, want := range map[string]int{
		"LOAD <" + site + "/a> INTO GRAPH <http://e/g>": 204,
		"LOAD SILENT <" + site + "/bad>":                204,
		"LOAD <" + site + "/bad>":                       502,
		"LOAD <" + site + "/nothing>":                   502,
	} {
		resp, body, _ := call(t, "POST", server.URL+"/update", update, "Content-Type", typeUpdate)
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", update, resp.StatusCode, want, body)
		}
	}
	for _, update := range []string{"CREATE GRAPH <http://e/g>", "COPY <http://e/none> TO <http://e/g>"} {
		resp, body, _ := call(t, "POST", server.URL+"/update", update, "Content-Type", typeUpdate)
		if resp.StatusCode != 400 || !strings.Contains(body, "exist") {
			t.Errorf("%s: %d %s, want 400", update, resp.StatusCode, body)
		}
	}
	got, err := queryTable(t, server.URL, "SELECT * { GRAPH <http://e/g> { ?s ?p ?o } }", results.JSON)
	if err != nil || len(got.sols) != 2 {
		t.Errorf("%v, %v, want the 2 triples of the document", got, err)
	}
}
