package harvest

import (
	"context"
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
}

// Progress is how far a run has come.
type Progress struct {
	Source  string
	Records int
	Elapsed time.Duration
}

// run is one harvest of one source while it goes on.
type run struct {
	h       *Harvester
	cfg     source.Config
	kind    source.Kind
	session *source.Session
	tx      *store.Tx
	known   map[string]*known // by record IRI
	o       RunOptions
	report  *Report
	gone    []*known // records that are due for removal

	anonymous bool // a broken record had no identifier
}

// Run harvests one source. The report is returned also when the source failed:
// an error means that the run itself could not be made or recorded.
func (h *Harvester) Run(ctx context.Context, sourceID string, o RunOptions) (*Report, error) {
	r, err := h.start(ctx, sourceID, o)
	if err != nil {
		return nil, err
	}
	defer h.notify(ctx, r.report) // after close: a slow receiver holds up no other run
	defer r.close()
	gather, cancel := context.WithTimeoutCause(ctx, time.Duration(r.session.Config.MaxTime), context.DeadlineExceeded)
	defer cancel()

	for record, err := range r.kind.Gather(gather, r.session) { // gather, fetch, map
		if err != nil {
			r.fail(err)
			break
		}
		if record.Deleted {
			r.deleted(record)
			continue
		}
		content := r.validate(record)
		if content == nil {
			continue
		}
		if err := r.compare(ctx, record, content); err != nil {
			return nil, r.abort(err)
		}
	}
	if err := r.settleMissing(ctx); err != nil { // missing, limits, removals
		return nil, r.abort(err)
	}
	if err := r.commit(ctx); err != nil {
		return nil, r.abort(err)
	}
	return r.report, nil
}

// start reserves the source, records the run as running, and reads what is
// known of the source's records.
func (h *Harvester) start(ctx context.Context, sourceID string, o RunOptions) (*run, error) {
	cfg, ok := h.config.Source(sourceID)
	if !ok {
		return nil, fmt.Errorf("source %q: %w in the configuration", sourceID, ErrUnknown)
	}
	kind, _ := source.KindByName(cfg.Kind)
	r := &run{h: h, cfg: cfg, kind: kind, o: o, report: &Report{Source: sourceID, Start: h.now(), Status: Running, DryRun: o.DryRun}}
	var err error
	if r.report.Run, err = h.newRunID(sourceID, r.report.Start); err != nil {
		return nil, err
	}
	if err := h.begin(sourceID, r.report.Run); err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		r.close()
		return nil, fmt.Errorf("harvest %s: %w", sourceID, err)
	}
	return r, nil
}

func (r *run) open(ctx context.Context) (err error) {
	since := time.Time{}
	if !r.o.Full && !r.o.Replay {
		if since, err = r.h.since(ctx, r.cfg); err != nil {
			return err
		}
	}
	if r.session, err = r.h.client.Session(r.cfg, since); err != nil {
		return err
	}
	r.session.Full, r.session.Offline = r.o.Full, r.o.Replay
	if !r.o.DryRun {
		if err = r.h.prepare(ctx, r.report); err != nil {
			return err
		}
	}
	if r.known, err = r.h.knownRecords(ctx, r.cfg.ID); err != nil {
		return err
	}
	r.tx, err = r.h.store.Begin(ctx)
	return err
}

func (r *run) close() {
	if r.session != nil {
		r.session.Close()
	}
	if r.tx != nil {
		r.tx.Rollback()
	}
	r.h.end(r.cfg.ID)
}

// abort records that the run could not be finished; the store is as before.
func (r *run) abort(err error) error {
	err = fmt.Errorf("harvest %s: %w", r.cfg.ID, err)
	if r.o.DryRun {
		return err
	}
	r.report.Status, r.report.End, r.report.Reason = Failed, r.h.now(), err.Error()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, e := r.h.store.Commit(ctx, store.Change{Replace: r.h.runGraph(r.report)}); e != nil {
		return fmt.Errorf("%w; and the run could not be ended: %w", err, e)
	}
	return err
}
