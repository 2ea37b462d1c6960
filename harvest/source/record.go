package source

import (
	"context"
	"fmt"
	"iter"

	"fincat/vocab/dcat"
)

// Record is one dataset as a source describes it. Dataset is nil when the
// record could not be mapped, and Problems then says why, or when it is gone.
type Record struct {
	ID       string // the source's identifier
	Place    Place
	Dataset  *dcat.Dataset
	Problems []Problem
	Deleted  bool // the source says that the record is gone
}

// Place tells where in a source something stands.
type Place struct {
	URL     string `json:"url"`
	Locator string `json:"locator,omitempty"` // "line 5", a JSON pointer such as "/paths/~1x", or a selector
}

// String returns the place as one address-like text.
func (p Place) String() string {
	if p.Locator == "" {
		return p.URL
	}
	return p.URL + "#" + p.Locator
}

// Severity grades a problem as SHACL does.
type Severity string

// The severities: a record with a violation is not taken over.
const (
	Info      Severity = "info"
	Warning   Severity = "warning"
	Violation Severity = "violation"
)

// Problem is one thing found wrong with a record or a source.
type Problem struct {
	Severity Severity `json:"severity"`
	Record   string   `json:"record,omitempty"` // the source's identifier
	Place    Place    `json:"place"`
	Rule     string   `json:"rule"`            // name of the rule, such as "title-missing"
	Value    string   `json:"value,omitempty"` // the value at fault
	Message  string   `json:"message"`
	Remedy   string   `json:"remedy"` // what to do about it
}

// Kind is one kind of source.
type Kind struct {
	Name string
	// Gather yields the records. An error ends the stream and means that the
	// gathering is incomplete; it should be an [*Error].
	Gather func(ctx context.Context, s *Session) iter.Seq2[*Record, error]
	// Volatile names the properties that change without the metadata having
	// changed. They are left out when records are compared.
	Volatile []string
	// Check reports settings that this kind needs and the configuration lacks.
	Check func(c *Config) error
}

// Error is a failure of a whole source: it says where and what to do.
type Error struct {
	Place  Place
	Rule   string // name of the rule or limit, such as "max_bytes"
	Remedy string
	Status int // of the HTTP answer that was the failure, else 0
	Err    error
}

// Error returns the message with its place and remedy.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %v (%s)", e.Place, e.Err, e.Remedy)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Problem returns the error as a problem of the source.
func (e *Error) Problem() Problem {
	return Problem{Severity: Violation, Place: e.Place, Rule: e.Rule, Message: e.Err.Error(), Remedy: e.Remedy}
}

func fail(p Place, rule, remedy, format string, args ...any) *Error {
	return &Error{Place: p, Rule: rule, Remedy: remedy, Err: fmt.Errorf(format, args...)}
}

// problem adds a problem to the record.
func (r *Record) problem(sev Severity, rule, value, message, remedy string) {
	r.Problems = append(r.Problems, Problem{Severity: sev, Record: r.ID, Place: r.Place, Rule: rule, Value: value, Message: message, Remedy: remedy})
}

// broken returns a record that could not be mapped.
func broken(id string, p Place, rule, value, message, remedy string) *Record {
	r := &Record{ID: id, Place: p}
	r.problem(Violation, rule, value, message, remedy)
	return r
}
