package protocol

import (
	"context"
	"fmt"
	"iter"
	"net/http"

	"fincat/sparql/gate"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const (
	// groupedTriples is the size up to which a Turtle document is laid out by
	// subject; its triples are held in memory for that.
	groupedTriples = 50_000
	// heldTriples bounds the documents in RDF/XML and JSON-LD, which cannot be
	// begun before all triples are known.
	heldTriples = 1_000_000
)

// writeTriples writes a graph while it is read, where the syntax allows that.
// Large Turtle and TriG documents are written with one triple on each line, as
// in N-Triples, whose syntax is part of both.
func writeTriples(
	ctx context.Context, b *body, f rdfio.Format, triples iter.Seq2[term.Quad, error],
) (n int, err error) {
	limit := 0
	switch f {
	case rdfio.Turtle, rdfio.TriG:
		limit = groupedTriples
	case rdfio.RDFXML, rdfio.JSONLD, rdfio.JSONLDExpanded, rdfio.JSONLDFlattened:
		limit = heldTriples
	}
	var held []term.Quad
	var w rdfio.Writer
	for q, err := range triples {
		if err == nil && n&1023 == 0 {
			if err = ctx.Err(); err == nil {
				err = gate.From(ctx).Turn(ctx)
			}
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
	return n, rdfio.Write(ctx, b, f, rdfio.All(held), rdfio.WriteOptions{Mend: true})
}

// beginLines starts a document of one triple a line with those already there.
func beginLines(b *body, f rdfio.Format, held []term.Quad) (rdfio.Writer, error) {
	switch f {
	case rdfio.RDFXML, rdfio.JSONLD, rdfio.JSONLDExpanded, rdfio.JSONLDFlattened:
		return nil, problemf(http.StatusServiceUnavailable,
			"%s is limited to %d triples; Turtle and N-Triples are not", f, heldTriples)
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
