package shacl

import (
	"strings"

	"fincat/sparql/syntax"
	"fincat/vocab"
	"fincat/vocab/term"
)

// maxPathDepth bounds the nesting of property paths, maxPathSize the number of
// their parts.
const (
	maxPathDepth = 64
	maxPathSize  = 1024
)

type pathKind uint8

const (
	predicatePath pathKind = iota
	inversePath
	sequencePath
	alternativePath
	zeroOrMorePath
	oneOrMorePath
	zeroOrOnePath
)

// path is a SHACL property path (SHACL §2.3.1).
type path struct {
	kind  pathKind
	iri   term.Term // of a predicate path
	id    constant  // of iri
	parts []*path   // one, save for sequences and alternatives
	text  string    // of the whole path, for people
}

// pathParser reads the path at a node.
type pathParser struct {
	c      *compiler
	size   int
	within map[term.Term]bool // nodes that the present one is part of
}

func (c *compiler) path(node term.Term) (*path, error) {
	p := pathParser{c: c, within: map[term.Term]bool{}}
	out, err := p.parse(node)
	if err == nil {
		out.text = out.String()
	}
	return out, err
}

var pathProperties = map[string]pathKind{
	vocab.SHInversePath: inversePath, vocab.SHZeroOrMorePath: zeroOrMorePath,
	vocab.SHOneOrMorePath: oneOrMorePath, vocab.SHZeroOrOnePath: zeroOrOnePath,
}

func (p *pathParser) parse(node term.Term) (*path, error) {
	if p.size++; len(p.within) > maxPathDepth || p.size > maxPathSize {
		return nil, wrong(node, "the path has more than %d levels or %d parts", maxPathDepth, maxPathSize)
	}
	if node.IsIRI() {
		return &path{kind: predicatePath, iri: node, id: p.c.constant(node)}, nil
	}
	if !node.IsBlankNode() {
		return nil, wrong(node, "is no property path")
	}
	if p.within[node] {
		return nil, wrong(node, "the path contains itself")
	}
	p.within[node] = true
	defer delete(p.within, node)
	g := p.c.graph
	if g.has(node, vocab.RDFFirst) {
		return p.list(node, node, sequencePath)
	}
	if list, err := g.one(node, vocab.SHAlternativePath); err != nil || !list.IsZero() {
		if err != nil {
			return nil, err
		}
		return p.list(node, list, alternativePath)
	}
	for property, kind := range pathProperties {
		inner, err := g.one(node, property)
		if err != nil {
			return nil, err
		}
		if inner.IsZero() {
			continue
		}
		part, err := p.parse(inner)
		if err != nil {
			return nil, err
		}
		return &path{kind: kind, parts: []*path{part}}, nil
	}
	return nil, wrong(node, "is no property path")
}

func (p *pathParser) list(node, head term.Term, kind pathKind) (*path, error) {
	members, err := p.c.graph.list(head)
	if err != nil {
		return nil, err
	}
	if len(members) < 2 {
		return nil, wrong(node, "the path needs two members or more")
	}
	out := &path{kind: kind}
	for _, m := range members {
		part, err := p.parse(m)
		if err != nil {
			return nil, err
		}
		out.parts = append(out.parts, part)
	}
	return out, nil
}

// expr returns the path as a SPARQL property path expression.
func (p *path) expr() syntax.PathExpr {
	var parts []syntax.PathExpr
	for _, part := range p.parts {
		parts = append(parts, part.expr())
	}
	switch p.kind {
	case inversePath:
		return syntax.PathInverse{Path: parts[0]}
	case sequencePath:
		return syntax.PathSequence{Paths: parts}
	case alternativePath:
		return syntax.PathAlternative{Paths: parts}
	case zeroOrMorePath:
		return syntax.PathZeroOrMore{Path: parts[0]}
	case oneOrMorePath:
		return syntax.PathOneOrMore{Path: parts[0]}
	case zeroOrOnePath:
		return syntax.PathZeroOrOne{Path: parts[0]}
	}
	return syntax.PathLink{IRI: p.iri.Value()}
}

// String returns the path in the syntax of SPARQL (SPARQL 1.1 §9.1).
func (p *path) String() string {
	switch p.kind {
	case predicatePath:
		return shortIRI(p.iri.Value())
	case inversePath:
		return "^" + p.parts[0].inner()
	case zeroOrMorePath:
		return p.parts[0].inner() + "*"
	case oneOrMorePath:
		return p.parts[0].inner() + "+"
	case zeroOrOnePath:
		return p.parts[0].inner() + "?"
	}
	parts := make([]string, len(p.parts))
	for i, part := range p.parts {
		parts[i] = part.inner()
	}
	return strings.Join(parts, map[pathKind]string{sequencePath: "/", alternativePath: "|"}[p.kind])
}

func (p *path) inner() string {
	if p.kind == predicatePath {
		return p.String()
	}
	return "(" + p.String() + ")"
}

// triples appends the RDF form of the path (SHACL §2.3.1) and returns its node.
// fresh makes blank nodes.
func (p *path) triples(out []term.Triple, fresh func() term.Term) (term.Term, []term.Triple) {
	list := func(out []term.Triple) (term.Term, []term.Triple) {
		head := term.NewIRI(vocab.RDFNil)
		for i := len(p.parts) - 1; i >= 0; i-- {
			var member term.Term
			member, out = p.parts[i].triples(out, fresh)
			cell := fresh()
			out = append(out, triple(cell, vocab.RDFFirst, member), triple(cell, vocab.RDFRest, head))
			head = cell
		}
		return head, out
	}
	var node term.Term
	switch p.kind {
	case predicatePath:
		return p.iri, out
	case sequencePath:
		return list(out)
	case alternativePath:
		var head term.Term
		head, out = list(out)
		node = fresh()
		return node, append(out, triple(node, vocab.SHAlternativePath, head))
	}
	var inner term.Term
	inner, out = p.parts[0].triples(out, fresh)
	node = fresh()
	for property, kind := range pathProperties {
		if kind == p.kind {
			out = append(out, triple(node, property, inner))
		}
	}
	return node, out
}

func triple(s term.Term, predicate string, o term.Term) term.Triple {
	return term.Triple{Subject: s, Predicate: term.NewIRI(predicate), Object: o}
}

// shortIRI writes an IRI with a prefix that the program knows, in full where
// there is none.
func shortIRI(iri string) string {
	if i := strings.LastIndexAny(iri, "#/"); i >= 0 {
		if prefix, ok := prefixOf(iri[:i+1]); ok && i+1 < len(iri) {
			return prefix + ":" + iri[i+1:]
		}
	}
	return "<" + iri + ">"
}

// prefixOf finds the prefix of a namespace.
func prefixOf(namespace string) (string, bool) {
	for prefix, ns := range vocab.Prefixes() {
		if ns == namespace {
			return prefix, true
		}
	}
	return "", false
}
