package saving

import (
	"net/http"

	"fincat/cmd/fincat/access"
	"fincat/harvest/feed/operation"
)

// Described describes the routes for programs in OpenAPI.
func Described() map[string]any {
	name := operation.PathParam("name", "Name of a saved query or an example")
	version := operation.PathParam("version", "Number of a version")
	format := operation.Param("format", "Syntax of the answer: json, xml, csv, tsv; ttl, jsonld and so on for graphs",
		false)
	own := map[string]any{"name": "parameters", "in": "query", "required": false, "style": "form", "explode": true,
		"description": "The parameters of the query by name, as its description lists them",
		"schema":      map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}}
	answer := operation.Answer("application/sparql-results+json", operation.With("head"))
	one := operation.Answer("application/json", operation.With("name", "address", "api", "query", "parameters",
		"versions"))
	list := operation.Answer("application/json", map[string]any{"type": "array",
		"items": operation.With("name", "address", "api", "query")})
	body := map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{
		"schema": map[string]any{"type": "object", "required": []string{"query"}, "properties": map[string]any{
			"name": map[string]any{"type": "string"}, "title": map[string]any{"type": "string"},
			"query": map[string]any{"type": "string"}}}}}}
	save := operation.Secured(operation.WithStatus("201", "saveQuery", "儲存查詢 | Saves a query, or a short link to one",
		one), string(access.Known))
	change := operation.Secured(operation.WithStatus("201", "changeQuery", "儲存新版本 | Saves a version", one, name),
		string(access.Known))
	remove := operation.Secured(operation.WithStatus("204", "removeQuery", "刪除查詢 | Takes a query away",
		map[string]any{"description": http.StatusText(http.StatusNoContent)}, name), string(access.Known))
	save["requestBody"], change["requestBody"] = body, body
	return map[string]any{
		"/saved": map[string]any{"get": operation.New("savedQueries", "已儲存的查詢 | Saved queries that have a title", list,
			operation.Param("page", "Number of the page, from 1", false)), "post": save},
		"/saved/{name}": map[string]any{"get": operation.New("savedQuery", "查詢與其版本 | A query and its versions", one,
			name), "post": change, "delete": remove},
		"/api/query/{name}": operation.Asked("answer", "查詢的結果 | The answer of a query", answer, name, format, own),
		"/api/query/{name}/{version}": operation.Asked("answerOfVersion", "某版本的結果 | The answer of a version", answer,
			name, version, format, own),
	}
}
