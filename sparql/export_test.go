package sparql

import (
	"context"
	"testing"

	"fincat/store"
	"fincat/vocab/term"
)

// What tests outside this package use of those inside.

// SuiteAnswer is the result of a query of the suites.
type SuiteAnswer = answer

// SuiteRunner answers the requests of the suites.
type SuiteRunner struct {
	Query  func(ctx context.Context, e *Engine, text, base, result string) (SuiteAnswer, error)
	Update func(ctx context.Context, e *Engine, text, base string) ([]term.Quad, error)
}

func (r SuiteRunner) query(ctx context.Context, e *Engine, text, base, result string) (answer, error) {
	return r.Query(ctx, e, text, base, result)
}

func (r SuiteRunner) update(ctx context.Context, e *Engine, text, base string) ([]term.Quad, error) {
	return r.Update(ctx, e, text, base)
}

// RunSuites runs the evaluation tests of every suite.
func RunSuites(t *testing.T, r SuiteRunner) { runSuites(t, r) }

// StoreOf returns the store of an engine.
func StoreOf(e *Engine) *store.Store { return e.o.Store }
