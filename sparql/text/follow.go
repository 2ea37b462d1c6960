package text

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/zeebo/xxh3"

	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/term"
)

// batchLiterals and batchBytes bound what one write to the index holds.
const (
	batchLiterals = 2000
	batchBytes    = 4 << 20
)

// manyGraphs is how many changed graphs make one pass over all literals
// cheaper than a pass over each graph.
const manyGraphs = 5000

// minGarbage is how many literals must have come since the last full pass
// before the index is built anew, to be rid of literals no longer used.
const minGarbage = 100_000

// reach brings the index up to commit seq, or does nothing when it is there.
// One caller works, the others wait for it.
func (x *Index) reach(ctx context.Context, seq uint64) error {
	if x.Seq() >= seq {
		return nil
	}
	select {
	case x.follow <- struct{}{}:
		defer func() { <-x.follow }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if x.Seq() >= seq {
		return nil
	}
	sn, err := x.o.Store.Snapshot()
	if err != nil {
		return fmt.Errorf("text index: %w", err)
	}
	defer sn.Close()
	return x.catchUp(ctx, sn)
}

// catchUp indexes what the commits up to the snapshot have brought. Literals
// that went out of use stay until the next pass over everything.
func (x *Index) catchUp(ctx context.Context, sn *store.Snapshot) error {
	graphs, all, err := x.changed(ctx, sn)
	if err != nil {
		return fmt.Errorf("text index: read the commit log: %w", err)
	}
	if x.cursor > 0 && x.added > max(minGarbage, x.full) {
		all = true
		x.mu.Lock()
		err := x.clear()
		x.mu.Unlock()
		if err != nil {
			return err
		}
	}
	w := &writer{x: x, sn: sn, fresh: x.full+x.added == 0}
	if all {
		err = w.scan(ctx, store.Pattern{}, store.OSPG)
	}
	for _, g := range graphs {
		if err != nil || all {
			break
		}
		err = w.scan(ctx, store.Pattern{G: g}, store.GOSP)
	}
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return fmt.Errorf("text index: %w", err)
	}
	return x.advance(sn.Seq(), w.count, all)
}

func (x *Index) advance(seq, count uint64, all bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.index == nil {
		return bleve.ErrorIndexClosed
	}
	x.cursor = seq
	x.added += count
	if all {
		x.full, x.added = x.full+x.added, 0
	}
	return x.writeState()
}

// changed returns the graphs that the commits after the cursor changed, or all
// when everything is to be read.
func (x *Index) changed(ctx context.Context, sn *store.Snapshot) (ids []store.ID, all bool, err error) {
	if x.cursor == 0 || x.cursor > sn.Seq() {
		return nil, true, nil
	}
	seen := map[term.Term]bool{}
	next := x.cursor + 1
	for c, err := range x.o.Store.Log(ctx, x.cursor) {
		if err != nil {
			return nil, false, err
		}
		if c.Seq > sn.Seq() {
			break
		}
		if c.Seq != next || len(seen) > manyGraphs { // the log no longer reaches back, or too many
			return nil, true, nil
		}
		next++
		for _, g := range c.Graphs {
			if seen[g] {
				continue
			}
			seen[g] = true
			id, ok, err := graphID(sn, g)
			if err != nil {
				return nil, false, err
			}
			if ok {
				ids = append(ids, id)
			}
		}
	}
	return ids, next <= sn.Seq(), nil
}

func graphID(sn *store.Snapshot, g term.Term) (store.ID, bool, error) {
	if g.IsZero() {
		return store.DefaultGraph, true, nil
	}
	return sn.Lookup(g)
}

// A writer collects the literals of a pass and writes them in batches.
type writer struct {
	x     *Index
	sn    *store.Snapshot
	fresh bool // the index is empty: nothing can be there already
	last  store.ID
	ids   []store.ID
	count uint64
}

// scan indexes the literals that quads matching p have as object; the order
// must bring equal objects together.
func (w *writer) scan(ctx context.Context, p store.Pattern, o store.Order) error {
	sc, err := w.sn.Scan(p, store.ScanOptions{Order: o, Columns: store.ColumnO})
	if err != nil {
		return err
	}
	defer sc.Close()
	var b store.Batch
	for {
		more, err := sc.Next(ctx, &b)
		if err != nil || !more {
			return err
		}
		for _, id := range b.O[:b.N] {
			if id == w.last || id.Kind() != term.Literal {
				continue
			}
			w.last = id
			if w.ids = append(w.ids, id); len(w.ids) < batchLiterals {
				continue
			}
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
}

// flush writes the collected literals that the index lacks.
func (w *writer) flush() error {
	terms := make([]term.Term, len(w.ids))
	if err := w.sn.Terms(w.ids, terms); err != nil {
		return err
	}
	w.ids = w.ids[:0]
	x := w.x
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.index == nil {
		return bleve.ErrorIndexClosed
	}
	known, err := w.known(terms)
	if err != nil {
		return err
	}
	batch, bytes := x.index.NewBatch(), 0
	for _, t := range terms {
		key := documentKey(t)
		if !isText(t) || known[key] {
			continue
		}
		if err := batch.Index(key, document(t)); err != nil {
			return err
		}
		w.count++
		if bytes += len(t.Value()); bytes < batchBytes {
			continue
		}
		if err := x.index.Batch(batch); err != nil {
			return err
		}
		batch.Reset()
		bytes = 0
	}
	return x.index.Batch(batch)
}

// known returns which of the terms the index holds.
func (w *writer) known(terms []term.Term) (map[string]bool, error) {
	if w.fresh {
		return nil, nil
	}
	keys := make([]string, 0, len(terms))
	for _, t := range terms {
		if isText(t) {
			keys = append(keys, documentKey(t))
		}
	}
	r := bleve.NewSearchRequestOptions(bleve.NewDocIDQuery(keys), len(keys), 0, false)
	res, err := w.x.index.Search(r)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(res.Hits))
	for _, h := range res.Hits {
		known[h.ID] = true
	}
	return known, nil
}

// isText reports whether a literal's lexical form is text for people.
func isText(t term.Term) bool {
	switch t.Datatype() {
	case vocab.XSDString, vocab.RDFLangString, vocab.RDFDirLangString:
		return true
	}
	return false
}

// documentKey identifies a literal in the index.
func documentKey(t term.Term) string {
	sum := xxh3.Hash128(t.Append(nil)).Bytes()
	return hex.EncodeToString(sum[:])
}
