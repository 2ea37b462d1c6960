package syntax

// path is Path and PathAlternative (SPARQL 1.1 §9.1).
func (p *parser) path() PathExpr {
	p.enter()
	defer p.leave()
	paths := []PathExpr{p.pathSequence()}
	for p.accept("|") {
		paths = append(paths, p.pathSequence())
	}
	if len(paths) == 1 {
		return paths[0]
	}
	return PathAlternative{paths}
}

func (p *parser) pathSequence() PathExpr {
	paths := []PathExpr{p.pathStep()}
	optional := 0
	for p.accept("/") {
		paths = append(paths, p.pathStep())
		switch paths[len(paths)-1].(type) {
		case PathZeroOrOne, PathZeroOrMore:
			optional++
		}
		if optional > MaxOptionalSteps {
			p.wrong(p.tok, "a path can have %d steps that may be empty at most", MaxOptionalSteps)
		}
	}
	if len(paths) == 1 {
		return paths[0]
	}
	return PathSequence{paths}
}

// pathStep is PathEltOrInverse.
func (p *parser) pathStep() PathExpr {
	if p.accept("^") {
		return PathInverse{p.pathElt()}
	}
	return p.pathElt()
}

func (p *parser) pathElt() PathExpr {
	e := p.pathPrimary()
	switch {
	case p.accept("?"):
		return PathZeroOrOne{e}
	case p.accept("*"):
		return PathZeroOrMore{e}
	case p.accept("+"):
		return PathOneOrMore{e}
	}
	return e
}

func (p *parser) pathPrimary() PathExpr {
	p.tally(countNodes)
	switch {
	case p.accept("!"):
		return p.pathNegated()
	case p.accept("("):
		e := p.path()
		p.expect(")")
		return e
	case p.isIRI(), p.isA():
		return PathLink{p.iriOrA()}
	}
	p.unexpected("a property path")
	return nil
}

// pathNegated is PathNegatedPropertySet.
func (p *parser) pathNegated() PathExpr {
	var n PathNegated
	if !p.accept("(") {
		p.pathOneInSet(&n)
		return n
	}
	if p.accept(")") {
		return n
	}
	p.pathOneInSet(&n)
	for p.accept("|") {
		p.pathOneInSet(&n)
	}
	p.expect(")")
	return n
}

func (p *parser) pathOneInSet(n *PathNegated) {
	p.tally(countNodes)
	inverse := p.accept("^")
	if !p.isIRI() && !p.isA() {
		p.unexpected("an IRI")
	}
	if inverse {
		n.Inverse = append(n.Inverse, p.iriOrA())
	} else {
		n.Forward = append(n.Forward, p.iriOrA())
	}
}
