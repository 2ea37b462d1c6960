package sparql

import (
	"context"
	"iter"
	"sync/atomic"

	"fincat/sparql/gate"
	"fincat/sparql/results"
	"fincat/vocab/term"
)

// calls asks other servers for one request of ours, so and so often: else one small
// query about many endpoints could have this server flood them.
type calls struct {
	engine *Engine
	made   atomic.Int64
}

// take counts one call.
func (c *calls) take() error {
	if limit := c.engine.o.MaxCalls; c.made.Add(1) > limit {
		return &LimitError{What: "calls of other servers", Limit: limit}
	}
	return nil
}

// services is the client for SERVICE, nil where there is none.
func (c *calls) services() ServiceClient {
	if c.engine.o.Services == nil {
		return nil
	}
	return c
}

// Select implements [ServiceClient].
func (c *calls) Select(
	ctx context.Context, endpoint, query string,
) (vars []string, solutions iter.Seq2[results.Solution, error], err error) {
	if err := c.take(); err != nil {
		return nil, nil, err
	}
	gate.From(ctx).Idle(func() { vars, solutions, err = c.engine.o.Services.Select(ctx, endpoint, query) })
	return vars, solutions, err
}

// load fetches a document for LOAD.
func (c *calls) load(ctx context.Context, iri string) iter.Seq2[term.Quad, error] {
	if err := c.take(); err != nil {
		return func(yield func(term.Quad, error) bool) { yield(term.Quad{}, err) }
	}
	return c.engine.o.Load.Load(ctx, iri)
}
