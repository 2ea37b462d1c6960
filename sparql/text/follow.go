package text

import (
	"context"
	"encoding/hex"

	"github.com/blevesearch/bleve/v2"
	"github.com/zeebo/xxh3"

	"fincat/store"
	"fincat/store/follow"
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

// Name implements [follow.Follower].
func (x *Index) Name() string { return "text-index" }

// Cursor implements [follow.Follower].
func (x *Index) Cursor(context.Context) (store.Cursor, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.state.cursor, nil
}

// Advance implements [follow.Follower]: it indexes what the step's commits have
// brought. Literals that went out of use stay until the next pass over
// everything. An index that holds too many of them is begun anew.
func (x *Index) Advance(ctx context.Context, st *follow.Step) error {
	graphs, all, err := st.Changed(ctx, manyGraphs)
	if err != nil {
		return err
	}
	x.mu.RLock()
	full, added := x.state.full, x.state.added
	x.mu.RUnlock()
	fresh := full+added == 0
	if added > max(minGarbage, full) {
		all = true
		st.Discard()
		if err := x.clear(); err != nil {
			return err
		}
		fresh = true
	}
	w := &writer{x: x, sn: st.Snapshot, fresh: fresh}
	if all {
		err = w.scan(ctx, store.Pattern{}, store.OSPG)
	} else {
		err = w.graphs(ctx, graphs)
	}
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return err
	}
	return x.advance(st.To(), w.count, all)
}

// advance keeps how far the index has come.
func (x *Index) advance(to store.Cursor, count uint64, all bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.index == nil {
		return bleve.ErrorIndexClosed
	}
	next := x.state
	next.cursor = to
	next.added += count
	if all {
		next.full, next.added = next.full+next.added, 0
	}
	if err := x.index.SetInternal(stateKey, next.encode()); err != nil {
		return err
	}
	x.state = next
	return nil
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

// graphs indexes the literals of some graphs.
func (w *writer) graphs(ctx context.Context, names []term.Term) error {
	for _, g := range names {
		p := store.Pattern{G: store.DefaultGraph}
		if !g.IsZero() {
			id, ok, err := w.sn.Lookup(g)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			p.G = id
		}
		if err := w.scan(ctx, p, store.GOSP); err != nil {
			return err
		}
	}
	return nil
}

// scan indexes the literals that quads matching p have as object; the order
// must bring equal objects together.
func (w *writer) scan(ctx context.Context, p store.Pattern, o store.Order) error {
	for b, err := range w.sn.Batches(ctx, p, store.ScanOptions{Order: o, Columns: store.ColumnO}) {
		if err != nil {
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
	return nil
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
		if err := batch.IndexAdvanced(x.document(key, t)); err != nil {
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
