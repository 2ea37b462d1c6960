package value

import (
	"math"
	"strings"
	"unicode/utf8"

	"fincat/vocab/term"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

func literal(lex, datatype string) term.Term { return term.NewLiteral(lex, datatype) }

// like returns text as a literal with the language and direction of v, which
// most string functions pass through (SPARQL 1.2 §17.4.3.1).
func like(v Value, text string) Value {
	if v.kind == kString {
		return String(text)
	}
	return Value{kind: kLang, term: term.NewDirLangString(text, v.term.Lang(), v.term.Direction())}
}

// compatible checks the arguments of a function of two strings (SPARQL 1.2
// §17.4.3.1.2): the second is plain, or tagged just as the first.
func compatible(a, b Value) bool {
	return a.isText() && (b.kind == kString ||
		b.kind == kLang && a.kind == kLang && a.term.Lang() == b.term.Lang() &&
			a.term.Direction() == b.term.Direction())
}

func fnStr(v Value) Value {
	if v.kind == kIRI || v.isLiteral() {
		return String(v.text())
	}
	return Value{}
}

func fnLang(v Value) Value {
	if !v.isLiteral() {
		return Value{}
	}
	return String(v.term.Lang())
}

func fnLangDir(v Value) Value {
	if !v.isLiteral() {
		return Value{}
	}
	return String(v.term.Direction().String())
}

func fnDatatype(v Value) Value {
	if !v.isLiteral() {
		return Value{}
	}
	return IRI(v.Term().Datatype())
}

func fnStrlen(v Value) Value {
	if !v.isText() {
		return Value{}
	}
	return Int(int64(utf8.RuneCountInString(v.text())))
}

// fnSubstr is SUBSTR (SPARQL 1.1 §17.4.3.3): positions count characters from
// one and are rounded as fn:substring rounds them.
func fnSubstr(a []Value) Value {
	if !a[0].isText() || !a[1].isNumeric() || len(a) == 3 && !a[2].isNumeric() {
		return Value{}
	}
	from := floatOf(fnRound(a[1]))
	to := math.Inf(1)
	if len(a) == 3 {
		to = from + floatOf(fnRound(a[2]))
	}
	s := a[0].text()
	start, end, at := len(s), len(s), 1.0
	for i := range s {
		if start == len(s) && at >= from {
			start = i
		}
		if !(at < to) {
			end = i
			break
		}
		at++
	}
	if math.IsNaN(from) || math.IsNaN(to) || start >= end {
		return like(a[0], "")
	}
	return like(a[0], s[start:end])
}

func upperCase(s *Scope, a []Value) Value { return fnCase(s, a[0], true) }
func lowerCase(s *Scope, a []Value) Value { return fnCase(s, a[0], false) }

func fnCase(s *Scope, v Value, upper bool) Value {
	if !v.isText() || !s.room(int64(len(v.text()))) {
		return Value{}
	}
	if text, ok := plainCase(v.text(), upper); ok {
		return like(v, text)
	}
	c := cases.Lower(language.Und)
	if upper {
		c = cases.Upper(language.Und)
	}
	text := v.text()
	if len(text) <= caseChunk {
		return like(v, c.String(text))
	}
	var b strings.Builder
	for text != "" && !s.stopped() {
		n := min(len(text), caseChunk)
		if i := strings.IndexByte(text[n:], ' '); i >= 0 {
			n += i
		} else {
			n = len(text)
		}
		b.WriteString(c.String(text[:n]))
		text = text[n:]
	}
	if b.Len() > 2*len(v.text()) && !s.room(int64(b.Len())) {
		return Value{}
	}
	return like(v, b.String())
}

// plainCase changes the case of a text of ASCII and of characters from U+3000 to U+9FFF,
// which have none, such as Chinese ones; it is false for any other.
func plainCase(text string, upper bool) (string, bool) {
	from, to := byte('A'), byte('Z')
	if upper {
		from, to = 'a', 'z'
	}
	first := len(text) // of the letters that change
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c < utf8.RuneSelf:
			if from <= c && c <= to {
				first = min(first, i)
			}
			i++
		case 0xE3 <= c && c <= 0xE9: // begins three bytes
			i += 3
		default:
			return "", false
		}
	}
	if first == len(text) {
		return text, true
	}
	b := []byte(text)
	for i, c := range b[first:] {
		if from <= c && c <= to {
			b[first+i] = c ^ 0x20
		}
	}
	return string(b), true
}

// caseChunk is the length from which a text is converted piece by piece. A space
// between two pieces keeps what a letter becomes next to others as it was.
const caseChunk = 1 << 20

// fnStrBefore is STRBEFORE, fnStrAfter STRAFTER (SPARQL 1.1 §17.4.3.9, 10).
func fnStrBefore(a []Value) Value {
	if !compatible(a[0], a[1]) {
		return Value{}
	}
	before, _, found := strings.Cut(a[0].text(), a[1].text())
	if !found {
		return String("")
	}
	return like(a[0], before)
}

func fnStrAfter(a []Value) Value {
	if !compatible(a[0], a[1]) {
		return Value{}
	}
	_, after, found := strings.Cut(a[0].text(), a[1].text())
	if !found {
		return String("")
	}
	return like(a[0], after)
}

// fnConcat is CONCAT: tagged only when all arguments are tagged alike.
func fnConcat(s *Scope, a []Value) Value {
	var b strings.Builder
	same := len(a) > 0
	size := 0
	for _, v := range a {
		if !v.isText() {
			return Value{}
		}
		size += len(v.text())
	}
	if !s.room(int64(size)) {
		return Value{}
	}
	b.Grow(size)
	for _, v := range a {
		same = same && v.kind == kLang && v.term.Lang() == a[0].term.Lang() &&
			v.term.Direction() == a[0].term.Direction()
		b.WriteString(v.text())
	}
	if same {
		return like(a[0], b.String())
	}
	return String(b.String())
}

// fnEncodeForURI percent-encodes all but the unreserved characters of RFC 3986.
func fnEncodeForURI(sc *Scope, v Value) Value {
	if !v.isText() {
		return Value{}
	}
	const hex = "0123456789ABCDEF"
	s := v.text()
	n := 0
	for i := 0; i < len(s); i++ {
		n++
		if !unreserved(s[i]) {
			n += 2
		}
	}
	if !sc.room(int64(n)) {
		return Value{}
	}
	var b strings.Builder
	b.Grow(n)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if unreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return String(b.String())
}

func encodeForURI(s *Scope, a []Value) Value { return fnEncodeForURI(s, a[0]) }

func unreserved(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

// fnLangMatches is the basic filtering of RFC 4647 §3.3.1.
func fnLangMatches(tag, rng Value) Value {
	if tag.kind != kString || rng.kind != kString {
		return Value{}
	}
	t, r := strings.ToLower(tag.text()), strings.ToLower(rng.text())
	if r == "*" {
		return Bool(t != "")
	}
	return Bool(t == r || r != "" && strings.HasPrefix(t, r+"-"))
}

// fnStrLang is STRLANG and STRLANGDIR (SPARQL 1.2 §17.4.2); dir is nil for the
// former.
func fnStrLang(s, tag Value, dir *Value) Value {
	if s.kind != kString || tag.kind != kString || !wellFormedTag(tag.text()) {
		return Value{}
	}
	d := term.NoDirection
	if dir != nil {
		switch {
		case dir.kind == kString && dir.text() == "ltr":
			d = term.LTR
		case dir.kind == kString && dir.text() == "rtl":
			d = term.RTL
		default:
			return Value{}
		}
	}
	return Value{kind: kLang, term: term.NewDirLangString(s.text(), tag.text(), d)}
}

// wellFormedTag checks the LANG_TAG production, which every syntax that can
// carry the literal shares.
func wellFormedTag(tag string) bool {
	for i, part := range strings.Split(tag, "-") {
		if len(part) < 1 || len(part) > 8 {
			return false
		}
		for _, c := range part {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

// fnStrDT is STRDT; the datatypes of tagged strings cannot be made with it.
func fnStrDT(s, datatype Value) Value {
	if s.kind != kString || datatype.kind != kIRI {
		return Value{}
	}
	switch dt := datatype.text(); dt {
	case rdfNS + "langString", rdfNS + "dirLangString":
		return Value{}
	default:
		return Of(term.NewLiteral(s.text(), dt))
	}
}

const rdfNS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

// fnTriple is TRIPLE (SPARQL 1.2 §17.4.6): an error unless the components
// make a triple.
func fnTriple(s, p, o Value) Value {
	t := term.Triple{Subject: s.Term(), Predicate: p.Term(), Object: o.Term()}
	if !t.Valid() {
		return Value{}
	}
	return Value{kind: kTriple, term: term.NewTripleTerm(t)}
}

// triplePart is SUBJECT, PREDICATE or OBJECT.
func triplePart(name string, v Value) Value {
	if v.kind != kTriple {
		return Value{}
	}
	switch t := v.term.Triple(); name {
	case "SUBJECT":
		return Of(t.Subject)
	case "PREDICATE":
		return Of(t.Predicate)
	default:
		return Of(t.Object)
	}
}
