package protocol

import (
	"context"
	"iter"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/vocab/term"
)

// evaluator is the engine as the handlers use it. Tests put in its place one
// that fails where a real one seldom does.
type evaluator interface {
	ParseQuery(ctx context.Context, text string, o sparql.QueryOptions) (*sparql.Query, error)
	Run(ctx context.Context, q *sparql.Query, o sparql.QueryOptions) (answer, error)
	ParseUpdate(ctx context.Context, text string, o sparql.UpdateOptions) (*sparql.Update, error)
	RunUpdate(ctx context.Context, u *sparql.Update, o sparql.UpdateOptions) (sparql.UpdateResult, error)
	Running() []sparql.RunningQuery
	Cancel(id uint64) bool
	DefaultGraph() sparql.DefaultGraphMode
	Memory(stop func(error)) *sparql.Memory
}

// answer is the result of a query.
type answer interface {
	Vars() []string
	Boolean() (bool, error)
	Solutions() iter.Seq2[results.Solution, error]
	Quads() iter.Seq2[term.Quad, error]
	Err() error
	Context() context.Context // done when the query has to end
	Close()
}

// engine makes a [sparql.Engine] an evaluator: its result is one kind of answer.
type engine struct{ *sparql.Engine }

// Run implements evaluator.
func (e engine) Run(ctx context.Context, q *sparql.Query, o sparql.QueryOptions) (answer, error) {
	r, err := e.Engine.Run(ctx, q, o)
	if err != nil {
		return nil, err // not a nil *Result in an interface
	}
	return r, nil
}
