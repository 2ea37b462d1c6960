package solr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.DateOnly,
	"2006-01", "2006"}

// unitPattern is one step of Solr's date arithmetic; a unit may stand in the plural.
var unitPattern = regexp.MustCompile(`^(?:([+-])(\d{1,6})|(/))` +
	`(YEAR|MONTH|DAY|DATE|HOUR|MINUTE|SECOND|MILLISECOND|MILLI)S?`)

// instant reads a time: one of ISO 8601, in UTC unless it says otherwise, or NOW, each with
// Solr's date arithmetic, such as NOW-7DAYS/DAY.
func instant(s string, now time.Time) (time.Time, error) {
	at, rest, ok := start(s, now)
	for ok && rest != "" {
		m := unitPattern.FindStringSubmatch(rest)
		if ok = m != nil; !ok {
			break
		}
		rest = rest[len(m[0]):]
		if m[3] == "/" {
			at = rounded(at, m[4])
			continue
		}
		n, err := strconv.Atoi(m[1] + m[2])
		if ok = err == nil; ok {
			at = moved(at, n, m[4])
		}
	}
	if !ok {
		return time.Time{}, fmt.Errorf("%q is no time; want one such as 2026-01-31T08:00:00Z or NOW-7DAYS", s)
	}
	return at, nil
}

// start reads the time that the arithmetic begins with.
func start(s string, now time.Time) (at time.Time, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(s, "NOW"); ok {
		return now.UTC(), rest, true
	}
	text := s
	if i := strings.IndexByte(s, 'Z'); i >= 0 {
		text, rest = s[:i+1], s[i+1:]
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), rest, true
		}
	}
	return time.Time{}, "", false
}

func moved(at time.Time, n int, unit string) time.Time {
	switch unit {
	case "YEAR":
		return at.AddDate(n, 0, 0)
	case "MONTH":
		return at.AddDate(0, n, 0)
	case "DAY", "DATE":
		return at.AddDate(0, 0, n)
	}
	return at.Add(time.Duration(n) * lengths[unit])
}

var lengths = map[string]time.Duration{
	"HOUR": time.Hour, "MINUTE": time.Minute, "SECOND": time.Second, "MILLISECOND": time.Millisecond,
	"MILLI": time.Millisecond,
}

func rounded(at time.Time, unit string) time.Time {
	year, month, day := at.Date()
	switch unit {
	case "YEAR":
		return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	case "MONTH":
		return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	case "DAY", "DATE":
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return at.Truncate(lengths[unit])
}
