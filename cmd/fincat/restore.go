package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/store"
)

func newRestoreCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "restore --store DIR FILE|-",
		Short: "Make a new store of a backup",
		Long: `Restore makes a store of a backup in a directory that is missing or empty. Until
everything is safe on disk no command takes the directory for a store; when a restore
was broken off, the next one begins anew.`,
		Example: "  fincat restore --store NEWDIR catalogue.backup",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return wrongUse(cmd, "which store? give --store DIR, empty or missing")
			}
			if err := mayRestore(cmd, dir); err != nil {
				return err
			}
			r := cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				r = f
			}
			return store.Restore(cmd.Context(), r, store.Options{Dir: dir}, func() error {
				return access.BeginRestored(dir, access.Entry{
					Who: commandAuthor(cmd), What: cmd.CommandPath() + " " + args[0], From: hostName()})
			})
		},
	}
	storeFlag(cmd, &dir)
	return cmd
}

// mayRestore names the server that holds a store where a backup is to be restored.
func mayRestore(cmd *cobra.Command, dir string) error {
	if store.Look(dir) != nil { // Restore says what is wrong with the directory, if anything
		return nil
	}
	s, err := store.Open(cmd.Context(), store.Options{Dir: dir, ReadOnly: true})
	if err == nil {
		return s.Close()
	}
	var locked *store.LockedError
	if errors.As(err, &locked) && locked.Holder != "" {
		return fmt.Errorf("there is a store at %s, in use by %s: restore into another directory, stop the server, "+
			"and start it with that one", dir, locked.Holder)
	}
	return nil
}
