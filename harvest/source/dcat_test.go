package source

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

func TestLinkNext(t *testing.T) {
	tests := []struct{ header, want string }{
		{`<https://e.example/2>; rel="next"`, "https://e.example/2"},
		{`<?page=2>; rel=next`, "https://e.example/c?page=2"},
		{`</1>; rel="prev", </3>; rel="next"`, "https://e.example/3"},
		{`</3?a=1,2;b=3>; rel="next"`, "https://e.example/3?a=1,2;b=3"},
		{`</3>; title="x, <y>; rel=\"next\""; rel="prev", </4>; rel="next"`, "https://e.example/4"},
		{`</3>;rel="last next"`, "https://e.example/3"},
		{`</3>; REL=NEXT; type="text/turtle"`, "https://e.example/3"},
		{`</3>; rel=next-archive`, ""}, {`</3>; rel="nextish"`, ""}, {`</3>`, ""}, {``, ""}, {`garbage`, ""},
		{`<`, ""},
	}
	for _, tt := range tests {
		r := &fetch.Response{URL: "https://e.example/c", Header: http.Header{"Link": {tt.header}}}
		if got := document.Link(r, "next"); got != tt.want {
			t.Errorf("linked(%s, next) = %q, want %q", tt.header, got, tt.want)
		}
	}
}

func TestNextPage(t *testing.T) {
	const h = "@prefix h: <http://www.w3.org/ns/hydra/core#> . @base <https://e.example/c> . "
	tests := []struct{ name, turtle, want string }{
		{"of 2013", `<> a h:PagedCollection ; h:nextPage <?page=2> .`, "https://e.example/c?page=2"},
		{"of 2013, as text", `<> a h:PagedCollection ; h:nextPage "https://e.example/c?page=2" .`,
			"https://e.example/c?page=2"},
		{"of today", `<#v> a h:PartialCollectionView ; h:next <?page=2> .`, "https://e.example/c?page=2"},
		{"without a type", `[] h:view [ h:next <?page=2> ] .`, "https://e.example/c?page=2"},
		{"of the page, not of something on it",
			`<#other> a h:PartialCollectionView ; h:next <?files=2> . <> h:next <?page=2> .`,
			"https://e.example/c?page=2"},
		{"the last page", `<> a h:PagedCollection ; h:previousPage <?page=1> .`, ""},
	}
	for _, tt := range tests {
		var triples []term.Triple
		for q, err := range rdfio.Read(t.Context(), strings.NewReader(h+tt.turtle),
			rdfio.ReadOptions{MediaType: "text/turtle"}) {
			if err != nil {
				t.Fatal(err)
			}
			triples = append(triples, q.Triple())
		}
		if got := nextPage(dcat.NewGraph(triples), &fetch.Response{URL: "https://e.example/c"}); got != tt.want {
			t.Errorf("%s: nextPage = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSyntaxes gathers one catalogue in every syntax, with and without a media
// type that helps: the records are the same.
func TestSyntaxes(t *testing.T) {
	const turtle = `@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<https://e.example/d/1> a dcat:Dataset ; dct:title "保險業務統計"@zh-Hant-TW ; dct:identifier "1" ; dcat:keyword "保險"@zh-Hant-TW, "統計"@zh-Hant-TW ;
  dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://e.example/1.csv> ] .
<https://e.example/d/2> a dcat:Dataset ; dct:title "期貨交易統計"@zh-Hant-TW .`
	quads := []term.Quad{}
	for q, err := range rdfio.Read(t.Context(), strings.NewReader(turtle),
		rdfio.ReadOptions{MediaType: "text/turtle"}) {
		if err != nil {
			t.Fatal(err)
		}
		quads = append(quads, q)
	}
	for _, mediaType := range []string{"text/turtle", "application/trig", "application/n-triples",
		"application/n-quads", "application/rdf+xml", "application/ld+json"} {
		var body bytes.Buffer
		format, ok := rdfio.FormatByMediaType(mediaType)
		if !ok {
			t.Fatalf("no format %s", mediaType)
		}
		each := func(yield func(term.Quad, error) bool) {
			for _, q := range quads {
				if !yield(q, nil) {
					return
				}
			}
		}
		if err := rdfio.Write(t.Context(), &body, format, each, rdfio.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{mediaType, mediaType + "; charset=utf-8", "text/plain",
			"application/octet-stream"} {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", said)
				_, _ = w.Write(body.Bytes())
			}))
			s := testSession(t, Config{URL: srv.URL + "/catalog", Policy: fetch.Policy{Robots: "ignore", Retries: 1}},
				fetch.Options{AllowPrivate: true})
			var got []string
			for r, err := range gatherDCAT(t.Context(), s) {
				if err != nil || r.Dataset == nil {
					t.Errorf("%s as %s: %+v, %v", mediaType, said, r, err)
					break
				}
				got = append(got, fmt.Sprint(r.ID, " ", dcat.Best(r.Dataset.Title, dcat.ZHTW), " ",
					len(r.Dataset.Keyword), len(r.Dataset.Distribution)))
			}
			srv.Close()
			if want := "https://e.example/d/1 保險業務統計 2 1; https://e.example/d/2 期貨交易統計 0 0"; strings.Join(got,
				"; ") != want {
				t.Errorf("%s as %s: %s, want %s", mediaType, said, strings.Join(got, "; "), want)
			}
		}
	}
}
