package history

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

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
func (h *History) Difference(ctx context.Context, runID string) iter.Seq2[QuadChange, error] {
	return func(yield func(QuadChange, error) bool) {
		err := h.difference(ctx, runID, func(sn *store.Snapshot, seq uint64, _ []uint64) error {
			own, _, err := sn.Lookup(term.NewIRI(h.base.RunGraph(runID)))
			if err != nil {
				return err
			}
			for c, err := range sn.Changes(ctx, seq) {
				if err != nil {
					return err
				}
				if c.G == own {
					continue
				}
				var t [4]term.Term
				if err := sn.Terms([]store.ID{c.S, c.P, c.O, c.G}, t[:]); err != nil {
					return err
				}
				q := term.Quad{Subject: t[0], Predicate: t[1], Object: t[2], Graph: t[3]}
				if !yield(QuadChange{q, c.Added}, nil) {
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
// that approved its removals; later are those that are yet to come.
func (h *History) difference(ctx context.Context, runID string,
	read func(sn *store.Snapshot, seq uint64, later []uint64) error) error {
	rep, err := h.RunByID(ctx, runID)
	if err != nil {
		return err
	}
	own, err := h.CommitOf(ctx, runID)
	if err != nil {
		return fmt.Errorf("difference: %w", err)
	}
	commits := []uint64{own}
	if rep.Removed > 0 {
		after, err := h.LaterThan(ctx, runID, own)
		if err != nil {
			return fmt.Errorf("difference of %s: %w", runID, err)
		}
		commits = append(commits, after.Approvals...)
	}
	sn, err := h.store.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	for i, seq := range commits {
		if err := read(sn, seq, commits[i+1:]); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return fmt.Errorf("difference of %s: %w", runID, err)
		}
	}
	return nil
}

// ChangesOf yields what a run did to each record, read from the difference. A record
// whose removal was approved is removed, and not missing as well.
func (h *History) ChangesOf(ctx context.Context, runID string) iter.Seq2[RecordChange, error] {
	return func(yield func(RecordChange, error) bool) {
		err := h.difference(ctx, runID, func(sn *store.Snapshot, seq uint64, later []uint64) error {
			o := outline{
				h: h, sn: sn, seq: seq,
				title: map[store.ID]store.ID{}, before: map[store.ID]bool{}, revived: map[store.ID]bool{},
				renamed: map[string]string{}, left: map[string]bool{}, approved: map[store.ID]bool{},
			}
			if err := o.read(ctx); err != nil {
				return err
			}
			if err := o.settled(ctx, later); err != nil {
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
	h        *History
	sn       *store.Snapshot
	seq      uint64
	is       struct{ title, digest, missing, gone, replaced store.ID } // properties
	title    map[store.ID]store.ID                                     // by subject
	before   map[store.ID]bool                                         // records that had a digest
	revived  map[store.ID]bool                                         // records that were tombstones
	renamed  map[string]string                                         // old dataset by new dataset
	left     map[string]bool                                           // old datasets
	approved map[store.ID]bool                                         // records that later commits removed
}

// settled notes the records that later commits removed.
func (o *outline) settled(ctx context.Context, later []uint64) error {
	for _, seq := range later {
		for c, err := range o.sn.Changes(ctx, seq) {
			if err != nil {
				return err
			}
			if c.P == o.is.gone && c.Added {
				o.approved[c.S] = true
			}
		}
	}
	return nil
}

func (o *outline) read(ctx context.Context) (err error) {
	for iri, id := range map[string]*store.ID{vocab.DCTTitle: &o.is.title, vocab.FincatDigest: &o.is.digest,
		vocab.FincatMissingRuns: &o.is.missing, vocab.PROVInvalidatedAtTime: &o.is.gone,
		vocab.DCTIsReplacedBy: &o.is.replaced} {
		if *id, _, err = o.sn.Lookup(term.NewIRI(iri)); err != nil {
			return err
		}
	}
	for c, err := range o.sn.Changes(ctx, o.seq) {
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
			if err := o.sn.Terms([]store.ID{c.S, c.O}, t[:]); err != nil {
				return err
			}
			o.renamed[t[1].Value()], o.left[t[0].Value()] = t[0].Value(), true
		}
	}
	return nil
}

// records calls yield for each record until it returns false.
func (o *outline) records(ctx context.Context, yield func(RecordChange) bool) error {
	for c, err := range o.sn.Changes(ctx, o.seq) {
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
		if what == "" || o.approved[c.S] {
			continue
		}
		record, err := o.sn.Term(c.S)
		if err != nil {
			return err
		}
		change := RecordChange{Record: o.h.dataset(record.Value()), What: what}
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
	id, ok, err := o.sn.Lookup(term.NewIRI(dataset))
	if err != nil || !ok {
		return "", err
	}
	var t term.Term
	if title := o.title[id]; title != 0 {
		t, err = o.sn.Term(title)
	} else {
		t, err = o.titleNow(ctx, id)
	}
	return t.Value(), err
}

// titleNow returns the title that a dataset has in the snapshot, the zero Term
// when it has none.
func (o *outline) titleNow(ctx context.Context, dataset store.ID) (term.Term, error) {
	if o.is.title == 0 {
		return term.Term{}, nil // nothing has a title
	}
	pat := store.Pattern{S: dataset, P: o.is.title}
	for q, err := range o.sn.Match(ctx, pat, store.OrderFor(pat)) {
		return q.Object, err
	}
	return term.Term{}, nil
}

// dataset returns the IRI of the dataset that a record describes.
func (h *History) dataset(record string) string {
	return string(h.base) + "dataset/" + strings.TrimPrefix(record, string(h.base)+"record/")
}
