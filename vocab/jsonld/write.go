package jsonld

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// Form is a form of a JSON-LD document (JSON-LD 1.1 §5).
type Form uint8

// The forms that a document can be written in.
const (
	Compacted Form = iota // short terms and prefixes, defined in the document's own context
	Expanded              // every IRI in full, no context
	Flattened             // expanded, and every subject of a graph a node object of its own
)

// WriteOptions say how a JSON-LD document is written. The zero value is good.
type WriteOptions struct {
	Prefixes map[string]string // prefix to namespace; only those used are declared; nil: vocab.Prefixes()
	Base     string            // compacted: IRIs below it are written relative to it
	Form     Form
}

// Writer writes JSON-LD 1.1: one node object for each subject, blank
// nodes within what uses them where that is possible, lists as lists. Unless
// another Form is asked for the document is compacted with the terms of DCAT and the prefixes
// that it uses, and carries these in its own context.
type Writer struct {
	w       io.Writer
	o       WriteOptions
	check   document.Checker
	quads   []term.Quad
	schemes map[string]bool // of IRIs in the document
}

// NewWriter returns a Writer that writes its document to w when it is closed.
func NewWriter(w io.Writer, o WriteOptions) *Writer {
	if o.Prefixes == nil {
		o.Prefixes = vocab.Prefixes()
	}
	return &Writer{w: w, o: o, check: document.NewChecker("JSON-LD", true), schemes: map[string]bool{}}
}

// Write keeps a quad for Close.
func (j *Writer) Write(q term.Quad) error {
	q, err := j.check.Quad(q)
	if err != nil {
		return err
	}
	if q.Object.IsTripleTerm() {
		return &document.UnfitError{Err: fmt.Errorf("JSON-LD 1.1 has no triple terms: %s", q)}
	}
	for _, t := range [...]term.Term{q.Subject, q.Predicate, q.Object, q.Graph} {
		iri := t.Datatype()
		if t.IsIRI() {
			iri = t.Value()
		}
		if n := term.SchemeLength(iri); n > 0 && !strings.HasPrefix(iri, "http:") &&
			!strings.HasPrefix(iri, "https:") {
			j.schemes[iri[:n]] = true
		}
	}
	j.quads = append(j.quads, q)
	return nil
}

// Close writes the document.
func (j *Writer) Close() error {
	if !slices.IsSortedFunc(j.quads, term.CompareQuads) {
		slices.SortFunc(j.quads, term.CompareQuads)
	}
	nodes, err := j.nodes()
	if err != nil {
		return err
	}
	var doc any = nodes
	if j.o.Form == Compacted {
		if doc, err = j.compacted(nodes); err != nil {
			return fmt.Errorf("compact JSON-LD: %w", err)
		}
	}
	_, err = j.w.Write(append(appendJSON(nil, doc, "  "), '\n'))
	return err
}

// nodes returns the expanded document, nested as far as depth allows.
func (j *Writer) nodes() ([]any, error) {
	b, err := j.build()
	if err != nil {
		return nil, err
	}
	b.finish()
	if b.embed(j.o.Form != Flattened) {
		return b.nodes(), nil
	}
	if b, err = j.build(); err != nil { // lists too deep: cells as nodes
		return nil, err
	}
	return b.nodes(), nil
}

func (j *Writer) build() (*builder, error) {
	b := newBuilder(options{exact: true, depth: maxJSONDepth})
	for _, q := range j.quads {
		if err := b.add(q); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// compacted compacts with the terms of the DCAT context and the prefixes.
func (j *Writer) compacted(nodes []any) (any, error) {
	p := &compactor{processor: newProcessor(context.Background(), nil, options{base: j.o.Base}),
		used: map[string]bool{}}
	active, err := j.context(p.processor)
	if err != nil {
		return nil, err
	}
	doc, err := p.compactWith(active, nodes)
	if err != nil {
		return nil, err
	}
	if local := j.localContext(p, active); len(local.members) > 0 {
		doc.prepend("@context", local)
	}
	return doc, nil
}

// context returns the active context: DCAT's terms, then the prefixes. A
// prefix that is the scheme of some IRI would be mistaken for it.
func (j *Writer) context(p *processor) (*activeContext, error) {
	data, err := bundled.ReadFile("contexts/dcat.jsonld")
	if err != nil {
		return nil, err
	}
	v, err := parseJSON(p.ctx, data, 10)
	if err != nil {
		return nil, err
	}
	file, _ := v.(*jsonObject)
	names := &jsonObject{}
	for prefix, namespace := range vocab.Prefixes() {
		names.set(prefix, namespace)
	}
	active, err := p.process(newActiveContext(j.o.Base), []any{names, file.value("@context")}, contextUse{})
	if err != nil {
		return nil, err
	}
	for prefix := range vocab.Prefixes() {
		delete(active.terms, prefix)
	}
	for prefix, namespace := range j.o.Prefixes {
		if prefix == "" || prefix[0] == '@' || strings.ContainsAny(prefix, ":/#?") ||
			term.SchemeLength(namespace) == 0 ||
			prefix == "_" {
			continue
		}
		active.terms[prefix] = &termDef{iri: namespace, prefix: true}
	}
	for scheme := range j.schemes {
		delete(active.terms, scheme)
	}
	return active, nil
}

// DCATContext returns the context document that has all terms and prefixes with which a
// [Writer] compacts unless it is given others.
func DCATContext() ([]byte, error) {
	data, err := bundled.ReadFile("contexts/dcat.jsonld")
	if err != nil {
		return nil, err
	}
	v, err := parseJSON(context.Background(), data, 10)
	if err != nil {
		return nil, err
	}
	file, _ := v.(*jsonObject)
	names := &jsonObject{}
	for _, prefix := range slices.Sorted(maps.Keys(vocab.Prefixes())) {
		names.set(prefix, vocab.Prefixes()[prefix])
	}
	doc := &jsonObject{}
	doc.set("@context", []any{names, file.value("@context")})
	return append(appendJSON(nil, doc, " "), '\n'), nil
}

// localContext returns the definitions that the document needs: prefixes
// first, then terms, both in order.
func (j *Writer) localContext(p *compactor, active *activeContext) *jsonObject {
	terms := &jsonObject{}
	for _, name := range slices.SortedFunc(maps.Keys(p.used), func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	}) {
		if d := active.terms[name]; d != nil && !d.prefix {
			terms.set(name, definitionEntry(p, active, d))
		}
	}
	local := &jsonObject{}
	if j.o.Base != "" {
		local.set("@base", j.o.Base)
	}
	for _, name := range slices.Sorted(maps.Keys(p.used)) {
		d := active.terms[name]
		if d == nil || !d.prefix {
			continue
		}
		if strings.IndexByte(":/?#[]@", d.iri[len(d.iri)-1]) >= 0 {
			local.set(name, d.iri)
		} else {
			local.set(name, newObject(jsonMember{key: "@id", value: d.iri}, jsonMember{key: "@prefix", value: true}))
		}
	}
	for _, m := range terms.members {
		local.set(m.key, m.value)
	}
	return local
}

// definitionEntry returns the context entry that gives a term definition.
func definitionEntry(p *compactor, active *activeContext, d *termDef) any {
	short := func(iri string) string {
		if isKeyword(iri) {
			return iri
		}
		if compact, prefix := compactPrefix(active, inverseOf(active), iri, nil); compact != "" {
			p.use(prefix)
			return compact
		}
		return iri
	}
	entry := newObject(jsonMember{key: "@id", value: short(d.iri)})
	if d.typ != "" {
		entry.set("@type", short(d.typ))
	}
	if d.container.has(containerLanguage) {
		entry.set("@container", "@language")
	}
	if len(entry.members) == 1 {
		return entry.value("@id")
	}
	return entry
}
