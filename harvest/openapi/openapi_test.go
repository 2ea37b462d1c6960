package openapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/fetch"
)

// funds is a document in YAML, as people write it.
const funds = `
openapi: 3.0.3
info: {title: Funds, version: 1.0}
servers: [{url: "/v{n}", variables: {n: {default: 2}}}]
paths:
  /funds:
    parameters:
      - {name: year, in: query, required: true, schema: {type: integer, example: 115}}
    get:
      summary: All funds
      parameters:
        - {$ref: "#/components/parameters/lang"}
        - {$ref: "#/components/parameters/none"}
      responses:
        200: {$ref: "#/components/responses/list"}
  /funds/{id}:
    get: {summary: One fund}
  /orders: {post: {}}
  /orders/{id}: {get: {}}
components:
  parameters:
    lang: {name: lang, in: query, description: 語言, schema: {enum: [zh, en]}}
  responses:
    list:
      description: OK
      content:
        application/json:
          schema: {properties: {count: {}, list: {items: {$ref: "#/components/schemas/fund"}}}}
          examples: {one: {externalValue: one.json}}
  schemas:
    fund: {allOf: [{properties: {code: {}, name: {}}}, {properties: {price: {}, name: {}}}]}
`

func read(t *testing.T, body string) *Document {
	t.Helper()
	const address = "https://a.example/api/openapi.yaml"
	d, err := Read(&fetch.Response{URL: address, Body: []byte(body)}, address)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRead(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"page", "<!doctype html><html></html>", "not JSON"},
		{"cut off", `{"openapi":"3.0.0","paths":{`, "the answer was cut off"},
		{"something else", `{"a":1}`, "no openapi or swagger version"},
		{"without paths", "openapi: 3.1.0", "no paths"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(&fetch.Response{URL: "u", Body: []byte(tt.in)}, "u")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestServer(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"variables", funds, "https://a.example/v2"},
		{"none", `{"openapi":"3.0.0","paths":{}}`, "https://a.example"},
		{"Swagger", `{"swagger":2.0,"host":"b.example","basePath":"/x/","schemes":["http"],"paths":{}}`,
			"http://b.example/x"},
		{"Swagger without host", `{"swagger":"2.0","basePath":"/x","paths":{}}`, "https://a.example/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := read(t, tt.in)
			if got := d.Server(d.Servers); got != tt.want {
				t.Errorf("Server = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPicksFrom(t *testing.T) {
	d := read(t, funds)
	for path, want := range map[string]string{"/funds/{id}": "/funds", "/funds": "", "/orders/{id}": "", "/{id}": ""} {
		if got := d.PicksFrom(path); got != want {
			t.Errorf("PicksFrom(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestOperation(t *testing.T) {
	d := read(t, funds)
	p, err := d.Path("/funds")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	params := d.Parameters(&p, func(ref string, _ error) { missing = append(missing, ref) })
	if want := []string{"#/components/parameters/none"}; len(params) != 2 || !slices.Equal(missing, want) {
		t.Fatalf("Parameters = %d, missing %q, want 2, missing %q", len(params), missing, want)
	}
	for i, want := range []string{"參數 year（query，必填，integer，例 115）", "參數 lang（query，zh|en）：語言"} {
		if got := params[i].Describe("zh-Hant-TW"); got != want {
			t.Errorf("Describe = %q, want %q", got, want)
		}
	}
	sample, ok := SampleAddress("https://a.example/v2/funds", params)
	if sample != "https://a.example/v2/funds?year=115" || !ok {
		t.Errorf("SampleAddress = %q, %v", sample, ok)
	}
	resp, at := d.Success("/funds", p.Get.Responses, func(status string, err error) { t.Error(status, err) })
	types := d.MediaTypes(p.Get, resp)
	if at != "/paths/~1funds/get/responses/200" || len(types) != 1 {
		t.Fatalf("Success = an answer of %d types at %s", len(types), at)
	}
	content := types["application/json"]
	if got, want := d.FieldNames(content.Schema), []string{"code", "name", "price"}; !slices.Equal(got, want) {
		t.Errorf("FieldNames = %q, want %q", got, want)
	}
	if got := d.Example(at, "application/json", resp, content); got != "https://a.example/api/one.json" {
		t.Errorf("Example = %q", got)
	}
}

// TestFields checks what is said of the fields of an answer: those around the records
// and inside others too, once, and no more than the limits allow.
func TestFields(t *testing.T) {
	var members, many []string
	for i := range 2 * maxFields {
		members = append(members, fmt.Sprintf(`"a%d": {}`, i))
		many = append(many, fmt.Sprintf("a%d", i))
	}
	tests := []struct {
		name, schema string
		want         []string
		complete     bool
	}{
		{"a list", `{"type": "array", "items": {"properties": {"code": {"type": "string", "description": "<b>代碼</b>"},
			"date": {"type": "string", "format": "date", "example": "2026-01-02", "x-no": 3}, "plain": {}}}}`,
			[]string{"code（string）：代碼", "date（string，date，例 2026-01-02，x-no 3）", "plain"}, true},
		{"wrapped", `{"description": "清單", "properties": {"count": {"type": "integer"}, "list": {"type": "array",
			"description": "各檔", "items": {"$ref": "#/components/schemas/fund"}}}}`,
			[]string{"清單", "count（integer）", "list：各檔", "list.code", "list.name", "list.price"}, true},
		{"the name again", `{"properties": {"名稱": {"type": "string", "description": "名稱"}}}`,
			[]string{"名稱（string）"}, true},
		{"one of some", `{"properties": {"kind": {"enum": ["a", "b"], "type": ["string", "null"]}}}`,
			[]string{"kind（string|null，enum a|b）"}, true},
		{"nowhere", `{"properties": {"x": {"$ref": "#/none"}}}`, []string{"x（$ref #/none）"}, true},
		{"any", "true", nil, true},
		{"many", `{"properties": {` + strings.Join(members, ", ") + "}}", many[:maxFields], false},
		{"long", `{"properties": {"a": {"description": "` + strings.Repeat("長", maxFieldBytes) + `"}, "b": {}}}`,
			[]string{"b"}, false},
	}
	d := read(t, funds)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Content
			if err := json.Unmarshal([]byte(`{"schema": `+tt.schema+`}`), &c); err != nil {
				t.Fatal(err)
			}
			fields, complete := d.Fields(c)
			var got []string
			for _, f := range fields {
				got = append(got, f.Describe("zh"))
			}
			if !slices.Equal(got, tt.want) || complete != tt.complete {
				t.Errorf("Fields = %q, %v, want %q, %v", got, complete, tt.want, tt.complete)
			}
		})
	}
}
