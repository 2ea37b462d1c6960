package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/spf13/cobra"

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
		Example: "  fincat load --store DIR catalogue.ttl organisations.nq.gz\n  fincat load --store DIR --graph https://example.org/g --format ttl - < data.ttl",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return load(cmd, f, args) },
	}
	storeFlag(cmd, &f.dir)
	cmd.Flags().StringVar(&f.graph, "graph", "", "put all quads into this graph")
	cmd.Flags().StringVar(&f.format, "format", "", "syntax: ttl, trig, nt, nq, rdf or jsonld (default: by file name)")
	cmd.Flags().StringVar(&f.base, "base", "", "IRI against which relative IRIs are resolved (default: the file's own)")
	return cmd
}

func load(cmd *cobra.Command, f loadFlags, files []string) (err error) {
	ctx := cmd.Context()
	o := rdfio.ReadOptions{Base: f.base}
	if f.format != "" {
		var ok bool
		if o.Format, ok = rdfio.FormatByName(f.format); !ok {
			return wrongUse(cmd, "there is no syntax %q; there are ttl, trig, nt, nq, rdf and jsonld", f.format)
		}
	}
	var graph term.Term
	if f.graph != "" {
		if err := rdfio.CheckIRI(f.graph); err != nil {
			return wrongUse(cmd, "--graph: %v", err)
		}
		graph = term.NewIRI(f.graph)
	}
	for _, name := range files {
		if name == "-" {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			return err
		}
	}
	s, err := openStore(ctx, cmd, store.Options{Dir: f.dir})
	if err != nil {
		return err
	}
	defer closing(s, &err)
	return loadFiles(cmd, s, files, o, graph)
}

func loadFiles(cmd *cobra.Command, s *store.Store, files []string, o rdfio.ReadOptions, graph term.Term) error {
	ctx, start, bar := cmd.Context(), time.Now(), newProgress(cmd.ErrOrStderr())
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	read := 0
	for i, name := range files {
		o.BlankNodes = fmt.Sprintf("f%d-", i)
		for q, err := range document(ctx, cmd.InOrStdin(), name, o) {
			if err != nil {
				bar.clear()
				return fmt.Errorf("%s: %w", name, err)
			}
			if !graph.IsZero() {
				q.Graph = graph
			}
			if err := tx.Add(ctx, q); err != nil {
				bar.clear()
				return fmt.Errorf("%s: %w", name, err)
			}
			if read++; read%4096 == 0 {
				bar.show("%s: %d quads", name, read)
			}
		}
	}
	bar.clear()
	commit, err := tx.Commit(ctx)
	if err != nil {
		return err
	}
	took := time.Since(start)
	fmt.Fprintf(cmd.OutOrStdout(), "%d quads read, %d added, in %.1f s (%.0f quads/s)\n",
		read, commit.Added, took.Seconds(), float64(read)/max(took.Seconds(), 1e-6))
	return nil
}

// document returns the quads of a file, or of standard input when it is "-".
func document(ctx context.Context, stdin io.Reader, name string, o rdfio.ReadOptions) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		r := stdin
		if name != "-" {
			f, err := os.Open(name)
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			defer f.Close()
			r, o.Path = f, name
			if o.Base == "" {
				o.Base = fileIRI(name)
			}
		}
		for q, err := range rdfio.Read(ctx, r, o) {
			if !yield(q, err) {
				return
			}
		}
	}
}
