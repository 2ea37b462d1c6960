package rdfio

import (
	"context"
)

// ExpandJSONLD returns a JSON-LD document in expanded form (JSON-LD 1.1 API
// §9.1.2), indented. Of the options it uses Base, Context, Loader, Limits,
// Lenient and OnProblem.
func ExpandJSONLD(ctx context.Context, doc []byte, o ReadOptions) ([]byte, error) {
	p := newProcessor(ctx, doc, o.withDefaults().jsonLD())
	expanded, err := p.expandBytes()
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, expanded, "  "), nil
}

// CompactJSONLD returns a JSON-LD document compacted with a context, which is
// given as JSON text (JSON-LD 1.1 API §9.1.1). Options are those of
// ExpandJSONLD.
func CompactJSONLD(ctx context.Context, doc, local []byte, o ReadOptions) ([]byte, error) {
	p := newProcessor(ctx, doc, o.withDefaults().jsonLD())
	expanded, err := p.expandBytes()
	if err != nil {
		return nil, err
	}
	return p.compactBytes(expanded, local)
}

// FlattenJSONLD returns a JSON-LD document flattened, each subject's node
// object once, and compacted with a context unless that is empty (JSON-LD 1.1
// API §9.1.3). Options are those of ExpandJSONLD.
func FlattenJSONLD(ctx context.Context, doc, local []byte, o ReadOptions) ([]byte, error) {
	p := newProcessor(ctx, doc, o.withDefaults().jsonLD())
	expanded, err := p.expandBytes()
	if err != nil {
		return nil, err
	}
	nodes, err := p.flatten(expanded)
	if err != nil {
		return nil, err
	}
	if len(local) == 0 {
		return appendJSON(nil, nodes, "  "), nil
	}
	p.o.keepGraph = true
	return p.compactBytes(nodes, local)
}

func (p *ldProcessor) expandBytes() ([]any, error) {
	doc, err := p.parse()
	if err != nil {
		return nil, err
	}
	return p.expandDocument(doc)
}

func (p *ldProcessor) compactBytes(nodes []any, local []byte) ([]byte, error) {
	v, err := parseJSON(p.ctx, local, p.o.depth)
	if err != nil {
		return nil, p.fail("invalid local context", "the context to compact with: %v", err)
	}
	forgetPlaces(v)
	out, err := p.compactDocument(nodes, v)
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, out, "  "), nil
}
