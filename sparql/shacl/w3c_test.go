package shacl

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"fincat/store"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

const (
	sht          = "http://www.w3.org/ns/shacl-test#"
	dataGraph    = sht + "dataGraph"
	shapesGraph  = sht + "shapesGraph"
	failure      = sht + "Failure"
	coreTests    = 98
	sparqlTests  = 22
	suiteBaseIRI = "https://w3c.github.io/data-shapes/data-shapes-test-suite/tests/"
)

var suite = w3ctest.Suite{Dir: "../../testdata/w3c/shacl/data-shapes-test-suite/tests", Base: suiteBaseIRI}

func TestW3CCore(t *testing.T)   { runSuite(t, "core/manifest.ttl", coreTests) }
func TestW3CSPARQL(t *testing.T) { runSuite(t, "sparql/manifest.ttl", sparqlTests) }

func runSuite(t *testing.T, manifest string, want int) {
	m, err := suite.Load(manifest)
	if err != nil {
		t.Fatal(err)
	}
	w3ctest.Run(t, m.Entries, want, nil, func(e w3ctest.Entry) error { return suiteTest(t, e) })
}

// suiteTest runs one test: the report must be the expected one, without the
// messages that the expected one does not have.
func suiteTest(t *testing.T, e w3ctest.Entry) error {
	results, err := suiteResults(t, e)
	var report []term.Quad
	if err == nil {
		report, err = collect(Report(results))
	}
	if e.Result.Value() == failure {
		if bad := (*ShapesError)(nil); !errors.As(err, &bad) {
			return fmt.Errorf("the error is %w, want a *ShapesError", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	return w3ctest.SameReport(report, e)
}

func suiteResults(t *testing.T, e w3ctest.Entry) (iter.Seq2[Result, error], error) {
	quads, err := suite.ReadQuads(e.Graph.Object(e.Action, shapesGraph).Value())
	if err != nil {
		return nil, err
	}
	shapes, err := Compile(quads, nil)
	if err != nil {
		return nil, err
	}
	path, err := suite.Path(e.Graph.Object(e.Action, dataGraph).Value())
	if err != nil {
		return nil, err
	}
	st := memoryStore(t)
	ctx := t.Context()
	in := store.Input{Path: path, Base: e.Graph.Object(e.Action, dataGraph).Value()}
	if _, err := st.Load(ctx, []store.Input{in}, store.LoadOptions{Workers: 1}); err != nil {
		return nil, err
	}
	o := Options{}
	if shapes.NeedsShapesGraph() {
		if o.ShapesGraph, err = shapes.Load(ctx, st); err != nil {
			return nil, err
		}
	}
	return Validate(ctx, snapshotOf(t, st), shapes, o), nil
}

func memoryStore(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func snapshotOf(t testing.TB, st *store.Store) *store.Snapshot {
	t.Helper()
	sn, err := st.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sn.Close)
	return sn
}

func collect[T any](seq iter.Seq2[T, error]) (out []T, err error) {
	for x, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}
