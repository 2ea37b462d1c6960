package oas

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	title    = "保險業申訴統計"
	resource = "https://data.insure.gov.tw/api/v1/complaints?format=csv"
	docURL   = "https://data.insure.gov.tw/swagger.json"
)

func dataset() Dataset {
	return Dataset{Title: title, Identifier: "14504", Addresses: []string{resource, docURL},
		Fields: []string{"年", "公司名稱", "件數"}}
}

const (
	info    = `"info": {"title": "保險資料", "version": "1"}`
	servers = `"servers": [{"url": "https://data.insure.gov.tw/api/v1"}]`
	schema  = `{"type": "array", "items": {"type": "object", "properties": {"年": {"type": "string"}, ` +
		`"公司名稱": {"type": "string"}, "件數": {"type": "integer"}}}}`
	answers = `"responses": {"200": {"description": "OK",
		"content": {"application/json": {"schema": ` + schema + `}}}}`
)

// get is an operation.
func get(more string) string {
	if more != "" {
		more += ", "
	}
	return `{"get": {` + more + answers + `}}`
}

// v3 is a document of a version, with members beside openapi.
func v3(version string, members ...string) string {
	return `{"openapi": "` + version + `", ` + strings.Join(members, ", ") + `}`
}

// doc is a document of 3.0.3 with these paths.
func doc(paths string) string { return v3("3.0.3", info, servers, `"paths": {`+paths+`}`) }

// complaints is a document of 3.0.3 that serves the dataset.
func complaints() string { return doc(`"/complaints": ` + get("")) }

type trap struct {
	name      string
	doc       string
	dataset   func(*Dataset)
	counts    bool
	valid     bool
	operation string
	rules     string // of the findings, those that matter
}

func addresses(a ...string) func(*Dataset) { return func(d *Dataset) { d.Addresses = a } }

var swagger2 = `{"swagger": "2.0", ` + info + `, "host": "data.insure.gov.tw", "basePath": "/api/v1",
	"schemes": ["http"],
	"produces": ["application/json"],
		"paths": {"/complaints": {"get": {"responses": {"200": {"description": "OK",
	"schema": ` + schema + `}}}}}}`

// validity are the traps of documents that are, or are not, valid.
var validity = []trap{
	{"3.0", complaints(), nil, true, true, "GET /complaints", ""},
	{"3.0 in YAML", yamlDoc, nil, true, true, "GET /complaints", ""},
	{"2.0", swagger2, nil, true, true, "GET /complaints", ""},
	{"3.1", v3("3.1.0", info, servers, `"paths": {"/complaints": `+get("")+`}`), nil, true, true,
		"GET /complaints", ""},
	{"3.1 with what only it has", v3("3.1.1", info, servers, `"paths": {"/complaints": `+get("")+`}`,
		`"components": {"schemas": {"a": {"type": ["string", "null"], "const": "x"}}}`), nil, true,
		true,
		"GET /complaints", ""},
	{"3.0 with what only 3.1 has", v3("3.0.3", info, servers, `"paths": {"/complaints": `+get("")+`}`,
		`"components": {"schemas": {"a": {"type": ["string", "null"]}}}`), nil, false, false,
		"GET /complaints", "invalid"},
	{"byte order mark", "\ufeff" + complaints(), nil, true, true, "GET /complaints", ""},
	{"version 4", v3("4.0.0", info, servers, `"paths": {"/complaints": `+get("")+`}`), nil, false,
		false, "", "version"},
	{"version of two numbers", v3("3.0", info, servers, `"paths": {"/complaints": `+get("")+`}`), nil,
		false, false, "",
		"version"},
	{"version 1.2", strings.Replace(swagger2, `"2.0"`, `"1.2"`, 1), nil, false, false, "", "version"},
	{"version 3 of Swagger", strings.Replace(swagger2, `"2.0"`, `"3.0.0"`, 1), nil, false, false, "",
		"version"},
	{"version a number", strings.Replace(swagger2, `"2.0"`, `2.0`, 1), nil, false, false,
		"GET /complaints", "invalid"},
	{"no version", `{` + info + `, "paths": {}}`, nil, false, false, "", "api-description-missing"},
	{"both versions", `{"swagger": "2.0", "openapi": "3.0.0", ` + info + `, "paths": {}}`, nil, false,
		false, "", "version"},
	{"no info", v3("3.0.3", servers, `"paths": {"/complaints": `+get("")+`}`), nil, false, false,
		"GET /complaints",
		"required-missing"},
	{"no title", v3("3.0.3", `"info": {"version": "1"}`, servers,
		`"paths": {"/complaints": `+get("")+`}`), nil, false,
		false, "GET /complaints", "required-missing"},
	{"no version of the document", v3("3.0.3", `"info": {"title": "t"}`, servers,
		`"paths": {"/complaints": `+get("")+`}`),
		nil, false, false, "GET /complaints", "required-missing"},
	{"2.0 without info", strings.Replace(swagger2, info+", ", "", 1), nil, false, false, "GET /complaints",
		"required-missing"},
	{"no paths", v3("3.0.3", info, servers), nil, false, false, "", "required-missing"},
	{"2.0 without paths", `{"swagger": "2.0", ` + info + `}`, nil, false, false, "", "invalid"},
	{"empty paths", doc(""), nil, false, true, "", "no-operation"},
	{"webhooks only", v3("3.1.0", info,
		`"webhooks": {"changed": {"post": {"responses": {"200": {"description": "OK"}}}}}`),
		nil, false, true, "", "no-operation"},
	{"components only", v3("3.1.0", info, `"components": {"schemas": {"a": {"type": "string"}}}`), nil,
		false, true, "",
		"no-operation"},
	{"3.1 without anything", v3("3.1.0", info), nil, false, false, "", "no-paths"},
	{"path parameter undeclared", doc(`"/complaints/{year}": ` + get("")), func(d *Dataset) {
		d.Addresses = []string{"https://data.insure.gov.tw/api/v1/complaints/115"}
	}, false, false, "GET /complaints/{year}", "path-parameter-undeclared"},
	{"path parameter without a path",
		doc(`"/complaints": ` + get(`"parameters": [{"name": "year", "in": "path",
		"required": true, "schema": {"type": "string"}}]`)), nil, false, false, "GET /complaints",
		"path-parameter-undeclared"},
	{"operationId twice", doc(`"/complaints": ` + get(`"operationId": "a"`) + `,
		"/other": ` + get(`"operationId": "a"`)),
		nil, false, false, "GET /complaints", "operation-id-duplicate"},
	{"no answers", doc(`"/complaints": {"get": {}}`), nil, false, false, "", "no-data-answer"},
	{"answer without description", doc(`"/complaints": {"get": {"responses": {"200": {}}}}`), nil,
		false, false,
		"GET /complaints", "required-missing"},
	{"path without slash", doc(`"complaints": ` + get("")), nil, false, false, "", "invalid"},
	{"reference broken", doc(`"/complaints": {"get": {"responses":
		{"200": {"$ref": "#/components/responses/none"}}}}`), nil,
		false, false, "GET /complaints", "ref-broken"},
	{"reference to a server", refDoc("http://169.254.169.254/schema.json#/a"), nil, false, false,
		"GET /complaints",
		"ref-refused"},
	{"reference to a file", refDoc("file:///etc/passwd"), nil, false, false, "GET /complaints",
		"ref-refused"},
	{"reference to a path", refDoc("/etc/passwd"), nil, false, false, "GET /complaints", "ref-refused"},
	{"reference to a file beside", refDoc("../schemas.yaml#/a"), nil, false, false, "GET /complaints",
		"ref-refused"},
	{"reference to a share", refDoc(`\\\\host\\share\\a.json`), nil, false, false, "GET /complaints",
		"ref-refused"},
	{"references in a circle that means something", v3("3.0.3", info, servers,
		`"paths": {"/complaints": `+get("")+`}`,
		`"components": {"schemas": {"node": {"type": "object",
			"properties": {"next": {"$ref": "#/components/schemas/node"}}}}}`),
		nil, true, true, "GET /complaints", ""},
	{"references in a circle that means nothing", v3("3.0.3", info, servers,
		`"paths": {"/complaints": `+get("")+`}`,
		`"components": {"schemas": {"a": {"$ref": "#/components/schemas/b"},
			"b": {"$ref": "#/components/schemas/a"}}}`),
		nil, false, false, "GET /complaints", ""},
	{"a property called $ref", v3("3.0.3", info, servers, `"paths": {"/complaints": `+get("")+`}`,
		`"components": {"schemas": {"a": {"type": "object",
			"properties": {"$ref": {"type": "string"}}}}}`), nil, true,
		true, "GET /complaints", ""},
	{"example with a reference", doc(`"/complaints": {"get": {"responses": {"200": {"description": "OK", "content":
		{"application/json": {"example": {"$ref": "http://a.example/x"}}}}}}}`), nil, true, true,
		"GET /complaints", ""},
	{"example of another type", v3("3.0.3", info, servers, `"paths": {"/complaints": `+get("")+`}`,
		`"components": {"schemas": {"a": {"type": "integer", "example": "x", "default": "y"}}}`),
		nil, true, true,
		"GET /complaints", ""},
	{"pattern that Go does not know", v3("3.0.3", info, servers, `"paths": {"/complaints": `+get("")+`}`,
		`"components": {"schemas": {"a": {"type": "string", "pattern": "^(?!x)[a-z]+$"}}}`), nil,
		true, true,
		"GET /complaints", ""},
	{"page of Swagger UI", "<!DOCTYPE html><html><head><title>Swagger UI</title></head></html>", nil, false,
		false, "", "html-instead-of-data"},
	{"login page", "\n<html><form action=login><input type=password></form></html>", nil, false, false, "",
		"html-instead-of-data"},
	{"empty", "  ", nil, false, false, "", "empty"},
	{"broken", complaints()[:200], nil, false, false, "", ""},
	{"comma too many", strings.Replace(complaints(), `"1"}`, `"1",}`, 1), nil, false, false, "", "json"},
	{"broken YAML", "openapi: 3.0.3\ninfo: {title: a\npaths: [", nil, false, false, "", "yaml"},
	{"the data itself", `[{"年": "115", "件數": 3}]`, nil, false, false, "", ""},
	{"CSV", "年,公司名稱,件數\n115,甲,3\n", nil, false, false, "", ""},
	{"JSON Schema", `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}`,
		nil, false, false, "",
		"api-description-missing"},
	{"AsyncAPI", `{"asyncapi": "2.6.0", ` + info + `, "channels": {}}`, nil, false, false, "",
		"api-description-missing"},
	{"Postman collection", `{"info": {"_postman_id": "x", "name": "a"}, "item": []}`, nil, false, false, "",
		"api-description-missing"},
	{"an error", `{"status": 404, "error": "Not Found"}`, nil, false, false, "", "api-description-missing"},
	{"aliases of gigabytes", bomb(), nil, false, false, "", "yaml"},
	{"nested too deep", v3("3.0.3", info, servers, `"paths": {}`, `"x-a": `+strings.Repeat("[",
		500)+strings.Repeat("]", 500)),
		nil, false, false, "", "too-large"},
	{"too large", complaints() + strings.Repeat(" ", maxBytes), nil, false, false, "", "too-large"},
	{"too many values", v3("3.0.3", info, servers, `"paths": {}`, `"x-a": [0`+strings.Repeat(",0",
		maxNodes)+`]`),
		nil, false, false, "", "too-large"},
}

func refDoc(ref string) string {
	return doc(`"/complaints": {"get": {"responses": {"200": {"description": "OK",
		"content": {"application/json":
		{"schema": {"$ref": "` + ref + `"}}}}}}}`)
}

const yamlDoc = `
openapi: 3.0.3
info: {title: 保險資料, version: "1"}
servers:
  - url: https://data.insure.gov.tw/api/{v}
    variables: {v: {default: v1}}
paths:
  /complaints:
    get:
      summary: 申訴
      responses:
        200:
          description: OK
          content:
            text/csv: {schema: {type: string}}
`

// bomb is a document of which each line stands for ten of the line before.
func bomb() string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.3\nx0: &a0 [z, z, z, z, z, z, z, z, z, z]\n")
	for i := range 9 {
		ref := fmt.Sprintf("*a%d, ", i)
		fmt.Fprintf(&b, "x%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(ref, 9), i)
	}
	return b.String() + "info: {title: t, version: '1'}\npaths: {}\n"
}

func TestValidity(t *testing.T) { run(t, validity) }

func run(t *testing.T, traps []trap) {
	t.Helper()
	for _, tt := range traps {
		t.Run(tt.name, func(t *testing.T) {
			d := dataset()
			if tt.dataset != nil {
				tt.dataset(&d)
			}
			start := time.Now()
			got := Check(context.Background(), []byte(tt.doc), d)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			if got.Counts != tt.counts || got.Valid != tt.valid || got.Operation != tt.operation {
				t.Errorf("Check = %+v, want counts %v, valid %v, operation %q", got,
					tt.counts, tt.valid, tt.operation)
			}
			if got.Why == "" {
				t.Error("there is no reason")
			}
			for _, rule := range strings.Fields(tt.rules) {
				if !slices.ContainsFunc(got.Findings,
					func(f Finding) bool { return f.Rule == rule }) {
					t.Errorf("findings = %+v, want %s", got.Findings, rule)
				}
			}
			if tt.rules == "" && tt.counts && len(got.Findings) > 0 {
				t.Errorf("findings = %+v, want none", got.Findings)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := Check(ctx, []byte(complaints()), dataset()); got.Counts || got.Valid || got.Why == "" {
		t.Errorf("Check = %+v", got)
	}
}
