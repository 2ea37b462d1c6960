package sparql

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/plan"
	"fincat/vocab/term"
)

// mixedValues is a graph of things with a kind and values of all types, which compare with
// each other or do not.
func mixedValues(r *rand.Rand, all bool) []term.Quad {
	typed := func(lex, name string) term.Term {
		return term.NewLiteral(lex, "http://www.w3.org/2001/XMLSchema#"+name)
	}
	values := []term.Term{
		typed("1", "integer"), typed("2.5", "decimal"), typed("2.5E0", "double"), typed("NaN", "double"),
		typed("3", "float"), typed("9007199254740993", "integer"), typed("9007199254740992", "double"),
		typed("2026-01-01T00:00:00Z", "dateTime"), typed("2026-01-01T05:00:00", "dateTime"),
		typed("2026-02-01T00:00:00", "dateTime"), typed("2026-01-01", "date"), typed("P1M", "duration"),
		typed("P30D", "duration"), typed("P1D", "dayTimeDuration"), typed("true", "boolean"), typed("x", "integer"),
		term.NewString("a"), term.NewString("b"), term.NewLangString("a", "en"), term.NewIRI("http://e/v"),
	}
	if !all { // those whose comparison nobody doubts
		values = values[:3]
	}
	kind, val := term.NewIRI("http://e/kind"), term.NewIRI("http://e/val")
	var out []term.Quad
	for i := range 14 {
		s := term.NewIRI(fmt.Sprintf("http://e/s%d", i))
		of := term.NewIRI(fmt.Sprintf("http://e/k%d", r.IntN(3)))
		out = append(out, term.Quad{Subject: s, Predicate: kind, Object: of})
		for range r.IntN(3) {
			out = append(out, term.Quad{Subject: s, Predicate: val, Object: values[r.IntN(len(values))]})
		}
	}
	return out
}

// TestExtreme holds EXISTS with one comparison to the naive evaluation, grouped and not.
func TestExtreme(t *testing.T) {
	patterns := []string{
		`?s e:kind ?k ; e:val ?t FILTER %s { ?o e:kind ?k ; e:val ?u FILTER (?u %s ?t) }`,
		`?s e:kind ?k ; e:val ?t FILTER %s { ?o e:kind ?k ; e:val ?u FILTER (?t %s ?u) }`,
		`?s e:val ?t FILTER %s { ?o e:val ?u FILTER (?u %s ?t) }`,
		`?s e:kind ?k OPTIONAL { ?s e:val ?t } FILTER %s { ?s e:kind ?k . ?o e:kind ?k ; e:val ?u ` +
			`FILTER (?u %s ?t && ?o != e:s3) }`,
		`?s e:val ?t OPTIONAL { ?s e:none ?k } FILTER %s { ?o e:kind ?k ; e:val ?u FILTER (?u %s ?t) }`,
		`?s e:kind ?k ; e:val ?t FILTER (%s { ?o e:kind ?k ; e:val ?u FILTER (?u %s ?t) } || ?s = e:s1)`,
	}
	r := rand.New(rand.NewPCG(18, 3))
	found, settled := 0, 0
	for i := range 6 {
		d, err := newDifferential(t.Context(), mixedValues(r, i%2 == 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range patterns {
			for _, exists := range []string{"EXISTS", "NOT EXISTS"} {
				for _, op := range []string{"<", ">", "<=", ">="} {
					text := "PREFIX e: <http://e/> SELECT * { " + fmt.Sprintf(p, exists, op) + " }"
					var want []string
					for _, m := range []plan.Method{plan.ByLookup, plan.Cheapest, plan.ByHash} {
						d.engine.force = m
						err := d.check(t.Context(), text, false)
						if err != nil && !errors.Is(err, errOpen) {
							t.Errorf("%s by %d: %v", text, m, err)
						}
						if err == nil {
							settled++
						}
						got := sortedSolutions(t, d.engine, text)
						if m == plan.ByLookup {
							want = got
						}
						if !slices.Equal(got, want) {
							t.Errorf("%s by %d: %v, want %v", text, m, got, want)
						}
						found += len(got)
					}
				}
			}
		}
		d.close()
	}
	if found < 3000 || settled < 200 {
		t.Errorf("only %d solutions, %d results that the specification settles", found, settled)
	}
}

// sortedSolutions returns the solutions of a query as texts, sorted.
func sortedSolutions(t *testing.T, e *Engine, text string) (out []string) {
	t.Helper()
	res, err := e.Query(t.Context(), text, QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	for s, err := range res.Solutions() {
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out = append(out, fmt.Sprint([]term.Term(s)))
	}
	slices.Sort(out)
	return out
}

// TestExtremePlanned asserts that the newest of each kind is found from the extremes, and
// what is not of that kind is not.
func TestExtremePlanned(t *testing.T) {
	e := benchEngine(t, 300)
	const latest = `SELECT ?d { ?d dct:publisher ?o ; dct:title ?t FILTER NOT EXISTS { %s } }`
	for inner, want := range map[string]bool{
		`?x dct:publisher ?o ; dct:title ?u FILTER (?u > ?t)`:               true,
		`?x dct:publisher ?o ; dct:title ?u FILTER (?u > ?t && ?x != ?d)`:   false,
		`?x dct:publisher ?o ; dct:title ?u FILTER (?u = ?t)`:               false,
		`?x dct:publisher ?o ; dct:title ?u FILTER (?u > STR(?t))`:          false,
		`?x dct:publisher ?o ; dct:title ?u FILTER (?u > ?t && RAND() < 1)`: false,
	} {
		e.force = plan.ByHash
		p, err := e.Explain(t.Context(), benchPrefixes+fmt.Sprintf(latest, inner), QueryOptions{}, false)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(p.String(), "\n")
		got := slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "Group") })
		if got != want {
			t.Errorf("%s: grouped is %v, want %v\n%v", inner, got, want, p)
		}
	}
}
