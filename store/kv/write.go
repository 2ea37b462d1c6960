package kv

import (
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// Pair is a key and its value; a nil value deletes the key.
type Pair struct{ K, V []byte }

// Write writes pairs as one transaction.
func (d *DB) Write(time uint64, pairs []Pair) error {
	txn := d.db.NewTransactionAt(time, true)
	defer txn.Discard()
	for _, e := range pairs {
		var err error
		if e.V == nil {
			err = txn.Delete(e.K)
		} else {
			err = txn.Set(e.K, e.V)
		}
		if err != nil {
			return err
		}
	}
	return txn.CommitAt(time, nil)
}

// WriteAll writes pairs in as many transactions as needed.
func (d *DB) WriteAll(time uint64, pairs []Pair) error {
	w := d.NewBatch(time)
	defer w.Cancel()
	for _, e := range pairs {
		if err := w.Put(e.K, e.V); err != nil {
			return err
		}
	}
	return w.Flush()
}

// Batch writes any number of pairs, in transactions as Badger's limits want it.
// Badger's StreamWriter, which writes tables directly, would save the log, the
// memtable and a compaction, about a tenth of a load's processor time; but it
// holds up all other writes and works only on an empty memtable, so that a load
// could use it for part of its blocks at best.
type Batch struct {
	d     *DB
	wb    *badger.WriteBatch
	bytes atomic.Int64 // since the disk was looked at
}

// NewBatch begins a batch at a timestamp.
func (d *DB) NewBatch(time uint64) *Batch {
	return &Batch{d: d, wb: d.db.NewWriteBatchAt(time)}
}

// Put writes a pair; a nil value deletes.
func (b *Batch) Put(k, v []byte) error {
	if b.bytes.Add(int64(len(k)+len(v))) > b.d.RoomEvery {
		b.bytes.Store(0)
		if err := b.d.Room(0); err != nil {
			return err
		}
	}
	if v == nil {
		return b.wb.Delete(k)
	}
	return b.wb.Set(k, v)
}

// Flush waits until everything is written.
func (b *Batch) Flush() error { return b.wb.Flush() }

// Cancel gives up what is not yet written; after Flush it does nothing.
func (b *Batch) Cancel() { b.wb.Cancel() }
