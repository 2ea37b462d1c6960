package block

import "fincat/store/ids"

// The terms order lists the hashes of all terms with their IDs. Its blocks,
// patches and list of blocks are those of the quads' orders.
const (
	TermsOrder Order = Orders
	Lists            = Orders + 1 // orders of quads, and that of terms
)

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
	Orders = 6
)

// positions gives for each order the quad's positions (0 S, 1 P, 2 O, 3 G) in
// the order's sequence.
var positions = [Orders][4]uint8{
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
	case o == TermsOrder:
		return "terms"
	case o > TermsOrder:
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
type Pattern struct{ S, P, O, G ids.ID }

// Key returns the pattern's IDs in SPOG.
func (p Pattern) Key() Key { return Key{p.S, p.P, p.O, p.G} }

// OrderFor returns an order in which the bound positions of p come first, so
// that a scan in it visits only what matches.
func OrderFor(p Pattern) Order {
	best, most := SPOG, -1
	for o := SPOG; o < Orders; o++ {
		if n := o.Prefix(p); n > most {
			best, most = o, n
		}
	}
	return best
}

// Prefix returns how many leading positions of the order p binds.
func (o Order) Prefix(p Pattern) int {
	q := p.Key()
	n := 0
	for n < 4 && q[positions[o][n]] != ids.Any {
		n++
	}
	return n
}
