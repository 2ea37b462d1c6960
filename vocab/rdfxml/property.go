package rdfxml

import (
	"bytes"
	"strconv"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// propertyElement reads a property element whose start tag has just been met.
func (p *reader) propertyElement(subject term.Term, li *int) error {
	outer, mark := p.scope, len(p.props)
	if err := p.enterScope(); err != nil {
		return err
	}
	predicate, err := p.predicate(li)
	if err != nil {
		return err
	}
	a, err := p.attributes(false)
	if err != nil {
		return err
	}
	a.id = bytes.Clone(a.id)
	a.annotation, a.annotationNodeID = bytes.Clone(a.annotation), bytes.Clone(a.annotationNodeID)
	switch {
	case a.parseType != nil:
		err = p.parseType(subject, predicate, &a, mark)
	case a.resource != nil || a.nodeID != nil || len(p.props) > mark:
		err = p.emptyProperty(subject, predicate, &a, mark)
	default:
		err = p.content(subject, predicate, &a)
	}
	if err != nil {
		return err
	}
	p.leaveScope(outer)
	return nil
}

// predicate returns the IRI of a property element; rdf:li counts on.
func (p *reader) predicate(li *int) (term.Term, error) {
	if p.x.ns == vocab.RDFNS {
		switch string(p.x.local) {
		case "li":
			*li++
			return term.NewIRI(vocab.RDFNS + "_" + strconv.Itoa(*li)), nil
		case "Description", "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "aboutEach",
			"aboutEachPrefix", "bagID", "version", "annotation", "annotationNodeID":
			return term.Term{}, p.fault("rdf:%s is no property element", p.x.local)
		}
	}
	return p.name(p.x.ns, p.x.local)
}

// emptyProperty reads a property element whose object is in its attributes.
func (p *reader) emptyProperty(subject, predicate term.Term, a *xmlAttributes, mark int) error {
	if a.resource != nil && a.nodeID != nil {
		return p.fault("both rdf:resource and rdf:nodeID")
	}
	if a.datatype != nil {
		return p.fault("rdf:datatype on a property element whose object is no literal")
	}
	var object term.Term
	var err error
	switch {
	case a.resource != nil:
		object, err = p.reference(a.resource)
	case a.nodeID != nil:
		object, err = p.labelled(a.nodeID)
	default:
		object = p.freshBlankNode()
	}
	if err != nil {
		return err
	}
	if err := p.statement(subject, predicate, object, a); err != nil {
		return err
	}
	if err := p.propertyAttributes(object, mark); err != nil {
		return err
	}
	event, err := p.nextElement("the end of the property element")
	if err == nil && event != xmlEnd {
		err = p.fault("found <%s>, expected the end of a property element that has its object in attributes", p.x.name)
	}
	return err
}

// content reads a property element that holds a literal or one node element.
func (p *reader) content(subject, predicate term.Term, a *xmlAttributes) error {
	p.text = p.text[:0]
	datatype, err := p.datatype(a.datatype)
	if err != nil {
		return err
	}
	for {
		event, err := p.x.next()
		if err != nil {
			return err
		}
		switch event {
		case xmlText:
			p.text = append(p.text, p.x.text...)
			if len(p.text) > p.Options.Limits.LiteralBytes {
				l := &document.LimitError{Limit: "literal size", Max: int64(p.Options.Limits.LiteralBytes)}
				l.Line, l.Column = p.x.src.Position(p.x.src.Mark)
				return l
			}
		case xmlEnd:
			var object term.Term
			switch {
			case a.datatype == nil:
				object = p.literal(string(p.text))
			case datatype != "":
				object = term.NewLiteral(string(p.text), datatype)
			}
			return p.statement(subject, predicate, object, a)
		case xmlStart:
			if !isSpace(p.text) {
				return p.fault("found <%s> after text inside a property element", p.x.name)
			}
			if a.datatype != nil {
				return p.fault("found <%s>, expected the text of a typed literal", p.x.name)
			}
			return p.nodeContent(subject, predicate, a)
		}
	}
}

// datatype returns the IRI of rdf:datatype; "" for none, or none that can be
// used.
func (p *reader) datatype(value []byte) (string, error) {
	if value == nil {
		return "", nil
	}
	dt, err := p.reference(value)
	if err != nil || dt.IsZero() {
		return "", err
	}
	if problem := document.BadDatatype(dt.Value()); problem != "" {
		return "", p.fault("%s", problem)
	}
	return dt.Value(), nil
}

// nodeContent reads the single node element in a property element.
func (p *reader) nodeContent(subject, predicate term.Term, a *xmlAttributes) error {
	object, err := p.nodeElement()
	if err != nil {
		return err
	}
	if err := p.statement(subject, predicate, object, a); err != nil {
		return err
	}
	event, err := p.nextElement("the end of the property element")
	if err == nil && event != xmlEnd {
		err = p.fault("found a second node element <%s> inside a property element", p.x.name)
	}
	return err
}

// parseType reads a property element with rdf:parseType.
func (p *reader) parseType(subject, predicate term.Term, a *xmlAttributes, mark int) error {
	if err := p.onlyWith("rdf:parseType", mark, a.resource, a.nodeID, a.datatype); err != nil {
		return err
	}
	switch string(a.parseType) {
	case "Resource":
		object := p.freshBlankNode()
		if err := p.statement(subject, predicate, object, a); err != nil {
			return err
		}
		return p.propertyElements(object)
	case "Collection":
		return p.collection(subject, predicate, a)
	case "Triple":
		if !p.scope.version {
			return p.skipElement(len(p.x.open) - 1)
		}
		object, err := p.tripleTerm()
		if err != nil {
			return err
		}
		return p.statement(subject, predicate, object, a)
	}
	text, err := p.xmlLiteral()
	if err != nil {
		return err
	}
	return p.statement(subject, predicate, term.NewLiteral(text, vocab.RDFXMLLiteral), a)
}

// collection reads node elements as the members of a list.
func (p *reader) collection(subject, predicate term.Term, a *xmlAttributes) error {
	first, rest, null := term.NewIRI(vocab.RDFFirst), term.NewIRI(vocab.RDFRest), term.NewIRI(vocab.RDFNil)
	var last term.Term
	for {
		event, err := p.nextElement("a node element")
		if err != nil {
			return err
		}
		if event == xmlEnd {
			break
		}
		item, err := p.nodeElement()
		if err != nil {
			return err
		}
		cell := p.freshBlankNode()
		if last.IsZero() {
			err = p.statement(subject, predicate, cell, a)
		} else {
			err = p.add(last, rest, cell)
		}
		if err != nil {
			return err
		}
		if err := p.add(cell, first, item); err != nil {
			return err
		}
		last = cell
	}
	if last.IsZero() {
		return p.statement(subject, predicate, null, a)
	}
	return p.add(last, rest, null)
}

// tripleTerm reads a node element that states one triple, which becomes a
// term.
func (p *reader) tripleTerm() (term.Term, error) {
	var stated []term.Quad
	emit := p.emit
	p.emit = func(q term.Quad) error {
		stated = append(stated, q)
		if len(stated) > 1 {
			return p.fault("more than one triple inside rdf:parseType=\"Triple\"")
		}
		return nil
	}
	defer func() { p.emit = emit }()
	event, err := p.nextElement("a node element")
	if err != nil {
		return term.Term{}, err
	}
	if event != xmlStart {
		return term.Term{}, p.fault("nothing inside rdf:parseType=\"Triple\"")
	}
	if _, err := p.nodeElement(); err != nil {
		return term.Term{}, err
	}
	if event, err = p.nextElement("the end of the property element"); err != nil {
		return term.Term{}, err
	}
	if event != xmlEnd || len(stated) != 1 {
		return term.Term{}, p.fault("not exactly one triple inside rdf:parseType=\"Triple\"")
	}
	return term.NewTripleTerm(stated[0].Triple()), nil
}
