package main

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"fincat/harvest"
	"fincat/store"
	"fincat/vocab/dcat"
)

// tokenEnv is the environment variable with the bearer token for changes.
const tokenEnv = "FINCAT_TOKEN"

type serveFlags struct {
	dir, addr, config, defaultGraph string
	readOnly, quiet                 bool
	maxTimeout                      time.Duration
}

func newServeCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve --store DIR",
		Short: "Serve portal, SPARQL and feeds, and harvest on schedule",
		Long: `Serve answers HTTP until it is interrupted. With --config it also harvests every
source by its schedule.

Changes (/update, /data) need the bearer token in the environment variable
` + tokenEnv + `; without one they are taken only on loopback addresses.`,
		Example: "  fincat serve --store DIR\n  FINCAT_TOKEN=... fincat serve --store DIR --config fincat.yaml --addr 0.0.0.0:8080",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return serve(cmd, f) },
	}
	storeFlag(cmd, &f.dir)
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "", "address to serve on (default: listen: of the configuration, else "+defaultAddr+")")
	flags.StringVar(&f.config, "config", "", "configuration file with base and sources")
	flags.StringVar(&f.defaultGraph, "default-graph", "union", "default graph of queries: union of all graphs, or strict")
	flags.BoolVar(&f.readOnly, "read-only", false, "refuse changes and harvest nothing")
	flags.BoolVar(&f.quiet, "quiet", false, "log warnings only, not every request")
	flags.DurationVar(&f.maxTimeout, "max-timeout", time.Minute, "longest time a query may take")
	return cmd
}

func serve(cmd *cobra.Command, f serveFlags) (err error) {
	mode, ok := defaultGraphModes[f.defaultGraph]
	if !ok {
		return wrongUse(cmd, "--default-graph is union or strict, not %q", f.defaultGraph)
	}
	var config harvest.Config
	if f.config != "" {
		if config, err = harvest.LoadConfig(f.config); err != nil {
			return err
		}
	}
	if f.addr == "" {
		f.addr = defaultAddr
		if config.Listen != "" {
			f.addr = config.Listen
		}
	}
	ctx := cmd.Context()
	if f.dir == "" {
		return wrongUse(cmd, "which store? give --store DIR")
	}
	l, err := listen(ctx, f.addr)
	if err != nil {
		return err
	}
	defer l.Close() // the server closes it too; only the first counts
	url := "http://" + l.Addr().String() + "/"
	s, err := openStore(ctx, cmd, store.Options{Dir: f.dir, ReadOnly: f.readOnly, HolderInfo: "fincat serve at " + url})
	if err != nil {
		return err
	}
	defer closing(s, &err)
	base, err := storeBase(ctx, s, config.Base)
	if err != nil {
		return err
	}
	if base == "" {
		base = dcat.Base(url)
	}
	level := slog.LevelInfo
	if f.quiet {
		level = slog.LevelWarn
	}
	log, m := newLogger(cmd.ErrOrStderr(), level), newMetrics(s)
	indexDir := f.dir
	if f.readOnly {
		indexDir = "" // nothing is written
	}
	e, err := newEngine(engineOptions{Store: s, Dir: indexDir, DefaultGraph: mode, MaxTimeout: f.maxTimeout, AllowPrivate: config.Harvest.AllowPrivateAddresses})
	if err != nil {
		return err
	}
	defer closing(e, &err)
	defer e.follow(ctx, log)()
	o := serverOptions{
		Store: s, Engine: e, Base: base, Token: os.Getenv(tokenEnv), ReadOnly: f.readOnly, Loopback: isLoopback(l), Metrics: m, Logger: log,
	}
	if f.config != "" && !f.readOnly {
		keepResponses(&config, f.dir)
		h, err := harvest.New(ctx, harvest.Options{Store: s, Config: config, Base: string(base), Logger: log})
		if err != nil {
			return err
		}
		o.Schedule = harvest.NewScheduler(h, harvest.SchedulerOptions{Ended: m.ended, Logger: log})
	}
	srv, err := newServer(o)
	if err != nil {
		return err
	}
	if o.Schedule != nil {
		stop := o.Schedule.Start(ctx)
		defer stop()
	}
	fmt.Fprintf(cmd.OutOrStdout(), "serving %s\n", url)
	return srv.serve(ctx, l)
}
