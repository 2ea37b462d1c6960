package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"fincat/store/block"
	"fincat/store/dict"
	"fincat/store/ids"
	"fincat/store/kv"
	"fincat/store/timeline"
)

// formatVersion is the version of the layout; it changes when an older program
// could not read what this one writes. A store of version 2, whose blocks and
// patches did not name their codec, is read as it is, and gets the present version
// when it is opened for writing.
const (
	formatVersion = 3
	oldestFormat  = 2
)

// Store is a set of quads on disk or in memory. Its methods may be called from
// several goroutines.
type Store struct {
	o       Options
	db      *kv.DB
	dict    *dict.Terms
	blocks  *block.Cache[*block.Loaded]
	patches *block.Cache[[]byte] // encoded, by number
	ids     counter              // block numbers
	ranked  sync.Pool            // of *columns, for counting

	mu      sync.Mutex // guards what follows
	view    *view      // newest published state
	pins    map[uint64]int
	users   users
	notify  chan struct{} // closed when a commit is published
	closed  bool
	damage  error // found while verifying tables
	foldErr error // of the last fold
	broken  error // why no commit can be written any more
	format  int   // when it was opened

	w       sync.Mutex           // held while a commit is worked out, and taken before flush
	pending *view                // newest state, perhaps not yet durable
	logged  [ids.TagLimit]uint64 // numbers that the terms of all quads are below

	writer  logWriter
	fold    folding
	history timeline.Index

	background sync.WaitGroup
	stop       context.CancelFunc
}

// Open opens or makes a store and recovers from whatever ended its last use.
// A store that was not closed is first recovered, which writes to the
// directory, also when it is opened for reading.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := open(ctx, o)
	if !o.ReadOnly || !errors.Is(err, kv.ErrUnfinished) {
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
	o.ReadOnly, o.repairing = false, true
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	if s.format < formatVersion && o.KeepFormat { // nothing of the present format is to be written
		s.o.ReadOnly = true
		err = s.db.Sync()
	}
	return errors.Join(err, s.Close())
}

func open(ctx context.Context, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{
		o: o, pins: make(map[uint64]int), notify: make(chan struct{}),
		blocks: block.NewCache[*block.Loaded](o.CacheBytes / 8 * 5), patches: block.NewCache[[]byte](o.CacheBytes / 8),
	}
	s.writer.s = s
	s.users.s, s.users.gate.L = s, &s.mu
	s.fold = folding{s: s, loading: make(chan struct{}, 1), now: make(chan struct{}, 1), shape: block.DefaultShape()}
	s.history.Keep.Store(math.MaxInt64) // until it is known
	err = s.open(ctx)
	if err == nil {
		err = recall(s)
	}
	if err != nil {
		if s.db != nil {
			err = errors.Join(err, s.db.Close())
		}
		if errors.Is(err, ErrCorrupt) {
			err = fmt.Errorf("%w; restore a backup of it", err)
		}
		return nil, fmt.Errorf("open store %s: %w", o.Dir, err)
	}
	s.startBackground()
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	s.db, err = kv.Open(ctx, kv.Options{Dir: s.o.Dir, ReadOnly: s.o.ReadOnly, HolderInfo: s.o.HolderInfo,
		Restoring: s.o.restoring, Held: s.o.held, MappedBytes: s.o.MappedBytes})
	if err != nil {
		return err
	}
	return (&recovery{s}).recover(ctx)
}

// Reopen closes a store on disk and opens it again, which gives back all memory and
// mapped files of its past; the directory stays locked meanwhile. Nothing may use s any
// more. After an error the store is closed, and s is returned.
func Reopen(ctx context.Context, s *Store) (*Store, error) {
	o := s.o
	if o.Dir == "" {
		return s, nil
	}
	var err error
	if o.held, err = closeHolding(s); err != nil {
		return s, errors.Join(err, o.held.Release())
	}
	again, err := open(ctx, o)
	if err != nil {
		return s, err
	}
	return again, nil
}

// Close writes what is still in memory and releases the directory.
func (s *Store) Close() error {
	held, err := closeHolding(s)
	return errors.Join(err, held.Release())
}

// closeHolding closes a store and returns the lock of its directory, nil when it was
// closed before.
func closeHolding(s *Store) (*kv.Lock, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, nil
	}
	s.closed = true
	close(s.notify)
	s.mu.Unlock()
	s.stop()
	s.background.Wait()
	s.fold.loading <- struct{}{} // loads stop by themselves
	s.fold.unlockLoading()
	s.w.Lock()
	defer s.w.Unlock()
	err := errors.Join(s.writer.quiesce(), s.fold.closeBase())
	if !s.o.ReadOnly && err == nil {
		err = s.db.SyncUpTo(s.pending.seq)
	}
	held, closeErr := s.db.CloseHolding()
	if err = errors.Join(err, closeErr); err != nil {
		err = fmt.Errorf("close store: %w", err)
	}
	return held, err
}

// Format returns the format of the store when it was opened, and the present one.
func (s *Store) Format() (was, present int) { return s.format, formatVersion }

// TempFiles returns what makes temporary files beside a store, which are gone when they
// are closed, and what says whether the disk has room for so many bytes.
func TempFiles(s *Store) (file func() (*os.File, error), room func(bytes int) error) {
	t := s.db.Temp()
	return t.File, t.Room
}

// ReadOnly reports whether the store was opened for reading only.
func (s *Store) ReadOnly() bool { return s.o.ReadOnly }

// Snapshot returns the newest committed state.
func (s *Store) Snapshot() (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users.wait()
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
	return s.reader(v, s.db.At(v.ts))
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
	s.db.Discard(least)
}

// latest returns a reader of the newest state, published or not. Only the
// holder of s.w may use it, and only while it holds s.w.
func (s *Store) latest() *Snapshot {
	sn := s.reader(s.pending, s.db.Newest())
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

func randomSeed() (uint64, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0, fmt.Errorf("make hash seed: %w", err)
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

func (s *Store) now() time.Time { return s.o.Now().UTC().Round(0) }
