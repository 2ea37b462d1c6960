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
	"fincat/harvest/history"
	"fincat/harvest/link"
	"fincat/store"
	"fincat/vocab/dcat"
)

type runsFlags struct {
	dir                      string
	listFormat, errorsFormat string
	showFormat               string
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
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.read(cmd, f.list) },
	}
	show := &cobra.Command{
		Use:     "show --store DIR RUN",
		Short:   "Show what a run changed, record by record or quad by quad",
		Example: "  fincat runs show --store DIR 20260301T030000-twse-api",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.read(cmd, func(cmd *cobra.Command, h *history.History) error { return f.show(cmd, h, args[0]) })
		},
	}
	show.Flags().BoolVar(&f.quads, "quads", false, "show the quads that came (+) and went (-)")
	show.Flags().StringVar(&f.showFormat, "format", "text", "output: text, or json with one record a line")
	undo := &cobra.Command{
		Use:     "undo --store DIR RUN",
		Short:   "Take back what the newest run of a source wrote",
		Example: "  fincat runs undo --store DIR 20260301T030000-twse-api",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.change(cmd, args, func(cmd *cobra.Command, h *harvest.Harvester) error {
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
			return f.change(cmd, args, func(cmd *cobra.Command, h *harvest.Harvester) error {
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
			return f.read(cmd, func(cmd *cobra.Command, h *history.History) error { return f.errors(cmd, h, args) })
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

// with does something with an open store and the base of its IRIs.
func (f *runsFlags) with(cmd *cobra.Command, readOnly bool, do func(*store.Store, dcat.Base) error) error {
	defer limitMemory(cmd, harvestMemory)()
	return withHarvested(cmd, f.dir, readOnly, do)
}

// read does something with the history of the store.
func (f *runsFlags) read(cmd *cobra.Command, do func(*cobra.Command, *history.History) error) error {
	return f.with(cmd, true, func(s *store.Store, base dcat.Base) error {
		if in := sessionOf(cmd); in != nil { // it knows which runs go on
			return do(cmd, in.harvester.History())
		}
		return do(cmd, history.New(history.Options{Store: s, Base: base}))
	})
}

// change does something to a run.
func (f *runsFlags) change(cmd *cobra.Command, args []string,
	do func(*cobra.Command, *harvest.Harvester) error) error {
	return f.with(cmd, false, func(s *store.Store, base dcat.Base) error {
		h, err := harvest.New(harvest.Options{Store: s, Base: string(base), Author: commandAuthor(cmd),
			Beside: besideHarvester(cmd)})
		if err != nil {
			return err
		}
		if err := audited(cmd, s, f.dir, args, func() error { return do(cmd, h) }); err != nil {
			return err
		}
		return catchUp(cmd, s, f.dir, link.Thresholds{})
	})
}

func (f *runsFlags) list(cmd *cobra.Command, h *history.History) error {
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
			took = r.Took().Round(time.Millisecond).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Run, r.Start.Local().Format(time.DateTime), took, r.Status, r)
	}
	return w.Flush()
}

func (f *runsFlags) show(cmd *cobra.Command, h *history.History, run string) (err error) {
	ctx, out := cmd.Context(), bufio.NewWriter(cmd.OutOrStdout())
	defer func() { err = errors.Join(err, out.Flush()) }()
	report, err := h.RunByID(ctx, run)
	if err != nil {
		return err
	}
	switch {
	case f.showFormat == "json" && !f.quads:
		enc := json.NewEncoder(out)
		for c, err := range h.ChangesOf(ctx, run) {
			if err == nil {
				err = enc.Encode(c)
			}
			if err != nil {
				return err
			}
		}
		return nil
	case f.showFormat != "text":
		return wrongUse(cmd, "--format is text or json, not %q; quads are shown as text", f.showFormat)
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
func settle(cmd *cobra.Command, run, done string, do func(context.Context, string) (*history.Report, error)) error {
	report, err := do(cmd.Context(), run)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", run, done, report)
	return err
}

// errors prints the problems of a run, or of the newest run of a source, or of
// the newest runs of all sources.
func (f *runsFlags) errors(cmd *cobra.Command, h *history.History, args []string) error {
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
	return history.WriteProblems(cmd.OutOrStdout(), f.errorsFormat, problemsOf(ctx, h, wanted))
}

func problemsOf(ctx context.Context, h *history.History, runs []string) iter.Seq2[history.Found, error] {
	return func(yield func(history.Found, error) bool) {
		for _, run := range runs {
			for p, err := range h.Problems(ctx, run) {
				if !yield(p, err) {
					return
				}
			}
		}
	}
}
