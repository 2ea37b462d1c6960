package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/kv"
	"fincat/store/stats"
)

// joinRuns merges runs in one order.
func joinRuns(runs []*run, o Order) []block.Change {
	var all []block.Change
	for i := len(runs) - 1; i >= 0; i-- {
		if all == nil {
			all = runs[i].by[o]
		} else {
			all = block.MergeChanges(make([]block.Change, 0, len(all)+runs[i].len()), all, runs[i].by[o])
		}
	}
	return all
}

// folding makes new bases of what is in memory, and deletes what they make useless.
type folding struct {
	s       *Store
	mu      sync.Mutex    // held while a base is made, and for what follows
	loading chan struct{} // has a token while a load numbers its terms or a base is to be made
	now     chan struct{} // has a token when the background is to fold

	shape     block.Shape
	orphans   []uint64  // blocks written in vain
	leftovers bool      // there may be more that the next base deletes
	erase     *dict.Set // terms that the next base erases
	lastGen   uint64    // newest number given to a manifest
	renewals  block.Renewals
}

// foldOnce makes a new base of what is in memory. s.fold.mu is held.
func (fd *folding) foldOnce(ctx context.Context) error {
	v, err := fd.freeze()
	if err != nil || v == nil {
		return err
	}
	nb, err := fd.buildBase(ctx, v)
	if err != nil {
		return fmt.Errorf("fold up to commit %d: %w", v.seq, err)
	}
	if err := fd.switchBase(nb); err != nil {
		return fmt.Errorf("fold up to commit %d: %w", v.seq, err)
	}
	fd.clean(ctx, nb)
	return fd.s.dict.Refilter(ctx, len(nb.tail.Terms))
}

// freeze sets what is in memory apart, so that commits can go on. The view is
// nil when there is nothing to fold.
func (fd *folding) freeze() (*view, error) {
	fd.s.w.Lock()
	defer fd.s.w.Unlock()
	if err := fd.s.writer.quiesce(); err != nil {
		return nil, err
	}
	v := *fd.s.pending
	if len(v.active)+len(v.frozen) == 0 && v.seq == v.base.seq && !fd.s.dict.TailFull() {
		return nil, nil
	}
	v.frozen, v.active = slices.Concat(v.frozen, v.active), nil
	fd.s.pending = &v
	fd.s.publish(&v, 0)
	return &v, nil
}

// quiesce writes the queue out, so that the newest state is also the published
// one; s.w is held.
func (lw *logWriter) quiesce() error {
	lw.flush.Lock()
	defer lw.flush.Unlock()
	lw.writeQueue()
	return lw.failure()
}

// newBase is a base that has been written but is not yet in force.
type newBase struct {
	base  *base
	time  time.Time
	root  root
	tail  dict.Tail // terms that it takes in
	ts    uint64
	start uint64 // block numbers given out before it was begun

	mu      sync.Mutex
	garbage []uint64
	erase   *dict.Set // terms whose texts go once it is in force
}

func (nb *newBase) addGarbage(ids []uint64) {
	nb.mu.Lock()
	defer nb.mu.Unlock()
	nb.garbage = append(nb.garbage, ids...)
}

func (fd *folding) beginBase(seq uint64, t time.Time, old *base) *newBase {
	nb := &newBase{
		time:    t,
		ts:      fd.s.db.NextTime(),
		start:   fd.s.ids.n.Load(),
		garbage: slices.Clone(fd.orphans),
		tail:    fd.s.dict.Capture(),
		erase:   fd.erase,
	}
	// A base that did not come about may have left parts of a manifest.
	fd.lastGen = max(fd.lastGen, old.gen) + 1
	nb.base = &base{seq: seq, gen: fd.lastGen, stats: stats.NewDelta()}
	nb.base.stats.AddAll(old.stats)
	fd.renewals.Reset(fd.s.o.FoldChanges * orders)
	return nb
}

// buildBase writes a base that contains v.
func (fd *folding) buildBase(ctx context.Context, v *view) (nb *newBase, err error) {
	nb = fd.beginBase(v.seq, v.time, v.base)
	start := nb.start
	defer func() {
		if err != nil {
			fd.orphan(start)
		}
	}()
	for _, r := range v.frozen {
		nb.base.stats.AddAll(r.stats)
	}
	w := fd.s.db.NewBatch(nb.ts)
	defer w.Cancel()
	sn := fd.s.reader(v, fd.s.db.At(nb.ts))
	defer sn.txn.Discard()
	for o := SPOG; o < orders; o++ {
		f := fd.newFolder(sn, o, w.Put)
		if err := f.Fold(ctx, &v.base.index[o], &block.SliceSource{Changes: joinRuns(v.frozen, o)}); err != nil {
			return nil, err
		}
		nb.base.index[o] = block.NewIndex(f.Blocks)
		nb.addGarbage(f.Garbage)
	}
	if err := fd.foldTerms(ctx, w, nb, v.base, &block.SliceSource{Changes: dict.Changes(nb.tail.Terms)}); err != nil {
		return nil, err
	}
	return nb, fd.finishBase(w, nb)
}

// foldTerms writes the dictionary of a new base: the tail's blocks, and the
// terms order with the changes of src.
func (fd *folding) foldTerms(ctx context.Context, w *kv.Batch, nb *newBase, old *base, src block.Source) error {
	if err := fd.s.dict.StoreTail(ctx, w.Put, nb.tail.Terms); err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	f := &block.Folder{
		Shape:  dict.Shape(),
		Order:  termsOrder,
		NextID: fd.s.ids.next,
		Put:    putBlock(w.Put),
		Renew:  fd.renewals.Add,
		Load:   fd.s.dict.LoadBlock,
	}
	if err := f.Fold(ctx, &old.index[termsOrder], src); err != nil {
		return err
	}
	nb.base.index[termsOrder] = block.NewIndex(f.Blocks)
	nb.addGarbage(f.Garbage)
	return nil
}

func (fd *folding) newFolder(sn *Snapshot, o Order, set putFunc) *block.Folder {
	return &block.Folder{Shape: fd.shape, Order: o, NextID: fd.s.ids.next, Put: putBlock(set), Renew: fd.renewals.Add,
		Load: func(ref *block.Ref) (l *block.Loaded, err error) {
			l, _, err = sn.blocks.LoadOnce(ref, nil)
			return l, err
		}}
}

// putBlock returns what writes blocks and patches by number.
func putBlock(set putFunc) func(uint64, []byte) error {
	return func(number uint64, data []byte) error { return set(key64(keyBlock, number), data) }
}

// orphan remembers the blocks numbered since start, written for a base that
// did not come about; the next one deletes them.
func (fd *folding) orphan(start uint64) {
	fd.leftovers = true
	for id := start + 1; id <= fd.s.ids.n.Load(); id++ {
		fd.orphans = append(fd.orphans, id)
	}
}

// finishBase writes the manifest and makes sure of everything before the root.
func (fd *folding) finishBase(w *kv.Batch, nb *newBase) error {
	nb.root = root{version: formatVersion, seed: fd.s.dict.Seed, seq: nb.base.seq, time: nb.time,
		gen: nb.base.gen, block: fd.s.ids.n.Load() + 1, next: nb.tail.Next}
	if err := writeManifest(w.Put, &nb.root, nb); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return fd.s.db.Sync()
}

// switchBase puts a new base in force.
func (fd *folding) switchBase(nb *newBase) error {
	fd.s.w.Lock()
	defer fd.s.w.Unlock()
	if err := fd.s.writer.quiesce(); err != nil {
		return err
	}
	v := *fd.s.pending
	return fd.switchTo(nb, &v, nil)
}

// switchTo writes the root of a new base, with whatever more belongs to the
// same step, and makes v, with the new base, the newest state; s.w is held and
// the queue empty.
func (fd *folding) switchTo(nb *newBase, v *view, more []kv.Pair) error {
	v.base, v.frozen = nb.base, nil
	ts := fd.s.db.NextTime()
	err := fd.s.db.Write(ts, append([]kv.Pair{{K: []byte{keyRoot}, V: nb.root.encode()}}, more...))
	if err == nil {
		err = fd.s.db.SyncUpTo(v.seq)
	}
	if err != nil {
		err = fmt.Errorf("write root: %w", err)
		fd.s.mu.Lock()
		fd.s.broken = err
		fd.s.mu.Unlock()
		return err
	}
	fd.orphans = nil
	fd.s.dict.Advance(nb.tail, &dict.Base{Hashes: &nb.base.index[termsOrder], Next: nb.root.next})
	fd.s.pending = v
	for t, n := range nb.root.next {
		fd.s.logged[t] = max(fd.s.logged[t], n)
	}
	fd.s.publish(v, ts)
	return nil
}

// clean deletes what a new base has made useless. Snapshots still see it, since
// they read at an earlier timestamp. What cannot be deleted now is left to the
// next base.
func (fd *folding) clean(ctx context.Context, nb *newBase) {
	fd.renewals.Apply(fd.s.blocks, fd.s.patches)
	if err := fd.cleanOnce(ctx, nb); err != nil {
		fd.orphans = append(fd.orphans, nb.garbage...)
		fd.leftovers, fd.erase = true, nb.erase
	} else {
		fd.leftovers, fd.erase = false, nil
	}
	fd.advance()
}

// advance lets new snapshots read at the newest timestamp, so that Badger may
// drop what was deleted before.
func (fd *folding) advance() {
	fd.s.writer.flush.Lock() // no commit is half written
	defer fd.s.writer.flush.Unlock()
	fd.s.mu.Lock()
	defer fd.s.mu.Unlock()
	v := *fd.s.view
	v.ts = fd.s.db.Time()
	fd.s.view = &v
	fd.s.discard()
}

func (fd *folding) cleanOnce(ctx context.Context, nb *newBase) error {
	if err := fd.eraseTerms(ctx, nb.erase); err != nil {
		return err
	}
	w := fd.s.db.NewBatch(fd.s.db.NextTime())
	defer w.Cancel()
	for _, id := range nb.garbage {
		if err := w.Put(key64(keyBlock, id), nil); err != nil {
			return err
		}
	}
	if err := fd.dropManifests(w.Put, nb.base.gen); err != nil {
		return err
	}
	if err := fd.trimLog(ctx, w.Put, nb.base.seq); err != nil {
		return err
	}
	if err := w.Put(garbageKey(nb.base.gen), nil); err != nil {
		return err
	}
	if err := fd.forgetErased(w.Put, nb.base.gen); err != nil {
		return err
	}
	return w.Flush()
}

// trimLog deletes the terms of the log entries in the base, and the entries
// older than the history that is kept.
func (fd *folding) trimLog(ctx context.Context, set putFunc, seq uint64) error {
	keep := fd.s.history.Kept(seq, fd.s.now())
	txn := fd.s.db.At(fd.s.db.Time())
	defer txn.Discard()
	for _, prefix := range []byte{keyNew, keyLog, keyHead} {
		limit := seq + 1
		if prefix != keyNew {
			limit = keep
		}
		err := txn.Each([]byte{prefix}, nil, false, func(k, _ []byte) error {
			if n, _, ok := logSeq(k); !ok || n >= limit {
				return kv.ErrStop
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
	fd.s.history.Trim(keep)
	return nil
}

// startBackground starts folding and, where asked for, regular syncing.
func (s *Store) startBackground() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	if !s.db.Verified() {
		s.background.Add(1)
		go func() {
			defer s.background.Done()
			s.verifyRest(ctx)
		}()
	}
	if s.o.ReadOnly {
		return
	}
	s.background.Add(1)
	go func() {
		defer s.background.Done()
		s.fold.foldLoop(ctx)
	}()
	if s.o.Sync == Interval && s.o.Dir != "" {
		s.background.Add(1)
		go func() {
			defer s.background.Done()
			s.syncLoop(ctx)
		}()
	}
}

// verifyRest verifies the tables that opening left out. What it finds makes every
// new snapshot fail.
func (s *Store) verifyRest(ctx context.Context) {
	if err := s.db.VerifyRest(ctx); err != nil {
		s.mu.Lock()
		s.damage = err
		s.mu.Unlock()
	}
}

func (fd *folding) foldLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-fd.now:
		}
		err := fd.s.Fold(ctx)
		if err == nil {
			err = fd.giveBack(ctx)
		}
		fd.s.mu.Lock()
		fd.s.foldErr = err
		fd.s.mu.Unlock()
	}
}

// giveBack has Badger compact its tables when much of what they hold is no longer
// used. Badger does so by itself only when a level has grown too large, and what
// deletes a block is a thousandth of its size.
func (fd *folding) giveBack(ctx context.Context) error {
	least := max(fd.s.db.TableBytes()/8, 4<<20)
	if fd.renewals.Garbage(least) < least {
		return nil
	}
	if err := fd.compactTables(ctx); err != nil {
		return fmt.Errorf("give back space: %w", err)
	}
	return nil
}

// lockBase waits until no other base is being made and no load is numbering its
// terms, which come into force with a base of its own.
func (fd *folding) lockBase(ctx context.Context) error {
	if err := fd.lockLoading(ctx); err != nil {
		return err
	}
	fd.mu.Lock()
	return nil
}

func (fd *folding) unlockBase() {
	fd.mu.Unlock()
	fd.unlockLoading()
}

func (fd *folding) lockLoading(ctx context.Context) error {
	select {
	case fd.loading <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (fd *folding) unlockLoading() { <-fd.loading }

// Fold moves what is in memory into blocks now. The store does so by itself
// when enough has gathered.
func (s *Store) Fold(ctx context.Context) error {
	if s.o.ReadOnly {
		return ErrReadOnly
	}
	if err := s.fold.lockBase(ctx); err != nil {
		return err
	}
	defer s.fold.unlockBase()
	if err := s.db.Room(64 << 20); err != nil {
		return err
	}
	return s.fold.foldOnce(ctx)
}

// foldAt returns how many changes in memory call for folding: in small stores
// fewer than FoldChanges, since every scan has to merge them in.
func (fd *folding) foldAt(v *view) int {
	quads := int(v.base.index[SPOG].Quads())
	return min(fd.s.o.FoldChanges, max(fd.s.o.FoldChanges/8, quads/32))
}

func (fd *folding) wakeFolder() {
	select {
	case fd.now <- struct{}{}:
	default:
	}
}

// waitForFold keeps commits from running away from folding: it waits while
// four times as much as one fold takes up has gathered.
func (fd *folding) waitForFold(ctx context.Context) error {
	for {
		fd.s.mu.Lock()
		v, err := fd.s.view, fd.s.foldErr
		fd.s.mu.Unlock()
		if runsLen(v.active)+runsLen(v.frozen) < 4*fd.s.o.FoldChanges {
			return nil
		}
		if err != nil {
			return fmt.Errorf("changes cannot be folded: %w", err)
		}
		fd.wakeFolder()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// waitForTail keeps large commits from running away from folding: it waits
// while twice the terms that one fold takes up have gathered.
func (fd *folding) waitForTail(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil || fd.s.dict.TailBytes() <= 2*dict.TailLimit {
			return err
		}
		fd.s.mu.Lock()
		err, closed := fd.s.foldErr, fd.s.closed
		fd.s.mu.Unlock()
		switch {
		case closed:
			return ErrClosed
		case err != nil:
			return fmt.Errorf("terms cannot be folded: %w", err)
		}
		fd.wakeFolder()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// closeBase folds before closing when recovery would otherwise take long.
func (fd *folding) closeBase() error {
	if fd.s.o.ReadOnly || fd.s.o.Dir == "" || fd.s.writer.failure() != nil {
		return nil
	}
	if runsLen(fd.s.pending.active)+runsLen(fd.s.pending.frozen) < fd.s.o.FoldChanges/16 && !fd.s.dict.TailFull() {
		return nil
	}
	fd.s.w.Unlock()
	defer fd.s.w.Lock()
	return fd.s.Fold(context.Background())
}
