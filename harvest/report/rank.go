package report

import (
	"cmp"
	"slices"
)

// Rank is the place of a provider by the award rules of the plan.
type Rank struct {
	Place    int      `json:"place"`
	Provider string   `json:"provider"`
	Name     string   `json:"name"`
	Datasets int      `json:"datasets"`
	Score    float64  `json:"score"` // of 100
	Parts    []Points `json:"parts"`
}

// Points is what a provider got by one rule.
type Points struct {
	Rule     string  `json:"rule"`
	Measured float64 `json:"measured"`
	Points   float64 `json:"points"`
}

// rank ranks the providers that have datasets which were checked. Those with the same
// score share a place.
func (m *maker) rank(r *Report) {
	for _, p := range r.Providers {
		if len(p.Datasets) == 0 {
			continue
		}
		k := Rank{Provider: p.Provider, Name: p.Name, Datasets: len(p.Datasets)}
		for _, a := range m.plan.Awards {
			x := Points{Rule: a.ID, Measured: a.measure(p)}
			x.Points = a.Weight * min(x.Measured, 1)
			if a.Full > 0 {
				x.Points = a.Weight * min(x.Measured/a.Full, 1)
			}
			k.Score += x.Points
			k.Parts = append(k.Parts, x)
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

// measure is what a provider is given points for: the mean points of its badges, or the
// value of a target.
func (a *Award) measure(p *Report) float64 {
	if a.Measure != "badges" {
		return p.Figure(a.Measure).Value
	}
	sum := 0.0
	for _, d := range p.Datasets {
		sum += a.Points[d.Badge]
	}
	return sum / float64(len(p.Datasets))
}
