package value

import (
	"math"

	"github.com/cockroachdb/apd/v3"
)

// temporalArithmetic applies the date, time and duration operators of F&O 3.1
// §8 and §9; everything else is an error.
func temporalArithmetic(op byte, a, b Value) Value {
	aPoint, bPoint := isPoint(a), isPoint(b)
	aDuration, bDuration := a.kind == kDuration, b.kind == kDuration
	switch {
	case aPoint && bDuration && (op == '+' || op == '-'):
		return shift(a, b.tmp, op == '-')
	case aDuration && bPoint && op == '+':
		return shift(b, a.tmp, false)
	case aPoint && bPoint && a.kind == b.kind && op == '-':
		return difference(a.tmp, b.tmp)
	case aDuration && bDuration && (op == '+' || op == '-'):
		return addDurations(a.tmp, b.tmp, op == '-')
	case aDuration && bDuration && op == '/':
		return divideDurations(a.tmp, b.tmp)
	case aDuration && b.isNumeric() && (op == '*' || op == '/'):
		return scaleDuration(op, a.tmp, b)
	case a.isNumeric() && bDuration && op == '*':
		return scaleDuration(op, b.tmp, a)
	}
	return Value{}
}

func isPoint(v Value) bool { return v.kind == kDateTime || v.kind == kDate || v.kind == kTime }

// shift moves a date or time by a duration (XSD 1.1 Part 2 Appendix E.3.3).
func shift(v Value, d *temporal, back bool) Value {
	t := *v.tmp
	months, sec, nano := d.months, d.seconds, d.fractionNanos
	if back {
		months, sec, nano = -months, -sec, -nano
	}
	if v.kind == kTime && months != 0 {
		return Value{}
	}
	if months != 0 {
		m := t.year*12 + int64(t.month) - 1 + months
		t.year, t.month = floorDiv(m, 12), int(m-floorDiv(m, 12)*12)+1
		t.day = min(t.day, daysIn(t.year, t.month))
	}
	nano += t.nano
	sec += floorDiv(nano, 1e9) + int64(t.hour)*3600 + int64(t.minute)*60 + int64(t.sec)
	t.nano = nano - floorDiv(nano, 1e9)*1e9
	days := floorDiv(sec, 86400)
	rest := sec - days*86400
	t.hour, t.minute, t.sec = int(rest/3600), int(rest%3600/60), int(rest%60)
	if v.kind != kTime {
		t.setDays(t.days() + days)
	}
	if v.kind == kDate {
		t.hour, t.minute, t.sec, t.nano = 0, 0, 0, 0
	}
	if t.year > maxYear || t.year < -maxYear {
		return Value{}
	}
	return Value{kind: v.kind, tmp: &t}
}

func difference(a, b *temporal) Value {
	if a.zoned != b.zoned {
		return Value{}
	}
	as, an := a.instant()
	bs, bn := b.instant()
	return dayTimeDuration(as-bs, an-bn)
}

// dayTimeDuration normalises the sign of the fraction to that of the seconds.
func dayTimeDuration(sec, nano int64) Value {
	sec, nano = sec+nano/1e9, nano%1e9
	if sec > 0 && nano < 0 {
		sec, nano = sec-1, nano+1e9
	} else if sec < 0 && nano > 0 {
		sec, nano = sec+1, nano-1e9
	}
	return Value{kind: kDuration, tmp: &temporal{dayTime: true, seconds: sec, fractionNanos: nano}}
}

func addDurations(a, b *temporal, subtract bool) Value {
	sign := int64(1)
	if subtract {
		sign = -1
	}
	months := a.months + sign*b.months
	v := dayTimeDuration(a.seconds+sign*b.seconds, a.fractionNanos+sign*b.fractionNanos)
	v.tmp.months = months
	v.tmp.dayTime = a.dayTime && b.dayTime
	v.tmp.yearMonth = a.yearMonth && b.yearMonth
	if months > 0 && v.tmp.seconds < 0 || months < 0 && v.tmp.seconds > 0 || !v.tmp.bounded() {
		return Value{} // XSD durations have one sign
	}
	return v
}

func (t *temporal) bounded() bool {
	return t.months <= maxMonths && t.months >= -maxMonths && t.seconds <= maxSeconds && t.seconds >= -maxSeconds
}

func divideDurations(a, b *temporal) Value {
	switch {
	case a.yearMonth && b.yearMonth:
		return decimalArithmetic('/', apd.New(a.months, 0), apd.New(b.months, 0))
	case a.dayTime && b.dayTime:
		return decimalArithmetic('/', a.exactSeconds(), b.exactSeconds())
	}
	return Value{}
}

func (t *temporal) exactSeconds() *apd.Decimal {
	z := new(apd.Decimal)
	if _, err := exact().Add(z, apd.New(t.seconds, 0), apd.New(t.fractionNanos, -9)); err != nil {
		return apd.New(t.seconds, 0)
	}
	return z
}

// scaleDuration multiplies or divides a duration of one subtype by a number.
func scaleDuration(op byte, d *temporal, by Value) Value {
	f := floatOf(by)
	if math.IsNaN(f) || op == '/' && f == 0 {
		return Value{}
	}
	if op == '/' {
		f = 1 / f
	}
	switch {
	case d.yearMonth:
		m := math.Floor(float64(d.months)*f + 0.5)
		if math.Abs(m) > maxMonths {
			return Value{}
		}
		return Value{kind: kDuration, tmp: &temporal{yearMonth: true, months: int64(m)}}
	case d.dayTime:
		s := (float64(d.seconds) + float64(d.fractionNanos)/1e9) * f
		if math.Abs(s) > maxSeconds {
			return Value{}
		}
		whole, frac := math.Modf(s)
		return dayTimeDuration(int64(whole), int64(math.Round(frac*1e9)))
	}
	return Value{}
}
