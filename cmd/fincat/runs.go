package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fincat/harvest"
	"fincat/store"
)

type runsFlags struct {
	dir                      string
	listFormat, errorsFormat string
	quads                    bool
}

func newRunsCommand() *cobra.Command {
	var f runsFlags
	cmd := &cobra.Command{
		Use:     "runs",
		Short:   "Harvest runs: history, differences, errors; undo or approve them",
		Example: "  fincat runs list --store DIR\n  fincat runs undo --store DIR 20260301T030000-twse-api",
		Args:    cobra.ArbitraryArgs,
		RunE:    which,
	}
	list := &cobra.Command{
		Use:     "list --store DIR",
		Short:   "List all runs, the newest first, one a line",
		Example: "  fincat runs list --store DIR --format json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.with(cmd, true, f.list) },
	}
	show := &cobra.Command{
		Use:     "show --store DIR RUN",
		Short:   "Show what a run changed, record by record or quad by quad",
		Example: "  fincat runs show --store DIR 20260301T030000-twse-api",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, true, func(cmd *cobra.Command, h *harvest.Harvester) error { return f.show(cmd, h, args[0]) })
		},
	}
	show.Flags().BoolVar(&f.quads, "quads", false, "show the quads that came (+) and went (-)")
	undo := &cobra.Command{
		Use:     "undo --store DIR RUN",
		Short:   "Take back what the newest run of a source wrote",
		Example: "  fincat runs undo --store DIR 20260301T030000-twse-api",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, false, func(cmd *cobra.Command, h *harvest.Harvester) error {
				return settle(cmd, args[0], "undone", h.Undo)
			})
		},
	}
	approve := &cobra.Command{
		Use:     "approve --store DIR RUN",
		Short:   "Carry out the removals that a run held back",
		Example: "  fincat runs approve --store DIR 20260301T030000-twse-api",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, false, func(cmd *cobra.Command, h *harvest.Harvester) error {
				return settle(cmd, args[0], "approved", h.Approve)
			})
		},
	}
	errs := &cobra.Command{
		Use:     "errors --store DIR [RUN|SOURCE]",
		Short:   "Print all problems that a run found, or the newest run of each source",
		Example: "  fincat runs errors --store DIR > errors.csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, true, func(cmd *cobra.Command, h *harvest.Harvester) error { return f.errors(cmd, h, args) })
		},
	}
	list.Flags().StringVar(&f.listFormat, "format", "text", "output: text, or json with one object a line")
	errs.Flags().StringVar(&f.errorsFormat, "format", "csv", "output: csv or json")
	for _, sub := range []*cobra.Command{list, show, undo, approve, errs} {
		storeFlag(sub, &f.dir)
		cmd.AddCommand(sub)
	}
	return cmd
}

// with does something with a harvester over the store.
func (f *runsFlags) with(cmd *cobra.Command, readOnly bool, do func(*cobra.Command, *harvest.Harvester) error) (err error) {
	ctx := cmd.Context()
	defer limitMemory()()
	s, err := openExisting(ctx, cmd, f.dir, readOnly)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	h, err := historian(ctx, s)
	if err != nil {
		return err
	}
	return do(cmd, h)
}

// historian returns a harvester for reading the history of a store.
func historian(ctx context.Context, s *store.Store) (*harvest.Harvester, error) {
	base, err := storeBase(ctx, s, "")
	switch {
	case err != nil:
		return nil, err
	case base == "":
		return nil, fmt.Errorf("nothing has been harvested into this store")
	}
	return harvest.New(ctx, harvest.Options{Store: s, Base: string(base)})
}

func (f *runsFlags) list(cmd *cobra.Command, h *harvest.Harvester) error {
	runs, err := h.Runs(cmd.Context())
	if err != nil {
		return err
	}
	switch f.listFormat {
	case "json":
		enc := json.NewEncoder(cmd.OutOrStdout())
		for _, r := range runs {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	case "text":
	default:
		return wrongUse(cmd, "--format is text or json, not %q", f.listFormat)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, r := range runs {
		took := "-"
		if !r.End.IsZero() {
			took = r.End.Sub(r.Start).Round(time.Millisecond).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Run, r.Start.Local().Format(time.DateTime), took, r.Status, r)
	}
	return w.Flush()
}

func (f *runsFlags) show(cmd *cobra.Command, h *harvest.Harvester, run string) (err error) {
	ctx, out := cmd.Context(), bufio.NewWriter(cmd.OutOrStdout())
	defer func() { err = errors.Join(err, out.Flush()) }()
	report, err := h.RunByID(ctx, run)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s  %s  %s\n%s\n", report.Run, report.Start.Local().Format(time.DateTime), report.Status, report)
	if f.quads {
		for q, err := range h.Difference(ctx, run) {
			if err != nil {
				return err
			}
			sign := "-"
			if q.Added {
				sign = "+"
			}
			if _, err := fmt.Fprintf(out, "%s %s\n", sign, q.Quad); err != nil {
				return err
			}
		}
		return nil
	}
	for c, err := range h.ChangesOf(ctx, run) {
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, c); err != nil {
			return err
		}
	}
	return nil
}

// settle undoes or approves a run.
func settle(cmd *cobra.Command, run, done string, do func(context.Context, string) (*harvest.Report, error)) error {
	report, err := do(cmd.Context(), run)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", run, done, report)
	return err
}

// errors prints the problems of a run, or of the newest run of a source, or of
// the newest runs of all sources.
func (f *runsFlags) errors(cmd *cobra.Command, h *harvest.Harvester, args []string) error {
	if f.errorsFormat != "csv" && f.errorsFormat != "json" {
		return wrongUse(cmd, "--format is csv or json, not %q", f.errorsFormat)
	}
	ctx := cmd.Context()
	runs, err := h.Runs(ctx)
	if err != nil {
		return err
	}
	var wanted []string
	seen := map[string]bool{}
	for _, r := range runs {
		newest := r.Wrote() && !seen[r.Source] && (len(args) == 0 || r.Source == args[0])
		if newest || len(args) > 0 && r.Run == args[0] {
			seen[r.Source] = true
			wanted = append(wanted, r.Run)
		}
	}
	if len(args) > 0 && len(wanted) == 0 {
		return fmt.Errorf("there is no run or source %s that has problems to show", args[0])
	}
	return harvest.WriteProblems(cmd.OutOrStdout(), f.errorsFormat, problemsOf(ctx, h, wanted))
}

func problemsOf(ctx context.Context, h *harvest.Harvester, runs []string) iter.Seq2[harvest.Found, error] {
	return func(yield func(harvest.Found, error) bool) {
		for _, run := range runs {
			for p, err := range h.Problems(ctx, run) {
				if !yield(p, err) {
					return
				}
			}
		}
	}
}
