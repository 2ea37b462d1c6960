package syntax

import "fincat/vocab/term"

func (p *printer) update(u *Update) {
	base := ""
	for i, op := range u.Operations {
		if i > 0 {
			p.put(" ;")
			p.line()
		}
		if m, ok := op.(*Modify); ok && m.Base != base {
			base = m.Base
			p.put("BASE ", iriString(base))
			p.line()
		}
		p.operation(op)
	}
}

func (p *printer) operation(op Operation) {
	switch op := op.(type) {
	case *InsertData:
		p.put("INSERT DATA ")
		p.quadBlocks(dataPatterns(op.Quads))
	case *DeleteData:
		p.put("DELETE DATA ")
		p.quadBlocks(dataPatterns(op.Quads))
	case *Modify:
		p.modify(op)
	case *Load:
		p.put("LOAD ", silent(op.Silent), iriString(op.Source))
		if op.Into != "" {
			p.put(" INTO GRAPH ", iriString(op.Into))
		}
	case *Clear:
		word := "CLEAR "
		if op.Drop {
			word = "DROP "
		}
		p.put(word, silent(op.Silent), op.Target.String())
	case *Create:
		p.put("CREATE ", silent(op.Silent), "GRAPH ", iriString(op.Graph))
	case *Transfer:
		p.put(op.Kind.String(), " ", silent(op.Silent), op.From.String(), " TO ", op.To.String())
	}
}

func silent(s bool) string {
	if s {
		return "SILENT "
	}
	return ""
}

// String returns the target as GraphRefAll spells it.
func (t Target) String() string {
	switch t.Kind {
	case TargetNamed:
		return "NAMED"
	case TargetAll:
		return "ALL"
	case TargetGraph:
		return "GRAPH " + iriString(t.IRI)
	}
	return "DEFAULT"
}

func (p *printer) modify(m *Modify) {
	if m.With != "" {
		p.put("WITH ", iriString(m.With))
		p.line()
	}
	if m.HasDelete {
		p.put("DELETE ")
		p.quadBlocks(m.Delete)
	}
	if m.HasInsert {
		if m.HasDelete {
			p.put(" ")
		}
		p.put("INSERT ")
		p.quadBlocks(m.Insert)
	}
	p.dataset("USING", m.Using)
	p.line()
	p.put("WHERE ")
	p.group(m.Where)
}

// quadBlocks writes quads, those of one graph that follow each other together.
func (p *printer) quadBlocks(quads []QuadPattern) {
	p.braces(func() {
		for i := 0; i < len(quads); {
			n := i + 1
			for n < len(quads) && quads[n].Graph == quads[i].Graph {
				n++
			}
			p.quadBlock(quads[i:n])
			i = n
		}
	})
}

func (p *printer) quadBlock(quads []QuadPattern) {
	triples := func() {
		for _, q := range quads {
			p.triple(PathPattern{TriplePattern: q.TriplePattern})
		}
	}
	if quads[0].Graph == nil {
		triples()
		return
	}
	p.line()
	p.put("GRAPH ", nodeString(quads[0].Graph), " ")
	p.braces(triples)
}

func dataPatterns(quads []term.Quad) []QuadPattern {
	out := make([]QuadPattern, len(quads))
	for i, q := range quads {
		out[i].TriplePattern = TriplePattern{Term{q.Subject}, Term{q.Predicate}, Term{q.Object}}
		if !q.Graph.IsZero() {
			out[i].Graph = Term{q.Graph}
		}
	}
	return out
}
