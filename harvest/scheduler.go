package harvest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/source"
)

// Scheduler harvests the sources of a [Harvester] when they are due, and when
// somebody asks for it.
type Scheduler struct {
	h     *Harvester
	o     SchedulerOptions
	slots chan struct{} // one for each run on schedule that may go on at a time
	runs  sync.WaitGroup
	ctx   context.Context // of Start: runs end with it
	plans map[string]*plan

	pauses []time.Duration // before mails that failed are sent again
}

// SchedulerOptions configure a [Scheduler].
type SchedulerOptions struct {
	Parallel int          // runs on schedule at a time; default 4
	Logger   *slog.Logger // default: none

	Ended  func(sourceID string, rep *history.Report, err error) // is told of every run; default: nobody
	Sleep  func(ctx context.Context, d time.Duration)            // default: until d has passed or ctx ends
	Jitter func(most time.Duration) time.Duration                // default: at random, less than most
	// Run harvests a source; default: the harvester does.
	Run func(ctx context.Context, sourceID string, o RunOptions) (*history.Report, error)
}

// plan is what the scheduler intends with a source.
type plan struct {
	wake chan struct{} // something changed: look again

	mu  sync.Mutex
	due Due
	ok  bool
}

// longestSleep is after how long the clock is looked at again: it may have been
// set, or the machine may have slept.
const longestSleep = time.Minute

// NewScheduler returns a scheduler that does nothing before [Scheduler.Start].
func NewScheduler(h *Harvester, o SchedulerOptions) *Scheduler {
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.Ended == nil {
		o.Ended = func(string, *history.Report, error) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Sleep == nil {
		o.Sleep = func(ctx context.Context, d time.Duration) {
			select {
			case <-ctx.Done():
			case <-time.After(d):
			}
		}
	}
	if o.Jitter == nil {
		o.Jitter = func(most time.Duration) time.Duration { return rand.N(most) }
	}
	if o.Run == nil {
		o.Run = h.Run
	}
	c := &Scheduler{h: h, o: o, slots: make(chan struct{}, o.Parallel), plans: map[string]*plan{},
		pauses: reportPauses}
	for _, s := range h.config.Harvested() {
		c.plans[s.ID] = &plan{wake: make(chan struct{}, 1)}
	}
	return c
}

// Start begins to follow the schedules. The returned function waits for the
// runs under way to stop, which they do when ctx ends.
func (c *Scheduler) Start(ctx context.Context) (wait func()) {
	c.ctx = ctx
	if err := c.h.EndInterrupted(ctx); err != nil {
		c.o.Logger.Error("schedule", "error", err) // the first run tries again
	}
	for _, s := range c.h.config.Harvested() {
		c.runs.Go(func() {
			for ctx.Err() == nil {
				c.next(ctx, s)
			}
		})
	}
	if c.h.config.Quality.Schedule != "" {
		c.runs.Go(func() { c.checks(ctx) })
		c.runs.Go(func() { c.rechecks(ctx) })
	}
	if c.h.config.Reports.Schedule != "" {
		c.runs.Go(func() { c.reports(ctx) })
	}
	if c.h.config.Reports.Badges {
		c.runs.Go(func() { c.badges(ctx) })
	}
	return c.runs.Wait
}

// next waits until a source is due and harvests it, or until its plan changes.
func (c *Scheduler) next(ctx context.Context, s source.Config) {
	p := c.plans[s.ID]
	due, ok, err := c.h.Due(ctx, s)
	if err != nil && ctx.Err() == nil {
		c.o.Logger.Error("schedule", "source", s.ID, "error", err)
		due, ok = Due{At: c.h.now().Add(time.Minute), Why: "the history could not be read"}, true
	}
	if ok && s.Jitter > 0 {
		due.At = due.At.Add(c.o.Jitter(time.Duration(s.Jitter)))
	}
	p.set(due, ok)
	if ok {
		c.o.Logger.Info("scheduled", "source", s.ID, "at", due.At, "why", due.Why)
	}
	if !c.await(ctx, p, due.At, ok) || err != nil {
		return
	}
	select {
	case <-ctx.Done():
		return
	case c.slots <- struct{}{}:
	}
	defer func() { <-c.slots }()
	c.run(ctx, s.ID, RunOptions{})
}

// await sleeps until a time, for ever when there is none. It returns false when
// the plan has to be made anew.
func (c *Scheduler) await(ctx context.Context, p *plan, at time.Time, ok bool) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	woken := false
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-ctx.Done():
		case <-p.wake:
			woken = true
			cancel()
		}
	})
	for ctx.Err() == nil {
		left := longestSleep
		if ok {
			if left = min(at.Sub(c.h.now()), longestSleep); left <= 0 {
				break
			}
		}
		c.o.Sleep(ctx, left)
	}
	due := ctx.Err() == nil
	cancel()
	watch.Wait()
	return due && !woken
}

// run harvests a source and tells of the outcome.
func (c *Scheduler) run(ctx context.Context, id string, o RunOptions) {
	rep, err := c.o.Run(ctx, id, o)
	switch {
	case ctx.Err() != nil:
		return
	case errors.Is(err, ErrRunning):
		c.o.Logger.Warn("harvest skipped, the last one still runs", "source", id)
		c.o.Sleep(ctx, longestSleep)
		return
	case err != nil:
		c.o.Logger.Error("harvest", "source", id, "error", err)
		c.o.Ended(id, nil, err)
		c.o.Sleep(ctx, longestSleep) // the run may not be in the history
		return
	}
	c.o.Logger.Info("harvest", "source", id, "run", rep.Run, "report", rep.String())
	c.o.Ended(id, rep, nil)
}

// Begin starts a run now, beside the schedule, and returns its identifier. It
// may be called once [Scheduler.Start] was, and the run ends with the context
// given there, not with the request that asked for it.
func (c *Scheduler) Begin(sourceID string, o RunOptions) (run string, err error) {
	p := c.plans[sourceID]
	if p == nil {
		return "", fmt.Errorf("source %q: %w in the configuration", sourceID, ErrUnknown)
	}
	type outcome struct {
		run string
		err error
	}
	first := make(chan outcome, 1) // a run that ends at once has begun all the same
	o.Begun = func(run string) { first <- outcome{run: run} }
	c.runs.Go(func() {
		rep, err := c.o.Run(c.ctx, sourceID, o)
		select {
		case first <- outcome{err: err}:
		default:
		}
		if errors.Is(err, ErrRunning) {
			return
		}
		if err != nil {
			c.o.Logger.Error("harvest", "source", sourceID, "error", err)
		} else {
			c.o.Logger.Info("harvest", "source", sourceID, "run", rep.Run, "report", rep.String())
		}
		c.o.Ended(sourceID, rep, err)
		p.look()
	})
	is := <-first
	return is.run, is.err
}

// Pause keeps the schedule from starting a source, or lets it go on.
func (c *Scheduler) Pause(ctx context.Context, sourceID string, paused bool, author string) error {
	if err := c.h.Pause(ctx, sourceID, paused, author); err != nil {
		return err
	}
	c.plans[sourceID].look()
	return nil
}

// Due returns when the schedule starts a source next, jitter included; ok is
// false when it does not.
func (c *Scheduler) Due(sourceID string) (d Due, ok bool) {
	p := c.plans[sourceID]
	if p == nil {
		return Due{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.due, p.ok
}

// Harvester returns whose sources are scheduled.
func (c *Scheduler) Harvester() *Harvester { return c.h }

func (p *plan) set(d Due, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due, p.ok = d, ok
}

// look wakes the source's follower.
func (p *plan) look() {
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}
