package rdfio

import (
	"context"
	"fmt"
	"io"

	"fincat/vocab/term"
)

// maxJSONBytes bounds a JSON-LD document, which is held in memory as a whole.
const maxJSONBytes = 1 << 30

// readJSONLD reads a JSON-LD 1.1 document: expansion, then deserialisation to
// RDF (JSON-LD 1.1 API §9.1.7). Named graphs and all of JSON-LD 1.1 are
// understood; contexts come from the bundled set or the loader.
func readJSONLD(ctx context.Context, r io.Reader, o ReadOptions, emit func(term.Quad) error) error {
	limit := min(o.Limits.DocumentBytes, maxJSONBytes)
	data, err := io.ReadAll(&boundedReader{r: r, left: limit, max: limit})
	if err != nil {
		return fmt.Errorf("read JSON-LD: %w", err)
	}
	p := newProcessor(ctx, data, o.jsonLD())
	doc, err := p.parse()
	if err != nil {
		return err
	}
	return p.toRDF(doc, emit)
}

// jsonLD returns the options of the JSON-LD algorithms.
func (o ReadOptions) jsonLD() ldOptions {
	return ldOptions{
		base: o.Base, loader: o.Loader, lenient: o.Lenient, onProblem: o.OnProblem,
		depth: o.Limits.Depth, literalBytes: o.Limits.LiteralBytes, blankNodes: o.BlankNodes,
		grammarOnly: o.GrammarOnly, direction: o.Direction, context: o.Context,
	}
}

// toRDF expands a parsed document and emits its quads.
func (p *ldProcessor) toRDF(doc any, emit func(term.Quad) error) error {
	expanded, err := p.expandDocument(doc)
	if err != nil {
		return err
	}
	return p.newEmitter(emit).document(expanded)
}
