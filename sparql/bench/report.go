package bench

import (
	"math"
	"slices"
	"time"
)

// Report is the outcome of a benchmark. Times are in milliseconds, the limit in seconds.
type Report struct {
	Endpoints []string     `json:"endpoints"`
	Rounds    int          `json:"rounds"`
	Limit     float64      `json:"limit_s"`
	Queries   []Comparison `json:"queries"`
	Differing int          `json:"differing"`       // queries whose answers differ
	Failing   int          `json:"failing"`         // queries with an error
	TimedOut  int          `json:"timeouts"`        // queries that took an endpoint too long
	Ratio     float64      `json:"ratio,omitempty"` // geometric mean over the queries
	// Ratios are the geometric means of the first endpoint over each.
	Ratios []float64 `json:"ratios,omitempty"`
	Load   []Load    `json:"load,omitempty"` // by endpoint
}

// Comparison is one query on every endpoint.
type Comparison struct {
	Name    string   `json:"name"`
	Update  bool     `json:"update,omitempty"`
	Runs    []Timing `json:"runs"`              // by endpoint
	Answers string   `json:"answers,omitempty"` // one of the words below
	// Ratio is the median of the first endpoint over the least of the others. A timeout
	// counts with the limit; then the ratio is no more than a bound, as Bound says.
	Ratio float64 `json:"ratio,omitempty"`
	Bound bool    `json:"bound,omitempty"`
}

// How answers compare.
const (
	Agree  = "agree"    // those of all endpoints that answered
	Differ = "differ"   // some differ from the first one that answered
	Change = "unsteady" // one endpoint does not always answer the same
)

// Timing is one query on one endpoint.
type Timing struct {
	Results int     `json:"results"`          // solutions or triples
	Answer  string  `json:"answer,omitempty"` // the same for the same answers
	Cold    float64 `json:"cold_ms,omitempty"`
	Median  float64 `json:"median_ms"`
	Min     float64 `json:"min_ms"`
	Max     float64 `json:"max_ms"`
	// Ratio is the median of the first endpoint over this one's.
	Ratio    float64 `json:"ratio,omitempty"`
	Differs  bool    `json:"differs,omitempty"`  // from the first endpoint that answered
	Unsteady bool    `json:"unsteady,omitempty"` // it has not always answered the same
	Timeout  bool    `json:"timeout,omitempty"`
	Error    string  `json:"error,omitempty"` // also of a timeout

	times  []time.Duration
	answer fingerprint
}

// failed reports whether there is no time, not even a bound.
func (t *Timing) failed() bool { return t.Error != "" && !t.Timeout }

// summarise computes the figures from the times.
func (r *Report) summarise(limit time.Duration) {
	ratios := make([]mean, len(r.Endpoints))
	var all mean
	for i := range r.Queries {
		q := &r.Queries[i]
		q.summarise(limit)
		timeout, failed := false, false
		for k := range q.Runs {
			timeout, failed = timeout || q.Runs[k].Timeout, failed || q.Runs[k].failed()
			ratios[k].add(q.Runs[k].Ratio)
		}
		all.add(q.Ratio)
		if timeout {
			r.TimedOut++
		}
		if failed {
			r.Failing++
		}
		if q.Answers == Differ || q.Answers == Change {
			r.Differing++
		}
	}
	if len(r.Endpoints) > 1 {
		r.Ratio = all.geometric()
		for _, m := range ratios {
			r.Ratios = append(r.Ratios, m.geometric())
		}
	}
}

// summarise computes the figures of one query.
func (q *Comparison) summarise(limit time.Duration) {
	var first *Timing // that answered
	for k := range q.Runs {
		run := &q.Runs[k]
		run.Median, run.Min, run.Max = spread(run.times)
		switch {
		case run.Timeout:
			run.Median, run.Min, run.Max = milliseconds(limit), milliseconds(limit), milliseconds(limit)
			continue
		case run.Error != "":
			run.Median, run.Min, run.Max = 0, 0, 0
			continue
		}
		run.Results, run.Answer = run.answer.n, run.answer.String()
		if first == nil {
			first = run
		}
		run.Differs = run.answer != first.answer
		switch {
		case run.Unsteady:
			q.Answers = Change
		case run.Differs && q.Answers != Change:
			q.Answers = Differ
		case q.Answers == "" && run != first:
			q.Answers = Agree
		}
	}
	q.compare()
}

// compare computes the ratios.
func (q *Comparison) compare() {
	own := &q.Runs[0]
	if own.failed() {
		return
	}
	var best *Timing
	for k := range q.Runs[1:] {
		other := &q.Runs[k+1]
		if other.failed() || own.Timeout && other.Timeout {
			continue
		}
		other.Ratio = own.Median / other.Median
		if best == nil || other.Median < best.Median {
			best = other
		}
	}
	if best != nil {
		q.Ratio, q.Bound = best.Ratio, own.Timeout || best.Timeout
	}
}

// mean is a geometric mean.
type mean struct {
	logs float64
	n    int
}

func (m *mean) add(v float64) {
	if v > 0 {
		m.logs += math.Log(v)
		m.n++
	}
}

func (m mean) geometric() float64 {
	if m.n == 0 {
		return 0
	}
	return math.Exp(m.logs / float64(m.n))
}

// milliseconds is never zero, so that there is always a ratio.
func milliseconds(d time.Duration) float64 { return float64(max(d, 1)) / 1e6 }

// spread returns the median, least and greatest of durations in milliseconds.
func spread(ds []time.Duration) (median, least, greatest float64) {
	if len(ds) == 0 {
		return 0, 0, 0
	}
	s := slices.Sorted(slices.Values(ds))
	mid := s[len(s)/2]
	if len(s)%2 == 0 {
		mid = (s[len(s)/2-1] + mid) / 2
	}
	return milliseconds(mid), milliseconds(s[0]), milliseconds(s[len(s)-1])
}
