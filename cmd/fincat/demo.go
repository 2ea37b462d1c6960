package main

import (
	"context"
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

	"fincat/harvest"
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
feeds until it is interrupted. Without --store the store is temporary; with it,
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
	url := "http://" + l.Addr().String() + "/"
	s, err := openStore(ctx, cmd, store.Options{Dir: dir, HolderInfo: "fincat demo at " + url})
	if err != nil {
		return err
	}
	defer closing(s, &err)
	m := newMetrics(s)
	log := newLogger(cmd.ErrOrStderr(), slog.LevelWarn)
	h, stop, err := demoHarvest(cmd, s, url, m, log)
	if err != nil {
		return err
	}
	defer stop()
	schedule := harvest.NewScheduler(h, harvest.SchedulerOptions{Ended: m.ended, Logger: log})
	defer schedule.Start(ctx)()
	e, err := newEngine(engineOptions{Store: s, Dir: dir, AllowPrivate: true})
	if err != nil {
		return err
	}
	defer closing(e, &err)
	defer e.follow(ctx, log)()
	srv, err := newServer(serverOptions{Store: s, Engine: e, Base: dcat.Base(h.Config().Base), Schedule: schedule, Loopback: isLoopback(l), Metrics: m, Logger: log})
	if err != nil {
		return err
	}
	fmt.Fprint(cmd.OutOrStdout(), welcome(url))
	return srv.serve(ctx, l)
}

// demoHarvest harvests the recorded sources. They can be harvested again until
// stop is called.
func demoHarvest(cmd *cobra.Command, s *store.Store, url string, m *metrics, log *slog.Logger) (h *harvest.Harvester, stop func(), err error) {
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
	if h, err = harvest.New(ctx, harvest.Options{Store: s, Config: config, Base: string(base), Logger: log}); err != nil {
		return nil, nil, err
	}
	found, err := harvestSources(cmd, h, sourceIDs(config), harvest.RunOptions{}, m, printReport)
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d datasets from %d sources in %.1f s\n", found.records, found.sources, time.Since(start).Seconds())
	return h, stop, nil
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

func welcome(url string) string {
	return fmt.Sprintf(`
portal    %[1]s
SPARQL    %[1]ssparql
catalogue %[1]scatalog.ttl

A first query:

  curl -H 'Accept: text/csv' %[1]ssparql --data-urlencode 'query=
    PREFIX dcat: <http://www.w3.org/ns/dcat#>
    PREFIX dct:  <http://purl.org/dc/terms/>
    SELECT ?publisher (COUNT(*) AS ?datasets) {
      ?dataset a dcat:Dataset ; dct:publisher/dct:identifier ?publisher
    } GROUP BY ?publisher ORDER BY DESC(?datasets)'

Interrupt (Ctrl-C) to stop.
`, url)
}

// newLogger logs to w in plain text.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
