package term

import (
	"strings"
	"unique"
)

// Kind says which sort of RDF term a [Term] is.
type Kind uint8

// The kinds of term. None is the kind of the zero Term.
const (
	None Kind = iota
	IRI
	BlankNode
	Literal
	TripleTerm
)

// String returns the name the specifications use, such as "blank node".
func (k Kind) String() string {
	switch k {
	case IRI:
		return "IRI"
	case BlankNode:
		return "blank node"
	case Literal:
		return "literal"
	case TripleTerm:
		return "triple term"
	}
	return "none"
}

// Direction is the base direction of a directional language-tagged string
// (RDF 1.2 Concepts §3.3).
type Direction uint8

// The base directions; NoDirection is that of every other literal.
const (
	NoDirection Direction = iota
	LTR
	RTL
)

// String returns "ltr", "rtl" or the empty string.
func (d Direction) String() string {
	switch d {
	case LTR:
		return "ltr"
	case RTL:
		return "rtl"
	}
	return ""
}

// Datatype IRIs that the data model itself needs.
const (
	xsdString     = "http://www.w3.org/2001/XMLSchema#string"
	xsdBoolean    = "http://www.w3.org/2001/XMLSchema#boolean"
	rdfLangString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
	rdfDirLang    = "http://www.w3.org/1999/02/22-rdf-syntax-ns#dirLangString"
)

// Term is an IRI, a blank node, a literal or a triple term. The zero Term is
// none of these. Terms are compared with ==.
type Term struct {
	kind   Kind
	tagged bool // extra is a language tag
	dir    Direction
	value  string // IRI, blank node label or lexical form
	extra  string // language tag, or datatype IRI when not xsd:string
	triple unique.Handle[Triple]
}

// NewIRI returns the IRI with the given text, without < and >.
func NewIRI(iri string) Term { return Term{kind: IRI, value: iri} }

// NewBlankNode returns the blank node with the given label, without "_:".
// Labels are scoped to whatever document or store they came from.
func NewBlankNode(label string) Term { return Term{kind: BlankNode, value: label} }

// NewString returns a literal of datatype xsd:string.
func NewString(lexical string) Term { return Term{kind: Literal, value: lexical} }

// NewLiteral returns a literal with the given datatype IRI; the empty IRI
// means xsd:string.
func NewLiteral(lexical, datatype string) Term {
	if datatype == xsdString {
		datatype = ""
	}
	return Term{kind: Literal, value: lexical, extra: datatype}
}

// NewLangString returns a language-tagged string. The tag's letter case is
// made the conventional one; an empty tag gives a plain xsd:string.
func NewLangString(lexical, tag string) Term {
	return NewDirLangString(lexical, tag, NoDirection)
}

// NewDirLangString returns a language-tagged string with a base direction.
// With NoDirection it equals [NewLangString].
func NewDirLangString(lexical, tag string, dir Direction) Term {
	if tag == "" {
		return NewString(lexical)
	}
	return Term{kind: Literal, tagged: true, dir: dir, value: lexical, extra: CanonicalTag(tag)}
}

// NewTripleTerm returns the triple term of t (RDF 1.2 Concepts §3.1). Equal
// triples give equal terms.
func NewTripleTerm(t Triple) Term {
	return Term{kind: TripleTerm, triple: unique.Make(t)}
}

// Kind returns the sort of term, [None] for the zero Term.
func (t Term) Kind() Kind { return t.kind }

// IsZero reports whether t is the zero Term.
func (t Term) IsZero() bool { return t.kind == None }

// IsIRI reports whether t is an IRI.
func (t Term) IsIRI() bool { return t.kind == IRI }

// IsBlankNode reports whether t is a blank node.
func (t Term) IsBlankNode() bool { return t.kind == BlankNode }

// IsLiteral reports whether t is a literal.
func (t Term) IsLiteral() bool { return t.kind == Literal }

// IsTripleTerm reports whether t is a triple term.
func (t Term) IsTripleTerm() bool { return t.kind == TripleTerm }

// Value returns the text of an IRI, the label of a blank node or the lexical
// form of a literal; it is empty for a triple term.
func (t Term) Value() string { return t.value }

// Bool returns the value of a literal of type xsd:boolean; not ok for all other
// terms, and for a lexical form that has no value (XSD 1.1 §3.3.2).
func (t Term) Bool() (value, ok bool) {
	if t.Datatype() != xsdBoolean {
		return false, false
	}
	switch t.value {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// Datatype returns the datatype IRI of a literal, and "" for other terms.
func (t Term) Datatype() string {
	switch {
	case t.kind != Literal:
		return ""
	case t.dir != NoDirection:
		return rdfDirLang
	case t.tagged:
		return rdfLangString
	case t.extra == "":
		return xsdString
	}
	return t.extra
}

// Lang returns the language tag of a literal, "" when it has none.
func (t Term) Lang() string {
	if t.tagged {
		return t.extra
	}
	return ""
}

// Direction returns the base direction of a literal.
func (t Term) Direction() Direction { return t.dir }

// IsString reports whether t is a literal of datatype xsd:string.
func (t Term) IsString() bool { return t.kind == Literal && t.extra == "" }

// Triple returns the triple of a triple term, and the zero Triple otherwise.
func (t Term) Triple() Triple {
	if t.kind != TripleTerm {
		return Triple{}
	}
	return t.triple.Value()
}

// CanonicalTag returns a language tag in the letter case that RFC 5646 §2.1.1
// recommends: all lower case, but two-letter subtags upper case and four-letter
// subtags in title case unless they come first or follow a singleton.
func CanonicalTag(tag string) string {
	if isCanonicalTag(tag) {
		return tag
	}
	parts := strings.Split(tag, "-")
	single := false
	for i, p := range parts {
		p = asciiLower(p)
		switch {
		case i == 0 || single:
		case len(p) == 2:
			p = asciiUpper(p)
		case len(p) == 4:
			p = asciiUpper(p[:1]) + p[1:]
		}
		single = single || len(p) == 1
		parts[i] = p
	}
	return strings.Join(parts, "-")
}

// isCanonicalTag reports whether a tag is in the conventional case already, as
// nearly every tag is.
func isCanonicalTag(tag string) bool {
	start, single := 0, false
	for i := 0; i <= len(tag); i++ {
		if i < len(tag) && tag[i] != '-' {
			continue
		}
		part := tag[start:i]
		upper := 0 // how many letters of the part are capitals
		if start > 0 && !single {
			switch len(part) {
			case 2:
				upper = 2
			case 4:
				upper = 1
			}
		}
		for k := range len(part) {
			c := part[k]
			if k < upper && 'a' <= c && c <= 'z' || k >= upper && 'A' <= c && c <= 'Z' {
				return false
			}
		}
		single = single || len(part) == 1
		start = i + 1
	}
	return true
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func asciiUpper(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
