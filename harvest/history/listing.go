package history

import (
	"context"
	"fmt"

	"github.com/zeebo/xxh3"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Listing remembers, from run to run, which date a source's list of pages gave
// each page. A page is then asked for when it is new or when its date differs
// from the one before, whatever these dates are. The statements stand in one
// graph of the source, so that undoing a run undoes them too.
type Listing struct {
	ctx    context.Context
	sn     *store.Snapshot
	tx     *store.Tx // nil: nothing is written
	graph  term.Term
	p      term.Term
	listed map[uint64]bool // addresses of this run, by hash
}

// Listing returns the memory of a source's list. Without a transaction it is
// only read. It has to be closed.
func (h *History) Listing(ctx context.Context, sourceID string, tx *store.Tx) (*Listing, error) {
	sn, err := h.store.Snapshot()
	if err != nil {
		return nil, err
	}
	return &Listing{ctx: ctx, sn: sn, tx: tx, graph: term.NewIRI(h.base.Graph("pages", sourceID)),
		p: term.NewIRI(vocab.FincatListedAs), listed: map[uint64]bool{}}, nil
}

// Close lets go of the store.
func (l *Listing) Close() { l.sn.Close() }

// Was returns the date that the list gave a page before.
func (l *Listing) Was(page string) (date string, ok bool, err error) {
	if page, ok = dcat.EncodeIRI(page); !ok {
		return "", false, nil
	}
	quads, err := quadsOf(l.ctx, l.sn, term.NewIRI(page), l.graph)
	if err != nil || len(quads) == 0 {
		return "", false, err
	}
	return quads[0].Object.Value(), true, nil
}

// Note remembers the date that the list gives a page now.
func (l *Listing) Note(page, date string) error {
	page, ok := dcat.EncodeIRI(page)
	if !ok {
		return nil // it is asked for each time
	}
	key := xxh3.HashString(page)
	if l.listed[key] {
		return nil
	}
	l.listed[key] = true
	was, ok, err := l.Was(page)
	if err != nil || l.tx == nil || ok && was == date {
		return err
	}
	if ok {
		if err := l.tx.Remove(l.ctx, l.quad(page, was)); err != nil {
			return fmt.Errorf("forget page %s: %w", page, err)
		}
	}
	return l.tx.Add(l.ctx, l.quad(page, date))
}

func (l *Listing) quad(page, date string) term.Quad {
	return term.Quad{Subject: term.NewIRI(page), Predicate: l.p, Object: term.NewString(date), Graph: l.graph}
}

// Settle forgets the pages that a run which read the whole list did not find.
func (l *Listing) Settle() error {
	if l.tx == nil {
		return nil
	}
	return eachObject(l.ctx, l.sn, vocab.FincatListedAs, l.graph, func(s, o store.ID) error {
		var t [2]term.Term
		if err := l.sn.Terms([]store.ID{s, o}, t[:]); err != nil {
			return err
		}
		if l.listed[xxh3.HashString(t[0].Value())] {
			return nil
		}
		return l.tx.Remove(l.ctx, l.quad(t[0].Value(), t[1].Value()))
	})
}
