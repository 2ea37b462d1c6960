package shacl

import (
	"regexp"
	"strings"
	"sync"

	"fincat/sparql/value"
	"fincat/vocab"
	"fincat/vocab/term"
)

// xpathValue is an RDF term with its XPath value, function an operator on
// values. What this package needs of them stands in this file.
type (
	xpathValue = value.Value
	function   = value.Function
)

const (
	fnLess         = value.FnLess
	fnLessEqual    = value.FnLessEqual
	fnGreater      = value.FnGreater
	fnGreaterEqual = value.FnGreaterEqual
)

func valueOf(t term.Term) xpathValue { return value.Of(t) }

func call(fn function, a, b xpathValue) xpathValue { return fn.Call(&value.Scope{}, a, b) }

// match is what the function REGEX gives; an error means that the pattern or
// the flags are wrong. The scope keeps the expressions it has compiled.
func match(s *value.Scope, text string, p pattern) (matches, ok bool) {
	return value.FnRegex.Call(s, value.String(text), p.pattern, p.flags).Truth()
}

// comparable datatypes: their values compare with themselves, ill-typed
// literals do not.
var comparable = map[string]bool{
	vocab.XSDBoolean: true, vocab.XSDInteger: true, vocab.XSDDecimal: true,
	vocab.XSDDouble: true, vocab.XSDFloat: true,
	vocab.XSDDateTime: true, vocab.XSDDateTimeStamp: true, vocab.XSDDate: true, vocab.XSDTime: true,
	vocab.XSDGYear:      true,
	vocab.XSDGYearMonth: true, vocab.XSDGMonth: true, vocab.XSDGMonthDay: true, vocab.XSDGDay: true,
	vocab.XSDDuration: true, vocab.XSDDayTimeDuration: true, vocab.XSDYearMonthDuration: true,
	vocab.XSDLong: true, vocab.XSDInt: true, vocab.XSDShort: true, vocab.XSDByte: true,
	vocab.XSDUnsignedLong: true, vocab.XSDUnsignedInt: true, vocab.XSDUnsignedShort: true, vocab.XSDUnsignedByte: true,
	vocab.XSDNonNegativeInteger: true, vocab.XSDPositiveInteger: true,
	vocab.XSDNonPositiveInteger: true, vocab.XSDNegativeInteger: true,
}

// lexical are the forms of datatypes that have no order (XML Schema 1.1 part 2 §3.3, §3.4).
var lexical = sync.OnceValue(func() map[string]*regexp.Regexp {
	const name = `[\p{L}_][\p{L}\p{M}\p{N}_.·-]*`
	out := map[string]*regexp.Regexp{}
	for datatype, form := range map[string]string{
		vocab.XSDHexBinary:        `([0-9A-Fa-f]{2})*`,
		vocab.XSDBase64Binary:     `((?:[A-Za-z0-9+/] ?){4})*((?:[A-Za-z0-9+/] ?){2}= ?=|(?:[A-Za-z0-9+/] ?){3}=)?`,
		vocab.XSDLanguage:         `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`,
		vocab.XSDNCName:           name,
		vocab.XSDName:             strings.ReplaceAll(name, "_", "_:"),
		vocab.XSDNMTOKEN:          `[\p{L}\p{M}\p{N}_:.·-]+`,
		vocab.XSDNormalizedString: `[^\t\n\r]*`,
		vocab.XSDToken:            `([^\s]+( [^\s]+)*)?`,
	} {
		out[datatype] = regexp.MustCompile(`^(?:` + form + `)$`)
	}
	return out
})

// wellTyped reports whether the lexical form of a literal belongs to its
// datatype, as far as the engine knows it (SHACL §4.1.2).
func wellTyped(t term.Term) bool {
	if form := lexical()[t.Datatype()]; form != nil {
		return form.MatchString(t.Value())
	}
	if !comparable[t.Datatype()] {
		return true
	}
	v := valueOf(t)
	return !call(fnLess, v, v).IsError()
}
