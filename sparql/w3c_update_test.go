package sparql

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

const ut = "http://www.w3.org/2009/sparql/tests/test-update#"

func runUpdates(t *testing.T, r runner, manifest string, want int, expected map[string]string) {
	t.Helper()
	m, err := suite.Load("sparql/" + manifest)
	if err != nil {
		t.Fatal(err)
	}
	entries := slices.DeleteFunc(m.Entries, func(e w3ctest.Entry) bool { return e.Kind() != "UpdateEvaluationTest" })
	w3ctest.Run(t, entries, want, expected, func(e w3ctest.Entry) error { return updateTest(t.Context(), r, e) })
}

// graphStore reads the graph store that a node of an update test describes.
func graphStore(e w3ctest.Entry, node term.Term) ([]term.Quad, error) {
	var all []term.Quad
	read := func(file, graph term.Term) error {
		quads, err := suite.ReadQuads(file.Value())
		all = append(all, apart(quads, fmt.Sprintf("d%d", len(all)), graph)...)
		return err
	}
	for _, d := range e.Graph.Objects(node, ut+"data") {
		if err := read(d, term.Term{}); err != nil {
			return nil, err
		}
	}
	for _, g := range e.Graph.Objects(node, ut+"graphData") {
		name := term.NewIRI(e.Graph.Object(g, vocab.RDFSLabel).Value())
		if err := read(e.Graph.Object(g, ut+"graph"), name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fileLoader loads documents of the suite.
type fileLoader struct{}

func (fileLoader) Load(_ context.Context, iri string) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		quads, err := suite.ReadQuads(iri)
		if err != nil {
			yield(term.Quad{}, err)
			return
		}
		for _, q := range quads {
			if !yield(q, nil) {
				return
			}
		}
	}
}

func (inProcess) update(ctx context.Context, e *Engine, text, base string) ([]term.Quad, error) {
	if _, err := e.Update(ctx, text, UpdateOptions{Base: base}); err != nil {
		return nil, err
	}
	return allQuads(ctx, e.o.Store)
}

func updateTest(ctx context.Context, r runner, e w3ctest.Entry) error {
	request := e.Graph.Object(e.Action, ut+"request")
	data, err := graphStore(e, e.Action)
	if err != nil {
		return err
	}
	want, err := graphStore(e, e.Result)
	if err != nil {
		return err
	}
	text, err := suite.ReadFile(request.Value())
	if err != nil {
		return err
	}
	s, err := memoryStore(ctx, data)
	if err != nil {
		return err
	}
	defer s.Close()
	engine, err := New(Options{Store: s, DefaultGraph: Strict, Load: fileLoader{}})
	if err != nil {
		return err
	}
	got, err := r.update(ctx, engine, string(text), request.Value())
	if err != nil {
		return fmt.Errorf("%w\nrequest:\n%s", err, text)
	}
	if err := w3ctest.SameQuads(got, want); err != nil {
		return fmt.Errorf("%w\nrequest:\n%s", err, text)
	}
	return nil
}

// allQuads reads a whole store.
func allQuads(ctx context.Context, s *store.Store) ([]term.Quad, error) {
	sn, err := s.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	var out []term.Quad
	for q, err := range sn.Match(ctx, store.Pattern{}, store.GSPO) {
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}
