package oas

import (
	"strings"
	"testing"
)

// whole is a document with everything that the mutations of TestRequired take away.
const whole = `{"openapi":"3.0.3","info":{"title":"t","version":"1","contact":{"email":"a@b.tw"},` +
	`"license":{"name":"l"}},"servers":[{"url":"http://x.example/{v}","variables":{"v":{"default":"1",` +
	`"enum":["1"]}}}],"tags":[{"name":"a"},{"name":"b"}],"externalDocs":{"url":"http://x.example/d"},` +
	`"paths":{"/x.csv":{"get":{"tags":["a"],"externalDocs":{"url":"http://x.example/o"},` +
	`"parameters":[{"name":"p","in":"query","schema":{"type":"string"},"example":"x"}],` +
	`"responses":{"200":{"description":"ok","headers":{"H":{"schema":{"type":"string"}}}}}},` +
	`"post":{"requestBody":{"content":{"text/csv":{"schema":{"$ref":"#/components/schemas/A"}}}},` +
	`"responses":{"200":{"description":"ok"}}}}},"components":{"schemas":{"A":{"type":"object",` +
	`"discriminator":{"propertyName":"k"},"required":["k"],"externalDocs":{"url":"http://x.example/s"},` +
	`"properties":{"k":{"type":"string","enum":["1"]},"n":{"type":"integer","minimum":1},` +
	`"l":{"type":"array","items":{"type":"string"}}}}},"securitySchemes":{"key":{"type":"apiKey","name":"k",` +
	`"in":"query"},"basic":{"type":"http","scheme":"basic"},"o":{"type":"oauth2","flows":{"implicit":` +
	`{"authorizationUrl":"http://x.example/a","scopes":{}},"password":{"tokenUrl":"http://x.example/t",` +
	`"scopes":{}}}},"oidc":{"type":"openIdConnect","openIdConnectUrl":"http://x.example/c"}}}}`

// TestRequired takes each field that OpenAPI 3.0 requires out of a valid document, and
// writes what it does not allow into it.
func TestRequired(t *testing.T) {
	check := func(text string) Result {
		return Check(t.Context(), []byte(text), Dataset{Document: "http://x.example/openapi.json",
			Addresses: []string{"http://x.example/1/x.csv"}})
	}
	if r := check(whole); !r.Valid || !r.Counts {
		t.Fatalf("the whole document: %+v", r)
	}
	for _, m := range [][2]string{
		{`"title":"t",`, ``}, {`"version":"1",`, ``}, {`{"name":"l"}`, `{}`}, {`{"url":"http://x.example/{v}",`, `{`},
		{`"default":"1",`, ``}, {`{"name":"a"}`, `{"description":"a"}`},
		{`{"name":"a"},{"name":"b"}`, `{"name":"a"},{"name":"a"}`}, {`{"url":"http://x.example/d"}`, `{}`},
		{`{"url":"http://x.example/o"}`, `{}`}, {`{"url":"http://x.example/s"}`, `{}`}, {`"name":"p",`, ``},
		{`"in":"query","schema"`, `"schema"`}, {`"description":"ok","headers"`, `"headers"`},
		{`"example":"x"`, `"example":"x","examples":{"a":{"value":"x"}}`}, {`{"content":{`, `{"x-content":{`},
		{`"propertyName":"k"`, `"mapping":{}`}, {`"type":"apiKey",`, ``},
		{`"type":"apiKey","name":"k",`, `"type":"apiKey",`},
		{`"name":"k","in":"query"`, `"name":"k"`}, {`"name":"k","in":"query"`, `"name":"k","in":"body"`},
		{`"type":"http","scheme":"basic"`, `"type":"http"`}, {`"authorizationUrl":"http://x.example/a",`, ``},
		{`"tokenUrl":"http://x.example/t",`, ``}, {`"tokenUrl":"http://x.example/t","scopes":{}`,
			`"tokenUrl":"http://x.example/t"`},
		{`"openIdConnectUrl":"http://x.example/c"`, `"x-a":1`}, {`"items":{"type":"string"}`, `"x-a":1`},
		{`"minimum":1`, `"minimum":"1"`}, {`"required":["k"]`, `"required":true`},
		{`"required":["k"]`, `"required":[]`}, {`"required":["k"]`, `"required":["k","k"]`},
		{`"tags":["a"]`, `"tags":"a"`}, {`"type":"string","enum":["1"]`, `"type":"string","enum":[]`},
		{`"type":"string","enum":["1"]`, `"type":["string"],"enum":["1"]`},
		{`"email":"a@b.tw"`, `"email":5`}, {`"in":"query","schema"`, `"in":"query","style":"matrix","schema"`},
		{`"in":"query","schema"`, `"in":"query","required":"yes","schema"`},
		{`"minimum":1`, `"minLength":-1`}, {`"minimum":1`, `"nullable":"no"`}, {`"minimum":1`, `"multipleOf":0`},
		{`"schema":{"type":"string"},"example"`, `"example"`}, {`"/x.csv"`, `"x.csv"`},
		{`"description":"ok"}}}}}`, `"description":5}}}}}`}, {`"get":{`, `"fetch":{},"get":{`},
		{`"openapi":"3.0.3",`, `"openapi":"3.0.3","extra":1,`}, {`"title":"t",`, `"title":"t","extra":1,`},
	} {
		text := strings.Replace(whole, m[0], m[1], 1)
		if text == whole {
			t.Fatalf("%s is not in the document", m[0])
		}
		if r := check(text); r.Valid {
			t.Errorf("%s instead of %s: valid", m[1], m[0])
		}
	}
}
