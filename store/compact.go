package store

import (
	"context"
	"fmt"
)

// Compacted says what [Store.Compact] did about the terms that nothing uses: quads neither
// now nor in the history that is kept.
type Compacted struct {
	Terms uint64 // taken out of the dictionary
	Busy  bool   // they were left, because a transaction or snapshot was open or a commit came
}

// Compact folds what is in memory, trims the log to the history that is kept,
// takes the terms that nothing uses out of the dictionary, and has Badger give back the
// space of what has been deleted. Readers and writers go on meanwhile; terms are only
// taken out when there are none.
func (s *Store) Compact(ctx context.Context) (c Compacted, err error) {
	if err = s.Fold(ctx); err == nil {
		c, err = s.fold.sweep(ctx)
	}
	if err == nil {
		err = s.fold.compactTables(ctx)
	}
	if err != nil {
		return c, fmt.Errorf("compact: %w", err)
	}
	return c, nil
}

func (fd *folding) compactTables(ctx context.Context) error {
	if err := fd.flushTables(ctx); err != nil {
		return err
	}
	return fd.s.db.Flatten()
}

// flushTables is [kv.DB.FlushTables] while nobody writes.
func (fd *folding) flushTables(ctx context.Context) error {
	if err := fd.lockBase(ctx); err != nil { // loads write too
		return err
	}
	defer fd.unlockBase()
	fd.s.writer.flush.Lock()
	defer fd.s.writer.flush.Unlock()
	return fd.s.db.FlushTables()
}
