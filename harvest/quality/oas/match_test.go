package oas

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fincat/vocab/w3ctest"
)

func titled(s string, resources ...string) func(*Dataset) {
	return func(d *Dataset) { d.Title, d.Addresses = s, append(resources, docURL) }
}

// at is a document of 3.0.3 with one path and a server.
func at(server, path, operation string) string {
	return v3("3.0.3", info, `"servers": [{"url": "`+server+`"}]`, `"paths": {"`+path+`": `+operation+`}`)
}

const elsewhere = "https://data.insure.gov.tw/files/a.csv"

// serving are the traps of documents that are valid and serve the dataset, or do not.
var serving = []trap{
	{"HTTP and HTTPS, case of the host, usual port", at("http://DATA.insure.gov.tw:80/api/v1/",
		"/complaints", get("")), nil,
		true, true, "GET /complaints", ""},
	{"another port", at("https://data.insure.gov.tw:8443/api/v1", "/complaints", get("")), nil, false,
		true, "",
		"operation-missing"},
	{"slash at the end", at("https://data.insure.gov.tw/api/v1/", "/complaints/", get("")), nil, true, true,
		"GET /complaints/", ""},
	{"relative server", at("/api/v1", "/complaints", get("")), nil, true, true, "GET /complaints", ""},
	{"server relative to the document", at("api/v1", "/complaints", get("")), nil, true, true,
		"GET /complaints", ""},
	{"no server", v3("3.0.3", info, `"paths": {"/api/v1/complaints": `+get("")+`}`), nil, true, true,
		"GET /api/v1/complaints", ""},
	{"2.0 without host", strings.Replace(swagger2, `"host": "data.insure.gov.tw",`, "", 1), nil, true,
		true,
		"GET /complaints", ""},
	{"2.0 without base path", strings.Replace(strings.Replace(swagger2, `"basePath": "/api/v1",`, "",
		1), "/complaints",
		"/api/v1/complaints", 1), nil, true, true, "GET /api/v1/complaints", ""},
	{"second server", v3("3.0.3", info, `"servers": [{"url": "https://test.insure.gov.tw"},
		{"url": "https://data.insure.gov.tw/api/v1"}]`, `"paths": {"/complaints": `+get("")+`}`),
		nil, true, true,
		"GET /complaints", ""},
	{"server of the path", v3("3.0.3", info, `"servers": [{"url": "https://x.insure.gov.tw"}]`,
		`"paths": {"/complaints":
		{"servers": [{"url": "https://data.insure.gov.tw/api/v1"}], "get": {`+answers+`}}}`), nil,
		true, true,
		"GET /complaints", ""},
	{"server of the operation", at("https://x.insure.gov.tw", "/complaints",
		get(`"servers": [{"url": "https://data.insure.gov.tw/api/v1"}]`)), nil, true, true,
		"GET /complaints", ""},
	{"template", doc(`"/{table}": ` + get(`"parameters": [{"name": "table", "in": "path", "required": true,
		"schema": {"type": "string"}}]`)), nil, true, true, "GET /{table}", ""},
	{"template that lists others", doc(`"/{table}": ` + get(`"parameters": [{"name": "table",
		"in": "path", "required": true,
		"schema": {"type": "string", "enum": ["claims", "premiums"]}}]`)), nil, false, true, "",
		"operation-missing"},
	{"template and exact path", doc(`"/{table}": ` + get(`"parameters": [{"name": "table",
		"in": "path", "required": true,
		"schema": {"type": "string"}}]`) + `, "/complaints": ` + get("")), nil, true, true,
		"GET /complaints", ""},
	{"template with a suffix", doc(`"/complaints/{year}.csv": ` + get(`"parameters": [{"name": "year",
		"in": "path",
		"required": true, "schema": {"type": "string"}}]`)),
		addresses("https://data.insure.gov.tw/api/v1/complaints/115.csv",
			docURL), true, true, "GET /complaints/{year}.csv", ""},
	{"parameter that lists the value",
		doc(`"/complaints": ` + get(`"parameters": [{"name": "format", "in": "query",
		"schema": {"type": "string", "enum": ["csv", "json"]}}]`)), nil, true, true,
		"GET /complaints", ""},
	{"parameter that lists others", doc(`"/complaints": ` + get(`"parameters": [{"name": "format",
		"in": "query",
		"schema": {"type": "string", "enum": ["xml"]}}]`)), nil, false, true, "", "operation-missing"},
	{"encoded path", at("https://data.insure.gov.tw", "/資料/申訴", get("")),
		addresses("https://data.insure.gov.tw/%E8%B3%87%E6%96%99/%E7%94%B3%E8%A8%B4", docURL),
		true, true, "GET /資料/申訴", ""},
	{"path of another dataset", doc(`"/premiums": ` + get(`"summary": "保險業保費統計"`)), nil, false,
		true, "",
		"operation-missing"},
	{"title of a sibling", doc(`"/nonlife": ` + get(`"summary": "產險業申訴統計"`)), nil, false, true,
		"", "operation-missing"},
	{"title", doc(`"/x": ` + get(`"summary": "保險業申訴統計"`)), titled(title, elsewhere), true, true,
		"GET /x", ""},
	{"title with another 臺 and blanks", doc(`"/x": ` + get(`"summary": " 台灣 保險業申訴統計。"`)),
		titled("臺灣保險業申訴統計", elsewhere), true, true, "GET /x", ""},
	{"title as description", doc(`"/x": ` + get(`"description": "保險業申訴統計<br>每季更新"`)),
		titled(title, elsewhere), true, true,
		"GET /x", ""},
	{"title within a longer one, same fields",
		doc(`"/x": ` + get(`"summary": "查詢保險業申訴統計資料"`)), titled(title, elsewhere),
		true, true, "GET /x", ""},
	{"title within a longer one, other fields",
		doc(`"/x": ` + get(`"summary": "查詢保險業申訴統計資料"`)), func(d *Dataset) {
			d.Addresses, d.Fields = []string{elsewhere, docURL}, []string{"縣市", "人口", "面積"}
		}, false, true, "", "operation-missing"},
	{"title of the document", v3("3.0.3", `"info": {"title": "保險業申訴統計 API", "version": "1"}`,
		servers,
		`"paths": {"/x": `+get("")+`}`), titled(title, elsewhere), true, true, "GET /x", ""},
	{"title of the document, two operations", v3("3.0.3",
		`"info": {"title": "保險業申訴統計 API", "version": "1"}`, servers,
		`"paths": {"/x": `+get("")+`, "/y": `+get("")+`}`), titled(title, elsewhere), false, true,
		"", "operation-missing"},
	{"code of the file", doc(`"/opendata/t187ap05_L": ` + get("")), titled("x",
		"https://mops.insure.gov.tw/f/t187ap05_L.csv"),
		true, true, "GET /opendata/t187ap05_L", ""},
	{"common name of the file", doc(`"/opendata/data": ` + get("")), titled("x",
		"https://mops.insure.gov.tw/f/data.csv"),
		false, true, "", "operation-missing"},
	{"identifier", doc(`"/datasets/14504": ` + get("")), titled("x", elsewhere), true, true,
		"GET /datasets/14504", ""},
	{"part of an identifier", doc(`"/datasets/145045": ` + get("")), titled("x", elsewhere), false,
		true, "",
		"operation-missing"},
	{"server elsewhere", at("https://api.other.gov.tw/api/v1", "/complaints", get("")), nil, false,
		true, "",
		"operation-missing"},
	{"server elsewhere, title of a sibling", at("https://api.other.gov.tw/api/v1", "/complaints",
		get(`"summary": "查詢保險業申訴統計"`)), nil, false, true, "", "server-elsewhere"},
	{"server elsewhere, the dataset's title", at("https://api.other.gov.tw/api/v1", "/complaints",
		get(`"summary": "保險業申訴統計"`)), nil, true, true, "GET /complaints", "server-elsewhere"},
	{"server at an address inside", at("http://127.0.0.2:4000/api/v1", "/complaints",
		get(`"summary": "保險業申訴統計"`)), nil,
		false, true, "", "server-elsewhere"},
	{"document of no telling address", at("v1", "/complaints", get("")), func(d *Dataset) {
		d.Addresses, d.Document = []string{resource}, "https://data.insure.gov.tw/api/describe"
	}, true, true, "GET /complaints", ""},
	{"document as a resource of no telling address",
		doc(`"/{table}": ` + get(`"parameters": [{"name": "table", "in": "path",
		"required": true, "schema": {"type": "string"}}]`)), func(d *Dataset) {
			d.Addresses, d.Document = nil, "https://data.insure.gov.tw/api/v1/describe"
		}, false, true, "", "operation-missing"},
	{"server that nobody filled in", at("https://api.example.com/api/v1", "/complaints",
		get(`"summary": "保險業申訴統計"`)), nil,
		false, true, "", "server-elsewhere"},
	{"pet store", v3("3.0.0", `"info": {"title": "Swagger Petstore", "version": "1.0"}`,
		`"servers": [{"url": "https://petstore.swagger.io/v2"}]`,
		`"paths": {"/pet": `+get(`"summary": "Find pet"`)+`}`), nil,
		false, true, "", ""},
	{"only POST", strings.Replace(complaints(), `"get"`, `"post"`, 1), nil, true, true,
		"POST /complaints", "post-only"},
	{"GET and POST", strings.Replace(complaints(), `{"get"`, `{"post": {`+answers+`}, "get"`, 1), nil,
		true, true,
		"GET /complaints", ""},
	{"only DELETE", strings.Replace(complaints(), `"get"`, `"delete"`, 1), nil, false, true, "",
		"no-operation"},
	{"deprecated", doc(`"/complaints": ` + get(`"deprecated": true`)), nil, true, true,
		"GET /complaints", "deprecated"},
	{"deprecated beside a present one",
		doc(`"/complaints": ` + get(`"deprecated": true, "summary": "保險業申訴統計"`) +
			`, "/{t}": ` + get(`"parameters": [{"name": "t", "in": "path", "required": true,
			"schema": {"type": "string"}}]`)),
		nil, true, true, "GET /{t}", ""},
	{"no success", doc(`"/complaints": {"get": {"responses": {"404": {"description": "none"}}}}`), nil,
		false, true, "",
		"no-data-answer"},
	{"only default", doc(`"/complaints": {"get": {"responses": {"default": {"description": "?"}}}}`),
		nil, false, true, "",
		"no-data-answer"},
	{"no content", doc(`"/complaints": {"get": {"responses": {"204": {"description": "none"}}}}`), nil,
		false, true, "",
		"no-data-answer"},
	{"2XX", doc(`"/complaints": {"get": {"responses": {"2XX": {"description": "OK"}}}}`), nil, true, true,
		"GET /complaints", ""},
	{"a page", doc(`"/complaints": {"get": {"responses": {"200": {"description": "OK",
		"content": {"text/html": {}}}}}}`), nil,
		false, true, "", "no-data-answer"},
	{"2.0, a page", strings.Replace(swagger2, "application/json", "text/html", 1), nil, false, true,
		"", "no-data-answer"},
	{"key", v3("3.0.3", info, servers, `"paths": {"/complaints": `+get("")+`}`, `"security": [{"key": []}]`,
		`"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header",
			"name": "k"}}}`), nil, true, true,
		"GET /complaints", "login-required"},
	{"key that need not be", v3("3.0.3", info, servers,
		`"paths": {"/complaints": `+get(`"security": [{}, {"key": []}]`)+`}`,
		`"security": [{"key": []}]`,
		`"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header",
		"name": "k"}}}`), nil, true, true, "GET /complaints", ""},
	{"other fields", complaints(), func(d *Dataset) { d.Fields = []string{"縣市", "人口", "面積"} },
		true, true, "GET /complaints",
		"fields-differ"},
	{"path item by reference", v3("3.1.0", info, servers,
		`"paths": {"/complaints": {"$ref": "#/components/pathItems/c"}}`,
		`"components": {"pathItems": {"c": `+get("")+`}}`), nil, true, true, "GET /complaints", ""},
	{"the document as the only resource", complaints(), func(d *Dataset) {
		d.Addresses, d.Title = []string{docURL}, "別的"
	}, false, true, "", "operation-missing"},
}

func TestServing(t *testing.T) { run(t, serving) }

func TestAddresses(t *testing.T) {
	tests := []struct {
		name      string
		texts     []string
		resources []string
		want      []string
	}{
		{"note of the portal", []string{"授權說明網址: https://data.gov.tw/license\n" +
			"OAS標準之API說明文件網址 https://openapi.twse.com.tw/v1/swagger.json"}, nil,
			[]string{"https://openapi.twse.com.tw/v1/swagger.json"}},
		{"said, not alike", []string{"OpenAPI：https://data.example.gov.tw/api/doc。"}, nil,
			[]string{"https://data.example.gov.tw/api/doc"}},
		{"alike, not said", []string{"see https://a.example/swagger/v1/swagger.json."}, nil,
			[]string{"https://a.example/swagger/v1/swagger.json"}},
		{"said comes first", []string{"https://a.example/openapi.yaml OAS文件：https://b.example/doc"}, nil,
			[]string{"https://b.example/doc", "https://a.example/openapi.yaml"}},
		{"resources", nil, []string{"https://a.example/data.csv", "https://a.example/v2/api-docs",
			"https://a.example/openapi.json"},
			[]string{"https://a.example/v2/api-docs", "https://a.example/openapi.json"}},
		{"endpoint description", []string{"https://a.example/describe"}, nil,
			[]string{"https://a.example/describe"}},
		{"brackets", []string{"API說明文件（https://a.example/oas/v1.json）"}, nil,
			[]string{"https://a.example/oas/v1.json"}},
		{"twice", []string{"OAS https://a.example/openapi.json", "https://a.example/openapi.json"}, nil,
			[]string{"https://a.example/openapi.json"}},
		{"files below OpenAPI are data", nil, []string{
			"https://gaze.nta.gov.tw/dnt-bin/APDNT/PDNT/file/OpenAPI/D6-02.csv",
			"https://web.pcc.gov.tw/wr-report/wr/homeClient/downloadOpenAPI?reportId=EngBidder"}, nil},
		{"pages", []string{"OpenAPI 說明 https://a.example/swagger/index.html"},
			[]string{"https://a.example/swagger-ui.html"}, nil},
		{"licence", []string{"授權 https://data.gov.tw/license"}, nil, nil},
		{"none", nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Addresses(tt.texts, tt.resources); !slices.Equal(got, tt.want) {
				t.Errorf("Addresses(%q, %q) = %q, want %q", tt.texts, tt.resources, got,
					tt.want)
			}
		})
	}
}

// TestRealDocuments asks that all documents of the shared data are valid.
func TestRealDocuments(t *testing.T) {
	root := w3ctest.Shared(t, "taiwan")
	var files []string
	for _, pattern := range []string{"openapi/*.yaml", "openapi/*swagger*.json", "openapi/*oas*.json",
		"openapi/*openapi*.json", "data.gov.tw/spec/*.swagger.yaml"} {
		found, _ := filepath.Glob(filepath.Join(root, pattern))
		files = append(files, found...)
	}
	if len(files) < 6 {
		t.Fatalf("only %d documents: %q", len(files), files)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := Check(context.Background(), body, Dataset{Title: "no such dataset"})
		t.Logf("%s: %+v", filepath.Base(file), got)
		if !got.Valid || got.Counts {
			t.Errorf("%s: %+v", filepath.Base(file), got)
		}
	}
}

// TestExchange asks of the datasets of the exchange, as the catalogue of data.gov.tw lists
// them, whether the exchange's document serves them.
func TestExchange(t *testing.T) {
	body, err := os.ReadFile(w3ctest.Shared(t, "taiwan/openapi/twse-swagger-2025-08.json"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(w3ctest.Shared(t,
		"taiwan/data.gov.tw/catalog/securities-futures-bureau.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Datasets []struct {
			ID, Name string
			URLs     []string
		}
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	document := Read(context.Background(), body, "https://openapi.twse.com.tw/v1/swagger.json")
	served := 0
	for _, d := range list.Datasets {
		if len(d.URLs) == 0 || !strings.Contains(d.URLs[0], "twse.com.tw") {
			continue
		}
		got := document.Serves(Dataset{Title: d.Name, Identifier: d.ID,
			Addresses: append(d.URLs, "https://openapi.twse.com.tw/v1/swagger.json")})
		if !got.Counts {
			continue
		}
		served++
		// A table of companies in one market is not that of another: t187ap14_O, t187ap14_L.
		other := filepath.Base(got.Operation)
		if strings.HasPrefix(other, "t187") && !strings.Contains(strings.Join(d.URLs, " ")+" ",
			other+".csv ") &&
			!strings.Contains(strings.Join(d.URLs, " ")+" ", other+" ") {
			t.Errorf("%s (%s) is said to be served by %s", d.Name, d.URLs, got.Operation)
		}
	}
	if served < 120 {
		t.Errorf("%d datasets are served", served)
	}
}

func FuzzCheck(f *testing.F) {
	for _, tt := range slices.Concat(validity, serving) {
		if len(tt.doc) < 10_000 {
			f.Add([]byte(tt.doc), tt.name, resource)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, title, address string) {
		got := Check(context.Background(), doc, Dataset{Title: title, Identifier: title,
			Addresses: []string{address, docURL},
			Fields:    []string{title}})
		if got.Counts && (!got.Valid || got.Operation == "" || got.Version == "") {
			t.Errorf("Check = %+v", got)
		}
		if got.Why == "" || len(got.Findings) > maxFindings {
			t.Errorf("Check = %+v", got)
		}
		Addresses([]string{title, address, string(doc)}, []string{address})
	})
}
