package oas

import "slices"

// Keywords of JSON Schema 2020-12 whose values are schemas, lists of schemas, or schemas by
// name.
var (
	schemaIn = []string{"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
		"unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema"}
	schemasIn = []string{"allOf", "anyOf", "oneOf", "prefixItems"}
	schemasBy = []string{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
)

// extraFields returns the fields that a document of OpenAPI 3.1 may have although the
// library does not know them: the path items of its components (§4.8.7), and whatever
// stands in its schemas, for JSON Schema allows any keyword.
func extraFields(root any) []string {
	fields := map[string]bool{"pathItems": true}
	outside(root, fields)
	var out []string
	for f := range fields {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// outside looks for the schemas in a value that is none.
func outside(v any, fields map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			outside(e, fields)
		}
	case map[string]any:
		for name, e := range v {
			switch name {
			case "schema":
				inside(e, fields)
			case "schemas":
				each(e, fields)
			default:
				outside(e, fields)
			}
		}
	}
}

// inside takes the fields of a schema and of those in it.
func inside(v any, fields map[string]bool) {
	schema, _ := v.(map[string]any)
	for name, e := range schema {
		fields[name] = true
		switch {
		case slices.Contains(schemaIn, name):
			inside(e, fields)
		case slices.Contains(schemasIn, name), slices.Contains(schemasBy, name):
			each(e, fields)
		}
	}
}

// each takes the fields of the schemas in a list or by name.
func each(v any, fields map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			inside(e, fields)
		}
	case map[string]any:
		for _, e := range v {
			inside(e, fields)
		}
	}
}
