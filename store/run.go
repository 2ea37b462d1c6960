package store

import (
	"slices"
	"sort"
)

// change says that a quad came into the store or left it.
type change struct {
	key key
	add bool
	cum int32 // in a run: additions less removals up to and including this one
}

func (c *change) sign() int32 {
	if c.add {
		return 1
	}
	return -1
}

// run holds the effective changes of one commit, or of several merged, in
// every order. Changes are effective: what is added was absent before, what is
// removed was present. So a quad is present when its base presence (0 or 1)
// plus the signs of its changes in all runs and patches is 1, whatever their
// sequence, and two changes of a quad cancel out.
type run struct {
	by    [orders][]change
	stats *statsDelta
}

func (r *run) len() int { return len(r.by[SPOG]) }

// newRun sorts changes, whose keys are in SPOG sequence, into every order. It
// takes the slice over.
func newRun(changes []change, stats *statsDelta) *run {
	r := &run{stats: stats}
	for o := SPOG; o < orders; o++ {
		r.by[o] = sortedChanges(changes, o)
	}
	return r
}

func sortedChanges(changes []change, o Order) []change {
	out := make([]change, len(changes))
	for i, c := range changes {
		out[i] = change{key: c.key.in(o), add: c.add}
	}
	slices.SortFunc(out, func(a, b change) int { return compareKeys(a.key, b.key) })
	accumulate(out)
	return out
}

func accumulate(cs []change) {
	var sum int32
	for i := range cs {
		sum += cs[i].sign()
		cs[i].cum = sum
	}
}

// mergeRuns joins two runs.
func mergeRuns(a, b *run) *run {
	r := &run{stats: a.stats.plus(b.stats)}
	for o := SPOG; o < orders; o++ {
		r.by[o] = mergeChanges(make([]change, 0, len(a.by[o])+len(b.by[o])), a.by[o], b.by[o])
		accumulate(r.by[o])
	}
	return r
}

// mergeChanges appends the merge of two sorted lists to out; a quad that is in
// both cancels out.
func mergeChanges(out, a, b []change) []change {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].key.less(&b[0].key):
			out, a = append(out, a[0]), a[1:]
		case b[0].key.less(&a[0].key):
			out, b = append(out, b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// pushRun adds a run to a list that it copies, merging runs so that sizes at
// least halve from one to the next.
func pushRun(runs []*run, r *run) []*run {
	out := append(make([]*run, 0, len(runs)+1), runs...)
	for n := len(out); n > 0 && out[n-1].len() < 2*r.len(); n-- {
		r = mergeRuns(out[n-1], r)
		out = out[:n-1]
	}
	return append(out, r)
}

// lowerBound returns the index of the first change whose key is not below k.
func lowerBound(cs []change, k *key) int {
	return sort.Search(len(cs), func(i int) bool { return !cs[i].key.less(k) })
}

// gallop is lowerBound for a bound that is expected near the start.
func gallop(cs []change, k *key) int {
	n := 1
	for n < len(cs) && cs[n-1].key.less(k) {
		n *= 2
	}
	lo, hi := n/2, min(n, len(cs))
	return lo + lowerBound(cs[lo:hi], k)
}

// rangeSum returns additions less removals among the changes in [lo, hi).
func rangeSum(cs []change, lo, hi *key) int64 {
	i, j := lowerBound(cs, lo), lowerBound(cs, hi)
	if i >= j {
		return 0
	}
	sum := int64(cs[j-1].cum)
	if i > 0 {
		sum -= int64(cs[i-1].cum)
	}
	return sum
}
