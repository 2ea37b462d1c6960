package sparql

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fincat/sparql/algebra"
	"fincat/sparql/value"
	"fincat/vocab/term"
)

const xsdNS = "http://www.w3.org/2001/XMLSchema#"

func integer(i int64) term.Term { return term.NewLiteral(strconv.FormatInt(i, 10), xsdNS+"integer") }

func boolTerm(b bool) term.Term { return term.NewLiteral(strconv.FormatBool(b), xsdNS+"boolean") }

// truth is the three-valued logic of SPARQL 1.1 §17.2.
type truth int

const (
	isError truth = iota
	isFalse
	isTrue
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

func (t truth) term() term.Term {
	if t == isError {
		return term.Term{}
	}
	return boolTerm(t == isTrue)
}

func (t truth) not() truth { return [...]truth{isError, isTrue, isFalse}[t] }

// ebv is the effective boolean value (SPARQL 1.2 §17.2.2).
func (n *naive) ebv(t term.Term) truth {
	n.foreign(t)
	if b, ok := boolOf(t); ok {
		return truthOf(b)
	}
	if x, ok := numberOf(t); ok {
		return truthOf(!x.isNaN() && x.compare(number{kind: 1, rat: new(big.Rat)}) != 0)
	}
	if t.IsString() {
		return truthOf(t.Value() != "")
	}
	return isError
}

func boolOf(t term.Term) (value, ok bool) {
	if t.Datatype() != xsdNS+"boolean" {
		return false, false
	}
	switch t.Value() {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// expr evaluates an expression; the zero Term is an error.
func (n *naive) expr(e algebra.Expr, s solution, g []term.Triple) term.Term {
	n.step()
	switch e := e.(type) {
	case algebra.Var:
		return s[e]
	case algebra.Term:
		return e.Term
	case *algebra.Exists:
		ctx := solution{}
		for v, t := range s {
			if !v.Hidden() {
				ctx[v] = t
			}
		}
		return boolTerm((len(n.eval(e.Pattern, g, ctx)) > 0) != e.Not)
	case *algebra.Call:
		return n.call(e, s, g)
	}
	n.open = true // casts and extensions are not tested this way
	return term.Term{}
}

// call evaluates the forms that treat errors in a way of their own, then the
// arguments of the others.
func (n *naive) call(c *algebra.Call, s solution, g []term.Triple) term.Term {
	switch c.Func {
	case value.FnBound:
		return boolTerm(!s[c.Args[0].(algebra.Var)].IsZero())
	case value.FnOr, value.FnAnd:
		return n.logical(c, s, g).term()
	case value.FnIn, value.FnNotIn:
		return n.in(c, s, g)
	case value.FnCoalesce:
		for _, a := range c.Args {
			if t := n.expr(a, s, g); !t.IsZero() {
				return t
			}
		}
		return term.Term{}
	case value.FnIf:
		switch n.ebv(n.expr(c.Args[0], s, g)) {
		case isTrue:
			return n.expr(c.Args[1], s, g)
		case isFalse:
			return n.expr(c.Args[2], s, g)
		}
		return term.Term{}
	}
	args := make([]term.Term, len(c.Args))
	for i, a := range c.Args {
		if args[i] = n.expr(a, s, g); args[i].IsZero() {
			return term.Term{}
		}
	}
	return n.function(c.Func, args)
}

// logical is || and && by the truth table of SPARQL 1.1 §17.2.
func (n *naive) logical(c *algebra.Call, s solution, g []term.Triple) truth {
	decisive := truthOf(c.Func == value.FnOr)
	out := decisive.not()
	for _, a := range c.Args {
		switch v := n.ebv(n.expr(a, s, g)); v {
		case decisive:
			return decisive
		case isError:
			out = isError
		}
	}
	return out
}

// in is IN and NOT IN (SPARQL 1.1 §17.4.1.9). Like every operator it wants a
// term on the left, also when the list is empty (§17.2).
func (n *naive) in(c *algebra.Call, s solution, g []term.Triple) term.Term {
	out := isFalse
	x := n.expr(c.Args[0], s, g)
	if x.IsZero() {
		return x
	}
	for _, a := range c.Args[1:] {
		switch n.equal(x, n.expr(a, s, g)) {
		case isTrue:
			return boolTerm(c.Func == value.FnIn)
		case isError:
			out = isError
		}
	}
	if c.Func == value.FnNotIn {
		out = out.not()
	}
	return out.term()
}

// foreign marks the result as open when a value has a type of XML Schema that
// this evaluator does not know, such as xsd:short.
func (n *naive) foreign(values ...term.Term) {
	for _, t := range values {
		if strings.HasPrefix(t.Datatype(), xsdNS) && known(t) == "" {
			n.open = true
		}
	}
}

// function applies operators and functions to values.
func (n *naive) function(f value.Function, a []term.Term) term.Term {
	n.foreign(a...)
	switch f {
	case value.FnNot:
		return n.ebv(a[0]).not().term()
	case value.FnEqual:
		return n.equal(a[0], a[1]).term()
	case value.FnNotEqual:
		return n.equal(a[0], a[1]).not().term()
	case value.FnLess, value.FnGreater, value.FnLessEqual, value.FnGreaterEqual:
		return n.less(f, a[0], a[1])
	case value.FnAdd, value.FnSubtract, value.FnMultiply, value.FnDivide:
		return n.arithmetic(f, a[0], a[1])
	case value.FnPlus:
		return n.arithmetic(value.FnAdd, a[0], integer(0))
	case value.FnMinus:
		return n.arithmetic(value.FnMultiply, a[0], integer(-1))
	case value.FnSameTerm:
		return boolTerm(a[0] == a[1])
	case value.FnIsIRI:
		return boolTerm(a[0].IsIRI())
	case value.FnIsBlank:
		return boolTerm(a[0].IsBlankNode())
	case value.FnIsLiteral:
		return boolTerm(a[0].IsLiteral())
	case value.FnIsTriple:
		return boolTerm(a[0].IsTripleTerm())
	case value.FnIsNumeric:
		_, ok := numberOf(a[0])
		return boolTerm(ok)
	}
	return n.termFunction(f, a)
}

// termFunction is a selection of the functions of SPARQL 1.1 §17.4.2 to §17.4.4
// and SPARQL 1.2 §17.4.7.
func (n *naive) termFunction(f value.Function, a []term.Term) term.Term {
	if len(a) == 0 {
		n.open = true
		return term.Term{}
	}
	text := a[0].IsString() || a[0].Lang() != ""
	switch f {
	case value.FnStr:
		if a[0].IsIRI() || a[0].IsLiteral() {
			return term.NewString(a[0].Value())
		}
	case value.FnLang:
		if a[0].IsLiteral() {
			return term.NewString(a[0].Lang())
		}
	case value.FnHasLang:
		return boolTerm(a[0].Lang() != "")
	case value.FnDatatype:
		if a[0].IsLiteral() {
			return term.NewIRI(a[0].Datatype())
		}
	case value.FnStrLen:
		if text {
			return integer(int64(utf8.RuneCountInString(a[0].Value())))
		}
	case value.FnUCase:
		if text {
			return like(a[0], strings.ToUpper(a[0].Value()))
		}
	case value.FnContains:
		sameLang := a[1].Lang() != "" && a[1].Lang() == a[0].Lang() && a[1].Direction() == a[0].Direction()
		if text && (a[1].IsString() || sameLang) {
			return boolTerm(strings.Contains(a[0].Value(), a[1].Value()))
		}
	case value.FnTriple:
		if t := (term.Triple{Subject: a[0], Predicate: a[1], Object: a[2]}); t.Valid() {
			return term.NewTripleTerm(t)
		}
	case value.FnSubject, value.FnPredicate, value.FnObject:
		if a[0].IsTripleTerm() {
			t := a[0].Triple()
			return [...]term.Term{t.Subject, t.Predicate, t.Object}[f-value.FnSubject]
		}
	default: // not tested this way
		n.open = true
	}
	return term.Term{}
}

func like(t term.Term, s string) term.Term {
	if t.Lang() != "" {
		return term.NewDirLangString(s, t.Lang(), t.Direction())
	}
	return term.NewString(s)
}

// known tells the value space of a literal the evaluator knows, "" of others.
func known(t term.Term) string {
	if _, ok := numberOf(t); ok {
		return "number"
	}
	if _, ok := boolOf(t); ok {
		return "boolean"
	}
	if _, ok := timeOf(t); ok {
		return t.Datatype()
	}
	if t.IsString() {
		return "string"
	}
	return ""
}

// equal is the operator = (SPARQL 1.2 §17.3 and §17.4.1.7, sameValue).
func (n *naive) equal(a, b term.Term) truth {
	if a.IsZero() || b.IsZero() {
		return isError
	}
	if a.IsTripleTerm() && b.IsTripleTerm() {
		return n.equalTriples(a.Triple(), b.Triple())
	}
	if !a.IsLiteral() || !b.IsLiteral() {
		return truthOf(a == b)
	}
	ka, kb := known(a), known(b)
	switch {
	case a.Lang() != "" || b.Lang() != "":
		return truthOf(a == b)
	case ka == "" || kb == "":
		if a == b {
			return isTrue
		}
		return isError
	case ka != kb:
		return isFalse
	case ka == "string":
		return truthOf(a == b)
	case ka == "boolean":
		x, _ := boolOf(a)
		y, _ := boolOf(b)
		return truthOf(x == y)
	case ka == "number":
		x, _ := numberOf(a)
		y, _ := numberOf(b)
		return truthOf(!x.isNaN() && !y.isNaN() && x.compare(y) == 0)
	}
	x, _ := timeOf(a)
	y, _ := timeOf(b)
	return truthOf(x.Equal(y))
}

func (n *naive) equalTriples(a, b term.Triple) truth {
	out := isTrue
	parts := [3]truth{n.equal(a.Subject, b.Subject), n.equal(a.Predicate, b.Predicate), n.equal(a.Object, b.Object)}
	for _, t := range parts {
		if t == isFalse {
			return isFalse
		}
		if t == isError {
			out = isError
		}
	}
	return out
}

// less is the operators < > <= >= (SPARQL 1.1 §17.3).
func (n *naive) less(f value.Function, a, b term.Term) term.Term {
	c, ok := 0, false
	if x, isNumber := numberOf(a); isNumber {
		var y number
		if y, ok = numberOf(b); ok {
			if x.isNaN() || y.isNaN() {
				return boolTerm(false)
			}
			c = x.compare(y)
		}
	} else {
		c, ok = compareValues(a, b)
	}
	if !ok {
		return term.Term{}
	}
	return boolTerm(f == value.FnLess && c < 0 || f == value.FnGreater && c > 0 ||
		f == value.FnLessEqual && c <= 0 || f == value.FnGreaterEqual && c >= 0)
}

// compareValues compares two strings, booleans or times of the same type.
func compareValues(a, b term.Term) (int, bool) {
	ka := known(a)
	if ka == "" || ka != known(b) {
		return 0, false
	}
	switch ka {
	case "string":
		return strings.Compare(a.Value(), b.Value()), true
	case "boolean":
		return strings.Compare(strconv.FormatBool(first(boolOf(a))), strconv.FormatBool(first(boolOf(b)))), true
	}
	return first(timeOf(a)).Compare(first(timeOf(b))), true
}

func first[T any](v T, _ bool) T { return v }

// order is the order of ORDER BY as far as SPARQL 1.1 §15.1 defines one; ok is
// false where it does not.
func (n *naive) order(a, b term.Term) (c int, ok bool) {
	rank := func(t term.Term) int {
		return slices.Index([]term.Kind{term.None, term.BlankNode, term.IRI, term.Literal, term.TripleTerm}, t.Kind())
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c, true
	}
	if a.IsIRI() {
		return strings.Compare(a.Value(), b.Value()), true
	}
	if a.IsZero() || a == b {
		return 0, true
	}
	for sign, f := range []value.Function{value.FnLess, value.FnGreater} {
		if n.less(f, a, b) == boolTerm(true) {
			return 2*sign - 1, true
		}
	}
	return 0, n.equal(a, b) == isTrue
}

// timeOf parses the few forms of dates and times that the tests use.
func timeOf(t term.Term) (time.Time, bool) {
	layout := ""
	switch t.Datatype() {
	case xsdNS + "date":
		layout = "2006-01-02"
	case xsdNS + "dateTime":
		layout = time.RFC3339
	default:
		return time.Time{}, false
	}
	v, err := time.Parse(layout, t.Value())
	return v, err == nil
}

// number is a numeric value: exact for kinds 1 (integer) and 2 (decimal),
// floating for 3 (float) and 4 (double).
type number struct {
	kind int
	rat  *big.Rat
	flt  float64
}

var numberTypes = [...]string{"", "integer", "decimal", "float", "double"}

func numberOf(t term.Term) (number, bool) {
	name, ok := strings.CutPrefix(t.Datatype(), xsdNS)
	kind := slices.Index(numberTypes[:], name)
	if !ok || kind < 1 {
		return number{}, false
	}
	v := t.Value()
	if kind <= 2 {
		allowed := "+-0123456789."
		if kind == 1 {
			allowed = "+-0123456789"
		}
		r, ok := new(big.Rat).SetString(v)
		return number{kind, r, 0}, ok && strings.Trim(v, allowed) == ""
	}
	f, err := strconv.ParseFloat(strings.Replace(v, "INF", "Inf", 1), 64)
	return number{kind, nil, f}, err == nil && !strings.Contains(v, "inf")
}

func (x number) isNaN() bool { return x.kind > 2 && math.IsNaN(x.flt) }

func (x number) float() float64 {
	if x.kind > 2 {
		return x.flt
	}
	f, _ := x.rat.Float64()
	return f
}

func (x number) compare(y number) int {
	if x.kind <= 2 && y.kind <= 2 {
		return x.rat.Cmp(y.rat)
	}
	return cmp.Compare(x.float(), y.float())
}

// arithmetic is + - * / on numbers with promotion (SPARQL 1.1 §17.3).
func (n *naive) arithmetic(f value.Function, a, b term.Term) term.Term {
	x, ok1 := numberOf(a)
	y, ok2 := numberOf(b)
	if !ok1 || !ok2 { // arithmetic with dates and times is an allowed extension
		_, time1 := timeOf(a)
		_, time2 := timeOf(b)
		n.open = n.open || time1 || time2
		return term.Term{}
	}
	kind := max(x.kind, y.kind)
	if kind > 2 {
		return floatTerm(f, kind, x.float(), y.float())
	}
	r := new(big.Rat)
	switch f {
	case value.FnAdd:
		r.Add(x.rat, y.rat)
	case value.FnSubtract:
		r.Sub(x.rat, y.rat)
	case value.FnMultiply:
		r.Mul(x.rat, y.rat)
	default:
		if y.rat.Sign() == 0 {
			return term.Term{}
		}
		r.Quo(x.rat, y.rat)
		kind = 2
	}
	if kind == 1 {
		return term.NewLiteral(r.Num().String(), xsdNS+"integer")
	}
	digits, exact := r.FloatPrec()
	n.open = n.open || !exact || digits > 15
	return term.NewLiteral(r.FloatString(digits), xsdNS+"decimal")
}

func floatTerm(f value.Function, kind int, x, y float64) term.Term {
	v := x + y
	switch f {
	case value.FnSubtract:
		v = x - y
	case value.FnMultiply:
		v = x * y
	case value.FnDivide:
		v = x / y
	}
	bits := 64
	if kind == 3 {
		v, bits = float64(float32(v)), 32
	}
	text := strconv.FormatFloat(v, 'E', -1, bits)
	switch {
	case math.IsNaN(v):
		text = "NaN"
	case math.IsInf(v, 0):
		text = strings.TrimPrefix(strconv.FormatFloat(v, 'g', -1, 64), "+")
		text = strings.ToUpper(text)
	default:
		mantissa, exponent, _ := strings.Cut(text, "E")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		e, _ := strconv.Atoi(exponent)
		text = mantissa + "E" + strconv.Itoa(e)
	}
	return term.NewLiteral(text, xsdNS+numberTypes[kind])
}
