package harvest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/source"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// Preview gathers the first n records of a source, completed as a run would,
// and writes nothing. Records that a run would not take over are among them,
// with their problems. n = 1 is a check that the source is reachable and
// well-formed.
func (h *Harvester) Preview(ctx context.Context, sourceID string, n int) ([]*source.Record, error) {
	cfg, ok := h.config.Source(sourceID)
	if !ok {
		return nil, fmt.Errorf("source %q: %w in the configuration", sourceID, ErrUnknown)
	}
	kind, _ := source.KindByName(cfg.Kind)
	s, err := h.client.Session(cfg, time.Time{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r := &run{h: h, cfg: cfg, kind: kind, session: s, report: &Report{Source: sourceID}}
	var out []*source.Record
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
		return nil, emptySource(cfg.URL, 0)
	}
	return out, nil
}

// commitOf returns the commit in which a run wrote its records. The log is
// searched from its end, because it is the newest runs that are asked for.
func (h *Harvester) commitOf(ctx context.Context, runID string) (uint64, error) {
	newest := h.store.Seq()
	kept := uint64(sort.Search(int(newest), func(after int) bool {
		for _, err := range h.store.Log(ctx, uint64(after)) {
			return !errors.Is(err, store.ErrHistory)
		}
		return true
	}))
	for to, step := newest, uint64(16); to > kept; step *= 2 {
		after := to - min(step, to-kept)
		for c, err := range h.store.Log(ctx, after) {
			if err != nil {
				return 0, err
			}
			if c.Note["run"] == runID && c.Note["step"] == "" {
				return c.Seq, nil
			}
			if c.Seq == to {
				break
			}
		}
		to = after
	}
	return 0, fmt.Errorf("the log does not reach back to run %s", runID)
}

// later are the commits after that of a run which matter to the undoing of it.
type later struct {
	approvals []uint64      // of the run's own removals, oldest first
	conflict  *store.Commit // the first of others that changed what the run wrote and still holds
}

// laterThan looks through the log behind a run's commit.
func (h *Harvester) laterThan(ctx context.Context, runID string, own uint64) (l later, err error) {
	wrote, undone := map[term.Term]bool{}, map[string]bool{}
	var others []store.Commit
	for c, err := range h.store.Log(ctx, own-1) {
		switch {
		case err != nil:
			return l, err
		case c.Seq == own:
			for _, g := range c.Graphs {
				wrote[g] = !strings.HasPrefix(g.Value(), h.base.RunGraph(""))
			}
		case c.Note["run"] == runID && c.Note["step"] == "approve":
			l.approvals = append(l.approvals, c.Seq)
		case c.Note["undo"] != "":
			undone[c.Note["undo"]] = true
		case slices.ContainsFunc(c.Graphs, func(g term.Term) bool { return wrote[g] }):
			others = append(others, store.Commit{Seq: c.Seq, Time: c.Time, Note: c.Note})
		}
	}
	for i, c := range others {
		if !undone[strconv.FormatUint(c.Seq, 10)] {
			l.conflict = &others[i]
			break
		}
	}
	l.approvals = slices.DeleteFunc(l.approvals, func(seq uint64) bool { return undone[strconv.FormatUint(seq, 10)] })
	return l, nil
}

// reserve keeps the source of a run from being harvested until release is
// called, and returns the run and its source's history, the newest first.
func (h *Harvester) reserve(ctx context.Context, runID, what string) (rep *Report, history []*Report, release func(), err error) {
	rep, err = h.RunByID(ctx, runID)
	if err != nil {
		return nil, nil, nil, err
	}
	source := rep.Source
	if _, err := h.begin(source, what+" of "+runID, nil); err != nil {
		return nil, nil, nil, err
	}
	release = func() { h.end(source) }
	if rep, err = h.RunByID(ctx, runID); err == nil { // as it is now that nobody else changes it
		history, err = h.RunsOf(ctx, source)
	}
	if err != nil {
		release()
		return nil, nil, nil, err
	}
	return rep, history, release, nil
}

// Wrote reports whether a run may have changed the catalogue and still stands.
func (r *Report) Wrote() bool { return r.Status == Done || r.Status == Held || r.Status == Failed }

// Undo takes back what a run wrote, approved removals too. Runs of a source are
// undone one after the other, the newest first; the history entry stays, as
// undone. What somebody else changed since in the same graphs is not
// overwritten: that is an error.
func (h *Harvester) Undo(ctx context.Context, runID string) (*Report, error) {
	rep, history, release, err := h.reserve(ctx, runID, "undoing")
	if err != nil {
		return nil, err
	}
	defer release()
	switch newest := slices.IndexFunc(history, (*Report).Wrote); {
	case rep.Status == Undone:
		return nil, fmt.Errorf("undo %s: it was undone before", runID)
	case !rep.Wrote():
		return nil, fmt.Errorf("undo %s: it is %s, and such a run writes nothing", runID, rep.Status)
	case history[newest].Run != runID:
		return nil, fmt.Errorf("undo %s: a later run builds on it: undo %s first", runID, history[newest].Run)
	}
	own, err := h.commitOf(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("undo: %w", err)
	}
	after, err := h.laterThan(ctx, runID, own)
	if err != nil {
		return nil, fmt.Errorf("undo %s: %w", runID, err)
	}
	if c := after.conflict; c != nil {
		return nil, fmt.Errorf("undo %s: commit %d of %s changed records that the run wrote: take that back first", runID, c.Seq, c.Time.Format(time.RFC3339))
	}
	for _, seq := range slices.Backward(append([]uint64{own}, after.approvals...)) {
		if _, err := h.store.Undo(ctx, seq); err != nil {
			return nil, fmt.Errorf("undo %s: %w", runID, err)
		}
	}
	rep.Status, rep.Reason = Undone, ""
	return rep, h.record(ctx, rep, "undo")
}

// record writes a run's graph.
func (h *Harvester) record(ctx context.Context, rep *Report, step string) error {
	_, err := h.store.Commit(ctx, store.Change{Replace: h.runGraph(rep), Note: map[string]string{"run": rep.Run, "source": rep.Source, "step": step}})
	return err
}

// Approve removes the records whose removal a run held back. A later run that
// gathered everything has decided anew, so that the earlier one is outdated.
func (h *Harvester) Approve(ctx context.Context, runID string) (*Report, error) {
	rep, history, release, err := h.reserve(ctx, runID, "approval")
	if err != nil {
		return nil, err
	}
	defer release()
	if rep.Held == 0 || !rep.Wrote() {
		return nil, fmt.Errorf("approve %s: it is %s, and no removals of it wait", runID, rep.Status)
	}
	for _, r := range history {
		if r.Run == runID {
			break
		}
		if (r.Status == Done || r.Status == Held) && (!r.Partial || r.Held > 0) {
			return nil, fmt.Errorf("approve %s: it is outdated, %s looked at the source later; approve that one if it holds removals back", runID, r.Run)
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
	if rep.Status == Held {
		rep.Status = Done
	}
	for name, quads := range h.runGraph(rep) {
		if err := tx.ReplaceGraph(ctx, name, quads); err != nil {
			return nil, err
		}
	}
	tx.Note("run", rep.Run)
	tx.Note("source", rep.Source)
	tx.Note("step", "approve")
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
	for q, err := range (reader{sn}).ids(ctx, none, term.NewIRI(vocab.FincatHeldBy), term.NewIRI(h.base.Run(runID)), none) {
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
