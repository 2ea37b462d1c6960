package jsonld

import (
	"cmp"
	"slices"
	"strings"
)

// compactor holds the state of the compaction algorithm.
type compactor struct {
	*processor
	used map[string]bool // terms that were used; nil: not noted
}

// compactDocument is the compact method of the API without its loading
// (JSON-LD 1.1 API §9.1.1).
func (p *processor) compactDocument(expanded []any, context any) (*jsonObject, error) {
	if o, ok := context.(*jsonObject); ok && o.has("@context") {
		context = o.value("@context")
	}
	active, err := p.process(newActiveContext(p.o.base), context, contextUse{base: p.o.base})
	if err != nil {
		return nil, err
	}
	c := &compactor{processor: p}
	result, err := c.compactWith(active, expanded)
	if err == nil && !isEmptyContext(context) {
		result.prepend("@context", context)
	}
	return result, err
}

// compactWith compacts to one object, without its @context.
func (p *compactor) compactWith(active *activeContext, expanded []any) (*jsonObject, error) {
	property := ""
	if p.o.keepGraph {
		property = "@graph"
	}
	v, err := p.compact(active, property, expanded)
	if err != nil {
		return nil, err
	}
	if o, ok := v.(*jsonObject); ok {
		return o, nil
	}
	result := &jsonObject{}
	if items := asArray(v); len(items) > 0 {
		graph, err := p.alias(active, "@graph")
		if err != nil {
			return nil, err
		}
		result.set(graph, items)
	}
	return result, nil
}

func isEmptyContext(context any) bool {
	switch c := context.(type) {
	case nil:
		return true
	case *jsonObject:
		return len(c.members) == 0
	case []any:
		return len(c) == 0
	}
	return false
}

// alias returns the term for a keyword.
func (p *compactor) alias(c *activeContext, keyword string) (string, error) {
	return p.compactIRI(c, keyword, compactUse{vocab: true})
}

// compact is the compaction algorithm (JSON-LD 1.1 API §6.1.2).
func (p *compactor) compact(active *activeContext, property string, element any) (any, error) {
	if err := p.step(); err != nil {
		return nil, err
	}
	switch element := element.(type) {
	case []any:
		return p.compactArray(active, property, element)
	case *jsonObject:
		return p.compactObject(active, property, element)
	}
	return element, nil
}

func (p *compactor) compactArray(active *activeContext, property string, items []any) (any, error) {
	result := []any{}
	for _, item := range items {
		v, err := p.compact(active, property, item)
		if err != nil {
			return nil, err
		}
		if v != nil {
			result = append(result, v)
		}
	}
	keep := property == "@graph" || property == "@set" || p.o.keepArrays
	if d := active.terms[property]; d != nil && d.container&(containerList|containerSet) != 0 {
		keep = true
	}
	if len(result) == 1 && !keep {
		return result[0], nil
	}
	return result, nil
}

// objectCompaction compacts one object.
type objectCompaction struct {
	p         *compactor
	active    *activeContext
	typeScope *activeContext
	property  string
	element   *jsonObject
	result    *jsonObject
}

// compactObject is steps 5 to 13.
func (p *compactor) compactObject(active *activeContext, property string, element *jsonObject) (any, error) {
	typeScope := active
	if active.previous != nil && !element.has("@value") && (len(element.members) != 1 || !element.has("@id")) {
		active = active.previous
	}
	var err error
	d := typeScope.terms[property]
	if d != nil && d.hasContext {
		if active, err = p.scopedContext(active, d, true, false); err != nil {
			return nil, err
		}
	}
	d = active.terms[property]
	if element.has("@value") || element.has("@id") {
		v, err := p.compactValue(active, property, element)
		if err != nil {
			return nil, err
		}
		if isScalar(v) || d != nil && d.typ == "@json" {
			return v, nil
		}
	}
	if list, ok := element.get("@list"); ok && d != nil && d.container.has(containerList) {
		return p.compact(active, property, list)
	}
	x := &objectCompaction{
		p: p, active: active, typeScope: active, property: property, element: element, result: &jsonObject{},
	}
	if err := x.typeScoped(); err != nil {
		return nil, err
	}
	members := slices.Clone(element.members)
	slices.SortStableFunc(members, compareMembers)
	for _, m := range members {
		if err := x.member(m.key, m.value); err != nil {
			return nil, err
		}
	}
	return x.result, nil
}

// compareMembers puts @id and @type first, then the other keywords.
func compareMembers(a, b jsonMember) int {
	rank := func(key string) int { return slices.Index([]string{"@type", "@id"}, key) }
	return cmp.Or(cmp.Compare(rank(b.key), rank(a.key)), cmp.Compare(a.key, b.key))
}

// typeScoped is step 11.
func (x *objectCompaction) typeScoped() error {
	types, ok := x.element.get("@type")
	if !ok || x.element.has("@value") {
		return nil
	}
	var compacted []string
	for _, t := range asArray(types) {
		s, _ := t.(string)
		c, err := x.p.compactIRI(x.typeScope, s, compactUse{vocab: true})
		if err != nil {
			return err
		}
		compacted = append(compacted, c)
	}
	slices.Sort(compacted)
	for _, t := range compacted {
		if d := x.typeScope.terms[t]; d != nil && d.hasContext {
			var err error
			if x.active, err = x.p.scopedContext(x.active, d, false, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// member is step 12.
func (x *objectCompaction) member(key string, value any) error {
	p := x.p
	switch key {
	case "@id":
		id, _ := value.(string)
		v, err := p.compactIRI(x.active, id, compactUse{})
		if err != nil {
			return err
		}
		return x.setAlias(key, v)
	case "@type":
		return x.types(value)
	case "@reverse":
		return x.reverse(value)
	case "@index":
		if d := x.active.terms[x.property]; d != nil && d.container.has(containerIndex) {
			return nil
		}
		return x.setAlias(key, value)
	case "@direction", "@language", "@value":
		return x.setAlias(key, value)
	}
	items := asArray(value)
	reverse := x.property == "@reverse"
	if len(items) == 0 {
		name, err := p.compactIRI(x.active, key, compactUse{value: items, vocab: true, reverse: reverse})
		if err != nil {
			return err
		}
		target, err := x.nest(name)
		if err != nil {
			return err
		}
		addValue(target, name, []any{}, true)
		return nil
	}
	for _, item := range items {
		name, err := p.compactIRI(x.active, key, compactUse{value: item, vocab: true, reverse: reverse})
		if err != nil {
			return err
		}
		if err := x.item(name, item); err != nil {
			return err
		}
	}
	return nil
}

func (x *objectCompaction) setAlias(keyword string, value any) error {
	alias, err := x.p.alias(x.active, keyword)
	if err != nil {
		return err
	}
	x.result.set(alias, value)
	return nil
}

// types is step 12.2.
func (x *objectCompaction) types(value any) error {
	p := x.p
	var compacted []any
	for _, t := range asArray(value) {
		s, _ := t.(string)
		c, err := p.compactIRI(x.typeScope, s, compactUse{vocab: true})
		if err != nil {
			return err
		}
		compacted = append(compacted, c)
	}
	alias, err := p.alias(x.active, "@type")
	if err != nil {
		return err
	}
	d := x.active.terms[alias]
	asSet := p.o.keepArrays || !p.o.mode10 && d != nil && d.container.has(containerSet)
	if len(compacted) == 1 && !asSet {
		addValue(x.result, alias, compacted[0], false)
	} else {
		addValue(x.result, alias, compacted, true)
	}
	return nil
}

// reverse is step 12.3.
func (x *objectCompaction) reverse(value any) error {
	v, err := x.p.compact(x.active, "@reverse", value)
	if err != nil {
		return err
	}
	o, ok := v.(*jsonObject)
	if !ok {
		return nil
	}
	rest := &jsonObject{}
	for _, m := range o.members {
		if d := x.active.terms[m.key]; d != nil && d.reverse {
			addValue(x.result, m.key, m.value, x.p.o.keepArrays || d.container.has(containerSet))
		} else {
			rest.set(m.key, m.value)
		}
	}
	if len(rest.members) == 0 {
		return nil
	}
	return x.setAlias("@reverse", rest)
}

// nest returns the object that a property goes into: the result, or the
// object of its @nest.
func (x *objectCompaction) nest(name string) (*jsonObject, error) {
	d := x.active.terms[name]
	if d == nil || d.nest == "" {
		return x.result, nil
	}
	if d.nest != "@nest" && x.p.expandVocab(x.active, d.nest) != "@nest" {
		return nil, x.p.fail("invalid @nest value", "@nest of term %q is %q", name, d.nest)
	}
	o := x.result.object(d.nest)
	if o == nil {
		o = &jsonObject{}
		x.result.set(d.nest, o)
	}
	return o, nil
}

// item is step 12.8.
func (x *objectCompaction) item(name string, item any) error {
	p := x.p
	target, err := x.nest(name)
	if err != nil {
		return err
	}
	var c containers
	if d := x.active.terms[name]; d != nil {
		c = d.container
	}
	asSet := c.has(containerSet) || name == "@graph" || name == "@list" || p.o.keepArrays
	o, isObject := item.(*jsonObject)
	inner := item
	isList, isGraph := false, false
	if isObject {
		if list, ok := o.get("@list"); ok {
			inner, isList = list, true
		} else if isGraphObject(o) {
			inner, isGraph = o.value("@graph"), true
		}
	}
	v, err := p.compact(x.active, name, inner)
	if err != nil {
		return err
	}
	switch {
	case isList:
		return x.list(target, name, o, v, c, asSet)
	case isGraph:
		return x.graph(target, name, o, v, c, asSet)
	case isObject && c&(containerLanguage|containerIndex|containerID|containerType) != 0 && !c.has(containerGraph):
		return x.mapped(target, name, o, v, c)
	}
	addValue(target, name, v, asSet)
	return nil
}

// list is step 12.8.7.
func (x *objectCompaction) list(
	target *jsonObject, name string, o *jsonObject, v any, c containers, asSet bool,
) error {
	items := asArray(v)
	if c.has(containerList) {
		if target.has(name) {
			return x.p.fail("compaction to list of lists", "property %q has more than one list", name)
		}
		target.set(name, items)
		return nil
	}
	list := &jsonObject{}
	for _, k := range []string{"@list", "@index"} {
		value, ok := o.get(k)
		if !ok {
			continue
		}
		alias, err := x.p.alias(x.active, k)
		if err != nil {
			return err
		}
		if k == "@list" {
			value = items
		}
		list.set(alias, value)
	}
	addValue(target, name, list, asSet)
	return nil
}

// graph is step 12.8.8.
func (x *objectCompaction) graph(
	target *jsonObject, name string, o *jsonObject, v any, c containers, asSet bool,
) error {
	p := x.p
	simple := !o.has("@id")
	switch {
	case c.has(containerGraph | containerID):
		id, hasID := o.value("@id").(string)
		key, err := p.alias(x.active, "@none")
		if hasID {
			key, err = p.compactIRI(x.active, id, compactUse{})
		}
		if err != nil {
			return err
		}
		addValue(mapObject(target, name), key, v, asSet)
		return nil
	case c.has(containerGraph|containerIndex) && simple:
		key, hasIndex := o.value("@index").(string)
		if !hasIndex {
			var err error
			if key, err = p.alias(x.active, "@none"); err != nil {
				return err
			}
		}
		addValue(mapObject(target, name), key, v, asSet)
		return nil
	case c.has(containerGraph) && simple:
		if items, ok := v.([]any); ok && len(items) > 1 {
			alias, err := p.alias(x.active, "@included")
			if err != nil {
				return err
			}
			v = newObject(jsonMember{key: alias, value: items})
		}
		addValue(target, name, v, asSet)
		return nil
	}
	return x.wholeGraph(target, name, o, v, asSet)
}

// wholeGraph is step 12.8.8.4.
func (x *objectCompaction) wholeGraph(target *jsonObject, name string, o *jsonObject, v any, asSet bool) error {
	alias, err := x.p.alias(x.active, "@graph")
	if err != nil {
		return err
	}
	if items, ok := v.([]any); ok && len(items) == 1 && !x.p.o.keepArrays {
		v = items[0]
	}
	graph := newObject(jsonMember{key: alias, value: v})
	if id, ok := o.value("@id").(string); ok {
		alias, err := x.p.alias(x.active, "@id")
		if err != nil {
			return err
		}
		compacted, err := x.p.compactIRI(x.active, id, compactUse{})
		if err != nil {
			return err
		}
		graph.set(alias, compacted)
	}
	if index, ok := o.get("@index"); ok {
		alias, err := x.p.alias(x.active, "@index")
		if err != nil {
			return err
		}
		graph.set(alias, index)
	}
	addValue(target, name, graph, asSet)
	return nil
}

// mapObject returns the object in a member, making it when it is missing.
func mapObject(o *jsonObject, name string) *jsonObject {
	m := o.object(name)
	if m == nil {
		m = &jsonObject{}
		o.set(name, m)
	}
	return m
}

// mapped is step 12.8.9: an item of an index, language, id or type map.
func (x *objectCompaction) mapped(target *jsonObject, name string, o *jsonObject, v any, c containers) error {
	p := x.p
	d := x.active.terms[name]
	var key any
	var err error
	compacted, isObject := v.(*jsonObject)
	switch {
	case c.has(containerLanguage):
		key = o.value("@language")
		if value, ok := o.get("@value"); ok {
			v = value
		}
	case c.has(containerIndex) && d.index == "":
		key = o.value("@index")
	case c.has(containerIndex):
		if !isObject {
			break
		}
		index := d.index
		if !compacted.has(index) {
			index, err = p.compactIRI(x.active, p.expandVocab(x.active, index), compactUse{vocab: true})
		}
		key = takeFirst(compacted, index)
	case c.has(containerID):
		key, err = x.take(compacted, "@id")
	case c.has(containerType):
		key, err = x.take(compacted, "@type")
		if err == nil && isObject && len(compacted.members) == 1 &&
			p.expandVocab(x.active, compacted.members[0].key) == "@id" {
			v, err = p.compact(x.active, name, newObject(jsonMember{key: "@id", value: o.value("@id")}))
		}
	}
	if err != nil {
		return err
	}
	k, ok := key.(string)
	if !ok {
		if k, err = p.alias(x.active, "@none"); err != nil {
			return err
		}
	}
	addValue(mapObject(target, name), k, v, c.has(containerSet) || p.o.keepArrays)
	return nil
}

func (x *objectCompaction) take(o *jsonObject, keyword string) (any, error) {
	alias, err := x.p.alias(x.active, keyword)
	if err != nil || o == nil {
		return nil, err
	}
	return takeFirst(o, alias), nil
}

// takeFirst removes the first value of a member when it is a string.
func takeFirst(o *jsonObject, key string) any {
	v, ok := o.get(key)
	if !ok {
		return nil
	}
	values := asArray(v)
	if len(values) == 0 {
		return nil
	}
	first, ok := values[0].(string)
	if !ok {
		return nil
	}
	switch rest := values[1:]; len(rest) {
	case 0:
		o.delete(key)
	case 1:
		o.set(key, rest[0])
	default:
		o.set(key, rest)
	}
	return first
}

// addValue adds to a member, making it an array when there is more than one
// value or when asked (JSON-LD 1.1 API §2.2).
func addValue(o *jsonObject, key string, value any, asArray bool) {
	if items, ok := value.([]any); ok {
		if asArray && !o.has(key) {
			o.set(key, []any{})
		}
		for _, item := range items {
			addValue(o, key, item, asArray)
		}
		return
	}
	existing, ok := o.get(key)
	switch a, isArray := existing.([]any); {
	case !ok && asArray:
		o.set(key, []any{value})
	case !ok:
		o.set(key, value)
	case isArray:
		o.set(key, append(a, value))
	default:
		o.set(key, []any{existing, value})
	}
}

// compactValue is the value compaction algorithm (JSON-LD 1.1 API §6.3).
func (p *compactor) compactValue(active *activeContext, property string, value *jsonObject) (any, error) {
	d := active.terms[property]
	if d == nil {
		d = &termDef{}
	}
	keepIndex := value.has("@index") && !d.container.has(containerIndex)
	if id, ok := value.value("@id").(string); ok {
		if len(value.members) == 1 || len(value.members) == 2 && value.has("@index") && !keepIndex {
			switch d.typ {
			case "@id":
				return p.compactIRI(active, id, compactUse{})
			case "@vocab":
				return p.compactIRI(active, id, compactUse{vocab: true})
			}
		}
		return value, nil
	}
	if !keepIndex && p.plainValue(active, d, value) {
		return value.value("@value"), nil
	}
	result := &jsonObject{}
	for _, m := range value.members {
		if m.key == "@index" && !keepIndex {
			continue
		}
		name, err := p.alias(active, m.key)
		if err != nil {
			return nil, err
		}
		v := m.value
		if t, ok := v.(string); ok && m.key == "@type" {
			if v, err = p.compactIRI(active, t, compactUse{vocab: true}); err != nil {
				return nil, err
			}
		}
		result.set(name, v)
	}
	return result, nil
}

// plainValue reports whether the term definition says all that a value object
// says beside its value.
func (p *compactor) plainValue(active *activeContext, d *termDef, value *jsonObject) bool {
	if t, ok := value.get("@type"); ok {
		return t == d.typ && d.typ != "@none"
	}
	if d.typ == "@none" {
		return false
	}
	if _, isString := value.value("@value").(string); !isString {
		return true
	}
	language, direction := active.language, active.direction
	if d.language.set {
		language = d.language.value
	}
	if d.direction.set {
		direction = d.direction.value
	}
	if d.typ != "" && d.typ != "@id" && d.typ != "@vocab" { // a plain string is not of the term's type
		return false
	}
	hasLanguage, _ := value.value("@language").(string)
	hasDirection, _ := value.value("@direction").(string)
	return strings.EqualFold(hasLanguage, language) && hasDirection == direction
}
