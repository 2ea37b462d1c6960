package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"fincat/vocab/term"
)

// Earlier states are the newest state with the changes of the commits since
// turned round. What is kept of the past is therefore only the log.

// maxLookBack bounds the changed quads between now and an earlier state, which
// are held in memory.
const maxLookBack = 20_000_000

// lookBack is a run whose orders are sorted when they are first asked for.
type lookBack struct {
	changes []change // in SPOG
	stats   *statsDelta
	once    [orders]sync.Once
	by      [orders][]change
}

func (l *lookBack) in(o Order) []change {
	l.once[o].Do(func() { l.by[o] = sortedChanges(l.changes, o) })
	return l.by[o]
}

// SnapshotAt returns the state as of an earlier commit, as far back as the log
// is kept (Options.History) and holds the changes: bulk loads do not log theirs.
func (s *Store) SnapshotAt(seq uint64) (*Snapshot, error) {
	sn, err := s.Snapshot()
	if err != nil || sn.Seq() == seq {
		return sn, err
	}
	if err := sn.lookBack(context.Background(), seq); err != nil {
		sn.Close()
		return nil, fmt.Errorf("snapshot at commit %d: %w", seq, err)
	}
	return sn, nil
}

// SnapshotAtTime returns the state as of a time.
func (s *Store) SnapshotAtTime(t time.Time) (*Snapshot, error) {
	seq := s.history.at(t)
	if newest := s.Seq(); seq == 0 && newest > 0 && s.history.oldest(newest) > 1 {
		return nil, fmt.Errorf("snapshot at %s: %w", t.Format(time.RFC3339), ErrHistory)
	}
	return s.SnapshotAt(seq)
}

// lookBack turns sn into the state as of seq.
func (sn *Snapshot) lookBack(ctx context.Context, seq uint64) error {
	if seq > sn.v.seq {
		return fmt.Errorf("the newest commit is %d", sn.v.seq)
	}
	all, stats, err := sn.net(ctx, seq, sn.v.seq, nil)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].add = !all[i].add
	}
	v := *sn.v
	v.seq, v.time = seq, time.Unix(0, 0).UTC()
	if seq > 0 {
		h, err := sn.header(seq)
		if err != nil {
			return err
		}
		v.time = h.time
	}
	v.extra, v.stats = &lookBack{changes: all, stats: stats.negated()}, &lazyStats{}
	sn.v = &v
	return nil
}

// net returns the changes between two commits in SPOG, without those that
// cancelled out, and the change of the statistics; only those of the given
// graphs when there are some.
func (sn *Snapshot) net(ctx context.Context, from, to uint64, graphs map[ID]bool) ([]change, *statsDelta, error) {
	var all []change
	stats := newStatsDelta()
	for seq := from + 1; seq <= to; seq++ {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		h, err := sn.header(seq)
		if err != nil {
			return nil, nil, err
		}
		if h.added+h.removed > 0 && h.parts == 0 {
			return nil, nil, fmt.Errorf("commit %d was a bulk load: %w", seq, ErrHistory)
		}
		stats.addAll(h.stats)
		for cs, err := range sn.changes(h) {
			if err != nil {
				return nil, nil, err
			}
			for _, c := range cs {
				if graphs == nil || graphs[c.key[3]] {
					all = append(all, c)
				}
			}
		}
		if len(all) > maxLookBack {
			return nil, nil, fmt.Errorf("more than %d changed quads since: %w", maxLookBack, ErrHistory)
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return compareKeys(a.key, b.key) })
	return cancel(all), stats, nil
}

// cancel leaves of sorted changes one for each quad whose signs do not cancel.
func cancel(cs []change) []change {
	out := cs[:0]
	for i := 0; i < len(cs); {
		sum, j := int32(0), i
		for ; j < len(cs) && cs[j].key == cs[i].key; j++ {
			sum += cs[j].sign()
		}
		if sum != 0 {
			out = append(out, change{key: cs[i].key, add: sum > 0})
		}
		i = j
	}
	return out
}

// Difference is what leads from one state to another.
type Difference struct {
	Added, Removed []term.Quad // sorted
}

// Diff returns what changed between two commits, in the given graphs or in all
// when none is given; the zero Term is the default graph. It may lead backwards.
func (s *Store) Diff(ctx context.Context, from, to uint64, graphs ...term.Term) (d Difference, err error) {
	if from > to {
		d, err = s.Diff(ctx, to, from, graphs...)
		d.Added, d.Removed = d.Removed, d.Added
		return d, err
	}
	sn, err := s.Snapshot()
	if err != nil {
		return d, err
	}
	defer sn.Close()
	if to > sn.Seq() {
		return d, fmt.Errorf("difference up to commit %d: the newest is %d", to, sn.Seq())
	}
	var only map[ID]bool
	if len(graphs) > 0 {
		only = make(map[ID]bool)
	}
	for _, g := range graphs {
		id, ok, err := sn.Lookup(g)
		if err != nil {
			return d, err
		}
		only[id] = ok
	}
	changes, _, err := sn.net(ctx, from, to, only)
	if err != nil {
		return d, fmt.Errorf("difference of commits %d and %d: %w", from, to, err)
	}
	for i := range changes {
		q, err := sn.quad(changes[i].key)
		if err != nil {
			return d, err
		}
		if changes[i].add {
			d.Added = append(d.Added, q)
		} else {
			d.Removed = append(d.Removed, q)
		}
	}
	slices.SortFunc(d.Added, term.CompareQuads)
	slices.SortFunc(d.Removed, term.CompareQuads)
	return d, nil
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
				if !yield(Changed{c.key[0], c.key[1], c.key[2], c.key[3], c.add}, nil) {
					return
				}
			}
		}
	}
}

// logged yields the changed quads of a commit, sorted in SPOG.
func (sn *Snapshot) logged(ctx context.Context, seq uint64) iter.Seq2[[]change, error] {
	return func(yield func([]change, error) bool) {
		h, err := sn.header(seq)
		if err == nil && h.added+h.removed > 0 && h.parts == 0 {
			err = fmt.Errorf("it was a bulk load: %w", ErrHistory)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for cs, err := range sn.changes(h) {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(cs, err) || err != nil {
				return
			}
		}
	}
}

// quad returns the terms of a key in SPOG.
func (sn *Snapshot) quad(k key) (term.Quad, error) {
	var t [4]term.Term
	if err := sn.Terms(k[:], t[:]); err != nil {
		return term.Quad{}, err
	}
	return term.Quad{Subject: t[0], Predicate: t[1], Object: t[2], Graph: t[3]}, nil
}

// Quads returns the quads of a batch that has all four columns.
func (sn *Snapshot) Quads(b *Batch, out []term.Quad) ([]term.Quad, error) {
	for i := range b.N {
		q, err := sn.quad(key{b.S[i], b.P[i], b.O[i], b.G[i]})
		if err != nil {
			return out, err
		}
		out = append(out, q)
	}
	return out, nil
}

// Undo takes a commit back as a new commit: what it added is removed where it
// is still there, what it removed is added again. Named values stay. The new
// commit's note has the number under "undo".
func (s *Store) Undo(ctx context.Context, seq uint64) (Commit, error) {
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
	tx.Note("undo", strconv.FormatUint(seq, 10))
	for cs, err := range sn.logged(ctx, seq) {
		if err != nil {
			return Commit{}, fmt.Errorf("undo commit %d: %w", seq, err)
		}
		for _, c := range cs {
			kind := opAdd
			if c.add {
				kind = opRemove
			}
			if err := tx.op(c.key, kind); err != nil {
				return Commit{}, fmt.Errorf("undo commit %d: %w", seq, err)
			}
		}
	}
	return tx.Commit(ctx)
}
