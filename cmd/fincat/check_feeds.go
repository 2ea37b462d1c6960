package main

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/metrics"
	"fincat/cmd/fincat/published"
	"fincat/store"
	"fincat/vocab/dcat"
)

// checkFeeds checks everything that serve would publish of the store as RDF.
func checkFeeds(cmd *cobra.Command, s *store.Store) error {
	base, err := storeBase(cmd.Context(), s, "")
	if err != nil {
		return err
	}
	if base == "" {
		base = "http://" + defaultAddr + "/"
	}
	serve := func(s *store.Store) (http.Handler, func() error, error) { return publishedServer(s, base) }
	found, err := published.Check(cmd.Context(), s, published.Options{Serve: serve, Base: base, PageSize: 100,
		Out: cmd.OutOrStdout()})
	if err == nil && found > 0 {
		err = &foundError{fmt.Sprintf("what is published differs from the store in %d places; "+
			"the store itself is sound, so this is a fault of the program: report it with the lines above", found)}
	}
	return err
}

// publishedServer returns what a server of a store would answer, until end is called.
func publishedServer(s *store.Store, base dcat.Base) (h http.Handler, end func() error, err error) {
	e, err := newEngine(engineOptions{Store: s})
	if err != nil {
		return nil, nil, err
	}
	srv, err := newServer(serverOptions{
		Store: s, Engine: e, Base: base, Guard: access.New(access.Options{}), ReadOnly: true, Metrics: metrics.New(s),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		closing(e, &err)
		return nil, nil, err
	}
	return srv.http.Handler, e.Close, nil
}
