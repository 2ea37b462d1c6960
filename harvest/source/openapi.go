package source

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// openAPI reads OpenAPI documents, versions 2.0 (Swagger) to 3.1, in JSON or
// YAML. The document describes one data service. Each path with a GET is a
// dataset, with a distribution for each media type it offers; a path that only
// picks one thing from another path, such as /funds/{id} from /funds, belongs
// to the dataset of that one.
func openAPI() Kind { return Kind{Name: "openapi", Gather: gatherOpenAPI} }

// apiDocument is what the mapping needs of a document. Where the specification
// says text, real documents have numbers too: in YAML, version: 1.0 is one.
type apiDocument struct {
	Swagger looseText `json:"swagger"`
	OpenAPI looseText `json:"openapi"`
	Info    struct {
		Title, Summary, Description, Version looseText
		License                              struct{ Name, URL, Identifier looseText }
	} `json:"info"`
	Host     looseText                  `json:"host"`
	BasePath looseText                  `json:"basePath"`
	Schemes  looseList[string]          `json:"schemes"`
	Produces looseList[string]          `json:"produces"`
	Servers  []apiServer                `json:"servers"`
	Paths    map[string]json.RawMessage `json:"paths"`
}

type apiServer struct {
	URL       string `json:"url"`
	Variables map[string]struct {
		Default looseText `json:"default"`
	} `json:"variables"`
}

type apiPath struct {
	Ref        string `json:"$ref"`
	Servers    []apiServer
	Parameters []apiParameter
	Get        *apiOperation
}

type apiOperation struct {
	Summary, Description looseText
	Tags                 looseList[looseText]
	Produces             looseList[string]
	Servers              []apiServer
	Parameters           []apiParameter
	Responses            map[string]json.RawMessage
	ExternalDocs         struct{ URL looseText }
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
		parts := map[string][]string{} // paths that pick from another, by that
		paths := slices.Sorted(maps.Keys(a.doc.Paths))
		paths = slices.DeleteFunc(paths, func(path string) bool {
			from := a.picksFrom(path)
			if from != "" {
				parts[from] = append(parts[from], path)
			}
			return from != ""
		})
		for _, path := range paths {
			rec := a.record(path)
			for _, part := range parts[path] {
				if rec != nil && rec.Dataset != nil {
					a.add(rec, part)
				}
			}
			if rec != nil && !yield(rec, ctx.Err()) {
				return
			}
		}
	}
}

// picksFrom returns the path from whose things another one picks one by a
// parameter, "" when there is none with a GET.
func (a *api) picksFrom(path string) string {
	i := strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')
	if i <= 0 || !strings.HasPrefix(path[i:], "/{") || !strings.HasSuffix(path, "}") {
		return ""
	}
	for _, from := range []string{path[:i], path[:i+1]} {
		if p, err := a.path(from); err == nil && p.Get != nil && !strings.Contains(from, "{") {
			return from
		}
	}
	return ""
}

// api is a document while it is being mapped.
type api struct {
	s        *Session
	r        *Response
	body     []byte
	doc      apiDocument
	endpoint string
	objects  map[string]map[string]json.RawMessage // near the root, by pointer
	looked   int                                   // schemas looked into for one answer
}

func readAPI(s *Session, r *Response) (*api, error) {
	body, err := r.UTF8()
	if err != nil {
		return nil, err
	}
	a := &api{s: s, r: r, body: body, objects: map[string]map[string]json.RawMessage{}}
	if b := bytes.TrimSpace(body); len(b) > 0 && b[0] != '{' && !looksHTML(b) {
		if a.body, err = yamlToJSON(r, body); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(a.body, &a.doc); err != nil {
		return nil, jsonError(r, a.body, err)
	}
	version := string(a.doc.Swagger + a.doc.OpenAPI)
	if version == "" || a.doc.Paths == nil {
		return nil, fail(Place{r.URL, ""}, "openapi", "set url to the OpenAPI document itself", "the document has no openapi or swagger version, or no paths")
	}
	a.endpoint = a.server(a.doc.Servers)
	info := a.doc.Info
	s.Title, s.Description = s.texts(plain(string(info.Title))), s.texts(plain(first(string(info.Description), string(info.Summary))))
	s.Service = &dcat.DataService{
		Title: s.Title, Description: s.Description, EndpointURL: a.endpoint, EndpointDescription: s.Config.URL,
		ConformsTo: []string{"https://spec.openapis.org/oas/v" + version}, Version: string(info.Version),
	}
	s.Service.License = knownLicense(info.License.URL, info.License.Identifier)
	return a, nil
}

// server returns the address that paths are added to.
func (a *api) server(servers []apiServer) string {
	if a.doc.Swagger != "" {
		scheme := "https"
		if len(a.doc.Schemes) > 0 && !slices.Contains(a.doc.Schemes, "https") {
			scheme = a.doc.Schemes[0]
		}
		host := string(a.doc.Host)
		if u, err := url.Parse(a.s.Config.URL); host == "" && err == nil {
			scheme, host = u.Scheme, u.Host
		}
		return scheme + "://" + host + strings.TrimSuffix(string(a.doc.BasePath), "/")
	}
	if len(servers) == 0 {
		servers = []apiServer{{URL: "/"}}
	}
	at := servers[0].URL
	for name, v := range servers[0].Variables {
		at = strings.ReplaceAll(at, "{"+name+"}", string(v.Default))
	}
	return strings.TrimSuffix(absolute(a.r.URL, at), "/")
}

// path decodes a path item, which may be a reference to another.
func (a *api) path(name string) (p apiPath, err error) {
	err = a.decode(a.doc.Paths[name], &p)
	return p, err
}

// record maps one path; nil when it has no GET.
func (a *api) record(path string) *Record {
	place := Place{a.s.Config.URL, pointer("", "paths", path)}
	p, err := a.path(path)
	if err != nil {
		return broken(path, place, "openapi-path", path, "the path does not have the form of the specification: "+err.Error(), "correct the path in the source's document")
	}
	if p.Get == nil {
		return nil
	}
	op := p.Get
	var tags []string
	for _, t := range op.Tags {
		tags = append(tags, string(t))
	}
	if !a.s.wanted(func(string) string { return strings.Join(tags, ",") }) {
		return nil
	}
	d := &dcat.Dataset{Lang: a.s.Config.Language, Identifier: path, Keyword: a.s.texts(tags...), Service: a.s.Base.Service(a.s.Config.ID)}
	rec := &Record{ID: path, Place: place, Dataset: d}
	title := op.title()
	if title == "" {
		title = path
		rec.problem(Warning, "title-missing", path, "the operation has neither summary nor description", "give the operation a summary")
	}
	d.Title, d.Description = a.s.texts(title), a.s.texts(plain(string(op.Description)))
	d.SetLicense(first(string(a.doc.Info.License.URL), string(a.doc.Info.License.Identifier), string(a.doc.Info.License.Name)))
	if op.ExternalDocs.URL != "" {
		d.Page = []string{absolute(a.r.URL, string(op.ExternalDocs.URL))}
	}
	a.operation(rec, path, &p)
	return rec
}

// add gives a record the distributions of a path that picks from its own.
func (a *api) add(rec *Record, path string) {
	p, err := a.path(path)
	if err != nil {
		rec.problem(Warning, "openapi-path", path, "the path does not have the form of the specification: "+err.Error(), "correct the path in the source's document")
		return
	}
	if p.Get == nil {
		return
	}
	n := len(rec.Dataset.Distribution)
	a.operation(rec, path, &p)
	for i := n; i < len(rec.Dataset.Distribution); i++ {
		rec.Dataset.Distribution[i].Title = a.s.texts(first(p.Get.title(), path))
	}
}

// title returns the summary, else the first line of the description.
func (op *apiOperation) title() string {
	title, _, _ := strings.Cut(plain(string(op.Description)), "\n")
	return first(plain(string(op.Summary)), title)
}

// operation adds what the GET of a path offers: parameters, and a distribution
// for each media type of the answer.
func (a *api) operation(rec *Record, path string, p *apiPath) {
	d, op := rec.Dataset, p.Get
	server := a.endpoint
	if own := append(op.Servers, p.Servers...); len(own) > 0 {
		server = a.server(own)
	}
	params := a.parameters(rec, p)
	for _, q := range params {
		d.Note = append(d.Note, a.s.text(q.describe(a.s.Config.Language)))
	}
	address := server + path
	sample, ok := sampleAddress(address, params)
	resp, at := a.success(rec, path, op.Responses)
	types := a.mediaTypes(op, resp)
	for _, m := range slices.Sorted(maps.Keys(types)) {
		dist := dcat.Distribution{AccessURL: address, Service: d.Service, Description: a.s.texts(plain(string(resp.Description)))}
		if len(dist.Description) > 0 && len(dist.Description[0].Value) < 20 { // OK, Success
			dist.Description = nil
		}
		if ok {
			dist.DownloadURL = sample
		}
		if m != "" {
			mediaType, _, _ := strings.Cut(m, ";")
			dist.SetFormat(strings.TrimSpace(mediaType))
		}
		if schema := types[m].Schema; schema != nil {
			where := pointer(at, "schema")
			if a.doc.Swagger == "" {
				where = pointer(at, "content", m, "schema")
			}
			if strings.HasPrefix(schema.Ref, "#/") { // datasets with one schema say so
				where = schema.Ref[1:]
			}
			dist.ConformsTo = []string{a.s.Config.URL + "#" + where}
			if fields := a.fields(schema); len(fields) > 0 {
				dist.Fields = a.s.texts(strings.Join(fields, "、"))
			}
		}
		if iri := a.example(at, m, resp, types[m]); iri != "" {
			d.Extra = append(d.Extra, term.Triple{Subject: term.NewIRI(""), Predicate: term.NewIRI(vocab.ADMSSample), Object: term.NewIRI(iri)})
		}
		d.Distribution = append(d.Distribution, dist)
	}
}

// mediaTypes returns the media types of an answer; without any there is one
// that is not named.
func (a *api) mediaTypes(op *apiOperation, resp *apiResponse) map[string]apiContent {
	types := map[string]apiContent{}
	produces := op.Produces
	if len(produces) == 0 {
		produces = a.doc.Produces
	}
	if a.doc.Swagger != "" {
		for _, m := range produces {
			types[m] = apiContent{Schema: resp.Schema}
		}
	}
	for m, c := range resp.Content {
		types[m] = c
	}
	if len(types) == 0 {
		types[""] = apiContent{Schema: resp.Schema}
	}
	return types
}
