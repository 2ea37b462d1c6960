package harvest

import (
	"slices"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/source"
)

// overlap is how much of the time before the last good run is asked for again.
// The clock of a source may be some minutes behind, and what was saved just
// before the run may have come into its index just after.
const overlap = time.Hour

// maxAgain is how many records are asked for one by one. When more are waiting,
// everything is asked for.
const maxAgain = 1000

// start is from where on a run asks its source.
type start struct {
	since time.Time // changes since then; zero: everything
	mark  string    // how far the run came from which this one goes on
	again []string  // what failed before, and can be asked for by itself
	full  bool      // everything, without conditions
}

// startOf decides what a source is asked for; runs is its history, the newest
// first, and again what failed in them.
func (h *Harvester) startOf(runs []*history.Report, again []string, cfg source.Config) (s start) {
	every := time.Duration(cfg.WithDefaults().FullEvery)
	good := func(r *history.Report) bool { return r.Status == history.Done || r.Status == history.Held }
	s.full = !slices.ContainsFunc(runs, func(r *history.Report) bool {
		return good(r) && r.Full && h.now().Sub(r.Start) < every
	})
	base := h.continued(runs, every)
	if s.full || base == nil || len(again) > maxAgain {
		return s
	}
	s.since, s.mark, s.again = base.Start.Add(-overlap), base.Mark, again
	return s
}

// continued returns the run whose changes a new one continues: the newest good one
// whose failed records are all asked for again by themselves. It is nil, so that
// everything is asked for, when the last run that did so is older than every,
// because changes alone do not tell what is gone.
func (h *Harvester) continued(runs []*history.Report, every time.Duration) (base *history.Report) {
	for _, r := range runs {
		if r.Status == history.Undone { // what it wrote is to be harvested again
			return nil
		}
		if r.Status != history.Done && r.Status != history.Held {
			continue
		}
		if base == nil && r.Unasked == 0 {
			base = r
		}
		if !r.Partial {
			if h.now().Sub(r.Start) >= every {
				return nil
			}
			if base != nil {
				return base
			}
		}
	}
	return nil
}

// resume returns from when on documents that were received still count: since
// the start of the runs that were interrupted, one after the other, just before
// now, but no longer ago than resume_within. It is zero when the last run came
// to an end of its own.
func (h *Harvester) resume(runs []*history.Report) time.Time {
	var from time.Time
	for _, r := range runs {
		if r.Status != history.Interrupted {
			break
		}
		from = r.Start
	}
	within := time.Duration(*h.config.Harvest.ResumeWithin)
	if from.IsZero() || within == 0 {
		return time.Time{}
	}
	if earliest := h.now().Add(-within); from.Before(earliest) {
		return earliest
	}
	return from
}
