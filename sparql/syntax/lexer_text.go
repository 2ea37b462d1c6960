package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// less scans what starts with "<": an IRI reference where one is possible, and
// an operator or the opening of a triple term otherwise (longest match).
func (l *lexer) less() token {
	escaped := false
	for i := l.pos + 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '>':
			text := l.src[l.pos+1 : i]
			if escaped {
				text = l.unescapeIRI(l.pos+1, i)
			}
			l.checkUTF8(l.pos, i)
			l.pos = i + 1
			return token{kind: tokIRI, text: text}
		case c == '\\' && (l.byte(i+1) == 'u' || l.byte(i+1) == 'U'):
			escaped = true
		case c <= ' ' || strings.IndexByte("<\"{}|^`\\", c) >= 0:
			return l.punct()
		}
	}
	return l.punct()
}

// checkUTF8 refuses text between two offsets that is not UTF-8.
func (l *lexer) checkUTF8(from, to int) {
	if utf8.ValidString(l.src[from:to]) {
		return
	}
	for i := from; i < to; {
		_, n := l.rune(i)
		i += n
	}
}

func (l *lexer) unescapeIRI(from, to int) string {
	var b strings.Builder
	for i := from; i < to; {
		if l.src[i] != '\\' {
			b.WriteByte(l.src[i])
			i++
			continue
		}
		r, n := l.codepoint(i)
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// codepoint decodes the \u or \U escape at i and returns its length. In
// SPARQL 1.2 §19.2 these stand in IRIs and strings only, and are not surrogates.
func (l *lexer) codepoint(i int) (rune, int) {
	n := 6
	if l.src[i+1] == 'U' {
		n = 10
	}
	digits := l.src[min(i+2, len(l.src)):min(i+n, len(l.src))]
	v, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != n-2 || strings.ContainsAny(digits, "+_") {
		l.fail(
			i,
			Error{
				Found:    quoteFound(l.src[i:min(i+2, len(l.src))]),
				Expected: strconv.Itoa(n-2) + " hexadecimal digits after it",
			},
		)
	}
	if v > utf8.MaxRune || 0xD800 <= v && v <= 0xDFFF {
		l.fail(
			i,
			Error{
				Found:   quoteFound(l.src[i : i+n]),
				Message: "the escape " + l.src[i:i+n] + " is no Unicode scalar value",
			},
		)
	}
	return rune(v), n
}

// quoted scans a string in quotes of either length.
func (l *lexer) quoted(q byte) token {
	open, k := 1, tokString
	if l.byte(l.pos+1) == q && l.byte(l.pos+2) == q {
		open, k = 3, tokLong
	}
	var b strings.Builder
	from := l.pos + open
	for i := from; i < len(l.src); {
		c := l.src[i]
		switch {
		case c == q && (open == 1 || l.byte(i+1) == q && l.byte(i+2) == q):
			l.checkUTF8(from, i)
			text := l.src[from:i]
			if b.Len() > 0 {
				text = b.String() + text
			}
			l.pos = i + open
			return token{kind: k, text: text}
		case c == '\\':
			l.checkUTF8(from, i)
			b.WriteString(l.src[from:i])
			n := l.escape(i, &b)
			i += n
			from = i
			continue
		case open == 1 && (c == '\n' || c == '\r'):
			l.fail(l.pos, Error{Found: "end of line", Expected: "the closing quote " + string(q) + " of the string"})
		}
		i++
	}
	l.fail(l.pos, Error{Found: "end of input", Expected: "the closing quote of the string"})
	return token{}
}

// escape writes the character that the escape at i stands for.
func (l *lexer) escape(i int, b *strings.Builder) int {
	c := l.byte(i + 1)
	if c == 'u' || c == 'U' {
		r, n := l.codepoint(i)
		b.WriteRune(r)
		return n
	}
	k := strings.IndexByte(`tbnrf"'\`, c)
	if k < 0 || c == 0 {
		l.fail(
			i,
			Error{Found: quoteFound(l.src[i:min(i+2, len(l.src))]), Expected: `one of \t \b \n \r \f \" \' \\ \u \U`},
		)
	}
	b.WriteByte("\t\b\n\r\f\"'\\"[k])
	return 2
}

// quoteFound shows text of the source in an error, shortened.
func quoteFound(s string) string {
	const most = 40
	if len(s) > most {
		n := most
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return strconv.Quote(s)
}
