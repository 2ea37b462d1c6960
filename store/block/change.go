package block

import (
	"slices"
	"sort"
)

// Change says that a quad came into the store or left it.
type Change struct {
	Key Key
	Add bool
	cum int32 // in a run: additions less removals up to and including this one
}

// Sign returns 1 for an addition, -1 for a removal.
func (c *Change) Sign() int32 {
	if c.Add {
		return 1
	}
	return -1
}

// SortedChanges returns changes whose keys are in SPOG in the sequence of another
// order.
func SortedChanges(changes []Change, o Order) []Change {
	out := make([]Change, len(changes))
	for i, c := range changes {
		out[i] = Change{Key: c.Key.In(o), Add: c.Add}
	}
	slices.SortFunc(out, func(a, b Change) int { return CompareKeys(a.Key, b.Key) })
	Accumulate(out)
	return out
}

// Accumulate sets the sums that [RangeSum] needs.
func Accumulate(cs []Change) {
	var sum int32
	for i := range cs {
		sum += cs[i].Sign()
		cs[i].cum = sum
	}
}

// MergeChanges appends the merge of two sorted lists to out; a quad that is in
// both cancels out.
func MergeChanges(out, a, b []Change) []Change {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Key.Less(&b[0].Key):
			out, a = append(out, a[0]), a[1:]
		case b[0].Key.Less(&a[0].Key):
			out, b = append(out, b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Cancel leaves of sorted changes one for each quad whose signs do not cancel.
func Cancel(cs []Change) []Change {
	out := cs[:0]
	for i := 0; i < len(cs); {
		sum, j := int32(0), i
		for ; j < len(cs) && cs[j].Key == cs[i].Key; j++ {
			sum += cs[j].Sign()
		}
		if sum != 0 {
			out = append(out, Change{Key: cs[i].Key, Add: sum > 0})
		}
		i = j
	}
	return out
}

// LowerBound returns the index of the first change whose key is not below k.
func LowerBound(cs []Change, k *Key) int {
	return sort.Search(len(cs), func(i int) bool { return !cs[i].Key.Less(k) })
}

// gallop is lowerBound for a bound that is expected near the start.
func gallop(cs []Change, k *Key) int {
	n := 1
	for n < len(cs) && cs[n-1].Key.Less(k) {
		n *= 2
	}
	lo, hi := n/2, min(n, len(cs))
	return lo + LowerBound(cs[lo:hi], k)
}

// RangeSum returns additions less removals among the changes in [lo, hi).
func RangeSum(cs []Change, lo, hi *Key) int64 {
	i, j := LowerBound(cs, lo), LowerBound(cs, hi)
	if i >= j {
		return 0
	}
	sum := int64(cs[j-1].cum)
	if i > 0 {
		sum -= int64(cs[i-1].cum)
	}
	return sum
}
