package rdfio

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"

	"fincat/vocab/term"
)

// WriteOptions say how a document is written. The zero value is good.
type WriteOptions struct {
	Prefixes  map[string]string // prefix to namespace; only those used are declared; nil: vocab.Prefixes()
	Base      string            // Turtle, TriG, RDF/XML: IRIs below it are written relative to it; JSON-LD: its base
	Canonical bool              // N-Triples, N-Quads: sorted by code point, each line once; others: no effect
	Expanded  bool              // JSON-LD: expanded, without a context; others: no effect
}

// Writer writes one RDF document. N-Triples and N-Quads are written as the
// quads come; Turtle, TriG, RDF/XML and JSON-LD when it is closed.
type Writer interface {
	Write(term.Quad) error
	Close() error // finishes the document; does not close what lies below
}

// NewWriter returns a Writer of a syntax. A quad that the syntax cannot express
// is an error of Write or Close, never a document that means something else.
func NewWriter(w io.Writer, f Format, o WriteOptions) (Writer, error) {
	switch f {
	case NTriples, NQuads:
		return newLineWriter(w, f, o), nil
	case JSONLD:
		return newJSONLDWriter(w, o)
	}
	return nil, fmt.Errorf("write RDF: no writer for %s", f)
}

// Write writes a whole document.
func Write(ctx context.Context, w io.Writer, f Format, quads iter.Seq2[term.Quad, error], o WriteOptions) error {
	out, err := NewWriter(w, f, o)
	if err != nil {
		return err
	}
	n := 0
	for q, err := range quads {
		if err == nil && n&1023 == 0 {
			err = ctx.Err()
		}
		if err == nil {
			err = out.Write(q)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", f, err)
		}
		n++
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write %s: %w", f, err)
	}
	return nil
}

// All returns quads as the sequence that Write takes.
func All(quads []term.Quad) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		for _, q := range quads {
			if !yield(q, nil) {
				return
			}
		}
	}
}

const flushBytes = 64 << 10

// lineWriter writes N-Triples and N-Quads.
type lineWriter struct {
	w     io.Writer
	f     Format
	buf   []byte
	sort  bool
	lines []string // when sorting
}

func newLineWriter(w io.Writer, f Format, o WriteOptions) *lineWriter {
	return &lineWriter{w: w, f: f, sort: o.Canonical, buf: make([]byte, 0, flushBytes+4096)}
}

// Write appends one line.
func (l *lineWriter) Write(q term.Quad) error {
	if err := checkWritable(q, l.f); err != nil {
		return err
	}
	if l.sort {
		l.lines = append(l.lines, string(q.Append(l.buf[:0])))
		return nil
	}
	l.buf = append(q.Append(l.buf), '\n')
	if len(l.buf) >= flushBytes {
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
	if l.sort {
		slices.Sort(l.lines)
		for _, s := range slices.Compact(l.lines) {
			l.buf = append(append(l.buf, s...), '\n')
			if len(l.buf) >= flushBytes {
				if err := l.flush(); err != nil {
					return err
				}
			}
		}
		l.lines = nil
	}
	return l.flush()
}

// checkWritable refuses what would not read back as the same quad.
func checkWritable(q term.Quad, f Format) error {
	if !f.Quads() && !q.Graph.IsZero() {
		return fmt.Errorf("%s has no named graphs, got %s", f, q)
	}
	if !q.Valid() {
		return fmt.Errorf("not an RDF quad: %s", q)
	}
	return nil
}
