package oas

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/openapi"
)

// Fields that are true or false, of parameters and headers (OpenAPI 3.0 §4.7.12) and of
// schemas (§4.7.24).
var (
	parameterFlags = []string{"required", "deprecated", "allowEmptyValue", "explode", "allowReserved"}
	schemaFlags    = []string{"nullable", "readOnly", "writeOnly", "deprecated", "uniqueItems"}
)

// strictness looks for what the library lets pass although OpenAPI 3 forbids it.
type strictness struct {
	r    *Result
	old  bool // 3.0, whose schemas are not those of JSON Schema 2020-12
	fine bool
}

// strict tells whether the fields have the types and members that OpenAPI 3 asks for, as far
// as the library does not.
func (r *Result) strict(root any, d *openapi.Document) bool {
	s := &strictness{r: r, old: strings.HasPrefix(string(d.OpenAPI), "3.0."), fine: true}
	members, _ := root.(map[string]any)
	if d.Swagger != "" {
		s.swagger(members)
		return s.fine
	}
	tags, _ := members["tags"].([]any)
	for i, tag := range tags { // §4.7.22
		t, _ := tag.(map[string]any)
		if _, ok := t["name"].(string); !ok {
			s.fail(document.Pointer("", "tags", strconv.Itoa(i)), "a tag has no name")
		}
	}
	s.outside(root, "")
	return s.fine
}

func (s *strictness) fail(place, message string) {
	s.r.fail("invalid", place, "%s", message)
	s.fine = false
}

// outside looks for parameters and schemas in a value that is neither.
func (s *strictness) outside(v any, place string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			s.outside(e, document.Pointer(place, strconv.Itoa(i)))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			at := document.Pointer(place, name)
			switch {
			case strings.HasPrefix(name, "x-"), name == "example", name == "examples":
			case name == "schema":
				s.schema(v[name], at)
			case name == "schemas":
				s.each(v[name], at, s.schema)
			case name == "parameters", name == "headers":
				s.each(v[name], at, s.parameter)
			default:
				s.outside(v[name], at)
			}
		}
	}
}

// each hands over the values of a list, or of an object.
func (s *strictness) each(v any, place string, take func(v any, place string)) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			take(e, document.Pointer(place, strconv.Itoa(i)))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			take(v[name], document.Pointer(place, name))
		}
	}
}

func (s *strictness) parameter(v any, place string) {
	s.flags(v, place, parameterFlags)
	s.outside(v, place)
}

func (s *strictness) flags(v any, place string, names []string) {
	members, _ := v.(map[string]any)
	for _, name := range names {
		if f, ok := members[name]; ok {
			if _, ok := f.(bool); !ok {
				s.fail(document.Pointer(place, name), name+" is neither true nor false")
			}
		}
	}
}

// schema looks at a schema and those in it. Beside a reference nothing counts in 3.0
// (§4.7.23).
func (s *strictness) schema(v any, place string) {
	members, _ := v.(map[string]any)
	if _, ok := members["$ref"]; ok && s.old {
		return
	}
	s.flags(v, place, schemaFlags)
	if d, ok := members["discriminator"]; ok {
		o, _ := d.(map[string]any)
		if _, ok := o["propertyName"].(string); !ok { // §4.7.25
			s.fail(document.Pointer(place, "discriminator"), "a discriminator names no property")
		}
	}
	if s.old {
		for _, name := range []string{"required", "enum"} { // JSON Schema, Wright Draft 00 §5.15, §5.20
			if list, ok := members[name].([]any); ok && len(list) == 0 {
				s.fail(document.Pointer(place, name), name+" is an empty list")
			}
		}
		if _, ok := members["type"].([]any); ok {
			s.fail(document.Pointer(place, "type"), "type is a list, which OpenAPI 3.0 does not know")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		at := document.Pointer(place, name)
		switch {
		case slices.Contains(schemaIn, name):
			s.schema(members[name], at)
		case slices.Contains(schemasIn, name), slices.Contains(schemasBy, name):
			s.each(members[name], at, s.schema)
		}
	}
}
