package report

import (
	"cmp"
	"slices"
	"time"
)

// span is the time in which a metric had a value on a dataset: from the first check that
// found it, until the first that found another.
type span struct {
	dataset, value string
	from           time.Time
}

// history is every value that a metric had, in the order of datasets and times.
type history []span

func (h history) sort() {
	slices.SortFunc(h, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.dataset, b.dataset), a.from.Compare(b.from))
	})
}

// Point is what a share was at a time.
type Point struct {
	At    time.Time `json:"at"`
	Met   int       `json:"met"`
	Of    int       `json:"of"`
	Share float64   `json:"share"`
}

// at counts the datasets that had a value at a time, and those of them whose value counts.
func (h history) at(t time.Time, counts map[string]bool) Point {
	p := Point{At: t}
	for i, s := range h {
		if s.from.After(t) || i+1 < len(h) && h[i+1].dataset == s.dataset && !h[i+1].from.After(t) {
			continue
		}
		p.Of++
		if counts[s.value] {
			p.Met++
		}
	}
	if p.Of > 0 {
		p.Share = float64(p.Met) / float64(p.Of)
	}
	return p
}

// first is the first check.
func (h history) first() (t time.Time) {
	for _, s := range h {
		if t.IsZero() || s.from.Before(t) {
			t = s.from
		}
	}
	return t
}

// mean is the mean of a share over the time from start to end, of which only that counts in
// which something had been checked. It is worked out from one change to the next.
func (h history) mean(start, end time.Time, counts map[string]bool) (share float64, ok bool) {
	if first := h.first(); first.After(start) {
		start = first
	}
	if len(h) == 0 || !start.Before(end) {
		return 0, false
	}
	type change struct {
		at      time.Time
		met, of int
	}
	var list []change
	for i, s := range h {
		c := change{at: s.from, of: 1}
		if i > 0 && h[i-1].dataset == s.dataset {
			c.of = 0
			if counts[h[i-1].value] {
				c.met--
			}
		}
		if counts[s.value] {
			c.met++
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b change) int { return a.at.Compare(b.at) })
	met, of, sum, last := 0, 0, 0.0, start
	for _, c := range list {
		if c.at.After(end) {
			break
		}
		if c.at.After(last) {
			sum += float64(met) / float64(max(of, 1)) * c.at.Sub(last).Seconds()
			last = c.at
		}
		met, of = met+c.met, of+c.of
	}
	sum += float64(met) / float64(max(of, 1)) * end.Sub(last).Seconds()
	return sum / end.Sub(start).Seconds(), true
}

// trend is what a share was at the end of each month from start on, and at the end. Before
// the first check there are no points.
func (h history) trend(start, end time.Time, counts map[string]bool) (out []Point) {
	first := h.first()
	for t := start; t.Before(end); {
		t = t.AddDate(0, 1, 0)
		at := t
		if at.After(end) {
			at = end
		}
		if p := h.at(at, counts); len(h) > 0 && !at.Before(first) {
			out = append(out, p)
		}
	}
	return out
}

// shortestHistory is how far the points of a trend have to lie apart before a line through
// them says anything.
const shortestHistory = 21 * 24 * time.Hour

// forecast is where the line through the points of a trend (least squares) leads, from the
// newest point on; not ok while there is too little to see a trend.
func forecast(points []Point, until time.Time) (share float64, ok bool) {
	if len(points) < 2 || points[len(points)-1].At.Sub(points[0].At) < shortestHistory {
		return 0, false
	}
	var sx, sy, sxx, sxy float64
	for _, p := range points {
		x := p.At.Sub(points[0].At).Hours()
		sx, sy, sxx, sxy = sx+x, sy+p.Share, sxx+x*x, sxy+x*p.Share
	}
	n, last := float64(len(points)), points[len(points)-1]
	slope := 0.0
	if d := n*sxx - sx*sx; d > 0 {
		slope = (n*sxy - sx*sy) / d
	}
	share = last.Share + slope*max(until.Sub(last.At).Hours(), 0)
	return min(max(share, 0), 1), true
}
