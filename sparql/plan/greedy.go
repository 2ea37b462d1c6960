package plan

import (
	"container/heap"

	"fincat/sparql/algebra"
)

// maxCompared is the largest number of relations of a group of which each is
// compared with all others at every step, and joined by the cheapest method.
const maxCompared = 64

// greedy returns an order for a large group in near-linear time: always the
// relation next that is expected to bring the fewest solutions for one of those
// so far, and one without a common variable only when there is no other.
func (g *group) greedy(current Node, rels []*relation) []*relation {
	s := &greedySearch{bound: VarSet{}, uses: map[Var][]int{}, rels: rels, taken: make([]bool, len(rels))}
	if current != nil {
		s.bound.add(current.Base().Vars...)
	}
	for i, r := range rels {
		for _, v := range r.vars {
			s.uses[v] = append(s.uses[v], i)
		}
		s.offer(i)
	}
	out := make([]*relation, 0, len(rels))
	for len(out) < len(rels) && g.work(1) == nil {
		i := heap.Pop(&s.next).(candidate).relation
		if s.taken[i] {
			continue
		}
		s.taken[i] = true
		out = append(out, rels[i])
		for _, v := range rels[i].vars {
			if s.bound.Has(v) {
				continue
			}
			s.bound.add(v)
			for _, k := range s.uses[v] {
				if !s.taken[k] {
					s.offer(k)
				}
			}
		}
	}
	return out
}

// greedySearch is the state of greedy. A relation is offered again whenever
// another of its variables is bound, with a better score.
type greedySearch struct {
	rels  []*relation
	taken []bool
	bound VarSet
	uses  map[Var][]int // the relations that have a variable
	next  candidates
}

func (g *greedySearch) offer(i int) {
	r := g.rels[i]
	rows := r.rows
	if r.path != nil {
		rows = pathRows(r.path)
	}
	connected := len(g.bound) == 0 || len(r.vars) == 0
	for _, v := range r.vars {
		if g.bound.Has(v) {
			connected = true
			rows /= max(1, r.dist[v])
			if r.path != nil {
				rows /= 100
			}
		}
	}
	switch {
	case r.sideways:
		rows += 4 * unconnected
	case r.text != nil && r.text.Query.Var != "" && !g.bound.Has(r.text.Query.Var):
		rows += 2 * unconnected
	case !connected:
		rows += unconnected
	}
	heap.Push(&g.next, candidate{i, rows})
}

// pathRows is how many solutions a property path is taken to have.
func pathRows(p *algebra.Path) float64 {
	rows := 1e6
	for _, n := range []algebra.Node{p.Subject, p.Object} {
		if _, ok := n.(algebra.Term); ok {
			rows = 1e4
		}
	}
	return rows
}

type candidate struct {
	relation int
	score    float64
}

// candidates is a heap, the least score first and among equals the first in the
// query.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	if c[i].score != c[j].score {
		return c[i].score < c[j].score
	}
	return c[i].relation < c[j].relation
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	old := *c
	x := old[len(old)-1]
	*c = old[:len(old)-1]
	return x
}
