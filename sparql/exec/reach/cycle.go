package reach

import (
	"context"

	"fincat/sparql/exec/idset"
	"fincat/sparql/exec/memory"
	"fincat/store"
)

// Cycles returns the pairs of the starts that one or more steps lead back to themselves. It
// follows every pair of the relation once, whatever the number of starts, and looks for the
// strongly connected components among what is reached (Tarjan, 1972): a node is on a cycle
// when its component has others, or when a step leads from it to itself. More is always
// false. Zero and Repeat mean nothing here.
func (c *Closure) Cycles(ctx context.Context) (idx []int32, to []store.ID, more bool, err error) {
	g := graph{nodes: idset.New(1, c.Memory), acct: memory.Account{Of: c.Memory}}
	defer g.close()
	if err := g.explore(ctx, c); err != nil {
		return nil, nil, false, err
	}
	if err := g.components(ctx, c.Pause); err != nil {
		return nil, nil, false, err
	}
	for i, node := range c.From {
		if n, _ := g.nodes.Find([][]store.ID{{node}}, 0); g.cyclic[n] {
			idx, to = append(idx, int32(i)), append(to, node)
		}
	}
	return idx, to, false, nil
}

// graph is what is reached from some nodes. Nodes have numbers.
type graph struct {
	nodes *idset.Set
	first []int32 // of each node: where its successors begin; one more at the end
	next  []int32 // successors
	acct  memory.Account

	// The state of the search for components.
	index, low []int32 // 0: not seen yet
	stack      []int32 // the nodes of components that are not complete
	path       []frame
	on, cyclic []bool
	count      int32
}

// frame is a node on the way of the search, and the next of its successors to look at.
type frame struct{ node, at int32 }

// nodeBytes is what a node takes in the search.
const nodeBytes = 5*4 + 8 + 2

func (g *graph) close() {
	g.nodes.Close()
	g.acct.Close()
}

// explore collects the nodes and their successors, each node once.
func (g *graph) explore(ctx context.Context, c *Closure) error {
	for i := range c.From {
		if _, _, err := g.nodes.Add([][]store.ID{c.From}, i); err != nil {
			return err
		}
	}
	for from := 0; from < g.nodes.Len(); {
		if err := c.Pause(ctx); err != nil {
			return err
		}
		part := min(pieceRows, g.nodes.Len()-from)
		idx, to, err := c.Step(ctx, append([]store.ID(nil), g.nodes.IDs()[from:from+part]...))
		if err == nil {
			err = g.connect(part, idx, to)
		}
		if err != nil {
			return err
		}
		from += part
	}
	g.first = append(g.first, int32(len(g.next)))
	return nil
}

// connect adds the successors of the next n nodes, in the sequence of the nodes.
func (g *graph) connect(n int, idx []int32, to []store.ID) error {
	at := make([]int32, n)
	for _, i := range idx {
		at[i]++
	}
	sum := int32(len(g.next))
	for i, k := range at {
		g.first = append(g.first, sum)
		at[i], sum = sum, sum+k
	}
	g.next = append(g.next, make([]int32, len(idx))...)
	for k, i := range idx {
		node, _, err := g.nodes.Add([][]store.ID{to}, k)
		if err != nil {
			return err
		}
		g.next[at[i]] = int32(node)
		at[i]++
	}
	return g.acct.Set(int64(cap(g.next)+cap(g.first))*4 + int64(g.nodes.Len())*nodeBytes)
}

// components marks the nodes that are on a cycle.
func (g *graph) components(ctx context.Context, pause func(context.Context) error) error {
	n := g.nodes.Len()
	g.index, g.low = make([]int32, n), make([]int32, n)
	g.on, g.cyclic = make([]bool, n), make([]bool, n)
	steps := 0
	for root := range int32(n) {
		if g.index[root] == 0 {
			g.enter(root)
		}
		for len(g.path) > 0 {
			if steps++; steps%pieceRows == 0 {
				if err := pause(ctx); err != nil {
					return err
				}
			}
			g.step()
		}
	}
	return nil
}

func (g *graph) enter(node int32) {
	g.count++
	g.index[node], g.low[node], g.on[node] = g.count, g.count, true
	g.stack = append(g.stack, node)
	g.path = append(g.path, frame{node, g.first[node]})
}

// step looks at the next successor of the last node on the way, or leaves that node.
func (g *graph) step() {
	f := &g.path[len(g.path)-1]
	if f.at == g.first[f.node+1] {
		g.leave(f.node)
		return
	}
	next := g.next[f.at]
	f.at++
	switch {
	case next == f.node:
		g.cyclic[next] = true
	case g.index[next] == 0:
		g.enter(next)
	case g.on[next]:
		g.low[f.node] = min(g.low[f.node], g.index[next])
	}
}

// leave goes back from a node, and completes the component that began with it.
func (g *graph) leave(node int32) {
	g.path = g.path[:len(g.path)-1]
	if k := len(g.path); k > 0 {
		before := g.path[k-1].node
		g.low[before] = min(g.low[before], g.low[node])
	}
	if g.low[node] != g.index[node] {
		return
	}
	alone := g.stack[len(g.stack)-1] == node
	for {
		last := g.stack[len(g.stack)-1]
		g.stack, g.on[last] = g.stack[:len(g.stack)-1], false
		g.cyclic[last] = g.cyclic[last] || !alone
		if last == node {
			return
		}
	}
}
