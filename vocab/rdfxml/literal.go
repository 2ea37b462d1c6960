package rdfxml

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"fincat/vocab/document"
)

// xmlLiteral returns the content of the current element in exclusive canonical
// XML with comments (RDF 1.2 XML Syntax §7.2.17).
func (p *reader) xmlLiteral() (string, error) {
	c := canonicalXML{rendered: []xmlBinding{{"xml", xmlNS}, {"", ""}}}
	outside := len(p.x.open) - 1
	for {
		event, err := p.x.next()
		if err != nil {
			return "", err
		}
		switch event {
		case xmlStart:
			c.start(p.x)
		case xmlEnd:
			if len(p.x.open) == outside {
				return string(c.out), nil
			}
			c.end()
		case xmlText:
			c.out = appendXMLText(c.out, p.x.text)
		case xmlComment:
			c.out = append(append(append(c.out, "<!--"...), p.x.text...), "-->"...)
		case xmlInstruction:
			c.out = append(append(c.out, "<?"...), p.x.name...)
			if len(p.x.text) > 0 {
				c.out = append(append(c.out, ' '), p.x.text...)
			}
			c.out = append(c.out, "?>"...)
		}
		if len(c.out) > p.Options.Limits.LiteralBytes {
			l := &document.LimitError{Limit: "literal size", Max: int64(p.Options.Limits.LiteralBytes)}
			l.Line, l.Column = p.x.src.Position(p.x.src.Mark)
			return "", l
		}
	}
}

// canonicalXML writes elements as Exclusive XML Canonicalization 1.0 does.
type canonicalXML struct {
	out      []byte
	rendered []xmlBinding // namespace declarations in the output
	open     []xmlElement
}

func (c *canonicalXML) start(x *xmlScanner) {
	c.open = append(c.open, xmlElement{string(x.name), len(c.rendered)})
	used := []xmlBinding{{string(x.prefix), x.ns}}
	for _, a := range x.attrs {
		if len(a.prefix) > 0 {
			used = append(used, xmlBinding{string(a.prefix), a.ns})
		}
	}
	slices.SortFunc(used, func(a, b xmlBinding) int { return strings.Compare(a.prefix, b.prefix) })
	c.out = append(append(c.out, '<'), x.name...)
	for _, b := range slices.Compact(used) {
		if c.namespace(b.prefix) == b.ns {
			continue
		}
		c.rendered = append(c.rendered, b)
		c.out = append(c.out, " xmlns"...)
		if b.prefix != "" {
			c.out = append(append(c.out, ':'), b.prefix...)
		}
		c.out = appendXMLAttribute(append(c.out, '='), []byte(b.ns))
	}
	attrs := slices.SortedFunc(slices.Values(x.attrs), func(a, b xmlAttr) int {
		return cmp.Or(strings.Compare(a.ns, b.ns), bytes.Compare(a.local, b.local))
	})
	for _, a := range attrs {
		c.out = append(append(c.out, ' '), a.name...)
		c.out = appendXMLAttribute(append(c.out, '='), a.value)
	}
	c.out = append(c.out, '>')
}

func (c *canonicalXML) end() {
	last := c.open[len(c.open)-1]
	c.open = c.open[:len(c.open)-1]
	c.rendered = c.rendered[:last.bindings]
	c.out = append(append(append(c.out, "</"...), last.name...), '>')
}

func (c *canonicalXML) namespace(prefix string) string {
	for i := len(c.rendered) - 1; i >= 0; i-- {
		if c.rendered[i].prefix == prefix {
			return c.rendered[i].ns
		}
	}
	return "\x00" // bound to nothing
}

// appendXMLText escapes character data.
func appendXMLText(b, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '\r':
			b = append(b, "&#xD;"...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// appendXMLAttribute writes an attribute value with its quotes.
func appendXMLAttribute(b, value []byte) []byte {
	b = append(b, '"')
	for _, c := range value {
		switch c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '"':
			b = append(b, "&quot;"...)
		case '\t':
			b = append(b, "&#x9;"...)
		case '\n':
			b = append(b, "&#xA;"...)
		case '\r':
			b = append(b, "&#xD;"...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
