package harvest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"fincat/harvest/quality"
	"fincat/harvest/requests"
	"fincat/harvest/source"
	"fincat/store/follow"
	"fincat/vocab/dcat"
)

// Quality returns what checks the files of the store's datasets: through the client of
// this harvester, whose hosts keep their pace for both, with the policy of the
// dataset's source. author is that of the commits; now is the clock of the checks, nil
// for the harvester's.
func (h *Harvester) Quality(author string, now func() time.Time) (*quality.Runner, error) {
	if now == nil {
		now = h.now
	}
	config, err := h.config.Quality, error(nil)
	if config.Requests, err = requests.Noted(h.store, config.Requests); err != nil {
		return nil, err
	}
	return quality.NewRunner(quality.Options{
		Store: h.store, Base: h.base, Client: h.client, Config: config, Now: now, Author: author,
		PerHost: h.config.Harvest.PerHost, Noting: &h.noting,
		Logger: h.log,
		Source: func(id string) quality.Source {
			s, _ := h.config.Source(id)
			return quality.Source{ID: id, URL: s.URL, Policy: s.Policy}
		},
	})
}

// checks runs the rounds of checks at the times of quality.schedule, until ctx ends. A round
// that the end of the process breaks off goes on with the next one.
func (c *Scheduler) checks(ctx context.Context) {
	s := source.Config{Schedule: c.h.config.Quality.Schedule}
	for ctx.Err() == nil {
		at, ok := Next(s, c.h.now())
		if !ok {
			return
		}
		for left := at.Sub(c.h.now()); left > 0 && ctx.Err() == nil; left = at.Sub(c.h.now()) {
			c.o.Sleep(ctx, min(left, longestSleep))
		}
		if ctx.Err() != nil {
			return
		}
		runner, err := c.h.Quality("", nil)
		if err != nil {
			c.o.Logger.Error("quality", "error", err)
			return
		}
		report, err := runner.Run(ctx, nil, nil)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			c.o.Logger.Error("quality", "error", err)
		default:
			c.o.Logger.Info("quality checked", "datasets", report.Checked, "files", report.Files, "unchanged",
				report.Kept,
				"failed", len(report.Failed), "took", report.Took)
		}
	}
}

// settleTime is how long the schedule waits after a change for others of the same run.
const settleTime = 2 * time.Second

// rechecks looks at datasets again whose records have changed, until ctx ends.
func (c *Scheduler) rechecks(ctx context.Context) {
	var mu sync.Mutex
	changed := map[string]bool{}
	wake := make(chan struct{}, 1)
	f := quality.NewFollower(c.h.store, func() (dcat.Base, error) { return c.h.base, nil }, func(datasets []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, d := range datasets {
			changed[d] = true
		}
		select {
		case wake <- struct{}{}:
		default: // it will look anyway
		}
	})
	var following sync.WaitGroup
	defer following.Wait()
	following.Go(func() {
		follow.New(c.h.store, f).Run(ctx, func(_ string, err error) { c.o.Logger.Error("quality", "error", err) })
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
		c.o.Sleep(ctx, settleTime)
		mu.Lock()
		list := slices.Collect(maps.Keys(changed))
		clear(changed)
		mu.Unlock()
		runner, err := c.h.Quality("", nil)
		var report *quality.Report
		if err == nil {
			report, err = runner.Recheck(ctx, list)
		}
		switch {
		case ctx.Err() != nil:
		case err != nil:
			c.o.Logger.Error("quality", "error", err)
		default:
			c.o.Logger.Info("quality checked after changes", "datasets", report.Checked, "failed", len(report.Failed))
		}
	}
}
