package rdfio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"fincat/vocab/document"
	"fincat/vocab/jsonld"
	"fincat/vocab/rdfxml"
	"fincat/vocab/term"
)

// WriteOptions say how a document is written. The zero value is good.
type WriteOptions struct {
	// Prefixes maps prefixes to namespaces. Only those used are declared, unless
	// Stream is set. Nil means vocab.Prefixes().
	Prefixes map[string]string
	// Base is what IRIs below it are written relative to in Turtle and TriG, and
	// the base of a compacted JSON-LD document.
	Base string
	// Canonical writes N-Triples and N-Quads in the canonical form of RDF 1.2, in
	// the order given. It has no effect on other syntaxes.
	Canonical bool
	// Sorted writes the lines of N-Triples and N-Quads by code point, each once,
	// on Close. Other syntaxes are sorted anyway.
	Sorted bool
	// Stream writes Turtle, TriG and RDF/XML as the quads come, with all prefixes
	// declared and nothing sorted or nested. N-Triples and N-Quads stream anyway.
	Stream bool
	// Verify reads each line of N-Triples and N-Quads back with a second,
	// independent reader. For other syntaxes it is an error.
	Verify bool
	// Mend is for documents about many things, which should not fail for one of
	// them: in RDF/XML, U+FFFD stands for the characters that XML cannot carry.
	Mend bool
	// Unfit receives, with the reason, the quads that the syntax cannot express,
	// and they are left out. By default they are errors.
	Unfit func(term.Quad, error)
}

// UnfitError says that a syntax cannot express a quad.
type UnfitError = document.UnfitError

// Writer writes one RDF document. N-Triples and N-Quads are written as the
// quads come; Turtle, TriG and RDF/XML when it is closed, unless the options
// say Stream; JSON-LD when it is closed.
type Writer interface {
	Write(term.Quad) error
	Close() error // finishes the document; does not close what lies below
}

// NewWriter returns a Writer of a syntax. A quad that the syntax cannot express
// is an [*UnfitError] of Write, never a document that means something else, unless
// the options say Mend or Unfit.
func NewWriter(w io.Writer, f Format, o WriteOptions) (Writer, error) {
	out, err := newWriter(w, f, o)
	if mend := o.Mend && f == RDFXML; err == nil && (mend || o.Unfit != nil) {
		return &mender{out, mend, o.Unfit}, nil
	}
	return out, err
}

// mender writes what can be written.
type mender struct {
	Writer
	mend  bool
	unfit func(term.Quad, error)
}

// Write writes a quad as far as the syntax can express it.
func (m *mender) Write(q term.Quad) error {
	if m.mend {
		q.Object = document.ForXML(q.Object)
	}
	err := m.Writer.Write(q)
	var unfit *UnfitError
	if m.unfit != nil && errors.As(err, &unfit) {
		m.unfit(q, err)
		return nil
	}
	return err
}

func newWriter(w io.Writer, f Format, o WriteOptions) (Writer, error) {
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
		if o.Stream {
			return rdfxml.NewStream(w, o.Prefixes), nil
		}
		return rdfxml.NewWriter(w, o.Prefixes), nil
	case JSONLD, JSONLDExpanded, JSONLDFlattened:
		form := jsonld.Compacted
		switch f {
		case JSONLDExpanded:
			form = jsonld.Expanded
		case JSONLDFlattened:
			form = jsonld.Flattened
		}
		return jsonld.NewWriter(w, jsonld.WriteOptions{Prefixes: o.Prefixes, Base: o.Base, Form: form}), nil
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
