package store

import (
	"context"
	"fmt"
	"iter"

	"fincat/vocab/term"
)

// ClassStats counts what is stated to be of one class.
type ClassStats struct {
	Class    ID
	Quads    uint64 // quads that state it
	Subjects uint64 // distinct subjects
}

// GraphStats counts the quads of one graph and their distinct terms.
type GraphStats struct {
	Quads, Subjects, Predicates, Objects uint64
}

// Classes yields the counts of every object of rdf:type, in the order of IDs.
// They are counted when asked for, and exact.
func (sn *Snapshot) Classes(ctx context.Context) iter.Seq2[ClassStats, error] {
	return func(yield func(ClassStats, error) bool) {
		p, ok, err := sn.Lookup(term.NewIRI("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"))
		if err != nil {
			yield(ClassStats{}, err)
			return
		}
		if !ok {
			return
		}
		for class, err := range sn.leading(POSG, key{p}, 1) {
			c := ClassStats{Class: class}
			if err == nil {
				c.Quads, _, err = sn.Count(Pattern{P: p, O: class})
			}
			if err == nil {
				c.Subjects, err = sn.distinct(ctx, POSG, key{p, class}, 2)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// GraphStats counts one graph when asked for, exactly.
func (sn *Snapshot) GraphStats(ctx context.Context, g ID) (st GraphStats, err error) {
	if st.Quads, _, err = sn.Count(Pattern{G: g}); err != nil {
		return st, err
	}
	for _, c := range []struct {
		o Order
		n *uint64
	}{{GSPO, &st.Subjects}, {GPOS, &st.Predicates}, {GOSP, &st.Objects}} {
		if *c.n, err = sn.distinct(ctx, c.o, key{g}, 1); err != nil {
			return st, fmt.Errorf("count graph: %w", err)
		}
	}
	return st, nil
}

// distinct counts the distinct values of position n of an order among the quads
// with a prefix of n positions.
func (sn *Snapshot) distinct(ctx context.Context, o Order, prefix key, n int) (count uint64, err error) {
	sc := sn.scanKeys(o, prefix, n, 1<<n, true)
	defer sc.Close()
	last := ID(0)
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if ok, err := sc.more(); !ok || err != nil {
			return count, err
		}
		for _, id := range sc.rows[n][:sc.n] {
			if id != last {
				count++
				last = id
			}
		}
	}
}
