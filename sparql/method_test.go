package sparql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/plan"
	"fincat/vocab/term"
)

var methods = map[string]plan.Method{
	"cheapest": plan.Cheapest,
	"lookup":   plan.ByLookup,
	"hash":     plan.ByHash,
	"merge":    plan.ByMerging,
	"leapfrog": plan.ByLeapfrog,
}

// forced runs the suites with one join method.
type forced struct {
	inProcess
	method plan.Method
}

func (f forced) query(ctx context.Context, e *Engine, text, base, result string) (answer, error) {
	e.force = f.method
	return f.inProcess.query(ctx, e, text, base, result)
}

func TestSuitesByMethod(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the suites run once only")
	}
	for name, m := range methods {
		if m != plan.Cheapest {
			t.Run(name, func(t *testing.T) { runSuites(t, forced{method: m}) })
		}
	}
}

// TestJoinMethods asserts that every way to join gives the same solutions over
// data of more than one batch.
func TestJoinMethods(t *testing.T) {
	e := benchEngine(t, 1500)
	queries := []string{
		`SELECT * { ?a dct:publisher ?o . ?b dct:publisher ?o . ?a dcat:theme ex:none }`,
		`SELECT * { ?d dct:publisher ?o . ?o ex:subOrganizationOf ?p . ?q ex:subOrganizationOf ?p . ?q foaf:name ?n }`,
		`SELECT * { ?d a dcat:Dataset . ?d dcat:theme <http://example.org/theme/3> . ?d dct:license ?l }`,
		`SELECT ?x ?f { ?d dcat:distribution ?x . ?x a dcat:Distribution . ?x dct:format ?f . ?d dcat:theme ` +
			`<http://example.org/theme/5> }`,
		`SELECT ?d ?l ?t { ?d a dcat:Dataset OPTIONAL { ?d dct:license ?l } OPTIONAL { ?d dcat:theme ?t . ?d ` +
			`dct:license ?l } }`,
		`SELECT ?d ?k { ?d dct:publisher <http://example.org/org/3> { ?d dcat:keyword ?k } UNION { ?d dct:title ` +
			`?k FILTER(LANG(?k) = "en") } }`,
		`SELECT ?d { ?d dct:publisher ?p MINUS { ?d dct:license ?l . ?d dcat:theme <http://example.org/theme/1> } }`,
		`SELECT ?d { ?d a dcat:Dataset FILTER EXISTS { ?d dcat:distribution ?x . ?x dct:format "PDF" } FILTER NOT ` +
			`EXISTS { ?d dct:license <http://example.org/licence/0> } }`,
		`SELECT ?g ?s { GRAPH ?g { ?s dct:identifier ?i . ?s dcat:theme <http://example.org/theme/7> OPTIONAL { ` +
			`?s dct:license ?l } FILTER(!BOUND(?l)) } }`,
		`SELECT ?o (COUNT(*) AS ?n) { { SELECT ?o { ?o a foaf:Organization } ORDER BY ?o LIMIT 20 } ?d ` +
			`dct:publisher ?o } GROUP BY ?o`,
		`SELECT ?a ?b { ?a ex:subOrganizationOf+ ?b . ?b ex:subOrganizationOf <http://example.org/org/0> }`,
		`SELECT * { ?a dct:publisher ?o ; dcat:theme ?t ; dct:license ?l . ?b dct:publisher ?o ; dcat:theme ?t ; ` +
			`dct:license ?l FILTER (STR(?a) < STR(?b)) }`,
		`SELECT * { ?a dct:publisher ?o ; dcat:theme ?t . ?b dct:publisher ?o ; dcat:theme ?t ; dct:title ?n . ` +
			`?a a dcat:Dataset FILTER (?a != ?b && LANG(?n) = "en") }`,
		`SELECT * { VALUES (?t ?l) { (<http://example.org/theme/3> UNDEF) (UNDEF <http://example.org/licence/1>) ` +
			`} ?d dcat:theme ?t ; dct:license ?l }`,
	}
	for _, q := range queries {
		var want []string
		for _, name := range []string{"cheapest", "lookup", "hash", "merge", "leapfrog"} {
			e.force = methods[name]
			res, err := e.Query(t.Context(), benchPrefixes+q, QueryOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for s, err := range res.Solutions() {
				if err != nil {
					t.Fatalf("%s: %s: %v", name, q, err)
				}
				got = append(got, fmt.Sprint([]term.Term(s)))
			}
			res.Close()
			slices.Sort(got)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				p, err := e.Explain(t.Context(), benchPrefixes+q, QueryOptions{}, true)
				t.Errorf(
					"%s: %d solutions by %s, want %d\n%v %v",
					strings.TrimSpace(q),
					len(got),
					name,
					len(want),
					p,
					err,
				)
			}
		}
		if len(want) == 0 && !strings.Contains(q, "none") {
			t.Errorf("%s has no solutions", q)
		}
	}
}

// TestMergeJoinPlanned makes sure that the merge join is in fact tried above.
func TestMergeJoinPlanned(t *testing.T) {
	e := benchEngine(t, 300)
	e.force = plan.ByMerging
	p, err := e.Explain(
		t.Context(),
		benchPrefixes+`SELECT * { ?d a dcat:Dataset . ?d dcat:theme <http://example.org/theme/3> }`,
		QueryOptions{},
		true,
	)
	if err != nil || !strings.Contains(p.String(), "MergeJoin ?d") {
		t.Errorf("no merge join, %v:\n%v", err, p)
	}
}
