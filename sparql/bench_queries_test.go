package sparql

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	made "fincat/sparql/bench/catalogue"
	"fincat/vocab/term"
)

// TestBenchQueries holds the engine to the naive evaluator on the queries of the benchmark,
// with and without simplification.
func TestBenchQueries(t *testing.T) {
	files, err := filepath.Glob("../testdata/bench/*.rq")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files of queries, %v", len(files), err)
	}
	all, err := made.Quads(made.Options{Datasets: 14, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	var quads []term.Quad
	for q, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		quads = append(quads, q)
	}
	d, err := newDifferential(t.Context(), quads)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	compared := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		switch err := d.check(t.Context(), string(text), true); {
		case errors.Is(err, errNaiveSteps), errors.Is(err, errOpen):
			t.Logf("%s: %v", filepath.Base(file), err)
		case err != nil:
			t.Errorf("%s: %v", filepath.Base(file), err)
		default:
			compared++
		}
	}
	t.Logf("%d of %d queries compared, %d with solutions", compared, len(files), d.found)
	if compared < 60 || d.found < 60 {
		t.Errorf("%d queries could be compared and %d have solutions", compared, d.found)
	}
}
