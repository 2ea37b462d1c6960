package syntax

// PathExpr is a property path expression (SPARQL 1.1 §9.1 and §18.1.7).
type PathExpr interface{ path() }

// PathLink is a single IRI, Link(iri).
type PathLink struct{ IRI string }

// PathInverse is ^Path, Inv(path).
type PathInverse struct{ Path PathExpr }

// PathSequence is a/b/…, Seq, of two or more paths.
type PathSequence struct{ Paths []PathExpr }

// PathAlternative is a|b|…, Alt, of two or more paths.
type PathAlternative struct{ Paths []PathExpr }

// PathZeroOrMore is Path*.
type PathZeroOrMore struct{ Path PathExpr }

// PathOneOrMore is Path+.
type PathOneOrMore struct{ Path PathExpr }

// PathZeroOrOne is Path?.
type PathZeroOrOne struct{ Path PathExpr }

// PathNegated is a negated property set, !(iri|…|^iri|…): Forward are the IRIs
// excluded in forward direction, Inverse those excluded in inverse direction.
// The forward part takes part when Forward is not empty or Inverse is empty,
// the inverse part when Inverse is not empty (SPARQL 1.1 §18.2.2.3).
type PathNegated struct{ Forward, Inverse []string }

func (PathLink) path()        {}
func (PathInverse) path()     {}
func (PathSequence) path()    {}
func (PathAlternative) path() {}
func (PathZeroOrMore) path()  {}
func (PathOneOrMore) path()   {}
func (PathZeroOrOne) path()   {}
func (PathNegated) path()     {}
