package syntax

import (
	"fmt"
	"maps"
	"strings"

	"fincat/vocab/term"
)

// The limits on what one request may ask. All that works on the tree later is
// recursive or compares parts of it with each other, so the tree is bounded where
// it is made. Quads of INSERT DATA and DELETE DATA and the rows of VALUES are
// data: they are limited by the size of the text alone.
const (
	// MaxDepth is the greatest nesting of groups, expressions, paths and terms,
	// and the greatest length of a chain of arithmetic operators.
	MaxDepth = 512
	// MaxPatterns is the greatest number of triple patterns, groups and other
	// elements of graph patterns in one request.
	MaxPatterns = 10_000
	// MaxNodes is the greatest number of operands of expressions and steps of
	// property paths, and of triples in templates, in one request.
	MaxNodes = 100_000
	// MaxOptionalSteps is the greatest number of steps of one path that may be
	// empty, such as ex:p? and ex:p*.
	MaxOptionalSteps = 1_000
)

// Options are the context a request is parsed in.
type Options struct {
	Base     string            // base IRI before any BASE; may be empty
	Prefixes map[string]string // prefixes known before any PREFIX, without colon
	// Evaluated says that fincat is to evaluate the request itself. Then a constant pattern of
	// REGEX or REPLACE that is no regular expression is an error, where it is not for the
	// endpoint of a SERVICE: it could never have a value.
	Evaluated bool
	// Check is called now and then while a text is parsed; its error ends the
	// parsing and is the result. Default: none.
	Check func() error
}

// ParseQuery parses a query (SPARQL 1.2 §19.8, QueryUnit). An error is of type
// *[Error].
func ParseQuery(text string, o Options) (q *Query, err error) {
	defer recoverError(&err)
	p := newParser(text, o)
	q = p.query()
	p.end("end of input")
	return q, nil
}

// ParseUpdate parses an update request (SPARQL 1.2 §19.8, UpdateUnit). An error
// is of type *[Error].
func ParseUpdate(text string, o Options) (u *Update, err error) {
	defer recoverError(&err)
	p := newParser(text, o)
	u = p.update()
	p.end(`";" or end of input`)
	return u, nil
}

// recoverError turns the panic of fail into an error.
func recoverError(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	case stopped:
		*err = r.err
	default:
		panic(r)
	}
}

// stopped is what the parser panics with when it is told to stop.
type stopped struct{ err error }

// parser is a recursive-descent parser with one token of lookahead. It leaves
// by a panic with *Error, which does not leave the package.
type parser struct {
	lex      lexer
	tok      token // the next token, not yet consumed
	base     string
	prefixes map[string]string
	depth    int
	counted  [countEnd]int
	check    func() error
	read     int  // tokens consumed
	judged   bool // constant regular expressions are looked at

	triples tripleParser
	scope   varSet // variables in scope in the group so far (SPARQL 1.1 §18.2.1)
	level   level  // what the query level at hand allows and has seen

	patterns, templates, data labelTable
	bgp                       int // number of the basic graph pattern at hand
	bgps                      int // how many there have been
}

func newParser(text string, o Options) *parser {
	p := &parser{lex: lexer{src: text}, prefixes: maps.Clone(o.Prefixes), base: o.Base, check: o.Check,
		judged: o.Evaluated}
	if p.prefixes == nil {
		p.prefixes = map[string]string{}
	}
	p.lex.pos = len(text) - len(strings.TrimPrefix(text, "\uFEFF"))
	p.advance()
	return p
}

// advance consumes the token at hand and returns it.
func (p *parser) advance() token {
	t := p.tok
	p.tok = p.lex.next()
	p.spend(1)
	return t
}

// spend counts tokens, or what takes as much as so many of them.
func (p *parser) spend(n int) {
	before := p.read / CheckEvery
	if p.read += n; p.read/CheckEvery > before && p.check != nil {
		if err := p.check(); err != nil {
			panic(stopped{err})
		}
	}
}

// CheckEvery is the number of tokens after which Options.Check is called again.
const CheckEvery = 4096

// counter is a part of the tree that is counted.
type counter uint8

const (
	countPatterns counter = iota
	countNodes
	countEnd
)

// tally adds one part at the token at hand, and fails beyond its limit.
func (p *parser) tally(c counter) {
	p.counted[c]++
	switch {
	case c == countPatterns && p.counted[c] > MaxPatterns:
		p.wrong(p.tok, "a request can have %d triple patterns and elements of groups at most", MaxPatterns)
	case c == countNodes && p.counted[c] > MaxNodes:
		p.wrong(p.tok, "a request can have %d operands, steps of paths and triples of templates at most", MaxNodes)
	}
}

// accept consumes the punctuation s if it is next.
func (p *parser) accept(s string) bool {
	if !p.tok.is(s) {
		return false
	}
	p.advance()
	return true
}

// acceptWord consumes the keyword w if it is next.
func (p *parser) acceptWord(w string) bool {
	if !p.tok.isWord(w) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.unexpected(`"` + s + `"`)
	}
}

func (p *parser) expectWord(w string) {
	if !p.acceptWord(w) {
		p.unexpected(w)
	}
}

// end demands the end of the text.
func (p *parser) end(expected string) {
	if p.tok.kind != tokEOF {
		p.unexpected(expected)
	}
}

// found describes a token for an error.
func (p *parser) found(t token) string {
	if t.kind == tokEOF {
		return "end of input"
	}
	return quoteFound(p.lex.src[t.start:t.end])
}

// unexpected fails at the token at hand.
func (p *parser) unexpected(expected string) {
	p.lex.fail(p.tok.start, Error{Found: p.found(p.tok), Expected: expected})
}

// missing is unexpected, with a hint.
func (p *parser) missing(expected, hint string) {
	p.lex.fail(p.tok.start, Error{Found: p.found(p.tok), Expected: expected, Hint: hint})
}

// wrong fails at a token with a message about its meaning.
func (p *parser) wrong(t token, format string, args ...any) {
	p.lex.fail(t.start, Error{Found: p.found(t), Message: fmt.Sprintf(format, args...)})
}

// enter counts one level of nesting; the caller defers leave.
func (p *parser) enter() {
	p.depth++
	if p.depth > MaxDepth {
		p.wrong(p.tok, "nested more than %d levels deep", MaxDepth)
	}
}

func (p *parser) leave() { p.depth-- }

// prologue is Prologue: BASE, PREFIX and VERSION declarations.
func (p *parser) prologue() {
	for {
		switch {
		case p.acceptWord("BASE"):
			p.base = p.iriRef()
		case p.acceptWord("PREFIX"):
			t := p.tok
			if t.kind != tokName || strings.IndexByte(t.text, ':') != len(t.text)-1 {
				p.unexpected("a prefix such as ex:")
			}
			p.advance()
			p.prefixes[strings.TrimSuffix(t.text, ":")] = p.iriRef()
		case p.acceptWord("VERSION"):
			if p.tok.kind != tokString {
				p.unexpected(`a version in single quotes such as "1.2"`)
			}
			p.advance()
		default:
			return
		}
	}
}

// iriRef is IRIREF, resolved.
func (p *parser) iriRef() string {
	if p.tok.kind != tokIRI {
		p.unexpected("an IRI in angle brackets")
	}
	t := p.advance()
	return p.resolve(t, t.text)
}

// resolve resolves an IRI reference against the base and checks it (RFC 3986
// §5.2, SPARQL 1.2 §19.5).
func (p *parser) resolve(t token, ref string) string {
	iri, err := term.ResolveIRI(p.base, ref)
	if err == nil {
		err = term.CheckIRI(iri)
	}
	if err != nil {
		p.wrong(t, "%v", err)
	}
	return iri
}

// iri is iri: IRIREF or a prefixed name.
func (p *parser) iri() string {
	if p.tok.kind != tokName {
		if p.tok.kind != tokIRI {
			p.unexpected("an IRI or a prefixed name")
		}
		return p.iriRef()
	}
	t := p.advance()
	prefix, local, _ := strings.Cut(t.text, ":")
	ns, ok := p.prefixes[prefix]
	if !ok {
		p.wrong(t, "the prefix %q is not declared", prefix+":")
	}
	if strings.Contains(local, `\`) {
		local = unescapeLocal(local)
	}
	iri := ns + local
	if err := term.CheckIRI(iri); err != nil {
		p.wrong(t, "%v", err)
	}
	return iri
}

// unescapeLocal removes the backslashes of PN_LOCAL_ESC.
func unescapeLocal(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// isIRI reports whether an IRI is next.
func (p *parser) isIRI() bool { return p.tok.kind == tokIRI || p.tok.kind == tokName }

// variable is Var.
func (p *parser) variable() Var {
	if p.tok.kind != tokVar {
		p.unexpected("a variable")
	}
	return Var(p.advance().text)
}

// varOrIRI is VarOrIri; a variable comes into scope.
func (p *parser) varOrIRI() Node {
	if p.tok.kind == tokVar {
		v := p.variable()
		p.scope.add(v)
		return v
	}
	if !p.isIRI() {
		p.unexpected("a variable or an IRI")
	}
	return iriTerm(p.iri())
}
