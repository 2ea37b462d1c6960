package oas

import (
	"maps"
	"slices"

	"fincat/harvest/document"
)

// swagger looks at the parameters of Swagger 2.0, which the library reads more freely: those of
// the document, of its paths and of their operations.
func (s *strictness) swagger(root map[string]any) {
	s.each(root["parameters"], "/parameters", s.oldParameter)
	paths, _ := root["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item, _ := paths[path].(map[string]any)
		at := document.Pointer("", "paths", path)
		s.each(item["parameters"], document.Pointer(at, "parameters"), s.oldParameter)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			if operation, ok := item[method].(map[string]any); ok {
				s.each(operation["parameters"], document.Pointer(at, method, "parameters"), s.oldParameter)
			}
		}
	}
}

// oldTypes are those of a parameter that is no body (Swagger 2.0, Parameter Object).
var oldTypes = []string{"string", "number", "integer", "boolean", "array", "file"}

// oldParameter looks at a parameter: one that is no body has a type, and an array its items.
func (s *strictness) oldParameter(v any, place string) {
	p, _ := v.(map[string]any)
	if _, ok := p["$ref"]; ok || p == nil {
		return
	}
	s.flags(p, place, []string{"required", "allowEmptyValue"})
	if p["in"] == "body" {
		if _, ok := p["schema"].(map[string]any); !ok {
			s.fail(place, "the body has no schema")
		}
		return
	}
	kind, _ := p["type"].(string)
	_, items := p["items"].(map[string]any)
	switch {
	case !slices.Contains(oldTypes, kind):
		s.fail(place, "a parameter has no type that Swagger 2.0 knows")
	case kind == "file" && p["in"] != "formData":
		s.fail(place, "a parameter that is a file is not in formData")
	case kind == "array" && !items:
		s.fail(place, "a parameter that is an array has no items")
	}
}
