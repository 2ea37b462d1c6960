package protocol

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/store"
)

// Options configures a [Handler].
type Options struct {
	Engine *sparql.Engine // required
	Store  *store.Store   // required

	// Base is the absolute IRI under which the routes are reachable, ending in
	// a slash. By default it is taken from each request's scheme and host.
	Base string

	// Authorize decides about each request that changes something or is about
	// the administration. It returns the name of who sent it, which the commit log
	// keeps, or an error, best a [*Problem]. By default all of them are refused.
	Authorize func(*http.Request) (author string, err error)
	ReadOnly  bool // changes are refused with 403

	// Editor answers a browser that comes without a query; by default it gets
	// the service description.
	Editor http.Handler
	// DataDump is the IRI of a dump of all data for the VoID description,
	// relative to the base; by default none is named.
	DataDump string

	MaxQueryBytes  int64 // of a query and its form; default 4 MiB
	MaxUpdateBytes int64 // of an update and its form; default 64 MiB
	MaxDataBytes   int64 // of a graph that is sent; default 1 GiB

	// Pools decide how many requests are worked on at once and how slow clients may
	// be; default: new ones with the defaults of [gate.Options].
	Pools *gate.Pools

	Logger *slog.Logger // default: none
}

// Handler serves the SPARQL 1.1 Protocol, the Graph Store Protocol, the
// service description, VoID and the list of running queries. It is an
// [http.Handler] for the routes
//
//	/sparql  /sparql/  /update  /data  /data/…  /.well-known/void  /admin/queries[/{id}]
type Handler struct {
	o          Options
	engine     evaluator
	store      *store.Store
	mux        *http.ServeMux
	statements statementCache
	gzips      sync.Pool // of writers, for the bodies of answers
}

// NewHandler checks the options and returns a handler.
func NewHandler(o Options) (*Handler, error) {
	if o.Engine == nil || o.Store == nil {
		return nil, errors.New("protocol: an engine and a store are required")
	}
	return newHandler(o, engine{o.Engine})
}

func newHandler(o Options, e evaluator) (*Handler, error) {
	if o.Base != "" {
		u, err := url.Parse(o.Base)
		if err != nil || u.Scheme == "" || u.Host == "" || !strings.HasSuffix(o.Base, "/") {
			return nil, fmt.Errorf("protocol: the base %q is not an absolute IRI that ends in a slash", o.Base)
		}
	}
	setDefault(&o.MaxQueryBytes, 4<<20)
	setDefault(&o.MaxUpdateBytes, 64<<20)
	setDefault(&o.MaxDataBytes, 1<<30)
	if o.Pools == nil {
		o.Pools = gate.NewPools(gate.Options{})
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Handler{o: o, engine: e, store: o.Store, mux: http.NewServeMux()}
	h.mux.Handle("/sparql", h.route("GET, HEAD, POST, OPTIONS", h.serveQuery))
	h.mux.Handle("/sparql/{$}", h.route("GET, HEAD, POST, OPTIONS", h.serveQuery)) // as some clients write it
	h.mux.Handle("/update", h.route("POST, OPTIONS", h.serveUpdate))
	h.mux.Handle("/data", h.route("GET, HEAD, PUT, POST, DELETE, OPTIONS", h.serveData))
	h.mux.Handle("/data/", h.route("GET, HEAD, PUT, POST, DELETE, OPTIONS", h.serveData))
	h.mux.Handle("/.well-known/void", h.route("GET, HEAD, OPTIONS", h.serveVoID))
	h.mux.Handle("/admin/queries", h.route("GET, HEAD, OPTIONS", h.serveRunning))
	h.mux.Handle("/admin/queries/{id}", h.route("DELETE, OPTIONS", h.serveCancel))
	return h, nil
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// route wraps a handler that returns its error with what all routes share:
// cross-origin headers, the methods, the gate and the answer to errors.
func (h *Handler) route(methods string, serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Secure(w.Header())
		if !strings.HasPrefix(r.URL.Path, "/admin/") { // no other site's business
			allowCrossOrigin(w.Header())
		}
		if r.Method == http.MethodOptions {
			preflight(w, methods)
			return
		}
		if !listed(methods, r.Method) {
			w.Header().Set("Allow", methods)
			h.fail(w, r, problemf(http.StatusMethodNotAllowed, "the method %.20s is not one of %s", r.Method, methods))
			return
		}
		t, err := h.pool(r).Enter(r)
		if err == nil {
			defer t.Leave()
			w, r = t.Attach(w, r)
			err = serve(w, r)
		}
		if err != nil {
			h.fail(w, r, err)
		}
	})
}

// pool returns the gate for a request.
func (h *Handler) pool(r *http.Request) *gate.Gate {
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
	case first == "admin":
		return h.o.Pools.Admin
	case first == ".well-known":
		return h.o.Pools.Feeds
	case first == "sparql", read:
		return h.o.Pools.Reading
	}
	return h.o.Pools.Writing
}

func listed(methods, method string) bool {
	for m := range strings.SplitSeq(methods, ", ") {
		if m == method {
			return true
		}
	}
	return false
}

// fail answers a request with an error. When its client seems to have gone there is an
// answer too: what nobody writes would be an empty one with status 200.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := ProblemOf(err)
	gone := r.Context().Err() != nil && errors.Is(err, context.Canceled)
	switch {
	case gone:
		h.o.Logger.Info("client gone", "method", r.Method, "path", r.URL.Path)
	case p.Status >= 500:
		h.o.Logger.Error("request failed", "method", r.Method, "path", r.URL.Path, "status", p.Status, "error", err)
	}
	WriteProblem(w, r, p)
}

// base returns the IRI the routes are under, for this request.
func (h *Handler) base(r *http.Request) string {
	if h.o.Base != "" {
		return h.o.Base
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	u := url.URL{Scheme: scheme, Host: r.Host, Path: "/"}
	return u.String()
}

// CommitHeader names the header of an answer that has the sequence number of the commit that a change made.
const CommitHeader = "Fincat-Commit"

// allowCrossOrigin lets pages of other origins read every answer. That is safe
// because no answer depends on cookies, and because Options.Authorize decides
// about changes.
func allowCrossOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers",
		"ETag, Link, Location, Memento-Datetime, Retry-After, "+CommitHeader+", "+resultTrailer)
}

func preflight(w http.ResponseWriter, methods string) {
	h := w.Header()
	h.Set("Allow", methods)
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers",
		"Accept, Accept-Datetime, Authorization, Content-Type, Content-Encoding, If-Match, If-None-Match")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// Mux is what routes are added to: an [http.ServeMux], or what lists them.
type Mux interface {
	HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request))
}
