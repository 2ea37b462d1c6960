package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/kv"
)

// Terms that no quad has any more, and those of an upload that was broken off, are
// swept out of the dictionary when the store is compacted. Numbers stay as they are and
// are not given out again.
//
// First a new base comes into force whose terms order lacks the entries of these terms,
// so that nothing leads to their numbers; its manifest names the numbers. Then their
// texts are erased, as blocks are deleted that a base has made useless: what is not done
// now is done after the next base, or when the store is opened.

// users are the transactions and snapshots that may have numbers of terms which no quad
// has. No term may be taken away under them.
type users struct {
	s      *Store
	open   int // transactions; snapshots are counted by Store.pins
	closed bool
	gate   sync.Cond // of Store.mu; told when it is open again
}

// wait waits while the gate is closed; Store.mu is held.
func (u *users) wait() {
	for u.closed {
		u.gate.Wait()
	}
}

// enter begins a transaction.
func (u *users) enter() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.wait()
	u.open++
}

// leave ends a transaction.
func (u *users) leave() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.open--
}

// shut closes the gate when nobody uses the store; unshut opens it again.
func (u *users) shut() bool {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.closed = u.open == 0 && len(u.s.pins) == 0
	return u.closed
}

func (u *users) unshut() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.closed = false
	u.gate.Broadcast()
}

// sweep takes the terms out of the dictionary that neither a quad nor the log has. It
// leaves them all, and says so, when somebody uses the store or a commit comes in between.
func (fd *folding) sweep(ctx context.Context) (c Compacted, err error) {
	if err := fd.lockBase(ctx); err != nil {
		return c, err
	}
	defer fd.unlockBase()
	v, err := fd.whole()
	if err != nil {
		return c, err
	}
	if v == nil || !fd.s.users.shut() {
		return Compacted{Busy: true}, nil
	}
	fd.s.users.unshut() // who comes now must have left again when the base is in force
	entries := block.NewSorter[block.Key](fd.s.db.Temp(), fd.s.o.FoldChanges, false)
	defer entries.Close()
	unused, err := fd.unused(ctx, v, entries)
	if err != nil || unused.Len() == 0 {
		return c, err
	}
	nb, err := fd.baseWithout(ctx, v, unused, entries)
	if err != nil {
		return c, err
	}
	switched, err := fd.switchIdle(nb, v)
	if err != nil {
		return c, err
	}
	if !switched {
		fd.orphan(nb.start)
		return Compacted{Busy: true}, nil
	}
	fd.clean(ctx, nb)
	return Compacted{Terms: unused.Len()}, nil
}

// whole returns the newest state when all of it is in the base, otherwise nil.
func (fd *folding) whole() (*view, error) {
	fd.s.w.Lock()
	defer fd.s.w.Unlock()
	if err := fd.s.writer.quiesce(); err != nil {
		return nil, err
	}
	v := *fd.s.pending
	if len(v.active)+len(v.frozen) > 0 || v.seq != v.base.seq {
		return nil, nil
	}
	return &v, nil
}

// unused finds the terms that nothing refers to; their entries in the terms order go into
// entries.
func (fd *folding) unused(ctx context.Context, v *view, entries *block.Sorter[block.Key]) (*dict.Set, error) {
	used := dict.NewSet(fd.s.dict.BaseNext())
	sn := fd.s.reader(v, fd.s.db.Newest())
	defer sn.txn.Discard()
	if err := sn.used(ctx, used); err != nil {
		return nil, err
	}
	sweep := dict.Sweep{Terms: fd.s.dict}
	if err := sweep.AddParts(ctx, used); err != nil {
		return nil, err
	}
	return sweep.Unused(ctx, used, entries.Add)
}

// used adds the terms of all quads to a set, and those of the log: of quads that were
// there, and of graphs.
func (sn *Snapshot) used(ctx context.Context, used *dict.Set) error {
	sc := sn.scan(SPOG, block.Key{}, 0, 15, false)
	for b := (Batch{}); ; {
		ok, err := sc.Next(ctx, &b)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		for _, column := range [4][]ID{b.S, b.P, b.O, b.G} {
			for i, id := range column[:b.N] {
				if i == 0 || id != column[i-1] {
					used.Add(id)
				}
			}
		}
	}
	for seq := sn.s.history.Oldest(sn.Seq()); seq <= sn.Seq(); seq++ {
		h, err := readHeader(sn.txn, seq)
		if err != nil {
			return err
		}
		for _, g := range h.graphs {
			used.Add(g)
		}
		for cs, err := range readChanges(sn.txn, h) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			for i := range cs {
				for _, id := range cs[i].Key {
					used.Add(id)
				}
			}
		}
	}
	return nil
}

// baseWithout writes a base like that of v whose terms order lacks entries.
func (fd *folding) baseWithout(
	ctx context.Context,
	v *view,
	unused *dict.Set,
	entries *block.Sorter[block.Key],
) (nb *newBase, err error) {
	nb = fd.beginBase(v.seq, v.time, v.base)
	nb.erase = unused
	start := nb.start
	defer func() {
		if err != nil {
			fd.orphan(start)
		}
	}()
	copy(nb.base.index[:orders], v.base.index[:orders])
	w := fd.s.db.NewBatch(nb.ts)
	defer w.Cancel()
	m, err := block.NewMerger(entries)
	if err != nil {
		return nil, err
	}
	src := &block.PairSource{
		A: &block.SliceSource{Changes: dict.Changes(nb.tail.Terms)}, B: &block.KeySource{Rows: m},
	}
	if err := fd.foldTerms(ctx, w, nb, v.base, src); err != nil {
		return nil, err
	}
	return nb, fd.finishBase(w, nb)
}

// switchIdle puts a new base in force, unless somebody uses the store or v is not the
// newest state any more.
func (fd *folding) switchIdle(nb *newBase, v *view) (bool, error) {
	s := fd.s
	s.w.Lock()
	defer s.w.Unlock()
	if err := s.writer.quiesce(); err != nil {
		return false, err
	}
	if s.pending.seq != v.seq || !s.users.shut() {
		return false, nil
	}
	defer s.users.unshut()
	now := *s.pending
	if err := fd.switchTo(nb, &now, nil); err != nil {
		return false, err
	}
	s.dict.Forget()
	return true, nil
}

// eraseTerms erases the texts of a set of terms that a base has taken out of the terms
// order; nil erases nothing. Only then may the base's manifest forget them.
func (fd *folding) eraseTerms(ctx context.Context, unused *dict.Set) error {
	if unused == nil {
		return nil
	}
	w := fd.s.db.NewBatch(fd.s.db.NextTime())
	defer w.Cancel()
	err := dict.Sweep{Terms: fd.s.dict}.Erase(ctx, unused, w.Put)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = fd.s.db.Sync()
	}
	if err != nil {
		return fmt.Errorf("erase unused terms: %w", err)
	}
	return nil
}

// forgetErased deletes the section of a manifest that names the terms to be erased.
func (fd *folding) forgetErased(set putFunc, gen uint64) error {
	txn := fd.s.db.Newest()
	defer txn.Discard()
	return txn.Each(manifestKey(gen, sectionErase, 0)[:10], nil, false, func(k, _ []byte) error {
		return set(slices.Clone(k), nil)
	})
}

// readErase reads the numbers of the terms that are to be erased, nil when there are none.
func readErase(txn *kv.Txn, r root) (*dict.Set, error) {
	data, err := readOpenSection(txn, r.gen, sectionErase)
	if data == nil || err != nil {
		return nil, err
	}
	return dict.DecodeSet(data, r.next)
}
