package syntax

import (
	"fmt"
	"strings"
)

// Function is an operator or a builtin function.
type Function uint8

// The operators of SPARQL 1.1 §17.3 and the functional forms of §17.4.1. FnOr
// and FnAnd take two or more arguments; the first argument of FnIn and FnNotIn
// is the value looked for, the rest the list.
const (
	FnOr Function = iota + 1
	FnAnd
	FnNot
	FnEqual
	FnNotEqual
	FnLess
	FnGreater
	FnLessEqual
	FnGreaterEqual
	FnIn
	FnNotIn
	FnAdd
	FnSubtract
	FnMultiply
	FnDivide
	FnPlus  // unary
	FnMinus // unary
	FnBound // its argument is a Var
	FnIf
	FnCoalesce
	FnSameTerm

	// Functions on RDF terms (SPARQL 1.1 §17.4.2, SPARQL 1.2 §17.4.2).
	FnIsIRI
	FnIsBlank
	FnIsLiteral
	FnIsNumeric
	FnHasLang
	FnHasLangDir
	FnStr
	FnLang
	FnLangDir
	FnDatatype
	FnIRI // also spelled URI
	FnBNode
	FnStrDT
	FnStrLang
	FnStrLangDir
	FnUUID
	FnStrUUID

	// Functions on strings (SPARQL 1.1 §17.4.3).
	FnStrLen
	FnSubstr
	FnUCase
	FnLCase
	FnStrStarts
	FnStrEnds
	FnContains
	FnStrBefore
	FnStrAfter
	FnEncodeForURI
	FnConcat
	FnLangMatches
	FnRegex
	FnReplace

	// Functions on numerics (SPARQL 1.1 §17.4.4).
	FnAbs
	FnRound
	FnCeil
	FnFloor
	FnRand

	// Functions on dates and times (SPARQL 1.1 §17.4.5).
	FnNow
	FnYear
	FnMonth
	FnDay
	FnHours
	FnMinutes
	FnSeconds
	FnTimezone
	FnTZ

	// Hash functions (SPARQL 1.1 §17.4.6).
	FnMD5
	FnSHA1
	FnSHA256
	FnSHA384
	FnSHA512

	// Functions on triple terms (SPARQL 1.2 §17.4.7).
	FnTriple
	FnIsTriple
	FnSubject
	FnPredicate
	FnObject
)

// many stands for "any number" in a signature.
const many = 1 << 20

// signature is the spelling of a function and how many arguments it takes.
type signature struct {
	name     string
	min, max int
}

var signatures = [...]signature{
	FnOr: {"||", 2, many}, FnAnd: {"&&", 2, many}, FnNot: {"!", 1, 1},
	FnEqual: {"=", 2, 2}, FnNotEqual: {"!=", 2, 2}, FnLess: {"<", 2, 2}, FnGreater: {">", 2, 2},
	FnLessEqual: {"<=", 2, 2}, FnGreaterEqual: {">=", 2, 2},
	FnIn: {"IN", 1, many}, FnNotIn: {"NOT IN", 1, many},
	FnAdd: {"+", 2, 2}, FnSubtract: {"-", 2, 2}, FnMultiply: {"*", 2, 2}, FnDivide: {"/", 2, 2},
	FnPlus: {"+", 1, 1}, FnMinus: {"-", 1, 1},

	FnBound: {"BOUND", 1, 1}, FnIf: {"IF", 3, 3}, FnCoalesce: {"COALESCE", 0, many}, FnSameTerm: {"sameTerm", 2, 2},

	FnIsIRI: {"isIRI", 1, 1}, FnIsBlank: {"isBLANK", 1, 1}, FnIsLiteral: {"isLITERAL", 1, 1}, FnIsNumeric: {"isNUMERIC", 1, 1},
	FnHasLang: {"hasLANG", 1, 1}, FnHasLangDir: {"hasLANGDIR", 1, 1},
	FnStr: {"STR", 1, 1}, FnLang: {"LANG", 1, 1}, FnLangDir: {"LANGDIR", 1, 1}, FnDatatype: {"DATATYPE", 1, 1},
	FnIRI: {"IRI", 1, 1}, FnBNode: {"BNODE", 0, 1}, FnStrDT: {"STRDT", 2, 2}, FnStrLang: {"STRLANG", 2, 2},
	FnStrLangDir: {"STRLANGDIR", 3, 3}, FnUUID: {"UUID", 0, 0}, FnStrUUID: {"STRUUID", 0, 0},

	FnStrLen: {"STRLEN", 1, 1}, FnSubstr: {"SUBSTR", 2, 3}, FnUCase: {"UCASE", 1, 1}, FnLCase: {"LCASE", 1, 1},
	FnStrStarts: {"STRSTARTS", 2, 2}, FnStrEnds: {"STRENDS", 2, 2}, FnContains: {"CONTAINS", 2, 2},
	FnStrBefore: {"STRBEFORE", 2, 2}, FnStrAfter: {"STRAFTER", 2, 2}, FnEncodeForURI: {"ENCODE_FOR_URI", 1, 1},
	FnConcat: {"CONCAT", 0, many}, FnLangMatches: {"LANGMATCHES", 2, 2}, FnRegex: {"REGEX", 2, 3}, FnReplace: {"REPLACE", 3, 4},

	FnAbs: {"ABS", 1, 1}, FnRound: {"ROUND", 1, 1}, FnCeil: {"CEIL", 1, 1}, FnFloor: {"FLOOR", 1, 1}, FnRand: {"RAND", 0, 0},

	FnNow: {"NOW", 0, 0}, FnYear: {"YEAR", 1, 1}, FnMonth: {"MONTH", 1, 1}, FnDay: {"DAY", 1, 1}, FnHours: {"HOURS", 1, 1},
	FnMinutes: {"MINUTES", 1, 1}, FnSeconds: {"SECONDS", 1, 1}, FnTimezone: {"TIMEZONE", 1, 1}, FnTZ: {"TZ", 1, 1},

	FnMD5: {"MD5", 1, 1}, FnSHA1: {"SHA1", 1, 1}, FnSHA256: {"SHA256", 1, 1}, FnSHA384: {"SHA384", 1, 1}, FnSHA512: {"SHA512", 1, 1},

	FnTriple: {"TRIPLE", 3, 3}, FnIsTriple: {"isTRIPLE", 1, 1}, FnSubject: {"SUBJECT", 1, 1},
	FnPredicate: {"PREDICATE", 1, 1}, FnObject: {"OBJECT", 1, 1},
}

// keyword returns the name in upper case, the way keywords are compared.
func (s signature) keyword() string { return strings.ToUpper(s.name) }

// arity says in words how many arguments are taken.
func arity(least, most int) string {
	switch {
	case least == most && least == 1:
		return "1 argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	}
	return fmt.Sprintf("%d or %d arguments", least, most)
}

// String returns the operator or keyword as the specification spells it.
func (f Function) String() string {
	if int(f) < len(signatures) {
		return signatures[f].name
	}
	return ""
}

// Arity returns the least and the greatest number of arguments f takes.
func (f Function) Arity() (least, most int) {
	s := signatures[f]
	return s.min, s.max
}

// Aggregator is a builtin set function (SPARQL 1.1 §18.5.1).
type Aggregator uint8

// The set functions.
const (
	AggCount Aggregator = iota + 1
	AggSum
	AggMin
	AggMax
	AggAvg
	AggSample
	AggGroupConcat
)

var aggregators = [...]string{
	AggCount: "COUNT", AggSum: "SUM", AggMin: "MIN", AggMax: "MAX",
	AggAvg: "AVG", AggSample: "SAMPLE", AggGroupConcat: "GROUP_CONCAT",
}

// String returns the keyword of the set function.
func (a Aggregator) String() string {
	if int(a) < len(aggregators) {
		return aggregators[a]
	}
	return ""
}
