package dcat

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/vocab"
	"fincat/vocab/term"
)

// ParseDate reads a date or time as Taiwanese sources write it and returns the
// xsd:date, xsd:dateTime, xsd:gYearMonth or xsd:gYear literal. It knows ISO
// forms, slashes and dots, "2026-09-07 00:00", 上午 and 下午, 年月日 in either
// digits, RFC 1123 dates of feeds, milliseconds and seconds since 1970, and
// years of the Republic (民國), which begin in 1912: 115-03-17 and 1150317 are
// 2026-03-17. Words around a date such as 發布 do not matter. Times without a
// zone are taken as they are.
//
// A year of two digits is one of the Republic where 民國 or 年 says so, or where
// it is 70 or more; 24/01/05 may be several days and is none.
func ParseDate(s string) (term.Term, bool) {
	if s = strings.TrimSpace(s); s == "" || len(s) > maxDate {
		return term.Term{}, false
	}
	if t, ok := parsePlain(s); ok {
		return t, ok
	}
	if t, ok := parseNamed(s); ok {
		return t, ok
	}
	if t, ok := parseEpoch(s); ok {
		return t, ok
	}
	if tidy := tidyDate(s); tidy != s {
		return parsePlain(tidy)
	}
	return term.Term{}, false
}

const maxDate = 100 // bytes of a text that may be a date

// parseNamed reads forms with names of months.
func parseNamed(s string) (term.Term, bool) {
	for _, layout := range []string{
		time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RFC822, time.ANSIC, "2 Jan 2006", "January 2, 2006",
		"Jan 2, 2006", "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST",
	} {
		t, err := time.Parse(layout, s)
		switch {
		case err != nil:
			continue
		case !strings.Contains(layout, ":"):
			return term.NewLiteral(t.Format(time.DateOnly), vocab.XSDDate), true
		case strings.HasSuffix(layout, "MST"):
			if zone, _ := t.Zone(); zone != "UTC" && zone != "GMT" { // several zones have each other name
				return term.NewLiteral(t.Format("2006-01-02T15:04:05"), vocab.XSDDateTime), true
			}
		}
		return term.NewLiteral(t.Format(time.RFC3339), vocab.XSDDateTime), true
	}
	return term.Term{}, false
}

var epoch = regexp.MustCompile(`^(1\d{9}|1\d{12}|1\.\d{5,12}[eE]\+?12)$`)

// parseEpoch reads seconds and milliseconds since 1970, of the years 2001 to 2033.
func parseEpoch(s string) (term.Term, bool) {
	if !epoch.MatchString(s) {
		return term.Term{}, false
	}
	n, ok := new(big.Rat).SetString(s)
	if !ok || !n.IsInt() {
		return term.Term{}, false
	}
	ms := n.Num().Int64()
	if len(s) == 10 {
		ms *= 1000
	}
	return term.NewLiteral(time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z07:00"), vocab.XSDDateTime), true
}

const (
	clock = `(?:[T\s]*(上午|下午|中午|早上|晚上|凌晨|AM|PM|am|pm)?\s*(\d{1,2})[:時点點](\d{1,2})(?:[:分](?:(\d{2})([.]\d+)?秒?)?)?` +
		`\s*(上午|下午|AM|PM|am|pm)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?`
	minguo = `^(中?華?民國\s*)?`
)

var dateForms = []struct {
	*regexp.Regexp
	parts int // of year, month and day
}{
	{regexp.MustCompile(minguo + `(\d{2,4})\s*([-/.年])\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日.]?()` + clock + `$`), 3},
	{regexp.MustCompile(minguo + `(\d{3,4})()(\d{2})(\d{2})()` + clock + `$`), 3},
	{regexp.MustCompile(minguo + `(\d{4})(-)(\d{2})-(\d{2})(Z|[+-]\d{2}:\d{2})$`), 3},
	{regexp.MustCompile(minguo + `(\d{2,4})\s*([-/.年])\s*(\d{1,2})\s*月?$`), 2},
	{regexp.MustCompile(minguo + `(\d{3,4})()(\d{2})$`), 2}, // 11301, 202401
	{regexp.MustCompile(minguo + `(\d{2,4})\s*(年?)$`), 1},
}

var (
	shortDate = regexp.MustCompile(`^(\d{2})(\d{2})(\d{2})$`)
	longTime  = regexp.MustCompile(`^(\d{8})(\d{2})(\d{2})(\d{2})?$`)
)

func parsePlain(s string) (term.Term, bool) {
	if m := longTime.FindStringSubmatch(s); m != nil && !epoch.MatchString(s) {
		s = m[1] + " " + m[2] + ":" + m[3]
		if m[4] != "" {
			s += ":" + m[4]
		}
	}
	for _, form := range dateForms {
		m := form.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		t, ok := makeDate(m, form.parts)
		if !ok {
			if short := shortDate.FindStringSubmatch(s); short != nil { // 990105
				return makeDate([]string{s, "", short[1], "", short[2], short[3], ""}, 3)
			}
		}
		return t, ok
	}
	return term.Term{}, false
}

// makeDate makes a date of what a form found: 民國, year, what follows the year,
// month, day, zone, and a time of day.
func makeDate(m []string, parts int) (term.Term, bool) {
	y, _ := strconv.Atoi(m[2])
	republic := m[1] != ""
	switch {
	case len(m[2]) == 2 && !republic && m[3] != "年" && y < 70, len(m[2]) == 2 && parts == 1 && !republic &&
		m[3] != "年":
		return term.Term{}, false
	case republic || len(m[2]) < 4:
		y += 1911
	case parts == 2 && m[3] == "" && (y < 1900 || y > 2100): // 990105
		return term.Term{}, false
	}
	if y <= 1911 && (republic || len(m[2]) < 4) {
		return term.Term{}, false
	}
	year := pad(y, 4)
	if parts == 1 {
		return term.NewLiteral(year, vocab.XSDGYear), true
	}
	mon, _ := strconv.Atoi(m[4])
	if mon < 1 || mon > 12 {
		return term.Term{}, false
	}
	if parts == 2 {
		return term.NewLiteral(year+"-"+pad(mon, 2), vocab.XSDGYearMonth), true
	}
	day, _ := strconv.Atoi(m[5])
	date := year + "-" + pad(mon, 2) + "-" + pad(day, 2)
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return term.Term{}, false
	}
	if len(m) <= 8 || m[8] == "" {
		return term.NewLiteral(date+m[6], vocab.XSDDate), true
	}
	return clockTime(date, m[7:])
}

// clockTime adds half of the day, hour, minute, second, fraction, half and zone
// to a date.
func clockTime(date string, m []string) (term.Term, bool) {
	h, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	if m[3] == "" {
		m[3] = "00"
	}
	switch strings.ToUpper(m[0] + m[5]) {
	case "":
	case "上午", "早上", "凌晨", "AM":
		if h > 12 {
			return term.Term{}, false
		}
		h %= 12
	case "下午", "晚上", "中午", "PM":
		if h < 12 && (m[0] != "中午" || h < 11) {
			h += 12
		}
	default:
		return term.Term{}, false
	}
	if h > 23 || minute > 59 || m[3] > "59" {
		return term.Term{}, false
	}
	zone := m[6]
	switch len(zone) {
	case 3:
		zone += ":00"
	case 5:
		zone = zone[:3] + ":" + zone[3:]
	}
	return term.NewLiteral(date+"T"+pad(h, 2)+":"+pad(minute, 2)+":"+m[3]+m[4]+zone, vocab.XSDDateTime), true
}

var (
	aroundDate = regexp.MustCompile(`^(?:發[布佈]|更新|公[告布]|修正|上架|建立|異動|出版|最後)+(?:日期|時間)?\s*[::]?\s*` +
		`|\s*(?:\([一二三四五六日]\)|星期[一二三四五六日])` +
		`|\s*(?:發[布佈]|更新|公[告布]|修正|上架|建立|異動|出版)$`)
	hanNumber = regexp.MustCompile(`([〇○零一二三四五六七八九十百]+)([年月日])`)
)

// tidyDate writes a date with the digits and signs of ASCII and without the
// words around it.
func tidyDate(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c >= 0xFF01 && c <= 0xFF5E: // full-width forms
			return c - 0xFEE0
		case c == '　' || c == ' ':
			return ' '
		}
		return c
	}, s)
	s = hanNumber.ReplaceAllStringFunc(s, func(number string) string {
		m := hanNumber.FindStringSubmatch(number)
		return strconv.Itoa(hanValue(m[1])) + m[2]
	})
	return strings.TrimSpace(aroundDate.ReplaceAllString(s, ""))
}

// hanValue reads a number in Chinese characters: 一一三 or 一百一十三.
func hanValue(s string) int {
	digits := []rune("零一二三四五六七八九")
	sum, last := 0, 0
	positional := !strings.ContainsAny(s, "十百")
	for _, c := range s {
		switch {
		case c == '百':
			sum, last = sum+max(last, 1)*100, 0
		case c == '十':
			sum, last = sum+max(last, 1)*10, 0
		case positional:
			last = min(last*10+max(slices.Index(digits, c), 0), 1e6)
		default:
			last = max(slices.Index(digits, c), 0)
		}
	}
	return sum + last
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

// Time returns t as an xsd:dateTime in UTC to the second.
func Time(t time.Time) term.Term {
	return term.NewLiteral(t.UTC().Format(time.RFC3339), vocab.XSDDateTime)
}
