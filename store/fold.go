package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Folding moves the changes in memory into the base: a block's range that has
// only few gets them as a patch, others are written anew.
type foldShape struct {
	rows    int // quads in a full block
	changes int // changes a block may collect before it is written anew
	patches int // patches a block may have before they are joined
	chunk   int // changes of a large commit worked out and passed on at a time
}

func defaultShape() foldShape {
	return foldShape{rows: blockRows, changes: 96, patches: 1, chunk: 16 << 10}
}

// patchBytes is about what a change takes up in a patch.
const patchBytes = 10

// changeSource gives out the changes of one order, sorted.
type changeSource interface {
	// below appends to out at most n changes that are below hi and passes them.
	below(hi *key, n int, out []change) ([]change, error)
}

// sliceSource is a changeSource in memory.
type sliceSource struct{ cs []change }

func (s *sliceSource) below(hi *key, n int, out []change) ([]change, error) {
	k := gallop(s.cs[:min(n, len(s.cs))], hi)
	out = append(out, s.cs[:k]...)
	s.cs = s.cs[k:]
	return out, nil
}

// folder writes one order's blocks anew as far as changes touch them.
type folder struct {
	foldShape
	order   Order
	id      func() uint64 // gives out block numbers
	set     setter
	load    func(*blockRef) (*loaded, error)
	blocks  []blockRef
	garbage []uint64 // numbers of blocks and patches that are no longer used

	renew func(renewal)

	out     columns // waiting to be written
	pending []change
	chunk   columns
}

// fold goes through all blocks of x.
func (f *folder) fold(ctx context.Context, x *index, src changeSource) error {
	if len(x.blocks) == 0 {
		if err := f.rewrite(ctx, nil, &maxKey, src); err != nil {
			return err
		}
		return f.flush(true)
	}
	for i := range x.blocks {
		if err := f.foldBlock(ctx, &x.blocks[i], x.end(i), src); err != nil {
			return fmt.Errorf("fold %v: %w", f.order, err)
		}
	}
	return f.flush(true)
}

func (f *folder) foldBlock(ctx context.Context, ref *blockRef, end key, src changeSource) (err error) {
	if f.pending, err = src.below(&end, f.changes+1, f.pending[:0]); err != nil {
		return err
	}
	n := len(f.pending)
	join := f.out.len() > 0 && f.out.len() < f.rows/2 && f.out.len()+int(ref.quads()) <= f.rows
	switch {
	case join || n > 0 && n+ref.patched() > f.changes:
		return f.rewrite(ctx, ref, &end, src)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if err := f.flush(true); err != nil {
		return err
	}
	if n == 0 {
		f.blocks = append(f.blocks, *ref)
		return nil
	}
	return f.patch(ref)
}

// patch gives a block the pending changes as one more patch.
func (f *folder) patch(ref *blockRef) error {
	out := *ref
	freed := 0
	cs, joined := f.pending, len(ref.patches) >= f.patches
	if joined {
		l, err := f.load(ref)
		if err != nil {
			return err
		}
		cs = mergeChanges(nil, l.patch, cs)
		for _, p := range ref.patches {
			f.garbage = append(f.garbage, p.id)
		}
		out.patches, out.net, freed = nil, 0, patchBytes*ref.patched()
	}
	var encoded []byte
	if len(cs) > 0 {
		p := patchRef{id: f.id(), changes: uint32(len(cs))}
		encoded = encodePatch(cs)
		if err := f.set(key64(keyBlock, p.id), encoded); err != nil {
			return err
		}
		out.patches = append(slices.Clip(out.patches), p)
		for i := range cs {
			out.net += cs[i].sign()
		}
	}
	f.blocks = append(f.blocks, out)
	f.renew(renewal{old: ref.version(), now: out.version(), patch: cs, whole: joined, encoded: encoded, freed: freed})
	return nil
}

// rewrite puts a block's rows, its patches, the pending changes and those of
// src below end into the rows to be written. ref is nil when there is no block.
func (f *folder) rewrite(ctx context.Context, ref *blockRef, end *key, src changeSource) error {
	f.chunk.reset()
	var patch []change
	if ref != nil {
		l, err := f.load(ref)
		if err != nil {
			return err
		}
		if l.block != nil {
			if err := l.block.decode(&f.chunk, 0, l.block.segments(), 15); err != nil {
				return err
			}
			f.garbage = append(f.garbage, ref.id)
		}
		for _, p := range ref.patches {
			f.garbage = append(f.garbage, p.id)
		}
		patch = l.patch
		freed := patchBytes * ref.patched()
		if l.block != nil {
			freed += len(l.block.data)
		}
		f.renew(renewal{old: ref.version(), freed: freed})
	}
	at := 0
	for {
		var err error
		if n := 4 * f.rows; len(f.pending) < n {
			if f.pending, err = src.below(end, n-len(f.pending), f.pending); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		cs := f.pending
		f.pending = f.pending[:0]
		last := len(cs) < 4*f.rows
		if len(patch) > 0 {
			n := len(patch)
			if !last {
				n = lowerBound(patch, &cs[len(cs)-1].key)
				// A change of the quad at the border must meet its patch.
				if n < len(patch) && patch[n].key == cs[len(cs)-1].key {
					n++
				}
			}
			cs = mergeChanges(make([]change, 0, n+len(cs)), patch[:n], cs)
			patch = patch[n:]
		}
		if at, err = f.apply(cs, at, last); err != nil {
			return err
		}
		if err := f.flush(false); err != nil {
			return err
		}
		if last {
			return nil
		}
	}
}

// apply merges changes with f.chunk from row at on; with last it takes the
// chunk's remaining rows too.
func (f *folder) apply(cs []change, at int, last bool) (int, error) {
	n := f.chunk.len()
	for i := range cs {
		c := &cs[i]
		to := f.chunk.searchN(&c.key, 4, at, n)
		f.take(at, to)
		at = to
		present := at < n && f.chunk.at(at) == c.key
		if present == c.add {
			return at, corrupt(fmt.Sprintf("change %v %v of a quad that is present: %v", c.add, c.key, present))
		}
		if c.add {
			f.out.add(c.key)
		} else {
			at++
		}
	}
	if last {
		f.take(at, n)
		at = n
	}
	return at, nil
}

func (f *folder) take(from, to int) {
	for col := range f.out {
		f.out[col] = append(f.out[col], f.chunk[col][from:to]...)
	}
}

// flush writes full blocks of the waiting rows, and with all the rest too, in
// even shares.
func (f *folder) flush(all bool) error {
	n, at := f.out.len(), 0
	for n-at > 2*f.rows || all && n > at {
		rows := f.rows
		if n-at <= 2*f.rows {
			rows = n - at
			if rows > f.rows {
				rows = (rows + 1) / 2
			}
		}
		ref := blockRef{first: f.out.at(at), id: f.id(), rows: uint32(rows)}
		if err := f.set(key64(keyBlock, ref.id), appendBlock(nil, &f.out, at, at+rows)); err != nil {
			return err
		}
		f.blocks = append(f.blocks, ref)
		at += rows
	}
	for col := range f.out {
		f.out[col] = f.out[col][:copy(f.out[col], f.out[col][at:])]
	}
	return nil
}

// joinRuns merges runs in one order.
func joinRuns(runs []*run, o Order) []change {
	var all []change
	for i := len(runs) - 1; i >= 0; i-- {
		if all == nil {
			all = runs[i].by[o]
		} else {
			all = mergeChanges(make([]change, 0, len(all)+runs[i].len()), all, runs[i].by[o])
		}
	}
	return all
}

// foldOnce makes a new base of what is in memory. s.folding is held.
func (s *Store) foldOnce(ctx context.Context) error {
	v, err := s.freeze()
	if err != nil || v == nil {
		return err
	}
	nb, err := s.buildBase(ctx, v)
	if err != nil {
		return fmt.Errorf("fold up to commit %d: %w", v.seq, err)
	}
	if err := s.switchBase(nb); err != nil {
		return fmt.Errorf("fold up to commit %d: %w", v.seq, err)
	}
	s.clean(ctx, nb)
	return s.filter(ctx, len(nb.tail.terms))
}

// freeze sets what is in memory apart, so that commits can go on. The view is
// nil when there is nothing to fold.
func (s *Store) freeze() (*view, error) {
	s.w.Lock()
	defer s.w.Unlock()
	if err := s.quiesce(); err != nil {
		return nil, err
	}
	v := *s.pending
	if len(v.active)+len(v.frozen) == 0 && v.seq == v.base.seq && !s.dict.tailFull() {
		return nil, nil
	}
	v.frozen, v.active = slices.Concat(v.frozen, v.active), nil
	s.pending = &v
	s.publish(&v, 0)
	return &v, nil
}

// quiesce writes the queue out, so that the newest state is also the published
// one; s.w is held.
func (s *Store) quiesce() error {
	s.flush.Lock()
	defer s.flush.Unlock()
	s.writeQueue()
	return s.failure()
}

// newBase is a base that has been written but is not yet in force.
type newBase struct {
	base  *base
	time  time.Time
	root  root
	tail  tailState // terms that it takes in
	ts    uint64
	start uint64 // block numbers given out before it was begun

	mu      sync.Mutex
	garbage []uint64
}

func (nb *newBase) addGarbage(ids []uint64) {
	nb.mu.Lock()
	defer nb.mu.Unlock()
	nb.garbage = append(nb.garbage, ids...)
}

func (s *Store) beginBase(seq uint64, t time.Time, old *base) *newBase {
	nb := &newBase{time: t, ts: s.ts.next(), start: s.ids.n.Load(), garbage: slices.Clone(s.orphans), tail: s.dict.capture()}
	// A base that did not come about may have left parts of a manifest.
	s.lastGen = max(s.lastGen, old.gen) + 1
	nb.base = &base{seq: seq, gen: s.lastGen, stats: newStatsDelta()}
	nb.base.stats.addAll(old.stats)
	s.renewals.reset(s.o.FoldChanges * orders)
	return nb
}

// buildBase writes a base that contains v.
func (s *Store) buildBase(ctx context.Context, v *view) (nb *newBase, err error) {
	nb = s.beginBase(v.seq, v.time, v.base)
	start := nb.start
	defer func() {
		if err != nil {
			s.orphan(start)
		}
	}()
	for _, r := range v.frozen {
		nb.base.stats.addAll(r.stats)
	}
	w := s.newBatch(nb.ts)
	defer w.cancel()
	sn := &Snapshot{s: s, v: v, txn: s.db.NewTransactionAt(nb.ts, false)}
	defer sn.txn.Discard()
	for o := SPOG; o < orders; o++ {
		f := s.newFolder(sn, o, w.put)
		if err := f.fold(ctx, &v.base.index[o], &sliceSource{joinRuns(v.frozen, o)}); err != nil {
			return nil, err
		}
		nb.base.index[o] = newIndex(f.blocks)
		nb.addGarbage(f.garbage)
	}
	if err := s.foldTerms(ctx, w, nb, v.base, &sliceSource{termChanges(nb.tail.terms)}); err != nil {
		return nil, err
	}
	return nb, s.finishBase(w, nb)
}

func (s *Store) newFolder(sn *Snapshot, o Order, set setter) *folder {
	return &folder{foldShape: s.shape, order: o, id: s.ids.next, set: set, renew: s.renewals.add,
		load: func(ref *blockRef) (l *loaded, err error) { l, _, err = sn.loadOnce(ref, nil); return l, err }}
}

// orphan remembers the blocks numbered since start, written for a base that
// did not come about; the next one deletes them.
func (s *Store) orphan(start uint64) {
	s.leftovers = true
	for id := start + 1; id <= s.ids.n.Load(); id++ {
		s.orphans = append(s.orphans, id)
	}
}

// finishBase writes the manifest and makes sure of everything before the root.
func (s *Store) finishBase(w *batch, nb *newBase) error {
	nb.root = root{version: formatVersion, seed: s.dict.seed, seq: nb.base.seq, time: nb.time,
		gen: nb.base.gen, block: s.ids.n.Load() + 1, next: nb.tail.next}
	if err := writeManifest(w.put, &nb.root, nb.base, nb.garbage); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	return s.sync()
}

// switchBase puts a new base in force.
func (s *Store) switchBase(nb *newBase) error {
	s.w.Lock()
	defer s.w.Unlock()
	if err := s.quiesce(); err != nil {
		return err
	}
	v := *s.pending
	return s.switchTo(nb, &v, nil)
}

// switchTo writes the root of a new base, with whatever more belongs to the
// same step, and makes v, with the new base, the newest state; s.w is held and
// the queue empty.
func (s *Store) switchTo(nb *newBase, v *view, more []kv) error {
	v.base, v.frozen = nb.base, nil
	ts := s.ts.next()
	err := s.writeOnce(ts, append([]kv{{[]byte{keyRoot}, nb.root.encode()}}, more...))
	if err == nil {
		err = s.syncUpTo(v.seq)
	}
	if err != nil {
		err = fmt.Errorf("write root: %w", err)
		s.mu.Lock()
		s.broken = err
		s.mu.Unlock()
		return err
	}
	s.orphans = nil
	s.dict.advance(nb.tail, &dictBase{terms: &nb.base.index[termsOrder], next: nb.root.next})
	s.pending = v
	for t, n := range nb.root.next {
		s.logged[t] = max(s.logged[t], n)
	}
	s.publish(v, ts)
	return nil
}

// clean deletes what a new base has made useless. Snapshots still see it, since
// they read at an earlier timestamp. What cannot be deleted now is left to the
// next base.
func (s *Store) clean(ctx context.Context, nb *newBase) {
	s.renewals.apply(s.blocks, s.patches)
	if err := s.cleanOnce(ctx, nb); err != nil {
		s.orphans = append(s.orphans, nb.garbage...)
		s.leftovers = true
	} else {
		s.leftovers = false
	}
	s.advance()
}

// advance lets new snapshots read at the newest timestamp, so that Badger may
// drop what was deleted before.
func (s *Store) advance() {
	s.flush.Lock() // no commit is half written
	defer s.flush.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	v := *s.view
	v.ts = s.ts.n.Load()
	s.view = &v
	s.discard()
}

func (s *Store) cleanOnce(ctx context.Context, nb *newBase) error {
	w := s.newBatch(s.ts.next())
	defer w.cancel()
	for _, id := range nb.garbage {
		if err := w.put(key64(keyBlock, id), nil); err != nil {
			return err
		}
	}
	if err := s.dropManifests(w.put, nb.base.gen); err != nil {
		return err
	}
	if err := s.trimLog(ctx, w.put, nb.base.seq); err != nil {
		return err
	}
	if err := w.put(garbageKey(nb.base.gen), nil); err != nil {
		return err
	}
	return w.flush()
}

// trimLog deletes the terms of the log entries in the base, and the entries
// older than the history that is kept.
func (s *Store) trimLog(ctx context.Context, set setter, seq uint64) error {
	keep := seq + 1
	if s.o.History > 0 {
		keep = min(keep, s.history.at(s.now().Add(-s.o.History))+1)
	}
	txn := s.db.NewTransactionAt(s.ts.n.Load(), false)
	defer txn.Discard()
	for _, prefix := range []byte{keyNew, keyLog, keyHead} {
		limit := seq + 1
		if prefix != keyNew {
			limit = keep
		}
		err := each(txn, []byte{prefix}, nil, false, func(k, _ []byte) error {
			if n, _, ok := logSeq(k); !ok || n >= limit {
				return errStop
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			return set(slices.Clone(k), nil)
		})
		if err != nil {
			return err
		}
	}
	s.history.trim(keep)
	return nil
}

// startBackground starts folding and, where asked for, regular syncing.
func (s *Store) startBackground() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	if len(s.unverified) > 0 {
		s.background.Add(1)
		go func() {
			defer s.background.Done()
			s.verifyLater(ctx, s.unverified)
		}()
	}
	if s.o.ReadOnly {
		return
	}
	s.background.Add(1)
	go func() {
		defer s.background.Done()
		s.foldLoop(ctx)
	}()
	if s.o.Sync == Interval && s.o.Dir != "" {
		s.background.Add(1)
		go func() {
			defer s.background.Done()
			s.syncLoop(ctx)
		}()
	}
}

func (s *Store) foldLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.foldNow:
		}
		err := s.Fold(ctx)
		if err == nil {
			err = s.giveBack(ctx)
		}
		s.mu.Lock()
		s.foldErr = err
		s.mu.Unlock()
	}
}

// giveBack has Badger compact its tables when much of what they hold is no longer
// used. Badger does so by itself only when a level has grown too large, and what
// deletes a block is a thousandth of its size.
func (s *Store) giveBack(ctx context.Context) error {
	total := 0
	for _, l := range s.db.Levels() {
		total += int(l.Size)
	}
	least := max(total/8, 4<<20)
	if s.renewals.garbage(least) < least {
		return nil
	}
	if err := s.compactTables(ctx); err != nil {
		return fmt.Errorf("give back space: %w", err)
	}
	return nil
}

// lockBase waits until no other base is being made and no load is numbering its
// terms, which come into force with a base of its own.
func (s *Store) lockBase(ctx context.Context) error {
	if err := s.lockLoading(ctx); err != nil {
		return err
	}
	s.folding.Lock()
	return nil
}

func (s *Store) unlockBase() {
	s.folding.Unlock()
	s.unlockLoading()
}

func (s *Store) lockLoading(ctx context.Context) error {
	select {
	case s.loading <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) unlockLoading() { <-s.loading }

// Fold moves what is in memory into blocks now. The store does so by itself
// when enough has gathered.
func (s *Store) Fold(ctx context.Context) error {
	if s.o.ReadOnly {
		return ErrReadOnly
	}
	if err := s.lockBase(ctx); err != nil {
		return err
	}
	defer s.unlockBase()
	if err := s.room(64 << 20); err != nil {
		return err
	}
	return s.foldOnce(ctx)
}

// foldAt returns how many changes in memory call for folding: in small stores
// fewer than FoldChanges, since every scan has to merge them in.
func (s *Store) foldAt(v *view) int {
	quads := int(v.base.index[SPOG].quads())
	return min(s.o.FoldChanges, max(s.o.FoldChanges/8, quads/32))
}

func (s *Store) wakeFolder() {
	select {
	case s.foldNow <- struct{}{}:
	default:
	}
}

// waitForFold keeps commits from running away from folding: it waits while
// four times as much as one fold takes up has gathered.
func (s *Store) waitForFold(ctx context.Context) error {
	for {
		s.mu.Lock()
		v, err := s.view, s.foldErr
		s.mu.Unlock()
		if runsLen(v.active)+runsLen(v.frozen) < 4*s.o.FoldChanges {
			return nil
		}
		if err != nil {
			return fmt.Errorf("changes cannot be folded: %w", err)
		}
		s.wakeFolder()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// closeBase folds before closing when recovery would otherwise take long.
func (s *Store) closeBase() error {
	if s.o.ReadOnly || s.o.Dir == "" || s.failure() != nil {
		return nil
	}
	if runsLen(s.pending.active)+runsLen(s.pending.frozen) < s.o.FoldChanges/16 && !s.dict.tailFull() {
		return nil
	}
	s.w.Unlock()
	defer s.w.Lock()
	return s.Fold(context.Background())
}
