package value

import (
	"strconv"
	"strings"

	"fincat/vocab/term"

	"github.com/cockroachdb/apd/v3"
)

// kind says which value space a [Value] belongs to.
type kind uint8

const (
	kError kind = iota // an expression error, also that of an unbound variable
	kIRI
	kBlank
	kTriple
	kString // xsd:string
	kLang   // rdf:langString and rdf:dirLangString
	kBoolean
	kInteger // xsd:integer and the types derived from it
	kDecimal
	kFloat
	kDouble
	kDateTime
	kDate
	kTime
	kGYear
	kGYearMonth
	kGMonth
	kGMonthDay
	kGDay
	kDuration // xsd:duration and both types derived from it
	kOther    // a literal of a datatype the engine does not know
	kIll      // a literal outside the lexical space of its known datatype
)

// Value is what an expression evaluates to: an RDF term together with its
// value where the datatype is known. The zero Value is an expression error
// (SPARQL 1.1 §17.2), which is also what an unbound variable evaluates to.
type Value struct {
	kind kind
	term term.Term    // zero in computed values until [Value.Term] is asked for
	num  int64        // boolean 0 or 1; integers that fit, when dec is nil
	flt  float64      // float and double
	dec  *apd.Decimal // decimals; integers that do not fit in num
	tmp  *temporal    // dates, times and durations
}

const xsd = "http://www.w3.org/2001/XMLSchema#"

// IsError reports whether v is an expression error.
func (v Value) IsError() bool { return v.kind == kError }

// Of returns the value of a term; the zero Term gives an error.
func Of(t term.Term) Value {
	switch t.Kind() {
	case term.IRI:
		return Value{kind: kIRI, term: t}
	case term.BlankNode:
		return Value{kind: kBlank, term: t}
	case term.TripleTerm:
		return Value{kind: kTriple, term: t}
	case term.Literal:
		return literalValue(t)
	}
	return Value{}
}

func literalValue(t term.Term) Value {
	if t.Lang() != "" {
		return Value{kind: kLang, term: t}
	}
	if t.IsString() {
		return Value{kind: kString, term: t}
	}
	v := parseLiteral(t.Value(), t.Datatype())
	v.term = t
	return v
}

// parseLiteral maps a lexical form to its value; the result has no term.
func parseLiteral(lex, datatype string) Value {
	name, ok := strings.CutPrefix(datatype, xsd)
	if !ok {
		return Value{kind: kOther}
	}
	var v Value
	switch name {
	case "boolean":
		v = parseBoolean(lex)
	case "integer":
		v = parseInteger(lex)
	case "decimal":
		v = parseDecimal(lex)
	case "double":
		v = parseFloat(lex, 64)
	case "float":
		v = parseFloat(lex, 32)
	case "string":
		v = Value{kind: kString}
	case "dateTime", "dateTimeStamp", "date", "time", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay":
		v = parseTemporal(lex, name)
	case "duration", "dayTimeDuration", "yearMonthDuration":
		v = parseDuration(lex, name)
	default:
		r, ok := integerRange(name)
		if !ok {
			return Value{kind: kOther}
		}
		if v = parseInteger(lex); !r.contains(v) {
			v = Value{}
		}
	}
	if v.kind == kError {
		return Value{kind: kIll}
	}
	return v
}

func parseBoolean(lex string) Value {
	switch lex {
	case "true", "1":
		return Value{kind: kBoolean, num: 1}
	case "false", "0":
		return Value{kind: kBoolean}
	}
	return Value{}
}

// Term returns the value as an RDF term, in canonical lexical form when it was
// computed; an error gives the zero Term.
func (v Value) Term() term.Term {
	if !v.term.IsZero() || v.kind == kError {
		return v.term
	}
	switch v.kind {
	case kBoolean:
		return term.NewLiteral(strconv.FormatBool(v.num != 0), xsd+"boolean")
	case kInteger:
		return term.NewLiteral(integerText(v), xsd+"integer")
	case kDecimal:
		return term.NewLiteral(decimalText(v.dec), xsd+"decimal")
	case kFloat:
		return term.NewLiteral(floatText(v.flt, 32), xsd+"float")
	case kDouble:
		return term.NewLiteral(floatText(v.flt, 64), xsd+"double")
	}
	if v.tmp != nil {
		return term.NewLiteral(v.tmp.text(v.kind), xsd+v.tmp.typeName(v.kind))
	}
	return term.Term{}
}

// text returns the lexical form of a literal or the text of an IRI.
func (v Value) text() string { return v.Term().Value() }

// Bool returns an xsd:boolean.
func Bool(b bool) Value {
	v := Value{kind: kBoolean}
	if b {
		v.num = 1
	}
	return v
}

// String returns an xsd:string.
func String(s string) Value { return Value{kind: kString, term: term.NewString(s)} }

// IRI returns the value of an IRI.
func IRI(s string) Value { return Value{kind: kIRI, term: term.NewIRI(s)} }

// Int returns an xsd:integer.
func Int(n int64) Value { return Value{kind: kInteger, num: n} }

// isLiteral reports whether v is a literal of any datatype.
func (v Value) isLiteral() bool { return v.kind >= kString }

// isText reports whether v is a string literal argument in the sense of
// SPARQL 1.2 §17.4.3: an xsd:string or a language-tagged string.
func (v Value) isText() bool { return v.kind == kString || v.kind == kLang }

func (v Value) isNumeric() bool { return v.kind >= kInteger && v.kind <= kDouble }

// EBV returns the effective boolean value (SPARQL 1.2 §17.2.2). Ill-typed
// booleans and numbers have none, where SPARQL 1.1 took them as false.
func (v Value) EBV() Value {
	switch v.kind {
	case kBoolean:
		return Bool(v.num != 0)
	case kString:
		return Bool(v.term.Value() != "")
	case kInteger:
		return Bool(v.dec != nil || v.num != 0)
	case kDecimal:
		return Bool(!v.dec.IsZero())
	case kFloat, kDouble:
		return Bool(v.flt == v.flt && v.flt != 0)
	}
	return Value{}
}

// Truth returns the effective boolean value; ok is false when that is an error.
func (v Value) Truth() (truth, ok bool) {
	if v.kind == kBoolean {
		return v.num != 0, true
	}
	e := v.EBV()
	return e.num != 0, e.kind == kBoolean
}

// True reports whether v's effective boolean value is true, an error counting
// as false: what FILTER asks.
func (v Value) True() bool {
	truth, ok := v.Truth()
	return truth && ok
}

// Not is the operator "!" (SPARQL 1.1 §17.2).
func Not(v Value) Value {
	e := v.EBV()
	if e.IsError() {
		return e
	}
	return Bool(e.num == 0)
}
