package store

import (
	"fincat/store/block"
	"fincat/store/stats"
)

// run holds the effective changes of one commit, or of several merged, in
// every order. Changes are effective: what is added was absent before, what is
// removed was present. So a quad is present when its base presence (0 or 1)
// plus the signs of its changes in all runs and patches is 1, whatever their
// sequence, and two changes of a quad cancel out.
type run struct {
	by    [orders][]block.Change
	stats *stats.Delta
}

func (r *run) len() int { return len(r.by[SPOG]) }

// newRun sorts changes, whose keys are in SPOG sequence, into every order. It
// takes the slice over.
func newRun(changes []block.Change, stats *stats.Delta) *run {
	r := &run{stats: stats}
	for o := SPOG; o < orders; o++ {
		r.by[o] = block.SortedChanges(changes, o)
	}
	return r
}

// mergeRuns joins two runs.
func mergeRuns(a, b *run) *run {
	r := &run{stats: a.stats.Plus(b.stats)}
	for o := SPOG; o < orders; o++ {
		r.by[o] = block.MergeChanges(make([]block.Change, 0, len(a.by[o])+len(b.by[o])), a.by[o], b.by[o])
		block.Accumulate(r.by[o])
	}
	return r
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
