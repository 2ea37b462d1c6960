package follow

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"fincat/store"
)

// A Follower derives something from the quads of a store, such as a full-text
// index, links or measurements, and keeps it up to date with the commit log.
// A [Following] calls it; it never needs to look at the log by itself.
type Follower interface {
	// Name names the follower in metrics and messages, and in the notes of the
	// commits that it makes. It consists of lower-case letters and hyphens.
	Name() string
	// Cursor returns the commit that what is derived reflects, the zero Cursor
	// when nothing is. The follower keeps it together with what it derives, so
	// that a crash cannot part the two. It is asked at the start and after errors.
	Cursor(ctx context.Context) (store.Cursor, error)
	// Advance derives what the step asks for and moves the cursor to step.To().
	// It may be called again with the same step after an error or a crash, so
	// that doing it twice must give the same as doing it once. A follower that
	// commits to the store writes its cursor in the same commit, sets the
	// note's Follower to its name, and makes no commit when nothing changes.
	Advance(ctx context.Context, step *Step) error
}

// A Following drives one follower. Its methods may be called at the same time.
type Following struct {
	store    *store.Store
	follower Follower
	turn     chan struct{} // of capacity one: whoever holds it makes the steps
	after    func(time.Duration) <-chan time.Time

	mu      sync.Mutex
	at      store.Cursor // everything up to here is derived, or changed nothing that matters
	known   bool         // at has been read from the follower
	runs    bool         // Run makes the steps, so that others wait for it
	rouse   func()       // ends Run's waiting for a commit
	moved   chan struct{}
	failure error // of the newest step, nil when it went well
	status  Status
}

// New returns what keeps a follower up to date: [Following.Run] in the
// background, [Following.Reach] for those who cannot wait for it.
func New(s *store.Store, f Follower) *Following {
	return &Following{
		store: s, follower: f, turn: make(chan struct{}, 1), after: time.After, moved: make(chan struct{}),
		status: Status{Name: f.Name()},
	}
}

// Status says how far a follower has come.
type Status struct {
	Name     string
	Seq      uint64        // commits up to this one are followed
	Behind   uint64        // commits that are not
	Lag      time.Duration // age of the oldest of these, or of the oldest that the log still has
	Steps    uint64        // steps made since the start
	Rebuilds uint64        // those of them that derived everything anew
	Failures uint64        // steps that failed since the start
	Err      error         // of the newest step
}

// Status returns how far the follower has come.
func (w *Following) Status() Status {
	newest := w.store.Seq()
	w.mu.Lock()
	defer w.mu.Unlock()
	st := w.status
	st.Seq, st.Err = w.at.Seq, w.failure
	if newest > st.Seq {
		st.Behind = newest - st.Seq
		st.Lag = w.store.Age(st.Seq + 1)
	}
	return st
}

// Reach returns when everything up to commit seq is followed. While
// [Following.Run] is at work it waits for that and returns an error as soon as
// a step has failed; otherwise it makes the steps itself. A commit that is yet
// to come is waited for.
func (w *Following) Reach(ctx context.Context, seq uint64) error {
	for {
		w.mu.Lock()
		there, runs, moved, failure := w.known && w.at.Seq >= seq, w.runs, w.moved, w.failure
		behind := seq - min(seq, w.at.Seq)
		w.mu.Unlock()
		switch {
		case there:
			return nil
		case !runs:
			if seq > 0 {
				if _, err := w.store.Wait(ctx, seq-1); err != nil {
					return err
				}
			}
			if err := w.step(ctx, seq); err != nil {
				return err
			}
			continue
		case failure != nil:
			return failure
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("%s is %d commits behind: %w", w.follower.Name(), behind, context.Cause(ctx))
		}
	}
}

// The pause after a step that failed; it doubles with every further failure.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// Run follows until ctx ends or the store is closed. report, which may be nil,
// is told of every step that failed; the step is tried again after a pause.
func (w *Following) Run(ctx context.Context, report func(name string, err error)) {
	w.setRuns(true)
	defer w.setRuns(false)
	var after uint64
	for pause, first := firstPause, true; ; {
		seq, err := w.store.Seq(), error(nil)
		if !first { // an empty store is followed too: who asks it waits for no commit
			seq, err = w.await(ctx, after)
		}
		if err == nil {
			err = w.step(ctx, seq)
		}
		if ctx.Err() != nil || errors.Is(err, store.ErrClosed) {
			return
		}
		if err == nil {
			after, pause, first = seq, firstPause, false
			continue
		}
		if report != nil {
			report(w.follower.Name(), err)
		}
		select {
		case <-w.after(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, lastPause)
	}
}

// await waits for a commit after the given one, or until what is derived is forgotten, for
// which there is no commit where forgetting failed.
func (w *Following) await(ctx context.Context, after uint64) (uint64, error) {
	waiting, rouse := context.WithCancel(ctx)
	defer rouse()
	w.mu.Lock()
	w.rouse = rouse
	known := w.known
	w.mu.Unlock()
	if !known {
		return w.store.Seq(), nil
	}
	seq, err := w.store.Wait(waiting, after)
	if ctx.Err() == nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	return seq, err
}

// A Releaser is a follower that holds in memory what would make its next step faster.
type Releaser interface {
	// Release gives that memory back; the next step does without.
	Release()
}

// release has the follower give memory back, unless Run makes steps.
func (w *Following) release() {
	r, ok := w.follower.(Releaser)
	w.mu.Lock()
	runs := w.runs
	w.mu.Unlock()
	if !ok || runs {
		return
	}
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	r.Release()
	w.mu.Lock()
	w.known = false // the follower may have lost more than memory
	w.mu.Unlock()
	debug.FreeOSMemory() // what comes next begins with little
}

// setRuns says whether Run makes the steps, and lets those who wait look again.
func (w *Following) setRuns(runs bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs = runs
	w.wake()
}

// wake lets those who wait look again; w.mu is held.
func (w *Following) wake() {
	close(w.moved)
	w.moved = make(chan struct{})
}

// step makes one step to the newest commit, unless seq is reached already. One
// caller works, the others wait for it.
func (w *Following) step(ctx context.Context, seq uint64) error {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	w.mu.Lock()
	at, known := w.at, w.known
	w.mu.Unlock()
	if known && at.Seq >= seq {
		return nil
	}
	done, err := w.advance(ctx, at, known)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failure = nil
	if err != nil {
		err = fmt.Errorf("%s: %w", w.follower.Name(), err)
		w.known = false
		if ctx.Err() == nil {
			w.failure = err
			w.status.Failures++
		}
	} else {
		w.at, w.known = done.to, true
		w.status.Steps++
		if done.rebuilt {
			w.status.Rebuilds++
		}
	}
	w.wake()
	return err
}

// Anew has everything derived anew in the next step: forget makes the follower forget
// its cursor, in a commit that makes the step due, while no step is made.
func (w *Following) Anew(ctx context.Context, forget func(ctx context.Context) error) error {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	w.forget()
	return forget(ctx)
}

// forget has those who come now wait for the end of the step.
func (w *Following) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.known = store.Cursor{}, false
	if w.rouse != nil {
		w.rouse()
	}
}

// stepped says what a step has done.
type stepped struct {
	to      store.Cursor
	rebuilt bool
}

// advance has the follower go from its cursor to the newest commit. A panic of
// the follower is an error of the step: it must not end the other followers.
func (w *Following) advance(ctx context.Context, at store.Cursor, known bool) (done stepped, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if !known {
		if at, err = w.follower.Cursor(ctx); err != nil {
			return done, fmt.Errorf("read the cursor: %w", err)
		}
	}
	sn, err := w.store.Snapshot()
	if err != nil {
		return done, err
	}
	defer sn.Close()
	st := &Step{Snapshot: sn, From: at, name: w.follower.Name(), discard: w.forget}
	done.to = st.To()
	if st.Rebuild, err = sn.Gap(at, known); err != nil {
		return done, err
	}
	if !st.Rebuild {
		if changed, err := st.changesAny(ctx); err != nil || !changed {
			return done, err
		}
	}
	done.rebuilt = st.Rebuild
	if err := w.follower.Advance(ctx, st); err != nil {
		return done, err
	}
	now, err := w.follower.Cursor(ctx)
	if err == nil && now.Seq < st.To().Seq {
		err = fmt.Errorf("the cursor is at commit %d after a step to commit %d", now.Seq, st.To().Seq)
	}
	return done, err
}
