package rdfxml

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// Writer writes RDF/XML when it is closed.
type Writer struct {
	check    document.Checker
	prefixes map[string]string // namespace to prefix, as configured
	used     map[string]string // namespace to prefix, as declared
	taken    map[string]bool   // prefixes in used
	declared map[string]string // the part of used that the root element declares; nil: all of it
	version  bool              // the document needs rdf:version="1.2"
	its      bool
	quads    []term.Quad
	w        *bufio.Writer
	l        *document.Layout
	buf      []byte
}

// NewWriter returns a Writer that declares, of the prefixes (prefix to namespace;
// nil: vocab.Prefixes()), those that it uses.
func NewWriter(w io.Writer, prefixes map[string]string) *Writer {
	if prefixes == nil {
		prefixes = vocab.Prefixes()
	}
	x := &Writer{
		check: document.NewChecker(syntaxName, false), prefixes: map[string]string{},
		w:     bufio.NewWriterSize(w, document.FlushBytes),
		used:  map[string]string{vocab.RDFNS: "rdf"},
		taken: map[string]bool{"rdf": true, "its": true, "xml": true, "xmlns": true},
	}
	for _, p := range slices.Sorted(maps.Keys(prefixes)) {
		if !isNCName([]byte(p)) || strings.HasPrefix(strings.ToLower(p), "xml") {
			continue // such as the empty prefix: attributes cannot use it
		}
		if _, ok := x.prefixes[prefixes[p]]; !ok {
			x.prefixes[prefixes[p]] = p
		}
	}
	return x
}

// Write keeps a quad for Close; what XML cannot hold is refused at once.
func (x *Writer) Write(q term.Quad) error {
	q, err := x.checked(q)
	if err == nil {
		x.quads = append(x.quads, q)
	}
	return err
}

// checked returns a quad as it can be written.
func (x *Writer) checked(q term.Quad) (term.Quad, error) {
	q, err := x.check.Quad(q)
	if err != nil {
		return q, err
	}
	if err := x.prepare(q.Triple()); err != nil {
		return q, &document.UnfitError{Err: fmt.Errorf("%s: %w", q, err)}
	}
	return q, nil
}

// prepare declares the namespaces that a triple needs.
func (x *Writer) prepare(t term.Triple) error {
	if err := x.declare(t.Predicate.Value()); err != nil {
		return err
	}
	if t.Predicate.Value() == vocab.RDFType && t.Object.IsIRI() {
		_ = x.declare(t.Object.Value()) // a class that is no name is written as a property
	}
	switch {
	case t.Object.IsLiteral():
		if at := badXMLChar([]byte(t.Object.Value())); at >= 0 {
			return fmt.Errorf("XML cannot hold %s", document.Found([]byte(t.Object.Value()[at:])))
		}
		if t.Object.Direction() != term.NoDirection {
			x.version, x.its = true, true
		}
	case t.Object.IsTripleTerm():
		x.version = true
		return x.prepare(t.Object.Triple())
	}
	return nil
}

// declare gives the namespace of a name a prefix.
func (x *Writer) declare(iri string) error {
	ns, local, ok := x.split(iri)
	if !ok {
		return fmt.Errorf("<%s> cannot be written as an XML name", iri)
	}
	if ns == vocab.RDFNS && isRDFSyntaxName(local) {
		return fmt.Errorf("rdf:%s has another meaning in RDF/XML", local)
	}
	if _, ok := x.used[ns]; ok {
		return nil
	}
	prefix, ok := x.prefixes[ns]
	for n := 1; !ok || x.taken[prefix]; n++ {
		prefix, ok = "ns"+strconv.Itoa(n), true
	}
	x.used[ns], x.taken[prefix] = prefix, true
	return nil
}

// isRDFSyntaxName reports whether the grammar reserves an rdf: name (RDF 1.2
// XML Syntax §6.2).
func isRDFSyntaxName(local string) bool {
	switch local {
	case "RDF", "Description", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li",
		"aboutEach", "aboutEachPrefix", "bagID", "version", "annotation", "annotationNodeID":
		return true
	}
	return false
}

// split divides an IRI into a namespace and an XML name, after the last '#' or
// '/' when that is possible.
func (x *Writer) split(iri string) (ns, local string, ok bool) {
	n := strings.LastIndexAny(iri, "#/") + 1
	if n <= term.SchemeLength(iri)+1 || !isNCName([]byte(iri[n:])) {
		n = len(iri)
		for i := len(iri); i > term.SchemeLength(iri)+1; {
			_, size := utf8.DecodeLastRuneInString(iri[:i])
			i -= size
			if isNCName([]byte(iri[i:])) {
				n = i
			} else if xmlNameLength([]byte("a"+iri[i:])) != len(iri)-i+1 {
				break
			}
		}
	}
	if n == len(iri) || n <= term.SchemeLength(iri)+1 && !strings.HasSuffix(iri[:n], ":") {
		return "", "", false
	}
	ns = iri[:n]
	return ns, iri[n:], ns != xmlNS && ns != "http://www.w3.org/2000/xmlns/"
}

// name returns the qualified name of an IRI that has been declared.
func (x *Writer) name(iri string) string {
	ns, local, _ := x.split(iri)
	return x.used[ns] + ":" + local
}

// Close writes the document.
func (x *Writer) Close() error {
	x.l = document.NewLayout(x.quads)
	x.quads = nil
	x.keepCollections()
	x.header()
	for _, s := range x.l.Subjects {
		if !x.l.Inline(x.l.Quads[s.From].Subject) {
			x.node(x.l.Quads[s.From].Subject, x.l.Quads[s.From:s.To], 1)
		}
	}
	x.string("</rdf:RDF>\n")
	x.l = nil
	return x.w.Flush()
}

// header writes the start tag of rdf:RDF.
func (x *Writer) header() {
	x.string("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF")
	byPrefix := map[string]string{}
	for ns, p := range x.used {
		byPrefix[p] = ns
	}
	if x.its {
		byPrefix["its"] = vocab.ITSNS
	}
	for _, p := range slices.Sorted(maps.Keys(byPrefix)) {
		x.string("\n  xmlns:" + p + "=")
		x.attribute(byPrefix[p])
	}
	if x.version {
		x.string("\n  rdf:version=\"1.2\"")
	}
	if x.its {
		x.string(" its:version=\"2.0\"")
	}
	x.string(">\n")
}

// keepCollections leaves only those lists in the layout that can be written with
// rdf:parseType="Collection": lists of resources that are no lists themselves. The
// cells of other lists get labels, because cells nested in each other can become
// deeper than readers follow.
func (x *Writer) keepCollections() {
	for head, members := range x.l.Lists {
		n := x.l.Nodes[head]
		_, inList := x.l.Cells[n.Owner]
		if inList || slices.ContainsFunc(members, func(m term.Term) bool {
			return m.IsLiteral() ||
				m.IsTripleTerm()
		}) {
			x.l.Fix(head)
		}
	}
}

func (x *Writer) string(s string) { _, _ = x.w.WriteString(s) }

func (x *Writer) indent(n int) {
	for range n {
		x.string("  ")
	}
}

func (x *Writer) attribute(value string) {
	x.buf = appendXMLAttribute(x.buf[:0], []byte(value))
	_, _ = x.w.Write(x.buf)
}

// node writes a node element with its properties.
func (x *Writer) node(s term.Term, quads []term.Quad, level int) {
	element := "rdf:Description"
	if len(quads) > 0 && quads[0].Predicate.Value() == vocab.RDFType && quads[0].Object.IsIRI() {
		class := quads[0].Object.Value()
		if ns, local, ok := x.split(class); ok && (ns != vocab.RDFNS || !isRDFSyntaxName(local)) {
			element, quads = x.name(class), quads[1:]
		}
	}
	x.indent(level)
	x.string("<" + element)
	if s.IsIRI() || !x.l.Inline(s) && !x.l.Anonymous(s) {
		x.string(x.about(s))
	}
	if len(quads) == 0 {
		x.string("/>\n")
		return
	}
	x.string(">\n")
	for _, q := range quads {
		x.property(q.Predicate, q.Object, level+1)
	}
	x.indent(level)
	x.string("</" + element + ">\n")
}

// nodeID makes an XML name of a blank node label, a different one for each.
func nodeID(t term.Term) string {
	label := t.Value()
	if c := label[0]; c == '_' || '0' <= c && c <= '9' {
		return "_" + label
	}
	return label
}

// property writes a property element.
func (x *Writer) property(p, o term.Term, level int) {
	ns, local, _ := x.split(p.Value())
	name := x.used[ns] + ":" + local
	x.indent(level)
	x.string("<" + name)
	if _, ok := x.declared[ns]; !ok && x.declared != nil {
		x.string(" xmlns:" + x.used[ns] + "=")
		x.attribute(ns)
	}
	members, isList := x.l.Lists[o]
	switch {
	case o.IsLiteral():
		x.literal(o)
		x.string("</" + name + ">\n")
	case o.IsTripleTerm():
		x.string(" rdf:parseType=\"Triple\">\n")
		x.tripleTerm(o.Triple(), level+1)
		x.indent(level)
		x.string("</" + name + ">\n")
	case isList:
		x.string(" rdf:parseType=\"Collection\">\n")
		for _, m := range members {
			x.member(m, level+1)
		}
		x.indent(level)
		x.string("</" + name + ">\n")
	case o.IsBlankNode() && x.l.Inline(o):
		x.string(">\n")
		x.node(o, x.l.Properties(o), level+1)
		x.indent(level)
		x.string("</" + name + ">\n")
	default:
		x.string(x.reference(o))
		x.string("/>\n")
	}
}

// reference returns the attribute by which a property names its object.
func (x *Writer) reference(o term.Term) string { return x.named(" rdf:resource=", o) }

// about returns the attribute by which a node element names its node.
func (x *Writer) about(s term.Term) string { return x.named(" rdf:about=", s) }

// named returns an attribute with an IRI, or rdf:nodeID for a blank node.
func (x *Writer) named(attribute string, t term.Term) string {
	value := t.Value()
	if t.IsBlankNode() {
		attribute, value = " rdf:nodeID=", nodeID(t)
	}
	x.buf = appendXMLAttribute(append(x.buf[:0], attribute...), []byte(value))
	return string(x.buf)
}

// member writes a member of a collection.
func (x *Writer) member(m term.Term, level int) {
	if x.l.Inline(m) {
		x.node(m, x.l.Properties(m), level)
		return
	}
	x.indent(level)
	x.string("<rdf:Description" + x.about(m) + "/>\n")
}

func (x *Writer) tripleTerm(t term.Triple, level int) {
	x.indent(level)
	x.string("<rdf:Description" + x.about(t.Subject) + ">\n")
	x.property(t.Predicate, t.Object, level+1)
	x.indent(level)
	x.string("</rdf:Description>\n")
}

// literal writes the rest of the start tag and the text.
func (x *Writer) literal(o term.Term) {
	switch {
	case o.Lang() != "":
		x.string(" xml:lang=")
		x.attribute(o.Lang())
		if d := o.Direction(); d != term.NoDirection {
			x.string(" its:dir=\"" + d.String() + "\"")
		}
	case !o.IsString():
		x.string(" rdf:datatype=")
		x.attribute(o.Datatype())
	}
	x.string(">")
	x.buf = appendXMLText(x.buf[:0], []byte(o.Value()))
	_, _ = x.w.Write(x.buf)
}
