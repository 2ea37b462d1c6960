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
	"strconv"
	"strings"

	"fincat/sparql/gate"
	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// serveData is the SPARQL 1.1 Graph Store HTTP Protocol. The default graph is
// always the stored one, also where queries see the union of all graphs.
func (h *Handler) serveData(w http.ResponseWriter, r *http.Request) error {
	g, err := h.requestGraph(r)
	if err == nil {
		err = gate.From(r.Context()).Turn(r.Context())
	}
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if g.create {
			return problemf(http.StatusBadRequest,
				"name a graph by ?default, by ?graph=IRI or by its own IRI below /data/")
		}
		return h.getGraph(w, r, g)
	}
	author, err := h.authorizeChange(r)
	if err != nil {
		return err
	}
	return h.changeGraph(w, r, g, author)
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
	params, err := parseForm(r.URL.RawQuery)
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
		iri, err := term.ResolveIRI(own, named[0])
		if err == nil {
			err = term.CheckIRI(iri)
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
		return graphName{}, problemf(http.StatusBadRequest,
			"name a graph by ?default, by ?graph=IRI or by its own IRI below /data/")
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
	if same, err := h.unchanged(r.Context(), sn, g.name, r.Header.Values("If-None-Match"), f.name()); err != nil ||
		same {
		if same {
			addVary(w.Header(), "Accept-Encoding")
			w.WriteHeader(http.StatusNotModified)
		}
		return err
	}
	w.Header().Set("Content-Type", f.contentType())
	b := h.newBody(w, r)
	if r.Method == http.MethodHead {
		return b.close()
	}
	_, err = writeTriples(r.Context(), b, f.rdf, graphTriples(r.Context(), sn, id))
	if err == nil {
		err = b.close()
	}
	if err != nil && b.sent {
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
		for q, err := range sn.Match(ctx, store.Pattern{G: g}, store.GSPO) {
			if err != nil {
				yield(term.Quad{}, fmt.Errorf("read the graph: %w", err))
				return
			}
			q.Graph = term.Term{}
			if !yield(q, nil) {
				return
			}
		}
	}
}

// bodyTriples yields, once, the triples that a PUT or POST brings: of one
// document, or of the parts of a form.
func (h *Handler) bodyTriples(w http.ResponseWriter, r *http.Request, g graphName) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		body, err := h.openBody(w, r, h.o.MaxDataBytes)
		if err != nil {
			yield(term.Quad{}, err)
			return
		}
		contentType := r.Header.Get("Content-Type")
		mediaType, params, _ := mime.ParseMediaType(contentType)
		switch {
		case mediaType != "multipart/form-data":
			documentTriples(r.Context(), body, contentType, "", g, yield)
		case r.Method != http.MethodPost:
			yield(term.Quad{}, problemf(http.StatusUnsupportedMediaType, "multipart/form-data is taken by POST only"))
		default:
			partTriples(r.Context(), multipart.NewReader(body, params["boundary"]), g, yield)
		}
	}
}

func partTriples(ctx context.Context, parts *multipart.Reader, g graphName, yield func(term.Quad, error) bool) {
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			yield(term.Quad{}, bodyProblem(err))
			return
		}
		// Each part has blank nodes of its own.
		if !documentTriples(ctx, part, part.Header.Get("Content-Type"), fmt.Sprintf("p%d", n), g, yield) {
			return
		}
	}
}

// documentTriples yields the triples of an RDF document, in the graph.
func documentTriples(
	ctx context.Context, body io.Reader, contentType, blankNodes string, g graphName,
	yield func(term.Quad, error) bool,
) (more bool) {
	o := rdfio.ReadOptions{MediaType: contentType, Base: g.base, BlankNodes: blankNodes}
	if contentType != "" {
		f, ok := rdfio.FormatByMediaType(contentType)
		if !ok {
			yield(term.Quad{}, problemf(http.StatusUnsupportedMediaType,
				"the Content-Type %.100q is no RDF syntax known here", contentType))
			return false
		}
		o.Format = f
	}
	for q, err := range rdfio.Read(ctx, body, o) {
		if err == nil && !q.Graph.IsZero() {
			err = problemf(http.StatusBadRequest, "the document has a named graph, %s; one graph is expected", q.Graph)
		}
		if err != nil {
			yield(term.Quad{}, documentProblem(err))
			return false
		}
		q.Graph = g.name
		if !yield(q, nil) {
			return false
		}
	}
	return true
}

// replay keeps what a sequence yields, so that it can be ranged over again.
func replay(seq iter.Seq2[term.Quad, error]) iter.Seq2[term.Quad, error] {
	var kept []term.Quad
	read := false
	return func(yield func(term.Quad, error) bool) {
		if !read {
			for q, err := range seq {
				if err != nil {
					yield(q, err)
					return
				}
				kept = append(kept, q)
			}
			read = true
		}
		for _, q := range kept {
			if !yield(q, nil) {
				return
			}
		}
	}
}

// documentProblem returns the problem of a document that could not be read,
// whether the document is at fault or the connection that it came over.
func documentProblem(err error) error {
	p := ProblemOf(err)
	if p.Status < http.StatusInternalServerError {
		return p
	}
	return bodyProblem(err)
}

// conflictRetries is how often a change is tried again when another change was
// committed between its snapshot and its commit.
const conflictRetries = 5

// changeGraph carries a PUT, POST or DELETE out. Documents go into the store as
// they arrive, whatever their size; only those of conditional requests are kept
// in memory, since other changes may come in between.
func (h *Handler) changeGraph(w http.ResponseWriter, r *http.Request, g graphName, author string) error {
	var triples iter.Seq2[term.Quad, error]
	if r.Method != http.MethodDelete {
		triples = h.bodyTriples(w, r, g)
	}
	conditional := len(r.Header.Values("If-Match"))+len(r.Header.Values("If-None-Match")) > 0
	if conditional && triples != nil {
		triples = replay(triples)
	}
	for attempt := 0; ; attempt++ {
		existed, c, err := h.tryChange(r, g, triples, conditional, author)
		if errors.Is(err, store.ErrConflict) && attempt < conflictRetries {
			continue
		}
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		if c.Added+c.Removed > 0 {
			w.Header().Set(CommitHeader, strconv.FormatUint(c.Seq, 10))
		}
		switch {
		case g.create:
			w.Header().Set("Location", g.name.Value())
			w.WriteHeader(http.StatusCreated)
		case !existed && c.Added > 0:
			w.WriteHeader(http.StatusCreated)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
		return nil
	}
}

// tryChange checks the request's conditions and commits the change. A
// conditional change is committed only if nothing else was committed since its
// conditions were checked.
func (h *Handler) tryChange(
	r *http.Request, g graphName, triples iter.Seq2[term.Quad, error], conditional bool, author string,
) (existed bool, c store.Commit, err error) {
	existed, seq, err := h.checkChange(r, g)
	if err != nil {
		return existed, c, err
	}
	tx, err := h.store.Begin(r.Context())
	if err != nil {
		return existed, c, err
	}
	defer tx.Rollback()
	tx.Note(store.Note{Author: author})
	if conditional {
		tx.Expect(seq)
	}
	if r.Method != http.MethodPost {
		if err := tx.DropGraph(g.name); err != nil {
			return existed, c, err
		}
	}
	if triples != nil {
		n := 0
		for q, err := range triples {
			if n++; err == nil && n%256 == 0 {
				err = gate.From(r.Context()).Turn(r.Context())
			}
			if err == nil {
				err = tx.Add(r.Context(), q)
			}
			if err != nil {
				return existed, c, err
			}
		}
	}
	if err := gate.From(r.Context()).Turn(r.Context()); err != nil {
		return existed, c, err
	}
	c, err = tx.Commit(r.Context())
	return existed, c, err
}

// checkChange reports whether the graph exists and refuses a change whose
// conditions do not hold in the newest state.
func (h *Handler) checkChange(r *http.Request, g graphName) (existed bool, seq uint64, err error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return false, 0, fmt.Errorf("open a snapshot: %w", err)
	}
	defer sn.Close()
	_, existed, err = graphID(sn, g.name)
	if err != nil {
		return false, 0, err
	}
	if err := h.checkConditions(r, sn, g.name, existed); err != nil {
		return existed, 0, err
	}
	if r.Method == http.MethodDelete && !existed {
		return false, 0, problemf(http.StatusNotFound, "there is no graph %s", g.name)
	}
	return existed, sn.Seq(), nil
}
