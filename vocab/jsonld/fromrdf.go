package jsonld

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// builder makes an expanded document from quads (serialize RDF as JSON-LD,
// JSON-LD 1.1 API §8.4).
type builder struct {
	o          options
	graphs     map[term.Term]*nodeGraph
	referenced map[term.Term]*usage     // blank node → its only use, nil when there are more
	shared     map[term.Term]*nodeGraph // blank node → the graph where it is a subject, nil when there are more
}

type nodeGraph struct {
	nodes    map[term.Term]*jsonObject
	nils     []usage            // uses of rdf:nil
	embedded map[term.Term]bool // nodes that stand where they are used
	compound map[term.Term]bool // subjects of rdf:direction
}

// A usage is a place where a node is the object.
type usage struct {
	graph    *nodeGraph
	subject  term.Term
	node     *jsonObject
	property string
	value    *jsonObject
}

func newBuilder(o options) *builder {
	return &builder{
		o: o, graphs: map[term.Term]*nodeGraph{}, referenced: map[term.Term]*usage{},
		shared: map[term.Term]*nodeGraph{},
	}
}

func identifier(t term.Term) string {
	if t.IsBlankNode() {
		return "_:" + t.Value()
	}
	return t.Value()
}

func (b *builder) graph(name term.Term) *nodeGraph {
	g := b.graphs[name]
	if g == nil {
		g = &nodeGraph{nodes: map[term.Term]*jsonObject{}, compound: map[term.Term]bool{}}
		b.graphs[name] = g
	}
	return g
}

func (g *nodeGraph) node(t term.Term) *jsonObject {
	o := g.nodes[t]
	if o == nil {
		o = newObject(jsonMember{key: "@id", value: identifier(t)})
		g.nodes[t] = o
	}
	return o
}

// add enters one quad (step 5).
func (b *builder) add(q term.Quad) error {
	if !q.Valid() || q.Object.IsTripleTerm() {
		return errors.New("JSON-LD 1.1 cannot express " + q.String())
	}
	g := b.graph(q.Graph)
	if !q.Graph.IsZero() {
		b.graph(term.Term{}).node(q.Graph)
	}
	node := g.node(q.Subject)
	if q.Subject.IsBlankNode() {
		if in, ok := b.shared[q.Subject]; !ok {
			b.shared[q.Subject] = g
		} else if in != g {
			b.shared[q.Subject] = nil
		}
	}
	property := q.Predicate.Value()
	isNode := !q.Object.IsLiteral()
	if isNode {
		g.node(q.Object)
	}
	if b.o.direction == CompoundLiteral && property == vocab.RDFDirection {
		g.compound[q.Subject] = true
	}
	if property == vocab.RDFType && !b.o.rdfType && isNode {
		putOnce(node, "@type", identifier(q.Object), true)
		if q.Object.IsBlankNode() { // a type must keep its identifier
			b.referenced[q.Object] = nil
		}
		return nil
	}
	value, err := b.value(q.Object)
	if err != nil {
		return err
	}
	existing := arrayOrEmpty(node.value(property))
	if !slices.ContainsFunc(existing, func(v any) bool { return equalJSON(v, value) }) {
		node.set(property, append(existing, value))
	} else {
		return nil
	}
	u := usage{g, q.Subject, node, property, value}
	switch {
	case q.Object == term.NewIRI(vocab.RDFNil):
		g.nils = append(g.nils, u)
	case q.Object.IsBlankNode():
		if _, again := b.referenced[q.Object]; again {
			b.referenced[q.Object] = nil
		} else {
			b.referenced[q.Object] = &u
		}
	}
	return nil
}

// value is RDF to object conversion (JSON-LD 1.1 API §8.5).
func (b *builder) value(t term.Term) (*jsonObject, error) {
	if !t.IsLiteral() {
		return newObject(jsonMember{key: "@id", value: identifier(t)}), nil
	}
	lexical, datatype := t.Value(), t.Datatype()
	if b.o.nativeTypes {
		if v, ok := nativeValue(lexical, datatype); ok {
			return newObject(jsonMember{key: "@value", value: v}), nil
		}
	}
	o := newObject(jsonMember{key: "@value", value: lexical})
	language, direction, isI18n := "", "", false
	if b.o.direction == I18nDatatype {
		var tag string
		if tag, isI18n = strings.CutPrefix(datatype, i18nNamespace); isI18n {
			language, direction, _ = strings.Cut(tag, "_")
		}
	}
	switch {
	case datatype == vocab.RDFJSON && !b.o.mode10:
		v, err := parseJSON(context.Background(), []byte(lexical), b.o.depth)
		if b.o.exact && (err != nil || canonicalJSON(v) != lexical) {
			o.set("@type", datatype)
			break
		}
		if err != nil {
			return nil, &Error{
				Code: "invalid JSON literal",
				Problem: document.Problem{
					Line: 1, Column: 1, Text: document.Excerpt([]byte(lexical), 0),
					Message: "invalid JSON literal: " + err.Error(),
				},
			}
		}
		o.set("@value", v)
		o.set("@type", "@json")
	case isI18n:
		if language != "" {
			o.set("@language", language)
		}
		if direction != "" {
			o.set("@direction", direction)
		}
	case t.Lang() != "":
		o.set("@language", t.Lang())
		if t.Direction() != term.NoDirection && b.o.direction != DropDirection {
			o.set("@direction", t.Direction().String())
		}
	case datatype != vocab.XSDString:
		o.set("@type", datatype)
	}
	return o, nil
}

// nativeValue returns the JSON value of a literal that has one.
func nativeValue(lexical, datatype string) (any, bool) {
	switch datatype {
	case vocab.XSDBoolean:
		yes := lexical == "true" || lexical == "1"
		return yes, yes || lexical == "false" || lexical == "0"
	case vocab.XSDInteger, vocab.XSDDouble:
		v, err := parseJSON(context.Background(), []byte(lexical), 1)
		n, ok := v.(jsonNumber)
		if _, rangeErr := strconv.ParseFloat(string(n), 64); err != nil || rangeErr != nil {
			ok = false
		}
		return n, ok
	}
	return nil, false
}

// finish turns cells into lists and nodes into compound literals.
func (b *builder) finish() {
	for _, g := range b.graphs {
		b.compoundLiterals(g)
		b.lists(g)
	}
}

// nodes returns the node objects in order, those of named graphs within their
// names.
func (b *builder) nodes() []any {
	out := []any{}
	defaultGraph := b.graph(term.Term{})
	for _, t := range sortedTerms(defaultGraph.nodes) {
		o := defaultGraph.nodes[t]
		if named := b.graphs[t]; named != nil {
			inner := []any{}
			for _, s := range sortedTerms(named.nodes) {
				if n := named.nodes[s]; len(n.members) > 1 && !named.embedded[s] {
					inner = append(inner, n)
				}
			}
			o.set("@graph", inner)
		}
		if len(o.members) > 1 && !defaultGraph.embedded[t] {
			out = append(out, o)
		}
	}
	return out
}

// sortedTerms orders subjects: IRIs first, so that blank nodes follow what
// they belong to.
func sortedTerms(nodes map[term.Term]*jsonObject) []term.Term {
	return slices.SortedFunc(maps.Keys(nodes), func(a, b term.Term) int {
		if a.IsBlankNode() != b.IsBlankNode() {
			if a.IsBlankNode() {
				return 1
			}
			return -1
		}
		return term.Compare(a, b)
	})
}

// compoundLiterals is step 6.1.
func (b *builder) compoundLiterals(g *nodeGraph) {
	for t := range g.compound {
		u, node := b.referenced[t], g.nodes[t]
		if u == nil || node == nil || u.graph != g || b.elsewhere(g, t) {
			continue
		}
		value, ok := compoundValue(node)
		if !ok {
			continue
		}
		delete(g.nodes, t)
		u.value.delete("@id")
		for _, m := range value.members {
			u.value.set(m.key, m.value)
		}
	}
}

// compoundValue returns the value object that a compound literal stands for.
func compoundValue(node *jsonObject) (*jsonObject, bool) {
	out := &jsonObject{}
	for _, m := range node.members {
		key := ""
		switch m.key {
		case "@id":
			continue
		case vocab.RDFValue:
			key = "@value"
		case vocab.RDFLanguage:
			key = "@language"
		case vocab.RDFDirection:
			key = "@direction"
		}
		items := asArray(m.value)
		o, ok := items[0].(*jsonObject)
		if key == "" || len(items) != 1 || !ok || len(o.members) != 1 || !o.has("@value") {
			return nil, false
		}
		out.set(key, o.value("@value"))
	}
	return out, out.has("@value") && out.has("@direction")
}

// elsewhere reports whether a blank node is a graph name or stands in another
// graph than g, so that it must keep its identifier.
func (b *builder) elsewhere(g *nodeGraph, t term.Term) bool {
	if b.graphs[t] != nil {
		return true
	}
	return b.shared[t] != g
}

// An listParts is a list found in a graph: its cells and items from the end, and
// where its head is used.
type listParts struct {
	cells []term.Term
	items []any
	head  usage
}

// lists is step 6.4: cells become lists, except where a list is an item of
// itself, however far down.
func (b *builder) lists(g *nodeGraph) {
	lists := make([]listParts, len(g.nils))
	listOf := map[term.Term]int{} // cell → its list
	for i, u := range g.nils {
		lists[i] = b.list(g, u)
		for _, c := range lists[i].cells {
			listOf[c] = i
		}
	}
	state := make([]byte, len(lists)) // 0 not looked at, 1 on the way up, 2 fine, 3 within itself
	for i := range lists {
		var way []int
		verdict := byte(2)
		for k, inside := i, true; inside; k, inside = listOf[lists[k].head.subject],
			holds(listOf, lists[k].head.subject) {
			if state[k] != 0 {
				verdict = 2 + state[k]&1
				break
			}
			state[k] = 1
			way = append(way, k)
		}
		for _, k := range way {
			state[k] = verdict
		}
	}
	for i, l := range lists {
		if state[i] == 3 {
			l = listParts{head: g.nils[i]}
		}
		for _, c := range l.cells {
			delete(g.nodes, c)
		}
		slices.Reverse(l.items)
		l.head.value.delete("@id")
		l.head.value.set("@list", arrayOrEmpty(anyOf(l.items)))
	}
}

func holds(m map[term.Term]int, t term.Term) bool {
	_, ok := m[t]
	return ok
}

// list is step 6.4.2: it follows a list from its end to its head, as far as
// the cells are used once and say nothing else.
func (b *builder) list(g *nodeGraph, u usage) listParts {
	l := listParts{head: u}
	seen := map[term.Term]bool{}
	for u.property == vocab.RDFRest && u.subject.IsBlankNode() && !seen[u.subject] && isListCell(u.node) {
		if b.o.exact && u.node.has("@type") {
			break
		}
		next := b.referenced[u.subject]
		if next == nil || next.graph != g || b.elsewhere(g, u.subject) {
			break
		}
		seen[u.subject] = true
		l.items = append(l.items, arrayOrEmpty(u.node.value(vocab.RDFFirst))[0])
		l.cells = append(l.cells, u.subject)
		u = *next
	}
	l.head = u
	return l
}

// isListCell reports whether a node has one rdf:first, one rdf:rest, and at
// most the type rdf:List besides.
func isListCell(o *jsonObject) bool {
	for _, m := range o.members {
		switch m.key {
		case "@id":
		case vocab.RDFFirst, vocab.RDFRest:
			if len(asArray(m.value)) != 1 {
				return false
			}
		case "@type":
			if types := asArray(m.value); len(types) != 1 || types[0] != vocab.RDFList {
				return false
			}
		default:
			return false
		}
	}
	return o.has(vocab.RDFFirst) && o.has(vocab.RDFRest)
}
