package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"fincat/vocab/dcat"
)

// openAPI reads OpenAPI documents, versions 2.0 (Swagger) to 3.1, in JSON or
// YAML. The document describes one data service; each path with a GET is a
// dataset with a distribution for each media type it offers.
func openAPI() Kind { return Kind{Name: "openapi", Gather: gatherOpenAPI} }

// apiDocument is what the mapping needs of a document.
type apiDocument struct {
	Swagger string `json:"swagger"`
	OpenAPI string `json:"openapi"`
	Info    struct {
		Title, Description, Version, TermsOfService string
		License                                     struct{ Name, URL string }
	} `json:"info"`
	Host     string                     `json:"host"`
	BasePath string                     `json:"basePath"`
	Schemes  []string                   `json:"schemes"`
	Produces []string                   `json:"produces"`
	Servers  []apiServer                `json:"servers"`
	Paths    map[string]json.RawMessage `json:"paths"`
}

type apiServer struct {
	URL       string `json:"url"`
	Variables map[string]struct {
		Default string `json:"default"`
	} `json:"variables"`
}

type apiPath struct {
	Servers    []apiServer    `json:"servers"`
	Parameters []apiParameter `json:"parameters"`
	Get        *apiOperation  `json:"get"`
}

type apiOperation struct {
	Summary, Description string
	Tags, Produces       []string
	Servers              []apiServer
	Parameters           []apiParameter
	Responses            map[string]apiResponse
}

type apiParameter struct {
	Ref         string `json:"$ref"`
	Name, In    string
	Required    bool
	Description string
}

type apiResponse struct {
	Schema  *apiSchema // 2.0
	Content map[string]struct{ Schema *apiSchema }
}

type apiSchema struct {
	Ref        string `json:"$ref"`
	Items      *apiSchema
	AllOf      []*apiSchema
	Properties json.RawMessage
}

func gatherOpenAPI(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		r, err := s.GetAccept(ctx, s.Config.URL, "application/json, application/yaml;q=0.9, */*;q=0.5")
		if err != nil {
			yield(nil, err)
			return
		}
		a, err := readAPI(s, r)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, path := range slices.Sorted(maps.Keys(a.doc.Paths)) {
			if rec := a.record(path); rec != nil && !yield(rec, ctx.Err()) {
				return
			}
		}
	}
}

// api is a document while it is being mapped.
type api struct {
	s        *Session
	r        *Response
	body     []byte
	doc      apiDocument
	endpoint string
}

func readAPI(s *Session, r *Response) (*api, error) {
	body, err := r.UTF8()
	if err != nil {
		return nil, err
	}
	a := &api{s: s, r: r, body: body}
	if b := bytes.TrimSpace(body); len(b) > 0 && b[0] != '{' && !looksHTML(b) {
		if a.body, err = yamlToJSON(r, body); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(a.body, &a.doc); err != nil {
		return nil, jsonError(r, a.body, err)
	}
	version := a.doc.Swagger + a.doc.OpenAPI
	if version == "" || a.doc.Paths == nil {
		return nil, fail(Place{r.URL, ""}, "openapi", "set url to the OpenAPI document itself", "the document has no openapi or swagger version, or no paths")
	}
	a.endpoint = a.server(a.doc.Servers)
	info := a.doc.Info
	s.Title, s.Description = s.texts(info.Title), s.texts(plain(info.Description))
	s.Service = &dcat.DataService{
		Title: s.Title, Description: s.Description, EndpointURL: a.endpoint, EndpointDescription: s.Config.URL,
		ConformsTo: []string{"https://spec.openapis.org/oas/v" + version}, Version: info.Version,
	}
	s.Service.License, _ = dcat.License(info.License.URL)
	return a, nil
}

// yamlToJSON rewrites a YAML document so that one decoder serves both. Keys
// that are numbers, such as the status codes of answers, become text.
func yamlToJSON(r *Response, body []byte) ([]byte, error) {
	var v any
	if err := yaml.Unmarshal(body, &v); err != nil {
		return nil, fail(Place{r.URL, ""}, "yaml", "ask the source's owner to send valid YAML or JSON", "broken YAML: %v", err)
	}
	out, err := json.Marshal(withTextKeys(v))
	if err != nil {
		return nil, fail(Place{r.URL, ""}, "yaml", "ask the source's owner to send what JSON can express", "YAML: %v", err)
	}
	return out, nil
}

func withTextKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = withTextKeys(e)
		}
		return v
	case map[any]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[fmt.Sprint(k)] = withTextKeys(e)
		}
		return out
	case []any:
		for i, e := range v {
			v[i] = withTextKeys(e)
		}
	}
	return v
}

// server returns the address that paths are added to.
func (a *api) server(servers []apiServer) string {
	if a.doc.Swagger != "" {
		scheme := "https"
		if len(a.doc.Schemes) > 0 && !slices.Contains(a.doc.Schemes, "https") {
			scheme = a.doc.Schemes[0]
		}
		host := a.doc.Host
		if u, err := url.Parse(a.s.Config.URL); host == "" && err == nil {
			scheme, host = u.Scheme, u.Host
		}
		return scheme + "://" + host + strings.TrimSuffix(a.doc.BasePath, "/")
	}
	if len(servers) == 0 {
		servers = []apiServer{{URL: "/"}}
	}
	at := servers[0].URL
	for name, v := range servers[0].Variables {
		at = strings.ReplaceAll(at, "{"+name+"}", v.Default)
	}
	return strings.TrimSuffix(absolute(a.r.URL, at), "/")
}

// record maps one path; nil when it has no GET.
func (a *api) record(path string) *Record {
	place := Place{a.s.Config.URL, pointer("", "paths", path)}
	var p apiPath
	if err := json.Unmarshal(a.doc.Paths[path], &p); err != nil {
		return broken(path, place, "openapi-path", path, "the path does not have the form of the specification: "+err.Error(), "correct the path in the source's document")
	}
	if p.Get == nil {
		return nil
	}
	op := p.Get
	tags := func(string) string { return strings.Join(op.Tags, ",") }
	if !a.s.wanted(tags) {
		return nil
	}
	d := &dcat.Dataset{Lang: a.s.Config.Language, Identifier: path, Keyword: a.s.texts(op.Tags...), Service: a.s.Base.Service(a.s.Config.ID)}
	rec := &Record{ID: path, Place: place, Dataset: d}
	title, _, _ := strings.Cut(plain(op.Description), "\n")
	if op.Summary != "" {
		title = plain(op.Summary)
	}
	if title == "" {
		title = path
		rec.problem(Warning, "title-missing", path, "the operation has neither summary nor description", "give the operation a summary")
	}
	d.Title, d.Description = a.s.texts(title), a.s.texts(plain(op.Description))
	d.SetLicense(first(a.doc.Info.License.URL, a.doc.Info.License.Name))
	server := a.endpoint
	if own := append(op.Servers, p.Servers...); len(own) > 0 {
		server = a.server(own)
	}
	a.distributions(rec, op, server+path, append(p.Parameters, op.Parameters...))
	return rec
}

// distributions adds one distribution for each media type of the answer.
func (a *api) distributions(rec *Record, op *apiOperation, address string, params []apiParameter) {
	d := rec.Dataset
	status, resp := success(op.Responses)
	at := pointer("", "paths", rec.ID, "get", "responses", status)
	types := map[string]*apiSchema{}
	for _, m := range append(op.Produces, a.doc.Produces...) {
		if len(op.Produces) == 0 || slices.Contains(op.Produces, m) {
			types[m] = resp.Schema
		}
	}
	for m, c := range resp.Content {
		types[m] = c.Schema
	}
	if len(types) == 0 {
		types[""] = resp.Schema
	}
	required := false
	for _, p := range params {
		required = required || p.Required || p.In == "path"
		if p.Name != "" {
			d.Note = append(d.Note, a.s.texts("參數 "+p.Name+"："+plain(p.Description))...)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(types)) {
		dist := dcat.Distribution{AccessURL: address, Service: d.Service}
		if !required {
			dist.DownloadURL = address
		}
		if m != "" {
			mediaType, _, _ := strings.Cut(m, ";")
			dist.SetFormat(strings.TrimSpace(mediaType))
		}
		if schema := types[m]; schema != nil {
			where := pointer(at, "schema")
			if a.doc.Swagger == "" {
				where = pointer(at, "content", m, "schema")
			}
			dist.ConformsTo = []string{a.s.Config.URL + "#" + where}
			if fields := a.fields(schema, 0); len(fields) > 0 {
				dist.Fields = a.s.texts(strings.Join(fields, "、"))
			}
		}
		d.Distribution = append(d.Distribution, dist)
	}
}

// success returns the answer that carries the data: 200, another 2xx, default.
func success(responses map[string]apiResponse) (string, apiResponse) {
	for _, status := range append([]string{"200"}, slices.Sorted(maps.Keys(responses))...) {
		if r, ok := responses[status]; ok && (strings.HasPrefix(status, "2") || status == "default") {
			return status, r
		}
	}
	return "200", apiResponse{}
}

const maxSchemaDepth = 12

// fields returns the names of the properties of a record in the answer, in the
// order of the document.
func (a *api) fields(s *apiSchema, depth int) []string {
	if s == nil || depth > maxSchemaDepth {
		return nil
	}
	if s.Ref != "" {
		var to apiSchema
		if !a.resolve(s.Ref, &to) {
			return nil
		}
		return a.fields(&to, depth+1)
	}
	out := keys(s.Properties)
	for _, part := range s.AllOf {
		out = append(out, a.fields(part, depth+1)...)
	}
	if len(out) == 0 {
		return a.fields(s.Items, depth+1)
	}
	return out
}

// resolve decodes what a reference within the document points to.
func (a *api) resolve(ref string, into any) bool {
	raw := json.RawMessage(a.body)
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		var m map[string]json.RawMessage
		if json.Unmarshal(raw, &m) != nil {
			return false
		}
		raw = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return strings.HasPrefix(ref, "#/") && json.Unmarshal(raw, into) == nil
}

// keys returns an object's names in document order.
func keys(raw json.RawMessage) []string {
	var out []string
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return out
		}
		if name, ok := t.(string); ok && strings.TrimSpace(name) != "" {
			out = append(out, strings.TrimSpace(name))
		}
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return out
		}
	}
	return out
}
