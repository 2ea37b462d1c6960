package jsonld

import (
	"errors"
	"slices"
	"strings"

	"fincat/vocab/term"
)

// A definer creates the term definitions of one local context (JSON-LD 1.1
// API §4.2).
type definer struct {
	p         *processor
	active    *activeContext
	local     *jsonObject
	use       contextUse
	protected bool
	defined   map[string]bool // term → finished
}

// need creates a definition that another one refers to.
func (d *definer) need(term string) error {
	if d.defined[term] || !d.local.has(term) {
		return nil
	}
	return d.define(term)
}

// definition is one entry of a local context while it becomes a term
// definition.
type definition struct {
	*definer
	term   string
	value  *jsonObject
	simple bool // the entry is a string
	def    *termDef
}

// define creates the definition of a term.
func (d *definer) define(name string) error {
	if done, begun := d.defined[name]; done {
		return nil
	} else if begun {
		return d.p.fail("cyclic IRI mapping", "the definition of term %q needs itself", name)
	}
	if name == "" {
		return d.p.fail("invalid term definition", "a term is the empty string")
	}
	d.defined[name] = false
	n := definition{definer: d, term: name, def: &termDef{protected: d.protected}}
	if skip, err := n.prepare(); skip || err != nil {
		return err
	}
	previous := d.active.terms[name]
	delete(d.active.terms, name)
	d.active.iris = nil
	if skip, err := n.fill(); skip || err != nil {
		return err
	}
	if previous != nil && previous.protected && !d.use.override {
		if !sameDefinition(previous, n.def) {
			return d.p.fail("protected term redefinition", "term %q is protected", name)
		}
		n.def = previous
	}
	d.active.terms[name] = n.def
	d.defined[name] = true
	return nil
}

// sameDefinition compares definitions, save for being protected.
func sameDefinition(a, b *termDef) bool {
	x, y := *a, *b
	x.context, y.context, x.protected, y.protected = nil, nil, false, false
	x.base, y.base = "", ""
	return x == y && (!a.hasContext || canonicalJSON(a.context) == canonicalJSON(b.context))
}

// prepare is steps 4 to 9. The term is skipped when it looks like a keyword.
func (n *definition) prepare() (skip bool, err error) {
	value := n.local.value(n.term)
	o, isObject := value.(*jsonObject)
	switch {
	case n.term == "@type":
		if n.p.o.mode10 || !isObject || !validTypeDefinition(o) {
			return true, n.p.fail("keyword redefinition", "@type can only be given @container: @set and @protected")
		}
	case isKeyword(n.term):
		return true, n.p.fail("keyword redefinition", "%s is a keyword", n.term)
	case isKeywordLike(n.term):
		return true, nil
	}
	s, isString := value.(string)
	switch {
	case isObject:
		n.value = o
	case isString:
		n.simple = true
		n.value = newObject(jsonMember{key: "@id", value: s, pos: n.local.pos})
	case value == nil:
		n.value = newObject(jsonMember{key: "@id", pos: n.local.pos})
	default:
		return true, n.p.fail("invalid term definition", "the definition of term %q is %s", n.term, describe(value))
	}
	return false, nil
}

func validTypeDefinition(o *jsonObject) bool {
	for _, m := range o.members {
		switch m.key {
		case "@container":
			if m.value != "@set" {
				return false
			}
		case "@protected":
		default:
			return false
		}
	}
	return len(o.members) > 0
}

// fill is steps 11 to 26.
func (n *definition) fill() (skip bool, err error) {
	if v, ok := n.value.get("@protected"); ok {
		b, isBool := v.(bool)
		if !isBool {
			return true, n.p.fail("invalid @protected value", "@protected of term %q is %s", n.term, describe(v))
		}
		if n.p.o.mode10 {
			return true, n.invalid("@protected needs processing mode json-ld-1.1")
		}
		n.def.protected = b
	}
	if err := n.typeMapping(); err != nil {
		return true, err
	}
	if n.value.has("@reverse") {
		return n.reverseProperty()
	}
	if skip, err := n.iriMapping(); skip || err != nil {
		return true, err
	}
	for _, step := range []func() error{
		n.container, n.index, n.scoped, n.languageMapping, n.nest, n.prefix, n.checkEntries,
	} {
		if err := step(); err != nil {
			return true, err
		}
	}
	return false, nil
}

func (n *definition) invalid(why string) error {
	return n.p.fail("invalid term definition", "term %q: %s", n.term, why)
}

func (n *definition) expand(s string) (string, bool, error) {
	return n.p.expandIRI(n.active, s, iriUse{vocab: true, define: n.definer})
}

// typeMapping is step 12.
func (n *definition) typeMapping() error {
	v, ok := n.value.get("@type")
	if !ok {
		return nil
	}
	s, isString := v.(string)
	if !isString {
		return n.p.fail("invalid type mapping", "@type of term %q is %s", n.term, describe(v))
	}
	iri, ok, err := n.expand(s)
	if err != nil {
		return err
	}
	switch iri {
	case "@id", "@vocab":
	case "@json", "@none":
		ok = !n.p.o.mode10
	default:
		ok = ok && term.SchemeLength(iri) > 0
	}
	if !ok {
		return n.p.fail("invalid type mapping", "@type of term %q is %q", n.term, s)
	}
	n.def.typ = iri
	return nil
}

// reverseProperty is step 13.
func (n *definition) reverseProperty() (skip bool, err error) {
	if n.value.has("@id") || n.value.has("@nest") {
		return true, n.p.fail("invalid reverse property", "term %q has @reverse beside @id or @nest", n.term)
	}
	v := n.value.value("@reverse")
	s, ok := v.(string)
	if !ok {
		return true, n.p.fail("invalid IRI mapping", "@reverse of term %q is %s", n.term, describe(v))
	}
	if isKeywordLike(s) && !isKeyword(s) {
		return true, nil
	}
	iri, ok, err := n.expand(s)
	if err != nil {
		return true, err
	}
	if !ok || term.SchemeLength(iri) == 0 && !isBlankID(iri) {
		return true, n.p.fail("invalid IRI mapping", "@reverse of term %q is not an IRI: %q", n.term, s)
	}
	n.def.iri, n.def.reverse = iri, true
	switch c := n.value.value("@container"); c {
	case nil:
	case "@set":
		n.def.container = containerSet
	case "@index":
		n.def.container = containerIndex
	default:
		return true, n.p.fail("invalid reverse property", "@container of reverse property %q is %s", n.term,
			describe(c))
	}
	if err := n.index(); err != nil {
		return true, err
	}
	return false, n.checkEntries()
}

// iriMapping is steps 14 to 18.
func (n *definition) iriMapping() (skip bool, err error) {
	v, hasID := n.value.get("@id")
	i := strings.IndexByte(n.term, ':')
	switch {
	case hasID && v == nil:
		n.def.null = true
		return false, nil
	case hasID && v != n.term:
		return n.explicitIRI(v)
	case i > 0:
		prefix, suffix := n.term[:i], n.term[i+1:]
		if !strings.HasPrefix(suffix, "//") {
			if err := n.need(prefix); err != nil {
				return true, err
			}
			if p := n.active.terms[prefix]; p != nil && !p.null {
				n.def.iri = p.iri + suffix
				return false, nil
			}
		}
		n.def.iri = n.term
		return false, nil
	case strings.Contains(n.term, "/"):
		iri, ok, err := n.p.expandIRI(n.active, n.term, iriUse{vocab: true})
		if err == nil && (!ok || term.SchemeLength(iri) == 0) {
			err = n.p.fail("invalid IRI mapping", "term %q is not an IRI", n.term)
		}
		n.def.iri = iri
		return err != nil, err
	case n.term == "@type":
		n.def.iri = "@type"
		return false, nil
	case n.active.vocab.set:
		n.def.iri = n.active.vocab.value + n.term
		return false, nil
	}
	return true, n.p.fail("invalid IRI mapping", "term %q has no @id and there is no @vocab", n.term)
}

// explicitIRI is step 14.2.
func (n *definition) explicitIRI(v any) (skip bool, err error) {
	s, ok := v.(string)
	if !ok {
		return true, n.p.fail("invalid IRI mapping", "@id of term %q is %s", n.term, describe(v))
	}
	if isKeywordLike(s) && !isKeyword(s) {
		return true, nil
	}
	iri, ok, err := n.expand(s)
	if err != nil {
		return true, err
	}
	if !ok || !isKeyword(iri) && term.SchemeLength(iri) == 0 && !isBlankID(iri) && !n.p.relativeVocab(n.active, iri) {
		return true, n.p.fail("invalid IRI mapping", "@id of term %q is not an IRI: %q", n.term, s)
	}
	if iri == "@context" {
		return true, n.p.fail("invalid keyword alias", "term %q stands for @context", n.term)
	}
	n.def.iri = iri
	colon := strings.IndexByte(n.term[1:], ':')
	if colon >= 0 && colon+2 < len(n.term) || strings.Contains(n.term, "/") {
		n.defined[n.term] = true
		same, ok, err := n.expand(n.term)
		if err != nil {
			return true, err
		}
		if !ok || same != iri {
			return true, n.p.fail("invalid IRI mapping", "term %q looks like <%s> but stands for <%s>", n.term, same,
				iri)
		}
		return false, nil
	}
	if n.simple && !strings.ContainsAny(n.term, ":/") {
		n.def.prefix = isBlankID(iri) || iri != "" && strings.IndexByte(":/?#[]@", iri[len(iri)-1]) >= 0
	}
	return false, nil
}

// relativeVocab reports whether iri is relative only because the vocabulary
// mapping is.
func (p *processor) relativeVocab(c *activeContext, iri string) bool {
	return c.vocab.set && term.SchemeLength(c.vocab.value) == 0 && strings.HasPrefix(iri, c.vocab.value)
}

// container is step 19.
func (n *definition) container() error {
	v, ok := n.value.get("@container")
	if !ok {
		return nil
	}
	c, ok := containerMapping(v)
	if n.p.o.mode10 {
		_, isString := v.(string)
		ok = ok && isString && c&(containerGraph|containerID|containerType) == 0
	}
	if !ok {
		return n.p.fail("invalid container mapping", "@container of term %q is %s", n.term, describe(v))
	}
	n.def.container = c
	if c.has(containerType) {
		if n.def.typ == "" {
			n.def.typ = "@id"
		}
		if n.def.typ != "@id" && n.def.typ != "@vocab" {
			return n.p.fail("invalid type mapping", "term %q has @container: @type and @type: %s", n.term, n.def.typ)
		}
	}
	return nil
}

// containerMapping reads the value of @container and tells whether it is one
// of the combinations that exist.
func containerMapping(v any) (containers, bool) {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	var c containers
	for _, item := range items {
		s, _ := item.(string)
		k, ok := containerOf(s)
		if !ok {
			return 0, false
		}
		c |= k
	}
	rest := c &^ containerSet
	switch {
	case len(items) == 1:
		return c, true
	case c.has(containerList):
		return c, c == containerList && len(items) == 1
	case c.has(containerGraph):
		return c, rest == containerGraph || rest == containerGraph|containerID || rest == containerGraph|containerIndex
	}
	return c, c.has(containerSet) && len(items) == 2 && rest&(rest-1) == 0 && rest != 0
}

// index is step 20.
func (n *definition) index() error {
	v, ok := n.value.get("@index")
	if !ok {
		return nil
	}
	if n.p.o.mode10 || !n.def.container.has(containerIndex) {
		return n.invalid("@index needs processing mode json-ld-1.1 and @container: @index")
	}
	s, ok := v.(string)
	if !ok {
		return n.invalid("@index is not a string")
	}
	iri, ok, err := n.expand(s)
	if err != nil {
		return err
	}
	if !ok || term.SchemeLength(iri) == 0 {
		return n.invalid("@index is not an IRI")
	}
	n.def.index = s
	return nil
}

// scoped is step 21.
func (n *definition) scoped() error {
	v, ok := n.value.get("@context")
	if !ok {
		return nil
	}
	if n.p.o.mode10 {
		return n.invalid("@context needs processing mode json-ld-1.1")
	}
	use := contextUse{base: n.use.base, remote: n.use.remote, override: true, scoped: true}
	if _, err := n.p.process(n.active, v, use); err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return err
		}
		return n.p.fail("invalid scoped context", "the context of term %q: %s", n.term, e.Message)
	}
	n.def.context, n.def.hasContext, n.def.base = v, true, n.use.base
	return nil
}

// languageMapping is steps 22 and 23.
func (n *definition) languageMapping() error {
	if n.value.has("@type") {
		return nil
	}
	if v, ok := n.value.get("@language"); ok {
		s, isString := v.(string)
		if v != nil && !isString {
			return n.p.fail("invalid language mapping", "@language of term %q is %s", n.term, describe(v))
		}
		n.def.language = nullable{true, s}
	}
	if v, ok := n.value.get("@direction"); ok {
		s, _ := v.(string)
		if v != nil && s != "ltr" && s != "rtl" {
			return n.p.fail("invalid base direction", "@direction of term %q is %s", n.term, describe(v))
		}
		n.def.direction = nullable{true, s}
	}
	return nil
}

// nest is step 24.
func (n *definition) nest() error {
	v, ok := n.value.get("@nest")
	if !ok {
		return nil
	}
	if n.p.o.mode10 {
		return n.invalid("@nest needs processing mode json-ld-1.1")
	}
	s, ok := v.(string)
	if !ok || isKeyword(s) && s != "@nest" {
		return n.p.fail("invalid @nest value", "@nest of term %q is %s", n.term, describe(v))
	}
	n.def.nest = s
	return nil
}

// prefix is step 25.
func (n *definition) prefix() error {
	v, ok := n.value.get("@prefix")
	if !ok {
		return nil
	}
	if n.p.o.mode10 || strings.ContainsAny(n.term, ":/") {
		return n.invalid("@prefix needs processing mode json-ld-1.1 and a term without ':' and '/'")
	}
	b, ok := v.(bool)
	if !ok {
		return n.p.fail("invalid @prefix value", "@prefix of term %q is %s", n.term, describe(v))
	}
	if b && isKeyword(n.def.iri) {
		return n.invalid("a keyword cannot be a prefix")
	}
	n.def.prefix = b
	return nil
}

// checkEntries is step 26.
func (n *definition) checkEntries() error {
	known := []string{
		"@id", "@reverse", "@container", "@context", "@direction", "@index", "@language", "@nest", "@prefix",
		"@protected",
		"@type",
	}
	for _, m := range n.value.members {
		if !slices.Contains(known, m.key) {
			return n.invalid("it has an entry " + m.key)
		}
	}
	return nil
}
