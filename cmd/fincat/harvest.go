package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/login"
	"fincat/cmd/fincat/metrics"
	"fincat/cmd/fincat/progress"
	"fincat/harvest"
	"fincat/harvest/history"
	"fincat/harvest/problem"
	"fincat/store"
	"fincat/vocab/dcat"
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
the other, and prints one line each; code lists are sources of entities. It ends with 3 when a source could not be
gathered, records had to be left out, or removals were held back.`,
		Example: "  fincat harvest --store DIR --config fincat.yaml --dry-run\n" +
			"  fincat harvest --store DIR --config fincat.yaml twse-api",
		RunE: func(cmd *cobra.Command, args []string) error { return runHarvest(cmd, f, args) },
	}
	storeFlag(cmd, &f.dir)
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.format, "format", "text", "output: text, or json with one object a line")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "compare and print what would change, write nothing")
	cmd.Flags().BoolVar(&f.full, "full", false, "ask for everything, also where a source offers changes only")
	cmd.Flags().BoolVar(&f.replay, "replay", false,
		"ask nobody: take every document from the responses kept of earlier runs")
	return cmd
}

// readyConfig reads the configuration, for commands that use everything it names.
func readyConfig(cmd *cobra.Command, file string) (harvest.Config, error) {
	config, err := loadConfig(cmd, file)
	if err != nil {
		return harvest.Config{}, err
	}
	if err := config.Ready(os.Getenv); err != nil {
		return harvest.Config{}, fmt.Errorf("%s: %w", configName(file), err)
	}
	return config, nil
}

// loadConfig reads the configuration file.
func loadConfig(cmd *cobra.Command, file string) (harvest.Config, error) {
	in := sessionOf(cmd)
	switch {
	case in != nil && file == "":
		return in.ownConfig()
	case in != nil && !in.local:
		return harvest.Config{}, errLocalOnly
	case file == "":
		return harvest.Config{}, wrongUse(cmd, "which configuration? give --config FILE; 'fincat init' writes one")
	}
	r, err := openInput(cmd, file)
	if err != nil {
		return harvest.Config{}, fmt.Errorf("read configuration: %w", err)
	}
	defer r.Close()
	c, err := harvest.ParseConfig(r)
	if err == nil {
		err = errors.Join(c.At(access.CheckBase(c.Base), "base"), c.At(login.Check(&c), "login"))
	}
	if err != nil {
		return harvest.Config{}, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

func runHarvest(cmd *cobra.Command, f harvestFlags, sources []string) (err error) {
	print, ok := map[string]reportPrinter{"text": printReport, "json": printReportJSON}[f.format]
	if !ok {
		return wrongUse(cmd, "--format is text or json, not %q", f.format)
	}
	config, err := readyConfig(cmd, f.config)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		sources = sourceIDs(config)
	}
	for _, id := range sources {
		if !config.Has(id) {
			return wrongUse(cmd, "%s has no source %q; it has %v", configName(f.config), id, sourceIDs(config))
		}
	}
	defer limitMemory(cmd, harvestMemory)()
	s, err := openStore(cmd.Context(), cmd, store.Options{Dir: f.dir, CacheBytes: harvestCache})
	if err != nil {
		return err
	}
	defer func() { release(cmd, s, &err) }()
	h, err := newHarvester(cmd, s, f.dir, config)
	if err == nil && !f.dryRun {
		err = config.KeepHistory(cmd.Context(), s)
	}
	if err != nil {
		return err
	}
	found, err := harvestInto(cmd, s, h, f, sources, print)
	if !f.dryRun {
		var derived error
		if s, derived = renew(cmd, s); derived == nil { // what follows needs none of the runs' memory
			derived = catchUp(cmd, s, f.dir, config.Links)
		}
		err = errors.Join(err, derived)
	}
	if err == nil && found.attention > 0 {
		err = &foundError{fmt.Sprintf("%d of %d sources need attention; 'fincat runs errors' says more",
			found.attention, len(sources))}
	}
	return err
}

// harvestInto harvests sources into a store, between two entries in its audit log.
func harvestInto(cmd *cobra.Command, s *store.Store, h *harvest.Harvester, f harvestFlags, sources []string,
	print reportPrinter) (found harvested, err error) {
	o := harvest.RunOptions{DryRun: f.dryRun, Full: f.full, Replay: f.replay, Author: commandAuthor(cmd)}
	if f.dryRun && f.format == "text" {
		o.Changed = func(c history.RecordChange) { fmt.Fprintln(cmd.OutOrStdout(), c) }
	}
	m := metrics.New(s)
	if in := sessionOf(cmd); in != nil {
		m = in.metrics
	}
	run := func() (err error) {
		found, err = harvestSources(cmd, h, sources, o, m, print)
		return err
	}
	if f.dryRun {
		err = run()
	} else {
		err = audited(cmd, s, f.dir, sources, run)
	}
	return found, err
}

// keepResponses puts the responses beside the store unless the configuration
// says where they go, or none.
func keepResponses(c *harvest.Config, dir string) {
	if c.Harvest.ResponsesDir == "" {
		c.Harvest.ResponsesDir = filepath.Join(dir, "responses")
	}
}

// newHarvester returns a harvester for a store, whose IRIs keep their base.
// In a server it is the server's own where that has the same configuration.
func newHarvester(cmd *cobra.Command, s *store.Store, dir string, config harvest.Config) (*harvest.Harvester, error) {
	if in := sessionOf(cmd); in != nil {
		dir = in.dir
	}
	keepResponses(&config, dir)
	if in := sessionOf(cmd); in != nil && reflect.DeepEqual(config, in.harvester.Config()) {
		return in.harvester, nil
	}
	base, err := harvestBase(cmd, s, config)
	if err != nil {
		return nil, err
	}
	// What a run found is in its report; a notification that failed is not.
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	return harvest.New(harvest.Options{Store: s, Config: config, Base: string(base), Author: commandAuthor(cmd),
		Logger: log, Beside: besideHarvester(cmd)})
}

// harvestBase returns where the IRIs of what is harvested begin: as the configuration or
// the store says, else with the address that serve would listen on.
func harvestBase(cmd *cobra.Command, s *store.Store, config harvest.Config) (dcat.Base, error) {
	base, err := storeBase(cmd.Context(), s, config.Base)
	if err != nil || base != "" {
		return base, err
	}
	if in := sessionOf(cmd); in != nil {
		return storeBase(cmd.Context(), s, string(in.base))
	}
	own := "http://" + cmp.Or(config.Listen, defaultAddr) + "/"
	host, _, _ := net.SplitHostPort(cmp.Or(config.Listen, defaultAddr)) // it was looked at when it was read
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("the configuration has no base, and its listen: %s can be reached from elsewhere: give "+
			"base:, the address under which others see the catalogue, such as https://data.example.tw/", config.Listen)
	}
	return storeBase(cmd.Context(), s, own)
}

// besideHarvester is the harvester of the server that carries out the command, or nil.
func besideHarvester(cmd *cobra.Command) *harvest.Harvester {
	if s := sessionOf(cmd); s != nil {
		return s.harvester
	}
	return nil
}

// configName names a configuration in messages.
func configName(file string) string { return cmp.Or(file, "the configuration of the server") }

func sourceIDs(c harvest.Config) []string {
	var ids []string
	for _, s := range c.Harvested() {
		ids = append(ids, s.ID)
	}
	return ids
}

// harvested sums up the runs of a command.
type harvested struct{ sources, records, attention int }

// reportPrinter writes what one run did.
type reportPrinter func(cmd *cobra.Command, r *history.Report) error

// harvestSources runs the sources one after the other. One that fails does not
// keep the others from their turn.
func harvestSources(cmd *cobra.Command, h *harvest.Harvester, sources []string, o harvest.RunOptions,
	m *metrics.Metrics, print reportPrinter) (harvested, error) {
	var sum harvested
	var failed error
	bar := progress.New(cmd.ErrOrStderr())
	o.Progress = func(p harvest.Progress) { bar.Show("%s", progressLine(p)) }
	for _, id := range sources {
		report, err := h.Run(cmd.Context(), id, o)
		bar.Clear()
		if cmd.Context().Err() != nil {
			return sum, cmd.Context().Err()
		}
		if err != nil {
			m.Ran(id, "failed", nil)
			failed = errors.Join(failed, fmt.Errorf("%s: %w", id, err))
			continue
		}
		m.Ran(id, string(report.Status), report)
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
	return line + fmt.Sprintf(" records (%d new, %d changed, %d failed), %.0f/s, %d documents", p.New, p.Changed,
		p.Failed, p.Rate, p.Documents)
}

// shownProblems is how many problems of a run are printed; all are kept.
const shownProblems = 5

func printReport(cmd *cobra.Command, r *history.Report) error {
	fmt.Fprintln(cmd.OutOrStdout(), r)
	var failure problem.Problem // why the run failed: the line above says it
	var e *problem.Error
	if errors.As(r.Err, &e) {
		failure = e.Problem()
	}
	problems := slices.DeleteFunc(slices.Clone(r.Problems), func(p problem.Problem) bool {
		return p.Severity != problem.Violation || p == failure
	})
	for i, p := range problems {
		if i == shownProblems {
			fmt.Fprintf(cmd.ErrOrStderr(), "  and %d more: fincat runs errors %s\n", len(problems)-i, r.Run)
			break
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "  %s\n", problemLine(p))
	}
	return nil
}

func printReportJSON(cmd *cobra.Command, r *history.Report) error {
	return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
}

// problemLine says which record, where, what is wrong and what to do.
func problemLine(p problem.Problem) string {
	line := p.Place.String() + ": " + p.Message
	if p.Record != "" {
		line = p.Record + " at " + line
	}
	if p.Value != "" {
		line += fmt.Sprintf(" (%.60q)", p.Value)
	}
	return line + "; " + p.Remedy
}
