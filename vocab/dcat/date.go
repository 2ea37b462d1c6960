package dcat

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"fincat/vocab"
	"fincat/vocab/term"
)

// ParseDate reads a date or time as Taiwanese sources write it and returns the
// xsd:date, xsd:dateTime, xsd:gYearMonth or xsd:gYear literal. It knows ISO
// forms, slashes and dots, "2026-09-07 00:00", 年月日, RFC 1123 dates of feeds
// and years of the Republic (民國), which begin in 1912: 115-03-17 and 1150317
// are 2026-03-17. Times without a zone are taken as they are.
func ParseDate(s string) (term.Term, bool) {
	s = strings.TrimSpace(s)
	if t, ok := parseDigits(s); ok {
		return t, ok
	}
	for _, layout := range []string{time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RFC822, time.ANSIC, "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && !strings.Contains(layout, ":") {
				return term.NewLiteral(t.Format(time.DateOnly), vocab.XSDDate), true
			}
			return term.NewLiteral(t.Format(time.RFC3339), vocab.XSDDateTime), true
		}
	}
	return term.Term{}, false
}

var dateForms = []*regexp.Regexp{
	regexp.MustCompile(`^(?:民國\s*)?(\d{2,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?` + clock + `$`),
	regexp.MustCompile(`^(?:民國\s*)?(\d{3,4})(\d{2})(\d{2})` + clock + `$`),
	regexp.MustCompile(`^(?:民國\s*)?(\d{2,4})\s*[-/.年]\s*(\d{1,2})\s*月?$`),
	regexp.MustCompile(`^(?:民國\s*)?(\d{3,4})\s*年?$`),
}

const clock = `(?:[T\s]*(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?`

func parseDigits(s string) (term.Term, bool) {
	for i, re := range dateForms {
		m := re.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		y, _ := strconv.Atoi(m[1])
		if len(m[1]) < 4 || strings.HasPrefix(s, "民國") {
			y += 1911
		}
		year := pad(y, 4)
		switch i {
		case 2:
			mon, _ := strconv.Atoi(m[2])
			if mon < 1 || mon > 12 {
				return term.Term{}, false
			}
			return term.NewLiteral(year+"-"+pad(mon, 2), vocab.XSDGYearMonth), true
		case 3:
			return term.NewLiteral(year, vocab.XSDGYear), true
		}
		mon, _ := strconv.Atoi(m[2])
		day, _ := strconv.Atoi(m[3])
		date := year + "-" + pad(mon, 2) + "-" + pad(day, 2)
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return term.Term{}, false
		}
		if m[4] == "" {
			return term.NewLiteral(date, vocab.XSDDate), true
		}
		return clockTime(date, m[4:])
	}
	return term.Term{}, false
}

// clockTime adds hour, minute, second, fraction and zone to a date.
func clockTime(date string, m []string) (term.Term, bool) {
	h, _ := strconv.Atoi(m[0])
	if m[2] == "" {
		m[2] = "00"
	}
	if h > 23 || m[1] > "59" || m[2] > "59" {
		return term.Term{}, false
	}
	zone := m[4]
	if len(zone) == 5 {
		zone = zone[:3] + ":" + zone[3:]
	}
	return term.NewLiteral(date+"T"+pad(h, 2)+":"+m[1]+":"+m[2]+m[3]+zone, vocab.XSDDateTime), true
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// Time returns t as an xsd:dateTime in UTC to the second.
func Time(t time.Time) term.Term {
	return term.NewLiteral(t.UTC().Format(time.RFC3339), vocab.XSDDateTime)
}
