package ids

import (
	"strconv"
	"time"

	"fincat/vocab/term"
)

// Time zones are eleven bits: 0 none, 1 "Z", else minutes east plus 842.
const (
	zoneNone = 0
	zoneZ    = 1
	zoneBias = 842
	zoneMask = 1<<11 - 1
)

// cutZone splits the time zone off the end of a lexical form.
func cutZone(v string) (rest string, zone uint64, ok bool) {
	n := len(v)
	switch {
	case n > 0 && v[n-1] == 'Z':
		return v[:n-1], zoneZ, true
	case n > 6 && v[n-3] == ':' && (v[n-6] == '+' || v[n-6] == '-'):
		h, ok1 := twoDigits(v[n-5 : n-3])
		m, ok2 := twoDigits(v[n-2:])
		min := 60*h + m
		if !ok1 || !ok2 || m > 59 || min > 840 || v[n-6] == '-' && min == 0 {
			return "", 0, false
		}
		if v[n-6] == '-' {
			min = -min
		}
		return v[:n-6], uint64(min + zoneBias), true
	}
	return v, zoneNone, true
}

// zoneMinutes returns the minutes a zone lies east of Greenwich; values
// without a zone sort as if they were in UTC.
func zoneMinutes(zone uint64) int64 {
	if zone == zoneNone || zone == zoneZ {
		return 0
	}
	return int64(zone) - zoneBias
}

func appendZone(b []byte, zone uint64) ([]byte, bool) {
	if zone == zoneNone {
		return b, true
	}
	if zone == zoneZ {
		return append(b, 'Z'), true
	}
	min := zoneMinutes(zone)
	if min < -840 || min > 840 {
		return nil, false
	}
	sign := byte('+')
	if min < 0 {
		sign, min = '-', -min
	}
	b = append(b, sign)
	b = appendDigits(b, min/60, 2)
	return appendDigits(append(b, ':'), min%60, 2), true
}

func twoDigits(s string) (int, bool) {
	if len(s) != 2 || !onlyDigits(s) {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

func appendDigits(b []byte, n int64, width int) []byte {
	s := strconv.FormatInt(n, 10)
	for i := len(s); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, s...)
}

// parseDate reads YYYY-MM-DD of the years 1 to 9999.
func parseDate(v string) (t time.Time, ok bool) {
	if len(v) != 10 || v[4] != '-' || v[7] != '-' || !onlyDigits(v[:4]) {
		return t, false
	}
	y, _ := strconv.Atoi(v[:4])
	m, ok1 := twoDigits(v[5:7])
	d, ok2 := twoDigits(v[8:])
	if !ok1 || !ok2 || y == 0 {
		return t, false
	}
	t = time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, t.Year() == y && int(t.Month()) == m && t.Day() == d
}

func appendDate(b []byte, t time.Time) []byte {
	b = append(appendDigits(b, int64(t.Year()), 4), '-')
	b = append(appendDigits(b, int64(t.Month()), 2), '-')
	return appendDigits(b, int64(t.Day()), 2)
}

// epoch keeps the seconds of all inlined years positive.
const epoch = 63_000_000_000 // seconds added to Unix time

// Dates: the instant the day begins in minutes, then the zone.
func dateID(v string) (ID, bool) {
	day, zone, ok := cutZone(v)
	if !ok {
		return 0, false
	}
	t, ok := parseDate(day)
	if !ok {
		return 0, false
	}
	min := (t.Unix()+epoch)/60 - zoneMinutes(zone)
	return New(tagDate, uint64(min)<<11|zone), true
}

func inlineDate(p uint64) (term.Term, bool) {
	zone := p & zoneMask
	t := time.Unix((int64(p>>11)+zoneMinutes(zone))*60-epoch, 0).UTC()
	b, ok := appendZone(appendDate(nil, t), zone)
	if !ok {
		return term.Term{}, false
	}
	return literal(string(b), "date")
}

// Date-times: the instant in milliseconds (49 bits), then the zone. Fractions
// are written without trailing zeros, to three digits.
func dateTimeID(v string) (ID, bool) {
	v, zone, ok := cutZone(v)
	if !ok || len(v) < 19 || v[10] != 'T' || v[13] != ':' || v[16] != ':' {
		return 0, false
	}
	t, ok := parseDate(v[:10])
	h, ok1 := twoDigits(v[11:13])
	m, ok2 := twoDigits(v[14:16])
	s, ok3 := twoDigits(v[17:19])
	if !ok || !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || s > 59 {
		return 0, false
	}
	ms := 0
	if frac := v[19:]; frac != "" {
		digits := frac[1:]
		if frac[0] != '.' || len(digits) > 3 || !onlyDigits(digits) || digits[len(digits)-1] == '0' {
			return 0, false
		}
		ms, _ = strconv.Atoi(digits + "00"[:3-len(digits)])
	}
	sec := t.Unix() + epoch + int64(3600*h+60*m+s) - 60*zoneMinutes(zone)
	return New(tagDateTime, uint64(sec*1000+int64(ms))<<11|zone), true
}

func inlineDateTime(p uint64) (term.Term, bool) {
	zone := p & zoneMask
	ms := int64(p >> 11)
	t := time.Unix(ms/1000-epoch+60*zoneMinutes(zone), 0).UTC()
	b := appendDate(nil, t)
	b = append(b, t.Format("T15:04:05")...)
	if f := ms % 1000; f != 0 {
		b = appendDigits(append(b, '.'), f, 3)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	b, ok := appendZone(b, zone)
	if !ok {
		return term.Term{}, false
	}
	return literal(string(b), "dateTime")
}

// Years and months: eight bits of datatype, months since year 0, zone.
func yearID(v string) (ID, bool) {
	v, zone, ok := cutZone(v)
	if !ok || len(v) != 4 || !onlyDigits(v) || v == "0000" {
		return 0, false
	}
	y, _ := strconv.Atoi(v)
	return New(tagMisc, miscGYear<<56|uint64(12*y)<<11|zone), true
}

func yearMonthID(v string) (ID, bool) {
	v, zone, ok := cutZone(v)
	if !ok || len(v) != 7 {
		return 0, false
	}
	t, ok := parseDate(v + "-01")
	if !ok {
		return 0, false
	}
	months := 12*t.Year() + int(t.Month()) - 1
	return New(tagMisc, miscGYearMonth<<56|uint64(months)<<11|zone), true
}

func inlineMisc(p uint64) (term.Term, bool) {
	kind, months, zone := p>>56, int64(p&(1<<56-1))>>11, p&zoneMask
	if kind == miscBoolean {
		return literal(strconv.FormatBool(p&1 == 1), "boolean")
	}
	if kind > miscGYearMonth {
		return term.Term{}, false
	}
	b, name := appendDigits(nil, months/12, 4), "gYear"
	if kind == miscGYearMonth {
		b, name = appendDigits(append(b, '-'), months%12+1, 2), "gYearMonth"
	}
	b, ok := appendZone(b, zone)
	if !ok {
		return term.Term{}, false
	}
	return literal(string(b), name)
}
