package sparql

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"fincat/sparql/algebra"
	"fincat/sparql/gate"
	"fincat/sparql/syntax"
	"fincat/sparql/value"
)

// Query is a query that has been parsed and translated. It can be run any
// number of times, by several goroutines, with [Engine.Run].
type Query struct {
	text    string
	algebra *algebra.Query // as it was written
	op      atomic.Value   // of simpleOp, when it was first run
	read    time.Duration  // what reading the text took, which is part of the time of a run
	size    int64          // of the text and the tree, which are part of the memory of a run
}

// reading is the reading of a request's text. It is part of the time that the request
// has, and of the memory that all requests share.
type reading struct {
	ctx    context.Context
	memory *Memory
	begun  time.Time
	size   int64
	end    func()
}

// tokenBytes is about what a token takes in the syntax tree and the algebra.
const tokenBytes = 200

// read begins to read a text. The reading has to be ended.
func (e *Engine) read(ctx context.Context, text string, asked time.Duration) (*reading, error) {
	r := &reading{ctx: ctx, begun: time.Now(), end: func() {}}
	limit := e.timeout(asked)
	if limit <= 0 { // an engine that only parses
		return r, r.turn()
	}
	ctx, stop := context.WithCancelCause(ctx)
	ctx, timer := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	r.ctx = ctx
	r.memory = e.Memory(stop)
	r.end = func() {
		timer()
		stop(nil)
		r.memory.Close()
	}
	if err := r.turn(); err != nil {
		return r, err
	}
	return r, r.grow(int64(len(text)))
}

// turn waits for a place of the request's gate, as part of its time.
func (r *reading) turn() error {
	err := gate.From(r.ctx).Turn(r.ctx)
	if err != nil && r.ctx.Err() != nil {
		return r.over()
	}
	return err
}

// check is called once for so many tokens.
func (r *reading) check() error {
	if r.ctx.Err() != nil {
		return r.over()
	}
	if err := r.turn(); err != nil {
		return err
	}
	return r.grow(syntax.CheckEvery * tokenBytes)
}

// over says why the reading has to end.
func (r *reading) over() error {
	var limit *LimitError
	switch cause := context.Cause(r.ctx); {
	case errors.Is(cause, ErrTimeout):
		return ErrTimeout
	case errors.As(cause, &limit):
		return limit
	}
	return fmt.Errorf("%w: %w", ErrCanceled, r.ctx.Err())
}

func (r *reading) grow(n int64) error {
	if r.memory == nil {
		return nil
	}
	r.size += n
	return r.memory.Grow(n)
}

// accountedRead is how long the reading of a text takes at least that is worth an
// account: only large texts take longer.
const accountedRead = 10 * time.Millisecond

// left returns what is left of a time limit after the text was read.
func left(limit, read time.Duration) time.Duration {
	if read < accountedRead {
		return limit
	}
	return max(limit-read, time.Millisecond)
}

// simpleOp is a simplified operator.
type simpleOp struct{ algebra.Op }

// simplified returns the simplified pattern. It is found once, within the time
// of the first run.
func (q *Query) simplified(ctx context.Context) (algebra.Op, error) {
	if s, ok := q.op.Load().(simpleOp); ok {
		return s.Op, nil
	}
	op, err := algebra.Simplify(ctx, q.algebra.Op)
	if err != nil {
		return nil, err
	}
	q.op.Store(simpleOp{op})
	return op, nil
}

// ParseQuery parses a query for this engine within the time limit of the
// options, whose base IRI, which may be empty, resolves relative IRIs. A query
// that is no SPARQL, or too large, gives a [*syntax.Error].
func (e *Engine) ParseQuery(ctx context.Context, text string, o QueryOptions) (*Query, error) {
	r, err := e.read(ctx, text, o.Timeout)
	defer r.end()
	if err != nil {
		return nil, err
	}
	if q := e.recent.get(o.Base, text); q != nil {
		return q, nil
	}
	tree, err := syntax.ParseQuery(text, syntax.Options{Base: o.Base, Evaluated: true, Check: r.check})
	if err != nil {
		return nil, err
	}
	q, err := algebra.Translate(tree, e.translation())
	if err != nil {
		return nil, err
	}
	parsed := &Query{text: text, algebra: q, read: time.Since(r.begun), size: r.size}
	e.recent.put(o.Base, parsed)
	return parsed, nil
}

func (e *Engine) translation() algebra.Options { return algebra.Options{Text: e.o.Text != nil} }

// Text returns the query as it was written.
func (q *Query) Text() string { return q.text }

// Form returns the form of the query, which says how to read its result.
func (q *Query) Form() Form { return q.algebra.Form }

// Vars returns the variables of a SELECT query in order, without "?".
func (q *Query) Vars() []string {
	vars := make([]string, len(q.algebra.Vars))
	for i, v := range q.algebra.Vars {
		vars[i] = string(v)
	}
	return vars
}

// Repeatable reports whether the query has the same answer whenever it is asked
// of the same RDF dataset. It has not when it asks for the time, for something
// random or new, or for what another endpoint says.
func (q *Query) Repeatable() bool { return repeatable(q.algebra.Op) }

func repeatable(op algebra.Op) bool {
	ok := true
	algebra.Walk(op, func(o algebra.Op) {
		if _, remote := o.(*algebra.Service); remote {
			ok = false
		}
		for _, e := range algebra.Exprs(o) {
			ok = ok && repeatableExpr(e)
		}
	})
	return ok
}

func repeatableExpr(e algebra.Expr) bool {
	var args []algebra.Expr
	switch e := e.(type) {
	case *algebra.Exists:
		return repeatable(e.Pattern)
	case *algebra.CustomCall:
		args = e.Args
	case *algebra.Call:
		if e.Func.Dependence() >= value.OnClock {
			return false
		}
		args = e.Args
	}
	for _, a := range args {
		if !repeatableExpr(a) {
			return false
		}
	}
	return true
}

// Update is an update request that has been parsed and translated. It can be
// carried out with [Engine.RunUpdate].
type Update struct {
	text    string
	algebra *algebra.Update
	read    time.Duration // what reading the text took
	size    int64         // of the text and the tree
}

// ParseUpdate parses an update request for this engine, like [Engine.ParseQuery].
func (e *Engine) ParseUpdate(ctx context.Context, text string, o UpdateOptions) (*Update, error) {
	r, err := e.read(ctx, text, o.Timeout)
	defer r.end()
	if err != nil {
		return nil, err
	}
	tree, err := syntax.ParseUpdate(text, syntax.Options{Base: o.Base, Evaluated: true, Check: r.check})
	if err != nil {
		return nil, err
	}
	u, err := algebra.TranslateUpdate(tree, e.translation())
	if err != nil {
		return nil, err
	}
	return &Update{text: text, algebra: u, read: time.Since(r.begun), size: r.size}, nil
}

// NamesDataset reports whether an operation names its RDF dataset with USING,
// USING NAMED or WITH. Such a request takes no dataset parameters (SPARQL 1.1
// Protocol §2.2.3).
func (u *Update) NamesDataset() bool {
	for _, op := range u.algebra.Operations {
		if m, ok := op.(*algebra.DeleteInsert); ok && (m.With != "" || m.Using != nil) {
			return true
		}
	}
	return false
}
