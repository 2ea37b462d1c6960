package ids

import (
	"math"
	"strconv"
	"strings"

	"fincat/vocab/term"
)

const xsd = "http://www.w3.org/2001/XMLSchema#"

// integerTypes are the datatypes of tagInteger; the index is part of the ID
// and of the format, so types are only ever added at the end.
var integerTypes = [...]string{
	"integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
	"nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
}

// The value types of tagMisc.
const (
	miscBoolean = iota
	miscGYear
	miscGYearMonth
)

// typedID returns the inline ID of a literal with a datatype. Every encoder
// accepts only lexical forms that its decoder gives back unchanged.
func typedID(v, datatype string) (ID, bool) {
	name, ok := strings.CutPrefix(datatype, xsd)
	if !ok {
		return 0, false
	}
	switch name {
	case "boolean":
		if v == "true" || v == "false" {
			return New(tagMisc, miscBoolean<<56|uint64(len(v)&1^1)), true
		}
		return 0, false
	case "decimal":
		return decimalID(v)
	case "double":
		return doubleID(v)
	case "date":
		return dateID(v)
	case "dateTime":
		return dateTimeID(v)
	case "gYear":
		return yearID(v)
	case "gYearMonth":
		return yearMonthID(v)
	}
	for i, t := range integerTypes {
		if t == name {
			return integerID(v, uint64(i))
		}
	}
	return 0, false
}

func literal(lexical, name string) (term.Term, bool) {
	return term.NewLiteral(lexical, xsd+name), true
}

// Strings: seven bytes, left aligned, then the length, so that IDs compare as
// the bytes do.
func stringID(v string) (ID, bool) {
	if len(v) > 7 {
		return 0, false
	}
	var p uint64
	for i := 0; i < len(v); i++ {
		p |= uint64(v[i]) << (52 - 8*i)
	}
	return New(tagString, p|uint64(len(v))), true
}

func inlineString(p uint64) (term.Term, bool) {
	n := int(p & 0xF)
	if n > 7 {
		return term.Term{}, false
	}
	var b [7]byte
	for i := range n {
		b[i] = byte(p >> (52 - 8*i))
	}
	return term.NewString(string(b[:n])), true
}

// Integers: four bits of datatype, then the value plus 2^55.
const integerBias = 1 << 55

func integerID(v string, typ uint64) (ID, bool) {
	if !plainInteger(v) {
		return 0, false
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < -integerBias || n >= integerBias {
		return 0, false
	}
	return New(tagInteger, typ<<56|uint64(n+integerBias)), true
}

func inlineInteger(p uint64) (term.Term, bool) {
	if p>>56 >= uint64(len(integerTypes)) {
		return term.Term{}, false
	}
	n := int64(p&(1<<56-1)) - integerBias
	return literal(strconv.FormatInt(n, 10), integerTypes[p>>56])
}

// Integer returns the value of an xsd:integer that its ID holds. ok is false for all
// other IDs, those of the types derived from xsd:integer too. The literal has the
// canonical form of the value, which [strconv.FormatInt] writes.
func (id ID) Integer() (n int64, ok bool) {
	return int64(id&(1<<56-1)) - integerBias, id>>56 == ID(tagInteger)<<4
}

// plainInteger accepts what strconv.FormatInt writes: no plus sign, no leading
// zeros, no minus zero.
func plainInteger(v string) bool {
	d := strings.TrimPrefix(v, "-")
	if d == "" || d[0] == '0' && (len(d) > 1 || len(v) > 1) {
		return false
	}
	return onlyDigits(d)
}

func onlyDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Decimals: the value in millionths plus a bias, then three bits with the
// number of fraction digits written (7: "1." is not inlined, so 0 is "1").
const decimalBias = 1 << 56

func decimalID(v string) (ID, bool) {
	whole, frac, dotted := strings.Cut(v, ".")
	digits := strings.TrimPrefix(whole, "-")
	if dotted && (frac == "" || !onlyDigits(frac)) || len(frac) > 6 || len(digits) > 11 {
		return 0, false
	}
	if !onlyDigits(digits) || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(digits+frac+"000000"[len(frac):], 10, 64)
	if err != nil || n >= decimalBias {
		return 0, false
	}
	if whole[0] == '-' {
		if n == 0 {
			return 0, false
		}
		n = -n
	}
	return New(tagDecimal, uint64(n+decimalBias)<<3|uint64(len(frac))), true
}

func inlineDecimal(p uint64) (term.Term, bool) {
	n, digits := int64(p>>3)-decimalBias, int(p&7)
	if digits == 7 {
		return term.Term{}, false
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := sign + strconv.FormatInt(n/1e6, 10)
	if digits > 0 {
		f := strconv.FormatInt(n%1e6+1e6, 10)
		s += "." + f[1:1+digits]
	}
	return literal(s, "decimal")
}

// Doubles: the bits of the number, turned so that they sort as the numbers do,
// without the last four, which must be zero. Only canonical forms (XML Schema
// 1.1 Part 2 §3.3.5) qualify; the sign of zero and NaN go to the dictionary.
func doubleID(v string) (ID, bool) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || f != f || f == 0 && v != "0.0E0" || canonicalDouble(f) != v {
		return 0, false
	}
	b := math.Float64bits(f)
	if b&0xF != 0 {
		return 0, false
	}
	if b>>63 == 1 {
		b = ^b &^ 0xF
	} else {
		b |= 1 << 63
	}
	return New(tagDouble, b>>4), true
}

func inlineDouble(p uint64) (term.Term, bool) {
	b := p << 4
	if b>>63 == 1 {
		b &^= 1 << 63
	} else {
		b = ^b &^ 0xF
	}
	return literal(canonicalDouble(math.Float64frombits(b)), "double")
}

func canonicalDouble(f float64) string {
	if math.IsInf(f, 1) {
		return "INF"
	}
	if math.IsInf(f, -1) {
		return "-INF"
	}
	s := strconv.FormatFloat(f, 'E', -1, 64)
	m, e, _ := strings.Cut(s, "E")
	if !strings.Contains(m, ".") {
		m += ".0"
	}
	sign := ""
	if e[0] == '-' {
		sign = "-"
	}
	e = strings.TrimLeft(e[1:], "0")
	if e == "" {
		e, sign = "0", ""
	}
	return m + "E" + sign + e
}
