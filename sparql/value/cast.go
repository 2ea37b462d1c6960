package value

import (
	"math"
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// cast is an XPath constructor function applied to v (SPARQL 1.1 §17.5, F&O
// 3.1 §19), by the local name of the target in the XSD namespace.
func cast(name string, v Value) Value {
	switch name {
	case "string":
		return castString(v)
	case "boolean":
		return castBoolean(v)
	case "integer":
		return castInteger(v)
	case "decimal":
		return castDecimal(v)
	case "float":
		return castFloat(v, 32)
	case "double":
		return castFloat(v, 64)
	case "dateTime", "date", "time", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay":
		return castTemporal(v, name)
	case "duration", "dayTimeDuration", "yearMonthDuration":
		return castDuration(v, name)
	}
	r, ok := integerRange(name)
	if !ok {
		return Value{}
	}
	out := castInteger(v)
	if !r.contains(out) {
		return Value{}
	}
	out.term = literal(integerText(out), xsd+name)
	return out
}

// lexical returns the text a string is cast from, without the surrounding
// space that the whiteSpace facet of the target types removes.
func (v Value) lexical() string { return strings.Trim(v.term.Value(), " \t\r\n") }

func castString(v Value) Value {
	switch v.kind {
	case kError, kBlank, kTriple, kLang:
		return Value{}
	case kIRI, kString, kOther, kIll:
		return String(v.term.Value())
	case kFloat:
		return String(plainFloat(v.flt, 32))
	case kDouble:
		return String(plainFloat(v.flt, 64))
	}
	computed := Value{kind: v.kind, num: v.num, flt: v.flt, dec: v.dec, tmp: v.tmp}
	return String(computed.Term().Value())
}

// plainFloat writes numbers of ordinary size without an exponent, as F&O 3.1
// §19.1.2 casts floats to strings.
func plainFloat(f float64, bits int) string {
	if f == 0 {
		if math.Signbit(f) {
			return "-0"
		}
		return "0"
	}
	text := floatText(f, bits)
	if a := math.Abs(f); a < 1e-6 || a >= 1e6 || math.IsNaN(f) {
		return text
	}
	d, _, err := apd.NewFromString(text)
	if err != nil {
		return text
	}
	return decimalText(d)
}

func castBoolean(v Value) Value {
	switch v.kind {
	case kString:
		return parseBoolean(v.lexical())
	case kBoolean, kInteger, kDecimal:
		return v.EBV()
	case kFloat, kDouble:
		return Bool(v.flt != 0 && !math.IsNaN(v.flt))
	}
	return Value{}
}

func castInteger(v Value) Value {
	switch v.kind {
	case kString:
		return parseInteger(v.lexical())
	case kBoolean:
		return Int(v.num)
	case kInteger:
		return plus(v)
	case kDecimal:
		c := *exact()
		c.Rounding = apd.RoundDown
		c.Precision = uint32(v.dec.NumDigits()) + 2
		z := new(apd.Decimal)
		if _, err := c.RoundToIntegralValue(z, v.dec); err != nil {
			return Value{}
		}
		return parseInteger(decimalText(z))
	case kFloat, kDouble:
		if math.IsNaN(v.flt) || math.IsInf(v.flt, 0) {
			return Value{}
		}
		n, _ := big.NewFloat(math.Trunc(v.flt)).Int(nil)
		return bigValue(n)
	}
	return Value{}
}

func castDecimal(v Value) Value {
	switch v.kind {
	case kString:
		return parseDecimal(v.lexical())
	case kBoolean:
		return decimalValue(apd.New(v.num, 0))
	case kInteger, kDecimal:
		return decimalValue(decimalOf(v))
	case kFloat, kDouble:
		if math.IsNaN(v.flt) || math.IsInf(v.flt, 0) {
			return Value{}
		}
		return decimalValue(exactDecimal(v))
	}
	return Value{}
}

func castFloat(v Value, bits int) Value {
	make := Double
	if bits == 32 {
		make = floatValue
	}
	switch {
	case v.kind == kString:
		return parseFloat(v.lexical(), bits)
	case v.kind == kBoolean:
		return make(float64(v.num))
	case v.isNumeric():
		return make(floatOf(v))
	}
	return Value{}
}

// castTemporal converts between dates and times as F&O 3.1 §19.1.6 to §19.1.9
// permit.
func castTemporal(v Value, name string) Value {
	k := temporalKind(name)
	switch {
	case v.kind == kString:
		return parseTemporal(v.lexical(), name)
	case v.kind == k:
		return Value{kind: k, tmp: v.tmp}
	case v.kind != kDateTime && v.kind != kDate || k == kTime && v.kind == kDate:
		return Value{}
	}
	t := *v.tmp
	if k != kDateTime && k != kTime {
		t.hour, t.minute, t.sec, t.nano = 0, 0, 0, 0
	}
	return parseTemporal(t.text(k), name) // drops the fields that k has not
}

func castDuration(v Value, name string) Value {
	switch v.kind {
	case kString:
		return parseDuration(v.lexical(), name)
	case kDuration:
		t := *v.tmp
		t.dayTime, t.yearMonth = name == "dayTimeDuration", name == "yearMonthDuration"
		if t.dayTime {
			t.months = 0
		}
		if t.yearMonth {
			t.seconds, t.fractionNanos = 0, 0
		}
		return Value{kind: kDuration, tmp: &t}
	}
	return Value{}
}
