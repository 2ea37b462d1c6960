package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/quality"
)

// Rank is the place of a provider by the award rules of the plan.
type Rank struct {
	Place    int      `json:"place"`
	Provider string   `json:"provider"`
	Name     string   `json:"name"`
	Datasets int      `json:"datasets"`
	Score    float64  `json:"score"` // of 100, by the rules that apply
	Parts    []Points `json:"parts"`
}

// Points is what a provider got by one rule, and from what. A rule of which nothing is known, such
// as replies where nobody has asked, does not apply: the others count for its weight too.
type Points struct {
	Rule     string  `json:"rule"`
	Measured float64 `json:"measured"`
	Points   float64 `json:"points"`
	Applies  bool    `json:"applies"`
	From     []Trace `json:"from,omitempty"`
}

// Trace is a dataset or a request that was measured.
type Trace struct {
	Dataset string  `json:"dataset"` // IRI
	What    string  `json:"what,omitempty"`
	Counts  float64 `json:"counts"` // what it adds before the mean is taken, or the sum
}

// rank ranks the providers that have datasets which were checked. Those with the same
// score share a place.
func (m *maker) rank(r *Report) {
	for _, p := range r.Providers {
		if len(p.Datasets) == 0 {
			continue
		}
		k := Rank{Provider: p.Provider, Name: p.Name, Datasets: len(p.Datasets)}
		weights := 0.0
		for i := range m.plan.Awards {
			a := &m.plan.Awards[i]
			x := m.measure(a, p)
			if x.Rule = a.ID; x.Applies {
				weights += a.Weight
				x.Points = a.Weight * min(x.Measured/cmp.Or(a.Full, 1), 1)
			}
			k.Score += x.Points
			k.Parts = append(k.Parts, x)
		}
		if weights > 0 {
			k.Score *= 100 / weights
		}
		r.Ranking = append(r.Ranking, k)
	}
	slices.SortStableFunc(r.Ranking, func(a, b Rank) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Provider, b.Provider))
	})
	for i := range r.Ranking {
		r.Ranking[i].Place = i + 1
		if i > 0 && r.Ranking[i-1].Score == r.Ranking[i].Score {
			r.Ranking[i].Place = r.Ranking[i-1].Place
		}
	}
}

// The measures of award rules beside targets.
const (
	badgesMeasure  = "badges"  // mean points of the badges
	repliesMeasure = "replies" // share of the requests that were answered in time
	useMeasure     = "use"     // uses for each dataset
)

// measure is what a provider is given points for by a rule.
func (m *maker) measure(a *Award, p *Report) Points {
	var x Points
	switch a.Measure {
	case badgesMeasure:
		for _, d := range p.Datasets {
			x.From = append(x.From, Trace{d.Dataset, d.Badge, a.Points[d.Badge]})
		}
		return x.mean()
	case repliesMeasure:
		return m.replies(p)
	case useMeasure:
		used := m.o.Use[p.Quarter]
		for _, d := range p.Datasets {
			if n := used[m.shortName(d.Dataset)]; n > 0 {
				x.From = append(x.From, Trace{d.Dataset, strconv.FormatFloat(n, 'f', -1, 64), n})
				x.Measured += n
			}
		}
		x.Measured /= float64(len(p.Datasets))
		x.Applies = len(used) > 0
		return x
	}
	f := p.Figure(a.Measure)
	x.Measured, x.Applies = f.Value, f.Kind == countKind || f.Of > 0
	for _, d := range f.Counted {
		x.From = append(x.From, Trace{Dataset: d, Counts: 1})
	}
	for _, d := range f.Short {
		x.From = append(x.From, Trace{Dataset: d})
	}
	return x
}

// mean measures the mean of what counts.
func (x Points) mean() Points {
	for _, t := range x.From {
		x.Measured += t.Counts
	}
	if x.Applies = len(x.From) > 0; x.Applies {
		x.Measured /= float64(len(x.From))
	}
	return x
}

// replies measures the requests about a provider's datasets that were answered in the quarter, or
// whose time was over by its end.
func (m *maker) replies(p *Report) (x Points) {
	from := m.o.Quarter.Start().Format(time.DateOnly)
	until := m.at.In(taipei).Format(time.DateOnly)
	for _, q := range m.o.Asked.List {
		i := slices.IndexFunc(p.Datasets, func(d Dataset) bool {
			return q.Dataset != "" && (q.Dataset == d.Dataset || q.Dataset == d.Identifier ||
				q.Dataset == m.shortName(d.Dataset))
		})
		if i < 0 || q.Asked > until {
			continue
		}
		if q.Answered > until { // that is not known yet
			q.Answered = ""
		}
		state, _ := m.o.Asked.State(q, m.at)
		if state == quality.RequestOpen || q.Answered != "" && q.Answered < from {
			continue
		}
		t := Trace{Dataset: p.Datasets[i].Dataset, What: fmt.Sprintf("%s – %s: %s", q.Asked, q.Answered, state)}
		if state == quality.RequestAnswered {
			t.Counts = 1
		}
		x.From = append(x.From, t)
	}
	return x.mean()
}

// shortName is what commands and the configuration call a dataset, such as twse/123.
func (m *maker) shortName(dataset string) string {
	return strings.TrimPrefix(dataset, string(m.base)+"dataset/")
}
