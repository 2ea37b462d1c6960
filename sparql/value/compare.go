package value

import (
	"cmp"
	"math"
	"strings"

	"fincat/vocab/term"

	"github.com/cockroachdb/apd/v3"
)

// Equal is the operator = (SPARQL 1.2 §17.3 and §17.4.1.7): values where both
// datatypes are known, terms otherwise. Two different literals of which one
// has an unknown datatype or no value may yet be equal: an error.
func Equal(a, b Value) Value {
	if a.IsError() || b.IsError() {
		return Value{}
	}
	switch {
	case a.isNumeric() && b.isNumeric():
		c, ok := compareNumbers(a, b)
		return Bool(ok && c == 0)
	case a.kind == kTriple && b.kind == kTriple:
		return equalTriples(a.term.Triple(), b.term.Triple())
	case !a.isLiteral() || !b.isLiteral():
		return Bool(a.kind == b.kind && a.term == b.term)
	case a.Term() == b.Term() && a.kind >= kOther:
		return Bool(true)
	case a.kind == kLang || b.kind == kLang: // their values are their terms
		return Bool(a.term == b.term)
	case a.kind >= kOther || b.kind >= kOther:
		return Value{}
	case a.kind != b.kind:
		return Bool(false)
	case a.kind == kBoolean:
		return Bool(a.num == b.num)
	case a.tmp != nil:
		c, ok := compareTemporal(a.kind, a.tmp, b.tmp)
		if !ok {
			if a.kind == kDuration {
				return Bool(false)
			}
			return Value{}
		}
		return Bool(c == 0)
	}
	return Bool(a.term == b.term)
}

// Key returns a term that values have in common whenever [Equal] says that they are equal;
// others may have it too. Joins by = hash it.
func (v Value) Key() Value {
	switch {
	case v.isNumeric():
		f := float32(floatOf(v)) // as the narrowest type to which both may be promoted
		if f == 0 {
			f = 0 // no negative one
		}
		return Double(float64(f))
	case v.kind == kTriple:
		return Bool(true)
	case v.kind == kBoolean:
		return Bool(v.num != 0)
	case v.kind == kDuration && v.tmp != nil:
		return Int(v.tmp.months ^ v.tmp.seconds<<8)
	case v.tmp != nil:
		sec, _ := v.tmp.instant()
		return Int(sec)
	}
	return v
}

// Class returns a term that values have in common only when the operators < <= > >= put
// them in one line: of any two such values, the one that [CompareOrder] puts last is greater
// than whatever the other is greater than, and not less where that is not. It holds for each
// numeric type by itself, because a comparison rounds to the wider type, and for times with
// and without time zone. Values that are never less nor greater are in one class too;
// durations and what is no number are each in one of their own.
func (v Value) Class() Value {
	switch {
	case v.kind == kDuration, (v.kind == kFloat || v.kind == kDouble) && math.IsNaN(v.flt):
		return v
	case v.tmp != nil && v.tmp.zoned:
		return Int(-int64(v.kind))
	}
	return Int(int64(v.kind))
}

// equalTriples compares triple terms component by component.
func equalTriples(a, b term.Triple) Value {
	result := Bool(true)
	for _, p := range [3][2]term.Term{{a.Subject, b.Subject}, {a.Predicate, b.Predicate}, {a.Object, b.Object}} {
		switch e := Equal(Of(p[0]), Of(p[1])); {
		case e.IsError():
			result = e
		case e.num == 0:
			return e
		}
	}
	return result
}

// less decides the operators < <= > >=: want tells whether an order of
// a before (-1), beside (0) or behind (+1) b satisfies the operator.
func less(a, b Value, want func(c int) bool) Value {
	if a.isNumeric() && b.isNumeric() {
		c, ok := compareNumbers(a, b)
		return Bool(ok && want(c))
	}
	if a.kind != b.kind {
		return Value{}
	}
	switch a.kind {
	case kString:
		return Bool(want(strings.Compare(a.text(), b.text())))
	case kBoolean:
		return Bool(want(compareInts(a.num, b.num)))
	case kDateTime, kDate, kTime, kGYear, kGYearMonth, kGMonth, kGMonthDay, kGDay, kDuration:
		if c, ok := compareTemporal(a.kind, a.tmp, b.tmp); ok {
			return Bool(want(c))
		}
	}
	return Value{}
}

// CompareOrder is the order of ORDER BY (SPARQL 1.2 §15.1) extended to a total
// one: no value, blank nodes, IRIs, literals, triple terms. Literals compare
// by value where they can, so that equal values leave the decision to the next
// key; otherwise they are grouped by value space, then by lexical form,
// datatype and tag.
func CompareOrder(a, b Value) int {
	if a.kind != b.kind { // values of one kind have the same rank
		if c := cmp.Compare(orderRank(a), orderRank(b)); c != 0 {
			return c
		}
	}
	switch {
	case a.IsError():
		return 0
	case a.kind == kTriple:
		return orderTriples(a.term.Triple(), b.term.Triple())
	case !a.isLiteral():
		return strings.Compare(a.term.Value(), b.term.Value())
	case a.isNumeric():
		return orderNumbers(a, b)
	case a.kind == kBoolean:
		return compareInts(a.num, b.num)
	case a.tmp != nil:
		return orderTemporal(a, b)
	}
	return orderLexical(a.Term(), b.Term())
}

func orderLexical(a, b term.Term) int {
	return cmp.Or(strings.Compare(a.Value(), b.Value()), strings.Compare(a.Lang(), b.Lang()), term.Compare(a, b))
}

func orderTriples(a, b term.Triple) int {
	return cmp.Or(
		CompareOrder(Of(a.Subject), Of(b.Subject)),
		CompareOrder(Of(a.Predicate), Of(b.Predicate)),
		CompareOrder(Of(a.Object), Of(b.Object)),
	)
}

// orderRank puts every value into one of the groups CompareOrder sorts by.
func orderRank(v Value) int {
	switch {
	case v.IsError():
		return 0
	case v.kind == kBlank:
		return 1
	case v.kind == kIRI:
		return 2
	case v.kind == kTriple:
		return 100
	case v.isNumeric():
		return 10
	case v.kind == kString || v.kind == kLang:
		return 4
	}
	return 10 + int(v.kind)
}

// orderNumbers orders numbers by exact value, NaN first.
func orderNumbers(a, b Value) int {
	float := func(v Value) bool { return v.kind == kFloat || v.kind == kDouble }
	switch {
	case !float(a) && !float(b):
		c, _ := compareNumbers(a, b)
		return c
	case float(a) && float(b):
		return cmp.Compare(a.flt, b.flt)
	}
	for _, v := range [2]Value{a, b} {
		if float(v) && (math.IsNaN(v.flt) || math.IsInf(v.flt, 0)) {
			return cmp.Compare(floatOf(a), floatOf(b))
		}
	}
	return exactDecimal(a).Cmp(exactDecimal(b))
}

// exactDecimal writes any finite number as a decimal.
func exactDecimal(v Value) *apd.Decimal {
	if v.kind != kFloat && v.kind != kDouble {
		return decimalOf(v)
	}
	d := new(apd.Decimal)
	if _, err := d.SetFloat64(v.flt); err != nil {
		return apd.New(0, 0)
	}
	return d
}

// orderTemporal orders by the time line, taking UTC where a time zone is
// missing, and months as 30.436875 days in durations of both kinds.
func orderTemporal(a, b Value) int {
	if a.kind == kDuration {
		const month = 2_629_746
		return cmp.Or(
			compareInts(a.tmp.months*month+a.tmp.seconds, b.tmp.months*month+b.tmp.seconds),
			compareInts(a.tmp.fractionNanos, b.tmp.fractionNanos))
	}
	as, an := a.tmp.instant()
	bs, bn := b.tmp.instant()
	return cmp.Or(compareInts(as, bs), compareInts(an, bn))
}
