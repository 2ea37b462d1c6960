package protocol

import (
	"context"
	"net/http"
	"sync"
	"time"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/sparql/syntax"
)

// serveQuery is the query operation of the SPARQL 1.1 Protocol §2.1; without a
// query it serves the service description, and the editor to browsers.
func (h *Handler) serveQuery(w http.ResponseWriter, r *http.Request) error {
	addVary(w.Header(), "Accept")
	op, err := h.readOperation(w, r, "query", typeQuery, h.o.MaxQueryBytes)
	switch {
	case err != nil:
		return err
	case op.params.Has("update"):
		return problemf(http.StatusBadRequest, "updates are sent to %supdate by POST", h.base(r))
	case !op.present && r.Method == http.MethodPost:
		return problemf(http.StatusBadRequest, "the request has no query")
	case !op.present && h.o.Editor != nil && prefersHTML(r, rdfOffers()):
		h.o.Editor.ServeHTTP(w, r)
		return nil
	case !op.present:
		return h.serveDescription(w, r)
	}
	q, err := h.prepare(r, op)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		w.Header().Set("Cache-Control", "no-store")
		return h.answer(w, r, q)
	}
	fresh, err := h.cached(w, r, q)
	switch {
	case err != nil:
		return err
	case fresh:
		w.WriteHeader(http.StatusNotModified)
		return nil
	case r.Method == http.MethodHead:
		w.Header().Set("Content-Type", q.format.contentType())
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return h.answer(w, r, q)
}

// prepared is a query that is known to be well-formed and to have an
// acceptable format for its answer.
type prepared struct {
	text   string
	form   syntax.Form
	format format
	o      sparql.QueryOptions
}

func (h *Handler) prepare(r *http.Request, op *operation) (*prepared, error) {
	q := &prepared{text: op.text, o: sparql.QueryOptions{Base: h.base(r) + "sparql"}}
	var err error
	if q.o.DefaultGraphs, err = op.graphParams("default-graph-uri", q.o.Base); err != nil {
		return nil, err
	}
	if q.o.NamedGraphs, err = op.graphParams("named-graph-uri", q.o.Base); err != nil {
		return nil, err
	}
	if q.o.Timeout, err = op.timeout(); err != nil {
		return nil, err
	}
	tree, err := syntax.ParseQuery(q.text, syntax.Options{Base: q.o.Base})
	if err != nil {
		return nil, err
	}
	q.form = tree.Form
	offers := resultOffers()
	if q.form == syntax.ConstructForm || q.form == syntax.DescribeForm {
		offers = rdfOffers()
	}
	q.format, err = negotiate(r, op.params.Get("format"), offers)
	return q, err
}

// answer evaluates a query and writes its result as it comes.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, q *prepared) error {
	start := time.Now()
	a, err := h.engine.Query(r.Context(), q.text, q.o)
	if err != nil {
		return err
	}
	defer a.Close()
	w.Header().Set("Content-Type", q.format.contentType())
	b := newBody(w, r, h.o.WriteTimeout)
	n := 0
	switch q.form {
	case syntax.AskForm:
		err = writeBoolean(b, q.format.results, a)
	case syntax.SelectForm:
		n, err = writeSolutions(r.Context(), b, q.format.results, a)
	default:
		n, err = writeTriples(r.Context(), b, q.format.rdf, a.Quads())
	}
	if err == nil {
		err = b.close()
	}
	h.o.Logger.Info("query", "form", q.form.String(), "ok", err == nil, "results", n, "bytes", b.written, "seconds", time.Since(start).Seconds())
	if err != nil && b.sent {
		b.abort()
	}
	return err
}

func writeBoolean(b *body, f results.Format, a answer) error {
	v, err := a.Boolean()
	if err != nil {
		return err
	}
	return results.WriteBoolean(b, f, v)
}

// flushEvery is how long a solution may wait in the buffers.
const flushEvery = time.Second

func writeSolutions(ctx context.Context, b *body, f results.Format, a answer) (n int, err error) {
	w, err := results.NewWriter(b, f, a.Vars())
	if err != nil {
		return 0, err
	}
	var mu sync.Mutex // of w, b and dirty
	dirty := false
	stop := every(flushEvery, func() {
		mu.Lock()
		defer mu.Unlock()
		if dirty && w.Flush() == nil { // an error comes again with the next solution
			_ = b.flush()
		}
		dirty = false
	})
	defer stop()
	for s, err := range a.Solutions() {
		mu.Lock()
		if err == nil {
			err = w.Write(s)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil && b.sent {
			_ = w.Fail(err)
		}
		dirty = true
		mu.Unlock()
		if err != nil {
			return n, err
		}
		n++
	}
	stop()
	return n, w.Close()
}

// every calls f at intervals until it is stopped; then f is no longer running.
func every(interval time.Duration, f func()) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				f()
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		running.Wait()
	})
}
