package operation

import "strings"

// Object is a JSON object of a description.
type Object = map[string]any

// Document is a description of paths below a base, which ends with a slash. What an
// operation that is [Secured] needs is described too.
func Document(base, title, about string, paths Object) Object {
	return Object{
		"openapi": "3.1.0",
		"info":    Object{"title": title, "version": "1", "description": about},
		"servers": []Object{{"url": strings.TrimSuffix(base, "/")}},
		"paths":   paths,
		"components": Object{
			"schemas": Object{"Problem": Object{"type": "object",
				"description": "A problem (RFC 9457)", "required": []string{"status", "title"},
				"properties": Object{"type": Object{"type": "string"}, "title": Object{"type": "string"},
					"status": Object{"type": "integer"}, "detail": Object{"type": "string"}}}},
			"securitySchemes": Object{tokenScheme: Object{"type": "http", "scheme": "bearer",
				"description": "A token of the catalogue's administrators"}}},
	}
}

// tokenScheme is the name under which a token is described.
const tokenScheme = "token"

// New describes a request that has one kind of answer, with status 200, or fails with a problem.
func New(id, summary string, ok Object, params ...Object) Object {
	return WithStatus("200", id, summary, ok, params...)
}

// WithStatus is New of a request whose answer has another status.
func WithStatus(status, id, summary string, ok Object, params ...Object) Object {
	out := Object{"operationId": id, "summary": summary, "responses": Object{status: ok,
		"default": Object{"description": "A problem", "content": Object{"application/problem+json": Object{
			"schema": Object{"$ref": "#/components/schemas/Problem"}}}}}}
	if len(params) > 0 {
		out["parameters"] = params
	}
	return out
}

// Asked describes a path that is only asked.
func Asked(id, summary string, ok Object, params ...Object) Object {
	return Object{"get": New(id, summary, ok, params...)}
}

// Action describes the path of an action as CKAN has them: it takes its parameters from the
// address or as an object.
func Action(name, help string, fields []string) Object {
	result := Answer("application/json", Envelope(Object{}))
	properties := Object{}
	for _, field := range fields {
		properties[field] = Object{"type": []string{"string", "number", "boolean", "array"}}
	}
	post := New(name+"Post", help, result)
	post["requestBody"] = Object{"content": Object{"application/json": Object{"schema": Object{"type": "object",
		"properties": properties, "additionalProperties": false}}}}
	return Object{"get": New(name, help, result, Params("See help_show", fields...)...), "post": post}
}

// Secured says that an operation needs a token of a role.
func Secured(operation Object, role string) Object {
	operation["security"] = []Object{{tokenScheme: []string{}}}
	operation["description"] = "Needs a token of the role " + role + "."
	return operation
}

// Param describes a parameter of the address.
func Param(name, about string, required bool) Object {
	return Object{"name": name, "in": "query", "required": required, "description": about,
		"schema": Object{"type": "string"}}
}

// Params describes parameters of the address that need not be given.
func Params(about string, names ...string) []Object {
	var out []Object
	for _, name := range names {
		out = append(out, Param(name, about, false))
	}
	return out
}

// PathParam describes a part of the path.
func PathParam(name, about string) Object {
	return Object{"name": name, "in": "path", "required": true, "description": about,
		"schema": Object{"type": "string"}}
}

// Answer describes an answer by its media type and JSON schema.
func Answer(mediaType string, schema Object) Object {
	return Object{"description": "The answer", "content": Object{mediaType: Object{"schema": schema}}}
}

// With is the schema of an object that has some keys.
func With(keys ...string) Object {
	if len(keys) == 0 {
		return Object{"type": "object"}
	}
	return Object{"type": "object", "required": keys}
}

// Envelope is the schema of what CKAN and the cross-platform rule put a result into.
func Envelope(result Object) Object {
	return Object{"type": "object", "required": []string{"success"}, "properties": Object{
		"success": Object{"type": "boolean"}, "result": result, "error": Object{"type": "object"}}}
}
