package sparql

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"

	"golang.org/x/tools/txtar"
)

// differential holds the engine against the naive evaluator over one RDF
// dataset.
type differential struct {
	quads  []term.Quad
	engine *Engine
	store  *store.Store
	found  int // queries that had solutions
}

func newDifferential(ctx context.Context, quads []term.Quad) (*differential, error) {
	s, err := store.Open(ctx, store.Options{})
	if err != nil {
		return nil, err
	}
	if _, err := s.Commit(ctx, store.Change{Add: quads, KeepBlankNodes: true}); err != nil {
		return nil, err
	}
	e, err := New(Options{Store: s, Text: newSubstrings(quads), Timeout: 20 * time.Second})
	return &differential{quads: quads, engine: e, store: s}, err
}

func (d *differential) close() { _ = d.store.Close() }

// errOpen means that the specification does not settle the result.
var errOpen = errors.New("the specification leaves the result open")

// check compares the results of one query: naive over the algebra and over the
// simplified algebra, engine with and without simplification.
func (d *differential) check(ctx context.Context, text string, union bool) error {
	tree, err := syntax.ParseQuery(text, syntax.Options{})
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	q, err := algebra.Translate(tree, algebra.Options{Text: true})
	if err != nil {
		return fmt.Errorf("translate: %w", err)
	}
	if q.Form == Construct {
		return d.checkConstruct(ctx, q, text, union)
	}
	whole, cut := unsliced(q.Op)
	want, err := d.naive(ctx, q, whole, union)
	if err != nil {
		return err
	}
	if len(want.rows) > 0 {
		d.found++
	}
	var open error
	compare := func(name string, got solutionList, err error) error {
		switch {
		case errors.Is(err, errNaiveSteps), errors.Is(err, errOpen):
			open = err
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		}
		if diff := want.diff(got, q.Form, tree, cut); diff != "" {
			return fmt.Errorf("%s differs from the naive evaluation:\n%s", name, diff)
		}
		return nil
	}
	if cut == nil {
		simple, err := algebra.Simplify(ctx, q.Op)
		if err != nil {
			return err
		}
		got, err := d.naive(ctx, q, simple, union)
		if err := compare("simplified algebra", got, err); err != nil {
			return err
		}
	}
	got, err := d.run(ctx, text, union, false)
	if err := compare("engine without simplification", got, err); err != nil {
		return err
	}
	got, err = d.run(ctx, text, union, true)
	if err := compare("engine", got, err); err != nil {
		return err
	}
	if err := d.unchanged(ctx, text); err != nil {
		return err
	}
	return open
}

// unchanged reports whether a query that the engine keeps is still what its text says after it ran.
func (d *differential) unchanged(ctx context.Context, text string) error {
	kept, err := d.engine.ParseQuery(ctx, text, QueryOptions{})
	if err != nil {
		return err
	}
	tree, err := syntax.ParseQuery(text, syntax.Options{Evaluated: true})
	if err != nil {
		return err
	}
	fresh, err := algebra.Translate(tree, d.engine.translation())
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(kept.algebra, fresh) {
		return errors.New("running the query changed it")
	}
	return nil
}

// checkConstruct compares the graphs of a CONSTRUCT query.
func (d *differential) checkConstruct(ctx context.Context, q *algebra.Query, text string, union bool) error {
	quads := d.quads
	if q.Dataset != nil {
		quads, union = datasetQuads(d.quads, q.Dataset), false
	}
	n := newNaive(ctx, quads, union)
	n.text = newSubstrings(d.quads)
	solutions, err := n.run(q.Op)
	if err != nil {
		return err
	}
	if n.open {
		return errOpen
	}
	graph := &naiveUpdate{}
	for _, s := range solutions {
		graph.add(graph.instances(tripleQuads(q.Template), s)...)
	}
	mode := Strict
	if union {
		mode = Union
	}
	r, err := d.engine.Query(ctx, text, QueryOptions{DefaultGraph: &mode})
	if err != nil {
		return err
	}
	defer r.Close()
	var got []term.Quad
	for q, err := range r.Quads() {
		if err != nil {
			return err
		}
		got = append(got, q)
	}
	if !canon.Isomorphic(got, graph.quads) {
		return fmt.Errorf("engine constructs\n%sthe naive evaluation\n%s", nquads(got), nquads(graph.quads))
	}
	return nil
}

// unsliced takes the outermost Slice away: which solutions it leaves is open,
// how many is not.
func unsliced(o algebra.Op) (whole algebra.Op, cut *algebra.Slice) {
	if s, ok := o.(*algebra.Slice); ok {
		return s.Input, s
	}
	return o, nil
}

// solutionList is the solutions of a query as rows of terms, in order.
type solutionList struct {
	vars []algebra.Var
	rows [][]term.Term
}

// naive evaluates o, which is q.Op or a rewriting of it.
func (d *differential) naive(ctx context.Context, q *algebra.Query, o algebra.Op, union bool) (solutionList, error) {
	quads := d.quads
	if q.Dataset != nil {
		quads, union = datasetQuads(d.quads, q.Dataset), false
	}
	n := newNaive(ctx, quads, union)
	n.text = newSubstrings(d.quads)
	solutions, err := n.run(o)
	if err != nil {
		return solutionList{}, err
	}
	if n.open {
		return solutionList{}, errOpen
	}
	a := solutionList{vars: q.Vars}
	for _, s := range solutions {
		row := make([]term.Term, len(q.Vars))
		for i, v := range q.Vars {
			row[i] = s[v]
		}
		a.rows = append(a.rows, row)
	}
	return a, nil
}

// datasetQuads makes the RDF dataset of FROM and FROM NAMED (SPARQL 1.1 §13.2).
func datasetQuads(quads []term.Quad, d *syntax.Dataset) []term.Quad {
	var out []term.Quad
	for _, q := range quads {
		if slices.Contains(d.Default, q.Graph.Value()) {
			out = append(out, q.Triple().In(term.Term{}))
		}
		if slices.Contains(d.Named, q.Graph.Value()) {
			out = append(out, q)
		}
	}
	return out
}

// run asks the engine, with or without algebra.Simplify.
func (d *differential) run(ctx context.Context, text string, union, simplify bool) (out solutionList, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	mode := Strict
	if union {
		mode = Union
	}
	var r *Result
	if simplify {
		r, err = d.engine.Query(ctx, text, QueryOptions{DefaultGraph: &mode})
	} else {
		r, err = d.engine.queryAsWritten(ctx, text, mode)
	}
	if err != nil {
		return solutionList{}, err
	}
	defer r.Close()
	a := solutionList{vars: r.query.algebra.Vars}
	if r.Form() == Ask {
		yes, err := r.Boolean()
		if yes {
			a.rows = [][]term.Term{{}}
		}
		return a, err
	}
	for s, err := range r.Solutions() {
		if err != nil {
			return solutionList{}, err
		}
		a.rows = append(a.rows, s)
	}
	return a, nil
}

// queryAsWritten is Query without algebra.Simplify.
func (e *Engine) queryAsWritten(ctx context.Context, text string, mode DefaultGraphMode) (*Result, error) {
	q, err := e.ParseQuery(ctx, text, QueryOptions{})
	if err != nil {
		return nil, err
	}
	q.op.Store(simpleOp{q.algebra.Op})
	return e.Run(ctx, q, QueryOptions{DefaultGraph: &mode})
}

// diff tells how another answer differs, "" when it does not: as multisets of
// solutions, for REDUCED as sets, for ASK by there being one at all; an order
// asked for must be kept. Of a cut sequence, any part of the right length will do.
func (a solutionList) diff(b solutionList, form syntax.Form, tree *syntax.Query, cut *algebra.Slice) string {
	if cut != nil {
		return a.diffCut(b, form, tree, cut)
	}
	if form == Ask {
		if (len(a.rows) > 0) != (len(b.rows) > 0) {
			return fmt.Sprintf("got %v, want %v", len(b.rows) > 0, len(a.rows) > 0)
		}
		return ""
	}
	got, want := b.lines(tree.Reduced), a.lines(tree.Reduced)
	if !slices.Equal(got, want) {
		return fmt.Sprintf(
			"got %d solutions:\n%s\nwant %d:\n%s",
			len(got),
			strings.Join(got, "\n"),
			len(want),
			strings.Join(want, "\n"),
		)
	}
	return b.disorder(tree.OrderBy)
}

// diffCut is diff for a sequence that is cut.
func (a solutionList) diffCut(b solutionList, form syntax.Form, tree *syntax.Query, cut *algebra.Slice) string {
	n := max(0, len(a.rows)-int(cut.Offset))
	if cut.Limit >= 0 {
		n = min(n, int(cut.Limit))
	}
	switch {
	case form == Ask && (n > 0) != (len(b.rows) > 0):
		return fmt.Sprintf("got %v, want %v", len(b.rows) > 0, n > 0)
	case form == Ask || tree.Reduced: // REDUCED leaves the number open
		return ""
	case len(b.rows) != n:
		return fmt.Sprintf("got %d solutions, want %d", len(b.rows), n)
	}
	all := a.lines(false)
	for _, line := range b.lines(false) {
		i := slices.Index(all, line)
		if i < 0 {
			return fmt.Sprintf("got %s, which is none of\n%s", line, strings.Join(a.lines(false), "\n"))
		}
		all = slices.Delete(all, i, i+1)
	}
	if wrong := a.misplaced(b, int(cut.Offset), tree.OrderBy); wrong != "" {
		return wrong
	}
	return b.disorder(tree.OrderBy)
}

// lines prints the solutions, sorted.
func (a solutionList) lines(set bool) []string {
	out := make([]string, len(a.rows))
	for i, row := range a.rows {
		var b strings.Builder
		for j, t := range row {
			if !t.IsZero() {
				fmt.Fprintf(&b, " %v=%v", a.vars[j], t)
			}
		}
		out[i] = b.String()
	}
	sort.Strings(out)
	if set {
		out = slices.Compact(out)
	}
	return out
}

// keyColumns returns the columns of the variables that ORDER BY names, nil when
// one is not part of the solutions.
func (a solutionList) keyColumns(keys []syntax.OrderCondition) []int {
	var out []int
	for _, k := range keys {
		v, _ := k.Expr.(syntax.Var)
		c := slices.Index(a.vars, algebra.Var(v))
		if c < 0 {
			return nil
		}
		out = append(out, c)
	}
	return out
}

// compareRows compares two solutions by ORDER BY; 0 also where the order is not
// defined.
func compareRows(keys []syntax.OrderCondition, columns []int, x, y []term.Term) int {
	n := &naive{}
	for k, c := range columns {
		order, ok := n.order(x[c], y[c])
		if keys[k].Descending {
			order = -order
		}
		if !ok || order != 0 {
			return order
		}
	}
	return 0
}

// disorder tells which neighbours stand in an order that ORDER BY forbids.
func (a solutionList) disorder(keys []syntax.OrderCondition) string {
	columns := a.keyColumns(keys)
	for i := 1; i < len(a.rows); i++ {
		if compareRows(keys, columns, a.rows[i-1], a.rows[i]) > 0 {
			return fmt.Sprintf("solution %d %v stands before %v", i-1, a.rows[i-1], a.rows[i])
		}
	}
	return ""
}

// misplaced tells which solution of a part b of a, that starts at the given
// offset, has too many solutions before or behind it.
func (a solutionList) misplaced(b solutionList, offset int, keys []syntax.OrderCondition) string {
	columns := a.keyColumns(keys)
	for i, row := range b.rows {
		before, behind := 0, 0
		for _, other := range a.rows {
			switch compareRows(keys, columns, other, row) {
			case -1:
				before++
			case 1:
				behind++
			}
		}
		if at := offset + i; before > at || behind > len(a.rows)-1-at {
			return fmt.Sprintf(
				"%v stands at %d of %d, with %d before and %d behind it",
				row,
				at,
				len(a.rows),
				before,
				behind,
			)
		}
	}
	return ""
}

// TestDifferentialW3C holds the naive evaluator to the engine on the queries of
// the W3C suites, which the engine answers as they expect.
func TestDifferentialW3C(t *testing.T) {
	compared := 0
	for _, name := range []string{
		"sparql10/manifest-evaluation.ttl", "sparql11/manifest-sparql11-query.ttl", "sparql12/manifest.ttl",
	} {
		m, err := suite.Load("sparql/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range m.Entries {
			if e.Kind() != "QueryEvaluationTest" {
				continue
			}
			query := e.Graph.Object(e.Action, qt+"query").Value()
			text, err := suite.ReadFile(query)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := syntax.ParseQuery(string(text), syntax.Options{Base: query})
			if err != nil {
				t.Fatal(err)
			}
			quads, err := testData(e, e.Action)
			if err != nil {
				t.Fatal(err)
			}
			if tree.Form == Describe || tree.Dataset != nil {
				continue
			}
			switch err := recheck(t.Context(), quads, tree.String(), false); {
			case err == nil:
				compared++
			case !errors.Is(err, errOpen) && !errors.Is(err, errNaiveSteps):
				t.Errorf("%s: %v\n%s", e.ID.Value(), err, text)
			}
		}
	}
	if compared < 390 {
		t.Errorf("only %d queries compared", compared)
	}
}

// keepFailures makes the differential tests write what failed, shrunk, as txtar
// files into testdata/sparql/differential.
var keepFailures = flag.Bool("keep-failures", false, "write shrunk failures to testdata/sparql/differential")

var maxFailures = flag.Int("max-failures", 5, "how many failures of the differential test to shrink before it stops")

const differentialCases = "../testdata/sparql/differential"

// TestDifferential compares engine and naive evaluator on random queries over
// random RDF datasets: a few thousand, or for as long as FINCAT_CAMPAIGN says.
func TestDifferential(t *testing.T) {
	limit, seed := campaign(t, 12*time.Second)
	start := time.Now()
	cases, open, found, failed := 0, 0, 0, 0
	for ; time.Since(start) < limit && failed < *maxFailures; seed++ {
		g := newGenerator(seed)
		g.text = true
		large := seed%10 == 0
		d, err := newDifferential(t.Context(), g.dataset(large))
		if err != nil {
			t.Fatal(err)
		}
		queries := 40
		if large {
			queries = 4
		}
		for range queries {
			text, union := g.query(), g.chance(2)
			err := d.check(t.Context(), text, union)
			cases++
			switch {
			case errors.Is(err, errOpen), errors.Is(err, errNaiveSteps):
				open++
			case err != nil:
				failed++
				t.Error(report(t, d.quads, text, union, seed))
			}
		}
		found += d.found
		d.close()
	}
	t.Logf("%d cases up to seed %d: %d with solutions, %d left open by the specification", cases, seed, found, open)
}

// report shrinks a failing case and says what it is.
func report(t *testing.T, quads []term.Quad, text string, union bool, seed uint64) string {
	ctx := t.Context()
	quads, text = shrink(ctx, quads, text, union)
	err := recheck(ctx, quads, text, union)
	a := &txtar.Archive{
		Comment: []byte(fmt.Sprintf("Found by TestDifferential. Default graph: %s.\n", graphMode(union))),
	}
	a.Files = []txtar.File{{Name: "data.nq", Data: nquads(quads)}, {Name: "query.rq", Data: []byte(text + "\n")}}
	if *keepFailures {
		name := filepath.Join(differentialCases, fmt.Sprintf("seed%d.txtar", seed))
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Error(err)
		}
	}
	return fmt.Sprintf("seed %d:\n%s%v", seed, txtar.Format(a), err)
}

func graphMode(union bool) string {
	if union {
		return "union"
	}
	return "strict"
}

func nquads(quads []term.Quad) []byte {
	var b []byte
	for _, q := range quads {
		b = append(q.Append(b), '\n')
	}
	return b
}

// recheck checks one case over a dataset of its own.
func recheck(ctx context.Context, quads []term.Quad, text string, union bool) error {
	d, err := newDifferential(ctx, quads)
	if err != nil {
		return err
	}
	defer d.close()
	return d.check(ctx, text, union)
}

// TestDifferentialCases checks the failures that were kept.
func TestDifferentialCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(differentialCases, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			quads, err := rdfio.ReadAll(
				t.Context(),
				strings.NewReader(string(a.Files[0].Data)),
				rdfio.ReadOptions{Format: rdfio.NQuads},
			)
			if err != nil {
				t.Fatal(err)
			}
			union := strings.Contains(string(a.Comment), "Default graph: union")
			if err := recheck(t.Context(), quads, string(a.Files[1].Data), union); err != nil &&
				!errors.Is(err, errOpen) {
				t.Errorf("%s\n%v", a.Files[1].Data, err)
			}
		})
	}
}
