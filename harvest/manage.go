package harvest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/mapping"
	"fincat/harvest/source"
	"fincat/vocab"
	"fincat/vocab/term"
)

// Preview gathers the first n records of a source, completed as a run would,
// and writes nothing. Records that a run would not take over are among them,
// with their problems; an entry of a code list has no dataset. n = 1 is a check that the source is reachable and
// well-formed.
func (h *Harvester) Preview(ctx context.Context, sourceID string, n int) ([]*mapping.Record, error) {
	if list, ok := h.config.list(sourceID); ok {
		return h.previewList(ctx, list, n)
	}
	cfg, ok := h.config.Source(sourceID)
	if !ok {
		return nil, fmt.Errorf("source %q: %w in the configuration", sourceID, ErrUnknown)
	}
	kind, _ := source.KindByName(cfg.Kind)
	s, err := source.NewSession(cfg, source.Options{Client: h.client, Base: h.base, Directory: h.directory})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r := &run{h: h, cfg: cfg, kind: kind, session: s, known: &knownTable{}, o: RunOptions{DryRun: true},
		words: mapping.NewVocabulary(cfg.Map, h.config.Harvest.Map)}
	r.report = &history.Report{Source: sourceID, DryRun: true}
	var out []*mapping.Record
	for rec, err := range kind.Gather(ctx, s) {
		if err != nil {
			return out, err
		}
		r.validate(rec)
		if out = append(out, rec); len(out) >= n {
			break
		}
	}
	if len(out) == 0 {
		return nil, emptySource(cfg.URL, 0, s.Filtered())
	}
	return out, nil
}

// reserve keeps the source of a run from being harvested until release is
// called, and returns the run and its source's history, the newest first.
func (h *Harvester) reserve(ctx context.Context, runID, what string) (
	rep *history.Report, runs []*history.Report, release func(), err error) {
	rep, err = h.history.RunByID(ctx, runID)
	if err != nil {
		return nil, nil, nil, err
	}
	source := rep.Source
	if _, err := h.begin(source, what+" of "+runID, nil); err != nil {
		return nil, nil, nil, err
	}
	release = func() { h.end(source) }
	if rep, err = h.history.RunByID(ctx, runID); err == nil {
		rep.Author = h.author // as it is now that nobody else changes it
		runs, err = h.history.RunsOf(ctx, source)
	}
	if err != nil {
		release()
		return nil, nil, nil, err
	}
	return rep, runs, release, nil
}

// Undo takes back what a run wrote, approved removals too. Runs of a source are
// undone one after the other, the newest first; the history entry stays, as
// undone. What somebody else changed since in the same graphs is not
// overwritten: that is an error.
func (h *Harvester) Undo(ctx context.Context, runID string) (*history.Report, error) {
	rep, runs, release, err := h.reserve(ctx, runID, "undoing")
	if err != nil {
		return nil, err
	}
	defer release()
	switch newest := slices.IndexFunc(runs, (*history.Report).Wrote); {
	case rep.Status == history.Undone:
		return nil, fmt.Errorf("undo %s: it was undone before", runID)
	case !rep.Wrote():
		return nil, fmt.Errorf("undo %s: it is %s, and such a run writes nothing", runID, rep.Status)
	case runs[newest].Run != runID:
		return nil, fmt.Errorf("undo %s: a later run builds on it: undo %s first", runID, runs[newest].Run)
	}
	own, err := h.history.CommitOf(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("undo: %w", err)
	}
	after, err := h.history.LaterThan(ctx, runID, own)
	if err != nil {
		return nil, fmt.Errorf("undo %s: %w", runID, err)
	}
	if c := after.Conflict; c != nil {
		return nil, fmt.Errorf("undo %s: commit %d of %s changed records that the run wrote: take that back first",
			runID, c.Seq, c.Time.Format(time.RFC3339))
	}
	for _, seq := range slices.Backward(append([]uint64{own}, after.Approvals...)) {
		if _, err := h.store.Undo(ctx, seq, h.author); err != nil {
			return nil, fmt.Errorf("undo %s: %w", runID, err)
		}
	}
	rep.Status, rep.Reason = history.Undone, ""
	return rep, h.record(ctx, rep, history.StepUndo)
}

// Approve removes the records whose removal a run held back. A later run that
// gathered everything has decided anew, so that the earlier one is outdated.
func (h *Harvester) Approve(ctx context.Context, runID string) (*history.Report, error) {
	rep, runs, release, err := h.reserve(ctx, runID, "approval")
	if err != nil {
		return nil, err
	}
	defer release()
	if rep.Held == 0 || !rep.Wrote() {
		return nil, fmt.Errorf("approve %s: it is %s, and no removals of it wait", runID, rep.Status)
	}
	for _, r := range runs {
		if r.Run == runID {
			break
		}
		if (r.Status == history.Done || r.Status == history.Held) && (!r.Partial || r.Held > 0) {
			return nil, fmt.Errorf("approve %s: it is outdated, %s looked at the source later; "+
				"approve that one if it holds removals back", runID, r.Run)
		}
	}
	waiting, err := h.heldBy(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("approve %s: %w", runID, err)
	}
	tx, err := h.store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	for _, record := range waiting {
		if err := h.tombstone(ctx, tx, record, rep); err != nil {
			return nil, fmt.Errorf("approve %s: %w", runID, err)
		}
		rep.Removed++
	}
	rep.Held = 0
	if rep.Status == history.Held {
		rep.Status = history.Done
	}
	for name, quads := range h.history.Graph(rep) {
		if err := tx.ReplaceGraph(ctx, name, quads); err != nil {
			return nil, err
		}
	}
	tx.Note(rep.Note(history.StepApprove))
	c, err := tx.Commit(ctx)
	if err != nil {
		return nil, fmt.Errorf("approve %s: %w", runID, err)
	}
	rep.Seq = c.Seq
	return rep, nil
}

// heldBy returns the records whose removal waits for the approval of a run;
// those that have come back since are not among them.
func (h *Harvester) heldBy(ctx context.Context, runID string) (records []string, err error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	var none term.Term
	by, run := term.NewIRI(vocab.FincatHeldBy), term.NewIRI(h.base.Run(runID))
	for q, err := range (reader{sn}).ids(ctx, none, by, run, none) {
		if err != nil {
			return nil, err
		}
		t, err := sn.Term(q[0])
		if err != nil {
			return nil, err
		}
		records = append(records, t.Value())
	}
	return records, nil
}
