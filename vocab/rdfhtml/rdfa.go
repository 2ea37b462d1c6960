package rdfhtml

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/jsonld"
	"fincat/vocab/term"
)

// readRDFa emits the triples of a page's RDFa attributes (RDFa Core 1.1 §7.5
// with the rules of HTML+RDFa 1.1).
func readRDFa(ctx context.Context, page *html.Node, o document.Options, emit func(term.Quad) error) error {
	if !usesRDFa(page) {
		return nil
	}
	terms, prefixes, err := rdfaInitialContext()
	if err != nil {
		return err
	}
	base, _, _ := strings.Cut(pageBase(page, o.Base), "#")
	r := &rdfa{ctx: ctx, base: base, prefix: o.BlankNodes + "r", terms: terms, labels: map[string]term.Term{}}
	subject := r.iri("")
	whole := rdfaScope{subject: subject, object: subject, prefixes: prefixes, lists: &rdfaLists{}}
	if err := r.children(page, whole); err != nil {
		return err
	}
	if r.copies {
		if err := r.copyPatterns(); err != nil {
			return err
		}
	}
	for _, q := range r.quads {
		if err := emit(q); err != nil {
			return err
		}
	}
	return nil
}

const (
	rdfaNamespace = "http://www.w3.org/ns/rdfa#"
	rdfaCopy      = rdfaNamespace + "copy"
	rdfaPattern   = rdfaNamespace + "Pattern"
)

// maxCopied bounds the triples that property copying adds.
const maxCopied = 100_000

// copyPatterns is property copying (HTML+RDFa 1.1 §3.5): what is said of a
// pattern is said of the subjects that copy it, and not of the pattern.
func (r *rdfa) copyPatterns() error {
	patterns, about := map[term.Term]bool{}, map[term.Term][]int{}
	seen := map[term.Quad]bool{}
	for i, q := range r.quads {
		seen[q] = true
		about[q.Subject] = append(about[q.Subject], i)
		if q.Predicate.Value() == vocab.RDFType && q.Object.Value() == rdfaPattern {
			patterns[q.Subject] = true
		}
	}
	isCopy := func(q term.Quad) bool { return q.Predicate.Value() == rdfaCopy && patterns[q.Object] }
	used := map[term.Term]bool{}
	original := len(r.quads)
	for i := 0; i < len(r.quads); i++ { // the slice grows in the loop, when a copied pattern copies another one
		q := r.quads[i]
		if !isCopy(q) {
			continue
		}
		used[q.Object] = true
		for _, k := range about[q.Object] {
			c := r.quads[k]
			c.Subject = q.Subject
			if c.Object.Value() == rdfaPattern || seen[c] {
				continue
			}
			seen[c] = true
			r.quads = append(r.quads, c)
		}
		if len(r.quads) > original+maxCopied {
			return &document.LimitError{Limit: "statements", Max: maxCopied,
				Problem: document.Problem{Line: 1, Column: 1}}
		}
	}
	r.quads = slices.DeleteFunc(r.quads, func(q term.Quad) bool { return used[q.Subject] || isCopy(q) })
	return nil
}

func usesRDFa(page *html.Node) bool {
	for n := range page.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "property", "typeof", "vocab", "rel", "rev", "about", "resource":
				return true
			}
		}
	}
	return false
}

// rdfaInitialContext is the initial context of RDFa Core 1.1.
func rdfaInitialContext() (terms, prefixes map[string]string, err error) {
	data, err := jsonld.BundledContext("http://www.w3.org/2013/json-ld-context/rdfa11")
	if err != nil {
		return nil, nil, err
	}
	var doc struct {
		Context map[string]string `json:"@context"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, nil, fmt.Errorf("read the RDFa initial context: %w", err)
	}
	terms, prefixes = map[string]string{}, map[string]string{"": "http://www.w3.org/1999/xhtml/vocab#"}
	for name, iri := range doc.Context {
		if strings.HasSuffix(iri, name) && name != "" && !strings.HasSuffix(iri, "#") && !strings.HasSuffix(iri, "/") {
			terms[name] = iri
		} else {
			prefixes[name] = iri
		}
	}
	return terms, prefixes, nil
}

// rdfa holds what is the same for a whole page.
type rdfa struct {
	ctx    context.Context
	base   string
	prefix string
	quads  []term.Quad
	copies bool // rdfa:copy is used
	terms  map[string]string
	labels map[string]term.Term
	blanks int
}

// rdfaScope is the evaluation context (RDFa Core 1.1 §7.1).
type rdfaScope struct {
	subject    term.Term // parent subject
	object     term.Term // parent object
	incomplete []rdfaIncomplete
	lists      *rdfaLists
	prefixes   map[string]string
	vocabulary string
	root       bool // within the root element's parent: the element is the root
}

type rdfaIncomplete struct {
	predicate string
	reverse   bool
	list      *rdfaList // for @inlist
}

// rdfaLists is a list mapping; it belongs to the element that made it.
type rdfaLists struct{ lists []*rdfaList }

type rdfaList struct {
	predicate string
	items     []term.Term
}

func (l *rdfaLists) get(predicate string) *rdfaList {
	for _, list := range l.lists {
		if list.predicate == predicate {
			return list
		}
	}
	list := &rdfaList{predicate: predicate}
	l.lists = append(l.lists, list)
	return list
}

func (r *rdfa) triple(s term.Term, p string, o term.Term) error {
	if s.IsZero() || s.IsLiteral() || o.IsZero() || term.CheckIRI(p) != nil {
		return nil
	}
	r.quads = append(r.quads, term.Quad{Subject: s, Predicate: term.NewIRI(p), Object: o})
	r.copies = r.copies || p == rdfaCopy
	return nil
}

func (r *rdfa) newBlankNode() term.Term {
	r.blanks++
	return term.NewBlankNode(r.prefix + strconv.Itoa(r.blanks))
}

func (r *rdfa) iri(ref string) term.Term { return pageIRI(r.base, ref) }

// children processes the elements below a node.
func (r *rdfa) children(n *html.Node, scope rdfaScope) error {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		scope.root = n.Type == html.DocumentNode
		if err := r.element(c, scope); err != nil {
			return err
		}
	}
	return nil
}

// rdfaElement is the processing of one element, with the local values of the
// specification.
type rdfaElement struct {
	*rdfa
	n          *html.Node
	scope      rdfaScope
	rel, rev   []string
	hasRel     bool
	skip       bool
	newSubject term.Term
	current    term.Term // current object resource
	typed      term.Term // typed resource
	incomplete []rdfaIncomplete
	lists      *rdfaLists
	owner      bool // the list mapping was made here
}

// element is the processing sequence (RDFa Core 1.1 §7.5).
func (r *rdfa) element(n *html.Node, scope rdfaScope) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	e := &rdfaElement{rdfa: r, n: n, scope: scope, lists: scope.lists}
	for _, step := range []func() error{
		e.vocab, e.prefixes, e.relations, e.subjects, e.types, e.related, e.property, e.complete, e.descend,
		e.finishLists,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// vocab is step 2.
func (e *rdfaElement) vocab() error {
	v, ok := attribute(e.n, "vocab")
	if !ok {
		return nil
	}
	e.scope.vocabulary = ""
	if v = strings.TrimSpace(v); v == "" {
		return nil
	}
	iri := e.iri(v)
	e.scope.vocabulary = iri.Value()
	return e.triple(e.iri(""), rdfaNamespace+"usesVocabulary", iri)
}

// prefixes is step 3.
func (e *rdfaElement) prefixes() error {
	found := map[string]string{}
	for _, a := range e.n.Attr {
		if name, ok := strings.CutPrefix(a.Key, "xmlns:"); ok {
			found[strings.ToLower(name)] = a.Val
		}
	}
	v, _ := attribute(e.n, "prefix")
	fields := strings.Fields(v)
	for i := 0; i+1 < len(fields); i += 2 {
		if name, ok := strings.CutSuffix(fields[i], ":"); ok && name != "_" {
			found[strings.ToLower(name)] = fields[i+1]
		}
	}
	if len(found) > 0 {
		e.scope.prefixes = maps.Clone(e.scope.prefixes)
		maps.Copy(e.scope.prefixes, found)
	}
	return nil
}

// relations reads @rel and @rev. Beside @property, plain words in them are
// ignored (HTML+RDFa 1.1 §3.1, rule 7).
func (e *rdfaElement) relations() error {
	words := func(name string) []string {
		v, ok := attribute(e.n, name)
		if !ok {
			return nil
		}
		fields := strings.Fields(v)
		if has(e.n, "property") {
			fields = slices.DeleteFunc(fields, func(s string) bool { return !strings.Contains(s, ":") })
			ok = len(fields) > 0
		}
		e.hasRel = e.hasRel || ok
		return e.iris(fields)
	}
	e.rel, e.rev = words("rel"), words("rev")
	return nil
}

// iris resolves terms, CURIEs and absolute IRIs; what is none is left out.
func (e *rdfaElement) iris(fields []string) []string {
	var out []string
	for _, f := range fields {
		if iri, ok := e.termOrCURIE(f); ok {
			out = append(out, iri)
		}
	}
	return out
}

func (e *rdfaElement) attributeIRIs(name string) []string {
	v, _ := attribute(e.n, name)
	return e.iris(strings.Fields(v))
}

func (e *rdfaElement) termOrCURIE(s string) (string, bool) {
	if !strings.Contains(s, ":") {
		if e.scope.vocabulary != "" {
			iri, _ := term.RepairIRI(e.scope.vocabulary + s)
			return iri, true
		}
		iri, ok := e.terms[s]
		if !ok {
			iri, ok = e.terms[strings.ToLower(s)]
		}
		return iri, ok
	}
	if iri, ok := e.curie(s); ok {
		return iri, true
	}
	return s, term.SchemeLength(s) > 0
}

func (e *rdfaElement) curie(s string) (string, bool) {
	prefix, rest, ok := strings.Cut(s, ":")
	if !ok || strings.HasPrefix(rest, "//") {
		return "", false
	}
	namespace, ok := e.scope.prefixes[strings.ToLower(prefix)]
	if !ok {
		return "", false
	}
	iri, _ := term.RepairIRI(namespace + rest)
	return iri, true
}

// resource is the value of @about or @resource, or of @href or @src, which
// hold plain IRIs; the zero Term when there is none.
func (e *rdfaElement) resource(names ...string) term.Term {
	for _, name := range names {
		v, ok := attribute(e.n, name)
		if !ok {
			continue
		}
		v = strings.TrimSpace(v)
		if name == "href" || name == "src" {
			return e.iri(v)
		}
		safe := strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]")
		if safe {
			v = v[1 : len(v)-1]
		}
		if label, ok := strings.CutPrefix(v, "_:"); ok {
			return e.label(label)
		}
		if iri, ok := e.curie(v); ok {
			return e.iri(iri)
		}
		if !safe {
			return e.iri(v)
		}
	}
	return term.Term{}
}

func (e *rdfaElement) label(name string) term.Term {
	t, ok := e.labels[name]
	if !ok {
		t = e.newBlankNode()
		e.labels[name] = t
	}
	return t
}

// subjects is steps 5 and 6.
func (e *rdfaElement) subjects() error {
	typeof := has(e.n, "typeof")
	about := e.resource("about")
	top := e.n.Data == "head" || e.n.Data == "body"
	parent := e.scope.object
	if e.scope.root {
		parent = e.iri("")
	}
	switch {
	case e.hasRel:
		e.newSubject, e.current = about, e.resource("resource", "href", "src")
		if typeof {
			if about.IsZero() && e.current.IsZero() {
				e.current = e.newBlankNode()
			}
			if e.typed = about; about.IsZero() {
				e.typed = e.current
			}
		}
		if e.newSubject.IsZero() {
			e.newSubject = parent
		}
	case has(e.n, "property") && !has(e.n, "content") && !has(e.n, "datatype"):
		if e.newSubject = about; about.IsZero() {
			e.newSubject = parent
		}
		if typeof {
			e.typed = about
			if e.typed.IsZero() && e.scope.root {
				e.typed = parent
			}
			if e.typed.IsZero() {
				if e.typed = e.resource("resource", "href", "src"); e.typed.IsZero() {
					e.typed = e.newBlankNode()
				}
				e.current = e.typed
			}
		}
	default:
		e.newSubject = e.resource("about", "resource", "href", "src")
		if e.newSubject.IsZero() {
			switch {
			case e.scope.root || top:
				e.newSubject = parent
			case typeof:
				e.newSubject = e.newBlankNode()
			default:
				e.newSubject = parent
				e.skip = !has(e.n, "property")
			}
		}
		if typeof {
			e.typed = e.newSubject
		}
	}
	return nil
}

// types is steps 7 and 8.
func (e *rdfaElement) types() error {
	if !e.typed.IsZero() {
		for _, t := range e.attributeIRIs("typeof") {
			if err := e.triple(e.typed, vocab.RDFType, e.iri(t)); err != nil {
				return err
			}
		}
	}
	if e.scope.root || e.newSubject != e.scope.object {
		e.lists, e.owner = &rdfaLists{}, true
	}
	return nil
}

// related is steps 9 and 10.
func (e *rdfaElement) related() error {
	inlist := has(e.n, "inlist")
	if !e.hasRel {
		return nil
	}
	if e.current.IsZero() {
		for _, p := range e.rel {
			if inlist {
				e.incomplete = append(e.incomplete, rdfaIncomplete{predicate: p, list: e.lists.get(p)})
			} else {
				e.incomplete = append(e.incomplete, rdfaIncomplete{predicate: p})
			}
		}
		for _, p := range e.rev {
			e.incomplete = append(e.incomplete, rdfaIncomplete{predicate: p, reverse: true})
		}
		if len(e.incomplete) > 0 {
			e.current = e.newBlankNode()
		}
		return nil
	}
	for _, p := range e.rel {
		if inlist {
			l := e.lists.get(p)
			l.items = append(l.items, e.current)
		} else if err := e.triple(e.newSubject, p, e.current); err != nil {
			return err
		}
	}
	for _, p := range e.rev {
		if err := e.triple(e.current, p, e.newSubject); err != nil {
			return err
		}
	}
	return nil
}

// property is step 11.
func (e *rdfaElement) property() error {
	predicates := e.attributeIRIs("property")
	if len(predicates) == 0 {
		return nil
	}
	value, err := e.value()
	if err != nil {
		return err
	}
	for _, p := range predicates {
		if has(e.n, "inlist") {
			l := e.lists.get(p)
			l.items = append(l.items, value)
		} else if err := e.triple(e.newSubject, p, value); err != nil {
			return err
		}
	}
	return nil
}

// value is the object of @property.
func (e *rdfaElement) value() (term.Term, error) {
	content, hasContent := attribute(e.n, "content")
	datatype, hasDatatype := attribute(e.n, "datatype")
	datetime, hasDatetime := attribute(e.n, "datetime")
	text := func() string {
		switch {
		case hasContent:
			return content
		case hasDatetime:
			return datetime
		}
		return elementText(e.n)
	}
	if hasDatatype {
		iri, ok := e.termOrCURIE(strings.TrimSpace(datatype))
		switch {
		case !ok || term.CheckIRI(iri) != nil || document.BadDatatype(iri) != "":
			return term.NewLangString(text(), language(e.n)), nil
		case iri == vocab.RDFXMLLiteral || iri == vocab.RDFHTML:
			markup, err := innerHTML(e.n)
			return term.NewLiteral(markup, iri), err
		}
		return term.NewLiteral(text(), iri), nil
	}
	if hasContent {
		return term.NewLangString(content, language(e.n)), nil
	}
	if hasDatetime || e.n.Data == "time" {
		return timeLiteral(text(), language(e.n)), nil
	}
	if !e.hasRel {
		if t := e.resource("resource", "href", "src"); !t.IsZero() {
			return t, nil
		}
	}
	if !e.typed.IsZero() && !has(e.n, "about") {
		return e.typed, nil
	}
	return term.NewLangString(elementText(e.n), language(e.n)), nil
}

func innerHTML(n *html.Node) (string, error) {
	var b bytes.Buffer
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if err := html.Render(&b, c); err != nil {
			return "", fmt.Errorf("write markup of a literal: %w", err)
		}
	}
	return b.String(), nil
}

// complete is step 12.
func (e *rdfaElement) complete() error {
	if e.skip || e.newSubject.IsZero() {
		return nil
	}
	for _, i := range e.scope.incomplete {
		var err error
		switch {
		case i.list != nil:
			i.list.items = append(i.list.items, e.newSubject)
		case i.reverse:
			err = e.triple(e.newSubject, i.predicate, e.scope.subject)
		default:
			err = e.triple(e.scope.subject, i.predicate, e.newSubject)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// descend is step 13.
func (e *rdfaElement) descend() error {
	inner := e.scope
	if !e.skip {
		inner.subject = e.newSubject
		inner.object = e.newSubject
		if !e.current.IsZero() {
			inner.object = e.current
		}
		inner.incomplete = e.incomplete
		inner.lists = e.lists
	}
	return e.children(e.n, inner)
}

// finishLists is step 14.
func (e *rdfaElement) finishLists() error {
	if !e.owner {
		return nil
	}
	for _, l := range e.lists.lists {
		next := term.NewIRI(vocab.RDFNil)
		for _, item := range slices.Backward(l.items) {
			cell := e.newBlankNode()
			if err := e.triple(cell, vocab.RDFFirst, item); err != nil {
				return err
			}
			if err := e.triple(cell, vocab.RDFRest, next); err != nil {
				return err
			}
			next = cell
		}
		if err := e.triple(e.newSubject, l.predicate, next); err != nil {
			return err
		}
	}
	return nil
}
