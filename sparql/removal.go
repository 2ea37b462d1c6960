package sparql

import (
	"context"

	"fincat/sparql/algebra"
	"fincat/sparql/exec"
	"fincat/store"
)

// removal removes what the quads of a DELETE template are in solutions, by ID:
// what is not in the store needs no removing, and looking up terms only to find
// their IDs again would take most of the time of a large deletion.
type removal struct {
	tx    *store.Tx
	quads [][4]removed
	batch store.Batch
}

// removed is where a position of a quad comes from: a column of the solutions,
// or, when that is negative, a constant.
type removed struct {
	column int
	id     store.ID
}

// newRemoval returns nil when a template has a triple term, which only a
// solution's terms can make.
func newRemoval(env *exec.Env, tx *store.Tx, t *template, quads []algebra.QuadPattern) (*removal, error) {
	r := &removal{tx: tx}
	for _, q := range quads {
		var from [4]removed
		for i, n := range [4]algebra.Node{q.Subject, q.Predicate, q.Object, q.Graph} {
			switch n := n.(type) {
			case nil:
				from[i] = removed{-1, store.DefaultGraph}
			case algebra.Var:
				from[i].column = t.column[n]
			case algebra.Term:
				id, err := env.ID(n.Term)
				if err != nil {
					return nil, err
				}
				from[i] = removed{-1, id}
			default:
				return nil, nil
			}
		}
		r.quads = append(r.quads, from)
	}
	return r, nil
}

// remove removes the quads of a batch of solutions, without those that have an
// unbound variable.
func (r *removal) remove(ctx context.Context, s exec.IDs) error {
	for _, from := range r.quads {
		b := &r.batch
		b.S, b.P, b.O, b.G, b.N = b.S[:0], b.P[:0], b.O[:0], b.G[:0], 0
		for row := range s.N {
			if q, ok := quadOf(from, s, row); ok {
				b.S, b.P, b.O, b.G = append(b.S, q[0]), append(b.P, q[1]), append(b.O, q[2]), append(b.G, q[3])
				b.N++
			}
		}
		if err := r.tx.RemoveBatch(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func quadOf(from [4]removed, s exec.IDs, row int) (q [4]store.ID, ok bool) {
	for i, f := range from {
		q[i] = f.id
		if f.column >= 0 {
			if s.Columns[f.column] == nil {
				return q, false
			}
			q[i] = s.Columns[f.column][row]
		}
		if q[i] == store.Any || q[i] >= store.FirstLocal {
			return q, false
		}
	}
	return q, true
}
