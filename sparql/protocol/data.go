package protocol

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// serveData is the SPARQL 1.1 Graph Store HTTP Protocol. The default graph is
// always the stored one, also where queries see the union of all graphs.
func (h *Handler) serveData(w http.ResponseWriter, r *http.Request) error {
	g, err := h.requestGraph(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if g.create {
			return problemf(http.StatusBadRequest, "name a graph by ?default, by ?graph=IRI or by its own IRI below /data/")
		}
		return h.getGraph(w, r, g)
	}
	if err := h.authorizeChange(w, r); err != nil {
		return err
	}
	var doc []term.Quad
	if r.Method != http.MethodDelete {
		if doc, err = h.readGraph(w, r, g); err != nil {
			return err
		}
	}
	return h.changeGraph(w, r, g, doc)
}

// graphName is the graph a request is about.
type graphName struct {
	name   term.Term // zero: the default graph
	base   string    // for the relative IRIs of its documents
	create bool      // the request is about the graph store itself
}

// requestGraph finds the graph: indirectly by a parameter or directly by the
// request's own IRI (Graph Store Protocol §4).
func (h *Handler) requestGraph(r *http.Request) (graphName, error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return graphName{}, problemf(http.StatusBadRequest, "the query string of the request is malformed: %v", err)
	}
	named, byDefault := params["graph"], params.Has("default")
	own := h.base(r) + strings.TrimPrefix(r.URL.EscapedPath(), "/")
	direct := strings.TrimPrefix(r.URL.Path, "/data")
	switch {
	case len(named)+len(params["default"]) > 1:
		return graphName{}, problemf(http.StatusBadRequest, "more than one graph is named")
	case byDefault:
		return graphName{base: own}, nil
	case len(named) == 1:
		iri, err := rdfio.ResolveIRI(own, named[0])
		if err == nil {
			err = rdfio.CheckIRI(iri)
		}
		if err != nil {
			return graphName{}, problemf(http.StatusBadRequest, "the parameter graph is not an IRI: %v", err)
		}
		return graphName{name: term.NewIRI(iri), base: iri}, nil
	case direct != "" && direct != "/":
		return graphName{name: term.NewIRI(own), base: own}, nil
	case r.Method == http.MethodPost: // §5.5: a new graph
		iri := h.base(r) + "data/" + rand.Text()
		return graphName{name: term.NewIRI(iri), base: iri, create: true}, nil
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return graphName{}, problemf(http.StatusBadRequest, "name a graph by ?default, by ?graph=IRI or by its own IRI below /data/")
	}
	return graphName{create: true}, nil
}

func (h *Handler) getGraph(w http.ResponseWriter, r *http.Request, g graphName) error {
	addVary(w.Header(), "Accept")
	f, err := negotiate(r, "", rdfOffers())
	if err != nil {
		return err
	}
	sn, err := h.store.Snapshot()
	if err != nil {
		return fmt.Errorf("open a snapshot: %w", err)
	}
	defer sn.Close()
	id, ok, err := graphID(sn, g.name)
	if err != nil {
		return err
	}
	if !ok {
		return problemf(http.StatusNotFound, "there is no graph %s", g.name)
	}
	w.Header().Set("ETag", graphTag(sn, g.name, f.name()))
	w.Header().Set("Cache-Control", "no-cache")
	if same, err := h.unchanged(r.Context(), sn, g.name, r.Header.Values("If-None-Match"), f.name()); err != nil || same {
		if same {
			addVary(w.Header(), "Accept-Encoding")
			w.WriteHeader(http.StatusNotModified)
		}
		return err
	}
	w.Header().Set("Content-Type", f.contentType())
	b := newBody(w, r, h.o.WriteTimeout)
	if r.Method == http.MethodHead {
		return b.close()
	}
	err = rdfio.Write(r.Context(), b, f.rdf, graphTriples(r.Context(), sn, id), rdfio.WriteOptions{})
	if err == nil {
		err = b.close()
	}
	if err != nil && b.sent {
		b.breakRDF(err)
		b.abort()
	}
	return err
}

// graphID returns the ID of a graph that holds something; the default graph
// always exists.
func graphID(sn *store.Snapshot, name term.Term) (id store.ID, ok bool, err error) {
	if name.IsZero() {
		return store.DefaultGraph, true, nil
	}
	id, ok, err = sn.Lookup(name)
	if err != nil {
		return 0, false, fmt.Errorf("look up the graph %s: %w", name, err)
	}
	if !ok {
		return 0, false, nil
	}
	n, _, err := sn.Count(store.Pattern{G: id})
	if err != nil {
		return 0, false, fmt.Errorf("count the graph %s: %w", name, err)
	}
	return id, n > 0, nil
}

// graphTriples yields the triples of one graph by subject.
func graphTriples(ctx context.Context, sn *store.Snapshot, g store.ID) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		sc, err := sn.Scan(store.Pattern{G: g}, store.ScanOptions{Order: store.GSPO})
		if err != nil {
			yield(term.Quad{}, err)
			return
		}
		defer sc.Close()
		var b store.Batch
		var s, p, o []term.Term
		for {
			more, err := sc.Next(ctx, &b)
			if err == nil && !more {
				return
			}
			if err == nil {
				s, p, o = grow(s, b.N), grow(p, b.N), grow(o, b.N)
				err = errors.Join(sn.Terms(b.S[:b.N], s), sn.Terms(b.P[:b.N], p), sn.Terms(b.O[:b.N], o))
			}
			if err != nil {
				yield(term.Quad{}, fmt.Errorf("read the graph: %w", err))
				return
			}
			for i := range b.N {
				if !yield(term.Quad{Subject: s[i], Predicate: p[i], Object: o[i]}, nil) {
					return
				}
			}
		}
	}
}

func grow(ts []term.Term, n int) []term.Term {
	if cap(ts) < n {
		ts = make([]term.Term, n)
	}
	return ts[:n]
}

// readGraph reads the triples that a PUT or POST brings, in one document or in
// the parts of a form.
func (h *Handler) readGraph(w http.ResponseWriter, r *http.Request, g graphName) ([]term.Quad, error) {
	body, done, err := h.openBody(w, r, h.o.MaxDataBytes)
	if err != nil {
		return nil, err
	}
	defer done()
	contentType := r.Header.Get("Content-Type")
	mediaType, params, _ := mime.ParseMediaType(contentType)
	if mediaType != "multipart/form-data" {
		return readDocument(r.Context(), body, contentType, "", g, nil)
	}
	if r.Method != http.MethodPost {
		return nil, problemf(http.StatusUnsupportedMediaType, "multipart/form-data is taken by POST only")
	}
	var out []term.Quad
	parts := multipart.NewReader(body, params["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, bodyProblem(err)
		}
		if out, err = readDocument(r.Context(), part, part.Header.Get("Content-Type"), fmt.Sprintf("p%d", n), g, out); err != nil {
			return nil, err
		}
	}
}

// readDocument appends the triples of an RDF document to out, in the graph.
func readDocument(ctx context.Context, body io.Reader, contentType, blankNodes string, g graphName, out []term.Quad) ([]term.Quad, error) {
	o := rdfio.ReadOptions{MediaType: contentType, Base: g.base, BlankNodes: blankNodes}
	if contentType != "" {
		f, ok := rdfio.FormatByMediaType(contentType)
		if !ok {
			return nil, problemf(http.StatusUnsupportedMediaType, "the Content-Type %.100q is no RDF syntax known here", contentType)
		}
		o.Format = f
	}
	for q, err := range rdfio.Read(ctx, body, o) {
		if err != nil {
			return nil, documentProblem(err)
		}
		if !q.Graph.IsZero() {
			return nil, problemf(http.StatusBadRequest, "the document has a named graph, %s; one graph is expected", q.Graph)
		}
		q.Graph = g.name
		out = append(out, q)
	}
	return out, nil
}

// documentProblem keeps apart what the document and what the connection did.
func documentProblem(err error) error {
	p := problemOf(err)
	if p.Status < http.StatusInternalServerError {
		return p
	}
	return bodyProblem(err)
}

// conflictRetries is how often a change is tried again that met another one.
const conflictRetries = 5

// changeGraph carries a PUT, POST or DELETE out.
func (h *Handler) changeGraph(w http.ResponseWriter, r *http.Request, g graphName, doc []term.Quad) error {
	for attempt := 0; ; attempt++ {
		existed, err := h.tryChange(r, g, doc)
		if errors.Is(err, store.ErrConflict) && attempt < conflictRetries {
			continue
		}
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		switch {
		case g.create:
			w.Header().Set("Location", g.name.Value())
			w.WriteHeader(http.StatusCreated)
		case !existed && len(doc) > 0:
			w.WriteHeader(http.StatusCreated)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
		return nil
	}
}

// tryChange commits on top of the state it has checked the request's conditions
// against.
func (h *Handler) tryChange(r *http.Request, g graphName, doc []term.Quad) (existed bool, err error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return false, fmt.Errorf("open a snapshot: %w", err)
	}
	defer sn.Close()
	_, existed, err = graphID(sn, g.name)
	if err != nil {
		return false, err
	}
	conditional, err := h.checkConditions(r, sn, g.name, existed)
	if err != nil {
		return existed, err
	}
	var c store.Change
	switch r.Method {
	case http.MethodDelete:
		if !existed {
			return false, problemf(http.StatusNotFound, "there is no graph %s", g.name)
		}
		c.Replace = map[term.Term][]term.Quad{g.name: nil}
	case http.MethodPut:
		c.Replace = map[term.Term][]term.Quad{g.name: doc}
	default:
		c.Add = doc
	}
	if conditional {
		seq := sn.Seq()
		c.Expect = &seq
	}
	_, err = h.store.Commit(r.Context(), c)
	return existed, err
}
