package reach

import (
	"context"

	"fincat/sparql/exec/idset"
	"fincat/sparql/exec/memory"
	"fincat/store"
)

// Step returns the pairs of a relation that begin at nodes, which may repeat: idx says at
// which of them, to where the relation leads.
type Step func(ctx context.Context, from []store.ID) (idx []int32, to []store.ID, err error)

// Closure is what is reached from each of some starts: by no step where Zero is set, by
// one, and by more where Repeat is set.
type Closure struct {
	From         []store.ID
	Zero, Repeat bool
	Step         Step
	Memory       *memory.Budget // of the pairs that were seen

	seen     *idset.Set
	owner    []int32 // the start of each node of the frontier
	frontier []store.ID
	idx      []int32
	to       []store.ID
}

// Next returns the pairs of the next level which no level before had; more is false after
// the last level. The slices are valid until the next call.
func (c *Closure) Next(ctx context.Context) (idx []int32, to []store.ID, more bool, err error) {
	c.idx, c.to = c.idx[:0], c.to[:0]
	if c.seen == nil {
		if err := c.begin(); err != nil || c.Zero {
			return c.idx, c.to, len(c.frontier) > 0, err
		}
	}
	i, t, err := c.Step(ctx, c.frontier)
	if err != nil {
		return nil, nil, false, err
	}
	var owner []int32
	var frontier []store.ID
	for k, node := range t {
		start := c.owner[i[k]]
		fresh, err := c.reach(start, node)
		if err != nil {
			return nil, nil, false, err
		}
		if fresh && c.Repeat {
			owner, frontier = append(owner, start), append(frontier, node)
		}
	}
	c.owner, c.frontier = owner, frontier
	return c.idx, c.to, len(frontier) > 0, nil
}

// begin puts the starts into the frontier, and with Zero among what is reached.
func (c *Closure) begin() error {
	c.seen = idset.New(2, c.Memory)
	c.owner, c.frontier = make([]int32, len(c.From)), c.From
	for i, node := range c.From {
		c.owner[i] = int32(i)
		if c.Zero {
			if _, err := c.reach(int32(i), node); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Closure) reach(start int32, node store.ID) (bool, error) {
	_, fresh, err := c.seen.Add([][]store.ID{{store.ID(start)}, {node}}, 0)
	if fresh {
		c.idx, c.to = append(c.idx, start), append(c.to, node)
	}
	return fresh, err
}

// All returns the pairs of all levels.
func (c *Closure) All(ctx context.Context) (idx []int32, to []store.ID, err error) {
	defer c.Close()
	for more := true; more; {
		var i []int32
		var t []store.ID
		if i, t, more, err = c.Next(ctx); err != nil {
			return nil, nil, err
		}
		idx, to = append(idx, i...), append(to, t...)
	}
	return idx, to, nil
}

// Close gives the memory back.
func (c *Closure) Close() {
	if c.seen != nil {
		c.seen.Close()
	}
}
