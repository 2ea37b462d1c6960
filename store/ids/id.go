package ids

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

// Tag says what the payload of an ID is.
type Tag uint8

// The tags. Zero is left to Any and DefaultGraph, fifteen to queries.
const (
	TagIRI      Tag = 1 // dictionary
	TagBlank    Tag = 2 // blank node numbered by the store, no dictionary entry
	TagLabelled Tag = 3 // blank node with a label of its own, dictionary
	TagLiteral  Tag = 4 // dictionary
	TagTriple   Tag = 5 // dictionary: the IDs of subject, predicate and object
	tagString   Tag = 6 // xsd:string of up to 7 bytes
	tagInteger  Tag = 7 // xsd:integer and the types derived from it
	tagDecimal  Tag = 8
	tagDouble   Tag = 9
	tagMisc     Tag = 10 // xsd:boolean, xsd:gYear, xsd:gYearMonth
	tagDate     Tag = 11
	tagDateTime Tag = 12
	TagLimit    Tag = 13
)

// The lower bits of an ID.
const (
	PayloadBits = 60
	PayloadMask = 1<<PayloadBits - 1
)

// New returns the ID of a tag and a payload.
func New(t Tag, payload uint64) ID { return ID(t)<<PayloadBits | ID(payload&PayloadMask) }

// Tag returns the ID's tag.
func (id ID) Tag() Tag { return Tag(id >> PayloadBits) }

// Payload returns the number or value that the ID holds.
func (id ID) Payload() uint64 { return uint64(id) & PayloadMask }

// InDictionary reports whether id's term is found in the dictionary.
func (t Tag) InDictionary() bool {
	return t == TagIRI || t == TagLabelled || t == TagLiteral || t == TagTriple
}

// DictionaryTags are the tags whose terms the dictionary numbers.
var DictionaryTags = [...]Tag{TagIRI, TagLabelled, TagLiteral, TagTriple}

// Kind returns the kind of id's term without looking it up; it is [term.None]
// for Any, DefaultGraph and IDs that no store uses.
func (id ID) Kind() term.Kind {
	switch t := id.Tag(); {
	case t == TagIRI:
		return term.IRI
	case t == TagBlank || t == TagLabelled:
		return term.BlankNode
	case t == TagTriple:
		return term.TripleTerm
	case t >= TagLiteral && t < TagLimit:
		return term.Literal
	}
	return term.None
}

// Inline returns the term of an ID that needs no dictionary; ok is false for
// the others. DefaultGraph gives the zero Term.
func (id ID) Inline() (t term.Term, ok bool) {
	p := id.Payload()
	switch id.Tag() {
	case TagBlank:
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

// Blank returns the ID of a store's own label for a blank node, "b" and the
// node's number.
func Blank(label string) (ID, bool) {
	if len(label) < 2 || len(label) > 19 || label[0] != 'b' || label[1] == '0' && len(label) > 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(label[1:], 10, PayloadBits)
	if err != nil || label[1] == '+' {
		return 0, false
	}
	return New(TagBlank, n), true
}

// Compare compares IDs as numbers.
func Compare(a, b ID) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}
