package quality

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"fincat/vocab/dcat"
)

// period is how often something is to be updated, in calendar units.
type period struct {
	years, months, days int
	clock               time.Duration // of units below a day
	workdays            bool
}

var (
	everyForm = regexp.MustCompile(`^每?(\d+|[一二兩两三四五六七八九十半]+)?個?` +
		`(秒鐘?|分鐘?|小時|時|工作日|上班日|營業日|日|天|星期|週|周|旬|月|季|學期|年)(更新|一次|更新一次)?$`)
	isoForm = regexp.MustCompile(`^(?:R/)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?` +
		`(?:T(?:(\d+)H)?(?:(\d+)M)?)?$`)
)

// periodWords are frequencies that are called by a word.
var periodWords = map[string]period{
	"DAILY": {days: 1}, "WEEKLY": {days: 7}, "BIWEEKLY": {days: 14}, "MONTHLY": {months: 1}, "BIMONTHLY": {months: 2},
	"QUARTERLY": {months: 3}, "ANNUAL": {years: 1}, "ANNUAL_2": {months: 6}, "ANNUALLY": {years: 1},
	"YEARLY":   {years: 1},
	"BIENNIAL": {years: 2}, "TRIENNIAL": {years: 3}, "HOURLY": {clock: time.Hour}, "日": {days: 1}, "週": {days: 7},
	"月": {months: 1}, "季": {months: 3}, "年": {years: 1}, "半年": {months: 6},
}

// periodCodes are those of the EU table of frequencies that no word above is.
var periodCodes = map[string]period{
	"1MIN": {clock: time.Minute}, "5MIN": {clock: 5 * time.Minute}, "10MIN": {clock: 10 * time.Minute},
	"15MIN": {clock: 15 * time.Minute}, "30MIN": {clock: 30 * time.Minute}, "BIHOURLY": {clock: 2 * time.Hour},
	"TRIHOURLY": {clock: 3 * time.Hour}, "12HRS": {clock: 12 * time.Hour}, "DAILY_2": {clock: 12 * time.Hour},
	"WEEKLY_3": {days: 3}, "WEEKLY_2": {days: 4}, "MONTHLY_3": {days: 10}, "MONTHLY_2": {days: 15},
	"ANNUAL_3": {months: 4}, "QUADRENNIAL": {years: 4}, "QUINQUENNIAL": {years: 5}, "DECENNIAL": {years: 10},
	"BIDECENNIAL": {years: 20}, "TRIDECENNIAL": {years: 30},
}

// frequencyOf reads a frequency by its own words, else by the code of the table of frequencies
// that it belongs to: 每月10日前 is monthly. judged is false where it sets no time limit.
func (r *Rules) frequencyOf(text string) (p period, judged, ok bool) {
	for _, word := range r.NotJudged {
		if strings.EqualFold(text, word) || strings.HasPrefix(text, "不定期") {
			return p, false, true
		}
	}
	if p, ok = periodOf(text); ok {
		return p, true, true
	}
	iri, ok := dcat.Frequency(text)
	code := iri[strings.LastIndexByte(iri, '/')+1:]
	if ok && slices.Contains(r.NotJudged, code) {
		return p, false, true
	}
	if p, ok = periodCodes[code]; !ok {
		p, ok = periodWords[code]
	}
	return p, true, ok
}

// chinese reads a number up to 99 in Chinese.
func chinese(s string) int {
	n, unit := 0, 0
	for _, r := range s {
		if i := strings.IndexRune("一二三四五六七八九", r); i >= 0 {
			unit = i/3 + 1
			continue
		}
		switch r {
		case '兩', '两':
			unit = 2
		case '十':
			n, unit = max(unit, 1)*10, 0
		}
	}
	return n + unit
}

// periodOf reads a frequency as the portal writes it; not ok for words that name none.
func periodOf(text string) (p period, ok bool) {
	text, _, _ = strings.Cut(strings.Join(strings.Fields(norm.NFKC.String(text)), ""), "(") // the day stands behind
	if p, ok = periodWords[strings.ToUpper(text)]; ok {
		return p, true
	}
	if m := isoForm.FindStringSubmatch(strings.ToUpper(text)); m != nil && len(text) > 2 {
		n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
		return period{years: n(1), months: n(2), days: 7*n(3) + n(4),
			clock: time.Duration(n(5))*time.Hour + time.Duration(n(6))*time.Minute}, true
	}
	m := everyForm.FindStringSubmatch(text)
	if m == nil || !strings.HasPrefix(text, "每") && m[1] == "" {
		return p, false
	}
	n := 1
	if m[1] == "半" {
		return half(m[2])
	} else if m[1] != "" {
		var err error
		if n, err = strconv.Atoi(m[1]); err != nil {
			n = chinese(m[1])
		}
	}
	if n <= 0 || n > 1000 {
		return p, false
	}
	switch m[2] {
	case "秒", "秒鐘":
		p.clock = time.Duration(n) * time.Second
	case "分", "分鐘":
		p.clock = time.Duration(n) * time.Minute
	case "時", "小時":
		p.clock = time.Duration(n) * time.Hour
	case "日", "天":
		p.days = n
	case "工作日", "上班日", "營業日":
		p.days, p.workdays = n, true
	case "星期", "週", "周":
		p.days = 7 * n
	case "旬":
		p.days = 10 * n
	case "月":
		p.months = n
	case "季":
		p.months = 3 * n
	case "學期":
		p.months = 6 * n
	case "年":
		p.years = n
	}
	return p, true
}

func half(unit string) (period, bool) {
	switch unit {
	case "年":
		return period{months: 6}, true
	case "月":
		return period{days: 15}, true
	case "日", "天":
		return period{clock: 12 * time.Hour}, true
	case "小時", "時":
		return period{clock: 30 * time.Minute}, true
	}
	return period{}, false
}

// due returns when the next update is due after one.
func (p period) due(last time.Time) time.Time {
	if p.clock > 0 {
		return last.Add(p.clock)
	}
	y, m, d := last.Date()
	if p.workdays {
		day := time.Date(y, m, d, 0, 0, 0, 0, last.Location())
		for n := p.days; n > 0; {
			day = day.AddDate(0, 0, 1)
			if w := day.Weekday(); w != time.Saturday && w != time.Sunday {
				n--
			}
		}
		return day
	}
	first := time.Date(y+p.years, m+time.Month(p.months), 1, 0, 0, 0, 0, last.Location())
	longest := first.AddDate(0, 1, -1).Day() // the month may be shorter
	return first.AddDate(0, 0, min(d, longest)-1).AddDate(0, 0, p.days)
}

// update is a sign of an update.
type update struct {
	at   time.Time
	what string
}

// What is said of an update: what it was, when, the frequency, and until when the next is due.
const (
	inTime = "%s on %s, %s: due %s"
	late   = "%s on %s, %s: due %s, which is past"
)

// timeliness judges whether the newest update is in time.
func (r *Rules) timeliness(frequency string, updates []update, now time.Time) Indicator {
	frequency = strings.TrimSpace(frequency)
	p, judged, ok := r.frequencyOf(frequency)
	switch {
	case !judged:
		return Indicator{Is: NA, Why: fmt.Sprintf("update frequency %s has no time limit", frequency)}
	case frequency == "":
		return Indicator{Is: Unknown, Why: "no update frequency is given"}
	case !ok:
		return Indicator{Is: Unknown, Why: fmt.Sprintf("update frequency %q names no period", frequency)}
	}
	var last update
	for _, u := range updates {
		if u.at.After(last.at) {
			last = u
		}
	}
	if last.at.IsZero() {
		return Indicator{Is: Unknown, Why: "nothing says when it was last updated"}
	}
	zone := taipei()
	due := p.due(last.at.In(zone))
	why := func(form, message string) string {
		return fmt.Sprintf(message, last.what, last.at.In(zone).Format(form), frequency, due.Format(form))
	}
	now = now.In(zone)
	if p.clock > 0 {
		if !now.After(due) {
			return Indicator{Is: Pass, Why: why("2006-01-02 15:04", inTime)}
		}
		return Indicator{Is: Fail, Why: why("2006-01-02 15:04", late)}
	}
	end := due.AddDate(0, 0, 1+r.GraceDays)
	if now.Before(end) {
		return Indicator{Is: Pass, Why: why("2006-01-02", inTime)}
	}
	return Indicator{Is: Fail, Why: why("2006-01-02", late)}
}

// taipei is the time zone of the portal, which has had no summer time since 1979.
func taipei() *time.Location { return time.FixedZone("Asia/Taipei", 8*3600) }
