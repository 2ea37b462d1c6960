package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"fincat/vocab/term"

	"github.com/cockroachdb/apd/v3"
)

// bounds is the range of an integer type; nil means unbounded.
type bounds struct{ min, max *big.Int }

func (b bounds) contains(v Value) bool {
	if v.kind != kInteger {
		return false
	}
	n := bigOf(v)
	return (b.min == nil || n.Cmp(b.min) >= 0) && (b.max == nil || n.Cmp(b.max) <= 0)
}

// integerRange returns the range of a type derived from xsd:integer, by the
// local name of its IRI.
func integerRange(name string) (bounds, bool) {
	signed := func(bits uint) bounds {
		m := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return bounds{new(big.Int).Neg(m), new(big.Int).Sub(m, big.NewInt(1))}
	}
	unsigned := func(bits uint) bounds {
		m := new(big.Int).Lsh(big.NewInt(1), bits)
		return bounds{new(big.Int), m.Sub(m, big.NewInt(1))}
	}
	switch name {
	case "long":
		return signed(64), true
	case "int":
		return signed(32), true
	case "short":
		return signed(16), true
	case "byte":
		return signed(8), true
	case "unsignedLong":
		return unsigned(64), true
	case "unsignedInt":
		return unsigned(32), true
	case "unsignedShort":
		return unsigned(16), true
	case "unsignedByte":
		return unsigned(8), true
	case "nonNegativeInteger":
		return bounds{min: new(big.Int)}, true
	case "positiveInteger":
		return bounds{min: big.NewInt(1)}, true
	case "nonPositiveInteger":
		return bounds{max: new(big.Int)}, true
	case "negativeInteger":
		return bounds{max: big.NewInt(-1)}, true
	}
	return bounds{}, false
}

func parseInteger(lex string) Value {
	if len(lex) > MaxDigits {
		return Value{}
	}
	digits := strings.TrimLeft(lex, "+-")
	if digits == "" || len(lex)-len(digits) > 1 || !allDigits(digits) {
		return Value{}
	}
	if n, err := strconv.ParseInt(lex, 10, 64); err == nil {
		return Value{kind: kInteger, num: n}
	}
	n, ok := new(big.Int).SetString(lex, 10)
	if !ok {
		return Value{}
	}
	return bigValue(n)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func parseDecimal(lex string) Value {
	if len(lex) > MaxDigits {
		return Value{}
	}
	body := strings.TrimLeft(lex, "+-")
	whole, frac, _ := strings.Cut(body, ".")
	if len(lex)-len(body) > 1 || whole+frac == "" || !allDigits(whole) || !allDigits(frac) {
		return Value{}
	}
	d, _, err := apd.NewFromString(lex)
	if err != nil {
		return Value{}
	}
	return Value{kind: kDecimal, dec: d}
}

func parseFloat(lex string, bits int) Value {
	k := kDouble
	if bits == 32 {
		k = kFloat
	}
	switch lex {
	case "INF", "+INF":
		return Value{kind: k, flt: math.Inf(1)}
	case "-INF":
		return Value{kind: k, flt: math.Inf(-1)}
	case "NaN":
		return Value{kind: k, flt: math.NaN()}
	}
	for i := 0; i < len(lex); i++ {
		if c := lex[i]; (c < '0' || c > '9') && !strings.ContainsRune("+-.eE", rune(c)) {
			return Value{}
		}
	}
	f, err := strconv.ParseFloat(lex, bits)
	if err != nil && !math.IsInf(f, 0) { // out of range rounds to infinity
		return Value{}
	}
	return Value{kind: k, flt: f}
}

// bigValue returns an integer value, in int64 when it fits.
func bigValue(n *big.Int) Value {
	if n.IsInt64() {
		return Int(n.Int64())
	}
	d := new(apd.Decimal)
	d.Coeff.SetMathBigInt(new(big.Int).Abs(n))
	d.Negative = n.Sign() < 0
	return Value{kind: kInteger, dec: d}
}

func bigOf(v Value) *big.Int {
	if v.dec == nil {
		return big.NewInt(v.num)
	}
	n := v.dec.Coeff.MathBigInt()
	if v.dec.Negative {
		n.Neg(n)
	}
	return n
}

// decimalOf returns an integer or decimal value as a decimal.
func decimalOf(v Value) *apd.Decimal {
	if v.dec != nil {
		return v.dec
	}
	return apd.New(v.num, 0)
}

// floatOf returns any numeric value as a float64.
func floatOf(v Value) float64 {
	switch {
	case v.kind == kFloat || v.kind == kDouble:
		return v.flt
	case v.dec == nil:
		return float64(v.num)
	}
	f, err := v.dec.Float64()
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

func floatValue(f float64) Value { return Value{kind: kFloat, flt: float64(float32(f))} }

// Double returns an xsd:double.
func Double(f float64) Value { return Value{kind: kDouble, flt: f} }

// decimalValue takes a decimal over as a value. NaN and infinities, which apd
// has and XSD decimals have not, are errors.
func decimalValue(d *apd.Decimal) Value {
	if d.Form != apd.Finite || tooLong(d) {
		return Value{}
	}
	return Value{kind: kDecimal, dec: d}
}

func integerText(v Value) string {
	if v.dec == nil {
		return strconv.FormatInt(v.num, 10)
	}
	return v.dec.Text('f')
}

// decimalText is the canonical form of XSD 1.1 Part 2 §3.3.3: no exponent, no
// superfluous zeros, no point in a whole number.
func decimalText(d *apd.Decimal) string {
	s := d.Text('f')
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// floatText is the canonical form of XSD 1.1 Part 2 §3.3.4, such as 1.0E0.
func floatText(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "INF"
	case math.IsInf(f, -1):
		return "-INF"
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, bits), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	neg := strings.HasPrefix(exp, "-")
	exp = strings.TrimLeft(exp, "+-0")
	if exp == "" {
		exp = "0"
	} else if neg {
		exp = "-" + exp
	}
	return mantissa + "E" + exp
}

// exact is the context for operations on decimals that never round.
func exact() *apd.Context { return apd.BaseContext.WithPrecision(0) }

// divisionDigits is the precision of decimal division, which F&O 3.1 §4.2
// leaves to the implementation.
const divisionDigits = 34

// arithmetic applies one of + - * / to numbers, dates and durations.
func arithmetic(op byte, a, b Value) Value {
	if !a.isNumeric() || !b.isNumeric() {
		return temporalArithmetic(op, a, b)
	}
	switch k := max(a.kind, b.kind); k {
	case kInteger:
		return integerArithmetic(op, a, b)
	case kDecimal:
		return decimalArithmetic(op, decimalOf(a), decimalOf(b))
	default:
		f := floatArithmetic(op, floatOf(a), floatOf(b))
		if k == kFloat {
			return floatValue(float64(float32(f)))
		}
		return Double(f)
	}
}

func integerArithmetic(op byte, a, b Value) Value {
	if op == '/' {
		return decimalArithmetic(op, decimalOf(a), decimalOf(b))
	}
	if a.dec == nil && b.dec == nil {
		x, y := a.num, b.num
		switch op {
		case '+':
			if s := x + y; (s > x) == (y > 0) {
				return Int(s)
			}
		case '-':
			if s := x - y; (s < x) == (y > 0) {
				return Int(s)
			}
		case '*':
			if x == 0 || y == 0 {
				return Int(0)
			}
			if p := x * y; p/y == x && (x != -1 || y != math.MinInt64) && (y != -1 || x != math.MinInt64) {
				return Int(p)
			}
		}
	}
	x, y, z := bigOf(a), bigOf(b), new(big.Int)
	switch op {
	case '+':
		z.Add(x, y)
	case '-':
		z.Sub(x, y)
	case '*':
		if x.BitLen()+y.BitLen() > 4*MaxDigits { // more than enough bits for the digits
			return Value{}
		}
		z.Mul(x, y)
	}
	v := bigValue(z)
	if v.dec != nil && tooLong(v.dec) {
		return Value{}
	}
	return v
}

func decimalArithmetic(op byte, x, y *apd.Decimal) Value {
	z := new(apd.Decimal)
	var err error
	switch op {
	case '+':
		_, err = exact().Add(z, x, y)
	case '-':
		_, err = exact().Sub(z, x, y)
	case '*':
		_, err = exact().Mul(z, x, y)
	case '/':
		if y.IsZero() {
			return Value{}
		}
		c := apd.BaseContext.WithPrecision(divisionDigits)
		if _, err = c.Quo(z, x, y); err == nil {
			z.Reduce(z)
		}
	}
	if err != nil {
		return Value{}
	}
	return decimalValue(z)
}

func floatArithmetic(op byte, x, y float64) float64 {
	switch op {
	case '+':
		return x + y
	case '-':
		return x - y
	case '*':
		return x * y
	}
	return x / y
}

// negate is unary minus.
func negate(v Value) Value {
	switch v.kind {
	case kInteger:
		return integerArithmetic('-', Int(0), v)
	case kDecimal:
		return decimalArithmetic('-', apd.New(0, 0), v.dec)
	case kFloat:
		return floatValue(-v.flt)
	case kDouble:
		return Double(-v.flt)
	}
	return Value{}
}

// plus is unary plus; it keeps the value and drops the lexical form.
func plus(v Value) Value {
	if !v.isNumeric() {
		return Value{}
	}
	v.term = term.Term{}
	return v
}

func fnAbs(v Value) Value {
	switch v.kind {
	case kInteger:
		if v.dec == nil && v.num >= 0 {
			return plus(v)
		}
		return bigValue(new(big.Int).Abs(bigOf(v)))
	case kDecimal:
		return decimalValue(new(apd.Decimal).Abs(v.dec))
	case kFloat:
		return floatValue(math.Abs(v.flt))
	case kDouble:
		return Double(math.Abs(v.flt))
	}
	return Value{}
}

// rounding applies CEIL, FLOOR or ROUND (F&O 3.1 §4.4): the type stays, and
// ROUND takes halves towards positive infinity.
func rounding(v Value, float func(float64) float64, mode apd.Rounder) Value {
	switch v.kind {
	case kInteger:
		return plus(v)
	case kDecimal:
		c := *exact()
		c.Rounding = mode
		c.Precision = uint32(v.dec.NumDigits()) + 2
		z := new(apd.Decimal)
		if _, err := c.RoundToIntegralValue(z, v.dec); err != nil {
			return Value{}
		}
		return decimalValue(z)
	case kFloat:
		return floatValue(float(v.flt))
	case kDouble:
		return Double(float(v.flt))
	}
	return Value{}
}

func fnCeil(v Value) Value  { return rounding(v, math.Ceil, apd.RoundCeiling) }
func fnFloor(v Value) Value { return rounding(v, math.Floor, apd.RoundFloor) }

func fnRound(v Value) Value {
	mode := apd.RoundHalfUp
	if v.kind == kDecimal && v.dec.Negative {
		mode = apd.RoundHalfDown
	}
	return rounding(v, func(f float64) float64 {
		if math.Abs(f) >= 1<<52 || math.IsNaN(f) {
			return f
		}
		r := math.Floor(f)
		if f-r >= 0.5 {
			r++
		}
		return math.Copysign(r, f)
	}, mode)
}

// compareNumbers compares two numbers after promotion; ok is false when either
// is NaN.
func compareNumbers(a, b Value) (c int, ok bool) {
	switch k := max(a.kind, b.kind); {
	case k == kInteger && a.dec == nil && b.dec == nil:
		return compareInts(a.num, b.num), true
	case k <= kDecimal:
		return decimalOf(a).Cmp(decimalOf(b)), true
	case k == kFloat:
		return compareFloats(float64(float32(floatOf(a))), float64(float32(floatOf(b))))
	}
	return compareFloats(floatOf(a), floatOf(b))
}

func compareInts(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func compareFloats(x, y float64) (int, bool) {
	switch {
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, x == y
}
