package source

import (
	"bytes"
	"encoding/json"
	"strings"
)

// looseText is a JSON value that should be a string: real catalogues write
// numbers, booleans and null where the specification says text. Objects and
// arrays are kept as JSON.
type looseText string

// UnmarshalJSON takes any JSON value.
func (t *looseText) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case bytes.Equal(b, []byte("null")):
	case len(b) > 0 && b[0] == '"':
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	default:
		s = string(b)
	}
	*t = looseText(strings.TrimSpace(s))
	return nil
}

// looseList is a JSON array, or one value where an array should be.
type looseList[T any] []T

// UnmarshalJSON takes an array, a single value or null.
func (l *looseList[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]T)(l))
	}
	if bytes.Equal(b, []byte("null")) || bytes.Equal(b, []byte(`""`)) {
		return nil
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = looseList[T]{one}
	return nil
}
