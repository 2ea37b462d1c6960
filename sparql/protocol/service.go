package protocol

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/vocab/term"
)

var _ sparql.ServiceClient = (*Client)(nil)

// Select sends a SELECT query to an endpoint, for SERVICE (SPARQL 1.1 Federated
// Query §2). The solutions arrive while they are ranged over, once; their blank
// nodes are those of no other answer. Until the range is left, or ctx ends, the
// connection stays open.
func (c *Client) Select(
	ctx context.Context, endpoint, query string,
) (vars []string, solutions iter.Seq2[results.Solution, error], err error) {
	a, err := c.Query(ctx, Request{Endpoint: endpoint, Query: query})
	if err != nil {
		return nil, nil, err
	}
	if a.Results != nil {
		if _, isBoolean := a.Results.Boolean(); !isBoolean {
			return a.Results.Vars(), c.solutions(endpoint, a), nil
		}
	}
	return nil, nil, errors.Join(endpointError(endpoint, errors.New("solutions were expected")), a.Close())
}

func (c *Client) solutions(endpoint string, a *Answer) iter.Seq2[results.Solution, error] {
	return func(yield func(results.Solution, error) bool) {
		defer a.Close()
		label := c.label()
		var n int64
		for s, err := range a.Results.Solutions() {
			if n++; err == nil && n > c.o.MaxSolutions {
				err = fmt.Errorf("%w: the limit of %d", errTooMany, c.o.MaxSolutions)
			}
			if err != nil {
				yield(nil, endpointError(endpoint, err))
				return
			}
			for i := range s {
				s[i] = relabel(s[i], label)
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// relabel marks the blank nodes of one answer.
func relabel(t term.Term, label string) term.Term {
	switch t.Kind() {
	case term.BlankNode:
		return term.NewBlankNode(label + t.Value())
	case term.TripleTerm:
		r := t.Triple()
		return term.NewTripleTerm(term.Triple{Subject: relabel(r.Subject, label), Predicate: r.Predicate,
			Object: relabel(r.Object, label)})
	}
	return t
}
