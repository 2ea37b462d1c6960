package harvest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/mapping"
	"fincat/harvest/source"
	"fincat/store"
	"fincat/vocab/term"
)

// RunOptions say how to run.
type RunOptions struct {
	Author   string // who asks for the run, for the commit log; default: that of the harvester's options
	Cause    string // of its commits, see [store.WithCause]; default: that of the context
	DryRun   bool   // compare and report, write nothing
	Full     bool   // ask for everything, also when the source offers changes only
	Replay   bool   // take every document from the responses kept of earlier runs
	Progress func(Progress)
	Changed  func(history.RecordChange) // told of each record that is new, changed, missing, removed or held back
	Begun    func(run string)           // called once the run is recorded
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
	report  *history.Report
	gone    []*known // records that are due for removal

	words       *mapping.Vocabulary
	conformance *conformance // nil: the source is not validated
	problems    *history.ProblemLog
	listing     *history.Listing
	quads       []term.Quad     // room for those of a record
	failed      map[uint64]bool // identifiers of records that came and were not taken over, by hash
	renames     renames
	past        []*history.Report // runs of the source before, the newest first

	activity *activity
	expected int  // records that are known and not removed
	recorded bool // the store knows the run as running

	echoes    int  // records that came from this catalogue
	withdrawn int  // records that came as deleted
	anonymous bool // a broken record had no identifier
}

// Run harvests one source or code list. The report is returned also when the source failed:
// an error means that the run itself could not be made or recorded.
func (h *Harvester) Run(ctx context.Context, sourceID string, o RunOptions) (*history.Report, error) {
	if o.Cause != "" {
		ctx = store.WithCause(ctx, o.Cause)
	}
	if list, ok := h.config.list(sourceID); ok {
		return h.runList(ctx, list, o)
	}
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
		r.step(history.Gathering)
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
			r.echoes++
			continue
		}
		content := r.validate(record)
		if r.problems.Full() {
			if err := r.problems.Write(ctx, r.tx); err != nil {
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
	r.step(history.Settling)
	if err := r.settleMissing(ctx); err != nil { // missing, limits, removals
		return r.abort(ctx, err)
	}
	r.gone, r.renames = nil, renames{} // the commit needs the memory
	r.step(history.Committing)
	r.activity.stop()
	if err := r.commit(ctx); err != nil {
		return r.abort(ctx, err)
	}
	return r.report, nil
}

// start reserves the source, records the run as running, and reads what is
// known of the source's records.
func (h *Harvester) start(ctx context.Context, cancel context.CancelCauseFunc, sourceID string,
	o RunOptions) (*run, error) {
	cfg, ok := h.config.Source(sourceID)
	if !ok {
		return nil, fmt.Errorf("source %q: %w in the configuration", sourceID, ErrUnknown)
	}
	kind, _ := source.KindByName(cfg.Kind)
	if !o.DryRun {
		if err := h.EndInterrupted(ctx); err != nil {
			return nil, err
		}
	}
	r := &run{h: h, cfg: cfg, kind: kind, o: o, words: mapping.NewVocabulary(cfg.Map, h.config.Harvest.Map)}
	r.report = &history.Report{
		Source: sourceID, Start: h.now(), Status: history.Running, DryRun: o.DryRun, Process: h.process,
		Author: cmp.Or(o.Author, h.author),
	}
	var err error
	if r.report.Run, err = h.history.NewID(sourceID, r.report.Start); err != nil {
		return nil, err
	}
	r.problems = h.history.ProblemLog(sourceID, r.report.Run)
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
	if r.conformance, err = r.h.newConformance(ctx, r.cfg.WithDefaults()); err != nil {
		return err
	}
	if r.past, err = r.h.history.RunsOf(ctx, r.cfg.ID); err != nil {
		return err
	}
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
	if err = r.openSession(ctx); err != nil {
		return err
	}
	r.live(ctx)
	return nil
}

// openSession prepares the gathering: of everything, or of what changed and what
// failed before.
func (r *run) openSession(ctx context.Context) error {
	again, err := r.h.history.Again(ctx, r.cfg.ID)
	if err != nil {
		return err
	}
	options := source.Options{
		Client: r.h.client, Base: r.h.base, Directory: r.h.directory, Offline: r.o.Replay,
	}
	if !r.o.Full {
		options.Resume = r.h.resume(r.past)
	}
	if r.o.Full {
		r.report.Full = true
	} else if !r.o.Replay {
		from := r.h.startOf(r.past, again, r.cfg)
		options.Since, options.Mark, options.Again = from.since, from.mark, from.again
		r.report.Full = from.full
	}
	options.Full = r.report.Full
	tx := r.tx
	if r.o.DryRun {
		tx = nil
	}
	if r.listing, err = r.h.history.Listing(ctx, r.cfg.ID, tx); err != nil {
		return err
	}
	options.Listing = r.listing
	r.session, err = source.NewSession(r.cfg, options)
	return err
}

func (r *run) close() {
	r.activity.stop()
	if r.session != nil {
		r.session.Close()
	}
	if r.listing != nil {
		r.listing.Close()
	}
	if r.tx != nil {
		r.tx.Rollback()
	}
	if c := r.conformance; c != nil {
		r.h.log.Debug("records validated", "source", r.cfg.ID, "run", r.report.Run, "records", len(c.validated))
	}
	if err := r.conformance.close(); err != nil {
		r.h.log.Warn("store for validation not closed", "source", r.cfg.ID, "err", err)
	}
	r.h.end(r.cfg.ID)
}

// abort records that the run could not be finished; the store is as before. A
// run that was cancelled has its report, any other ends with an error.
func (r *run) abort(ctx context.Context, err error) (*history.Report, error) {
	r.activity.stop()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	rep := r.report
	rep.Ended(r.h.now())
	rep.Status, rep.Reason = history.Failed, err.Error()
	switch {
	case errors.Is(err, errCancelled):
		rep.Status, rep.Reason = history.Cancelled, err.Error()+"; nothing of it was written"
	case errors.Is(err, context.Canceled):
		rep.Status, rep.Reason = history.Interrupted, "the program was stopped; nothing of the run was written"
	}
	rep.Err = errors.New(rep.Reason)
	if r.recorded {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if e := r.h.record(ctx, rep, history.StepEnd); e != nil {
			return nil, fmt.Errorf("harvest %s: %w; and the run could not be ended: %w", r.cfg.ID, err, e)
		}
	}
	if rep.Status == history.Cancelled {
		return rep, nil
	}
	return nil, fmt.Errorf("harvest %s: %w", r.cfg.ID, err)
}
