package published

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fincat/store"
)

// backup makes a backup of the store, restores it in a temporary folder, and compares
// what was restored with the store. alter is nil save in tests.
func (c *check) backup(ctx context.Context, s *store.Store, alter func(*store.Store) error) (err error) {
	dir, err := os.MkdirTemp("", "fincat-check-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "restored")
	r, w := io.Pipe()
	defer r.Close() // ends the backup when restoring ends early
	go func() {
		_, err := s.Backup(ctx, w)
		w.CloseWithError(err)
	}()
	if err := store.Restore(ctx, r, store.Options{Dir: dir}); err != nil {
		return fmt.Errorf("a backup of the store cannot be restored: %w", err)
	}
	restored, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return fmt.Errorf("a backup of the store cannot be opened: %w", err)
	}
	defer func() {
		if fault := restored.Close(); err == nil {
			err = fault
		}
	}()
	if alter != nil {
		if err := alter(restored); err != nil {
			return err
		}
	}
	return c.restored(ctx, restored)
}

// restored checks a store that was restored of a backup, and has the second reader
// read its dump, which is to hold what the store holds that the backup was made of.
func (c *check) restored(ctx context.Context, s *store.Store) (err error) {
	report, err := s.Check(ctx)
	if err != nil {
		return err
	}
	for _, f := range report.Faults {
		c.differ("backup", "the restored store is damaged: %s", f)
	}
	if s.Seq() != c.sn.Seq() {
		c.differ("backup", "the newest commit is %d, in the store it is %d", s.Seq(), c.sn.Seq())
	}
	h, end, err := c.Serve(s)
	if err != nil {
		return err
	}
	copied := *c
	copied.server, copied.quads = h, 0
	err = copied.dump(ctx, "backup, dump.nq.gz")
	c.found = copied.found
	if fault := end(); err == nil {
		err = fault
	}
	return err
}
