package store

import (
	"context"
	"fmt"
)

// Snapshot returns the newest committed state with what the transaction has
// done so far on top, for callers whose later operations depend on earlier
// ones. Its sequence number is that of the committed state: a caller that must
// not miss a commit in between passes it to [Tx.Expect].
func (tx *Tx) Snapshot(ctx context.Context) (*Snapshot, error) {
	if tx.done {
		return nil, ErrClosed
	}
	sn, err := tx.s.Snapshot()
	if err != nil {
		return nil, err
	}
	if err := tx.onTop(ctx, sn); err != nil {
		sn.Close()
		return nil, fmt.Errorf("snapshot of a transaction: %w", err)
	}
	return sn, nil
}

func (tx *Tx) onTop(ctx context.Context, sn *Snapshot) error {
	if tx.no == 0 && len(tx.drops) == 0 {
		return nil
	}
	emptied := tx.s.newSorter()
	defer emptied.Close()
	if err := tx.empty(ctx, sn, emptied); err != nil {
		return err
	}
	candidates, err := tx.merged(ctx, emptied)
	if err != nil {
		return err
	}
	changes, stats, err := effects(ctx, sn, candidates)
	if err != nil {
		return err
	}
	v := *sn.v
	v.extra, v.stats = &lookBack{changes: changes, stats: stats}, &lazyStats{}
	sn.v = &v
	return nil
}
