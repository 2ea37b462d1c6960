package canon

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// A partition divides the nodes of a blankGraph into colours. Nodes of one colour
// have not been told apart so far. Both sides share the colours, so an isomorphism
// can only map nodes to nodes of the same colour. When two hashes are equal by
// chance, nodes that differ keep one colour; the answer is still right, only the
// search takes longer.
type partition struct {
	g       *blankGraph
	frozen  int // colours below this one are not divided
	colour  []int
	classes [][]int  // colour → nodes
	sum     []uint64 // node → order-free hash of the edges it stands in
	at      [][]int  // node → edges
	pos     []int    // node → place in its class

	edgeSeen, nodeSeen []bool // scratch
}

// refine returns the coarsest stable partition that is finer than the initial
// colours.
func (g *blankGraph) refine() *partition {
	p := g.start()
	p.run(-1)
	return p
}

// start returns the partition of the initial colours.
func (g *blankGraph) start() *partition {
	n := len(g.terms)
	p := &partition{
		g: g, colour: slices.Clone(g.colour), sum: make([]uint64, n), at: make([][]int, n), pos: make([]int, n),
		edgeSeen: make([]bool, len(g.edges)), nodeSeen: make([]bool, n),
	}
	for x, c := range p.colour {
		for len(p.classes) <= c {
			p.classes = append(p.classes, nil)
		}
		p.pos[x] = len(p.classes[c])
		p.classes[c] = append(p.classes[c], x)
	}
	for i, e := range g.edges {
		h := p.edgeHash(e)
		for k, x := range e.nodes {
			p.at[x] = append(p.at[x], i)
			p.sum[x] += mix(h + uint64(k))
		}
	}
	return p
}

// run splits colours until nothing changes, or for the given number of rounds.
func (p *partition) run(rounds int) {
	touched := make([]int, len(p.colour))
	for i := range touched {
		touched[i] = i
	}
	for len(touched) > 0 && rounds != 0 {
		touched = p.recolour(p.split(touched))
		rounds--
	}
}

type colouring struct{ node, colour int }

// split divides the classes of the touched nodes by their sums. The members of a
// class that were not touched all have the same sum. The largest part of a class
// keeps its colour, so that each node changes colour at most log n times.
func (p *partition) split(touched []int) []colouring {
	slices.SortFunc(touched, func(x, y int) int {
		return cmp.Or(cmp.Compare(p.colour[x], p.colour[y]), cmp.Compare(p.sum[x], p.sum[y]), cmp.Compare(x, y))
	})
	var changes []colouring
	for len(touched) > 0 {
		c := p.colour[touched[0]]
		n := 1
		for n < len(touched) && p.colour[touched[n]] == c {
			n++
		}
		if c >= p.frozen && len(p.classes[c]) > 1 {
			changes = p.splitClass(c, touched[:n], changes)
		}
		touched = touched[n:]
	}
	return changes
}

// splitClass divides class c by the sums of its touched members, which are
// sorted by sum, and appends the changes of colour.
func (p *partition) splitClass(c int, touched []int, changes []colouring) []colouring {
	var parts [][]int
	if rest := p.untouched(c, touched); len(rest) > 0 {
		parts = append(parts, rest)
	}
	start := 0
	for i := 1; i <= len(touched); i++ {
		if i < len(touched) && p.sum[touched[i]] == p.sum[touched[start]] {
			continue
		}
		part := slices.Clone(touched[start:i])
		if len(parts) > 0 && p.sum[parts[0][0]] == p.sum[part[0]] {
			parts[0] = append(parts[0], part...)
		} else {
			parts = append(parts, part)
		}
		start = i
	}
	largest := 0
	for i, part := range parts {
		if len(part) > len(parts[largest]) {
			largest = i
		}
	}
	for i, part := range parts {
		to := c
		if i != largest {
			to = len(p.classes)
			p.classes = append(p.classes, nil)
		}
		p.classes[to] = part
		for k, x := range part {
			p.pos[x] = k
			if to != c {
				changes = append(changes, colouring{x, to})
			}
		}
	}
	return changes
}

// untouched takes the touched members out of class c and returns the others.
func (p *partition) untouched(c int, touched []int) []int {
	members := p.classes[c]
	for _, x := range touched {
		last := len(members) - 1
		i := p.pos[x]
		members[i] = members[last]
		p.pos[members[i]] = i
		members = members[:last]
	}
	return members
}

// recolour applies the changes and brings the sums of the nodes in the same
// edges up to date. It returns these nodes.
func (p *partition) recolour(changes []colouring) []int {
	var edges, touched []int
	for _, ch := range changes {
		for _, i := range p.at[ch.node] {
			if !p.edgeSeen[i] {
				p.edgeSeen[i] = true
				edges = append(edges, i)
			}
		}
	}
	p.addEdges(edges, ^uint64(0))
	for _, ch := range changes {
		p.colour[ch.node] = ch.colour
	}
	p.addEdges(edges, 1)
	for _, i := range edges {
		p.edgeSeen[i] = false
		for _, x := range p.g.edges[i].nodes {
			if !p.nodeSeen[x] {
				p.nodeSeen[x] = true
				touched = append(touched, x)
			}
		}
	}
	for _, x := range touched {
		p.nodeSeen[x] = false
	}
	return touched
}

func (p *partition) addEdges(edges []int, sign uint64) {
	for _, i := range edges {
		e := p.g.edges[i]
		h := p.edgeHash(e)
		for k, x := range e.nodes {
			p.sum[x] += sign * mix(h+uint64(k))
		}
	}
}

func (p *partition) edgeHash(e blankEdge) uint64 {
	h := mix(uint64(e.shape))
	for _, x := range e.nodes {
		h = mix(h ^ uint64(p.colour[x]))
	}
	return h
}

// settled returns the pairs of nodes whose colour is unique on either side,
// and false when some colour is not equally frequent on both.
func (p *partition) settled() (map[int]int, bool) {
	pair := map[int]int{}
	for _, members := range p.classes {
		balance := 0
		for _, x := range members {
			balance += 1 - 2*int(p.g.side[x])
		}
		if balance != 0 {
			return nil, false
		}
		if len(members) == 2 {
			x, y := members[0], members[1]
			if p.g.side[x] == 1 {
				x, y = y, x
			}
			pair[x] = y
		}
	}
	return pair, true
}

// key returns the sorted colours of nodes as a string.
func (p *partition) key(nodes []int) string {
	cs := make([]int, len(nodes))
	for i, x := range nodes {
		cs[i] = p.colour[x]
	}
	slices.Sort(cs)
	var b []byte
	for _, c := range cs {
		b = binary.AppendUvarint(b, uint64(c))
	}
	return string(b)
}

// mix is the finaliser of SplitMix64, a bijection that spreads every bit.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
