package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"fincat/cmd/fincat/portal"
	"fincat/harvest"
	"fincat/harvest/feed"
	"fincat/harvest/queries"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
)

// serverOptions say what a server serves.
type serverOptions struct {
	Store    *store.Store
	Engine   *engine
	Base     dcat.Base
	Token    string // for changes; see protocol.Options
	ReadOnly bool
	Loopback bool               // the address is reachable from this machine only
	Schedule *harvest.Scheduler // nil: nothing is harvested
	Metrics  *metrics
	Logger   *slog.Logger
}

// server is what serve and demo put behind one address.
type server struct {
	http  *http.Server
	ready atomic.Bool
	log   *slog.Logger
}

const (
	pageTimeout   = 30 * time.Second // of whatever is not SPARQL
	shutdownGrace = 10 * time.Second
)

func newServer(o serverOptions) (*server, error) {
	s := &server{log: o.Logger}
	bank, err := queries.Load()
	if err != nil {
		return nil, err
	}
	feeds, err := feed.New(feed.Options{Store: o.Store, Engine: o.Engine.Engine, Queries: bank, Base: o.Base, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	pages, err := portal.New(portal.Options{
		Store: o.Store, Engine: o.Engine.Engine, Queries: bank, Feed: feeds, Base: o.Base, Routes: shownRoutes, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	endpoint, err := protocol.NewHandler(protocol.Options{
		Engine: o.Engine.Engine, Store: o.Store, Base: string(o.Base), UpdateToken: o.Token, Loopback: o.Loopback, ReadOnly: o.ReadOnly,
		Editor: pages.Editor(), DataDump: "dump.nq.gz", Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	site := http.NewServeMux()
	feeds.Register(site)
	pages.Register(site)
	compress, err := gzhttp.NewWrapper()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", o.Metrics.handler())
	mux.HandleFunc("GET /dump.nq.gz", feeds.Dump)
	backup := backupHandler{o.Store, o.Token, o.Loopback}
	mux.Handle("GET /admin/backup", backup)
	(&runsHandler{o.Schedule, o.Base, backup.allowed}).register(mux)
	for _, route := range []string{"/sparql", "/update", "/data", "/data/", "/.well-known/void", "/admin/queries", "/admin/queries/{id}"} {
		mux.Handle(route, endpoint)
	}
	mux.Handle("/", compress(bounded(site)))
	s.http = &http.Server{
		Handler:           s.observed(mux, o.Metrics),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// readyz answers 200 from the first request that can be served to the last.
func (s *server) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// bounded gives a request of the pages and feeds a time limit. SPARQL has its
// own limits, for its answers may stream for long.
func bounded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		deadline := time.Now().Add(pageTimeout)
		// Not every writer has deadlines; the context below holds for all.
		_ = c.SetReadDeadline(deadline)
		_ = c.SetWriteDeadline(deadline.Add(pageTimeout))
		ctx, cancel := context.WithDeadline(r.Context(), deadline)
		defer cancel()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// observed logs and counts requests, and answers those whose handler panics.
func (s *server) observed(h http.Handler, m *metrics) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			fault := recover()
			if fault != nil && fault != http.ErrAbortHandler {
				s.log.Error("panic", "path", r.URL.Path, "value", fault)
				if !rec.wrote {
					http.Error(rec, "internal error", http.StatusInternalServerError)
				}
			}
			took := time.Since(start)
			m.request(route(r), rec.status, took)
			s.log.Info("request", "method", r.Method, "path", r.URL.Path, "status", rec.status, "bytes", rec.bytes, "seconds", took.Seconds(), "client", r.RemoteAddr)
			if fault != nil {
				panic(http.ErrAbortHandler) // break the answer off
			}
		}()
		h.ServeHTTP(rec, r)
	})
}

// route names the routes with metrics of their own; the IRIs of the catalogue
// are one.
func route(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch first {
	case "sparql", "update", "data", "query", "search", "catalog", "static", "healthz", "readyz", "metrics", "admin":
		return "/" + first
	case "":
		return "/"
	}
	return "/resource"
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	wrote  bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.wrote && status >= 200 {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.wrote = true
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// serve answers requests until ctx ends, then finishes those under way.
func (s *server) serve(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(l) }()
	s.ready.Store(true)
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.ready.Store(false)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := s.http.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close() // somebody is still listening: enough
	}
	return err
}

// listen opens the address; a busy one is an error that names the remedy.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s, another program may use it; choose another address, such as --addr 127.0.0.1:8081 (%w)", addr, err)
	}
	return l, nil
}

// isLoopback reports whether only this machine can reach the listener.
func isLoopback(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// shownRoutes are the interfaces that the portal's page on interfaces names.
var shownRoutes = []portal.Route{
	{Path: "/sparql", ZH: "SPARQL 1.1 查詢端點(GET、POST;JSON、XML、CSV、TSV、Turtle、JSON-LD…)", EN: "SPARQL 1.1 query endpoint (GET, POST; JSON, XML, CSV, TSV, Turtle, JSON-LD …)"},
	{Path: "/catalog.ttl", ZH: "DCAT 目錄,分頁(Hydra);亦有 .jsonld .rdf .nt .trig .nq,可用 publisher、source、sector、theme、format、modified_since、q 篩選", EN: "The catalogue as DCAT in pages (Hydra); also .jsonld .rdf .nt .trig .nq; filters publisher, source, sector, theme, format, modified_since, q", Link: true},
	{Path: "/dataset/{source}/{id}", ZH: "每個資料集、資料資源、服務、機構與蒐集作業的 IRI,可協商 RDF 或網頁", EN: "The IRI of every dataset, distribution, service, organisation and run: RDF or page by negotiation"},
	{Path: "/data", ZH: "SPARQL 1.1 Graph Store Protocol", EN: "SPARQL 1.1 Graph Store Protocol"},
	{Path: "/dump.nq.gz", ZH: "全部內容(N-Quads,gzip)", EN: "Everything as N-Quads, compressed", Link: true},
	{Path: "/data.json", ZH: "data.json(Project Open Data 1.1)", EN: "data.json (Project Open Data 1.1)", Link: true},
	{Path: "/feed/atom.xml", ZH: "最近變更的資料集(Atom),可用與目錄相同的條件篩選", EN: "Datasets that changed last (Atom); filters as for the catalogue", Link: true},
	{Path: "/api/3/action/package_search", ZH: "CKAN 介接:package_search、package_show", EN: "CKAN: package_search, package_show", Link: true},
	{Path: "/api/v1/rest/dataset", ZH: "政府資料開放跨平臺介接規範(104 年)", EN: "The 2015 cross-platform interface of data.gov.tw", Link: true},
	{Path: "/sitemap.xml", ZH: "網站地圖", EN: "Sitemap", Link: true},
	{Path: "/.well-known/void", ZH: "VoID 統計說明", EN: "VoID description with statistics", Link: true},
	{Path: "/metrics", ZH: "Prometheus 監測指標", EN: "Prometheus metrics", Link: true},
}
