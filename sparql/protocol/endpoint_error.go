package protocol

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"fincat/sparql/results"
	"fincat/vocab/rdfio"
)

// EndpointError says that an endpoint could not be asked, refused, or sent an
// answer that could not be read to its end.
type EndpointError struct {
	Endpoint string
	Status   int // HTTP status of a refusal, otherwise zero
	Err      error
}

// Error names the endpoint and the cause, with what the endpoint said. It is for
// those who run the server; [EndpointError.Public] is for those who ask it.
func (e *EndpointError) Error() string { return "endpoint " + e.Endpoint + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *EndpointError) Unwrap() error { return e.Err }

// Public tells a client of the server what went wrong, in words that repeat nothing
// of what the endpoint answered and name no address or resolver: else anybody could
// use the server to look into networks that only it can reach.
func (e *EndpointError) Public() string {
	var (
		notAsked  *notAskedError
		dial      *net.OpError
		name      *net.DNSError
		transport *url.Error
		large     *rdfio.LimitError
	)
	what := "its answer cannot be read"
	switch {
	case e.Status != 0:
		what = fmt.Sprintf("it refuses with the status %d %s", e.Status, http.StatusText(e.Status))
	case errors.As(e.Err, &notAsked):
		what = notAsked.words
	case errors.Is(e.Err, context.DeadlineExceeded):
		what = "it did not answer in time"
	case errors.As(e.Err, &dial), errors.As(e.Err, &name), errors.As(e.Err, &transport):
		what = "it cannot be reached, or its address is one that this server sends no requests to"
	case errors.As(e.Err, &large), errors.Is(e.Err, results.ErrLimit), errors.Is(e.Err, errTooMany):
		what = "its answer is too large"
	}
	return "endpoint " + e.Endpoint + ": " + what
}

// notAskedError is a reason of this server for not asking, in words for everybody.
type notAskedError struct{ words string }

func (e *notAskedError) Error() string { return e.words }

func notAsked(format string, a ...any) error { return &notAskedError{fmt.Sprintf(format, a...)} }

// errTooMany is the limit on the solutions of one answer.
var errTooMany = errors.New("more solutions than allowed")

func endpointError(endpoint string, err error) error {
	var e *EndpointError
	if errors.As(err, &e) {
		return err
	}
	return &EndpointError{Endpoint: endpoint, Err: err}
}
