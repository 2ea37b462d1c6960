package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"fincat/store"
	"fincat/vocab/term"
)

// CommitOf returns the number of the commit in which a run wrote its records.
// The log is searched from its end, because it is the newest runs that are
// asked for.
func (h *History) CommitOf(ctx context.Context, runID string) (uint64, error) {
	newest := h.store.Seq()
	kept := uint64(sort.Search(int(newest), func(after int) bool {
		for _, err := range h.store.Log(ctx, uint64(after)) {
			return !errors.Is(err, store.ErrHistory)
		}
		return true
	}))
	for to, step := newest, uint64(16); to > kept; step *= 2 {
		after := to - min(step, to-kept)
		for c, err := range h.store.Log(ctx, after) {
			if err != nil {
				return 0, err
			}
			if c.Note.Run == runID && c.Note.Step == StepResult {
				return c.Seq, nil
			}
			if c.Seq == to {
				break
			}
		}
		to = after
	}
	return 0, fmt.Errorf("the log does not reach back to run %s", runID)
}

// Later are the commits after that of a run which matter to the undoing of it.
type Later struct {
	Approvals []uint64      // of the run's own removals, oldest first
	Conflict  *store.Commit // the first of others that changed what the run wrote and still holds
}

// LaterThan looks through the log behind a run's own commit.
func (h *History) LaterThan(ctx context.Context, runID string, own uint64) (l Later, err error) {
	wrote, undone := map[term.Term]bool{}, map[uint64]bool{}
	var others []store.Commit
	for c, err := range h.store.Log(ctx, own-1) {
		switch {
		case err != nil:
			return l, err
		case c.Seq == own:
			for _, g := range c.Graphs {
				wrote[g] = !strings.HasPrefix(g.Value(), h.base.RunGraph(""))
			}
		case c.Note.Run == runID && c.Note.Step == StepApprove:
			l.Approvals = append(l.Approvals, c.Seq)
		case c.Note.Undo != 0:
			undone[c.Note.Undo] = true
		case slices.ContainsFunc(c.Graphs, func(g term.Term) bool { return wrote[g] }):
			others = append(others, store.Commit{Seq: c.Seq, Time: c.Time, Note: c.Note})
		}
	}
	for i, c := range others {
		if !undone[c.Seq] {
			l.Conflict = &others[i]
			break
		}
	}
	l.Approvals = slices.DeleteFunc(l.Approvals, func(seq uint64) bool { return undone[seq] })
	return l, nil
}
