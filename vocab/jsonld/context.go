package jsonld

import (
	"maps"
	"strings"

	"fincat/vocab/document"
	"fincat/vocab/term"
)

// containers is the container mapping of a term: a set of keywords.
type containers uint8

const (
	containerList containers = 1 << iota
	containerSet
	containerIndex
	containerLanguage
	containerGraph
	containerID
	containerType
)

func (c containers) has(x containers) bool { return c&x == x }

func containerOf(keyword string) (containers, bool) {
	switch keyword {
	case "@list":
		return containerList, true
	case "@set":
		return containerSet, true
	case "@index":
		return containerIndex, true
	case "@language":
		return containerLanguage, true
	case "@graph":
		return containerGraph, true
	case "@id":
		return containerID, true
	case "@type":
		return containerType, true
	}
	return 0, false
}

// A termDef is a term definition (JSON-LD 1.1 API §4.1).
type termDef struct {
	iri        string // IRI, blank node identifier or keyword
	null       bool   // the term is mapped to null
	prefix     bool
	protected  bool
	reverse    bool
	typ        string // type mapping, "" for none
	language   nullable
	direction  nullable
	container  containers
	context    any // local context
	hasContext bool
	base       string // where the local context stands
	nest       string
	index      string
}

// A nullable is absent, null or a string.
type nullable struct {
	set   bool
	value string // "" for null
}

// activeContext is the context used to resolve terms (JSON-LD 1.1 API §4.1).
// It is not changed once it is complete, save for its caches.
type activeContext struct {
	terms        map[string]*termDef
	base         string
	baseParts    term.IRIParts
	hasBase      bool
	originalBase string
	vocab        nullable
	language     string // default language, "" for none
	direction    string // default base direction, "" for none
	previous     *activeContext

	iris    map[string]string // vocabulary-relative strings expanded so far
	inverse *inverseContext
}

func newActiveContext(base string) *activeContext {
	c := &activeContext{terms: map[string]*termDef{}, originalBase: base}
	c.setBase(base)
	c.hasBase = base != ""
	return c
}

func (c *activeContext) setBase(base string) {
	c.base, c.baseParts, c.hasBase = base, term.SplitIRI(base), true
}

func (c *activeContext) clone() *activeContext {
	d := *c
	d.terms = maps.Clone(c.terms)
	d.iris, d.inverse = nil, nil
	return &d
}

func (c *activeContext) hasProtected() bool {
	for _, d := range c.terms {
		if d.protected {
			return true
		}
	}
	return false
}

// resolve makes a reference absolute with the base IRI, if there is one.
func (c *activeContext) resolve(ref string) string {
	if !c.hasBase || term.SchemeLength(ref) > 0 || c.baseParts.Scheme == "" {
		return ref
	}
	return c.baseParts.Resolve(ref)
}

// contextUse says how a local context is processed.
type contextUse struct {
	base     string   // where the local context stands
	remote   []string // remote contexts on the way to it
	override bool     // may replace protected terms
	noProp   bool     // propagate is false
	scoped   bool     // validate scoped context is false
}

// process is the context processing algorithm (JSON-LD 1.1 API §4.1.2).
func (p *processor) process(active *activeContext, local any, use contextUse) (*activeContext, error) {
	if o, ok := local.(*jsonObject); ok {
		if v, ok := o.get("@propagate"); ok {
			if b, ok := v.(bool); ok {
				use.noProp = !b
			}
		}
	}
	result := active
	if use.noProp && active.previous == nil {
		result = active.clone()
		result.previous = active
	}
	items, ok := local.([]any)
	if !ok {
		items = []any{local}
	}
	for _, item := range items {
		var err error
		switch item := item.(type) {
		case nil:
			result, err = p.nullContext(result, use)
		case string:
			result, err = p.remoteContext(result, item, use)
		case *jsonObject:
			result, err = p.contextDefinition(result, item, use)
		default:
			err = p.fail("invalid local context", "a context is %s", describe(item))
		}
		if err != nil {
			return nil, err
		}
	}
	return result, nil
}

// nullContext is step 5.1: it goes back to the initial context.
func (p *processor) nullContext(result *activeContext, use contextUse) (*activeContext, error) {
	if !use.override && result.hasProtected() {
		return nil, p.fail("invalid context nullification", "the context has protected terms")
	}
	fresh := newActiveContext(result.originalBase)
	if use.noProp {
		fresh.previous = result
	}
	return fresh, nil
}

// maxRemoteContexts bounds remote contexts that name each other.
const maxRemoteContexts = 32

// maxNestedContexts bounds how often contexts have others processed, since two
// terms with one scoped context each double the work at every step.
const maxNestedContexts = 10_000

// remoteContext is step 5.2.
func (p *processor) remoteContext(result *activeContext, ref string, use contextUse) (*activeContext, error) {
	key := contextKey{result, ref, use.base, use.override, use.noProp, use.scoped}
	if c, ok := p.processed[key]; ok && len(use.remote) == 0 {
		return c, nil
	}
	iri, err := p.contextIRI(ref, use.base)
	if err != nil {
		return nil, err
	}
	for _, r := range use.remote {
		if use.scoped && r == iri {
			return result, nil
		}
	}
	if len(use.remote) > 0 {
		p.nested++
	}
	if len(use.remote) >= maxRemoteContexts || p.nested > maxNestedContexts {
		return nil, p.fail("context overflow", "too many remote contexts lead to <%s>", iri)
	}
	doc, err := p.load(iri)
	if err != nil {
		return nil, err
	}
	inner := use
	inner.remote = append(use.remote[:len(use.remote):len(use.remote)], iri)
	inner.base = iri
	inner.override, inner.noProp = false, false
	c, err := p.process(result, doc.value("@context"), inner)
	if err == nil && len(use.remote) == 0 {
		p.remember(key, c)
	}
	return c, err
}

func (p *processor) contextIRI(ref, base string) (string, error) {
	iri, err := term.ResolveIRI(base, ref)
	if err != nil {
		return "", p.fail("loading document failed", "context %q is no absolute IRI and there is no base IRI", ref)
	}
	return iri, nil
}

// A contextKey names a context that was processed before.
type contextKey struct {
	active                   *activeContext
	local                    any // string or *jsonObject
	base                     string
	override, noProp, scoped bool
}

// maxRemembered bounds the terms in remembered contexts.
const maxRemembered = 1 << 20

func (p *processor) remember(key contextKey, c *activeContext) {
	if p.rememberedTerms += len(c.terms); p.rememberedTerms <= maxRemembered {
		p.processed[key] = c
	}
}

// scopedContext processes the local context of a term definition.
func (p *processor) scopedContext(active *activeContext, d *termDef, override, noProp bool) (*activeContext, error) {
	use := contextUse{base: d.base, override: override, noProp: noProp}
	o, ok := d.context.(*jsonObject)
	if !ok {
		return p.process(active, d.context, use)
	}
	key := contextKey{active, o, d.base, override, noProp, false}
	if c, ok := p.processed[key]; ok {
		return c, nil
	}
	c, err := p.process(active, o, use)
	if err == nil {
		p.remember(key, c)
	}
	return c, err
}

// contextDefinition is steps 5.4 to 5.13.
func (p *processor) contextDefinition(result *activeContext, c *jsonObject, use contextUse) (*activeContext, error) {
	if v, ok := c.get("@version"); ok {
		if n, isNumber := v.(jsonNumber); !isNumber || esNumber(n) != "1.1" {
			return nil, p.fail("invalid @version value", "@version is %s, not 1.1", describe(v))
		}
		if p.o.mode10 {
			return nil, p.fail("processing mode conflict", "@version is 1.1, the processing mode json-ld-1.0")
		}
	}
	c, err := p.importContext(c, use)
	if err != nil {
		return nil, err
	}
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	result = result.clone()
	for _, m := range c.members {
		p.look(m.pos)
		if err := p.contextEntry(result, m, use); err != nil {
			return nil, err
		}
	}
	protected := false
	if v, ok := c.get("@protected"); ok {
		if protected, ok = v.(bool); !ok {
			return nil, p.fail("invalid @protected value", "@protected is %s, not a boolean", describe(v))
		}
	}
	d := definer{p: p, active: result, local: c, use: use, protected: protected, defined: map[string]bool{}}
	for _, m := range c.members {
		switch m.key {
		case "@base", "@direction", "@import", "@language", "@propagate", "@protected", "@version", "@vocab":
			continue
		}
		p.look(m.pos)
		if err := d.define(m.key); err != nil && !p.skip(err) {
			return nil, err
		}
	}
	return result, nil
}

// importContext is step 5.6.
func (p *processor) importContext(c *jsonObject, use contextUse) (*jsonObject, error) {
	v, ok := c.get("@import")
	if !ok {
		return c, nil
	}
	if p.o.mode10 {
		return nil, p.fail("invalid context entry", "@import needs processing mode json-ld-1.1")
	}
	ref, ok := v.(string)
	if !ok {
		return nil, p.fail("invalid @import value", "@import is %s, not a string", describe(v))
	}
	iri, err := p.contextIRI(ref, use.base)
	if err != nil {
		return nil, err
	}
	doc, err := p.load(iri)
	if err != nil {
		return nil, err
	}
	imported, ok := doc.value("@context").(*jsonObject)
	if !ok {
		return nil, p.fail("invalid remote context", "the context of <%s> is not an object", iri)
	}
	if imported.has("@import") {
		return nil, p.fail("invalid context entry", "imported context <%s> has @import itself", iri)
	}
	merged := imported.clone()
	for _, m := range c.members {
		merged.setAt(m.key, m.value, m.pos)
	}
	return merged, nil
}

// contextEntry is steps 5.7 to 5.11: the entries that are not terms.
func (p *processor) contextEntry(c *activeContext, m jsonMember, use contextUse) error {
	s, isString := m.value.(string)
	switch m.key {
	case "@base":
		if len(use.remote) == 0 {
			return p.baseEntry(c, m.value)
		}
	case "@vocab":
		return p.vocabEntry(c, m.value)
	case "@language":
		if m.value != nil && !isString {
			return p.fail("invalid default language", "@language is %s, not a string", describe(m.value))
		}
		c.language = s
	case "@direction":
		if p.o.mode10 {
			return p.fail("invalid context entry", "@direction needs processing mode json-ld-1.1")
		}
		if m.value != nil && s != "ltr" && s != "rtl" {
			return p.fail("invalid base direction", "@direction is %s, not ltr or rtl", describe(m.value))
		}
		c.direction = s
	case "@propagate":
		if p.o.mode10 {
			return p.fail("invalid context entry", "@propagate needs processing mode json-ld-1.1")
		}
		if _, ok := m.value.(bool); !ok {
			return p.fail("invalid @propagate value", "@propagate is %s, not a boolean", describe(m.value))
		}
	}
	return nil
}

func (p *processor) baseEntry(c *activeContext, v any) error {
	s, ok := v.(string)
	switch {
	case v == nil:
		c.base, c.hasBase = "", false
	case ok && term.SchemeLength(s) > 0:
		c.setBase(s)
	case ok && c.hasBase:
		c.setBase(c.resolve(s))
	default:
		return p.fail("invalid base IRI", "@base is %s", describe(v))
	}
	return nil
}

func (p *processor) vocabEntry(c *activeContext, v any) error {
	s, ok := v.(string)
	if v == nil {
		c.vocab = nullable{}
		return nil
	}
	if !ok || p.o.mode10 && term.SchemeLength(s) == 0 && !isBlankID(s) {
		return p.fail("invalid vocab mapping", "@vocab is %s, not an IRI", describe(v))
	}
	iri, ok, err := p.expandIRI(c, s, iriUse{vocab: true, document: true})
	if err != nil {
		return err
	}
	// A relative IRI may stay relative when there is no base IRI.
	if !ok || isKeyword(iri) || c.hasBase && c.baseParts.Scheme != "" && term.SchemeLength(iri) == 0 &&
		!isBlankID(iri) {
		return p.fail("invalid vocab mapping", "@vocab %q is not an IRI", s)
	}
	c.vocab = nullable{true, iri}
	return nil
}

// iriUse says how a string is expanded to an IRI.
type iriUse struct {
	document bool // document relative
	vocab    bool
	define   *definer // creates terms of the local context as they are needed
}

// expandIRI is the IRI expansion algorithm (JSON-LD 1.1 API §5.2); false
// stands for null.
func (p *processor) expandIRI(c *activeContext, value string, use iriUse) (string, bool, error) {
	if isKeyword(value) {
		return value, true, nil
	}
	if isKeywordLike(value) {
		return "", false, nil
	}
	if use.define != nil {
		if err := use.define.need(value); err != nil {
			return "", false, err
		}
	}
	d := c.terms[value]
	if d != nil && !d.null && isKeyword(d.iri) {
		return d.iri, true, nil
	}
	if d != nil && use.vocab {
		return d.iri, !d.null, nil
	}
	if i := strings.IndexByte(value, ':'); i > 0 {
		prefix, suffix := value[:i], value[i+1:]
		if prefix == "_" || strings.HasPrefix(suffix, "//") {
			return value, true, nil
		}
		if use.define != nil {
			if err := use.define.need(prefix); err != nil {
				return "", false, err
			}
		}
		if d := c.terms[prefix]; d != nil && !d.null && d.prefix {
			return d.iri + suffix, true, nil
		}
		if term.SchemeLength(value) > 0 {
			return value, true, nil
		}
	}
	if use.vocab && c.vocab.set {
		return c.vocab.value + value, true, nil
	}
	if use.document {
		return c.resolve(value), true, nil
	}
	return value, true, nil
}

// expandVocab expands a key of a document relative to the vocabulary, "" for
// null, and remembers the result.
func (p *processor) expandVocab(c *activeContext, key string) string {
	if iri, ok := c.iris[key]; ok {
		return iri
	}
	iri, ok, _ := p.expandIRI(c, key, iriUse{vocab: true}) // defines nothing, so cannot fail
	if !ok {
		iri = ""
	}
	if c.iris == nil {
		c.iris = map[string]string{}
	}
	if len(c.iris) < 1<<14 {
		c.iris[key] = iri
	}
	return iri
}

func isKeyword(s string) bool {
	if s == "" || s[0] != '@' {
		return false
	}
	switch s {
	case "@base", "@container", "@context", "@default", "@direction", "@embed", "@explicit", "@graph", "@id",
		"@import", "@included", "@index", "@json", "@language", "@list", "@nest", "@none", "@null", "@omitDefault",
		"@preserve", "@prefix", "@propagate", "@protected", "@requireAll", "@reverse", "@set", "@type", "@value",
		"@version", "@vocab":
		return true
	}
	return false
}

// isKeywordLike reports whether s has the form of a keyword: "@" and letters.
func isKeywordLike(s string) bool {
	if len(s) < 2 || s[0] != '@' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !document.IsLetter(s[i]) {
			return false
		}
	}
	return true
}

func isBlankID(s string) bool { return strings.HasPrefix(s, "_:") }
