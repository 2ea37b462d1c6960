package algebra

import (
	"slices"

	"fincat/sparql/syntax"
)

// canSubstitute reports whether a term may stand for v everywhere in o, given
// that every solution of o binds v: only operators that match patterns, and no
// path that can have length zero, which a term matches outside of the graph too.
func canSubstitute(o Op, v Var) bool {
	switch o := o.(type) {
	case *BGP:
		return true
	case *TextSearch: // the index wants a string for the query, and binds the others
		return o.Query != Node(v) && o.Score != v && o.Literal != v
	case *Path:
		return !slices.Contains(append(NodeVars(o.Subject), NodeVars(o.Object)...), v) || !nullable(o.Path)
	case *Join:
		return !slices.ContainsFunc(o.Inputs, func(in Op) bool { return !canSubstitute(in, v) })
	}
	return false
}

// nullable reports whether a path expression can match a path of length zero.
func nullable(e syntax.PathExpr) bool {
	switch e := e.(type) {
	case syntax.PathZeroOrMore, syntax.PathZeroOrOne:
		return true
	case syntax.PathOneOrMore:
		return nullable(e.Path)
	case syntax.PathInverse:
		return nullable(e.Path)
	case syntax.PathAlternative:
		return slices.ContainsFunc(e.Paths, nullable)
	case syntax.PathSequence:
		return !slices.ContainsFunc(e.Paths, func(p syntax.PathExpr) bool { return !nullable(p) })
	}
	return false
}

// substitute puts t in the place of v in an operator that canSubstitute allows.
func substitute(o Op, v Var, t Term) Op {
	switch o := o.(type) {
	case *BGP:
		b := &BGP{}
		for _, p := range o.Patterns {
			b.Patterns = append(b.Patterns, TriplePattern{
				substituteNode(p.Subject, v, t), substituteNode(p.Predicate, v, t), substituteNode(p.Object, v, t)})
		}
		return b
	case *TextSearch:
		search := *o
		search.Subject = substituteNode(o.Subject, v, t)
		return &search
	case *Path:
		return &Path{substituteNode(o.Subject, v, t), o.Path, substituteNode(o.Object, v, t)}
	}
	return withInputs(o, func(in Op) Op { return substitute(in, v, t) })
}

func substituteNode(n Node, v Var, t Term) Node {
	switch n := n.(type) {
	case Var:
		if n == v {
			return t
		}
	case TripleTerm:
		return TripleTerm{
			substituteNode(n.Subject, v, t), substituteNode(n.Predicate, v, t), substituteNode(n.Object, v, t),
		}
	}
	return n
}
