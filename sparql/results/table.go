package results

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"fincat/vocab/term"
)

// tableSample is how many solutions are held back to find the widths of the
// columns. Later fields that are wider push the rest of their line to the right.
const tableSample = 200

// tableEncoder writes aligned columns. East Asian wide characters count as two
// cells (Unicode Standard Annex 11).
type tableEncoder struct {
	vars   []string
	held   [][]string
	widths []int
	begun  bool
}

func (e *tableEncoder) head(b []byte) []byte { return b }

func (e *tableEncoder) solution(b []byte, s Solution) ([]byte, error) {
	row := make([]string, len(s))
	for i, t := range s {
		row[i] = tableText(t)
	}
	if e.begun {
		return e.appendRow(b, row), nil
	}
	e.held = append(e.held, row)
	if len(e.held) < tableSample {
		return b, nil
	}
	return e.release(b), nil
}

func (e *tableEncoder) foot(b []byte) []byte { return e.release(b) }

func (e *tableEncoder) fail(b []byte, message string) []byte {
	b = e.release(b)
	return append(append(append(b, "incomplete: "...), printable(message)...), '\n')
}

// release writes the heading and the held solutions.
func (e *tableEncoder) release(b []byte) []byte {
	if e.begun {
		return b
	}
	e.begun = true
	e.widths = make([]int, len(e.vars))
	for i, v := range e.vars {
		e.widths[i] = displayWidth(v)
		for _, row := range e.held {
			e.widths[i] = max(e.widths[i], displayWidth(row[i]))
		}
	}
	b = e.appendRow(b, e.vars)
	rules := make([]string, len(e.vars))
	for i, w := range e.widths {
		rules[i] = strings.Repeat("─", w)
	}
	b = e.appendRow(b, rules)
	for _, row := range e.held {
		b = e.appendRow(b, row)
	}
	e.held = nil
	return b
}

func (e *tableEncoder) appendRow(b []byte, row []string) []byte {
	for i, field := range row {
		if i > 0 {
			b = append(b, "  "...)
		}
		b = append(b, field...)
		if i < len(row)-1 {
			for n := e.widths[i] - displayWidth(field); n > 0; n-- {
				b = append(b, ' ')
			}
		}
	}
	return append(b, '\n')
}

// tableText prints numbers, booleans and plain strings bare and everything
// else as N-Triples, with the datatype shortened to its prefix xsd.
func tableText(t term.Term) string {
	switch {
	case t.IsIRI(), t.IsBlankNode(), t.IsTripleTerm(), t.IsZero():
		return printable(t.String())
	case t.IsString(), isNumberToken(t), t.Datatype() == xsdBoolean:
		return printable(t.Value())
	case t.Lang() != "":
		s := printable(t.Value()) + "@" + t.Lang()
		if d := t.Direction(); d != term.NoDirection {
			s += "--" + d.String()
		}
		return s
	}
	dt := "<" + t.Datatype() + ">"
	if local, ok := strings.CutPrefix(t.Datatype(), xsdNamespace); ok {
		dt = "xsd:" + local
	}
	return printable(t.Value()) + "^^" + printable(dt)
}

// printable replaces line ends and control characters. They would break the
// line, and some would be commands to a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '⏎'
		case r == '\t' || unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return '\uFFFD'
		}
		return r
	}, s)
}

// displayWidth is the number of terminal cells s takes.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < 0x300:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		default:
			switch width.LookupRune(r).Kind() {
			case width.EastAsianWide, width.EastAsianFullwidth:
				n += 2
			default:
				n++
			}
		}
	}
	return n
}
