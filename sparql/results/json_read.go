package results

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"fincat/vocab/term"
)

// jsonDecoder walks the tokens of the document, so that solutions come out
// while the rest is still on its way.
type jsonDecoder struct {
	d       *jsontext.Decoder
	l       Limits
	cols    columns
	named   bool // the head has been read
	text    []byte
	early   *jsonDecoder // results that stood before the head
	interns map[string]string
}

func newJSONDecoder(r io.Reader, l Limits) *jsonDecoder {
	return &jsonDecoder{d: jsontext.NewDecoder(r), l: l, interns: map[string]string{}}
}

func (d *jsonDecoder) header() (header, error) {
	if err := d.expect('{'); err != nil {
		return header{}, err
	}
	h := header{}
	for d.d.PeekKind() == '"' {
		name, err := d.str()
		if err != nil {
			return h, err
		}
		switch string(name) {
		case "head":
			if err := d.head(&h); err != nil {
				return h, err
			}
		case "boolean":
			if h.boolean, err = d.boolean(); err != nil {
				return h, err
			}
			h.isBoolean = true
		case "results":
			if d.named {
				return h, d.enterResults()
			}
			if err := d.setAside(); err != nil {
				return h, err
			}
		default:
			if err := d.other(string(name)); err != nil {
				return h, err
			}
		}
	}
	if err := d.endDocument(); err != nil {
		return h, err
	}
	switch {
	case d.early != nil:
		d.early.cols = d.cols
		return h, d.early.enterResults()
	case !h.isBoolean:
		return h, errors.New(`the document has neither "results" nor "boolean"`)
	}
	return h, nil
}

// setAside keeps results that come before the head, within the limit of one
// solution.
func (d *jsonDecoder) setAside() error {
	v, err := d.d.ReadValue()
	if err != nil {
		return err
	}
	d.early = &jsonDecoder{d: jsontext.NewDecoder(bytes.NewReader(v.Clone())), l: d.l, interns: d.interns, named: true}
	return nil
}

func (d *jsonDecoder) head(h *header) error {
	if err := d.expect('{'); err != nil {
		return err
	}
	for d.d.PeekKind() == '"' {
		name, err := d.str()
		if err != nil {
			return err
		}
		if string(name) != "vars" {
			if err := d.d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		if err := d.expect('['); err != nil {
			return err
		}
		for d.d.PeekKind() == '"' {
			v, err := d.str()
			if err != nil {
				return err
			}
			h.vars = append(h.vars, string(v))
		}
		if err := d.expect(']'); err != nil {
			return err
		}
	}
	var err error
	if d.cols, err = newColumns(h.vars, d.l); err != nil {
		return err
	}
	d.named = true
	return d.expect('}')
}

// enterResults reads up to the first solution.
func (d *jsonDecoder) enterResults() error {
	if err := d.expect('{'); err != nil {
		return err
	}
	for d.d.PeekKind() == '"' {
		name, err := d.str()
		if err != nil {
			return err
		}
		if string(name) == "bindings" {
			return d.expect('[')
		}
		if err := d.d.SkipValue(); err != nil {
			return err
		}
	}
	return errors.New(`"results" has no "bindings"`)
}

func (d *jsonDecoder) next() (Solution, error) {
	if d.early != nil {
		return d.early.next()
	}
	switch d.d.PeekKind() {
	case '{':
		return d.solution()
	case ']':
		if err := d.expect(']'); err != nil {
			return nil, err
		}
		if err := d.endResults(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	return nil, d.unexpected("a solution")
}

// endResults reads what follows the last solution.
func (d *jsonDecoder) endResults() error {
	for d.d.PeekKind() == '"' {
		if _, err := d.str(); err != nil {
			return err
		}
		if err := d.d.SkipValue(); err != nil {
			return err
		}
	}
	if err := d.expect('}'); err != nil {
		return err
	}
	if d.d.StackDepth() == 0 { // results set aside
		return nil
	}
	for d.d.PeekKind() == '"' {
		name, err := d.str()
		if err != nil {
			return err
		}
		if err := d.other(string(name)); err != nil {
			return err
		}
	}
	return d.endDocument()
}

// other passes over a member the format does not define, save the mark of an
// incomplete result.
func (d *jsonDecoder) other(name string) error {
	if name == "error" && d.d.PeekKind() == '"' {
		s, err := d.str()
		if err != nil {
			return err
		}
		return &FailedError{Message: string(s)}
	}
	return d.d.SkipValue()
}

func (d *jsonDecoder) endDocument() error {
	if err := d.expect('}'); err != nil {
		return err
	}
	_, err := d.d.ReadToken()
	return afterEnd(err)
}

func (d *jsonDecoder) solution() (Solution, error) {
	if err := d.expect('{'); err != nil {
		return nil, err
	}
	s := make(Solution, len(d.cols.vars))
	for d.d.PeekKind() == '"' {
		name, err := d.str()
		if err != nil {
			return nil, err
		}
		key := d.intern(name)
		t, err := d.term(0)
		if err != nil {
			return nil, fmt.Errorf("?%s: %w", key, err)
		}
		if err := d.cols.put(s, key, t); err != nil {
			return nil, err
		}
	}
	return s, d.expect('}')
}

// term reads an RDF term as §3.2.2 of the format has it. The members come in
// any order.
func (d *jsonDecoder) term(depth int) (term.Term, error) {
	if depth > d.l.Depth {
		return term.Term{}, fmt.Errorf("triple terms are nested %w of %d", ErrLimit, d.l.Depth)
	}
	if err := d.expect('{'); err != nil {
		return term.Term{}, err
	}
	var kind, value, datatype, lang, dir string
	var valued bool
	var triple term.Term
	for d.d.PeekKind() == '"' {
		name, err := d.str()
		if err != nil {
			return term.Term{}, err
		}
		key := d.intern(name)
		if key == "value" && d.d.PeekKind() == '{' {
			if triple, err = d.triple(depth); err != nil {
				return term.Term{}, err
			}
			continue
		}
		var v []byte
		switch key {
		case "type", "datatype", "xml:lang", "its:dir", "direction", "value":
			if v, err = d.str(); err != nil {
				return term.Term{}, err
			}
		default:
			if err := d.d.SkipValue(); err != nil {
				return term.Term{}, err
			}
		}
		switch key {
		case "type":
			kind = d.intern(v)
		case "datatype":
			datatype = d.intern(v)
		case "xml:lang":
			lang = d.intern(v)
		case "its:dir", "direction":
			dir = d.intern(v)
		case "value":
			value, valued = string(v), true
		}
	}
	if err := d.expect('}'); err != nil {
		return term.Term{}, err
	}
	switch {
	case kind == "triple" && !triple.IsZero():
		return triple, nil
	case !valued:
		return term.Term{}, fmt.Errorf("a term of type %.80q without a fitting value", kind)
	}
	switch kind {
	case "uri":
		return makeIRI(value)
	case "bnode":
		return makeBlankNode(value)
	case "literal", "typed-literal": // the latter from the Note of 2007
		return makeLiteral(value, datatype, lang, dir)
	}
	return term.Term{}, fmt.Errorf("%.80q is not a type of term", kind)
}

func (d *jsonDecoder) triple(depth int) (term.Term, error) {
	if err := d.expect('{'); err != nil {
		return term.Term{}, err
	}
	var s, p, o term.Term
	for d.d.PeekKind() == '"' {
		name, err := d.str()
		if err != nil {
			return term.Term{}, err
		}
		var to *term.Term
		switch string(name) {
		case "subject":
			to = &s
		case "predicate":
			to = &p
		case "object":
			to = &o
		default:
			return term.Term{}, fmt.Errorf("a triple term has a member %.80q", name)
		}
		if *to, err = d.term(depth + 1); err != nil {
			return term.Term{}, err
		}
	}
	if err := d.expect('}'); err != nil {
		return term.Term{}, err
	}
	return makeTripleTerm(s, p, o)
}

func (d *jsonDecoder) expect(k jsontext.Kind) error {
	if d.d.PeekKind() != k {
		return d.unexpected(fmt.Sprintf("%q", byte(k)))
	}
	_, err := d.d.ReadToken()
	return err
}

// unexpected explains why the next token is not the wanted one: it may be
// another token, not JSON at all, or missing.
func (d *jsonDecoder) unexpected(want string) error {
	t, err := d.d.ReadToken()
	if err != nil {
		return err
	}
	return fmt.Errorf("byte %d: found %.80q, expected %s", d.d.InputOffset(), t.String(), want)
}

func (d *jsonDecoder) boolean() (bool, error) {
	t, err := d.d.ReadToken()
	if err != nil {
		return false, err
	}
	if k := t.Kind(); k != 't' && k != 'f' {
		return false, fmt.Errorf(`"boolean" is %.80q`, t.String())
	}
	return t.Bool(), nil
}

// str reads a string; it is valid until the next call.
func (d *jsonDecoder) str() ([]byte, error) {
	if d.d.PeekKind() != '"' {
		return nil, d.unexpected("a string")
	}
	v, err := d.d.ReadValue()
	if err != nil {
		return nil, err
	}
	d.text, err = jsontext.AppendUnquote(d.text[:0], v)
	return d.text, err
}

// intern keeps one copy of the strings that return in every solution.
func (d *jsonDecoder) intern(b []byte) string {
	if s, ok := d.interns[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(d.interns) < 1000 && len(s) < 200 {
		d.interns[s] = s
	}
	return s
}
