package term

import (
	"cmp"
	"strings"
)

// Compare orders terms totally and stably for deterministic output: no term,
// then blank nodes, IRIs, literals and triple terms; within a kind by text,
// then by datatype, tag and direction. It is not the ORDER BY of SPARQL.
func Compare(a, b Term) int {
	if c := cmp.Compare(rank(a.kind), rank(b.kind)); c != 0 {
		return c
	}
	if a.kind == TripleTerm {
		return CompareTriples(a.Triple(), b.Triple())
	}
	if c := strings.Compare(a.value, b.value); c != 0 || a == b {
		return c
	}
	return cmp.Or(
		strings.Compare(a.Datatype(), b.Datatype()),
		strings.Compare(a.extra, b.extra),
		cmp.Compare(a.dir, b.dir),
	)
}

func rank(k Kind) int {
	switch k {
	case BlankNode:
		return 1
	case IRI:
		return 2
	case Literal:
		return 3
	case TripleTerm:
		return 4
	}
	return 0
}

// CompareTriples orders triples by subject, predicate and object.
func CompareTriples(a, b Triple) int {
	if c := Compare(a.Subject, b.Subject); c != 0 {
		return c
	}
	if c := Compare(a.Predicate, b.Predicate); c != 0 {
		return c
	}
	return Compare(a.Object, b.Object)
}

// CompareQuads orders quads by graph name, subject, predicate and object.
func CompareQuads(a, b Quad) int {
	if c := Compare(a.Graph, b.Graph); c != 0 {
		return c
	}
	return CompareTriples(a.Triple(), b.Triple())
}
