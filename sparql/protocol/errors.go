package protocol

import (
	"context"
	"errors"
	"net/http"

	"fincat/sparql"
	"fincat/sparql/results"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab/rdfio"
)

// problemOf finds the status and the words for an error. What is nobody's
// business stays in the log.
func problemOf(err error) *Problem {
	var (
		p         *Problem
		syntaxErr *syntax.Error
		docErr    *rdfio.Error
		docLimit  *rdfio.LimitError
		limit     *sparql.LimitError
		request   *sparql.RequestError
		tooLarge  *http.MaxBytesError
		unfit     *results.CharacterError
		endpoint  *EndpointError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &endpoint) && !errors.Is(err, sparql.ErrTimeout) && !errors.Is(err, sparql.ErrCanceled):
		return problemf(http.StatusBadGateway, "%v", endpoint)
	case errors.As(err, &syntaxErr):
		return &Problem{
			Status: http.StatusBadRequest, Detail: "syntax error: " + syntaxErr.Error(),
			Line: syntaxErr.Line, Column: syntaxErr.Column, Found: syntaxErr.Found, Expected: syntaxErr.Expected,
		}
	case errors.As(err, &request):
		return problemf(http.StatusBadRequest, "%v", err)
	case errors.As(err, &tooLarge):
		return problemf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.As(err, &docErr):
		return &Problem{Status: http.StatusBadRequest, Detail: docErr.Error(), Line: docErr.Line, Column: docErr.Column}
	case errors.As(err, &docLimit):
		return &Problem{Status: http.StatusRequestEntityTooLarge, Detail: docLimit.Error(), Line: docLimit.Line, Column: docLimit.Column}
	case errors.As(err, &unfit):
		return problemf(http.StatusNotAcceptable, "%v", unfit)
	case errors.As(err, &limit):
		return &Problem{Status: http.StatusServiceUnavailable, Detail: limit.Error()}
	case errors.Is(err, sparql.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return problemf(http.StatusGatewayTimeout, "the request did not finish in time")
	case errors.Is(err, sparql.ErrCanceled), errors.Is(err, context.Canceled):
		return problemf(http.StatusServiceUnavailable, "the request was cancelled")
	case errors.Is(err, store.ErrReadOnly):
		return problemf(http.StatusForbidden, "the store is read-only")
	case errors.Is(err, store.ErrConflict):
		return &Problem{Status: http.StatusConflict, Detail: "another change came in between", RetryAfter: 1}
	}
	return problemf(http.StatusInternalServerError, "an internal error; the server's log says more")
}
