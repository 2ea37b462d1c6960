package jsonld

import (
	"slices"
	"strings"

	"fincat/vocab/term"
)

// expander holds the state of the expansion algorithm.
type expander struct {
	*processor
	live      int            // terms of the contexts around the current object
	innermost *activeContext // the last of these
}

// expandDocument is the expand method of the API without its loading (JSON-LD
// 1.1 API §9.1.2): the result is an array.
func (p *processor) expandDocument(doc any) ([]any, error) {
	active, err := p.initialContext()
	if err != nil {
		return nil, err
	}
	e := &expander{processor: p}
	x, err := e.expand(active, "", doc, expandUse{base: p.o.base})
	if err != nil {
		return nil, err
	}
	if o, ok := x.(*jsonObject); ok && len(o.members) == 1 && o.has("@graph") {
		x = o.value("@graph")
	}
	if x == nil {
		return []any{}, nil
	}
	return asArray(x), nil
}

type expandUse struct {
	base    string
	fromMap bool
}

// expand is the expansion algorithm (JSON-LD 1.1 API §5.1.2). The active
// property is "" for null.
func (p *expander) expand(active *activeContext, property string, element any, use expandUse) (any, error) {
	if err := p.step(); err != nil {
		return nil, err
	}
	def := active.terms[property]
	switch element := element.(type) {
	case nil:
		return nil, nil
	case []any:
		return p.expandArray(active, property, element, use)
	case *jsonObject:
		return p.expandObject(active, property, element, use)
	default:
		if property == "" || property == "@graph" {
			return nil, nil
		}
		if def != nil && def.hasContext {
			var err error
			if active, err = p.scopedContext(active, def, true, false); err != nil {
				return nil, err
			}
		}
		return p.expandValue(active, property, element), nil
	}
}

// expandArray is step 5.
func (p *expander) expandArray(active *activeContext, property string, items []any, use expandUse) (any, error) {
	result := make([]any, 0, len(items))
	def := active.terms[property]
	p.path = append(p.path, pathStep{})
	depth := len(p.path)
	defer func() { p.path = p.path[:depth-1] }()
	for i, item := range items {
		p.path[depth-1].item = i
		x, err := p.expand(active, property, item, use)
		if err != nil {
			if p.path = p.path[:depth]; p.skip(err) {
				continue
			}
			return nil, err
		}
		a, isArray := x.([]any)
		switch {
		case isArray && def != nil && def.container.has(containerList):
			result = append(result, newObject(jsonMember{key: "@list", value: a}))
		case isArray:
			result = append(result, a...)
		case x != nil:
			result = append(result, x)
		}
	}
	return result, nil
}

// expandObject is steps 6 to 20.
func (p *expander) expandObject(
	active *activeContext, property string, element *jsonObject, use expandUse,
) (any, error) {
	p.look(element.pos)
	scope := active.terms[property]
	if active.previous != nil && !use.fromMap && p.leavesScope(active, element) {
		active = active.previous
	}
	var err error
	if scope != nil && scope.hasContext {
		if active, err = p.scopedContext(active, scope, true, false); err != nil {
			return nil, err
		}
	}
	if local, ok := element.get("@context"); ok {
		if active, err = p.process(active, local, contextUse{base: use.base}); err != nil {
			return nil, err
		}
	}
	release, err := p.hold(active)
	if err != nil {
		return nil, err
	}
	defer release()
	x := objectExpansion{p: p, property: property, use: use, typeScope: active, result: &jsonObject{pos: element.pos}}
	if x.active, err = p.typeScoped(active, element, &x.inputType); err != nil {
		return nil, err
	}
	if err := x.members(x.active, element); err != nil {
		return nil, err
	}
	p.look(element.pos)
	return x.finish()
}

// maxLiveTerms bounds the terms of the contexts in force around one place.
const maxLiveTerms = 4 << 20

// hold counts the terms of a context that an object brings, until release.
func (p *expander) hold(c *activeContext) (release func(), err error) {
	outer := p.innermost
	if c == outer {
		return func() {}, nil
	}
	if p.live+len(c.terms) > maxLiveTerms {
		return nil, p.fail("context overflow", "contexts within contexts have more than %d terms", maxLiveTerms)
	}
	p.live += len(c.terms)
	p.innermost = c
	return func() {
		p.live -= len(c.terms)
		p.innermost = outer
	}, nil
}

// leavesScope is step 7: whether a node object ends the reach of a context
// that is not propagated.
func (p *expander) leavesScope(active *activeContext, element *jsonObject) bool {
	for _, m := range element.members {
		switch p.expandVocab(active, m.key) {
		case "@value":
			return false
		case "@id":
			if len(element.members) == 1 {
				return false
			}
		}
	}
	return true
}

// typeScoped is step 11: contexts of types apply in the order of the types.
func (p *expander) typeScoped(
	active *activeContext, element *jsonObject, inputType *string,
) (*activeContext, error) {
	var keys []string
	for _, m := range element.members {
		if p.expandVocab(active, m.key) == "@type" {
			keys = append(keys, m.key)
		}
	}
	if len(keys) == 0 {
		return active, nil
	}
	slices.Sort(keys)
	scope := active
	for i, key := range keys {
		var types []string
		for _, t := range asArray(element.value(key)) {
			if s, ok := t.(string); ok {
				types = append(types, s)
			}
		}
		if i == 0 && len(types) > 0 {
			last, ok, _ := p.expandIRI(active, types[len(types)-1], iriUse{vocab: true, document: true})
			if ok {
				*inputType = last
			}
		}
		slices.Sort(types)
		for _, t := range types {
			if d := scope.terms[t]; d != nil && d.hasContext {
				var err error
				if active, err = p.scopedContext(active, d, false, true); err != nil {
					return nil, err
				}
			}
		}
	}
	return active, nil
}

// finish is steps 15 to 19.
func (x *objectExpansion) finish() (any, error) {
	r, p := x.result, x.p
	var out any = r
	switch {
	case r.has("@value"):
		if err := x.checkValue(); err != nil {
			return nil, err
		}
		if r.value("@value") == nil && r.value("@type") != "@json" {
			return nil, nil
		}
	case r.has("@list") || r.has("@set"):
		for _, m := range r.members {
			if m.key != "@list" && m.key != "@set" && m.key != "@index" {
				return nil, p.fail("invalid set or list object", "it has an entry %s", m.key)
			}
		}
		if set, ok := r.get("@set"); ok {
			out = set
		}
	default:
		if t, ok := r.get("@type"); ok {
			r.set("@type", asArray(t))
		}
	}
	if len(r.members) == 1 && r.has("@language") {
		return nil, nil
	}
	if o, ok := out.(*jsonObject); ok && (x.property == "" || x.property == "@graph") {
		if len(o.members) == 0 || o.has("@value") || o.has("@list") || len(o.members) == 1 && o.has("@id") {
			return nil, nil
		}
	}
	return out, nil
}

// checkValue is step 15.
func (x *objectExpansion) checkValue() error {
	r, p := x.result, x.p
	tagged := r.has("@language") || r.has("@direction")
	for _, m := range r.members {
		switch m.key {
		case "@value", "@language", "@direction", "@index":
		case "@type":
			if tagged {
				return p.fail("invalid value object", "it has @type beside @language or @direction")
			}
		default:
			return p.fail("invalid value object", "it has an entry %s", m.key)
		}
	}
	t, hasType := r.get("@type")
	value := r.value("@value")
	if t == "@json" || value == nil {
		return nil
	}
	if _, ok := value.(string); !ok && r.has("@language") {
		return p.fail("invalid language-tagged value", "@value is %s, not a string", describe(value))
	}
	if iri, ok := t.(string); hasType &&
		(!ok || term.SchemeLength(iri) == 0 || strings.ContainsAny(iri, " <>\"{}|^`\\")) {
		return p.fail("invalid typed value", "@type is %s, not an IRI", describe(t))
	}
	return nil
}

// expandValue is the value expansion algorithm (JSON-LD 1.1 API §5.3.2).
func (p *expander) expandValue(active *activeContext, property string, value any) *jsonObject {
	d := active.terms[property]
	s, isString := value.(string)
	if d != nil && isString && (d.typ == "@id" || d.typ == "@vocab") {
		use := iriUse{document: true, vocab: d.typ == "@vocab"}
		iri, ok, _ := p.expandIRI(active, s, use)
		if !ok {
			return p.small("@id", nil)
		}
		return p.small("@id", iri)
	}
	result := p.small("@value", value)
	if d != nil && d.typ != "" && d.typ != "@id" && d.typ != "@vocab" && d.typ != "@none" {
		result.set("@type", d.typ)
		return result
	}
	if isString {
		language, direction := active.language, active.direction
		if d != nil && d.language.set {
			language = d.language.value
		}
		if d != nil && d.direction.set {
			direction = d.direction.value
		}
		if language != "" {
			result.set("@language", language)
		}
		if direction != "" {
			result.set("@direction", direction)
		}
	}
	return result
}

// small returns an object with room for the few members of most values.
func (p *expander) small(key string, value any) *jsonObject {
	s := &struct {
		o jsonObject
		m [2]jsonMember
	}{}
	s.o.pos = p.at
	s.m[0] = jsonMember{key, value, p.at}
	s.o.members = s.m[:1]
	return &s.o
}
