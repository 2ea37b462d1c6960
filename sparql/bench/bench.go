package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"fincat/sparql/protocol"
)

// Endpoint is what is measured.
type Endpoint struct {
	Address string // for queries
	Update  string // for updates; needed only when there are some
}

// Options say what [Run] does.
type Options struct {
	Client    *protocol.Client // its Timeout is the limit
	Timeout   time.Duration    // the limit of the client, with which a timeout counts
	Endpoints []Endpoint       // the first one is compared with the others
	Queries   []Query
	WarmUp    int // how often each query is asked before it is timed; the first time is its cold one
	Rounds    int // how often each query is timed, at least once
	// Clients ask the queries at the same time, after the rounds, each endpoint for Duration
	// in as many turns as there are rounds. Zero leaves that out.
	Clients  int
	Duration time.Duration
	// Progress is called with what begins; default: nothing is said.
	Progress func(string)
}

// Try finds out whether there is an endpoint that answers, by a query that all stores can.
func Try(ctx context.Context, c *protocol.Client, address string) error {
	q := newQuery("", "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1")
	var buf bytes.Buffer
	mediaType, err := c.Whole(ctx, protocol.Request{Endpoint: address, Query: q.Text}, &buf)
	if err == nil {
		if _, err = understand(ctx, &q, mediaType, &buf); err != nil {
			err = fmt.Errorf("endpoint %s: %w", address, err)
		}
	}
	return err
}

// runner is a benchmark at work.
type runner struct {
	Options
	report *Report
	buf    bytes.Buffer
}

// Run asks every query of every endpoint, first to warm up and then in rounds in which the
// endpoints take turns in going first. An endpoint that fails a query, or takes too long,
// is not asked it again. The error is that of ctx: what endpoints do wrong is in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	r := &runner{Options: o, report: &Report{Rounds: o.Rounds, Limit: o.Timeout.Seconds()}}
	if r.Progress == nil {
		r.Progress = func(string) {}
	}
	for _, e := range o.Endpoints {
		r.report.Endpoints = append(r.report.Endpoints, e.Address)
	}
	for _, q := range o.Queries {
		r.report.Queries = append(r.report.Queries, Comparison{Name: q.Name, Update: q.IsUpdate(),
			Runs: make([]Timing, len(o.Endpoints))})
	}
	for round := -o.WarmUp; round < o.Rounds; round++ {
		if err := r.round(ctx, round); err != nil {
			return nil, err
		}
	}
	if o.Clients > 0 {
		if err := r.load(ctx); err != nil {
			return nil, err
		}
	}
	r.report.summarise(o.Timeout)
	return r.report, nil
}

// round asks everything once. Rounds below zero warm up.
func (r *runner) round(ctx context.Context, round int) error {
	if round < 0 {
		r.Progress(fmt.Sprintf("warming up, %d times more", -round))
	} else {
		r.Progress(fmt.Sprintf("round %d of %d", round+1, r.Rounds))
	}
	for i := range r.Queries {
		for k := range r.Endpoints {
			e := (k + max(round, 0)) % len(r.Endpoints)
			run := &r.report.Queries[i].Runs[e]
			if run.Error != "" {
				continue
			}
			answer, took, err := r.once(ctx, &r.Queries[i], r.Endpoints[e])
			if ctx.Err() != nil {
				return ctx.Err()
			}
			run.note(round, round == -r.WarmUp, answer, took, err)
		}
	}
	return nil
}

// note keeps what one execution gave.
func (t *Timing) note(round int, first bool, answer fingerprint, took time.Duration, err error) {
	switch {
	case err != nil:
		t.Error, t.Timeout = err.Error(), isTimeout(err)
		return
	case first:
		t.answer = answer
	case answer != t.answer:
		t.Unsteady = true
	}
	if first && round < 0 {
		t.Cold = milliseconds(took)
	}
	if round >= 0 {
		t.times = append(t.times, took)
	}
}

// once executes a query or update at an endpoint.
func (r *runner) once(ctx context.Context, q *Query, e Endpoint) (answer fingerprint, took time.Duration, err error) {
	if !q.IsUpdate() {
		return r.ask(ctx, q, e)
	}
	start := time.Now()
	err = r.Client.Update(ctx, e.Update, q.Text)
	took = time.Since(start)
	if err == nil {
		check := *q
		check.Text = q.Check
		answer, _, err = r.ask(ctx, &check, e)
	}
	// What was begun is undone, also when the user does not want to wait any more.
	if undoing := r.Client.Update(context.WithoutCancel(ctx), e.Update, q.Undo); undoing != nil && err == nil {
		err = fmt.Errorf("undo the update: %w", undoing)
	}
	return answer, took, err
}

// ask sends a query, reads the answer, and then finds out what it means.
func (r *runner) ask(ctx context.Context, q *Query, e Endpoint) (answer fingerprint, took time.Duration, err error) {
	mediaType, took, err := r.fetch(ctx, q, e, &r.buf)
	if err == nil {
		answer, err = understand(ctx, q, mediaType, &r.buf)
	}
	return answer, took, err
}

// What is asked for first is what every store writes fast.
const (
	acceptResults = "application/sparql-results+json, application/sparql-results+xml;q=0.9, " +
		"text/tab-separated-values;q=0.8"
	acceptGraph = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.8"
)

// fetch sends a query and reads the answer into buf, which is what is timed.
func (r *runner) fetch(
	ctx context.Context, q *Query, e Endpoint, buf *bytes.Buffer,
) (mediaType string, took time.Duration, err error) {
	accept := acceptResults
	if q.graph {
		accept = acceptGraph
	}
	start := time.Now()
	mediaType, err = r.Client.Whole(ctx, protocol.Request{Endpoint: e.Address, Query: q.Text, Accept: accept}, buf)
	return mediaType, time.Since(start), err
}

// isTimeout reports whether a query took too long, for us or for the endpoint, which says
// so with the status 504 or 408.
func isTimeout(err error) bool {
	var refused *protocol.EndpointError
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &refused) &&
			(refused.Status == http.StatusGatewayTimeout || refused.Status == http.StatusRequestTimeout) ||
		errors.As(err, &network) && network.Timeout()
}
