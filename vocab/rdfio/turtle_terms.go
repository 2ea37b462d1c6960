package rdfio

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// measure returns the token that a scanning function finds at the beginning of the
// unread bytes. While the function reaches the end of the window, the token may go
// on: the window grows and the function is called again.
func (p *turtleParser) measure(scan func([]byte) int) ([]byte, int, error) {
	for {
		b := p.rest()
		n := scan(b)
		if n < len(b) || !p.src.Fill() {
			return b, n, p.src.Err
		}
	}
}

// iriRef reads an IRI in angle brackets.
func (p *turtleParser) iriRef() (term.Term, error) {
	b := p.rest()
	n := bytes.IndexByte(b, '>') + 1
	for n == 0 && bytes.IndexByte(b, '\n') < 0 && p.src.Fill() {
		b = p.rest()
		n = bytes.IndexByte(b, '>') + 1
	}
	if n == 0 {
		return term.Term{}, p.fault(0, "the IRI has no closing '>'")
	}
	if p.Options.Lenient && n > 2 && b[1] == '<' {
		p.Options.OnProblem(p.src.Problem(p.src.Pos, "'<<' before an IRI, read as '<'"))
		p.src.Pos++
		return p.iriRef()
	}
	t, problem := p.IRI(b[:n])
	if problem != "" {
		if !p.Options.Lenient || bytes.ContainsAny(b[1:n], "\n<\"") {
			return t, p.fault(0, "%s", problem)
		}
		p.Options.OnProblem(p.src.Problem(p.src.Pos, problem))
	}
	p.src.Pos += n
	return t, nil
}

// blankNodeLabel reads _:label.
func (p *turtleParser) blankNodeLabel() (term.Term, error) {
	problem := ""
	b, n, err := p.measure(func(b []byte) (n int) {
		n, problem = document.BlankNodeLength(b)
		return n
	})
	if err != nil {
		return term.Term{}, err
	}
	if problem != "" {
		return term.Term{}, p.fault(n, "%s", problem)
	}
	t := p.BlankNode(b[:n])
	p.src.Pos += n
	return t, nil
}

// prefixedName reads prefix:local. What it found instead is reported as an
// error that says what was expected.
func (p *turtleParser) prefixedName(expected string) (term.Term, error) {
	b := p.rest()
	n := prefixedNameLength(b)
	if n == len(b) && n > 0 {
		var err error
		if b, n, err = p.measure(prefixedNameLength); err != nil {
			return term.Term{}, err
		}
	}
	if n == 0 {
		return term.Term{}, p.unexpected(expected)
	}
	if n < len(b) && (b[n] == '/' || b[n] == '%' || b[n] == '\\') {
		return p.badLocalName(n)
	}
	slot := p.Cache.Slot(b[:n])
	if slot.Key == string(b[:n]) {
		p.src.Pos += n
		return slot.Term, nil
	}
	t, problem := p.expand(string(b[:n]))
	switch {
	case problem == "":
		*slot = document.CacheEntry{Key: string(b[:n]), Term: t}
	case !p.Options.Lenient:
		return t, p.fault(0, "%s", problem)
	default:
		p.Options.OnProblem(p.src.Problem(p.src.Pos, problem))
	}
	p.src.Pos += n
	return t, nil
}

// expand turns a prefixed name into an IRI.
func (p *turtleParser) expand(name string) (term.Term, string) {
	prefix, local, _ := strings.Cut(name, ":")
	ns, ok := p.prefixes[prefix]
	if !ok {
		return term.Term{}, fmt.Sprintf("prefix %q is not declared", prefix+":")
	}
	if strings.IndexByte(local, '\\') >= 0 {
		local = unescapeLocal(local)
	}
	return p.MakeIRI(ns + local)
}

// unescapeLocal drops the backslashes of reserved character escapes.
func unescapeLocal(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}

// badLocalName handles a local name that runs on after n bytes with a
// character which would need an escape: lenient reading takes it as it is
// meant, up to the next white space or punctuation.
func (p *turtleParser) badLocalName(n int) (term.Term, error) {
	b := p.rest()
	message := fmt.Sprintf("unescaped %q in the prefixed name %q", b[n:n+1], b[:n])
	if b[n] == '\\' || b[n] == '%' {
		message = fmt.Sprintf("malformed escape in the prefixed name %q", b[:n])
	}
	if !p.Options.Lenient {
		return term.Term{}, p.fault(n, "%s", message)
	}
	end := n
	for end < len(b) && bytes.IndexByte([]byte(" \t\r\n;,()[]{}<>\"|"), b[end]) < 0 {
		end++
	}
	for b[end-1] == '.' {
		end--
	}
	name := string(b[:end])
	prefix, local, _ := strings.Cut(name, ":")
	ns, ok := p.prefixes[prefix]
	t, problem := term.Term{}, fmt.Sprintf("prefix %q is not declared", prefix+":")
	if ok {
		text, _ := term.RepairIRI(ns + strings.ReplaceAll(local, `\`, ""))
		t, problem = p.MakeIRI(text)
		if !t.IsZero() {
			problem = "read as <" + t.Value() + ">"
		}
	}
	p.Options.OnProblem(p.src.Problem(p.src.Pos+n, message+", "+problem))
	p.src.Pos += end
	return t, nil
}

// prefixLength measures the PN_PREFIX at the start of b.
func prefixLength(b []byte) int {
	i := 0
	for i < len(b) {
		c := b[i]
		if c < utf8.RuneSelf {
			want := uint8(document.NameChar)
			if i == 0 {
				want = document.NameStart
			}
			if document.NameClass[c]&want == 0 && (c != '.' || i == 0) {
				break
			}
			i++
			continue
		}
		n := document.NameRuneLength(b[i:], i > 0)
		if n == 0 {
			break
		}
		i += n
	}
	for i > 0 && b[i-1] == '.' {
		i--
	}
	return i
}

// prefixedNameLength measures the prefixed name at the start of b; 0: none.
func prefixedNameLength(b []byte) int {
	n := prefixLength(b)
	if n >= len(b) {
		return 0
	}
	if b[n] != ':' {
		return 0
	}
	return n + 1 + localLength(b[n+1:])
}

// localLength measures the PN_LOCAL at the start of b.
func localLength(b []byte) int {
	i, dots := 0, 0 // dots at the end do not belong to the name
	for i < len(b) {
		c := b[i]
		switch {
		case c >= utf8.RuneSelf:
			n := document.NameRuneLength(b[i:], i > 0)
			if n == 0 {
				return i - dots
			}
			i += n
			dots = 0
		case c == '.' && i > 0:
			i++
			dots++
		case document.NameClass[c]&document.NameChar != 0 && (i > 0 || c != '-') || c == ':':
			i++
			dots = 0
		case c == '%' && i+2 < len(b) && document.IsHex(b[i+1]) && document.IsHex(b[i+2]):
			i += 3
			dots = 0
		case c == '\\' && i+1 < len(b) && strings.IndexByte("_~.-!$&'()*+,;=/?#@%", b[i+1]) >= 0:
			i += 2
			dots = 0
		default:
			return i - dots
		}
	}
	return i - dots
}

// boolean reads true or false; n is 0 when it is neither.
func (p *turtleParser) boolean() (t term.Term, n int) {
	b := p.rest()
	for _, w := range [...]string{"true", "false"} {
		if bytes.HasPrefix(b, []byte(w)) && (len(b) == len(w) || !document.IsNameByte(b[len(w)])) {
			return term.NewLiteral(w, vocab.XSDBoolean), len(w)
		}
	}
	return t, 0
}

// number reads an integer, a decimal or a double (Turtle §2.5.2).
func (p *turtleParser) number() (term.Term, error) {
	var datatype string
	b, n, err := p.measure(func(b []byte) (n int) {
		n, datatype = numberLength(b)
		return n
	})
	if err != nil {
		return term.Term{}, err
	}
	if n == 0 {
		return term.Term{}, p.unexpected("an object")
	}
	if n < len(b) && document.IsNameByte(b[n]) && b[n] != '@' && b[n] != '-' {
		return term.Term{}, p.fault(n, "found %s directly after a number", document.Found(b[n:]))
	}
	t := term.NewLiteral(string(b[:n]), datatype)
	p.src.Pos += n
	return t, nil
}

// numberLength measures a number and tells its datatype.
func numberLength(b []byte) (n int, datatype string) {
	digits := func(i int) int {
		for i < len(b) && '0' <= b[i] && b[i] <= '9' {
			i++
		}
		return i
	}
	start := 0
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		start = 1
	}
	n = digits(start)
	whole := n - start
	datatype = vocab.XSDInteger
	point := n
	if n < len(b) && b[n] == '.' {
		fraction := digits(n+1) - n - 1
		switch {
		case fraction > 0:
			n += 1 + fraction
			datatype = vocab.XSDDecimal
		case whole > 0 && n+1 < len(b) && b[n+1]|0x20 == 'e':
			point = n + 1
		}
	}
	if whole == 0 && datatype == vocab.XSDInteger {
		return 0, ""
	}
	at := max(n, point)
	if at < len(b) && b[at]|0x20 == 'e' {
		exp := at + 1
		if exp < len(b) && (b[exp] == '+' || b[exp] == '-') {
			exp++
		}
		if end := digits(exp); end > exp {
			return end, vocab.XSDDouble
		}
	}
	return n, datatype
}

// literal reads a string with its language tag or datatype.
func (p *turtleParser) literal(quote byte) (term.Term, error) {
	lexical, err := p.quoted(quote)
	if err != nil {
		return term.Term{}, err
	}
	b := p.rest()
	if len(b) < 2 || b[0] != '@' && b[0] != '^' {
		if c, ok := p.next(); !ok || c != '@' && c != '^' {
			return term.NewString(lexical), nil
		}
		b = p.rest()
	}
	switch {
	case b[0] == '@':
		problem := ""
		b, n, err := p.measure(func(b []byte) (n int) {
			n, problem = document.LangLength(b)
			return n
		})
		if err != nil {
			return term.Term{}, err
		}
		if problem != "" {
			return term.Term{}, p.fault(n, "%s", problem)
		}
		t := p.LangString(lexical, b[1:n])
		p.src.Pos += n
		return t, nil
	case bytes.HasPrefix(b, []byte("^^")):
		return p.typedLiteral(lexical)
	}
	return term.Term{}, p.fault(0, "found %s, expected '^^' and a datatype", document.Found(b))
}

func (p *turtleParser) typedLiteral(lexical string) (term.Term, error) {
	p.src.Pos += 2
	c, _ := p.next()
	var dt term.Term
	var err error
	if c == '<' {
		dt, err = p.iriRef()
	} else {
		dt, err = p.prefixedName("a datatype IRI")
	}
	if err != nil || dt.IsZero() {
		return term.Term{}, err
	}
	if problem := document.BadDatatype(dt.Value()); problem != "" {
		return term.Term{}, p.fault(p.src.Mark-p.src.Pos, "%s", problem)
	}
	return term.NewLiteral(lexical, dt.Value()), nil
}

// quoted reads a string in short or long quotes.
func (p *turtleParser) quoted(quote byte) (string, error) {
	b := p.rest()
	long := len(b) > 2 && b[1] == quote && b[2] == quote
	var start, n int
	if long {
		start = 3
		n = longStringLength(b[3:], quote)
		for n < 0 && p.src.Fill() {
			b = p.rest()
			n = longStringLength(b[3:], quote)
		}
	} else {
		start = 1
		n = document.ClosingQuote(b[1:], quote)
		for n < 0 && bytes.IndexByte(b, '\n') < 0 && p.src.Fill() {
			b = p.rest()
			n = document.ClosingQuote(b[1:], quote)
		}
		if n >= 0 && bytes.IndexByte(b[1:1+n], '\n') >= 0 || n >= 0 && bytes.IndexByte(b[1:1+n], '\r') >= 0 {
			n = -1
		}
	}
	if n < 0 {
		if p.src.Err != nil {
			return "", p.src.Err
		}
		return "", p.fault(0, "the string has no closing %s", strings.Repeat(string(quote), start))
	}
	if n > p.Options.Limits.LiteralBytes {
		l := &document.LimitError{Limit: "literal size", Max: int64(p.Options.Limits.LiteralBytes)}
		l.Line, l.Column = p.src.Position(p.src.Pos)
		return "", l
	}
	s, at, problem := p.Text(b[start : start+n])
	if problem != "" {
		return "", p.fault(start+at, "%s", problem)
	}
	p.src.Pos += n + 2*start
	return s, nil
}

// longStringLength returns where the three closing quotes stand, -1: nowhere.
func longStringLength(b []byte, quote byte) int {
	from := 0
	for {
		n := document.ClosingQuote(b[from:], quote)
		if n < 0 || from+n+2 >= len(b) {
			return -1
		}
		n += from
		switch {
		case b[n+1] != quote:
			from = n + 1
		case b[n+2] != quote:
			from = n + 2
		default:
			return n
		}
	}
}
