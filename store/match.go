package store

import (
	"context"
	"iter"
	"slices"

	"fincat/vocab/term"
)

// PatternOf looks up the terms of a pattern; zero terms match everything. ok is
// false when a term is not in the store, so that nothing can match. The default
// graph has no name: set G to [DefaultGraph] for it.
func (sn *Snapshot) PatternOf(s, p, o, g term.Term) (pat Pattern, ok bool, err error) {
	for _, x := range []struct {
		t  term.Term
		to *ID
	}{{s, &pat.S}, {p, &pat.P}, {o, &pat.O}, {g, &pat.G}} {
		if x.t.IsZero() {
			continue
		}
		if *x.to, ok, err = sn.Lookup(x.t); err != nil || !ok {
			return Pattern{}, false, err
		}
	}
	return pat, true, nil
}

// Batches yields the quads that match p as [Snapshot.Scan] does, in batches of
// IDs. A batch is valid until the next one. After an error it ends.
func (sn *Snapshot) Batches(ctx context.Context, p Pattern, o ScanOptions) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		sc, err := sn.Scan(p, o)
		if err != nil {
			yield(nil, err)
			return
		}
		defer sc.Close()
		var b Batch
		for {
			more, err := sc.Next(ctx, &b)
			if err != nil {
				yield(nil, err)
				return
			}
			if !more || !yield(&b, nil) {
				return
			}
		}
	}
}

// Match yields the quads that match p as terms, in the sequence of an order.
// After an error it ends.
func (sn *Snapshot) Match(ctx context.Context, p Pattern, o Order) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		var t [4][]term.Term
		for b, err := range sn.Batches(ctx, p, ScanOptions{Order: o}) {
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			for i, ids := range [4][]ID{b.S, b.P, b.O, b.G} {
				t[i] = slices.Grow(t[i][:0], b.N)[:b.N]
				if err := sn.Terms(ids[:b.N], t[i]); err != nil {
					yield(term.Quad{}, err)
					return
				}
			}
			for i := range b.N {
				q := term.Quad{Subject: t[0][i], Predicate: t[1][i], Object: t[2][i], Graph: t[3][i]}
				if !yield(q, nil) {
					return
				}
			}
		}
	}
}
