package harvest

import (
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
