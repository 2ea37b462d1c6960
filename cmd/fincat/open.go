package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"fincat/store"
)

// storeFlag adds the flag --store, which commands that need a store share.
func storeFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "store", "", "directory of the store (required)")
}

// openExisting opens the store in dir, which must be there.
func openExisting(ctx context.Context, cmd *cobra.Command, dir string, readOnly bool) (*store.Store, error) {
	if s := sessionOf(cmd); s != nil {
		return s.store, nil
	}
	if dir == "" {
		return nil, wrongUse(cmd, "which store? give --store DIR")
	}
	if err := mustBeStore(dir); err != nil {
		return nil, err
	}
	return openStore(ctx, cmd, store.Options{Dir: dir, ReadOnly: readOnly})
}

// mustBeStore reports that there is no store in a directory.
func mustBeStore(dir string) error {
	err := store.Look(dir)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no store at %s; 'fincat load' and 'fincat harvest' make one", dir)
	}
	return err
}

// openStore opens a store. One that is held by another process is an error
// that says what to do, not something to wait for.
func openStore(ctx context.Context, cmd *cobra.Command, o store.Options) (*store.Store, error) {
	if s := sessionOf(cmd); s != nil {
		return s.store, nil
	}
	if o.Dir == "" {
		return nil, wrongUse(cmd, "which store? give --store DIR")
	}
	if o.HolderInfo == "" {
		o.HolderInfo = fmt.Sprintf("%s, process %d", cmd.CommandPath(), os.Getpid())
		if debug.SetMemoryLimit(-1) != math.MaxInt64 {
			o.MappedBytes = mappedBytes
		}
	}
	o.KeepFormat = cmd.Name() != "upgrade"
	s, err := store.Open(ctx, o)
	var locked *store.LockedError
	switch {
	case errors.As(err, &locked):
		return nil, heldError(cmd, o.Dir, locked)
	case errors.Is(err, store.ErrUpgrade):
		return nil, fmt.Errorf("the store %s has an older format: 'fincat upgrade --store %s' brings it to the "+
			"present one, which the program that made it cannot read any more; until then it can be queried, dumped, "+
			"backed up and served with --read-only (%w)", o.Dir, o.Dir, err)
	case errors.Is(err, store.ErrNewerFormat):
		return nil, fmt.Errorf("the store %s was written by a newer fincat: use that version", o.Dir)
	case errors.Is(err, store.ErrOlderFormat):
		return nil, fmt.Errorf("the store %s was written by an older fincat: dump it with that version, and load "+
			"the dump into a new store", o.Dir)
	case err != nil:
		return nil, fmt.Errorf("open the store %s: %w", o.Dir, err)
	}
	return s, nil
}

// heldError says who holds a store, and what to do about it.
func heldError(cmd *cobra.Command, dir string, e *store.LockedError) error {
	switch {
	case e.Readers:
		return fmt.Errorf("the store %s is in use by processes that only read it, such as a server with --read-only: "+
			"stop them, then run '%s' again", dir, cmd.CommandPath())
	case e.Holder == "":
		return fmt.Errorf("the store %s is in use by another process: stop it, then run '%s' again", dir,
			cmd.CommandPath())
	case cmd.Flags().Lookup(serverFlag) != nil && isServer(e.Holder):
		return fmt.Errorf("the store %s is in use by %s, which does not answer through its socket: "+
			"try again when it has started, or give --server with its address and a token", dir, e.Holder)
	case isServer(e.Holder):
		return fmt.Errorf("the store %s is in use by %s, and '%s' needs it alone: stop the server, run the "+
			"command again, and then start the server", dir, e.Holder, cmd.CommandPath())
	}
	return fmt.Errorf("the store %s is in use by %s: wait until it ends, then run '%s' again", dir, e.Holder,
		cmd.CommandPath())
}

// isServer reports whether the holder of a store is a server.
func isServer(holder string) bool {
	return strings.HasPrefix(holder, "fincat serve at ") || strings.HasPrefix(holder, "fincat demo at ")
}

// closing closes c and keeps the first error; for use with defer.
func closing(c io.Closer, err *error) {
	if closeErr := c.Close(); *err == nil {
		*err = closeErr
	}
}
