package rdfio

import (
	"context"
	"fmt"
	"io"
	"iter"

	"fincat/vocab/term"
)

// WriteOptions say how a document is written. The zero value is good.
type WriteOptions struct {
	Prefixes  map[string]string // prefix to namespace; only those used are declared; nil: vocab.Prefixes()
	Base      string            // Turtle, TriG, RDF/XML: IRIs below it are written relative to it; JSON-LD: its base
	Canonical bool              // N-Triples, N-Quads: the canonical form of RDF 1.2, in the order given; others: no effect
	Sorted    bool              // N-Triples, N-Quads: lines sorted by code point, each once, written on Close; others are sorted anyway
	Stream    bool              // Turtle, TriG, RDF/XML: written as the quads come, all prefixes declared, nothing sorted or nested; N-Triples and N-Quads stream anyway
	Verify    bool              // N-Triples, N-Quads: each line is read back by a second, independent reader; others: an error
	Expanded  bool              // JSON-LD: expanded, without a context; others: no effect
}

// Writer writes one RDF document. N-Triples and N-Quads are written as the
// quads come; Turtle, TriG and RDF/XML when it is closed, unless the options
// say Stream; JSON-LD when it is closed.
type Writer interface {
	Write(term.Quad) error
	Close() error // finishes the document; does not close what lies below
}

// NewWriter returns a Writer of a syntax. A quad that the syntax cannot express
// is an error of Write or Close, never a document that means something else.
func NewWriter(w io.Writer, f Format, o WriteOptions) (Writer, error) {
	if o.Verify && f != NTriples && f != NQuads {
		return nil, fmt.Errorf("write %s: only N-Triples and N-Quads can be verified", f)
	}
	switch f {
	case NTriples, NQuads:
		return newLineWriter(w, f, o), nil
	case Turtle, TriG:
		t, err := newTurtleWriter(w, f, o)
		switch {
		case err != nil:
			return nil, err
		case o.Stream:
			return newTurtleStream(t), nil
		}
		return t, nil
	case RDFXML:
		x := newRDFXMLWriter(w, o)
		if !o.Stream {
			return x, nil
		}
		return newRDFXMLStream(x), nil
	case JSONLD:
		return newJSONLDWriter(w, o)
	}
	return nil, fmt.Errorf("write RDF: no writer for %s", f)
}

// Write writes a whole document.
func Write(ctx context.Context, w io.Writer, f Format, quads iter.Seq2[term.Quad, error], o WriteOptions) error {
	out, err := NewWriter(w, f, o)
	if err != nil {
		return err
	}
	n := 0
	for q, err := range quads {
		if err == nil && n&1023 == 0 {
			err = ctx.Err()
		}
		if err == nil {
			err = out.Write(q)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", f, err)
		}
		n++
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write %s: %w", f, err)
	}
	return nil
}

// All returns quads as the sequence that Write takes.
func All(quads []term.Quad) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		for _, q := range quads {
			if !yield(q, nil) {
				return
			}
		}
	}
}
