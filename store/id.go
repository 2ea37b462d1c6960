package store

import (
	"strconv"

	"fincat/vocab/term"
)

// ID stands for a term in a store. The top four bits are a tag that says what
// the other 60 hold: a number of the dictionary, or the value itself. IDs of
// one tag with inline values are ordered as the values are.
type ID uint64

const (
	// Any in a pattern matches every term; in a solution it means unbound.
	Any ID = 0
	// DefaultGraph is the graph of the quads without a graph name.
	DefaultGraph ID = 1
	// FirstLocal is the lowest of the IDs that no store uses; a query numbers
	// the terms it makes itself from here.
	FirstLocal ID = 0xF << 60
)

type tag uint8

// The tags. Zero is left to Any and DefaultGraph, fifteen to queries.
const (
	tagIRI      tag = 1 // dictionary
	tagBlank    tag = 2 // blank node numbered by the store, no dictionary entry
	tagLabelled tag = 3 // blank node with a label of its own, dictionary
	tagLiteral  tag = 4 // dictionary
	tagTriple   tag = 5 // dictionary: the IDs of subject, predicate and object
	tagString   tag = 6 // xsd:string of up to 7 bytes
	tagInteger  tag = 7 // xsd:integer and the types derived from it
	tagDecimal  tag = 8
	tagDouble   tag = 9
	tagMisc     tag = 10 // xsd:boolean, xsd:gYear, xsd:gYearMonth
	tagDate     tag = 11
	tagDateTime tag = 12
	tagLimit    tag = 13
)

const (
	payloadBits = 60
	payloadMask = 1<<payloadBits - 1
)

func makeID(t tag, payload uint64) ID { return ID(t)<<payloadBits | ID(payload&payloadMask) }

func (id ID) tag() tag        { return tag(id >> payloadBits) }
func (id ID) payload() uint64 { return uint64(id) & payloadMask }

// inDictionary reports whether id's term is found in the dictionary.
func (t tag) inDictionary() bool {
	return t == tagIRI || t == tagLabelled || t == tagLiteral || t == tagTriple
}

// dictTags are the tags whose terms the dictionary numbers.
var dictTags = [...]tag{tagIRI, tagLabelled, tagLiteral, tagTriple}

// Kind returns the kind of id's term without looking it up; it is [term.None]
// for Any, DefaultGraph and IDs that no store uses.
func (id ID) Kind() term.Kind {
	switch t := id.tag(); {
	case t == tagIRI:
		return term.IRI
	case t == tagBlank || t == tagLabelled:
		return term.BlankNode
	case t == tagTriple:
		return term.TripleTerm
	case t >= tagLiteral && t < tagLimit:
		return term.Literal
	}
	return term.None
}

// Inline returns the term of an ID that needs no dictionary; ok is false for
// the others. DefaultGraph gives the zero Term.
func (id ID) Inline() (t term.Term, ok bool) {
	p := id.payload()
	switch id.tag() {
	case tagBlank:
		return term.NewBlankNode("b" + strconv.FormatUint(p, 10)), true
	case tagString:
		return inlineString(p)
	case tagInteger:
		return inlineInteger(p)
	case tagDecimal:
		return inlineDecimal(p)
	case tagDouble:
		return inlineDouble(p)
	case tagMisc:
		return inlineMisc(p)
	case tagDate:
		return inlineDate(p)
	case tagDateTime:
		return inlineDateTime(p)
	}
	return term.Term{}, id == DefaultGraph
}

// Inline returns the ID of a term that needs no dictionary: a short string, a
// number, boolean, date or date-time that reads back byte for byte. Blank
// nodes are not among them, since which node a label means depends on where it
// comes from. The zero Term gives DefaultGraph.
func Inline(t term.Term) (ID, bool) {
	if t.IsZero() {
		return DefaultGraph, true
	}
	if !t.IsLiteral() || t.Lang() != "" {
		return 0, false
	}
	v := t.Value()
	if t.IsString() {
		return stringID(v)
	}
	if len(v) > 40 {
		return 0, false
	}
	return typedID(v, t.Datatype())
}

// blankID returns the ID of a store's own label for a blank node, "b" and the
// node's number.
func blankID(label string) (ID, bool) {
	if len(label) < 2 || len(label) > 19 || label[0] != 'b' || label[1] == '0' && len(label) > 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(label[1:], 10, payloadBits)
	if err != nil || label[1] == '+' {
		return 0, false
	}
	return makeID(tagBlank, n), true
}
