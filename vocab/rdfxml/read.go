package rdfxml

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// syntaxName is what errors call the syntax.
const syntaxName = "RDF/XML"

// Read reads RDF/XML (RDF 1.2 XML Syntax §7.2) and hands each triple to
// emit, whose error ends reading. A syntax error is an [*Error].
func Read(ctx context.Context, r io.Reader, o document.Options, emit func(term.Quad) error) error {
	o = o.WithDefaults()
	src := document.NewSource(ctx, r, o.Limits.LiteralBytes)
	p := &reader{Terms: document.NewTerms(o), x: newXMLScanner(src, o), ids: map[uint64]bool{}, emit: emit}
	p.Anonymous = true
	return p.document()
}

// reader follows the events of the scanner. Its methods are named for
// the grammar's productions.
type reader struct {
	*document.Terms
	x     *xmlScanner
	scope xmlScope
	ids   map[uint64]bool // hashes of the IRIs that rdf:ID attributes stand for, each of which may occur once
	emit  func(term.Quad) error
	text  []byte // content of the property element that is being read
	key   []byte // scratch for names
	anon  int
	props []xmlProperty // property attributes of the elements being read
}

// xmlScope is what elements inherit.
type xmlScope struct {
	base    string
	lang    string
	dir     term.Direction
	version bool // rdf:version is 1.2
}

// xmlProperty is a property attribute.
type xmlProperty struct {
	predicate term.Term
	value     string
}

// xmlAttributes are the RDF attributes of an element; nil: none.
type xmlAttributes struct {
	id, about, nodeID, resource, parseType, datatype []byte
	annotation, annotationNodeID                     []byte
}

// fault is a syntax error at the current event, or at the attribute of it that
// has been looked at.
func (p *reader) fault(format string, args ...any) error {
	at := max(p.x.src.Mark, p.x.valueAt)
	return &document.Error{Syntax: syntaxName, Problem: p.x.src.Problem(at, fmt.Sprintf(format, args...))}
}

// document reads rdf:RDF or a single node element.
func (p *reader) document() error {
	p.scope.base = p.Options.Base
	for {
		event, err := p.x.next()
		if err != nil {
			return err
		}
		switch event {
		case xmlEOF:
			return nil
		case xmlStart:
			if err := p.rootElement(); err != nil {
				return err
			}
		}
	}
}

func (p *reader) rootElement() error {
	if p.x.ns != vocab.RDFNS || string(p.x.local) != "RDF" {
		return p.recoverable(p.nodeElementOnly)
	}
	if err := p.enterScope(); err != nil {
		return err
	}
	for _, a := range p.x.attrs {
		if p.ignored(a) {
			continue
		}
		if err := p.tolerate(p.fault("attribute %s is not allowed on rdf:RDF", a.name)); err != nil {
			return err
		}
	}
	for {
		event, err := p.nextElement("a node element")
		if err != nil || event == xmlEnd {
			return err
		}
		if err := p.recoverable(p.nodeElementOnly); err != nil {
			return err
		}
	}
}

func (p *reader) nodeElementOnly() error {
	_, err := p.nodeElement()
	return err
}

// recoverable reads an element. When reading is lenient and the element has a fault,
// it is reported and the rest of the element is skipped.
func (p *reader) recoverable(read func() error) error {
	outside, props, scope := len(p.x.open)-1, len(p.props), p.scope
	err := read()
	if err == nil {
		return nil
	}
	if p.x.broken {
		return err
	}
	if err = p.tolerate(err); err != nil {
		return err
	}
	p.props = p.props[:props]
	p.leaveScope(scope)
	return p.skipElement(outside)
}

// tolerate hands a syntax error to OnProblem when reading is lenient. What it
// returns ends reading.
func (p *reader) tolerate(err error) error {
	var e *document.Error
	if !p.Options.Lenient || !errors.As(err, &e) {
		return err
	}
	p.Options.OnProblem(e.Problem)
	return nil
}

// skipElement reads on until no more than outside elements are open.
func (p *reader) skipElement(outside int) error {
	for len(p.x.open) > outside {
		if _, err := p.x.next(); err != nil && (p.x.broken || p.tolerate(err) != nil) {
			return err
		}
	}
	return nil
}

// nextElement skips white space, comments and instructions.
func (p *reader) nextElement(expected string) (xmlEvent, error) {
	for {
		event, err := p.x.next()
		if err != nil {
			return 0, err
		}
		switch event {
		case xmlStart, xmlEnd, xmlEOF:
			return event, nil
		case xmlText:
			if text := bytes.TrimLeft(p.x.text, " \t\r\n"); len(text) > 0 {
				if err := p.tolerate(p.fault("found text %q, expected %s", text[:min(len(text), 40)],
					expected)); err != nil {
					return 0, err
				}
			}
		}
	}
}

// enterScope heeds xml:base, xml:lang, its:dir and rdf:version.
func (p *reader) enterScope() error {
	for _, a := range p.x.attrs {
		switch {
		case a.ns == xmlNS && string(a.local) == "lang":
			p.scope.lang = ""
			if len(a.value) == 0 {
				break
			}
			tag := append([]byte{'@'}, a.value...)
			if n, problem := document.LangLength(tag); problem != "" || n != len(tag) ||
				bytes.Contains(tag, []byte("--")) {
				if err := p.tolerate(p.fault("malformed language tag %q", a.value)); err != nil {
					return err
				}
				break
			}
			p.scope.lang = term.CanonicalTag(string(a.value))
		case a.ns == xmlNS && string(a.local) == "base":
			base, err := term.ResolveIRI(p.scope.base, string(a.value))
			if err != nil {
				return p.fault("xml:base: %v", err)
			}
			p.scope.base = base
			p.SetBase(base)
		case a.ns == vocab.RDFNS && string(a.local) == "version":
			p.scope.version = string(a.value) >= "1.2"
		case a.ns == vocab.ITSNS && string(a.local) == "dir":
			switch string(a.value) {
			case "ltr":
				p.scope.dir = term.LTR
			case "rtl":
				p.scope.dir = term.RTL
			default:
				p.scope.dir = term.NoDirection
			}
		}
	}
	return nil
}

// leaveScope goes back to what the parent element has.
func (p *reader) leaveScope(outer xmlScope) {
	if p.scope.base != outer.base {
		p.SetBase(outer.base)
	}
	p.scope = outer
}

// ignored reports whether an attribute makes no triples.
func (p *reader) ignored(a xmlAttr) bool {
	switch {
	case a.ns == xmlNS, a.ns == vocab.ITSNS:
		return true
	case a.ns == "" && len(a.local) >= 3 && bytes.EqualFold(a.local[:3], []byte("xml")):
		return true
	}
	return a.ns == vocab.RDFNS && string(a.local) == "version"
}

// nodeElement reads a node element whose start tag has just been met.
func (p *reader) nodeElement() (term.Term, error) {
	outer, mark := p.scope, len(p.props)
	if err := p.enterScope(); err != nil {
		return term.Term{}, err
	}
	a, err := p.attributes(true)
	if err != nil {
		return term.Term{}, err
	}
	class, isClass, err := p.nodeClass()
	if err != nil {
		return term.Term{}, err
	}
	subject, err := p.subject(&a)
	if err != nil {
		return subject, err
	}
	if isClass {
		if err := p.add(subject, term.NewIRI(vocab.RDFType), class); err != nil {
			return subject, err
		}
	}
	if err := p.propertyAttributes(subject, mark); err != nil {
		return subject, err
	}
	if err := p.propertyElements(subject); err != nil {
		return subject, err
	}
	p.leaveScope(outer)
	return subject, nil
}

// propertyElements reads property elements up to the end of their node.
func (p *reader) propertyElements(subject term.Term) error {
	li := 0
	for {
		event, err := p.nextElement("a property element")
		if err != nil && !p.x.broken && len(p.x.open) > 0 {
			outside := len(p.x.open) - 1
			if err = p.tolerate(err); err == nil {
				err = p.skipElement(outside)
			}
			if err == nil {
				continue
			}
		}
		if err != nil || event != xmlStart {
			return err
		}
		if !p.Options.Lenient {
			if err := p.propertyElement(subject, &li); err != nil {
				return err
			}
			continue
		}
		if err := p.recoverable(func() error { return p.propertyElement(subject, &li) }); err != nil {
			return err
		}
	}
}

// nodeClass returns the class that a node element's name stands for.
func (p *reader) nodeClass() (class term.Term, ok bool, err error) {
	if p.x.ns == vocab.RDFNS {
		switch string(p.x.local) {
		case "Description":
			return class, false, nil
		case "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li", "aboutEach", "aboutEachPrefix",
			"bagID", "version", "annotation", "annotationNodeID":
			return class, false, p.fault("rdf:%s is no node element", p.x.local)
		}
	}
	class, err = p.name(p.x.ns, p.x.local)
	return class, true, err
}

// name returns the IRI of an element or attribute name.
func (p *reader) name(ns string, local []byte) (term.Term, error) {
	if ns == "" {
		return term.Term{}, p.fault("%q is in no namespace", local)
	}
	p.key = append(append(p.key[:0], ns...), local...)
	slot := p.Cache.Slot(p.key)
	if slot.Key == string(p.key) {
		return slot.Term, nil
	}
	if term.SchemeLength(ns) == 0 {
		return term.Term{}, p.fault("namespace %q is relative", ns)
	}
	return p.reference(p.key)
}

// reference returns the IRI that an attribute value refers to. A value that
// leniency cannot repair gives the zero Term.
func (p *reader) reference(value []byte) (term.Term, error) {
	slot := p.Cache.Slot(value)
	if slot.Key == string(value) && len(value) > 0 {
		return slot.Term, nil
	}
	key := string(value)
	t, problem := p.MakeIRI(key)
	if problem == "" {
		*slot = document.CacheEntry{Key: key, Term: t}
		return t, nil
	}
	return t, p.tolerate(p.fault("%s", problem))
}

// subject returns the node that a node element describes.
func (p *reader) subject(a *xmlAttributes) (term.Term, error) {
	switch {
	case a.id != nil && (a.nodeID != nil || a.about != nil), a.nodeID != nil && a.about != nil:
		return term.Term{}, p.fault("more than one of rdf:ID, rdf:nodeID and rdf:about")
	case a.id != nil:
		return p.identifier(a.id)
	case a.nodeID != nil:
		return p.labelled(a.nodeID)
	case a.about != nil:
		return p.reference(a.about)
	}
	return p.freshBlankNode(), nil
}

// identifier returns the IRI that rdf:ID makes; each may be made once.
func (p *reader) identifier(id []byte) (term.Term, error) {
	if !isNCName(id) {
		return term.Term{}, p.fault("rdf:ID %q is no XML name", id)
	}
	t, err := p.reference(append([]byte{'#'}, id...))
	if err != nil || t.IsZero() {
		return t, err
	}
	h := xxhash.Sum64String(t.Value())
	if p.ids[h] {
		return t, p.tolerate(p.fault("rdf:ID %q is used twice", id))
	}
	p.ids[h] = true
	return t, nil
}

// labelled returns the blank node of rdf:nodeID.
func (p *reader) labelled(id []byte) (term.Term, error) {
	if !isNCName(id) {
		return term.Term{}, p.fault("rdf:nodeID %q is no XML name", id)
	}
	return p.BlankNode(append([]byte("_:"), id...)), nil
}

func (p *reader) freshBlankNode() term.Term {
	p.anon++
	return term.NewBlankNode(p.Options.BlankNodes + "anon" + strconv.Itoa(p.anon))
}

// add emits a triple unless it lacks a term that has been reported.
func (p *reader) add(s, v, o term.Term) error {
	if s.IsZero() || v.IsZero() || o.IsZero() {
		return nil
	}
	return p.emit(term.Quad{Subject: s, Predicate: v, Object: o})
}

// literal returns the literal of a text in the current language.
func (p *reader) literal(text string) term.Term {
	if p.scope.lang == "" {
		return term.NewString(text)
	}
	dir := p.scope.dir
	if !p.scope.version {
		dir = term.NoDirection
	}
	return term.NewDirLangString(text, p.scope.lang, dir)
}
