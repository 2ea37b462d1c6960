package sparql

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"fincat/sparql/gate"
)

// RunningQuery is a query or update that is being answered.
type RunningQuery struct {
	ID      uint64
	Text    string
	Started time.Time
}

// Running returns the requests that are being answered, oldest first.
func (e *Engine) Running() []RunningQuery { return e.running.list() }

// Cancel stops a request; it reports whether there was one with that number.
func (e *Engine) Cancel(id uint64) bool { return e.running.cancel(id) }

// registry keeps the running requests.
type registry struct {
	mu   sync.Mutex
	next uint64
	jobs map[uint64]*job
}

// job is one running request.
type job struct {
	RunningQuery
	id     uint64
	ctx    context.Context
	stop   context.CancelCauseFunc
	timer  context.CancelFunc
	finish func()
	calls  calls
	ticket *gate.Ticket                // of the HTTP request, nil without one
	turn   func(context.Context) error // lets others have their turn, nil without a ticket
}

func (r *registry) start(ctx context.Context, text string, timeout time.Duration, now time.Time) *job {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	j := &job{RunningQuery: RunningQuery{ID: r.next, Text: text, Started: now}, id: r.next}
	if j.ticket = gate.From(ctx); j.ticket != nil {
		j.turn = j.ticket.Turn
	}
	j.ctx, j.stop = context.WithCancelCause(ctx)
	j.ctx, j.timer = context.WithTimeoutCause(j.ctx, timeout, ErrTimeout)
	if r.jobs == nil {
		r.jobs = map[uint64]*job{}
	}
	r.jobs[j.id] = j
	j.finish = sync.OnceFunc(func() {
		j.timer()
		j.stop(nil)
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.jobs, j.id)
	})
	return j
}

func (r *registry) list() []RunningQuery {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []RunningQuery
	for _, j := range r.jobs {
		out = append(out, j.RunningQuery)
	}
	slices.SortFunc(out, func(a, b RunningQuery) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (r *registry) cancel(id uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := r.jobs[id]
	if j != nil {
		j.stop(ErrCanceled)
	}
	return j != nil
}

// explain turns the errors of a context into those of this package.
func (j *job) explain(err error) error {
	if err == nil || !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var limit *LimitError
	if errors.As(context.Cause(j.ctx), &limit) {
		return limit
	}
	if j.ctx.Err() == nil { // the time limit of something else, such as an endpoint
		return err
	}
	switch cause := context.Cause(j.ctx); {
	case errors.Is(cause, ErrTimeout), errors.Is(cause, ErrCanceled):
		return cause
	case errors.Is(cause, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrTimeout, err)
	}
	return fmt.Errorf("%w: %w", ErrCanceled, err)
}
