package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/progress"
	"fincat/harvest/codelist"
	"fincat/harvest/column"
	"fincat/harvest/coverage"
	"fincat/harvest/feed"
	"fincat/harvest/feed/listing"
	"fincat/harvest/link"
	"fincat/harvest/quality"
	"fincat/harvest/series"
	"fincat/harvest/standard"
	"fincat/sparql/text"
	"fincat/sparql/void"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab/dcat"
)

// derived is what follows the commit log of a store. It is put together here,
// for every command that serves or commits.
type derived struct {
	index     *text.Index
	links     *follow.Following
	linker    *link.Follower // of links
	feeds     *listing.Follower
	followers *follow.Followers
}

// openDerived opens what is derived from a store. dir is that of the store;
// without one, what does not lie in the store itself stays in memory. Thresholds
// that are not given are those that the store was linked with.
func openDerived(s *store.Store, dir string, th link.Thresholds) (*derived, error) {
	of := func(what string) string {
		if dir == "" {
			return ""
		}
		return filepath.Join(dir, what)
	}
	index, err := text.Open(text.Options{Store: s, Dir: of("text")})
	if err != nil {
		return nil, err
	}
	links, err := openLinks(s, th)
	if err != nil {
		index.Close()
		return nil, err
	}
	feeds, err := listing.Open(listing.Options{Store: s, Dir: of("feed"), Describe: feed.Texts})
	if err != nil {
		index.Close()
		return nil, err
	}
	d := &derived{index: index, links: follow.New(s, links), linker: links, feeds: feeds}
	columns := column.NewFollower(s, baseOf(s))
	checks := quality.NewFollower(s, baseOf(s), nil)
	// The feeds come last, so that they tell of a dataset once, with what is derived of it.
	d.followers = follow.NewFollowers(s, index.Following(), d.links, follow.New(s, columns), follow.New(s, checks),
		follow.New(s, codelist.NewFollower(s, baseOf(s))), follow.New(s, coverage.NewFollower(s, baseOf(s), time.Now)),
		follow.New(s, series.NewFollower(s, baseOf(s))), follow.New(s, standard.NewFollower(s, baseOf(s))),
		follow.New(s, void.NewFollower(s, baseOf(s))),
		feeds.Following())
	if s.ReadOnly() { // nobody changes it, and links could not be written
		d.followers = follow.NewFollowers(s, index.Following(), feeds.Following())
	}
	return d, nil
}

// openLinks returns the follower that keeps the links of a store.
func openLinks(s *store.Store, th link.Thresholds) (*link.Follower, error) {
	return link.NewFollower(link.Options{Store: s, Base: baseOf(s), Thresholds: th})
}

// baseOf returns what finds the base of a store's IRIs.
func baseOf(s *store.Store) func() (dcat.Base, error) {
	return func() (dcat.Base, error) { return storeBase(context.Background(), s, "") }
}

// start keeps everything up to date until stop is called.
func (d *derived) start(ctx context.Context, log *slog.Logger) (stop func()) {
	return d.followers.Start(ctx, func(name string, err error) {
		log.Error("follower failed", "follower", name, "error", err)
	})
}

// commandDerived returns what the server derives that carries out the command, or else
// opens it.
func commandDerived(cmd *cobra.Command, s *store.Store, dir string, th link.Thresholds) (*derived, error) {
	if in := sessionOf(cmd); in != nil {
		return in.engine.derived, nil
	}
	return openDerived(s, dir, th)
}

// catchUp brings what is derived from a store up to date, for commands that
// commit and end.
func catchUp(cmd *cobra.Command, s *store.Store, dir string, th link.Thresholds) (err error) {
	d, err := commandDerived(cmd, s, dir, th)
	if err != nil {
		return err
	}
	defer release(cmd, d, &err)
	defer limitDerived()()
	bar := progress.New(cmd.ErrOrStderr())
	bar.Show("deriving what follows from the changes, such as the text index")
	defer bar.Clear()
	return d.followers.CatchUp(cmd.Context())
}

// Close releases what is derived. Nothing may follow or search any more.
func (d *derived) Close() error { return d.index.Close() }
