package main

import (
	"github.com/spf13/cobra"
)

func newCompactCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "compact --store DIR",
		Short:   "Give back the space of what was deleted",
		Example: "  fincat compact --store DIR",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err := openExisting(cmd.Context(), cmd, dir, false)
			if err != nil {
				return err
			}
			defer closing(s, &err)
			return s.Compact(cmd.Context())
		},
	}
	storeFlag(cmd, &dir)
	return cmd
}
