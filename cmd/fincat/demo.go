package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/metrics"
	"fincat/harvest"
	"fincat/harvest/history"
	"fincat/harvest/requests"
	"fincat/store"
	"fincat/testdata/ecosystem"
	"fincat/vocab/dcat"
)

const defaultAddr = "127.0.0.1:8080"

func newDemoCommand() *cobra.Command {
	var addr, dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Harvest recorded real sources and serve the result; needs no network",
		Long: `Demo starts recorded real sources on this machine, harvests them with the code
that harvests the real ones, prints what it found, and serves portal, SPARQL and
feeds until it is interrupted. It makes an administrator's token for this run and
prints it. Without --store the store is temporary; with it,
a second start finds every record unchanged.`,
		Example: "  fincat demo\n  fincat demo --addr 127.0.0.1:9000 --store ./demo-store",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return demo(cmd, addr, dir) },
	}
	cmd.Flags().StringVar(&addr, "addr", defaultAddr, "address to serve on")
	cmd.Flags().StringVar(&dir, "store", "", "directory of the store (default: a temporary one)")
	return cmd
}

func demo(cmd *cobra.Command, addr, dir string) (err error) {
	ctx := cmd.Context()
	if err := harvest.CheckListen(addr); err != nil {
		return wrongUse(cmd, "--addr: %v", err)
	}
	l, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	defer l.Close() // the server closes it too; only the first counts
	if dir == "" {
		if dir, err = os.MkdirTemp("", "fincat-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	url := reachable(ctx, l)
	s, err := openStore(ctx, cmd, store.Options{Dir: dir, HolderInfo: "fincat demo at " + url})
	if err != nil {
		return err
	}
	defer closing(s, &err)
	m := metrics.New(s)
	log := newLogger(cmd.ErrOrStderr(), slog.LevelWarn)
	h, stop, err := demoHarvest(cmd, s, url, m, log)
	if err != nil {
		return err
	}
	defer stop()
	schedule := harvest.NewScheduler(h, harvest.SchedulerOptions{Ended: m.Ended, Logger: log})
	defer schedule.Start(ctx)()
	e, err := newEngine(engineOptions{Store: s, Dir: dir, Links: h.Config().Links, AllowPrivate: isLoopback(l)})
	if err != nil {
		return err
	}
	defer closing(e, &err)
	m.Follow(e.followers)
	if err := e.followers.CatchUp(ctx); err != nil { // so that the first query finds what is derived
		return err
	}
	defer e.start(ctx, log)()
	token := rand.Text()
	tokens := access.NewTokens(s)
	audit, err := access.OpenLog(ctx, dir, s)
	if err != nil {
		return err
	}
	defer closing(audit, &err)
	o := serverOptions{Store: s, Dir: dir, Engine: e, Base: dcat.Base(h.Config().Base), Schedule: schedule,
		Tokens: tokens, Metrics: m, Logger: log}
	guard := access.Options{Token: token, TokenName: "demo", Tokens: tokens, Log: audit, Logger: log}
	if err := o.admit(guard, nil); err != nil {
		return err
	}
	if err := o.open(dir, h.Config()); err != nil {
		return err
	}
	if err := demoRequests(ctx, o.Requests, o.Base); err != nil {
		return err
	}
	srv, err := newServer(o)
	if err != nil {
		return err
	}
	srv.listenToCommands(ctx, dir)
	fmt.Fprint(cmd.OutOrStdout(), welcome(url, token))
	return srv.serve(ctx, l)
}

// demoHarvest harvests the recorded sources. They can be harvested again until
// stop is called.
func demoHarvest(cmd *cobra.Command, s *store.Store, url string, m *metrics.Metrics,
	log *slog.Logger) (h *harvest.Harvester, stop func(), err error) {
	ctx, start := cmd.Context(), time.Now()
	base, err := storeBase(ctx, s, "")
	if err == nil && base == "" {
		base, err = storeBase(ctx, s, url)
	}
	if err != nil {
		return nil, nil, err
	}
	replay, stop, err := startReplay(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	config, err := harvest.ParseConfig(strings.NewReader(ecosystem.Config(replay, string(base))))
	if err != nil {
		return nil, nil, fmt.Errorf("configuration of the demo: %w", err)
	}
	if h, err = harvest.New(harvest.Options{Store: s, Config: config, Base: string(base), Author: "demo",
		Logger: log}); err != nil {
		return nil, nil, err
	}
	ids, n := sourceIDs(config), len(config.Sources)
	found, err := harvestSources(cmd, h, ids[:n], harvest.RunOptions{}, m, printReport)
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d records from %d sources in %.1f s\n", found.records, found.sources,
		time.Since(start).Seconds())
	if found, err = harvestSources(cmd, h, ids[n:], harvest.RunOptions{}, m, printNothing); err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d entities of %d code lists\n", found.records, found.sources)
	return h, stop, demoQuality(ctx, h)
}

func printNothing(*cobra.Command, *history.Report) error { return nil }

// demoQuality checks the datasets whose files are recorded.
func demoQuality(ctx context.Context, h *harvest.Harvester) error {
	files, err := ecosystem.Files()
	if err != nil {
		return err
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Dataset)
	}
	r, err := h.Quality("", nil)
	if err == nil {
		_, err = r.Run(ctx, names, nil)
	}
	return err
}

// demoRequests publishes requests that are made up.
func demoRequests(ctx context.Context, b *requests.Book, base dcat.Base) error {
	files, err := ecosystem.Files()
	if err != nil {
		return err
	}
	source, id, _ := strings.Cut(files[0].Dataset, "/")
	return b.Demo(ctx, requests.Samples(base.Dataset(source, id), source))
}

// startReplay serves the recorded sources on a free port of this machine.
func startReplay(ctx context.Context) (address string, stop func(), err error) {
	handler, err := ecosystem.Handler()
	if err != nil {
		return "", nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("serve the recorded sources: %w", err)
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // ends when it is closed
	}()
	return "http://" + l.Addr().String(), func() { _ = srv.Close(); <-done }, nil
}

func welcome(url, token string) string {
	return fmt.Sprintf(`
portal    %[1]s
SPARQL    %[1]ssparql
catalogue %[1]scatalog.ttl
console   %[1]sconsole  (sign in with the token)
token     %[2]s  (of an administrator, for this run: changes and /admin need it)

A first query:

  curl -H 'Accept: text/csv' %[1]ssparql --data-urlencode 'query=
    PREFIX dcat: <http://www.w3.org/ns/dcat#>
    PREFIX dct:  <http://purl.org/dc/terms/>
    SELECT ?publisher (COUNT(*) AS ?datasets) {
      ?dataset a dcat:Dataset ; dct:publisher/dct:identifier ?publisher
    } GROUP BY ?publisher ORDER BY DESC(?datasets)'

The harvests, as those who maintain the catalogue see them:

  curl -H 'Authorization: Bearer %[2]s' %[1]sadmin/runs

Interrupt (Ctrl-C) to stop.
`, url, token)
}

// newLogger logs to w in plain text.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
