package harvest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"fincat/harvest/history"
)

// Progress is how far a run has come.
type Progress struct {
	Source    string        `json:"source"`
	Run       string        `json:"run"`
	Stage     history.Stage `json:"stage"`
	Start     time.Time     `json:"start"`
	Records   int           `json:"records"`
	New       int           `json:"new"`
	Changed   int           `json:"changed"`
	Failed    int           `json:"failed"`
	Expected  int           `json:"expected,omitempty"` // records that are known from earlier runs
	Documents int           `json:"documents"`          // fetched
	Seconds   float64       `json:"seconds"`            // since the start
	Rate      float64       `json:"rate"`               // records a second
}

// activity is what holds a source: a run, or the undoing or approval of one.
type activity struct {
	what   string                  // the run
	cancel context.CancelCauseFunc // nil: it cannot be cancelled
	stop   func()                  // ends the heartbeat and waits for it

	mu       sync.Mutex
	progress Progress
}

// begin reserves a source.
func (h *Harvester) begin(id, what string, cancel context.CancelCauseFunc) (*activity, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if other, ok := h.busy[id]; ok {
		return nil, fmt.Errorf("source %s, run %s: %w", id, other.what, ErrRunning)
	}
	a := &activity{what: what, cancel: cancel, stop: func() {}}
	a.progress = Progress{Source: id, Run: what, Stage: history.Starting, Start: h.now()}
	h.busy[id] = a
	return a, nil
}

func (h *Harvester) end(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.busy, id)
}

// inProgress returns what holds a source, by the names of the runs.
func (h *Harvester) inProgress() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, a := range h.busy {
		out = append(out, a.what)
	}
	return out
}

// Running returns the runs in progress, by source.
func (h *Harvester) Running() []Progress {
	h.mu.Lock()
	var all []*activity
	for _, a := range h.busy {
		if a.cancel != nil {
			all = append(all, a)
		}
	}
	h.mu.Unlock()
	out := make([]Progress, len(all))
	for i, a := range all {
		out[i] = a.state(h.now())
	}
	slices.SortFunc(out, func(a, b Progress) int { return cmp.Compare(a.Source, b.Source) })
	return out
}

// errCancelled is the cause of a run's end when a person cancelled it.
var errCancelled = errors.New("cancelled on request")

// Cancel stops the run of a source. What it found is not written. The error is
// [ErrUnknown] when the source is not being harvested.
func (h *Harvester) Cancel(sourceID string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.busy[sourceID]
	if a == nil || a.cancel == nil {
		return fmt.Errorf("run of source %s: %w", sourceID, ErrUnknown)
	}
	a.cancel(errCancelled)
	return nil
}

// state returns the progress with its rate.
func (a *activity) state(now time.Time) Progress {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.progress
	if took := now.Sub(p.Start).Seconds(); took > 0 {
		p.Seconds, p.Rate = took, float64(p.Records)/took
	}
	return p
}

// step notes how far the run has come, for those who watch.
func (r *run) step(stage history.Stage) {
	a := r.activity
	a.mu.Lock()
	p := &a.progress
	p.Stage, p.Records = stage, r.report.Total()
	p.New, p.Changed, p.Failed = r.report.New, r.report.Changed, r.report.Failed
	p.Expected, p.Documents = r.expected, len(r.session.Fetched())
	records := p.Records
	a.mu.Unlock()
	if r.o.Progress != nil && (stage != history.Gathering || records%100 == 0) {
		r.o.Progress(a.state(r.h.now()))
	}
}

// live begins the heartbeat: every so often the run's graph says when the run
// was last alive, and how far it had come. It ends with the run's own commit.
func (r *run) live(ctx context.Context) {
	if r.o.DryRun {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	rep := *r.report // what does not change during the run
	var beats sync.WaitGroup
	r.activity.stop = sync.OnceFunc(func() { cancel(); beats.Wait() })
	beats.Go(func() {
		t := time.NewTicker(r.h.every)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			p := r.activity.state(r.h.now())
			rep.Stage, rep.Records, rep.Heartbeat = p.Stage, p.Records, r.h.now()
			if err := r.h.record(ctx, &rep, history.StepHeartbeat); err != nil && ctx.Err() == nil {
				r.h.log.Error("heartbeat", "source", rep.Source, "run", rep.Run, "err", err)
			}
		}
	})
}

// processName tells the processes on several machines apart.
func processName() string {
	name := fmt.Sprintf("process %d", os.Getpid())
	if host, err := os.Hostname(); err == nil {
		name += " on " + host
	}
	return name
}
