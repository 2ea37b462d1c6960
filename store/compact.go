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
	if err := s.db.Flatten(1); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}
