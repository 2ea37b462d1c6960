package value

import "strings"

// many stands for "any number" of arguments.
const many = 1 << 20

// function is what there is to know about a [Function].
type function struct {
	name        string // the operator or keyword as the specification spells it; the IRI of a cast
	alias       string // a second keyword
	least, most int    // how many arguments it takes
	result      Result
	depends     Dependence
	total       bool // never an error when the arguments are none
	// One of the two computes it: form for the functional forms, which may have
	// a value although arguments are errors; strict for all others.
	form   func(n int, arg func(k int) Value) Value
	strict func(s *Scope, a []Value) Value
	pair   func(a, b Value) Value // strict for two arguments and no scope, where that is all it takes
}

// functions is the table of all functions. It is never changed.
var functions = [functionEnd]function{
	FnOr:           form("||", 2, many, ResultBoolean, or),
	FnAnd:          form("&&", 2, many, ResultBoolean, and),
	FnNot:          unary("!", ResultBoolean, Not),
	FnEqual:        binary("=", ResultBoolean, Equal),
	FnNotEqual:     binary("!=", ResultBoolean, func(a, b Value) Value { return Not(Equal(a, b)) }),
	FnLess:         comparison("<", func(c int) bool { return c < 0 }),
	FnGreater:      comparison(">", func(c int) bool { return c > 0 }),
	FnLessEqual:    comparison("<=", func(c int) bool { return c <= 0 }),
	FnGreaterEqual: comparison(">=", func(c int) bool { return c >= 0 }),
	FnIn:           form("IN", 1, many, ResultBoolean, in),
	FnNotIn:        form("NOT IN", 1, many, ResultBoolean, notIn),
	FnAdd:          operator('+', ResultLiteral),
	FnSubtract:     operator('-', ResultLiteral),
	FnMultiply:     operator('*', ResultLiteral),
	FnDivide:       operator('/', ResultLiteral),
	FnPlus:         unary("+", ResultNumber, plus),
	FnMinus:        unary("-", ResultNumber, negate),

	FnBound:    form("BOUND", 1, 1, ResultBoolean, bound),
	FnIf:       form("IF", 3, 3, ResultTerm, choose),
	FnCoalesce: form("COALESCE", 0, many, ResultTerm, coalesce),
	FnSameTerm: total(binary("sameTerm", ResultBoolean, func(a, b Value) Value { return Bool(a.Term() == b.Term()) })),

	FnIsIRI:      alias("isURI", test("isIRI", func(v Value) bool { return v.kind == kIRI })),
	FnIsBlank:    test("isBLANK", func(v Value) bool { return v.kind == kBlank }),
	FnIsLiteral:  test("isLITERAL", Value.isLiteral),
	FnIsNumeric:  test("isNUMERIC", Value.isNumeric),
	FnHasLang:    test("hasLANG", func(v Value) bool { return v.kind == kLang }),
	FnHasLangDir: test("hasLANGDIR", func(v Value) bool { return v.kind == kLang && v.term.Direction() != 0 }),
	FnStr:        unary("STR", ResultString, fnStr),
	FnLang:       unary("LANG", ResultString, fnLang),
	FnLangDir:    unary("LANGDIR", ResultString, fnLangDir),
	FnDatatype:   unary("DATATYPE", ResultIRI, fnDatatype),
	FnIRI:        alias("URI", scoped("IRI", 1, 1, ResultIRI, OnBase, fnIRI)),
	FnBNode:      scoped("BNODE", 0, 1, ResultBlankNode, OnChance, fnBNode),
	FnStrDT:      binary("STRDT", ResultLiteral, fnStrDT),
	FnStrLang:    binary("STRLANG", ResultText, func(s, tag Value) Value { return fnStrLang(s, tag, nil) }),
	FnStrLangDir: list("STRLANGDIR", 3, 3, ResultText, func(a []Value) Value { return fnStrLang(a[0], a[1], &a[2]) }),
	FnUUID:       total(scoped("UUID", 0, 0, ResultIRI, OnChance, fnUUID)),
	FnStrUUID:    total(scoped("STRUUID", 0, 0, ResultString, OnChance, fnStrUUID)),

	FnStrLen:       unary("STRLEN", ResultInteger, fnStrlen),
	FnSubstr:       list("SUBSTR", 2, 3, ResultText, fnSubstr),
	FnUCase:        scoped("UCASE", 1, 1, ResultText, OnArguments, upperCase),
	FnLCase:        scoped("LCASE", 1, 1, ResultText, OnArguments, lowerCase),
	FnStrStarts:    twoStrings("STRSTARTS", strings.HasPrefix),
	FnStrEnds:      twoStrings("STRENDS", strings.HasSuffix),
	FnContains:     twoStrings("CONTAINS", strings.Contains),
	FnStrBefore:    list("STRBEFORE", 2, 2, ResultText, fnStrBefore),
	FnStrAfter:     list("STRAFTER", 2, 2, ResultText, fnStrAfter),
	FnEncodeForURI: scoped("ENCODE_FOR_URI", 1, 1, ResultString, OnArguments, encodeForURI),
	FnConcat:       scoped("CONCAT", 0, many, ResultText, OnArguments, fnConcat),
	FnLangMatches:  binary("LANGMATCHES", ResultBoolean, fnLangMatches),
	FnRegex:        scoped("REGEX", 2, 3, ResultBoolean, OnArguments, fnRegex),
	FnReplace:      scoped("REPLACE", 3, 4, ResultText, OnArguments, fnReplace),

	FnAbs:   unary("ABS", ResultNumber, fnAbs),
	FnRound: unary("ROUND", ResultNumber, fnRound),
	FnCeil:  unary("CEIL", ResultNumber, fnCeil),
	FnFloor: unary("FLOOR", ResultNumber, fnFloor),
	FnRand:  total(scoped("RAND", 0, 0, ResultNumber, OnChance, fnRand)),

	FnNow:      total(scoped("NOW", 0, 0, ResultTemporal, OnClock, fnNow)),
	FnYear:     part("YEAR"),
	FnMonth:    part("MONTH"),
	FnDay:      part("DAY"),
	FnHours:    part("HOURS"),
	FnMinutes:  part("MINUTES"),
	FnSeconds:  part("SECONDS"),
	FnTimezone: unary("TIMEZONE", ResultTemporal, fnTimezone),
	FnTZ:       unary("TZ", ResultString, fnTZ),

	FnMD5:    hash("MD5"),
	FnSHA1:   hash("SHA1"),
	FnSHA256: hash("SHA256"),
	FnSHA384: hash("SHA384"),
	FnSHA512: hash("SHA512"),

	FnTriple:    list("TRIPLE", 3, 3, ResultTriple, func(a []Value) Value { return fnTriple(a[0], a[1], a[2]) }),
	FnIsTriple:  test("isTRIPLE", func(v Value) bool { return v.kind == kTriple }),
	FnSubject:   unary("SUBJECT", ResultTerm, func(v Value) Value { return triplePart("SUBJECT", v) }),
	FnPredicate: unary("PREDICATE", ResultIRI, func(v Value) Value { return triplePart("PREDICATE", v) }),
	FnObject:    unary("OBJECT", ResultTerm, func(v Value) Value { return triplePart("OBJECT", v) }),

	FnKey:   total(unary("key", ResultTerm, Value.Key)),
	FnClass: total(unary("class", ResultTerm, Value.Class)),

	FnToString:             castFunction("string", ResultString),
	FnToBoolean:            castFunction("boolean", ResultBoolean),
	FnToInteger:            castFunction("integer", ResultInteger),
	FnToDecimal:            castFunction("decimal", ResultNumber),
	FnToFloat:              castFunction("float", ResultNumber),
	FnToDouble:             castFunction("double", ResultNumber),
	FnToDateTime:           castFunction("dateTime", ResultTemporal),
	FnToDate:               castFunction("date", ResultTemporal),
	FnToTime:               castFunction("time", ResultTemporal),
	FnToGYear:              castFunction("gYear", ResultTemporal),
	FnToGYearMonth:         castFunction("gYearMonth", ResultTemporal),
	FnToGMonth:             castFunction("gMonth", ResultTemporal),
	FnToGMonthDay:          castFunction("gMonthDay", ResultTemporal),
	FnToGDay:               castFunction("gDay", ResultTemporal),
	FnToDuration:           castFunction("duration", ResultTemporal),
	FnToDayTimeDuration:    castFunction("dayTimeDuration", ResultTemporal),
	FnToYearMonthDuration:  castFunction("yearMonthDuration", ResultTemporal),
	FnToLong:               castFunction("long", ResultNumber),
	FnToInt:                castFunction("int", ResultNumber),
	FnToShort:              castFunction("short", ResultNumber),
	FnToByte:               castFunction("byte", ResultNumber),
	FnToUnsignedLong:       castFunction("unsignedLong", ResultNumber),
	FnToUnsignedInt:        castFunction("unsignedInt", ResultNumber),
	FnToUnsignedShort:      castFunction("unsignedShort", ResultNumber),
	FnToUnsignedByte:       castFunction("unsignedByte", ResultNumber),
	FnToNonNegativeInteger: castFunction("nonNegativeInteger", ResultNumber),
	FnToPositiveInteger:    castFunction("positiveInteger", ResultNumber),
	FnToNonPositiveInteger: castFunction("nonPositiveInteger", ResultNumber),
	FnToNegativeInteger:    castFunction("negativeInteger", ResultNumber),
}

// The rows of the table by the shape of what computes them.

func form(name string, least, most int, r Result, f func(n int, arg func(k int) Value) Value) function {
	return function{name: name, least: least, most: most, result: r, form: f}
}

func scoped(name string, least, most int, r Result, d Dependence, f func(s *Scope, a []Value) Value) function {
	return function{name: name, least: least, most: most, result: r, depends: d, strict: f}
}

func list(name string, least, most int, r Result, f func(a []Value) Value) function {
	return scoped(name, least, most, r, OnArguments, func(_ *Scope, a []Value) Value { return f(a) })
}

func unary(name string, r Result, f func(v Value) Value) function {
	return scoped(name, 1, 1, r, OnArguments, func(_ *Scope, a []Value) Value { return f(a[0]) })
}

func binary(name string, r Result, f func(a, b Value) Value) function {
	row := scoped(name, 2, 2, r, OnArguments, func(_ *Scope, a []Value) Value { return f(a[0], a[1]) })
	row.pair = f
	return row
}

// test is a function that is true or false for every term.
func test(name string, f func(v Value) bool) function {
	return total(unary(name, ResultBoolean, func(v Value) Value { return Bool(f(v)) }))
}

func comparison(name string, want func(c int) bool) function {
	return binary(name, ResultBoolean, func(a, b Value) Value { return less(a, b, want) })
}

func operator(op byte, r Result) function {
	return binary(string(op), r, func(a, b Value) Value { return arithmetic(op, a, b) })
}

// twoStrings is a test of a string by another one.
func twoStrings(name string, f func(s, t string) bool) function {
	return binary(name, ResultBoolean, func(a, b Value) Value {
		if !compatible(a, b) {
			return Value{}
		}
		return Bool(f(a.text(), b.text()))
	})
}

func part(name string) function {
	r := ResultInteger
	if name == "SECONDS" {
		r = ResultNumber
	}
	return unary(name, r, func(v Value) Value { return temporalPart(name, v) })
}

func hash(name string) function {
	return unary(name, ResultString, func(v Value) Value { return hashValue(name, v) })
}

func castFunction(name string, r Result) function {
	return unary(xsd+name, r, func(v Value) Value { return cast(name, v) })
}

func alias(keyword string, f function) function {
	f.alias = keyword
	return f
}

func total(f function) function {
	f.total = true
	return f
}
