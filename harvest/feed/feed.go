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
	"slices"
	"strings"
	"time"

	"fincat/harvest/feed/dump"
	"fincat/harvest/feed/listing"
	"fincat/harvest/queries"
	"fincat/harvest/search"
	"fincat/sparql"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/jsonld"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Options say what a [Handler] publishes.
type Options struct {
	Store    *store.Store
	Engine   *sparql.Engine
	Queries  *queries.Bank
	Base     dcat.Base         // of the catalogue's own IRIs
	PageSize int               // datasets of a page of /catalog; default 100
	Listing  *listing.Follower // default: one in memory
	Finder   *search.Follower  // of datasets by words; default: one over Listing
	Saved    map[string]string // queries by name whose datasets can be followed, besides the examples of Queries
	Logger   *slog.Logger      // default: nothing is logged

	Described map[string]any // further paths of /openapi.json, whose routes are not here
}

// Handler answers the routes of the feeds. It is safe for concurrent use.
type Handler struct {
	Options
	batch int // datasets that are read at a time
	many  int // addresses of one sitemap
	dumps *dump.Maker
	kept  kept
	pod   map[string]*prepared // data.json, by the parameter records
}

const (
	defaultPageSize = 100
	maxPageSize     = 1000
	batchEntries    = 200 // datasets that are read at a time
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
	if o.Listing == nil {
		var err error
		if o.Listing, err = listing.Open(listing.Options{Store: o.Store, Describe: Texts}); err != nil {
			return nil, err
		}
	}
	if o.Finder == nil {
		var err error
		o.Finder, err = search.New(search.Options{Store: o.Store, Listing: o.Listing, Base: o.Base})
		if err != nil {
			return nil, err
		}
	}
	h := &Handler{Options: o, batch: batchEntries, many: sitemapURLs, dumps: dump.New(o.Store)}
	all := &prepared{h: h, write: writePOD}
	h.pod = map[string]*prepared{"": all, "all": all, "merged": {h: h, write: func(rd *reader, w io.Writer) error {
		rd.merged = true
		return writePOD(rd, w)
	}}}
	return h, nil
}

// Register adds the routes of the feeds to mux. The catalogue itself and the
// resources are not among them, since the portal shares their addresses; see
// [Handler.Catalog] and [Handler.Resource].
func (h *Handler) Register(mux protocol.Mux) {
	for _, f := range rdfio.Formats() {
		mux.HandleFunc("GET /catalog."+f.Name(), func(w http.ResponseWriter, r *http.Request) { h.catalog(w, r, f) })
		mux.HandleFunc("GET /describe."+f.Name(), only(func(w http.ResponseWriter, r *http.Request) {
			h.describe(w, r, r.URL.Query().Get("iri"), f)
		}, "iri"))
	}
	mux.HandleFunc("GET /context.jsonld", only(h.context))
	mux.HandleFunc("GET /robots.txt", only(h.robots))
	mux.HandleFunc("GET /sitemap.xml", only(h.sitemap, "page"))
	mux.HandleFunc(DataJSONRoute, h.DataJSON)
	mux.HandleFunc("GET /feed/atom.xml", h.atom)
	mux.HandleFunc("GET /feed/rss.xml", h.rss)
	mux.HandleFunc("GET /.well-known/api-catalog", only(h.apiCatalog))
	mux.HandleFunc("GET /openapi.json", only(h.openAPI))
	mux.HandleFunc("GET /croissant.json", only(croissantOf(h), "dataset"))
	(&stream{h}).register(mux)
	for _, path := range []string{"/api/action/{action}", "/api/3/action/{action}"} {
		mux.HandleFunc("GET "+path, h.ckan)
		mux.HandleFunc("POST "+path, h.ckan)
	}
	mux.HandleFunc("GET /api/v1/rest/dataset", h.platformList)
	mux.HandleFunc("GET /api/v1/rest/dataset/{id...}", h.platformShow)
}

// Resource answers with the RDF description of one resource.
func (h *Handler) Resource(w http.ResponseWriter, r *http.Request, iri string) {
	if f, ok := format(w, r); ok && !h.left(w, r, iri) {
		h.describe(w, r, iri, f)
	}
}

func (h *Handler) describe(w http.ResponseWriter, r *http.Request, iri string, f rdfio.Format) {
	sn, err := wantedState(r.Context(), h)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer sn.Close()
	var quads []term.Quad
	if named(f) { // which graphs tell of it
		quads, err = Describe(r.Context(), sn, iri)
	} else {
		quads, err = whole(r.Context(), h, sn, iri)
	}
	if err == nil && len(quads) > 0 {
		quads, err = withLinks(r.Context(), sn, iri, quads)
	}
	switch {
	case err != nil:
		h.fail(w, r, err)
	case len(quads) == 0:
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
			Detail: "the catalogue knows nothing of <" + iri + ">"})
	default:
		h.document(w, r, f, sn, quads)
	}
}

// wantedState returns the state that a request asks for: the newest, or that of an earlier time.
func wantedState(ctx context.Context, h *Handler) (*store.Snapshot, error) {
	m, _ := moment.From(ctx)
	return h.Engine.SnapshotAt(ctx, m.Seq)
}

// withLinks adds to a description with what else the catalogue links the
// resource. Links stand in graphs of their own.
func withLinks(ctx context.Context, sn *store.Snapshot, iri string, quads []term.Quad) ([]term.Quad, error) {
	links, err := Names(ctx, sn, iri, vocab.OWLSameAs, vocab.DCTIsVersionOf, vocab.DCATInSeries)
	if err != nil {
		return nil, err
	}
	quads = append(quads, links...)
	slices.SortFunc(quads, term.CompareQuads)
	return slices.Compact(quads), nil
}

// document sends quads as one document, with validators made of the snapshot.
// Syntaxes without named graphs get the triples.
func (h *Handler) document(w http.ResponseWriter, r *http.Request, f rdfio.Format, sn *store.Snapshot,
	quads []term.Quad) {
	if !named(f) {
		quads = triples(quads)
	}
	if body, ok := h.written(w, r, f, quads, false); ok {
		h.send(w, r, sn, f.MediaType(), body)
	}
}

// written returns quads as a document; ok is false after an answer. A long document streams:
// its quads come as they are, grouped but not in the sequence of their terms.
func (h *Handler) written(w http.ResponseWriter, r *http.Request, f rdfio.Format, quads []term.Quad,
	stream bool) (body []byte, ok bool) {
	var b bytes.Buffer
	o := h.mending(r.Context(), r.URL.Path)
	o.Stream = stream
	if err := rdfio.Write(r.Context(), &b, f, rdfio.All(quads), o); err != nil {
		h.fail(w, r, err)
		return nil, false
	}
	return b.Bytes(), true
}

// once drops quads that came before.
func once(quads []term.Quad) []term.Quad {
	seen := make(map[term.Quad]bool, len(quads))
	return slices.DeleteFunc(quads, func(q term.Quad) bool {
		before := seen[q]
		seen[q] = true
		return before
	})
}

// mending has what a syntax cannot express left out, so that the rest is published.
func (h *Handler) mending(ctx context.Context, path string) rdfio.WriteOptions {
	return rdfio.WriteOptions{Mend: true, Unfit: func(q term.Quad, err error) {
		h.Logger.DebugContext(ctx, "left out", "path", path, "quad", q.String(), "error", err)
	}}
}

// context answers with the terms and prefixes of our JSON-LD. A document brings those that
// it uses itself, so that nobody has to ask for them.
func (h *Handler) context(w http.ResponseWriter, r *http.Request) {
	data, err := jsonld.DCATContext()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/ld+json")
	w.Header().Set("ETag", entityTag(0, string(data)))
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
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
		_, _ = io.WriteString(sum, p+"\x00") // never fails
	}
	return fmt.Sprintf(`W/"%d-%x"`, seq, sum.Sum64())
}

// triples drops the graph names, and sorts: a triple that several graphs state is
// there once.
func triples(quads []term.Quad) []term.Quad {
	out := make([]term.Quad, len(quads))
	for i, q := range quads {
		out[i] = q.Triple().In(term.Term{})
	}
	slices.SortFunc(out, term.CompareQuads)
	return slices.Compact(out)
}

// fail answers that something went wrong and logs what.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	if over := r.Context().Err(); over != nil { // what nobody writes would be an empty feed
		status = protocol.ProblemOf(over).Status
	} else if errors.Is(err, sparql.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		status = http.StatusGatewayTimeout
	}
	p := protocol.ProblemOf(err)
	if p.Status != http.StatusInternalServerError && r.Context().Err() == nil {
		protocol.WriteProblem(w, r, p)
		return
	}
	h.Logger.ErrorContext(r.Context(), "feed", "path", r.URL.Path, "status", status, "error", err)
	protocol.WriteProblem(w, r, &protocol.Problem{Status: status, Detail: "the answer could not be put together; " +
		"the reason has been logged"})
}
