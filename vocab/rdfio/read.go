package rdfio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"fincat/vocab/document"
	"fincat/vocab/jsonld"
	"fincat/vocab/rdfhtml"
	"fincat/vocab/rdfxml"
	"fincat/vocab/term"
)

// What the readers of all syntaxes have in common, under the names that callers of
// this package use.
type (
	// Limits bound what one document may ask for.
	Limits = document.Limits
	// Problem is something wrong at one place of a document.
	Problem = document.Problem
	// Error is a syntax error, which ends strict reading.
	Error = document.Error
	// LimitError says which limit was passed; it ends lenient reading too.
	LimitError = document.LimitError
)

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
	Loader     jsonld.Loader // JSON-LD contexts outside the bundled set; nil: they are errors

	// Context is a JSON-LD context, as an IRI or as JSON, that applies before
	// the document's own: what a Link header names for plain JSON (JSON-LD
	// 1.1 §6.1).
	Context string
	// Direction says what base directions in JSON-LD become; the default is
	// the directional language-tagged strings of RDF 1.2.
	Direction jsonld.Direction
}

// document returns the part of the options that all readers share.
func (o ReadOptions) document() document.Options {
	return document.Options{
		Base: o.Base, Lenient: o.Lenient, OnProblem: o.OnProblem, GrammarOnly: o.GrammarOnly, Limits: o.Limits,
		BlankNodes: o.BlankNodes,
	}
}

// jsonld returns the options of the reader of JSON-LD.
func (o ReadOptions) jsonld() jsonld.Options {
	return jsonld.Options{Options: o.document(), Loader: o.Loader, Context: o.Context, Direction: o.Direction}
}

func (o ReadOptions) withDefaults() ReadOptions {
	d := o.document().WithDefaults()
	o.OnProblem, o.Limits = d.OnProblem, d.Limits
	return o
}

// errStop ends a reader whose consumer wants no more.
var errStop = errors.New("rdfio: reading stopped by the consumer")

// Read returns the quads of a document in its order. The sequence ends after
// an error: a syntax error is an [*Error], a limit passed a [*LimitError].
func Read(ctx context.Context, r io.Reader, o ReadOptions) iter.Seq2[term.Quad, error] {
	o = o.withDefaults()
	return sequence(ctx, o.Limits.Statements, func(emit func(term.Quad) error) error { return read(ctx, r, o, emit) })
}

// ReadHTML returns the quads that an HTML page carries: JSON-LD in script
// elements, microdata and RDFa, in this order. Options are those of Read;
// Base is the page's address, Format is not used. Pages without any give no
// quads and no error.
func ReadHTML(ctx context.Context, r io.Reader, o ReadOptions) iter.Seq2[term.Quad, error] {
	return sequence(ctx, o.Limits.Statements, func(emit func(term.Quad) error) error {
		return rdfhtml.Read(ctx, r, o.MediaType, o.jsonld(), emit)
	})
}

// sequence makes a sequence of what a reader emits, of at most limit quads
// unless that is zero.
func sequence(ctx context.Context, limit int64, read func(func(term.Quad) error) error) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		var n int64
		emit := func(q term.Quad) error {
			n++
			if n&1023 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if limit > 0 && n > limit {
				return &LimitError{Limit: "statements", Max: limit}
			}
			if !yield(q, nil) {
				return errStop
			}
			return nil
		}
		if err := read(emit); err != nil && !errors.Is(err, errStop) {
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
		return rdfxml.Read(ctx, doc, o.document(), emit)
	case JSONLD, JSONLDExpanded, JSONLDFlattened:
		return jsonld.Read(ctx, doc, o.jsonld(), emit)
	}
	return fmt.Errorf("read RDF: no reader for %s", f)
}
