package protocol

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fincat/sparql"
	"fincat/store"
)

// Options configures a [Handler].
type Options struct {
	Engine *sparql.Engine // required
	Store  *store.Store   // required

	// Base is the absolute IRI under which the routes are reachable, ending in
	// a slash. By default it is taken from each request's scheme and host.
	Base string

	// UpdateToken is the bearer token that changes and the administration
	// need. Without one they are refused, unless Loopback says that the server
	// listens on loopback addresses only.
	UpdateToken string
	Loopback    bool
	ReadOnly    bool // changes are refused with 403

	// Editor answers a browser that comes without a query; by default it gets
	// the service description.
	Editor http.Handler
	// DataDump is the IRI of a dump of all data for the VoID description,
	// relative to the base; by default none is named.
	DataDump string

	MaxQueryBytes  int64         // of a query and its form; default 4 MiB
	MaxUpdateBytes int64         // of an update and its form; default 64 MiB
	MaxDataBytes   int64         // of a graph that is sent; default 1 GiB
	BodyTimeout    time.Duration // between two pieces of a body; default 30 s
	WriteTimeout   time.Duration // for a client to take what is written; default 60 s

	// MaxRequests bounds the queries and changes under way at once; more wait
	// for a second, then get 503. Default 64.
	MaxRequests int
	// MaxPerClient bounds those of one remote address, except loopback, where
	// a proxy may speak for many; more get 429. Default 16, negative none.
	MaxPerClient int

	Logger *slog.Logger // default: none
}

// Handler serves the SPARQL 1.1 Protocol, the Graph Store Protocol, the
// service description, VoID and the list of running queries. It is an
// [http.Handler] for the routes
//
//	/sparql  /update  /data  /data/…  /.well-known/void  /admin/queries[/{id}]
type Handler struct {
	o      Options
	engine evaluator
	store  *store.Store
	mux    *http.ServeMux
	gate   *gate
	origin *http.CrossOriginProtection

	statements statementCache
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
	setDefault(&o.BodyTimeout, 30*time.Second)
	setDefault(&o.WriteTimeout, time.Minute)
	setDefault(&o.MaxRequests, 64)
	setDefault(&o.MaxPerClient, 16)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Handler{
		o: o, engine: e, store: o.Store, mux: http.NewServeMux(),
		gate: newGate(o.MaxRequests, o.MaxPerClient), origin: http.NewCrossOriginProtection(),
	}
	h.mux.Handle("/sparql", h.route("GET, HEAD, POST, OPTIONS", h.serveQuery))
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
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if !strings.HasPrefix(r.URL.Path, "/admin/") { // no other site's business
			allowCrossOrigin(w.Header())
		}
		if r.Method == http.MethodOptions {
			preflight(w, methods)
			return
		}
		err := error(nil)
		if !listed(methods, r.Method) {
			w.Header().Set("Allow", methods)
			err = problemf(http.StatusMethodNotAllowed, "the method %.20s is not one of %s", r.Method, methods)
		} else {
			var leave func()
			if leave, err = h.gate.enter(r); err == nil {
				defer leave()
				err = serve(w, r)
			}
		}
		if err != nil {
			h.fail(w, r, err)
		}
	})
}

func listed(methods, method string) bool {
	for m := range strings.SplitSeq(methods, ", ") {
		if m == method {
			return true
		}
	}
	return false
}

// fail answers a request with an error, if there is still someone to answer.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		h.o.Logger.Info("client gone", "method", r.Method, "path", r.URL.Path)
		return
	}
	p := problemOf(err)
	if r.ContentLength != 0 { // the server reads what is left of the body
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.o.BodyTimeout))
	}
	if p.Status >= 500 {
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

// allowCrossOrigin lets pages of other origins read every answer. Nothing here
// rests on cookies; what changes data needs a token that a page must know, or
// is kept to the same origin (see authorize).
func allowCrossOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, "+resultTrailer)
}

func preflight(w http.ResponseWriter, methods string) {
	h := w.Header()
	h.Set("Allow", methods)
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Content-Encoding, If-Match, If-None-Match")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
