package sparql

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"fincat/sparql/results"
	"fincat/sparql/value"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

var suite = w3ctest.Suite{Dir: "../testdata/w3c/rdf-tests", Base: "https://w3c.github.io/rdf-tests/"}

const qt = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"

// answer is the result of a query, from the engine or over HTTP.
type answer interface {
	Form() Form
	Vars() []string
	Boolean() (bool, error)
	Solutions() iter.Seq2[results.Solution, error]
	Quads() iter.Seq2[term.Quad, error]
	Close()
}

// runner answers the requests of a suite.
type runner interface {
	// query answers a query; result is the IRI of the file it is compared with.
	query(ctx context.Context, e *Engine, text, base, result string) (answer, error)
	// update carries an update out and returns the store's content after it.
	update(ctx context.Context, e *Engine, text, base string) ([]term.Quad, error)
}

// inProcess calls the engine.
type inProcess struct{}

func (inProcess) query(ctx context.Context, e *Engine, text, base, _ string) (answer, error) {
	res, err := e.Query(ctx, text, QueryOptions{Base: base})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// runQueries runs the query evaluation tests of one manifest.
func runQueries(t *testing.T, r runner, manifest string, want int, expected map[string]string) {
	t.Helper()
	m, err := suite.Load("sparql/" + manifest)
	if err != nil {
		t.Fatal(err)
	}
	entries := slices.DeleteFunc(m.Entries, func(e w3ctest.Entry) bool {
		switch e.Kind() {
		case "QueryEvaluationTest", "CSVResultFormatTest":
			return false
		}
		return true
	})
	w3ctest.Run(t, entries, want, expected, func(e w3ctest.Entry) error { return queryTest(t.Context(), r, e, nil) })
}

// memoryStore opens an empty store in memory.
// memoryStore returns a store in memory with these quads.
func memoryStore(ctx context.Context, quads []term.Quad) (*store.Store, error) {
	s, err := store.Open(ctx, store.Options{})
	if err != nil {
		return nil, err
	}
	if _, err := s.Commit(ctx, store.Change{Add: quads}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// testData is the RDF dataset a test's action names.
func testData(e w3ctest.Entry, action term.Term) ([]term.Quad, error) {
	var all []term.Quad
	for _, d := range e.Graph.Objects(action, qt+"data") {
		quads, err := suite.ReadQuads(d.Value())
		if err != nil {
			return nil, err
		}
		all = append(all, apart(quads, fmt.Sprintf("d%d", len(all)), term.Term{})...)
	}
	for _, g := range e.Graph.Objects(action, qt+"graphData") {
		quads, err := suite.ReadQuads(g.Value())
		if err != nil {
			return nil, err
		}
		all = append(all, apart(quads, fmt.Sprintf("d%d", len(all)), g)...)
	}
	return all, nil
}

// apart puts quads without a graph into graph and gives blank nodes a prefix.
func apart(quads []term.Quad, prefix string, graph term.Term) []term.Quad {
	var own func(t term.Term) term.Term
	own = func(t term.Term) term.Term {
		switch {
		case t.IsBlankNode():
			return term.NewBlankNode(prefix + t.Value())
		case t.IsTripleTerm():
			x := t.Triple()
			return term.NewTripleTerm(
				term.Triple{Subject: own(x.Subject), Predicate: x.Predicate, Object: own(x.Object)},
			)
		}
		return t
	}
	out := make([]term.Quad, len(quads))
	for i, q := range quads {
		out[i] = term.Quad{Subject: own(q.Subject), Predicate: q.Predicate, Object: own(q.Object), Graph: own(q.Graph)}
		if out[i].Graph.IsZero() {
			out[i].Graph = graph
		}
	}
	return out
}

func queryTest(ctx context.Context, r runner, e w3ctest.Entry, services ServiceClient) error {
	query := e.Graph.Object(e.Action, qt+"query")
	data, err := testData(e, e.Action)
	if err != nil {
		return err
	}
	text, err := suite.ReadFile(query.Value())
	if err != nil {
		return err
	}
	// FROM and FROM NAMED of the tests name files.
	for _, iri := range fromClauses(string(text), query.Value()) {
		quads, err := suite.ReadQuads(iri)
		if err != nil {
			return err
		}
		data = append(data, apart(quads, fmt.Sprintf("f%d", len(data)), term.NewIRI(iri))...)
	}
	s, err := memoryStore(ctx, data)
	if err != nil {
		return err
	}
	defer s.Close()
	engine, err := New(Options{Store: s, DefaultGraph: Strict, Services: services})
	if err != nil {
		return err
	}
	res, err := r.query(ctx, engine, string(text), query.Value(), e.Result.Value())
	if err != nil {
		return err
	}
	defer res.Close()
	if err := compareResult(ctx, res, e.Result.Value()); err != nil {
		p, perr := engine.Explain(ctx, string(text), QueryOptions{Base: query.Value()}, false)
		return fmt.Errorf("%w\nquery:\n%s\nplan (%w):\n%v", err, text, perr, p)
	}
	return nil
}

// fromClauses finds the graphs that FROM and FROM NAMED name.
func fromClauses(text, base string) []string {
	var out []string
	fields := strings.Fields(text)
	for i, f := range fields {
		if !strings.EqualFold(f, "FROM") || i+1 >= len(fields) {
			continue
		}
		next := fields[i+1]
		if strings.EqualFold(next, "NAMED") && i+2 < len(fields) {
			next = fields[i+2]
		}
		ref, ok := strings.CutPrefix(next, "<")
		if !ok {
			continue
		}
		ref, _, _ = strings.Cut(ref, ">")
		iri, err := term.ResolveIRI(base, ref)
		if err == nil && !slices.Contains(out, iri) {
			out = append(out, iri)
		}
	}
	return out
}

// expectedResult is what a result file says.
type expectedResult struct {
	boolean   *bool
	vars      []string
	solutions []results.Solution
	ordered   bool
	lexical   bool // CSV: terms are their text
	quads     []term.Quad
}

func readExpected(ctx context.Context, iri string) (*expectedResult, error) {
	ext := path.Ext(iri)
	if f, ok := results.FormatByName(strings.TrimPrefix(ext, ".")); ok || ext == ".srx" || ext == ".srj" {
		switch ext {
		case ".srx":
			f = results.XML
		case ".srj":
			f = results.JSON
		}
		return readResults(ctx, iri, f)
	}
	quads, err := suite.ReadQuads(iri)
	if err != nil {
		return nil, err
	}
	g := w3ctest.NewGraph(quads)
	sets := g.Subjects(vocab.RDFType, term.NewIRI(rsNS+"ResultSet"))
	if len(sets) == 0 {
		return &expectedResult{quads: quads}, nil
	}
	return graphResult(g, sets[0])
}

func readResults(ctx context.Context, iri string, f results.Format) (*expectedResult, error) {
	p, err := suite.Path(iri)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := results.Read(ctx, file, f)
	if err != nil {
		return nil, err
	}
	out := &expectedResult{vars: r.Vars(), lexical: f == results.CSV}
	if b, ok := r.Boolean(); ok {
		out.boolean = &b
		return out, nil
	}
	for s, err := range r.Solutions() {
		if err != nil {
			return nil, err
		}
		out.solutions = append(out.solutions, slices.Clone(s))
	}
	return out, nil
}

const rsNS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"

// graphResult reads a result in the DAWG vocabulary.
func graphResult(g *w3ctest.Graph, set term.Term) (*expectedResult, error) {
	out := &expectedResult{}
	if b := g.Object(set, rsNS+"boolean"); !b.IsZero() {
		v := b.Value() == "true"
		out.boolean = &v
		return out, nil
	}
	for _, v := range g.Objects(set, rsNS+"resultVariable") {
		out.vars = append(out.vars, v.Value())
	}
	type row struct {
		index string
		s     results.Solution
	}
	var rows []row
	for _, sol := range g.Objects(set, rsNS+"solution") {
		s := make(results.Solution, len(out.vars))
		for _, b := range g.Objects(sol, rsNS+"binding") {
			i := slices.Index(out.vars, g.Object(b, rsNS+"variable").Value())
			if i < 0 {
				return nil, errors.New("binding of an unknown variable")
			}
			s[i] = g.Object(b, rsNS+"value")
		}
		index := g.Object(sol, rsNS+"index").Value()
		out.ordered = out.ordered || index != ""
		rows = append(rows, row{fmt.Sprintf("%9s", index), s})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.index, b.index) })
	for _, r := range rows {
		out.solutions = append(out.solutions, r.s)
	}
	return out, nil
}

func compareResult(ctx context.Context, res answer, iri string) error {
	want, err := readExpected(ctx, iri)
	if err != nil {
		return fmt.Errorf("read expected result: %w", err)
	}
	switch res.Form() {
	case Ask:
		got, err := res.Boolean()
		if err == nil && (want.boolean == nil || got != *want.boolean) {
			err = fmt.Errorf("answer is %v", got)
		}
		return err
	case Construct, Describe:
		var got []term.Quad
		for q, err := range res.Quads() {
			if err != nil {
				return err
			}
			got = append(got, q)
		}
		return w3ctest.SameQuads(got, want.quads)
	}
	var got []results.Solution
	for s, err := range res.Solutions() {
		if err != nil {
			return err
		}
		got = append(got, s)
	}
	return sameSolutions(res.Vars(), got, want)
}

// sameSolutions compares as multisets, or as sequences when the test says so.
func sameSolutions(vars []string, got []results.Solution, want *expectedResult) error {
	for _, v := range want.vars {
		if !slices.Contains(vars, v) {
			return fmt.Errorf("variable %s is missing among %v", v, vars)
		}
	}
	ordered := make([]results.Solution, len(got))
	for i, s := range got {
		ordered[i] = make(results.Solution, len(want.vars))
		for k, v := range want.vars {
			ordered[i][k] = s[slices.Index(vars, v)]
		}
	}
	if len(got) == len(want.solutions) &&
		match(ordered, want.solutions, want, make([]bool, len(got)), map[term.Term]term.Term{}) {
		return nil
	}
	return fmt.Errorf(
		"got %d solutions %v\n%s\nwant %d\n%s",
		len(got),
		want.vars,
		table(ordered),
		len(want.solutions),
		table(want.solutions),
	)
}

func table(ss []results.Solution) string {
	lines := make([]string, len(ss))
	for i, s := range ss {
		for _, t := range s {
			lines[i] += t.String() + "\t"
		}
	}
	return strings.Join(lines, "\n")
}

// match pairs solutions up under one mapping of blank nodes, by backtracking.
func match(got, want []results.Solution, e *expectedResult, used []bool, blanks map[term.Term]term.Term) bool {
	if len(got) == 0 {
		return true
	}
	n := len(want) - len(got)
	for i, w := range want {
		if used[i] || e.ordered && i != n {
			continue
		}
		bound := map[term.Term]term.Term{}
		for k, v := range blanks {
			bound[k] = v
		}
		if !matchSolution(got[0], w, e, bound) {
			continue
		}
		used[i] = true
		if match(got[1:], want, e, used, bound) {
			return true
		}
		used[i] = false
	}
	return false
}

func matchSolution(got, want results.Solution, e *expectedResult, blanks map[term.Term]term.Term) bool {
	for i := range got {
		if !matchTerm(got[i], want[i], e, blanks) {
			return false
		}
	}
	return true
}

func matchTerm(got, want term.Term, e *expectedResult, blanks map[term.Term]term.Term) bool {
	switch {
	case got.IsBlankNode() && (want.IsBlankNode() || e.lexical && strings.HasPrefix(want.Value(), "_:")):
		for k, v := range blanks {
			if (k == got) != (v == want) {
				return false
			}
		}
		blanks[got] = want
		return true
	case got.IsTripleTerm() && want.IsTripleTerm():
		g, w := got.Triple(), want.Triple()
		return matchTerm(g.Subject, w.Subject, e, blanks) && matchTerm(g.Predicate, w.Predicate, e, blanks) &&
			matchTerm(g.Object, w.Object, e, blanks)
	case e.lexical:
		return got.Value() == want.Value()
	}
	if got == want {
		return true
	}
	// Suites differ in which lexical form of a number they expect.
	return got.Datatype() != "" && got.Datatype() == want.Datatype() &&
		value.CompareOrder(value.Of(got), value.Of(want)) == 0 &&
		strings.HasPrefix(got.Datatype(), "http://www.w3.org/2001/XMLSchema#") &&
		!got.IsString()
}

// runSuites runs the evaluation tests of every suite.
func runSuites(t *testing.T, r runner) {
	t.Run("sparql10", func(t *testing.T) { runQueries(t, r, "sparql10/manifest.ttl", 283, nil) })
	t.Run("sparql10-sort", func(t *testing.T) {
		runQueries(t, r, "sparql10/sort/extended-manifest.ttl", 1, map[string]string{
			"dawg-sort-11": "orders plain literals before xsd:strings, which RDF 1.1 Concepts §3.3 made the same " +
				"terms",
		})
	})
	t.Run("sparql11", func(t *testing.T) { runQueries(t, r, "sparql11/manifest-sparql11-query.ttl", 225, nil) })
	t.Run(
		"sparql11-results",
		func(t *testing.T) { runQueries(t, r, "sparql11/manifest-sparql11-results.ttl", 10, nil) },
	)
	t.Run("sparql12", func(t *testing.T) { runQueries(t, r, "sparql12/manifest.ttl", 63, nil) })
	t.Run("sparql11-update", func(t *testing.T) { runUpdates(t, r, "sparql11/manifest-sparql11-update.ttl", 94, nil) })
	t.Run("sparql12-update", func(t *testing.T) { runUpdates(t, r, "sparql12/manifest.ttl", 3, nil) })
}

func TestSuites(t *testing.T) { runSuites(t, inProcess{}) }
