package rdfxml

import (
	"io"
	"maps"
	"slices"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

// Stream writes RDF/XML as the triples come: the configured prefixes are
// declared at the start, others where they are used.
type Stream struct {
	x       *Writer
	subject term.Term
	started bool
}

// NewStream returns a Stream that declares all prefixes (prefix to namespace; nil:
// vocab.Prefixes()) at the start.
func NewStream(w io.Writer, prefixes map[string]string) *Stream {
	x := NewWriter(w, prefixes)
	x.l = document.NewLayout(nil)
	for _, ns := range slices.Sorted(maps.Keys(x.prefixes)) {
		if p := x.prefixes[ns]; !x.taken[p] {
			x.used[ns], x.taken[p] = p, true
		}
	}
	x.declared = maps.Clone(x.used)
	x.version, x.its = true, true
	return &Stream{x: x}
}

// Write writes a triple. It goes into the node element of the triple before when
// that has the same subject.
func (s *Stream) Write(q term.Quad) error {
	x := s.x
	q, err := x.checked(q)
	if err != nil {
		return err
	}
	if !s.started {
		x.header()
		s.started = true
	}
	if q.Subject != s.subject {
		s.end()
		s.subject = q.Subject
		x.string("  <rdf:Description" + x.about(q.Subject) + ">\n")
	}
	x.property(q.Predicate, q.Object, 2)
	return nil
}

func (s *Stream) end() {
	if !s.subject.IsZero() {
		s.x.string("  </rdf:Description>\n")
	}
}

// Close ends the document.
func (s *Stream) Close() error {
	if !s.started {
		s.x.header()
	}
	s.end()
	s.x.string("</rdf:RDF>\n")
	return s.x.w.Flush()
}
