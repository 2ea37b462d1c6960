package harvest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fincat/harvest/source"
	"fincat/store"
)

// RunOptions say how to run.
type RunOptions struct {
	DryRun   bool // compare and report, write nothing
	Full     bool // ask for everything, also when the source offers changes only
	Replay   bool // take every document from the responses kept of earlier runs
	Progress func(Progress)
	Changed  func(RecordChange) // told of each record that is new, changed, missing, removed or held back
	Begun    func(run string)   // called once the run is recorded
}

// run is one harvest of one source while it goes on.
type run struct {
	h       *Harvester
	cfg     source.Config
	kind    source.Kind
	session *source.Session
	tx      *store.Tx
	known   *knownTable
	o       RunOptions
	report  *Report
	gone    []*known // records that are due for removal

	problems problemLog
	renames  renames
	past     []*Report // runs of the source before, the newest first

	activity *activity
	expected int  // records that are known and not removed
	recorded bool // the store knows the run as running

	anonymous bool // a broken record had no identifier
}

// Run harvests one source. The report is returned also when the source failed:
// an error means that the run itself could not be made or recorded.
func (h *Harvester) Run(ctx context.Context, sourceID string, o RunOptions) (*Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r, err := h.start(ctx, cancel, sourceID, o)
	if err != nil {
		return nil, err
	}
	defer h.notify(ctx, r.report) // after close: a slow receiver holds up no other run
	defer r.close()
	gather, done := context.WithTimeoutCause(ctx, time.Duration(r.session.Config.MaxTime), context.DeadlineExceeded)
	defer done()

	for record, err := range r.kind.Gather(gather, r.session) { // gather, fetch, map
		r.step(Gathering)
		if ctx.Err() != nil {
			return r.abort(ctx, ctx.Err())
		}
		if err != nil {
			r.fail(err)
			break
		}
		if record.Deleted {
			r.deleted(record)
			continue
		}
		if r.echo(record) {
			continue
		}
		content := r.validate(record)
		if len(r.problems.waiting) >= problemBatch {
			if err := r.writeProblems(ctx); err != nil {
				return r.abort(ctx, err)
			}
		}
		if content == nil {
			continue
		}
		if err := r.compare(ctx, record, content); err != nil {
			return r.abort(ctx, err)
		}
	}
	r.step(Settling)
	if err := r.settleMissing(ctx); err != nil { // missing, limits, removals
		return r.abort(ctx, err)
	}
	r.known, r.gone, r.renames = nil, nil, renames{} // the commit needs the memory
	r.step(Committing)
	r.activity.stop()
	if err := r.commit(ctx); err != nil {
		return r.abort(ctx, err)
	}
	return r.report, nil
}

// start reserves the source, records the run as running, and reads what is
// known of the source's records.
func (h *Harvester) start(ctx context.Context, cancel context.CancelCauseFunc, sourceID string, o RunOptions) (*run, error) {
	cfg, ok := h.config.Source(sourceID)
	if !ok {
		return nil, fmt.Errorf("source %q: %w in the configuration", sourceID, ErrUnknown)
	}
	kind, _ := source.KindByName(cfg.Kind)
	r := &run{h: h, cfg: cfg, kind: kind, o: o, report: &Report{Source: sourceID, Start: h.now(), Status: Running, DryRun: o.DryRun, Process: h.process}}
	var err error
	if r.report.Run, err = h.newRunID(sourceID, r.report.Start); err != nil {
		return nil, err
	}
	if r.activity, err = h.begin(sourceID, r.report.Run, cancel); err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		defer r.close()
		if _, aborted := r.abort(ctx, err); aborted != nil {
			err = aborted
		}
		return nil, err
	}
	if o.Begun != nil {
		o.Begun(r.report.Run)
	}
	return r, nil
}

func (r *run) open(ctx context.Context) (err error) {
	if r.past, err = r.h.RunsOf(ctx, r.cfg.ID); err != nil {
		return err
	}
	since := time.Time{}
	if !r.o.Full && !r.o.Replay {
		since = r.h.since(r.past, r.cfg)
	}
	if r.session, err = r.h.client.Session(r.cfg, since); err != nil {
		return err
	}
	if !since.IsZero() {
		r.session.Mark = r.h.mark(r.past)
	}
	r.session.Full, r.session.Offline, r.session.Resume = r.o.Full, r.o.Replay, r.h.resume(r.past)
	if !r.o.DryRun {
		if err = r.h.prepare(ctx, r.report); err != nil {
			return err
		}
		r.recorded = true
	}
	if r.known, err = r.h.knownRecords(ctx, r.cfg.ID); err != nil {
		return err
	}
	for k := range r.known.all {
		if !k.removed {
			r.expected++
		}
	}
	if r.tx, err = r.h.store.Begin(ctx); err != nil {
		return err
	}
	r.live(ctx)
	return nil
}

func (r *run) close() {
	r.activity.stop()
	if r.session != nil {
		r.session.Close()
	}
	if r.tx != nil {
		r.tx.Rollback()
	}
	r.h.end(r.cfg.ID)
}

// abort records that the run could not be finished; the store is as before. A
// run that was cancelled has its report, any other ends with an error.
func (r *run) abort(ctx context.Context, err error) (*Report, error) {
	r.activity.stop()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	rep := r.report
	rep.Status, rep.End, rep.Reason = Failed, r.h.now(), err.Error()
	switch {
	case errors.Is(err, errCancelled):
		rep.Status, rep.Reason = Cancelled, err.Error()+"; nothing of it was written"
	case errors.Is(err, context.Canceled):
		rep.Status, rep.Reason = Interrupted, "the program was stopped; nothing of the run was written"
	}
	rep.Err = errors.New(rep.Reason)
	if r.recorded {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if e := r.h.record(ctx, rep, "end"); e != nil {
			return nil, fmt.Errorf("harvest %s: %w; and the run could not be ended: %w", r.cfg.ID, err, e)
		}
	}
	if rep.Status == Cancelled {
		return rep, nil
	}
	return nil, fmt.Errorf("harvest %s: %w", r.cfg.ID, err)
}
