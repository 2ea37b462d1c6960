package rdfio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"fincat/vocab/term"
)

// Limits bound what one document may ask for. Zero fields mean the default.
type Limits struct {
	Depth         int   // nesting of blank nodes, lists, triple terms, elements; default 1,000
	LiteralBytes  int   // longest literal and longest N-Triples line in bytes; default 16 MiB
	Statements    int64 // number of quads; default no limit
	DocumentBytes int64 // size of the document after decompression; default 64 GiB
}

// ReadOptions say what is known about a document and how to read it.
type ReadOptions struct {
	Format    Format // zero: found by MediaType, then Path, then content
	MediaType string // as in a Content-Type header; its charset is heeded
	Path      string // file name or IRI of the document, for its extensions
	Base      string // IRI against which relative IRIs are resolved; zero: they are errors

	// Lenient skips bad statements, repairs IRIs where that is possible, and
	// reports each to OnProblem. Otherwise the first fault ends reading.
	Lenient   bool
	OnProblem func(Problem)

	// GrammarOnly accepts IRIs that the syntax admits but RFC 3987 does not,
	// such as those with square brackets in the path: for reading back what
	// was written from unchecked data.
	GrammarOnly bool

	Limits     Limits
	BlankNodes string        // put before every blank node label of the document
	Loader     ContextLoader // JSON-LD contexts outside the bundled set; nil: they are errors

	// Context is a JSON-LD context, as an IRI or as JSON, that applies before
	// the document's own: what a Link header names for plain JSON (JSON-LD
	// 1.1 §6.1).
	Context string
	// Direction says what base directions in JSON-LD become; the default is
	// the directional language-tagged strings of RDF 1.2.
	Direction RDFDirection
}

func (o ReadOptions) withDefaults() ReadOptions {
	if o.Limits.Depth <= 0 {
		o.Limits.Depth = 1000
	}
	if o.Limits.LiteralBytes <= 0 {
		o.Limits.LiteralBytes = 16 << 20
	}
	if o.Limits.DocumentBytes <= 0 {
		o.Limits.DocumentBytes = 64 << 30
	}
	if o.OnProblem == nil {
		o.OnProblem = func(Problem) {}
	}
	return o
}

// errStop ends a reader whose consumer wants no more.
var errStop = errors.New("rdfio: reading stopped by the consumer")

// Read returns the quads of a document in its order. The sequence ends after
// an error: a syntax error is an [*Error], a limit passed a [*LimitError].
func Read(ctx context.Context, r io.Reader, o ReadOptions) iter.Seq2[term.Quad, error] {
	return sequence(ctx, o, func(o ReadOptions, emit func(term.Quad) error) error { return read(ctx, r, o, emit) })
}

// sequence makes a sequence of what a reader emits, within the limits.
func sequence(ctx context.Context, o ReadOptions, read func(ReadOptions, func(term.Quad) error) error) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		o := o.withDefaults()
		var n int64
		emit := func(q term.Quad) error {
			n++
			if n&1023 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if o.Limits.Statements > 0 && n > o.Limits.Statements {
				return &LimitError{Limit: "statements", Max: o.Limits.Statements}
			}
			if !yield(q, nil) {
				return errStop
			}
			return nil
		}
		if err := read(o, emit); err != nil && !errors.Is(err, errStop) {
			yield(term.Quad{}, err)
		}
	}
}

// ReadAll returns all quads of a document.
func ReadAll(ctx context.Context, r io.Reader, o ReadOptions) ([]term.Quad, error) {
	var quads []term.Quad
	err := read(ctx, r, o.withDefaults(), func(q term.Quad) error {
		quads = append(quads, q)
		if m := o.Limits.Statements; m > 0 && int64(len(quads)) > m {
			return &LimitError{Limit: "statements", Max: m}
		}
		return nil
	})
	return quads, err
}

// read finds the syntax and hands the decoded document to its reader.
func read(ctx context.Context, r io.Reader, o ReadOptions, emit func(term.Quad) error) error {
	doc, f, err := open(ctx, r, o)
	if err != nil {
		return err
	}
	defer doc.Close()
	o.Format = f
	switch f {
	case NTriples, NQuads:
		return readNQuads(ctx, doc, o, emit)
	case Turtle, TriG:
		return readTurtle(ctx, doc, o, emit)
	case RDFXML:
		return readRDFXML(ctx, doc, o, emit)
	case JSONLD:
		return readJSONLD(ctx, doc, o, emit)
	}
	return fmt.Errorf("read RDF: no reader for %s", f)
}
