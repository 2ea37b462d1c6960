package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lexer splits the text into tokens, longest match first. It never looks at a
// character more than a fixed number of times.
type lexer struct {
	src string
	pos int
	// runEnd is the end of the last run of name characters that turned out not
	// to be followed by ":", so that no part of it is looked at again.
	runEnd int
}

// fail stops the parser with an error at byte offset pos; see parser.go.
func (l *lexer) fail(pos int, e Error) {
	e.Line, e.Column = place(l.src, pos)
	panic(&e)
}

// place converts a byte offset to line and column.
func place(src string, pos int) (line, column int) {
	head := src[:min(pos, len(src))]
	line = 1 + strings.Count(head, "\n")
	return line, 1 + utf8.RuneCountInString(head[strings.LastIndexByte(head, '\n')+1:])
}

// rune decodes the character at i; the size is 0 at the end. Text that is not
// UTF-8 is an error.
func (l *lexer) rune(i int) (rune, int) {
	if i >= len(l.src) {
		return 0, 0
	}
	if c := l.src[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(l.src[i:])
	if r == utf8.RuneError && n == 1 {
		l.fail(i, Error{Found: fmt.Sprintf("byte %#02x", l.src[i]), Message: "the text is not valid UTF-8"})
	}
	return r, n
}

func (l *lexer) byte(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// next returns the next token.
func (l *lexer) next() token {
	l.skip()
	start := l.pos
	t := l.scan()
	t.start, t.end = start, l.pos
	return t
}

// skip passes white space and comments.
func (l *lexer) skip() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case isWS(c):
			l.pos++
		case c == '#':
			n := strings.IndexAny(l.src[l.pos:], "\r\n")
			if n < 0 {
				n = len(l.src) - l.pos
			}
			l.pos += n
		default:
			return
		}
	}
}

func (l *lexer) scan() token {
	if l.pos >= len(l.src) {
		return token{kind: tokEOF}
	}
	switch c := l.src[l.pos]; {
	case c == '?' || c == '$':
		return l.variable()
	case c == '<':
		return l.less()
	case c == '"' || c == '\'':
		return l.quoted(c)
	case c == '@':
		return l.lang()
	case c == '_':
		return l.blankLabel()
	case isDigit(c), c == '.' && isDigit(l.byte(l.pos+1)):
		return l.number(l.pos)
	case c == '+' || c == '-':
		return l.sign()
	case c == ':' || isAlpha(c) || c >= utf8.RuneSelf:
		return l.name()
	}
	return l.punct()
}

// punctuation lists the tokens made of several characters, longest first.
var punctuation = [...]string{"<<(", ")>>", "<<", ">>", "<=", ">=", "!=", "&&", "||", "{|", "|}", "^^"}

func (l *lexer) punct() token {
	rest := l.src[l.pos:]
	for _, p := range punctuation {
		if strings.HasPrefix(rest, p) {
			l.pos += len(p)
			return token{kind: tokPunct, text: p}
		}
	}
	r, n := l.rune(l.pos)
	if !strings.ContainsRune("{}()[]<>.,;*/|^!=+-?~", r) {
		l.fail(l.pos, Error{Found: quoteFound(string(r)), Expected: "a SPARQL token"})
	}
	l.pos += n
	return token{kind: tokPunct, text: rest[:n]}
}

func (l *lexer) variable() token {
	i := l.pos + 1
	r, n := l.rune(i)
	if n == 0 || !isVarStart(r) {
		if l.src[l.pos] == '$' {
			l.fail(l.pos, Error{Found: `"$"`, Expected: "a variable name after it"})
		}
		return l.punct()
	}
	for n > 0 && isVarChar(r) {
		i += n
		r, n = l.rune(i)
	}
	t := token{kind: tokVar, text: l.src[l.pos+1 : i]}
	l.pos = i
	return t
}

func (l *lexer) sign() token {
	if c := l.byte(l.pos + 1); isDigit(c) || c == '.' && isDigit(l.byte(l.pos+2)) {
		return l.number(l.pos + 1)
	}
	return l.punct()
}

// number scans INTEGER, DECIMAL or DOUBLE whose digits start at i; a sign may
// stand before.
func (l *lexer) number(i int) token {
	k := tokInteger
	for isDigit(l.byte(i)) {
		i++
	}
	if l.byte(i) == '.' {
		j := i + 1
		for isDigit(l.byte(j)) {
			j++
		}
		if j > i+1 {
			k, i = tokDecimal, j
		} else if l.exponent(j) > j {
			i = j
		}
	}
	if e := l.exponent(i); e > i {
		k, i = tokDouble, e
	}
	t := token{kind: k, text: l.src[l.pos:i]}
	l.pos = i
	return t
}

// exponent returns the end of an EXPONENT at i, or i when there is none.
func (l *lexer) exponent(i int) int {
	j := i
	if c := l.byte(j); c != 'e' && c != 'E' {
		return i
	}
	j++
	if c := l.byte(j); c == '+' || c == '-' {
		j++
	}
	if !isDigit(l.byte(j)) {
		return i
	}
	for isDigit(l.byte(j)) {
		j++
	}
	return j
}

func (l *lexer) lang() token {
	i := l.pos + 1
	for isAlpha(l.byte(i)) {
		i++
	}
	if i == l.pos+1 {
		l.fail(l.pos, Error{Found: `"@"`, Expected: "a language tag after it"})
	}
	for l.byte(i) == '-' && isAlnum(l.byte(i+1)) {
		i++
		for isAlnum(l.byte(i)) {
			i++
		}
	}
	if strings.HasPrefix(l.src[i:], "--") && isAlpha(l.byte(i+2)) {
		i += 2
		for isAlpha(l.byte(i)) {
			i++
		}
	}
	t := token{kind: tokLang, text: l.src[l.pos+1 : i]}
	l.pos = i
	return t
}

func (l *lexer) blankLabel() token {
	i := l.pos + 2
	r, n := l.rune(i)
	if l.byte(l.pos+1) != ':' || n == 0 || !isVarStart(r) {
		l.fail(l.pos, Error{Found: `"_"`, Expected: "a blank node label such as _:b"})
	}
	i = l.dotted(i, isNameChar)
	t := token{kind: tokBlank, text: l.src[l.pos+2 : i]}
	l.pos = i
	return t
}

// dotted returns the end of a run of the given characters and dots at i; the
// run does not end in a dot.
func (l *lexer) dotted(i int, is func(rune) bool) int {
	end := i
	for {
		r, n := l.rune(i)
		if n == 0 || r != '.' && !is(r) {
			return end
		}
		i += n
		if r != '.' {
			end = i
		}
	}
}

// name scans a prefixed name, or a word when no colon follows.
func (l *lexer) name() token {
	i := l.pos
	if l.src[i] != ':' {
		if r, _ := l.rune(i); !isNameBase(r) {
			return l.punct() // reports the character
		}
		if i < l.runEnd {
			return l.word()
		}
		i = l.dotted(i, isNameChar)
		if l.byte(i) != ':' {
			l.runEnd = i
			return l.word()
		}
	}
	i = l.local(i + 1)
	t := token{kind: tokName, text: l.src[l.pos:i]}
	l.pos = i
	return t
}

func (l *lexer) word() token {
	i := l.pos
	for isAlnum(l.byte(i)) || l.byte(i) == '_' {
		i++
	}
	if i == l.pos {
		r, _ := l.rune(i)
		l.fail(i, Error{Found: quoteFound(string(r)), Expected: "a keyword or a prefixed name"})
	}
	t := token{kind: tokWord, text: l.src[l.pos:i]}
	l.pos = i
	return t
}

// local returns the end of PN_LOCAL at i, or i when there is none.
func (l *lexer) local(i int) int {
	first, end := i, i
	for {
		r, n := l.rune(i)
		switch {
		case n == 0:
			return end
		case r == '%':
			if !isHex(l.byte(i+1)) || !isHex(l.byte(i+2)) {
				return end
			}
			n = 3
		case r == '\\':
			if !isLocalEscape(l.byte(i + 1)) {
				return end
			}
			n = 2
		case r == '.' && i > first:
			i++
			continue
		case r == ':', isVarStart(r), i > first && isNameChar(r):
		default:
			return end
		}
		i += n
		end = i
	}
}
