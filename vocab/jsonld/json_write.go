package jsonld

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// appendJSON appends a value as JSON text. With an indent, members and items
// stand on lines of their own, except in objects and arrays of one scalar.
func appendJSON(b []byte, v any, indent string) []byte {
	w := jsonWriter{buf: b, indent: indent}
	w.value(v, 0)
	return w.buf
}

type jsonWriter struct {
	buf       []byte
	indent    string
	canonical bool // JSON Canonicalization Scheme, RFC 8785
}

func (w *jsonWriter) value(v any, level int) {
	switch v := v.(type) {
	case nil:
		w.buf = append(w.buf, "null"...)
	case bool:
		w.buf = strconv.AppendBool(w.buf, v)
	case jsonNumber:
		if w.canonical {
			w.buf = append(w.buf, esNumber(v)...)
		} else {
			w.buf = append(w.buf, v...)
		}
	case string:
		w.buf = appendJSONString(w.buf, v)
	case []any:
		w.array(v, level)
	case *jsonObject:
		w.object(v, level)
	}
}

func (w *jsonWriter) array(a []any, level int) {
	w.buf = append(w.buf, '[')
	inline := w.indent == "" || len(a) == 0 || len(a) == 1 && isShort(a[0])
	for i, v := range a {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		if !inline {
			w.line(level + 1)
		}
		w.value(v, level+1)
	}
	if !inline {
		w.line(level)
	}
	w.buf = append(w.buf, ']')
}

func (w *jsonWriter) object(o *jsonObject, level int) {
	members := o.members
	if w.canonical {
		members = slices.Clone(members)
		slices.SortFunc(members, func(a, b jsonMember) int { return compareUTF16(a.key, b.key) })
	}
	inline := w.indent == "" || len(members) == 0 || len(members) == 1 && isShort(members[0].value)
	w.buf = append(w.buf, '{')
	for i, m := range members {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		if !inline {
			w.line(level + 1)
		}
		w.buf = append(appendJSONString(w.buf, m.key), ':')
		if w.indent != "" {
			w.buf = append(w.buf, ' ')
		}
		w.value(m.value, level+1)
	}
	if !inline {
		w.line(level)
	}
	w.buf = append(w.buf, '}')
}

func (w *jsonWriter) line(level int) {
	w.buf = append(w.buf, '\n')
	for range level {
		w.buf = append(w.buf, w.indent...)
	}
}

// isShort reports whether a value takes little room.
func isShort(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case *jsonObject:
		return len(v.members) == 0
	}
	return true
}

func isScalar(v any) bool {
	switch v.(type) {
	case []any, *jsonObject:
		return false
	}
	return true
}

// appendJSONString escapes what JSON requires and nothing else (RFC 8785
// §3.2.2.2).
func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		if k := strings.IndexByte("\b\t\n\f\r\"\\", c); k >= 0 {
			b = append(b, '\\', `btnfr"\`[k])
		} else {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// canonicalJSON returns a value in the JSON Canonicalization Scheme (RFC
// 8785), the canonical form of rdf:JSON literals.
func canonicalJSON(v any) string {
	w := jsonWriter{canonical: true}
	w.value(v, 0)
	return string(w.buf)
}

// compareUTF16 orders strings by UTF-16 code units (RFC 8785 §3.2.3).
func compareUTF16(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			if a[i] < 0xEE && b[i] < 0xEE { // no character above the surrogates
				return cmp.Compare(a[i], b[i])
			}
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		}
	}
	return cmp.Compare(len(a), len(b))
}

// esNumber writes a number as ECMAScript does (RFC 8785 §3.2.2.3). Numbers
// beyond the range of a double keep their text, since JSON cannot say
// infinity.
func esNumber(n jsonNumber) string {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil || math.IsInf(f, 0) {
		return string(n)
	}
	if f == 0 {
		return "0"
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exp, _ := strings.Cut(s, "e")
	sign := exp[:1]
	return mantissa + "e" + sign + strings.TrimLeft(exp[1:], "0")
}

// CanonicalDouble returns the canonical lexical form of an xsd:double (XML
// Schema 1.1 Part 2 §3.3.5.2).
func CanonicalDouble(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "INF"
	case math.IsInf(f, -1):
		return "-INF"
	case math.IsNaN(f):
		return "NaN"
	}
	s := strconv.FormatFloat(f, 'E', -1, 64)
	mantissa, exp, _ := strings.Cut(s, "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exp)
	return mantissa + "E" + strconv.Itoa(n)
}
