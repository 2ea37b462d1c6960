package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newUpgradeCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "upgrade --store DIR",
		Short: "Bring a store of an older format to the present one",
		Long: `Upgrade makes a store that an older fincat wrote one of the present format, and
verifies it. Older programs cannot read it any more, so make a backup with the older
one first. Until then other commands only read such a store. A store that has the
present format already is left as it is.`,
		Example: "  fincat backup --store DIR before-upgrade.backup\n  fincat upgrade --store DIR",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err := openExisting(cmd.Context(), cmd, dir, false)
			if err != nil {
				return err
			}
			defer closing(s, &err)
			was, present := s.Format()
			if was == present {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "the store %s has format %d already\n", dir, present)
				return err
			}
			r, err := s.Check(cmd.Context())
			if err != nil {
				return err
			}
			if !r.Clean() {
				return &foundError{fmt.Sprintf("the store %s is damaged, as it was before: %s", dir, r.Faults[0])}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(),
				"the store %s had format %d and has format %d now: %d quads, commit %d\n",
				dir, was, present, r.Quads, r.Seq)
			return err
		},
	}
	storeFlag(cmd, &dir)
	return cmd
}
