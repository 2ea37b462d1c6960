package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"fincat/sparql/bench"
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
		Example: "  fincat bench --endpoint http://127.0.0.1:8080/sparql --against " +
			"http://127.0.0.1:3030/ds/sparql --queries queries/",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.endpoint == "":
				return wrongUse(cmd, "--endpoint is missing")
			case o.format != "text" && o.format != "json":
				return wrongUse(cmd, "--format is %q, want text or json", o.format)
			case o.rounds < 1 || o.warmUp < 0:
				return wrongUse(cmd, "--rounds must be at least 1, --warm-up at least 0")
			}
			return compareEndpoints(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
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

// compareEndpoints runs the whole comparison: check the endpoints, run, print.
func compareEndpoints(ctx context.Context, o benchOptions, stdout, stderr io.Writer) error {
	queries, err := bench.Queries(o.queries)
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
	report, err := bench.Run(ctx, client, endpoints, queries, o.warmUp, o.rounds)
	if err != nil {
		return err
	}
	if o.format == "json" {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		err = report.WriteText(stdout)
	}
	if err != nil {
		return err
	}
	if report.Differing+report.Failing > 0 {
		return &foundError{fmt.Sprintf("%d answers differ, %d queries fail", report.Differing, report.Failing)}
	}
	return nil
}
