package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"fincat/cmd/fincat/published"
	"fincat/store"
	"fincat/vocab/dcat"
)

// alter changes the answers of some paths on their way.
func alter(prefix string, change func(string) string) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(strings.TrimPrefix(r.URL.RequestURI(), "/"), prefix) {
				h.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			for name, values := range rec.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(rec.Code)
			body := rec.Body.Bytes()
			if !strings.HasPrefix(prefix, "dump") {
				_, _ = io.WriteString(w, change(string(body)))
				return
			}
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				panic(err)
			}
			text, err := io.ReadAll(z)
			if err != nil {
				panic(err)
			}
			out := gzip.NewWriter(w)
			_, _ = io.WriteString(out, change(string(text)))
			_ = out.Close()
		})
	}
}

// TestCheckFeeds checks what a small catalogue publishes: it is right as it is, and each
// change to an answer is found, with its place.
func TestCheckFeeds(t *testing.T) {
	web, dir := newSources(t), filepath.Join(t.TempDir(), "s")
	for _, n := range []string{"one", "two"} {
		web.set("/"+n+".json", api("a", "b", "c"))
	}
	fincat(t, exitDone, "harvest", "--store", dir, "--config", web.configure(t, "one", "two"))
	out, _ := fincat(t, exitDone, "check", "--store", dir, "--feeds")
	if !strings.Contains(out, "ok: a second reader finds ") || !strings.Contains(out, " 6 datasets on 1 pages of") {
		t.Errorf("check --feeds printed\n%s", out)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	base, err := storeBase(t.Context(), s, "")
	if err != nil {
		t.Fatal(err)
	}
	once := func(old, replacement string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, replacement, 1) }
	}
	dropLine := func(s string) string {
		i := strings.Index(s, "dataset/two/c> <http://purl.org/dc/terms/title> ")
		return s[:strings.LastIndexByte(s[:i], '\n')] + s[i+strings.IndexByte(s[i:], '\n'):]
	}
	listed := ""
	twice := func(s string) string { // the last dataset of each page is on the next one as well
		again := listed
		list := "<" + base.Catalog() + "> <http://www.w3.org/ns/dcat#dataset> <"
		listed = s[strings.LastIndex(s, list):]
		listed = listed[:strings.IndexByte(listed, '\n')+1]
		return s + again
	}
	tests := []struct {
		name, prefix string
		change       func(string) string
		want         string
	}{
		{"another literal in the dump", "dump", once("\"Table a\"", "\"Table z\""), `says `},
		{"a broken line in the dump", "dump", once("> .\n", ">\n"), "a second reader refuses what should say "},
		{
			"the dump ends early", "dump", func(s string) string {
				return s[:strings.LastIndexByte(s[:len(s)-1], '\n')+1]
			},
			"dump.nq.gz: ends after ",
		},
		{
			"a line too many in the dump", "dump",
			func(s string) string { return s + "<http://e/s> <http://e/p> <http://e/o> .\n" },
			"says <http://e/s> <http://e/p> <http://e/o> . which is not in the store",
		},
		{
			"a triple too many", "catalog.nt?page=2",
			func(s string) string { return s + "<http://e/s> <http://e/p> \"o\" .\n" },
			`catalog.nt?page=2&page_size=2: says <http://e/s> <http://e/p> "o" . which is not in the store`,
		},
		{
			"a triple too few", "catalog.nt?page=3", dropLine,
			"catalog.nt?page=3&page_size=2: lacks <https://data.example.tw/dataset/two/c> ",
		},
		{
			"another language in Turtle", "catalog.ttl?page=1", once("@zh-Hant-TW", "@ja"),
			"catalog.ttl?page=1&page_size=2: lacks ",
		},
		{
			"an unknown prefix in Turtle", "catalog.ttl?page=3", once(" dct:title", " dtc:title"),
			"catalog.ttl?page=3&page_size=2: our own reader refuses it: ",
		},
		{
			"another IRI in RDF/XML", "catalog.rdf?page=3", once("rdf:about=\"http", "rdf:about=\"ftp"),
			"catalog.rdf?page=3&page_size=2: says <ftp",
		},
		{"a dataset twice", "catalog.nt", twice, "which an earlier page lists too"},
		{
			"a wrong total", "catalog.nt?page=1", once("totalItems> \"", "totalItems> \"9"),
			"catalog.nt: says that there are 9",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			found, err := checkPublished(t, s, base, &out, alter(tt.prefix, tt.change))
			if err != nil || found == 0 {
				t.Errorf("%d differences, %v, want some", found, err)
			}
			if !strings.Contains(out.String(), tt.want) {
				t.Errorf("printed\n%.2000s\nwant %q", out.String(), tt.want)
			}
		})
	}
	if _, err := checkPublished(t, s, base, io.Discard, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/catalog") {
				panic(http.ErrAbortHandler)
			}
			h.ServeHTTP(w, r)
		})
	}); err == nil || !strings.Contains(err.Error(), "the answer breaks off") {
		t.Errorf("an answer that breaks off: error is %v", err)
	}
}

// checkPublished checks what a server of the store answers, with something between
// the two.
func checkPublished(
	t *testing.T, s *store.Store, base dcat.Base, out io.Writer, through func(http.Handler) http.Handler,
) (int, error) {
	t.Helper()
	serve := func(s *store.Store) (http.Handler, func() error, error) {
		h, end, err := publishedServer(s, base)
		return through(h), end, err
	}
	return published.Check(t.Context(), s, published.Options{Serve: serve, Base: base, PageSize: 2, Out: out})
}
