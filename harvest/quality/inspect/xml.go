package inspect

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

const (
	maxXMLDepth = 200
	maxXMLNodes = 20_000 // different paths of elements
)

// element is a path of names in a document and what stands there.
type element struct {
	name     string
	parent   *element
	count    int
	children []*element
	attrs    []string
}

func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// complex reports whether an element holds more than text.
func (e *element) complex() bool { return len(e.children)+len(e.attrs) > 0 }

var (
	xmlEncoding  = regexp.MustCompile(`^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)
	entityName   = regexp.MustCompile(`<!ENTITY\s+(?:%\s+)?([^\s"'>]+)`)
	nameValues   = []string{"name", "Name", "NAME", "key", "Key", "id", "label"}
	namedByValue = []string{"field", "column", "data", "value", "cell", "simpledata", "property", "col",
		"attribute", "param"}
)

// xmlReader reads a document without ever expanding what it declares: an entity of its own
// stands for nothing.
type xmlReader struct {
	*xml.Decoder
	entities int
	include  bool
}

// xmlVersion is the declaration of a document up to a version that the library refuses;
// what XML 1.1 changes concerns control characters only (XML 1.1 §1.3).
var xmlVersion = regexp.MustCompile(`^\s*<\?xml\s+version\s*=\s*["']1\.(1)["']`)

func newXML(text []byte) *xmlReader {
	var in io.Reader = bytes.NewReader(text)
	if m := xmlVersion.FindSubmatchIndex(text); m != nil {
		in = io.MultiReader(bytes.NewReader(text[:m[2]]), strings.NewReader("0"), bytes.NewReader(text[m[3]:]))
	}
	d := xml.NewDecoder(in)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	d.Entity = map[string]string{}
	for k, v := range xml.HTMLEntity {
		d.Entity[k] = v
	}
	return &xmlReader{Decoder: d}
}

// token returns the next start, end or text of an element.
func (x *xmlReader) token() (xml.Token, error) {
	for {
		tok, err := x.Token()
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.Directive:
			for _, m := range entityName.FindAllSubmatch(tok, 1000) {
				x.entities++
				x.Entity[string(m[1])] = ""
			}
		case xml.StartElement:
			x.include = x.include || tok.Name.Space == "http://www.w3.org/2001/XInclude"
			return tok, nil
		case xml.EndElement, xml.CharData:
			return tok, nil
		}
	}
}

// xml inspects a text that begins as XML does.
func (in *inspector) xml(text []byte, f File, r *Report) {
	if m := xmlEncoding.FindSubmatch(text); m != nil && !sameEncoding(string(m[1]), r.Encoding) && !r.ASCII {
		r.found("encoding-declaration-mismatch", "line 1", "the document says %s and is %s", m[1], r.Encoding)
	}
	root, names, err := in.elements(text, r)
	var syntax *xml.SyntaxError
	switch {
	case err == nil, f.Cut:
	case errors.Is(err, io.EOF), errors.As(err, &syntax) && strings.HasPrefix(syntax.Msg, "unexpected EOF"):
		r.Incomplete = "the XML ends before its root does"
	default:
		r.Broken = fmt.Sprintf("the XML is not well-formed: %v", err)
	}
	r.Names = names
	if root == nil {
		return
	}
	r.Format = xmlFormat(root, text)
	if r.Format == "html" {
		in.html(text, r)
		return
	}
	switch {
	case r.Format == "svg":
		return
	case root.name == "Workbook" && root.child("Worksheet") != nil:
		in.sheetXML(text, r)
		return
	}
	rec, anywhere := recordElement(root, r.Format)
	in.xmlRecords(text, rec, anywhere, r)
}

// xmlFormat tells the format by the root of a document.
func xmlFormat(root *element, text []byte) string {
	switch root.name {
	case "kml", "rss", "html", "svg":
		return root.name
	case "feed":
		if bytes.Contains(text[:min(len(text), 2048)], []byte("http://www.w3.org/2005/Atom")) {
			return "atom"
		}
	case "RDF":
		if root.child("channel") != nil && root.child("item") != nil {
			return "rss"
		}
	}
	return "xml"
}

// elements reads a document once: its paths, and the names it has at any depth.
func (in *inspector) elements(text []byte, r *Report) (root *element, names []string, err error) {
	x := newXML(text)
	defer func() {
		if x.entities > 0 {
			r.found("xml-entities", "", "the document declares %d entities of its own, which were not expanded",
				x.entities)
		}
		if x.include {
			r.found("xml-include", "", "the document includes others, which were not fetched")
		}
	}()
	seen := map[string]bool{}
	name := func(s string) {
		if s != "" && len(names) < maxNames && !seen[s] {
			seen[s] = true
			names = append(names, s)
		}
	}
	var at *element
	nodes, depth := 0, 0
	for n := 0; ; n++ {
		if n%4096 == 0 && in.ctx.Err() != nil {
			return root, names, in.ctx.Err()
		}
		tok, err := x.token()
		if err != nil {
			if errors.Is(err, io.EOF) && root != nil && depth == 0 {
				err = nil
			}
			return root, names, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return root, names, fmt.Errorf("more than %d elements inside one another", maxXMLDepth)
			}
			next := (*element)(nil)
			if at != nil {
				next = at.child(tok.Name.Local)
			}
			if next == nil {
				if nodes++; nodes > maxXMLNodes {
					return root, names, fmt.Errorf("more than %d different paths of elements", maxXMLNodes)
				}
				next = &element{name: tok.Name.Local, parent: at}
				switch {
				case at != nil:
					at.children = append(at.children, next)
				case root != nil: // XML 1.0 §2.1
					return root, names, errors.New("a second root begins after the end of the first")
				default:
					root = next
				}
			}
			next.count++
			next.notes(tok.Attr, name)
			name(tok.Name.Local)
			at = next
		case xml.EndElement:
			depth--
			at = at.parent
			if at == nil && depth == 0 { // what follows the root is no matter
				continue
			}
		}
	}
}

// notes takes in the attributes of an element.
func (e *element) notes(attrs []xml.Attr, name func(string)) {
	for _, a := range attrs {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" ||
			a.Name.Space == "http://www.w3.org/2001/XMLSchema-instance" {
			continue
		}
		name(a.Name.Local)
		if slices.Contains(nameValues, a.Name.Local) && len(a.Value) < 200 {
			name(a.Value)
		}
		if !slices.Contains(e.attrs, a.Name.Local) {
			e.attrs = append(e.attrs, a.Name.Local)
		}
	}
}

// recordElement finds the element that is a record: the one that is repeated, not inside
// another one that is, most often. anywhere tells that it counts wherever it stands.
func recordElement(root *element, format string) (rec *element, anywhere bool) {
	if name := map[string]string{"kml": "Placemark", "rss": "item", "atom": "entry"}[format]; name != "" {
		return &element{name: name}, true
	}
	var best, simple *element
	var visit func(e *element)
	visit = func(e *element) {
		for _, c := range e.children {
			switch {
			case c.count > e.count && c.complex():
				if best == nil || c.count > best.count {
					best = c
				}
			case c.count > e.count:
				if simple == nil && len(e.children) == 1 {
					simple = c
				}
			default:
				visit(c)
			}
		}
	}
	visit(root)
	if best != nil {
		return best, false
	}
	if simple != nil {
		return simple, false
	}
	if one := named(root); one != nil {
		return one, false
	}
	at := root
	for len(at.children) == 1 && at.children[0].complex() && len(at.children[0].children) > 0 {
		at = at.children[0]
	}
	if len(at.children) == 1 && len(at.children[0].attrs) > 0 && len(at.children[0].children) == 0 {
		at = at.children[0] // one record that is nothing but attributes
	}
	return at, false
}

// named returns the element that is called as records are and holds nothing but texts,
// beside others that say something of the whole; nil when there is none.
func named(e *element) *element {
	for _, c := range e.children {
		flat := len(c.children) > 0 && !slices.ContainsFunc(c.children, (*element).complex)
		if flat && slices.Contains(recordNames, strings.ToLower(c.name)) {
			return c
		}
		if found := named(c); found != nil {
			return found
		}
	}
	return nil
}

// path returns the names that lead to an element.
func (e *element) path() string {
	if e.parent == nil {
		return "/" + e.name
	}
	return e.parent.path() + "/" + e.name
}

// xmlRecords reads the records of a document twice: for their fields, and for their cells.
func (in *inspector) xmlRecords(text []byte, rec *element, anywhere bool, r *Report) {
	s := newShape(false)
	is := func(path string) bool { return path == rec.path() }
	if anywhere {
		is = func(path string) bool { return strings.HasSuffix(path, "/"+rec.name) }
	}
	in.eachElement(text, is, func(cells []xmlCell, _ string) {
		r.Rows++
		for _, c := range cells {
			if top := c.field; !s.known[top] && len(s.fields) < maxColumns {
				s.known[top] = true
				s.fields = append(s.fields, top)
			}
			if _, ok := s.at[c.column]; !ok && len(s.columns) < maxColumns {
				s.at[c.column] = len(s.columns)
				s.columns = append(s.columns, c.column)
			}
		}
	})
	r.Fields = s.fields
	r.Names = append(r.Names, s.fields...)
	f := newFacts(in, s.columns)
	in.eachElement(text, is, func(cells []xmlCell, place string) {
		row := make([]string, len(s.columns))
		for _, c := range cells {
			i, ok := s.at[c.column]
			if ok && row[i] == "" {
				row[i] = c.value
			} else if ok && c.value != "" && f.give != nil { // the same element again
				more := make([]string, len(s.columns))
				more[i] = c.value
				f.give(more)
			}
		}
		f.row(row, place)
	})
	f.end(r)
	if r.Rows == 0 && r.Broken == "" && r.Incomplete == "" {
		r.found("no-rows", "", "the XML holds no record")
	}
}

// xmlCell is a value of a record.
type xmlCell struct{ field, column, value string }

// eachElement hands over the records of a document.
func (in *inspector) eachElement(text []byte, is func(path string) bool, yield func([]xmlCell, string)) {
	x := newXML(text)
	w := &xmlWalk{is: is, yield: yield}
	for n := 0; n%4096 != 0 || in.ctx.Err() == nil; n++ {
		tok, err := x.token()
		if err != nil {
			return
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if len(w.stack) > maxXMLDepth {
				return
			}
			line, _ := x.InputPos()
			w.start(tok, line)
		case xml.EndElement:
			w.end()
		case xml.CharData:
			w.text(tok)
		}
	}
}

// xmlWalk follows a document from element to element.
type xmlWalk struct {
	is    func(path string) bool
	yield func([]xmlCell, string)
	stack []string // names
	path  string
	depth int // of the record at hand, 0 outside
	place string
	cells []xmlCell
	parts []string // names inside the record
	buf   strings.Builder
	leaf  bool
}

func (w *xmlWalk) start(tok xml.StartElement, line int) {
	w.stack = append(w.stack, tok.Name.Local)
	w.path += "/" + tok.Name.Local
	w.leaf = true
	w.buf.Reset()
	switch {
	case w.depth > 0:
		w.parts = append(w.parts, partName(tok))
		if len(w.parts) > maxNesting {
			return
		}
	case w.is(w.path):
		w.depth, w.place, w.cells, w.parts = len(w.stack), lineOf(line), nil, nil
	default:
		return
	}
	for _, a := range tok.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" ||
			a.Name.Space == "http://www.w3.org/2001/XMLSchema-instance" {
			continue
		}
		if len(w.parts) > 0 && slices.Contains(nameValues, a.Name.Local) && w.parts[len(w.parts)-1] == a.Value {
			continue
		}
		w.cell(append(slices.Clone(w.parts), a.Name.Local), a.Value)
	}
}

// partName is what an element of a record is called: by its name, or where all are called
// field, by what its attribute says.
func partName(tok xml.StartElement) string {
	if slices.Contains(namedByValue, strings.ToLower(tok.Name.Local)) {
		for _, a := range tok.Attr {
			if slices.Contains(nameValues, a.Name.Local) && a.Value != "" && len(a.Value) < 200 {
				return a.Value
			}
		}
	}
	return tok.Name.Local
}

func (w *xmlWalk) cell(parts []string, value string) {
	field, column := parts[0], strings.Join(parts, ".")
	if len(parts) > 1 && (parts[0] == "ExtendedData" || parts[0] == "SchemaData") {
		field = parts[len(parts)-1]
		if field == "value" && len(parts) > 2 {
			field = parts[len(parts)-2]
		}
		column = field
	}
	w.cells = append(w.cells, xmlCell{field, column, strings.TrimSpace(value)})
}

func (w *xmlWalk) text(b []byte) {
	if w.depth > 0 && w.buf.Len() < 64<<10 {
		w.buf.Write(b)
	}
}

func (w *xmlWalk) end() {
	if len(w.stack) == 0 {
		return
	}
	switch {
	case w.depth > 0 && len(w.stack) == w.depth:
		if text := strings.TrimSpace(w.buf.String()); w.leaf && text != "" { // a record that is a text
			w.cells = append(w.cells, xmlCell{w.stack[len(w.stack)-1], w.stack[len(w.stack)-1], text})
		}
		w.yield(w.cells, w.place)
		w.depth = 0
	case w.depth > 0:
		if w.leaf && len(w.parts) <= maxNesting {
			w.cell(w.parts, w.buf.String())
		}
		w.parts = w.parts[:len(w.parts)-1]
	}
	w.leaf = false
	w.buf.Reset()
	last := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	w.path = w.path[:len(w.path)-len(last)-1]
}

// startName returns the name of an element that begins.
func startName(tok xml.Token) (string, bool) {
	s, ok := tok.(xml.StartElement)
	return s.Name.Local, ok
}
