package main

import (
	"bufio"
	"context"
	"iter"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// defaultGraphName is how --graph names the default graph.
const defaultGraphName = "default"

func newDumpCommand() *cobra.Command {
	var dir, graph, format string
	var verify bool
	cmd := &cobra.Command{
		Use:   "dump --store DIR",
		Short: "Write all quads of a store, or one graph, sorted",
		Example: "  fincat dump --store DIR > all.nq\n" +
			"  fincat dump --store DIR --graph https://example.org/g --format ttl",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return dump(cmd, dir, graph, format, verify) },
	}
	storeFlag(cmd, &dir)
	cmd.Flags().StringVar(&graph, "graph", "", `write only this graph; "default" is the default graph`)
	cmd.Flags().StringVar(&format, "format", "", "syntax: nq, trig, jsonld, jsonld-expanded, jsonld-flattened, "+
		"and for one graph nt, ttl, rdf (default: nq, or nt with --graph)")
	cmd.Flags().BoolVar(&verify, "verify", false,
		"nq, nt: read every line back with a second, independent reader (knakk/rdf); takes several times as long")
	return cmd
}

func dump(cmd *cobra.Command, dir, graph, format string, verify bool) (err error) {
	if format == "" {
		format = map[bool]string{true: "nq", false: "nt"}[graph == ""]
	}
	f, ok := rdfio.FormatByName(format)
	switch {
	case !ok:
		return wrongUse(cmd, "there is no syntax %q; there are ttl, trig, nt, nq, rdf, jsonld, jsonld-expanded "+
			"and jsonld-flattened", format)
	case graph == "" && !f.Quads():
		return wrongUse(cmd, "%s cannot hold named graphs: use nq, trig or jsonld, or choose one with --graph", f)
	case verify && f != rdfio.NQuads && f != rdfio.NTriples:
		return wrongUse(cmd, "--verify works for nq and nt, not for %s", f)
	}
	ctx := cmd.Context()
	s, err := openExisting(ctx, cmd, dir, true)
	if err != nil {
		return err
	}
	defer release(cmd, s, &err)
	sn, err := s.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	graphs, err := graphIDs(sn, graph)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	if err := rdfio.Write(ctx, out, f, sortedQuads(ctx, sn, graphs, graph != ""),
		rdfio.WriteOptions{Verify: verify}); err != nil {
		return err
	}
	return out.Flush()
}

// graphIDs returns all graphs by name, the default graph first, or the one
// that is asked for; an unknown one is none.
func graphIDs(sn *store.Snapshot, name string) ([]store.ID, error) {
	switch name {
	case "":
	case defaultGraphName:
		return []store.ID{store.DefaultGraph}, nil
	default:
		id, ok, err := sn.Lookup(term.NewIRI(name))
		if err != nil || !ok {
			return nil, err
		}
		return []store.ID{id}, nil
	}
	var ids []store.ID
	for id, err := range sn.Graphs() {
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	names := make([]term.Term, len(ids))
	if err := sn.Terms(ids, names); err != nil {
		return nil, err
	}
	byID := make(map[store.ID]term.Term, len(ids))
	for i, id := range ids {
		byID[id] = names[i]
	}
	slices.SortFunc(ids, func(a, b store.ID) int { return term.Compare(byID[a], byID[b]) })
	return ids, nil
}

// sortedQuads yields the quads of the graphs, graph by graph, each sorted by
// subject, predicate and object; without graph names if bare. It holds one
// graph in memory at a time.
func sortedQuads(ctx context.Context, sn *store.Snapshot, graphs []store.ID, bare bool) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		var quads []term.Quad
		for _, g := range graphs {
			var err error
			if quads, err = graphQuads(ctx, sn, g, quads[:0]); err != nil {
				yield(term.Quad{}, err)
				return
			}
			slices.SortFunc(quads, term.CompareQuads)
			for _, q := range quads {
				if bare {
					q.Graph = term.Term{}
				}
				if !yield(q, nil) {
					return
				}
			}
		}
	}
}

// graphQuads appends the quads of one graph.
func graphQuads(ctx context.Context, sn *store.Snapshot, g store.ID, quads []term.Quad) ([]term.Quad, error) {
	for q, err := range sn.Match(ctx, store.Pattern{G: g}, store.GSPO) {
		if err != nil {
			return nil, err
		}
		quads = append(quads, q)
	}
	return quads, nil
}

// fileIRI returns the file IRI of a path.
func fileIRI(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
}
