package jsonld

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Loader fetches a remote JSON-LD context: the document at an IRI.
type Loader func(ctx context.Context, iri string) ([]byte, error)

//go:embed contexts
var bundled embed.FS

// load returns the document of a remote context: from what was loaded before,
// from the bundled set, or with the loader.
func (p *processor) load(iri string) (*jsonObject, error) {
	if doc, ok := p.documents[iri]; ok {
		return doc, nil
	}
	if len(p.documents) >= p.o.remoteContexts {
		return nil, p.fail("context overflow", "the document uses more than %d remote contexts", p.o.remoteContexts)
	}
	data, err := BundledContext(iri)
	if errors.Is(err, fs.ErrNotExist) {
		if p.o.loader == nil {
			return nil, p.fail(
				"loading remote context failed",
				"<%s> is not among the bundled contexts, and no loader for others is configured: "+
					"configure one, or put the context into the document",
				iri,
			)
		}
		data, err = p.o.loader(p.ctx, iri)
	}
	if err != nil {
		if p.ctx.Err() != nil {
			return nil, p.ctx.Err()
		}
		return nil, p.fail("loading remote context failed", "<%s>: %v", iri, err)
	}
	v, err := parseJSON(p.ctx, data, p.o.depth)
	if err != nil {
		var syntax *jsonError
		if errors.As(err, &syntax) {
			line, column := lineColumn(data, syntax.pos)
			err = fmt.Errorf("%d:%d: %w", line, column, err)
		}
		return nil, p.fail("loading remote context failed", "<%s>: %v", iri, err)
	}
	doc, ok := v.(*jsonObject)
	if !ok || !doc.has("@context") {
		return nil, p.fail("invalid remote context", "<%s> is not an object with @context", iri)
	}
	forgetPlaces(doc)
	p.documents[iri] = doc
	return doc, nil
}

// BundledContext returns the document of a context that comes with the
// program, and fs.ErrNotExist for others.
func BundledContext(iri string) ([]byte, error) {
	index, err := bundled.ReadFile("contexts/index.json")
	if err != nil {
		return nil, err
	}
	var files map[string][]string // file → IRIs it is known under
	if err := json.Unmarshal(index, &files); err != nil {
		return nil, fmt.Errorf("index of bundled contexts: %w", err)
	}
	for file, iris := range files {
		for _, known := range iris {
			if known == iri {
				return bundled.ReadFile("contexts/" + file)
			}
		}
	}
	return nil, fs.ErrNotExist
}

// forgetPlaces marks values as not standing in the document that is read.
func forgetPlaces(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			forgetPlaces(item)
		}
	case *jsonObject:
		v.pos = -1
		for i := range v.members {
			v.members[i].pos = -1
			forgetPlaces(v.members[i].value)
		}
	}
}
