package harvest

import (
	"context"
	"iter"

	"fincat/store"
	"fincat/vocab/term"
)

// reader reads quads of one snapshot by term.
type reader struct{ sn *store.Snapshot }

// ids yields the quads that match a pattern; zero terms match everything.
func (r reader) ids(ctx context.Context, s, p, o, g term.Term) iter.Seq2[[4]store.ID, error] {
	return func(yield func([4]store.ID, error) bool) {
		pat, ok, err := r.sn.PatternOf(s, p, o, g)
		if err != nil {
			yield([4]store.ID{}, err)
			return
		}
		if !ok {
			return
		}
		for b, err := range r.sn.Batches(ctx, pat, store.ScanOptions{Order: store.OrderFor(pat)}) {
			if err != nil {
				yield([4]store.ID{}, err)
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
	pat, ok, err := r.sn.PatternOf(term.Term{}, term.Term{}, term.Term{}, graph)
	if err != nil || !ok {
		return nil, err
	}
	var out []term.Triple
	for q, err := range r.sn.Match(ctx, pat, store.OrderFor(pat)) {
		if err != nil {
			return nil, err
		}
		out = append(out, term.Triple{Subject: q.Subject, Predicate: q.Predicate, Object: q.Object})
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
