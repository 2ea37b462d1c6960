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
	Query(ctx context.Context, text string, o sparql.QueryOptions) (answer, error)
	Update(ctx context.Context, text string, o sparql.UpdateOptions) (sparql.UpdateResult, error)
	Running() []sparql.RunningQuery
	Cancel(id uint64) bool
	DefaultGraph() sparql.DefaultGraphMode
}

// answer is the result of a query.
type answer interface {
	Vars() []string
	Boolean() (bool, error)
	Solutions() iter.Seq2[results.Solution, error]
	Quads() iter.Seq2[term.Quad, error]
	Close()
}

// engine makes a [sparql.Engine] an evaluator: its result is one kind of answer.
type engine struct{ *sparql.Engine }

// Query implements evaluator.
func (e engine) Query(ctx context.Context, text string, o sparql.QueryOptions) (answer, error) {
	r, err := e.Engine.Query(ctx, text, o)
	if err != nil {
		return nil, err // not a nil *Result in an interface
	}
	return r, nil
}
