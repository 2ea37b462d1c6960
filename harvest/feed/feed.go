package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"fincat/harvest/queries"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Options say what a [Handler] publishes.
type Options struct {
	Store    *store.Store
	Engine   *sparql.Engine
	Queries  *queries.Bank
	Base     dcat.Base    // of the catalogue's own IRIs
	PageSize int          // datasets of a page of /catalog; default 100
	Logger   *slog.Logger // default: nothing is logged
}

// Handler answers the routes of the feeds. It is safe for concurrent use.
type Handler struct {
	Options
}

const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

// New returns a handler; Store, Engine, Queries and Base are needed.
func New(o Options) (*Handler, error) {
	switch {
	case o.Store == nil || o.Engine == nil || o.Queries == nil:
		return nil, errors.New("feed: store, engine and queries are needed")
	case !strings.HasSuffix(string(o.Base), "/"):
		return nil, fmt.Errorf("feed: the base %q does not end with a slash", o.Base)
	}
	if o.PageSize <= 0 {
		o.PageSize = defaultPageSize
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Handler{o}, nil
}

// Register adds the routes of the feeds to mux. The catalogue itself and the
// resources are not among them, since the portal shares their addresses; see
// [Handler.Catalog] and [Handler.Resource].
func (h *Handler) Register(mux *http.ServeMux) {
	for _, f := range rdfio.Formats() {
		mux.HandleFunc("GET /catalog."+f.Name(), func(w http.ResponseWriter, r *http.Request) { h.catalog(w, r, f) })
		mux.HandleFunc("GET /describe."+f.Name(), func(w http.ResponseWriter, r *http.Request) { h.describe(w, r, r.URL.Query().Get("iri"), f) })
	}
	mux.HandleFunc("GET /robots.txt", h.robots)
	mux.HandleFunc("GET /sitemap.xml", h.sitemap)
	mux.HandleFunc("GET /data.json", h.dataJSON)
	mux.HandleFunc("GET /feed/atom.xml", h.atom)
	mux.HandleFunc("GET /api/3/action/package_search", h.packageSearch)
	mux.HandleFunc("GET /api/3/action/package_show", h.packageShow)
	mux.HandleFunc("GET /api/v1/rest/dataset", h.platformList)
	mux.HandleFunc("GET /api/v1/rest/dataset/{id...}", h.platformShow)
}

// MediaTypes returns the media types of RDF that the feeds offer, the
// preferred one first.
func MediaTypes() []string {
	var types []string
	for _, f := range rdfio.Formats() {
		types = append(types, f.MediaType())
	}
	return types
}

// format returns the syntax that r asks for; ok is false after a 406.
func format(w http.ResponseWriter, r *http.Request) (f rdfio.Format, ok bool) {
	w.Header().Set("Vary", "Accept")
	mediaType, ok := rdfio.Negotiate(strings.Join(r.Header.Values("Accept"), ","), MediaTypes()...)
	if !ok {
		protocol.WriteProblem(w, r, &protocol.Problem{
			Status: http.StatusNotAcceptable,
			Detail: "none of the accepted types is offered; there are " + strings.Join(MediaTypes(), ", "),
		})
		return 0, false
	}
	return rdfio.FormatByMediaType(mediaType)
}

// Resource answers with the RDF description of one resource.
func (h *Handler) Resource(w http.ResponseWriter, r *http.Request, iri string) {
	if f, ok := format(w, r); ok && !h.left(w, r, iri) {
		h.describe(w, r, iri, f)
	}
}

func (h *Handler) describe(w http.ResponseWriter, r *http.Request, iri string, f rdfio.Format) {
	sn, err := h.Store.Snapshot()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer sn.Close()
	quads, err := Describe(r.Context(), sn, iri)
	switch {
	case err != nil:
		h.fail(w, r, err)
	case len(quads) == 0:
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound, Detail: "the catalogue knows nothing of <" + iri + ">"})
	default:
		h.document(w, r, f, sn, quads)
	}
}

// document sends quads as one document, with validators made of the snapshot.
// Syntaxes without named graphs get the triples.
func (h *Handler) document(w http.ResponseWriter, r *http.Request, f rdfio.Format, sn *store.Snapshot, quads []term.Quad) {
	if !f.Quads() {
		quads = triples(quads)
	}
	var b bytes.Buffer
	if err := rdfio.Write(r.Context(), &b, f, rdfio.All(quads), rdfio.WriteOptions{}); err != nil {
		h.fail(w, r, err)
		return
	}
	h.send(w, r, sn, f.MediaType(), b.Bytes())
}

// send answers with a body made from sn, or with 304.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, sn *store.Snapshot, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("ETag", entityTag(sn.Seq(), r.URL.RequestURI(), mediaType))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.ServeContent(w, r, "", sn.Time(), bytes.NewReader(body))
}

// entityTag is weak, since a proxy may compress the body.
func entityTag(seq uint64, parts ...string) string {
	sum := fnv.New64a()
	for _, p := range parts {
		io.WriteString(sum, p+"\x00")
	}
	return fmt.Sprintf(`W/"%d-%x"`, seq, sum.Sum64())
}

// triples drops the graph names.
func triples(quads []term.Quad) []term.Quad {
	out := make([]term.Quad, len(quads))
	for i, q := range quads {
		out[i] = q.Triple().In(term.Term{})
	}
	return out
}

// fail answers that something went wrong and logs what.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is listening
	}
	h.Logger.ErrorContext(r.Context(), "feed", "path", r.URL.Path, "error", err)
	status := http.StatusInternalServerError
	if errors.Is(err, sparql.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		status = http.StatusGatewayTimeout
	}
	protocol.WriteProblem(w, r, &protocol.Problem{Status: status, Detail: "the answer could not be put together; the reason has been logged"})
}
