package term

import (
	"strings"
	"unicode/utf8"
)

// String returns t in canonical N-Triples (RDF 1.2 N-Triples §4), and "" for
// the zero Term.
func (t Term) String() string { return string(t.Append(nil)) }

// String returns t as one line of canonical N-Triples, without the newline.
func (t Triple) String() string { return string(t.In(Term{}).Append(nil)) }

// String returns q as one line of canonical N-Quads, without the newline.
func (q Quad) String() string { return string(q.Append(nil)) }

// Append appends q as one line of canonical N-Quads, without the newline, and
// returns the extended buffer.
func (q Quad) Append(b []byte) []byte {
	b = append(q.Subject.Append(b), ' ')
	b = append(q.Predicate.Append(b), ' ')
	b = append(q.Object.Append(b), ' ')
	if !q.Graph.IsZero() {
		b = append(q.Graph.Append(b), ' ')
	}
	return append(b, '.')
}

// Append appends t in canonical N-Triples and returns the extended buffer.
func (t Term) Append(b []byte) []byte {
	switch t.kind {
	case IRI:
		return appendIRI(b, t.value)
	case BlankNode:
		return append(append(b, '_', ':'), t.value...)
	case Literal:
		return t.appendLiteral(b)
	case TripleTerm:
		v := t.triple.Value()
		b = append(b, "<<( "...)
		b = append(v.Subject.Append(b), ' ')
		b = append(v.Predicate.Append(b), ' ')
		return append(v.Object.Append(b), " )>>"...)
	}
	return b
}

func (t Term) appendLiteral(b []byte) []byte {
	b = append(appendEscaped(append(b, '"'), t.value), '"')
	switch {
	case t.tagged:
		b = append(append(b, '@'), t.extra...)
		if t.dir != NoDirection {
			b = append(append(b, "--"...), t.dir.String()...)
		}
	case t.extra != "":
		b = appendIRI(append(b, "^^"...), t.extra)
	}
	return b
}

const hexDigits = "0123456789ABCDEF"

// appendEscaped writes a string's characters as canonical N-Triples does:
// named escapes where they exist, \u for the other control characters, U+FFFE
// and U+FFFF, and nothing else.
func appendEscaped(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !escaped[c] || c == 0xEF && !isNoncharacter(s[i:]) {
			continue
		}
		b = append(b, s[start:i]...)
		if c == 0xEF {
			b = append(b, '\\', 'u', 'F', 'F', 'F', hexDigits[s[i+2]&15])
			start = i + 3
			continue
		}
		start = i + 1
		if k := strings.IndexByte("\b\t\n\f\r\"\\", c); k >= 0 {
			b = append(b, '\\', `btnfr"\`[k])
		} else {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, s[start:]...)
}

// escaped marks the bytes that need a look: those escaped always, and the
// first byte of U+FFFE and U+FFFF.
var escaped = func() (t [256]bool) {
	for c := range t {
		t[c] = c < ' ' || c == '"' || c == '\\' || c == 0x7F || c == 0xEF
	}
	return t
}()

func isNoncharacter(s string) bool {
	return len(s) >= 3 && s[1] == 0xBF && s[2] >= 0xBE && s[2] <= 0xBF
}

// forbidden marks the bytes that the grammar allows in no IRI.
var forbidden = func() (t [256]bool) {
	for c := range t {
		t[c] = c <= ' ' || c < utf8.RuneSelf && strings.ContainsRune("<>\"{}|^`\\", rune(c))
	}
	return t
}()

// appendIRI writes an IRI in angle brackets; characters the grammar forbids
// inside them, which only unvalidated IRIs contain, become \u escapes.
func appendIRI(b []byte, iri string) []byte {
	b = append(b, '<')
	start := 0
	for i := 0; i < len(iri); i++ {
		c := iri[i]
		if !forbidden[c] {
			continue
		}
		b = append(b, iri[start:i]...)
		b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		start = i + 1
	}
	return append(append(b, iri[start:]...), '>')
}
