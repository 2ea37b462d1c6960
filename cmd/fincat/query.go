package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/sparql/syntax"
	"fincat/vocab/rdfio"
)

type queryFlags struct {
	dir, text, format, defaultGraph string
	explain                         bool
	timeout                         time.Duration
}

func newQueryCommand() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use:   "query --store DIR [FILE|-|-e TEXT]",
		Short: "Answer one SPARQL query",
		Long: `Query answers one SPARQL query from a file, from standard input ("-") or from
the command line (-e). SELECT and ASK are written as table, json, xml, csv or
tsv, CONSTRUCT and DESCRIBE as ttl, nt, rdf, jsonld, jsonld-expanded,
jsonld-flattened, trig or nq.`,
		Example: "  fincat query --store DIR -e 'SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g'\n" +
			"  fincat query --store DIR --format csv publishers.rq > publishers.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return query(cmd, f, args) },
	}
	storeFlag(cmd, &f.dir)
	flags := cmd.Flags()
	flags.StringVarP(&f.text, "execute", "e", "", "text of the query")
	flags.StringVar(&f.format, "format", "", "format of the answer (default: table or ttl)")
	flags.StringVar(&f.defaultGraph, "default-graph", "union", "default graph: union of all graphs, or strict")
	flags.BoolVar(&f.explain, "explain", false,
		"show the plan with estimated and actual solutions instead of the answer")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "give up after this time")
	return cmd
}

func query(cmd *cobra.Command, f queryFlags, args []string) (err error) {
	mode, ok := defaultGraphModes[f.defaultGraph]
	switch {
	case !ok:
		return wrongUse(cmd, "--default-graph is union or strict, not %q", f.defaultGraph)
	case f.timeout <= 0:
		return wrongUse(cmd, "--timeout must be positive")
	}
	text, name, err := requestText(cmd, f.text, args)
	if err != nil {
		return err
	}
	write, err := answerWriter(cmd, f.format)
	if err != nil {
		return err
	}
	s, err := openExisting(cmd.Context(), cmd, f.dir, true)
	if err != nil {
		return err
	}
	defer release(cmd, s, &err)
	e, err := commandEngine(cmd, engineOptions{Store: s, Timeout: f.timeout, MaxTimeout: f.timeout,
		AllowPrivate: true})
	if err != nil {
		return err
	}
	defer release(cmd, e, &err)
	o := sparql.QueryOptions{Timeout: f.timeout, DefaultGraph: &mode}
	if f.explain {
		plan, err := e.Explain(cmd.Context(), text, o, true)
		if err != nil {
			return located(name, err)
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), plan)
		return err
	}
	res, err := e.Query(cmd.Context(), text, o)
	if err != nil {
		return located(name, err)
	}
	defer res.Close()
	out := bufio.NewWriter(cmd.OutOrStdout())
	if err := write(out, res); err != nil {
		out.Flush() // what was written so far ends broken, as it should
		return located(name, err)
	}
	return out.Flush()
}

var defaultGraphModes = map[string]sparql.DefaultGraphMode{"union": sparql.Union, "strict": sparql.Strict}

// requestText returns the text of a query or update and where it is from.
func requestText(cmd *cobra.Command, text string, args []string) (request, name string, err error) {
	given := cmd.Flags().Changed("execute")
	switch {
	case given && len(args) > 0:
		return "", "", wrongUse(cmd, "give a file or -e TEXT, not both")
	case given:
		return text, "-e", nil
	case len(args) == 0:
		return "", "", wrongUse(cmd, "which %s? give a file, - or -e TEXT", cmd.Name())
	}
	name = args[0]
	data, err := readInput(cmd, name)
	if name == "-" {
		name = "standard input"
	}
	return string(data), name, err
}

// located puts the name of the text before an error that has a place in it.
func located(name string, err error) error {
	if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
		return fmt.Errorf("%s:%w", name, err)
	}
	return err
}

// answerWriter returns what writes an answer in the named format, the natural
// one of each query form when it is "".
func answerWriter(cmd *cobra.Command, format string) (func(io.Writer, *sparql.Result) error, error) {
	table, graph := results.Table, rdfio.Turtle
	if format != "" {
		var isTable, isGraph bool
		table, isTable = results.FormatByName(format)
		graph, isGraph = rdfio.FormatByName(format)
		if !isTable && !isGraph {
			return nil, wrongUse(cmd, "there is no format %q; there are table, json, xml, csv, tsv, and ttl, nt, "+
				"rdf, jsonld, jsonld-expanded, jsonld-flattened, trig, nq", format)
		}
	}
	return func(w io.Writer, res *sparql.Result) error {
		isGraph := res.Form() == sparql.Construct || res.Form() == sparql.Describe
		switch {
		case isGraph && graph == 0:
			return fmt.Errorf("the answer is a graph, which %s cannot hold: use ttl, nt, rdf or jsonld", format)
		case isGraph:
			return rdfio.Write(cmd.Context(), w, graph, res.Quads(), rdfio.WriteOptions{})
		case table == 0:
			return fmt.Errorf("the answer has solutions, which %s cannot hold: use table, json, xml, csv or tsv",
				format)
		case res.Form() == sparql.Ask:
			yes, err := res.Boolean()
			if err != nil {
				return err
			}
			return results.WriteBoolean(w, table, yes)
		}
		return writeSolutions(w, table, res)
	}, nil
}

func writeSolutions(w io.Writer, f results.Format, res *sparql.Result) error {
	out, err := results.NewWriter(w, f, res.Vars())
	if err != nil {
		return err
	}
	for solution, err := range res.Solutions() {
		if err == nil {
			err = out.Write(solution)
		}
		if err != nil {
			return errors.Join(err, out.Fail(err))
		}
	}
	return out.Close()
}
