package harvest

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata" // so that Asia/Taipei exists on machines without zone files

	"github.com/robfig/cron/v3"

	"fincat/harvest/history"
	"fincat/harvest/source"
	"fincat/store"
)

// DefaultTimezone is the zone of schedules that name none.
const DefaultTimezone = "Asia/Taipei"

func validSchedule(s *source.Config) error {
	if _, err := zone(s); err != nil {
		return err
	}
	c, err := parseSchedule(s)
	if err != nil || c == nil {
		return err
	}
	return checkEvery(s.Schedule, c)
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
		return nil, fmt.Errorf("schedule %q: write a cron expression such as \"0 3 * * *\", @daily or @every 6h",
			s.Schedule)
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
	at = following(c, after.In(l))
	return at, !at.IsZero() // such as the thirtieth of February
}

// everyHour is set in the hours of a schedule that names none.
const everyHour = 1 << 63

// following returns the first time after t at which a schedule is due, in the
// zone of t. Where clocks are put forward, a time of day that does not come is
// due when they are; where they are put back, one that comes twice is due the
// first time only. Schedules of every hour follow the hours that pass.
func following(c cron.Schedule, t time.Time) time.Time {
	spec, ok := c.(*cron.SpecSchedule)
	if !ok || spec.Hour&everyHour != 0 {
		return c.Next(t)
	}
	zone, day := t.Location(), *spec
	if spec.Location != time.Local { // CRON_TZ= in the expression
		zone = spec.Location
	}
	day.Location = time.UTC // where all days have 24 hours
	shown := t.In(zone)
	wall := time.Date(shown.Year(), shown.Month(), shown.Day(),
		shown.Hour(), shown.Minute(), shown.Second(), shown.Nanosecond(), time.UTC)
	for {
		if wall = day.Next(wall); wall.IsZero() {
			return wall
		}
		if at := firstShown(wall, zone); at.After(t) {
			return at.In(t.Location())
		}
	}
}

// firstShown returns when the clocks of a zone first show a time of day, or go
// past it.
func firstShown(wall time.Time, zone *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	begin, end := at.ZoneBounds()
	switch shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC); {
	case shown.After(wall):
		return begin
	case shown.Before(wall):
		return end
	case begin.IsZero():
		return at
	}
	_, offset := at.Zone()
	_, before := begin.Add(-time.Second).Zone()
	if first := at.Add(time.Duration(offset-before) * time.Second); first.Before(begin) {
		return first
	}
	return at
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
	runs, err := h.history.RunsOf(ctx, s.ID)
	if err == nil && !s.Paused {
		s.Paused, err = h.Paused(s.ID)
	}
	if err != nil {
		return Due{}, false, fmt.Errorf("schedule of %s: %w", s.ID, err)
	}
	d, ok = dueAfter(s, runs, h.now())
	return d, ok, nil
}

// stepPause is what the note of a commit says that pauses a source.
const stepPause = "pause"

// pausedKey names the value that keeps a source's schedule from starting it.
func pausedKey(sourceID string) string { return "harvest/paused/" + sourceID }

// Paused reports whether the schedule of a source was paused while the program
// ran; that of the configuration counts besides.
func (h *Harvester) Paused(sourceID string) (bool, error) {
	_, ok, err := h.store.Get(pausedKey(sourceID))
	return ok, err
}

// Pause keeps the schedule from starting a source, or lets it go on. It outlasts
// the process.
func (h *Harvester) Pause(ctx context.Context, sourceID string, paused bool, author string) error {
	if !h.config.Has(sourceID) {
		return fmt.Errorf("source %q: %w in the configuration", sourceID, ErrUnknown)
	}
	var value []byte
	if paused {
		value = []byte(h.now().UTC().Format(time.RFC3339))
	}
	_, err := h.store.Commit(ctx, store.Change{
		Put:  map[string][]byte{pausedKey(sourceID): value},
		Note: store.Note{Author: author, Source: sourceID, Step: stepPause},
	})
	return err
}

// dueAfter is Due for a history, the newest run first.
func dueAfter(s source.Config, runs []*history.Report, now time.Time) (Due, bool) {
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
	for failures < len(runs) && (runs[failures].Status == history.Failed ||
		runs[failures].Status == history.Interrupted) {
		failures++
	}
	if failures == 0 {
		return d, true
	}
	waits, what := failures, "failed"
	if runs[0].Status == history.Interrupted { // goes on at once, unless it is the run that brings the process down
		d = Due{now, fmt.Sprintf("the run of %s was interrupted", runs[0].Start.Format(time.RFC3339))}
		waits, what = failures-1, "failed or were interrupted"
	}
	wait := time.Duration(0)
	if waits > 0 {
		wait = min(backOffMost, backOffFirst<<min(waits-1, 16))
	}
	if earliest := runs[0].End.Add(wait); earliest.After(d.At) {
		d = Due{earliest, fmt.Sprintf("put off, the last %d runs %s", failures, what)}
	}
	return d, true
}
