package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"fincat/store"
)

// storeFlag adds the flag --store, which commands that need a store share.
func storeFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "store", "", "directory of the store (required)")
}

// openExisting opens the store in dir, which must be there.
func openExisting(ctx context.Context, cmd *cobra.Command, dir string, readOnly bool) (*store.Store, error) {
	if dir == "" {
		return nil, wrongUse(cmd, "which store? give --store DIR")
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no store at %s; 'fincat load' and 'fincat harvest' make one", dir)
	}
	return openStore(ctx, cmd, store.Options{Dir: dir, ReadOnly: readOnly})
}

// openStore opens a store. One that is held by another process is an error
// that says what to do, not something to wait for.
func openStore(ctx context.Context, cmd *cobra.Command, o store.Options) (*store.Store, error) {
	if o.Dir == "" {
		return nil, wrongUse(cmd, "which store? give --store DIR")
	}
	if o.HolderInfo == "" {
		o.HolderInfo = fmt.Sprintf("%s, process %d", cmd.CommandPath(), os.Getpid())
	}
	s, err := store.Open(ctx, o)
	var locked *store.LockedError
	switch {
	case errors.As(err, &locked) && locked.Holder != "":
		return nil, fmt.Errorf("the store %s is in use by %s: send the request there, or stop it first", o.Dir, locked.Holder)
	case errors.As(err, &locked):
		return nil, fmt.Errorf("the store %s is in use by another process: stop it first", o.Dir)
	case errors.Is(err, store.ErrNewerFormat):
		return nil, fmt.Errorf("the store %s was written by a newer fincat: use that version", o.Dir)
	case errors.Is(err, store.ErrOlderFormat):
		return nil, fmt.Errorf("the store %s was written by an older fincat: dump it with that version, and load the dump into a new store", o.Dir)
	case err != nil:
		return nil, fmt.Errorf("open the store %s: %w", o.Dir, err)
	}
	return s, nil
}

// closing closes c and keeps the first error; for use with defer.
func closing(c io.Closer, err *error) {
	if closeErr := c.Close(); *err == nil {
		*err = closeErr
	}
}
