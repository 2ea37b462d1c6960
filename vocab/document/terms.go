package document

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"fincat/vocab"
	"fincat/vocab/term"
)

// Terms makes terms of the bytes that they are written as. What is wrong with them
// is returned as a message, which is "" when nothing is; the caller adds the place.
type Terms struct {
	Options   Options
	Absolute  bool // relative IRIs are errors, whatever the base
	Anonymous bool // the document has blank nodes without a label
	base      term.IRIParts
	Cache     *TermCache
}

// NewTerms returns Terms for a document that is read with options o.
func NewTerms(o Options) *Terms {
	t := &Terms{Options: o, Cache: NewTermCache()}
	t.SetBase(o.Base)
	return t
}

// SetBase changes the base IRI. The cache is emptied, since a relative IRI now
// means another one.
func (t *Terms) SetBase(base string) {
	t.base = term.SplitIRI(base)
	t.Cache.Clear()
}

// IRI returns the IRI written as src, which includes the angle brackets. When there
// is a problem, the term is the repaired IRI that lenient reading goes on with, or
// the zero Term when it cannot be repaired.
func (t *Terms) IRI(src []byte) (term.Term, string) {
	slot := t.Cache.Slot(src)
	if slot.Key == string(src) {
		return slot.Term, ""
	}
	key := string(src)
	text := key[1 : len(key)-1]
	problem := ""
	if strings.IndexByte(text, '\\') >= 0 {
		text, problem = unescapeIRI(text)
	}
	result, p := t.MakeIRI(text)
	if problem == "" {
		problem = p
	}
	if problem == "" {
		*slot = CacheEntry{key, result}
	}
	return result, problem
}

// MakeIRI resolves and checks the text of an IRI.
func (t *Terms) MakeIRI(text string) (term.Term, string) {
	original, problem := text, ""
	err := t.checkReference(text)
	if err != nil {
		problem = err.Error()
		text, _ = term.RepairIRI(text)
	}
	if term.SchemeLength(text) == 0 {
		if t.Absolute || t.base.Scheme == "" {
			return term.Term{}, fmt.Sprintf("relative IRI %q where there is no base", original)
		}
		text = t.base.Resolve(text)
	}
	if problem != "" && t.Options.Lenient {
		if term.CheckIRI(text) != nil {
			return term.Term{}, problem
		}
		problem += ", read as " + text
	}
	return term.NewIRI(text), problem
}

// checkReference checks an IRI reference, absolute or relative.
func (t *Terms) checkReference(text string) error {
	if !t.Options.GrammarOnly {
		return term.CheckReference(text)
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c <= ' ' || strings.IndexByte("<>\"{}|^`\\", c) >= 0 {
			return fmt.Errorf("IRI %q: character %q is not allowed here", text, rune(c))
		}
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("IRI %q is not UTF-8", text)
	}
	return nil
}

// BlankNode returns the blank node written as src, which includes "_:".
func (t *Terms) BlankNode(src []byte) term.Term {
	slot := t.Cache.Slot(src)
	if slot.Key == string(src) {
		return slot.Term
	}
	key := string(src)
	label := key[2:]
	if t.Anonymous && strings.HasPrefix(label, "anon") {
		label = "anon_" + label // labels that begin with anon and a digit are for nodes that the reader makes
	}
	if t.Options.BlankNodes != "" {
		label = t.Options.BlankNodes + label
	}
	*slot = CacheEntry{key, term.NewBlankNode(label)}
	return slot.Term
}

// LangString returns a language-tagged string; tag may end in a direction.
func (t *Terms) LangString(lexical string, tag []byte) term.Term {
	name, dir, _ := bytes.Cut(tag, []byte("--"))
	d := term.NoDirection
	switch string(dir) {
	case "ltr":
		d = term.LTR
	case "rtl":
		d = term.RTL
	}
	slot := t.Cache.Slot(name)
	if slot.Key != string(name) { // the cache holds terms only, so a tag is kept as a string literal
		*slot = CacheEntry{string(name), term.NewString(term.CanonicalTag(string(name)))}
	}
	return term.NewDirLangString(lexical, slot.Term.Value(), d)
}

// Text returns the string written as src, without its quotes. When there is a
// problem, at is the byte of src where it lies.
func (t *Terms) Text(src []byte) (s string, at int, problem string) {
	if bytes.IndexByte(src, '\\') >= 0 {
		return unescape(src)
	}
	if !utf8.Valid(src) {
		return "", InvalidUTF8(src), "the text is not UTF-8"
	}
	return string(src), 0, ""
}

// InvalidUTF8 returns where the first byte of b that is not UTF-8 stands.
func InvalidUTF8(b []byte) int {
	i := 0
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n < 2 {
			break
		}
		i += n
	}
	return i
}

// ClosingQuote returns where the unescaped quote q stands in b, -1 if nowhere.
func ClosingQuote(b []byte, q byte) int {
	from := 0
	for {
		n := bytes.IndexByte(b[from:], q)
		if n < 0 {
			return -1
		}
		n += from
		slashes := 0
		for n-slashes > from && b[n-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return n
		}
		from = n + 1
	}
}

// unescape resolves the string escapes of src (Turtle §6.4).
func unescape(src []byte) (s string, at int, problem string) {
	out := make([]byte, 0, len(src))
	for i := 0; i < len(src); {
		n := bytes.IndexByte(src[i:], '\\')
		if n < 0 {
			out = append(out, src[i:]...)
			break
		}
		out = append(out, src[i:i+n]...)
		i += n
		if i+1 == len(src) {
			return "", i, "'\\' at the end of the string"
		}
		if k := bytes.IndexByte([]byte(`tbnrf"'\`), src[i+1]); k >= 0 {
			out = append(out, "\t\b\n\r\f\"'\\"[k])
			i += 2
			continue
		}
		r, length := unicodeEscape(src[i:])
		if length == 0 {
			return "", i, "found " + Found(src[i:]) + ", expected an escape such as \\n, \\u4FDD or \\U0002000B"
		}
		out = utf8.AppendRune(out, r)
		i += length
	}
	if !utf8.Valid(out) {
		return "", InvalidUTF8(src), "the text is not UTF-8"
	}
	return string(out), 0, ""
}

// unicodeEscape reads \uHHHH or \UHHHHHHHH at the start of b; length 0: none.
func unicodeEscape(b []byte) (r rune, length int) {
	switch {
	case len(b) >= 6 && b[1] == 'u':
		length = 6
	case len(b) >= 10 && b[1] == 'U':
		length = 10
	default:
		return 0, 0
	}
	for _, c := range b[2:length] {
		if !IsHex(c) {
			return 0, 0
		}
		d := rune(c & 0xF)
		if c > '9' {
			d += 9
		}
		if r > 0x10FFFF {
			return 0, 0
		}
		r = r<<4 | d
	}
	if !utf8.ValidRune(r) {
		return 0, 0
	}
	return r, length
}

// unescapeIRI resolves the numeric escapes of an IRI.
func unescapeIRI(s string) (text, problem string) {
	var out []byte
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			out = append(out, s[i])
			i++
			continue
		}
		r, n := unicodeEscape([]byte(s[i:min(len(s), i+10)]))
		if n == 0 {
			return s, fmt.Sprintf("IRI %q: '\\' is not the start of \\uHHHH or \\UHHHHHHHH", s)
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return string(out), ""
}

// LangLength measures the language tag, with "@" and direction, at the start
// of b (the LANG_DIR terminal). With a problem it says where.
func LangLength(b []byte) (n int, problem string) {
	i := 1
	for part := 0; ; part++ {
		start := i
		for i < len(b) && (IsLetter(b[i]) || part > 0 && '0' <= b[i] && b[i] <= '9') {
			i++
		}
		if i == start {
			return i, "found " + Found(b[i:]) + ", expected a language tag such as zh-Hant-TW"
		}
		if i-start > 8 {
			return start, "a part of a language tag is longer than 8 characters"
		}
		if i+1 < len(b) && b[i] == '-' && b[i+1] == '-' {
			break
		}
		if i == len(b) || b[i] != '-' {
			return i, ""
		}
		i++
	}
	rest := b[i+2:]
	if (bytes.HasPrefix(rest, []byte("ltr")) || bytes.HasPrefix(rest, []byte("rtl"))) &&
		(len(rest) == 3 || !IsLetter(rest[3])) {
		return i + 5, ""
	}
	return i + 2, "found " + Found(rest) + ", expected a base direction, ltr or rtl"
}

// WellFormedTag reports whether s has the shape of a language tag: parts of
// one to eight letters and digits, the first of letters.
func WellFormedTag(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) < 1 || len(part) > 8 {
			return false
		}
		for k := range len(part) {
			if c := part[k]; !IsLetter(c) && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

// IsLetter reports whether c is an ASCII letter.
func IsLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// BadDatatype refuses the datatypes that only a language tag may give.
func BadDatatype(iri string) string {
	if iri == vocab.RDFLangString || iri == vocab.RDFDirLangString {
		return "datatype " + iri + " without a language tag"
	}
	return ""
}

// BlankNodeLength measures the blank node label, with "_:", at the start of b
// (the BLANK_NODE_LABEL terminal). With a problem it says where.
func BlankNodeLength(b []byte) (n int, problem string) {
	if len(b) < 2 || b[1] != ':' {
		return 0, "found " + Found(b) + ", expected a blank node label such as _:b1"
	}
	i := 2
	for i < len(b) {
		c := b[i]
		if c < utf8.RuneSelf {
			if NameClass[c]&NameChar != 0 && (i > 2 || NameClass[c]&nameLabelStart != 0) || c == '.' && i > 2 {
				i++
				continue
			}
			break
		}
		size := NameRuneLength(b[i:], i > 2)
		if size == 0 {
			break
		}
		i += size
	}
	for i > 2 && b[i-1] == '.' {
		i--
	}
	if i == 2 {
		return i, "found " + Found(b[i:]) + ", expected a blank node label such as _:b1"
	}
	return i, ""
}

// Classes of ASCII characters in names (Turtle §6.5).
const (
	NameStart      = 1 << iota // PN_CHARS_BASE
	nameLabelStart             // PN_CHARS_U or digit
	NameChar                   // PN_CHARS
)

// NameClass holds the classes of each ASCII character. It is constant.
var NameClass = func() (t [128]uint8) {
	for c := range t {
		switch b := byte(c); {
		case IsLetter(b):
			t[c] = NameStart | nameLabelStart | NameChar
		case '0' <= b && b <= '9', b == '_':
			t[c] = nameLabelStart | NameChar
		case b == '-':
			t[c] = NameChar
		}
	}
	return t
}()

// NameRuneLength measures the non-ASCII name character at the start of b; 0:
// there is none.
func NameRuneLength(b []byte, inside bool) int {
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n < 2 || !isNameRune(r, inside) {
		return 0
	}
	return n
}

// isNameRune reports whether a non-ASCII character is PN_CHARS_BASE, or, not
// being the first of a name, PN_CHARS.
func isNameRune(r rune, inside bool) bool {
	switch {
	case r == 0xB7 || 0x300 <= r && r <= 0x36F || 0x203F <= r && r <= 0x2040:
		return inside
	case r < 0xC0 || r == 0xD7 || r == 0xF7 || r == 0x37E:
		return false
	case r <= 0x1FFF, 0x200C <= r && r <= 0x200D, 0x2070 <= r && r <= 0x218F,
		0x2C00 <= r && r <= 0x2FEF, 0x3001 <= r && r <= 0xD7FF,
		0xF900 <= r && r <= 0xFDCF, 0xFDF0 <= r && r <= 0xFFFD, 0x10000 <= r && r <= 0xEFFFF:
		return true
	}
	return false
}
