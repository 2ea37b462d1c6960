package sparql

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"fincat/sparql/plan"
	"fincat/vocab/term"
)

// TestLeapfrog holds joins of patterns that form cycles to the naive evaluation, by all
// methods, over random graphs.
func TestLeapfrog(t *testing.T) {
	patterns := []string{
		`?a e:p ?b . ?b e:p ?c . ?a e:p ?c`,
		`?a e:p ?b . ?b e:q ?c . ?c e:p ?a . ?a e:q ?x`,
		`?a e:p ?b ; e:q ?d . ?b e:q ?d FILTER (?a != ?b)`,
		`?a e:p ?x ; e:q ?y . ?b e:p ?x ; e:q ?y FILTER (STR(?a) < STR(?b))`,
		`?a e:p ?b . ?b e:p ?a . ?a e:p e:n1 OPTIONAL { ?b e:q ?z }`,
		`?a ?p e:n1 . ?a e:q ?p . ?a e:p ?b . ?b e:p ?a`,
		`?a e:p ?b . ?b e:p ?c . ?c e:p ?d . ?a e:q ?d . ?b e:p ?b`,
		`GRAPH e:g { ?a e:p ?b . ?b e:p ?c . ?a e:p ?c }`,
		`GRAPH ?g { ?a e:p ?b . ?b e:p ?c . ?a e:p ?c }`,
		`?a e:p ?b . ?b e:p ?c . ?a e:p ?c . VALUES ?b { e:n1 e:n2 UNDEF }`,
		`?a e:p ?b FILTER EXISTS { ?b e:p ?c . ?c e:p ?a . ?a e:p ?c }`,
		`?a e:p ?b . ?b e:p ?c . ?a e:p ?c . ?d e:q ?f . ?f e:q ?d . ?d e:p ?f`,
		`{ SELECT ?a (COUNT(*) AS ?n) { ?a e:p ?b . ?b e:p ?c . ?a e:p ?c } GROUP BY ?a } ?a e:q ?x`,
	}
	r := rand.New(rand.NewPCG(18, 5))
	found := 0
	for range 6 {
		d, err := newDifferential(t.Context(), randomCycles(r))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range patterns {
			text := "PREFIX e: <http://e/> SELECT * { " + p + " }"
			for _, m := range []plan.Method{plan.ByLeapfrog, plan.Cheapest, plan.ByHash} {
				for _, union := range []bool{false, true} {
					d.engine.force = m
					if err := d.check(t.Context(), text, union); err != nil {
						t.Errorf("%s by %d, union %v: %v", text, m, union, err)
					}
				}
			}
		}
		found += d.found
		d.close()
	}
	if found < 250 {
		t.Errorf("only %d queries had solutions", found)
	}
}

// randomCycles is triples between few nodes, some in a named graph, some in both.
func randomCycles(r *rand.Rand) []term.Quad {
	node := func() term.Term { return term.NewIRI(fmt.Sprintf("http://e/n%d", r.IntN(5))) }
	var out []term.Quad
	for range 22 {
		p := term.NewIRI("http://e/" + string("ppq"[r.IntN(3)]))
		q := term.Quad{Subject: node(), Predicate: p, Object: node()}
		if q.Predicate.Value() == "http://e/q" && r.IntN(3) == 0 {
			q.Object = term.NewIRI("http://e/p")
		}
		if r.IntN(2) == 0 {
			out = append(out, q)
		}
		if r.IntN(2) == 0 {
			q.Graph = term.NewIRI("http://e/g")
			out = append(out, q)
		}
	}
	return out
}

// TestLeapfrogPlanned asserts which patterns are joined together: cycles, without what hangs
// on them, and not where a few solutions lead to the others; two stars by all they share.
func TestLeapfrogPlanned(t *testing.T) {
	r := rand.New(rand.NewPCG(18, 6))
	var quads []term.Quad
	add := func(s, p, o string, sn, on int) {
		iri := func(kind string, n int) term.Term {
			return term.NewIRI(fmt.Sprintf("http://e/%s%d", kind, r.IntN(n)))
		}
		p = "http://e/" + p
		quads = append(quads, term.Quad{Subject: iri(s, sn), Predicate: term.NewIRI(p), Object: iri(o, on)})
	}
	for range 4000 {
		add("n", "p", "n", 400, 400)
		add("s", "x", "x", 3000, 20)
		add("s", "y", "y", 3000, 20)
	}
	d, err := newDifferential(t.Context(), quads)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	e := d.engine
	for text, want := range map[string]string{
		`?a e:p ?b . ?b e:p ?c . ?a e:p ?c`:                               "Leapfrog",
		`?a e:p ?b . ?b e:p ?c . ?a e:p ?c . ?c e:q ?x`:                   "",
		`?a e:p ?b . ?b e:p ?c . ?c e:p ?d`:                               "",
		`e:n1 e:p ?b . ?b e:p ?c . e:n1 e:p ?c`:                           "",
		`?a e:x ?x ; e:y ?y . ?b e:x ?x ; e:y ?y FILTER (?a != ?b)`:       "HashJoin ?x ?y",
		`?a e:p ?b . ?b e:p ?c . ?c e:p ?d . ?d e:p ?a FILTER (?a != ?c)`: "Leapfrog",
	} {
		p, err := e.Explain(t.Context(), "PREFIX e: <http://e/> SELECT * { "+text+" }", QueryOptions{}, false)
		if err != nil {
			t.Fatal(err)
		}
		got := p.String()
		if want == "" && strings.Contains(got, "Leapfrog") || !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", text, want, got)
		}
	}
}
