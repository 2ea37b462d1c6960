package oas

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/openapi"
)

// item is a path item with the operations that can serve data.
type item struct {
	Servers    []openapi.Server
	Parameters []openapi.Parameter
	Get, Post  *operation
}

// operation is one of them.
type operation struct {
	openapi.Operation
	OperationID document.LooseText `json:"operationId"`
	Deprecated  bool
	Security    []json.RawMessage

	method, path string
	at           []openapi.Server
	parameters   []openapi.Parameter
	fields       []string
	data         bool // it answers with data
	locked       bool // it asks for a login or a key
}

func (o *operation) String() string { return o.method + " " + o.path }

// matcher looks for the operation that serves a dataset.
type matcher struct {
	*Document
	dataset   Dataset
	resources []address
	bases     []string // addresses that the document may have been found at
	known     map[*openapi.Server][]address
	elsewhere bool // there are operations at servers that have nothing to do with the dataset
}

func newMatcher(d *Document, dataset Dataset) *matcher {
	m := &matcher{Document: d, dataset: dataset, bases: bases(dataset.Addresses),
		known: map[*openapi.Server][]address{}}
	if dataset.Document != "" {
		m.bases = []string{dataset.Document}
	}
	for _, a := range append(slices.Clone(dataset.Addresses), dataset.Document) {
		if parsed, ok := parseAddress(a); ok {
			parsed.isDocument = parsed.isDocument || a == dataset.Document
			m.resources = append(m.resources, parsed)
		}
	}
	if len(m.bases) == 0 {
		m.bases = []string{""}
	}
	return m
}

// serves returns the operation that serves the dataset, and tells what stands in the way
// of others.
func (m *matcher) serves(r *Result) (*operation, bool) {
	if len(m.operations) == 0 {
		r.fail("no-operation", "/paths", "the document has no operation with GET or POST")
		return nil, false
	}
	o, how := m.best()
	if o == nil {
		if m.elsewhere {
			r.fail("server-elsewhere", "/servers",
				"the document's operations are at servers that have nothing to do "+
					"with the dataset's addresses")
			return nil, false
		}
		r.fail("operation-missing", "/paths",
			"no operation of the document serves this dataset: none has its address, "+
				"its title or its identifier")
		return nil, false
	}
	at := document.Pointer("", "paths", o.path, strings.ToLower(o.method))
	if !o.data {
		r.fail("no-data-answer", at+"/responses",
			"%s is described without a successful answer that is data", o)
		return o, false
	}
	if !m.near(o) {
		r.find("server-elsewhere", "/servers", "%s is at a server that has nothing to do with the dataset's "+
			"addresses", o)
	}
	if o.Deprecated {
		r.find("deprecated", at, "%s is deprecated", o)
	}
	if o.method == "POST" {
		r.find("post-only", at, "%s serves the dataset only by POST", o)
	}
	if o.locked {
		r.find("login-required", at,
			"%s asks for a login or a key, which does not keep it from counting", o)
	}
	if share, known := m.sameFields(o); known && share < 0.3 {
		r.find("fields-differ", at, "the fields of the answer are not those of the dataset")
	}
	if r.Valid {
		r.Why = fmt.Sprintf("%s serves the dataset: %s", o, how)
	}
	return o, true
}

// operations reads those of the document.
func (r *Result) operations(d *openapi.Document) []*operation {
	var out []*operation
	var about struct {
		Security []json.RawMessage
	}
	_ = json.Unmarshal(d.JSON(), &about) // of another form, it asks for nothing
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		var i item
		if err := d.Decode(d.Paths[path], &i); err != nil {
			r.find("invalid", document.Pointer("", "paths", path),
				"the path cannot be read: %v", err)
			continue
		}
		for method, o := range map[string]*operation{"GET": i.Get, "POST": i.Post} {
			if o == nil {
				continue
			}
			o.method, o.path = method, path
			o.complete(d, &i)
			if o.locked = locked(about.Security); o.Security != nil {
				o.locked = locked(o.Security)
			}
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *operation) int {
		return strings.Compare(a.method+" "+a.path, b.method+" "+b.path) // GET comes first
	})
	return out
}

// locked tells whether every way to meet the requirements needs something.
func locked(requirements []json.RawMessage) bool {
	return len(requirements) > 0 && !slices.ContainsFunc(requirements, func(r json.RawMessage) bool {
		var ways map[string]any
		return json.Unmarshal(r, &ways) == nil && len(ways) == 0
	})
}

// Servers of operations for which none are listed.
var (
	ofDocument = []openapi.Server{{}}
	atRoot     = []openapi.Server{{URL: "/"}}
)

// complete adds what the path and the document say of an operation.
func (o *operation) complete(d *openapi.Document, i *item) {
	p := openapi.Path{Parameters: i.Parameters, Get: &o.Operation}
	o.parameters = d.Parameters(&p, func(string, error) {})
	switch {
	case d.Swagger != "":
		o.at = ofDocument // host and base path
	case len(o.Servers) > 0:
		o.at = o.Servers
	case len(i.Servers) > 0:
		o.at = i.Servers
	case len(d.Servers) > 0:
		o.at = d.Servers
	default:
		o.at = atRoot // OpenAPI 3.1 §4.8.1
	}
	answers := map[string]json.RawMessage{}
	for status, raw := range o.Responses {
		if strings.HasPrefix(status, "2") && status != "204" && status != "205" {
			answers[status] = raw
		}
	}
	if len(answers) == 0 {
		// OpenAPI 3.1 lets out what an operation answers; of older versions that is a fault.
		o.data = len(o.Responses) == 0 && d.Swagger == "" && !strings.HasPrefix(string(d.OpenAPI), "3.0")
		return
	}
	answer, _ := d.Success(o.path, answers, func(string, error) {})
	types := d.MediaTypes(&o.Operation, answer)
	for _, mediaType := range slices.Sorted(maps.Keys(types)) {
		if !isData(mediaType) {
			continue
		}
		o.data = true
		if names := d.FieldNames(types[mediaType].Schema); len(names) > len(o.fields) {
			o.fields = names
		}
	}
}

// isData tells whether a media type can hold data. An answer may name none.
func isData(mediaType string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(mediaType)), ";")
	switch {
	case mediaType == "text/html", mediaType == "application/xhtml+xml", mediaType == "application/pdf",
		mediaType == "application/javascript", mediaType == "text/css",
		strings.HasPrefix(mediaType, "image/") && mediaType != "image/tiff",
		strings.HasPrefix(mediaType, "video/"), strings.HasPrefix(mediaType, "audio/"):
		return false
	}
	return true
}

// maxServers bounds how many servers of an operation are looked at.
const maxServers = 20

// servers returns where the path of an operation is added to.
func (m *matcher) servers(o *operation) []address {
	key := &o.at[0] // operations without servers of their own share those of the document
	if known, ok := m.known[key]; ok {
		return known
	}
	var out []address
	for _, s := range o.at[:min(len(o.at), maxServers)] {
		for _, b := range m.bases {
			a, ok := parseAddress(m.doc.At(b).Server([]openapi.Server{s}))
			if ok && !slices.ContainsFunc(out, func(o address) bool { return o.key() == a.key() }) {
				out = append(out, a)
			}
		}
	}
	m.known[key] = out
	return out
}
