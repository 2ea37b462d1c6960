package jsonld

import (
	"context"
	"fmt"
	"io"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

// maxJSONBytes bounds a JSON-LD document, which is held in memory as a whole.
const maxJSONBytes = 1 << 30

// Read reads a JSON-LD 1.1 document and hands each quad to emit, whose error ends
// reading. It expands the document and deserialises that to RDF (JSON-LD 1.1 API
// §9.1.7). Contexts come from the bundled set or the loader.
func Read(ctx context.Context, r io.Reader, o Options, emit func(term.Quad) error) error {
	o.Options = o.WithDefaults()
	limit := min(o.Limits.DocumentBytes, maxJSONBytes)
	data, err := io.ReadAll(document.Bounded(r, limit))
	if err != nil {
		return fmt.Errorf("read JSON-LD: %w", err)
	}
	p := newProcessor(ctx, data, o.algorithms())
	doc, err := p.parse()
	if err != nil {
		return err
	}
	return p.toRDF(doc, emit)
}

// jsonLD returns the options of the JSON-LD algorithms.
func (o Options) algorithms() options {
	o.Options = o.WithDefaults()
	return options{
		base: o.Base, loader: o.Loader, lenient: o.Lenient, onProblem: o.OnProblem,
		depth: o.Limits.Depth, literalBytes: o.Limits.LiteralBytes, blankNodes: o.BlankNodes,
		grammarOnly: o.GrammarOnly, direction: o.Direction, context: o.Context,
	}
}

// toRDF expands a parsed document and emits its quads.
func (p *processor) toRDF(doc any, emit func(term.Quad) error) error {
	expanded, err := p.expandDocument(doc)
	if err != nil {
		return err
	}
	return p.newEmitter(emit).document(expanded)
}
