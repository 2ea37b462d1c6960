package value

import "strings"

// Function is an operator, a builtin function or a cast. All that the parser,
// the simplifier, the planner, the executor and the printers know of it stands
// in one table, [functions].
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
	FnBound // its argument is a variable
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
	FnIRI
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

	// Casts: the constructor functions of SPARQL 1.1 §17.5, named by the IRI of
	// their datatype.
	FnToString
	FnToBoolean
	FnToInteger
	FnToDecimal
	FnToFloat
	FnToDouble
	FnToDateTime
	FnToDate
	FnToTime
	FnToGYear
	FnToGYearMonth
	FnToGMonth
	FnToGMonthDay
	FnToGDay
	FnToDuration
	FnToDayTimeDuration
	FnToYearMonthDuration
	FnToLong
	FnToInt
	FnToShort
	FnToByte
	FnToUnsignedLong
	FnToUnsignedInt
	FnToUnsignedShort
	FnToUnsignedByte
	FnToNonNegativeInteger
	FnToPositiveInteger
	FnToNonPositiveInteger
	FnToNegativeInteger

	FnKey   // no function of SPARQL: see [Value.Key]
	FnClass // no function of SPARQL: see [Value.Class]

	functionEnd // one more than the last function
)

// Result is the kind of term that a function has as its value.
type Result uint8

// The kinds of results.
const (
	ResultTerm     Result = iota + 1 // any term, such as one of the arguments
	ResultBoolean                    // xsd:boolean
	ResultString                     // xsd:string
	ResultText                       // xsd:string or a language-tagged string
	ResultLiteral                    // a literal of any datatype
	ResultInteger                    // xsd:integer
	ResultNumber                     // any numeric type
	ResultTemporal                   // a date, a time, a part of one, or a duration
	ResultIRI
	ResultBlankNode
	ResultTriple
)

// Dependence says what the value of a function depends on. Each includes those
// before it.
type Dependence uint8

// What a value may depend on.
const (
	OnArguments Dependence = iota // on the arguments only
	OnBase                        // on the base IRI of the request too
	OnClock                       // on the time of the request too
	OnChance                      // it may differ every time: random numbers, new blank nodes
)

// String returns the operator or keyword as the specification spells it, or
// the IRI of a cast.
func (f Function) String() string {
	if f == 0 || f >= functionEnd {
		return ""
	}
	return functions[f].name
}

// Arity returns the least and the greatest number of arguments f takes.
func (f Function) Arity() (least, most int) { return functions[f].least, functions[f].most }

// Result returns the kind of term that f gives when it is no error.
func (f Function) Result() Result { return functions[f].result }

// Dependence says what the value of f depends on.
func (f Function) Dependence() Dependence { return functions[f].depends }

// Total reports whether f has a value, and is no error, whenever all of its
// arguments have values.
func (f Function) Total() bool { return functions[f].total }

// IsForm reports whether f is a functional form (SPARQL 1.1 §17.4.1), which
// may have a value although arguments are errors. Every other function is an
// error when one of its arguments is.
func (f Function) IsForm() bool { return functions[f].form != nil }

// Form returns how the functional form f is computed from n arguments; arg
// evaluates one of them. It is nil for other functions.
func (f Function) Form() func(n int, arg func(k int) Value) Value { return functions[f].form }

// Strict returns how f, which is no functional form, is computed. No argument
// may be an error, and there must be as many as f takes.
func (f Function) Strict() func(s *Scope, args []Value) Value { return functions[f].strict }

// Pair returns Strict for a function of two arguments that needs nothing else,
// such as a comparison; nil for all others.
func (f Function) Pair() func(a, b Value) Value { return functions[f].pair }

// Call evaluates f for arguments of any kind, errors too.
func (f Function) Call(s *Scope, args ...Value) Value {
	if form := f.Form(); form != nil {
		return form(len(args), func(k int) Value { return args[k] })
	}
	for _, a := range args {
		if a.IsError() {
			return a
		}
	}
	return f.Strict()(s, args)
}

// ByKeyword returns the builtin function with a keyword, in any case; 0 when
// there is none.
func ByKeyword(word string) Function {
	for f := FnBound; f < FnToString; f++ {
		if strings.EqualFold(functions[f].name, word) || strings.EqualFold(functions[f].alias, word) && word != "" {
			return f
		}
	}
	return 0
}

// LikeKeyword returns the keyword of the function or aggregate that is most like a word,
// "" when none is.
func LikeKeyword(word string) string {
	best, least := "", 3 // letters that differ
	like := func(name string) {
		if name == "" || len(word) > 2*len(name) || len(name) > 2*len(word) {
			return
		}
		if d := distance(strings.ToUpper(word), name); d < least {
			best, least = name, d
		}
	}
	for f := FnBound; f < FnToString; f++ {
		like(functions[f].name)
		like(functions[f].alias)
	}
	for _, a := range aggregators {
		like(a.keyword)
	}
	return best
}

// distance is how many letters of one word are to be changed, left out or added to make
// the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// CastTo returns the cast with the IRI of a datatype; 0 when there is none.
func CastTo(iri string) Function {
	if !strings.HasPrefix(iri, xsd) {
		return 0
	}
	for f := FnToString; f < functionEnd; f++ {
		if functions[f].name == iri {
			return f
		}
	}
	return 0
}
