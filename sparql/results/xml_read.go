package results

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html/charset"

	"fincat/vocab/term"
)

// xmlDecoder walks the tokens of the document. Document type declarations are
// passed over and define nothing, so no entity can grow.
type xmlDecoder struct {
	d    *xml.Decoder
	l    Limits
	cols columns
}

func newXMLDecoder(r io.Reader, l Limits) *xmlDecoder {
	d := xml.NewDecoder(r)
	d.CharsetReader = charset.NewReaderLabel
	return &xmlDecoder{d: d, l: l}
}

func (d *xmlDecoder) header() (h header, err error) {
	root, err := d.element()
	if err != nil {
		return h, err
	}
	if root == nil || root.Name.Local != "sparql" || root.Name.Space != xmlNamespace {
		return h, fmt.Errorf("the document element is not sparql in the namespace %s", xmlNamespace)
	}
	for {
		e, err := d.element()
		switch {
		case err != nil:
			return h, err
		case e == nil:
			return h, errors.New("the document has neither results nor boolean")
		}
		switch e.Name.Local {
		case "head":
			if h.vars, err = d.head(); err != nil {
				return h, err
			}
		case "boolean":
			return d.boolean()
		case "results":
			d.cols, err = newColumns(h.vars, d.l)
			return h, err
		default:
			if err := d.d.Skip(); err != nil {
				return h, err
			}
		}
	}
}

func (d *xmlDecoder) head() (vars []string, err error) {
	for {
		e, err := d.element()
		if err != nil || e == nil {
			return vars, err
		}
		if e.Name.Local == "variable" {
			vars = append(vars, attr(e, "", "name"))
		}
		if err := d.d.Skip(); err != nil {
			return nil, err
		}
	}
}

func (d *xmlDecoder) boolean() (h header, err error) {
	s, err := d.text()
	if err != nil {
		return h, err
	}
	switch strings.TrimSpace(s) {
	case "true":
		h.boolean = true
	case "false":
	default:
		return h, fmt.Errorf("boolean is %.80q", s)
	}
	h.isBoolean = true
	return h, d.end()
}

func (d *xmlDecoder) next() (Solution, error) {
	e, err := d.element()
	switch {
	case err != nil:
		return nil, err
	case e == nil:
		if err := d.end(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	case e.Name.Local != "result":
		return nil, fmt.Errorf("element %s among the results", e.Name.Local)
	}
	s := make(Solution, len(d.cols.vars))
	for {
		e, err := d.element()
		if err != nil || e == nil {
			return s, err
		}
		if e.Name.Local != "binding" {
			return nil, fmt.Errorf("element %s in a result", e.Name.Local)
		}
		name := attr(e, "", "name")
		t, err := d.only(0)
		if err != nil {
			return nil, fmt.Errorf("?%s: %w", name, err)
		}
		if err := d.cols.put(s, name, t); err != nil {
			return nil, err
		}
	}
}

// end reads from the end of results or boolean to the end of the document.
func (d *xmlDecoder) end() error {
	for {
		e, err := d.element()
		if err != nil {
			return err
		}
		if e == nil {
			break
		}
		if err := d.d.Skip(); err != nil {
			return err
		}
	}
	_, err := d.element()
	return afterEnd(err)
}

// element returns the next start tag, or nil at the end tag of the element
// around it.
func (d *xmlDecoder) element() (*xml.StartElement, error) {
	for {
		t, err := d.d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if s := strings.TrimSpace(string(t)); s != "" {
				return nil, fmt.Errorf("text %.40q between elements", s)
			}
		}
	}
}

// only reads the one term that is the content of an element, and its end tag.
func (d *xmlDecoder) only(depth int) (term.Term, error) {
	if depth > d.l.Depth {
		return term.Term{}, fmt.Errorf("triple terms are nested %w of %d", ErrLimit, d.l.Depth)
	}
	e, err := d.element()
	if err != nil {
		return term.Term{}, err
	}
	if e == nil {
		return term.Term{}, errors.New("the element is empty")
	}
	t, err := d.term(e, depth)
	if err != nil {
		return term.Term{}, err
	}
	more, err := d.element()
	if err == nil && more != nil {
		err = fmt.Errorf("element %s after a term", more.Name.Local)
	}
	return t, err
}

func (d *xmlDecoder) term(e *xml.StartElement, depth int) (term.Term, error) {
	switch e.Name.Local {
	case "uri", "bnode", "literal":
	case "triple":
		return d.triple(depth)
	default:
		return term.Term{}, fmt.Errorf("element %s is not a term", e.Name.Local)
	}
	s, err := d.text()
	if err != nil {
		return term.Term{}, err
	}
	switch e.Name.Local {
	case "uri":
		return makeIRI(s)
	case "bnode":
		return makeBlankNode(s)
	}
	return makeLiteral(s, attr(e, "", "datatype"), attr(e, "http://www.w3.org/XML/1998/namespace", "lang"),
		attr(e, itsNamespace, "dir"))
}

func (d *xmlDecoder) triple(depth int) (term.Term, error) {
	var s, p, o term.Term
	for {
		e, err := d.element()
		if err != nil {
			return term.Term{}, err
		}
		if e == nil {
			return makeTripleTerm(s, p, o)
		}
		var to *term.Term
		switch e.Name.Local {
		case "subject":
			to = &s
		case "predicate":
			to = &p
		case "object":
			to = &o
		default:
			return term.Term{}, fmt.Errorf("element %s in a triple term", e.Name.Local)
		}
		if !to.IsZero() {
			return term.Term{}, fmt.Errorf("element %s twice in a triple term", e.Name.Local)
		}
		if *to, err = d.only(depth + 1); err != nil {
			return term.Term{}, err
		}
	}
}

// text reads character data up to the end tag.
func (d *xmlDecoder) text() (string, error) {
	var s strings.Builder
	for {
		t, err := d.d.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return "", fmt.Errorf("element %s within text", t.Name.Local)
		case xml.EndElement:
			return s.String(), nil
		case xml.CharData:
			s.Write(t)
		}
	}
}

func attr(e *xml.StartElement, space, local string) string {
	for _, a := range e.Attr {
		if a.Name.Space == space && a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
