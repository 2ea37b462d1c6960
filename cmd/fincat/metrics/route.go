package metrics

import (
	"net/http"
	"strings"
)

// Route names the routes with metrics of their own; the IRIs of the catalogue
// are one.
func Route(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch first {
	case "sparql", "update", "data", "query", "search", "catalog", "static", "healthz", "readyz", "metrics", "admin",
		"console":
		return "/" + first
	case "":
		return "/"
	}
	return "/resource"
}
