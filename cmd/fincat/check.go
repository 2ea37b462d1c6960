package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCheckCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "check --store DIR",
		Short:   "Verify the store's invariants",
		Long:    "Check reads the whole store and prints what is wrong with it, one fault a line.\nIt ends with 3 when there is any.",
		Example: "  fincat check --store DIR",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return check(cmd, dir) },
	}
	storeFlag(cmd, &dir)
	return cmd
}

func check(cmd *cobra.Command, dir string) (err error) {
	s, err := openExisting(cmd.Context(), cmd, dir, false)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	r, err := s.Check(cmd.Context())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	for _, f := range r.Faults {
		fmt.Fprintln(out, f)
	}
	if r.More > 0 {
		fmt.Fprintf(out, "and %d more\n", r.More)
	}
	if !r.Clean() {
		return &foundError{fmt.Sprintf("the store %s is damaged: restore a backup, or load a dump into a new store", dir)}
	}
	_, err = fmt.Fprintf(out, "ok: %d quads, %d terms, %d blocks, commit %d\n", r.Quads, r.Terms, r.Blocks, r.Seq)
	return err
}
