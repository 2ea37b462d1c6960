package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// LooseText is a JSON value that should be a string: real catalogues write
// numbers, booleans and null where the specification says text. Objects and
// arrays are kept as JSON.
type LooseText string

// UnmarshalJSON takes any JSON value.
func (t *LooseText) UnmarshalJSON(b []byte) error {
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
	*t = LooseText(strings.TrimSpace(s))
	return nil
}

// LooseList is a JSON array, or one value where an array should be.
type LooseList[T any] []T

// UnmarshalJSON takes an array, a single value or null.
func (l *LooseList[T]) UnmarshalJSON(b []byte) error {
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
	*l = LooseList[T]{one}
	return nil
}

// Object is a JSON object of any form, by the names of its members.
type Object map[string]any

// List returns a member as an array: a single value is an array of one.
func (o Object) List(name string) []any {
	switch v := o[name].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// Objects returns the objects among a member's values.
func (o Object) Objects(name string) []Object {
	var out []Object
	for _, v := range o.List(name) {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// Text returns the text of the first of the members that has one.
func (o Object) Text(names ...string) string {
	for _, name := range names {
		for _, v := range o.List(name) {
			if t := TextOf(v); t != "" {
				return t
			}
		}
	}
	return ""
}

// TextOf returns the text of a value; of an object that of the member that
// says what it is or is called.
func TextOf(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		for _, name := range []string{"@value", "@id", "prefLabel", "name", "title", "label", "fn", "notation"} {
			if t := TextOf(v[name]); t != "" {
				return t
			}
		}
	case []any:
		for _, e := range v {
			if t := TextOf(e); t != "" {
				return t
			}
		}
	}
	return ""
}

// ReadObject decodes a JSON object, with its strings repaired if need be. Numbers
// are json.Number.
func ReadObject(raw []byte) (map[string]any, error) {
	m, _, err := readObject(raw)
	return m, err
}

// readObject is [ReadObject]; valid tells that the text is a JSON object and nothing
// else.
func readObject(raw []byte) (m map[string]any, valid bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err = dec.Decode(&m); err == nil {
		return m, len(bytes.TrimSpace(raw[dec.InputOffset():])) == 0, nil
	}
	repaired, readErr := RepairJSONText(&fetch.Response{}, raw)
	if readErr == nil && !bytes.Equal(repaired, raw) {
		dec = json.NewDecoder(bytes.NewReader(repaired))
		dec.UseNumber()
		m = nil
		readErr = dec.Decode(&m)
		if readErr == nil {
			return m, false, nil
		}
	}
	return nil, false, fmt.Errorf("broken JSON: %w", err)
}

// ValueText returns the text of an entry's value: of an array that of each member
// on a line, of an object its #text or date.
func ValueText(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case map[string]any:
		return First(ValueText(v["#text"]), ValueText(v["date"]))
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, ValueText(e))
		}
		return strings.Join(parts, "\n")
	}
	return ""
}

// All returns the texts of a member's values.
func (o Object) All(name string) []string {
	var out []string
	for _, v := range o.List(name) {
		if t := TextOf(v); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// JSONError says where a JSON document is broken, and whether it is JSON at all.
func JSONError(r *fetch.Response, body []byte, err error) error {
	offset := int64(len(body))
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	line := 1 + bytes.Count(body[:min(int(offset), len(body))], []byte("\n"))
	p := problem.At(r.URL, problem.Line(line))
	return jsonFault(p, body, syntax != nil && offset >= int64(len(body)), int64(len(body)), err)
}
