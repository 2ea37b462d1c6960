package harvest

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	if _, err := h.begin(rep.Source, "approve or undo "+runID, nil); err != nil {
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
	seq, err := h.commitOf(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("undo: %w", err)
	}
	if _, err := h.store.Undo(ctx, seq); err != nil {
		return nil, fmt.Errorf("undo %s: %w", runID, err)
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

// QuadChange is a quad that a run added or removed.
type QuadChange struct {
	term.Quad
	Added bool
}

// Difference yields what a run added to and removed from the catalogue, as far
// back as the store's history reaches, subject by subject. It is read from the
// log as it is asked for, so that runs of any size can be shown.
func (h *Harvester) Difference(ctx context.Context, runID string) iter.Seq2[QuadChange, error] {
	return func(yield func(QuadChange, error) bool) {
		err := h.difference(ctx, runID, func(r reader, seq uint64) error {
			own, _, err := r.sn.Lookup(term.NewIRI(h.base.RunGraph(runID)))
			if err != nil {
				return err
			}
			for c, err := range r.sn.Changes(ctx, seq) {
				if err != nil {
					return err
				}
				if c.G == own {
					continue
				}
				var t [4]term.Term
				if err := r.sn.Terms([]store.ID{c.S, c.P, c.O, c.G}, t[:]); err != nil {
					return err
				}
				if !yield(QuadChange{term.Quad{Subject: t[0], Predicate: t[1], Object: t[2], Graph: t[3]}, c.Added}, nil) {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			yield(QuadChange{}, err)
		}
	}
}

// difference calls read with the number of a run's commit.
func (h *Harvester) difference(ctx context.Context, runID string, read func(r reader, seq uint64) error) error {
	if _, err := h.RunByID(ctx, runID); err != nil {
		return err
	}
	seq, err := h.commitOf(ctx, runID)
	if err != nil {
		return fmt.Errorf("difference: %w", err)
	}
	sn, err := h.store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	if err := read(reader{sn}, seq); err != nil {
		return fmt.Errorf("difference of %s: %w", runID, err)
	}
	return nil
}

// ChangesOf yields what a run did to each record, read from the difference.
func (h *Harvester) ChangesOf(ctx context.Context, runID string) iter.Seq2[RecordChange, error] {
	return func(yield func(RecordChange, error) bool) {
		err := h.difference(ctx, runID, func(r reader, seq uint64) error {
			o := outline{h: h, r: r, seq: seq, title: map[store.ID]store.ID{}, before: map[store.ID]bool{}, revived: map[store.ID]bool{}}
			if err := o.read(ctx); err != nil {
				return err
			}
			return o.records(ctx, func(c RecordChange) bool { return yield(c, nil) })
		})
		if err != nil {
			yield(RecordChange{}, err)
		}
	}
}

// outline is what has to be known of a whole difference to tell what happened
// to each record.
type outline struct {
	h       *Harvester
	r       reader
	seq     uint64
	is      struct{ title, digest, missing, gone store.ID } // properties
	title   map[store.ID]store.ID                           // by subject
	before  map[store.ID]bool                               // records that had a digest
	revived map[store.ID]bool                               // records that were tombstones
}

func (o *outline) read(ctx context.Context) (err error) {
	for iri, id := range map[string]*store.ID{vocab.DCTTitle: &o.is.title, vocab.FincatDigest: &o.is.digest,
		vocab.FincatMissingRuns: &o.is.missing, vocab.PROVInvalidatedAtTime: &o.is.gone} {
		if *id, _, err = o.r.sn.Lookup(term.NewIRI(iri)); err != nil {
			return err
		}
	}
	for c, err := range o.r.sn.Changes(ctx, o.seq) {
		if err != nil {
			return err
		}
		switch {
		case c.P == o.is.title && (c.Added || o.title[c.S] == 0):
			o.title[c.S] = c.O
		case c.P == o.is.digest && !c.Added:
			o.before[c.S] = true
		case c.P == o.is.gone && !c.Added:
			o.revived[c.S] = true
		}
	}
	return nil
}

// records calls yield for each record until it returns false.
func (o *outline) records(ctx context.Context, yield func(RecordChange) bool) error {
	for c, err := range o.r.sn.Changes(ctx, o.seq) {
		if err != nil {
			return err
		}
		what := ""
		switch {
		case c.P == o.is.digest && c.Added && !o.revived[c.S]:
			if what = "new"; o.before[c.S] {
				what = "changed"
			}
		case c.P == o.is.missing && c.Added:
			what = "missing"
		case c.P == o.is.gone:
			if what = "removed"; !c.Added {
				what = "new"
			}
		}
		if what == "" {
			continue
		}
		record, err := o.r.sn.Term(c.S)
		if err != nil {
			return err
		}
		change := RecordChange{Record: o.h.sibling(record.Value(), "dataset"), What: what}
		if change.Title, err = o.titleOf(ctx, change.Record); err != nil {
			return err
		}
		if !yield(change) {
			return nil
		}
	}
	return nil
}

// titleOf returns the title that the run gave a dataset or took from it, else
// the one it has now.
func (o *outline) titleOf(ctx context.Context, dataset string) (string, error) {
	id, ok, err := o.r.sn.Lookup(term.NewIRI(dataset))
	if err != nil || !ok {
		return "", err
	}
	var t term.Term
	if title := o.title[id]; title != 0 {
		t, err = o.r.sn.Term(title)
	} else {
		t, err = o.r.value(ctx, dataset, vocab.DCTTitle)
	}
	return t.Value(), err
}
