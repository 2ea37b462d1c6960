package jsonld

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// inverseContext finds terms by IRI, container, and type or language (JSON-LD
// 1.1 API §4.3).
type inverseContext struct {
	iris     map[string]map[string]*inverseEntry // IRI → container → terms
	prefixes []prefixTerm                        // terms that may start compact IRIs
	plain    map[string]string                   // IRIs compacted so far without regard to a value
}

type inverseEntry struct {
	language, typ, any map[string]string // value → term
}

type prefixTerm struct{ term, iri string }

// inverseOf returns the inverse context of c (JSON-LD 1.1 API §4.3.2).
func inverseOf(c *activeContext) *inverseContext {
	if c.inverse != nil {
		return c.inverse
	}
	inv := &inverseContext{iris: map[string]map[string]*inverseEntry{}, plain: map[string]string{}}
	fallback := cmp.Or(strings.ToLower(c.language), "@none")
	names := slices.SortedFunc(maps.Keys(c.terms), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	for _, name := range names {
		d := c.terms[name]
		if d.null {
			continue
		}
		if d.prefix {
			inv.prefixes = append(inv.prefixes, prefixTerm{name, d.iri})
		}
		inv.entry(d, name).add(c, d, name, fallback)
	}
	c.inverse = inv
	return inv
}

func (inv *inverseContext) entry(d *termDef, name string) *inverseEntry {
	byContainer := inv.iris[d.iri]
	if byContainer == nil {
		byContainer = map[string]*inverseEntry{}
		inv.iris[d.iri] = byContainer
	}
	key := d.container.key()
	e := byContainer[key]
	if e == nil {
		e = &inverseEntry{map[string]string{}, map[string]string{}, map[string]string{"@none": name}}
		byContainer[key] = e
	}
	return e
}

// key returns the keywords of a container mapping, joined in their order.
func (c containers) key() string {
	if c == 0 {
		return "@none"
	}
	var b strings.Builder
	for _, k := range []struct {
		bit  containers
		name string
	}{
		{containerGraph, "@graph"}, {containerID, "@id"}, {containerIndex, "@index"}, {containerLanguage, "@language"},
		{containerList, "@list"}, {containerSet, "@set"}, {containerType, "@type"},
	} {
		if c.has(k.bit) {
			b.WriteString(k.name)
		}
	}
	return b.String()
}

// add enters a term under every value that selects it, unless an earlier term
// is there.
func (e *inverseEntry) add(c *activeContext, d *termDef, name, fallback string) {
	put := func(m map[string]string, key string) {
		if _, ok := m[key]; !ok {
			m[key] = name
		}
	}
	switch {
	case d.reverse:
		put(e.typ, "@reverse")
	case d.typ == "@none":
		put(e.language, "@any")
		put(e.typ, "@any")
	case d.typ != "":
		put(e.typ, d.typ)
	case d.language.set && d.direction.set:
		switch lang, dir := d.language.value, d.direction.value; {
		case lang != "" && dir != "":
			put(e.language, strings.ToLower(lang)+"_"+dir)
		case lang != "":
			put(e.language, strings.ToLower(lang))
		case dir != "":
			put(e.language, "_"+dir)
		default:
			put(e.language, "@null")
		}
	case d.language.set:
		put(e.language, cmp.Or(strings.ToLower(d.language.value), "@null"))
	case d.direction.set:
		if d.direction.value == "" {
			put(e.language, "@none")
		} else {
			put(e.language, "_"+d.direction.value)
		}
	case c.direction != "":
		put(e.language, strings.ToLower(c.language)+"_"+c.direction)
		put(e.language, "@none")
		put(e.typ, "@none")
	default:
		put(e.language, fallback)
		put(e.language, "@none")
		put(e.typ, "@none")
	}
}

// selectTerm is the term selection algorithm (JSON-LD 1.1 API §4.4).
func (inv *inverseContext) selectTerm(
	iri string, containers []string, typeLanguage string, preferred []string,
) (string, bool) {
	byContainer := inv.iris[iri]
	for _, c := range containers {
		e := byContainer[c]
		if e == nil {
			continue
		}
		m := e.language
		switch typeLanguage {
		case "@type":
			m = e.typ
		case "@any":
			m = e.any
		}
		for _, v := range preferred {
			if t, ok := m[v]; ok {
				return t, true
			}
		}
	}
	return "", false
}
