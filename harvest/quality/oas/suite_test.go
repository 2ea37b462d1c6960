package oas

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// departures are documents of the specification's tests that are judged differently, and
// why.
var departures = map[string]string{
	"pass/operation-object-example.yaml":              "its path parameter id is not declared",
	"pass/security-scheme-object-examples.yaml":       "it refers to another document",
	"pass/style-defaults.yaml":                        "a path parameter is not required (OpenAPI 3.1 §4.8.12.1)",
	"fail/header-object-allowReserved.yaml":           "the library takes allowReserved anywhere",
	"fail/parameter-object-header-allowReserved.yaml": "the library takes allowReserved anywhere",
	"fail/server_enum_empty.yaml":                     "the library takes an empty enum of a server's variable",
}

// TestSpecification runs the tests of the schema of OpenAPI 3.1.
func TestSpecification(t *testing.T) {
	const root = "testdata/oas-3.1"
	files, err := filepath.Glob(root + "/*/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d documents, %v", len(files), err)
	}
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := Check(context.Background(), body, Dataset{})
			right := got.Valid == (filepath.Dir(name) == "pass")
			if why, departs := departures[filepath.ToSlash(name)]; departs == right {
				t.Errorf("Check = %+v; departs because %q", got, why)
			}
		})
	}
}
