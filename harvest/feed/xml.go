package feed

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// xmlWriter writes an XML document element by element.
type xmlWriter struct{ b *bytes.Buffer }

func newXMLWriter() *xmlWriter { return &xmlWriter{new(bytes.Buffer)} }

func (x *xmlWriter) text(s string) { x.b.WriteString(s) }

// open begins an element; attributes come as names and values.
func (x *xmlWriter) open(name string, attributes ...string) {
	x.b.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		x.b.WriteString(" " + attributes[i] + `="`)
		x.escape(attributes[i+1])
		x.b.WriteByte('"')
	}
	x.b.WriteByte('>')
}

func (x *xmlWriter) close(name string) { x.b.WriteString("</" + name + ">\n") }

// element writes an element with a text.
func (x *xmlWriter) element(name, text string, attributes ...string) {
	x.open(name, attributes...)
	x.escape(text)
	x.close(name)
}

// escape writes text; U+FFFD stands for what XML cannot carry.
func (x *xmlWriter) escape(text string) {
	_ = xml.EscapeText(x.b, []byte(strings.ToValidUTF8(text, "\uFFFD"))) // a buffer never fails
}
