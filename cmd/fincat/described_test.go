package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"fincat/cmd/fincat/access"
	"fincat/harvest/quality/oas"
)

// TestAdminDescribed: /openapi.json is valid, and has every route below /admin with its
// methods, and no other.
func TestAdminDescribed(t *testing.T) {
	w := httptest.NewRecorder()
	bareServer(t).http.Handler.ServeHTTP(w, httptest.NewRequest("GET", bareBase+"openapi.json", nil))
	doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err == nil {
		err = doc.Validate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if r := oas.Check(t.Context(), w.Body.Bytes(), oas.Dataset{}); !r.Valid {
		t.Errorf("the description is not valid: %+v", r)
	}
	known := access.Routes()
	for path, roles := range known {
		if !strings.HasPrefix(path, "/admin/") {
			continue
		}
		for method, role := range roles {
			if method == http.MethodHead || method == http.MethodOptions {
				continue
			}
			item := doc.Paths.Value(path)
			if item == nil || item.GetOperation(method) == nil {
				t.Errorf("%s %s is not described", method, path)
				continue
			}
			op := item.GetOperation(method)
			if op.Security == nil || !strings.Contains(op.Description, string(role)) || op.Summary == "" {
				t.Errorf("%s %s needs the role %s and is described as %q, %q", method, path, role, op.Summary,
					op.Description)
			}
		}
	}
	ids := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if other, ok := ids[op.OperationID]; ok {
				t.Errorf("%s and %s have the same id", other, path)
			}
			ids[op.OperationID] = path
			if _, ok := known[path][method]; strings.HasPrefix(path, "/admin/") && !ok {
				t.Errorf("%s %s is described and there is no such route", method, path)
			}
		}
	}
	run := doc.Paths.Value("/admin/runs/errors").Get
	if run.Parameters.GetByInAndName("query", "of") == nil ||
		run.Responses.Value("200").Value.Content["application/json"] == nil {
		t.Errorf("the problems of runs are described as %+v", run)
	}
	if p := doc.Paths.Value("/admin/query").Post.Parameters; p.GetByInAndName("query", "store") != nil ||
		p.GetByInAndName("query", "format") == nil {
		t.Errorf("a query has parameters %+v", p)
	}
}
