package rdfio

import (
	"bytes"
	"errors"

	"fincat/vocab/document"
)

// errUnknownFormat is returned for content that is not RDF in any syntax.
var errUnknownFormat = errors.New("read RDF: neither media type, name nor content tells the RDF syntax")

// findFormat decides which syntax a document is in. A media type or name that
// is plainly contradicted by the content (an HTML page, JSON under .ttl) loses.
func findFormat(head []byte, o ReadOptions) (Format, error) {
	if o.Format != 0 {
		return o.Format, nil
	}
	sniffed := sniff(head)
	if f, ok := FormatByMediaType(o.MediaType); ok {
		return f, nil
	}
	if f, _, ok := FormatByPath(o.Path); ok && compatible(f, sniffed) {
		return f, nil
	}
	if sniffed == 0 {
		return 0, errUnknownFormat
	}
	return sniffed, nil
}

// compatible reports whether a name's syntax can be that of the content.
func compatible(named, sniffed Format) bool {
	isXML, isJSON := sniffed == RDFXML, sniffed == JSONLD
	return sniffed == 0 || isXML == (named == RDFXML) && isJSON == named.isJSONLD()
}

// sniff guesses a syntax from a document's first bytes; 0 is no guess.
func sniff(head []byte) Format {
	b := skipSpaceAndComments(head)
	switch {
	case len(b) == 0:
		return Turtle // an empty document, which is valid Turtle
	case b[0] == '{' || b[0] == '[':
		return sniffBracket(b)
	case bytes.HasPrefix(b, []byte("<?xml")), bytes.HasPrefix(b, []byte("<!")), isXMLElement(b):
		if bytes.Contains(bytes.ToLower(b[:min(len(b), 512)]), []byte("<html")) {
			return 0
		}
		return RDFXML
	case b[0] == '<' || b[0] == '_':
		return sniffLines(b)
	case b[0] == '@', b[0] == '(', hasKeyword(b, "PREFIX"), hasKeyword(b, "BASE"), hasKeyword(b, "VERSION"),
		hasKeyword(b, "GRAPH"), isPrefixedName(b):
		return sniffTriG(b)
	}
	return 0
}

// sniffBracket tells JSON from a TriG graph and a Turtle blank node.
func sniffBracket(b []byte) Format {
	rest := bytes.TrimLeft(b[1:], " \t\r\n")
	if len(rest) == 0 || bytes.IndexByte([]byte(`"{}[]`), rest[0]) >= 0 && (b[0] == '{' || rest[0] != ']') {
		return JSONLD
	}
	if b[0] == '{' {
		return TriG
	}
	return sniffTriG(b)
}

// sniffTriG looks for a graph in what is Turtle otherwise.
func sniffTriG(b []byte) Format {
	for len(b) > 0 {
		switch c := b[0]; c {
		case '"', '\'':
			b = skipString(b)
		case '<':
			if i := bytes.IndexByte(b, '>'); i > 0 {
				b = b[i:]
			}
			b = b[1:]
		case '#':
			b = skipSpaceAndComments(b)
		case '{':
			if len(b) < 2 || b[1] != '|' {
				return TriG
			}
			b = b[2:]
		default:
			b = b[1:]
		}
	}
	return Turtle
}

// skipString returns what follows the string literal at the start of b.
func skipString(b []byte) []byte {
	q := b[:1]
	if long := bytes.Repeat(q, 3); bytes.HasPrefix(b, long) {
		if _, after, ok := bytes.Cut(b[3:], long); ok {
			return after
		}
		return nil
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case q[0], '\n':
			return b[i+1:]
		}
	}
	return nil
}

// sniffLines tells N-Triples and N-Quads, which have one statement of bare
// terms on each line, from Turtle and TriG.
func sniffLines(b []byte) Format {
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	terms := 0
	for {
		line = bytes.TrimLeft(line, " \t\r")
		n := lineTerm(line)
		if n == 0 {
			break
		}
		line = line[n:]
		terms++
	}
	if len(line) > 0 && line[0] == '.' {
		switch terms {
		case 3:
			return NTriples
		case 4:
			return NQuads
		}
	}
	return sniffTriG(b)
}

// lineTerm returns the length of the N-Quads term at the start of b, 0 if none.
func lineTerm(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[0] {
	case '<':
		return bytes.IndexByte(b, '>') + 1
	case '_':
		if n := bytes.IndexAny(b, " \t"); n > 0 {
			return n
		}
	case '"':
		rest := skipString(b)
		if i := bytes.IndexAny(rest, " \t"); i >= 0 {
			return len(b) - len(rest) + i
		}
	}
	return 0
}

func skipSpaceAndComments(b []byte) []byte {
	for {
		b = bytes.TrimLeft(b, " \t\r\n\uFEFF")
		if len(b) == 0 || b[0] != '#' {
			return b
		}
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return nil
		}
		b = b[i:]
	}
}

// isXMLElement reports whether b starts with a tag such as <rdf:RDF xmlns… or
// <RDF>: a name, no IRI.
func isXMLElement(b []byte) bool {
	if len(b) < 2 || b[0] != '<' {
		return false
	}
	i := 1
	for i < len(b) && (document.IsNameByte(b[i]) || b[i] == '.') {
		i++
	}
	if i == 1 || i >= len(b) || b[i] == '/' && !bytes.HasPrefix(b[i:], []byte("/>")) {
		return false
	}
	if b[i] == '>' { // <name> may also be a relative IRI
		return bytes.HasPrefix(b, []byte("<rdf:RDF>")) || bytes.Contains(b[i:], []byte("</"))
	}
	return b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n'
}

func hasKeyword(b []byte, word string) bool {
	return len(b) > len(word) && bytes.EqualFold(b[:len(word)], []byte(word)) && !document.IsNameByte(b[len(word)])
}

func isPrefixedName(b []byte) bool {
	i := 0
	for i < len(b) && document.IsNameByte(b[i]) && b[i] != ':' {
		i++
	}
	return i < len(b) && b[i] == ':'
}
