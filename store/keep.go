package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// historyKey names the value that says how long commits can be looked back at.
const historyKey = "store/history"

// KeepHistory says how long commits can be looked back at, from now on and when the store is
// opened again without Options.History. In a store that is only read it holds until then.
func KeepHistory(ctx context.Context, s *Store, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("keep history for %v: it must be longer", d)
	}
	if s.history.Keep.Swap(int64(d)) == int64(d) {
		return nil
	}
	_, err := s.Commit(ctx, Change{Put: map[string][]byte{historyKey: []byte(d.String())}})
	if errors.Is(err, ErrReadOnly) {
		return nil
	}
	return err
}

// recall finds out how long commits are kept: as the options say, else as [KeepHistory] said,
// else for 30 days.
func recall(s *Store) error {
	d := s.o.History
	if d == 0 {
		d = 30 * 24 * time.Hour
		text, ok, err := s.Get(historyKey)
		if err == nil && ok {
			d, err = time.ParseDuration(string(text))
		}
		if err != nil {
			return fmt.Errorf("how long history is kept: %w", err)
		}
	}
	s.history.Keep.Store(int64(d))
	return nil
}
