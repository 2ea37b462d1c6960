package bench

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"

	"fincat/sparql/protocol"
	"fincat/sparql/results"
	"fincat/vocab"
	"fincat/vocab/term"
)

// Report is the outcome of a benchmark. Times are in milliseconds.
type Report struct {
	Endpoints []string     `json:"endpoints"`
	Rounds    int          `json:"rounds"`
	Queries   []Comparison `json:"queries"`
	Differing int          `json:"differing"`       // queries whose answers differ
	Failing   int          `json:"failing"`         // queries with an error
	Ratio     float64      `json:"ratio,omitempty"` // geometric mean
}

// Comparison is one query on every endpoint.
type Comparison struct {
	Name    string   `json:"name"`
	Runs    []Timing `json:"runs"`              // by endpoint
	Answers string   `json:"answers,omitempty"` // "agree" or "differ", with two endpoints
	Ratio   float64  `json:"ratio,omitempty"`   // median of the first over the second
}

// Timing is one query on one endpoint.
type Timing struct {
	Results int     `json:"results"` // solutions or triples
	Median  float64 `json:"median_ms"`
	Min     float64 `json:"min_ms"`
	Max     float64 `json:"max_ms"`
	Error   string  `json:"error,omitempty"`

	times  []time.Duration
	answer fingerprint
}

// fingerprint stands for a multiset: the sum of its members' hashes, with their
// number. It does not depend on their order.
type fingerprint struct {
	n   int
	sum [4]uint64
}

func (f *fingerprint) add(member string) {
	h := sha256.Sum256([]byte(member))
	f.n++
	for i := range f.sum {
		f.sum[i] += binary.BigEndian.Uint64(h[8*i:])
	}
}

// Run runs every query on every endpoint: first to warm up, then in rounds
// in which the endpoints take turns in going first.
func Run(ctx context.Context, c *protocol.Client, endpoints []string, queries []Query,
	warmUp, rounds int) (*Report, error) {
	r := &Report{Endpoints: endpoints, Rounds: rounds}
	for _, q := range queries {
		r.Queries = append(r.Queries, Comparison{Name: q.name, Runs: make([]Timing, len(endpoints))})
	}
	for round := -warmUp; round < rounds; round++ {
		for i, q := range queries {
			for k := range endpoints {
				e := (k + max(round, 0)) % len(endpoints)
				run := &r.Queries[i].Runs[e]
				if run.Error != "" {
					continue
				}
				start := time.Now()
				answer, err := ask(ctx, c, endpoints[e], q.text)
				took := time.Since(start)
				switch {
				case ctx.Err() != nil:
					return nil, ctx.Err()
				case err != nil:
					run.Error = err.Error()
				case round >= 0:
					run.times = append(run.times, took)
					run.answer = answer
				}
			}
		}
	}
	r.summarise()
	return r, nil
}

// ask sends a query and reads the whole answer.
func ask(ctx context.Context, c *protocol.Client, endpoint, text string) (f fingerprint, err error) {
	a, err := c.Query(ctx, protocol.Request{Endpoint: endpoint, Query: text})
	if err != nil {
		return f, err
	}
	defer a.Close()
	if a.Quads != nil {
		seen := map[string]bool{} // a graph is a set, but may be sent with repeats
		for q, err := range a.Quads {
			if err != nil {
				return f, err
			}
			s := sameText(q.Subject) + " " + sameText(q.Predicate) + " " + sameText(q.Object)
			if !seen[s] {
				seen[s] = true
				f.add(s)
			}
		}
		return f, nil
	}
	if v, ok := a.Results.Boolean(); ok {
		f.add(strconv.FormatBool(v))
		return f, nil
	}
	order := variableOrder(a.Results.Vars())
	for s, err := range a.Results.Solutions() {
		if err != nil {
			return f, err
		}
		f.add(comparableSolution(s, a.Results.Vars(), order))
	}
	return f, nil
}

// variableOrder returns the places of the variables in alphabetical order.
func variableOrder(vars []string) []int {
	order := make([]int, len(vars))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case vars[a] < vars[b]:
			return -1
		case vars[a] > vars[b]:
			return 1
		}
		return 0
	})
	return order
}

func comparableSolution(s results.Solution, vars []string, order []int) string {
	var b []byte
	for _, i := range order {
		if !s[i].IsZero() {
			b = append(append(append(b, vars[i]...), '='), sameText(s[i])...)
			b = append(b, '\n')
		}
	}
	return string(b)
}

// sameText is a text under which terms of two endpoints are compared: numbers
// by value and datatype, blank nodes all the same.
func sameText(t term.Term) string {
	switch {
	case t.IsBlankNode():
		return "_:"
	case t.IsTripleTerm():
		r := t.Triple()
		return "<<(" + sameText(r.Subject) + " " + sameText(r.Predicate) + " " + sameText(r.Object) + ")>>"
	}
	switch t.Datatype() {
	case vocab.XSDInteger, vocab.XSDDecimal:
		if r, ok := new(big.Rat).SetString(t.Value()); ok && len(t.Value()) < 100 {
			return r.RatString() + "^^" + t.Datatype()
		}
	case vocab.XSDDouble, vocab.XSDFloat:
		if v, err := strconv.ParseFloat(t.Value(), 64); err == nil {
			return fmt.Sprintf("%.12g^^%s", v, t.Datatype())
		}
	}
	return t.String()
}

// summarise computes the figures from the times.
func (r *Report) summarise() {
	var logs float64
	var n int
	for i := range r.Queries {
		q := &r.Queries[i]
		failed := false
		for k := range q.Runs {
			run := &q.Runs[k]
			failed = failed || run.Error != ""
			run.Results = run.answer.n
			run.Median, run.Min, run.Max = spread(run.times)
		}
		if failed {
			r.Failing++
			continue
		}
		if len(q.Runs) < 2 {
			continue
		}
		q.Answers = "agree"
		if q.Runs[0].answer != q.Runs[1].answer {
			q.Answers = "differ"
			r.Differing++
		}
		q.Ratio = q.Runs[0].Median / q.Runs[1].Median
		logs += math.Log(q.Ratio)
		n++
	}
	if n > 0 {
		r.Ratio = math.Exp(logs / float64(n))
	}
}

// spread returns the median, least and greatest of durations in milliseconds.
func spread(ds []time.Duration) (median, least, greatest float64) {
	if len(ds) == 0 {
		return 0, 0, 0
	}
	s := slices.Sorted(slices.Values(ds))
	ms := func(d time.Duration) float64 { return float64(max(d, 1)) / 1e6 }
	mid := s[len(s)/2]
	if len(s)%2 == 0 {
		mid = (s[len(s)/2-1] + mid) / 2
	}
	return ms(mid), ms(s[0]), ms(s[len(s)-1])
}
