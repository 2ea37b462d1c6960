package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"fincat/store"
)

func newCheckCommand() *cobra.Command {
	var dir string
	var feeds bool
	cmd := &cobra.Command{
		Use:   "check --store DIR",
		Short: "Verify the store's invariants",
		Long: `Check reads the whole store and prints what is wrong with it, one fault a line.
It ends with 3 when there is any. It also verifies that no entry of the audit log was
altered or taken out, and that none is missing of a change that somebody asked for.
It warns where the log ends in the middle of a line or a change, as a crash leaves it.

With --feeds it also reads back what serve would publish, the dump and the pages of
the catalogue in N-Triples, Turtle and RDF/XML, with a second, independent reader
(knakk/rdf), and prints every difference from what the store holds. It also makes a
backup, restores it in the folder for temporary files (TMPDIR), which needs room for
a second store, and compares what comes back in the same way.`,
		Example: "  fincat check --store DIR\n  fincat check --store DIR --feeds",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return check(cmd, dir, feeds) },
	}
	storeFlag(cmd, &dir)
	cmd.Flags().BoolVar(&feeds, "feeds", false, "also compare what is published, and a backup, with the store")
	return cmd
}

func check(cmd *cobra.Command, dir string, feeds bool) (err error) {
	s, err := openExisting(cmd.Context(), cmd, dir, false)
	if store.IsFull(err) { // what a fold left that was broken off stays, and is said to be useless
		fmt.Fprintf(cmd.ErrOrStderr(), "fincat: %v; the store is checked as it is\n", err)
		s, err = openExisting(cmd.Context(), cmd, dir, true)
	}
	if err != nil {
		return err
	}
	defer func() {
		var fault error
		if closing(s, &fault); store.IsFull(fault) { // what closing puts off is not lost
			fmt.Fprintf(cmd.ErrOrStderr(), "fincat: %v; that is no fault of the store\n", fault)
		} else if err == nil {
			err = fault
		}
	}()
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
		return &foundError{fmt.Sprintf("the store %s is damaged: restore a backup, or load a dump into a new store",
			dir)}
	}
	_, err = fmt.Fprintf(out, "ok: %d quads, %d terms, %d blocks, commit %d\n", r.Quads, r.Terms, r.Blocks, r.Seq)
	if err == nil {
		err = checkAudit(cmd, dir, s)
	}
	if err != nil || !feeds {
		return err
	}
	return checkFeeds(cmd, s)
}
