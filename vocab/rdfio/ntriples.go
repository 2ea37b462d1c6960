package rdfio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

// readNQuads reads N-Triples and N-Quads (RDF 1.2 N-Quads §6.3) line by line.
func readNQuads(ctx context.Context, r io.Reader, o ReadOptions, emit func(term.Quad) error) error {
	p := &lineParser{
		src:    document.NewSource(ctx, r, o.Limits.LiteralBytes),
		terms:  document.NewTerms(o.document()),
		format: o.Format,
		emit:   emit,
	}
	p.terms.Absolute = true
	for {
		b := p.src.Buf[p.src.Pos:p.src.End]
		n := bytes.IndexByte(b, '\n')
		if n < 0 {
			if p.src.Fill() {
				continue
			}
			if b = p.src.Buf[p.src.Pos:p.src.End]; len(b) == 0 {
				return p.src.Err
			}
			n = len(b)
		}
		if err := p.readLine(b[:n]); err != nil {
			return err
		}
		p.src.Pos = min(p.src.Pos+n+1, p.src.End)
		p.src.Mark = p.src.Pos
	}
}

// lineParser reads the statements of one line. The line is b, the next byte
// b[i].
type lineParser struct {
	src    *document.Source
	terms  *document.Terms
	format Format
	emit   func(term.Quad) error
	b      []byte
	i      int
}

// lineFault is a syntax error at byte at of the line.
type lineFault struct {
	at      int
	message string
}

func (f *lineFault) Error() string { return f.message }

// readLine reads a line; a lone CR in it ends a statement too.
func (p *lineParser) readLine(b []byte) error {
	p.b, p.i = b, 0
	for {
		p.space()
		if p.i == len(b) {
			return nil
		}
		err := p.statement()
		if err == nil {
			continue
		}
		var f *lineFault
		if !errors.As(err, &f) {
			return err
		}
		if p.i < len(b) && f.at > len(b) {
			f.at = len(b)
		}
		problem := p.src.Problem(p.src.Pos+f.at, f.message)
		if !p.terms.Options.Lenient {
			return &document.Error{Syntax: p.format.String(), Problem: problem}
		}
		p.terms.Options.OnProblem(problem)
		n := bytes.IndexByte(b[p.i:], '\r')
		if n < 0 {
			return nil
		}
		p.i += n
	}
}

func (p *lineParser) fault(at int, format string, args ...any) error {
	return &lineFault{at, fmt.Sprintf(format, args...)}
}

// space skips blanks, line ends and a comment.
func (p *lineParser) space() {
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '\r':
			p.i++
		case '#':
			n := bytes.IndexByte(p.b[p.i:], '\r')
			if n < 0 {
				p.i = len(p.b)
				return
			}
			p.i += n
		default:
			return
		}
	}
}

func (p *lineParser) blanks() {
	for p.i < len(p.b) && (p.b[p.i] == ' ' || p.b[p.i] == '\t') {
		p.i++
	}
}

// statement reads subject, predicate, object, graph name and dot.
func (p *lineParser) statement() error {
	if c := p.b[p.i]; c == 'V' || c == 'v' {
		return p.version()
	}
	start := p.i
	t, err := p.triple(0)
	if err != nil {
		return err
	}
	q := t.In(term.Term{})
	p.blanks()
	if p.format == NQuads && p.i < len(p.b) && p.b[p.i] != '.' {
		if q.Graph, err = p.node("a graph name or '.'"); err != nil {
			return err
		}
		p.blanks()
	}
	if p.i >= len(p.b) || p.b[p.i] != '.' {
		return p.fault(p.i, "found %s, expected '.' after the statement", document.Found(p.b[p.i:]))
	}
	p.i++
	p.blanks()
	if p.i < len(p.b) && p.b[p.i] != '#' && p.b[p.i] != '\r' {
		return p.fault(p.i, "found %s, expected the end of the line", document.Found(p.b[p.i:]))
	}
	if !q.Valid() { // a term that could not be repaired has been reported
		if p.terms.Options.Lenient {
			return nil
		}
		return p.fault(start, "the statement is no RDF quad")
	}
	return p.emit(q)
}

// triple reads three terms; depth counts the triple terms around them.
func (p *lineParser) triple(depth int) (t term.Triple, err error) {
	if depth > p.terms.Options.Limits.Depth {
		l := &document.LimitError{Limit: "nesting depth", Max: int64(p.terms.Options.Limits.Depth)}
		l.Line, l.Column = p.src.Position(p.src.Pos + p.i)
		return t, l
	}
	if t.Subject, err = p.node("a subject: an IRI or a blank node"); err != nil {
		return t, err
	}
	p.blanks()
	if p.i < len(p.b) && p.b[p.i] == '_' {
		return t, p.fault(p.i, "found a blank node, expected a predicate: an IRI")
	}
	if t.Predicate, err = p.node("a predicate: an IRI"); err != nil {
		return t, err
	}
	p.blanks()
	switch rest := p.b[p.i:]; {
	case len(rest) > 0 && rest[0] == '"':
		t.Object, err = p.literal()
	case bytes.HasPrefix(rest, []byte("<<")):
		t.Object, err = p.tripleTerm(depth)
	default:
		t.Object, err = p.node("an object: an IRI, a blank node, a literal or a triple term")
	}
	return t, err
}

// tripleTerm reads <<( s p o )>>.
func (p *lineParser) tripleTerm(depth int) (term.Term, error) {
	if !bytes.HasPrefix(p.b[p.i:], []byte("<<(")) {
		return term.Term{}, p.fault(p.i, "found '<<', expected '<<(' or another object")
	}
	p.i += 3
	p.blanks()
	t, err := p.triple(depth + 1)
	if err != nil {
		return term.Term{}, err
	}
	p.blanks()
	if !bytes.HasPrefix(p.b[p.i:], []byte(")>>")) {
		return term.Term{}, p.fault(p.i, "found %s, expected ')>>' after the triple term", document.Found(p.b[p.i:]))
	}
	p.i += 3
	if !t.Valid() {
		return term.Term{}, nil
	}
	return term.NewTripleTerm(t), nil
}

// node reads an IRI or a blank node.
func (p *lineParser) node(expected string) (term.Term, error) {
	rest := p.b[p.i:]
	if len(rest) > 1 && rest[0] == '<' && rest[1] != '<' {
		return p.iri()
	}
	if len(rest) > 0 && rest[0] == '_' {
		n, problem := document.BlankNodeLength(rest)
		if problem != "" {
			return term.Term{}, p.fault(p.i+n, "%s", problem)
		}
		p.i += n
		return p.terms.BlankNode(rest[:n]), nil
	}
	return term.Term{}, p.fault(p.i, "found %s, expected %s", document.Found(rest), expected)
}

func (p *lineParser) iri() (term.Term, error) {
	rest := p.b[p.i:]
	n := bytes.IndexByte(rest, '>') + 1
	if n == 0 {
		return term.Term{}, p.fault(p.i, "the IRI has no closing '>'")
	}
	t, problem := p.terms.IRI(rest[:n])
	if problem != "" {
		if !p.terms.Options.Lenient {
			return t, p.fault(p.i, "%s", problem)
		}
		p.terms.Options.OnProblem(p.src.Problem(p.src.Pos+p.i, problem))
	}
	p.i += n
	return t, nil
}

// literal reads a quoted string with its language tag or datatype.
func (p *lineParser) literal() (term.Term, error) {
	rest := p.b[p.i+1:]
	n := document.ClosingQuote(rest, '"')
	if n < 0 {
		return term.Term{}, p.fault(p.i, "the string has no closing '\"' on its line")
	}
	if n > p.terms.Options.Limits.LiteralBytes {
		l := &document.LimitError{Limit: "literal size", Max: int64(p.terms.Options.Limits.LiteralBytes)}
		l.Line, l.Column = p.src.Position(p.src.Pos + p.i)
		return term.Term{}, l
	}
	if j := bytes.IndexByte(rest[:n], '\r'); j >= 0 {
		return term.Term{}, p.fault(p.i+1+j, "a string must not hold an unescaped line end")
	}
	lexical, at, problem := p.terms.Text(rest[:n])
	if problem != "" {
		return term.Term{}, p.fault(p.i+1+at, "%s", problem)
	}
	p.i += n + 2
	p.blanks()
	rest = p.b[p.i:]
	switch {
	case len(rest) > 0 && rest[0] == '@':
		n, problem := document.LangLength(rest)
		if problem != "" {
			return term.Term{}, p.fault(p.i+n, "%s", problem)
		}
		p.i += n
		return p.terms.LangString(lexical, rest[1:n]), nil
	case bytes.HasPrefix(rest, []byte("^^")):
		p.i += 2
		p.blanks()
		if p.i >= len(p.b) || p.b[p.i] != '<' {
			return term.Term{}, p.fault(p.i, "found %s, expected a datatype IRI after '^^'", document.Found(p.b[p.i:]))
		}
		at := p.i
		dt, err := p.iri()
		if err != nil || dt.IsZero() {
			return term.Term{}, err
		}
		if problem := document.BadDatatype(dt.Value()); problem != "" {
			return term.Term{}, p.fault(at, "%s", problem)
		}
		return term.NewLiteral(lexical, dt.Value()), nil
	}
	return term.NewString(lexical), nil
}

// version reads a version directive (RDF 1.2 N-Quads §2.4).
func (p *lineParser) version() error {
	if !hasKeyword(p.b[p.i:], "VERSION") {
		return p.fault(p.i, "found %s, expected a statement", document.Found(p.b[p.i:]))
	}
	p.i += len("VERSION")
	p.blanks()
	if p.i < len(p.b) && (p.b[p.i] == '"' || p.b[p.i] == '\'') {
		if n := document.ClosingQuote(p.b[p.i+1:], p.b[p.i]); n >= 0 {
			p.i += n + 2
			return nil
		}
	}
	return p.fault(p.i, "found %s, expected a version as a quoted string", document.Found(p.b[p.i:]))
}
