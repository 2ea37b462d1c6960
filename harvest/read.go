package harvest

import (
	"context"
	"iter"

	"fincat/store"
	"fincat/vocab/term"
)

// reader reads quads of one snapshot by term.
type reader struct{ sn *store.Snapshot }

// pattern looks up the terms of a pattern; ok is false when nothing can match.
func (r reader) pattern(s, p, o, g term.Term) (pat store.Pattern, ok bool, err error) {
	for _, x := range []struct {
		t  term.Term
		to *store.ID
	}{{s, &pat.S}, {p, &pat.P}, {o, &pat.O}, {g, &pat.G}} {
		if x.t.IsZero() {
			continue
		}
		id, found, err := r.sn.Lookup(x.t)
		if err != nil || !found {
			return pat, false, err
		}
		*x.to = id
	}
	return pat, true, nil
}

// ids yields the quads that match a pattern; zero terms match everything.
func (r reader) ids(ctx context.Context, s, p, o, g term.Term) iter.Seq2[[4]store.ID, error] {
	return func(yield func([4]store.ID, error) bool) {
		pat, ok, err := r.pattern(s, p, o, g)
		if err != nil {
			yield([4]store.ID{}, err)
		}
		if !ok {
			return
		}
		sc, err := r.sn.Scan(pat, store.ScanOptions{Order: store.OrderFor(pat)})
		if err != nil {
			yield([4]store.ID{}, err)
			return
		}
		defer sc.Close()
		var b store.Batch
		for {
			more, err := sc.Next(ctx, &b)
			if err != nil {
				yield([4]store.ID{}, err)
				return
			}
			if !more {
				return
			}
			for i := range b.N {
				if !yield([4]store.ID{b.S[i], b.P[i], b.O[i], b.G[i]}, nil) {
					return
				}
			}
		}
	}
}

// triples returns the content of a graph.
func (r reader) triples(ctx context.Context, graph term.Term) ([]term.Triple, error) {
	var out []term.Triple
	for q, err := range r.ids(ctx, term.Term{}, term.Term{}, term.Term{}, graph) {
		if err != nil {
			return nil, err
		}
		var t [3]term.Term
		if err := r.sn.Terms(q[:3], t[:]); err != nil {
			return nil, err
		}
		out = append(out, term.Triple{Subject: t[0], Predicate: t[1], Object: t[2]})
	}
	return out, nil
}

// value returns an object of a subject's property, the zero Term if there is none.
func (r reader) value(ctx context.Context, s, p string) (term.Term, error) {
	for q, err := range r.ids(ctx, term.NewIRI(s), term.NewIRI(p), term.Term{}, term.Term{}) {
		if err != nil {
			return term.Term{}, err
		}
		return r.sn.Term(q[2])
	}
	return term.Term{}, nil
}
