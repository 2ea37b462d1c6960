package rdfxml

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

const xmlNS = "http://www.w3.org/XML/1998/namespace"

// xmlEvent is what the scanner has met.
type xmlEvent uint8

const (
	xmlEnd xmlEvent = iota // an end tag, or the end of an empty element
	xmlStart
	xmlText // character data, CDATA included
	xmlComment
	xmlInstruction
	xmlEOF
)

// xmlScanner reads well-formed XML 1.0 with namespaces as a stream of events.
// It knows the internal entities of a document type declaration and nothing
// external. What an event refers to is valid until the next one.
type xmlScanner struct {
	src     *document.Source
	lenient bool
	problem func(document.Problem)
	depth   int // how many elements may be open

	name   []byte    // of the start tag, or the target of an instruction
	prefix []byte    // of name
	local  []byte    // of name
	ns     string    // the namespace of the start tag
	attrs  []xmlAttr // of the start tag, without namespace declarations
	text   []byte    // character data, comment or instruction

	scratch  []byte
	names    *document.TermCache
	bindings []xmlBinding
	open     []xmlElement
	valueAt  int  // place of the attribute that is being read, for faults; 0: none
	closing  bool // the start tag was of an empty element
	root     bool // the root element has begun
	entities map[string]string
	expanded int  // bytes that entities have made
	broken   bool // not well-formed: nothing can be read after it
}

type xmlAttr struct {
	name, prefix, local []byte
	ns                  string
	value               []byte
	at                  int // where it stands in the window
}

type xmlBinding struct{ prefix, ns string }

type xmlElement struct {
	name     string
	bindings int // length of the bindings outside the element
}

func newXMLScanner(src *document.Source, o document.Options) *xmlScanner {
	return &xmlScanner{
		src: src, lenient: o.Lenient, problem: o.OnProblem, depth: o.Limits.Depth, names: document.NewTermCache(),
		bindings: []xmlBinding{{"xml", xmlNS}, {"", ""}},
		entities: map[string]string{"lt": "<", "gt": ">", "amp": "&", "apos": "'", "quot": `"`},
	}
}

// broke is a fault of well-formedness at bytes after the current position.
func (x *xmlScanner) broke(at int, format string, args ...any) error {
	x.broken = true
	if x.src.Err != nil {
		return x.src.Err
	}
	return &document.Error{Syntax: syntaxName, Problem: x.src.Problem(x.src.Pos+at, fmt.Sprintf(format, args...))}
}

func (x *xmlScanner) rest() []byte { return x.src.Buf[x.src.Pos:x.src.End] }

// next returns the next event.
func (x *xmlScanner) next() (xmlEvent, error) {
	s := x.src
	s.Mark, x.valueAt = s.Pos, 0
	if x.closing {
		x.closing = false
		x.pop()
		return xmlEnd, nil
	}
	if s.End-s.Pos < document.Lookahead && !s.Done {
		s.Fill()
	}
	b := x.rest()
	switch {
	case len(b) == 0:
		return x.atEnd()
	case b[0] != '<':
		return x.characters()
	case len(b) == 1:
		return 0, x.broke(0, "'<' at the end of the document")
	}
	switch b[1] {
	case '/':
		return x.endTag()
	case '?':
		return x.instruction()
	case '!':
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			return x.comment()
		case bytes.HasPrefix(b, []byte("<![CDATA[")) && len(x.open) > 0:
			return x.cdata()
		case bytes.HasPrefix(b, []byte("<!DOCTYPE")) && !x.root:
			if err := x.doctype(); err != nil {
				return 0, err
			}
			return x.next()
		}
		return 0, x.broke(0, "found '<!', which has no place here")
	}
	return x.startTag()
}

func (x *xmlScanner) atEnd() (xmlEvent, error) {
	switch {
	case x.src.Err != nil:
		return 0, x.broke(0, "")
	case len(x.open) > 0:
		return 0, x.broke(0, "the document ends inside <%s>", x.open[len(x.open)-1].name)
	case !x.root:
		return 0, x.broke(0, "the document has no element")
	}
	return xmlEOF, nil
}

func (x *xmlScanner) pop() {
	last := x.open[len(x.open)-1]
	x.bindings = x.bindings[:last.bindings]
	x.open = x.open[:len(x.open)-1]
}

// characters reads text up to the next tag.
func (x *xmlScanner) characters() (xmlEvent, error) {
	n := bytes.IndexByte(x.rest(), '<')
	for n < 0 && x.src.Fill() {
		n = bytes.IndexByte(x.rest(), '<')
	}
	b := x.rest()
	if n < 0 {
		n = len(b)
	}
	if x.src.Err != nil {
		return 0, x.broke(0, "")
	}
	if len(x.open) == 0 && len(bytes.TrimLeft(b[:n], " \t\r\n")) > 0 {
		return 0, x.broke(0, "text outside the root element")
	}
	text, err := x.decode(b[:n], false)
	if err != nil {
		return 0, err
	}
	x.text = text
	x.src.Pos += n
	return xmlText, nil
}

// until returns the length of what precedes a delimiter, after skip bytes.
func (x *xmlScanner) until(skip int, delimiter, what string) (int, error) {
	for {
		b := x.rest()
		if len(b) >= skip {
			if n := bytes.Index(b[skip:], []byte(delimiter)); n >= 0 {
				return n, nil
			}
		}
		if !x.src.Fill() {
			return 0, x.broke(0, "%s without its closing %s", what, delimiter)
		}
	}
}

func (x *xmlScanner) cdata() (xmlEvent, error) {
	n, err := x.until(9, "]]>", "a CDATA section")
	if err != nil {
		return 0, err
	}
	b := x.rest()[9 : 9+n]
	if at := badXMLChar(b); at >= 0 {
		return 0, x.broke(9+at, "found %s, which XML does not allow", document.Found(b[at:]))
	}
	x.text = x.lines(b)
	x.src.Pos += n + 12
	return xmlText, nil
}

func (x *xmlScanner) comment() (xmlEvent, error) {
	n, err := x.until(4, "--", "a comment")
	if err != nil {
		return 0, err
	}
	b := x.rest()
	if len(b) < n+7 || b[n+6] != '>' {
		return 0, x.broke(4+n, "'--' inside a comment")
	}
	x.text = x.lines(b[4 : 4+n])
	x.src.Pos += n + 7
	return xmlComment, nil
}

func (x *xmlScanner) instruction() (xmlEvent, error) {
	n, err := x.until(2, "?>", "a processing instruction")
	if err != nil {
		return 0, err
	}
	b := x.rest()[2 : 2+n]
	i := bytes.IndexAny(b, " \t\r\n")
	if i < 0 {
		i = len(b)
	}
	if xmlNameLength(b[:i]) != i || i == 0 {
		return 0, x.broke(2, "a processing instruction without a name")
	}
	if bytes.EqualFold(b[:i], []byte("xml")) {
		line, col := x.src.Position(x.src.Pos)
		if line != 1 || col != 1 {
			return 0, x.broke(0, "an XML declaration that is not at the start of the document")
		}
	}
	x.name, x.text = b[:i], x.lines(bytes.TrimLeft(b[i:], " \t\r\n"))
	x.src.Pos += n + 4
	return xmlInstruction, nil
}

func (x *xmlScanner) endTag() (xmlEvent, error) {
	n, err := x.until(2, ">", "an end tag")
	if err != nil {
		return 0, err
	}
	name := bytes.TrimRight(x.rest()[2:2+n], " \t\r\n")
	if len(x.open) == 0 || x.open[len(x.open)-1].name != string(name) {
		want := "no end tag"
		if len(x.open) > 0 {
			want = "</" + x.open[len(x.open)-1].name + ">"
		}
		return 0, x.broke(0, "found </%s>, expected %s", name, want)
	}
	x.pop()
	x.src.Pos += n + 3
	return xmlEnd, nil
}

// startTag reads a start tag. When the window ends inside the tag, the window grows
// and the tag is read again from its beginning.
func (x *xmlScanner) startTag() (xmlEvent, error) {
	if x.root && len(x.open) == 0 {
		return 0, x.broke(0, "a second root element")
	}
	for {
		n, err := x.tag(x.rest())
		x.src.Pos += n
		if err != nil {
			return 0, err
		}
		if n > 0 {
			return xmlStart, nil
		}
		if !x.src.Fill() {
			return 0, x.broke(0, "a start tag without its closing '>'")
		}
	}
}

// tag parses the start tag in b and returns its length, 0 when b is too short.
func (x *xmlScanner) tag(b []byte) (int, error) {
	i := 1 + xmlNameLength(b[1:])
	if i == len(b) {
		return 0, nil
	}
	if i == 1 {
		return 0, x.broke(0, "found %s, expected a tag", document.Found(b[:min(len(b), 2)]))
	}
	x.name = b[1:i]
	x.attrs, x.scratch = x.attrs[:0], x.scratch[:0]
	mark := len(x.bindings)
	for {
		start := i
		i += document.SpaceLength(b[i:])
		if i+1 >= len(b) {
			x.bindings = x.bindings[:mark]
			return 0, nil
		}
		if b[i] == '>' || b[i] == '/' && b[i+1] == '>' {
			break
		}
		if i == start {
			return 0, x.broke(i, "found %s inside a start tag", document.Found(b[i:]))
		}
		n, err := x.attribute(b, i)
		if n == 0 || err != nil {
			x.bindings = x.bindings[:mark]
			return 0, err
		}
		i = n
	}
	if b[i] == '/' {
		i++
		x.closing = true
	}
	slot := x.names.Slot(x.name)
	if slot.Key != string(x.name) {
		*slot = document.CacheEntry{Key: string(x.name), Term: term.Term{}}
	}
	if len(x.open) >= x.depth {
		x.broken = true
		l := &document.LimitError{Limit: "nesting depth", Max: int64(x.depth)}
		l.Line, l.Column = x.src.Position(x.src.Pos)
		return 0, l
	}
	x.open = append(x.open, xmlElement{slot.Key, mark})
	x.root = true
	return i + 1, x.resolve()
}

// attribute parses the attribute at b[i] and returns where it ends, 0 when b
// is too short.
func (x *xmlScanner) attribute(b []byte, i int) (int, error) {
	n := xmlNameLength(b[i:])
	if n == 0 {
		return 0, x.broke(i, "found %s, expected an attribute", document.Found(b[i:]))
	}
	name, at := b[i:i+n], x.src.Pos+i
	i += n
	i += document.SpaceLength(b[i:])
	if i >= len(b) {
		return 0, nil
	}
	if b[i] != '=' {
		return 0, x.broke(i, "found %s, expected '=' after the attribute %s", document.Found(b[i:]), name)
	}
	i++
	i += document.SpaceLength(b[i:])
	if i >= len(b) {
		return 0, nil
	}
	if b[i] != '"' && b[i] != '\'' {
		return 0, x.broke(i, "found %s, expected the quoted value of the attribute %s", document.Found(b[i:]), name)
	}
	n = bytes.IndexByte(b[i+1:], b[i])
	if n < 0 {
		return 0, nil
	}
	raw := b[i+1 : i+1+n]
	if at := bytes.IndexByte(raw, '<'); at >= 0 {
		return 0, x.broke(i+1+at, "'<' in the value of the attribute %s", name)
	}
	value, err := x.decode(raw, true)
	if err != nil {
		return 0, err
	}
	prefix, local := splitName(name)
	switch {
	case len(prefix) == 0 && string(local) == "xmlns":
		x.bindings = append(x.bindings, xmlBinding{"", string(value)})
	case string(prefix) == "xmlns":
		if len(value) == 0 {
			return 0, x.broke(i, "prefix %s bound to nothing", local)
		}
		x.bindings = append(x.bindings, xmlBinding{string(local), string(value)})
	default:
		x.attrs = append(x.attrs, xmlAttr{name: name, prefix: prefix, local: local, value: value, at: at})
	}
	return i + n + 2, nil
}

// resolve finds the namespaces of the tag and of its attributes.
func (x *xmlScanner) resolve() error {
	var ok bool
	x.prefix, x.local = splitName(x.name)
	if x.ns, ok = x.namespace(x.prefix); !ok {
		return x.undeclared(x.prefix)
	}
	for i := range x.attrs {
		a := &x.attrs[i]
		if len(a.prefix) > 0 {
			if a.ns, ok = x.namespace(a.prefix); !ok {
				return x.undeclared(a.prefix)
			}
		}
		for _, other := range x.attrs[:i] {
			if bytes.Equal(other.local, a.local) && other.ns == a.ns {
				return x.broke(0, "two attributes %s", a.name)
			}
		}
	}
	return nil
}

func (x *xmlScanner) undeclared(prefix []byte) error {
	err := x.broke(0, "prefix %q is not declared", string(prefix)+":")
	x.broken = false // a lenient reader goes on after the element
	return err
}

// namespace returns what a prefix is bound to.
func (x *xmlScanner) namespace(prefix []byte) (string, bool) {
	for i := len(x.bindings) - 1; i >= 0; i-- {
		if x.bindings[i].prefix == string(prefix) {
			return x.bindings[i].ns, true
		}
	}
	return "", false
}

func splitName(name []byte) (prefix, local []byte) {
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return nil, name
}

// xmlNameLength measures the Name at the start of b (XML 1.0 §2.3).
func xmlNameLength(b []byte) int {
	i := 0
	for i < len(b) {
		c := b[i]
		if c < utf8.RuneSelf {
			class := document.NameClass[c]
			if class&document.NameStart == 0 && c != '_' && c != ':' &&
				(i == 0 || class&document.NameChar == 0 && c != '.') {
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
	return i
}

// isNCName reports whether s is a Name without a colon.
func isNCName(s []byte) bool {
	return len(s) > 0 && xmlNameLength(s) == len(s) && bytes.IndexByte(s, ':') < 0
}

// lines normalises line ends to LF (XML 1.0 §2.11).
func (x *xmlScanner) lines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}

// badXMLChar returns where b has a byte that is no part of an XML character,
// -1 when nowhere.
func badXMLChar(b []byte) int {
	ascii := true
	for i, c := range b {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return i
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n < 2 || r == 0xFFFE || r == 0xFFFF {
			return i
		}
		i += n
	}
	return -1
}

// decode checks text or an attribute value and resolves its references. The
// result is raw itself when there is nothing to do.
func (x *xmlScanner) decode(raw []byte, attribute bool) ([]byte, error) {
	plain := true
	for i, c := range raw {
		if c >= ' ' && c < utf8.RuneSelf && c != '&' && c != ']' || c == '\n' && !attribute {
			continue
		}
		plain = false
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return nil, x.broke(x.offset(raw, i), "found %s, which XML does not allow", document.Found(raw[i:]))
		}
	}
	if plain {
		return raw, nil
	}
	if at := badXMLChar(raw); at >= 0 {
		return nil, x.broke(x.offset(raw, at), "found %s, which XML does not allow", document.Found(raw[at:]))
	}
	if at := bytes.Index(raw, []byte("]]>")); at >= 0 && !attribute {
		return nil, x.broke(x.offset(raw, at), "']]>' in text")
	}
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 &&
		(!attribute || !bytes.ContainsAny(raw, "\t\n")) {
		return raw, nil
	}
	return x.references(raw, attribute)
}

// offset returns how far raw[i] is from the current position.
func (x *xmlScanner) offset(raw []byte, i int) int {
	return cap(x.src.Buf[x.src.Pos:]) - cap(raw) + i
}

// references resolves entity and character references and normalises white
// space (XML 1.0 §3.3.3, §4.4).
func (x *xmlScanner) references(raw []byte, attribute bool) ([]byte, error) {
	out := make([]byte, 0, len(raw)+16)
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '&':
			n, err := x.reference(&out, raw, i)
			if err != nil {
				return nil, err
			}
			i += n - 1
		case c == '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				continue
			}
			out = append(out, lineEnd(attribute))
		case attribute && (c == '\n' || c == '\t'):
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	return out, nil
}

func lineEnd(attribute bool) byte {
	if attribute {
		return ' '
	}
	return '\n'
}

// reference appends what the reference at raw[i] stands for and returns its
// length.
func (x *xmlScanner) reference(out *[]byte, raw []byte, i int) (int, error) {
	n := bytes.IndexByte(raw[i:], ';')
	if n > 1 && n < 200 {
		name := raw[i+1 : i+n]
		if name[0] == '#' {
			if r, ok := characterReference(name[1:]); ok {
				*out = utf8.AppendRune(*out, r)
				return n + 1, nil
			}
		} else if text, ok := x.entities[string(name)]; ok {
			x.expanded += len(text)
			if x.expanded > 8<<20 {
				x.broken = true
				l := &document.LimitError{Limit: "text made by entities", Max: 8 << 20}
				l.Line, l.Column = x.src.Position(x.src.Pos)
				return 0, l
			}
			*out = append(*out, text...)
			return n + 1, nil
		}
	}
	shown := raw[i : i+1+min(20, xmlNameLength(raw[i+1:]))]
	at, message := x.offset(raw, i), fmt.Sprintf("found %q, expected &amp; or another reference", shown)
	if !x.lenient {
		return 0, x.broke(at, "%s", message)
	}
	x.problem(x.src.Problem(x.src.Pos+at, message))
	*out = append(*out, '&')
	return 1, nil
}

func characterReference(digits []byte) (rune, bool) {
	base := rune(10)
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	var r rune
	for _, c := range digits {
		if !document.IsHex(c) || base == 10 && c > '9' || r > utf8.MaxRune {
			return 0, false
		}
		d := rune(c & 0xF)
		if c > '9' {
			d += 9
		}
		r = r*base + d
	}
	valid := r == '\t' || r == '\n' || r == '\r' || r >= ' ' && utf8.ValidRune(r) && r != 0xFFFE && r != 0xFFFF
	return r, valid && len(digits) > 0
}

// doctype reads a document type declaration for the entities that it declares
// itself; everything else in it is skipped.
func (x *xmlScanner) doctype() error {
	i, depth := 9, 0
	for {
		b := x.rest()
		if i >= len(b) {
			if !x.src.Fill() {
				return x.broke(0, "a document type declaration without its end")
			}
			continue
		}
		n := 1
		switch c := b[i]; {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth == 0:
			x.src.Pos += i + 1
			return nil
		case c == '"' || c == '\'':
			n = quotedLength(b[i:], string(c))
		case bytes.HasPrefix(b[i:], []byte("<!--")):
			n = quotedLength(b[i:], "-->")
		case bytes.HasPrefix(b[i:], []byte("<?")):
			n = quotedLength(b[i:], "?>")
		case bytes.HasPrefix(b[i:], []byte("<!ENTITY")) && depth == 1:
			n = declarationLength(b[i:])
			if n > 0 {
				if err := x.entity(b[i+8:i+n-1], i); err != nil {
					return err
				}
			}
		case c == '<' && len(b)-i < 8:
			n = 0
		}
		if n == 0 {
			if !x.src.Fill() {
				return x.broke(0, "a document type declaration without its end")
			}
			continue
		}
		i += n
	}
}

// quotedLength measures b up to and with a delimiter after its first byte.
func quotedLength(b []byte, delimiter string) int {
	if n := bytes.Index(b[1:], []byte(delimiter)); n >= 0 {
		return 1 + n + len(delimiter)
	}
	return 0
}

// declarationLength measures <!ENTITY … >, whose value may contain '>'.
func declarationLength(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"', '\'':
			n := quotedLength(b[i:], string(b[i]))
			if n == 0 {
				return 0
			}
			i += n - 1
		case '>':
			return i + 1
		}
	}
	return 0
}

// entity declares a general entity; external ones stay unknown.
func (x *xmlScanner) entity(b []byte, at int) error {
	b = bytes.TrimSpace(b)
	n := xmlNameLength(b)
	value := bytes.TrimSpace(b[n:])
	if n == 0 || len(value) < 2 || value[0] != '"' && value[0] != '\'' || value[len(value)-1] != value[0] {
		return nil
	}
	name := string(b[:n])
	if _, ok := x.entities[name]; ok {
		return nil // the first declaration counts
	}
	if len(x.entities) > 10_000 {
		return x.broke(at, "more than 10,000 entities")
	}
	text, err := x.references(value[1:len(value)-1], false)
	if err != nil {
		return err
	}
	if strings.IndexByte(string(text), '<') >= 0 {
		return x.broke(at, "entity %s contains markup, which is not read", name)
	}
	x.entities[name] = string(text)
	return nil
}
