package harvest

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata" // so that Asia/Taipei exists on machines without zone files

	"github.com/robfig/cron/v3"

	"fincat/harvest/source"
)

// DefaultTimezone is the zone of schedules that name none.
const DefaultTimezone = "Asia/Taipei"

func validSchedule(s *source.Config) error {
	if _, err := zone(s); err != nil {
		return err
	}
	_, err := parseSchedule(s)
	return err
}

func zone(s *source.Config) (*time.Location, error) {
	name := s.Timezone
	if name == "" {
		name = DefaultTimezone
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("timezone %q is unknown: write a name such as Asia/Taipei", name)
	}
	return l, nil
}

// parseSchedule returns nil for a source without a schedule.
func parseSchedule(s *source.Config) (cron.Schedule, error) {
	if s.Schedule == "" {
		return nil, nil
	}
	c, err := cron.ParseStandard(s.Schedule)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: write a cron expression such as \"0 3 * * *\", @daily or @every 6h", s.Schedule)
	}
	return c, nil
}

// Next returns when a source is due after a time; ok is false when it has no
// schedule or is paused.
func Next(s source.Config, after time.Time) (at time.Time, ok bool) {
	c, err := parseSchedule(&s)
	l, zerr := zone(&s)
	if err != nil || zerr != nil || c == nil || s.Paused {
		return time.Time{}, false
	}
	return c.Next(after.In(l)), true
}

// A source that fails is left alone for backOffFirst after the first failure
// and twice as long after each further one, up to backOffMost.
const (
	backOffFirst = 5 * time.Minute
	backOffMost  = 24 * time.Hour
)

// Due is when a source is to be harvested next, and why then when it is not
// simply what its schedule says.
type Due struct {
	At  time.Time
	Why string // "" on schedule
}

// Due returns when a source is due, by its schedule and its history: a run that
// was missed, because no server was there, is caught up once, and a source that
// keeps failing is asked less often. ok is false when it has no schedule or is
// paused.
func (h *Harvester) Due(ctx context.Context, s source.Config) (d Due, ok bool, err error) {
	runs, err := h.RunsOf(ctx, s.ID)
	if err != nil {
		return Due{}, false, fmt.Errorf("schedule of %s: %w", s.ID, err)
	}
	d, ok = dueAfter(s, runs, h.now())
	return d, ok, nil
}

// dueAfter is Due for a history, the newest run first.
func dueAfter(s source.Config, runs []*Report, now time.Time) (Due, bool) {
	last := now
	if len(runs) > 0 {
		last = runs[0].Start
	}
	at, ok := Next(s, last)
	if !ok {
		return Due{}, false
	}
	d := Due{At: at}
	if at.Before(now) {
		d = Due{now, fmt.Sprintf("the run of %s was missed", at.Format(time.RFC3339))}
	}
	failures := 0
	for failures < len(runs) && runs[failures].Status == Failed {
		failures++
	}
	if failures == 0 {
		return d, true
	}
	wait := backOffMost
	if failures < 16 {
		wait = min(wait, backOffFirst<<(failures-1))
	}
	if earliest := runs[0].End.Add(wait); earliest.After(d.At) {
		d = Due{earliest, fmt.Sprintf("put off, the last %d runs failed", failures)}
	}
	return d, true
}
