package protocol

import (
	"context"
	"fmt"
	"iter"
	"net/http"

	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const (
	// groupedTriples is up to how many triples a Turtle document is laid out by
	// subject, for which they must be held in memory.
	groupedTriples = 50_000
	// heldTriples bounds the documents of syntaxes that cannot be written
	// before all is known.
	heldTriples = 1_000_000
)

// writeTriples writes a graph as it comes, where the syntax allows. Large
// Turtle and TriG documents are written a triple a line, as N-Triples is, which
// both contain.
func writeTriples(ctx context.Context, b *body, f rdfio.Format, triples iter.Seq2[term.Quad, error]) (n int, err error) {
	limit := 0
	switch f {
	case rdfio.Turtle, rdfio.TriG:
		limit = groupedTriples
	case rdfio.RDFXML, rdfio.JSONLD:
		limit = heldTriples
	}
	var held []term.Quad
	var w rdfio.Writer
	for q, err := range triples {
		if err == nil && n&1023 == 0 {
			err = ctx.Err()
		}
		n++
		if err == nil && n <= limit {
			held = append(held, q)
			continue
		}
		if err == nil && w == nil {
			w, err = beginLines(b, f, held)
			held = nil
		}
		if err == nil {
			err = w.Write(q)
		}
		if err != nil {
			b.breakRDF(err)
			return n, err
		}
	}
	if w != nil {
		return n, w.Close()
	}
	return n, rdfio.Write(ctx, b, f, rdfio.All(held), rdfio.WriteOptions{})
}

// beginLines starts a document of one triple a line with those already there.
func beginLines(b *body, f rdfio.Format, held []term.Quad) (rdfio.Writer, error) {
	switch f {
	case rdfio.RDFXML, rdfio.JSONLD:
		return nil, problemf(http.StatusServiceUnavailable, "%s is limited to %d triples; Turtle and N-Triples are not", f, heldTriples)
	case rdfio.Turtle, rdfio.TriG:
		f = rdfio.NTriples
	}
	w, err := rdfio.NewWriter(b, f, rdfio.WriteOptions{})
	if err != nil {
		return nil, fmt.Errorf("begin the document: %w", err)
	}
	for _, q := range held {
		if err := w.Write(q); err != nil {
			return nil, err
		}
	}
	return w, nil
}
