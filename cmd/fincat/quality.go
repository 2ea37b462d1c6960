package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/checks"
	"fincat/cmd/fincat/publishing"
	"fincat/cmd/fincat/reports"
	"fincat/harvest"
	"fincat/harvest/publish"
	"fincat/harvest/quality"
	"fincat/harvest/report"
	"fincat/store"
	"fincat/vocab/dcat"
)

func newQualityCommand() *cobra.Command {
	return checks.NewCommand(checks.Host{
		Read: func(cmd *cobra.Command, dir string, do func(*store.Store, dcat.Base) error) error {
			return withHarvested(cmd, dir, true, do)
		},
		Check: func(cmd *cobra.Command, dir, file string, args []string, now func() time.Time,
			do func(*quality.Runner) error) error {
			return withHarvester(cmd, dir, file, args, made(do, func(h *harvest.Harvester) (*quality.Runner, error) {
				return h.Quality(commandAuthor(cmd), now)
			}))
		},
		WrongUse: wrongUse, Found: func(what string) error { return &foundError{what} },
	})
}

func newReportCommand() *cobra.Command {
	return reports.NewCommand(reports.Host{
		Read: func(cmd *cobra.Command, dir, file string,
			do func(*store.Store, dcat.Base, harvest.Config) error) error {
			config, err := configIfAny(cmd, file)
			if err != nil {
				return err
			}
			return withHarvested(cmd, dir, true, func(s *store.Store, base dcat.Base) error {
				return do(s, base, config)
			})
		},
		Mail: func(cmd *cobra.Command, dir, file string, do func(*report.Mailer) error) error {
			return withHarvester(cmd, dir, file, nil, made(do, func(h *harvest.Harvester) (*report.Mailer, error) {
				return h.Reports(commandAuthor(cmd), nil)
			}))
		},
		WrongUse: wrongUse, Found: func(what string) error { return &foundError{what} },
	})
}

func newPublishCommand() *cobra.Command {
	return publishing.NewCommand(publishing.Host{
		Publish: func(cmd *cobra.Command, dir, file string, write bool,
			do func(*publish.Publisher) error) error {
			with := made(do, func(h *harvest.Harvester) (*publish.Publisher, error) {
				return h.Publisher(commandAuthor(cmd))
			})
			if write {
				return withHarvester(cmd, dir, file, nil, with)
			}
			return withHarvested(cmd, dir, true, func(s *store.Store, _ dcat.Base) error {
				config, err := configIfAny(cmd, file)
				if err != nil {
					return err
				}
				h, err := newHarvester(cmd, s, dir, config)
				if err != nil {
					return err
				}
				return with(h)
			})
		},
		WrongUse: wrongUse, Found: func(what string) error { return &foundError{what} },
	})
}

// made does something with what is made of a harvester.
func made[T any](do func(T) error, of func(*harvest.Harvester) (T, error)) func(*harvest.Harvester) error {
	return func(h *harvest.Harvester) error {
		v, err := of(h)
		if err != nil {
			return err
		}
		return do(v)
	}
}

// configIfAny reads a configuration where there is one: the file, or that of the server.
func configIfAny(cmd *cobra.Command, file string) (config harvest.Config, err error) {
	if in := sessionOf(cmd); file != "" || in != nil && in.sources {
		config, err = readyConfig(cmd, file)
	}
	return config, err
}

// withHarvester does something with a harvester of a store, audited.
func withHarvester(cmd *cobra.Command, dir, file string, args []string, do func(*harvest.Harvester) error) error {
	defer limitMemory(cmd, harvestMemory)()
	return withHarvested(cmd, dir, false, func(s *store.Store, _ dcat.Base) error {
		config, err := configIfAny(cmd, file)
		if err != nil {
			return err
		}
		h, err := newHarvester(cmd, s, dir, config)
		if err != nil {
			return err
		}
		run := func() error { return do(h) }
		return errors.Join(audited(cmd, s, dir, args, run), catchUp(cmd, s, dir, config.Links))
	})
}
