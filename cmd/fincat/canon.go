package main

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"fincat/vocab/canon"
)

type canonFlags struct {
	documentFlags
	hash string
	work int
}

func newCanonCommand() *cobra.Command {
	var f canonFlags
	cmd := &cobra.Command{
		Use:   "canon FILE",
		Short: "Write an RDF document as canonical N-Quads",
		Long: `Canon writes the quads of an RDF document as canonical N-Quads after RDFC-1.0:
documents that say the same, whatever their syntax and their blank nodes are
called, become the same bytes, which can be compared, hashed and signed.

The syntax follows from the file name (.ttl .trig .nt .nq .rdf .jsonld, each also
with .gz or .zst); "-" reads standard input. Documents that are made so that
labelling their blank nodes takes for ever are refused at the work limit.`,
		Example: "  fincat canon catalogue.ttl | sha256sum\n  fincat canon --in jsonld - < record.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return canonical(cmd, f, args[0]) },
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.hash, "hash", "sha256", "hash function of the algorithm: sha256 or sha384")
	cmd.Flags().IntVar(&f.work, "work-limit", 0,
		"steps that labelling may take (default: 20000 to 500000, by the number of blank nodes)")
	return cmd
}

func canonical(cmd *cobra.Command, f canonFlags, name string) error {
	hash, ok := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384}[f.hash]
	switch {
	case !ok:
		return wrongUse(cmd, "--hash is sha256 or sha384, not %q", f.hash)
	case f.work < 0:
		return wrongUse(cmd, "--work-limit must be positive")
	}
	if err := f.check(cmd); err != nil {
		return err
	}
	quads, err := f.read(cmd, name)
	if err != nil {
		return err
	}
	result, err := canon.Canonicalize(cmd.Context(), quads, canon.Options{Hash: hash, WorkLimit: f.work})
	if errors.Is(err, canon.ErrPoison) {
		return fmt.Errorf("%s: %w; raise --work-limit if you trust the document", name, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = cmd.OutOrStdout().Write(result.NQuads)
	return err
}
