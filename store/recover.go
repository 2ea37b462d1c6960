package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/ids"
	"fincat/store/kv"
	"fincat/store/stats"
)

// root names the newest base. It is written last when a base is made.
type root struct {
	version int
	seed    uint64
	seq     uint64 // newest commit in the base
	time    time.Time
	gen     uint64 // of the manifest
	block   uint64 // block numbers from here on are not used by the base
	next    [ids.TagLimit]uint64
	chunks  [lists + 1]uint32 // parts of the manifest, per order, and of the statistics
}

func (r *root) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(r.version))
	b = binary.LittleEndian.AppendUint64(b, r.seed)
	b = binary.AppendUvarint(b, r.seq)
	b = block.AppendVarint(b, r.time.UnixNano())
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
	rd := block.Decoder{B: data}
	r.version = int(rd.Uvarint())
	if r.version > formatVersion {
		return r, fmt.Errorf("%w: %d, this program knows %d", ErrNewerFormat, r.version, formatVersion)
	}
	if r.version > 0 && r.version < oldestFormat {
		return r, fmt.Errorf(
			"%w: %d, this program reads %d and later: "+
				"write the store out with the program that made it, and load that",
			ErrOlderFormat,
			r.version,
			oldestFormat,
		)
	}
	if len(rd.B) < 8 || r.version == 0 {
		return r, block.Corrupt("root")
	}
	r.seed = binary.LittleEndian.Uint64(rd.B)
	rd.B = rd.B[8:]
	r.seq = rd.Uvarint()
	r.time = time.Unix(0, rd.Varint()).UTC()
	r.gen, r.block = rd.Uvarint(), rd.Uvarint()
	for i := range r.next {
		r.next[i] = rd.Uvarint()
	}
	for i := range r.chunks {
		r.chunks[i] = uint32(rd.Uvarint())
	}
	if rd.Bad {
		return r, block.Corrupt("root")
	}
	return r, nil
}

// recovery makes a store of what is on disk.
type recovery struct{ s *Store }

// recover reads the base and applies the log entries after it; what never got
// its marker is dropped.
func (rc *recovery) recover(ctx context.Context) error {
	txn := rc.s.db.Newest()
	defer txn.Discard()
	data, err := txn.Get([]byte{keyRoot})
	if err != nil {
		return err
	}
	if data == nil {
		if err := rc.s.db.Reaches(0); err != nil {
			return err
		}
		if data, err = rc.create(); err != nil {
			return err
		}
	}
	r, err := decodeRoot(data)
	if err != nil {
		return err
	}
	rc.s.format = r.version
	v := &view{
		seq:   r.seq,
		time:  r.time,
		base:  &base{seq: r.seq, gen: r.gen, stats: stats.NewDelta()},
		stats: &lazyStats{},
	}
	sn := rc.s.reader(v, txn)
	if err := readManifest(sn.txn, r, v.base); err != nil {
		return fmt.Errorf("read manifest %d: %w", r.gen, err)
	}
	rc.s.ids.n.Store(r.block)
	rc.s.dict = dict.New(newestState{rc.s.db}, r.seed, rc.s.blocks, rc.s.o.CacheBytes/4)
	rc.s.dict.Start(&dict.Base{Hashes: &v.base.index[termsOrder], Next: r.next})
	if v, err = rc.replay(ctx, sn); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	if err := rc.s.db.Reaches(v.seq); err != nil {
		return err
	}
	rc.s.logged = rc.s.dict.Next()
	v.ts = rc.s.db.Time()
	rc.s.view, rc.s.pending = v, v
	if rc.s.o.ReadOnly {
		return nil
	}
	switch {
	case r.version == formatVersion || !rc.s.o.KeepFormat:
	case rc.s.o.repairing: // Badger has done what was needed for reading
		return nil
	default:
		return fmt.Errorf("%w: %d, and the present one is %d", ErrUpgrade, r.version, formatVersion)
	}
	if r.version < formatVersion { // from here on blocks are written that an older program does not know
		r.version = formatVersion
		if err := rc.s.db.Write(rc.s.db.NextTime(), []kv.Pair{{K: []byte{keyRoot}, V: r.encode()}}); err != nil {
			return fmt.Errorf("write root of format %d: %w", formatVersion, err)
		}
	}
	if err := rc.s.fold.dropTerms(ctx, r.next); err != nil {
		return fmt.Errorf("drop unfinished terms: %w", err)
	}
	if err := rc.dropLeftovers(ctx, sn, r); err != nil {
		return fmt.Errorf("drop leftovers: %w", err)
	}
	v.ts = rc.s.db.Time()
	return nil
}

// dropTerms deletes the terms that were written for a base which did not come
// about; next is the numbering of the present one.
func (fd *folding) dropTerms(ctx context.Context, next [ids.TagLimit]uint64) error {
	w := fd.s.db.NewBatch(fd.s.db.NextTime())
	defer w.Cancel()
	if err := fd.s.dict.DropAfter(ctx, next, w.Put); err != nil {
		return err
	}
	return w.Flush()
}

// create writes the root of a new store.
func (rc *recovery) create() ([]byte, error) {
	if rc.s.o.ReadOnly {
		return nil, errors.New("there is no store")
	}
	seed, err := randomSeed()
	if err != nil {
		return nil, err
	}
	r := root{version: formatVersion, seed: seed, time: time.Unix(0, 0), block: 1}
	data := r.encode()
	return data, rc.s.db.Write(rc.s.db.NextTime(), []kv.Pair{{K: []byte{keyRoot}, V: data}})
}

// replay applies the log entries after the base to v.
func (rc *recovery) replay(ctx context.Context, sn *Snapshot) (*view, error) {
	v := *sn.v
	err := sn.txn.Each([]byte{keyLog}, nil, false, func(k, _ []byte) error {
		seq, part, ok := logSeq(k)
		if !ok {
			return block.Corrupt("log key")
		}
		if part != 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := readHeader(sn.txn, seq)
		if err != nil {
			return err
		}
		h.noteIn(&rc.s.history)
		if seq <= v.base.seq {
			return nil
		}
		if seq != v.seq+1 {
			return block.Corrupt(fmt.Sprintf("log entry %d follows %d", seq, v.seq))
		}
		return rc.apply(sn, &v, h)
	})
	return &v, err
}

func (rc *recovery) apply(sn *Snapshot, v *view, h logHeader) error {
	terms, err := readNewTerms(sn.txn, h)
	if err != nil {
		return err
	}
	if err := rc.s.dict.Restore(terms, h.next); err != nil {
		return fmt.Errorf("log entry %d: %w", h.seq, err)
	}
	var all []block.Change
	for cs, err := range readChanges(sn.txn, h) {
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
func (rc *recovery) dropLeftovers(ctx context.Context, sn *Snapshot, r root) error {
	var drop [][]byte
	collect := func(prefix byte, from []byte, useless func(k []byte) bool) error {
		return sn.txn.Each([]byte{prefix}, from, false, func(k, _ []byte) error {
			if useless(k) {
				drop = append(drop, slices.Clone(k))
			}
			return ctx.Err()
		})
	}
	unmarked := func(k []byte) bool {
		seq, _, ok := logSeq(k)
		return ok && seq > rc.s.view.seq
	}
	for _, prefix := range []byte{keyLog, keyHead} {
		if err := collect(prefix, nil, unmarked); err != nil {
			return err
		}
	}
	if err := collect(keyNew, nil, func(k []byte) bool {
		seq, _, ok := logSeq(k)
		return ok && (seq > rc.s.view.seq || seq <= r.seq)
	}); err != nil {
		return err
	}
	if err := collect(keyBlock, key64(keyBlock, r.block), func([]byte) bool { return true }); err != nil {
		return err
	}
	ids, err := readGarbage(sn.txn, r.gen)
	if err != nil {
		return err
	}
	for _, id := range ids {
		drop = append(drop, key64(keyBlock, id))
	}
	if err := collect(keyManifest, nil, func(k []byte) bool {
		return len(k) != 14 || binary.BigEndian.Uint64(k[1:]) != r.gen || k[9] >= sectionGarbage
	}); err != nil || len(drop) == 0 {
		return err
	}
	erase, err := readErase(sn.txn, r)
	if err != nil {
		return err
	}
	if err := rc.s.fold.eraseTerms(ctx, erase); err != nil {
		return err
	}
	w := rc.s.db.NewBatch(rc.s.db.NextTime())
	defer w.Cancel()
	for _, k := range drop {
		if err := w.Put(k, nil); err != nil {
			return err
		}
	}
	return w.Flush()
}
