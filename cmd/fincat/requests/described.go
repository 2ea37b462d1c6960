package requests

import (
	"net/http"

	"fincat/cmd/fincat/access"
	"fincat/harvest/feed/operation"
)

// Described describes the routes for programs in OpenAPI.
func Described() map[string]any {
	id := operation.PathParam("id", "Identifier of a request or comment")
	one := operation.Answer("application/json", operation.With("id", "kind", "version", "title", "state", "events"))
	all := operation.Answer("application/json", operation.With("requests", "waiting", "figures"))
	text := map[string]any{"type": "string"}
	act := operation.Secured(operation.New("actOnRequest", "公開、不公開或處理案件 | Publishes, rejects or answers", one, id),
		string(access.Provider))
	act["requestBody"] = sends([]string{"action", "version"}, operation.Object{"action": text,
		"version": map[string]any{"type": "integer"}, "text": text, "reason": text, "organisation": text,
		"expected": text, "result": text, "edits": map[string]any{"type": "object", "additionalProperties": text}})
	gone := operation.Secured(operation.WithStatus("204", "forgetRequester", "刪除提出者的資料 | Forgets who filed it",
		map[string]any{"description": http.StatusText(http.StatusNoContent)}, id), string(access.Administrator))
	forget := operation.Secured(operation.New("forgetAddress", "刪除一個地址的所有資料 | Forgets an address",
		operation.Answer("application/json", operation.With("forgotten"))), string(access.Administrator))
	forget["requestBody"] = sends([]string{"address"}, operation.Object{"address": text})
	return map[string]any{
		"/admin/requests": map[string]any{"get": operation.Secured(operation.New("requests",
			"所有資料需求與意見 | All requests and comments", all), string(access.Reader))},
		"/admin/requests/{id}":   map[string]any{"post": act, "delete": gone},
		"/admin/requests/forget": map[string]any{"post": forget},
	}
}

// sends describes the JSON that is sent.
func sends(required []string, properties operation.Object) operation.Object {
	return operation.Object{"required": true, "content": operation.Object{"application/json": operation.Object{
		"schema": operation.Object{"type": "object", "required": required, "properties": properties}}}}
}
