package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// A large commit does not go through memory: its operations are sorted on
// disk, worked out against the store, and folded order by order into a new
// base, together with what is in memory. The root of that base, written together
// with the log header, is what marks the commit; until then nothing of it can be
// seen, and after a crash its blocks are deleted.

// bulk is a large commit on its way.
type bulk struct {
	s      *Store
	sn     *Snapshot // the state before
	empty  bool      // which has no quads
	w      *batch
	header logHeader
	logged bool // the log gets the changes
	limit  int  // keys a sorter may keep
	nb     *newBase
	table  *loadTable // of a load that numbers its terms itself
	graphs []ID
	report func(Stage, uint64)
	chunks sync.Pool // of *sharedChunk
}

// Stage is a step of a load.
type Stage string

// The steps of a load.
const (
	Reading  Stage = "reading"
	Sorting  Stage = "sorting"
	Indexing Stage = "indexing"
)

// candidateSource gives out sorted candidate changes, one for each quad.
type candidateSource interface {
	// next appends about n candidates to out, none at the end.
	next(out []change, n int) ([]change, error)
	// close frees its memory.
	close()
}

// commitBulk applies sorted operations as one commit. No load is numbering terms
// but the caller's own; source is called when the state before is settled.
func (tx *Tx) commitBulk(ctx context.Context, b *bulk, source func(*Snapshot) (candidateSource, error)) (Commit, error) {
	s := tx.s
	s.folding.Lock()
	defer s.folding.Unlock()
	defer s.dict.filter.Store(nil) // a large commit gathers no more
	if b.table == nil {            // what a load has written must not come into force before its root
		if err := s.foldOnce(ctx); err != nil { // most of the work without holding up commits
			return Commit{}, err
		}
	}
	s.w.Lock()
	defer s.w.Unlock()
	if err := tx.admissible(0); err != nil {
		return Commit{}, err
	}
	if err := s.quiesce(); err != nil {
		return Commit{}, err
	}
	sn := s.latest()
	defer sn.txn.Discard()
	src, err := source(sn)
	if err != nil {
		return Commit{}, err
	}
	b.sn = sn
	b.empty = sn.v.base.index[SPOG].quads() == 0 && runsLen(sn.v.frozen)+runsLen(sn.v.active) == 0
	b.header = logHeader{seq: s.pending.seq + 1, time: s.tick(), note: tx.note, stats: newStatsDelta()}
	b.nb = s.beginBase(b.header.seq, b.header.time, s.pending.base)
	b.w = s.newBatch(b.nb.ts)
	defer b.w.cancel()
	c, err := b.run(ctx, tx, src)
	if err != nil {
		s.orphan(b.nb.start)
		if errors.Is(err, errNothing) {
			return c, nil
		}
		return Commit{}, err
	}
	s.clean(ctx, b.nb)
	return c, nil
}

var errNothing = errors.New("nothing changed")

func (b *bulk) run(ctx context.Context, tx *Tx, src candidateSource) (c Commit, err error) {
	sorters := map[Order]*changeSorter{}
	for _, d := range derivations {
		sorters[d.to] = newChangeSorter(b.s, b.limit)
		defer sorters[d.to].close()
	}
	g, quads := errgroup.WithContext(ctx)
	g.Go(func() error { return b.foldTerms(quads) })
	g.Go(func() error {
		return b.order(quads, SPOG, sorters, func(emit func(*sharedChunk) error) error {
			return b.subjects(quads, src, emit)
		})
	})
	err = g.Wait()
	src.close()
	if err != nil {
		return c, fmt.Errorf("work out changes: %w", err)
	}
	if b.header.added+b.header.removed == 0 && len(tx.puts) == 0 && len(tx.note) == 0 {
		return Commit{Seq: b.s.pending.seq, Time: b.s.pending.time}, errNothing
	}
	if err := b.index(ctx, sorters); err != nil {
		return c, err
	}
	return b.finish(tx)
}

func (b *bulk) foldTerms(ctx context.Context) error {
	src := changeSource(&sliceSource{termChanges(b.nb.tail.terms)})
	if b.table == nil {
		return b.s.foldTerms(ctx, b.w, b.nb, b.sn.v.base, src)
	}
	src = &pairSource{a: src, b: &shardSource{t: b.table}}
	if err := b.s.foldTerms(ctx, b.w, b.nb, b.sn.v.base, src); err != nil {
		return err
	}
	return b.table.unload(ctx)
}

// maxGraphsTold is how many graphs of a large commit its maker is told; the log
// has all of them.
const maxGraphsTold = 10_000

// finish marks the commit.
func (b *bulk) finish(tx *Tx) (Commit, error) {
	s := b.s
	for _, r := range slices.Concat(b.sn.v.frozen, b.sn.v.active) {
		b.nb.base.stats.addAll(r.stats)
	}
	b.nb.base.stats.addAll(b.header.stats)
	if err := s.finishBase(b.w, b.nb); err != nil {
		return Commit{}, err
	}
	b.header.next = b.nb.tail.next
	b.header.graphs = b.graphs
	if !b.logged { // nobody looks back across it
		b.header.stats = newStatsDelta()
	}
	told := b.header
	if len(told.graphs) > maxGraphsTold {
		told.graphs = nil
	}
	c, err := s.commitOf(told)
	if err != nil {
		return Commit{}, err
	}
	marker, parts, err := tx.marker(&b.header)
	if err == nil {
		err = s.writeAll(b.nb.ts, parts)
	}
	if err == nil {
		err = s.sync()
	}
	if err != nil {
		return Commit{}, err
	}
	v := *s.pending
	v.seq, v.time, v.stats, v.active = b.header.seq, b.header.time, &lazyStats{}, nil
	if err := s.switchTo(b.nb, &v, marker); err != nil {
		return Commit{}, err
	}
	s.history.add(c.Seq, c.Time)
	return c, nil
}

// subjects goes through the candidates by subject, passes on the effective ones
// and counts what the statistics have by subject.
func (b *bulk) subjects(ctx context.Context, src candidateSource, emit func(*sharedChunk) error) error {
	sc := b.sn.scanKeys(SPOG, key{}, 0, 15, false)
	defer sc.Close()
	var candidates []change
	chunk := b.s.shape.chunk
	for done := uint64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := len(candidates)
		var err error
		if candidates, err = src.next(candidates, chunk); err != nil {
			return err
		}
		last := len(candidates) == from
		n := len(candidates)
		if !last && candidates[0].key[0] == candidates[n-1].key[0] {
			continue
		}
		for !last && candidates[n-1].key[0] == candidates[len(candidates)-1].key[0] {
			n-- // the rest of the subject may follow
		}
		c := b.chunk()
		if c.cs, err = b.effects(sc, candidates[:n], c.cs); err != nil {
			return err
		}
		if len(c.cs) > 0 {
			if err := b.log(c.cs); err != nil {
				return err
			}
			if err := emit(c); err != nil {
				return err
			}
		}
		done += uint64(n)
		b.report(Sorting, done)
		if last {
			return nil
		}
		candidates = candidates[:copy(candidates, candidates[n:])]
	}
}

// effects appends the effective ones of some subjects' candidates to out.
func (b *bulk) effects(sc *Scan, candidates, out []change) ([]change, error) {
	if b.empty {
		candidates = slices.DeleteFunc(candidates, func(c change) bool { return !c.add })
		out = append(out, candidates...)
	}
	for i := 0; i < len(candidates); {
		j := i + 1
		for j < len(candidates) && candidates[j].key[0] == candidates[i].key[0] {
			j++
		}
		if b.empty {
			var t tally
			for k := range candidates[i:j] {
				t.add(candidates[i+k].key[1], 1)
			}
			b.header.stats.subject(nil, t)
		} else {
			n := len(out)
			before, after, err := sc.subjectEffects(candidates[i:j], &out)
			if err != nil {
				return nil, err
			}
			if len(out) > n {
				b.header.stats.subject(before, after)
			}
		}
		i = j
	}
	for i := range out {
		if out[i].add {
			b.header.added++
		} else {
			b.header.removed++
		}
	}
	return out, nil
}

// log writes changes as parts of the log entry.
func (b *bulk) log(cs []change) error {
	for len(cs) > 0 && b.logged {
		n := min(partChanges, len(cs))
		b.header.parts++
		if err := b.w.put(partKey(keyLog, b.header.seq, b.header.parts), encodePatch(cs[:n])); err != nil {
			return err
		}
		cs = cs[n:]
	}
	return nil
}

// opCandidates are the operations of a transaction.
type opCandidates struct {
	tx *Tx
	m  *merger
}

func (o opCandidates) close() { o.tx.ops.close() }

func (o opCandidates) next(out []change, n int) ([]change, error) {
	for n > 0 && o.m.peek() != nil {
		c, ok, err := o.tx.nextCandidate(o.m)
		if err != nil {
			return out, err
		}
		if ok { // only these count: none at all would be the end
			out = append(out, c)
			n--
		}
	}
	return out, nil
}

// nextCandidate passes all operations on one quad; ok is false when they are
// known to change nothing.
func (tx *Tx) nextCandidate(m *merger) (c change, ok bool, err error) {
	last, present := *m.peek(), false
	for p := m.peek(); p != nil && p.key == last.key; p = m.peek() {
		present = present || p.kind == opEmptied
		last = *p
		if err := m.pop(); err != nil {
			return c, false, err
		}
	}
	add := tx.adds(last)
	return change{key: last.key, add: add}, !(add && present), nil
}

// adds reports whether an operation that is the last on its quad adds it.
func (tx *Tx) adds(o op) bool {
	no, dropped := tx.drops[o.key[3]]
	return o.kind == opAdd && !(dropped && o.no < no)
}

// keyCandidates are additions; repeated ones count once.
type keyCandidates struct {
	from []*keySorter
	m    *keyMerger
	keys []key
	last key
}

func (k *keyCandidates) close() {
	for _, s := range k.from {
		s.close()
	}
	*k = keyCandidates{}
}

func (k *keyCandidates) next(out []change, n int) (_ []change, err error) {
	for from := len(out); len(out) == from; {
		if k.keys, err = k.m.next(k.keys[:0], n); err != nil || len(k.keys) == 0 {
			return out, err
		}
		for i := range k.keys {
			if k.keys[i] != k.last {
				k.last = k.keys[i]
				out = append(out, change{key: k.last, add: true})
			}
		}
	}
	return out, nil
}
