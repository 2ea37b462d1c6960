package measuring

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"fincat/sparql/bench/catalogue"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// newGenerateCommand returns the command "bench generate".
func newGenerateCommand(h Host) *cobra.Command {
	var o catalogue.Options
	var format string
	cmd := &cobra.Command{
		Use:   "generate --datasets N [--seed S]",
		Short: "Write a catalogue in DCAT to compare stores with",
		Long: `generate writes a catalogue with N datasets, about 46 statements for each, to
standard output, as it is made: memory does not grow with N. The same size and
seed give the same bytes. As N-Quads, each dataset is in a graph of its own; as
N-Triples, the same statements are written without graphs.`,
		Example: "  fincat bench generate --datasets 22000 | gzip > million.nq.gz",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			syntax, ok := map[string]rdfio.Format{"nq": rdfio.NQuads, "nt": rdfio.NTriples}[format]
			if !ok {
				return h.WrongUse(cmd, "--format is %q, want nq or nt", format)
			}
			o.Triples = syntax == rdfio.NTriples
			quads, err := catalogue.Quads(o)
			if err != nil {
				return h.WrongUse(cmd, "--datasets: %s", err)
			}
			n := 0
			out := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
			counted := func(yield func(term.Quad, error) bool) {
				quads(func(q term.Quad, err error) bool { n++; return yield(q, err) })
			}
			if err := rdfio.Write(cmd.Context(), out, syntax, counted, rdfio.WriteOptions{}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d datasets, %d statements\n", o.Datasets, n)
			return out.Flush()
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Datasets, "datasets", 0, "how many datasets the catalogue has")
	f.Uint64Var(&o.Seed, "seed", 1, "other numbers give other catalogues of the same kind")
	f.StringVar(&format, "format", "nq", "nq or nt")
	return cmd
}
