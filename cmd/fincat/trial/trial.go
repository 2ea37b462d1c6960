package trial

import (
	"context"
	"errors"
	"io"
	"slices"

	"fincat/harvest"
	"fincat/harvest/mapping"
	"fincat/harvest/source"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// Trial looks at the sources of a configuration.
type Trial struct {
	h    *harvest.Harvester
	s    *store.Store
	base dcat.Base
}

// Open returns a trial of a configuration, which is to be closed.
func Open(ctx context.Context, config harvest.Config) (*Trial, error) {
	s, err := store.Open(ctx, store.Options{})
	if err != nil {
		return nil, err
	}
	h, err := harvest.New(harvest.Options{Store: s, Config: config})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	base := dcat.Base(config.Base)
	if base == "" {
		base = harvest.DefaultBase
	}
	return &Trial{h, s, base}, nil
}

// Close implements [io.Closer].
func (t *Trial) Close() error { return t.s.Close() }

// First returns the first n records of a source. An error may come with some of them.
func (t *Trial) First(ctx context.Context, source string, n int) ([]*mapping.Record, error) {
	return t.h.Preview(ctx, source, max(n, 1))
}

// Verdict says in a line what asking a source for its first record gave.
func Verdict(records []*mapping.Record, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case slices.ContainsFunc(records[0].Problems, isViolation):
		return "readable, but its first record would be left out"
	}
	return "ok: " + title(records[0])
}

// title names a record.
func title(r *mapping.Record) string {
	if r.Dataset == nil { // of a code list
		return r.ID
	}
	return dcat.Best(r.Dataset.Title, dcat.ZHTW)
}

func isViolation(p source.Problem) bool { return p.Severity == source.Violation }

// WriteTurtle writes what records of a source would be in the catalogue.
func (t *Trial) WriteTurtle(ctx context.Context, w io.Writer, source string, records []*mapping.Record) error {
	var quads []term.Quad
	for _, r := range records {
		if r.Dataset == nil {
			continue
		}
		r.Dataset.Assign(t.base, source, r.ID)
		for _, triple := range r.Dataset.Triples() {
			quads = append(quads, triple.In(term.Term{}))
		}
	}
	prefixes := vocab.Prefixes()
	prefixes[""] = string(t.base)
	return rdfio.Write(ctx, w, rdfio.Turtle, rdfio.All(quads), rdfio.WriteOptions{Prefixes: prefixes})
}
