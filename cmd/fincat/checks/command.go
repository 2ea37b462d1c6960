package checks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/progress"
	"fincat/harvest/quality"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/sheet"
)

// Host is what the program lends to the command.
type Host struct {
	// Read does something with a store into which something was harvested.
	Read func(cmd *cobra.Command, dir string, do func(*store.Store, dcat.Base) error) error
	// Check does something with a runner of checks for the store, whose commits are audited.
	Check func(cmd *cobra.Command, dir, config string, args []string, now func() time.Time,
		do func(*quality.Runner) error) error
	WrongUse func(cmd *cobra.Command, format string, args ...any) error
	Found    func(what string) error // the command did its work and found something
}

// command is the command with its flags.
type command struct {
	Host
	dir, config, now, format string
	all                      bool
	after                    string
	limit                    int
}

// NewCommand returns the command quality.
func NewCommand(h Host) *cobra.Command {
	c := &command{Host: h}
	cmd := &cobra.Command{
		Use:   "quality",
		Short: "Check the files of datasets: badges, indicators, personal data, OPEN API",
		Long: `Quality asks for every file of the datasets, finds out what it really is, and judges
the seven indicators of 政府資料品質提升機制 and the badge that follows from them.
Hosts are asked as fast as harvests ask them. A round that was broken off goes on
where it stopped; what has not changed is asked for with conditions.

A dataset is named by its IRI, by source and identifier as in twse/123, or by its identifier.`,
		Example: "  fincat quality run --store DIR --config fincat.yaml twse\n" +
			"  fincat quality explain --store DIR twse/123",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return h.WrongUse(cmd, "quality has no command %q: run, show or explain", args[0])
			}
			return h.WrongUse(cmd, "which command? run, show or explain")
		},
	}
	run := &cobra.Command{
		Use: "run --store DIR [SOURCE|DATASET...]", Short: "Check the files now",
		Example: "  fincat quality run --store DIR --config fincat.yaml banking-bureau",
		RunE:    c.run,
	}
	run.Flags().StringVar(&c.config, "config", "", "configuration file, for the limits and the sources' settings")
	run.Flags().StringVar(&c.now, "now", "", "time that counts as now, such as 2026-09-30T12:00:00+08:00; for tests")
	show := &cobra.Command{
		Use: "show --store DIR [SOURCE|DATASET...]", Short: "Show what the checks found",
		Example: "  fincat quality show --store DIR --format json",
		RunE:    c.show,
	}
	show.Flags().StringVar(&c.format, "format", "table", "output: table, csv or json")
	show.Flags().BoolVar(&c.all, "all", false, "also datasets that were not checked yet")
	show.Flags().IntVar(&c.limit, "limit", 0, "datasets at most; default all")
	show.Flags().StringVar(&c.after, "after", "", "only datasets whose IRIs come after this one's, for the next page")
	explain := &cobra.Command{
		Use: "explain --store DIR [SOURCE|DATASET...]", Short: "Say what each verdict was judged by and what to do",
		Example: "  fincat quality explain --store DIR twse/123",
		RunE:    c.explain,
	}
	for _, sub := range []*cobra.Command{run, show, explain} {
		sub.Flags().StringVar(&c.dir, "store", "", "directory of the store (required)")
		cmd.AddCommand(sub)
	}
	return cmd
}

// clock returns the clock of the checks, nil for that of the machine.
func (c *command) clock(cmd *cobra.Command) (func() time.Time, error) {
	if c.now == "" {
		return nil, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if at, err := time.ParseInLocation(form, c.now, time.FixedZone("Asia/Taipei", 8*3600)); err == nil {
			return func() time.Time { return at }, nil
		}
	}
	return nil, c.WrongUse(cmd, "--now %q is no time: write one such as 2026-09-30T12:00:00+08:00", c.now)
}

func (c *command) run(cmd *cobra.Command, args []string) error {
	now, err := c.clock(cmd)
	if err != nil {
		return err
	}
	return c.Check(cmd, c.dir, c.config, args, now, func(r *quality.Runner) error {
		line := progress.New(cmd.ErrOrStderr())
		report, err := r.Run(cmd.Context(), args, func(done int, p quality.Plan) {
			if done == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), p)
				return
			}
			line.Show("%d of %d datasets checked; not done before %s", done, p.Datasets, p.End.Format("15:04:05"))
		})
		line.Clear()
		if report != nil {
			c.report(cmd, report)
		}
		if err == nil && len(report.Failed) > 0 {
			return c.Found(fmt.Sprintf("%d datasets could not be checked", len(report.Failed)))
		}
		return err
	})
}

// shownFailures is how many datasets that could not be checked are printed.
const shownFailures = 10

func (c *command) report(cmd *cobra.Command, r *quality.Report) {
	for _, err := range r.Failed[:min(len(r.Failed), shownFailures)] {
		fmt.Fprintln(cmd.ErrOrStderr(), "  "+err.Error())
	}
	var badges []string
	for _, b := range []string{"白金", "金", "銀", "銅", quality.None} {
		if n := r.Badges[b]; n > 0 {
			badges = append(badges, fmt.Sprintf("%s %d", b, n))
		}
	}
	resumed := ""
	if r.Resumed > 0 {
		resumed = fmt.Sprintf(", %d already checked in the round that goes on", r.Resumed)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d datasets checked, %d files, %d unchanged%s, %d failed, in %.1f s: %s\n",
		r.Checked,
		r.Files, r.Kept, resumed, len(r.Failed), r.Took.Seconds(), strings.Join(badges, ", "))
}

// results calls yield with each result of a scope.
func (c *command) results(cmd *cobra.Command, scope []string, yield func(*quality.Result) error) error {
	return c.Read(cmd, c.dir, func(s *store.Store, base dcat.Base) error {
		sn, err := s.Snapshot()
		if err != nil {
			return err
		}
		defer sn.Close()
		after, n := "", 0
		if c.after != "" {
			after = dcat.Named(base, c.after)
		}
		for r, err := range quality.ResultsAfter(cmd.Context(), sn, base, scope, c.all, after) {
			if n++; err != nil || c.limit > 0 && n > c.limit {
				return err
			}
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *command) show(cmd *cobra.Command, args []string) error {
	if c.limit < 0 {
		return c.WrongUse(cmd, "--limit %d: give a number of datasets, such as 100", c.limit)
	}
	out := cmd.OutOrStdout()
	switch c.format {
	case "json":
		return c.showJSON(cmd, args)
	case "csv":
		w := sheet.NewWriter(out, header...)
		err := c.results(cmd, args, func(r *quality.Result) error { return w.Write(row(r)...) })
		if err != nil {
			return err
		}
		return w.Close()
	case "table":
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		err := c.results(cmd, args, func(r *quality.Result) error {
			_, err := fmt.Fprintln(w, strings.Join(row(r), "\t"))
			return err
		})
		if err != nil {
			return err
		}
		return w.Flush()
	}
	return c.WrongUse(cmd, "--format is table, csv or json, not %q", c.format)
}

// showJSON writes an array with one object a dataset, one after the other.
func (c *command) showJSON(cmd *cobra.Command, args []string) error {
	out, sep := cmd.OutOrStdout(), "["
	err := c.results(cmd, args, func(r *quality.Result) error {
		text, err := json.MarshalIndent(r, " ", " ")
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n %s", sep, text)
		}
		sep = ","
		return err
	})
	if err != nil {
		return err
	}
	if sep == "[" {
		_, err = fmt.Fprintln(out, "[]")
		return err
	}
	_, err = fmt.Fprintln(out, "\n]")
	return err
}

var header = []string{"badge", "source", "identifier", "link", "download", "structured", "encoding", "fields",
	"timeliness", "response", "oas", "portal_badge", "files", "personal_data", "findings", "title", "mqa", "stars"}

// row is a result as a line of a table.
func row(r *quality.Result) []string {
	personal, rules := 0, map[string]bool{}
	for _, f := range r.Resources {
		personal += len(f.Personal)
		for _, x := range f.Findings {
			rules[x.Rule] = true
		}
	}
	portal := ""
	if r.Portal != nil {
		portal = r.Portal.Badge
	}
	out := []string{r.Badge, r.Source, r.Identifier}
	for _, name := range header[3:10] {
		out = append(out, string(r.Indicators[name].Is))
	}
	points, stars := "", ""
	if r.MQA != nil && r.Stars != nil {
		points, stars = fmt.Sprint(r.MQA.Points), starsOf(r.Stars)
	}
	return append(out, fmt.Sprint(r.OAS.Counts), portal, fmt.Sprint(len(r.Resources)), fmt.Sprint(personal),
		strings.Join(slices.Sorted(maps.Keys(rules)), " "), r.Title, points, stars)
}
