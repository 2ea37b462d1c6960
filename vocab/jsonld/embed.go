package jsonld

import (
	"fincat/vocab/term"
)

// maxJSONDepth bounds the nesting of what is written, well below what readers
// accept by default.
const maxJSONDepth = 200

// embedder puts the node objects of blank nodes where these are used, as far
// as that loses nothing: used once, in one graph, not from within themselves.
type embedder struct {
	b       *builder
	g       *nodeGraph
	nest    bool
	placed  map[term.Term]bool // written where they are used, or on their own
	tooDeep bool               // lists are nested too deeply
}

// embed embeds blank nodes in every graph, unless nest is false. It reports false
// when lists are nested too deeply to be written as such.
func (b *builder) embed(nest bool) bool {
	for _, g := range b.graphs {
		e := &embedder{b: b, g: g, nest: nest, placed: map[term.Term]bool{}}
		g.embedded = map[term.Term]bool{}
		order := sortedTerms(g.nodes)
		for _, t := range order {
			if !e.embeddable(t) {
				e.place(t)
			}
		}
		for _, t := range order { // what is left hangs together in circles
			e.place(t)
		}
		if e.tooDeep {
			return false
		}
	}
	return true
}

// embeddable reports whether a node can lose its identifier.
func (e *embedder) embeddable(t term.Term) bool {
	u := e.b.referenced[t]
	return t.IsBlankNode() && u != nil && u.graph == e.g && !e.b.elsewhere(e.g, t) && len(e.g.nodes[t].members) > 1
}

// place walks a node that stands on its own.
func (e *embedder) place(t term.Term) {
	if !e.placed[t] {
		e.placed[t] = true
		e.walk(e.g.nodes[t], 2)
	}
}

// walk embeds below a value at a nesting depth.
func (e *embedder) walk(v any, depth int) {
	if depth > 2*maxJSONDepth {
		e.tooDeep = true
		return
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if o, ok := item.(*jsonObject); ok && e.nest && depth < maxJSONDepth {
				e.replace(o)
			}
			e.walk(item, depth+1)
		}
	case *jsonObject:
		if v.has("@value") {
			return
		}
		for _, m := range v.members {
			if m.key != "@id" && m.key != "@type" {
				e.walk(m.value, depth+1)
			}
		}
	}
}

// replace turns a reference to an embeddable node into the node.
func (e *embedder) replace(o *jsonObject) {
	id, ok := o.value("@id").(string)
	if !ok || len(o.members) != 1 || !isBlankID(id) {
		return
	}
	t := term.NewBlankNode(id[2:])
	if e.placed[t] || e.g.nodes[t] == nil || !e.embeddable(t) {
		return
	}
	e.placed[t], e.g.embedded[t] = true, true
	o.members = e.g.nodes[t].members[1:]
}
