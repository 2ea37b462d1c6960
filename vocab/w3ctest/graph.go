package w3ctest

import (
	"fincat/vocab"
	"fincat/vocab/term"
)

// Graph is a small set of triples indexed by subject, in document order.
type Graph struct {
	bySubject map[term.Term][]term.Triple
	triples   []term.Triple
}

// NewGraph indexes the triples of quads.
func NewGraph(quads []term.Quad) *Graph {
	g := &Graph{bySubject: map[term.Term][]term.Triple{}}
	for _, q := range quads {
		g.add(q.Triple())
	}
	return g
}

func (g *Graph) add(t term.Triple) {
	g.triples = append(g.triples, t)
	g.bySubject[t.Subject] = append(g.bySubject[t.Subject], t)
}

// Objects returns the objects of a subject and a predicate IRI.
func (g *Graph) Objects(s term.Term, predicate string) []term.Term {
	var out []term.Term
	for _, t := range g.bySubject[s] {
		if t.Predicate.Value() == predicate {
			out = append(out, t.Object)
		}
	}
	return out
}

// Object returns the first of [Graph.Objects], or the zero Term.
func (g *Graph) Object(s term.Term, predicate string) term.Term {
	for _, t := range g.bySubject[s] {
		if t.Predicate.Value() == predicate {
			return t.Object
		}
	}
	return term.Term{}
}

// Subjects returns the subjects that have an object under a predicate IRI.
func (g *Graph) Subjects(predicate string, object term.Term) []term.Term {
	var out []term.Term
	for _, t := range g.triples {
		if t.Predicate.Value() == predicate && t.Object == object {
			out = append(out, t.Subject)
		}
	}
	return out
}

// List returns the members of an RDF collection.
func (g *Graph) List(head term.Term) []term.Term {
	var out []term.Term
	seen := map[term.Term]bool{}
	for head.Value() != vocab.RDFNil && !head.IsZero() && !seen[head] {
		seen[head] = true
		out = append(out, g.Object(head, vocab.RDFFirst))
		head = g.Object(head, vocab.RDFRest)
	}
	return out
}

// Triples returns all triples.
func (g *Graph) Triples() []term.Triple { return g.triples }
