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
	if err := s.flushTables(); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	if err := s.db.Flatten(1); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

// unusedPrefix begins no key.
const unusedPrefix = 0xFF

// flushTables has Badger write its memtable out, since what is only there, such
// as the deletion of blocks, takes no part in compaction. Dropping a prefix that
// no key has does that; it refuses writes meanwhile, so they are held back.
func (s *Store) flushTables() error {
	if s.o.Dir == "" {
		return nil
	}
	s.folding.Lock()
	defer s.folding.Unlock()
	s.dict.flushing.Lock()
	defer s.dict.flushing.Unlock()
	s.flush.Lock()
	defer s.flush.Unlock()
	return s.db.DropPrefix([]byte{unusedPrefix})
}
