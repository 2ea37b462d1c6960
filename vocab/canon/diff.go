package canon

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"fincat/vocab/term"
)

// Diff returns the quads in which two RDF datasets differ. Who takes the removed
// quads out of a and puts the added ones in gets an RDF dataset that is isomorphic
// to b. Both slices are sorted.
//
// Each blank node of b is paired with one of a where possible, and appears in added
// under the label of its partner. A blank node without a partner keeps its label,
// unless a uses that label too; then it gets a new one.
//
// Pairs are made in three steps: of connected blank nodes that are isomorphic as a
// whole, then of those whose surroundings are the same, looking less and less far,
// then of those that have the most quads in common. The difference is empty exactly
// when the RDF datasets are isomorphic. When they are not it is small, though not
// always the smallest that there is.
func Diff(a, b []term.Quad) (added, removed []term.Quad) {
	g := newBlankGraph(a, b)
	for q := range g.ground[0] {
		if !g.ground[1][q] {
			removed = append(removed, q)
		}
	}
	for q := range g.ground[1] {
		if !g.ground[0][q] {
			added = append(added, q)
		}
	}
	if len(g.terms) > 0 {
		plus, minus := g.diff(g.correspond())
		added, removed = append(added, plus...), append(removed, minus...)
	}
	slices.SortFunc(added, term.CompareQuads)
	slices.SortFunc(removed, term.CompareQuads)
	return added, removed
}

// diff returns the quads with blank nodes that only one side has, given the
// nodes of side 1 and their partners on side 0.
func (g *blankGraph) diff(partner map[int]int) (added, removed []term.Quad) {
	rename := g.labels(partner)
	theirs := map[term.Quad]bool{}
	for _, e := range g.edges {
		if e.side == 1 {
			theirs[e.quad.MapBlankNodes(func(t term.Term) term.Term { return rename[t] })] = true
		}
	}
	for _, e := range g.edges {
		if e.side != 0 {
			continue
		}
		if theirs[e.quad] {
			delete(theirs, e.quad)
		} else {
			removed = append(removed, e.quad)
		}
	}
	return slices.Collect(maps.Keys(theirs)), removed
}

// labels returns the blank node that stands for each one of side 1 in the
// difference.
func (g *blankGraph) labels(partner map[int]int) map[term.Term]term.Term {
	used := map[term.Term]bool{}
	for _, t := range g.terms {
		used[t] = true
	}
	ours := map[term.Term]bool{}
	for x, t := range g.terms {
		if g.side[x] == 0 {
			ours[t] = true
		}
	}
	rename := map[term.Term]term.Term{}
	fresh := 0
	for y, t := range g.terms {
		if g.side[y] != 1 {
			continue
		}
		x, ok := partner[y]
		switch {
		case ok:
			rename[t] = g.terms[x]
		case !ours[t]:
			rename[t] = t
		default:
			n := t
			for used[n] {
				n = term.NewBlankNode("d" + strconv.Itoa(fresh))
				fresh++
			}
			used[n] = true
			rename[t] = n
		}
	}
	return rename
}

// correspond pairs nodes of side 1 with nodes of side 0.
func (g *blankGraph) correspond() map[int]int {
	partner := g.isomorphicComponents()
	// With the deepest view first, a change keeps far apart only the nodes
	// next to it; every pair found gives its neighbours a known side.
	for _, rounds := range []int{64, 4, 2, 1} {
		for range maxPasses {
			if !g.pairByColour(partner, rounds) {
				break
			}
		}
	}
	for range maxPasses {
		if !g.pairByOverlap(partner) {
			break
		}
	}
	return partner
}

// maxPasses bounds how often each step looks at all nodes again.
const maxPasses = 50

// isomorphicComponents pairs the nodes of isomorphic components.
func (g *blankGraph) isomorphicComponents() map[int]int {
	partner := map[int]int{}
	p := g.refine()
	comps := g.components(p, nil)
	for pair := range g.partners(p, comps) {
		for x, y := range pair {
			partner[y] = x
		}
	}
	return partner
}

// pairByColour pairs unpaired nodes that the given number of rounds of
// refinement does not tell apart, those that are alone in their colour before
// others, and reports whether there were any.
func (g *blankGraph) pairByColour(partner map[int]int, rounds int) bool {
	p := g.known(partner)
	p.run(rounds)
	var ambiguous [][2][]int
	found := false
	for _, members := range p.classes[p.frozen:] {
		var open [2][]int
		for _, x := range slices.Sorted(slices.Values(members)) {
			open[g.side[x]] = append(open[g.side[x]], x)
		}
		if len(open[0]) == 0 || len(open[1]) == 0 {
			continue
		}
		if len(open[0]) == 1 && len(open[1]) == 1 {
			partner[open[1][0]] = open[0][0]
			found = true
		} else {
			ambiguous = append(ambiguous, open)
		}
	}
	if found || len(ambiguous) == 0 {
		return found
	}
	for _, open := range ambiguous {
		for i := range min(len(open[0]), len(open[1])) {
			partner[open[1][i]] = open[0][i]
		}
	}
	return true
}

// known returns the partition in which every pair has a colour that stays its
// own and all other nodes share one.
func (g *blankGraph) known(partner map[int]int) *partition {
	k := *g
	k.colour = make([]int, len(g.terms))
	for x := range k.colour {
		k.colour[x] = len(partner)
	}
	for n, y := range slices.Sorted(maps.Keys(partner)) {
		k.colour[y], k.colour[partner[y]] = n, n
	}
	p := k.start()
	p.frozen = len(partner)
	return p
}

// maxOverlap bounds the nodes of one side that are compared because they share
// one feature; features of more nodes say little.
const maxOverlap = 32

// pairByOverlap pairs the unpaired nodes that have the most edges in common,
// other unpaired nodes in an edge counting as equal, and reports whether there
// were any.
func (g *blankGraph) pairByOverlap(partner map[int]int) bool {
	p := g.known(partner)
	features := map[uint64]*[2][]int{}
	for _, e := range g.edges {
		h := p.edgeHash(e)
		for k, x := range e.nodes {
			if p.colour[x] < p.frozen {
				continue
			}
			f := mix(h + uint64(k))
			if features[f] == nil {
				features[f] = &[2][]int{}
			}
			features[f][g.side[x]] = append(features[f][g.side[x]], x)
		}
	}
	type candidate struct{ x, y, shared int }
	shared := map[[2]int]int{}
	for _, f := range features {
		if len(f[0]) > maxOverlap || len(f[1]) > maxOverlap {
			continue
		}
		for _, x := range f[0] {
			for _, y := range f[1] {
				shared[[2]int{x, y}]++
			}
		}
	}
	var cs []candidate
	for xy, n := range shared {
		cs = append(cs, candidate{xy[0], xy[1], n})
	}
	slices.SortFunc(cs, func(c, d candidate) int {
		return cmp.Or(cmp.Compare(d.shared, c.shared), cmp.Compare(c.x, d.x), cmp.Compare(c.y, d.y))
	})
	taken := map[int]bool{}
	for _, c := range cs {
		if !taken[c.x] && !taken[c.y] {
			taken[c.x], taken[c.y] = true, true
			partner[c.y] = c.x
		}
	}
	return len(taken) > 0
}
