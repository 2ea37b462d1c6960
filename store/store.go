package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
	badgeropts "github.com/dgraph-io/badger/v4/options"
)

// formatVersion is the version of the layout; it changes when an older program
// could not read what this one writes.
const formatVersion = 2

// Store is a set of quads on disk or in memory. Its methods may be called from
// several goroutines.
type Store struct {
	o       Options
	db      *badger.DB
	lock    *dirLock
	dict    *dict
	blocks  *cache[*loaded]
	patches *cache[[]byte] // encoded, by number
	ts      counter        // Badger timestamps
	ids     counter        // block numbers
	ranked  sync.Pool      // of *columns, for counting

	mu      sync.Mutex // guards what follows
	view    *view      // newest published state
	pins    map[uint64]int
	notify  chan struct{} // closed when a commit is published
	closed  bool
	damage  error // found while verifying tables
	foldErr error // of the last fold
	broken  error // why no commit can be written any more

	w       sync.Mutex       // held while a commit is worked out, and taken before flush
	pending *view            // newest state, perhaps not yet durable
	logged  [tagLimit]uint64 // numbers that the terms of all quads are below
	history historyIndex

	flush sync.Mutex // held while commits are written
	qmu   sync.Mutex
	queue []*entry

	background sync.WaitGroup
	stop       context.CancelFunc
	loading    chan struct{} // has a token while a load numbers its terms or a base is to be made
	folding    sync.Mutex    // held while a base is made
	shape      foldShape
	orphans    []uint64 // blocks written in vain
	leftovers  bool     // there may be more that the next base deletes
	lastGen    uint64   // newest number given to a manifest
	renewals   renewals
	foldNow    chan struct{}
	wal        walFiles
	mark       *seqMark
	unverified []string // tables
	freeBytes  func(string) (uint64, error)
	roomEvery  int64 // bytes after which a long write looks at the room left
}

// Open opens or makes a store and recovers from whatever ended its last use.
// A store that was not closed is first recovered, which writes to the
// directory, also when it is opened for reading.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := open(ctx, o)
	if !o.ReadOnly || !errors.Is(err, errUnfinished) {
		return s, err
	}
	if err := repair(ctx, o); err != nil {
		return nil, fmt.Errorf("recover store that was not closed: %w", err)
	}
	return open(ctx, o)
}

// repair opens a store for writing, which cuts off what its last use did not
// finish.
func repair(ctx context.Context, o Options) error {
	o.ReadOnly = false
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	return s.Close()
}

func open(ctx context.Context, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{
		o: o, pins: make(map[uint64]int), notify: make(chan struct{}),
		shape: defaultShape(), foldNow: make(chan struct{}, 1), loading: make(chan struct{}, 1), freeBytes: freeBytes, roomEvery: 32 << 20,
		blocks: newCache[*loaded](o.CacheBytes / 8 * 5), patches: newCache[[]byte](o.CacheBytes / 8),
	}
	if err := s.open(ctx); err != nil {
		if s.db != nil {
			err = errors.Join(err, s.db.Close())
		}
		if errors.Is(err, ErrCorrupt) {
			err = fmt.Errorf("%w; restore a backup of it", err)
		}
		return nil, fmt.Errorf("open store %s: %w", o.Dir, errors.Join(err, s.mark.close(), s.lock.release()))
	}
	s.startBackground()
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if s.o.Dir != "" {
		if !s.o.ReadOnly {
			if err := os.MkdirAll(s.o.Dir, 0o755); err != nil {
				return err
			}
			if err := s.room(0); err != nil {
				return err
			}
		}
		if s.lock, err = lockDir(s.o.Dir, s.o.ReadOnly, s.o.HolderInfo); err != nil {
			return err
		}
	}
	if err := s.dropSpills(); err != nil {
		return err
	}
	if s.o.Dir != "" {
		if s.mark, err = openMark(s.o.Dir, s.o.ReadOnly); err != nil {
			return err
		}
	}
	if s.o.Dir != "" {
		if s.unverified, err = verifyTables(ctx, s.o.Dir); err != nil {
			return err
		}
	}
	if s.db, err = openBadger(s.o); err != nil {
		return err
	}
	s.ts.n.Store(s.db.MaxVersion())
	return s.recover(ctx)
}

// valueThreshold is the least size of values that Badger may keep in a log of
// their own; on disk the limit is higher.
const valueThreshold = 512 << 10

// openBadger opens the database with sizes that suit the store: large enough for
// transactions of a megabyte, small enough for little memory. Its table builders
// take twice the size of a table each, a dozen of them work at a time, and a
// value that does not fit into a block of a table takes several times its size;
// ours have 7 to 12 KB.
func openBadger(o Options) (db *badger.DB, err error) {
	defer func() {
		if r := recover(); r != nil { // Badger asserts on some damaged files
			err = corrupt(fmt.Sprint(r))
		}
	}()
	b := badger.DefaultOptions(o.Dir).WithLogger(nil).WithMetricsEnabled(false).
		WithDetectConflicts(false).WithCompression(badgeropts.None).
		WithBlockCacheSize(0).WithIndexCacheSize(0).WithNumGoroutines(2).
		WithNumCompactors(2).WithReadOnly(o.ReadOnly).
		WithSyncWrites(false).WithValueLogFileSize(64 << 20).
		WithChecksumVerificationMode(badgeropts.OnBlockRead)
	if o.Dir == "" {
		b = b.WithInMemory(true).WithMemTableSize(4 << 20).WithValueThreshold(valueThreshold).WithNumMemtables(2)
	} else {
		b = b.WithMemTableSize(8 << 20).WithBaseTableSize(2 << 20).WithBaseLevelSize(16 << 20).WithNumMemtables(3).
			WithBlockSize(16 << 10)
	}
	db, err = badger.OpenManaged(b)
	if err != nil {
		if strings.Contains(err.Error(), "Cannot acquire directory lock") {
			return nil, &LockedError{Dir: o.Dir}
		}
		// Badger does not wrap these.
		if strings.Contains(err.Error(), badger.ErrTruncateNeeded.Error()) || strings.Contains(err.Error(), "Create a new file") {
			err = fmt.Errorf("%w: %w", errUnfinished, err)
		}
		return nil, damaged(err)
	}
	return db, nil
}

// errUnfinished means that the last writer was killed, and that Badger has to
// write before the store can be read.
var errUnfinished = errors.New("store was not closed")

// damaged marks errors of Badger that mean broken files.
func damaged(err error) error {
	text := strings.ToLower(err.Error())
	if strings.Contains(text, "encryption key mismatch") {
		return fmt.Errorf("%w: KEYREGISTRY: %w", ErrCorrupt, err)
	}
	for _, s := range []string{"checksum", "magic", "corrupt", "truncate", "invalid", "not exist", "no such file", "sanity text", "key registry", "unsupported version"} {
		if strings.Contains(text, s) {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
	}
	return err
}

// Close writes what is still in memory and releases the directory.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.notify)
	s.mu.Unlock()
	s.stop()
	s.background.Wait()
	s.loading <- struct{}{} // loads stop by themselves
	s.unlockLoading()
	s.w.Lock()
	defer s.w.Unlock()
	err := errors.Join(s.quiesce(), s.closeBase())
	if !s.o.ReadOnly && err == nil {
		err = s.syncUpTo(s.pending.seq)
	}
	s.wal.close()
	if err = errors.Join(err, s.db.Close(), s.mark.close(), s.lock.release()); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// Snapshot returns the newest committed state.
func (s *Store) Snapshot() (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.damage != nil {
		return nil, s.damage
	}
	return s.pin(s.view), nil
}

// pin makes a snapshot of v; s.mu is held.
func (s *Store) pin(v *view) *Snapshot {
	s.pins[v.ts]++
	return &Snapshot{s: s, v: v, txn: s.db.NewTransactionAt(v.ts, false)}
}

func (s *Store) unpin(ts uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pins[ts]--; s.pins[ts] == 0 {
		delete(s.pins, ts)
		s.discard()
	}
}

// discard tells Badger which old versions nobody needs; s.mu is held.
func (s *Store) discard() {
	if s.closed {
		return
	}
	least := s.view.ts
	for ts := range s.pins {
		least = min(least, ts)
	}
	s.db.SetDiscardTs(least)
}

// latest returns a reader of the newest state, published or not. Only the
// holder of s.w may use it, and only while it holds s.w.
func (s *Store) latest() *Snapshot {
	sn := &Snapshot{s: s, v: s.pending, txn: s.db.NewTransactionAt(math.MaxUint64, false)}
	copy(sn.fresh[:], s.logged[:])
	return sn
}

// publish makes v what new snapshots see; a zero ts leaves the timestamp.
func (s *Store) publish(v *view, ts uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	published := *v // v itself may be read by the next commit meanwhile
	if published.ts = ts; ts == 0 {
		published.ts = s.view.ts
	}
	s.view = &published
	if !s.closed {
		close(s.notify)
		s.notify = make(chan struct{})
	}
	s.discard()
}

// Wait blocks until there is a commit newer than after, and returns the newest.
func (s *Store) Wait(ctx context.Context, after uint64) (uint64, error) {
	for {
		s.mu.Lock()
		seq, ch, closed := s.view.seq, s.notify, s.closed
		s.mu.Unlock()
		if seq > after {
			return seq, nil
		}
		if closed {
			return seq, ErrClosed
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return seq, ctx.Err()
		}
	}
}

// Seq returns the sequence number of the newest commit, 0 for a new store.
func (s *Store) Seq() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view.seq
}

// room refuses writes that could fill the disk: Badger writes through mapped
// files, where a full disk would end the process.
func (s *Store) room(bytes int) error {
	if s.o.Dir == "" {
		return nil
	}
	free, err := s.freeBytes(s.o.Dir)
	if err != nil {
		return err
	}
	if free < diskReserve+3*uint64(bytes) {
		return fmt.Errorf("%w: %d MB left on the disk of %s", ErrFull, free>>20, s.o.Dir)
	}
	return nil
}

// diskReserve covers Badger's memtables, logs and a compaction.
const diskReserve = 256 << 20

// spillDir is where temporary files go.
func (s *Store) spillDir() string {
	if s.o.Dir == "" {
		return os.TempDir()
	}
	return s.o.Dir
}

// dropSpills deletes temporary and empty files that a process left when it was
// killed.
func (s *Store) dropSpills() error {
	if s.o.Dir == "" || s.o.ReadOnly {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(s.o.Dir, spillPattern))
	for _, name := range names {
		err = errors.Join(err, os.Remove(name))
	}
	// Badger does not open when it was killed just after it had made a new log.
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		logs, globErr := filepath.Glob(filepath.Join(s.o.Dir, pattern))
		err = errors.Join(err, globErr)
		for _, name := range logs {
			if st, statErr := os.Stat(name); statErr == nil && st.Size() == 0 {
				err = errors.Join(err, os.Remove(name))
			}
		}
	}
	return err
}

func randomSeed() (uint64, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0, fmt.Errorf("make hash seed: %w", err)
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

func (s *Store) now() time.Time { return s.o.Now().UTC().Round(0) }
