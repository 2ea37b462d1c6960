package plan

import (
	"math"
	"slices"

	"fincat/store"
)

// Leapfrog joins triple patterns of one or two variables each, which form a cycle, variable
// by variable in the sequence of Vars: where every pair of patterns has many more solutions
// in common than all of them together, no pair is joined by itself. The solutions come
// sorted.
type Leapfrog struct {
	Info
	Patterns []Node // each a *Scan
}

func (n *Leapfrog) inputs() []Node { return n.Patterns }

// Costs of a [Leapfrog], in the unit of the others: of a pattern's solution read and sorted,
// and of a partial solution.
const (
	trieCost = 4
	leapCost = 2
)

// unsafe is how many times the work of joining the patterns of a cycle one by one is taken
// for what is expected of it: with a few terms that very many solutions have, two of them
// have far more in common than numbers of distinct terms tell, while a [Leapfrog] does no
// more than the worst case asks for.
const unsafe = 4

// maxRead is how many solutions the patterns of a [Leapfrog] may have together: they are all
// in memory at once, of each at most 32 bytes.
const maxRead = 4 << 20

// cycle has those relations of a group that form a cycle being planned.
type cycle struct {
	*group
	members []*relation
}

// joinCycle plans the patterns of the group that form a cycle by a Leapfrog, or as two stars,
// where that is less work than joining one after the other, and puts it in their place.
func (g *group) joinCycle() error {
	if g.Force == ByLookup || g.Force == ByHash || g.Force == ByMerging ||
		len(g.relations) > maxDynamic && g.Force != ByLeapfrog {
		return nil
	}
	c := &cycle{group: g}
	c.find()
	if len(c.members) == 0 {
		return g.work(len(g.relations))
	}
	n, err := c.plan()
	if n == nil || err != nil {
		return err
	}
	relations := slices.DeleteFunc(slices.Clone(g.relations), func(r *relation) bool {
		return slices.Contains(c.members, r)
	})
	relations = append(relations, planned(nil, n))
	if g.Force != ByLeapfrog {
		before, known := c.oneByOne(g.relations)
		after, also := c.oneByOne(relations)
		if !known || !also || after >= unsafe*before {
			return nil
		}
	}
	g.relations = relations
	return g.hold(n)
}

// plan returns the cheaper plan of the members, nil when there is none.
func (c *cycle) plan() (Node, error) {
	order, cost := c.best()
	if err := c.work(len(c.members) * len(order) * len(order)); err != nil {
		return nil, err
	}
	n := c.node(order, cost)
	if c.Force == ByLeapfrog {
		return n, nil
	}
	stars, err := c.stars()
	if c.read(order) > maxRead || stars != nil && stars.Base().Cost < n.Cost {
		return stars, err
	}
	return n, err
}

// find sets members to the patterns between variables of which each is in two or more: what
// is left when those with a variable of their own are taken away, again and again; of these,
// those that hang together with the first; and the patterns of one of their variables.
func (c *cycle) find() {
	var pairs, single []*relation
	for _, r := range c.relations {
		switch {
		case r.quad == nil || r.unfold != nil || r.quad.missing():
		case r.quad.G.Mode == VarGraph || r.quad.G.Mode == ParamGraph:
		case len(r.vars) == 2:
			pairs = append(pairs, r)
		case len(r.vars) == 1:
			single = append(single, r)
		}
	}
	for before := -1; before != len(pairs); {
		before = len(pairs)
		uses := map[Var]int{}
		for _, r := range pairs {
			uses[r.vars[0]]++
			uses[r.vars[1]]++
		}
		pairs = slices.DeleteFunc(pairs, func(r *relation) bool { return uses[r.vars[0]] < 2 || uses[r.vars[1]] < 2 })
	}
	if len(pairs) == 0 || len(pairs) > maxCompared {
		return
	}
	inside := setOf(pairs[0].vars...)
	for before := 0; before != len(inside); {
		before = len(inside)
		for _, r := range pairs {
			if inside.Has(r.vars[0]) || inside.Has(r.vars[1]) {
				inside.add(r.vars...)
			}
		}
	}
	for _, r := range append(pairs, single...) {
		if inside.Has(r.vars[0]) {
			c.members = append(c.members, r)
		}
	}
}

// oneByOne is the least cost of joining relations one after the other, as far as it can be
// told; false where it cannot, or where there is nothing to join because one has no solution.
func (c *cycle) oneByOne(relations []*relation) (least float64, ok bool) {
	var known []*relation
	for _, r := range relations {
		switch {
		case r.quad != nil && r.quad.missing():
			return 0, false
		case r.quad != nil, r.plan != nil && !r.sideways && len(r.maybe) == 0 && len(r.vars) > 0:
			known = append(known, r)
		}
	}
	if len(known) > maxDynamic {
		return 0, false
	}
	s := c.newSearch(known, c.filters)
	s.stars = newStars(c.Counts.Stats(), known)
	s.run()
	least = math.Inf(1)
	for _, p := range s.steps[len(s.steps)-1] {
		least = min(least, p.cost)
	}
	return least, true
}

// stars returns the join of two stars, patterns with one subject each, by two or more
// variables at once, where the members are that; otherwise nil.
func (c *cycle) stars() (Node, error) {
	members := map[Var][]*relation{}
	for _, r := range c.members {
		members[r.quad.S.Var] = append(members[r.quad.S.Var], r)
	}
	if len(members) != 2 || members[""] != nil {
		return nil, nil
	}
	var sides []Node
	for _, r := range c.members {
		star := members[r.quad.S.Var]
		if star[0] != r {
			continue
		}
		g := &group{builder: c.builder, relations: star}
		n, err := g.order(nil)
		if err != nil {
			return nil, err
		}
		sides = append(sides, n)
	}
	join, ok := c.join(sides[0], sides[1]).(*HashJoin)
	if !ok || len(join.Key) < 2 {
		return nil, nil
	}
	return join, nil
}

// best returns the sequence of variables, each with one before it in a pattern, for which
// the fewest partial solutions are expected, and the cost: beginning with each variable in
// turn, always the next one that has the fewest values for one partial solution.
func (c *cycle) best() (order []Var, cost float64) {
	vars := VarSet{}
	for _, r := range c.members {
		vars.add(r.vars...)
	}
	cost = math.Inf(1)
	for _, first := range vars.sorted() {
		made := c.values(first, VarSet{})
		sum, bound, seq := made, setOf(first), []Var{first}
		for ; len(seq) < len(vars); sum += made {
			next, fewest := Var(""), math.Inf(1)
			for _, v := range vars.sorted() {
				if n := c.values(v, bound); !bound.Has(v) && c.connected(v, bound) && n < fewest {
					next, fewest = v, n
				}
			}
			made *= fewest
			bound.add(next)
			seq = append(seq, next)
		}
		if sum = sum*leapCost + c.read(seq)*trieCost; sum < cost {
			order, cost = seq, sum
		}
	}
	return order, cost
}

// values is how many values a variable has for one partial solution at most: the fewest that
// a single pattern leaves.
func (c *cycle) values(v Var, bound VarSet) float64 {
	least := math.Inf(1)
	for _, r := range c.members {
		if !slices.Contains(r.vars, v) {
			continue
		}
		n := r.dist[v]
		for _, other := range r.vars {
			if other != v && bound.Has(other) {
				n = r.rows / max(1, r.dist[other])
			}
		}
		least = min(least, n)
	}
	return least
}

// read returns how many solutions of the patterns are read with a sequence of variables.
// Patterns with the same constants whose variables come in the same sequence are read once.
func (c *cycle) read(order []Var) (rows float64) {
	type shape struct {
		constants store.Pattern
		turned    bool
	}
	seen := map[shape]bool{}
	for _, r := range c.members {
		s := shape{constants: r.quad.pattern()}
		if len(r.vars) == 2 {
			s.turned = slices.Index(order, r.vars[0]) > slices.Index(order, r.vars[1])
		}
		if !seen[s] {
			seen[s] = true
			rows += r.rows
		}
	}
	return rows
}

// connected reports whether a variable is in a pattern with one that is bound.
func (c *cycle) connected(v Var, bound VarSet) bool {
	return slices.ContainsFunc(c.members, func(r *relation) bool {
		return slices.Contains(r.vars, v) && slices.ContainsFunc(r.vars, bound.Has)
	})
}

// node returns the plan; how many solutions it has is estimated as for other joins.
func (c *cycle) node(order []Var, cost float64) *Leapfrog {
	n := &Leapfrog{}
	n.Vars, n.Certain, n.Order = order, setOf(order...), order
	n.Rows, n.distinct = 1, map[Var]float64{}
	for _, r := range c.members {
		scan := newScan(r, r.quad.scanOrders()[0])
		n.Patterns = append(n.Patterns, scan)
		n.Rows *= max(r.rows, 1e-3)
		for _, v := range r.vars {
			d := max(1, r.dist[v])
			if old, ok := n.distinct[v]; ok {
				n.Rows /= max(old, d)
				d = min(old, d)
			}
			n.distinct[v] = d
		}
	}
	n.Cost = cost + n.Rows
	return n
}
