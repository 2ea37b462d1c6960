package sparql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/vocab/canon"
	"fincat/vocab/term"
	"fincat/vocab/w3ctest"
)

// naiveUpdate carries out update operations over a slice of quads, as SPARQL
// 1.1 Update §4.2 and §4.3 define them.
type naiveUpdate struct {
	ctx    context.Context
	quads  []term.Quad
	union  bool // the default graph of patterns is the union of all graphs
	blanks int
}

// request carries out all operations; errOpen when one leaves its result open.
func (u *naiveUpdate) request(ops []algebra.Operation) error {
	for _, op := range ops {
		var err error
		switch op := op.(type) {
		case *algebra.InsertData: // labels mean blank nodes of this request
			for _, q := range op.Quads {
				q.Subject, q.Object = owned(q.Subject), owned(q.Object)
				u.add(q)
			}
		case *algebra.DeleteData:
			u.remove(func(q term.Quad) bool { return slices.Contains(op.Quads, q) })
		case *algebra.DeleteInsert:
			err = u.deleteInsert(op)
		case *algebra.Clear:
			u.remove(func(q term.Quad) bool { return targets(op.Target, q.Graph) })
		case *algebra.Transfer:
			err = u.transfer(op)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// owned gives a blank node of INSERT DATA a label that data does not have.
func owned(t term.Term) term.Term {
	if t.IsTripleTerm() {
		x := t.Triple()
		return term.NewTripleTerm(
			term.Triple{Subject: owned(x.Subject), Predicate: x.Predicate, Object: owned(x.Object)},
		)
	}
	if t.IsBlankNode() {
		return term.NewBlankNode("data." + t.Value())
	}
	return t
}

func (u *naiveUpdate) add(quads ...term.Quad) {
	for _, q := range quads {
		if !slices.Contains(u.quads, q) {
			u.quads = append(u.quads, q)
		}
	}
}

func (u *naiveUpdate) remove(gone func(term.Quad) bool) {
	u.quads = slices.DeleteFunc(slices.Clone(u.quads), gone)
}

func targets(t syntax.Target, graph term.Term) bool {
	switch t.Kind {
	case syntax.TargetDefault:
		return graph.IsZero()
	case syntax.TargetNamed:
		return !graph.IsZero()
	case syntax.TargetGraph:
		return graph == term.NewIRI(t.IRI)
	}
	return true
}

// transfer is ADD, MOVE and COPY. From a graph that is empty they may be an
// error, which is left open here.
func (u *naiveUpdate) transfer(op *algebra.Transfer) error {
	var from []term.Quad
	for _, q := range u.quads {
		if targets(op.From, q.Graph) {
			from = append(from, q.Triple().In(graphTerm(op.To)))
		}
	}
	if len(from) == 0 {
		return errOpen
	}
	if op.From == op.To {
		return nil
	}
	if op.Kind != syntax.TransferAdd {
		u.remove(func(q term.Quad) bool { return targets(op.To, q.Graph) })
	}
	u.add(from...)
	if op.Kind == syntax.TransferMove {
		u.remove(func(q term.Quad) bool { return targets(op.From, q.Graph) })
	}
	return nil
}

func (u *naiveUpdate) deleteInsert(op *algebra.DeleteInsert) error {
	quads, union := u.quads, u.union
	if op.Using != nil {
		quads, union = datasetQuads(quads, op.Using), false
	}
	n := newNaive(u.ctx, quads, union)
	if op.With != "" {
		n.defaultGraph = n.named[term.NewIRI(op.With)]
	}
	solutions, err := n.run(op.Where)
	if err != nil {
		return err
	}
	if n.open {
		return errOpen
	}
	var gone, fresh []term.Quad
	for _, s := range solutions {
		gone = append(gone, u.instances(op.Delete, s)...)
		fresh = append(fresh, u.instances(op.Insert, s)...)
	}
	u.remove(func(q term.Quad) bool { return slices.Contains(gone, q) })
	u.add(fresh...)
	return nil
}

// instances fills a template in; what does not become a quad is left out.
func (u *naiveUpdate) instances(template []algebra.QuadPattern, s solution) []term.Quad {
	u.blanks++
	var fill func(n algebra.Node) term.Term
	fill = func(n algebra.Node) term.Term {
		switch n := n.(type) {
		case algebra.Var:
			return s[n]
		case algebra.Term:
			if n.IsBlankNode() {
				return term.NewBlankNode(fmt.Sprintf("%s.%d", n.Value(), u.blanks))
			}
			return n.Term
		case algebra.TripleTerm:
			t := term.Triple{Subject: fill(n.Subject), Predicate: fill(n.Predicate), Object: fill(n.Object)}
			if t.Valid() {
				return term.NewTripleTerm(t)
			}
		}
		return term.Term{}
	}
	var out []term.Quad
	for _, p := range template {
		q := term.Quad{Subject: fill(p.Subject), Predicate: fill(p.Predicate), Object: fill(p.Object)}
		if p.Graph != nil {
			if q.Graph = fill(p.Graph); !q.Graph.IsIRI() && !q.Graph.IsBlankNode() {
				continue
			}
		}
		if q.Valid() {
			out = append(out, q)
		}
	}
	return out
}

// update makes an update request of a few operations that parses.
func (g *generator) update() string {
	for {
		g.depth, g.exists, g.targets, g.vars, g.guide = 0, false, 0, nil, map[syntax.Var]term.Term{}
		u := &syntax.Update{}
		for range 1 + g.IntN(3) {
			u.Operations = append(u.Operations, g.operation())
		}
		text := u.String()
		if _, err := syntax.ParseUpdate(text, syntax.Options{}); err == nil {
			return text
		}
	}
}

func (g *generator) operation() syntax.Operation {
	target := func() syntax.Target {
		if g.chance(3) {
			return syntax.Target{}
		}
		return syntax.Target{Kind: syntax.TargetGraph, IRI: exampleIRI(pick(g, "g", "h", "k")).Value()}
	}
	quads := func() (out []term.Quad) {
		for range 1 + g.IntN(3) {
			q := pick(g, g.quads...)
			q.Predicate = g.predicate()
			out = append(out, q)
		}
		return out
	}
	switch g.IntN(10) {
	case 0:
		return &syntax.InsertData{Quads: quads()}
	case 1:
		return &syntax.DeleteData{Quads: slices.DeleteFunc(append(quads(), g.quads[:1]...), hasBlank)}
	case 2:
		return &syntax.Transfer{
			Kind: pick(g, syntax.TransferAdd, syntax.TransferMove, syntax.TransferCopy),
			From: target(),
			To:   target(),
		}
	case 3:
		t := target()
		if g.chance(3) {
			t = syntax.Target{Kind: pick(g, syntax.TargetNamed, syntax.TargetAll)}
		}
		return &syntax.Clear{Drop: g.chance(2), Silent: true, Target: t}
	}
	return g.modify()
}

func hasBlank(q term.Quad) bool { return slices.Contains([]byte(q.String()), '_') }

func (g *generator) modify() syntax.Operation {
	m := &syntax.Modify{Where: g.group(), HasDelete: g.chance(2)}
	m.HasInsert = !m.HasDelete || g.chance(2)
	switch g.IntN(4) {
	case 0:
		m.With = exampleIRI("g").Value()
	case 1:
		m.Using = &syntax.Dataset{Default: []string{exampleIRI("h").Value()}, Named: []string{exampleIRI("g").Value()}}
	}
	template := func() (out []syntax.QuadPattern) {
		for range 1 + g.IntN(2) {
			q := syntax.QuadPattern{TriplePattern: g.guided()}
			switch g.IntN(4) {
			case 0:
				q.Graph = g.variable()
			case 1:
				q.Graph = syntax.Term{Term: exampleIRI(pick(g, "g", "h"))}
			}
			out = append(out, q)
		}
		return out
	}
	if m.HasDelete {
		m.Delete = template()
	}
	if m.HasInsert {
		m.Insert = template()
		if g.chance(3) {
			m.Insert[0].Object = syntax.Term{Term: term.NewBlankNode("new")}
		}
	}
	return m
}

// checkUpdate compares what an update request makes of the quads with the naive
// evaluation.
func checkUpdate(ctx context.Context, quads []term.Quad, text string, union bool) error {
	tree, err := syntax.ParseUpdate(text, syntax.Options{})
	if err != nil {
		return err
	}
	ops, err := algebra.TranslateUpdate(tree, algebra.Options{})
	if err != nil {
		return err
	}
	want := &naiveUpdate{ctx: ctx, union: union}
	want.add(quads...)
	if err := want.request(ops.Operations); err != nil {
		return err
	}
	d, err := newDifferential(ctx, quads)
	if err != nil {
		return err
	}
	defer d.close()
	mode := Strict
	if union {
		mode = Union
	}
	if _, err := d.engine.Update(ctx, text, UpdateOptions{DefaultGraph: &mode}); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	got, err := allQuads(ctx, d.store)
	if err != nil {
		return err
	}
	if !canon.Isomorphic(got, want.quads) {
		return fmt.Errorf("got\n%swant\n%s", nquads(got), nquads(want.quads))
	}
	return nil
}

// TestDifferentialUpdate compares engine and naive evaluator on random update
// requests, for a few seconds or as long as FINCAT_CAMPAIGN says.
func TestDifferentialUpdate(t *testing.T) {
	limit, seed := campaign(t, 6*time.Second)
	start := time.Now()
	cases, open, failed := 0, 0, 0
	for ; time.Since(start) < limit && failed < *maxFailures; seed++ {
		g := newGenerator(seed)
		quads := g.dataset(false)
		text, union := g.update(), g.chance(2)
		err := checkUpdate(t.Context(), quads, text, union)
		cases++
		switch {
		case errors.Is(err, errOpen), errors.Is(err, errNaiveSteps):
			open++
		case err != nil:
			failed++
			for i := 0; i < len(quads); {
				if fewer := slices.Delete(slices.Clone(quads), i, i+1); failsUpdate(t.Context(), fewer, text, union) {
					quads = fewer
				} else {
					i++
				}
			}
			t.Errorf(
				"seed %d, default graph %s:\n%s\n%s\n%v",
				seed,
				graphMode(union),
				nquads(quads),
				text,
				checkUpdate(t.Context(), quads, text, union),
			)
		}
	}
	t.Logf("%d requests up to seed %d, %d left open by the specification", cases, seed, open)
}

func failsUpdate(ctx context.Context, quads []term.Quad, text string, union bool) bool {
	err := checkUpdate(ctx, quads, text, union)
	return err != nil && !errors.Is(err, errOpen) && !errors.Is(err, errNaiveSteps)
}

// campaign returns how long a differential test may take and where its seeds
// start: always at the same one, except in a campaign.
func campaign(t *testing.T, limit time.Duration) (time.Duration, uint64) {
	if long := w3ctest.Campaign(t, 0); long > 0 {
		return long, uint64(time.Now().UnixNano())
	}
	if testing.Short() {
		limit = 2 * time.Second
	}
	return limit, 1
}
