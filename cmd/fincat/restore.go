package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"fincat/store"
)

func newRestoreCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "restore --store DIR FILE|-",
		Short:   "Make a new store of a backup",
		Example: "  fincat restore --store NEWDIR catalogue.backup",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return wrongUse(cmd, "which store? give --store DIR, empty or missing")
			}
			var r io.Reader = cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				r = f
			}
			return store.Restore(cmd.Context(), r, store.Options{Dir: dir})
		},
	}
	storeFlag(cmd, &dir)
	return cmd
}
