package syntax

import "fincat/vocab/term"

// tripleParser is the state of reading triples: what the place allows, and the
// triples read so far.
type tripleParser struct {
	out      []PathPattern
	paths    bool        // property paths are allowed
	inScope  bool        // variables come into scope
	noVars   string      // the operation that allows no variables, if any
	noBlanks string      // the operation that allows no blank nodes, if any
	labels   *labelTable // for blank nodes
	scope    *int        // the scope labels are used in; nil when there is none
}

// verb is what stands in the place of a predicate.
type verb struct {
	node Node
	path PathExpr
}

func (p *parser) emit(s Node, v verb, o Node) {
	p.spend(2) // a triple takes more than its tokens
	switch {
	case p.triples.labels == &p.patterns:
		p.tally(countPatterns)
	case p.triples.noVars == "": // a template
		p.tally(countNodes)
	}
	p.triples.out = append(p.triples.out, PathPattern{TriplePattern{s, v.node, o}, v.path})
}

// readTriples runs read with the given state and returns what it emitted.
func (p *parser) readTriples(state tripleParser, read func()) []PathPattern {
	outer := p.triples
	p.triples = state
	read()
	out := p.triples.out
	p.triples = outer
	return out
}

// startsTriples reports whether a triple can start with the token at hand.
func (p *parser) startsTriples() bool {
	switch p.tok.kind {
	case tokIRI, tokName, tokBlank, tokVar:
		return true
	case tokPunct:
		return p.tok.is("(") || p.tok.is("[") || p.tok.is("<<") || p.tok.is("<<(")
	}
	return p.isLiteral()
}

// triplesBlock is TriplesBlock, TriplesTemplate or ConstructTriples: triples
// with dots between them.
func (p *parser) triplesBlock() {
	for p.startsTriples() {
		p.triplesSameSubject()
		if !p.accept(".") {
			return
		}
	}
}

// triplesSameSubject is TriplesSameSubject or TriplesSameSubjectPath.
func (p *parser) triplesSameSubject() {
	subject, alone := p.graphNode()
	if !alone || p.startsVerb() {
		p.propertyList(subject)
	}
}

// startsVerb reports whether a Verb or VerbPath can start here.
func (p *parser) startsVerb() bool {
	if p.isIRI() || p.tok.kind == tokVar || p.isA() {
		return true
	}
	return p.triples.paths && (p.tok.is("^") || p.tok.is("!") || p.tok.is("("))
}

// propertyList is PropertyListNotEmpty or PropertyListPathNotEmpty.
func (p *parser) propertyList(subject Node) {
	for {
		v := p.verb()
		for {
			p.object(subject, v)
			if !p.accept(",") {
				break
			}
		}
		if !p.accept(";") {
			return
		}
		for p.accept(";") {
			continue
		}
		if !p.startsVerb() {
			return
		}
	}
}

// verb is Verb, or VerbPath where paths are allowed.
func (p *parser) verb() verb {
	if p.tok.kind == tokVar {
		return verb{node: p.node()}
	}
	if !p.startsVerb() {
		p.unexpected("a predicate")
	}
	if !p.triples.paths {
		return verb{node: iriTerm(p.iriOrA())}
	}
	e := p.path()
	if link, ok := e.(PathLink); ok {
		return verb{node: iriTerm(link.IRI)}
	}
	return verb{path: e}
}

// simpleVerb is the Verb of reified triples and triple terms.
func (p *parser) simpleVerb() Node {
	if p.tok.kind == tokVar {
		return p.node()
	}
	if !p.isIRI() && !p.isA() {
		p.unexpected("a variable, an IRI or \"a\"")
	}
	return iriTerm(p.iriOrA())
}

// object is Object or ObjectPath: a node and its annotations.
func (p *parser) object(subject Node, v verb) {
	o, _ := p.graphNode()
	p.emit(subject, v, o)
	var reifier Node
	for {
		switch {
		case p.tok.is("~"):
			p.simple(v)
			reifier = p.reifier()
			p.reify(reifier, subject, v.node, o)
		case p.tok.is("{|"):
			p.simple(v)
			if reifier == nil {
				reifier = p.freshBlank(p.tok)
				p.reify(reifier, subject, v.node, o)
			}
			p.annotation(reifier)
			reifier = nil
		default:
			return
		}
	}
}

// simple demands that a predicate that is annotated is no path (SPARQL 1.2
// §19.8 note on reifiers).
func (p *parser) simple(v verb) {
	if v.path != nil {
		p.wrong(p.tok, "a triple whose predicate is a property path cannot be reified or annotated")
	}
}

func (p *parser) reify(reifier, s, pr, o Node) {
	p.emit(reifier, verb{node: iriTerm(rdfReifies)}, tripleTerm(s, pr, o))
}

// annotation is AnnotationBlock or AnnotationBlockPath.
func (p *parser) annotation(reifier Node) {
	p.enter()
	defer p.leave()
	p.expect("{|")
	p.propertyList(reifier)
	p.expect("|}")
}

// reifier is Reifier: "~" with or without a name.
func (p *parser) reifier() Node {
	t := p.tok
	p.expect("~")
	if p.tok.kind == tokVar || p.tok.kind == tokBlank || p.isIRI() {
		return p.node()
	}
	if p.tok.is("[") {
		return p.anon()
	}
	return p.freshBlank(t)
}

// anon is ANON.
func (p *parser) anon() Node {
	t := p.tok
	p.expect("[")
	p.expect("]")
	return p.freshBlank(t)
}

// graphNode is GraphNode or GraphNodePath. alone tells that, as a subject, it
// needs no property list.
func (p *parser) graphNode() (n Node, alone bool) {
	switch {
	case p.tok.is("("):
		return p.collection()
	case p.tok.is("["):
		return p.blankNodePropertyList()
	case p.tok.is("<<"):
		return p.reifiedTriple(), true
	}
	return p.node(), false
}

// collection is Collection, CollectionPath or NIL (SPARQL 1.1 §4.2.3).
func (p *parser) collection() (Node, bool) {
	p.enter()
	defer p.leave()
	t := p.tok
	p.expect("(")
	if p.accept(")") {
		return iriTerm(rdfNil), false
	}
	first, rest := verb{node: iriTerm(rdfFirst)}, verb{node: iriTerm(rdfRest)}
	head := p.freshBlank(t)
	for cell := head; ; {
		item, _ := p.graphNode()
		p.emit(cell, first, item)
		if p.accept(")") {
			p.emit(cell, rest, iriTerm(rdfNil))
			return head, true
		}
		next := p.freshBlank(p.tok)
		p.emit(cell, rest, next)
		cell = next
	}
}

// blankNodePropertyList is BlankNodePropertyList or ANON (SPARQL 1.1 §4.1.4).
func (p *parser) blankNodePropertyList() (Node, bool) {
	p.enter()
	defer p.leave()
	t := p.tok
	p.expect("[")
	b := p.freshBlank(t)
	if p.accept("]") {
		return b, false
	}
	p.propertyList(b)
	p.expect("]")
	return b, true
}

// reifiedTriple is ReifiedTriple; its value is the reifier (SPARQL 1.2 §4.2.4).
func (p *parser) reifiedTriple() Node {
	p.enter()
	defer p.leave()
	open := p.tok
	p.expect("<<")
	s := p.reifiedNode()
	v := p.simpleVerb()
	o := p.reifiedNode()
	var r Node
	if p.tok.is("~") {
		r = p.reifier()
	} else {
		r = p.freshBlank(open)
	}
	p.expect(">>")
	p.reify(r, s, v, o)
	return r
}

// reifiedNode is ReifiedTripleSubject and ReifiedTripleObject.
func (p *parser) reifiedNode() Node {
	switch {
	case p.tok.is("<<"):
		return p.reifiedTriple()
	case p.tok.is("["):
		return p.anon()
	case p.tok.is("("):
		p.unexpected("a term or a variable")
	}
	return p.node()
}

// node is VarOrTerm without NIL and ANON.
func (p *parser) node() Node {
	switch {
	case p.tok.kind == tokVar:
		t := p.advance()
		if p.triples.noVars != "" {
			p.wrong(t, "%s cannot contain the variable ?%s", p.triples.noVars, t.text)
		}
		if p.triples.inScope {
			p.scope.add(Var(t.text))
		}
		return Var(t.text)
	case p.tok.kind == tokBlank:
		return p.labelledBlank(p.advance())
	case p.tok.is("<<("):
		return p.tripleTerm()
	case p.isIRI():
		return iriTerm(p.iri())
	case p.isLiteral():
		return Term{p.literal()}
	}
	p.unexpected("a term or a variable")
	return nil
}

// tripleTerm is TripleTerm (SPARQL 1.2 §4.1.5).
func (p *parser) tripleTerm() Node {
	p.enter()
	defer p.leave()
	p.expect("<<(")
	s := p.tripleTermNode()
	v := p.simpleVerb()
	o := p.tripleTermNode()
	p.expect(")>>")
	return tripleTerm(s, v, o)
}

// tripleTermNode is TripleTermSubject and TripleTermObject.
func (p *parser) tripleTermNode() Node {
	if p.tok.is("[") {
		return p.anon()
	}
	return p.node()
}

func (p *parser) freshBlank(t token) Node {
	p.allowBlank(t)
	return Term{term.NewBlankNode(p.triples.labels.fresh())}
}

func (p *parser) labelledBlank(t token) Node {
	p.allowBlank(t)
	scope := 0
	if p.triples.scope != nil {
		scope = *p.triples.scope
	}
	label, ok := p.triples.labels.label(t.text, scope)
	if !ok {
		p.wrong(
			t,
			"the blank node label _:%s is already used in another basic graph pattern or INSERT DATA operation",
			t.text,
		)
	}
	return Term{term.NewBlankNode(label)}
}

func (p *parser) allowBlank(t token) {
	if p.triples.noBlanks != "" {
		p.wrong(t, "%s cannot contain a blank node", p.triples.noBlanks)
	}
}
