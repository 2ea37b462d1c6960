package value

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"
)

// temporal is a date, time or part of one, or a duration, in the property
// model of XSD 1.1 Part 2 Appendix D. Fractions of a second are kept to the
// nanosecond.
type temporal struct {
	year                           int64
	month, day, hour, minute, sec  int
	nano                           int64
	zoned                          bool
	zone                           int // minutes east of UTC
	months, seconds, fractionNanos int64
	dayTime, yearMonth             bool // which duration subtype
}

// maxZone is the greatest distance of a time zone from UTC, in minutes.
const maxZone = 14 * 60

// The bounds of what is computed with, which keep seconds within 64 bits.
const (
	maxYear    = 99_999_999_999
	maxMonths  = 12 * maxYear
	maxSeconds = maxYear * 31_556_952
)

// reader cuts a lexical form of fixed fields from the left.
type reader struct {
	s  string
	ok bool
}

// digits takes exactly n digits and checks the range.
func (r *reader) digits(n, lo, hi int) int {
	if !r.ok || len(r.s) < n || !allDigits(r.s[:n]) {
		r.ok = false
		return 0
	}
	v, err := strconv.Atoi(r.s[:n])
	r.ok = err == nil && v >= lo && v <= hi
	r.s = r.s[n:]
	return v
}

func (r *reader) skip(p string) {
	rest, ok := strings.CutPrefix(r.s, p)
	r.s, r.ok = rest, r.ok && ok
}

func (r *reader) year() int64 {
	sign := int64(1)
	if strings.HasPrefix(r.s, "-") {
		sign, r.s = -1, r.s[1:]
	}
	n := 0
	for n < len(r.s) && r.s[n] >= '0' && r.s[n] <= '9' {
		n++
	}
	if n < 4 || n > 11 || n > 4 && r.s[0] == '0' {
		r.ok = false
		return 0
	}
	y, err := strconv.ParseInt(r.s[:n], 10, 64)
	r.ok = r.ok && err == nil
	r.s = r.s[n:]
	return sign * y
}

// fraction takes an optional decimal fraction, as nanoseconds.
func (r *reader) fraction() int64 {
	if !strings.HasPrefix(r.s, ".") {
		return 0
	}
	n := 1
	for n < len(r.s) && r.s[n] >= '0' && r.s[n] <= '9' {
		n++
	}
	digits := r.s[1:n]
	r.s, r.ok = r.s[n:], r.ok && digits != ""
	return nanos(digits)
}

func nanos(digits string) int64 {
	digits = (digits + "000000000")[:9]
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

func (r *reader) zone(t *temporal) {
	switch {
	case r.s == "":
	case r.s == "Z":
		t.zoned, r.s = true, ""
	case r.s[0] == '+' || r.s[0] == '-':
		sign := 1
		if r.s[0] == '-' {
			sign = -1
		}
		r.s = r.s[1:]
		h := r.digits(2, 0, 14)
		r.skip(":")
		m := r.digits(2, 0, 59)
		t.zoned, t.zone = true, sign*(h*60+m)
		r.ok = r.ok && h*60+m <= maxZone
	}
	r.ok = r.ok && r.s == ""
}

func (r *reader) clock(t *temporal) {
	t.hour = r.digits(2, 0, 24)
	r.skip(":")
	t.minute = r.digits(2, 0, 59)
	r.skip(":")
	t.sec = r.digits(2, 0, 59)
	t.nano = r.fraction()
	if t.hour == 24 {
		r.ok = r.ok && t.minute == 0 && t.sec == 0 && t.nano == 0
	}
}

// parseTemporal reads the lexical form of a date or time type.
func parseTemporal(lex, name string) Value {
	t := &temporal{year: 1972, month: 12, day: 31} // XSD 1.1 Part 2 Appendix E.3.3 fills what is absent
	r := &reader{s: lex, ok: true}
	k := temporalKind(name)
	switch k {
	case kDateTime:
		r.date(t)
		r.skip("T")
		r.clock(t)
	case kDate:
		r.date(t)
	case kTime:
		r.clock(t)
	case kGYear:
		t.year = r.year()
	case kGYearMonth:
		t.year = r.year()
		r.skip("-")
		t.month = r.digits(2, 1, 12)
		t.day = daysIn(t.year, t.month)
	case kGMonth:
		r.skip("--")
		t.month = r.digits(2, 1, 12)
		t.day = daysIn(t.year, t.month)
	case kGMonthDay:
		r.skip("--")
		t.month = r.digits(2, 1, 12)
		r.skip("-")
		t.day = r.digits(2, 1, 31)
		r.ok = r.ok && t.day <= daysIn(1972, t.month)
	case kGDay:
		r.skip("---")
		t.day = r.digits(2, 1, 31)
	}
	r.zone(t)
	if !r.ok || name == "dateTimeStamp" && !t.zoned {
		return Value{}
	}
	if t.hour == 24 {
		t.hour = 0
		if k == kDateTime {
			t.setDays(t.days() + 1)
		}
	}
	return Value{kind: k, tmp: t}
}

func temporalKind(name string) kind {
	switch name {
	case "dateTime", "dateTimeStamp":
		return kDateTime
	case "date":
		return kDate
	case "time":
		return kTime
	case "gYear":
		return kGYear
	case "gYearMonth":
		return kGYearMonth
	case "gMonth":
		return kGMonth
	case "gMonthDay":
		return kGMonthDay
	}
	return kGDay
}

func (r *reader) date(t *temporal) {
	t.year = r.year()
	r.skip("-")
	t.month = r.digits(2, 1, 12)
	r.skip("-")
	t.day = r.digits(2, 1, 31)
	r.ok = r.ok && t.day <= daysIn(t.year, t.month)
}

func daysIn(year int64, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days returns the days from 1970-01-01 in the proleptic Gregorian calendar.
func (t *temporal) days() int64 {
	y, m := t.year, int64(t.month)
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + int64(t.day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// setDays is the inverse of days.
func (t *temporal) setDays(z int64) {
	z += 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	t.day = int(doy - (153*mp+2)/5 + 1)
	t.month = int(mp + 3)
	t.year = yoe + era*400
	if mp >= 10 {
		t.month -= 12
		t.year++
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// instant returns seconds and nanoseconds on the time line, local when there
// is no time zone.
func (t *temporal) instant() (sec, nano int64) {
	sec = t.days()*86400 + int64(t.hour)*3600 + int64(t.minute)*60 + int64(t.sec)
	return sec - int64(t.zone)*60, t.nano
}

// compareTemporal compares two values of one kind. Between a value with and
// one without a time zone the order is indeterminate within 14 hours (XSD 1.1
// Part 2 §D.2.1): ok is then false.
func compareTemporal(k kind, a, b *temporal) (c int, ok bool) {
	if k == kDuration {
		return compareDurations(a, b)
	}
	as, an := a.instant()
	bs, bn := b.instant()
	if a.zoned != b.zoned {
		switch d := as - bs; {
		case d > maxZone*60:
			return 1, true
		case d < -maxZone*60:
			return -1, true
		}
		return 0, false
	}
	if c := compareInts(as, bs); c != 0 {
		return c, true
	}
	return compareInts(an, bn), true
}

// compareDurations compares durations where an order is defined: both of one
// subtype, or equal in months or in seconds.
func compareDurations(a, b *temporal) (int, bool) {
	m := compareInts(a.months, b.months)
	s := compareInts(a.seconds, b.seconds)
	if s == 0 {
		s = compareInts(a.fractionNanos, b.fractionNanos)
	}
	switch {
	case m == 0:
		return s, true
	case s == 0 || s == m:
		return m, true
	}
	return 0, false
}

// parseDuration reads PnYnMnDTnHnMnS.
func parseDuration(lex, name string) Value {
	t := &temporal{dayTime: name == "dayTimeDuration", yearMonth: name == "yearMonthDuration"}
	s, negative := strings.CutPrefix(lex, "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" || strings.HasSuffix(s, "T") {
		return Value{}
	}
	date, clock, _ := strings.Cut(s, "T")
	if !t.durationFields(date, "YMD", []int64{12, 1, 86400}, 2) ||
		!t.durationFields(clock, "HMS", []int64{3600, 60, 1}, 0) {
		return Value{}
	}
	if t.months > maxMonths || t.seconds > maxSeconds ||
		t.dayTime && strings.ContainsAny(date, "YM") || t.yearMonth && (clock != "" || strings.Contains(date, "D")) {
		return Value{}
	}
	if negative {
		t.months, t.seconds, t.fractionNanos = -t.months, -t.seconds, -t.fractionNanos
	}
	return Value{kind: kDuration, tmp: t}
}

// durationFields adds the fields of one part of a duration. The units up to
// index seconds count months, the others seconds.
func (t *temporal) durationFields(s, units string, factor []int64, seconds int) bool {
	for u := 0; s != ""; u++ {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		digits, rest := s[:n], s[n:]
		if strings.HasPrefix(rest, ".") {
			m := 1
			for m < len(rest) && rest[m] >= '0' && rest[m] <= '9' {
				m++
			}
			if m == 1 || !strings.HasPrefix(rest[m:], "S") {
				return false
			}
			t.fractionNanos, rest = nanos(rest[1:m]), rest[m:]
		}
		if digits == "" || rest == "" {
			return false
		}
		at := strings.IndexByte(units, rest[0])
		if at < u {
			return false
		}
		u = at
		v, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || v > maxSeconds/factor[at] {
			return false
		}
		if at < seconds {
			t.months += v * factor[at]
		} else {
			t.seconds += v * factor[at]
		}
		s = rest[1:]
	}
	return true
}

// text writes the canonical lexical form.
func (t *temporal) text(k kind) string {
	if k == kDuration {
		return t.durationText()
	}
	var b strings.Builder
	year := func() {
		if t.year < 0 {
			fmt.Fprintf(&b, "-%04d", -t.year)
		} else {
			fmt.Fprintf(&b, "%04d", t.year)
		}
	}
	switch k {
	case kDateTime, kDate:
		year()
		fmt.Fprintf(&b, "-%02d-%02d", t.month, t.day)
	case kGYear:
		year()
	case kGYearMonth:
		year()
		fmt.Fprintf(&b, "-%02d", t.month)
	case kGMonth:
		fmt.Fprintf(&b, "--%02d", t.month)
	case kGMonthDay:
		fmt.Fprintf(&b, "--%02d-%02d", t.month, t.day)
	case kGDay:
		fmt.Fprintf(&b, "---%02d", t.day)
	}
	if k == kDateTime {
		b.WriteByte('T')
	}
	if k == kDateTime || k == kTime {
		fmt.Fprintf(&b, "%02d:%02d:%02d%s", t.hour, t.minute, t.sec, fractionText(t.nano))
	}
	return b.String() + t.zoneText()
}

func fractionText(nano int64) string {
	if nano == 0 {
		return ""
	}
	return strings.TrimRight(fmt.Sprintf(".%09d", nano), "0")
}

// zoneText returns the time zone as TZ does: Z, an offset or nothing.
func (t *temporal) zoneText() string {
	switch {
	case !t.zoned:
		return ""
	case t.zone == 0:
		return "Z"
	case t.zone < 0:
		return fmt.Sprintf("-%02d:%02d", -t.zone/60, -t.zone%60)
	}
	return fmt.Sprintf("+%02d:%02d", t.zone/60, t.zone%60)
}

func (t *temporal) durationText() string {
	months, sec, nano := t.months, t.seconds, t.fractionNanos
	var b strings.Builder
	if months < 0 || sec < 0 || nano < 0 {
		months, sec, nano = -months, -sec, -nano
		b.WriteByte('-')
	}
	b.WriteByte('P')
	field := func(n int64, unit byte) {
		if n != 0 {
			b.WriteString(strconv.FormatInt(n, 10))
			b.WriteByte(unit)
		}
	}
	field(months/12, 'Y')
	field(months%12, 'M')
	field(sec/86400, 'D')
	if sec%86400 != 0 || nano != 0 {
		b.WriteByte('T')
		field(sec%86400/3600, 'H')
		field(sec%3600/60, 'M')
		if sec%60 != 0 || nano != 0 {
			b.WriteString(strconv.FormatInt(sec%60, 10) + fractionText(nano) + "S")
		}
	}
	switch {
	case months != 0 || sec != 0 || nano != 0:
		return b.String()
	case t.yearMonth:
		return "P0M"
	}
	return "PT0S"
}

// typeName returns the local name of the datatype.
func (t *temporal) typeName(k kind) string {
	switch k {
	case kDateTime:
		return "dateTime"
	case kDate:
		return "date"
	case kTime:
		return "time"
	case kGYear:
		return "gYear"
	case kGYearMonth:
		return "gYearMonth"
	case kGMonth:
		return "gMonth"
	case kGMonthDay:
		return "gMonthDay"
	case kGDay:
		return "gDay"
	}
	switch {
	case t.dayTime:
		return "dayTimeDuration"
	case t.yearMonth:
		return "yearMonthDuration"
	}
	return "duration"
}

// DateTime returns a point in time as an xsd:dateTime value.
func DateTime(at time.Time) Value {
	_, offset := at.Zone()
	return Value{kind: kDateTime, tmp: &temporal{
		year: int64(at.Year()), month: int(at.Month()), day: at.Day(),
		hour: at.Hour(), minute: at.Minute(), sec: at.Second(), nano: int64(at.Nanosecond()),
		zoned: true, zone: offset / 60,
	}}
}

// temporalPart is YEAR, MONTH, DAY, HOURS, MINUTES or SECONDS (SPARQL 1.1
// §17.4.5); dates and times give the parts they have.
func temporalPart(part string, v Value) Value {
	hasDate := v.kind == kDateTime || v.kind == kDate
	hasTime := v.kind == kDateTime || v.kind == kTime
	switch {
	case part == "YEAR" && (hasDate || v.kind == kGYear || v.kind == kGYearMonth):
		return Int(v.tmp.year)
	case part == "MONTH" && (hasDate || v.kind == kGYearMonth || v.kind == kGMonth || v.kind == kGMonthDay):
		return Int(int64(v.tmp.month))
	case part == "DAY" && (hasDate || v.kind == kGMonthDay || v.kind == kGDay):
		return Int(int64(v.tmp.day))
	case part == "HOURS" && hasTime:
		return Int(int64(v.tmp.hour))
	case part == "MINUTES" && hasTime:
		return Int(int64(v.tmp.minute))
	case part == "SECONDS" && hasTime:
		return decimalValue(apd.New(int64(v.tmp.sec)*1e9+v.tmp.nano, -9))
	}
	return Value{}
}

// fnTimezone is TIMEZONE (SPARQL 1.1 §17.4.5.8), an error without a time zone.
func fnTimezone(v Value) Value {
	if v.kind < kDateTime || v.kind > kGDay || !v.tmp.zoned {
		return Value{}
	}
	return Value{kind: kDuration, tmp: &temporal{dayTime: true, seconds: int64(v.tmp.zone) * 60}}
}

// fnTZ is TZ (SPARQL 1.1 §17.4.5.9).
func fnTZ(v Value) Value {
	if v.kind < kDateTime || v.kind > kGDay {
		return Value{}
	}
	return String(v.tmp.zoneText())
}
