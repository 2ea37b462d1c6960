package follow

import (
	"context"
	"iter"
	"maps"
	"slices"

	"fincat/store"
	"fincat/vocab/term"
)

// A Step leads what a follower derives from one state of the store to a later
// one.
type Step struct {
	Snapshot *store.Snapshot // the state to reach; closed after the step
	From     store.Cursor    // the commit that what is derived reflects
	// Rebuild asks for everything to be derived anew from the snapshot: nothing
	// was derived yet, or the log does not lead from the one state to the other.
	// The result must be the same as if every commit had been followed.
	Rebuild bool

	name    string // of the follower, whose own commits do not count
	discard func()
}

// To returns the cursor after the step.
func (st *Step) To() store.Cursor { return st.Snapshot.Cursor() }

// Discard says that what is derived is thrown away and derived anew in this step.
// From then on [Following.Reach] waits until the step has ended, for whatever
// commit it is asked.
func (st *Step) Discard() { st.discard() }

// Commits yields the commits of the step, oldest first, without those of the
// follower itself. A step that rebuilds has none to offer: the error is
// [ErrHistory].
func (st *Step) Commits(ctx context.Context) iter.Seq2[store.Commit, error] {
	return func(yield func(store.Commit, error) bool) {
		if st.Rebuild {
			yield(store.Commit{}, store.ErrHistory)
			return
		}
		for c, err := range st.Snapshot.Log(ctx, st.From.Seq) {
			if err == nil && c.Note.Follower == st.name {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// Changed returns the graphs that the commits of the step changed, sorted, each
// once; the zero Term is the default graph. Graphs that are gone are among
// them. all is true, and there are no graphs, when the step rebuilds or more
// than limit graphs were changed, so that a pass over everything is wanted.
func (st *Step) Changed(ctx context.Context, limit int) (graphs []term.Term, all bool, err error) {
	if st.Rebuild {
		return nil, true, nil
	}
	seen := map[term.Term]bool{}
	for c, err := range st.Commits(ctx) {
		if err != nil {
			return nil, false, err
		}
		for _, g := range c.Graphs {
			seen[g] = true
		}
		if len(seen) > limit {
			return nil, true, nil
		}
	}
	return slices.SortedFunc(maps.Keys(seen), term.Compare), false, nil
}

// changesAny reports whether a commit of the step changed a graph. A step over
// commits that only keep values or notes needs no follower.
func (st *Step) changesAny(ctx context.Context) (bool, error) {
	for c, err := range st.Commits(ctx) {
		if err != nil {
			return false, err
		}
		if len(c.Graphs) > 0 {
			return true, nil
		}
	}
	return false, nil
}
