package store

import "cmp"

// Order is the order of an index, spelled by position: SPOG sorts by subject,
// then predicate, object and graph.
type Order uint8

// The orders. Whatever positions of a pattern are bound, they lead one of them.
const (
	SPOG Order = iota
	POSG
	OSPG
	GSPO
	GPOS
	GOSP
	orders = 6
)

// positions gives for each order the quad's positions (0 S, 1 P, 2 O, 3 G) in
// the order's sequence.
var positions = [orders][4]uint8{
	SPOG: {0, 1, 2, 3},
	POSG: {1, 2, 0, 3},
	OSPG: {2, 0, 1, 3},
	GSPO: {3, 0, 1, 2},
	GPOS: {3, 1, 2, 0},
	GOSP: {3, 2, 0, 1},
}

// String returns the order's name.
func (o Order) String() string {
	switch {
	case o == termsOrder:
		return "terms"
	case o > termsOrder:
		return "invalid order"
	}
	var b [4]byte
	for i, p := range positions[o] {
		b[i] = "SPOG"[p]
	}
	return string(b[:])
}

// Positions returns the quad's positions in the order's sequence: 0 subject,
// 1 predicate, 2 object, 3 graph.
func (o Order) Positions() [4]uint8 { return positions[o] }

// Pattern selects quads: each position is a term's ID, or Any.
type Pattern struct{ S, P, O, G ID }

func (p Pattern) key() key { return key{p.S, p.P, p.O, p.G} }

// OrderFor returns an order in which the bound positions of p come first, so
// that a scan in it visits only what matches.
func OrderFor(p Pattern) Order {
	best, most := SPOG, -1
	for o := SPOG; o < orders; o++ {
		if n := o.prefix(p); n > most {
			best, most = o, n
		}
	}
	return best
}

// prefix returns how many leading positions of the order p binds.
func (o Order) prefix(p Pattern) int {
	q := p.key()
	n := 0
	for n < 4 && q[positions[o][n]] != Any {
		n++
	}
	return n
}

// key is a quad, its positions in the sequence of some order.
type key [4]ID

// maxKey sorts after every quad.
var maxKey = key{^ID(0), ^ID(0), ^ID(0), ^ID(0)}

// in turns a quad in SPOG sequence into the sequence of o.
func (k key) in(o Order) key {
	p := &positions[o]
	return key{k[p[0]], k[p[1]], k[p[2]], k[p[3]]}
}

// quad turns a key in the sequence of o back into S, P, O, G.
func (k key) quad(o Order) (q key) {
	for i, p := range positions[o] {
		q[p] = k[i]
	}
	return q
}

func (k *key) less(l *key) bool {
	if k[0] != l[0] {
		return k[0] < l[0]
	}
	if k[1] != l[1] {
		return k[1] < l[1]
	}
	if k[2] != l[2] {
		return k[2] < l[2]
	}
	return k[3] < l[3]
}

func compareKeys(a, b key) int {
	if c := cmp.Compare(a[0], b[0]); c != 0 {
		return c
	}
	if c := cmp.Compare(a[1], b[1]); c != 0 {
		return c
	}
	if c := cmp.Compare(a[2], b[2]); c != 0 {
		return c
	}
	return cmp.Compare(a[3], b[3])
}

// bounds returns the half-open range of the keys that begin with the first n
// positions of k.
func (k key) bounds(n int) (lo, hi key) {
	if n == 0 {
		return key{}, maxKey
	}
	for i := range n {
		lo[i] = k[i]
	}
	hi = lo
	hi[n-1]++
	return lo, hi
}
