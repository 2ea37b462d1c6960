package algebra

import "fmt"

// RequestError says that a request is well-formed but asks for what cannot be
// done: the fault is the request's, and its author should read the message.
type RequestError struct{ Message string }

// Error returns the message.
func (e *RequestError) Error() string { return e.Message }

// Requestf returns a [*RequestError].
func Requestf(format string, a ...any) *RequestError {
	return &RequestError{Message: fmt.Sprintf(format, a...)}
}
