package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"fincat/harvest"
	"fincat/harvest/source"
	"fincat/store"
)

type harvestFlags struct {
	dir, config, format string
	dryRun, full        bool
	replay              bool
}

// configFlag adds the flag --config, which commands about sources share.
func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "config", "", "configuration file (required); 'fincat init' writes one")
}

func newHarvestCommand() *cobra.Command {
	var f harvestFlags
	cmd := &cobra.Command{
		Use:   "harvest --store DIR --config FILE [SOURCE...]",
		Short: "Harvest sources now",
		Long: `Harvest runs the sources of the configuration, or those that are named, one after
the other, and prints one line each. It ends with 3 when a source could not be
gathered, records had to be left out, or removals were held back.`,
		Example: "  fincat harvest --store DIR --config fincat.yaml --dry-run\n  fincat harvest --store DIR --config fincat.yaml twse-api",
		RunE:    func(cmd *cobra.Command, args []string) error { return runHarvest(cmd, f, args) },
	}
	storeFlag(cmd, &f.dir)
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.format, "format", "text", "output: text, or json with one object a line")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "compare and print what would change, write nothing")
	cmd.Flags().BoolVar(&f.full, "full", false, "ask for everything, also where a source offers changes only")
	cmd.Flags().BoolVar(&f.replay, "replay", false, "ask nobody: take every document from the responses kept of earlier runs")
	return cmd
}

// loadConfig reads the configuration file.
func loadConfig(cmd *cobra.Command, file string) (harvest.Config, error) {
	if file == "" {
		return harvest.Config{}, wrongUse(cmd, "which configuration? give --config FILE; 'fincat init' writes one")
	}
	return harvest.LoadConfig(file)
}

func runHarvest(cmd *cobra.Command, f harvestFlags, sources []string) (err error) {
	print, ok := map[string]reportPrinter{"text": printReport, "json": printReportJSON}[f.format]
	if !ok {
		return wrongUse(cmd, "--format is text or json, not %q", f.format)
	}
	config, err := loadConfig(cmd, f.config)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		sources = sourceIDs(config)
	}
	for _, id := range sources {
		if _, ok := config.Source(id); !ok {
			return wrongUse(cmd, "%s has no source %q; it has %v", f.config, id, sourceIDs(config))
		}
	}
	ctx := cmd.Context()
	defer limitMemory()()
	s, err := openStore(ctx, cmd, store.Options{Dir: f.dir, CacheBytes: harvestCache})
	if err != nil {
		return err
	}
	defer closing(s, &err)
	keepResponses(&config, f.dir)
	h, err := newHarvester(cmd, s, config)
	if err != nil {
		return err
	}
	o := harvest.RunOptions{DryRun: f.dryRun, Full: f.full, Replay: f.replay}
	if f.dryRun && f.format == "text" {
		o.Changed = func(c harvest.RecordChange) { fmt.Fprintln(cmd.OutOrStdout(), c) }
	}
	found, err := harvestSources(cmd, h, sources, o, newMetrics(s), print)
	if err == nil && found.attention > 0 {
		err = &foundError{fmt.Sprintf("%d of %d sources need attention; 'fincat runs errors' says more", found.attention, len(sources))}
	}
	return err
}

// keepResponses puts the responses beside the store unless the configuration
// says where they go, or none.
func keepResponses(c *harvest.Config, dir string) {
	switch c.Harvest.ResponsesDir {
	case "":
		c.Harvest.ResponsesDir = filepath.Join(dir, "responses")
	case "none":
		c.Harvest.ResponsesDir = ""
	}
}

// newHarvester returns a harvester for a store, whose IRIs keep their base.
func newHarvester(cmd *cobra.Command, s *store.Store, config harvest.Config) (*harvest.Harvester, error) {
	base, err := storeBase(cmd.Context(), s, config.Base)
	if err != nil {
		return nil, err
	}
	// What a run found is in its report; a notification that failed is not.
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	return harvest.New(cmd.Context(), harvest.Options{Store: s, Config: config, Base: string(base), Logger: log})
}

func sourceIDs(c harvest.Config) []string {
	ids := make([]string, len(c.Sources))
	for i, s := range c.Sources {
		ids[i] = s.ID
	}
	return ids
}

// harvested sums up the runs of a command.
type harvested struct{ sources, records, attention int }

// reportPrinter writes what one run did.
type reportPrinter func(cmd *cobra.Command, r *harvest.Report) error

// harvestSources runs the sources one after the other. One that fails does not
// keep the others from their turn.
func harvestSources(cmd *cobra.Command, h *harvest.Harvester, sources []string, o harvest.RunOptions, m *metrics, print reportPrinter) (harvested, error) {
	var sum harvested
	var failed error
	bar := newProgress(cmd.ErrOrStderr())
	o.Progress = func(p harvest.Progress) { bar.show("%s", progressLine(p)) }
	for _, id := range sources {
		report, err := h.Run(cmd.Context(), id, o)
		bar.clear()
		if cmd.Context().Err() != nil {
			return sum, cmd.Context().Err()
		}
		if err != nil {
			m.ran(id, "failed", nil)
			failed = errors.Join(failed, fmt.Errorf("%s: %w", id, err))
			continue
		}
		m.ran(id, string(report.Status), report)
		sum.sources++
		sum.records += report.Total() - report.Failed
		if !report.OK() {
			sum.attention++
		}
		if err := print(cmd, report); err != nil {
			return sum, err
		}
	}
	return sum, failed
}

// progressLine shows a run in progress in one line.
func progressLine(p harvest.Progress) string {
	line := fmt.Sprintf("%s: %s, %d", p.Source, p.Stage, p.Records)
	if p.Expected > 0 {
		line += fmt.Sprintf(" of about %d", p.Expected)
	}
	return line + fmt.Sprintf(" records (%d new, %d changed, %d failed), %.0f/s, %d documents", p.New, p.Changed, p.Failed, p.Rate, p.Documents)
}

// shownProblems is how many problems of a run are printed; all are kept.
const shownProblems = 5

func printReport(cmd *cobra.Command, r *harvest.Report) error {
	fmt.Fprintln(cmd.OutOrStdout(), r)
	if r.Err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "  %v\n", r.Err)
	}
	problems := slices.DeleteFunc(slices.Clone(r.Problems), func(p source.Problem) bool { return p.Severity != source.Violation })
	for i, p := range problems {
		if i == shownProblems {
			fmt.Fprintf(cmd.ErrOrStderr(), "  and %d more: fincat runs errors %s\n", len(problems)-i, r.Run)
			break
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "  %s\n", problemLine(p))
	}
	return nil
}

func printReportJSON(cmd *cobra.Command, r *harvest.Report) error {
	return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
}

// problemLine says which record, where, what is wrong and what to do.
func problemLine(p source.Problem) string {
	line := p.Place.String() + ": " + p.Message
	if p.Record != "" {
		line = p.Record + " at " + line
	}
	if p.Value != "" {
		line += fmt.Sprintf(" (%.60q)", p.Value)
	}
	return line + "; " + p.Remedy
}
