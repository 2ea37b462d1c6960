package rdfxml

import (
	"bytes"

	"fincat/vocab"
	"fincat/vocab/term"
)

// attributes takes the attributes of the current start tag apart. It returns those
// of RDF and appends the property attributes to p.props.
func (p *reader) attributes(node bool) (xmlAttributes, error) {
	var out xmlAttributes
	at := 0
	for i := range p.x.attrs {
		a := &p.x.attrs[i]
		p.x.valueAt = a.at
		if p.ignored(*a) {
			continue
		}
		if a.ns == vocab.RDFNS || a.ns == "" {
			slot, known, err := p.rdfAttribute(a, &out, node)
			if err != nil {
				return out, err
			}
			if slot != nil {
				*slot, at = a.value, a.at
			}
			if known {
				continue
			}
		}
		predicate, err := p.name(a.ns, a.local)
		if err != nil {
			return out, err
		}
		p.props = append(p.props, xmlProperty{predicate, string(a.value)})
	}
	p.x.valueAt = at
	return out, nil
}

// rdfAttribute finds the field that an attribute of the RDF namespace, or one
// without namespace, fills; known is false for property attributes.
func (p *reader) rdfAttribute(a *xmlAttr, out *xmlAttributes, node bool) (slot *[]byte, known bool, err error) {
	switch name := string(a.local); name {
	case "ID":
		return &out.id, true, nil
	case "about":
		if node {
			return &out.about, true, nil
		}
	case "nodeID", "annotation", "annotationNodeID", "datatype":
		switch {
		case a.ns == "":
		case name == "nodeID":
			return &out.nodeID, true, nil
		case node:
		case name == "annotation":
			return &out.annotation, true, nil
		case name == "annotationNodeID":
			return &out.annotationNodeID, true, nil
		default:
			return &out.datatype, true, nil
		}
	case "resource":
		if !node {
			return &out.resource, true, nil
		}
	case "parseType":
		if !node {
			return &out.parseType, true, nil
		}
	case "type":
		a.ns = vocab.RDFNS
		return nil, false, nil
	case "RDF", "Description", "li", "aboutEach", "aboutEachPrefix", "bagID":
	default:
		if a.ns == "" {
			return nil, true, p.tolerate(p.fault("attribute %s is in no namespace", a.name))
		}
		return nil, false, nil
	}
	where := "a property element"
	if node {
		where = "a node element"
	}
	return nil, true, p.fault("attribute %s is not allowed on %s", a.name, where)
}

// propertyAttributes emits the property attributes from mark on and drops them.
func (p *reader) propertyAttributes(subject term.Term, mark int) error {
	for _, a := range p.props[mark:] {
		object := p.literal(a.value)
		if a.predicate.Value() == vocab.RDFType {
			var err error
			if object, err = p.reference([]byte(a.value)); err != nil {
				return err
			}
		}
		if err := p.add(subject, a.predicate, object); err != nil {
			return err
		}
	}
	p.props = p.props[:mark]
	return nil
}

// statement emits a triple, its reification (rdf:ID) and its annotation.
func (p *reader) statement(s, v, o term.Term, a *xmlAttributes) error {
	if err := p.add(s, v, o); err != nil || s.IsZero() || v.IsZero() || o.IsZero() {
		return err
	}
	if a.id != nil {
		r, err := p.identifier(a.id)
		if err != nil {
			return err
		}
		for _, t := range [...]struct {
			predicate string
			object    term.Term
		}{
			{vocab.RDFType, term.NewIRI(vocab.RDFStatement)}, {vocab.RDFSubject, s}, {vocab.RDFPredicate, v},
			{vocab.RDFObject, o},
		} {
			if err := p.add(r, term.NewIRI(t.predicate), t.object); err != nil {
				return err
			}
		}
	}
	if a.annotation == nil && a.annotationNodeID == nil {
		return nil
	}
	reifier, err := p.annotator(a)
	if err != nil {
		return err
	}
	return p.add(
		reifier, term.NewIRI(vocab.RDFReifies), term.NewTripleTerm(term.Triple{Subject: s, Predicate: v, Object: o}),
	)
}

func (p *reader) annotator(a *xmlAttributes) (term.Term, error) {
	switch {
	case a.annotation != nil && a.annotationNodeID != nil:
		return term.Term{}, p.fault("both rdf:annotation and rdf:annotationNodeID")
	case a.annotation != nil:
		return p.reference(a.annotation)
	}
	return p.labelled(a.annotationNodeID)
}

// onlyWith refuses attributes that do not go with the kind of property element.
func (p *reader) onlyWith(what string, mark int, others ...[]byte) error {
	for _, o := range others {
		if o != nil {
			return p.fault("attributes that do not go together on a property element with %s", what)
		}
	}
	if len(p.props) > mark {
		return p.fault("property attributes on a property element with %s", what)
	}
	return nil
}

// isSpace reports whether b is white space only.
func isSpace(b []byte) bool { return len(bytes.TrimLeft(b, " \t\r\n")) == 0 }
