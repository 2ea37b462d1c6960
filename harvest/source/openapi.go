package source

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/mapping"
	"fincat/harvest/openapi"
	"fincat/harvest/openapi/carry"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// openAPI reads OpenAPI documents, versions 2.0 (Swagger) to 3.1, in JSON or
// YAML. The document describes one data service. Each path with a GET is a
// dataset, with a distribution for each media type it offers; a path that only
// picks one thing from another path, such as /funds/{id} from /funds, belongs
// to the dataset of that one.
func openAPI() Kind { return Kind{Name: "openapi", Gather: gatherOpenAPI, Check: checkOpenAPI} }

// checkOpenAPI reports a filter by anything but the tags of operations.
func checkOpenAPI(c *Config) error {
	for name := range c.Filter {
		if name != "tag" && name != "tags" {
			return fmt.Errorf("filter: operations have no %.40q: write {tag: NAME}", name)
		}
	}
	return nil
}

func gatherOpenAPI(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		r, err := s.Get(ctx, s.Config.URL, "application/json, application/yaml;q=0.9, */*;q=0.5")
		if err != nil {
			yield(nil, err)
			return
		}
		doc, err := openapi.Read(r, s.Config.URL)
		if err != nil {
			yield(nil, err)
			return
		}
		a := &api{s: s, doc: doc, url: r.URL, endpoint: doc.Server(doc.Servers),
			rest: carry.Record{Doc: doc, Mapper: s.Mapper}}
		a.describeService()
		parts := map[string][]string{} // paths that pick from another, by that
		paths := slices.Sorted(maps.Keys(a.doc.Paths))
		paths = slices.DeleteFunc(paths, func(path string) bool {
			from := a.doc.PicksFrom(path)
			if from != "" {
				parts[from] = append(parts[from], path)
			}
			return from != ""
		})
		var others []string
		for _, path := range paths {
			rec := a.record(path, parts[path])
			if rec == nil && len(s.Config.Filter) == 0 {
				others = append(others, path)
			}
			if rec != nil && !yield(rec, ctx.Err()) {
				return
			}
		}
		if len(others) > 0 {
			s.notice(Problem{Severity: Info, Place: placeAt(s.Config.URL, "/paths"), Rule: "no-get",
				Value:   strings.Join(others[:min(len(others), 3)], " "),
				Message: "not taken as datasets: " + problem.Count(len(others), "path") + " without GET",
				Remedy:  "nothing, unless data is to be had there"})
		}
	}
}

// api is a document while it is being mapped.
type api struct {
	s        *Session
	doc      *openapi.Document
	url      string // that the document came from
	endpoint string
	rest     carry.Record
}

// describeService leaves what the document says of the service as a whole.
func (a *api) describeService() {
	s, info := a.s, a.doc.Info
	s.Found.Title = s.Texts(document.Plain(string(info.Title)))
	s.Found.Description = s.Texts(document.Plain(document.First(string(info.Description), string(info.Summary))))
	s.Found.Service = &dcat.DataService{
		Title: s.Found.Title, Description: s.Found.Description, EndpointURL: a.endpoint,
		EndpointDescription: s.Config.URL, Version: string(info.Version),
		ConformsTo: []string{"https://spec.openapis.org/oas/v" + a.doc.Version()},
	}
	c := info.Contact
	if contact := (dcat.Contact{Name: string(c.Name), Email: string(c.Email), URL: string(c.URL)}); !contact.IsZero() {
		s.Found.Service.Contact = []dcat.Contact{contact}
	}
	s.tellFields(a.doc.About(apiDocumentFields.Leaves), apiDocumentFields)
	s.Found.Service.License = mapping.LicenseOf(document.First(mapping.KnownLicense(
		string(info.License.URL), string(info.License.Identifier), string(info.License.Name)),
		string(info.License.URL)))
}

// apiDocumentFields are the fields of the document and its info. Version and address
// are the data service's; paths and what they refer to are datasets, or left to the
// document.
var apiDocumentFields = mapping.Uses(mapping.Mapped, "title", "description", "summary").With(
	mapping.Uses(mapping.Noted, "version", "host", "basePath", "schemes", "openapi", "swagger", "paths",
		"components", "definitions", "parameters", "responses",
		"webhooks", "jsonSchemaDialect"))

// record maps one path and those that pick from it; nil when it has no GET.
func (a *api) record(path string, parts []string) *mapping.Record {
	place := placeAt(a.s.Config.URL, document.Pointer("", "paths", path))
	p, err := a.doc.Path(path)
	if err != nil {
		return mapping.Broken(path, place, "openapi-path", path,
			"the path does not have the form of the specification: "+err.Error(),
			"correct the path in the source's document")
	}
	if p.Get == nil {
		return nil
	}
	op := p.Get
	var tags []string
	for _, t := range op.Tags {
		tags = append(tags, string(t))
	}
	if !a.s.Wanted(func(string) string { return strings.Join(tags, ",") }) {
		return nil
	}
	for _, t := range a.s.Texts(tags...) {
		if service := a.s.Found.Service; !slices.Contains(service.Keyword, t) {
			service.Keyword = append(service.Keyword, t)
		}
	}
	d := &dcat.Dataset{Lang: a.s.Config.Language, Identifier: path, Keyword: a.s.Texts(tags...),
		Service: a.s.Base.Service(a.s.Config.ID)}
	rec := &mapping.Record{ID: path, Place: place, Dataset: d}
	title := op.Title()
	if title == "" {
		title = path
		rec.Report(Warning, "title-missing", path, "the operation has neither summary nor description",
			"give the operation a summary")
	}
	d.Title, d.Description = a.s.Texts(title), a.s.Texts(document.Plain(string(op.Description)))
	d.SetLicense(document.First(string(a.doc.Info.License.URL), string(a.doc.Info.License.Identifier),
		string(a.doc.Info.License.Name)))
	if op.ExternalDocs.URL != "" {
		d.Page = []string{document.Absolute(a.url, string(op.ExternalDocs.URL))}
	}
	a.operation(rec, path, &p)
	for _, part := range parts {
		a.add(rec, part)
	}
	a.rest.Carry(rec, append([]string{path}, parts...))
	return rec
}

// add gives a record the distributions of a path that picks from its own.
func (a *api) add(rec *mapping.Record, path string) {
	p, err := a.doc.Path(path)
	if err != nil {
		rec.Report(Warning, "openapi-path", path,
			"the path does not have the form of the specification: "+err.Error(),
			"correct the path in the source's document")
		return
	}
	if p.Get == nil {
		return
	}
	n := len(rec.Dataset.Distribution)
	a.operation(rec, path, &p)
	for i := n; i < len(rec.Dataset.Distribution); i++ {
		rec.Dataset.Distribution[i].Title = a.s.Texts(document.First(p.Get.Title(), path))
	}
}

// operation adds what the GET of a path offers: parameters, and a distribution
// for each media type of the answer.
func (a *api) operation(rec *mapping.Record, path string, p *openapi.Path) {
	d, op := rec.Dataset, p.Get
	server := a.endpoint
	if own := append(op.Servers, p.Servers...); len(own) > 0 {
		server = a.doc.Server(own)
	}
	params := a.doc.Parameters(p, func(ref string, err error) {
		rec.Report(Info, "reference", ref, "the parameter cannot be found: "+err.Error(),
			"put the parameter into the document")
	})
	for _, q := range params {
		d.Note = append(d.Note, a.s.Text(q.Describe(a.s.Config.Language)))
	}
	address := server + path
	sample, ok := openapi.SampleAddress(address, params)
	resp, at := a.doc.Success(path, op.Responses, func(status string, err error) {
		rec.Report(Info, "openapi-response", status, "the answer cannot be read: "+err.Error(),
			"correct the answer in the source's document")
	})
	types := a.doc.MediaTypes(op, resp)
	for _, m := range slices.Sorted(maps.Keys(types)) {
		dist := dcat.Distribution{AccessURL: address, Service: d.Service,
			Description: a.s.Texts(document.Plain(string(resp.Description)))}
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
			where := document.Pointer(at, "schema")
			if a.doc.Swagger == "" {
				where = document.Pointer(at, "content", m, "schema")
			}
			if strings.HasPrefix(schema.Ref, "#/") { // datasets with one schema say so
				where = schema.Ref[1:]
			}
			dist.ConformsTo = []string{a.s.Config.URL + "#" + where}
			if fields := a.doc.FieldNames(schema); len(fields) > 0 {
				dist.Fields = a.s.Texts(strings.Join(fields, "、"))
			}
			a.rest.DescribeFields(rec, len(d.Distribution), types[m])
		}
		if iri, ok := dcat.EncodeIRI(a.doc.Example(at, m, resp, types[m])); ok {
			d.Extra = append(d.Extra, term.Triple{Subject: term.NewIRI(""), Predicate: term.NewIRI(vocab.ADMSSample),
				Object: term.NewIRI(iri)})
		}
		d.Distribution = append(d.Distribution, dist)
	}
}
