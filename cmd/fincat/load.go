package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/progress"
	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

type loadFlags struct{ dir, graph, format, base string }

func newLoadCommand() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load --store DIR FILE...",
		Short: "Load RDF documents into a store, all of them in one commit",
		Long: `Load reads RDF documents and adds their quads to the store in one commit: when
one of them has a fault, nothing is added. The syntax follows from the file
name (.ttl .trig .nt .nq .rdf .jsonld, each also with .gz or .zst); "-" reads
standard input, whose syntax --format names.`,
		Example: "  fincat load --store DIR catalogue.ttl organisations.nq.gz\n" +
			"  fincat load --store DIR --graph https://example.org/g --format ttl - < data.ttl",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return load(cmd, f, args) },
	}
	storeFlag(cmd, &f.dir)
	cmd.Flags().StringVar(&f.graph, "graph", "", "graph of the quads that name none")
	cmd.Flags().StringVar(&f.format, "format", "", "syntax: ttl, trig, nt, nq, rdf or jsonld (default: by file name)")
	cmd.Flags().StringVar(&f.base, "base", "",
		"IRI against which relative IRIs are resolved (default: the file's own)")
	return cmd
}

func load(cmd *cobra.Command, f loadFlags, files []string) (err error) {
	ctx := cmd.Context()
	in := store.Input{Base: f.base}
	if f.format != "" {
		var ok bool
		if in.Format, ok = rdfio.FormatByName(f.format); !ok {
			return wrongUse(cmd, "there is no syntax %q; there are ttl, trig, nt, nq, rdf and jsonld", f.format)
		}
	}
	if f.graph != "" {
		if err := term.CheckIRI(f.graph); err != nil {
			return wrongUse(cmd, "--graph: %v", err)
		}
		in.Graph = term.NewIRI(f.graph)
	}
	for _, name := range files {
		if sessionOf(cmd) != nil { // its client has looked
			break
		}
		if err := readable(name); err != nil {
			return err
		}
	}
	s, err := openStore(ctx, cmd, store.Options{Dir: f.dir})
	if err != nil {
		return err
	}
	defer release(cmd, s, &err)
	return audited(cmd, s, f.dir, files, func() error { return loadFiles(cmd, s, files, in) })
}

// loadFiles reads all files and commits what they say in one step.
func loadFiles(cmd *cobra.Command, s *store.Store, files []string, in store.Input) error {
	inputs := make([]store.Input, len(files))
	for i, name := range files {
		inputs[i] = in
		inputs[i].Path, inputs[i].Reader = name, &laterInput{cmd: cmd, name: name}
		if name == "-" {
			inputs[i].Path = "standard input"
		} else if in.Base == "" {
			inputs[i].Base = inputIRI(cmd, name)
		}
	}
	bar := progress.New(cmd.ErrOrStderr())
	res, err := s.Load(cmd.Context(), inputs, store.LoadOptions{
		Note:     store.Note{Author: commandAuthor(cmd)},
		Progress: func(stage store.Stage, n uint64) { bar.Show("%s: %d", stage, n) },
	})
	bar.Clear()
	if err != nil {
		return err
	}
	took := res.Elapsed.Seconds()
	fmt.Fprintf(cmd.OutOrStdout(), "%d quads read, %d added, in %.1f s (%.0f quads/s)\n", res.Read, res.Added, took,
		float64(res.Read)/max(took, 1e-6))
	return nil
}
