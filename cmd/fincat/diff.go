package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"fincat/vocab/canon"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// maxHeldQuads bounds the documents that diff and canon hold in memory.
const maxHeldQuads = 10_000_000

// documentFlags say how diff and canon read documents.
type documentFlags struct{ in, base string }

func (f *documentFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.in, "in", "",
		"syntax that is read: ttl, trig, nt, nq, rdf or jsonld (default: by file name, then by content)")
	cmd.Flags().StringVar(&f.base, "base", "",
		"IRI against which relative IRIs are resolved (default: the file's own)")
}

// check reports wrong use of the flags.
func (f *documentFlags) check(cmd *cobra.Command) error {
	if _, ok := rdfio.FormatByName(f.in); f.in != "" && !ok {
		return wrongUse(cmd, "there is no syntax %q; there are ttl, trig, nt, nq, rdf and jsonld", f.in)
	}
	return nil
}

// read returns the quads of a file, or of standard input when it is called "-".
func (f *documentFlags) read(cmd *cobra.Command, name string) (quads []term.Quad, err error) {
	format, _ := rdfio.FormatByName(f.in)
	o := rdfio.ReadOptions{Format: format, Path: name, Base: f.base, Limits: rdfio.Limits{Statements: maxHeldQuads}}
	r, err := openInput(cmd, name)
	if err != nil {
		return nil, err
	}
	defer closing(r, &err)
	switch {
	case name == "-":
		name, o.Path = "standard input", ""
	case o.Base == "":
		o.Base = inputIRI(cmd, name)
	}
	if quads, err = rdfio.ReadAll(cmd.Context(), r, o); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return quads, nil
}

type diffFlags struct {
	documentFlags
	dir, graph, format string
	brief              bool // only whether they differ
}

func newDiffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two RDF documents, whatever their blank nodes are called",
		Long: `Diff writes the quads in which two RDF documents differ: "- " before those that
only the first has, "+ " before those that only the second has, or an RDF Patch
that makes the second of the first. It ends with 3 when there is any. Blank nodes
that correspond count as equal and are called as in the first document.

The syntax of each document follows from its file name (.ttl .trig .nt .nq .rdf
.jsonld, each also with .gz or .zst); "-" reads standard input. With --store and
--graph, the first document is a graph of a store and only the second a file.`,
		Example: "  fincat diff old.ttl new.jsonld\n  fincat diff --format patch old.nq new.nq > change.rdfp\n" +
			"  fincat diff --store DIR --graph https://example.org/g record.ttl",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return diff(cmd, f, args) },
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.dir, "store", "", "directory of a store, whose --graph is the first document")
	cmd.Flags().StringVar(&f.graph, "graph", "", `graph of the store to compare with; "default" is the default graph`)
	cmd.Flags().StringVar(&f.format, "format", "nq",
		"how differences are written: nq (N-Quads after - and +) or patch (RDF Patch)")
	cmd.Flags().BoolVar(&f.brief, "brief", false, "only say whether they differ, which is told sooner")
	return cmd
}

func diff(cmd *cobra.Command, f diffFlags, args []string) error {
	marks, ok := diffMarks[f.format]
	stored := f.dir != "" || sessionOf(cmd) != nil
	switch {
	case !ok:
		return wrongUse(cmd, "--format is nq or patch, not %q", f.format)
	case stored != (f.graph != ""):
		return wrongUse(cmd, "--store and --graph go together")
	case !stored && len(args) != 2:
		return wrongUse(cmd, "which two documents? give two files, or a file with --store and --graph")
	case stored && len(args) != 1:
		return wrongUse(cmd, "give one file to compare with the graph")
	case len(args) == 2 && args[0] == "-" && args[1] == "-":
		return wrongUse(cmd, "only one of the documents can be standard input")
	}
	if err := f.check(cmd); err != nil {
		return err
	}
	first, second := f.graph, args[len(args)-1]
	var a []term.Quad
	var err error
	if stored {
		a, err = storedGraph(cmd, f.dir, f.graph)
	} else {
		first = args[0]
		a, err = f.read(cmd, first)
	}
	if err != nil {
		return err
	}
	b, err := f.read(cmd, second)
	if err != nil {
		return err
	}
	if f.brief {
		if canon.Isomorphic(a, b) {
			return nil
		}
		return &foundError{fmt.Sprintf("%s and %s differ", first, second)}
	}
	added, removed := canon.Diff(a, b)
	if len(added)+len(removed) == 0 {
		return nil
	}
	if err := marks.write(cmd.OutOrStdout(), added, removed); err != nil {
		return err
	}
	return &foundError{fmt.Sprintf("%s and %s differ: quads only in the first: %d, only in the second: %d",
		first, second, len(removed), len(added))}
}

// storedGraph returns the triples of one graph of a store.
func storedGraph(cmd *cobra.Command, dir, graph string) (quads []term.Quad, err error) {
	s, err := openExisting(cmd.Context(), cmd, dir, true)
	if err != nil {
		return nil, err
	}
	defer release(cmd, s, &err)
	sn, err := s.Snapshot()
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	ids, err := graphIDs(sn, graph)
	if err != nil {
		return nil, err
	}
	for q, err := range sortedQuads(cmd.Context(), sn, ids, true) {
		if err != nil {
			return nil, err
		}
		if quads = append(quads, q); len(quads) > maxHeldQuads {
			return nil, errors.New("the graph has more than 10,000,000 triples; dump it and compare the sorted lines")
		}
	}
	return quads, nil
}

// diffMarking says how a difference is written: what stands before each quad and
// around all of them.
type diffMarking struct{ begin, removed, added, end string }

// diffMarks are the ways to write a difference. RDF Patch is that of
// https://afs.github.io/rdf-patch/.
var diffMarks = map[string]diffMarking{
	"nq":    {removed: "- ", added: "+ "},
	"patch": {begin: "TX .\n", removed: "D ", added: "A ", end: "TC .\n"},
}

func (m diffMarking) write(w io.Writer, added, removed []term.Quad) error {
	out := bufio.NewWriter(w)
	line := func(mark string, quads []term.Quad) {
		for _, q := range quads {
			fmt.Fprintf(out, "%s%s\n", mark, q)
		}
	}
	fmt.Fprint(out, m.begin)
	line(m.removed, removed)
	line(m.added, added)
	fmt.Fprint(out, m.end)
	return out.Flush()
}
