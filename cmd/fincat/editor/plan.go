package editor

import (
	"net/http"

	"fincat/sparql"
)

// steps is the plan of a query that was run.
type steps struct {
	Steps []step `json:"steps"`
}

// step is an operator of a plan. Those below it follow it with a greater depth.
type step struct {
	Depth    int     `json:"depth"`
	Does     string  `json:"does"`
	Expected float64 `json:"expected"` // solutions
	Ran      bool    `json:"ran"`      // else what follows is unknown
	Actual   int64   `json:"actual"`   // solutions
	Seconds  float64 `json:"seconds"`  // with all that is below
	Starts   int64   `json:"starts"`
}

// plan runs a query to its end and returns its plan with what was expected and measured.
func (e *Editor) plan(r *http.Request, text string) (any, error) {
	o := sparql.QueryOptions{Base: string(e.o.Base), Timeout: e.o.Timeout}
	p, err := e.o.Engine.Explain(r.Context(), text, o, true)
	if err != nil {
		return nil, err
	}
	var out steps
	for _, s := range p.Steps() {
		one := step{Depth: s.Depth, Does: s.Label, Expected: s.Expected}
		if a := s.Actual; a != nil {
			one.Ran, one.Actual, one.Seconds, one.Starts = true, a.Rows, a.Time.Seconds(), a.Starts
		}
		out.Steps = append(out.Steps, one)
	}
	return out, nil
}
