package syntax

import (
	"fmt"
	"maps"
	"strings"

	"fincat/vocab/rdfio"
)

// MaxDepth is the greatest nesting of groups, expressions, paths and terms, and
// the greatest length of a chain of arithmetic operators.
const MaxDepth = 512

// Options are the context a request is parsed in.
type Options struct {
	Base     string            // base IRI before any BASE; may be empty
	Prefixes map[string]string // prefixes known before any PREFIX, without colon
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
	default:
		panic(r)
	}
}

// parser is a recursive-descent parser with one token of lookahead. It leaves
// by a panic with *Error, which does not leave the package.
type parser struct {
	lex      lexer
	tok      token // the next token, not yet consumed
	base     string
	prefixes map[string]string
	depth    int

	triples tripleParser
	scope   varSet // variables in scope in the group so far (SPARQL 1.1 §18.2.1)
	level   level  // what the query level at hand allows and has seen

	patterns, templates, data labelTable
	bgp                       int // number of the basic graph pattern at hand
	bgps                      int // how many there have been
}

func newParser(text string, o Options) *parser {
	p := &parser{lex: lexer{src: text}, prefixes: maps.Clone(o.Prefixes), base: o.Base}
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
	return t
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
	iri, err := rdfio.ResolveIRI(p.base, ref)
	if err == nil {
		err = rdfio.CheckIRI(iri)
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
	if err := rdfio.CheckIRI(iri); err != nil {
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
