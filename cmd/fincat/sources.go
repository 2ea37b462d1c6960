package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/trial"
	"fincat/harvest"
	"fincat/harvest/source"
)

func newSourcesCommand() *cobra.Command {
	var config, dir string
	cmd := &cobra.Command{
		Use:     "sources",
		Short:   "List, check and preview the configured sources",
		Example: "  fincat sources list --config fincat.yaml\n  fincat sources preview --config fincat.yaml twse-api",
		Args:    cobra.ArbitraryArgs,
		RunE:    which,
	}
	list := &cobra.Command{
		Use:     "list --config FILE",
		Short:   "List what is configured and when it is harvested next",
		Example: "  fincat sources list --config fincat.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return listSources(cmd, config) },
	}
	check := &cobra.Command{
		Use:     "check --config FILE [SOURCE...]",
		Short:   "Ask each source for a record: is it reachable and well-formed?",
		Example: "  fincat sources check --config fincat.yaml",
		RunE:    func(cmd *cobra.Command, args []string) error { return checkSources(cmd, config, args) },
	}
	n := 3
	preview := &cobra.Command{
		Use:     "preview --config FILE SOURCE",
		Short:   "Show the first records of a source as Turtle; nothing is written",
		Example: "  fincat sources preview --config fincat.yaml --records 5 twse-api",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return previewSource(cmd, config, args[0], n) },
	}
	preview.Flags().IntVar(&n, "records", n, "how many records")
	for _, sub := range []*cobra.Command{list, check, preview} {
		configFlag(sub, &config)
		sub.Flags().StringVar(&dir, "store", "", "directory of a store whose server is asked about its own sources")
		cmd.AddCommand(sub)
	}
	return cmd
}

// which reports that a command with subcommands was given none it has.
func which(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return wrongUse(cmd, "unknown command %q", args[0])
	}
	return wrongUse(cmd, "%s what?", cmd.Name())
}

func listSources(cmd *cobra.Command, file string) error {
	config, err := loadConfig(cmd, file)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tKIND\tPUBLISHER\tSCHEDULE\tNEXT\tURL")
	for _, s := range config.Harvested() {
		next := "when asked"
		if at, ok := harvest.Next(s, time.Now()); ok {
			next = at.Format("2006-01-02 15:04 MST")
		} else if s.Paused {
			next = "paused"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Kind, s.Publisher, s.Schedule, next, s.URL)
	}
	return w.Flush()
}

func checkSources(cmd *cobra.Command, file string, sources []string) (err error) {
	config, err := readyConfig(cmd, file)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		sources = sourceIDs(config)
	}
	ctx := cmd.Context()
	t, err := trial.Open(ctx, config)
	if err != nil {
		return err
	}
	defer closing(t, &err)
	bad := 0
	for _, id := range sources {
		records, err := t.First(ctx, id, 1)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", id, trial.Verdict(records, err))
		if err != nil {
			bad++
			continue
		}
		printProblems(cmd, records[0].Problems)
	}
	if bad > 0 {
		return &foundError{fmt.Sprintf("%d of %d sources cannot be harvested as they are", bad, len(sources))}
	}
	return nil
}

func printProblems(cmd *cobra.Command, problems []source.Problem) {
	for _, p := range problems {
		fmt.Fprintf(cmd.ErrOrStderr(), "  %s: %s\n", p.Severity, problemLine(p))
	}
}

func previewSource(cmd *cobra.Command, file, id string, n int) (err error) {
	config, err := readyConfig(cmd, file)
	if err != nil {
		return err
	}
	if !config.Has(id) {
		return wrongUse(cmd, "%s has no source %q; it has %v", configName(file), id, sourceIDs(config))
	}
	ctx := cmd.Context()
	t, err := trial.Open(ctx, config)
	if err != nil {
		return err
	}
	defer closing(t, &err)
	records, err := t.First(ctx, id, n)
	for _, r := range records {
		printProblems(cmd, r.Problems)
	}
	if writeErr := t.WriteTurtle(ctx, cmd.OutOrStdout(), id, records); writeErr != nil {
		return writeErr
	}
	return err
}
