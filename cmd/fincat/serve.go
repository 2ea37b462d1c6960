package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/machine"
	"fincat/cmd/fincat/metrics"
	asking "fincat/cmd/fincat/requests"
	"fincat/harvest"
	"fincat/store"
	"fincat/vocab/dcat"
)

// tokenEnv is the environment variable with an administrator's bearer token: of a
// server, one that it takes; of a command that asks a server, the one it sends.
const tokenEnv = "FINCAT_TOKEN"

type serveFlags struct {
	dir, addr, config, defaultGraph string
	readOnly, quiet, open           bool
	maxTimeout                      time.Duration
	memory, logFormat               string
}

func newServeCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve --store DIR",
		Short: "Serve portal, SPARQL and feeds, and harvest on schedule",
		Long: `Serve answers HTTP until it is interrupted. With --config it also harvests every
source by its schedule.

Changes (/update, /data) and the administration (/admin) need a bearer token: one
that 'fincat tokens add' made, or the one in the environment variable ` + tokenEnv + `.
For experiments on one's own machine, --allow-updates-without-token takes them
from every program of the machine.

Commands on the same machine work through the server by themselves: they find it by a
socket in the store's directory, which only the user who runs the server may open.`,
		Example: "  fincat serve --store DIR\n" +
			"  FINCAT_TOKEN=... fincat serve --store DIR --config fincat.yaml --addr 0.0.0.0:8080",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, f) },
	}
	storeFlag(cmd, &f.dir)
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "", "address to serve on (default: listen: of the configuration, else "+
		defaultAddr+")")
	flags.StringVar(&f.config, "config", "", "configuration file with base and sources")
	flags.StringVar(&f.defaultGraph, "default-graph", "union",
		"default graph of queries: union of all graphs, or strict")
	flags.BoolVar(&f.readOnly, "read-only", false, "refuse changes and harvest nothing")
	flags.BoolVar(&f.quiet, "quiet", false, "log warnings only, not every request")
	flags.BoolVar(&f.open, "allow-updates-without-token", false,
		"take changes and administration without a token; on loopback addresses only, never behind a proxy")
	flags.DurationVar(&f.maxTimeout, "max-timeout", time.Minute, "longest time a query may take")
	flags.StringVar(&f.logFormat, "log-format", "text", "log on standard error: text, or json with one object a line")
	flags.StringVar(&f.memory, "memory", "", "what the process may use, such as 2GiB, mapped files apart (default: "+
		"GOMEMLIMIT, else three quarters of the machine's memory)")
	return cmd
}

func serve(cmd *cobra.Command, f serveFlags) (err error) {
	mode, ok := defaultGraphModes[f.defaultGraph]
	if !ok {
		return wrongUse(cmd, "--default-graph is union or strict, not %q", f.defaultGraph)
	}
	log, err := f.logger(cmd)
	if err != nil {
		return err
	}
	memory, err := machine.ServerMemory(f.memory)
	if err != nil {
		return wrongUse(cmd, "--memory: %v", err)
	}
	if memory.Process > 0 {
		debug.SetMemoryLimit(memory.Process)
	}
	if f.dir == "" {
		return wrongUse(cmd, "which store? give --store DIR")
	}
	var config harvest.Config
	if f.config != "" {
		if config, err = readyConfig(cmd, f.config); err != nil {
			return err
		}
	}
	ctx := cmd.Context()
	l, err := f.listen(cmd, config.Listen)
	if err != nil {
		return err
	}
	defer l.Close() // the server closes it too; only the first counts
	url := reachable(ctx, l)
	s, err := f.store(cmd, url, config, l)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	base, err := f.base(ctx, s, config, l, url)
	if err != nil {
		return err
	}
	m := metrics.New(s)
	e, err := newEngine(engineOptions{Store: s, Dir: f.writable(), Links: config.Links, DefaultGraph: mode,
		MaxTimeout: f.maxTimeout, Memory: memory.Queries, AllowPrivate: config.SPARQL.AllowPrivateAddresses})
	if err != nil {
		return err
	}
	defer closing(e, &err)
	m.Follow(e.followers)
	defer e.start(ctx, log)()
	o := serverOptions{
		Store: s, Dir: f.dir, Engine: e, Base: base, ReadOnly: f.readOnly, Metrics: m, Logger: log,
		Tokens: access.NewTokens(s), Proxies: access.Proxies(config.TrustedProxies),
		Saved: config.Subscriptions.Queries, Reports: config.Reports,
		Asked: config.Quality.Requests,
	}
	closeGuard, err := f.guard(cmd, &o, config, l)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeGuard()) }()
	if f.config != "" && !f.readOnly {
		if err := o.schedule(config); err != nil {
			return err
		}
	}
	srv, err := newServer(o)
	if err != nil {
		return err
	}
	if !f.readOnly { // several may serve one store that nobody changes, and commands can open it
		srv.listenToCommands(ctx, f.dir)
	}
	if o.Schedule != nil {
		defer o.Schedule.Start(ctx)()
		defer o.Subscriptions.Start(ctx)()
	}
	fmt.Fprintf(cmd.OutOrStdout(), "serving %s\n", url)
	return srv.serve(ctx, l)
}

// listen opens the address of the flags, else of the configuration.
func (f *serveFlags) listen(cmd *cobra.Command, configured string) (net.Listener, error) {
	if f.addr != "" {
		if err := harvest.CheckListen(f.addr); err != nil {
			return nil, wrongUse(cmd, "--addr: %v", err)
		}
	}
	l, err := listen(cmd.Context(), cmp.Or(f.addr, configured, defaultAddr))
	if err != nil || !f.open {
		return l, err
	}
	if !isLoopback(l) {
		err := wrongUse(cmd, "--allow-updates-without-token is for loopback addresses, and %s is none", l.Addr())
		return nil, errors.Join(err, l.Close())
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "warning: every program on this machine may change everything, and through a "+
		"proxy the whole world: --allow-updates-without-token is for experiments only")
	return l, nil
}

// store opens the store.
func (f *serveFlags) store(cmd *cobra.Command, url string, c harvest.Config, l net.Listener) (*store.Store, error) {
	if _, err := os.Stat(f.dir); err != nil && f.config != "" && c.Base == "" && !isLoopback(l) {
		return nil, f.noBase(l) // which no store that there is could know
	}
	s, err := openStore(cmd.Context(), cmd, store.Options{
		Dir: f.dir, ReadOnly: f.readOnly, HolderInfo: "fincat serve at " + url,
	})
	if store.IsFull(err) {
		err = fmt.Errorf("%w; 'fincat serve --read-only' serves what is there", err)
	}
	return s, err
}

func (f *serveFlags) noBase(l net.Listener) error {
	return fmt.Errorf("%s has no base, and %s can be reached from elsewhere: give base:, the address under "+
		"which others see the catalogue, such as https://data.example.tw/", f.config, l.Addr())
}

// base has the store keep its history as the configuration says, and returns where the IRIs
// of a server begin: as the configuration or the store says,
// else with the address that is served on, which others cannot use for theirs when it is
// a public one.
func (f *serveFlags) base(ctx context.Context, s *store.Store, config harvest.Config, l net.Listener,
	url string) (dcat.Base, error) {
	base, err := storeBase(ctx, s, config.Base)
	if err == nil { // it is the store of this configuration
		err = config.KeepHistory(ctx, s)
	}
	switch {
	case err != nil || base != "":
		return base, err
	case f.config != "" && !isLoopback(l):
		return "", fmt.Errorf("%s has no base, and %s can be reached from elsewhere: give base:, the address under "+
			"which others see the catalogue, such as https://data.example.tw/", f.config, l.Addr())
	case len(config.Harvested()) > 0: // what is harvested keeps its IRIs
		return storeBase(ctx, s, url)
	}
	return dcat.Base(url), nil
}

// logger logs on standard error, as text or as JSON, one object a line.
func (f *serveFlags) logger(cmd *cobra.Command) (*slog.Logger, error) {
	level := slog.LevelInfo
	if f.quiet {
		level = slog.LevelWarn
	}
	switch f.logFormat {
	case "text":
		return newLogger(cmd.ErrOrStderr(), level), nil
	case "json":
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level})), nil
	}
	return nil, wrongUse(cmd, "--log-format is text or json, not %q", f.logFormat)
}

// writable is the directory of the store if it may be written to.
func (f *serveFlags) writable() string {
	if f.readOnly {
		return ""
	}
	return f.dir
}

// guard completes the options with who may do what. What it opens is closed by close.
func (f *serveFlags) guard(cmd *cobra.Command, o *serverOptions, config harvest.Config, l net.Listener) (
	close func() error, err error,
) {
	var log *access.Log
	if !f.readOnly {
		if log, err = access.OpenLog(cmd.Context(), f.dir, o.Store); err != nil {
			return nil, err
		}
	}
	close = func() error {
		if log == nil {
			return nil
		}
		return log.Close()
	}
	guard := access.Options{Token: os.Getenv(tokenEnv), Tokens: o.Tokens, Open: f.open, Log: log, Logger: o.Logger}
	err = o.admit(guard, config.Login)
	if err == nil {
		err = o.open(f.writable(), config)
	}
	if err != nil {
		return nil, errors.Join(err, close())
	}
	all, err := o.Tokens.List()
	if err != nil {
		return nil, errors.Join(err, close())
	}
	if len(all) == 0 && guard.Token == "" && config.Login == nil && !isLoopback(l) {
		fmt.Fprintf(cmd.ErrOrStderr(), "note: there is no token, so changes (/update, /data) and /admin are refused "+
			"to everybody: 'fincat tokens add' makes one, or set %s; commands on this machine need none\n", tokenEnv)
	}
	return close, nil
}

// admit lets in whom a guard with those options takes, and who has signed in.
func (o *serverOptions) admit(guard access.Options, c *harvest.Login) error {
	people, err := newLogin(c, string(o.Base), guard)
	if err != nil {
		return err
	}
	guard.Login, o.Accounts = people, people
	o.Guard = access.New(guard)
	return nil
}

// open opens what the public asks for, with its private folder in that of the store.
func (o *serverOptions) open(dir string, config harvest.Config) (err error) {
	o.Requests, err = asking.Open(o.Store, o.Base, dir, config, o.Logger)
	return err
}

// schedule adds what harvests the sources of a configuration when they are due, and what tells
// others of changes.
func (o *serverOptions) schedule(config harvest.Config) error {
	keepResponses(&config, o.Dir)
	h, err := harvest.New(harvest.Options{Store: o.Store, Config: config, Base: string(o.Base), Author: "schedule",
		Logger: o.Logger})
	if err != nil {
		return err
	}
	o.Schedule = harvest.NewScheduler(h, harvest.SchedulerOptions{Ended: o.Metrics.Ended, Logger: o.Logger})
	o.Subscriptions = h.Subscriptions(o.Engine.feeds, o.Engine.Engine, filepath.Join(o.Dir, "subscriptions"))
	return nil
}
