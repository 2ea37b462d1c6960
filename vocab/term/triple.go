package term

// Triple is a subject, a predicate and an object (RDF 1.2 Concepts §3.1). The
// type admits generalised triples; readers and the store do not.
type Triple struct {
	Subject, Predicate, Object Term
}

// Quad is a triple in a graph. A zero Graph means the default graph.
type Quad struct {
	Subject, Predicate, Object, Graph Term
}

// Triple returns q without its graph name.
func (q Quad) Triple() Triple { return Triple{q.Subject, q.Predicate, q.Object} }

// In returns t as a quad in graph g; the zero Term is the default graph.
func (t Triple) In(g Term) Quad { return Quad{t.Subject, t.Predicate, t.Object, g} }

// Valid reports whether t is a triple that RDF 1.2 allows: the subject an IRI
// or blank node, the predicate an IRI, the object any term, recursively.
func (t Triple) Valid() bool {
	s, o := t.Subject, t.Object
	if !s.IsIRI() && !s.IsBlankNode() || !t.Predicate.IsIRI() || o.IsZero() {
		return false
	}
	return !o.IsTripleTerm() || o.Triple().Valid()
}

// Valid reports whether q is a quad that RDF 1.2 allows; its graph name is an
// IRI, a blank node or absent.
func (q Quad) Valid() bool {
	return (q.Graph.IsZero() || q.Graph.IsIRI() || q.Graph.IsBlankNode()) && q.Triple().Valid()
}
