package results

import (
	"unicode/utf8"

	"fincat/vocab/term"
)

type jsonEncoder struct {
	vars  []string
	keys  [][]byte // `"name":` of each variable
	comma bool
}

func newJSONEncoder(vars []string) *jsonEncoder {
	e := &jsonEncoder{vars: vars, keys: make([][]byte, len(vars))}
	for i, v := range vars {
		e.keys[i] = append(appendJSONString(nil, v), ':')
	}
	return e
}

func (e *jsonEncoder) head(b []byte) []byte {
	b = append(b, `{"head":{"vars":[`...)
	for i, v := range e.vars {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, v)
	}
	return append(b, "]},\"results\":{\"bindings\":["...)
}

func (e *jsonEncoder) solution(b []byte, s Solution) ([]byte, error) {
	if e.comma {
		b = append(b, ',')
	}
	e.comma = true
	b = append(b, "\n{"...)
	first := true
	for i, t := range s {
		if t.IsZero() {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendJSONTerm(append(b, e.keys[i]...), t)
	}
	return append(b, '}'), nil
}

func (e *jsonEncoder) foot(b []byte) []byte { return append(b, "\n]}}\n"...) }

// fail closes the bindings and adds an error member, but not the document.
func (e *jsonEncoder) fail(b []byte, message string) []byte {
	b = append(b, "\n]},\"error\":"...)
	return append(appendJSONString(b, message), '\n')
}

// appendJSONTerm writes an RDF term as §3.2.2 of the JSON format has it.
func appendJSONTerm(b []byte, t term.Term) []byte {
	switch t.Kind() {
	case term.IRI:
		b = append(b, `{"type":"uri","value":`...)
		b = appendJSONString(b, t.Value())
	case term.BlankNode:
		b = append(b, `{"type":"bnode","value":`...)
		b = appendJSONString(b, t.Value())
	case term.TripleTerm:
		r := t.Triple()
		b = append(b, `{"type":"triple","value":{"subject":`...)
		b = appendJSONTerm(b, r.Subject)
		b = appendJSONTerm(append(b, `,"predicate":`...), r.Predicate)
		b = appendJSONTerm(append(b, `,"object":`...), r.Object)
		b = append(b, '}')
	default:
		b = append(b, `{"type":"literal","value":`...)
		b = appendJSONString(b, t.Value())
		switch {
		case t.Lang() != "":
			b = append(b, `,"xml:lang":`...)
			b = appendJSONString(b, t.Lang())
			if d := t.Direction(); d != term.NoDirection {
				b = append(append(append(b, `,"its:dir":"`...), d.String()...), '"')
			}
		case !t.IsString():
			b = append(b, `,"datatype":`...)
			b = appendJSONString(b, t.Datatype())
		}
	}
	return append(b, '}')
}

const hexDigits = "0123456789abcdef"

// appendJSONString writes s quoted as RFC 8259 §7 asks; bytes that are not
// UTF-8, possible only in messages, become U+FFFD.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
