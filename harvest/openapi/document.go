package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// Document is what a catalogue needs of a document. Where the specification
// says text, real documents have numbers too: in YAML, version: 1.0 is one.
type Document struct {
	Swagger document.LooseText `json:"swagger"`
	OpenAPI document.LooseText `json:"openapi"`
	Info    struct {
		Title, Summary, Description, Version document.LooseText
		License                              struct{ Name, URL, Identifier document.LooseText }
		Contact                              struct{ Name, URL, Email document.LooseText }
	} `json:"info"`
	Host     document.LooseText         `json:"host"`
	BasePath document.LooseText         `json:"basePath"`
	Schemes  document.LooseList[string] `json:"schemes"`
	Produces document.LooseList[string] `json:"produces"`
	Servers  []Server                   `json:"servers"`
	Paths    map[string]json.RawMessage `json:"paths"`

	address string // that was asked for
	url     string // that it came from
	body    []byte
	info    json.RawMessage
	objects map[string]map[string]json.RawMessage // near the root, by pointer
	looked  int                                   // schemas looked into for one answer
}

// Server is an address that paths are added to, with variables in it.
type Server struct {
	URL       string `json:"url"`
	Variables map[string]struct {
		Default document.LooseText `json:"default"`
	} `json:"variables"`
}

// Path is a path item.
type Path struct {
	Ref        string `json:"$ref"`
	Servers    []Server
	Parameters []Parameter
	Get        *Operation
}

// Operation is what a request with GET does.
type Operation struct {
	Summary, Description document.LooseText
	Tags                 document.LooseList[document.LooseText]
	Produces             document.LooseList[string]
	Servers              []Server
	Parameters           []Parameter
	Responses            map[string]json.RawMessage
	ExternalDocs         struct{ URL document.LooseText }
}

// PicksFrom returns the path from whose things another one picks one by a
// parameter, "" when there is none with a GET.
func (d *Document) PicksFrom(path string) string {
	i := strings.LastIndexByte(strings.TrimSuffix(path, "/"), '/')
	if i <= 0 || !strings.HasPrefix(path[i:], "/{") || !strings.HasSuffix(path, "}") {
		return ""
	}
	for _, from := range []string{path[:i], path[:i+1]} {
		if p, err := d.Path(from); err == nil && p.Get != nil && !strings.Contains(from, "{") {
			return from
		}
	}
	return ""
}

// Read reads a document that was asked for at an address.
func Read(r *fetch.Response, address string) (*Document, error) {
	body, err := r.UTF8()
	if err != nil {
		return nil, err
	}
	if b := bytes.TrimSpace(body); len(b) > 0 && b[0] != '{' && !fetch.IsHTML(b) {
		if body, err = document.YAMLToJSON(r, body); err != nil {
			return nil, err
		}
	} else if !json.Valid(b) && !fetch.IsHTML(b) {
		if body, err = document.RepairJSONText(r, body); err != nil {
			return nil, err
		}
	}
	d, err := parse(r, body, address)
	if err != nil {
		return nil, err
	}
	if d.Version() == "" || d.Paths == nil {
		return nil, problem.Errorf(problem.At(r.URL, ""), "openapi", "set url to the OpenAPI document itself",
			"the document has no openapi or swagger version, or no paths")
	}
	return d, nil
}

// Parse reads a document that is at hand and was found at an address. It is stricter
// than [Read]: JSON that is broken stays broken.
func Parse(text []byte, address string) (*Document, error) {
	r := &fetch.Response{URL: address, Body: text}
	body, err := r.UTF8()
	if err != nil {
		return nil, err
	}
	if b := bytes.TrimSpace(body); len(b) > 0 && b[0] != '{' && b[0] != '[' && !fetch.IsHTML(b) {
		if body, err = document.YAMLToJSON(r, body); err != nil {
			return nil, err
		}
	}
	return parse(r, body, address)
}

// parse reads a document in JSON.
func parse(r *fetch.Response, body []byte, address string) (*Document, error) {
	d := &Document{address: address, url: r.URL, body: body,
		objects: map[string]map[string]json.RawMessage{}}
	if err := json.Unmarshal(body, d); err != nil {
		return nil, document.JSONError(r, body, err)
	}
	var about struct{ Info json.RawMessage }
	if err := json.Unmarshal(body, &about); err == nil {
		d.info = about.Info
	}
	return d, nil
}

// At returns the document as if it had been found at another address, against which
// servers without a host are resolved.
func (d *Document) At(address string) *Document {
	at := *d
	at.address, at.url = address, address
	return &at
}

// JSON returns the document's text, which was rewritten if it was YAML.
func (d *Document) JSON() []byte { return d.body }

// About returns what the document says of the service as a whole: its own members
// and those of info, but for the ones that are named.
func (d *Document) About(without func(name string) bool) map[string]any {
	out := map[string]any{}
	for _, raw := range []json.RawMessage{d.body, d.info} {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			continue
		}
		for name, raw := range members {
			if name == "info" || without(name) {
				continue
			}
			dec := json.NewDecoder(bytes.NewReader(raw))
			dec.UseNumber()
			var v any
			if dec.Decode(&v) == nil {
				out[name] = v
			}
		}
	}
	return out
}

// Version returns the version of the specification that the document names.
func (d *Document) Version() string { return string(d.Swagger + d.OpenAPI) }

// Server returns the address that paths are added to.
func (d *Document) Server(servers []Server) string {
	if d.Swagger != "" {
		scheme := "https"
		if len(d.Schemes) > 0 && !slices.Contains(d.Schemes, "https") {
			scheme = d.Schemes[0]
		}
		host := string(d.Host)
		if u, err := url.Parse(d.address); host == "" && err == nil {
			scheme, host = u.Scheme, u.Host
		}
		return scheme + "://" + host + strings.TrimSuffix(string(d.BasePath), "/")
	}
	if len(servers) == 0 {
		servers = []Server{{URL: "/"}}
	}
	at := servers[0].URL
	for name, v := range servers[0].Variables {
		at = strings.ReplaceAll(at, "{"+name+"}", string(v.Default))
	}
	return strings.TrimSuffix(document.Absolute(d.url, at), "/")
}

// Path decodes a path item, which may be a reference to another.
func (d *Document) Path(name string) (p Path, err error) {
	err = d.Decode(d.Paths[name], &p)
	return p, err
}

// Title returns the summary, else the first line of the description.
func (op *Operation) Title() string {
	title, _, _ := strings.Cut(document.Plain(string(op.Description)), "\n")
	return document.First(document.Plain(string(op.Summary)), title)
}

// MediaTypes returns the media types of an answer; without any there is one
// that is not named.
func (d *Document) MediaTypes(op *Operation, resp *Response) map[string]Content {
	types := map[string]Content{}
	produces := op.Produces
	if len(produces) == 0 {
		produces = d.Produces
	}
	if d.Swagger != "" {
		for _, m := range produces {
			types[m] = Content{Schema: resp.Schema, schema: resp.schema}
		}
	}
	for m, c := range resp.Content {
		types[m] = c
	}
	if len(types) == 0 {
		types[""] = Content{Schema: resp.Schema, schema: resp.schema}
	}
	return types
}

// Decode decodes what a value is or, when it is a reference, what that leads to.
func (d *Document) Decode(raw json.RawMessage, into any) error {
	for range maxReferences {
		var to struct {
			Ref string `json:"$ref"`
		}
		if len(raw) == 0 {
			return errReference
		}
		if json.Unmarshal(raw, &to) != nil || to.Ref == "" {
			return json.Unmarshal(raw, into)
		}
		if raw = d.find(to.Ref); raw == nil {
			return fmt.Errorf("%w: %s", errReference, to.Ref)
		}
	}
	return errReference
}

// find returns what a reference within the document points to, nil if nothing
// (RFC 6901 §6).
func (d *Document) find(ref string) json.RawMessage {
	at, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	raw, so := json.RawMessage(d.body), ""
	for depth, name := range strings.Split(at, "/") {
		m, known := d.objects[so]
		if !known {
			if json.Unmarshal(raw, &m) != nil {
				return nil
			}
			if depth < 3 { // #/components/schemas
				d.objects[so] = m
			}
		}
		so += "/" + name
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		if m[name] == nil {
			name, _ = url.PathUnescape(name)
		}
		if raw = m[name]; raw == nil {
			return nil
		}
	}
	return raw
}

var errReference = errors.New("a reference leads nowhere, out of the document, or in a circle")
