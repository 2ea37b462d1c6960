package editor

import (
	"errors"
	"net/http"

	"fincat/sparql"
	"fincat/sparql/syntax"
)

// verdict says whether a text is a query.
type verdict struct {
	Form  string   `json:"form,omitempty"`
	Vars  []string `json:"vars,omitempty"`
	Error *fault   `json:"error,omitempty"`
}

// fault is what is wrong with a text. Line and Column count from 1, columns in characters;
// without a place both are 0.
type fault struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// check judges a query by the engine's own parser; nothing is run. A text that is no query
// is a good question with a bad answer, not a problem.
func (e *Editor) check(r *http.Request, text string) (any, error) {
	q, _, err := e.parse(r.Context(), text)
	if err == nil {
		return verdict{Form: q.Form().String(), Vars: q.Vars()}, nil
	}
	if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
		where := *bad
		message := syntax.Error{Found: where.Found, Expected: where.Expected, Message: where.Message, Hint: where.Hint}
		return verdict{Error: &fault{where.Line, where.Column, message.Error()[len("0:0: "):]}}, nil
	}
	if request := (*sparql.RequestError)(nil); errors.As(err, &request) {
		return verdict{Error: &fault{Message: request.Error()}}, nil
	}
	return nil, err
}
