package source

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// xmlDecoder reads text that is UTF-8 already, whatever encoding it declares.
// The decoder resolves no entities but the five of XML itself.
func xmlDecoder(text []byte) *xml.Decoder { return xmlReader(bytes.NewReader(text)) }

// xmlReader is xmlDecoder for text that comes as a stream.
func xmlReader(text io.Reader) *xml.Decoder {
	d := xml.NewDecoder(text)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return d
}

// xmlError says where an XML document is broken, and whether it is XML at all.
func xmlError(r *Response, text []byte, err error) *Error {
	return xmlErrorIn(r.URL, text, int64(len(text)), err)
}

// xmlErrorIn is xmlError for a document of which head is the beginning.
func xmlErrorIn(address string, head []byte, size int64, err error) *Error {
	p := Place{URL: address}
	var syntax *xml.SyntaxError
	switch {
	case len(bytes.TrimSpace(head)) == 0:
		return fail(p, "empty", "harvest again later; ask the source's owner if it stays empty", "the answer is empty")
	case looksHTML(head):
		return fail(p, "html", "open the address in a browser: it answers with a page, perhaps of an error", "the answer is a web page, not XML")
	case errors.As(err, &syntax):
		p.Locator = lineLocator(syntax.Line)
		if strings.Contains(syntax.Msg, "unexpected EOF") {
			return fail(p, "cut", "harvest again; the answer was cut off", "the XML ends after %d bytes", size)
		}
		return fail(p, "xml", "ask the source's owner to send valid XML", "broken XML: %s", syntax.Msg)
	case errors.Is(err, io.EOF):
		return fail(p, "xml", "set url to the address of the source itself", "the answer is no XML document")
	}
	return fail(p, "xml", "ask the source's owner to send valid XML", "broken XML: %w", err)
}

// element is an XML element with its text and children.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

// attr returns the value of an attribute by its local name.
func (e *element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// namespaces are the prefixes declared around an element, outermost first.
type namespaces []xml.Attr

// declare adds the declarations of a start tag.
func (n namespaces) declare(e xml.StartElement) namespaces {
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			n = append(n[:len(n):len(n)], a)
		}
	}
	return n
}

// standalone returns an element cut out of a document as a document of its
// own: the prefixes declared around it are declared on it.
func (n namespaces) standalone(raw []byte) []byte {
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
		if done[name] || bytes.Contains(raw[end:tag], []byte(" "+name+"=")) || bytes.Contains(raw[end:tag], []byte("\n"+name+"=")) {
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

// elementBounds returns the start element that a token is, and whether it is an
// end element.
func elementBounds(tok xml.Token) (*xml.StartElement, bool) {
	switch t := tok.(type) {
	case xml.StartElement:
		return &t, false
	case xml.EndElement:
		return nil, true
	}
	return nil, false
}

// elementValue returns an element as the value JSON would have for it: text, or
// an object of its children and attributes (@name), repeated ones as arrays.
func elementValue(e *element, depth int) any {
	if len(e.Children) == 0 && len(e.Attrs) == 0 || depth > maxXMLDepth {
		return strings.TrimSpace(e.Text)
	}
	m := map[string]any{}
	for _, a := range e.Attrs {
		m["@"+a.Name.Local] = a.Value
	}
	for i := range e.Children {
		name, v := e.Children[i].XMLName.Local, elementValue(&e.Children[i], depth+1)
		switch before := m[name].(type) {
		case nil:
			m[name] = v
		case []any:
			m[name] = append(before, v)
		default:
			m[name] = []any{before, v}
		}
	}
	if text := strings.TrimSpace(e.Text); text != "" {
		m["#text"] = text
	}
	return m
}
