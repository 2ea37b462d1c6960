package shacl

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// coreCompiler reads the constraint that a value of a property declares.
type coreCompiler struct {
	property string
	compile  func(c *compiler, s *shape, value term.Term) error
}

// coreCompilers reads the constraints of SHACL Core (§4), in the order of the
// specification. Each is called once for each value of its property.
func coreCompilers() []coreCompiler {
	return []coreCompiler{
		{vocab.SHClass, compileClass},
		{vocab.SHDatatype, compileDatatype},
		{vocab.SHNodeKindProperty, compileNodeKind},
		{vocab.SHMinCount, compileCount(true)},
		{vocab.SHMaxCount, compileCount(false)},
		{vocab.SHMinExclusive, compileRange("MinExclusive", fnLess, "大於", "greater than")},
		{vocab.SHMinInclusive, compileRange("MinInclusive", fnLessEqual, "不小於", "at least")},
		{vocab.SHMaxExclusive, compileRange("MaxExclusive", fnGreater, "小於", "less than")},
		{vocab.SHMaxInclusive, compileRange("MaxInclusive", fnGreaterEqual, "不大於", "at most")},
		{vocab.SHMinLength, compileLength(true)},
		{vocab.SHMaxLength, compileLength(false)},
		{vocab.SHPattern, compilePattern},
		{vocab.SHLanguageIn, compileLanguageIn},
		{vocab.SHUniqueLang, compileUniqueLang},
		{vocab.SHEquals, compilePair("Equals", func(id constant) checker { return equals{id} },
			"值必須與 %s 的值相同", "values must be those of %s")},
		{vocab.SHDisjoint, compilePair("Disjoint", func(id constant) checker { return disjoint{id} },
			"值不得也是 %s 的值", "value must not be one of %s too")},
		{vocab.SHLessThan, compilePair("LessThan",
			func(id constant) checker { return lessThan{id, fnLess} },
			"值必須小於 %s 的值", "value must be less than that of %s")},
		{vocab.SHLessThanOrEquals, compilePair("LessThanOrEquals",
			func(id constant) checker { return lessThan{id, fnLessEqual} },
			"值不得大於 %s 的值", "value must not be greater than that of %s")},
		{vocab.SHNot, compileNot},
		{vocab.SHAnd, compileLogic("And", allOf, "值必須符合所列的每個形狀", "value must conform to each of the shapes listed")},
		{vocab.SHOr, compileLogic("Or", anyOf, "值必須符合所列形狀之一", "value must conform to one of the shapes listed")},
		{vocab.SHXone, compileLogic("Xone", oneOf,
			"值必須恰好符合所列形狀之一", "value must conform to exactly one of the shapes listed")},
		{vocab.SHNode, compileNode},
		{vocab.SHProperty, compileProperty},
		{vocab.SHQualifiedValueShape, compileQualified},
		{vocab.SHClosed, compileClosed},
		{vocab.SHHasValue, compileHasValue},
		{vocab.SHIn, compileIn},
	}
}

// core adds the constraints of SHACL Core to a shape.
func (c *compiler) core(s *shape) error {
	for _, k := range coreCompilers() {
		for _, value := range c.graph.objects(s.node, k.property) {
			if err := k.compile(c, s, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func compileClass(c *compiler, s *shape, value term.Term) error {
	if !value.IsIRI() {
		return wrong(s.node, "sh:class must be an IRI, not %v", value)
	}
	name := shortIRI(value.Value())
	c.add(s, "Class", class{c.constant(value)}, "值必須屬於類別 "+name, "value must be an instance of "+name)
	return nil
}

func compileDatatype(c *compiler, s *shape, value term.Term) error {
	if !value.IsIRI() {
		return wrong(s.node, "sh:datatype must be an IRI, not %v", value)
	}
	name := shortIRI(value.Value())
	c.add(s, "Datatype", datatype{value.Value()}, "值必須是型別 "+name+" 的文字", "value must be a literal of datatype "+name)
	return nil
}

var nodeKinds = map[string]nodeKind{
	vocab.SHIRI: {iri: true}, vocab.SHBlankNode: {blank: true}, vocab.SHLiteral: {literal: true},
	vocab.SHBlankNodeOrIRI: {iri: true, blank: true}, vocab.SHIRIOrLiteral: {iri: true, literal: true},
	vocab.SHBlankNodeOrLiteral: {blank: true, literal: true},
}

func compileNodeKind(c *compiler, s *shape, value term.Term) error {
	kind, ok := nodeKinds[value.Value()]
	if !ok {
		return wrong(s.node, "sh:nodeKind cannot be %v", value)
	}
	var zh, en []string
	for _, k := range []struct {
		is     bool
		zh, en string
	}{{kind.iri, "IRI", "an IRI"}, {kind.blank, "空白節點", "a blank node"}, {kind.literal, "文字", "a literal"}} {
		if k.is {
			zh, en = append(zh, k.zh), append(en, k.en)
		}
	}
	c.add(s, "NodeKind", kind, "值必須是"+strings.Join(zh, "或"), "value must be "+strings.Join(en, " or "))
	return nil
}

// integer reads an xsd:integer parameter. No count or length reaches one that an int does
// not hold: the nearest that it does hold stands for it.
func (c *compiler) integer(s *shape, property string, value term.Term) (int, error) {
	n, err := strconv.Atoi(value.Value())
	if errors.Is(err, strconv.ErrRange) {
		err = nil
	}
	if err != nil || value.Datatype() != vocab.XSDInteger {
		return 0, wrong(s.node, "<%s> must be an integer, not %v", property, value)
	}
	return n, nil
}

func compileCount(least bool) func(*compiler, *shape, term.Term) error {
	return func(c *compiler, s *shape, value term.Term) error {
		property := map[bool]string{true: vocab.SHMinCount, false: vocab.SHMaxCount}[least]
		n, err := c.integer(s, property, value)
		switch {
		case err != nil:
			return err
		case s.path == nil:
			return wrong(s.node, "<%s> is for property shapes", property)
		case least && n > 0:
			c.add(s, "MinCount", count{n, math.MaxInt},
				fmt.Sprintf("至少要有 %d 個值", n), fmt.Sprintf("must have at least %d value(s)", n))
		case !least && n == 0:
			c.add(s, "MaxCount", count{0, n}, "不得有值", "must have no value")
		case !least:
			c.add(s, "MaxCount", count{0, n},
				fmt.Sprintf("至多只能有 %d 個值", n), fmt.Sprintf("must have at most %d value(s)", n))
		}
		return nil
	}
}

func compileRange(name string, fn function, zh, en string) func(*compiler, *shape, term.Term) error {
	return func(c *compiler, s *shape, value term.Term) error {
		if !value.IsLiteral() {
			return wrong(s.node, "sh:%s%s must be a literal, not %v", strings.ToLower(name[:1]), name[1:], value)
		}
		text := value.Value()
		c.add(s, name, bound{valueOf(value), fn}, "值必須"+zh+" "+text, "value must be "+en+" "+text)
		return nil
	}
}

func compileLength(least bool) func(*compiler, *shape, term.Term) error {
	return func(c *compiler, s *shape, value term.Term) error {
		property := map[bool]string{true: vocab.SHMinLength, false: vocab.SHMaxLength}[least]
		n, err := c.integer(s, property, value)
		if err != nil {
			return err
		}
		if least {
			c.add(s, "MinLength", length{n, math.MaxInt},
				fmt.Sprintf("值至少要有 %d 個字元", n), fmt.Sprintf("value must have at least %d character(s)", n))
		} else {
			c.add(s, "MaxLength", length{0, n},
				fmt.Sprintf("值至多只能有 %d 個字元", n), fmt.Sprintf("value must have at most %d character(s)", n))
		}
		return nil
	}
}

func compilePattern(c *compiler, s *shape, value term.Term) error {
	flags, err := c.graph.one(s.node, vocab.SHFlags)
	if err != nil {
		return err
	}
	p := pattern{valueOf(term.NewString(value.Value())), valueOf(term.NewString(flags.Value()))}
	if _, ok := match(&c.scope, "", p); !ok {
		return wrong(s.node, "sh:pattern %q with the flags %q is no regular expression, or too long a one",
			cut(value.Value()), cut(flags.Value()))
	}
	text := cut(value.Value())
	c.add(s, "Pattern", p, "值必須符合樣式 "+text, "value must match the pattern "+text)
	return nil
}

func compileLanguageIn(c *compiler, s *shape, value term.Term) error {
	members, err := c.graph.list(value)
	if err != nil {
		return err
	}
	var tags []string
	for _, m := range members {
		if !m.IsString() {
			return wrong(s.node, "the members of sh:languageIn must be strings, not %v", m)
		}
		tags = append(tags, m.Value())
	}
	text := strings.Join(tags, ", ")
	c.add(s, "LanguageIn", languageIn{tags}, "值的語言必須是 "+text, "value must be in one of the languages "+text)
	return nil
}

func compileUniqueLang(c *compiler, s *shape, value term.Term) error {
	truth, ok := value.Bool()
	if !ok {
		return wrong(s.node, "sh:uniqueLang must be true or false, not %v", value)
	}
	if truth && s.path != nil && value.Value() == "true" {
		c.add(s, "UniqueLang", uniqueLang{}, "每種語言只能有一個值", "must have one value of each language only")
	}
	return nil
}

func compilePair(name string, check func(constant) checker, zh, en string) func(*compiler, *shape, term.Term) error {
	return func(c *compiler, s *shape, value term.Term) error {
		if !value.IsIRI() {
			return wrong(s.node, "the property to compare with must be an IRI, not %v", value)
		}
		if s.path == nil && strings.HasPrefix(name, "LessThan") {
			return wrong(s.node, "sh:l%s is for property shapes", name[1:])
		}
		text := shortIRI(value.Value())
		c.add(s, name, check(c.constant(value)), fmt.Sprintf(zh, text), fmt.Sprintf(en, text))
		return nil
	}
}

func compileNot(c *compiler, s *shape, value term.Term) error {
	inner, err := c.shape(value)
	if err != nil {
		return err
	}
	text := c.nameOf(inner)
	c.add(s, "Not", not{inner}, "值不得符合形狀 "+text, "value must not conform to the shape "+text)
	return nil
}

// nameOf names a shape for people.
func (c *compiler) nameOf(s *shape) string {
	for _, property := range []string{vocab.SHName, vocab.RDFSLabel} {
		if names := c.graph.objects(s.node, property); len(names) > 0 {
			return names[0].Value()
		}
	}
	if s.node.IsIRI() {
		return shortIRI(s.node.Value())
	}
	return "(無名稱, unnamed)"
}

func compileLogic(name string, kind logicKind, zh, en string) func(*compiler, *shape, term.Term) error {
	return func(c *compiler, s *shape, value term.Term) error {
		members, err := c.graph.list(value)
		if err != nil {
			return err
		}
		l := logic{kind: kind}
		for _, m := range members {
			inner, err := c.shape(m)
			if err != nil {
				return err
			}
			l.shapes = append(l.shapes, inner)
		}
		c.add(s, name, l, zh, en)
		return nil
	}
}

func compileNode(c *compiler, s *shape, value term.Term) error {
	inner, err := c.shape(value)
	if err != nil {
		return err
	}
	text := c.nameOf(inner)
	c.add(s, "Node", nodeShape{inner}, "值必須符合形狀 "+text, "value must conform to the shape "+text)
	return nil
}

func compileProperty(c *compiler, s *shape, value term.Term) error {
	inner, err := c.shape(value)
	if err != nil {
		return err
	}
	if inner.path == nil {
		return wrong(value, "is a value of sh:property and has no sh:path")
	}
	if !inner.off {
		c.add(s, "Property", property{inner}, "", "")
	}
	return nil
}

func compileQualified(c *compiler, s *shape, value term.Term) error {
	if s.path == nil {
		return nil // as in the conformance suite: without meaning for node shapes
	}
	inner, err := c.shape(value)
	if err != nil {
		return err
	}
	disjoint, err := c.graph.boolean(s.node, vocab.SHQualifiedValueShapesDisjoint)
	if err != nil {
		return err
	}
	var siblings []*shape
	if disjoint {
		if siblings, err = c.siblings(s, value); err != nil {
			return err
		}
	}
	text := c.nameOf(inner)
	for _, property := range []string{vocab.SHQualifiedMinCount, vocab.SHQualifiedMaxCount} {
		limit, err := c.graph.one(s.node, property)
		if err != nil {
			return err
		}
		if limit.IsZero() {
			continue
		}
		n, err := c.integer(s, property, limit)
		if err != nil {
			return err
		}
		if property == vocab.SHQualifiedMinCount {
			c.add(s, "QualifiedMinCount", qualified{inner, siblings, n, math.MaxInt},
				fmt.Sprintf("至少要有 %d 個值符合形狀 %s", n, text),
				fmt.Sprintf("at least %d value(s) must conform to the shape %s", n, text))
		} else {
			c.add(s, "QualifiedMaxCount", qualified{inner, siblings, 0, n},
				fmt.Sprintf("至多只能有 %d 個值符合形狀 %s", n, text),
				fmt.Sprintf("at most %d value(s) may conform to the shape %s", n, text))
		}
	}
	return nil
}

// siblings returns the sibling shapes of a qualified value shape (SHACL §4.7.3).
func (c *compiler) siblings(s *shape, own term.Term) (out []*shape, err error) {
	g := c.graph
	seen := map[term.Term]bool{own: true}
	for _, t := range g.triples {
		if t.Predicate.Value() != vocab.SHProperty || t.Object != s.node {
			continue
		}
		for _, p := range g.objects(t.Subject, vocab.SHProperty) {
			for _, q := range g.objects(p, vocab.SHQualifiedValueShape) {
				if seen[q] {
					continue
				}
				seen[q] = true
				sibling, err := c.shape(q)
				if err != nil {
					return nil, err
				}
				out = append(out, sibling)
			}
		}
	}
	return out, nil
}

func compileClosed(c *compiler, s *shape, value term.Term) error {
	truth, ok := value.Bool()
	if !ok {
		return wrong(s.node, "sh:closed must be true or false, not %v", value)
	}
	if !truth {
		return nil
	}
	allowed := closed{}
	for _, head := range c.graph.objects(s.node, vocab.SHIgnoredProperties) {
		members, err := c.graph.list(head)
		if err != nil {
			return err
		}
		for _, m := range members {
			allowed[c.constant(m)] = true
		}
	}
	for _, p := range c.graph.objects(s.node, vocab.SHProperty) {
		for _, at := range c.graph.objects(p, vocab.SHPath) {
			if at.IsIRI() {
				allowed[c.constant(at)] = true
			}
		}
	}
	c.add(s, "Closed", allowed, "不得有此屬性", "must not have this property")
	return nil
}

func compileHasValue(c *compiler, s *shape, value term.Term) error {
	text := cut(displayTerm(value))
	c.add(s, "HasValue", hasValue{c.constant(value)}, "必須有值 "+text, "must have the value "+text)
	return nil
}

func compileIn(c *compiler, s *shape, value term.Term) error {
	members, err := c.graph.list(value)
	if err != nil {
		return err
	}
	set := in{}
	var texts []string
	for i, m := range members {
		set[c.constant(m)] = true
		if i < 10 {
			texts = append(texts, cut(displayTerm(m)))
		}
	}
	if len(members) > 10 {
		texts = append(texts, "…")
	}
	text := strings.Join(texts, ", ")
	c.add(s, "In", set, "值必須是下列之一："+text, "value must be one of "+text)
	return nil
}

// cut shortens text from a shapes graph for messages, which have it with every result.
func cut(s string) string {
	const most = 200
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// displayTerm writes a term for people.
func displayTerm(t term.Term) string {
	if t.IsIRI() {
		return shortIRI(t.Value())
	}
	return t.Value()
}
