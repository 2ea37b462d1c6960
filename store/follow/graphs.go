package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Graphs keeps what a follower derives as graphs of the store itself, and how far it has
// come beside them. A follower that changes nothing makes no commit: it remembers in
// memory how far it came. A follower that embeds Graphs has its name and its cursor from it,
// and begins its Advance with [Graphs.Begin].
type Graphs struct {
	Store    *store.Store
	Base     func() (dcat.Base, error) // of the store's IRIs; "" while nothing was harvested
	Follower string                    // its name
	// Rules is increased when other graphs come of the same statements, so that all are
	// derived anew.
	Rules byte

	mu     sync.Mutex
	passed store.Cursor
}

// Name implements [Follower].
func (g *Graphs) Name() string { return g.Follower }

// manyGraphs is how many changed graphs make a pass over everything cheaper than a look at
// each of them.
const manyGraphs = 4000

// Begin returns the base of the store's IRIs and what [Step.Changed] says. While nothing was
// harvested base is "", and the step is passed already.
func (g *Graphs) Begin(ctx context.Context, st *Step) (base dcat.Base, graphs []term.Term, all bool, err error) {
	if base, err = g.Base(); err != nil {
		return "", nil, false, err
	}
	if base == "" {
		g.Pass(st.To())
		return "", nil, false, nil
	}
	graphs, all, err = st.Changed(ctx, manyGraphs)
	return base, graphs, all, err
}

// key names the value in which the store keeps the rules and the cursor.
func (g *Graphs) key() string { return "fincat/" + g.Follower }

// Cursor implements [Follower]; other rules make the graphs as good as not derived.
func (g *Graphs) Cursor(context.Context) (kept store.Cursor, err error) {
	b, ok, err := g.Store.Get(g.key())
	if err != nil {
		return kept, err
	}
	if ok && len(b) > 0 && b[0] == g.Rules {
		if kept, err = store.ParseCursor(b[1:]); err != nil {
			return kept, fmt.Errorf("the state of the %s: %w", g.Follower, err)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.passed.Seq > kept.Seq {
		return g.passed, nil
	}
	return kept, nil
}

// Write puts the graphs right that are not as wanted, in one commit with the cursor, and
// drops those that are to be empty. Triples are sorted. With all, the cursor is written
// whether or not a graph differs. A store that is open for reading only keeps what it has.
func (g *Graphs) Write(ctx context.Context, sn *store.Snapshot, want map[term.Term][]term.Triple, all bool) error {
	change := store.Change{Replace: map[term.Term][]term.Quad{}, Note: store.Note{Follower: g.Follower}}
	for graph, triples := range want {
		have, err := Triples(ctx, sn, graph)
		switch {
		case err != nil:
			return err
		case slices.Equal(have, triples):
		case len(triples) == 0:
			change.Drop = append(change.Drop, graph)
		default:
			quads := make([]term.Quad, len(triples))
			for i, t := range triples {
				quads[i] = t.In(graph)
			}
			change.Replace[graph] = quads
		}
	}
	if len(change.Replace)+len(change.Drop) > 0 || all {
		slices.SortFunc(change.Drop, term.Compare)
		b, err := sn.Cursor().AppendBinary([]byte{g.Rules})
		if err != nil {
			return err
		}
		change.Put = map[string][]byte{g.key(): b}
		if _, err = g.Store.Commit(ctx, change); err != nil && !errors.Is(err, store.ErrReadOnly) {
			return err
		}
	}
	g.Pass(sn.Cursor())
	return nil
}

// Pass notes that everything up to a commit is derived, or changed nothing that matters.
func (g *Graphs) Pass(to store.Cursor) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passed = to
}

// Beginning returns the names of the graphs that begin with a prefix.
func Beginning(ctx context.Context, sn *store.Snapshot, prefix string) ([]term.Term, error) {
	var out []term.Term
	for id, err := range sn.Graphs() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		t, err := sn.Term(id)
		if err != nil {
			return nil, err
		}
		if len(t.Value()) > len(prefix) && t.Value()[:len(prefix)] == prefix {
			out = append(out, t)
		}
	}
	return out, nil
}
