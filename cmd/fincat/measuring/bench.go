package measuring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"fincat/sparql/bench"
	"fincat/sparql/protocol"
	queries "fincat/testdata/bench"
)

// Host is what the program lends to the commands.
type Host struct {
	WrongUse func(cmd *cobra.Command, format string, args ...any) error
	Found    func(what string) error // the command did its work and found something
}

// options are the flags of "fincat bench".
type options struct {
	Host
	endpoint, queries, only, format, out string
	against, update                      []string
	rounds, warmUp, clients              int
	timeout, duration                    time.Duration
}

// maxAnswer bounds an answer, in bytes: each is held in memory until its end.
const maxAnswer = 1 << 30

// The limits of what can be asked for.
const (
	maxEndpoints = 6
	maxClients   = 1000
)

// NewCommand returns the command bench.
func NewCommand(h Host) *cobra.Command {
	o := options{Host: h}
	cmd := &cobra.Command{
		Use:   "bench --endpoint URL [--against URL]... [--queries DIR]",
		Short: "Time queries on SPARQL endpoints and compare the answers",
		Long: `bench asks one or more SPARQL endpoints the same queries, in rounds in which they
take turns, and prints the median, shortest and longest time of each until its
last byte has arrived, and the time of the very first ("cold"; start the servers
anew before). Only SPARQL 1.1 over HTTP is used, so that it is fair to all.

The answers must agree as multisets of solutions, blank nodes counting as equal
and numbers by value, and in their order where the query asks for one. A ratio
above 1 means that the first endpoint took longer than the best of the others. A
query that takes longer than --timeout is a timeout and counts with that time.
The exit status is 3 when answers differ, or a query fails or times out.

The queries built in are for the catalogues of "fincat bench generate". A .rq file
of --queries holds one query, or several that each follow a line "# tag: name".
Updates (.ru files: an update, a query after a line "# check", and after a line
"# undo" what makes it undone) are run where --update gives an address for each
endpoint, in the same order. They leave the store as it was.

With --clients, that many clients ask at the same time afterwards.`,
		Example: "  fincat bench generate --datasets 22000 | fincat load --store DIR --format nq -\n" +
			"  fincat bench --endpoint http://127.0.0.1:8080/sparql --against http://127.0.0.1:8890/sparql --out DIR",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fault := o.fault(); fault != "" {
				return h.WrongUse(cmd, "%s", fault)
			}
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.endpoint, "endpoint", "", "address of the SPARQL endpoint")
	f.StringArrayVar(&o.against, "against", nil, "address of another one to compare with; may be repeated")
	f.StringArrayVar(&o.update, "update", nil, "address for updates, of each endpoint in order")
	f.StringVar(&o.queries, "queries", "", "directory of .rq and .ru files (default: the set built in)")
	f.StringVar(&o.only, "only", "", `pattern of the names of queries, such as "path-*"`)
	f.StringVar(&o.format, "format", "text", "text, json, csv or svg")
	f.StringVar(&o.out, "out", "", "directory in which the report is written in every format too")
	f.IntVar(&o.rounds, "rounds", 5, "how often each query is timed")
	f.IntVar(&o.warmUp, "warm-up", 1, "how often each query is run before that")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "for one query")
	f.IntVar(&o.clients, "clients", 0, "how many clients ask at the same time afterwards")
	f.DurationVar(&o.duration, "duration", time.Minute, "how long they ask each endpoint")
	cmd.AddCommand(newGenerateCommand(h))
	return cmd
}

// fault says what is wrong with the flags; nothing when they are right.
func (o *options) fault() string {
	switch {
	case o.endpoint == "":
		return "--endpoint is missing"
	case formats[o.format] == nil:
		return fmt.Sprintf("--format is %q, want text, json, csv or svg", o.format)
	case o.rounds < 1 || o.warmUp < 0:
		return "--rounds must be at least 1, --warm-up at least 0"
	case o.timeout <= 0 || o.duration <= 0:
		return "--timeout and --duration must be above 0"
	case o.clients < 0 || o.clients > maxClients:
		return fmt.Sprintf("--clients must be from 0 to %d", maxClients)
	case len(o.against) >= maxEndpoints:
		return fmt.Sprintf("at most %d endpoints are compared", maxEndpoints)
	case len(o.update) != 0 && len(o.update) != 1+len(o.against):
		return fmt.Sprintf("--update is given %d times for %d endpoints: give it for each, or not at all",
			len(o.update), 1+len(o.against))
	}
	return ""
}

// formats are the forms of a report.
var formats = map[string]func(*bench.Report, io.Writer) error{
	"text": (*bench.Report).WriteText,
	"csv":  (*bench.Report).WriteCSV,
	"svg":  (*bench.Report).WriteSVG,
	"json": func(r *bench.Report, w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	},
}

// run is the whole comparison: check the endpoints, ask, write.
func (o *options) run(ctx context.Context, stdout, stderr io.Writer) error {
	var files fs.FS = queries.Files
	if o.queries != "" {
		files = os.DirFS(o.queries)
	}
	list, err := bench.Queries(files, o.only)
	if err != nil {
		return err
	}
	if len(o.update) == 0 {
		all := len(list)
		list = slices.DeleteFunc(list, bench.Query.IsUpdate)
		if left := all - len(list); left > 0 {
			fmt.Fprintf(stderr, "%d updates are left out: --update gives no addresses\n", left)
		}
		if len(list) == 0 {
			return errors.New("there are only updates: give --update for each endpoint")
		}
	}
	// The user names the endpoints, so no address is out of bounds.
	client := protocol.NewClient(protocol.ClientOptions{
		AllowPrivate: true, Timeout: o.timeout, Retries: -1, MaxBytes: maxAnswer, Connections: max(4, o.clients),
	})
	endpoints, err := o.endpoints(ctx, client, stderr)
	if err != nil {
		return err
	}
	report, err := bench.Run(ctx, bench.Options{
		Client: client, Timeout: o.timeout, Endpoints: endpoints, Queries: list, WarmUp: o.warmUp, Rounds: o.rounds,
		Clients: o.clients, Duration: o.duration,
		Progress: func(what string) { fmt.Fprintln(stderr, what) },
	})
	if err != nil {
		return err
	}
	if err := o.write(report, stdout); err != nil {
		return err
	}
	if report.Differing+report.Failing+report.TimedOut > 0 {
		return o.Found(fmt.Sprintf("%d answers differ, %d queries fail, %d time out", report.Differing,
			report.Failing, report.TimedOut))
	}
	return nil
}

// endpoints asks every endpoint whether it works.
func (o *options) endpoints(ctx context.Context, c *protocol.Client, stderr io.Writer) ([]bench.Endpoint, error) {
	var out []bench.Endpoint
	for i, address := range append([]string{o.endpoint}, o.against...) {
		if err := bench.Try(ctx, c, address); err != nil {
			return nil, fmt.Errorf("check the endpoint: %w", err)
		}
		fmt.Fprintf(stderr, "%d: %s\n", i+1, address)
		e := bench.Endpoint{Address: address}
		if len(o.update) > 0 {
			e.Update = o.update[i]
		}
		out = append(out, e)
	}
	return out, nil
}

// write prints the report, and with --out writes it to files as well.
func (o *options) write(r *bench.Report, stdout io.Writer) error {
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o755); err != nil {
			return err
		}
		for ext, write := range formats {
			if ext == "text" {
				ext = "txt"
			}
			if err := writeFile(filepath.Join(o.out, "bench."+ext), r, write); err != nil {
				return err
			}
		}
	}
	return formats[o.format](r, stdout)
}

func writeFile(name string, r *bench.Report, write func(*bench.Report, io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(r, f), f.Close())
}
