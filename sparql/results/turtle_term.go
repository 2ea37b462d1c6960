package results

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"fincat/vocab/term"
)

// parseTerm reads one term in the syntax that SPARQL and Turtle share, as §4 of
// the TSV format asks: no prefixed names, because there are no prefixes.
func parseTerm(s string, depth int) (term.Term, error) {
	p := termParser{s: s}
	t, err := p.term(depth)
	if err != nil {
		return term.Term{}, fmt.Errorf("character %d: %w", p.i, err)
	}
	if p.i < len(s) {
		return term.Term{}, fmt.Errorf("character %d: text %.40q after the term", p.i, s[p.i:])
	}
	return t, nil
}

type termParser struct {
	s string
	i int
}

func (p *termParser) rest() string { return p.s[p.i:] }

func (p *termParser) accept(prefix string) bool {
	if !strings.HasPrefix(p.rest(), prefix) {
		return false
	}
	p.i += len(prefix)
	return true
}

func (p *termParser) space() {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
}

func (p *termParser) term(depth int) (term.Term, error) {
	switch {
	case p.accept("<<("):
		return p.triple(depth)
	case p.accept("<"):
		iri, err := p.iri()
		if err != nil {
			return term.Term{}, err
		}
		return makeIRI(iri)
	case p.accept("_:"):
		return makeBlankNode(p.word())
	case strings.HasPrefix(p.rest(), `"`), strings.HasPrefix(p.rest(), "'"):
		return p.literal()
	}
	w := p.word()
	if w == "true" || w == "false" {
		return term.NewLiteral(w, xsdBoolean), nil
	}
	if dt := numberDatatype(w); dt != "" {
		return term.NewLiteral(w, dt), nil
	}
	return term.Term{}, fmt.Errorf("%.80q is not a term", w)
}

// word reads up to the next space, which ends a term within a triple term.
func (p *termParser) word() string {
	w, _, _ := strings.Cut(p.rest(), " ")
	p.i += len(w)
	return w
}

func (p *termParser) triple(depth int) (term.Term, error) {
	if depth <= 0 {
		return term.Term{}, fmt.Errorf("triple terms are nested %w", ErrLimit)
	}
	var parts [3]term.Term
	for i := range parts {
		p.space()
		t, err := p.term(depth - 1)
		if err != nil {
			return term.Term{}, err
		}
		parts[i] = t
	}
	p.space()
	if !p.accept(")>>") {
		return term.Term{}, errUnfinished
	}
	return makeTripleTerm(parts[0], parts[1], parts[2])
}

// iri reads an IRI after its "<".
func (p *termParser) iri() (string, error) {
	end := strings.IndexByte(p.rest(), '>')
	if end < 0 {
		return "", errUnfinished
	}
	text := p.s[p.i : p.i+end]
	if strings.IndexByte(text, '\\') < 0 {
		p.i += end + 1
		return text, nil
	}
	stop := p.i + end
	var b strings.Builder
	for p.i < stop {
		if p.s[p.i] != '\\' {
			b.WriteByte(p.s[p.i])
			p.i++
			continue
		}
		r, err := p.codePoint()
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
	}
	p.i = stop + 1
	return b.String(), nil
}

func (p *termParser) literal() (term.Term, error) {
	value, err := p.quoted()
	if err != nil {
		return term.Term{}, err
	}
	switch {
	case p.accept("^^<"):
		dt, err := p.iri()
		if err != nil {
			return term.Term{}, err
		}
		if dt == "" {
			return term.Term{}, errors.New("the datatype is empty")
		}
		return makeLiteral(value, dt, "", "")
	case p.accept("@"):
		tag, dir, has := strings.Cut(p.word(), "--")
		if tag == "" || has && dir == "" {
			return term.Term{}, errors.New("the language tag is empty")
		}
		return makeLiteral(value, "", tag, dir)
	}
	return term.NewString(value), nil
}

// quoted reads a string with one or three quotation marks on either side.
func (p *termParser) quoted() (string, error) {
	mark := p.s[p.i : p.i+1]
	if long := strings.Repeat(mark, 3); strings.HasPrefix(p.rest(), long) {
		mark = long
	}
	p.i += len(mark)
	var b strings.Builder
	for p.i < len(p.s) {
		if p.accept(mark) {
			for len(mark) == 3 && p.accept(mark[:1]) { // """a"""": the last three close
				b.WriteString(mark[:1])
			}
			return b.String(), nil
		}
		if p.s[p.i] != '\\' {
			b.WriteByte(p.s[p.i])
			p.i++
			continue
		}
		if p.i+1 < len(p.s) {
			if k := strings.IndexByte(`tbnrf"'\`, p.s[p.i+1]); k >= 0 {
				b.WriteByte("\t\b\n\r\f\"'\\"[k])
				p.i += 2
				continue
			}
		}
		r, err := p.codePoint()
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
	}
	return "", errUnfinished
}

// codePoint reads \uHHHH or \UHHHHHHHH.
func (p *termParser) codePoint() (rune, error) {
	n := 0
	switch {
	case p.accept(`\u`):
		n = 4
	case p.accept(`\U`):
		n = 8
	default:
		return 0, errors.New("an unknown escape")
	}
	if p.i+n > len(p.s) {
		return 0, errUnfinished
	}
	v, err := strconv.ParseUint(p.s[p.i:p.i+n], 16, 32)
	if err != nil || !utf8.ValidRune(rune(v)) || v > utf8.MaxRune {
		return 0, fmt.Errorf("%q is not a code point", p.s[p.i:p.i+n])
	}
	p.i += n
	return rune(v), nil
}
