package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// root names the newest base. It is written last when a base is made.
type root struct {
	version int
	seed    uint64
	seq     uint64 // newest commit in the base
	time    time.Time
	gen     uint64 // of the manifest
	block   uint64 // block numbers from here on are not used by the base
	next    [tagLimit]uint64
	chunks  [lists + 1]uint32 // parts of the manifest, per order, and of the statistics
}

func (r *root) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(r.version))
	b = binary.LittleEndian.AppendUint64(b, r.seed)
	b = binary.AppendUvarint(b, r.seq)
	b = appendVarint(b, r.time.UnixNano())
	b = binary.AppendUvarint(b, r.gen)
	b = binary.AppendUvarint(b, r.block)
	for _, n := range r.next {
		b = binary.AppendUvarint(b, n)
	}
	for _, n := range r.chunks {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

func decodeRoot(data []byte) (r root, err error) {
	rd := reader{b: data}
	r.version = int(rd.uvarint())
	if r.version > formatVersion {
		return r, fmt.Errorf("%w: %d, this program knows %d", ErrNewerFormat, r.version, formatVersion)
	}
	if r.version > 0 && r.version < formatVersion {
		return r, fmt.Errorf("%w: %d, this program reads %d: write the store out with the program that made it, and load that", ErrOlderFormat, r.version, formatVersion)
	}
	if len(rd.b) < 8 || r.version == 0 {
		return r, corrupt("root")
	}
	r.seed = binary.LittleEndian.Uint64(rd.b)
	rd.b = rd.b[8:]
	r.seq = rd.uvarint()
	r.time = time.Unix(0, rd.varint()).UTC()
	r.gen, r.block = rd.uvarint(), rd.uvarint()
	for i := range r.next {
		r.next[i] = rd.uvarint()
	}
	for i := range r.chunks {
		r.chunks[i] = uint32(rd.uvarint())
	}
	if rd.bad {
		return r, corrupt("root")
	}
	return r, nil
}

// recover reads the base and applies the log entries after it; what never got
// its marker is dropped.
func (s *Store) recover(ctx context.Context) error {
	txn := s.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	data, err := get(txn, []byte{keyRoot})
	if err != nil {
		return err
	}
	if data == nil {
		if err := s.reaches(0); err != nil {
			return err
		}
		if data, err = s.create(); err != nil {
			return err
		}
	}
	r, err := decodeRoot(data)
	if err != nil {
		return err
	}
	v := &view{seq: r.seq, time: r.time, base: &base{seq: r.seq, gen: r.gen, stats: newStatsDelta()}, stats: &lazyStats{}}
	sn := &Snapshot{s: s, v: v, txn: txn}
	if err := sn.readManifest(r, v.base); err != nil {
		return fmt.Errorf("read manifest %d: %w", r.gen, err)
	}
	s.ids.n.Store(r.block)
	s.dict = newDict(s.db, r.seed, s.blocks, s.o.CacheBytes/4)
	s.dict.base.Store(&dictBase{terms: &v.base.index[termsOrder], next: r.next})
	s.dict.numberFrom(r.next)
	if v, err = s.replay(ctx, sn); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	if err := s.reaches(v.seq); err != nil {
		return err
	}
	s.logged = s.dict.next()
	v.ts = s.ts.n.Load()
	s.view, s.pending = v, v
	if s.o.ReadOnly {
		return nil
	}
	if err := s.dropTerms(ctx, r.next); err != nil {
		return fmt.Errorf("drop unfinished terms: %w", err)
	}
	if err := s.dropLeftovers(ctx, sn, r); err != nil {
		return fmt.Errorf("drop leftovers: %w", err)
	}
	v.ts = s.ts.n.Load()
	return nil
}

// create writes the root of a new store.
func (s *Store) create() ([]byte, error) {
	if s.o.ReadOnly {
		return nil, errors.New("there is no store")
	}
	seed, err := randomSeed()
	if err != nil {
		return nil, err
	}
	r := root{version: formatVersion, seed: seed, time: time.Unix(0, 0), block: 1}
	data := r.encode()
	return data, s.writeOnce(s.ts.next(), []kv{{[]byte{keyRoot}, data}})
}

// replay applies the log entries after the base to v.
func (s *Store) replay(ctx context.Context, sn *Snapshot) (*view, error) {
	v := *sn.v
	err := each(sn.txn, []byte{keyLog}, nil, false, func(k, _ []byte) error {
		seq, part, ok := logSeq(k)
		if !ok {
			return corrupt("log key")
		}
		if part != 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := sn.header(seq)
		if err != nil {
			return err
		}
		s.history.add(seq, h.time)
		if seq <= v.base.seq {
			return nil
		}
		if seq != v.seq+1 {
			return corrupt(fmt.Sprintf("log entry %d follows %d", seq, v.seq))
		}
		return s.apply(sn, &v, h)
	})
	return &v, err
}

func (s *Store) apply(sn *Snapshot, v *view, h logHeader) error {
	terms, err := sn.newTerms(h)
	if err != nil {
		return err
	}
	if err := s.dict.restore(terms, h.next); err != nil {
		return fmt.Errorf("log entry %d: %w", h.seq, err)
	}
	var all []change
	for cs, err := range sn.changes(h) {
		if err != nil {
			return err
		}
		all = append(all, cs...)
	}
	if len(all) > 0 {
		v.active = pushRun(v.active, newRun(all, h.stats))
	}
	v.seq, v.time = h.seq, h.time
	return nil
}

// dropLeftovers deletes what an interrupted step left: parts of log entries
// without header, blocks and manifests of a base that did not come about, and
// what the present base has made useless.
func (s *Store) dropLeftovers(ctx context.Context, sn *Snapshot, r root) error {
	var drop [][]byte
	collect := func(prefix byte, from []byte, useless func(k []byte) bool) error {
		return each(sn.txn, []byte{prefix}, from, false, func(k, _ []byte) error {
			if useless(k) {
				drop = append(drop, slices.Clone(k))
			}
			return ctx.Err()
		})
	}
	unmarked := func(k []byte) bool {
		seq, _, ok := logSeq(k)
		return ok && seq > s.view.seq
	}
	for _, prefix := range []byte{keyLog, keyHead} {
		if err := collect(prefix, nil, unmarked); err != nil {
			return err
		}
	}
	if err := collect(keyNew, nil, func(k []byte) bool {
		seq, _, ok := logSeq(k)
		return ok && (seq > s.view.seq || seq <= r.seq)
	}); err != nil {
		return err
	}
	if err := collect(keyBlock, key64(keyBlock, r.block), func([]byte) bool { return true }); err != nil {
		return err
	}
	ids, err := sn.garbage(r.gen)
	if err != nil {
		return err
	}
	for _, id := range ids {
		drop = append(drop, key64(keyBlock, id))
	}
	if err := collect(keyManifest, nil, func(k []byte) bool {
		return len(k) != 14 || binary.BigEndian.Uint64(k[1:]) != r.gen || k[9] == sectionGarbage
	}); err != nil || len(drop) == 0 {
		return err
	}
	w := s.newBatch(s.ts.next())
	defer w.cancel()
	for _, k := range drop {
		if err := w.put(k, nil); err != nil {
			return err
		}
	}
	return w.flush()
}
