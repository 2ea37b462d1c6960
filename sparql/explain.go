package sparql

import (
	"context"

	"fincat/sparql/plan"
)

// Plan is how a query is evaluated, for people to read.
type Plan struct {
	root   plan.Node
	actual map[plan.Node]*plan.Actual
}

// String prints the operators as a tree: what each does, how many solutions
// were expected and, when the query was run, how many there were and how long
// the operator took with all below it.
func (p *Plan) String() string { return plan.Print(p.root, p.actual) }

// Steps returns the operators, each before those below it.
func (p *Plan) Steps() []plan.Step { return plan.Steps(p.root, p.actual) }

// Explain returns the plan of a query. With analyze the query is run to its
// end, and the plan carries what was measured.
func (e *Engine) Explain(ctx context.Context, text string, o QueryOptions, analyze bool) (*Plan, error) {
	q, err := e.ParseQuery(ctx, text, o)
	if err != nil {
		return nil, err
	}
	r, err := e.run(ctx, q, o, analyze)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	p := &Plan{root: r.plan, actual: r.env.Actual}
	if !analyze {
		return p, nil
	}
	switch r.Form() {
	case Ask:
		_, err = r.Boolean()
	case Select:
		for _, err = range r.Solutions() {
			if err != nil {
				break
			}
		}
	default:
		for _, err = range r.Quads() {
			if err != nil {
				break
			}
		}
	}
	return p, err
}
