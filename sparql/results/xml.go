package results

import (
	"fmt"
	"strings"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

const (
	xmlNamespace = "http://www.w3.org/2005/sparql-results#"
	itsNamespace = "http://www.w3.org/2005/11/its"
	xmlStart     = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<sparql xmlns="` + xmlNamespace + `">`
)

// CharacterError is a solution that XML 1.0 cannot carry (XML 1.0 §2.2).
type CharacterError struct {
	Var  string // the variable that is bound to it
	Char rune   // the first such character
}

// Error names the variable and the character, and the way out.
func (e *CharacterError) Error() string {
	return fmt.Sprintf("?%s holds the character %U, which XML 1.0 cannot carry: ask for JSON or TSV", e.Var, e.Char)
}

type xmlEncoder struct {
	vars []string
	open [][]byte // <binding name="…"> of each variable
}

func newXMLEncoder(vars []string) *xmlEncoder {
	e := &xmlEncoder{vars: vars, open: make([][]byte, len(vars))}
	for i, v := range vars {
		e.open[i] = append(appendXMLText([]byte(`<binding name="`), v), `">`...)
	}
	return e
}

func (e *xmlEncoder) head(b []byte) []byte {
	b = append(b, xmlStart+"<head>"...)
	for _, v := range e.vars {
		b = append(appendXMLText(append(b, `<variable name="`...), v), `"/>`...)
	}
	return append(b, "</head><results>"...)
}

func (e *xmlEncoder) solution(b []byte, s Solution) ([]byte, error) {
	b = append(b, "\n<result>"...)
	for i, t := range s {
		if t.IsZero() {
			continue
		}
		if r, ok := unfitForXML(t); ok {
			return b, &CharacterError{Var: e.vars[i], Char: r}
		}
		b = appendXMLTerm(append(b, e.open[i]...), t)
		b = append(b, "</binding>"...)
	}
	return append(b, "</result>"...), nil
}

func (e *xmlEncoder) foot(b []byte) []byte { return append(b, "\n</results></sparql>\n"...) }

// fail names the cause in a comment and leaves the elements open.
func (e *xmlEncoder) fail(b []byte, message string) []byte {
	clean := strings.Map(func(r rune) rune {
		if !document.IsXMLChar(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ReplaceAll(message, "-", "\u2010"))
	return append(append(append(b, "\n<!-- incomplete: "...), clean...), " -->\n"...)
}

func appendXMLTerm(b []byte, t term.Term) []byte {
	switch t.Kind() {
	case term.IRI:
		return append(appendXMLText(append(b, "<uri>"...), t.Value()), "</uri>"...)
	case term.BlankNode:
		return append(appendXMLText(append(b, "<bnode>"...), t.Value()), "</bnode>"...)
	case term.TripleTerm:
		r := t.Triple()
		b = appendXMLTerm(append(b, "<triple><subject>"...), r.Subject)
		b = appendXMLTerm(append(b, "</subject><predicate>"...), r.Predicate)
		b = appendXMLTerm(append(b, "</predicate><object>"...), r.Object)
		return append(b, "</object></triple>"...)
	}
	b = append(b, "<literal"...)
	switch {
	case t.Lang() != "":
		b = append(appendXMLText(append(b, ` xml:lang="`...), t.Lang()), '"')
		if d := t.Direction(); d != term.NoDirection {
			b = append(append(b, ` xmlns:its="`+itsNamespace+`" its:version="2.0" its:dir="`...), d.String()...)
			b = append(b, '"')
		}
	case !t.IsString():
		b = append(appendXMLText(append(b, ` datatype="`...), t.Datatype()), '"')
	}
	return append(appendXMLText(append(b, '>'), t.Value()), "</literal>"...)
}

// appendXMLText escapes s for element content and attribute values. White
// space that a parser would normalise is written as references.
func appendXMLText(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		var ref string
		switch s[i] {
		case '&':
			ref = "&amp;"
		case '<':
			ref = "&lt;"
		case '>':
			ref = "&gt;"
		case '"':
			ref = "&quot;"
		case '\t':
			ref = "&#9;"
		case '\n':
			ref = "&#10;"
		case '\r':
			ref = "&#13;"
		default:
			continue
		}
		b = append(append(b, s[start:i]...), ref...)
		start = i + 1
	}
	return append(b, s[start:]...)
}

// unfitForXML returns the first character of t that XML cannot carry.
func unfitForXML(t term.Term) (rune, bool) {
	if t.IsTripleTerm() {
		r := t.Triple()
		for _, c := range [...]term.Term{r.Subject, r.Predicate, r.Object} {
			if bad, ok := unfitForXML(c); ok {
				return bad, true
			}
		}
		return 0, false
	}
	for _, s := range [...]string{t.Value(), t.Datatype()} {
		for _, r := range s {
			if !document.IsXMLChar(r) {
				return r, true
			}
		}
	}
	return 0, false
}
