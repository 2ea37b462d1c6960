package syntax

import (
	"fmt"
	"strings"
)

// Error is a syntax error, with its place in the text. Line and Column count
// from 1, columns in characters.
type Error struct {
	Line, Column int
	Found        string // the token met, or "end of input"
	Expected     string // what could have stood there; empty for errors of meaning
	Message      string // what is wrong, for errors of meaning
	Hint         string // what may have been meant; usually empty
}

// Error returns "line:column: " and what is wrong.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d: ", e.Line, e.Column)
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	default:
		fmt.Fprintf(&b, "found %s", e.Found)
	}
	if e.Expected != "" {
		fmt.Fprintf(&b, ", expected %s", e.Expected)
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}
