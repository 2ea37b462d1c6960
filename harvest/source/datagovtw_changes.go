package source

import (
	"context"
	"errors"
	"strings"
	"time"

	"fincat/harvest/mapping"
)

// maxChangeDays is for how many days lists of changes are read; after a longer
// time everything is.
const maxChangeDays = 31

// taipei is the time zone of data.gov.tw, which has no summer time.
var taipei = time.FixedZone("Asia/Taipei", 8*3600)

func checkDataGovTW(c *Config) error {
	if c.Changes != "" && (!strings.Contains(c.Changes, "{date}") || !strings.Contains(c.Changes, "://")) {
		return errors.New("changes: give the address of a day's changes with {date} for the day, such as " +
			"https://data.gov.tw/api/front/dataset/changed/export?format=csv&report_date={date}")
	}
	return nil
}

// changeDays returns the days whose lists of changes tell everything since the
// last complete gathering, the newest first; nil when everything is to be read.
// The day of that gathering is among them, for it went on after it.
func changeDays(s *Session) []string {
	if s.Config.Changes == "" || s.Since.IsZero() {
		return nil
	}
	var days []string
	first := s.Since.In(taipei).Format(time.DateOnly)
	for day := s.client.Now().In(taipei); len(days) <= maxChangeDays; day = day.AddDate(0, 0, -1) {
		days = append(days, day.Format(time.DateOnly))
		if days[len(days)-1] <= first {
			return days
		}
	}
	return nil
}

// gatherChanges reads the lists of the days. Of a dataset that is on several
// the newest counts.
func gatherChanges(ctx context.Context, s *Session, days []string, yield func(*mapping.Record, error) bool) {
	s.Found.Partial = true
	seen := map[string]bool{}
	stopped := false
	for _, day := range days {
		var failed error
		gatherExport(ctx, s, strings.ReplaceAll(s.Config.Changes, "{date}", day),
			func(rec *mapping.Record, err error) bool {
				if err != nil {
					failed = err
					return false
				}
				if rec.ID != "" && seen[rec.ID] {
					return true
				}
				seen[rec.ID] = true
				stopped = !yield(rec, nil)
				return !stopped
			})
		var e *Error
		if errors.As(failed, &e) && e.Rule == "empty" { // a day without changes
			failed = nil
		}
		if failed != nil {
			yield(nil, failed)
		}
		if failed != nil || stopped {
			return
		}
	}
}
