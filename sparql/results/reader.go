package results

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"

	"fincat/vocab/term"
)

// Limits bounds what a [Reader] accepts. The zero value means the defaults.
type Limits struct {
	Bytes         int64 // of the whole document; default 4 GiB
	SolutionBytes int64 // of the head, and of each solution; default 16 MiB
	Variables     int   // default 10,000
	Depth         int   // of triple terms in one another; default 64
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 4 << 30
	}
	if l.SolutionBytes <= 0 {
		l.SolutionBytes = 16 << 20
	}
	if l.Variables <= 0 {
		l.Variables = 10_000
	}
	if l.Depth <= 0 {
		l.Depth = 64
	}
	return l
}

// ErrLimit is wrapped by the errors of documents larger or deeper than the
// [Limits] allow.
var ErrLimit = errors.New("over the limit")

// FailedError is the error of a document whose writer said that it is
// incomplete (see [Writer] Fail).
type FailedError struct{ Message string }

// Error returns the writer's message.
func (e *FailedError) Error() string { return "the result is incomplete: " + e.Message }

// Reader reads one result document as it arrives.
type Reader struct {
	ctx     context.Context
	f       Format
	src     *source
	d       decoder
	h       header
	started bool
}

// header is what stands before the solutions.
type header struct {
	vars      []string
	isBoolean bool
	boolean   bool
}

// decoder is what the formats differ in.
type decoder interface {
	header() (header, error)
	// next returns io.EOF after the last solution of a complete document.
	next() (Solution, error)
}

// Read begins to read a result document with the default limits.
func Read(ctx context.Context, r io.Reader, f Format) (*Reader, error) {
	return ReadLimited(ctx, r, f, Limits{})
}

// ReadLimited begins to read a result document: it reads the head, and the
// whole of a boolean result. Reading stops when ctx is cancelled.
func ReadLimited(ctx context.Context, r io.Reader, f Format, l Limits) (*Reader, error) {
	l = l.withDefaults()
	src := &source{ctx: ctx, r: r, total: l.Bytes, window: l.SolutionBytes, left: l.SolutionBytes}
	rd := &Reader{ctx: ctx, f: f, src: src}
	switch f {
	case JSON:
		rd.d = newJSONDecoder(src, l)
	case XML:
		rd.d = newXMLDecoder(src, l)
	case CSV:
		rd.d = newCSVDecoder(src, l)
	case TSV:
		rd.d = newTSVDecoder(src, l)
	default:
		return nil, fmt.Errorf("read SPARQL results: format %q cannot be read", f.Name())
	}
	h, err := rd.d.header()
	if err != nil {
		return nil, rd.wrap(err)
	}
	rd.h = h
	return rd, nil
}

// Vars returns the variables in the document's order, without "?".
func (r *Reader) Vars() []string { return r.h.vars }

// Boolean returns the answer of an ASK query; ok is false for a document of
// solutions.
func (r *Reader) Boolean() (value, ok bool) { return r.h.boolean, r.h.isBoolean }

// Solutions returns the solutions, once. A sequence that ends without an error
// was complete.
func (r *Reader) Solutions() iter.Seq2[Solution, error] {
	return func(yield func(Solution, error) bool) {
		if r.started {
			yield(nil, r.wrap(errors.New("the solutions have already been read")))
			return
		}
		r.started = true
		if r.h.isBoolean {
			return
		}
		for {
			r.src.left = r.src.window
			s, err := r.d.next()
			if atEnd(err) {
				return
			}
			if err != nil {
				yield(nil, r.wrap(err))
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}

// atEnd reports whether a document ends here. Only [io.EOF] itself says so; an
// error that wraps it tells of a connection that broke off.
func atEnd(err error) bool {
	return err == io.EOF //nolint:errorlint // a wrapped one must not pass for the end
}

// afterEnd returns what is wrong when reading on after the end of a document gave
// err.
func afterEnd(err error) error {
	switch {
	case err == nil:
		return errors.New("there is text after the end of the document")
	case !atEnd(err):
		return err
	}
	return nil
}

func (r *Reader) wrap(err error) error {
	switch {
	case r.src.err != nil:
		err = r.src.err // what the decoder made of it says less
	case atEnd(err):
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read SPARQL results (%s): %w", r.f.Name(), err)
}

// source counts what is read: in all, and since the last solution began. It
// gives a decoder small pieces, so that reading ahead stays small too.
type source struct {
	ctx          context.Context
	r            io.Reader
	total        int64 // still allowed in all
	window, left int64 // allowed for each solution; still allowed for this one
	err          error // what stopped reading, other than the end
}

const sourcePiece = 64 << 10

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	if len(p) > sourcePiece {
		p = p[:sourcePiece]
	}
	n, err := s.r.Read(p)
	s.total -= int64(n)
	s.left -= int64(n)
	switch {
	case err != nil && err != io.EOF:
		s.err = err
	case s.total < 0:
		s.err = fmt.Errorf("the document is %w of bytes", ErrLimit)
	case s.left < -sourcePiece:
		s.err = fmt.Errorf("one solution is %w of %d bytes", ErrLimit, s.window)
	}
	if s.err != nil {
		return 0, s.err
	}
	return n, err
}

// columns finds the place of a variable in a solution.
type columns struct {
	vars  []string
	index map[string]int
}

func newColumns(vars []string, l Limits) (columns, error) {
	if len(vars) > l.Variables {
		return columns{}, fmt.Errorf("%d variables are %w of %d", len(vars), ErrLimit, l.Variables)
	}
	c := columns{vars: vars, index: make(map[string]int, len(vars))}
	for i, v := range vars {
		if v == "" || strings.ContainsFunc(v, unfitForVariable) {
			return columns{}, fmt.Errorf("%.80q is not the name of a variable", v)
		}
		if _, twice := c.index[v]; twice {
			return columns{}, fmt.Errorf("the variable ?%s is named twice", v)
		}
		c.index[v] = i
	}
	return c, nil
}

// unfitForVariable is wider than the production VARNAME, because endpoints make
// up names such as callret-0 for expressions without one.
func unfitForVariable(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(",\"'<>?$\uFEFF", r)
}

func (c *columns) put(s Solution, name string, t term.Term) error {
	i, ok := c.index[name]
	if !ok {
		return fmt.Errorf("the solution binds ?%s, which the head does not name", name)
	}
	if !s[i].IsZero() {
		return fmt.Errorf("the solution binds ?%s twice", name)
	}
	s[i] = t
	return nil
}

// makeIRI refuses what no IRI contains (the production IRIREF).
func makeIRI(s string) (term.Term, error) {
	if i := strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("<>\"{}|^`\\", r)
	}); i >= 0 {
		return term.Term{}, fmt.Errorf("%.200q is not an IRI: character %q at %d", s, s[i], i)
	}
	return term.NewIRI(s), nil
}

// makeBlankNode keeps a label of ASCII letters, digits, "_" and "-". Any other
// becomes such a label, which stands for it alone.
func makeBlankNode(label string) (term.Term, error) {
	const escaped = "_x"
	safe := label != "" && !strings.HasPrefix(label, escaped) && label[0] != '-'
	for i := 0; safe && i < len(label); i++ {
		c := label[i]
		safe = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	}
	if !safe {
		label = fmt.Sprintf("%s%x", escaped, label)
	}
	return term.NewBlankNode(label), nil
}

// makeLiteral builds a literal from the parts a document gives.
func makeLiteral(value, datatype, lang, dir string) (term.Term, error) {
	if lang == "" {
		if dir != "" {
			return term.Term{}, fmt.Errorf("base direction %q without a language tag", dir)
		}
		if _, err := makeIRI(datatype); err != nil {
			return term.Term{}, fmt.Errorf("datatype: %w", err)
		}
		return term.NewLiteral(value, datatype), nil
	}
	if !isLangTag(lang) {
		return term.Term{}, fmt.Errorf("%.80q is not a language tag", lang)
	}
	switch dir {
	case "":
		return term.NewLangString(value, lang), nil
	case "ltr":
		return term.NewDirLangString(value, lang, term.LTR), nil
	case "rtl":
		return term.NewDirLangString(value, lang, term.RTL), nil
	}
	return term.Term{}, fmt.Errorf("%.80q is not a base direction", dir)
}

// isLangTag is the production LANG_DIR of SPARQL without the direction.
func isLangTag(s string) bool {
	first := true
	for part := range strings.SplitSeq(s, "-") {
		if part == "" {
			return false
		}
		for i := 0; i < len(part); i++ {
			c := part[i] | 0x20
			if letter := c >= 'a' && c <= 'z'; !letter && (first || part[i] < '0' || part[i] > '9') {
				return false
			}
		}
		first = false
	}
	return true
}

// makeTripleTerm refuses triples that RDF does not allow.
func makeTripleTerm(s, p, o term.Term) (term.Term, error) {
	t := term.Triple{Subject: s, Predicate: p, Object: o}
	if !t.Valid() {
		return term.Term{}, errors.New("a triple term is incomplete or not a triple of RDF")
	}
	return term.NewTripleTerm(t), nil
}
