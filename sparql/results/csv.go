package results

import (
	"strings"

	"fincat/vocab/term"
)

const (
	xsdNamespace = "http://www.w3.org/2001/XMLSchema#"
	xsdInteger   = xsdNamespace + "integer"
	xsdDecimal   = xsdNamespace + "decimal"
	xsdDouble    = xsdNamespace + "double"
	xsdBoolean   = xsdNamespace + "boolean"
)

type csvEncoder struct{ vars []string }

func (e *csvEncoder) head(b []byte) []byte {
	for i, v := range e.vars {
		if i > 0 {
			b = append(b, ',')
		}
		// As the only variable, one named so would look like the answer of ASK.
		if v == "true" || v == "false" {
			b = append(append(append(b, '"'), v...), '"')
			continue
		}
		b = appendCSVField(b, v)
	}
	return append(b, '\r', '\n')
}

func (e *csvEncoder) solution(b []byte, s Solution) ([]byte, error) {
	start := len(b)
	for i, t := range s {
		if i > 0 {
			b = append(b, ',')
		}
		switch t.Kind() {
		case term.None:
		case term.BlankNode, term.TripleTerm:
			b = appendCSVField(b, t.String())
		default:
			b = appendCSVField(b, t.Value())
		}
	}
	// Many readers skip empty lines, so a lone empty field is quoted.
	if len(s) == 1 && len(b) == start {
		b = append(b, `""`...)
	}
	return append(b, '\r', '\n'), nil
}

func (e *csvEncoder) foot(b []byte) []byte { return b }

// fail begins a quoted field and leaves it unclosed, which is an error to every
// reader of CSV.
func (e *csvEncoder) fail(b []byte, message string) []byte {
	b = append(b, `"incomplete: `...)
	return append(b, strings.ReplaceAll(message, `"`, `""`)...)
}

// appendCSVField quotes a field as RFC 4180 §2 asks. Leading and trailing white
// space is quoted too, because some readers strip it from bare fields.
func appendCSVField(b []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") && s == strings.TrimSpace(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return append(append(b, s...), '"')
		}
		b = append(append(b, s[:i]...), '"', '"')
		s = s[i+1:]
	}
}

type tsvEncoder struct{ vars []string }

func (e *tsvEncoder) head(b []byte) []byte {
	for i, v := range e.vars {
		if i > 0 {
			b = append(b, '\t')
		}
		b = append(append(b, '?'), v...)
	}
	return append(b, '\n')
}

func (e *tsvEncoder) solution(b []byte, s Solution) ([]byte, error) {
	for i, t := range s {
		if i > 0 {
			b = append(b, '\t')
		}
		if isNumberToken(t) {
			b = append(b, t.Value()...)
		} else {
			b = t.Append(b)
		}
	}
	return append(b, '\n'), nil
}

func (e *tsvEncoder) foot(b []byte) []byte { return b }

// fail begins a string and leaves it unclosed, which is an error to every reader
// of TSV.
func (e *tsvEncoder) fail(b []byte, message string) []byte {
	text := term.NewString("incomplete: " + strings.ToValidUTF8(message, "\uFFFD")).Append(nil)
	return append(b, text[:len(text)-1]...)
}

// isNumberToken reports whether t is a number that Turtle's abbreviated form
// gives back unchanged (Turtle §6.5: INTEGER, DECIMAL, DOUBLE).
func isNumberToken(t term.Term) bool {
	if !t.IsLiteral() {
		return false
	}
	dt := t.Datatype()
	return (dt == xsdInteger || dt == xsdDecimal || dt == xsdDouble) && numberDatatype(t.Value()) == dt
}

// numberDatatype returns the datatype that Turtle gives a bare number, and ""
// when s is none.
func numberDatatype(s string) string {
	i := 0
	digits := func() int {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i - from
	}
	sign := func() {
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
	}
	sign()
	whole, fraction, dot := digits(), 0, false
	if i < len(s) && s[i] == '.' {
		i++
		dot, fraction = true, digits()
	}
	if whole+fraction == 0 {
		return ""
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		sign()
		if digits() == 0 || i < len(s) {
			return ""
		}
		return xsdDouble
	}
	switch {
	case i < len(s):
		return ""
	case !dot:
		return xsdInteger
	case fraction == 0:
		return ""
	}
	return xsdDecimal
}
