package shacl

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/sparql/plan"
	"fincat/vocab/term"
)

// query is a constraint whose SELECT query has a solution for every result.
type query struct {
	*prepared
	params map[string]term.Term
}

func (*query) deep() bool { return true }

// ask is a constraint whose ASK query is true for the values that conform.
type ask struct {
	*prepared
	params map[string]term.Term
}

func (*ask) deep() bool { return true }

func (c *query) check(r *run, at *focus, found func(finding) error) error {
	bindings, err := r.bindings(at, c.params)
	if err != nil {
		return err
	}
	limit := r.limited()
	defer limit.end()
	root, env, err := r.plan(limit.ctx, c.prepared, bindings)
	if err != nil {
		return queryError(limit.ctx, at, err)
	}
	defer env.Memory.Close()
	for batch, err := range env.Run(limit.ctx, root, c.vars) {
		if err != nil {
			return queryError(limit.ctx, at, err)
		}
		limit.pause()
		for i := range batch.N {
			solution := maps.Clone(bindings)
			for k, v := range c.vars {
				if col := batch.Columns[k]; col != nil && !col[i].IsZero() {
					solution[string(v)] = col[i]
				}
			}
			if err := r.solution(at, solution, found); err != nil {
				return err
			}
		}
		limit.goOn()
	}
	return nil
}

// timeLimit bounds how long a query works. What is done with its results does not count.
type timeLimit struct {
	ctx   context.Context
	stop  context.CancelCauseFunc
	timer *time.Timer
	since time.Time // when it began to work
	left  time.Duration
}

func (r *run) limited() *timeLimit {
	ctx, stop := context.WithCancelCause(r.ctx)
	l := &timeLimit{ctx: ctx, stop: stop, since: time.Now(), left: r.o.QueryTime}
	l.timer = time.AfterFunc(l.left, func() { stop(fmt.Errorf("%w of %v", ErrQueryTime, r.o.QueryTime)) })
	return l
}

func (l *timeLimit) pause() {
	l.timer.Stop()
	l.left -= time.Since(l.since)
}

func (l *timeLimit) goOn() {
	l.since = time.Now()
	l.timer.Reset(l.left)
}

func (l *timeLimit) end() {
	l.timer.Stop()
	l.stop(nil)
}

// ErrQueryTime ends a validation in which a query of the shapes worked longer than
// [Options].QueryTime.
var ErrQueryTime = errors.New("the query has worked longer than the limit")

// solution turns a solution into a result (SHACL §5.3.2).
func (r *run) solution(at *focus, solution map[string]term.Term, found func(finding) error) error {
	if truth, ok := solution[varFailure].Bool(); ok && truth {
		return fmt.Errorf("the query of the shape %v reports a failure for %v", at.shape.node, solution[varThis])
	}
	f := finding{}
	value, bound := solution[varValue]
	switch {
	case bound:
		id, err := r.id(value)
		if err != nil {
			return err
		}
		f.value = id
	case at.shape.path == nil:
		f.value = at.node
	}
	if p := solution[varPath]; p.IsIRI() {
		id, err := r.id(p)
		if err != nil {
			return err
		}
		f.path = id
	}
	if m, ok := solution[varMessage]; ok && m.IsLiteral() {
		f.messages = []term.Term{m}
	} else {
		f.messages = substituted(at.rule.messages, solution)
	}
	return found(f)
}

func (c *ask) check(r *run, at *focus, found func(finding) error) error {
	bindings, err := r.bindings(at, c.params)
	if err != nil {
		return err
	}
	for _, v := range at.values {
		if bindings[varValue], err = r.term(v); err != nil {
			return err
		}
		yes, err := r.holds(c.prepared, bindings)
		if err != nil {
			return fmt.Errorf("query of the shape %v: %w", at.shape.node, err)
		}
		if yes {
			continue
		}
		if err := found(finding{value: v, messages: substituted(at.rule.messages, bindings)}); err != nil {
			return err
		}
	}
	return nil
}

// holds answers an ASK query.
func (r *run) holds(p *prepared, bindings map[string]term.Term) (bool, error) {
	limit := r.limited()
	defer limit.end()
	root, env, err := r.plan(limit.ctx, p, bindings)
	if err != nil {
		return false, causeOf(limit.ctx, err)
	}
	defer env.Memory.Close()
	yes, err := env.Any(limit.ctx, root)
	return yes, causeOf(limit.ctx, err)
}

// causeOf returns why a query was stopped, such as a limit on memory or time.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

func queryError(ctx context.Context, at *focus, err error) error {
	return fmt.Errorf("query of the shape %v: %w", at.shape.node, causeOf(ctx, err))
}

// bindings returns the values of the pre-bound variables at a focus node.
func (r *run) bindings(at *focus, params map[string]term.Term) (map[string]term.Term, error) {
	out := make(map[string]term.Term, len(params)+4)
	for name, v := range params {
		if !v.IsZero() {
			out[name] = v
		}
	}
	this, err := r.term(at.node)
	if err != nil {
		return nil, err
	}
	out[varThis], out[varCurrentShape] = this, at.shape.node
	if !r.o.ShapesGraph.IsZero() {
		out[varShapesGraph] = r.o.ShapesGraph
	}
	return out, nil
}

// translated is a query with its table of pre-bound values in one run.
type translated struct {
	query *algebra.Query
	row   []term.Term
}

// plan returns the physical plan of a query with the given bindings.
func (r *run) plan(ctx context.Context, p *prepared, bindings map[string]term.Term) (plan.Node, *exec.Env, error) {
	q, ok := r.queries[p]
	if !ok {
		var err error
		if q.query, q.row, err = p.translate(); err != nil {
			return nil, nil, err
		}
		r.queries[p] = q
	}
	for i, v := range p.bound {
		q.row[i] = bindings[string(v)]
	}
	env := exec.NewEnv(exec.Env{
		Source: exec.Over(r.sn), Now: r.now,
		Memory: &exec.Memory{Limit: r.o.MemoryBytes, Shared: r.o.Shared, Evict: r.stop},
	}, "v")
	op, err := algebra.Simplify(ctx, q.query.Op)
	if err != nil {
		return nil, nil, err
	}
	root, err := plan.Build(ctx, op, plan.Options{
		Counts: r.sn, ID: env.ID, Dataset: r.dataset, Grow: env.Memory.Grow,
	})
	if err != nil {
		env.Memory.Close()
		return nil, nil, fmt.Errorf("plan a query of the shapes: %w", err)
	}
	return root, env, nil
}

// rdfDataset returns the RDF dataset of the queries: the data graph as default
// graph, and its graphs and the shapes graph as named graphs.
func (d *data) rdfDataset() (plan.Dataset, error) {
	if d.without == 0 {
		return plan.Dataset{Default: plan.Graphs{Mode: plan.AllGraphs}}, nil
	}
	out := plan.Dataset{Default: plan.Graphs{Mode: plan.SomeGraphs}}
	for g, err := range d.sn.Graphs() {
		if err != nil {
			return out, err
		}
		if g != d.without {
			out.Default.List = append(out.Default.List, g)
		}
	}
	return out, nil
}

// mention is a variable in a message (SHACL §5.3.2).
var mention = regexp.MustCompile(`\{[$?]([^\s{}]+)\}`)

// substituted puts values in the place of the variables in messages.
func substituted(messages []term.Term, values map[string]term.Term) []term.Term {
	if !slices.ContainsFunc(messages, func(m term.Term) bool { return mention.MatchString(m.Value()) }) {
		return messages
	}
	out := make([]term.Term, len(messages))
	for i, m := range messages {
		text := mention.ReplaceAllStringFunc(m.Value(), func(s string) string {
			if v, ok := values[s[2:len(s)-1]]; ok {
				return displayTerm(v)
			}
			return s
		})
		if out[i] = term.NewLangString(text, m.Lang()); m.Lang() == "" {
			out[i] = term.NewString(text)
		}
	}
	return out
}
