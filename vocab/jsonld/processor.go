package jsonld

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"fincat/vocab/document"
)

// A Error is an error that the JSON-LD 1.1 API defines.
type Error struct {
	Code    string // error code, such as "invalid local context" (JSON-LD 1.1 API §9.4.10)
	Pointer string // JSON Pointer (RFC 6901) of the place in the document, "" for the whole
	document.Problem
}

// Error names the code, the place and what was found there.
func (e *Error) Error() string { return "JSON-LD: " + e.Problem.Error() }

// Unwrap returns the error as the syntax error that every reader reports.
func (e *Error) Unwrap() error { return &document.Error{Syntax: "JSON-LD", Problem: e.Problem} }

// Direction says how base directions become RDF (JSON-LD 1.1 API §9.4.8).
type Direction uint8

// The ways to keep base directions. RDF 1.2 has directional language-tagged
// strings, the default; two others and leaving directions out, its default,
// are those of JSON-LD 1.1.
const (
	DirLangString   Direction = iota // rdf:dirLangString of RDF 1.2
	I18nDatatype                     // datatypes of the namespace https://www.w3.org/ns/i18n#
	CompoundLiteral                  // blank nodes with rdf:value and rdf:direction
	DropDirection                    // directions are left out
)

// Options are the options of reading and transforming JSON-LD.
type Options struct {
	document.Options
	Loader Loader // contexts outside the bundled set; nil: they are errors

	// Context is a JSON-LD context, as an IRI or as JSON, that applies before
	// the document's own: what a Link header names for plain JSON (JSON-LD
	// 1.1 §6.1).
	Context string
	// Direction says what base directions become; the default is the
	// directional language-tagged strings of RDF 1.2.
	Direction Direction
}

// options are the options of the JSON-LD algorithms (JSON-LD 1.1 API §9.4.8).
type options struct {
	base           string
	mode10         bool // processing mode json-ld-1.0
	direction      Direction
	generalized    bool // produce generalised RDF
	nativeTypes    bool
	rdfType        bool
	keepArrays     bool // compactArrays is false
	keepGraph      bool // @graph stands even around a single node, as after flattening
	keepAbsolute   bool // compactToRelative is false
	exact          bool // write nothing in a form that would not read back as it was
	grammarOnly    bool // accept IRIs that RFC 3987 does not
	extractAll     bool // all script elements of an HTML page
	loader         Loader
	lenient        bool
	onProblem      func(document.Problem)
	depth          int
	literalBytes   int    // longest lexical form; zero: no limit
	context        string // IRI or JSON text of a context before the document's own
	blankNodes     string
	remoteContexts int // contexts that may be loaded; default 64
}

// processor holds the state of the JSON-LD algorithms over one document.
type processor struct {
	ctx   context.Context
	o     options
	doc   []byte // source
	lines []int  // offsets of line starts
	at    int    // offset of what is being looked at
	path  []pathStep
	steps int // elements looked at, for cancellation

	documents       map[string]*jsonObject // remote contexts loaded so far
	processed       map[contextKey]*activeContext
	rememberedTerms int
	nested          int // remote contexts processed on behalf of others
}

// A pathStep is a member's key, or an item's number when the key is empty.
type pathStep struct {
	key  string
	item int
}

func newProcessor(ctx context.Context, doc []byte, o options) *processor {
	if o.depth <= 0 {
		o.depth = 1000
	}
	if o.remoteContexts <= 0 {
		o.remoteContexts = 64
	}
	return &processor{
		ctx: ctx, o: o, doc: doc,
		documents: map[string]*jsonObject{}, processed: map[contextKey]*activeContext{},
	}
}

// look notes where the algorithm is; what comes from a remote context has no
// place in the document.
func (p *processor) look(pos int) {
	if pos >= 0 {
		p.at = pos
	}
}

// fail returns an error at the place looked at.
func (p *processor) fail(code, format string, args ...any) error {
	e := &Error{Code: code, Pointer: p.pointer(), Problem: p.problem(p.at, code+": "+fmt.Sprintf(format, args...))}
	if e.Pointer != "" {
		e.Message += " (at " + e.Pointer + ")"
	}
	return e
}

// problem describes a fault at an offset.
func (p *processor) problem(at int, message string) document.Problem {
	line, column := p.position(at)
	return document.Problem{Line: line, Column: column, Text: document.Excerpt(p.doc, at), Message: message}
}

// position returns line and column of an offset, from 1.
func (p *processor) position(at int) (line, column int) {
	if p.lines == nil {
		p.lines = []int{0}
		for i := 0; ; {
			n := bytes.IndexByte(p.doc[i:], '\n')
			if n < 0 {
				break
			}
			i += n + 1
			p.lines = append(p.lines, i)
		}
	}
	at = max(0, min(at, len(p.doc)))
	line = sort.SearchInts(p.lines, at+1)
	return line, 1 + utf8.RuneCount(p.doc[p.lines[line-1]:at])
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func (p *processor) pointer() string {
	var b strings.Builder
	for _, s := range p.path {
		b.WriteByte('/')
		if s.key == "" {
			b.WriteString(strconv.Itoa(s.item))
		} else {
			_, _ = pointerEscapes.WriteString(&b, s.key)
		}
	}
	return b.String()
}

// skip reports an error and tells whether processing may go on without the
// part that caused it. Contexts that cannot be had concern the whole document.
func (p *processor) skip(err error) bool {
	var e *Error
	if !p.o.lenient || !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "loading remote context failed", "context overflow":
		return false
	}
	p.report(e.Problem)
	return true
}

func (p *processor) report(problem document.Problem) {
	if p.o.onProblem != nil {
		p.o.onProblem(problem)
	}
}

// step counts one element and stops when the context has ended.
func (p *processor) step() error {
	if p.steps++; p.steps&0x3FF == 0 {
		return p.ctx.Err()
	}
	return nil
}

// parse reads the document as JSON.
func (p *processor) parse() (any, error) { return p.parseFrom(0, len(p.doc)) }

// parseFrom reads a part of the source as JSON.
func (p *processor) parseFrom(start, end int) (any, error) {
	var repaired func(int, string)
	if p.o.lenient {
		repaired = func(pos int, msg string) { p.report(p.problem(pos, msg)) }
	}
	j := &jsonParser{
		ctx: p.ctx, data: p.doc[:end], pos: start, depth: p.o.depth, keys: map[string]string{}, repaired: repaired,
	}
	v, err := j.document()
	var syntax *jsonError
	if errors.As(err, &syntax) {
		if syntax.deep {
			line, column := p.position(syntax.pos)
			return nil, &document.LimitError{
				Limit: "nesting depth", Max: int64(p.o.depth), Problem: document.Problem{Line: line, Column: column},
			}
		}
		return nil, &Error{Code: "loading document failed", Problem: p.problem(syntax.pos, syntax.msg)}
	}
	return v, err
}

// initialContext is the active context before the document's own.
func (p *processor) initialContext() (*activeContext, error) {
	c := newActiveContext(p.o.base)
	local, err := p.outerContext()
	if err != nil || local == nil {
		return c, err
	}
	return p.process(c, local, contextUse{base: p.o.base})
}

// outerContext is the context before the document's own, nil for none.
func (p *processor) outerContext() (any, error) {
	text := strings.TrimSpace(p.o.context)
	if text == "" {
		return nil, nil
	}
	if text[0] != '{' && text[0] != '[' {
		return text, nil
	}
	local, err := parseJSON(p.ctx, []byte(text), p.o.depth)
	if err != nil {
		return nil, fmt.Errorf("read the context given in the options: %w", err)
	}
	forgetPlaces(local)
	if o, ok := local.(*jsonObject); ok && o.has("@context") {
		local = o.value("@context")
	}
	return local, nil
}

// describe says what a JSON value is, for messages.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		if len(v) > 60 {
			v = strings.ToValidUTF8(v[:60], "") + "…"
		}
		return strconv.Quote(v)
	case []any:
		return "an array"
	case *jsonObject:
		return "an object"
	}
	return canonicalJSON(v)
}

func asArray(v any) []any {
	if a, ok := v.([]any); ok {
		return a
	}
	return []any{v}
}
