package exec

import (
	"context"
	"iter"

	"fincat/sparql/plan"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// QuadSet is a set of quads within the query's memory.
type QuadSet struct {
	set map[term.Quad]struct{}
	mem *Memory
}

// NewQuadSet returns an empty set.
func (e *Env) NewQuadSet() *QuadSet {
	return &QuadSet{set: map[term.Quad]struct{}{}, mem: e.Memory}
}

// Add puts a quad in and reports whether it is new.
func (s *QuadSet) Add(q term.Quad) (bool, error) {
	if _, ok := s.set[q]; ok {
		return false, nil
	}
	s.set[q] = struct{}{}
	return true, s.mem.Grow(256 + termBytes(q.Subject) + termBytes(q.Object))
}

// labels are the properties whose values accompany the resources a description
// refers to.
func labels() []string {
	return []string{vocab.RDFSLabel, vocab.SKOSPrefLabel, vocab.DCTTitle, vocab.FOAFName}
}

// Describe yields the concise bounded description of every resource: the
// triples it is the subject of and, for each of their objects that is a blank
// node, that node's description too; then the labels of the IRIs among the
// objects. Triples come once.
func (e *Env) Describe(ctx context.Context, graph plan.Graphs, resources []term.Term) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		d := &describer{env: e, graph: graph, seen: e.NewQuadSet(), known: map[store.ID]struct{}{}, yield: yield}
		if err := d.run(ctx, resources); err != nil && !d.stopped {
			yield(term.Quad{}, err)
		}
	}
}

type describer struct {
	env     *Env
	graph   plan.Graphs
	seen    *QuadSet
	known   map[store.ID]struct{}
	refers  []store.ID
	stopped bool
	yield   func(term.Quad, error) bool
}

func (d *describer) run(ctx context.Context, resources []term.Term) error {
	var todo []store.ID
	for _, t := range resources {
		id, err := d.env.ID(t)
		if err != nil {
			return err
		}
		d.known[id] = struct{}{}
		todo = append(todo, id)
	}
	for len(todo) > 0 && !d.stopped {
		var next []store.ID
		err := d.triples(ctx, todo, plan.Slot{Var: "p"}, func(o store.ID) {
			if _, ok := d.known[o]; ok {
				return
			}
			d.known[o] = struct{}{}
			switch d.env.dict.kindOf(o) {
			case term.BlankNode:
				next = append(next, o)
			case term.IRI:
				d.refers = append(d.refers, o)
			}
		})
		if err != nil {
			return err
		}
		todo = next
	}
	for _, p := range labels() {
		id, err := d.env.ID(term.NewIRI(p))
		if err != nil {
			return err
		}
		if err := d.triples(ctx, d.refers, plan.Slot{ID: id, Term: term.NewIRI(p)}, func(store.ID) {}); err != nil {
			return err
		}
	}
	return nil
}

// triples yields the triples of some subjects and tells their objects.
func (d *describer) triples(ctx context.Context, subjects []store.ID, p plan.Slot, object func(store.ID)) error {
	if len(subjects) == 0 || d.stopped {
		return nil
	}
	l := &plan.Lookup{Quad: plan.Quad{S: plan.Slot{Var: "s"}, P: p, O: plan.Slot{Var: "o"}, G: d.graph}}
	l.Vars = []plan.Var{"s", "o"}
	if p.Var != "" {
		l.Vars = append(l.Vars, p.Var)
	}
	in := &tableOp{out: output{all: batch{cols: [][]store.ID{subjects}, n: len(subjects)}}}
	op := d.env.newLookupOp(l, in, columns{"s": 0})
	defer op.close()
	var terms [3][]term.Term
	return drain(ctx, op, func(b *batch) error {
		for k, col := range b.cols {
			terms[k] = make([]term.Term, b.n)
			if err := d.env.dict.terms(col, terms[k]); err != nil {
				return err
			}
		}
		for i := range b.n {
			q := term.Quad{Subject: terms[0][i], Predicate: p.Term, Object: terms[1][i]}
			if p.Var != "" {
				q.Predicate = terms[2][i]
			}
			object(b.cols[1][i])
			fresh, err := d.seen.Add(q)
			if err != nil {
				return err
			}
			if fresh && !d.stopped {
				d.stopped = !d.yield(q, nil)
			}
		}
		return nil
	})
}
