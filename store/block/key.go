package block

import (
	"cmp"

	"fincat/store/ids"
)

// Key is a quad, its positions in the sequence of some order.
type Key [4]ids.ID

// MaxKey sorts after every quad.
var MaxKey = Key{^ids.ID(0), ^ids.ID(0), ^ids.ID(0), ^ids.ID(0)}

// In turns a quad in SPOG sequence into the sequence of o.
func (k Key) In(o Order) Key {
	p := &positions[o]
	return Key{k[p[0]], k[p[1]], k[p[2]], k[p[3]]}
}

// Quad turns a key in the sequence of o back into S, P, O, G.
func (k Key) Quad(o Order) (q Key) {
	for i, p := range positions[o] {
		q[p] = k[i]
	}
	return q
}

// Less reports whether k comes before l.
func (k *Key) Less(l *Key) bool {
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

// CompareKeys compares keys by their columns.
func CompareKeys(a, b Key) int {
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

// Bounds returns the half-open range of the keys that begin with the first n
// positions of k.
func (k Key) Bounds(n int) (lo, hi Key) {
	if n == 0 {
		return Key{}, MaxKey
	}
	for i := range n {
		lo[i] = k[i]
	}
	hi = lo
	hi[n-1]++
	return lo, hi
}

// significant returns the number of positions up to the last that is not zero.
func significant(k Key) int {
	n := 4
	for n > 0 && k[n-1] == 0 {
		n--
	}
	return n
}
