package rdfio

import "fincat/vocab/term"

// turtleStream writes Turtle and TriG as the quads come: all prefixes declared
// at the start, consecutive quads of a subject grouped, nothing nested.
type turtleStream struct {
	t       *turtleWriter
	last    term.Quad
	started bool
}

func newTurtleStream(t *turtleWriter) *turtleStream {
	for p := range t.names.prefixes { // any may come to be used
		t.names.used[p] = true
	}
	t.names.usedBase = true
	return &turtleStream{t: t}
}

// Write writes a quad, joined to the one before where that is possible.
func (s *turtleStream) Write(q term.Quad) error {
	q, err := s.t.check.Quad(q)
	if err != nil {
		return err
	}
	t := s.t
	if !s.started {
		t.header()
	}
	level := 1
	if !q.Graph.IsZero() {
		level = 2
	}
	switch {
	case s.started && q.Graph == s.last.Graph && q.Subject == s.last.Subject:
		if q.Predicate == s.last.Predicate {
			t.string(",\n")
			t.indent(level + 1)
			break
		}
		t.string(" ;\n")
		t.indent(level)
		t.predicate(q.Predicate)
		t.string(" ")
	default:
		s.begin(q)
		t.indent(level - 1)
		t.term(q.Subject)
		t.string(" ")
		t.predicate(q.Predicate)
		t.string(" ")
	}
	t.term(q.Object)
	s.last, s.started = q, true
	return nil
}

// begin ends the statement before, and opens and closes graphs.
func (s *turtleStream) begin(q term.Quad) {
	if s.started {
		s.t.string(" .\n")
	}
	if s.started && q.Graph == s.last.Graph {
		return
	}
	if s.started && !s.last.Graph.IsZero() {
		s.t.string("}\n")
	}
	if !q.Graph.IsZero() {
		s.t.term(q.Graph)
		s.t.string(" {\n")
	}
}

// Close ends the document.
func (s *turtleStream) Close() error {
	if s.started {
		s.t.string(" .\n")
		if !s.last.Graph.IsZero() {
			s.t.string("}\n")
		}
	} else {
		s.t.header()
	}
	return s.t.w.Flush()
}
