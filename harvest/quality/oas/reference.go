package oas

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"fincat/harvest/document"
)

// references refuses those that lead out of the document, and finds those that lead
// nowhere.
func (r *Result) references(root any) bool {
	w := refWalker{root: root, r: r, known: map[string]bool{}, within: map[string]int{}, from: map[string]int{}}
	w.walk(root, "", false)
	if !w.bad && w.cost() > maxVisits {
		r.fail("too-large", "", "what the references of the document lead to is too much to be looked at")
		return false
	}
	return !w.bad
}

// refWalker goes through a document and looks at its references.
type refWalker struct {
	root  any
	r     *Result
	known map[string]bool // what was looked up: whether it is there
	bad   bool

	within, from map[string]int // how often a reference stands among the components, and elsewhere
}

// walk looks at a value. names tells that the members of an object are names of the
// document's, not words of the specification.
func (w *refWalker) walk(v any, at string, names bool) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			w.walk(e, at+"/"+fmt.Sprint(i), false)
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && !names {
			w.look(ref, at)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !names && (name == "example" || name == "examples" || name == "default" ||
				name == "enum" ||
				name == "const" || strings.HasPrefix(name, "x-")) {
				continue // values, not parts of the description
			}
			w.walk(v[name], document.Pointer(at, name), !names && (name == "properties" ||
				name == "patternProperties"))
		}
	}
}

// look judges one reference.
func (w *refWalker) look(ref, at string) {
	if !strings.HasPrefix(ref, "#") {
		w.bad = true
		w.r.fail("ref-refused", at, "$ref %.200q leads to another document: it is not followed", ref)
		return
	}
	if strings.HasPrefix(at, "/components/") || strings.HasPrefix(at, "/definitions/") {
		w.within[ref]++
	} else {
		w.from[ref]++
	}
	there, known := w.known[ref]
	if !known {
		_, there = w.find(ref)
		w.known[ref] = there
	}
	if !there {
		w.bad = true
		w.r.fail("ref-broken", at, "$ref %.200q leads nowhere", ref)
	}
}

// find returns what a pointer leads to (RFC 6901 §6).
func (w *refWalker) find(ref string) (any, bool) {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, true // the whole document, or an anchor of JSON Schema
	}
	v := w.root
	for _, name := range strings.Split(pointer, "/") {
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[name]
			if plain, err := url.PathUnescape(name); !ok && err == nil {
				next, ok = in[plain]
			}
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i := 0
			if _, err := fmt.Sscanf(name, "%d", &i); err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}
