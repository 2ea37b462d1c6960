package plan

import (
	"math"
	"math/bits"
	"slices"

	"fincat/sparql/algebra"
)

// maxDynamic is the largest number of relations whose order is searched for
// completely; the effort doubles with each.
const maxDynamic = 12

// sequence returns the order in which to join triple patterns and tables that
// costs least, found by dynamic programming over connected sets of them, and
// notes in the first of them by which variable to sort its scan. It returns nil
// when there are too few or too many, or when they are not connected.
func (g *group) sequence(all []*relation, filters []algebra.Expr) []*relation {
	var rels []*relation
	for _, r := range all {
		if r.quad != nil && !r.quad.missing() ||
			r.plan != nil && !r.sideways && len(r.maybe) == 0 && len(r.vars) > 0 {
			rels = append(rels, r)
		}
	}
	if len(rels) < 2 || len(rels) > maxDynamic {
		return nil
	}
	s := g.newSearch(rels, filters)
	s.stars = newStars(g.Counts.Stats(), rels)
	s.run()
	return s.result()
}

// step is the cheapest way found to join a set of relations so that the
// solutions are sorted by variable lead first, -1 for none.
type step struct {
	cost float64
	last int    // the relation joined last
	from origin // what it was joined to
	lead int
}

// origin names a step of a smaller set; set 0 means none.
type origin struct {
	set   uint
	index int
}

// search is the state of one dynamic programme. Variables and relations are
// numbers.
type search struct {
	rels  []*relation
	vars  map[Var]int
	uses  []uint64    // by relation: its variables
	dist  [][]float64 // by relation: distinct terms by variable
	leads []uint64    // by relation: the variables a scan can sort by first
	sel   []filterUse
	stars *stars      // nil without statistics on them
	rows  []float64   // by set; 0 when not reached
	terms [][]float64 // by set: distinct terms by variable
	bound []uint64    // by set: its variables
	steps [][]step    // by set
}

// filterUse is a filter's selectivity and variables.
type filterUse struct {
	vars  uint64
	share float64
}

func (c *scopes) newSearch(rels []*relation, filters []algebra.Expr) *search {
	size := 1 << len(rels)
	s := &search{
		rels:  rels,
		vars:  map[Var]int{},
		rows:  make([]float64, size),
		terms: make([][]float64, size),
		bound: make([]uint64, size),
		steps: make([][]step, size),
	}
	for _, r := range rels {
		for _, v := range r.vars {
			if _, ok := s.vars[v]; !ok && len(s.vars) < 64 {
				s.vars[v] = len(s.vars)
			}
		}
	}
	for _, r := range rels {
		uses, leads := uint64(0), uint64(0)
		dist := make([]float64, len(s.vars))
		for _, v := range r.vars {
			if n, ok := s.vars[v]; ok {
				uses |= 1 << n
				dist[n] = max(1, min(r.dist[v], r.rows))
			}
		}
		if r.quad != nil {
			for _, o := range r.quad.scanOrders() {
				if len(o.by) > 0 {
					leads |= 1 << s.vars[o.by[0]]
				}
			}
		} else if o := r.plan.Base().Order; len(o) > 0 {
			leads |= 1 << s.vars[o[0]]
		}
		s.uses, s.leads, s.dist = append(s.uses, uses), append(s.leads, leads), append(s.dist, dist)
	}
	for _, e := range filters {
		use := filterUse{share: selectivity(e)}
		for v := range c.exprVars(VarSet{}, e) {
			if n, ok := s.vars[v]; ok {
				use.vars |= 1 << n
			} else {
				use.share = 1 // waits for something else
			}
		}
		s.sel = append(s.sel, use)
	}
	return s
}

func (s *search) run() {
	for i, r := range s.rels {
		set := uint(1) << i
		s.rows[set] = max(r.rows, 1e-3) * s.filtered(0, s.uses[i])
		s.terms[set], s.bound[set] = s.dist[i], s.uses[i]
		cost := r.rows
		if r.plan != nil {
			cost = r.plan.Base().Cost
		}
		s.steps[set] = append(s.steps[set], step{cost: cost, last: i, lead: -1})
		for v := range len(s.vars) {
			if s.leads[i]>>v&1 == 1 {
				s.keep(set, step{cost: cost, last: i, lead: v})
			}
		}
	}
	for set := uint(1); int(set) < len(s.steps); set++ {
		if bits.OnesCount(set) < 2 {
			continue
		}
		for i := range s.rels {
			rest := set &^ (1 << i)
			if set>>i&1 == 0 || len(s.steps[rest]) == 0 || s.bound[rest]&s.uses[i] == 0 {
				continue
			}
			if s.rows[set] == 0 {
				s.size(set, rest, i)
			}
			for k, left := range s.steps[rest] {
				next := step{
					cost: left.cost + s.joinCost(rest, set, i, left.lead),
					last: i,
					from: origin{rest, k},
					lead: left.lead,
				}
				s.keep(set, next)
			}
		}
	}
}

// filtered returns the share of solutions kept by the filters that are ready
// with the variables now and were not with those before.
func (s *search) filtered(before, now uint64) float64 {
	share := 1.0
	for _, f := range s.sel {
		if f.vars&^now == 0 && (before == 0 || f.vars&^before != 0) {
			share *= f.share
		}
	}
	return share
}

// size estimates the solutions of a set, made of a smaller one and relation i.
func (s *search) size(set, rest uint, i int) {
	rows := s.rows[rest] * max(s.rels[i].rows, 1e-3)
	terms := make([]float64, len(s.vars))
	copy(terms, s.terms[rest])
	for v := range terms {
		if s.uses[i]>>v&1 == 0 {
			continue
		}
		if terms[v] == 0 {
			terms[v] = s.dist[i][v]
			continue
		}
		rows /= max(1, max(min(terms[v], s.rows[rest]), s.dist[i][v]))
		terms[v] = min(terms[v], s.dist[i][v])
	}
	s.bound[set] = s.bound[rest] | s.uses[i]
	if n, ok := s.stars.rows(set); ok {
		s.rows[set] = max(n*s.filtered(0, s.bound[set]), 1e-3)
		s.terms[set] = terms
		return
	}
	s.rows[set] = max(rows*s.filtered(s.bound[rest], s.bound[set]), 1e-3)
	s.terms[set] = terms
}

// joinCost is the effort of joining relation i to a smaller set, by the
// cheapest method.
func (s *search) joinCost(rest, set uint, i, lead int) float64 {
	r := s.rels[i]
	left, right, out := s.rows[rest], r.rows, s.rows[set]
	shared := s.bound[rest] & s.uses[i]
	cost := right + left*probeCost + right*buildCost
	if r.plan != nil {
		return cost + r.plan.Base().Cost + out
	}
	cost = min(cost, left*lookupCost)
	if lead >= 0 && shared == 1<<lead && s.leads[i]&shared != 0 {
		cost = min(cost, left+2*right)
	}
	return cost + out
}

// keep adds a step for a set unless one that is there is as cheap and sorted
// as well.
func (s *search) keep(set uint, n step) {
	steps := s.steps[set]
	for k, p := range steps {
		if p.lead == n.lead {
			if n.cost < p.cost {
				steps[k] = n
			}
			return
		}
	}
	s.steps[set] = append(steps, n)
}

// result reads the cheapest sequence off.
func (s *search) result() []*relation {
	full := uint(len(s.steps) - 1)
	at, best := -1, math.Inf(1)
	for k, p := range s.steps[full] {
		if p.cost < best {
			at, best = k, p.cost
		}
	}
	if at < 0 {
		return nil
	}
	var out []*relation
	set := full
	for set != 0 {
		p := s.steps[set][at]
		r := s.rels[p.last]
		out = append(out, r)
		if p.from.set == 0 && p.lead >= 0 {
			for v, n := range s.vars {
				if n == p.lead {
					r.lead = v
				}
			}
		}
		set, at = p.from.set, p.from.index
	}
	slices.Reverse(out)
	return out
}
