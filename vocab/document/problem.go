package document

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is something wrong at one place of a document.
type Problem struct {
	Line, Column int    // of the fault, from 1; columns count characters
	Text         string // the source around the fault, at most one line
	Message      string // what was met and what was expected
}

// Error returns "line:column: message", with the text where there is one.
func (p Problem) Error() string {
	if p.Text == "" {
		return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message)
	}
	return fmt.Sprintf("%d:%d: %s, in %q", p.Line, p.Column, p.Message, p.Text)
}

// Error is a syntax error. Reading ends with it, unless it is lenient.
type Error struct {
	Syntax string // such as "N-Triples"
	Problem
}

// Error names the syntax, the place, the fault and the text around it.
func (e *Error) Error() string { return e.Syntax + ": " + e.Problem.Error() }

// LimitError says which of the [Limits] a document has exceeded. It ends
// lenient reading too.
type LimitError struct {
	Limit string // "nesting depth", "literal size", "statements" or "document size"
	Max   int64
	Problem
}

// Error names the limit and the place where it was passed.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%d:%d: %s exceeds the limit of %d", e.Line, e.Column, e.Limit, e.Max)
}

// Excerpt returns the line of b that holds position at, cut to 80 characters
// on either side of it.
func Excerpt(b []byte, at int) string {
	at = max(0, min(at, len(b)))
	start, end := at, at
	for start > 0 && b[start-1] != '\n' && b[start-1] != '\r' && at-start < 80 {
		start--
	}
	for end < len(b) && b[end] != '\n' && b[end] != '\r' && end-at < 80 {
		end++
	}
	for start < at && !utf8.RuneStart(b[start]) {
		start++
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(b[start:end]), "\uFFFD"))
}

// Found describes what stands at the beginning of b, for messages.
func Found(b []byte) string {
	if len(b) == 0 {
		return "the end of the document"
	}
	r, n := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && n == 1:
		return fmt.Sprintf("the byte 0x%02X, which is not UTF-8", b[0])
	case r == '\n' || r == '\r':
		return "the end of the line"
	case r < ' ' || r == 0x7F:
		return fmt.Sprintf("the control character U+%04X", r)
	}
	for n < len(b) && n < 24 && IsNameByte(b[0]) && IsNameByte(b[n]) {
		n++
	}
	for n > 0 && n < len(b) && !utf8.RuneStart(b[n]) {
		n--
	}
	return "'" + string(b[:n]) + "'"
}

// IsNameByte reports whether c can stand in a name, a language tag or a blank
// node label, so that messages show such a word whole.
func IsNameByte(c byte) bool {
	return c >= 0x80 || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("@:_-", c) >= 0
}

// IsHex reports whether c is a hexadecimal digit.
func IsHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
