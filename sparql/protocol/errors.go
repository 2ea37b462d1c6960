package protocol

import (
	"context"
	"errors"
	"net/http"

	"fincat/sparql"
	"fincat/sparql/gate"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/store/moment"
	"fincat/vocab/rdfio"
)

// FullDisk is what somebody is told whose change a full disk keeps from being made.
const FullDisk = "the disk of the server is full, so nothing was changed: make room and try again; " +
	"queries, dumps and backups work meanwhile"

// FullSpill is what somebody is told whose query needs temporary files that a full disk
// has no room for.
const FullSpill = "the query needs more memory than there is for it, and the disk of the server has no room for " +
	"temporary files: ask for less, or make room and try again"

// ProblemOf returns the status and the words for an error. The text of an error
// inside the server is not among them: it goes to the log only.
func ProblemOf(err error) *Problem {
	var (
		p         *Problem
		syntaxErr *syntax.Error
		docErr    *rdfio.Error
		docLimit  *rdfio.LimitError
		limit     *sparql.LimitError
		request   *sparql.RequestError
		tooLarge  *http.MaxBytesError
		unfit     *rdfio.UnfitError
		busy      *gate.BusyError
		endpoint  *EndpointError
		spill     *sparql.SpillError
		when      *moment.Error
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &endpoint) && !errors.Is(err, sparql.ErrTimeout) && !errors.Is(err, sparql.ErrCanceled):
		return problemf(http.StatusBadGateway, "%s", endpoint.Public())
	case errors.As(err, &syntaxErr):
		return &Problem{
			Status: http.StatusBadRequest, Detail: "syntax error: " + syntaxErr.Error(),
			Line: syntaxErr.Line, Column: syntaxErr.Column, Found: syntaxErr.Found, Expected: syntaxErr.Expected,
			Hint: syntaxErr.Hint,
		}
	case errors.As(err, &when) && when.Early:
		return problemf(http.StatusNotFound, "%v", err)
	case errors.As(err, &when):
		return problemf(http.StatusBadRequest, "%v", err)
	case errors.Is(err, store.ErrHistory):
		return problemf(http.StatusGone, "the history that is kept does not reach back to that state any more")
	case errors.As(err, &request):
		return problemf(http.StatusBadRequest, "%v", err)
	case errors.As(err, &tooLarge):
		return problemf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.As(err, &docErr):
		return &Problem{Status: http.StatusBadRequest, Detail: docErr.Error(), Line: docErr.Line,
			Column: docErr.Column}
	case errors.As(err, &docLimit):
		return &Problem{Status: http.StatusRequestEntityTooLarge, Detail: docLimit.Error(), Line: docLimit.Line,
			Column: docLimit.Column}
	case errors.As(err, &busy) && busy.Client:
		return &Problem{Status: http.StatusTooManyRequests, Detail: busy.Error(), RetryAfter: 1}
	case errors.As(err, &busy):
		return &Problem{Status: http.StatusServiceUnavailable, Detail: busy.Error(), RetryAfter: 2}
	case errors.As(err, &unfit):
		return problemf(http.StatusNotAcceptable, "this syntax cannot express the answer, others can, such as "+
			"text/turtle and application/n-quads: %v", unfit)
	case errors.As(err, &limit):
		return &Problem{Status: http.StatusServiceUnavailable, Detail: limit.Error()}
	case errors.Is(err, sparql.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return problemf(http.StatusGatewayTimeout, "the request did not finish in time")
	case errors.Is(err, sparql.ErrCanceled), errors.Is(err, context.Canceled):
		return problemf(http.StatusServiceUnavailable, "the request was cancelled")
	case errors.Is(err, store.ErrReadOnly):
		return problemf(http.StatusForbidden, "the store is read-only")
	case errors.As(err, &spill) && store.IsFull(err):
		return problemf(http.StatusInsufficientStorage, "%s", FullSpill)
	case store.IsFull(err):
		return problemf(http.StatusInsufficientStorage, "%s", FullDisk)
	case errors.Is(err, store.ErrConflict):
		return &Problem{Status: http.StatusConflict, Detail: "another change came in between", RetryAfter: 1}
	}
	return problemf(http.StatusInternalServerError, "an internal error; the server's log says more")
}
