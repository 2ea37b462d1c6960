package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/kv"
	"fincat/store/stats"
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
	w      *kv.Batch
	header logHeader
	logged bool // the log gets the changes
	limit  int  // keys a sorter may keep
	nb     *newBase
	table  *dict.Table // of a load that numbers its terms itself
	graphs []ID
	report func(Stage, uint64)
	chunks block.Chunks
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
	next(out []block.Change, n int) ([]block.Change, error)
	// close frees its memory.
	close()
}

// commitBulk applies sorted operations as one commit. No load is numbering terms
// but the caller's own; source is called when the state before is settled.
func (tx *Tx) commitBulk(
	ctx context.Context,
	b *bulk,
	source func(*Snapshot) (candidateSource, error),
) (Commit, error) {
	s := tx.s
	s.fold.mu.Lock()
	defer s.fold.mu.Unlock()
	defer s.dict.DropFilter() // a large commit gathers no more
	if b.table == nil {       // what a load has written must not come into force before its root
		if err := s.fold.foldOnce(ctx); err != nil { // most of the work without holding up commits
			return Commit{}, err
		}
	}
	s.w.Lock()
	defer s.w.Unlock()
	if err := tx.admissible(0); err != nil {
		return Commit{}, err
	}
	if err := s.writer.quiesce(); err != nil {
		return Commit{}, err
	}
	sn := s.latest()
	defer sn.txn.Discard()
	src, err := source(sn)
	if err != nil {
		return Commit{}, err
	}
	b.sn, b.chunks.Size = sn, s.fold.shape.Chunk
	b.empty = sn.v.base.index[SPOG].Quads() == 0 && runsLen(sn.v.frozen)+runsLen(sn.v.active) == 0
	b.header = logHeader{seq: s.pending.seq + 1, time: s.tick(), note: tx.note, stats: stats.NewDelta()}
	b.nb = s.fold.beginBase(b.header.seq, b.header.time, s.pending.base)
	b.w = s.db.NewBatch(b.nb.ts)
	defer b.w.Cancel()
	c, err := b.run(ctx, tx, src)
	if err != nil {
		s.fold.orphan(b.nb.start)
		if errors.Is(err, errNothing) {
			return c, nil
		}
		return Commit{}, err
	}
	s.fold.clean(ctx, b.nb)
	return c, nil
}

var errNothing = errors.New("nothing changed")

func (b *bulk) run(ctx context.Context, tx *Tx, src candidateSource) (c Commit, err error) {
	sorters := map[Order]*block.ChangeSorter{}
	for _, d := range derivations {
		sorters[d.to] = block.NewChangeSorter(b.s.db.Temp(), b.limit)
		defer sorters[d.to].Close()
	}
	g, quads := errgroup.WithContext(ctx)
	g.Go(func() error { return b.foldTerms(quads) })
	g.Go(func() error {
		return b.order(quads, SPOG, sorters, func(emit func(*block.Chunk) error) error {
			return b.subjects(quads, src, emit)
		})
	})
	err = g.Wait()
	src.close()
	if err != nil {
		return c, fmt.Errorf("work out changes: %w", err)
	}
	if b.header.added+b.header.removed == 0 && len(tx.puts) == 0 && tx.note.slight() {
		return Commit{Seq: b.s.pending.seq, Time: b.s.pending.time}, errNothing
	}
	if err := b.index(ctx, sorters); err != nil {
		return c, err
	}
	return b.finish(tx)
}

func (b *bulk) foldTerms(ctx context.Context) error {
	src := block.Source(&block.SliceSource{Changes: dict.Changes(b.nb.tail.Terms)})
	if b.table == nil {
		return b.s.fold.foldTerms(ctx, b.w, b.nb, b.sn.v.base, src)
	}
	src = &block.PairSource{A: src, B: &dict.TableSource{Table: b.table}}
	if err := b.s.fold.foldTerms(ctx, b.w, b.nb, b.sn.v.base, src); err != nil {
		return err
	}
	return b.table.Unload(ctx)
}

// maxGraphsTold is how many graphs of a large commit its maker is told; the log
// has all of them.
const maxGraphsTold = 10_000

// finish marks the commit.
func (b *bulk) finish(tx *Tx) (Commit, error) {
	s := b.s
	for _, r := range slices.Concat(b.sn.v.frozen, b.sn.v.active) {
		b.nb.base.stats.AddAll(r.stats)
	}
	b.nb.base.stats.AddAll(b.header.stats)
	if err := s.fold.finishBase(b.w, b.nb); err != nil {
		return Commit{}, err
	}
	b.header.next = b.nb.tail.Next
	b.header.graphs = b.graphs
	if !b.logged { // nobody looks back across it
		b.header.stats = stats.NewDelta()
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
		err = s.db.WriteAll(b.nb.ts, parts)
	}
	if err == nil {
		err = s.db.Sync()
	}
	if err != nil {
		return Commit{}, err
	}
	v := *s.pending
	v.seq, v.time, v.stats, v.active = b.header.seq, b.header.time, &lazyStats{}, nil
	if err := s.fold.switchTo(b.nb, &v, marker); err != nil {
		return Commit{}, err
	}
	b.header.noteIn(&s.history)
	return c, nil
}

// subjects goes through the candidates by subject, passes on the effective ones
// and counts what the statistics have by subject.
func (b *bulk) subjects(ctx context.Context, src candidateSource, emit func(*block.Chunk) error) error {
	sc := b.sn.cursor(SPOG, block.Key{}, 0, 15, false)
	defer sc.Close()
	var candidates []block.Change
	chunk := b.s.fold.shape.Chunk
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
		if !last && candidates[0].Key[0] == candidates[n-1].Key[0] {
			continue
		}
		for !last && candidates[n-1].Key[0] == candidates[len(candidates)-1].Key[0] {
			n-- // the rest of the subject may follow
		}
		c := b.chunks.Get()
		if c.Changes, err = b.effects(sc, candidates[:n], c.Changes); err != nil {
			return err
		}
		if len(c.Changes) > 0 {
			if err := b.log(c.Changes); err != nil {
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
func (b *bulk) effects(sc *block.Cursor, candidates, out []block.Change) ([]block.Change, error) {
	if b.empty {
		candidates = slices.DeleteFunc(candidates, func(c block.Change) bool { return !c.Add })
		out = append(out, candidates...)
	}
	for i := 0; i < len(candidates); {
		j := i + 1
		for j < len(candidates) && candidates[j].Key[0] == candidates[i].Key[0] {
			j++
		}
		if b.empty {
			var t stats.Tally
			for k := range candidates[i:j] {
				t.Add(candidates[i+k].Key[1], 1)
			}
			b.header.stats.Subject(nil, t)
		} else {
			n := len(out)
			before, after, err := subjectEffects(sc, candidates[i:j], &out)
			if err != nil {
				return nil, err
			}
			if len(out) > n {
				b.header.stats.Subject(before, after)
			}
		}
		i = j
	}
	for i := range out {
		if out[i].Add {
			b.header.added++
		} else {
			b.header.removed++
		}
	}
	return out, nil
}

// log writes changes as parts of the log entry.
func (b *bulk) log(cs []block.Change) error {
	for len(cs) > 0 && b.logged {
		n := min(partChanges, len(cs))
		b.header.parts++
		if err := b.w.Put(partKey(keyLog, b.header.seq, b.header.parts), block.EncodePatch(cs[:n])); err != nil {
			return err
		}
		cs = cs[n:]
	}
	return nil
}

// opCandidates are the operations of a transaction.
type opCandidates struct {
	tx *Tx
	m  *block.Merger[op]
}

func (o opCandidates) close() { o.tx.ops.Close() }

func (o opCandidates) next(out []block.Change, n int) ([]block.Change, error) {
	for n > 0 && o.m.Peek() != nil {
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
func (tx *Tx) nextCandidate(m *block.Merger[op]) (c block.Change, ok bool, err error) {
	last, present := *m.Peek(), false
	k := last.key()
	for p := m.Peek(); p != nil && p.key() == k; p = m.Peek() {
		present = present || p.kind() == opEmptied
		last = *p
		if err := m.Pop(); err != nil {
			return c, false, err
		}
	}
	add := tx.adds(&last)
	return block.Change{Key: k, Add: add}, !add || !present, nil
}

// adds reports whether an operation that is the last on its quad adds it.
func (tx *Tx) adds(o *op) bool {
	no, dropped := tx.drops[o[3]]
	return o.kind() == opAdd && (!dropped || o.no() >= no)
}

// keyCandidates are additions; repeated ones count once.
type keyCandidates struct {
	from []*block.Sorter[block.Key]
	m    *block.Merger[block.Key]
	keys []block.Key
	last block.Key
}

func (k *keyCandidates) close() {
	for _, s := range k.from {
		s.Close()
	}
	*k = keyCandidates{}
}

func (k *keyCandidates) next(out []block.Change, n int) (_ []block.Change, err error) {
	for from := len(out); len(out) == from; {
		if k.keys, err = k.m.Next(k.keys[:0], n); err != nil || len(k.keys) == 0 {
			return out, err
		}
		for i := range k.keys {
			if k.keys[i] != k.last {
				k.last = k.keys[i]
				out = append(out, block.Change{Key: k.last, Add: true})
			}
		}
	}
	return out, nil
}
