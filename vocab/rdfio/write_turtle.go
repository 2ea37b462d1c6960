package rdfio

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// turtleWriter writes Turtle and TriG when it is closed.
type turtleWriter struct {
	names *shortener
	check document.Checker
	quads []term.Quad
	w     *bufio.Writer
	l     *document.Layout
	buf   []byte
}

func newTurtleWriter(w io.Writer, f Format, o WriteOptions) (*turtleWriter, error) {
	names, err := newShortener(o)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", f, err)
	}
	return &turtleWriter{
		names: names, check: document.NewChecker(f.String(), f.Quads()),
		w: bufio.NewWriterSize(w, document.FlushBytes),
	}, nil
}

// Write keeps a quad for Close.
func (t *turtleWriter) Write(q term.Quad) error {
	q, err := t.check.Quad(q)
	if err == nil {
		t.quads = append(t.quads, q)
	}
	return err
}

// Close writes the document.
func (t *turtleWriter) Close() error {
	t.l = document.NewLayout(t.quads)
	t.quads = nil
	for _, q := range t.l.Quads {
		t.use(q)
	}
	t.header()
	graph := term.Term{}
	separate := ""
	for _, s := range t.l.Subjects {
		q := t.l.Quads[s.From]
		if t.l.Inline(q.Subject) {
			continue
		}
		if q.Graph != graph {
			if !graph.IsZero() {
				t.string("}\n")
			}
			graph = q.Graph
			t.string(separate)
			separate = ""
			t.term(graph)
			t.string(" {\n")
		}
		t.string(separate)
		t.subject(t.l.Quads[s.From:s.To], !graph.IsZero())
		separate = "\n"
	}
	if !graph.IsZero() {
		t.string("}\n")
	}
	t.l = nil
	return t.w.Flush()
}

// use notes the prefixes that a quad needs. Members of lists and the type
// predicate need less than the quads say, which costs at most an unused rdf:.
func (t *turtleWriter) use(q term.Quad) {
	if _, cell := t.l.Cells[q.Subject]; cell {
		if q.Predicate.Value() == vocab.RDFFirst {
			t.useTerm(q.Object)
		}
		return
	}
	t.useTerm(q.Graph)
	t.useTerm(q.Subject)
	if q.Predicate.Value() != vocab.RDFType {
		t.useTerm(q.Predicate)
	}
	t.useTerm(q.Object)
}

func (t *turtleWriter) useTerm(u term.Term) {
	switch u.Kind() {
	case term.IRI:
		t.names.use(u.Value())
	case term.Literal:
		if u.Lang() == "" && !u.IsString() && !isBareLiteral(u) {
			t.names.use(u.Datatype())
		}
	case term.TripleTerm:
		v := u.Triple()
		t.useTerm(v.Subject)
		if v.Predicate.Value() != vocab.RDFType {
			t.useTerm(v.Predicate)
		}
		t.useTerm(v.Object)
	}
}

func (t *turtleWriter) header() {
	for _, p := range slices.Sorted(maps.Keys(t.names.used)) {
		t.string("@prefix " + p + ": <" + t.names.prefixes[p] + "> .\n")
	}
	if t.names.base != "" && t.names.usedBase {
		t.string("@base <" + t.names.base + "> .\n")
	}
	if len(t.names.used) > 0 || t.names.usedBase {
		t.string("\n")
	}
}

// string writes text; errors stay in the bufio.Writer until Flush.
func (t *turtleWriter) string(s string) { _, _ = t.w.WriteString(s) }

func (t *turtleWriter) indent(n int) {
	for range n {
		t.string("  ")
	}
}

// subject writes what the quads of one subject say.
func (t *turtleWriter) subject(quads []term.Quad, inGraph bool) {
	level := 0
	if inGraph {
		level = 1
		t.indent(1)
	}
	if s := quads[0].Subject; t.l.Anonymous(s) {
		t.string("[]")
	} else {
		t.term(s)
	}
	t.string(" ")
	t.predicates(quads, level+1)
	t.string(" .\n")
}

// predicates writes predicates and objects; the first predicate stands where
// the writer is, the others, and further objects, on lines of their own.
func (t *turtleWriter) predicates(quads []term.Quad, level int) {
	var last term.Term
	for i, q := range quads {
		switch {
		case q.Predicate == last:
			t.string(",\n")
			t.indent(level + 1)
			t.object(q.Object, level+1)
			continue
		case i > 0:
			t.string(" ;\n")
			t.indent(level)
		}
		last = q.Predicate
		t.predicate(q.Predicate)
		t.string(" ")
		t.object(q.Object, level)
	}
}

func (t *turtleWriter) predicate(p term.Term) {
	if p.Value() == vocab.RDFType {
		t.string("a")
		return
	}
	t.string(t.names.iri(p.Value()))
}

// object writes an object: lists and blank nodes inside where they can be.
func (t *turtleWriter) object(o term.Term, level int) {
	if members, ok := t.l.Lists[o]; ok {
		t.string("( ")
		for _, m := range members {
			t.object(m, level)
			t.string(" ")
		}
		t.string(")")
		return
	}
	if !t.l.Inline(o) {
		t.term(o)
		return
	}
	quads := t.l.Properties(o)
	switch len(quads) {
	case 0:
		t.string("[]")
	default:
		t.string("[\n")
		t.indent(level + 1)
		t.predicates(quads, level+1)
		t.string("\n")
		t.indent(level)
		t.string("]")
	}
}

// term writes a term by itself.
func (t *turtleWriter) term(u term.Term) {
	switch u.Kind() {
	case term.IRI:
		t.string(t.names.iri(u.Value()))
	case term.Literal:
		t.literal(u)
	case term.TripleTerm:
		v := u.Triple()
		t.string("<<( ")
		t.term(v.Subject)
		t.string(" ")
		t.predicate(v.Predicate)
		t.string(" ")
		t.term(v.Object)
		t.string(" )>>")
	default:
		t.buf = u.Append(t.buf[:0])
		_, _ = t.w.Write(t.buf)
	}
}

// isBareLiteral reports whether a literal is written as a number or boolean
// without quotes, which must give the same lexical form and datatype back.
func isBareLiteral(u term.Term) bool {
	switch dt := u.Datatype(); dt {
	case vocab.XSDInteger, vocab.XSDDecimal, vocab.XSDDouble:
		n, found := numberLength([]byte(u.Value()))
		return n > 0 && n == len(u.Value()) && found == dt
	case vocab.XSDBoolean:
		return u.Value() == "true" || u.Value() == "false"
	}
	return false
}

func (t *turtleWriter) literal(u term.Term) {
	if isBareLiteral(u) {
		t.string(u.Value())
		return
	}
	if strings.IndexByte(u.Value(), '\n') >= 0 {
		t.buf = appendLongString(t.buf[:0], u.Value())
	} else {
		t.buf = term.NewString(u.Value()).Append(t.buf[:0])
	}
	switch {
	case u.Lang() != "":
		t.buf = append(append(t.buf, '@'), u.Lang()...)
		if d := u.Direction(); d != term.NoDirection {
			t.buf = append(append(t.buf, "--"...), d.String()...)
		}
	case !u.IsString():
		t.buf = append(append(t.buf, "^^"...), t.names.iri(u.Datatype())...)
	}
	_, _ = t.w.Write(t.buf)
}

// appendLongString writes a text of several lines between triple quotes.
func appendLongString(b []byte, s string) []byte {
	b = append(b, `"""`...)
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b = append(b, '\n')
		}
		start := len(b)
		b = term.NewString(line).Append(b)
		b = append(b[:start], b[start+1:len(b)-1]...) // without its quotes
	}
	return append(b, `"""`...)
}
