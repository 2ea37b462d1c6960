package harvest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zeebo/xxh3"

	"fincat/harvest/history"
	"fincat/harvest/problem"
	"fincat/harvest/queries"
	"fincat/harvest/standard"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// prepare marks the run as running, and puts the organisations, the concept
// schemes and the catalogue's own description into the store where they differ
// from what is there.
func (h *Harvester) prepare(ctx context.Context, rep *history.Report) error {
	c := store.Change{Replace: h.history.Graph(rep), Note: rep.Note(history.StepStart)}
	h.preparing.Lock()
	ready := h.ready
	h.preparing.Unlock()
	if !ready {
		issued, modified, err := h.catalogDates(ctx, h.base.Catalog(), rep.Start, false)
		if err != nil {
			return err
		}
		bank, err := queries.Load()
		if err != nil {
			return err
		}
		examples, err := bank.Triples(h.base)
		if err != nil {
			return err
		}
		for graph, triples := range map[string][]term.Triple{
			h.base.OrgGraph():      h.directory.Triples(h.base),
			h.base.SchemesGraph():  dcat.Schemes(h.base),
			h.base.ExamplesGraph(): examples,
			h.base.CatalogGraph():  h.catalogTriples(issued, modified),

			standard.Graph(h.base, ""): h.config.Standards.Triples(h.base),
		} {
			c.Replace[term.NewIRI(graph)] = inGraph(triples)
		}
	}
	if _, err := h.store.Commit(ctx, c); err != nil {
		return fmt.Errorf("record the run's start: %w", err)
	}
	h.preparing.Lock()
	h.ready = true
	h.preparing.Unlock()
	return nil
}

// commit writes everything the run found in one step.
func (r *run) commit(ctx context.Context) error {
	rep := r.report
	found := &r.session.Found
	rep.Ended(r.h.now())
	rep.Fetched, rep.Partial, rep.Mark = r.session.Fetched(), found.Partial, found.Mark
	for _, p := range append(found.Problems, r.words.Unknown(problem.Place{URL: r.cfg.URL})...) {
		r.problem(p)
	}
	switch {
	case rep.Status == history.Failed:
	case rep.Held > 0:
		rep.Status = history.Held
	default:
		rep.Status = history.Done
	}
	if r.o.DryRun {
		return nil
	}
	kept, err := r.prune()
	if err != nil {
		return err
	}
	reach := history.Reach{Failed: rep.Err != nil, Partial: found.Partial || r.anonymous, Shown: r.shown}
	if c := r.conformance; c != nil {
		reach.Unvalidated = func(id string) bool { return !c.validated[xxh3.HashString(id)] && r.shown(id) }
	}
	if err := r.problems.Settle(ctx, r.tx, kept, reach); err != nil {
		return err
	}
	r.known = nil // the commit needs the memory
	if rep.Err == nil {
		if err := r.listing.Settle(); err != nil {
			return err
		}
	}
	if err := r.describe(ctx); err != nil {
		return err
	}
	for name, quads := range r.h.history.Graph(rep) {
		if err := r.tx.ReplaceGraph(ctx, name, quads); err != nil {
			return err
		}
	}
	r.tx.Note(rep.Note(history.StepResult))
	c, err := r.tx.Commit(ctx)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	rep.Seq = c.Seq
	return nil
}

// prune forgets the runs of the source that are too old, and returns those that
// are kept. The newest keep_runs stay, those younger than keep_history, and the
// newest one that gathered everything.
func (r *run) prune() (kept []string, err error) {
	set := r.h.config.Harvest
	complete := false
	for i, past := range r.past {
		whole := !complete && !past.Partial && (past.Status == history.Done || past.Status == history.Held)
		complete = complete || whole
		if whole || i+1 < set.KeepRuns || r.report.Start.Sub(past.Start) <= time.Duration(set.KeepHistory) {
			kept = append(kept, past.Run)
			continue
		}
		if err := r.tx.DropGraph(term.NewIRI(r.h.base.RunGraph(past.Run))); err != nil {
			return nil, fmt.Errorf("forget run %s: %w", past.Run, err)
		}
	}
	return kept, nil
}

// record writes a run's graph.
func (h *Harvester) record(ctx context.Context, rep *history.Report, step string) error {
	_, err := h.store.Commit(ctx, store.Change{Replace: h.history.Graph(rep), Note: rep.Note(step)})
	return err
}

// EndInterrupted records the end of the runs that the store still knows as
// running. Their process is gone, because only one process at a time holds a
// store. It does so once, before the first run of this process: [Harvester.Run]
// and [Scheduler.Start] call it.
func (h *Harvester) EndInterrupted(ctx context.Context) error {
	h.ending.Lock()
	defer h.ending.Unlock()
	if h.ended {
		return nil
	}
	runs, err := h.history.Recorded(ctx, history.Running)
	for _, rep := range runs {
		if err != nil {
			break
		}
		rep.Ended(h.now())
		rep.Author = h.author
		err = h.record(ctx, rep, history.StepEnd)
	}
	if err != nil && !errors.Is(err, store.ErrReadOnly) {
		return fmt.Errorf("end interrupted runs: %w", err)
	}
	h.ended = true
	return nil
}
