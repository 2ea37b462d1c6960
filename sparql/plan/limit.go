package plan

import "fincat/sparql/algebra"

// work counts what planning does; now and then it asks whether anybody still
// waits. The error it finds stays, and everything returns early from then on.
func (b *builder) work(n int) error {
	b.done += n
	if b.err == nil && b.done-b.asked >= askEvery {
		b.asked = b.done
		b.err = b.ctx.Err()
	}
	return b.err
}

// askEvery is the work, in variables looked at, after which the context is asked.
const askEvery = 2000

// hold takes memory for a node, whose sets of variables are most of it.
func (b *builder) hold(n Node) error {
	if b.Grow == nil || b.err != nil {
		return b.err
	}
	perVar := int64(listBytes)
	switch n.(type) {
	case *HashJoin, *MergeJoin, *Lookup: // others share most with their input
		perVar = varBytes
	}
	b.err = b.Grow(nodeBytes + int64(len(n.Base().Vars))*perVar)
	return b.err
}

// What a node of a plan takes, and one of its variables: in a list, and in lists
// and sets together.
const (
	nodeBytes = 300
	listBytes = 40
	varBytes  = 120
)

// scopes remembers what is asked of operators again and again; they are never
// changed. The sets are shared: whoever changes one takes a copy.
type scopes struct {
	known map[algebra.Op]*facts
	grow  func(variables int) // takes memory for new sets
}

type facts struct {
	all, certain, mentioned, missing VarSet
	sideways                         bool
	asked                            bool // sideways is known
}

func (c *scopes) of(op algebra.Op) *facts {
	f := c.known[op]
	if f == nil {
		if c.known == nil {
			c.known = map[algebra.Op]*facts{}
		}
		f = &facts{}
		c.known[op] = f
	}
	return f
}

// scope returns the variables an operator may bind and those it always binds
// (SPARQL 1.1 §18.2.1).
func (c *scopes) scope(op algebra.Op) (all, certain VarSet) {
	f := c.of(op)
	if f.all == nil {
		f.all, f.certain = c.findScope(op)
		c.taken(len(f.all))
	}
	return f.all, f.certain
}

// mentioned returns the variables that the context of EXISTS (SPARQL 1.2 §18.6)
// can reach in a pattern: those that occur in it, also those that a subquery
// does not project.
func (c *scopes) mentioned(op algebra.Op) VarSet {
	f := c.of(op)
	if f.mentioned == nil {
		f.mentioned = c.findMentioned(op)
		c.taken(len(f.mentioned))
	}
	return f.mentioned
}

// sideways reports whether an operator should be evaluated with the bindings of
// what it is joined to, and only then.
func (c *scopes) sideways(op algebra.Op) bool {
	if op == nil {
		return false
	}
	f := c.of(op)
	if !f.asked {
		f.asked, f.sideways = true, c.findSideways(op)
	}
	return f.sideways
}

func (c *scopes) taken(variables int) {
	if c.grow != nil {
		c.grow(variables)
	}
}

// mayBind reports whether an operator may bind a variable.
func (b *builder) mayBind(op algebra.Op, v Var) bool {
	for b.work(1) == nil {
		switch x := op.(type) {
		case *algebra.Extend:
			if x.Var == v {
				return true
			}
			op = x.Input
		case *algebra.Filter:
			op = x.Input
		case *algebra.Minus:
			op = x.Left
		case *algebra.LeftJoin:
			if b.mayBind(x.Right, v) {
				return true
			}
			op = x.Left
		default:
			all, _ := b.scope(op)
			return all.Has(v)
		}
	}
	return false
}
