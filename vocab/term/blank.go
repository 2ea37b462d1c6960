package term

// HasBlankNode reports whether a blank node stands anywhere in q, inside triple
// terms too.
func (q Quad) HasBlankNode() bool {
	return q.Subject.hasBlankNode() || q.Predicate.hasBlankNode() || q.Object.hasBlankNode() || q.Graph.hasBlankNode()
}

func (t Term) hasBlankNode() bool {
	if t.IsTripleTerm() {
		v := t.Triple()
		return v.Subject.hasBlankNode() || v.Predicate.hasBlankNode() || v.Object.hasBlankNode()
	}
	return t.IsBlankNode()
}

// MapBlankNodes returns q with every blank node replaced by f of it, inside
// triple terms too.
func (q Quad) MapBlankNodes(f func(Term) Term) Quad {
	return Quad{
		Subject:   q.Subject.mapBlankNodes(f),
		Predicate: q.Predicate.mapBlankNodes(f),
		Object:    q.Object.mapBlankNodes(f),
		Graph:     q.Graph.mapBlankNodes(f),
	}
}

func (t Term) mapBlankNodes(f func(Term) Term) Term {
	switch {
	case t.IsBlankNode():
		return f(t)
	case t.IsTripleTerm() && t.hasBlankNode():
		v := t.Triple()
		return NewTripleTerm(Triple{
			Subject:   v.Subject.mapBlankNodes(f),
			Predicate: v.Predicate.mapBlankNodes(f),
			Object:    v.Object.mapBlankNodes(f),
		})
	}
	return t
}
