package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/metrics"
	"fincat/store"
)

// TestUnknownParameters asks every public address for what it does not have, as a browser and as
// programs do: the answer is never that of the address without it. Addresses whose protocol says
// how a fault is told tell it so.
func TestUnknownParameters(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	base := publishedAt(t, s)
	putDatasets(t, s, base, 1, "", 1)
	ckan, pages := http.StatusConflict, http.StatusBadRequest
	for path, want := range map[string]int{
		"": pages, "search": pages, "organisations": pages, "quality": pages, "coverage": pages,
		"coverage.csv": pages,
		"requests":     pages, "requests/new": pages, "requests/figures": pages, "requests/feed.xml": pages,
		"requests/similar": pages,
		"saved":            pages, "docs": pages, "docs/feeds": pages, "map": pages,
		"targets": pages, "targets.json": pages, "targets.csv": pages,
		"standards": pages, "standards.json": pages, "standards.csv": pages,
		"ranking": pages, "ranking.json": pages, "ranking.csv": pages,
		"query": pages, "about": pages, "profile/tw": pages, "profile/tw.ttl": pages,
		"profile/tw/shapes.ttl": pages, "dataset/s/1": pages, "org/twse": pages, "diff": pages, "diff.csv": pages,
		"catalog": pages, "catalog.ttl": pages, "describe.ttl": pages, "croissant.json": pages, "data.json": pages,
		"feed/atom.xml": pages, "feed/rss.xml": pages, "feed/ldes": pages,
		"feed/ldes/1": pages, "dump.nq.gz": pages, "sitemap.xml": pages, "robots.txt": pages, "context.jsonld": pages,
		".well-known/void": pages, ".well-known/api-catalog": pages, "openapi.json": pages,
		"api/v1/rest/dataset": pages,
		"healthz":             pages, "readyz": pages, "metrics": pages,
		"api/3/action/package_list": ckan, "api/3/action/status_show": ckan,
	} {
		for _, accept := range []string{"text/html", "*/*", "text/turtle"} {
			for _, query := range []string{"?nosuch=1", "?%zz"} {
				resp, body := get(t, base+path+query, "Accept", accept)
				want := want
				if want == ckan && query == "?%zz" {
					want = http.StatusBadRequest
				}
				if path == "catalog" && accept == "text/html" { // leads to the search
					want = http.StatusSeeOther
				}
				if resp.StatusCode != want && resp.StatusCode != http.StatusNotAcceptable {
					t.Errorf("GET /%s%s as %s = %s, want %d", path, query, accept, resp.Status, want)
				}
				if query == "?nosuch=1" && resp.StatusCode == want && want != http.StatusSeeOther &&
					!strings.Contains(body, "nosuch") {
					t.Errorf("GET /%s%s does not say which parameter: %.300s", path, query, body)
				}
			}
		}
	}
	if _, body := get(t, base+"oai?verb=Identify&nosuch=1"); !strings.Contains(body, `code="badArgument"`) {
		t.Errorf("/oai with an unknown argument: %s", body)
	}
	for _, path := range []string{"", "search", "about", "dataset/s/1", "query", "saved", "docs", "map", "targets",
		"standards", "ranking"} {
		resp, _ := get(t, base+path+"?utm_source=news&utm_medium=mail&fbclid=x", "Accept", "text/html")
		if resp.StatusCode != http.StatusOK {
			t.Errorf("GET /%s by a link of a newsletter = %s", path, resp.Status)
		}
	}
}

// TestWaitedFor: a document that is made whole is waited for, however long other answers may take.
func TestWaitedFor(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e, err := newEngine(engineOptions{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	tokens := access.NewTokens(s)
	srv, err := newServer(serverOptions{Store: s, Dir: t.TempDir(), Engine: e, Base: bareBase, Tokens: tokens,
		Guard:   access.New(access.Options{Token: "secret", Tokens: tokens}),
		Metrics: metrics.New(s), Logger: slog.New(slog.DiscardHandler), PageTimeout: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	putDatasets(t, s, bareBase, 1, "", 1)
	for path, want := range map[string]int{"data.json": http.StatusOK, "data.json?records=merged": http.StatusOK,
		"dump.nq.gz": http.StatusOK, "catalog.ttl": http.StatusGatewayTimeout} {
		w := httptest.NewRecorder()
		srv.http.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+path, nil))
		if w.Code != want {
			t.Errorf("GET /%s when answers have no time = %d, want %d\n%.300s", path, w.Code, want, w.Body)
		}
	}
}
