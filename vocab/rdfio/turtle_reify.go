package rdfio

import (
	"bytes"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// annotation reads the reifiers and annotation blocks after an object (RDF 1.2
// Turtle §2.11).
func (p *turtleParser) annotation(t term.Triple) error {
	var reifier term.Term
	for {
		c, ok := p.next()
		switch {
		case ok && c == '~':
			p.src.Pos++
			var err error
			if reifier, err = p.reifier(); err != nil {
				return err
			}
			if err := p.reify(reifier, t); err != nil {
				return err
			}
		case ok && c == '{' && bytes.HasPrefix(p.rest(), []byte("{|")):
			if reifier.IsZero() {
				reifier = p.freshBlankNode()
				if err := p.reify(reifier, t); err != nil {
					return err
				}
			}
			if err := p.annotationBlock(reifier); err != nil {
				return err
			}
			reifier = term.Term{}
		default:
			return nil
		}
	}
}

func (p *turtleParser) annotationBlock(reifier term.Term) error {
	if err := p.enter(); err != nil {
		return err
	}
	p.src.Pos += 2
	if err := p.predicateObjectList(reifier); err != nil {
		return err
	}
	if c, _ := p.next(); c != '|' || !bytes.HasPrefix(p.rest(), []byte("|}")) {
		return p.unexpected("'|}' after the annotation")
	}
	p.src.Pos += 2
	p.depth--
	return nil
}

// reifier reads the IRI or blank node after '~', which may be missing.
func (p *turtleParser) reifier() (term.Term, error) {
	c, ok := p.next()
	if !ok {
		return term.Term{}, p.unexpected("a reifier or the rest of the statement")
	}
	switch b := p.rest(); {
	case c == '<' && !bytes.HasPrefix(b, []byte("<<")), c == '_', c == '[', prefixedNameLength(b) > 0:
		return p.labelOrSubject()
	}
	return p.freshBlankNode(), nil
}

// reify states that r reifies t.
func (p *turtleParser) reify(r term.Term, t term.Triple) error {
	if !t.Valid() {
		return nil
	}
	return p.add(r, term.NewIRI(vocab.RDFReifies), term.NewTripleTerm(t))
}

// reifiedTriple reads << s p o ~ r >> and returns the reifier.
func (p *turtleParser) reifiedTriple() (term.Term, error) {
	if bytes.HasPrefix(p.rest(), []byte("<<(")) {
		return term.Term{}, p.fault(0, "found a triple term, expected a subject")
	}
	if err := p.enter(); err != nil {
		return term.Term{}, err
	}
	p.src.Pos += 2
	t, err := p.innerTriple(true)
	if err != nil {
		return term.Term{}, err
	}
	var r term.Term
	if p.take('~') {
		if r, err = p.reifier(); err != nil {
			return r, err
		}
	} else {
		r = p.freshBlankNode()
	}
	if c, _ := p.next(); c != '>' || !bytes.HasPrefix(p.rest(), []byte(">>")) {
		return r, p.unexpected("'>>' after the reified triple")
	}
	p.src.Pos += 2
	p.depth--
	return r, p.reify(r, t)
}

// tripleTerm reads <<( s p o )>>.
func (p *turtleParser) tripleTerm() (term.Term, error) {
	if err := p.enter(); err != nil {
		return term.Term{}, err
	}
	p.src.Pos += 3
	t, err := p.innerTriple(false)
	if err != nil {
		return term.Term{}, err
	}
	if c, _ := p.next(); c != ')' || !bytes.HasPrefix(p.rest(), []byte(")>>")) {
		return term.Term{}, p.unexpected("')>>' after the triple term")
	}
	p.src.Pos += 3
	p.depth--
	if !t.Valid() {
		return term.Term{}, nil
	}
	return term.NewTripleTerm(t), nil
}

// innerTriple reads the three terms of a reified triple or of a triple term;
// lists and blank nodes with properties have no place there.
func (p *turtleParser) innerTriple(reified bool) (t term.Triple, err error) {
	if c, _ := p.next(); reified && c == '<' && bytes.HasPrefix(p.rest(), []byte("<<")) {
		t.Subject, err = p.reifiedTriple()
	} else {
		t.Subject, err = p.labelOrSubject()
	}
	if err != nil {
		return t, err
	}
	if t.Predicate, err = p.verb(); err != nil {
		return t, err
	}
	c, _ := p.next()
	b := p.rest()
	switch {
	case c == '(' || c == '[' && !p.isAnon():
		return t, p.fault(0, "found %s, which has no place inside a triple term", document.Found(b))
	case !reified && bytes.HasPrefix(b, []byte("<<")) && !bytes.HasPrefix(b, []byte("<<(")):
		return t, p.fault(0, "found a reified triple, which has no place inside a triple term")
	}
	t.Object, err = p.object()
	return t, err
}
