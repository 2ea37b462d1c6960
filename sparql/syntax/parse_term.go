package syntax

import (
	"strings"

	"fincat/vocab/term"
)

const (
	xsd        = "http://www.w3.org/2001/XMLSchema#"
	rdf        = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	rdfType    = rdf + "type"
	rdfFirst   = rdf + "first"
	rdfRest    = rdf + "rest"
	rdfNil     = rdf + "nil"
	rdfReifies = rdf + "reifies"
)

func iriTerm(iri string) Term { return Term{term.NewIRI(iri)} }

// isLiteral reports whether RDFLiteral, NumericLiteral or BooleanLiteral is next.
func (p *parser) isLiteral() bool {
	switch p.tok.kind {
	case tokString, tokLong, tokInteger, tokDecimal, tokDouble:
		return true
	}
	return p.tok.isWord("TRUE") || p.tok.isWord("FALSE")
}

// literal is RDFLiteral, NumericLiteral or BooleanLiteral.
func (p *parser) literal() term.Term {
	switch t := p.advance(); t.kind {
	case tokInteger:
		return term.NewLiteral(t.text, xsd+"integer")
	case tokDecimal:
		return term.NewLiteral(t.text, xsd+"decimal")
	case tokDouble:
		return term.NewLiteral(t.text, xsd+"double")
	case tokWord:
		return term.NewLiteral(strings.ToLower(t.text), xsd+"boolean")
	default:
		return p.literalRest(t.text)
	}
}

// literalRest is what may follow the string of RDFLiteral.
func (p *parser) literalRest(text string) term.Term {
	if p.tok.kind == tokLang {
		tag, dir, directed := strings.Cut(p.tok.text, "--")
		d := map[string]term.Direction{"ltr": term.LTR, "rtl": term.RTL}[dir]
		if directed && d == term.NoDirection {
			p.wrong(p.tok, `the base direction %q is neither "ltr" nor "rtl"`, dir)
		}
		p.advance()
		return term.NewDirLangString(text, tag, d)
	}
	if p.accept("^^") {
		return term.NewLiteral(text, p.iri())
	}
	return term.NewString(text)
}

// groundTerm is DataBlockValue without UNDEF: no variables, no blank nodes.
func (p *parser) groundTerm() term.Term {
	switch {
	case p.isIRI():
		return term.NewIRI(p.iri())
	case p.isLiteral():
		return p.literal()
	case p.tok.is("<<("):
		return p.tripleTermData()
	}
	p.unexpected("an IRI, a literal or a triple term")
	return term.Term{}
}

// tripleTermData is TripleTermData.
func (p *parser) tripleTermData() term.Term {
	p.enter()
	defer p.leave()
	p.expect("<<(")
	var t term.Triple
	t.Subject = term.NewIRI(p.iri())
	t.Predicate = term.NewIRI(p.iriOrA())
	t.Object = p.groundTerm()
	p.expect(")>>")
	return term.NewTripleTerm(t)
}

// isA reports whether the keyword "a" is next; it is the one keyword that is
// case-sensitive.
func (p *parser) isA() bool { return p.tok.kind == tokWord && p.tok.text == "a" }

// iriOrA is iri | 'a'.
func (p *parser) iriOrA() string {
	if p.isA() {
		p.advance()
		return rdfType
	}
	return p.iri()
}

// tripleTerm makes a node of a triple term: a plain term when it is ground.
func tripleTerm(s, pr, o Node) Node {
	st, ok1 := groundNode(s)
	pt, ok2 := groundNode(pr)
	ot, ok3 := groundNode(o)
	if ok1 && ok2 && ok3 {
		return Term{term.NewTripleTerm(term.Triple{Subject: st, Predicate: pt, Object: ot})}
	}
	return TripleTerm{s, pr, o}
}

func groundNode(n Node) (term.Term, bool) {
	t, ok := n.(Term)
	return t.Term, ok && !t.IsBlankNode()
}
