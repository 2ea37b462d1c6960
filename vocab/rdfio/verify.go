package rdfio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	knakk "github.com/knakk/rdf"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// Verifier reads the lines of an N-Triples or N-Quads document with a second
// implementation, github.com/knakk/rdf, and compares them with the quads that they
// should say. A document that passes is not only right by our own reading of the
// grammar. The second reader is right on these lines, but takes several times as
// long as writing them, and it knows nothing of RDF 1.2: lines with a triple term
// or a base direction are left out.
type Verifier struct {
	format Format
	report func(Mismatch) error
	quads  []term.Quad
	lines  []byte
	ends   []int // of each line in lines
	nos    []int // number of each line in the document
	no     int   // of the last line
}

// Mismatch is a line that the second reader refuses, or reads as something else.
type Mismatch struct {
	Line int       // number in the document, from 1
	Want term.Quad // what the line should say
	Got  term.Quad // what the second reader finds; zero when it refuses the line
	Err  error     // why it refuses the line
}

// Error says what the second reader makes of the line.
func (m *Mismatch) Error() string {
	if m.Err != nil {
		return fmt.Sprintf("verify: line %d: a second reader refuses %s: %v", m.Line, m.Want, m.Err)
	}
	return fmt.Sprintf("verify: line %d: a second reader finds %s, not %s", m.Line, m.Got, m.Want)
}

// Unwrap returns the second reader's error, if any.
func (m *Mismatch) Unwrap() error { return m.Err }

// NewVerifier returns a Verifier for N-Triples or N-Quads. Each mismatch goes to
// report, whose error ends verifying; without report the first mismatch is the
// error.
func NewVerifier(f Format, report func(Mismatch) error) *Verifier {
	if report == nil {
		report = func(m Mismatch) error { return &m }
	}
	return &Verifier{format: f, report: report}
}

// Add takes the next line, without its end, and the quad that it should say. It
// is compared at once or later, at the latest by Close.
func (v *Verifier) Add(want term.Quad, line []byte) error {
	v.no++
	if !peerKnows(want) {
		return nil
	}
	v.quads = append(v.quads, want)
	v.lines = append(append(v.lines, line...), '\n')
	v.ends, v.nos = append(v.ends, len(v.lines)), append(v.nos, v.no)
	if len(v.lines) < document.FlushBytes {
		return nil
	}
	return v.Close()
}

// Close compares the lines that have not been compared yet.
func (v *Verifier) Close() error {
	defer func() { v.quads, v.lines, v.ends, v.nos = v.quads[:0], v.lines[:0], v.ends[:0], v.nos[:0] }()
	if v.agrees() {
		return nil
	}
	start := 0
	for i, want := range v.quads {
		line := v.lines[start:v.ends[i]]
		start = v.ends[i]
		m := Mismatch{Line: v.nos[i], Want: want}
		if m.Got, m.Err = decodeLine(line, v.format); m.Err == nil && m.Got == want {
			continue
		}
		if err := v.report(m); err != nil {
			return err
		}
	}
	return nil
}

// agrees reports whether the second reader finds every quad in its place.
func (v *Verifier) agrees() bool {
	next := decodeKnakk(bytes.NewReader(v.lines), v.format)
	for i := 0; ; i++ {
		got, err := next()
		if err != nil || i == len(v.quads) {
			return errors.Is(err, io.EOF) && i == len(v.quads)
		}
		if got != v.quads[i] {
			return false
		}
	}
}

// decodeLine returns the only quad of a line.
func decodeLine(line []byte, f Format) (term.Quad, error) {
	next := decodeKnakk(bytes.NewReader(line), f)
	q, err := next()
	if errors.Is(err, io.EOF) {
		return term.Quad{}, errors.New("the line is empty")
	}
	if err != nil {
		return term.Quad{}, err
	}
	if _, err := next(); !errors.Is(err, io.EOF) {
		return term.Quad{}, errors.New("the line has more than one statement")
	}
	return q, nil
}

// peerKnows reports whether a quad can be written without the syntax of RDF 1.2.
func peerKnows(q term.Quad) bool {
	return !q.Object.IsTripleTerm() && q.Object.Direction() == term.NoDirection
}

// ErrPeer is the error of [ReadPeer] for a document that the second reader cannot
// read because of a defect that is known.
var ErrPeer = errors.New("the second reader does not know this")

// ReadPeer reads a whole document of our own with the second reader. want is what
// the document should say; it is looked at only to tell a fault of the document
// from a known defect of the second reader, for which the error is [ErrPeer]:
//
//   - no reader of it knows TriG, JSON-LD or RDF 1.2;
//   - in Turtle it refuses a number at the end of a line, as it can stand in a
//     blank node;
//   - in RDF/XML it takes an IRI without "//", such as urn:x:y, for a prefixed name,
//     and refuses a blank node with a class inside another node.
//
// TestKnakkDefects fails when a release mends one of these.
func ReadPeer(doc []byte, f Format, base string, want []term.Quad) (quads []term.Quad, err error) {
	defer func() {
		if r := recover(); r != nil {
			quads, err = nil, fmt.Errorf("a second reader panics: %v", r)
		}
	}()
	if !peerReads(f, want) {
		return nil, ErrPeer
	}
	if f == NTriples || f == NQuads {
		return readKnakk(decodeKnakk(bytes.NewReader(doc), f))
	}
	d := knakk.NewTripleDecoder(
		bytes.NewReader(doc), map[Format]knakk.Format{Turtle: knakk.Turtle, RDFXML: knakk.RDFXML}[f],
	)
	if iri, err := knakk.NewIRI(base); err == nil {
		if err := d.SetOption(knakk.Base, iri); err != nil {
			return nil, fmt.Errorf("set the base of a second reader: %w", err)
		}
	}
	return readKnakk(func() (term.Quad, error) {
		t, err := d.Decode()
		if err != nil {
			return term.Quad{}, err
		}
		return fromKnakkTriple(t).In(term.Term{}), nil
	})
}

// peerReads reports whether the second reader can read a document that says want.
func peerReads(f Format, want []term.Quad) bool {
	switch f {
	case NTriples, NQuads, Turtle, RDFXML:
	default:
		return false
	}
	for _, q := range want {
		if !peerKnows(q) {
			return false
		}
		if f == Turtle && q.Subject.IsBlankNode() && isNumber(q.Object) {
			return false
		}
		if f != RDFXML {
			continue
		}
		if q.Subject.IsBlankNode() && q.Predicate.Value() == vocab.RDFType {
			return false
		}
		for _, t := range [...]term.Term{q.Subject, q.Object} {
			if t.IsIRI() && !strings.Contains(t.Value(), "://") {
				return false
			}
		}
	}
	return true
}

// isNumber reports whether Turtle may write a literal as a bare number.
func isNumber(t term.Term) bool {
	return t.IsLiteral() && slices.Contains([]string{vocab.XSDInteger, vocab.XSDDecimal, vocab.XSDDouble},
		t.Datatype())
}

// readKnakk collects what a decoder gives.
func readKnakk(next func() (term.Quad, error)) (quads []term.Quad, err error) {
	for {
		q, err := next()
		if errors.Is(err, io.EOF) {
			return quads, nil
		}
		if err != nil {
			return quads, err
		}
		quads = append(quads, q)
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
