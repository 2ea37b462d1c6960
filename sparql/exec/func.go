package exec

import (
	"strings"

	"fincat/sparql/syntax"
)

// builtin returns a function of values by its keyword. Arguments are never
// errors, and there are as many as the function takes.
func (e *Env) builtin(fn syntax.Function) func(a []Value) Value {
	switch fn {
	case syntax.FnEqual:
		return func(a []Value) Value { return equal(a[0], a[1]) }
	case syntax.FnNotEqual:
		return func(a []Value) Value { return not(equal(a[0], a[1])) }
	case syntax.FnLess:
		return func(a []Value) Value { return less(a[0], a[1], func(c int) bool { return c < 0 }) }
	case syntax.FnGreater:
		return func(a []Value) Value { return less(a[0], a[1], func(c int) bool { return c > 0 }) }
	case syntax.FnLessEqual:
		return func(a []Value) Value { return less(a[0], a[1], func(c int) bool { return c <= 0 }) }
	case syntax.FnGreaterEqual:
		return func(a []Value) Value { return less(a[0], a[1], func(c int) bool { return c >= 0 }) }
	case syntax.FnAdd:
		return func(a []Value) Value { return arithmetic('+', a[0], a[1]) }
	case syntax.FnSubtract:
		return func(a []Value) Value { return arithmetic('-', a[0], a[1]) }
	case syntax.FnMultiply:
		return func(a []Value) Value { return arithmetic('*', a[0], a[1]) }
	case syntax.FnDivide:
		return func(a []Value) Value { return arithmetic('/', a[0], a[1]) }
	case syntax.FnPlus:
		return one(plus)
	case syntax.FnMinus:
		return one(negate)
	}
	if f := numeric(fn); f != nil {
		return one(f)
	}
	if f := e.ofTerms(fn); f != nil {
		return f
	}
	if f := e.ofStrings(fn); f != nil {
		return f
	}
	return func([]Value) Value { return Value{} }
}

func one(f func(Value) Value) func([]Value) Value {
	return func(a []Value) Value { return f(a[0]) }
}

func numeric(fn syntax.Function) func(Value) Value {
	switch fn {
	case syntax.FnAbs:
		return fnAbs
	case syntax.FnRound:
		return fnRound
	case syntax.FnCeil:
		return fnCeil
	case syntax.FnFloor:
		return fnFloor
	case syntax.FnYear, syntax.FnMonth, syntax.FnDay, syntax.FnHours, syntax.FnMinutes, syntax.FnSeconds:
		return func(v Value) Value { return temporalPart(fn.String(), v) }
	case syntax.FnTimezone:
		return fnTimezone
	case syntax.FnTZ:
		return fnTZ
	case syntax.FnMD5, syntax.FnSHA1, syntax.FnSHA256, syntax.FnSHA384, syntax.FnSHA512:
		return func(v Value) Value { return hashValue(fn.String(), v) }
	}
	return nil
}

// ofTerms are the functions on RDF terms (SPARQL 1.2 §17.4.2, §17.4.6).
func (e *Env) ofTerms(fn syntax.Function) func(a []Value) Value {
	is := func(test func(v Value) bool) func([]Value) Value {
		return func(a []Value) Value { return boolValue(test(a[0])) }
	}
	switch fn {
	case syntax.FnSameTerm:
		return func(a []Value) Value { return boolValue(a[0].Term() == a[1].Term()) }
	case syntax.FnIsIRI:
		return is(func(v Value) bool { return v.kind == kIRI })
	case syntax.FnIsBlank:
		return is(func(v Value) bool { return v.kind == kBlank })
	case syntax.FnIsLiteral:
		return is(Value.isLiteral)
	case syntax.FnIsTriple:
		return is(func(v Value) bool { return v.kind == kTriple })
	case syntax.FnIsNumeric:
		return is(Value.isNumeric)
	case syntax.FnHasLang:
		return is(func(v Value) bool { return v.kind == kLang })
	case syntax.FnHasLangDir:
		return is(func(v Value) bool { return v.kind == kLang && v.term.Direction() != 0 })
	case syntax.FnStr:
		return one(fnStr)
	case syntax.FnLang:
		return one(fnLang)
	case syntax.FnLangDir:
		return one(fnLangDir)
	case syntax.FnDatatype:
		return one(fnDatatype)
	case syntax.FnIRI:
		return one(e.fnIRI)
	case syntax.FnStrDT:
		return func(a []Value) Value { return fnStrDT(a[0], a[1]) }
	case syntax.FnStrLang:
		return func(a []Value) Value { return fnStrLang(a[0], a[1], nil) }
	case syntax.FnStrLangDir:
		return func(a []Value) Value { return fnStrLang(a[0], a[1], &a[2]) }
	case syntax.FnTriple:
		return func(a []Value) Value { return fnTriple(a[0], a[1], a[2]) }
	case syntax.FnSubject, syntax.FnPredicate, syntax.FnObject:
		return func(a []Value) Value { return triplePart(fn.String(), a[0]) }
	}
	return nil
}

// ofStrings are the functions on strings (SPARQL 1.1 §17.4.3).
func (e *Env) ofStrings(fn syntax.Function) func(a []Value) Value {
	switch fn {
	case syntax.FnStrLen:
		return one(fnStrlen)
	case syntax.FnSubstr:
		return fnSubstr
	case syntax.FnUCase:
		return func(a []Value) Value { return fnCase(a[0], true) }
	case syntax.FnLCase:
		return func(a []Value) Value { return fnCase(a[0], false) }
	case syntax.FnStrStarts:
		return func(a []Value) Value { return twoStrings(a, strings.HasPrefix) }
	case syntax.FnStrEnds:
		return func(a []Value) Value { return twoStrings(a, strings.HasSuffix) }
	case syntax.FnContains:
		return func(a []Value) Value { return twoStrings(a, strings.Contains) }
	case syntax.FnStrBefore:
		return fnStrBefore
	case syntax.FnStrAfter:
		return fnStrAfter
	case syntax.FnEncodeForURI:
		return one(fnEncodeForURI)
	case syntax.FnConcat:
		return fnConcat
	case syntax.FnLangMatches:
		return func(a []Value) Value { return fnLangMatches(a[0], a[1]) }
	case syntax.FnRegex:
		return e.regexs.fnRegex
	case syntax.FnReplace:
		return e.regexs.fnReplace
	}
	return nil
}
