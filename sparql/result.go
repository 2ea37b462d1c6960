package sparql

import (
	"context"
	"errors"
	"iter"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/sparql/exec/describe"
	"fincat/sparql/plan"
	"fincat/sparql/results"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/term"
)

// Form is one of the four query forms (SPARQL 1.1 §16).
type Form = syntax.Form

// The query forms.
const (
	Select    = syntax.SelectForm
	Construct = syntax.ConstructForm
	Describe  = syntax.DescribeForm
	Ask       = syntax.AskForm
)

// Result is the answer to a query; it is computed while it is read, once. A
// result is read by one goroutine and must be closed.
type Result struct {
	engine   *Engine
	query    *Query
	plan     plan.Node
	dataset  plan.Dataset
	env      *exec.Env
	snapshot *store.Snapshot
	close    func() // of the snapshot; nil: it is another's
	job      *job
	memory   *exec.Memory
}

// errForm is what reading a result in a way its form does not have gives.
var errForm = errors.New("the query has another form")

// Form returns the form of the query, which says how to read the result.
func (r *Result) Form() Form { return r.query.Form() }

// Vars returns the variables of a SELECT query in order, without "?".
func (r *Result) Vars() []string { return r.query.Vars() }

// Seq returns the sequence number of the commit the query sees.
func (r *Result) Seq() uint64 { return r.snapshot.Seq() }

// Close ends the query and gives its snapshot back. It may be called at any
// time and more than once.
func (r *Result) Close() {
	r.job.finish()
	r.memory.Close()
	if r.close != nil {
		r.close()
	}
}

// Err returns why the query has to end, such as its time limit, and nil while it may
// go on. Whoever writes a long part of an answer asks in between.
func (r *Result) Err() error { return r.job.explain(r.job.ctx.Err()) }

// Context is done when the query has to end.
func (r *Result) Context() context.Context { return r.job.ctx }

// Boolean returns the answer of an ASK query; it stops at the first solution.
func (r *Result) Boolean() (bool, error) {
	if r.Form() != Ask {
		return false, errForm
	}
	found, err := r.env.Any(r.job.ctx, r.plan)
	return found, r.job.explain(err)
}

// Solutions yields the solutions of a SELECT query: a term for each variable,
// zero where it is unbound. After an error it ends.
func (r *Result) Solutions() iter.Seq2[results.Solution, error] {
	return func(yield func(results.Solution, error) bool) {
		if r.Form() != Select {
			yield(nil, errForm)
			return
		}
		for s, err := range r.batches(r.query.algebra.Vars) {
			if err != nil {
				yield(nil, err)
				return
			}
			for from := 0; from < s.N; from += yielded {
				if err := r.Err(); err != nil {
					yield(nil, err)
					return
				}
				for solution := range rows(s, from, min(s.N, from+yielded)) {
					if !yield(solution, nil) {
						return
					}
				}
			}
		}
	}
}

// yielded is how many solutions are given out before anybody asks whether the query has to
// end.
const yielded = 64

// rows yields some solutions, each with its own memory.
func rows(s exec.Solutions, from, to int) iter.Seq[results.Solution] {
	return func(yield func(results.Solution) bool) {
		width := len(s.Columns)
		terms := make([]term.Term, (to-from)*width)
		for c, col := range s.Columns {
			for i, t := range col[from:to] {
				terms[i*width+c] = t
			}
		}
		for i := range to - from {
			if !yield(terms[i*width : (i+1)*width : (i+1)*width]) {
				return
			}
		}
	}
}

// batches runs the plan, up to the cap on solutions.
func (r *Result) batches(vars []algebra.Var) iter.Seq2[exec.Solutions, error] {
	return func(yield func(exec.Solutions, error) bool) {
		left := r.engine.o.MaxSolutions
		for s, err := range r.env.Run(r.job.ctx, r.plan, vars) {
			if err != nil {
				yield(exec.Solutions{}, r.job.explain(err))
				return
			}
			if left -= int64(s.N); left < 0 {
				yield(exec.Solutions{}, &LimitError{What: "solutions", Limit: r.engine.o.MaxSolutions})
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// Quads yields the triples of a CONSTRUCT or DESCRIBE query, each once. After
// an error it ends.
func (r *Result) Quads() iter.Seq2[term.Quad, error] {
	switch r.Form() {
	case Construct:
		return r.construct()
	case Describe:
		return r.describe()
	}
	return func(yield func(term.Quad, error) bool) { yield(term.Quad{}, errForm) }
}

// construct instantiates the template for every solution (SPARQL 1.1 §16.2).
func (r *Result) construct() iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		t := newTemplate(tripleQuads(r.query.algebra.Template), r.env.NewBlankNode)
		seen := describe.NewQuadSet(r.env.Memory)
		for s, err := range r.batches(t.vars) {
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			for i := range s.N {
				for q := range t.instantiate(s.Columns, i) {
					if err := r.job.ctx.Err(); err != nil {
						yield(term.Quad{}, r.job.explain(err))
						return
					}
					fresh, err := seen.Add(q)
					if err != nil {
						yield(term.Quad{}, r.job.explain(err))
						return
					}
					if fresh && !yield(q, nil) {
						return
					}
				}
			}
		}
	}
}

func tripleQuads(ts []algebra.TriplePattern) []algebra.QuadPattern {
	out := make([]algebra.QuadPattern, len(ts))
	for i, t := range ts {
		out[i].TriplePattern = t
	}
	return out
}

// describe yields the concise bounded descriptions of the resources asked for,
// with the labels of what they refer to.
func (r *Result) describe() iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		var vars []algebra.Var
		resources := map[term.Term]struct{}{}
		var order []term.Term
		add := func(t term.Term) {
			if _, ok := resources[t]; !ok && (t.IsIRI() || t.IsBlankNode()) {
				resources[t] = struct{}{}
				order = append(order, t)
			}
		}
		for _, n := range r.query.algebra.Describe {
			switch n := n.(type) {
			case algebra.Var:
				vars = append(vars, n)
			case algebra.Term:
				add(n.Term)
			}
		}
		for s, err := range r.batches(vars) {
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			for i := range s.N {
				for _, col := range s.Columns {
					add(col[i])
				}
			}
		}
		for q, err := range describe.Of(r.job.ctx, r.env, r.dataset.Default, order) {
			if !yield(q, r.job.explain(err)) || err != nil {
				return
			}
		}
	}
}
