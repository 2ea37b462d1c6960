package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fincat/store/block"
	"fincat/store/stats"
	"fincat/vocab/term"
)

// Change is what one commit does: first Drop and Replace, then Remove, then Add.
type Change struct {
	Add     []term.Quad
	Remove  []term.Quad
	Replace map[term.Term][]term.Quad // graph → its whole new content; the quads' own graph names are ignored
	Drop    []term.Term               // graphs to empty; the zero Term is the default graph
	Put     map[string][]byte         // named values; nil deletes
	Expect  *uint64                   // the commit fails with ErrConflict unless this is the newest sequence number
	Note    Note                      // kept in the log

	// KeepBlankNodes takes the blank node labels of Add and Replace for the
	// store's own, as they come from a snapshot or a dump. Otherwise they are
	// scoped to the commit and make fresh nodes. Labels in Remove, and those
	// naming graphs, are always the store's own.
	KeepBlankNodes bool
}

// Commit is an entry of the commit log.
type Commit struct {
	Seq            uint64
	Time           time.Time
	Added, Removed uint64      // quads that came and went in fact
	Graphs         []term.Term // when more than 10,000 were changed, only the log lists them
	Note           Note
}

// Commit applies c as one atomic, durable step. When it changes nothing, and
// has neither values nor a note that says more than its author, no log entry is
// made and the newest commit is returned with no graphs and zero counts.
func (s *Store) Commit(ctx context.Context, c Change) (Commit, error) {
	tx, err := s.Begin(ctx)
	if err != nil {
		return Commit{}, err
	}
	defer tx.Rollback()
	tx.expect, tx.in.Keep = c.Expect, c.KeepBlankNodes
	tx.Note(c.Note)
	if err := tx.change(ctx, c); err != nil {
		return Commit{}, fmt.Errorf("commit: %w", err)
	}
	return tx.Commit(ctx)
}

func (tx *Tx) change(ctx context.Context, c Change) error {
	for _, g := range c.Drop {
		if err := tx.DropGraph(g); err != nil {
			return err
		}
	}
	graphs := slices.SortedFunc(maps.Keys(c.Replace), term.Compare)
	for _, g := range graphs {
		if err := tx.ReplaceGraph(ctx, g, c.Replace[g]); err != nil {
			return err
		}
	}
	if err := tx.Remove(ctx, c.Remove...); err != nil {
		return err
	}
	if err := tx.Add(ctx, c.Add...); err != nil {
		return err
	}
	for k, v := range c.Put {
		if err := tx.Put(k, v); err != nil {
			return err
		}
	}
	return nil
}

// effects works out what candidate changes, sorted and with one per quad, do to
// the newest state: those that have an effect, and the change in statistics.
func effects(ctx context.Context, sn *Snapshot, candidates []block.Change) ([]block.Change, *stats.Delta, error) {
	d := stats.NewDelta()
	out := candidates[:0:0]
	sc := sn.cursor(SPOG, block.Key{}, 0, 15, true)
	defer sc.Close()
	for i := 0; i < len(candidates); {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		j := i + 1
		for j < len(candidates) && candidates[j].Key[0] == candidates[i].Key[0] {
			j++
		}
		n := len(out)
		before, after, err := subjectEffects(sc, candidates[i:j], &out)
		if err != nil {
			return nil, nil, err
		}
		if len(out) > n {
			d.Subject(before, after)
		}
		i = j
	}
	if err := objectEffects(ctx, sn, out, d); err != nil {
		return nil, nil, err
	}
	return out, d, graphEffects(sn, out, d)
}

// subjectEffects goes through one subject's quads and its candidate changes
// together, and appends the effective ones to out.
func subjectEffects(
	sc *block.Cursor,
	candidates []block.Change,
	out *[]block.Change,
) (before, after []stats.PredicateCount, err error) {
	s := candidates[0].Key[0]
	if err := sc.Seek(block.Key{s}); err != nil {
		return nil, nil, err
	}
	var old, now stats.Tally
	for {
		k, ok, err := sc.Peek()
		if err != nil {
			return nil, nil, err
		}
		stored := ok && k[0] == s
		if !stored && len(candidates) == 0 {
			return old, now.Positive(), nil
		}
		if stored && (len(candidates) == 0 || k.Less(&candidates[0].Key)) {
			old.Add(k[1], 1)
			now.Add(k[1], 1)
			sc.At++
			continue
		}
		c := candidates[0]
		candidates = candidates[1:]
		if present := stored && k == c.Key; present {
			old.Add(k[1], 1)
			sc.At++
			if c.Add {
				now.Add(k[1], 1)
			} else {
				now.Add(k[1], 0)
				*out = append(*out, c)
			}
		} else if c.Add {
			now.Add(c.Key[1], 1)
			*out = append(*out, c)
		}
	}
}

// objectEffects counts for each predicate how many distinct objects effective
// changes bring or take away, and how many in all.
func objectEffects(ctx context.Context, sn *Snapshot, changes []block.Change, d *stats.Delta) error {
	byObject := block.SortedChanges(changes, POSG)
	var objects []ID
	for i := 0; i < len(byObject); {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, o := byObject[i].Key[0], byObject[i].Key[1]
		net := int64(0)
		for ; i < len(byObject) && byObject[i].Key[0] == p && byObject[i].Key[1] == o; i++ {
			net += int64(byObject[i].Sign())
		}
		cross, err := crossingOf(sn, o, Pattern{P: p, O: o}, net)
		if err != nil {
			return err
		}
		if cross != 0 {
			d.AddPredicate(p, stats.PredicateChange{Objects: cross})
			objects = append(objects, o)
		}
	}
	slices.Sort(objects)
	byObject = block.SortedChanges(changes, OSPG)
	for _, o := range slices.Compact(objects) {
		lo, hi := block.Key{o}.Bounds(1)
		cross, err := crossingOf(sn, o, Pattern{O: o}, block.RangeSum(byObject, &lo, &hi))
		if err != nil {
			return err
		}
		d.Objects += cross
	}
	return nil
}

// crossingOf is crossing, without a look where id, a term of the pattern, is
// newer than every commit.
func crossingOf(sn *Snapshot, id ID, p Pattern, net int64) (int64, error) {
	if t := id.Tag(); net > 0 && sn.fresh[t] != 0 && id.Payload() >= sn.fresh[t] {
		return 1, nil
	}
	return crossing(sn, p, net)
}

// crossing returns 1 when net more quads bring a pattern from none to some, -1
// the other way round, 0 otherwise.
func crossing(sn *Snapshot, p Pattern, net int64) (int64, error) {
	if net == 0 {
		return 0, nil
	}
	n, _, err := sn.Count(p)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 1, nil
	case int64(n)+net == 0:
		return -1, nil
	case int64(n)+net < 0:
		return 0, block.Corrupt("more quads removed than there were")
	}
	return 0, nil
}

// graphEffects counts the graphs that effective changes bring or take away.
func graphEffects(sn *Snapshot, changes []block.Change, d *stats.Delta) error {
	for g, net := range byGraph(changes) {
		cross, err := crossingOf(sn, g, Pattern{G: g}, net)
		if err != nil {
			return err
		}
		d.Graphs += cross
	}
	return nil
}

// byGraph sums changes up by graph.
func byGraph(changes []block.Change) map[ID]int64 {
	m := make(map[ID]int64)
	for i := range changes {
		m[changes[i].Key[3]] += int64(changes[i].Sign())
	}
	return m
}
