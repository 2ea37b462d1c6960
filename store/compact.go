package store

import (
	"context"
	"fmt"
)

// Compact folds what is in memory, trims the log to the history that is kept,
// and has Badger give back the space of what has been deleted. Readers and
// writers go on meanwhile.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.Fold(ctx); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	if err := s.compactTables(ctx); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

func (s *Store) compactTables(ctx context.Context) error {
	if err := s.flushTables(ctx); err != nil {
		return err
	}
	return s.db.Flatten(1)
}

// flushPrefix begins a key that is there only for flushTables.
const flushPrefix = 0xFF

// flushTables has Badger write its memtable out, since what is only there, such
// as the deletion of blocks, takes no part in compaction. Dropping a prefix does
// that, if there is a key with it; it refuses writes meanwhile, so they are held
// back.
func (s *Store) flushTables(ctx context.Context) error {
	if s.o.Dir == "" {
		return nil
	}
	if err := s.lockBase(ctx); err != nil { // loads write too
		return err
	}
	defer s.unlockBase()
	s.flush.Lock()
	defer s.flush.Unlock()
	k := []byte{flushPrefix}
	if err := s.writeOnce(s.ts.next(), []kv{{k, []byte{1}}}); err != nil {
		return err
	}
	return s.db.DropPrefix(k)
}
