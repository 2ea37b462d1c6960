package jsonld

import (
	"maps"
	"slices"
	"strconv"
)

// nodeMapper makes the flattened form of an expanded document (JSON-LD 1.1 API
// §7.2): one node object for each subject of each graph.
type nodeMapper struct {
	p      *processor
	graphs map[string]map[string]*jsonObject
	labels map[string]string // blank node identifiers issued
	next   int
}

// flatten returns the nodes of all graphs, the named ones within their names
// (JSON-LD 1.1 API §7.1).
func (p *processor) flatten(expanded []any) ([]any, error) {
	m := &nodeMapper{p: p, graphs: map[string]map[string]*jsonObject{"@default": {}}, labels: map[string]string{}}
	if err := m.add(expanded, "@default", nodeUse{}); err != nil {
		return nil, err
	}
	nodes := m.graphs["@default"]
	for _, name := range slices.Sorted(maps.Keys(m.graphs)) {
		if name == "@default" {
			continue
		}
		o, ok := nodes[name]
		if !ok {
			o = newObject(jsonMember{key: "@id", value: name})
			nodes[name] = o
		}
		o.set("@graph", sortedNodes(m.graphs[name]))
	}
	return sortedNodes(nodes), nil
}

func sortedNodes(nodes map[string]*jsonObject) []any {
	out := []any{}
	for _, id := range slices.Sorted(maps.Keys(nodes)) {
		if o := nodes[id]; len(o.members) > 1 || !o.has("@id") {
			out = append(out, o)
		}
	}
	return out
}

// nodeUse says what a node or value belongs to.
type nodeUse struct {
	subject  string      // active subject, "" for none
	reversed *jsonObject // the reference that reverse properties point to
	property string
	list     *jsonObject
}

func (m *nodeMapper) label(id string) string {
	if id != "" {
		if known, ok := m.labels[id]; ok {
			return known
		}
	}
	label := "_:b" + strconv.Itoa(m.next)
	m.next++
	if id != "" {
		m.labels[id] = label
	}
	return label
}

// add is the node map generation algorithm (JSON-LD 1.1 API §7.2.2).
func (m *nodeMapper) add(element any, graph string, use nodeUse) error {
	if err := m.p.step(); err != nil {
		return err
	}
	if items, ok := element.([]any); ok {
		for _, item := range items {
			if err := m.add(item, graph, use); err != nil {
				return err
			}
		}
		return nil
	}
	o, ok := element.(*jsonObject)
	if !ok {
		return nil
	}
	o = o.clone()
	if t, ok := o.get("@type"); ok {
		o.set("@type", m.types(t))
	}
	switch {
	case o.has("@value"):
		m.put(graph, use, o, true)
	case o.has("@list"):
		list := newObject(jsonMember{key: "@list", value: []any{}})
		inner := use
		inner.list = list
		if err := m.add(o.value("@list"), graph, inner); err != nil {
			return err
		}
		m.put(graph, use, list, false)
	default:
		return m.node(o, graph, use)
	}
	return nil
}

func (m *nodeMapper) types(v any) any {
	items, isArray := v.([]any)
	if !isArray {
		items = []any{v}
	}
	out := make([]any, len(items))
	for i, t := range items {
		out[i] = t
		if s, ok := t.(string); ok && isBlankID(s) {
			out[i] = m.label(s)
		}
	}
	if !isArray {
		return out[0]
	}
	return out
}

// put adds a value to the active property or list.
func (m *nodeMapper) put(graph string, use nodeUse, value *jsonObject, once bool) {
	if use.list != nil {
		addValues(use.list, "@list", []any{value})
		return
	}
	if o := m.graphs[graph][use.subject]; o != nil {
		putOnce(o, use.property, value, once)
	}
}

// putOnce appends a value to an array, unless it is there already.
func putOnce(o *jsonObject, key string, value any, once bool) {
	existing := arrayOrEmpty(o.value(key))
	if once && slices.ContainsFunc(existing, func(v any) bool { return equalJSON(v, value) }) {
		return
	}
	o.set(key, append(existing, value))
}

// equalJSON compares values, objects without regard to order.
func equalJSON(a, b any) bool {
	switch a := a.(type) {
	case *jsonObject:
		b, ok := b.(*jsonObject)
		if !ok || len(a.members) != len(b.members) {
			return false
		}
		for _, m := range a.members {
			if v, ok := b.get(m.key); !ok || !equalJSON(m.value, v) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalJSON)
	}
	if !isScalar(b) {
		return false
	}
	return a == b
}

// node is step 6.
func (m *nodeMapper) node(o *jsonObject, graph string, use nodeUse) error {
	id, hasID := o.value("@id").(string)
	if !hasID || isBlankID(id) {
		id = m.label(id)
	}
	if m.graphs[graph] == nil {
		m.graphs[graph] = map[string]*jsonObject{}
	}
	nodes := m.graphs[graph]
	node, ok := nodes[id]
	if !ok {
		node = newObject(jsonMember{key: "@id", value: id, pos: o.pos})
		nodes[id] = node
	}
	switch {
	case use.reversed != nil:
		putOnce(node, use.property, use.reversed, true)
	case use.property != "":
		m.put(graph, use, newObject(jsonMember{key: "@id", value: id}), true)
	}
	for _, e := range o.members {
		if isKeyword(e.key) {
			if err := m.keyword(node, id, graph, e); err != nil {
				return err
			}
		}
	}
	properties := slices.DeleteFunc(slices.Clone(o.members), func(e jsonMember) bool { return isKeyword(e.key) })
	slices.SortStableFunc(properties, func(a, b jsonMember) int { return compareUTF16(a.key, b.key) })
	for _, e := range properties {
		property := e.key
		if isBlankID(property) {
			property = m.label(property)
		}
		if !node.has(property) {
			node.set(property, []any{})
		}
		if err := m.add(e.value, graph, nodeUse{subject: id, property: property}); err != nil {
			return err
		}
	}
	return nil
}

// keyword is steps 6.7 to 6.11.
func (m *nodeMapper) keyword(node *jsonObject, id, graph string, e jsonMember) error {
	switch e.key {
	case "@type":
		for _, t := range asArray(e.value) {
			putOnce(node, "@type", t, true)
		}
	case "@index":
		if v, ok := node.get("@index"); ok && v != e.value {
			m.p.look(e.pos)
			return m.p.fail("conflicting indexes", "%s has the indexes %s and %s", id, describe(v), describe(e.value))
		}
		node.set("@index", e.value)
	case "@reverse":
		reference := newObject(jsonMember{key: "@id", value: id})
		reverse, ok := e.value.(*jsonObject)
		if !ok {
			return nil
		}
		for _, r := range reverse.members {
			if err := m.add(r.value, graph, nodeUse{reversed: reference, property: r.key}); err != nil {
				return err
			}
		}
	case "@graph":
		if m.graphs[id] == nil {
			m.graphs[id] = map[string]*jsonObject{}
		}
		return m.add(e.value, id, nodeUse{})
	case "@included":
		return m.add(e.value, graph, nodeUse{})
	}
	return nil
}
