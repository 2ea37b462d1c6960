package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"fincat/store"
	"fincat/vocab/dcat"
)

// baseKey names the value under which a store keeps the base of its IRIs.
const baseKey = "fincat/base"

// storeBase returns the base of the IRIs in the store. A new store gets the one
// that is wanted; one that was made with another base cannot change it, because
// every record would become a new one. A store that cannot be written keeps none.
func storeBase(ctx context.Context, s *store.Store, wanted string) (dcat.Base, error) {
	kept, ok, err := s.Get(baseKey)
	switch {
	case err != nil:
		return "", err
	case ok && wanted != "" && string(kept) != wanted:
		return "", fmt.Errorf("the records of this store have IRIs under %s, the configuration says base: %s; "+
			"give that base, or harvest into a new store", kept, wanted)
	case ok:
		return dcat.Base(kept), nil
	case wanted == "":
		return "", nil
	}
	_, err = s.Commit(ctx, store.Change{Put: map[string][]byte{baseKey: []byte(wanted)}})
	if err != nil && !errors.Is(err, store.ErrReadOnly) {
		return "", fmt.Errorf("record the base %s: %w", wanted, err)
	}
	return dcat.Base(wanted), nil
}

// withHarvested does something with a store into which something was harvested, and
// the base of its IRIs.
func withHarvested(
	cmd *cobra.Command, dir string, readOnly bool, do func(*store.Store, dcat.Base) error,
) (err error) {
	s, err := openExisting(cmd.Context(), cmd, dir, readOnly)
	if err != nil {
		return err
	}
	defer release(cmd, s, &err)
	base, err := storeBase(cmd.Context(), s, "")
	switch {
	case err != nil:
		return err
	case base == "":
		return errors.New("nothing has been harvested into this store")
	}
	return do(s, base)
}
