package jsonld

import "strings"

// objectExpansion expands one object (JSON-LD 1.1 API §5.1.2, steps 12 to 20).
type objectExpansion struct {
	p         *expander
	active    *activeContext
	typeScope *activeContext // before the contexts of types
	property  string         // active property
	inputType string
	use       expandUse
	result    *jsonObject
}

// members is steps 13 and 14.
func (x *objectExpansion) members(active *activeContext, element *jsonObject) error {
	p := x.p
	var nests []string
	depth := len(p.path)
	for _, m := range element.members {
		if m.key == "@context" {
			continue
		}
		expanded := p.expandVocab(active, m.key)
		if expanded == "@nest" {
			nests = append(nests, m.key)
			continue
		}
		if expanded == "" ||
			!isKeyword(expanded) && strings.IndexByte(expanded, ':') < 0 && !p.relativeVocab(active, expanded) {
			continue
		}
		p.look(m.pos)
		p.path = append(p.path[:depth], pathStep{key: m.key})
		var err error
		if isKeyword(expanded) {
			err = x.keyword(active, expanded, m)
		} else {
			err = x.member(active, expanded, m)
		}
		if err != nil {
			// A bad keyword spoils the object, a bad value only itself.
			holder := expanded == "@graph" || expanded == "@included" || expanded == "@reverse"
			if p.path = p.path[:depth+1]; isKeyword(expanded) && !holder || !p.skip(err) {
				return err
			}
		}
	}
	p.path = p.path[:depth]
	for _, key := range nests {
		if err := x.nested(active, key, element.value(key)); err != nil && !p.skip(err) {
			return err
		}
	}
	return nil
}

// nested is step 14.
func (x *objectExpansion) nested(active *activeContext, key string, value any) error {
	if d := active.terms[key]; d != nil && d.hasContext {
		var err error
		if active, err = x.p.scopedContext(active, d, true, false); err != nil {
			return err
		}
	}
	for _, v := range asArray(value) {
		o, ok := v.(*jsonObject)
		if !ok {
			return x.p.fail("invalid @nest value", "the value of %q is %s", key, describe(v))
		}
		for _, m := range o.members {
			if x.p.expandVocab(active, m.key) == "@value" {
				return x.p.fail("invalid @nest value", "the value of %q is a value object", key)
			}
		}
		if err := x.members(active, o); err != nil {
			return err
		}
	}
	return nil
}

// keyword is step 13.4.
func (x *objectExpansion) keyword(active *activeContext, keyword string, m jsonMember) error {
	p := x.p
	if x.property == "@reverse" {
		return p.fail("invalid reverse property map", "it has an entry %s", keyword)
	}
	if x.result.has(keyword) && (keyword != "@included" && keyword != "@type" || p.o.mode10) {
		return p.fail("colliding keywords", "more than one entry stands for %s", keyword)
	}
	s, isString := m.value.(string)
	var out any
	var err error
	switch keyword {
	case "@id":
		if !isString {
			return p.fail("invalid @id value", "@id is %s, not a string", describe(m.value))
		}
		if iri, ok, _ := p.expandIRI(active, s, iriUse{document: true}); ok {
			out = iri
		}
		x.result.setAt(keyword, out, m.pos)
		return nil
	case "@type":
		out, err = x.types(m.value)
	case "@graph":
		out, err = p.expand(active, "@graph", m.value, x.use.inner())
		out = arrayOrEmpty(out)
	case "@included":
		out, err = x.included(active, m.value)
	case "@value":
		return x.value(m)
	case "@language":
		if !isString {
			return p.fail("invalid language-tagged string", "@language is %s, not a string", describe(m.value))
		}
		out = s
	case "@direction":
		if s != "ltr" && s != "rtl" {
			return p.fail("invalid base direction", "@direction is %s, not ltr or rtl", describe(m.value))
		}
		out = s
	case "@index":
		if !isString {
			return p.fail("invalid @index value", "@index is %s, not a string", describe(m.value))
		}
		out = s
	case "@list":
		if x.property == "" || x.property == "@graph" {
			return nil
		}
		out, err = p.expand(active, x.property, m.value, x.use.inner())
		out = arrayOrEmpty(out)
	case "@set":
		out, err = p.expand(active, x.property, m.value, x.use.inner())
	case "@reverse":
		return x.reverse(active, m.value)
	}
	if err == nil && out != nil {
		x.result.setAt(keyword, out, m.pos)
	}
	return err
}

func (u expandUse) inner() expandUse { return expandUse{base: u.base} }

func arrayOrEmpty(v any) []any {
	if v == nil {
		return []any{}
	}
	return asArray(v)
}

// types is step 13.4.4. A value object's @type is a string, kept as such.
func (x *objectExpansion) types(value any) (any, error) {
	p := x.p
	items, isArray := value.([]any)
	if !isArray {
		items = []any{value}
	}
	var out []any
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			return nil, p.fail("invalid type value", "@type is %s, not a string", describe(item))
		}
		if iri, ok, _ := p.expandIRI(x.typeScope, s, iriUse{vocab: true, document: true}); ok {
			out = append(out, iri)
		}
	}
	if existing, ok := x.result.get("@type"); ok {
		return append(append([]any{}, asArray(existing)...), out...), nil
	}
	if !isArray && len(out) == 1 {
		return out[0], nil
	}
	return arrayOrEmpty(anyOf(out)), nil
}

func anyOf(a []any) any {
	if a == nil {
		return nil
	}
	return a
}

// included is step 13.4.6.
func (x *objectExpansion) included(active *activeContext, value any) (any, error) {
	p := x.p
	if p.o.mode10 {
		return nil, nil
	}
	out, err := p.expand(active, "", value, x.use.inner())
	if err != nil {
		return nil, err
	}
	items := arrayOrEmpty(out)
	for _, v := range asArray(value) {
		if isScalar(v) {
			return nil, p.fail("invalid @included value", "@included has %s", describe(v))
		}
	}
	if len(items) < len(asArray(value)) {
		return nil, p.fail("invalid @included value", "@included has something other than node objects")
	}
	for _, item := range items {
		if o, ok := item.(*jsonObject); !ok || o.has("@value") || o.has("@list") || o.has("@set") {
			return nil, p.fail("invalid @included value", "@included has something other than node objects")
		}
	}
	if existing, ok := x.result.get("@included"); ok {
		items = append(append([]any{}, asArray(existing)...), items...)
	}
	return items, nil
}

// value is step 13.4.7.
func (x *objectExpansion) value(m jsonMember) error {
	if x.inputType == "@json" {
		if x.p.o.mode10 {
			return x.p.fail("invalid value object value", "@json needs processing mode json-ld-1.1")
		}
	} else if !isScalar(m.value) {
		return x.p.fail("invalid value object value", "@value is %s", describe(m.value))
	}
	x.result.setAt("@value", m.value, m.pos)
	return nil
}

// reverse is step 13.4.13.
func (x *objectExpansion) reverse(active *activeContext, value any) error {
	p := x.p
	if _, ok := value.(*jsonObject); !ok {
		return p.fail("invalid @reverse value", "@reverse is %s, not an object", describe(value))
	}
	v, err := p.expand(active, "@reverse", value, x.use.inner())
	if err != nil {
		return err
	}
	o, ok := v.(*jsonObject)
	if !ok {
		return nil
	}
	for _, m := range o.members {
		if m.key == "@reverse" { // reversed twice
			if twice, ok := m.value.(*jsonObject); ok {
				for _, n := range twice.members {
					addValues(x.result, n.key, asArray(n.value))
				}
			}
			continue
		}
		if err := x.addReverse(m.key, asArray(m.value)); err != nil {
			return err
		}
	}
	return nil
}

// addReverse adds items to a property of the result's reverse property map.
func (x *objectExpansion) addReverse(property string, items []any) error {
	reverse := x.result.object("@reverse")
	if reverse == nil {
		reverse = &jsonObject{pos: x.result.pos}
		x.result.set("@reverse", reverse)
	}
	for _, item := range items {
		if o, ok := item.(*jsonObject); ok && (o.has("@value") || o.has("@list")) {
			return x.p.fail("invalid reverse property value", "the value of reverse property <%s> is not a node",
				property)
		}
	}
	addValues(reverse, property, items)
	return nil
}

// addValues appends to the array in a member.
func addValues(o *jsonObject, key string, values []any) {
	existing, ok := o.get(key)
	if !ok {
		o.set(key, values)
		return
	}
	o.set(key, append(asArray(existing), values...))
}

// member is steps 13.5 to 13.14: an entry that is a property.
func (x *objectExpansion) member(active *activeContext, expanded string, m jsonMember) error {
	p := x.p
	d := active.terms[m.key]
	var c containers
	if d != nil {
		c = d.container
	}
	object, isObject := m.value.(*jsonObject)
	var out any
	var err error
	switch {
	case d != nil && d.typ == "@json":
		out = newObject(jsonMember{key: "@value", value: m.value}, jsonMember{key: "@type", value: "@json"})
	case isObject && c.has(containerLanguage):
		out, err = x.languageMap(active, d, object)
	case isObject && c&(containerIndex|containerType|containerID) != 0:
		out, err = x.indexMap(active, m.key, d, object)
	default:
		out, err = p.expand(active, m.key, m.value, x.use.inner())
	}
	if err != nil || out == nil {
		return err
	}
	if c.has(containerList) {
		if o, ok := out.(*jsonObject); !ok || !o.has("@list") {
			out = newObject(jsonMember{key: "@list", value: asArray(out)})
		}
	}
	if c.has(containerGraph) && c&(containerID|containerIndex) == 0 {
		var graphs []any
		for _, v := range asArray(out) {
			graphs = append(graphs, newObject(jsonMember{key: "@graph", value: asArray(v)}))
		}
		out = arrayOrEmpty(anyOf(graphs))
	}
	if d != nil && d.reverse {
		return x.addReverse(expanded, asArray(out))
	}
	if i := x.result.find(expanded); i >= 0 {
		addValues(x.result, expanded, asArray(out))
	} else {
		x.result.setAt(expanded, asArray(out), m.pos)
	}
	return nil
}

// languageMap is step 13.7.
func (x *objectExpansion) languageMap(active *activeContext, d *termDef, value *jsonObject) (any, error) {
	p := x.p
	direction := active.direction
	if d.direction.set {
		direction = d.direction.value
	}
	out := make([]any, 0, len(value.members))
	for _, m := range value.members {
		p.look(m.pos)
		for _, item := range asArray(m.value) {
			if item == nil {
				continue
			}
			if _, ok := item.(string); !ok {
				return nil, p.fail("invalid language map value", "the value of language %q is %s", m.key,
					describe(item))
			}
			v := p.small("@value", item)
			if p.expandVocab(active, m.key) != "@none" {
				v.set("@language", m.key)
			}
			if direction != "" {
				v.set("@direction", direction)
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// indexMap is step 13.8.
func (x *objectExpansion) indexMap(active *activeContext, key string, d *termDef, value *jsonObject) (any, error) {
	p := x.p
	out := []any{}
	for _, m := range value.members {
		p.look(m.pos)
		context := active
		if d.container&(containerID|containerType) != 0 && active.previous != nil {
			context = active.previous
		}
		if d.container.has(containerType) {
			if t := context.terms[m.key]; t != nil && t.hasContext {
				var err error
				if context, err = p.scopedContext(context, t, false, true); err != nil {
					return nil, err
				}
			}
		}
		p.path = append(p.path, pathStep{key: m.key})
		items, err := p.expand(context, key, asArray(m.value), expandUse{base: x.use.base, fromMap: true})
		p.path = p.path[:len(p.path)-1]
		if err != nil {
			return nil, err
		}
		for _, item := range arrayOrEmpty(items) {
			indexed, err := x.indexed(active, d, m.key, item)
			if err != nil {
				return nil, err
			}
			out = append(out, indexed)
		}
	}
	return out, nil
}

// indexed is step 13.8.3.7: one item of an index map.
func (x *objectExpansion) indexed(active *activeContext, d *termDef, key string, item any) (any, error) {
	p := x.p
	o, ok := item.(*jsonObject)
	if !ok || d.container.has(containerGraph) && !isGraphObject(o) {
		o = newObject(jsonMember{key: "@graph", value: asArray(item)})
	}
	index := p.expandVocab(active, key)
	if index == "@none" {
		return o, nil
	}
	switch c := d.container; {
	case c.has(containerIndex) && d.index != "":
		property := p.expandVocab(active, d.index)
		if o.has("@value") {
			return nil, p.fail("invalid value object", "a value cannot be indexed by property <%s>", property)
		}
		values := []any{p.expandValue(active, d.index, key)}
		if existing, ok := o.get(property); ok {
			values = append(values, asArray(existing)...)
		}
		o.set(property, values)
	case c.has(containerIndex):
		if !o.has("@index") {
			o.set("@index", key)
		}
	case c.has(containerID):
		if !o.has("@id") {
			if iri, ok, _ := p.expandIRI(active, key, iriUse{document: true}); ok {
				o.set("@id", iri)
			}
		}
	case c.has(containerType):
		types := []any{index}
		if existing, ok := o.get("@type"); ok {
			types = append(types, asArray(existing)...)
		}
		o.set("@type", types)
	}
	return o, nil
}

// isGraphObject reports whether o is a graph object: @graph with @id and
// @index at most.
func isGraphObject(o *jsonObject) bool {
	if !o.has("@graph") {
		return false
	}
	for _, m := range o.members {
		if m.key != "@graph" && m.key != "@id" && m.key != "@index" {
			return false
		}
	}
	return true
}
