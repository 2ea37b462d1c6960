package harvest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

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
					return errEnough
				}
			}
			return nil
		})
		if err != nil {
			yield(QuadChange{}, err)
		}
	}
}

// errEnough ends the reading of a difference.
var errEnough = errors.New("enough")

// difference calls read with the number of a run's commit, and then with those
// that approved its removals.
func (h *Harvester) difference(ctx context.Context, runID string, read func(r reader, seq uint64) error) error {
	rep, err := h.RunByID(ctx, runID)
	if err != nil {
		return err
	}
	own, err := h.commitOf(ctx, runID)
	if err != nil {
		return fmt.Errorf("difference: %w", err)
	}
	commits := []uint64{own}
	if rep.Removed > 0 {
		after, err := h.laterThan(ctx, runID, own)
		if err != nil {
			return fmt.Errorf("difference of %s: %w", runID, err)
		}
		commits = append(commits, after.approvals...)
	}
	sn, err := h.store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	for _, seq := range commits {
		if err := read(reader{sn}, seq); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return fmt.Errorf("difference of %s: %w", runID, err)
		}
	}
	return nil
}

// ChangesOf yields what a run did to each record, read from the difference.
func (h *Harvester) ChangesOf(ctx context.Context, runID string) iter.Seq2[RecordChange, error] {
	return func(yield func(RecordChange, error) bool) {
		err := h.difference(ctx, runID, func(r reader, seq uint64) error {
			o := outline{h: h, r: r, seq: seq, title: map[store.ID]store.ID{}, before: map[store.ID]bool{}, revived: map[store.ID]bool{}, renamed: map[string]string{}, left: map[string]bool{}}
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
	is      struct{ title, digest, missing, gone, replaced store.ID } // properties
	title   map[store.ID]store.ID                                     // by subject
	before  map[store.ID]bool                                         // records that had a digest
	revived map[store.ID]bool                                         // records that were tombstones
	renamed map[string]string                                         // old dataset by new dataset
	left    map[string]bool                                           // old datasets
}

func (o *outline) read(ctx context.Context) (err error) {
	for iri, id := range map[string]*store.ID{vocab.DCTTitle: &o.is.title, vocab.FincatDigest: &o.is.digest,
		vocab.FincatMissingRuns: &o.is.missing, vocab.PROVInvalidatedAtTime: &o.is.gone, vocab.DCTIsReplacedBy: &o.is.replaced} {
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
		case c.P == o.is.replaced && c.Added:
			var t [2]term.Term
			if err := o.r.sn.Terms([]store.ID{c.S, c.O}, t[:]); err != nil {
				return err
			}
			o.renamed[t[1].Value()], o.left[t[0].Value()] = t[0].Value(), true
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
		switch was, renamed := o.renamed[change.Record]; {
		case what == "new" && renamed:
			change.What, change.Was = "renamed", was
		case what == "removed" && o.left[change.Record]:
			continue // shown with its new name
		}
		if change.Title, err = o.titleOf(ctx, change.Record); err != nil {
			return err
		}
		if !yield(change) {
			return errEnough
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
