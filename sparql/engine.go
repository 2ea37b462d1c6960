package sparql

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/sparql/exec/spill"
	"fincat/sparql/gate"
	"fincat/sparql/plan"
	"fincat/store"
)

// Engine answers queries and updates. It may be used by several goroutines.
type Engine struct {
	o        Options
	running  registry
	recent   recentQueries
	memory   exec.SharedMemory
	spill    *spill.Space
	force    plan.Method   // join method, set by tests
	updating chan struct{} // holds one value while an update reads what it changes
}

// New returns an engine over a store.
func New(o Options) (*Engine, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{o: o, memory: exec.SharedMemory{Limit: o.AllMemoryBytes}, updating: make(chan struct{}, 1)}
	if o.SpillBytes > 0 {
		e.spill = &spill.Space{Limit: o.SpillBytes}
		e.spill.Make, e.spill.Room = store.TempFiles(o.Store)
	}
	return e, nil
}

// Query parses a query and starts to answer it. What it found is read from the
// result, which must be closed; the time limit runs until then.
func (e *Engine) Query(ctx context.Context, text string, o QueryOptions) (*Result, error) {
	q, err := e.ParseQuery(ctx, text, o)
	if err != nil {
		return nil, err
	}
	return e.Run(ctx, q, o)
}

// Run starts to answer a query that has been parsed, as [Engine.Query] does.
// The base IRI and the time limit are those the query was parsed with.
func (e *Engine) Run(ctx context.Context, q *Query, o QueryOptions) (*Result, error) {
	return e.run(ctx, q, o, false)
}

// run is the sequence of every query after its algebra: snapshot, RDF dataset,
// physical plan, solutions. With measure the plan collects what its operators do.
func (e *Engine) run(ctx context.Context, q *Query, o QueryOptions, measure bool) (*Result, error) {
	r := &Result{engine: e, query: q}
	r.job = e.running.start(ctx, q.text, left(e.timeout(o.Timeout), q.read), e.o.Now())
	r.job.calls.engine = e
	r.memory = e.newMemory(r.job)
	err := r.memory.Grow(q.size)
	if err == nil {
		err = r.start(o, measure)
	}
	if err != nil {
		err = r.job.explain(err)
		r.Close()
		return nil, err
	}
	return r, nil
}

// start opens the snapshot and plans the query.
func (r *Result) start(o QueryOptions, measure bool) (err error) {
	if r.snapshot = o.Snapshot; r.snapshot == nil {
		if r.snapshot, err = r.engine.snapshot(r.job.ctx, o.AtSeq, r.memory); err != nil {
			return fmt.Errorf("query: %w", err)
		}
		r.close = r.snapshot.Close
	}
	q := r.query.algebra
	r.env = r.engine.newEnv(r.snapshot, q.Base, r.job, r.memory)
	if o.Past {
		r.env.Text = pastText{}
	}
	if measure {
		r.env.Actual = map[plan.Node]*plan.Actual{}
	}
	d := datasetOf(q.Dataset, o.DefaultGraphs, o.NamedGraphs)
	if r.dataset, err = dataset(r.env, d, r.engine.mode(o.DefaultGraph)); err != nil {
		return err
	}
	op, err := r.query.simplified(r.job.ctx)
	if err != nil {
		return err
	}
	r.plan, err = plan.Build(r.job.ctx, op, plan.Options{
		Counts: r.snapshot, ID: r.env.ID, Dataset: r.dataset, Force: r.engine.force, Grow: r.memory.Grow,
	})
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

// Memory returns a budget for what a request needs before it is parsed, such as its
// body. It has to be closed; stop is called when it has to end.
func (e *Engine) Memory(stop func(error)) *Memory {
	return &Memory{Limit: e.o.MemoryBytes, Shared: &e.memory, Evict: stop}
}

// SharedMemory is what all requests hold together, for work beside the engine's own.
func (e *Engine) SharedMemory() *exec.SharedMemory { return &e.memory }

// newMemory returns the budget of one request, which is part of that of all.
func (e *Engine) newMemory(j *job) *Memory {
	return e.Memory(j.stop)
}

func (e *Engine) newEnv(sn *store.Snapshot, base string, j *job, m *exec.Memory) *exec.Env {
	return exec.NewEnv(exec.Env{
		Source: exec.Over(sn), Now: e.o.Now(), Base: base, Services: j.calls.services(), Text: e.o.Text,
		Memory: m, Spill: e.spill, Turn: j.turn,
	}, "q"+strconv.FormatUint(j.id, 36)+"x")
}

// SnapshotAt returns the state as of a commit, 0 the newest, for a page or a feed. What
// looking back takes is part of the memory of all queries until the snapshot is closed.
func (e *Engine) SnapshotAt(ctx context.Context, seq uint64) (*store.Snapshot, error) {
	if seq == 0 {
		return e.o.Store.Snapshot()
	}
	return store.SnapshotWithin(ctx, e.o.Store, seq, e.LookBack(ctx))
}

func (e *Engine) snapshot(ctx context.Context, seq uint64, m *Memory) (*store.Snapshot, error) {
	if seq == 0 {
		return e.o.Store.Snapshot()
	}
	return store.SnapshotWithin(ctx, e.o.Store, seq, lookBack{m, ctx})
}

// LookBack returns the budget of a request that looks at many commits.
func (e *Engine) LookBack(ctx context.Context) store.Budget {
	return lookBack{e.Memory(func(error) { gate.From(ctx).Hurry(0) }), ctx}
}

// lookBack is the budget of a request that looks back. Others have their turn in between.
type lookBack struct {
	*Memory
	ctx context.Context
}

// Grow implements [store.Budget].
func (l lookBack) Grow(n int64) error {
	if err := l.Memory.Grow(n); err != nil {
		return err
	}
	return gate.From(l.ctx).Turn(l.ctx)
}

// pastText stands for the text index where the past is asked about.
type pastText struct{}

// Search implements [TextIndex].
func (pastText) Search(context.Context, uint64, TextQuery) iter.Seq2[TextMatch, error] {
	return func(yield func(TextMatch, error) bool) {
		yield(TextMatch{}, algebra.Requestf("text:query finds what is there now, not what was there at an earlier "+
			"time: leave at out, or use FILTER(CONTAINS(...))"))
	}
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
