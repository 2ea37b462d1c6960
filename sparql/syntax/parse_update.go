package syntax

import "fincat/vocab/term"

// update is Update.
func (p *parser) update() *Update {
	u := &Update{}
	for {
		p.prologue()
		op := p.operation(len(u.Operations))
		if op == nil {
			return u
		}
		u.Operations = append(u.Operations, op)
		if !p.accept(";") {
			return u
		}
	}
}

// operation is Update1, nil at the end of the text.
func (p *parser) operation(n int) Operation {
	switch {
	case p.acceptWord("LOAD"):
		return p.load()
	case p.acceptWord("CLEAR"):
		return &Clear{Silent: p.acceptWord("SILENT"), Target: p.graphRefAll()}
	case p.acceptWord("DROP"):
		return &Clear{Drop: true, Silent: p.acceptWord("SILENT"), Target: p.graphRefAll()}
	case p.acceptWord("CREATE"):
		c := &Create{Silent: p.acceptWord("SILENT")}
		p.expectWord("GRAPH")
		c.Graph = p.iri()
		return c
	case p.acceptWord("ADD"):
		return p.transfer(TransferAdd)
	case p.acceptWord("MOVE"):
		return p.transfer(TransferMove)
	case p.acceptWord("COPY"):
		return p.transfer(TransferCopy)
	case p.tok.isWord("INSERT"), p.tok.isWord("DELETE"), p.tok.isWord("WITH"):
		return p.change(n)
	case p.tok.kind != tokEOF:
		p.unexpected("an update operation or a prologue")
	}
	return nil
}

func (p *parser) load() Operation {
	l := &Load{Silent: p.acceptWord("SILENT"), Source: p.iri()}
	if p.acceptWord("INTO") {
		p.expectWord("GRAPH")
		l.Into = p.iri()
	}
	return l
}

// graphRefAll is GraphRefAll.
func (p *parser) graphRefAll() Target {
	switch {
	case p.acceptWord("DEFAULT"):
		return Target{}
	case p.acceptWord("NAMED"):
		return Target{Kind: TargetNamed}
	case p.acceptWord("ALL"):
		return Target{Kind: TargetAll}
	case p.acceptWord("GRAPH"):
		return Target{TargetGraph, p.iri()}
	}
	p.unexpected("GRAPH, DEFAULT, NAMED or ALL")
	return Target{}
}

func (p *parser) transfer(k TransferKind) Operation {
	t := &Transfer{Kind: k, Silent: p.acceptWord("SILENT"), From: p.graphOrDefault()}
	p.expectWord("TO")
	t.To = p.graphOrDefault()
	return t
}

// graphOrDefault is GraphOrDefault.
func (p *parser) graphOrDefault() Target {
	if p.acceptWord("DEFAULT") {
		return Target{}
	}
	if !p.acceptWord("GRAPH") && !p.isIRI() {
		p.unexpected("DEFAULT, GRAPH or an IRI")
	}
	return Target{TargetGraph, p.iri()}
}

// change is InsertData, DeleteData, DeleteWhere or Modify.
func (p *parser) change(n int) Operation {
	p.counted = [countEnd]int{} // the limits are those of one operation
	m := &Modify{Base: p.base}
	if p.acceptWord("WITH") {
		m.With = p.iri()
		if !p.tok.isWord("INSERT") && !p.tok.isWord("DELETE") {
			p.unexpected("DELETE or INSERT")
		}
	}
	if p.acceptWord("DELETE") {
		switch {
		case m.With == "" && p.acceptWord("DATA"):
			return &DeleteData{p.quadData("DELETE DATA", tripleParser{noBlanks: "DELETE DATA"})}
		case m.With == "" && p.acceptWord("WHERE"):
			return p.deleteWhere(m)
		}
		m.HasDelete = true
		m.Delete = p.quads(tripleParser{noBlanks: "DELETE", labels: &p.templates})
	}
	if p.acceptWord("INSERT") {
		if m.With == "" && !m.HasDelete && p.acceptWord("DATA") {
			return &InsertData{p.quadData("INSERT DATA", tripleParser{labels: &p.data, scope: &n})}
		}
		m.HasInsert = true
		m.Insert = p.quads(tripleParser{labels: &p.templates})
	}
	m.Using = p.dataset("USING")
	p.expectWord("WHERE")
	p.scope, p.level = nil, level{}
	m.Where = p.group()
	return m
}

// deleteWhere is DeleteWhere: its pattern is also its template.
func (p *parser) deleteWhere(m *Modify) Operation {
	m.HasDelete, m.Where = true, &Group{}
	p.newBGP()
	state := tripleParser{noBlanks: "DELETE WHERE", labels: &p.patterns, scope: &p.bgp}
	p.quadBlocks(state, func(graph Node, block []PathPattern) {
		m.Delete = appendQuads(m.Delete, graph, block)
		var e Element = &Triples{block}
		if graph != nil {
			g := &Group{}
			if len(block) > 0 {
				g.Elements = []Element{e}
			}
			e = &GraphPattern{graph, g}
		}
		m.Where.Elements = append(m.Where.Elements, e)
	})
	return m
}

// quads is QuadPattern.
func (p *parser) quads(state tripleParser) []QuadPattern {
	var out []QuadPattern
	p.quadBlocks(state, func(graph Node, block []PathPattern) { out = appendQuads(out, graph, block) })
	return out
}

func appendQuads(out []QuadPattern, graph Node, block []PathPattern) []QuadPattern {
	for _, t := range block {
		out = append(out, QuadPattern{graph, t.TriplePattern})
	}
	return out
}

// quadBlocks is "{" Quads "}": yield gets each run of triples with its graph.
func (p *parser) quadBlocks(state tripleParser, yield func(graph Node, block []PathPattern)) {
	p.expect("{")
	for {
		if p.startsTriples() {
			yield(nil, p.readTriples(state, p.triplesBlock))
		}
		t := p.tok
		if !p.acceptWord("GRAPH") {
			break
		}
		if p.tok.kind == tokVar && state.noVars != "" {
			p.wrong(t, "%s cannot contain the variable ?%s", state.noVars, p.tok.text)
		}
		graph := p.varOrIRI()
		if state.labels == &p.patterns {
			p.tally(countPatterns)
		}
		p.expect("{")
		yield(graph, p.readTriples(state, p.triplesBlock))
		p.expect("}")
		p.accept(".")
	}
	if !p.accept("}") {
		p.unexpected(`a triple, GRAPH or "}"`)
	}
}

// quadData is QuadData.
func (p *parser) quadData(operation string, state tripleParser) []term.Quad {
	state.noVars = operation
	var out []term.Quad
	t := p.tok
	p.quadBlocks(state, func(graph Node, block []PathPattern) {
		for _, b := range block {
			q := term.Quad{
				Subject:   dataTerm(b.Subject),
				Predicate: dataTerm(b.Predicate),
				Object:    dataTerm(b.Object),
				Graph:     dataTerm(graph),
			}
			if !q.Valid() {
				p.wrong(t, "%s contains %v, which is not a triple of RDF", operation, q.Triple())
			}
			out = append(out, q)
		}
	})
	return out
}

// dataTerm turns a node without variables into a term; nil is the zero Term.
func dataTerm(n Node) term.Term {
	switch n := n.(type) {
	case Term:
		return n.Term
	case TripleTerm:
		t := term.Triple{Subject: dataTerm(n.Subject), Predicate: dataTerm(n.Predicate), Object: dataTerm(n.Object)}
		return term.NewTripleTerm(t)
	}
	return term.Term{}
}
