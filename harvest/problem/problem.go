package problem

import "fmt"

// Place tells where in a source something stands.
type Place struct {
	URL     string `json:"url"`
	Locator string `json:"locator,omitempty"` // "line 5", a JSON pointer such as "/paths/~1x", or a selector
}

// At is a place inside a document.
func At(address, locator string) Place { return Place{URL: address, Locator: locator} }

func (p Place) bounded() Place { return Place{Cut(p.URL, maxText), Cut(p.Locator, maxText)} }

// String returns the place as one address-like text.
func (p Place) String() string {
	if p.Locator == "" {
		return p.URL
	}
	return p.URL + "#" + p.Locator
}

// Line is the locator of a line.
func Line(n int) string { return fmt.Sprintf("line %d", n) }

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

	// Again is what the source is asked for again in the next run because of the
	// problem, an identifier or an address; "" when that cannot be asked for alone.
	Again string `json:"again,omitempty"`
}

// Bounded returns the problem with its texts cut to a size that a line of a
// report can hold, and in words that name no types of the program.
func (p Problem) Bounded() Problem {
	p.Record, p.Place, p.Value = Cut(p.Record, maxText), p.Place.bounded(), Cut(p.Value, maxText)
	p.Message, p.Remedy = plain(p.Message), plain(p.Remedy)
	return p
}

// Error is a failure of a whole source: it says where and what to do.
type Error struct {
	Place  Place
	Rule   string // name of the rule or limit, such as "max_bytes"
	Remedy string
	Status int // of the HTTP answer that was the failure, else 0
	Err    error
}

// Errorf returns an error whose message is formatted as that of fmt.Errorf.
func Errorf(p Place, rule, remedy, format string, args ...any) *Error {
	return &Error{Place: p, Rule: rule, Remedy: remedy, Err: fmt.Errorf(format, args...)}
}

// Error returns the message with its place and remedy.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (%s)", e.Place.bounded(), plain(e.Err.Error()), plain(e.Remedy))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Problem returns the error as a problem of the source.
func (e *Error) Problem() Problem {
	p := Problem{Severity: Violation, Place: e.Place, Rule: e.Rule, Message: e.Err.Error(), Remedy: e.Remedy}
	return p.Bounded()
}
