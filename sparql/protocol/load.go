package protocol

import (
	"context"
	"iter"
	"net/http"

	"fincat/sparql"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

var _ sparql.Loader = (*Client)(nil)

const acceptRDF = "text/turtle, application/n-triples, application/trig, application/n-quads, " +
	"application/rdf+xml;q=0.9, application/ld+json;q=0.8, */*;q=0.1"

// Load fetches an RDF document, for LOAD (SPARQL 1.1 Update §3.1.4). Its syntax
// is that of its media type, or of its name and content where that says
// nothing about RDF; its blank nodes are those of no other document.
func (c *Client) Load(ctx context.Context, iri string) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
		defer cancel()
		resp, err := c.do(ctx, iri, func(address string) (*http.Request, error) {
			req, err := http.NewRequest(http.MethodGet, address, nil)
			if err == nil {
				req.Header.Set("Accept", acceptRDF)
			}
			return req, err
		})
		if err != nil {
			yield(term.Quad{}, endpointError(iri, err))
			return
		}
		defer closeBody(resp)
		for q, err := range rdfio.Read(ctx, resp.Body, rdfio.ReadOptions{
			MediaType: resp.Header.Get("Content-Type"), Path: resp.Request.URL.Path, Base: resp.Request.URL.String(),
			Limits: rdfio.Limits{DocumentBytes: c.o.MaxBytes}, BlankNodes: c.label(),
		}) {
			if err != nil {
				yield(term.Quad{}, endpointError(iri, err))
				return
			}
			if !yield(q, nil) {
				return
			}
		}
	}
}
