package results

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"fincat/vocab/term"
)

// Writer writes the solutions of one SELECT query. It buffers some kilobytes;
// Flush hands on what has been written so far.
type Writer interface {
	// Write writes one solution, whose length is the number of variables.
	// After an error the document can only be ended with Fail.
	Write(Solution) error
	// Flush passes everything written so far to the underlying writer.
	Flush() error
	// Close completes the document.
	Close() error
	// Fail ends the document in a way that no reader takes for a complete one:
	// it names the cause as far as the format allows and leaves the document
	// unfinished. It returns an error only if that could not be written.
	Fail(cause error) error
}

// encoder is what the formats differ in. Each method appends to a buffer.
type encoder interface {
	head(b []byte) []byte
	// solution may return an error for a term the format cannot carry; what
	// it appended is then dropped.
	solution(b []byte, s Solution) ([]byte, error)
	foot(b []byte) []byte
	fail(b []byte, message string) []byte
}

// NewWriter returns a writer of a solution sequence with the given variables,
// named without "?". It writes nothing before the first Write, Flush or Close.
func NewWriter(w io.Writer, f Format, vars []string) (Writer, error) {
	e, err := newEncoder(f, vars)
	if err != nil {
		return nil, err
	}
	return &writer{w: w, e: e, vars: vars}, nil
}

// bufferSize is how much is gathered before it is handed on. Most answers are much
// shorter, so that the buffer begins small.
const bufferSize = 32 << 10

func newEncoder(f Format, vars []string) (encoder, error) {
	switch f {
	case JSON:
		return newJSONEncoder(vars), nil
	case XML:
		return newXMLEncoder(vars), nil
	case CSV:
		return &csvEncoder{vars: vars}, nil
	case TSV:
		return &tsvEncoder{vars: vars}, nil
	case Table:
		return &tableEncoder{vars: vars}, nil
	}
	return nil, fmt.Errorf("no result format %d", f)
}

type writer struct {
	w      io.Writer
	e      encoder
	vars   []string
	buf    []byte // what has not been handed on
	begun  bool
	ended  bool
	failed error
	broken error // of w, after which nothing is written any more
}

var errEnded = errors.New("the result document is already closed")

func (w *writer) Write(s Solution) error {
	if w.ended {
		return errEnded
	}
	if w.failed != nil {
		return w.failed
	}
	if len(s) != len(w.vars) {
		return w.stop(fmt.Errorf("a solution has %d terms for %d variables", len(s), len(w.vars)))
	}
	for i, t := range s {
		if err := checkText(t); err != nil {
			return w.stop(fmt.Errorf("?%s: %w", w.vars[i], err))
		}
	}
	w.begin()
	keep := len(w.buf)
	b, err := w.e.solution(w.buf, s)
	if err != nil {
		b = b[:keep]
	}
	if w.buf = b; len(b) >= bufferSize {
		if werr := w.handOn(); werr != nil {
			return w.stop(werr)
		}
	}
	return w.stop(err)
}

// handOn writes the buffer and empties it.
func (w *writer) handOn() error {
	if w.broken == nil && len(w.buf) > 0 {
		_, w.broken = w.w.Write(w.buf)
		w.buf = w.buf[:0]
	}
	return w.broken
}

func (w *writer) stop(err error) error {
	if err != nil {
		w.failed = err
	}
	return err
}

// begin puts the head into the buffer, once.
func (w *writer) begin() {
	if !w.begun {
		w.begun = true
		w.buf = w.e.head(make([]byte, 0, 1<<10))
	}
}

func (w *writer) Flush() error {
	if w.ended {
		return errEnded
	}
	w.begin()
	return w.handOn()
}

func (w *writer) Close() error {
	if w.ended {
		return errEnded
	}
	if w.failed != nil {
		return fmt.Errorf("the result is incomplete: %w", w.failed)
	}
	w.begin()
	w.buf = w.e.foot(w.buf)
	return w.end()
}

func (w *writer) Fail(cause error) error {
	if w.ended {
		return errEnded
	}
	message := "unknown"
	if cause != nil {
		message = cause.Error()
	}
	w.begin()
	w.buf = w.e.fail(w.buf, message)
	return w.end()
}

func (w *writer) end() error {
	w.ended = true
	return w.handOn()
}

// WriteBoolean writes the answer of an ASK query. CSV and TSV, for which the
// specification defines none, get one line with the bare word.
func WriteBoolean(w io.Writer, f Format, value bool) error {
	var b string
	switch f {
	case JSON:
		b = fmt.Sprintf("{\"head\":{},\"boolean\":%t}\n", value)
	case XML:
		b = fmt.Sprintf("%s<head/><boolean>%t</boolean></sparql>\n", xmlStart, value)
	case CSV:
		b = fmt.Sprintf("%t\r\n", value)
	case TSV, Table:
		b = fmt.Sprintf("%t\n", value)
	default:
		return fmt.Errorf("no result format %d", f)
	}
	_, err := io.WriteString(w, b)
	return err
}

// checkText refuses a term whose text is not UTF-8, which no format can carry.
func checkText(t term.Term) error {
	if t.IsTripleTerm() {
		r := t.Triple()
		return errors.Join(checkText(r.Subject), checkText(r.Predicate), checkText(r.Object))
	}
	if !utf8.ValidString(t.Value()) {
		return fmt.Errorf("the %s %.80q is not valid UTF-8", t.Kind(), t.Value())
	}
	return nil
}
