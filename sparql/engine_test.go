package sparql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// testEngine returns an engine over n numbered resources with one name each.
func testEngine(tb testing.TB, n int, o Options) *Engine {
	tb.Helper()
	quads := make([]term.Quad, n)
	for i := range quads {
		quads[i] = term.Quad{
			Subject: term.NewIRI(fmt.Sprintf("http://e/s%d", i)), Predicate: term.NewIRI("http://e/p"),
			Object: term.NewString(
				fmt.Sprintf("value number %d", i),
			), Graph: term.NewIRI(fmt.Sprintf("http://e/g%d", i%3)),
		}
	}
	s, err := memoryStore(tb.Context(), quads)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	o.Store = s
	e, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// endless is a query whose answer is far too large to be computed.
const endless = `SELECT (COUNT(*) AS ?n) { ?a ?p1 ?b . ?c ?p2 ?d . ?e ?p3 ?f . ?g ?p4 ?h FILTER(?b < ?d && ?d < ?f) }`

// last reads a result to its end and returns the error it ends with.
func last(res *Result) error {
	defer res.Close()
	for _, err := range res.Solutions() {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestDeadline(t *testing.T) {
	e := testEngine(t, 2000, Options{})
	for _, text := range []string{
		endless,
		`SELECT * { ?a <http://e/p> ?b . ?c <http://e/p> ?d . ?e <http://e/p> ?f FILTER(?b = CONCAT(?d, ?f)) }`,
		`SELECT * { ?a <http://e/p> ?b FILTER NOT EXISTS { ?c <http://e/p> ?d . ?e <http://e/p> ?f FILTER(?d = ` +
			`CONCAT(?b, ?f)) } }`,
		`SELECT * { ?a <http://e/p> ?b OPTIONAL { ?c <http://e/p> ?d . ?e <http://e/p> ?f FILTER(?d = CONCAT(?b, ` +
			`?f)) } }`,
	} {
		begin := time.Now()
		res, err := e.Query(t.Context(), text, QueryOptions{Timeout: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if err := last(res); !errors.Is(err, ErrTimeout) {
			t.Errorf("%s: error %v, want ErrTimeout", text, err)
		}
		if d := time.Since(begin); d > 3*time.Second {
			t.Errorf("%s: stopped after %v", text, d)
		}
	}
	if n := len(e.Running()); n != 0 {
		t.Errorf("%d queries are still listed as running", n)
	}
}

func TestCancel(t *testing.T) {
	e := testEngine(t, 2000, Options{})
	res, err := e.Query(t.Context(), endless, QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	running := e.Running()
	if len(running) != 1 || running[0].Text != endless {
		t.Fatalf("Running() = %v, want the one query", running)
	}
	if e.Cancel(running[0].ID + 1) {
		t.Error("Cancel of an unknown query reports true")
	}
	time.AfterFunc(50*time.Millisecond, func() { e.Cancel(running[0].ID) })
	if err := last(res); !errors.Is(err, ErrCanceled) {
		t.Errorf("error %v, want ErrCanceled", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	if res, err = e.Query(ctx, endless, QueryOptions{}); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := last(res); !errors.Is(err, ErrCanceled) {
		t.Errorf("error %v after the caller has gone, want ErrCanceled", err)
	}
	if n := len(e.Running()); n != 0 {
		t.Errorf("%d queries are still listed as running", n)
	}
}

func TestMemoryBudget(t *testing.T) {
	e := testEngine(t, 40_000, Options{MemoryBytes: 1_000_000})
	for _, text := range []string{
		`SELECT * { ?s ?p ?o } ORDER BY ?o`,
		`SELECT DISTINCT ?s ?o { ?s ?p ?o }`,
		`SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s ?o ORDER BY ?n`,
		`SELECT (GROUP_CONCAT(CONCAT(?o, STR(?s))) AS ?all) { ?s ?p ?o }`,
		`SELECT (COUNT(DISTINCT ?o) AS ?n) (COUNT(DISTINCT ?s) AS ?m) { ?s ?p ?o FILTER(?p != <http://e/none>) }`,
		`SELECT * { ?a <http://e/p> ?b . ?c <http://e/q>* ?d FILTER(?b != "x") }`,
		`SELECT * { ?s ?p ?o BIND(CONCAT(?o, "!") AS ?x) }`,
		`SELECT * { { SELECT * { ?s ?p ?o } LIMIT 35000 } { SELECT * { ?s2 ?p2 ?o2 } LIMIT 36000 } }`,
	} {
		_, err := solve(t.Context(), e, text)
		var limit *LimitError
		if !errors.As(err, &limit) || limit.Limit != 1_000_000 {
			t.Errorf("%s: error %v, want a LimitError of 1000000 bytes", text, err)
		}
	}
	if n, err := solve(t.Context(), e, `SELECT * { ?s ?p ?o } ORDER BY ?o LIMIT 10`); n != 10 || err != nil {
		t.Errorf("the first ten need %v and give %d solutions", err, n)
	}
	if n, err := solve(t.Context(), e, `SELECT ?s ?o { ?s ?p ?o }`); n != 40_000 || err != nil {
		t.Errorf("a plain scan gives %d solutions and %v", n, err)
	}
}

func TestMaxSolutions(t *testing.T) {
	e := testEngine(t, 5000, Options{MaxSolutions: 3000})
	n, err := solve(t.Context(), e, `SELECT * { ?s ?p ?o }`)
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != 3000 || n > 3000 {
		t.Errorf("%d solutions and error %v, want at most 3000 and a LimitError", n, err)
	}
	if n, err := solve(t.Context(), e, `SELECT * { ?s ?p ?o } LIMIT 3000`); n != 3000 || err != nil {
		t.Errorf("%d solutions and %v, want 3000", n, err)
	}
}

func TestSyntaxErrors(t *testing.T) {
	e := testEngine(t, 1, Options{})
	var se *syntax.Error
	if _, err := e.Query(t.Context(), "SELECT * {", QueryOptions{}); !errors.As(err, &se) {
		t.Errorf("Query: error %v, want a syntax error", err)
	}
	if _, err := e.Update(t.Context(), "INSERT DATA", UpdateOptions{}); !errors.As(err, &se) {
		t.Errorf("Update: error %v, want a syntax error", err)
	}
	_, err := e.Update(
		t.Context(),
		"WITH <http://e/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
		UpdateOptions{UsingGraphs: []string{"http://e/h"}},
	)
	if !errors.As(err, &se) {
		t.Errorf("using-graph-uri beside WITH: error %v, want a syntax error", err)
	}
}

func TestUpdateIsAtomic(t *testing.T) {
	e := testEngine(t, 3, Options{})
	count := func() int {
		n, err := solve(t.Context(), e, `SELECT * { GRAPH ?g { ?s ?p ?o } }`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	_, err := e.Update(
		t.Context(),
		`INSERT DATA { GRAPH <http://e/new> { <a:a> <a:b> 1 } } ; CREATE GRAPH <http://e/new>`,
		UpdateOptions{},
	)
	if err == nil || count() != 3 {
		t.Errorf("error %v and %d quads after a request that fails, want an error and 3", err, count())
	}
	r, err := e.Update(t.Context(), `
		INSERT DATA { GRAPH <http://e/new> { <a:a> <a:b> 1, 2 . _:x <a:c> _:y } } ;
		DELETE { GRAPH <http://e/new> { ?s ?p ?o } } INSERT { GRAPH <http://e/new> { ?s ?p ?x . ?s <a:d> _:n } }
		WHERE { GRAPH <http://e/new> { ?s ?p ?o FILTER(isNumeric(?o)) BIND(?o + 1 AS ?x) } } ;
		MOVE <http://e/new> TO <http://e/moved>`, UpdateOptions{Note: store.Note{Author: "test"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Added != 5 || r.Removed != 0 || count() != 8 {
		t.Errorf("%d added, %d removed, %d quads; want 5, 0, 8", r.Added, r.Removed, count())
	}
	n, err := solve(
		t.Context(),
		e,
		`SELECT DISTINCT ?n { GRAPH <http://e/moved> { <a:a> <a:b> 2, 3 ; <a:d> ?n FILTER(isBLANK(?n)) } }`,
	)
	if n != 2 || err != nil {
		t.Errorf("%d blank nodes, %v; want a new one for each of 2 solutions", n, err)
	}
}

func TestSnapshotAt(t *testing.T) {
	e := testEngine(t, 3, Options{})
	if _, err := e.Update(t.Context(), `DELETE WHERE { GRAPH ?g { ?s ?p ?o } }`, UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	for seq, want := range map[uint64]int{1: 3, 2: 0} {
		res, err := e.Query(t.Context(), `SELECT * { ?s ?p ?o }`, QueryOptions{AtSeq: seq})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range res.Solutions() {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != want || res.Seq() != seq {
			t.Errorf("at commit %d: %d solutions of commit %d, want %d", seq, n, res.Seq(), want)
		}
		res.Close()
	}
}

// TestConcurrent runs queries beside updates that move a pair of quads from
// graph to graph: every query must see exactly one pair.
func TestConcurrent(t *testing.T) {
	e := testEngine(t, 300, Options{})
	if _, err := e.Update(t.Context(), `INSERT DATA { GRAPH <a:g0> { <a:x> <a:in> 0 . <a:y> <a:in> 0 `+
		`} }`, UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		writers.Go(func() {
			for i := range 40 {
				text := fmt.Sprintf(`DELETE { GRAPH ?g { ?s <a:in> ?o } } INSERT { GRAPH <a:g%d> { ?s <a:in> %d } }
					WHERE { GRAPH ?g { ?s <a:in> ?o } }`, i%5, w*1000+i)
				if _, err := e.Update(t.Context(), text, UpdateOptions{}); err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n, err := solve(
					t.Context(),
					e,
					`SELECT * { GRAPH ?g { ?s <a:in> ?o . ?t <a:in> ?o FILTER(?s != ?t) } }`,
				)
				if n != 2 || err != nil {
					t.Errorf("a query sees %d solutions, %v; want 2", n, err)
					return
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

func TestDatasets(t *testing.T) {
	e := testEngine(t, 30, Options{})
	strict := Strict
	tests := []struct {
		name, text string
		o          QueryOptions
		want       int
	}{
		{"union", `SELECT * { ?s ?p ?o }`, QueryOptions{}, 30},
		{"strict", `SELECT * { ?s ?p ?o }`, QueryOptions{DefaultGraph: &strict}, 0},
		{"from", `SELECT * FROM <http://e/g0> { ?s ?p ?o }`, QueryOptions{}, 10},
		{"from two", `SELECT * FROM <http://e/g0> FROM <http://e/g1> { ?s ?p ?o }`, QueryOptions{}, 20},
		{"from unknown", `SELECT * FROM <http://e/none> { ?s ?p ?o }`, QueryOptions{}, 0},
		{"from named only", `SELECT * FROM NAMED <http://e/g0> { ?s ?p ?o }`, QueryOptions{}, 0},
		{
			"from named",
			`SELECT * FROM NAMED <http://e/g0> FROM NAMED <http://e/g2> { GRAPH ?g { ?s ?p ?o } }`,
			QueryOptions{},
			20,
		},
		{
			"named not listed",
			`SELECT * FROM NAMED <http://e/g0> { GRAPH <http://e/g1> { ?s ?p ?o } }`,
			QueryOptions{},
			0,
		},
		{
			"request wins",
			`SELECT * FROM <http://e/g0> FROM <http://e/g1> { ?s ?p ?o }`,
			QueryOptions{DefaultGraphs: []string{"http://e/g2"}},
			10,
		},
		{
			"request named",
			`SELECT * { GRAPH ?g { ?s ?p ?o } }`,
			QueryOptions{NamedGraphs: []string{"http://e/g2"}},
			10,
		},
		{"graphs", `SELECT ?g { GRAPH ?g { } }`, QueryOptions{}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := e.Query(t.Context(), tt.text, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Close()
			n := 0
			for _, err := range res.Solutions() {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != tt.want {
				t.Errorf("%d solutions, want %d", n, tt.want)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	e := testEngine(t, 0, Options{})
	_, err := e.Update(
		t.Context(),
		`INSERT DATA { <a:x> <a:p> _:b , <a:y> . _:b <a:q> _:c . _:c <a:r> _:b , <a:z> . <a:y> <a:s> 1 ;
		<http://www.w3.org/2000/01/rdf-schema#label> "y" . <a:other> <a:p> <a:x> }`,
		UpdateOptions{},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`DESCRIBE <a:x>`, `DESCRIBE ?x { ?o <a:p> ?x FILTER(?o = ` +
		`<a:other>) }`, `DESCRIBE * { ?x <a:p> <a:y> }`} {
		res, err := e.Query(t.Context(), text, QueryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for q, err := range res.Quads() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, q.Predicate.Value())
		}
		res.Close()
		slices.Sort(got)
		want := "a:p a:p a:q a:r a:r http://www.w3.org/2000/01/rdf-schema#label"
		if text := strings.Join(got, " "); text != want &&
			text != strings.Replace(want, "a:r http", "a:r a:s http", 1) {
			t.Errorf("predicates %s, want %s", text, want)
		}
	}
}

// TestPlanningTime asserts that deep nesting, where every level could be
// planned in two ways, and long groups are planned in a short time.
func TestPlanningTime(t *testing.T) {
	e := testEngine(t, 10, Options{})
	nested := func(open string) string {
		return `SELECT * { ` + strings.Repeat(
			`?d <http://e/p> ?t `+open+` { `,
			30,
		) + ` ?d ?p ?c ` + strings.Repeat(
			`}`,
			31,
		)
	}
	var long strings.Builder
	for i := range 200 {
		fmt.Fprintf(&long, "?v%d <http://e/p> ?v%d OPTIONAL { ?v%d <http://e/q> ?w%d } ", i, i+1, i, i)
	}
	for _, text := range []string{
		nested("OPTIONAL"), nested("MINUS"), nested("FILTER EXISTS"), nested("{ ?d ?e ?f } " +
			"UNION"), nested(""), `SELECT * { ` + long.String() + `}`,
	} {
		begin := time.Now()
		if _, err := e.Explain(t.Context(), text, QueryOptions{}, false); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d > 5*time.Second {
			t.Errorf("planning %.60s… takes %v", text, d)
		}
	}
}
