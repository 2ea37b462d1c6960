package harvest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/history"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// A source that gives a dataset another identifier shows a record that is new,
// and no longer shows one with the same content. Where exactly one new record
// and exactly one missing record of a complete run have the same content, that
// is a rename: the old record becomes a tombstone at once, which says by what
// the dataset is replaced (dct:isReplacedBy), so that its IRI leads on; the new
// one keeps the date on which the old one was first seen. Nothing is lost, so
// that renames do not count as removals. All else stays removal and addition.

// renames are the records that came in a run, by their content without the
// identifier.
type renames struct {
	came map[digest][]newcomer // two of each at most: more are as ambiguous
}

type newcomer struct {
	record, title string
	revived       bool // it was a tombstone
}

// arrived notes a record that the catalogue did not have. Nothing can have been
// renamed in a source of which nothing was known.
func (r *run) arrived(record, title string, revived bool, content []term.Triple) {
	if r.expected == 0 || r.session.Found.Partial {
		return
	}
	d, ok := likenessOf(content, sibling(r.h.base, record, "dataset"), sibling(r.h.base, record, "distribution"),
		r.kind.Volatile)
	if !ok {
		return
	}
	if r.renames.came == nil {
		r.renames.came = map[digest][]newcomer{}
	}
	if c := r.renames.came[d]; len(c) < 2 {
		r.renames.came[d] = append(c, newcomer{record, title, revived})
	}
}

// unlike names what a rename changes: identifiers and names, pages that are addressed
// by it, and the dates of the record.
var unlike = []string{vocab.DCTIdentifier, vocab.SKOSNotation, vocab.OWLSameAs, vocab.DCTReplaces,
	vocab.DCTIsReplacedBy, vocab.DCATLandingPage, vocab.DCTIssued, vocab.DCTModified}

// likenessOf returns a hash of a dataset's content that does not depend on its
// identifier. It is not ok when there is too little to tell datasets apart: no
// address of any data.
func likenessOf(content []term.Triple, dataset, distribution string, volatile []string) (sum digest, ok bool) {
	var names []string // by which the source calls the dataset and its distributions
	for _, t := range content {
		if t.Predicate.Value() == vocab.OWLSameAs {
			names = append(names, t.Object.Value())
		}
	}
	neutral := func(t term.Term) term.Term {
		if v := t.Value(); t.IsIRI() {
			if rest, is := strings.CutPrefix(v, dataset); is {
				return term.NewIRI("dataset:" + rest)
			}
			if strings.HasPrefix(v, distribution+"/") { // the rest may be made of the source's identifier
				return term.NewIRI("distribution:")
			}
			for _, own := range names {
				if rest, is := strings.CutPrefix(v, own); is && (rest == "" || rest[0] == '#') {
					return term.NewIRI("same:" + rest)
				}
			}
		}
		return t
	}
	kept := map[term.Term]bool{} // another catalogue's record of the dataset, and pages addressed by its identifier
	for _, t := range content {
		switch t.Predicate.Value() {
		case vocab.FOAFPrimaryTopic:
			kept[t.Subject] = true
		case vocab.DCATLandingPage:
			kept[t.Object] = true
		}
	}
	var all xxh3.Uint128
	buf := make([]byte, 0, 512)
	for _, t := range content {
		p := t.Predicate.Value()
		if slices.Contains(unlike, p) || slices.Contains(volatile, p) || kept[t.Subject] {
			continue
		}
		ok = ok || p == vocab.DCATAccessURL || p == vocab.DCATDownloadURL
		t.Subject, t.Object = neutral(t.Subject), neutral(t.Object)
		buf = t.In(term.Term{}).Append(buf[:0])
		h := xxh3.Hash128(buf) // the sum does not depend on the order
		all.Hi, all.Lo = all.Hi+h.Hi, all.Lo+h.Lo
	}
	return all.Bytes(), ok
}

// settleRenames finds the renames of a complete run.
func (r *run) settleRenames(ctx context.Context) error {
	if len(r.renames.came) == 0 {
		return nil
	}
	went := map[digest][]*known{}
	for k := range r.known.all {
		if k.seen || k.removed {
			continue
		}
		d, ok, err := r.contentBefore(ctx, k)
		if err != nil {
			return err
		}
		if ok && len(r.renames.came[d]) > 0 {
			went[d] = append(went[d], k)
		}
	}
	for d, gone := range went {
		if came := r.renames.came[d]; len(came) == 1 && len(gone) == 1 {
			if err := r.rename(ctx, gone[0], came[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

// contentBefore returns the content of a record as the catalogue has it.
func (r *run) contentBefore(ctx context.Context, k *known) (d digest, ok bool, err error) {
	record, err := r.h.recordOf(k)
	if err != nil {
		return d, false, err
	}
	sn, err := r.h.store.Snapshot()
	if err != nil {
		return d, false, err
	}
	defer sn.Close()
	content, err := reader{sn}.triples(ctx, term.NewIRI(sibling(r.h.base, record, "graph")))
	if err != nil {
		return d, false, fmt.Errorf("read record %s: %w", record, err)
	}
	ours := []string{record, r.h.base.SourceCatalog(r.cfg.ID)} // said by the harvest, not by the source
	content = slices.DeleteFunc(content, func(t term.Triple) bool { return slices.Contains(ours, t.Subject.Value()) })
	d, ok = likenessOf(content, sibling(r.h.base, record, "dataset"), sibling(r.h.base, record, "distribution"),
		r.kind.Volatile)
	return d, ok, nil
}

// rename makes the old record a tombstone that leads to the new one.
func (r *run) rename(ctx context.Context, old *known, to newcomer) error {
	record, err := r.h.recordOf(old)
	if err != nil {
		return err
	}
	old.removed = true
	r.report.New--
	r.report.Renamed++
	was, is := sibling(r.h.base, record, "dataset"), sibling(r.h.base, to.record, "dataset")
	r.tell(history.RecordChange{Record: is, What: "renamed", Title: to.title, Was: was})
	if r.o.DryRun {
		return nil
	}
	first, _, err := r.h.recordDates(ctx, record)
	if err != nil {
		return err
	}
	if err := r.h.tombstone(ctx, r.tx, record, r.report); err != nil {
		return err
	}
	links := inGraph([]term.Triple{link(was, vocab.DCTIsReplacedBy, is), link(is, vocab.DCTReplaces, was)})
	for i := range links {
		links[i].Graph = term.NewIRI(sibling(r.h.base, record, "graph"))
	}
	if err := r.tx.Add(ctx, links...); err != nil || first.IsZero() || to.revived {
		return err
	}
	issued := func(t term.Term) term.Quad {
		return triple(to.record, vocab.DCTIssued, t).In(term.NewIRI(sibling(r.h.base, to.record, "graph")))
	}
	// The new record was written as one that is seen first in this run.
	if err := r.tx.Remove(ctx, issued(dcat.Time(r.report.Start))); err != nil {
		return err
	}
	return r.tx.Add(ctx, issued(first))
}
