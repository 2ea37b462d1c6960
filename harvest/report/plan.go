package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed plan.json
var planText []byte

// The kinds of targets.
const (
	shareKind = "share" // of the datasets
	countKind = "count"
)

// Target is one aim of the plan.
type Target struct {
	ID        string   `json:"id"`
	ZH        string   `json:"zh"`
	EN        string   `json:"en"`
	Kind      string   `json:"kind"` // share or count
	Goal      float64  `json:"goal"`
	Query     string   `json:"query"` // name of the query that answers it
	Metric    string   `json:"metric,omitempty"`
	Values    []string `json:"values,omitempty"` // of the metric, that count
	Badge     string   `json:"badge,omitempty"`  // the lowest that counts
	Certainty string   `json:"certainty"`
}

// Award is one rule by which providers are ranked.
type Award struct {
	ID        string             `json:"id"`
	ZH        string             `json:"zh"`
	EN        string             `json:"en"`
	Weight    float64            `json:"weight"`
	Measure   string             `json:"measure"` // badges, replies, use, or a target
	Full      float64            `json:"full,omitempty"`
	Points    map[string]float64 `json:"points,omitempty"` // of each badge
	Certainty string             `json:"certainty"`
}

// Plan is what the plan asks for.
type Plan struct {
	Targets []Target `json:"targets"`
	Awards  []Award  `json:"awards"`
}

// NewPlan returns the plan that comes with the program, with other goals for the targets
// that goals names.
func NewPlan(goals map[string]float64) (*Plan, error) {
	p := &Plan{}
	if err := json.Unmarshal(planText, p); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	var known []string
	left := maps.Clone(goals)
	for i := range p.Targets {
		t := &p.Targets[i]
		known = append(known, t.ID)
		goal, ok := goals[t.ID]
		if !ok {
			continue
		}
		delete(left, t.ID)
		if goal < 0 || t.Kind == shareKind && goal > 1 {
			return nil, fmt.Errorf("goals: %s: %v: give a share from 0 to 1, or a number of datasets", t.ID, goal)
		}
		t.Goal = goal
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		return nil, fmt.Errorf("goals: there is no target %.40q; there are %s", id, strings.Join(known, ", "))
	}
	return p, nil
}
