package openapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"fincat/harvest/document"
)

// Response is one answer of an operation.
type Response struct {
	Description document.LooseText
	Schema      *Schema                    // 2.0
	Examples    map[string]json.RawMessage // 2.0, by media type
	Content     map[string]Content         // 3.x

	schema json.RawMessage // as it is written
}

// UnmarshalJSON keeps the text of the schema as well.
func (r *Response) UnmarshalJSON(b []byte) error {
	type plainResponse Response
	if err := json.Unmarshal(b, (*plainResponse)(r)); err != nil {
		return err
	}
	r.schema = schemaText(b)
	return nil
}

// Content is an answer in one media type.
type Content struct {
	Schema   *Schema
	Example  json.RawMessage
	Examples map[string]struct{ ExternalValue string }

	schema json.RawMessage // as it is written
}

// UnmarshalJSON keeps the text of the schema as well.
func (c *Content) UnmarshalJSON(b []byte) error {
	type plainContent Content
	if err := json.Unmarshal(b, (*plainContent)(c)); err != nil {
		return err
	}
	c.schema = schemaText(b)
	return nil
}

// schemaText returns the text of an answer's schema, nil when it has none.
func schemaText(answer []byte) json.RawMessage {
	var m struct{ Schema json.RawMessage }
	if json.Unmarshal(answer, &m) != nil {
		return nil
	}
	return m.Schema
}

// Schema is what a catalogue needs of a schema.
type Schema struct {
	Ref                 string `json:"$ref"`
	Type                any
	Format              document.LooseText
	Items               *Schema
	AllOf, OneOf, AnyOf []*Schema
	Properties          json.RawMessage
	Example, Default    any
	Examples            []any
	Enum                []any
}

// UnmarshalJSON takes a schema of any form: true and false are schemas in 3.1,
// and what is none at all says nothing.
func (s *Schema) UnmarshalJSON(b []byte) error {
	type plainSchema Schema
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return nil
	}
	if err := json.Unmarshal(b, (*plainSchema)(s)); err != nil { // a member of another form than ours
		var m struct {
			Ref        string `json:"$ref"`
			Items      *Schema
			Properties json.RawMessage
		}
		if json.Unmarshal(b, &m) == nil {
			*s = Schema{Ref: m.Ref, Items: m.Items, Properties: m.Properties}
		}
	}
	return nil
}

// maxReferences bounds how often one reference leads to the next, and
// maxSchemaDepth how deep schemas are looked into.
const (
	maxReferences  = 16
	maxSchemaDepth = 12
	maxSchemas     = 2000 // looked into for one answer
	maxFields      = 500
)

// Success returns the answer that carries the data, 200, another 2xx or
// default, and where it stands. It calls unread for an answer that cannot be
// read.
func (d *Document) Success(
	path string, responses map[string]json.RawMessage, unread func(status string, err error),
) (*Response, string) {
	for _, status := range append([]string{"200"}, slices.Sorted(maps.Keys(responses))...) {
		raw, ok := responses[status]
		if !ok || !strings.HasPrefix(status, "2") && status != "default" {
			continue
		}
		var r Response
		if err := d.Decode(raw, &r); err != nil {
			unread(status, err)
			continue
		}
		return &r, document.Pointer("", "paths", path, "get", "responses", status)
	}
	return &Response{}, document.Pointer("", "paths", path, "get", "responses")
}

// Example returns the address of an example of the answer in one media type.
func (d *Document) Example(at, mediaType string, r *Response, c Content) string {
	found := ""
	switch {
	case r.Examples[mediaType] != nil:
		found = d.address + "#" + document.Pointer(at, "examples", mediaType)
	case len(c.Example) > 0:
		found = d.address + "#" + document.Pointer(at, "content", mediaType, "example")
	case len(c.Examples) > 0:
		name := slices.Min(slices.Collect(maps.Keys(c.Examples)))
		if found = c.Examples[name].ExternalValue; found != "" {
			found = document.Absolute(d.url, found)
		} else {
			found = d.address + "#" + document.Pointer(at, "content", mediaType, "examples", name)
		}
	}
	return found
}

// FieldNames returns the names of the properties of a record in the answer, in the
// order of the document. An answer that wraps a list of records, with a count
// or a message beside it, has the fields of those records.
func (d *Document) FieldNames(s *Schema) []string {
	var names []string
	d.looked = 0
	for _, p := range d.properties(s, 0) {
		if !slices.Contains(names, p.name) && len(names) < maxFields {
			names = append(names, p.name)
		}
	}
	return names
}

type property struct {
	name   string
	schema *Schema
}

func (d *Document) properties(s *Schema, depth int) []property {
	if d.looked++; s == nil || depth > maxSchemaDepth || d.looked > maxSchemas {
		return nil
	}
	if s.Ref != "" {
		var to Schema
		if d.Decode(d.find(s.Ref), &to) != nil {
			return nil
		}
		return d.properties(&to, depth+1)
	}
	out := schemaProperties(s.Properties)
	for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf) {
		out = append(out, d.properties(part, depth+1)...)
	}
	if len(out) == 0 {
		return d.properties(s.Items, depth+1)
	}
	if inner := d.wrapped(out, depth); inner != nil {
		return inner
	}
	return out
}

// wrapped returns the properties of the records in the only list of records
// among some properties.
func (d *Document) wrapped(outer []property, depth int) []property {
	var found []property
	for _, p := range outer {
		list := p.schema
		for range maxReferences {
			var to Schema
			if list == nil || list.Ref == "" || d.Decode(d.find(list.Ref), &to) != nil {
				break
			}
			list = &to
		}
		if list == nil || list.Items == nil {
			continue
		}
		inner := d.properties(list.Items, depth+1)
		if len(inner) == 0 {
			continue
		}
		if found != nil {
			return nil
		}
		found = inner
	}
	return found
}

// schemaProperties returns an object's members in document order.
func schemaProperties(raw json.RawMessage) []property {
	var out []property
	for _, m := range membersOf(raw) {
		var schema Schema
		if json.Unmarshal(m.text, &schema) == nil {
			out = append(out, property{m.name, &schema})
		}
	}
	return out
}

type member struct {
	name string
	text json.RawMessage
}

// membersOf returns the first members of an object that have a name, in document order.
func membersOf(raw json.RawMessage) []member {
	var out []member
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for dec.More() && len(out) <= maxFields {
		t, err := dec.Token()
		if err != nil {
			return out
		}
		var text json.RawMessage
		if dec.Decode(&text) != nil {
			return out
		}
		if name, ok := t.(string); ok && strings.TrimSpace(name) != "" {
			out = append(out, member{strings.TrimSpace(name), text})
		}
	}
	return out
}
