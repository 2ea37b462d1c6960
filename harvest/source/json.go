package source

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"fincat/vocab/dcat"
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

// members are those of a JSON object of any form.
type members map[string]any

// list returns a member as an array: a single value is an array of one.
func (o members) list(name string) []any {
	switch v := o[name].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// objects returns the objects among a member's values.
func (o members) objects(name string) []members {
	var out []members
	for _, v := range o.list(name) {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// text returns the text of the first of the members that has one.
func (o members) text(names ...string) string {
	for _, name := range names {
		for _, v := range o.list(name) {
			if t := textOf(v); t != "" {
				return t
			}
		}
	}
	return ""
}

// texts returns a member's values as text without markup, in the language they
// name or else that of the source.
func (o members) texts(s *Session, name string) []dcat.Text {
	var out []dcat.Text
	for _, v := range o.list(name) {
		t := s.text(plain(textOf(v)))
		if m, ok := v.(map[string]any); ok && textOf(m["@language"]) != "" {
			t.Lang = textOf(m["@language"])
		}
		if t.Value != "" {
			out = append(out, t)
		}
	}
	return out
}

// textOf returns the text of a value; of an object that of the member that
// says what it is or is called.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		for _, name := range []string{"@value", "@id", "prefLabel", "name", "title", "label", "fn", "notation"} {
			if t := textOf(v[name]); t != "" {
				return t
			}
		}
	case []any:
		for _, e := range v {
			if t := textOf(e); t != "" {
				return t
			}
		}
	}
	return ""
}
