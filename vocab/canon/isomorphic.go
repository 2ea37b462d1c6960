package canon

import (
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"strconv"

	"fincat/vocab/term"
)

// Isomorphic reports whether the RDF datasets a and b are isomorphic: whether
// some one-to-one mapping of blank nodes turns one into the other (RDF 1.2
// Concepts §5.2). Repeated quads count once. Blank nodes may stand anywhere,
// inside triple terms too. The answer is exact; blank nodes are told apart by
// colour refinement, so that search is needed only for graphs with regular
// structure.
func Isomorphic(a, b []term.Quad) bool {
	_, ok := isomorphism(a, b)
	return ok
}

// isomorphism returns a mapping of a's blank nodes to b's.
func isomorphism(a, b []term.Quad) (map[term.Term]term.Term, bool) {
	g := newBlankGraph(a, b)
	if !maps.Equal(g.ground[0], g.ground[1]) {
		return nil, false
	}
	pair, ok := g.match()
	if !ok {
		return nil, false
	}
	m := make(map[term.Term]term.Term, len(pair))
	for x, y := range pair {
		m[g.terms[x]] = g.terms[y]
	}
	return m, true
}

// A blankGraph holds the blank nodes of two datasets side by side, and their
// quads as edges: hyperedges whose shape is the quad with its blank nodes
// replaced by their order of appearance.
type blankGraph struct {
	ground [2]map[term.Quad]bool
	terms  []term.Term // node → blank node
	side   []uint8     // node → 0 for the first dataset, 1 for the second
	edges  []blankEdge
	colour []int // node → initial colour, numbered from 0
}

type blankEdge struct {
	shape int
	side  uint8
	nodes []int // distinct, in order of appearance
	quad  term.Quad
}

func newBlankGraph(a, b []term.Quad) *blankGraph {
	g := &blankGraph{}
	shapes := map[term.Quad]int{}
	for side, quads := range [2][]term.Quad{a, b} {
		g.ground[side] = map[term.Quad]bool{}
		seen := map[term.Quad]bool{}
		ids := map[term.Term]int{}
		for _, q := range quads {
			if !q.HasBlankNode() {
				g.ground[side][q] = true
				continue
			}
			if seen[q] {
				continue
			}
			seen[q] = true
			g.addEdge(uint8(side), q, ids, shapes)
		}
	}
	g.colour = make([]int, len(g.terms))
	return g
}

func (g *blankGraph) addEdge(side uint8, q term.Quad, ids map[term.Term]int, shapes map[term.Quad]int) {
	e := blankEdge{side: side, quad: q}
	shape := q.MapBlankNodes(func(t term.Term) term.Term {
		id, ok := ids[t]
		if !ok {
			id = len(g.terms)
			ids[t] = id
			g.terms = append(g.terms, t)
			g.side = append(g.side, side)
		}
		i := slices.Index(e.nodes, id)
		if i < 0 {
			i = len(e.nodes)
			e.nodes = append(e.nodes, id)
		}
		return term.NewBlankNode(strconv.Itoa(i))
	})
	n, ok := shapes[shape]
	if !ok {
		n = len(shapes)
		shapes[shape] = n
	}
	e.shape = n
	g.edges = append(g.edges, e)
}

// match returns an isomorphism from the nodes of side 0 to those of side 1
// that keeps the initial colours.
//
// After refinement, nodes whose colour is unique on both sides are settled.
// The others fall into components (two unsettled nodes in one edge belong
// together), which can be matched one by one, greedily: colour-preserving
// isomorphism is an equivalence relation, so a component's first partner is as
// good as any other.
func (g *blankGraph) match() (map[int]int, bool) {
	if g.sideEdges(0) != g.sideEdges(1) {
		return nil, false
	}
	p := g.refine()
	pair, ok := p.settled()
	if !ok {
		return nil, false
	}
	if !g.settledEdgesAgree(pair) {
		return nil, false
	}
	comps := g.components(p, pair)
	for sub := range g.partners(p, comps) {
		if sub == nil {
			return nil, false
		}
		maps.Copy(pair, sub)
	}
	return pair, true
}

// partners gives each component of side 0 an isomorphic one of side 1 that no other
// has, and yields how their nodes correspond, nil when there is none.
func (g *blankGraph) partners(p *partition, comps []component) iter.Seq[map[int]int] {
	return func(yield func(map[int]int) bool) {
		candidates := map[string][]component{}
		for _, c := range comps {
			if c.side == 1 {
				candidates[c.key] = append(candidates[c.key], c)
			}
		}
		for _, c := range comps {
			if c.side == 1 {
				continue
			}
			at, pair := g.partner(p, c, candidates[c.key])
			if at >= 0 {
				candidates[c.key] = slices.Delete(candidates[c.key], at, at+1)
			}
			if !yield(pair) {
				return
			}
		}
	}
}

func (g *blankGraph) sideEdges(side uint8) int {
	n := 0
	for _, e := range g.edges {
		if e.side == side {
			n++
		}
	}
	return n
}

// partner finds the first candidate isomorphic to c.
func (g *blankGraph) partner(p *partition, c component, candidates []component) (int, map[int]int) {
	for i, d := range candidates {
		if sub, ok := g.matchComponents(p, c, d); ok {
			return i, sub
		}
	}
	return -1, nil
}

// matchComponents individualises the first node of c against each node of d of
// the same colour.
func (g *blankGraph) matchComponents(p *partition, c, d component) (map[int]int, bool) {
	if len(c.edges) != len(d.edges) || len(c.nodes) != len(d.nodes) {
		return nil, false
	}
	x := c.nodes[0]
	for _, y := range d.nodes {
		if p.colour[y] != p.colour[x] {
			continue
		}
		sub, ids := g.sub(p, c, d, x, y)
		if m, ok := sub.match(); ok {
			pair := make(map[int]int, len(m))
			for u, v := range m {
				pair[ids[u]] = ids[v]
			}
			return pair, true
		}
	}
	return nil, false
}

// sub returns the graph of two components, x and y having a colour of their
// own, and the nodes its nodes stand for.
func (g *blankGraph) sub(p *partition, c, d component, x, y int) (*blankGraph, []int) {
	s := &blankGraph{}
	var ids []int
	local := map[int]int{}
	colours := map[int]int{-1: 0}
	for _, i := range slices.Concat(c.edges, d.edges) {
		e := g.edges[i]
		nodes := make([]int, len(e.nodes))
		for k, n := range e.nodes {
			id, ok := local[n]
			if !ok {
				id = len(ids)
				local[n] = id
				ids = append(ids, n)
				s.side = append(s.side, e.side)
				col := p.colour[n]
				if n == x || n == y {
					col = -1
				}
				if _, ok := colours[col]; !ok {
					colours[col] = len(colours)
				}
				s.colour = append(s.colour, colours[col])
			}
			nodes[k] = id
		}
		s.edges = append(s.edges, blankEdge{shape: e.shape, side: e.side, nodes: nodes})
	}
	s.terms = make([]term.Term, len(ids))
	return s, ids
}

// settledEdgesAgree reports whether the edges of side 0 between settled nodes
// are, mapped, edges of side 1, and equally many.
func (g *blankGraph) settledEdgesAgree(pair map[int]int) bool {
	settled := make([]bool, len(g.terms))
	for x, y := range pair {
		settled[x], settled[y] = true, true
	}
	theirs := map[string]bool{}
	ours := 0
	var buf []byte
	for side := 1; side >= 0; side-- {
		for _, e := range g.edges {
			if int(e.side) != side || slices.ContainsFunc(e.nodes, func(n int) bool { return !settled[n] }) {
				continue
			}
			buf = binary.AppendUvarint(buf[:0], uint64(e.shape))
			for _, n := range e.nodes {
				if side == 0 {
					n = pair[n]
				}
				buf = binary.AppendUvarint(buf, uint64(n))
			}
			if side == 1 {
				theirs[string(buf)] = true
			} else if ours++; !theirs[string(buf)] {
				return false
			}
		}
	}
	return ours == len(theirs)
}

// A component is a set of unsettled nodes of one side that hang together, with
// the edges they stand in. Components with different keys are not isomorphic.
type component struct {
	side  uint8
	nodes []int
	edges []int
	key   string
}

func (g *blankGraph) components(p *partition, pair map[int]int) []component {
	settled := make([]bool, len(g.terms))
	for x, y := range pair {
		settled[x], settled[y] = true, true
	}
	parent := make([]int, len(g.terms))
	for i := range parent {
		parent[i] = i
	}
	root := func(n int) int {
		for parent[n] != n {
			parent[n] = parent[parent[n]]
			n = parent[n]
		}
		return n
	}
	first := func(e blankEdge) int {
		return slices.IndexFunc(e.nodes, func(n int) bool { return !settled[n] })
	}
	for _, e := range g.edges {
		if f := first(e); f >= 0 {
			for _, n := range e.nodes[f+1:] {
				if !settled[n] {
					parent[root(n)] = root(e.nodes[f])
				}
			}
		}
	}
	at := map[int]int{}
	var comps []component
	for n := range g.terms {
		if settled[n] {
			continue
		}
		r := root(n)
		i, ok := at[r]
		if !ok {
			i = len(comps)
			at[r] = i
			comps = append(comps, component{side: g.side[n]})
		}
		comps[i].nodes = append(comps[i].nodes, n)
	}
	for i, e := range g.edges {
		if f := first(e); f >= 0 {
			c := &comps[at[root(e.nodes[f])]]
			c.edges = append(c.edges, i)
		}
	}
	for i := range comps {
		comps[i].key = p.key(comps[i].nodes)
	}
	return comps
}
