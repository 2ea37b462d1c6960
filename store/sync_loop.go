package store

import (
	"context"
	"time"
)

// syncLoop forces commits to disk at intervals.
func (s *Store) syncLoop(ctx context.Context) {
	tick := time.NewTicker(s.o.SyncInterval)
	defer tick.Stop()
	synced := uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		seq := s.Seq()
		if seq == synced {
			continue
		}
		if err := s.db.SyncUpTo(seq); err != nil {
			s.mu.Lock()
			s.broken = err
			s.mu.Unlock()
			return
		}
		synced = seq
	}
}
