package carry

import (
	"maps"
	"slices"

	"fincat/harvest/document"
	"fincat/harvest/mapping"
	"fincat/harvest/openapi"
)

// body returns what is said of the body of an operation's requests: its description, and
// for each media type the fields that it has. In 2.0 it is a parameter.
func (a *Record) body(rec *mapping.Record, op map[string]any) map[string]any {
	body := maps.Clone(a.object(op["requestBody"]))
	content, _ := body["content"].(map[string]any)
	for _, v := range mapping.ListOf(op["parameters"]) {
		if p := a.object(v); p["in"] == "body" {
			body = maps.Clone(p)
			content = map[string]any{"": map[string]any{"schema": p["schema"]}}
			delete(body, "in")
			delete(body, "schema")
		}
	}
	if text, ok := body["description"].(string); ok {
		body["description"] = a.text(document.Plain(text))
	}
	delete(body, "content")
	var forms []any
	for _, media := range slices.Sorted(maps.Keys(content)) {
		if form := a.form(rec, media, content[media]); len(form) > 0 {
			forms = append(forms, form)
		}
	}
	if len(forms) > 0 {
		body["content"] = forms
	}
	return body
}

// form returns what is said of a body in one media type.
func (a *Record) form(rec *mapping.Record, media string, v any) map[string]any {
	form := maps.Clone(a.object(v))
	if form == nil {
		form = map[string]any{}
	}
	delete(form, "schema")
	var c openapi.Content
	if a.decode(v, &c) == nil {
		var fields []any
		for _, f := range a.fieldsOf(rec, c) {
			fields = append(fields, a.text(f.Describe(a.Mapper.Language)))
		}
		if len(fields) > 0 {
			form["properties"] = fields
		}
	}
	if media != "" {
		form["mediaType"] = media
	}
	return form
}
