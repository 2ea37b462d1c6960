package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

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
	Note    map[string]string         // kept in the log

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
	Note           map[string]string
}

// Commit applies c as one atomic, durable step. When it changes nothing, and
// has neither values nor a note, no log entry is made and the newest commit is
// returned with no graphs and zero counts.
func (s *Store) Commit(ctx context.Context, c Change) (Commit, error) {
	tx, err := s.Begin(ctx)
	if err != nil {
		return Commit{}, err
	}
	defer tx.Rollback()
	tx.expect, tx.note, tx.in.keep = c.Expect, maps.Clone(c.Note), c.KeepBlankNodes
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
func (sn *Snapshot) effects(ctx context.Context, candidates []change) ([]change, *statsDelta, error) {
	d := newStatsDelta()
	out := candidates[:0:0]
	sc := sn.scanKeys(SPOG, key{}, 0, 15, true)
	defer sc.Close()
	for i := 0; i < len(candidates); {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		j := i + 1
		for j < len(candidates) && candidates[j].key[0] == candidates[i].key[0] {
			j++
		}
		n := len(out)
		before, after, err := sc.subjectEffects(candidates[i:j], &out)
		if err != nil {
			return nil, nil, err
		}
		if len(out) > n {
			d.subject(before, after)
		}
		i = j
	}
	if err := sn.objectEffects(ctx, out, d); err != nil {
		return nil, nil, err
	}
	return out, d, sn.graphEffects(out, d)
}

// tally counts quads by predicate, which come in ascending order.
type tally []predicateCount

func (t *tally) add(p ID, n int64) {
	if k := len(*t); k > 0 && (*t)[k-1].p == p {
		(*t)[k-1].n += n
		return
	}
	*t = append(*t, predicateCount{p, n})
}

// positive drops the predicates without quads.
func (t tally) positive() tally {
	return slices.DeleteFunc(t, func(c predicateCount) bool { return c.n == 0 })
}

// subjectEffects goes through one subject's quads and its candidate changes
// together, and appends the effective ones to out.
func (sc *Scan) subjectEffects(candidates []change, out *[]change) (before, after []predicateCount, err error) {
	s := candidates[0].key[0]
	if err := sc.Seek(key{s}); err != nil {
		return nil, nil, err
	}
	var old, now tally
	for {
		k, ok, err := sc.peek()
		if err != nil {
			return nil, nil, err
		}
		stored := ok && k[0] == s
		if !stored && len(candidates) == 0 {
			return old, now.positive(), nil
		}
		if stored && (len(candidates) == 0 || k.less(&candidates[0].key)) {
			old.add(k[1], 1)
			now.add(k[1], 1)
			sc.at++
			continue
		}
		c := candidates[0]
		candidates = candidates[1:]
		if present := stored && k == c.key; present {
			old.add(k[1], 1)
			sc.at++
			if c.add {
				now.add(k[1], 1)
			} else {
				now.add(k[1], 0)
				*out = append(*out, c)
			}
		} else if c.add {
			now.add(c.key[1], 1)
			*out = append(*out, c)
		}
	}
}

// peek returns the next quad without passing it.
func (sc *Scan) peek() (key, bool, error) {
	if sc.at >= sc.n {
		if ok, err := sc.more(); !ok || err != nil {
			return key{}, false, err
		}
	}
	return sc.rows.at(sc.at), true, nil
}

// objectEffects counts for each predicate how many distinct objects effective
// changes bring or take away, and how many in all.
func (sn *Snapshot) objectEffects(ctx context.Context, changes []change, d *statsDelta) error {
	byObject := sortedChanges(changes, POSG)
	var objects []ID
	for i := 0; i < len(byObject); {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, o := byObject[i].key[0], byObject[i].key[1]
		net := int64(0)
		for ; i < len(byObject) && byObject[i].key[0] == p && byObject[i].key[1] == o; i++ {
			net += int64(byObject[i].sign())
		}
		cross, err := sn.crossingOf(o, Pattern{P: p, O: o}, net)
		if err != nil {
			return err
		}
		if cross != 0 {
			d.addPredicate(p, predicateDelta{objects: cross})
			objects = append(objects, o)
		}
	}
	slices.Sort(objects)
	byObject = sortedChanges(changes, OSPG)
	for _, o := range slices.Compact(objects) {
		lo, hi := key{o}.bounds(1)
		cross, err := sn.crossingOf(o, Pattern{O: o}, rangeSum(byObject, &lo, &hi))
		if err != nil {
			return err
		}
		d.objects += cross
	}
	return nil
}

// crossingOf is crossing, without a look where id, a term of the pattern, is
// newer than every commit.
func (sn *Snapshot) crossingOf(id ID, p Pattern, net int64) (int64, error) {
	if t := id.tag(); net > 0 && sn.fresh[t] != 0 && id.payload() >= sn.fresh[t] {
		return 1, nil
	}
	return sn.crossing(p, net)
}

// crossing returns 1 when net more quads bring a pattern from none to some, -1
// the other way round, 0 otherwise.
func (sn *Snapshot) crossing(p Pattern, net int64) (int64, error) {
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
		return 0, corrupt("more quads removed than there were")
	}
	return 0, nil
}

// graphEffects counts the graphs that effective changes bring or take away.
func (sn *Snapshot) graphEffects(changes []change, d *statsDelta) error {
	for g, net := range byGraph(changes) {
		cross, err := sn.crossingOf(g, Pattern{G: g}, net)
		if err != nil {
			return err
		}
		d.graphs += cross
	}
	return nil
}

// byGraph sums changes up by graph.
func byGraph(changes []change) map[ID]int64 {
	m := make(map[ID]int64)
	for i := range changes {
		m[changes[i].key[3]] += int64(changes[i].sign())
	}
	return m
}
