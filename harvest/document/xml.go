package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// XMLDecoder reads text that is UTF-8 already, whatever encoding it declares.
// The decoder resolves no entities but the five of XML itself.
func XMLDecoder(text []byte) *xml.Decoder { return XMLReader(bytes.NewReader(text)) }

// XMLReader is XMLDecoder for text that comes as a stream.
func XMLReader(text io.Reader) *xml.Decoder {
	d := xml.NewDecoder(text)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return d
}

// XMLText returns a response in UTF-8 with the characters repaired that XML does
// not allow.
func XMLText(r *fetch.Response) ([]byte, error) {
	text, err := r.Text("")
	if err != nil {
		return nil, err
	}
	return RepairXMLText(r, text)
}

// XMLError says where an XML document is broken, and whether it is XML at all.
func XMLError(r *fetch.Response, text []byte, err error) *problem.Error {
	return xmlErrorIn(r.URL, text, int64(len(text)), err)
}

// xmlErrorIn is XMLError for a document of which head is the beginning.
func xmlErrorIn(address string, head []byte, size int64, err error) *problem.Error {
	p := problem.Place{URL: address}
	if none := otherThan("XML", p, head); none != nil {
		return none
	}
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		p.Locator = problem.Line(syntax.Line)
		if strings.HasPrefix(syntax.Msg, "unexpected EOF") {
			return problem.Errorf(p, "cut", "harvest again; the answer was cut off", "the XML ends after %d bytes",
				size)
		}
		return problem.Errorf(p, "xml", "ask the source's owner to send valid XML", "broken XML: %s", syntax.Msg)
	case errors.Is(err, io.EOF):
		return problem.Errorf(p, "xml", "set url to the address of the source itself", "the answer is no XML document")
	}
	return problem.Errorf(p, "xml", "ask the source's owner to send valid XML", "broken XML: %w", err)
}

// Element is an XML element with its text and children.
type Element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []Element  `xml:",any"`
}

// Attr returns the value of an attribute by its local name.
func (e *Element) Attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// ChildText returns the text of the first child with a local name.
func (e *Element) ChildText(name string) string {
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			return e.Children[i].Text
		}
	}
	return ""
}

// Namespaces are the prefixes declared around an element, outermost first.
type Namespaces []xml.Attr

// Declare adds the declarations of a start tag.
func (n Namespaces) Declare(e xml.StartElement) Namespaces {
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			n = append(n[:len(n):len(n)], a)
		}
	}
	return n
}

// Standalone returns an element cut out of a document as a document of its
// own: the prefixes declared around it are declared on it.
func (n Namespaces) Standalone(raw []byte) []byte {
	end := bytes.IndexAny(raw, " \t\r\n/>")
	tag := bytes.IndexByte(raw, '>')
	if end < 0 || tag < end {
		return raw
	}
	var b bytes.Buffer
	b.Write(raw[:end])
	done := map[string]bool{}
	for i := len(n) - 1; i >= 0; i-- { // the innermost declaration counts
		name := "xmlns"
		if n[i].Name.Space == "xmlns" {
			name += ":" + n[i].Name.Local
		}
		if done[name] || bytes.Contains(raw[end:tag], []byte(" "+name+"=")) ||
			bytes.Contains(raw[end:tag], []byte("\n"+name+"=")) {
			continue
		}
		done[name] = true
		fmt.Fprintf(&b, " %s=\"", name)
		if err := xml.EscapeText(&b, []byte(n[i].Value)); err != nil {
			return raw
		}
		b.WriteByte('"')
	}
	b.Write(raw[end:])
	return b.Bytes()
}

// Bounds returns the start element that a token is, and whether it is an
// end element.
func Bounds(tok xml.Token) (*xml.StartElement, bool) {
	switch t := tok.(type) {
	case xml.StartElement:
		return &t, false
	case xml.EndElement:
		return nil, true
	}
	return nil, false
}

// ElementValue returns an element as the value JSON would have for it: text, or
// an object of its children and attributes (@name), repeated ones as arrays. What
// attributes say of namespaces and schemas is left out.
func ElementValue(e *Element, depth int) any {
	if len(e.Children) == 0 && len(e.Attrs) == 0 || depth > MaxXMLDepth {
		return strings.TrimSpace(e.Text)
	}
	m := map[string]any{}
	for _, a := range e.Attrs {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && a.Name.Local != "schemaLocation" {
			m["@"+a.Name.Local] = a.Value
		}
	}
	for i := range e.Children {
		addValue(m, e.Children[i].XMLName.Local, ElementValue(&e.Children[i], depth+1))
	}
	text := strings.TrimSpace(e.Text)
	if len(m) == 0 {
		return text
	}
	if text != "" {
		m["#text"] = text
	}
	return m
}

// MaxXMLDepth is how deep elements may stand inside each other.
const MaxXMLDepth = 100
