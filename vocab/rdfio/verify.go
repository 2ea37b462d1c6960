package rdfio

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	knakk "github.com/knakk/rdf"

	"fincat/vocab"
	"fincat/vocab/term"
)

// verifier reads the lines of an N-Triples or N-Quads document back with
// another reader, github.com/knakk/rdf, while they are written. A document
// that passes is not only right by our own reading of the grammar. That reader
// is right on these lines but takes several times as long as writing them, and
// it knows nothing of RDF 1.2: such lines are left out.
type verifier struct {
	f     Format
	quads []term.Quad
	lines []byte
}

// add keeps a line, and checks when there are many.
func (v *verifier) add(q term.Quad, line []byte) error {
	if q.Object.IsTripleTerm() || q.Object.Direction() != term.NoDirection {
		return nil
	}
	v.quads = append(v.quads, q)
	v.lines = append(append(v.lines, line...), '\n')
	if len(v.lines) < flushBytes {
		return nil
	}
	return v.check()
}

// check reads the lines kept since the last check.
func (v *verifier) check() error {
	quads := v.quads
	defer func() { v.quads, v.lines = v.quads[:0], v.lines[:0] }()
	next := decodeKnakk(bytes.NewReader(v.lines), v.f)
	for i := 0; ; i++ {
		got, err := next()
		switch {
		case errors.Is(err, io.EOF) && i == len(quads):
			return nil
		case err != nil && i < len(quads):
			return fmt.Errorf("verify: a second reader refuses %s: %w", quads[i], err)
		case err != nil:
			return fmt.Errorf("verify: a second reader: %w", err)
		case i == len(quads) || got != quads[i]:
			return fmt.Errorf("verify: a second reader finds %s, written was %s", got, quads[min(i, len(quads)-1)])
		}
	}
}

// decodeKnakk returns a function that gives the next quad of an N-Triples or
// N-Quads document as knakk/rdf reads it, io.EOF after the last.
func decodeKnakk(r io.Reader, f Format) func() (term.Quad, error) {
	if f == NQuads {
		// Quads without a graph name come back in the decoder's default graph.
		d := knakk.NewQuadDecoder(r, knakk.NQuads)
		return func() (term.Quad, error) {
			q, err := d.Decode()
			if err != nil {
				return term.Quad{}, err
			}
			graph := term.Term{}
			if q.Ctx != d.DefaultGraph {
				graph = fromKnakk(q.Ctx)
			}
			return fromKnakkTriple(q.Triple).In(graph), nil
		}
	}
	d := knakk.NewTripleDecoder(r, knakk.NTriples)
	return func() (term.Quad, error) {
		t, err := d.Decode()
		if err != nil {
			return term.Quad{}, err
		}
		return fromKnakkTriple(t).In(term.Term{}), nil
	}
}

func fromKnakkTriple(t knakk.Triple) term.Triple {
	return term.Triple{Subject: fromKnakk(t.Subj), Predicate: fromKnakk(t.Pred), Object: fromKnakk(t.Obj)}
}

// fromKnakk returns a term of knakk/rdf as one of ours.
func fromKnakk(t knakk.Term) term.Term {
	switch t := t.(type) {
	case knakk.IRI:
		return term.NewIRI(t.String())
	case knakk.Blank:
		return term.NewBlankNode(t.String())
	case knakk.Literal:
		if dt := t.DataType.String(); dt != vocab.RDFLangString {
			return term.NewLiteral(t.String(), dt)
		}
		return term.NewLangString(t.String(), t.Lang())
	}
	return term.Term{}
}
