package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"
	"unsafe"

	"fincat/store/block"
	"fincat/store/stats"
)

// Earlier states are the newest state with the changes of the commits since
// turned round. What is kept of the past is therefore only the log.

// maxLookBack bounds the changed quads between now and an earlier state, which
// are held in memory.
const maxLookBack = 20_000_000

// lookBack is a run whose orders are sorted when they are first asked for.
type lookBack struct {
	changes []block.Change // in SPOG
	stats   *stats.Delta
	once    [orders]sync.Once
	by      [orders][]block.Change
}

func (l *lookBack) in(o Order) []block.Change {
	l.once[o].Do(func() { l.by[o] = block.SortedChanges(l.changes, o) })
	return l.by[o]
}

// Budget is the memory that looking back may take. It is asked before memory is taken, for
// each commit anew, and may let others go first.
type Budget interface {
	Grow(bytes int64) error
	Close() // gives all back
}

const changeBytes = int64(unsafe.Sizeof(block.Change{}))

// SnapshotAt returns the state as of an earlier commit, as far back as the log
// is kept (Options.History) and holds the changes: bulk loads do not log theirs.
// Turning the changes since round takes time that grows with them; it stops when
// ctx ends.
func (s *Store) SnapshotAt(ctx context.Context, seq uint64) (*Snapshot, error) {
	return SnapshotWithin(ctx, s, seq, nil)
}

// SnapshotWithin is [Store.SnapshotAt] within a budget; nil is none. The budget is closed
// with the snapshot, and at once when there is an error.
func SnapshotWithin(ctx context.Context, s *Store, seq uint64, b Budget) (*Snapshot, error) {
	sn, err := s.Snapshot()
	if err == nil {
		sn.budget = b
		if sn.Seq() == seq {
			return sn, nil
		}
		if err = sn.lookBack(ctx, seq); err == nil {
			return sn, nil
		}
		sn.Close()
		return nil, fmt.Errorf("snapshot at commit %d: %w", seq, err)
	}
	if b != nil {
		b.Close()
	}
	return nil, err
}

// lookBack turns sn into the state as of seq.
func (sn *Snapshot) lookBack(ctx context.Context, seq uint64) error {
	if seq > sn.v.seq {
		return fmt.Errorf("the newest commit is %d", sn.v.seq)
	}
	all, stats, err := sn.net(ctx, seq, sn.v.seq, nil, sn.budget)
	if err == nil && sn.budget != nil { // each order has a list of its own
		err = sn.budget.Grow(int64(len(all)) * changeBytes * int64(orders))
	}
	if err != nil {
		return err
	}
	for i := range all {
		all[i].Add = !all[i].Add
	}
	v := *sn.v
	v.seq, v.time = seq, time.Unix(0, 0).UTC()
	if seq > 0 {
		h, err := readHeader(sn.txn, seq)
		if err != nil {
			return err
		}
		v.time = h.time
	}
	v.extra, v.stats = &lookBack{changes: all, stats: stats.Negated()}, &lazyStats{}
	sn.v = &v
	return nil
}

// net returns the changes between two commits in SPOG, without those that
// cancelled out, and the change of the statistics; only those of the given
// graphs when there are some.
func (sn *Snapshot) net(
	ctx context.Context,
	from, to uint64,
	graphs map[ID]bool,
	b Budget,
) ([]block.Change, *stats.Delta, error) {
	var all []block.Change
	stats := stats.NewDelta()
	for seq := from + 1; seq <= to; seq++ {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		h, err := readHeader(sn.txn, seq)
		if err != nil {
			return nil, nil, err
		}
		if h.unlogged() {
			return nil, nil, fmt.Errorf("commit %d was a bulk load: %w", seq, ErrHistory)
		}
		stats.AddAll(h.stats)
		if b != nil { // the list grows by copying
			if err := b.Grow(2 * int64(h.added+h.removed) * changeBytes); err != nil {
				return nil, nil, err
			}
		}
		for cs, err := range readChanges(sn.txn, h) {
			if err != nil {
				return nil, nil, err
			}
			for _, c := range cs {
				if graphs == nil || graphs[c.Key[3]] {
					all = append(all, c)
				}
			}
		}
		if len(all) > maxLookBack {
			return nil, nil, fmt.Errorf("more than %d changed quads since: %w", maxLookBack, ErrHistory)
		}
	}
	slices.SortStableFunc(all, func(a, b block.Change) int { return block.CompareKeys(a.Key, b.Key) })
	return block.Cancel(all), stats, nil
}

// Difference yields what changed between two commits, without what cancelled out, sorted by
// subject, predicate, object and graph as IDs; only in the given graphs unless graphs is nil.
// It may lead backwards. The changes between are held in memory, within the budget if
// there is one.
func (sn *Snapshot) Difference(
	ctx context.Context, from, to uint64, graphs map[ID]bool, b Budget,
) iter.Seq2[Changed, error] {
	return func(yield func(Changed, error) bool) {
		first, last := min(from, to), max(from, to)
		var changes []block.Change
		err := ctx.Err()
		if last > sn.Seq() {
			err = fmt.Errorf("the newest is %d", sn.Seq())
		}
		if err == nil {
			changes, _, err = sn.net(ctx, first, last, graphs, b)
		}
		if err != nil {
			yield(Changed{}, fmt.Errorf("difference of commits %d and %d: %w", from, to, err))
			return
		}
		for _, c := range changes {
			if !yield(Changed{c.Key[0], c.Key[1], c.Key[2], c.Key[3], c.Add == (from == first)}, nil) {
				return
			}
		}
	}
}

// Changed is a quad that a commit added or removed.
type Changed struct {
	S, P, O, G ID
	Added      bool
}

// Changes yields what one commit changed, sorted by subject, predicate, object
// and graph as IDs. It is read from the log part by part, so that commits of any
// size can be looked at.
func (sn *Snapshot) Changes(ctx context.Context, seq uint64) iter.Seq2[Changed, error] {
	return func(yield func(Changed, error) bool) {
		for cs, err := range sn.logged(ctx, seq) {
			if err != nil {
				yield(Changed{}, fmt.Errorf("changes of commit %d: %w", seq, err))
				return
			}
			for _, c := range cs {
				if !yield(Changed{c.Key[0], c.Key[1], c.Key[2], c.Key[3], c.Add}, nil) {
					return
				}
			}
		}
	}
}

// Entry returns the log's entry of a commit, its graphs as sorted IDs.
func (sn *Snapshot) Entry(seq uint64) (Commit, []ID, error) {
	h, err := readHeader(sn.txn, seq)
	return Commit{Seq: h.seq, Time: h.time, Added: h.added, Removed: h.removed, Note: h.note}, h.graphs, err
}

// logged yields the changed quads of a commit, sorted in SPOG.
func (sn *Snapshot) logged(ctx context.Context, seq uint64) iter.Seq2[[]block.Change, error] {
	return func(yield func([]block.Change, error) bool) {
		h, err := readHeader(sn.txn, seq)
		if err == nil && h.unlogged() {
			err = fmt.Errorf("it was a bulk load: %w", ErrHistory)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for cs, err := range readChanges(sn.txn, h) {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(cs, err) || err != nil {
				return
			}
		}
	}
}

// Undo takes a commit back as a new commit: what it added is removed where it
// is still there, what it removed is added again. Named values stay. The new
// commit's note names it, and the author of the undoing.
func (s *Store) Undo(ctx context.Context, seq uint64, author string) (Commit, error) {
	sn, err := s.Snapshot()
	if err != nil {
		return Commit{}, err
	}
	defer sn.Close()
	if seq == 0 || seq > sn.Seq() {
		return Commit{}, fmt.Errorf("undo commit %d: there is no such commit", seq)
	}
	tx, err := s.Begin(ctx)
	if err != nil {
		return Commit{}, err
	}
	defer tx.Rollback()
	tx.Note(Note{Author: author, Undo: seq})
	for cs, err := range sn.logged(ctx, seq) {
		if err != nil {
			return Commit{}, fmt.Errorf("undo commit %d: %w", seq, err)
		}
		for _, c := range cs {
			kind := opAdd
			if c.Add {
				kind = opRemove
			}
			if err := tx.op(c.Key, kind); err != nil {
				return Commit{}, fmt.Errorf("undo commit %d: %w", seq, err)
			}
		}
	}
	return tx.Commit(ctx)
}
