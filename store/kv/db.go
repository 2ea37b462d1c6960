package kv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"fincat/store/block"
)

// Options say how to open a database.
type Options struct {
	Dir        string // "" keeps everything in memory
	ReadOnly   bool
	HolderInfo string // shown to those who find the directory locked
	Restoring  bool   // a backup is being restored, after [BeginRestore]
	Held       *Lock  // of the directory, if this process has it; it goes with the database
	// MappedBytes is about how much of its mapped files may stay in the process's memory; 0: as
	// much as the system lets.
	MappedBytes int64
}

// DB is a Badger database and what Badger leaves to its user. Its methods may be
// called from several goroutines.
type DB struct {
	o         Options
	db        *badger.DB
	lock      *Lock
	mark      *seqMark
	wal       walFiles
	time      atomic.Uint64 // Badger's newest timestamp
	unmapping func()        // ends it

	reserve *os.File // room on the disk for closing; nil: none

	unverified []string // tables

	// For tests, which set them before there are writers.
	FreeBytes func(dir string) (uint64, error) // the room left on a disk
	RoomEvery int64                            // bytes after which a long write looks at it
}

// Open opens the database of a directory, which it makes when it is missing, and
// verifies its tables.
func Open(ctx context.Context, o Options) (*DB, error) {
	d := &DB{o: o, lock: o.Held, FreeBytes: freeBytes, RoomEvery: 32 << 20}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.mark.close(), d.lock.Release())
	}
	return d, nil
}

func (d *DB) open(ctx context.Context) (err error) {
	if d.o.Dir != "" {
		if err := Look(d.o.Dir); err != nil && !d.o.Restoring && (d.o.ReadOnly || !errors.Is(err, fs.ErrNotExist)) {
			return err
		}
		if !d.o.ReadOnly {
			if err := os.MkdirAll(d.o.Dir, 0o755); err != nil {
				return err
			}
			if err := d.Room(0); err != nil {
				return err
			}
		}
		if d.lock == nil {
			if d.lock, err = lockDir(d.o.Dir, d.o.ReadOnly, d.o.HolderInfo); err != nil {
				return err
			}
		}
		if err := d.dropSpills(); err != nil {
			return err
		}
		if d.mark, err = openMark(d.o.Dir, d.o.ReadOnly); err != nil {
			return err
		}
		if d.unverified, err = verifyTables(ctx, d.o.Dir); err != nil {
			return err
		}
	}
	if d.db, err = openBadger(d.o); err != nil {
		return err
	}
	d.time.Store(d.db.MaxVersion())
	d.hold()
	d.unmapping = d.keepUnmapping()
	return nil
}

// closingBytes are for the memtables that are written out when the database is closed.
const closingBytes = 24 << 20

// hold takes room on the disk for closing, which does not fail, but ends the process, when
// others have filled the disk meanwhile: Badger writes its tables through mapped files. The
// file has no name and goes with the process. A disk that gives none is no error.
func (d *DB) hold() {
	if d.o.Dir == "" || d.o.ReadOnly {
		return
	}
	f, err := block.Temp{Dir: d.o.Dir}.File()
	if err == nil && allocate(f, closingBytes) == nil {
		d.reserve = f
	} else if err == nil {
		_ = f.Close()
	}
}

// Close closes the database and gives the directory back.
func (d *DB) Close() error {
	held, err := d.CloseHolding()
	return errors.Join(err, held.Release())
}

// CloseHolding closes the database and returns the lock of its directory, for
// Options.Held or to be released.
func (d *DB) CloseHolding() (held *Lock, err error) {
	d.unmapping()
	d.wal.close()
	if d.reserve != nil {
		_ = d.reserve.Close() // from now on there is room
	}
	return d.lock, errors.Join(d.db.Close(), d.mark.close())
}

// NextTime returns a timestamp above all others.
func (d *DB) NextTime() uint64 { return d.time.Add(1) }

// Time returns the newest timestamp that has been given out.
func (d *DB) Time() uint64 { return d.time.Load() }

// At returns a reader of what was written up to a timestamp.
func (d *DB) At(time uint64) *Txn { return &Txn{d.db.NewTransactionAt(time, false)} }

// Newest returns a reader of all that is written so far.
func (d *DB) Newest() *Txn { return d.At(math.MaxUint64) }

// Discard says that nobody will read at a timestamp before time, so that Badger
// may drop what was deleted before.
func (d *DB) Discard(time uint64) { d.db.SetDiscardTs(time) }

// Bytes returns the size of the tables and logs.
func (d *DB) Bytes() int64 {
	lsm, vlog := d.db.Size()
	return lsm + vlog
}

// TableBytes returns the size of the tables.
func (d *DB) TableBytes() (n int) {
	for _, l := range d.db.Levels() {
		n += int(l.Size)
	}
	return n
}

// Flatten has Badger compact its tables.
func (d *DB) Flatten() error { return d.db.Flatten(1) }

// flushPrefix begins a key that is there only for FlushTables.
const flushPrefix = 0xFF

// FlushTables has Badger write its memtable out, since what is only there, such
// as the deletion of blocks, takes no part in compaction. Dropping a prefix does
// that, if there is a key with it; it refuses writes meanwhile, so the caller holds them
// back.
func (d *DB) FlushTables() error {
	if d.o.Dir == "" {
		return nil
	}
	k := []byte{flushPrefix}
	if err := d.Write(d.NextTime(), []Pair{{k, []byte{1}}}); err != nil {
		return err
	}
	return d.db.DropPrefix(k)
}

// Room refuses writes that could fill the disk: Badger writes through mapped
// files, where a full disk would end the process.
func (d *DB) Room(bytes int) error {
	if d.o.Dir == "" {
		return nil
	}
	return d.room(d.o.Dir, bytes)
}

func (d *DB) room(dir string, bytes int) error {
	free, err := d.FreeBytes(dir)
	if err != nil {
		return err
	}
	if d.reserve != nil && dir == d.o.Dir { // a part of it is taken already
		free += closingBytes
	}
	if free < diskReserve+3*uint64(bytes) {
		return fmt.Errorf("%w: %d MB left on the disk of %s, and %d MB are needed: make room, then try again; "+
			"queries, dumps, backups and checks work meanwhile", ErrFull, free>>20, dir,
			(diskReserve+3*uint64(bytes))>>20)
	}
	return nil
}

// diskReserve covers Badger's memtables, logs and a compaction.
const diskReserve = 256 << 20

// Temp says where temporary files go: beside the database, or where the system has its
// own when that is in memory or only read.
func (d *DB) Temp() block.Temp {
	dir := d.o.Dir
	if dir == "" || d.o.ReadOnly {
		dir = os.TempDir()
	}
	return block.Temp{Dir: dir, Room: func(n int) error { return d.room(dir, n) }}
}

// dropSpills deletes temporary and empty files that a process left when it was
// killed.
func (d *DB) dropSpills() error {
	if d.o.Dir == "" || d.o.ReadOnly {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(d.o.Dir, block.SpillPattern))
	for _, name := range names {
		err = errors.Join(err, os.Remove(name))
	}
	// Badger does not open when it was killed just after it had made a new log.
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		logs, globErr := filepath.Glob(filepath.Join(d.o.Dir, pattern))
		err = errors.Join(err, globErr)
		for _, name := range logs {
			if st, statErr := os.Stat(name); statErr == nil && st.Size() == 0 {
				err = errors.Join(err, os.Remove(name))
			}
		}
	}
	return err
}
