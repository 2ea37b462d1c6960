package sparql

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/sparql/plan"
	"fincat/sparql/syntax"
	"fincat/store"
)

// Engine answers queries and updates. It may be used by several goroutines.
type Engine struct {
	o        Options
	running  registry
	force    plan.Method // join method, set by tests
	updating sync.Mutex  // updates that read what they change come one after the other
}

// New returns an engine over a store.
func New(o Options) (*Engine, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Engine{o: o}, nil
}

// Query starts to answer a query. What it found is read from the result, which
// must be closed; the time limit runs until then.
func (e *Engine) Query(ctx context.Context, text string, o QueryOptions) (*Result, error) {
	return e.query(ctx, text, o, false)
}

// query is the sequence of every query: text, syntax tree, algebra, physical
// plan, solutions.
func (e *Engine) query(ctx context.Context, text string, o QueryOptions, measure bool) (*Result, error) {
	tree, err := syntax.ParseQuery(text, syntax.Options{Base: o.Base})
	if err != nil {
		return nil, err
	}
	q, err := algebra.Translate(tree)
	if err != nil {
		return nil, err
	}
	sn, err := e.snapshot(o.AtSeq)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	r := &Result{engine: e, query: q, snapshot: sn, ownsSnapshot: true}
	r.job = e.running.start(ctx, text, e.timeout(o.Timeout), e.o.Now())
	if err := r.prepare(datasetOf(q.Dataset, o.DefaultGraphs, o.NamedGraphs), e.mode(o.DefaultGraph), measure); err != nil {
		err = r.job.explain(err)
		r.Close()
		return nil, err
	}
	return r, nil
}

// prepare plans the query.
func (r *Result) prepare(d *syntax.Dataset, mode DefaultGraphMode, measure bool) error {
	r.env = r.engine.newEnv(r.snapshot, r.query.Base, r.job.id)
	if measure {
		r.env.Actual = map[plan.Node]*plan.Actual{}
	}
	graphs, err := dataset(r.env, d, mode)
	if err != nil {
		return err
	}
	r.dataset = graphs
	r.plan, err = plan.Build(r.engine.simplify(r.query.Op), plan.Options{
		Snapshot: r.snapshot, ID: r.env.ID, Dataset: graphs, Text: r.engine.o.Text != nil, Force: r.engine.force,
	})
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

// simplify rewrites an operator, unless it has a full-text search: that is
// written as a triple pattern but does not have the solutions of one.
func (e *Engine) simplify(op algebra.Op) algebra.Op {
	if e.o.Text != nil && plan.HasTextQuery(op) {
		return op
	}
	return algebra.Simplify(op)
}

func (e *Engine) newEnv(sn *store.Snapshot, base string, id uint64) *exec.Env {
	return exec.NewEnv(exec.Env{
		Snapshot: sn, Now: e.o.Now(), Base: base, Services: e.o.Services, Text: e.o.Text,
		Memory: &exec.Memory{Limit: e.o.MemoryBytes},
	}, "q"+strconv.FormatUint(id, 36)+"x")
}

func (e *Engine) snapshot(seq uint64) (*store.Snapshot, error) {
	if seq == 0 {
		return e.o.Store.Snapshot()
	}
	return e.o.Store.SnapshotAt(seq)
}

func (e *Engine) timeout(asked time.Duration) time.Duration {
	if asked <= 0 {
		asked = e.o.Timeout
	}
	return min(asked, e.o.MaxTimeout)
}

func (e *Engine) mode(asked *DefaultGraphMode) DefaultGraphMode {
	if asked != nil {
		return *asked
	}
	return e.o.DefaultGraph
}

// DefaultGraph returns what the default graph of a query is unless it says
// otherwise.
func (e *Engine) DefaultGraph() DefaultGraphMode { return e.o.DefaultGraph }
