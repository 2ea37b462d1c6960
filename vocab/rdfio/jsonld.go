package rdfio

import (
	"context"
	"errors"
	"io"

	"fincat/vocab/term"
)

// ContextLoader fetches a remote JSON-LD context.
type ContextLoader func(ctx context.Context, iri string) ([]byte, error)

func readJSONLD(ctx context.Context, r io.Reader, o ReadOptions, emit func(term.Quad) error) error {
	return errors.New("read JSON-LD: not built in")
}

func newJSONLDWriter(w io.Writer, o WriteOptions) (Writer, error) {
	return nil, errors.New("write JSON-LD: not built in")
}
