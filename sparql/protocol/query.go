package protocol

import (
	"context"
	"net/http"
	"sync"
	"time"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/sparql/results"
	"fincat/store/moment"
	"fincat/vocab/document"
)

// serveQuery is the query operation of the SPARQL 1.1 Protocol §2.1; without a
// query it serves the service description, and the editor to browsers.
func (h *Handler) serveQuery(w http.ResponseWriter, r *http.Request) error {
	addVary(w.Header(), "Accept")
	op, err := h.readOperation(w, r, "query", typeQuery, h.o.MaxQueryBytes)
	if err == nil && !op.present { // a query takes its place in its own time
		err = gate.From(r.Context()).Turn(r.Context())
	}
	switch {
	case err != nil:
		return err
	case op.params.Has("update"):
		return problemf(http.StatusBadRequest, "updates are sent to %supdate by POST", h.base(r))
	case !op.present && op.params.Has("at") || !op.present && asks(r):
		return problemf(http.StatusBadRequest, "the parameter at is for queries: there is none")
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
	if q.o.Past {
		w.Header().Set("Memento-Datetime", q.moment.Time.UTC().Format(http.TimeFormat))
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
	*sparql.Query
	format format
	o      sparql.QueryOptions
	moment moment.Moment // that it asks about, when o.Past
}

// asks reports whether a request asks about an earlier time.
func asks(r *http.Request) bool {
	_, ok := moment.From(r.Context())
	return ok
}

// at has a query answered as of the time that the parameter at of a form names, or else as of
// the moment of the request. A time in the future is the present.
func (q *prepared) at(h *Handler, r *http.Request, op *operation) (err error) {
	m, ok := moment.From(r.Context())
	switch given := op.params["at"]; {
	case len(given) > 1:
		return problemf(http.StatusBadRequest, "there are %d parameters \"at\", one is allowed", len(given))
	case len(given) == 1:
		t, err := moment.Parse(given[0])
		if err != nil {
			return err
		}
		if m, err = moment.Find(h.store, t, time.Now()); err != nil {
			return err
		}
		ok = m.Settled
	}
	if ok {
		q.moment, q.o.AtSeq, q.o.Past = m, m.Seq, true
	}
	return nil
}

func (h *Handler) prepare(r *http.Request, op *operation) (*prepared, error) {
	q := &prepared{o: sparql.QueryOptions{Base: h.base(r) + "sparql"}}
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
	if err = q.at(h, r, op); err != nil {
		return nil, err
	}
	if q.Query, err = h.engine.ParseQuery(r.Context(), op.text, q.o); err != nil {
		return nil, err
	}
	offers := resultOffers()
	if q.Form() == sparql.Construct || q.Form() == sparql.Describe {
		offers = rdfOffers()
	}
	q.format, err = negotiate(r, op.params.Get("format"), offers)
	return q, err
}

// answer evaluates a query and writes its result as it comes.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, q *prepared) error {
	start := time.Now()
	a, err := h.engine.Run(r.Context(), q.Query, q.o)
	if err != nil {
		return err
	}
	defer a.Close()
	w.Header().Set("Content-Type", q.format.contentType())
	// A client that takes nothing of the answer must not hold it beyond its time.
	defer context.AfterFunc(a.Context(), func() { gate.From(r.Context()).Hurry(farewell) })()
	b := h.newBody(w, r)
	b.check = a.Err
	n := 0
	switch q.Form() {
	case sparql.Ask:
		err = writeBoolean(b, q.format.results, a)
	case sparql.Select:
		n, err = writeSolutions(a.Context(), b, q.format.results, a)
	default:
		n, err = writeTriples(a.Context(), b, q.format.rdf, a.Quads())
	}
	if why := a.Err(); err != nil && why != nil { // what was waited for says only that its time is over
		err = why
	}
	if err == nil {
		err = b.close()
	}
	h.o.Logger.Info("query", "form", q.Form().String(), "ok", err == nil, "results", n, "bytes", b.written, "seconds",
		time.Since(start).Seconds())
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

// farewell is how long a client may take to read why its answer breaks off.
const farewell = 250 * time.Millisecond

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
			if f == results.XML { // one solution must not spoil the answer
				mend(s)
			}
			err = w.Write(s)
		}
		if err == nil {
			err = a.Err()
		}
		if err != nil && b.sent {
			_ = w.Fail(err)
		}
		dirty = true
		mu.Unlock()
		if n++; err == nil && n%32 == 0 {
			err = gate.From(ctx).Turn(ctx)
		}
		if err != nil {
			return n - 1, err
		}
	}
	stop()
	return n, w.Close()
}

// mend makes a solution one that XML can carry.
func mend(s results.Solution) {
	for i := range s {
		s[i] = document.ForXML(s[i])
	}
}

// every calls f at intervals until it is stopped; then f is no longer running.
func every(interval time.Duration, f func()) (stop func()) {
	var mu sync.Mutex // held while f runs
	stopped := false
	var timer *time.Timer
	mu.Lock() // until timer is set
	timer = time.AfterFunc(interval, func() {
		mu.Lock()
		defer mu.Unlock()
		if !stopped {
			f()
			timer.Reset(interval)
		}
	})
	mu.Unlock()
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		timer.Stop()
	}
}
