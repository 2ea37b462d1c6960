package jsonld

import (
	"context"
)

// Expand returns a JSON-LD document in expanded form (JSON-LD 1.1 API
// §9.1.2), indented. Of the options it uses Base, Context, Loader, Limits,
// Lenient and OnProblem.
func Expand(ctx context.Context, doc []byte, o Options) ([]byte, error) {
	p := newProcessor(ctx, doc, o.algorithms())
	expanded, err := p.expandBytes()
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, expanded, "  "), nil
}

// Compact returns a JSON-LD document compacted with a context, which is
// given as JSON text (JSON-LD 1.1 API §9.1.1). Options are those of
// [Expand].
func Compact(ctx context.Context, doc, local []byte, o Options) ([]byte, error) {
	p := newProcessor(ctx, doc, o.algorithms())
	expanded, err := p.expandBytes()
	if err != nil {
		return nil, err
	}
	return p.compactBytes(expanded, local)
}

// Flatten returns a JSON-LD document flattened, each subject's node
// object once, and compacted with a context unless that is empty (JSON-LD 1.1
// API §9.1.3). Options are those of [Expand].
func Flatten(ctx context.Context, doc, local []byte, o Options) ([]byte, error) {
	p := newProcessor(ctx, doc, o.algorithms())
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

func (p *processor) expandBytes() ([]any, error) {
	doc, err := p.parse()
	if err != nil {
		return nil, err
	}
	return p.expandDocument(doc)
}

func (p *processor) compactBytes(nodes []any, local []byte) ([]byte, error) {
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
