package jsonld

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"fincat/vocab/document"
)

// JSON values are nil, bool, jsonNumber, string, []any and *jsonObject. The
// standard decoder's maps would lose the order of members, where they stand in
// the document and the digits of numbers.

// A jsonNumber is a number as it is written.
type jsonNumber string

// A jsonObject keeps its members in order of appearance.
type jsonObject struct {
	members []jsonMember
	index   map[string]int // nil while there are few members
	pos     int            // offset in the document
}

type jsonMember struct {
	key   string
	value any
	pos   int
}

// maxScan is the number of members that are searched without an index.
const maxScan = 12

func newObject(members ...jsonMember) *jsonObject { return &jsonObject{members: members} }

func (o *jsonObject) find(key string) int {
	if len(o.members) <= maxScan {
		for i := range o.members {
			if o.members[i].key == key {
				return i
			}
		}
		return -1
	}
	if o.index == nil {
		o.index = make(map[string]int, len(o.members))
		for i, m := range o.members {
			o.index[m.key] = i
		}
	}
	if i, ok := o.index[key]; ok {
		return i
	}
	return -1
}

func (o *jsonObject) get(key string) (any, bool) {
	if i := o.find(key); i >= 0 {
		return o.members[i].value, true
	}
	return nil, false
}

func (o *jsonObject) has(key string) bool { return o.find(key) >= 0 }

// value returns the value of a member, nil when there is none.
func (o *jsonObject) value(key string) any {
	v, _ := o.get(key)
	return v
}

// object returns the value of a member when that is an object.
func (o *jsonObject) object(key string) *jsonObject {
	v, _ := o.value(key).(*jsonObject)
	return v
}

func (o *jsonObject) set(key string, value any) { o.setAt(key, value, o.pos) }

func (o *jsonObject) setAt(key string, value any, pos int) {
	if i := o.find(key); i >= 0 {
		o.members[i].value = value
		return
	}
	if o.index != nil {
		o.index[key] = len(o.members)
	}
	o.members = append(o.members, jsonMember{key, value, pos})
}

func (o *jsonObject) delete(key string) {
	if i := o.find(key); i >= 0 {
		o.members = append(o.members[:i:i], o.members[i+1:]...)
		o.index = nil
	}
}

// prepend puts a new member before the others.
func (o *jsonObject) prepend(key string, value any) {
	o.members = append([]jsonMember{{key: key, value: value, pos: o.pos}}, o.members...)
	o.index = nil
}

// clone returns a copy that shares the members' values.
func (o *jsonObject) clone() *jsonObject {
	return &jsonObject{members: append([]jsonMember(nil), o.members...), pos: o.pos}
}

// jsonError is a syntax error at an offset.
type jsonError struct {
	pos  int
	msg  string
	deep bool // the nesting limit is passed
}

func (e *jsonError) Error() string { return e.msg }

// A jsonParser reads one JSON text (RFC 8259).
type jsonParser struct {
	ctx   context.Context
	data  []byte
	pos   int
	depth int               // levels still allowed
	count int               // values read
	keys  map[string]string // one copy of each key
	// repaired, when set, is told of faults that can be read past: a trailing
	// comma, a raw control character, bytes that are not UTF-8. A document cut
	// short is an error all the same, so that half never looks like the whole.
	repaired func(pos int, msg string)
	unclean  bool // the text is not all UTF-8
}

// parseJSON reads a JSON text of at most the given depth.
func parseJSON(ctx context.Context, data []byte, depth int) (any, error) {
	p := &jsonParser{ctx: ctx, data: bytes.TrimPrefix(data, []byte("\ufeff")), depth: depth, keys: map[string]string{}}
	return p.document()
}

// document reads the JSON text from the current position to the end.
func (p *jsonParser) document() (any, error) {
	if text := p.data[p.pos:]; !utf8.Valid(text) {
		p.pos += document.InvalidUTF8(text)
		if err := p.repair("the text is not UTF-8"); err != nil {
			return nil, err
		}
		p.pos = len(p.data) - len(text)
		p.unclean = true
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(p.data) {
		return nil, p.errorf("found %s after the end of the JSON text", p.here())
	}
	return v, nil
}

// clean returns a string of the source as valid UTF-8.
func (p *jsonParser) clean(s string) string {
	if p.unclean {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	return s
}

func (p *jsonParser) errorf(format string, args ...any) error {
	return &jsonError{pos: p.pos, msg: fmt.Sprintf(format, args...)}
}

// repair reports a fault that reading can go past, or returns it as an error.
func (p *jsonParser) repair(format string, args ...any) error {
	if p.repaired == nil {
		return p.errorf(format, args...)
	}
	p.repaired(p.pos, fmt.Sprintf(format, args...))
	return nil
}

// here names what stands at the current position.
func (p *jsonParser) here() string { return document.Found(p.data[min(p.pos, len(p.data)):]) }

func (p *jsonParser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *jsonParser) value() (any, error) {
	if p.count++; p.count&0xFFF == 0 {
		if err := p.ctx.Err(); err != nil {
			return nil, err
		}
	}
	p.space()
	if p.pos >= len(p.data) {
		return nil, p.errorf("the document ends where a value is expected")
	}
	switch c := p.data[p.pos]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		return p.string()
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	switch rest := p.data[p.pos:]; {
	case bytes.HasPrefix(rest, []byte("true")):
		p.pos += 4
		return true, nil
	case bytes.HasPrefix(rest, []byte("false")):
		p.pos += 5
		return false, nil
	case bytes.HasPrefix(rest, []byte("null")):
		p.pos += 4
		return nil, nil
	}
	return nil, p.errorf("found %s, expected a value", p.here())
}

func (p *jsonParser) enter() error {
	if p.depth--; p.depth < 0 {
		return &jsonError{p.pos, "too deeply nested", true}
	}
	p.pos++
	return nil
}

// more reads what follows an element: a comma, or the closing bracket. The
// answer is whether another element follows.
func (p *jsonParser) more(end byte, first bool) (bool, error) {
	p.space()
	if p.pos >= len(p.data) {
		return false, p.errorf("the document ends before '%c'", end)
	}
	if p.data[p.pos] == end {
		p.pos++
		return false, nil
	}
	if first {
		return true, nil
	}
	if p.data[p.pos] != ',' {
		return false, p.errorf("found %s, expected ',' or '%c'", p.here(), end)
	}
	comma := p.pos
	p.pos++
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == end {
		p.pos = comma
		if err := p.repair("trailing comma before '%c'", end); err != nil {
			return false, err
		}
		p.pos++
		p.space()
		p.pos++
		return false, nil
	}
	return true, nil
}

func (p *jsonParser) array() (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	a := []any{}
	for {
		more, err := p.more(']', len(a) == 0)
		if err != nil {
			return nil, err
		}
		if !more {
			p.depth++
			return a, nil
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
}

func (p *jsonParser) object() (any, error) {
	o := &jsonObject{pos: p.pos}
	if err := p.enter(); err != nil {
		return nil, err
	}
	for {
		more, err := p.more('}', len(o.members) == 0)
		if err != nil {
			return nil, err
		}
		if !more {
			p.depth++
			return o, nil
		}
		if err := p.member(o); err != nil {
			return nil, err
		}
	}
}

func (p *jsonParser) member(o *jsonObject) error {
	p.space()
	at := p.pos
	if p.pos >= len(p.data) {
		return p.errorf("the document ends where a key is expected")
	}
	if p.data[p.pos] != '"' {
		return p.errorf("found %s, expected a key in quotation marks", p.here())
	}
	key, err := p.key()
	if err != nil {
		return err
	}
	p.space()
	if p.pos >= len(p.data) {
		return p.errorf("the document ends after a key")
	}
	if p.data[p.pos] != ':' {
		return p.errorf("found %s, expected ':'", p.here())
	}
	p.pos++
	v, err := p.value()
	if err != nil {
		return err
	}
	o.setAt(key, v, at)
	return nil
}

// key reads a string that is likely to have been read before.
func (p *jsonParser) key() (string, error) {
	raw := p.data[p.pos+1:]
	end := bytes.IndexByte(raw, '"')
	if end < 0 || end > 128 || bytes.IndexByte(raw[:end], '\\') >= 0 {
		return p.string()
	}
	k, ok := p.keys[string(raw[:end])]
	if !ok {
		s, err := p.string()
		if err == nil {
			p.keys[s] = s
		}
		return s, err
	}
	p.pos += end + 2
	return k, nil
}

func (p *jsonParser) string() (string, error) {
	p.pos++
	start := p.pos
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case c == '"':
			p.pos++
			return p.clean(string(p.data[start : p.pos-1])), nil
		case c == '\\' || c < ' ':
			return p.escaped(start)
		}
		p.pos++
	}
	return "", p.errorf("the document ends inside a string")
}

// escaped reads the rest of a string that has characters to replace.
func (p *jsonParser) escaped(start int) (string, error) {
	var b strings.Builder
	b.Write(p.data[start:p.pos])
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; c {
		case '"':
			p.pos++
			return p.clean(b.String()), nil
		case '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
		default:
			if c < ' ' {
				if err := p.repair("control character %#x in a string", c); err != nil {
					return "", err
				}
			}
			b.WriteByte(c)
			p.pos++
		}
	}
	return "", p.errorf("the document ends inside a string")
}

func (p *jsonParser) escape(b *strings.Builder) error {
	if p.pos+1 >= len(p.data) {
		p.pos++
		return nil // the end of the document is reported by the caller
	}
	c := p.data[p.pos+1]
	if k := strings.IndexByte(`"\/bfnrt`, c); k >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[k])
		p.pos += 2
		return nil
	}
	r, ok := p.unit(p.pos)
	if !ok {
		return p.errorf(`invalid escape \%c in a string`, c)
	}
	p.pos += 6
	if utf16.IsSurrogate(r) {
		low, ok := p.unit(p.pos)
		if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
			r = pair
			p.pos += 6
		} else {
			r = utf8.RuneError // a lone surrogate is no character
		}
	}
	b.WriteRune(r)
	return nil
}

// unit reads \uHHHH at offset at.
func (p *jsonParser) unit(at int) (rune, bool) {
	if at+6 > len(p.data) || p.data[at] != '\\' || p.data[at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.data[at+2:at+6]), 16, 16)
	return rune(n), err == nil
}

func (p *jsonParser) number() (any, error) {
	start := p.pos
	digits := func() bool {
		from := p.pos
		for p.pos < len(p.data) && '0' <= p.data[p.pos] && p.data[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	take := func(chars string) bool {
		ok := p.pos < len(p.data) && strings.IndexByte(chars, p.data[p.pos]) >= 0
		if ok {
			p.pos++
		}
		return ok
	}
	take("-")
	ok := take("0") || digits()
	if ok && take(".") {
		ok = digits()
	}
	if ok && take("eE") {
		take("+-")
		ok = digits()
	}
	if !ok {
		return nil, p.errorf("found %s, expected a digit", p.here())
	}
	return jsonNumber(p.data[start:p.pos]), nil
}

// lineColumn returns the place of an offset, both from 1; columns count
// characters.
func lineColumn(data []byte, pos int) (line, column int) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	before := data[:min(pos, len(data))]
	line = 1 + bytes.Count(before, []byte{'\n'})
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}
