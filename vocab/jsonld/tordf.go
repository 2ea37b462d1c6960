package jsonld

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// i18nNamespace is the namespace of datatypes that hold a language and a base
// direction (JSON-LD 1.1 §9.7.1).
const i18nNamespace = "https://www.w3.org/ns/i18n#"

// emitter turns an expanded document into quads (JSON-LD 1.1 API §8.1). It
// walks the document instead of building a node map first: the quads are the
// same, since an RDF dataset is a set.
type emitter struct {
	p       *processor
	emit    func(term.Quad) error
	labels  map[string]term.Term // blank node identifiers of the document
	fresh   int
	indexes map[term.Term]string // node → @index, which must not differ
}

func (p *processor) newEmitter(emit func(term.Quad) error) *emitter {
	return &emitter{p: p, emit: emit, labels: map[string]term.Term{}, indexes: map[term.Term]string{}}
}

// document emits the quads of an expanded document.
func (e *emitter) document(expanded []any) error {
	e.reserve(expanded)
	return e.nodes(expanded, term.Term{})
}

// reserve finds the labels that the document uses, so that no new blank node
// gets one of them.
func (e *emitter) reserve(v any) {
	switch v := v.(type) {
	case string:
		if isBlankID(v) {
			e.named(v)
		}
	case []any:
		for _, item := range v {
			e.reserve(item)
		}
	case *jsonObject:
		for i := range v.members {
			m := &v.members[i]
			if isBlankID(m.key) {
				e.named(m.key)
			}
			if m.key != "@value" {
				e.reserve(m.value)
			}
		}
	}
}

// named returns the blank node of an identifier in the document.
func (e *emitter) named(id string) term.Term {
	t, ok := e.labels[id]
	if !ok {
		t = term.NewBlankNode(e.p.o.blankNodes + id[2:])
		e.labels[id] = t
	}
	return t
}

func (e *emitter) newBlankNode() term.Term {
	for {
		id := "b" + strconv.Itoa(e.fresh)
		e.fresh++
		if _, used := e.labels["_:"+id]; !used {
			return term.NewBlankNode(e.p.o.blankNodes + id)
		}
	}
}

// nodes emits the node objects among items, in a graph.
func (e *emitter) nodes(items []any, graph term.Term) error {
	for _, item := range items {
		o, ok := item.(*jsonObject)
		if !ok || o.has("@value") {
			continue
		}
		if list, ok := o.get("@list"); ok {
			if err := e.nodes(asArray(list), graph); err != nil {
				return err
			}
			continue
		}
		if _, err := e.node(o, graph); err != nil {
			return err
		}
	}
	return nil
}

// node emits a node object and what hangs on it, and returns its subject: the
// zero Term when its identifier is no IRI, so that no quad can have it.
func (e *emitter) node(o *jsonObject, graph term.Term) (term.Term, error) {
	if err := e.p.step(); err != nil {
		return term.Term{}, err
	}
	var subject term.Term
	if id, ok := o.get("@id"); !ok {
		subject = e.newBlankNode()
	} else if s, ok := id.(string); ok { // null is an identifier that expands to nothing
		subject = e.resource(s, o.pos)
	}
	for i := range o.members {
		if err := e.entry(subject, &o.members[i], graph); err != nil {
			return subject, err
		}
	}
	return subject, nil
}

// entry emits one entry of a node object.
func (e *emitter) entry(subject term.Term, m *jsonMember, graph term.Term) error {
	switch m.key {
	case "@id":
		return nil
	case "@type":
		for _, t := range asArray(m.value) {
			if s, ok := t.(string); ok {
				if err := e.quad(subject, term.NewIRI(vocab.RDFType), e.resource(s, m.pos), graph); err != nil {
					return err
				}
			}
		}
		return nil
	case "@index":
		index, _ := m.value.(string)
		if known, ok := e.indexes[subject]; ok && known != index {
			e.p.look(m.pos)
			return e.p.fail("conflicting indexes", "%s has the indexes %q and %q", subject, known, index)
		}
		e.indexes[subject] = index
		return nil
	case "@graph":
		if subject.IsZero() { // a graph without a name is left out
			return nil
		}
		return e.nodes(asArray(m.value), subject)
	case "@included":
		return e.nodes(asArray(m.value), graph)
	case "@reverse":
		return e.reversed(subject, m, graph)
	}
	if isKeyword(m.key) {
		return nil
	}
	predicate := e.predicate(m.key, m.pos)
	for _, v := range asArray(m.value) {
		object, err := e.object(v, graph)
		if err == nil {
			err = e.quad(subject, predicate, object, graph)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *emitter) reversed(object term.Term, m *jsonMember, graph term.Term) error {
	reverse, ok := m.value.(*jsonObject)
	if !ok {
		return nil
	}
	for _, r := range reverse.members {
		predicate := e.predicate(r.key, r.pos)
		for _, v := range asArray(r.value) {
			subject, err := e.object(v, graph)
			if err == nil {
				err = e.quad(subject, predicate, object, graph)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// quad emits a quad, unless something in it is not RDF.
func (e *emitter) quad(s, p, o, g term.Term) error {
	if s.IsZero() || p.IsZero() || o.IsZero() {
		return nil
	}
	return e.emit(term.Quad{Subject: s, Predicate: p, Object: o, Graph: g})
}

// resource returns an IRI or blank node. What is not well-formed is repaired
// in lenient mode; otherwise it is left out (JSON-LD 1.1 API §8.1.2) and
// reported.
func (e *emitter) resource(id string, pos int) term.Term {
	if isBlankID(id) {
		return e.named(id)
	}
	err := term.CheckIRI(id)
	if err == nil || e.p.o.grammarOnly && term.SchemeLength(id) > 0 {
		return term.NewIRI(id)
	}
	if fixed, changed := term.RepairIRI(id); e.p.o.lenient && changed && term.CheckIRI(fixed) == nil {
		e.p.report(e.p.problem(pos, err.Error()+", read as "+fixed))
		return term.NewIRI(fixed)
	}
	e.p.report(e.p.problem(pos, err.Error()+", left out"))
	return term.Term{}
}

func (e *emitter) predicate(id string, pos int) term.Term {
	if isBlankID(id) && !e.p.o.generalized {
		e.p.report(e.p.problem(pos, "blank node "+id+" as a predicate, left out"))
		return term.Term{}
	}
	return e.resource(id, pos)
}

// object returns the term of an item (object to RDF conversion, JSON-LD 1.1
// API §8.2.2), emitting what hangs on it.
func (e *emitter) object(v any, graph term.Term) (term.Term, error) {
	o, ok := v.(*jsonObject)
	if !ok {
		return term.Term{}, nil
	}
	if list, ok := o.get("@list"); ok {
		return e.list(asArray(list), graph)
	}
	if value, ok := o.get("@value"); ok {
		return e.literal(o, value, graph)
	}
	return e.node(o, graph)
}

// list is defined in JSON-LD 1.1 API §8.3.
func (e *emitter) list(items []any, graph term.Term) (term.Term, error) {
	first, rest, empty := term.NewIRI(vocab.RDFFirst), term.NewIRI(vocab.RDFRest), term.NewIRI(vocab.RDFNil)
	if len(items) == 0 {
		return empty, nil
	}
	head := e.newBlankNode()
	cell := head
	for i, item := range items {
		object, err := e.object(item, graph)
		if err == nil {
			err = e.quad(cell, first, object, graph)
		}
		if err != nil {
			return head, err
		}
		next := empty
		if i+1 < len(items) {
			next = e.newBlankNode()
		}
		if err := e.quad(cell, rest, next, graph); err != nil {
			return head, err
		}
		cell = next
	}
	return head, nil
}

// literal converts a value object.
func (e *emitter) literal(o *jsonObject, value any, graph term.Term) (term.Term, error) {
	datatype, _ := o.value("@type").(string)
	language, hasLanguage := o.value("@language").(string)
	direction, _ := o.value("@direction").(string)
	if hasLanguage && !document.WellFormedTag(language) {
		e.p.report(e.p.problem(o.pos, "language tag "+strconv.Quote(language)+" is not well-formed, value left out"))
		return term.Term{}, nil
	}
	var lexical string
	switch v := value.(type) {
	case string:
		lexical = v
	case bool:
		lexical = strconv.FormatBool(v)
		datatype = orDefault(datatype, vocab.XSDBoolean)
	case jsonNumber:
		lexical, datatype = numberLiteral(v, datatype)
	}
	if datatype == "@json" {
		lexical, datatype = canonicalJSON(value), vocab.RDFJSON
	}
	if limit := e.p.o.literalBytes; limit > 0 && len(lexical) > limit {
		return term.Term{}, &document.LimitError{Limit: "literal size", Max: int64(limit),
			Problem: e.p.problem(o.pos, "")}
	}
	if direction != "" && e.p.o.direction != DropDirection {
		return e.directed(lexical, language, direction, graph)
	}
	if hasLanguage {
		return term.NewLangString(lexical, language), nil
	}
	if datatype == "" {
		return term.NewString(lexical), nil
	}
	t := e.resource(datatype, o.pos)
	if t.IsZero() || t.IsBlankNode() {
		return term.Term{}, nil
	}
	return term.NewLiteral(lexical, t.Value()), nil
}

func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}

// directed converts a string with a base direction.
func (e *emitter) directed(lexical, language, direction string, graph term.Term) (term.Term, error) {
	switch e.p.o.direction {
	case DirLangString:
		d := term.LTR
		if direction == "rtl" {
			d = term.RTL
		}
		return term.NewDirLangString(lexical, language, d), nil
	case I18nDatatype:
		return term.NewLiteral(lexical, i18nNamespace+strings.ToLower(language)+"_"+direction), nil
	}
	node := e.newBlankNode()
	err := e.quad(node, term.NewIRI(vocab.RDFValue), term.NewString(lexical), graph)
	if err == nil && language != "" {
		err = e.quad(node, term.NewIRI(vocab.RDFLanguage), term.NewString(strings.ToLower(language)), graph)
	}
	if err == nil {
		err = e.quad(node, term.NewIRI(vocab.RDFDirection), term.NewString(direction), graph)
	}
	return node, err
}

// numberLiteral returns the lexical form and datatype of a number (JSON-LD 1.1
// API §8.2.2, steps 10 and 11). Integers keep all their digits. A decimal
// keeps its value in decimal notation, since the double notation that the
// specification prescribes is not in the lexical space of xsd:decimal.
func numberLiteral(n jsonNumber, datatype string) (lexical, dt string) {
	if datatype == vocab.XSDDecimal {
		if s, ok := decimalLexical(n); ok {
			return s, datatype
		}
	}
	f, err := strconv.ParseFloat(string(n), 64)
	integral := err == nil && f == math.Trunc(f) && math.Abs(f) < 1e21
	if !integral || datatype == vocab.XSDDouble {
		return CanonicalDouble(f), orDefault(datatype, vocab.XSDDouble)
	}
	datatype = orDefault(datatype, vocab.XSDInteger)
	if i, ok := new(big.Int).SetString(string(n), 10); ok {
		return i.String(), datatype
	}
	return strconv.FormatFloat(f+0, 'f', -1, 64), datatype // +0 drops the sign of zero
}

// maxDecimalExponent bounds the digits that an exponent may add.
const maxDecimalExponent = 400

// decimalLexical writes a number without an exponent, in the canonical form of
// xsd:decimal.
func decimalLexical(n jsonNumber) (string, bool) {
	s, exponent, hasExponent := strings.Cut(strings.ToLower(string(n)), "e")
	exp := 0
	if hasExponent {
		var err error
		if exp, err = strconv.Atoi(exponent); err != nil || exp > maxDecimalExponent || exp < -maxDecimalExponent {
			return "", false
		}
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	for ; exp > 0; exp-- {
		whole, fraction = shiftDigit(whole, fraction)
	}
	for ; exp < 0; exp++ {
		whole = "0" + whole
		whole, fraction = whole[:len(whole)-1], whole[len(whole)-1:]+fraction
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		return sign + whole + "." + fraction, true
	}
	if whole == "0" {
		sign = ""
	}
	return sign + whole, true
}

func shiftDigit(whole, fraction string) (string, string) {
	if fraction == "" {
		return whole + "0", ""
	}
	return whole + fraction[:1], fraction[1:]
}
