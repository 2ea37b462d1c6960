package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fincat/sparql/protocol"
)

// benchOptions are the flags of "fincat bench".
type benchOptions struct {
	endpoint, against, queries, format string
	rounds, warmUp                     int
	timeout                            time.Duration
}

func newBenchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench --endpoint URL [--against URL] [--queries DIR]",
		Short: "Time queries on one or two SPARQL endpoints and compare the answers",
		Long: `bench runs a set of queries on a SPARQL endpoint, or on two in turn, and prints
the median, shortest and longest time of each until its last solution has
arrived. With two endpoints the answers must agree as multisets of solutions,
blank nodes counting as equal and numbers by value; a ratio above 1 means that
the first endpoint took longer. The exit status is 3 when answers differ or a
query fails.

A .rq file of --queries holds one query, or several that each follow a line
"# tag: name".`,
		Example: "  fincat bench --endpoint http://127.0.0.1:8080/sparql --against http://127.0.0.1:3030/ds/sparql --queries queries/",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.endpoint == "":
				return wrongUse(cmd, "--endpoint is missing")
			case o.format != "text" && o.format != "json":
				return wrongUse(cmd, "--format is %q, want text or json", o.format)
			case o.rounds < 1 || o.warmUp < 0:
				return wrongUse(cmd, "--rounds must be at least 1, --warm-up at least 0")
			}
			return bench(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.endpoint, "endpoint", "", "address of the SPARQL endpoint")
	f.StringVar(&o.against, "against", "", "address of a second one to compare with")
	f.StringVar(&o.queries, "queries", "", "directory of .rq files (default: a set built in)")
	f.StringVar(&o.format, "format", "text", "text or json")
	f.IntVar(&o.rounds, "rounds", 5, "how often each query is timed")
	f.IntVar(&o.warmUp, "warm-up", 1, "how often each query is run before that")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "for one query")
	return cmd
}

// bench runs the whole comparison: check the endpoints, run, print.
func bench(ctx context.Context, o benchOptions, stdout, stderr io.Writer) error {
	queries, err := benchQueries(o.queries)
	if err != nil {
		return err
	}
	// The user names the endpoints, so no address is out of bounds.
	client := protocol.NewClient(protocol.ClientOptions{
		AllowPrivate: true, Timeout: o.timeout, Retries: -1, MaxBytes: 1 << 40, MaxSolutions: 1 << 40,
	})
	endpoints := []string{o.endpoint}
	if o.against != "" {
		endpoints = append(endpoints, o.against)
	}
	for _, e := range endpoints {
		st, err := client.Probe(ctx, e)
		if err != nil {
			return fmt.Errorf("check the endpoint: %w", err)
		}
		fmt.Fprintf(stderr, "%s: %d triples\n", e, st.Triples)
	}
	report, err := runBench(ctx, client, endpoints, queries, o.warmUp, o.rounds)
	if err != nil {
		return err
	}
	if o.format == "json" {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		err = report.writeText(stdout)
	}
	if err != nil {
		return err
	}
	if report.Differing+report.Failing > 0 {
		return &foundError{fmt.Sprintf("%d answers differ, %d queries fail", report.Differing, report.Failing)}
	}
	return nil
}

// namedQuery is a query of a benchmark.
type namedQuery struct{ name, text string }

// benchQueries reads the .rq files of a directory, in the order of names; with
// no directory, the queries built in.
func benchQueries(dir string) ([]namedQuery, error) {
	var out []namedQuery
	if dir == "" {
		bank, err := protocol.Queries()
		if err != nil {
			return nil, err
		}
		for name, text := range bank {
			if local, ok := strings.CutPrefix(name, "bench-"); ok {
				out = append(out, namedQuery{local, text})
			}
		}
	} else {
		files, err := filepath.Glob(filepath.Join(dir, "*.rq"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			qs, err := readQueryFile(file)
			if err != nil {
				return nil, err
			}
			out = append(out, qs...)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no .rq files in %q", dir)
	}
	slices.SortFunc(out, func(a, b namedQuery) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func readQueryFile(file string) ([]namedQuery, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !strings.Contains("\n"+string(b), "\n# tag:") {
		name := strings.TrimSuffix(filepath.Base(file), ".rq")
		return []namedQuery{{name, string(b)}}, nil
	}
	bank, err := protocol.ParseQueries(strings.NewReader(string(b)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s", file), err)
	}
	var out []namedQuery
	for name, text := range bank {
		out = append(out, namedQuery{name, text})
	}
	return out, nil
}

// writeText prints the report as a table.
func (r *benchReport) writeText(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "query\tresults\t")
	for i := range r.Endpoints {
		fmt.Fprintf(tw, "median %d\tmin\tmax\t", i+1)
	}
	if len(r.Endpoints) == 2 {
		fmt.Fprint(tw, "ratio\tanswers\t")
	}
	fmt.Fprintln(tw)
	for _, q := range r.Queries {
		fmt.Fprintf(tw, "%s\t%d\t", q.Name, q.Runs[0].Results)
		for _, run := range q.Runs {
			if run.Error != "" {
				fmt.Fprint(tw, "error\t-\t-\t")
				continue
			}
			fmt.Fprintf(tw, "%s\t%s\t%s\t", milliseconds(run.Median), milliseconds(run.Min), milliseconds(run.Max))
		}
		if len(r.Endpoints) == 2 {
			fmt.Fprintf(tw, "%s\t%s\t", ratioText(q.Ratio), q.Answers)
		}
		fmt.Fprintln(tw)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for i, e := range r.Endpoints {
		fmt.Fprintf(w, "%d: %s\n", i+1, e)
	}
	for _, q := range r.Queries {
		for i, run := range q.Runs {
			if run.Error != "" {
				fmt.Fprintf(w, "%s on %d: %s\n", q.Name, i+1, run.Error)
			}
		}
	}
	if len(r.Endpoints) == 2 {
		fmt.Fprintf(w, "geometric mean of the ratios: %s\n", ratioText(r.Ratio))
	}
	return nil
}

func milliseconds(v float64) string { return fmt.Sprintf("%.1f ms", v) }

func ratioText(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}
