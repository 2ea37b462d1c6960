package harvest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
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

// commitsOf returns the commits in which a run wrote its records, oldest first;
// none when the log no longer holds them.
func (h *Harvester) commitsOf(ctx context.Context, runID string) ([]uint64, error) {
	newest := h.store.Seq()
	kept := sort.Search(int(newest), func(after int) bool {
		for _, err := range h.store.Log(ctx, uint64(after)) {
			return !errors.Is(err, store.ErrHistory)
		}
		return true
	})
	var out []uint64
	for c, err := range h.store.Log(ctx, uint64(kept)) {
		if err != nil {
			return nil, err
		}
		if c.Note["run"] == runID && c.Note["step"] == "" {
			out = append(out, c.Seq)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the log does not reach back to run %s", runID)
	}
	return out, nil
}

// newest returns the newest run of a source that wrote something and was not
// undone.
func (h *Harvester) newest(ctx context.Context, sourceID string) (*Report, error) {
	runs, err := h.RunsOf(ctx, sourceID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(runs, func(r *Report) bool {
		return r.Status != Undone && r.Status != Interrupted && r.Status != Running
	})
	if i < 0 {
		return nil, fmt.Errorf("run of source %s: %w", sourceID, ErrUnknown)
	}
	return runs[i], nil
}

// settled returns a run after checking that it is the newest of its source, and
// reserves the source until release is called.
func (h *Harvester) settled(ctx context.Context, runID string) (rep *Report, release func(), err error) {
	rep, err = h.RunByID(ctx, runID)
	if err != nil {
		return nil, nil, err
	}
	newest, err := h.newest(ctx, rep.Source)
	if err != nil {
		return nil, nil, err
	}
	if newest.Run != runID {
		return nil, nil, fmt.Errorf("run %s: only the newest run of a source can be undone or approved, and that is %s", runID, newest.Run)
	}
	if err := h.begin(rep.Source, "approve or undo "+runID); err != nil {
		return nil, nil, err
	}
	return rep, func() { h.end(rep.Source) }, nil
}

// Undo takes back what a run wrote. Only the newest run of a
// source can be undone; its history entry stays, as undone.
func (h *Harvester) Undo(ctx context.Context, runID string) (*Report, error) {
	rep, release, err := h.settled(ctx, runID)
	if err != nil {
		return nil, err
	}
	defer release()
	commits, err := h.commitsOf(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("undo: %w", err)
	}
	for _, seq := range slices.Backward(commits) {
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

// Approve removes the records whose removal a run held back.
func (h *Harvester) Approve(ctx context.Context, runID string) (*Report, error) {
	rep, release, err := h.settled(ctx, runID)
	if err != nil {
		return nil, err
	}
	defer release()
	if rep.Held == 0 {
		return nil, fmt.Errorf("approve %s: the run holds no removals back", runID)
	}
	known, err := h.knownRecords(ctx, rep.Source)
	if err != nil {
		return nil, err
	}
	tx, err := h.store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	after := h.config.Harvest.TombstoneAfter
	if cfg, ok := h.config.Source(rep.Source); ok && cfg.TombstoneAfter != nil {
		after = *cfg.TombstoneAfter
	}
	for _, k := range sortedKnown(known) {
		if k.removed || k.missing < after {
			continue
		}
		if err := h.tombstone(ctx, tx, k.record, rep); err != nil {
			return nil, fmt.Errorf("approve %s: %w", runID, err)
		}
		rep.Removed++
		rep.Changes = append(rep.Changes, RecordChange{Record: h.sibling(k.record, "dataset"), What: "removed"})
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

// Difference returns what a run added to and removed from the catalogue, record
// graphs only, as far back as the store's history reaches.
func (h *Harvester) Difference(ctx context.Context, runID string) (store.Difference, error) {
	var d store.Difference
	if _, err := h.RunByID(ctx, runID); err != nil {
		return d, err
	}
	commits, err := h.commitsOf(ctx, runID)
	if err != nil {
		return d, fmt.Errorf("difference: %w", err)
	}
	for _, seq := range commits {
		part, err := h.store.Diff(ctx, seq-1, seq)
		if err != nil {
			return d, fmt.Errorf("difference of %s: %w", runID, err)
		}
		d.Added, d.Removed = append(d.Added, part.Added...), append(d.Removed, part.Removed...)
	}
	own := term.NewIRI(h.base.RunGraph(runID))
	drop := func(q term.Quad) bool { return q.Graph == own }
	d.Added, d.Removed = slices.DeleteFunc(d.Added, drop), slices.DeleteFunc(d.Removed, drop)
	return d, nil
}

// ChangesOf returns what a run did to each record, read from the difference.
func (h *Harvester) ChangesOf(ctx context.Context, runID string) ([]RecordChange, error) {
	d, err := h.Difference(ctx, runID)
	if err != nil {
		return nil, err
	}
	titles, before := map[string]string{}, map[string]bool{}
	for _, q := range slices.Concat(d.Removed, d.Added) {
		if q.Predicate.Value() == vocab.DCTTitle {
			titles[q.Subject.Value()] = q.Object.Value()
		}
	}
	for _, q := range d.Removed {
		if q.Predicate.Value() == vocab.FincatDigest {
			before[q.Subject.Value()] = true
		}
	}
	var out []RecordChange
	for _, q := range d.Added {
		c := RecordChange{Record: h.sibling(q.Subject.Value(), "dataset")}
		switch q.Predicate.Value() {
		case vocab.FincatDigest:
			if c.What = "new"; before[q.Subject.Value()] {
				c.What = "changed"
			}
		case vocab.FincatMissingRuns:
			c.What = "missing"
		case vocab.PROVInvalidatedAtTime:
			c.What = "removed"
		default:
			continue
		}
		if c.Title = titles[c.Record]; c.Title == "" {
			if c.Title, err = h.title(ctx, c.Record); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// title returns a dataset's title as it is now.
func (h *Harvester) title(ctx context.Context, dataset string) (string, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return "", err
	}
	defer sn.Close()
	t, err := reader{sn}.value(ctx, dataset, vocab.DCTTitle)
	return t.Value(), err
}
