package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/metrics"
	"fincat/sparql/gate"
	"fincat/store"
)

const bareBase = "https://data.example.tw/"

// bareServer is a whole server over an empty store. Nothing listens yet.
func bareServer(t testing.TB) *server {
	t.Helper()
	return gatedServer(t, gate.Options{})
}

// gatedServer is bareServer with gates of its own.
func gatedServer(t testing.TB, o gate.Options) *server {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	e, err := newEngine(engineOptions{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	log := slog.New(slog.DiscardHandler)
	t.Cleanup(e.start(t.Context(), log))
	tokens := access.NewTokens(s)
	srv, err := newServer(serverOptions{Store: s, Dir: dir, Engine: e, Base: bareBase, Tokens: tokens,
		Guard: access.New(access.Options{Token: "secret", Tokens: tokens}), Metrics: metrics.New(s),
		Logger: log, Gate: o})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// fuzzedServer is a server over a store with a dataset that is hard to write.
func fuzzedServer(f *testing.F) http.Handler {
	f.Helper()
	srv := bareServer(f)
	r := httptest.NewRequest("POST", "/update", strings.NewReader(strings.ReplaceAll(strangeTexts, "BASE", bareBase)))
	r.Header.Set("Content-Type", "application/sparql-update")
	r.Header.Set("Authorization", "Bearer secret")
	w := httptest.NewRecorder()
	if srv.http.Handler.ServeHTTP(w, r); w.Code != http.StatusNoContent {
		f.Fatalf("the update is answered %d %s", w.Code, w.Body)
	}
	return srv.http.Handler
}

// FuzzServer sends arbitrary requests to all routes, with and without a token: none
// ends in 500 or lacks the headers that every answer has.
func FuzzServer(f *testing.F) {
	for _, target := range []string{"/", "/search?q=%22(&page=2", "/query?query=ASK%7B%7D", "/catalog?page=1",
		"/catalog.rdf?publisher=x&modified_since=2026", "/catalog.jsonld?page_size=1&seq=1", "/describe.ttl?iri=a:b",
		"/data.json", "/feed/atom.xml?theme=x", "/api/3/action/package_search?q=a&rows=1&start=1",
		"/api/3/action/package_show?id=s%2F1", "/api/v1/rest/dataset/s/1", "/api/v1/rest/dataset?limit=1&offset=1",
		"/dataset/s/1", "/graph/s/1", "/sitemap.xml?page=2", "/dump.nq.gz", "/.well-known/void", "/static/portal.css",
		"/sparql?query=SELECT*%7B%3Fs%3Fp%3Fo%7D&timeout=1", "/data?default", "/data?graph=a:b", "/metrics",
		"/admin/queries", "/admin/runs", "/admin/audit", "/admin/tokens", "/admin/links", "/organisations", "/quality",
		"/about", "/profile/tw", "/dataset/s/1?at=2100-01-01", "/catalog.nq?at=2026-01-01T00:00:00Z&at=x",
		"/timemap/link/dataset/s/1?timemap_before=2", "/timemap/link/catalog?q=x",
		"/diff?from=2026-01-01&to=2100-01-01", "/diff.csv?from=2100-01-01&source=s",
		"/diff.rdfp?from=2100-01-01&dataset=x", "/sparql?query=ASK%7B%7D&at=2100-01-01",
		"/profile/tw/shapes.ttl", "/profile/tw.jsonld"} {
		for _, method := range []string{"GET", "POST"} {
			f.Add(method, target, "application/json", `{"name":"a","role":"reader"}`, "text/html,*/*;q=0.5",
				method == "POST")
		}
	}
	f.Add("POST", "/sparql", "application/x-www-form-urlencoded", "query=ASK%7B%7D", "", false)
	f.Add("POST", "/update", "application/sparql-update", "CLEAR ALL", "", true)
	f.Add("PUT", "/data?graph=a:b", "text/turtle", "<a:a> <a:b> 1 .", "", true)
	f.Add("DELETE", "/admin/tokens/x", "", "", "text/html", true)
	f.Add("PUT", "/admin/runs/x/paused", "", "", "", true)
	h := fuzzedServer(f)
	f.Fuzz(func(t *testing.T, method, target, contentType, body, accept string, token bool) {
		u, err := url.Parse(target)
		if err != nil || strings.HasPrefix(u.Path, "/admin/backup") {
			return
		}
		r, err := http.NewRequest(method, "http://localhost/", strings.NewReader(body))
		if err != nil {
			return
		}
		u.Path = "/" + strings.TrimPrefix(u.Path, "/")
		r.URL, r.RequestURI, r.RemoteAddr = &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}, target,
			"127.0.0.1:1"
		for name, value := range map[string]string{"Content-Type": contentType, "Accept": accept} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if token {
			r.Header.Set("Authorization", "Bearer secret")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s", method, u, w.Code, w.Body)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s: %d with %v", method, u, w.Code, w.Header())
		}
	})
}
