package feed

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"fincat/harvest/feed/operation"
)

// object is a JSON object.
type object = operation.Object

// openAPI answers with a description of the interfaces that answer in JSON (OpenAPI 3.1).
func (h *Handler) openAPI(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(description(h))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", openAPIType)
	w.Header().Set("ETag", entityTag(0, string(body)))
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func description(h *Handler) object {
	const plain = "application/json"
	names := object{"type": "array", "items": object{"type": "string"}}
	with := operation.With
	paths := object{
		"/sparql": operation.Asked("sparql", "SPARQL 1.1 查詢 | A SPARQL 1.1 query",
			operation.Answer("application/sparql-results+json", with("head")),
			operation.Param("query", "The query", true),
			operation.Param("default-graph-uri", "IRI of a default graph", false),
			operation.Param("named-graph-uri", "IRI of a named graph", false),
			operation.Param("timeout", "Seconds, at most what the server allows", false)),
		"/catalog.jsonld": operation.Asked("catalog", "DCAT 目錄的一頁 | A page of the catalogue as DCAT",
			operation.Answer("application/ld+json", with()),
			operation.Params("Narrows down the datasets, or says which page", pageParams()...)...),
		"/context.jsonld": operation.Asked("context", "JSON-LD 語境 | The context of our JSON-LD",
			operation.Answer("application/ld+json", with("@context"))),
		"/data.json": operation.Asked("dataJSON",
			"全部資料集,Project Open Data 1.1 | All datasets after Project Open Data 1.1",
			operation.Answer(plain, with("conformsTo", "dataset"))),
		"/api/v1/rest/dataset": operation.Asked("platformList",
			"資料集識別碼清單(跨平臺介接規範) | Identifiers of datasets (cross-platform rule of 2015)",
			operation.Answer(plain, operation.Envelope(names)),
			operation.Param("limit", "At most so many", false), operation.Param("offset", "Leave out so many", false),
			operation.Param("modified", "Changed since this time", false)),
		"/api/v1/rest/dataset/{id}": operation.Asked("platformShow", "一個資料集的 38 個欄位 | The 38 fields of a dataset",
			operation.Answer(plain, operation.Envelope(with())), operation.PathParam("id", "An identifier")),
		"/croissant.json": operation.Asked("croissant", "資料表的 Croissant 說明 | A dataset's table in Croissant 1.0",
			operation.Answer(plain, with("recordSet")), operation.Param("dataset", "The IRI of a dataset", true)),
		"/.well-known/api-catalog": operation.Asked("apiCatalog", "介接清單(RFC 9727) | The list of interfaces (RFC 9727)",
			operation.Answer("application/linkset+json", with("linkset"))),
	}
	for name, action := range ckanActions {
		paths["/api/3/action/"+name] = operation.Action(name, action.help, action.params)
	}
	maps.Copy(paths, h.Described)
	return operation.Document(string(h.Base), feedTitle, "What the catalogue answers in JSON. The other "+
		"interfaces are described at /.well-known/api-catalog.", paths)
}
