package store

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"
)

// A large commit does not go through memory: its operations are sorted on
// disk, worked out against the store, and folded order by order into a new
// base. The root of that base, written together with the log header, is what
// marks the commit; until then nothing of it can be seen, and after a crash its
// blocks are deleted.

// bulk is a large commit on its way.
type bulk struct {
	s      *Store
	sn     *Snapshot // the state before
	w      *batch
	header logHeader
	logged bool   // the log gets the changes
	fresh  [16]ID // per tag, IDs from here on are new with this commit
	limit  int    // operations a sorter may keep
	nb     *newBase
	file   *os.File // effective changes in SPOG, in parts
	out    *bufio.Writer
	graphs []ID
	report func(Stage, uint64)
}

// Stage is a step of a load.
type Stage string

// The steps of a load.
const (
	Reading  Stage = "reading"
	Sorting  Stage = "sorting"
	Indexing Stage = "indexing"
)

// commitBulk applies sorted operations as one commit. s.folding is not held.
func (tx *Tx) commitBulk(ctx context.Context, b *bulk, sorters ...*sorter) (Commit, error) {
	s := tx.s
	s.folding.Lock()
	defer s.folding.Unlock()
	if err := s.foldOnce(ctx); err != nil { // most of the work without holding up commits
		return Commit{}, err
	}
	s.w.Lock()
	defer s.w.Unlock()
	if err := tx.admissible(0); err != nil {
		return Commit{}, err
	}
	if err := s.foldHeld(ctx); err != nil {
		return Commit{}, err
	}
	if err := s.writeTail(ctx); err != nil {
		return Commit{}, err
	}
	sn := s.latest()
	defer sn.txn.Discard()
	emptied := newSorter(s.spillDir(), b.limit)
	defer emptied.close()
	if err := tx.empty(ctx, sn, emptied); err != nil {
		return Commit{}, err
	}
	if b.sn = sn; tx.began == s.pending.seq {
		b.fresh = tx.fresh
	}
	b.header = logHeader{seq: s.pending.seq + 1, time: s.tick(), note: tx.note, stats: newStatsDelta()}
	b.nb = s.beginBase(b.header.seq, b.header.time, s.pending.base)
	b.w = s.newBatch(b.nb.ts)
	defer b.w.cancel()
	c, err := b.run(ctx, tx, append(sorters, emptied))
	if errors.Is(err, errNothing) {
		s.orphan(b.nb.start)
		return c, nil
	}
	if err != nil {
		s.orphan(b.nb.start)
		return Commit{}, err
	}
	s.clean(ctx, b.nb)
	return c, nil
}

// foldHeld folds what is in memory while s.w is held.
func (s *Store) foldHeld(ctx context.Context) error {
	if err := s.quiesce(); err != nil {
		return err
	}
	v := *s.pending
	if len(v.active)+len(v.frozen) == 0 {
		return nil
	}
	v.frozen, v.active = slices.Concat(v.frozen, v.active), nil
	nb, err := s.buildBase(ctx, &v)
	if err != nil {
		return err
	}
	if err := s.switchTo(nb, &v, nil); err != nil {
		return err
	}
	s.clean(ctx, nb)
	return nil
}

func (b *bulk) run(ctx context.Context, tx *Tx, sorters []*sorter) (c Commit, err error) {
	if b.file, err = tempFile(b.s.spillDir()); err != nil {
		return c, err
	}
	defer b.file.Close()
	b.out = bufio.NewWriterSize(b.file, 1<<20)
	if err := b.subjects(ctx, tx, sorters); err != nil {
		return c, fmt.Errorf("work out changes: %w", err)
	}
	if err := b.out.Flush(); err != nil {
		return c, fmt.Errorf("write temporary file: %w", err)
	}
	if b.header.added+b.header.removed == 0 && len(tx.puts) == 0 && len(tx.note) == 0 {
		return Commit{Seq: b.s.pending.seq, Time: b.s.pending.time}, errNothing
	}
	for _, s := range sorters { // their memory is needed now
		s.close()
	}
	if err := b.index(ctx); err != nil {
		return c, err
	}
	return b.finish(tx)
}

var errNothing = errors.New("nothing changed")

// finish marks the commit.
func (b *bulk) finish(tx *Tx) (Commit, error) {
	s := b.s
	b.nb.base.stats.addAll(b.header.stats)
	if err := s.finishBase(b.w, b.nb); err != nil {
		return Commit{}, err
	}
	b.header.next = s.dict.written()
	b.header.graphs = b.graphs
	if !b.logged { // nobody looks back across it
		b.header.stats = newStatsDelta()
	}
	c, err := s.commitOf(b.header)
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
	v.seq, v.time, v.stats = b.header.seq, b.header.time, &lazyStats{}
	if err := s.switchTo(b.nb, &v, marker); err != nil {
		return Commit{}, err
	}
	s.history.add(c.Seq, c.Time)
	return c, nil
}

// bulkChunk is how many candidate changes are worked out at a time.
const bulkChunk = 32 << 10

// subjects goes through the operations by subject, keeps the effective changes
// and counts what the statistics have by subject.
func (b *bulk) subjects(ctx context.Context, tx *Tx, sorters []*sorter) error {
	m, err := newMerger(sorters...)
	if err != nil {
		return err
	}
	sc := b.sn.scanKeys(SPOG, key{}, 0, 15, false)
	defer sc.Close()
	var candidates, effective []change
	for done := uint64(0); ; {
		last := m.peek() == nil
		n := len(candidates)
		if n > 0 && (last || n >= bulkChunk && m.peek().key[0] != candidates[n-1].key[0]) {
			if effective, err = b.subjectChunk(ctx, sc, candidates, effective); err != nil {
				return err
			}
			done += uint64(n)
			b.report(Sorting, done)
			candidates = candidates[:0]
		}
		if last {
			break
		}
		c, ok, err := tx.nextCandidate(m)
		if err != nil {
			return err
		}
		if ok {
			candidates = append(candidates, c)
		}
	}
	return b.emit(effective, true)
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

func (b *bulk) subjectChunk(ctx context.Context, sc *Scan, candidates, effective []change) ([]change, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i := 0; i < len(candidates); {
		j := i + 1
		for j < len(candidates) && candidates[j].key[0] == candidates[i].key[0] {
			j++
		}
		n := len(effective)
		before, after, err := sc.subjectEffects(candidates[i:j], &effective)
		if err != nil {
			return nil, err
		}
		if len(effective) > n {
			b.header.stats.subject(before, after)
		}
		i = j
	}
	if err := b.emit(effective, false); err != nil {
		return nil, err
	}
	return effective[:copy(effective, effective[len(effective)/partChanges*partChanges:])], nil
}

// emit writes effective changes in whole parts, and with all the rest too.
func (b *bulk) emit(cs []change, all bool) error {
	for len(cs) >= partChanges || all && len(cs) > 0 {
		n := min(partChanges, len(cs))
		for i := range cs[:n] {
			if cs[i].add {
				b.header.added++
			} else {
				b.header.removed++
			}
		}
		data := encodePatch(cs[:n])
		cs = cs[n:]
		if b.logged {
			b.header.parts++
			if err := b.w.put(partKey(keyLog, b.header.seq, b.header.parts), data); err != nil {
				return err
			}
		}
		var head [4]byte
		binary.LittleEndian.PutUint32(head[:], uint32(len(data)))
		if _, err := b.out.Write(append(head[:], data...)); err != nil {
			return fmt.Errorf("write temporary file: %w", err)
		}
	}
	return nil
}

// changeFile reads the effective changes in SPOG back.
type changeFile struct {
	r   *bufio.Reader
	buf []byte
	cs  []change
}

func (b *bulk) changes() *changeFile {
	return &changeFile{r: bufio.NewReaderSize(io.NewSectionReader(b.file, 0, 1<<62), 256<<10)}
}

// next reads a part; nil is the end.
func (f *changeFile) next() ([]change, error) {
	var head [4]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, fmt.Errorf("read temporary file: %w", err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	f.buf = slices.Grow(f.buf[:0], n)[:n]
	if _, err := io.ReadFull(f.r, f.buf); err != nil {
		return nil, fmt.Errorf("read temporary file: %w", err)
	}
	return decodePatch(f.buf)
}

// below makes a changeFile a changeSource.
func (f *changeFile) below(hi *key, n int, out []change) ([]change, error) {
	for n > 0 {
		if len(f.cs) == 0 {
			var err error
			if f.cs, err = f.next(); err != nil || len(f.cs) == 0 {
				return out, err
			}
		}
		k := gallop(f.cs[:min(n, len(f.cs))], hi)
		if k == 0 {
			return out, nil
		}
		out = append(out, f.cs[:k]...)
		f.cs, n = f.cs[k:], n-k
	}
	return out, nil
}

// mergeSource makes a merger a changeSource.
type mergeSource struct{ m *merger }

func (s mergeSource) below(hi *key, n int, out []change) ([]change, error) {
	for ; n > 0; n-- {
		p := s.m.peek()
		if p == nil || !p.key.less(hi) {
			break
		}
		out = append(out, change{key: p.key, add: p.kind == opAdd})
		if err := s.m.pop(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// index folds the effective changes into every order, two at a time.
func (b *bulk) index(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	counters := [orders]*prefixCounter{
		POSG: {n: 2, each: b.countObject},
		OSPG: {n: 1, each: b.countAnyObject},
		GSPO: {n: 1, each: b.countGraph},
	}
	var folders [orders]*folder
	for _, o := range [orders]Order{POSG, OSPG, GPOS, GOSP, GSPO, SPOG} {
		f := b.s.newFolder(b.sn, o, b.w.put)
		folders[o] = f
		g.Go(func() error { return b.indexOrder(ctx, f, counters[o]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for o, f := range folders {
		b.nb.base.index[o] = newIndex(f.blocks)
		b.nb.garbage = append(b.nb.garbage, f.garbage...)
	}
	st := b.header.stats
	for _, c := range counters {
		if c != nil {
			st.objects += c.objects
			st.graphs += c.graphs
			for p, n := range c.predicates {
				st.addPredicate(p, predicateDelta{objects: n})
			}
		}
	}
	return nil
}

func (b *bulk) indexOrder(ctx context.Context, f *folder, c *prefixCounter) error {
	x := &b.sn.v.base.index[f.order]
	if f.order == SPOG {
		return f.fold(ctx, x, b.changes())
	}
	s := newSorter(b.s.spillDir(), b.limit)
	defer s.close()
	for file := b.changes(); ; {
		cs, err := file.next()
		if err != nil {
			return err
		}
		if cs == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range cs {
			o := op{key: cs[i].key.in(f.order)}
			if cs[i].add {
				o.kind = opAdd
			}
			if err := s.add(o); err != nil {
				return err
			}
		}
	}
	m, err := newMerger(s)
	if err != nil {
		return err
	}
	var src changeSource = mergeSource{m}
	if c != nil {
		c.src = src
		src = c
	}
	if err := f.fold(ctx, x, src); err != nil {
		return err
	}
	b.report(Indexing, uint64(f.order))
	if c != nil {
		return c.close()
	}
	return nil
}

// prefixCounter passes changes on and calls each with the net change of every
// prefix of n positions.
type prefixCounter struct {
	src   changeSource
	n     int
	each  func(c *prefixCounter, prefix key, net int64) error
	last  key
	net   int64
	began bool

	objects, graphs int64
	predicates      map[ID]int64
}

func (c *prefixCounter) below(hi *key, n int, out []change) ([]change, error) {
	from := len(out)
	out, err := c.src.below(hi, n, out)
	if err != nil {
		return out, err
	}
	for i := from; i < len(out); i++ {
		k := out[i].key
		if !c.began || k[0] != c.last[0] || c.n == 2 && k[1] != c.last[1] {
			if err := c.close(); err != nil {
				return out, err
			}
			c.last, c.net, c.began = k, 0, true
		}
		c.net += int64(out[i].sign())
	}
	return out, nil
}

// close counts the last prefix.
func (c *prefixCounter) close() error {
	if !c.began {
		return nil
	}
	c.began = false
	return c.each(c, c.last, c.net)
}

// crossing is that of the snapshot, without a look where the ID is new.
func (b *bulk) crossing(id ID, p Pattern, net int64) (int64, error) {
	if t := id.tag(); net > 0 && (len(b.sn.v.base.index[SPOG].blocks) == 0 || b.fresh[t] != 0 && id >= b.fresh[t]) {
		return 1, nil
	}
	return b.sn.crossing(p, net)
}

func (b *bulk) countObject(c *prefixCounter, k key, net int64) error {
	n, err := b.crossing(k[1], Pattern{P: k[0], O: k[1]}, net)
	if n != 0 {
		if c.predicates == nil {
			c.predicates = make(map[ID]int64)
		}
		c.predicates[k[0]] += n
	}
	return err
}

func (b *bulk) countAnyObject(c *prefixCounter, k key, net int64) error {
	n, err := b.crossing(k[0], Pattern{O: k[0]}, net)
	c.objects += n
	return err
}

func (b *bulk) countGraph(c *prefixCounter, k key, net int64) error {
	n, err := b.crossing(k[0], Pattern{G: k[0]}, net)
	c.graphs += n
	b.graphs = append(b.graphs, k[0])
	return err
}
