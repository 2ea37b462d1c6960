package plan

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// fixture is a builder over a store with the given quads.
func fixture(t *testing.T, quads []term.Quad) *builder {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Commit(context.Background(), store.Change{Add: quads}); err != nil {
		t.Fatal(err)
	}
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sn.Close)
	id := func(t term.Term) (store.ID, error) {
		id, ok, err := sn.Lookup(t)
		if !ok {
			id = store.FirstLocal
		}
		return id, err
	}
	return &builder{Options: Options{Counts: sn, ID: id}, active: Graphs{Mode: AllGraphs}}
}

func translate(t *testing.T, text string) algebra.Op {
	t.Helper()
	tree, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := algebra.Translate(tree, algebra.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return q.Op
}

func quad(s, p, o string) term.Quad {
	return term.Quad{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: term.NewIRI(o)}
}

// TestSeedable says which patterns may use the bindings of ?x and ?y from
// outside.
func TestSeedable(t *testing.T) {
	tests := []struct {
		in   string
		want bool
	}{
		{`?x <a:p> ?z`, true},
		{`?x <a:p>* ?z`, true},
		{`?z <a:p> ?w FILTER(?w > 1)`, true},
		{`?z <a:p> ?w FILTER(?x > 1)`, false},
		{`?x <a:p> ?w FILTER(?x > 1)`, true},
		{`{ ?x <a:p> ?z } UNION { ?z <a:p> ?x }`, true},
		{`{ ?x <a:p> ?z } UNION { ?z <a:p> ?w FILTER(BOUND(?y)) }`, false},
		{`?x <a:p> ?z OPTIONAL { ?x <a:q> ?w }`, true},
		{`?z <a:p> ?w OPTIONAL { ?z <a:q> ?y }`, false},
		{`?x <a:p> ?z MINUS { ?x <a:q> ?w }`, true},
		{`?z <a:p> ?w MINUS { ?y <a:q> ?w }`, false},
		{`?z <a:p> ?w BIND(?w + 1 AS ?v)`, true},
		{`?z <a:p> ?w BIND(?y AS ?v)`, false},
		{`GRAPH ?g { ?x <a:p> ?z }`, true},
		{`GRAPH ?x { ?z <a:p> ?w FILTER(?x = 1) }`, false},
		{`GRAPH ?g { { SELECT (COUNT(*) AS ?n) { ?x <a:p> ?z } } }`, false},
		{`{ SELECT ?z { ?x <a:p> ?z } }`, false},
		{`?z <a:p> ?w FILTER EXISTS { ?w <a:q> ?y }`, false},
		{`SERVICE <a:s> { ?x <a:p> ?y }`, true},
	}
	b := fixture(t, nil)
	for _, tt := range tests {
		op := translate(t, "SELECT * { { "+tt.in+" } }").(*algebra.Project).Input
		if got := b.seedable(op, setOf("x", "y")); got != tt.want {
			t.Errorf("seedable(%s) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

// TestSequence asserts that the search starts where the least is read and uses
// characteristic sets.
func TestSequence(t *testing.T) {
	var quads []term.Quad
	for i := range 500 {
		s := fmt.Sprintf("a:s%d", i)
		quads = append(quads, quad(s, "a:type", "a:T"), quad(s, "a:link", fmt.Sprintf("a:o%d", i%50)))
		if i < 250 {
			quads = append(quads, quad(s, "a:left", "a:x"))
		} else {
			quads = append(quads, quad(s, "a:right", "a:x"))
		}
	}
	quads = append(quads, quad("a:o7", "a:name", "a:n"))
	b := fixture(t, quads)
	relations := func(text string) []*relation {
		g := &group{builder: b}
		if err := g.flatten(translate(t, text).(*algebra.Project).Input); err != nil {
			t.Fatal(err)
		}
		return g.relations
	}
	g := &group{builder: b}
	seq := g.sequence(relations(`SELECT * { ?s <a:type> <a:T> . ?s <a:link> ?o . ?o <a:name> ?n }`), nil)
	var got []string
	for _, r := range seq {
		got = append(got, r.quad.P.Term.Value())
	}
	if text := strings.Join(got, " "); text != "a:name a:link a:type" {
		t.Errorf("sequence %s, want a:name a:link a:type", text)
	}
	for text, want := range map[string]float64{
		`SELECT * { ?s <a:type> ?t . ?s <a:left> ?a . ?s <a:right> ?b }`: 0,
		`SELECT * { ?s <a:type> ?t . ?s <a:left> ?a . ?s <a:link> ?b }`:  250,
		`SELECT * { ?s <a:type> ?t . ?s <a:link> <a:o7> }`:               10,
	} {
		rels := relations(text)
		rows, ok := newStars(b.Counts.Stats(), rels).rows(1<<len(rels) - 1)
		if !ok || rows < want-0.5 || rows > want+0.5 {
			t.Errorf("%s: %v solutions expected, %v, want %v", text, rows, ok, want)
		}
	}
	if g.sequence(relations(`SELECT * { ?s <a:type> ?t . ?x <a:link> ?y }`), nil) != nil {
		t.Error("patterns that are not connected have a sequence")
	}
}

// TestPrint asserts the form of a plan as text.
func TestPrint(t *testing.T) {
	b := fixture(t, []term.Quad{quad("a:s", "a:p", "a:o"), quad("a:s", "a:q", "a:o")})
	n, err := b.node(translate(t, `SELECT ?s { ?s <a:p> ?o FILTER(?o != <a:x>) } LIMIT 5`), nil)
	if err != nil {
		t.Fatal(err)
	}
	scan := Inputs(Inputs(Inputs(n)[0])[0])[0]
	got := Print(n, map[Node]*Actual{scan: {Rows: 1, Batches: 1, Starts: 1, Time: 1500}})
	want := `Slice offset 0 limit 5  [0.9]
└─ Project ?s  [0.9]
   └─ Filter (!= ?o <a:x>)  [0.9]
      └─ Scan POSG ?s <a:p> ?o  sorted by ?o ?s  [1 expected, 1 actual, 2µs]
`
	if got != want {
		t.Errorf("Print gives\n%swant\n%s", got, want)
	}
}
