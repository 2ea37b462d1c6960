package shacl

import (
	"errors"
	"strings"
	"unicode/utf8"

	"fincat/store"
	"fincat/vocab/term"
)

// checker is a constraint. check reports each result that the value nodes of
// a focus node give; when found returns an error, it ends with that error.
type checker interface {
	check(r *run, at *focus, found func(finding) error) error
	deep() bool // whether triples are looked at that start at value nodes
}

// focus is a focus node of a shape with its value nodes, sorted.
type focus struct {
	shape  *shape
	rule   *rule
	node   store.ID
	values []store.ID
}

// finding is what a constraint reports; the zero values stand for what the
// shape says.
type finding struct {
	value    store.ID    // 0: none
	path     store.ID    // predicate that is the result's path
	messages []term.Term // instead of the rule's
	deeper   *focus      // where the result comes from, for results of property shapes
}

// shallow is the deep of constraints on the values themselves.
type shallow struct{}

func (shallow) deep() bool { return false }

// each reports the values that a test refuses.
func (r *run) each(at *focus, found func(finding) error, ok func(store.ID) (bool, error)) error {
	for _, v := range at.values {
		if err := r.step(); err != nil {
			return err
		}
		fine, err := ok(v)
		if err == nil && !fine {
			err = found(finding{value: v})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// class is sh:class (SHACL §4.1.1).
type class struct{ class constant }

func (c class) deep() bool { return true }

func (c class) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) { return r.isA(v, r.constants[c.class]) })
}

// datatype is sh:datatype (SHACL §4.1.2).
type datatype struct{ iri string }

func (datatype) deep() bool { return false }

func (c datatype) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		if r.kind(v) != term.Literal {
			return false, nil
		}
		t, err := r.term(v)
		return err == nil && t.Datatype() == c.iri && wellTyped(t), err
	})
}

// nodeKind is sh:nodeKind (SHACL §4.1.3).
type nodeKind struct{ iri, blank, literal bool }

func (nodeKind) deep() bool { return false }

func (c nodeKind) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		switch r.kind(v) {
		case term.IRI:
			return c.iri, nil
		case term.BlankNode:
			return c.blank, nil
		case term.Literal:
			return c.literal, nil
		}
		return false, nil
	})
}

// count is sh:minCount and sh:maxCount (SHACL §4.2).
type count struct{ least, most int }

func (count) deep() bool { return false }

func (c count) check(_ *run, at *focus, found func(finding) error) error {
	if n := len(at.values); n < c.least || n > c.most {
		return found(finding{})
	}
	return nil
}

// bound is one of the value range constraints (SHACL §4.3): fn(limit, value)
// must be true.
type bound struct {
	limit xpathValue
	fn    function
}

func (bound) deep() bool { return false }

func (c bound) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		t, err := r.term(v)
		return err == nil && call(c.fn, c.limit, valueOf(t)).True(), err
	})
}

// text returns what sh:pattern and the length constraints look at, false for
// blank nodes (SHACL §4.4).
func (r *run) text(v store.ID) (string, bool, error) {
	if k := r.kind(v); k != term.IRI && k != term.Literal {
		return "", false, nil
	}
	t, err := r.term(v)
	return t.Value(), err == nil, err
}

// length is sh:minLength and sh:maxLength (SHACL §4.4.1, §4.4.2).
type length struct{ least, most int }

func (length) deep() bool { return false }

func (c length) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		text, ok, err := r.text(v)
		n := utf8.RuneCountInString(text)
		return ok && n >= c.least && n <= c.most, err
	})
}

// pattern is sh:pattern (SHACL §4.4.3).
type pattern struct{ pattern, flags xpathValue }

func (pattern) deep() bool { return false }

func (c pattern) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		text, ok, err := r.text(v)
		if !ok || err != nil {
			return false, err
		}
		matches, _ := match(&r.scope, text, c)
		return matches, nil
	})
}

// languageIn is sh:languageIn (SHACL §4.4.4).
type languageIn struct{ tags []string }

func (languageIn) deep() bool { return false }

func (c languageIn) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		if r.kind(v) != term.Literal {
			return false, nil
		}
		t, err := r.term(v)
		if err != nil || t.Lang() == "" {
			return false, err
		}
		for _, tag := range c.tags {
			if langMatches(t.Lang(), tag) {
				return true, nil
			}
		}
		return false, nil
	})
}

// langMatches is basic filtering of RFC 4647 §3.3.1.
func langMatches(tag, rng string) bool {
	tag, rng = strings.ToLower(tag), strings.ToLower(rng)
	return rng == "*" || tag == rng || strings.HasPrefix(tag, rng+"-")
}

// uniqueLang is sh:uniqueLang (SHACL §4.4.5).
type uniqueLang struct{ shallow }

func (uniqueLang) check(r *run, at *focus, found func(finding) error) error {
	times := map[string]int{}
	for _, v := range at.values {
		if r.kind(v) != term.Literal {
			continue
		}
		t, err := r.term(v)
		if err != nil {
			return err
		}
		lang := strings.ToLower(t.Lang())
		if lang == "" {
			continue
		}
		if times[lang]++; times[lang] == 2 {
			if err := found(finding{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// contains looks an ID up in sorted values.
func contains(values []store.ID, v store.ID) bool {
	for len(values) > 8 {
		mid := len(values) / 2
		if values[mid] <= v {
			values = values[mid:]
		} else {
			values = values[:mid]
		}
	}
	for _, w := range values {
		if w == v {
			return true
		}
	}
	return false
}

// equals is sh:equals (SHACL §4.5.1).
type equals struct{ property constant }

func (equals) deep() bool { return false }

func (c equals) check(r *run, at *focus, found func(finding) error) error {
	others, err := r.objects(at.node, r.constants[c.property])
	if err != nil {
		return err
	}
	if err := r.each(at, found, func(v store.ID) (bool, error) { return contains(others, v), nil }); err != nil {
		return err
	}
	for _, v := range others {
		if !contains(at.values, v) {
			if err := found(finding{value: v}); err != nil {
				return err
			}
		}
	}
	return nil
}

// disjoint is sh:disjoint (SHACL §4.5.2).
type disjoint struct{ property constant }

func (disjoint) deep() bool { return false }

func (c disjoint) check(r *run, at *focus, found func(finding) error) error {
	others, err := r.objects(at.node, r.constants[c.property])
	if err != nil {
		return err
	}
	return r.each(at, found, func(v store.ID) (bool, error) { return !contains(others, v), nil })
}

// lessThan is sh:lessThan and sh:lessThanOrEquals (SHACL §4.5.3, §4.5.4).
type lessThan struct {
	property constant
	fn       function
}

func (lessThan) deep() bool { return false }

func (c lessThan) check(r *run, at *focus, found func(finding) error) error {
	others, err := r.objects(at.node, r.constants[c.property])
	if err != nil {
		return err
	}
	for _, v := range at.values {
		a, err := r.term(v)
		if err != nil {
			return err
		}
		for _, w := range others {
			if err := r.step(); err != nil {
				return err
			}
			b, err := r.term(w)
			if err != nil {
				return err
			}
			if call(c.fn, valueOf(a), valueOf(b)).True() {
				continue
			}
			if err := found(finding{value: v}); err != nil {
				return err
			}
		}
	}
	return nil
}

// not is sh:not (SHACL §4.6.1).
type not struct{ shape *shape }

func (c not) deep() bool { return true }

func (c not) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		conforms, err := r.conforms(c.shape, v)
		return !conforms, err
	})
}

type logicKind uint8

const (
	allOf logicKind = iota
	anyOf
	oneOf
)

// logic is sh:and, sh:or and sh:xone (SHACL §4.6.2 to §4.6.4).
type logic struct {
	kind   logicKind
	shapes []*shape
}

func (c logic) deep() bool {
	for _, s := range c.shapes {
		if s.deep || looksBehind(s) {
			return true
		}
	}
	return false
}

// looksBehind reports whether a shape looks at triples that start at its focus node.
func looksBehind(s *shape) bool {
	if s.path != nil {
		return true
	}
	for _, r := range s.rules {
		switch r.check.(type) {
		case property, closed, equals, disjoint, lessThan, *query, *ask:
			return true
		}
	}
	return s.deep
}

func (c logic) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		n := 0
		for _, s := range c.shapes {
			conforms, err := r.conforms(s, v)
			switch {
			case err != nil:
				return false, err
			case conforms && c.kind == anyOf:
				return true, nil
			case !conforms && c.kind == allOf:
				return false, nil
			case conforms:
				n++
			}
		}
		return c.kind == allOf || c.kind == oneOf && n == 1, nil
	})
}

// nodeShape is sh:node (SHACL §4.7.1).
type nodeShape struct{ shape *shape }

func (c nodeShape) deep() bool { return c.shape.deep || looksBehind(c.shape) }

func (c nodeShape) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) { return r.conforms(c.shape, v) })
}

// property is sh:property (SHACL §4.7.2): its results are those of the
// property shape.
type property struct{ shape *shape }

func (property) deep() bool { return true }

func (c property) check(r *run, at *focus, found func(finding) error) error {
	// Ways that meet again lead to the same nodes many times; behind a property shape with
	// others in it there is much to look at, and where nothing was found there is nothing.
	again := c.shape.nested()
	for _, v := range at.values {
		key := answerKey{c.shape.index, v}
		if again && r.answers[key] {
			continue
		}
		n := 0
		err := r.validate(c.shape, v, func(inner *focus, f finding) error {
			if n++; f.deeper == nil {
				f.deeper = inner
			}
			return found(f)
		})
		if err != nil {
			return err
		}
		if again && n == 0 {
			r.answer(key, true)
		}
	}
	return nil
}

// qualified is sh:qualifiedValueShape with one of its counts (SHACL §4.7.3).
type qualified struct {
	shape       *shape
	siblings    []*shape
	least, most int
}

func (qualified) deep() bool { return true }

func (c qualified) check(r *run, at *focus, found func(finding) error) error {
	n := 0
	for _, v := range at.values {
		conforms, err := r.conforms(c.shape, v)
		if err != nil {
			return err
		}
		for i := 0; conforms && i < len(c.siblings); i++ {
			other, err := r.conforms(c.siblings[i], v)
			if err != nil {
				return err
			}
			conforms = !other
		}
		if conforms {
			n++
		}
	}
	if n < c.least || n > c.most {
		return found(finding{})
	}
	return nil
}

// closed is sh:closed (SHACL §4.8.1), with the properties that are allowed.
type closed map[constant]bool

func (closed) deep() bool { return true }

func (c closed) check(r *run, at *focus, found func(finding) error) error {
	for _, v := range at.values {
		n, err := r.out(v)
		if err != nil {
			return err
		}
		for i, p := range n.p {
			if k, ok := r.byID[p]; ok && c[k] {
				continue
			}
			if err := found(finding{value: n.o[i], path: p}); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasValue is sh:hasValue (SHACL §4.8.2).
type hasValue struct{ value constant }

func (hasValue) deep() bool { return false }

func (c hasValue) check(r *run, at *focus, found func(finding) error) error {
	if contains(at.values, r.constants[c.value]) {
		return nil
	}
	return found(finding{})
}

// in is sh:in (SHACL §4.8.3).
type in map[constant]bool

func (in) deep() bool { return false }

func (c in) check(r *run, at *focus, found func(finding) error) error {
	return r.each(at, found, func(v store.ID) (bool, error) {
		k, ok := r.byID[v]
		return ok && c[k], nil
	})
}

// errEnough ends a check as soon as its outcome is known.
var errEnough = errors.New("enough")

// conforms reports whether a node conforms to a shape (SHACL §3.4.3).
func (r *run) conforms(s *shape, v store.ID) (bool, error) {
	key := answerKey{s.index, v}
	if answer, ok := r.answers[key]; ok {
		return answer, nil
	}
	err := r.validate(s, v, func(*focus, finding) error { return errEnough })
	if err != nil && !errors.Is(err, errEnough) {
		return false, err
	}
	r.answer(key, err == nil)
	return err == nil, nil
}

// answer keeps whether a node conforms to a shape.
func (r *run) answer(key answerKey, conforms bool) {
	if len(r.answers) >= keptAnswers {
		clear(r.answers)
	}
	r.answers[key] = conforms
}

// validate reports the results of a shape at a focus node (SHACL §3.4.2).
func (r *run) validate(s *shape, v store.ID, found func(*focus, finding) error) error {
	if s.off {
		return nil
	}
	if err := r.step(); err != nil {
		return err
	}
	at := &focus{shape: s, node: v, values: []store.ID{v}}
	if s.path != nil {
		var err error
		if at.values, err = r.values(s.path, v); err != nil {
			return err
		}
	}
	report := func(f finding) error { return found(at, f) }
	for i := range s.rules {
		at.rule = &s.rules[i]
		err := at.rule.check.check(r, at, report)
		if err != nil {
			return err
		}
	}
	return nil
}
