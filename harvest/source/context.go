package source

import (
	"context"
	"fmt"
)

// Contexts that a source's JSON-LD names are fetched like its documents: by the
// same rules, at the same rate, and few of them.
const (
	maxContexts     = 20
	maxContextBytes = 1 << 20
)

// loadContext fetches a JSON-LD context.
func (s *Session) loadContext(ctx context.Context, iri string) ([]byte, error) {
	if c, ok := s.contexts[iri]; ok {
		return c.body, c.err
	}
	if len(s.contexts) >= maxContexts {
		return nil, fmt.Errorf("the source names more than %d contexts", maxContexts)
	}
	if s.contexts == nil {
		s.contexts = map[string]jsonContext{}
	}
	var c jsonContext
	r, err := s.Get(ctx, iri, "application/ld+json, application/json;q=0.9")
	switch {
	case err != nil:
		c.err = err
	case len(r.Body) > maxContextBytes:
		c.err = fmt.Errorf("the context has more than %d bytes", maxContextBytes)
	default:
		c.body, c.err = r.UTF8()
	}
	if ctx.Err() == nil {
		s.contexts[iri] = c
	}
	return c.body, c.err
}

type jsonContext struct {
	body []byte
	err  error
}
