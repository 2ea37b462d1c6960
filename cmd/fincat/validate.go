package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fincat/sparql/shacl"
	"fincat/store"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

type validateFlags struct {
	dir, format      string
	profiles, shapes []string
	graphs, focus    []string
	limit            int
}

func newValidateCommand() *cobra.Command {
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate [--store DIR | FILE...]",
		Short: "Validate a store or RDF documents against SHACL shapes",
		Long: `Validate checks a store, or the RDF documents given, against SHACL shapes (Core
and SPARQL) and writes the validation report. Shapes are those of a profile
that comes with the program, dcat-ap when nothing is said, and those in the
files of --shapes; with --shapes alone there is no profile. Profiles are ` +
			strings.Join(shacl.Profiles(), ", ") + `.

The exit status is 0 when the data conform, 3 when there is any result,
whatever its severity, and 1, without a report, when the shapes or the data
cannot be read or the shapes need what SHACL does not allow.

驗證資料庫或 RDF 文件是否符合 SHACL 形狀，並寫出驗證報告。`,
		Example: "  fincat validate --store DIR --profile tw --format table\n" +
			"  fincat validate catalogue.ttl --shapes shapes.ttl > report.ttl",
		PreRun: func(cmd *cobra.Command, _ []string) { f.addImports(cmd) },
		RunE:   func(cmd *cobra.Command, args []string) error { return validate(cmd, f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "store", "", "directory of the store to validate")
	flags.StringSliceVar(&f.profiles, "profile", nil,
		"shape set that comes with the program (default dcat-ap, or none with --shapes)")
	flags.StringArrayVar(&f.shapes, "shapes", nil, "file with shapes; may be given more than once")
	flags.StringVar(&f.format, "format", "ttl", "report as ttl, jsonld, table or csv")
	flags.StringArrayVar(&f.graphs, "graph", nil,
		"validate only what this graph says something about; may be given more than once")
	flags.StringArrayVar(&f.focus, "focus", nil, "validate only this node, an IRI; may be given more than once")
	flags.IntVar(&f.limit, "limit", 0, "give up after this many results (default: no limit)")
	return cmd
}

// addImports adds the local files that the shapes import, so that a server gets them too.
func (f *validateFlags) addImports(cmd *cobra.Command) {
	for i := 0; i < len(f.shapes) && sessionOf(cmd) == nil; i++ {
		if f.shapes[i] == "-" {
			continue
		}
		quads, _ := readShapesFile(cmd, f.shapes[i], i) // an error is told when it is read again
		for _, path := range shacl.ImportedFiles(quads) {
			known := func(name string) bool { return inputIRI(cmd, name) == fileIRI(path) }
			if _, err := os.Stat(path); err == nil && !slices.ContainsFunc(f.shapes, known) {
				f.shapes = append(f.shapes, path)
			}
		}
	}
}

// stored reports whether a store is validated rather than files.
func (f *validateFlags) stored(cmd *cobra.Command) bool { return f.dir != "" || sessionOf(cmd) != nil }

func validate(cmd *cobra.Command, f validateFlags, files []string) (err error) {
	write, err := reportWriter(cmd, f.format)
	if err != nil {
		return err
	}
	switch {
	case !f.stored(cmd) && len(files) == 0:
		return wrongUse(cmd, "what is to be validated? give files or --store DIR")
	case f.stored(cmd) && len(files) > 0:
		return wrongUse(cmd, "give files or --store DIR, not both")
	case f.limit < 0:
		return wrongUse(cmd, "--limit must not be negative")
	}
	if len(f.profiles) == 0 && len(f.shapes) == 0 {
		f.profiles = []string{"dcat-ap"}
	}
	shapes, err := readShapes(cmd, f)
	if err != nil {
		return err
	}
	for _, iri := range shapes.Missing() {
		fmt.Fprintf(cmd.ErrOrStderr(), "fincat: the import <%s> is not at hand and is left out\n", iri)
	}
	for _, property := range shapes.Ignored() {
		fmt.Fprintf(cmd.ErrOrStderr(), "fincat: the shapes use %s, which is no part of SHACL Core and SHACL-SPARQL: "+
			"it is left out\n", property)
	}
	o := shacl.Options{Limit: f.limit, Stats: &shacl.Stats{}}
	if session := sessionOf(cmd); session != nil {
		o.Shared = session.engine.SharedMemory()
	}
	for _, iri := range f.focus {
		o.Focus = append(o.Focus, term.NewIRI(iri))
	}
	for _, iri := range f.graphs {
		if iri == defaultGraphName {
			o.Graphs = append(o.Graphs, term.Term{})
		} else {
			o.Graphs = append(o.Graphs, term.NewIRI(iri))
		}
	}
	s, err := dataToValidate(cmd, f, files, shapes, &o)
	if err != nil {
		return err
	}
	defer release(cmd, s, &err)
	if f.stored(cmd) { // files are held in memory, whatever they need
		defer limitMemory(cmd, validationMemory)()
	}
	sn, err := s.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	return writeValidation(cmd, write, shacl.Validate(cmd.Context(), sn, shapes, o), o.Stats)
}

// writeValidation writes the report, and says on standard error what was found.
func writeValidation(cmd *cobra.Command, write func(io.Writer, iter.Seq2[shacl.Result, error]) error,
	found iter.Seq2[shacl.Result, error], stats *shacl.Stats) error {
	levels, sources := map[string]int{}, 0
	counted := func(yield func(shacl.Result, error) bool) {
		for r, err := range found {
			if err == nil {
				levels[r.Level()]++
				if r.Origin == shacl.OriginSource {
					sources++
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
	if err := write(out, counted); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if stats.Removed > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "fincat: %d results about removed records are left out\n", stats.Removed)
	}
	if stats.Results == 0 {
		return nil
	}
	others := int(stats.Results) - levels["violation"] - levels["warning"] - levels["info"]
	whose := ""
	if sources > 0 {
		whose = fmt.Sprintf("; %d of the results are for the sources to mend, %d for the catalogue", sources,
			int(stats.Results)-sources)
	}
	return &foundError{fmt.Sprintf(
		"the data do not conform: %d violations, %d warnings, %d infos, %d others at %d focus nodes%s",
		levels["violation"], levels["warning"], levels["info"], others, stats.FocusNodes, whose)}
}

// reportWriter returns what writes a report in a format.
func reportWriter(cmd *cobra.Command, format string) (func(io.Writer, iter.Seq2[shacl.Result, error]) error, error) {
	// sortedResults is how many results are sorted before they are listed.
	const sortedResults = 50_000
	switch format {
	case "table":
		return func(w io.Writer, found iter.Seq2[shacl.Result, error]) error {
			return shacl.WriteTable(w, shacl.Sorted(found, sortedResults, nil))
		}, nil
	case "csv":
		return func(w io.Writer, found iter.Seq2[shacl.Result, error]) error {
			return shacl.WriteCSV(w, shacl.Sorted(found, sortedResults, nil))
		}, nil
	case "ttl", "jsonld":
		f, _ := rdfio.FormatByName(format)
		return func(w io.Writer, found iter.Seq2[shacl.Result, error]) error {
			return shacl.WriteReport(w, f, found)
		}, nil
	}
	return nil, wrongUse(cmd, "--format is ttl, jsonld, table or csv, not %q", format)
}

// readShapes compiles the profiles and files asked for. What they import is
// looked for in the profiles and among local files, never in the network.
func readShapes(cmd *cobra.Command, f validateFlags) (*shacl.Shapes, error) {
	quads, facts, err := shacl.Builtin(f.profiles...)
	if err != nil {
		return nil, wrongUse(cmd, "--profile: %v", err)
	}
	read := map[string]bool{}
	for _, name := range f.shapes {
		more, err := readShapesFile(cmd, name, len(read))
		if err != nil {
			return nil, err
		}
		read[inputIRI(cmd, name)] = true
		quads = append(quads, more...)
	}
	shapes, err := shacl.Compile(quads, func(iri string) ([]term.Quad, bool) {
		if found, ok := shacl.ImportBuiltin(iri); ok {
			return found, true
		}
		at, err := url.Parse(iri)
		if err != nil || at.Scheme != "file" || at.Host != "" {
			return nil, false
		}
		if read[iri] {
			return nil, true
		}
		read[iri] = true
		found, err := readShapesFile(cmd, at.Path, len(read))
		return found, err == nil
	})
	if err != nil {
		return nil, err
	}
	shapes.State(facts)
	return shapes, nil
}

// readShapesFile reads one document; the number keeps its blank nodes apart
// from those of others.
func readShapesFile(cmd *cobra.Command, name string, number int) ([]term.Quad, error) {
	file, err := openInput(cmd, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	quads, err := rdfio.ReadAll(cmd.Context(), file, rdfio.ReadOptions{
		Path: name, Base: inputIRI(cmd, name), BlankNodes: fmt.Sprintf("s%d_", number),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return quads, nil
}

// dataToValidate opens the store, or loads the files into one in memory.
func dataToValidate(cmd *cobra.Command, f validateFlags, files []string, shapes *shacl.Shapes,
	o *shacl.Options) (*store.Store, error) {
	ctx := cmd.Context()
	if f.stored(cmd) {
		if shapes.NeedsShapesGraph() {
			return nil, errors.New("a query of the shapes uses $shapesGraph, " +
				"which needs the shapes beside the data: validate files")
		}
		return openExisting(ctx, cmd, f.dir, true)
	}
	s, err := store.Open(ctx, store.Options{})
	if err != nil {
		return nil, err
	}
	inputs := make([]store.Input, len(files))
	for i, name := range files {
		inputs[i] = store.Input{Path: name, Base: fileIRI(name)}
		if name == "-" {
			inputs[i] = store.Input{Path: "standard input", Reader: cmd.InOrStdin()}
		}
	}
	if _, err = s.Load(ctx, inputs, store.LoadOptions{}); err == nil && shapes.NeedsShapesGraph() {
		o.ShapesGraph, err = shapes.Load(ctx, s)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
