package sparql

import (
	"fmt"
	"strings"
	"testing"

	"fincat/vocab/term"
)

// TestCounted asks for counts of which the store knows some without reading quads, where they
// are in one graph, in several, and the same in several.
func TestCounted(t *testing.T) {
	iri := func(kind string, n int) term.Term { return term.NewIRI(fmt.Sprintf("http://e/%s%d", kind, n)) }
	quads := func(graphs, overlap int) (out []term.Quad) {
		for i := range 60 {
			q := term.Quad{Subject: iri("s", i%7), Predicate: iri("p", i%4), Object: iri("o", i%11)}
			for k := range 1 + overlap {
				if at := (i + k) % graphs; at > 0 {
					q.Graph = iri("g", at)
				} else {
					q.Graph = term.Term{}
				}
				out = append(out, q)
			}
		}
		return out
	}
	type where int
	const (
		always  where = iota
		alone         // with one graph only
		merged        // over all quads
		nowhere       // and never
	)
	queries := []struct {
		text string
		when where
	}{
		{`(COUNT(*) AS ?n) { ?s ?p ?o }`, alone},
		{`(COUNT(?o) AS ?n) { ?s <http://e/p1> ?o }`, alone},
		{`(COUNT(*) AS ?n) { <http://e/s1> ?p ?o }`, alone},
		{`(COUNT(*) AS ?n) { ?s ?p <http://e/none> }`, always},
		{`(COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }`, merged},
		{`(COUNT(DISTINCT ?p) AS ?n) (COUNT(DISTINCT ?o) AS ?m) { ?s ?p ?o }`, merged},
		{`(COUNT(DISTINCT ?o) AS ?n) { ?s <http://e/p1> ?o }`, merged},
		{`(COUNT(DISTINCT ?s) AS ?n) { ?s <http://e/none> ?o }`, always},
		{`?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?m) { ?s ?p ?o } GROUP BY ?p`, alone},
		{`?p (COUNT(DISTINCT ?p) AS ?n) (COUNT(DISTINCT ?o) AS ?m) { ?s ?p ?o } GROUP BY ?p`, merged},
		{`DISTINCT ?p { ?s ?p ?o }`, merged},
		{`(COUNT(DISTINCT ?o) AS ?n) { <http://e/s1> ?p ?o }`, nowhere},
		{`(COUNT(*) AS ?n) { ?s ?p ?s }`, nowhere},
		{`(COUNT(DISTINCT *) AS ?n) { ?s ?p ?o }`, nowhere},
		{`?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s`, nowhere},
		{`(SUM(?o) AS ?n) { ?s ?p ?o }`, nowhere},
		{`DISTINCT ?s { ?s ?p ?o }`, nowhere},
	}
	for _, in := range []struct{ graphs, overlap int }{{1, 0}, {3, 0}, {3, 1}} {
		d, err := newDifferential(t.Context(), quads(in.graphs, in.overlap))
		if err != nil {
			t.Fatal(err)
		}
		defer d.close()
		for _, mode := range []DefaultGraphMode{Union, Strict} {
			for _, q := range queries {
				name, text := fmt.Sprintf("%+v, %v: %s", in, mode, q.text), "SELECT "+q.text
				if err := d.check(t.Context(), text, mode == Union); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				plan, err := d.engine.Explain(t.Context(), text, QueryOptions{DefaultGraph: &mode}, false)
				if err != nil {
					t.Fatal(err)
				}
				want := q.when == always || in.graphs == 1 && q.when != nowhere ||
					mode == Union && q.when == merged ||
					mode == Strict && q.when == alone && !strings.Contains(text, "DISTINCT")
				if got := strings.Contains(plan.String(), "Counted"); got != want {
					t.Errorf("%s: counted: %v, want %v\n%s", name, got, want, plan)
				}
			}
		}
	}
}
