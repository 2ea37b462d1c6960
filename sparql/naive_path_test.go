package sparql

import (
	"slices"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/vocab/term"
)

// pair is the two ends of a path.
type pair [2]term.Term

// path evaluates a property path pattern (SPARQL 1.1 §18.4 and §18.6). Ends
// that are terms are given to the path, as zero-length paths depend on them.
func (n *naive) path(o *algebra.Path, g []term.Triple) []solution {
	from, to := constant(o.Subject), constant(o.Object)
	var out []solution
	for _, p := range n.ends(o.Path, from, to, g) {
		n.step()
		s := solution{}
		if s.match(o.Subject, p[0]) && s.match(o.Object, p[1]) {
			out = append(out, s)
		}
	}
	return out
}

// constant returns the term of a position, the zero Term for a variable.
func constant(n algebra.Node) term.Term {
	if t, ok := n.(algebra.Term); ok {
		return t.Term
	}
	return term.Term{}
}

// ends returns the multiset of ends of a path from x to y, each of which may be
// the zero Term, standing for any.
func (n *naive) ends(e syntax.PathExpr, x, y term.Term, g []term.Triple) []pair {
	n.step()
	switch e := e.(type) {
	case syntax.PathLink:
		return edges(x, y, g, func(p term.Term) bool { return p.Value() == e.IRI })
	case syntax.PathInverse:
		return inverse(n.ends(e.Path, y, x, g))
	case syntax.PathAlternative:
		var out []pair
		for _, p := range e.Paths {
			out = append(out, n.ends(p, x, y, g)...)
		}
		return out
	case syntax.PathSequence:
		return n.sequence(e.Paths, x, y, g)
	case syntax.PathNegated:
		var out []pair
		if len(e.Forward) > 0 || len(e.Inverse) == 0 {
			out = edges(x, y, g, func(p term.Term) bool { return !slices.Contains(e.Forward, p.Value()) })
		}
		if len(e.Inverse) > 0 {
			other := func(p term.Term) bool { return !slices.Contains(e.Inverse, p.Value()) }
			out = append(out, inverse(edges(y, x, g, other))...)
		}
		return out
	case syntax.PathZeroOrOne:
		return distinctPairs(append(zeroLength(x, y, g), n.ends(e.Path, x, y, g)...))
	case syntax.PathZeroOrMore:
		return n.closure(e.Path, x, y, g, true)
	case syntax.PathOneOrMore:
		return n.closure(e.Path, x, y, g, false)
	}
	return nil
}

func edges(x, y term.Term, g []term.Triple, allowed func(term.Term) bool) []pair {
	var out []pair
	for _, t := range g {
		if (x.IsZero() || x == t.Subject) && (y.IsZero() || y == t.Object) && allowed(t.Predicate) {
			out = append(out, pair{t.Subject, t.Object})
		}
	}
	return out
}

func inverse(pairs []pair) []pair {
	out := make([]pair, len(pairs))
	for i, p := range pairs {
		out[i] = pair{p[1], p[0]}
	}
	return out
}

func (n *naive) sequence(paths []syntax.PathExpr, x, y term.Term, g []term.Triple) []pair {
	if len(paths) == 1 {
		return n.ends(paths[0], x, y, g)
	}
	var out []pair
	rest := n.sequence(paths[1:], term.Term{}, y, g)
	for _, first := range n.ends(paths[0], x, term.Term{}, g) {
		for _, second := range rest {
			n.step()
			if first[1] == second[0] {
				out = append(out, pair{first[0], second[1]})
			}
		}
	}
	return out
}

// zeroLength is the paths of length zero: a term that is given matches itself,
// whether it is in the graph or not.
func zeroLength(x, y term.Term, g []term.Triple) []pair {
	switch {
	case !x.IsZero() && !y.IsZero() && x != y:
		return nil
	case !x.IsZero():
		return []pair{{x, x}}
	case !y.IsZero():
		return []pair{{y, y}}
	}
	var out []pair
	for _, t := range nodes(g) {
		out = append(out, pair{t, t})
	}
	return out
}

// nodes returns the subjects and objects of a graph, each once.
func nodes(g []term.Triple) []term.Term {
	seen := map[term.Term]bool{}
	var out []term.Term
	for _, t := range g {
		for _, n := range [2]term.Term{t.Subject, t.Object} {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	return out
}

func distinctPairs(pairs []pair) []pair {
	seen := map[pair]bool{}
	var out []pair
	for _, p := range pairs {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// closure is ALP (SPARQL 1.1 §18.4): what can be reached, each once.
func (n *naive) closure(e syntax.PathExpr, x, y term.Term, g []term.Triple, zero bool) []pair {
	if x.IsZero() && !y.IsZero() {
		return inverse(n.closure(syntax.PathInverse{Path: e}, y, x, g, zero))
	}
	starts := []term.Term{x}
	if x.IsZero() {
		starts = nodes(g)
	}
	var out []pair
	for _, start := range starts {
		visited := map[term.Term]bool{}
		next := []term.Term{start}
		if zero {
			visited[start] = true
		}
		for len(next) > 0 {
			at := next[0]
			next = next[1:]
			for _, p := range n.ends(e, at, term.Term{}, g) {
				if !visited[p[1]] {
					visited[p[1]] = true
					next = append(next, p[1])
				}
			}
		}
		for t := range visited {
			if y.IsZero() || t == y {
				out = append(out, pair{start, t})
			}
		}
	}
	return out
}
