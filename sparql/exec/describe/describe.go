package describe

import (
	"context"
	"iter"

	"fincat/sparql/exec"
	"fincat/sparql/exec/memory"
	"fincat/sparql/plan"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// QuadSet is a set of quads within the query's memory.
type QuadSet struct {
	set map[term.Quad]struct{}
	mem *memory.Budget
}

// NewQuadSet returns an empty set.
func NewQuadSet(mem *memory.Budget) *QuadSet {
	return &QuadSet{set: map[term.Quad]struct{}{}, mem: mem}
}

// Add puts a quad in and reports whether it is new.
func (s *QuadSet) Add(q term.Quad) (bool, error) {
	if _, ok := s.set[q]; ok {
		return false, nil
	}
	s.set[q] = struct{}{}
	return true, s.mem.Grow(256 + exec.TermBytes(q.Subject) + exec.TermBytes(q.Object))
}

// labels are the properties whose values accompany the resources a description
// refers to.
func labels() []string {
	return []string{vocab.RDFSLabel, vocab.SKOSPrefLabel, vocab.DCTTitle, vocab.FOAFName}
}

// Of yields the concise bounded description of every resource: the triples of the
// graph it is the subject of and, for each of their objects that is a blank node, that
// node's description too; then the labels of the IRIs among the objects. Triples come
// once.
func Of(ctx context.Context, env *exec.Env, graph plan.Graphs, resources []term.Term) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		d := &describer{
			env: env, graph: graph, seen: NewQuadSet(env.Memory), known: map[store.ID]struct{}{}, yield: yield,
		}
		if err := d.run(ctx, resources); err != nil && !d.stopped {
			yield(term.Quad{}, err)
		}
	}
}

type describer struct {
	env     *exec.Env
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
		err := d.triples(ctx, todo, plan.Slot{Var: "p"}, func(o store.ID, t term.Term) {
			if _, ok := d.known[o]; ok {
				return
			}
			d.known[o] = struct{}{}
			switch t.Kind() {
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
		label := plan.Slot{ID: id, Term: term.NewIRI(p)}
		if err := d.triples(ctx, d.refers, label, func(store.ID, term.Term) {}); err != nil {
			return err
		}
	}
	return nil
}

// triples yields the triples of some subjects and tells their objects.
func (d *describer) triples(
	ctx context.Context, subjects []store.ID, p plan.Slot, object func(store.ID, term.Term),
) error {
	if len(subjects) == 0 || d.stopped {
		return nil
	}
	in := &plan.Table{IDs: make([][]store.ID, len(subjects))}
	in.Vars = []plan.Var{"s"}
	for i := range subjects {
		in.IDs[i] = subjects[i : i+1]
	}
	l := &plan.Lookup{
		Input: in, Quad: plan.Quad{S: plan.Slot{Var: "s"}, P: p, O: plan.Slot{Var: "o"}, G: d.graph},
	}
	l.Vars = []plan.Var{"s", "o"}
	if p.Var != "" {
		l.Vars = append(l.Vars, p.Var)
	}
	var out exec.Solutions
	out.Columns = make([][]term.Term, len(l.Vars))
	for b, err := range d.env.RunIDs(ctx, l, l.Vars) {
		if err == nil {
			err = d.env.Decode(b, &out)
		}
		if err == nil {
			err = d.give(b, out.Columns, p, object)
		}
		if err != nil || d.stopped {
			return err
		}
	}
	return nil
}

func (d *describer) give(b exec.IDs, terms [][]term.Term, p plan.Slot, object func(store.ID, term.Term)) error {
	for i := range b.N {
		q := term.Quad{Subject: terms[0][i], Predicate: p.Term, Object: terms[1][i]}
		if p.Var != "" {
			q.Predicate = terms[2][i]
		}
		object(b.Columns[1][i], q.Object)
		fresh, err := d.seen.Add(q)
		if err != nil {
			return err
		}
		if fresh && !d.stopped {
			d.stopped = !d.yield(q, nil)
		}
	}
	return nil
}
