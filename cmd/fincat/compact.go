package main

import (
	"fmt"

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
			done, err := s.Compact(cmd.Context())
			if err == nil && done.Terms > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d terms that nothing used were taken out\n", done.Terms)
			}
			return err
		},
	}
	storeFlag(cmd, &dir)
	return cmd
}
