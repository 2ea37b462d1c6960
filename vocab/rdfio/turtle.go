package rdfio

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// readTurtle reads Turtle (RDF 1.2 Turtle §6.5) and TriG (RDF 1.2 TriG §4.5).
func readTurtle(ctx context.Context, r io.Reader, o ReadOptions, emit func(term.Quad) error) error {
	p := &turtleParser{
		Terms:    document.NewTerms(o.document()),
		src:      document.NewSource(ctx, r, o.Limits.LiteralBytes),
		trig:     o.Format == TriG,
		format:   o.Format,
		prefixes: map[string]string{},
		emit:     emit,
	}
	p.Anonymous = true
	if err := p.document(); err != nil {
		return err
	}
	return p.src.Err
}

// turtleParser is a recursive-descent parser over the bytes of the document.
// Its methods are named for the grammar's productions.
type turtleParser struct {
	*document.Terms
	src      *document.Source
	trig     bool
	format   Format
	prefixes map[string]string
	graph    term.Term // the graph that triples go into
	emit     func(term.Quad) error
	depth    int
	anon     int // blank nodes without label so far
}

// document reads statements until the end.
func (p *turtleParser) document() error {
	for {
		if _, ok := p.next(); !ok {
			return p.src.Err
		}
		start := p.src.Offset()
		err := p.statement()
		if err == nil {
			continue
		}
		if err = p.report(err); err != nil {
			return err
		}
		p.graph, p.depth = term.Term{}, 0
		p.skipStatement(start)
	}
}

// next skips white space and comments and returns the byte that follows, which
// stays unread; ok is false at the end of the document. The mark is left at the
// end of the previous token, so that faults can be shown there.
func (p *turtleParser) next() (c byte, ok bool) {
	s := p.src
	if s.Pos != s.Mark+s.Gap {
		s.Mark = s.Pos
	}
	for {
		for s.Pos < s.End {
			switch c := s.Buf[s.Pos]; c {
			case ' ', '\n', '\t', '\r':
				s.Pos++
			case '#':
				p.skipComment()
			default:
				if s.End-s.Pos < document.Lookahead && !s.Done {
					s.Fill()
				}
				s.Gap = s.Pos - s.Mark
				if s.Err != nil {
					return 0, false
				}
				return c, true
			}
		}
		if s.Pos-s.Mark > document.Lookahead {
			s.Mark = s.Pos
		}
		if !s.Fill() {
			s.Gap = s.Pos - s.Mark
			return 0, false
		}
	}
}

func (p *turtleParser) skipComment() {
	s := p.src
	for {
		if n := bytes.IndexAny(s.Buf[s.Pos:s.End], "\n\r"); n >= 0 {
			s.Pos += n
			return
		}
		s.Pos = s.End
		s.Mark = s.Pos
		if !s.Fill() {
			return
		}
	}
}

func (p *turtleParser) rest() []byte { return p.src.Buf[p.src.Pos:p.src.End] }

// fault is a syntax error at bytes after the current position.
func (p *turtleParser) fault(at int, format string, args ...any) error {
	if p.src.Err != nil {
		return p.src.Err
	}
	return &document.Error{Syntax: p.format.String(), Problem: p.src.Problem(p.src.Pos+at,
		fmt.Sprintf(format, args...))}
}

// unexpected is the fault of finding something else than was expected. When the
// next token stands on a later line than the previous one, something is missing at
// the end of the earlier line, and the fault is shown there.
func (p *turtleParser) unexpected(expected string) error {
	if p.src.Err != nil {
		return p.src.Err
	}
	s := p.src
	message := fmt.Sprintf("found %s, expected %s", document.Found(p.rest()), expected)
	at := s.Pos
	if expected[0] == '\'' && s.Mark < s.Pos && bytes.ContainsAny(s.Buf[s.Mark:s.Pos], "\n\r") {
		at = s.Mark
	}
	return &document.Error{Syntax: p.format.String(), Problem: s.Problem(at, message)}
}

// take consumes the given byte if it comes next.
func (p *turtleParser) take(c byte) bool {
	if got, ok := p.next(); !ok || got != c {
		return false
	}
	p.src.Pos++
	return true
}

// enter counts one level of nesting.
func (p *turtleParser) enter() error {
	p.depth++
	if p.depth <= p.Options.Limits.Depth {
		return nil
	}
	l := &document.LimitError{Limit: "nesting depth", Max: int64(p.Options.Limits.Depth)}
	l.Line, l.Column = p.src.Position(p.src.Pos)
	return l
}

// statement reads a directive, a block of triples or, in TriG, a graph.
func (p *turtleParser) statement() error {
	b := p.rest()
	switch b[0] {
	case '@':
		return p.directive()
	case 'P', 'p', 'B', 'b', 'V', 'v', 'G', 'g':
		if word := keyword(b); word != "" && (p.trig || word != "GRAPH") {
			return p.keywordDirective(word)
		}
	case '{':
		if p.trig {
			return p.wrappedGraph(term.Term{})
		}
	}
	if p.trig {
		return p.triplesOrGraph()
	}
	if err := p.triples(); err != nil {
		return err
	}
	return p.endOfStatement("'.' after the triples")
}

// endOfStatement takes the dot. Lenient reading does without one where the
// next statement begins on a line of its own.
func (p *turtleParser) endOfStatement(expected string) error {
	if p.take('.') {
		return nil
	}
	err := p.unexpected(expected)
	if p.Options.Lenient && p.src.Err == nil && bytes.ContainsAny(p.src.Buf[p.src.Mark:p.src.Pos], "\n\r") {
		return p.report(err)
	}
	return err
}

// keyword returns the SPARQL-style keyword at the start of b, in capitals.
func keyword(b []byte) string {
	for _, w := range [...]string{"PREFIX", "BASE", "VERSION", "GRAPH"} {
		if len(b) > len(w) && bytes.EqualFold(b[:len(w)], []byte(w)) {
			switch b[len(w)] {
			case ' ', '\t', '\n', '\r', '#', '<', '"', '\'', '_', '[':
				return w
			}
			if w == "PREFIX" && b[len(w)] == ':' {
				return "" // a prefixed name
			}
		}
	}
	return ""
}

func (p *turtleParser) keywordDirective(word string) error {
	start := p.src.Pos
	p.src.Pos += len(word)
	switch word {
	case "PREFIX":
		return p.prefix()
	case "BASE":
		return p.baseIRI()
	case "VERSION":
		return p.version()
	}
	c, _ := p.next()
	if c == '{' || c == '(' {
		p.src.Pos = start
		return p.fault(0, "GRAPH without a graph name")
	}
	name, err := p.labelOrSubject()
	if err != nil {
		return err
	}
	if c, ok := p.next(); !ok || c != '{' {
		return p.unexpected("'{' after the graph name")
	}
	return p.wrappedGraph(name)
}

// directive reads @prefix, @base or @version.
func (p *turtleParser) directive() error {
	b := p.rest()
	for _, d := range [...]struct {
		word string
		read func() error
	}{{"@prefix", p.prefix}, {"@base", p.baseIRI}, {"@version", p.version}} {
		if len(b) > len(d.word) && string(b[:len(d.word)]) == d.word &&
			(b[len(d.word)] == ':' || !document.IsNameByte(b[len(d.word)])) {
			p.src.Pos += len(d.word)
			if err := d.read(); err != nil {
				return err
			}
			return p.endOfStatement("'.' after the directive")
		}
	}
	return p.fault(0, "found %s, expected @prefix, @base or @version", document.Found(b))
}

// prefix reads a prefix and its namespace.
func (p *turtleParser) prefix() error {
	p.next()
	b := p.rest()
	n := prefixLength(b)
	if n >= len(b) || b[n] != ':' {
		return p.fault(n, "found %s, expected a prefix such as ex: in the directive", document.Found(b[n:]))
	}
	name := string(b[:n])
	p.src.Pos += n + 1
	ns, err := p.iriOnly("a namespace IRI")
	if err != nil {
		return err
	}
	if ns.IsZero() {
		delete(p.prefixes, name)
	} else {
		p.prefixes[name] = ns.Value()
	}
	p.Cache.Clear()
	return nil
}

func (p *turtleParser) baseIRI() error {
	base, err := p.iriOnly("the base IRI")
	if err == nil && !base.IsZero() {
		p.SetBase(base.Value())
	}
	return err
}

// iriOnly reads an IRI in angle brackets.
func (p *turtleParser) iriOnly(expected string) (term.Term, error) {
	if c, ok := p.next(); !ok || c != '<' {
		return term.Term{}, p.unexpected(expected)
	}
	return p.iriRef()
}

// version reads the specifier of a version directive; any version is read.
func (p *turtleParser) version() error {
	c, _ := p.next()
	if c != '"' && c != '\'' || bytes.HasPrefix(p.rest(), []byte{c, c, c}) {
		return p.unexpected("a version as a quoted string")
	}
	_, err := p.quoted(c)
	return err
}

// triplesOrGraph reads triples of the default graph, or a graph with its name.
func (p *turtleParser) triplesOrGraph() error {
	b := p.rest()
	if b[0] == '(' || bytes.HasPrefix(b, []byte("<<")) || b[0] == '[' && !p.isAnon() {
		if err := p.triples(); err != nil {
			return err
		}
		return p.endOfStatement("'.' after the triples")
	}
	name, err := p.labelOrSubject()
	if err != nil {
		return err
	}
	if c, ok := p.next(); ok && c == '{' {
		return p.wrappedGraph(name)
	}
	if err := p.predicateObjectList(name); err != nil {
		return err
	}
	return p.endOfStatement("'.' after the triples")
}

// labelOrSubject reads an IRI or a blank node.
func (p *turtleParser) labelOrSubject() (term.Term, error) {
	c, _ := p.next()
	switch {
	case c == '<' && !bytes.HasPrefix(p.rest(), []byte("<<")):
		return p.iriRef()
	case c == '_':
		return p.blankNodeLabel()
	case c == '[' && p.isAnon():
		p.takeAnon()
		return p.freshBlankNode(), nil
	}
	return p.prefixedName("an IRI or a blank node")
}

// wrappedGraph reads { … }.
func (p *turtleParser) wrappedGraph(name term.Term) error {
	p.src.Pos++
	p.graph = name
	for {
		c, ok := p.next()
		switch {
		case !ok:
			return p.unexpected("'}' at the end of the graph")
		case c == '}':
			p.src.Pos++
			p.graph = term.Term{}
			return nil
		}
		if err := p.triples(); err != nil {
			if err = p.recoverInGraph(err); err != nil {
				return err
			}
			continue
		}
		if c, ok = p.next(); ok && c == '}' {
			continue
		}
		if err := p.endOfStatement("'.' or '}' after the triples"); err != nil {
			if err = p.recoverInGraph(err); err != nil {
				return err
			}
		}
	}
}

// triples reads a subject and what is said about it.
func (p *turtleParser) triples() error {
	c, _ := p.next()
	var subject term.Term
	var err error
	optional := false // whether the subject may stand alone
	switch {
	case c == '[':
		optional = !p.isAnon()
		subject, err = p.blankNodePropertyList()
	case c == '(':
		subject, err = p.collection()
	case c == '<' && bytes.HasPrefix(p.rest(), []byte("<<")):
		optional = true
		subject, err = p.reifiedTriple()
	case c == '<' || c == '_':
		subject, err = p.labelOrSubject()
	default:
		subject, err = p.prefixedName("a subject")
	}
	if err != nil {
		return err
	}
	if optional {
		if c, ok := p.next(); !ok || c == '.' || c == '}' {
			return nil
		}
	}
	return p.predicateObjectList(subject)
}

// predicateObjectList reads verbs with their objects, separated by ';'.
func (p *turtleParser) predicateObjectList(subject term.Term) error {
	for {
		err := p.verbObjects(subject)
		if err != nil {
			if err = p.recoverInList(err); err != nil {
				return err
			}
		}
		semicolon := false
		for p.take(';') {
			semicolon = true
		}
		c, ok := p.next()
		if !semicolon || !ok || c == '.' || c == ']' || c == '}' || c == '|' {
			return nil
		}
	}
}

func (p *turtleParser) verbObjects(subject term.Term) error {
	verb, err := p.verb()
	if err != nil {
		return err
	}
	for {
		object, err := p.object()
		if err != nil {
			return err
		}
		if err := p.add(subject, verb, object); err != nil {
			return err
		}
		if err := p.annotation(term.Triple{Subject: subject, Predicate: verb, Object: object}); err != nil {
			return err
		}
		if !p.take(',') {
			return nil
		}
	}
}

// verb reads a predicate or "a".
func (p *turtleParser) verb() (term.Term, error) {
	c, _ := p.next()
	switch {
	case c == '<' && !bytes.HasPrefix(p.rest(), []byte("<<")):
		return p.iriRef()
	case c == 'a':
		if b := p.rest(); len(b) == 1 || !document.IsNameByte(b[1]) && b[1] != '.' && b[1] != '\\' && b[1] != '%' {
			p.src.Pos++
			return term.NewIRI(vocab.RDFType), nil
		}
	}
	return p.prefixedName("a predicate")
}

// object reads any term.
func (p *turtleParser) object() (term.Term, error) {
	c, ok := p.next()
	if !ok {
		return term.Term{}, p.unexpected("an object")
	}
	switch c {
	case '<':
		b := p.rest()
		switch {
		case bytes.HasPrefix(b, []byte("<<(")):
			return p.tripleTerm()
		case bytes.HasPrefix(b, []byte("<<")):
			return p.reifiedTriple()
		}
		return p.iriRef()
	case '"', '\'':
		return p.literal(c)
	case '_':
		return p.blankNodeLabel()
	case '[':
		return p.blankNodePropertyList()
	case '(':
		return p.collection()
	case '+', '-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	case 't', 'f':
		if b, n := p.boolean(); n > 0 {
			p.src.Pos += n
			return b, nil
		}
	}
	return p.prefixedName("an object")
}

// add emits a triple. One that lacks a term because of a reported problem is
// left out.
func (p *turtleParser) add(s, v, o term.Term) error {
	if s.IsZero() || v.IsZero() || o.IsZero() {
		return nil
	}
	return p.emit(term.Quad{Subject: s, Predicate: v, Object: o, Graph: p.graph})
}

func (p *turtleParser) freshBlankNode() term.Term {
	p.anon++
	return term.NewBlankNode(p.Options.BlankNodes + "anon" + strconv.Itoa(p.anon))
}

// isAnon reports whether the '[' that comes next is of an empty pair.
func (p *turtleParser) isAnon() bool {
	b := p.rest()[1:]
	for len(b) > 0 && b[0] != ']' {
		n := document.SpaceLength(b)
		if n == 0 && b[0] == '#' {
			n = bytes.IndexAny(b, "\r\n")
		}
		if n <= 0 {
			return false
		}
		b = b[n:]
	}
	return len(b) > 0
}

func (p *turtleParser) takeAnon() {
	p.src.Pos++
	p.next()
	p.src.Pos++
}

// blankNodePropertyList reads [] or [ … ].
func (p *turtleParser) blankNodePropertyList() (term.Term, error) {
	node := p.freshBlankNode()
	if p.isAnon() {
		p.takeAnon()
		return node, nil
	}
	if err := p.enter(); err != nil {
		return node, err
	}
	p.src.Pos++
	if err := p.predicateObjectList(node); err != nil {
		return node, err
	}
	p.depth--
	if !p.take(']') {
		return node, p.unexpected("']' after the properties of a blank node")
	}
	return node, nil
}

// collection reads ( … ).
func (p *turtleParser) collection() (term.Term, error) {
	if err := p.enter(); err != nil {
		return term.Term{}, err
	}
	p.src.Pos++
	first, rest := term.NewIRI(vocab.RDFFirst), term.NewIRI(vocab.RDFRest)
	var head, last term.Term
	for {
		c, ok := p.next()
		if !ok {
			return head, p.unexpected("')' at the end of the list")
		}
		if c == ')' {
			break
		}
		item, err := p.object()
		if err != nil {
			return head, err
		}
		cell := p.freshBlankNode()
		if head.IsZero() {
			head = cell
		} else if err := p.add(last, rest, cell); err != nil {
			return head, err
		}
		if err := p.add(cell, first, item); err != nil {
			return head, err
		}
		last = cell
	}
	p.src.Pos++
	p.depth--
	if head.IsZero() {
		return term.NewIRI(vocab.RDFNil), nil
	}
	return head, p.add(last, rest, term.NewIRI(vocab.RDFNil))
}
