package iso19139

import (
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// node is an XML element that remembers whether its value was taken over.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Chars    string     `xml:",chardata"`
	Children []*node    `xml:",any"`
	used     bool
}

// all returns the elements that a path of local names leads to.
func (n *node) all(path ...string) []*node {
	list := []*node{n}
	for _, name := range path {
		var next []*node
		for _, e := range list {
			for _, c := range e.Children {
				if c.XMLName.Local == name || name == "*" {
					next = append(next, c)
				}
			}
		}
		list = next
	}
	return list
}

// attr returns an attribute by its local name.
func (n *node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// leaf returns the element that holds the value of a property: the first inside
// it, such as gco:CharacterString or a code, or itself.
func (n *node) leaf() *node {
	for _, c := range n.Children {
		if c.XMLName.Local != "PT_FreeText" {
			return c
		}
	}
	return n
}

// value returns the text, code or address that a property has, and does not mark
// it as taken over.
func (n *node) value() string {
	l := n.leaf()
	if text := strings.TrimSpace(l.Chars); text != "" {
		return text
	}
	if code := l.attr("codeListValue"); code != "" {
		return code
	}
	return l.attr("href")
}

// take returns the value of a property and marks it as taken over, but for what
// an attribute says beside the text.
func (n *node) take() string {
	v := n.value()
	if v != "" && n.leaf().attr("href") != v && n.leaf().attr("href") != "" {
		return v
	}
	n.leaf().used = true
	return v
}

// first returns the value that the first element at a path has, taken over.
func (n *node) first(path ...string) string {
	for _, e := range n.all(path...) {
		if v := e.take(); v != "" {
			return v
		}
	}
	return ""
}

// silent are the attributes that say nothing about the data.
var silent = map[string]bool{
	"codeList": true, "codeSpace": true, "nilReason": true, "schemaLocation": true, "type": true, "isoType": true,
	"id": true, "uuid": true, "frame": true, "space": true, "actuate": true, "show": true,
}

// rest says what was not taken over of an element, as statements about s.
func (m *mapper) rest(s term.Term, n *node) {
	if n.used {
		return
	}
	for _, a := range n.Attrs {
		name, v := a.Name.Local, strings.TrimSpace(a.Value)
		if v == "" || silent[name] || a.Name.Space == "xmlns" || name == "xmlns" ||
			name == "codeListValue" && strings.TrimSpace(n.Chars) != "" {
			continue
		}
		m.add(s, own(xml.Name{Space: n.XMLName.Space, Local: name}), term.NewString(v))
	}
	if text := strings.TrimSpace(n.Chars); text != "" {
		m.add(s, vocab.RDFValue, term.NewString(text))
	}
	for _, c := range n.Children {
		m.restOf(s, c)
	}
}

// restOf says what was not taken over of a property's element.
func (m *mapper) restOf(s term.Term, c *node) {
	if c.used || !c.says() {
		return
	}
	property := own(c.XMLName)
	if o, ok := m.literal(c); ok {
		m.add(s, property, o)
		return
	}
	if len(c.Children) == 0 && strings.TrimSpace(c.Chars) == "" && c.attr("href") != "" {
		m.add(s, property, address(c.attr("href")))
		return
	}
	o := m.blank()
	m.add(s, property, o)
	inner := c
	if l := c.leaf(); l != c && len(c.Children) == 1 && isClass(l.XMLName.Local) {
		m.add(o, vocab.RDFType, term.NewIRI(own(l.XMLName)))
		inner = l
	}
	m.rest(o, inner)
}

// literal returns the value of an element that holds nothing but a text or code.
func (m *mapper) literal(c *node) (term.Term, bool) {
	l := c.leaf()
	if len(l.Children) > 0 || len(c.Children) > 1 || l.used {
		return term.Term{}, false
	}
	for _, e := range []*node{c, l} {
		for _, a := range e.Attrs {
			if !silent[a.Name.Local] && a.Name.Space != "xmlns" && a.Name.Local != "codeListValue" && a.Value != "" {
				return term.Term{}, false
			}
		}
	}
	v := c.value()
	switch l.XMLName.Local {
	case "CharacterString":
		return m.text(v).Term(), v != ""
	case "Boolean":
		return term.NewLiteral(v, vocab.XSDBoolean), v == "true" || v == "false"
	case "Decimal", "Real":
		_, err := strconv.ParseFloat(v, 64)
		return term.NewLiteral(v, vocab.XSDDecimal), err == nil && !strings.ContainsAny(v, "eEINni")
	case "Integer":
		_, err := strconv.Atoi(v)
		return term.NewLiteral(v, vocab.XSDInteger), err == nil
	}
	return term.NewString(v), v != ""
}

// says reports whether an element holds anything that was not taken over.
func (n *node) says() bool {
	if n.used {
		return false
	}
	if strings.TrimSpace(n.Chars) != "" {
		return true
	}
	for _, a := range n.Attrs {
		if !silent[a.Name.Local] && a.Name.Space != "xmlns" && a.Name.Local != "xmlns" &&
			strings.TrimSpace(a.Value) != "" {
			return true
		}
	}
	for _, c := range n.Children {
		if c.says() {
			return true
		}
	}
	return false
}

// own returns an element's own name as an IRI.
func own(name xml.Name) string {
	space := name.Space
	if space == "" {
		space = gmdNS
	}
	if !strings.HasSuffix(space, "#") && !strings.HasSuffix(space, "/") {
		space += "#"
	}
	if iri := space + name.Local; term.CheckIRI(iri) == nil {
		return iri
	}
	return gmdNS + "#" + url.PathEscape(name.Local)
}

func isClass(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }
