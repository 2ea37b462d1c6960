package rdfio

import (
	"bytes"
	"errors"

	"fincat/vocab/document"
)

// errSkip ends a statement whose fault has been reported.
var errSkip = errors.New("rdfio: statement skipped")

// report hands a syntax error to OnProblem when reading is lenient. What it
// returns ends reading.
func (p *turtleParser) report(err error) error {
	var e *document.Error
	switch {
	case errors.Is(err, errSkip):
		return nil
	case !p.Options.Lenient || !errors.As(err, &e):
		return err
	}
	p.Options.OnProblem(e.Problem)
	return nil
}

// recoverInList reports a fault among the properties of a subject and skips to
// the next ';' of the same level, or to what ends the list.
func (p *turtleParser) recoverInList(err error) error {
	if errors.Is(err, errSkip) {
		return err
	}
	if err := p.report(err); err != nil {
		return err
	}
	level := 0
	for {
		c, ok := p.next()
		if !ok {
			return errSkip
		}
		if p.startsDirective() {
			return errSkip
		}
		switch c {
		case ';':
			if level == 0 {
				return nil
			}
		case '[', '(', '{':
			level++
		case ']', ')', '}':
			if level == 0 {
				return nil
			}
			level--
		case '.':
			if p.dotEnds() {
				if p.depth == 0 {
					return nil
				}
				return errSkip
			}
		}
		p.skipToken(c)
	}
}

// recoverInGraph does the same among the statements of a graph.
func (p *turtleParser) recoverInGraph(err error) error {
	if err := p.report(err); err != nil {
		return err
	}
	p.depth = 0
	for {
		c, ok := p.next()
		switch {
		case !ok:
			return errSkip
		case c == '}':
			return nil
		case c == '.' && p.dotEnds():
			p.src.Pos++
			return nil
		}
		p.skipToken(c)
	}
}

// skipStatement moves behind the end of the statement that begins at an offset.
func (p *turtleParser) skipStatement(start int64) {
	for {
		c, ok := p.next()
		if !ok || p.startsDirective() && p.src.Offset() > start {
			return
		}
		if c == '.' && p.dotEnds() || c == '}' && p.trig {
			p.src.Pos++
			return
		}
		p.skipToken(c)
	}
}

// dotEnds reports whether the '.' that comes next is not part of something.
func (p *turtleParser) dotEnds() bool {
	b := p.rest()
	return len(b) == 1 || bytes.IndexByte([]byte(" \t\r\n#}]<_@"), b[1]) >= 0
}

// startsDirective reports whether a directive stands at the start of a line.
func (p *turtleParser) startsDirective() bool {
	s := p.src
	if s.Pos > 0 && s.Buf[s.Pos-1] != '\n' && s.Buf[s.Pos-1] != '\r' {
		return false
	}
	b := p.rest()
	for _, w := range [...]string{"@prefix", "@base", "PREFIX ", "BASE "} {
		if len(b) > len(w) && bytes.EqualFold(b[:len(w)], []byte(w)) {
			return true
		}
	}
	return false
}

// skipToken moves over an IRI, a string, a name or one other byte.
func (p *turtleParser) skipToken(c byte) {
	b := p.rest()
	n := 1
	switch {
	case c == '<':
		if i := bytes.IndexAny(b, "> \t\r\n"); i > 0 && b[i] == '>' {
			n = i + 1
		}
	case c == '"' || c == '\'':
		n = len(b) - len(skipString(b))
		if n > 1 && b[n-1] == '\n' {
			n--
		}
	case document.IsNameByte(c):
		for n < len(b) && (document.IsNameByte(b[n]) || b[n] == '.' && n+1 < len(b) && document.IsNameByte(b[n+1])) {
			n++
		}
	}
	p.src.Pos += max(1, n)
}
