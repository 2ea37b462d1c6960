package rdfio

import (
	"io"
	"slices"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

// lineWriter writes N-Triples and N-Quads.
type lineWriter struct {
	w         io.Writer
	check     document.Checker
	buf       []byte
	canonical bool
	sorted    bool
	verify    *Verifier // nil: do not
	lines     []string  // when sorted
}

func newLineWriter(w io.Writer, f Format, o WriteOptions) *lineWriter {
	l := &lineWriter{
		w: w, check: document.NewChecker(f.String(), f.Quads()), canonical: o.Canonical, sorted: o.Sorted,
		buf: make([]byte, 0, document.FlushBytes+4096),
	}
	if o.Verify {
		l.verify = NewVerifier(f, nil)
	}
	return l
}

// Write appends one line.
func (l *lineWriter) Write(q term.Quad) error {
	q, err := l.check.Quad(q)
	if err != nil {
		return err
	}
	start := len(l.buf)
	if l.canonical {
		l.buf = appendCanonical(l.buf, q)
	} else {
		l.buf = q.Append(l.buf)
	}
	if l.verify != nil {
		if err := l.verify.Add(q, l.buf[start:]); err != nil {
			return err
		}
	}
	if l.sorted {
		l.lines = append(l.lines, string(l.buf[start:]))
		l.buf = l.buf[:start]
		return nil
	}
	l.buf = append(l.buf, '\n')
	if len(l.buf) >= document.FlushBytes {
		return l.flush()
	}
	return nil
}

func (l *lineWriter) flush() error {
	_, err := l.w.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}

// Close writes what is left.
func (l *lineWriter) Close() error {
	if l.verify != nil {
		if err := l.verify.Close(); err != nil {
			return err
		}
	}
	slices.Sort(l.lines)
	for _, s := range slices.Compact(l.lines) {
		l.buf = append(append(l.buf, s...), '\n')
		if len(l.buf) >= document.FlushBytes {
			if err := l.flush(); err != nil {
				return err
			}
		}
	}
	l.lines = nil
	return l.flush()
}

// appendCanonical appends a quad in canonical N-Quads, where language tags are
// in lower case (RDF 1.2 N-Quads §4).
func appendCanonical(b []byte, q term.Quad) []byte {
	for _, t := range [...]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		if !t.IsZero() {
			b = append(appendCanonicalTerm(b, t), ' ')
		}
	}
	return append(b, '.')
}

func appendCanonicalTerm(b []byte, t term.Term) []byte {
	if t.IsTripleTerm() {
		v := t.Triple()
		b = append(b, "<<( "...)
		b = append(appendCanonicalTerm(b, v.Subject), ' ')
		b = append(appendCanonicalTerm(b, v.Predicate), ' ')
		return append(appendCanonicalTerm(b, v.Object), " )>>"...)
	}
	b = t.Append(b)
	for i := len(b) - 1; t.Lang() != "" && b[i] != '@'; i-- {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return b
}
