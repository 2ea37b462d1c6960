package sparql

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
	"fincat/sparql/value"
	"fincat/vocab"
	"fincat/vocab/term"
)

// substrings is a full-text index for tests: it finds the literals that contain
// the query text, the shortest first.
type substrings []term.Term

func newSubstrings(quads []term.Quad) substrings {
	var x substrings
	for _, q := range quads {
		if q.Object.IsLiteral() && !slices.Contains(x, q.Object) {
			x = append(x, q.Object)
		}
	}
	slices.SortFunc(x, func(a, b term.Term) int {
		return cmp.Or(cmp.Compare(len(a.Value()), len(b.Value())), term.Compare(a, b))
	})
	return x
}

// Search implements [TextIndex].
func (x substrings) Search(_ context.Context, _ uint64, q TextQuery) iter.Seq2[TextMatch, error] {
	return func(yield func(TextMatch, error) bool) {
		n := 0
		for _, t := range x {
			if !strings.Contains(t.Value(), q.Text) || q.Lang != "" && t.Lang() != q.Lang {
				continue
			}
			if n++; q.Limit > 0 && n > q.Limit || !yield(x.match(t), nil) {
				return
			}
		}
	}
}

// textSearch evaluates a full-text search for a constant text.
func (n *naive) textSearch(o *algebra.TextSearch, g []term.Triple) []solution {
	text, ok := o.Query.(algebra.Term)
	if !ok {
		n.open = true
		return nil
	}
	var out []solution
	for hit, err := range n.text.Search(n.ctx, 0, TextQuery{Text: text.Value(), Lang: o.Lang, Limit: o.Limit}) {
		for _, t := range g {
			n.step()
			wanted := len(o.Properties) == 0 || slices.Contains(o.Properties, algebra.Term{Term: t.Predicate})
			if err != nil || t.Object != hit.Literal || !wanted {
				continue
			}
			s := solution{}
			if !s.match(o.Subject, t.Subject) || o.Literal != "" && !s.match(o.Literal, hit.Literal) ||
				o.Score != "" && !s.match(o.Score, value.Double(hit.Score).Term()) {
				continue
			}
			out = append(out, s)
		}
	}
	return out
}

// textSearch makes the patterns of a full-text search.
func (g *generator) textSearch() []syntax.PathPattern {
	iri := func(s string) syntax.Node { return syntax.Term{Term: term.NewIRI(s)} }
	var patterns []syntax.PathPattern
	add := func(s, p, o syntax.Node) {
		patterns = append(
			patterns,
			syntax.PathPattern{TriplePattern: syntax.TriplePattern{Subject: s, Predicate: p, Object: o}},
		)
	}
	list := func(members []syntax.Node) syntax.Node {
		rest := iri(vocab.RDFNil)
		for _, m := range slices.Backward(members) {
			g.targets++
			node := syntax.Term{Term: term.NewBlankNode(fmt.Sprintf("n%d", g.targets))}
			add(node, iri(vocab.RDFFirst), m)
			add(node, iri(vocab.RDFRest), rest)
			rest = node
		}
		return rest
	}
	subject, object := g.node(false), syntax.Node(syntax.Term{Term: term.NewString(pick(g, "x", "y", "1", "0", ""))})
	if t, ok := subject.(syntax.Term); ok && t.IsBlankNode() {
		subject = g.variable()
	}
	if g.chance(3) {
		members := []syntax.Node{subject, g.variable()}
		if g.chance(2) {
			members = append(members, g.variable())
		}
		if len(members) < 3 || members[1] != members[2] {
			subject = list(members)
		}
	}
	if g.chance(2) {
		var members []syntax.Node
		for range g.IntN(3) {
			members = append(members, syntax.Term{Term: g.predicate()})
		}
		members = append(members, object)
		if g.chance(4) {
			members = append(members, syntax.Term{Term: integer(int64(1 + g.IntN(3)))})
		}
		if g.chance(4) {
			members = append(members, syntax.Term{Term: term.NewString("lang:en")})
		}
		object = list(members)
	}
	add(subject, iri(algebra.TextQuery), object)
	return patterns
}

// match scores a literal: the shorter, the better.
func (x substrings) match(t term.Term) TextMatch {
	return TextMatch{Literal: t, Score: 1 / float64(1+len(t.Value()))}
}
