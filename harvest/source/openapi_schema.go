package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"fincat/vocab/dcat"
)

// apiParameter is a parameter of an operation, of 2.0 or 3.x.
type apiParameter struct {
	Ref         string `json:"$ref"`
	Name, In    string
	Required    any
	Description looseText
	Type        any // 2.0
	Format      looseText
	Example     any
	Examples    map[string]struct{ Value any }
	Default     any // 2.0
	Enum        []any
	Schema      *apiSchema // 3.x
}

type apiResponse struct {
	Description looseText
	Schema      *apiSchema                 // 2.0
	Examples    map[string]json.RawMessage // 2.0, by media type
	Content     map[string]apiContent      // 3.x
}

type apiContent struct {
	Schema   *apiSchema
	Example  json.RawMessage
	Examples map[string]struct{ ExternalValue string }
}

// apiSchema is what the mapping needs of a schema.
type apiSchema struct {
	Ref                 string `json:"$ref"`
	Type                any
	Format              looseText
	Items               *apiSchema
	AllOf, OneOf, AnyOf []*apiSchema
	Properties          json.RawMessage
	Example, Default    any
	Examples            []any
	Enum                []any
}

// UnmarshalJSON takes a schema of any form: true and false are schemas in 3.1,
// and what is none at all says nothing.
func (s *apiSchema) UnmarshalJSON(b []byte) error {
	type plainSchema apiSchema
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return nil
	}
	if err := json.Unmarshal(b, (*plainSchema)(s)); err != nil { // a member of another form than ours
		var m struct {
			Ref        string `json:"$ref"`
			Items      *apiSchema
			Properties json.RawMessage
		}
		if json.Unmarshal(b, &m) == nil {
			*s = apiSchema{Ref: m.Ref, Items: m.Items, Properties: m.Properties}
		}
	}
	return nil
}

// maxReferences bounds how often one reference leads to the next, and
// maxSchemaDepth how deep schemas are looked into.
const (
	maxReferences  = 16
	maxSchemaDepth = 12
	maxSchemas     = 2000 // looked into for one answer
	maxFields      = 500
)

var errReference = errors.New("a reference leads nowhere, out of the document, or in a circle")

// decode decodes what a value is or, when it is a reference, what that leads to.
func (a *api) decode(raw json.RawMessage, into any) error {
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
		if raw = a.find(to.Ref); raw == nil {
			return fmt.Errorf("%w: %s", errReference, to.Ref)
		}
	}
	return errReference
}

// find returns what a reference within the document points to, nil if nothing
// (RFC 6901 §6).
func (a *api) find(ref string) json.RawMessage {
	at, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	raw, so := json.RawMessage(a.body), ""
	for depth, name := range strings.Split(at, "/") {
		m, known := a.objects[so]
		if !known {
			if json.Unmarshal(raw, &m) != nil {
				return nil
			}
			if depth < 3 { // #/components/schemas
				a.objects[so] = m
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

// parameters returns those of a path's GET, which override those of the path.
func (a *api) parameters(rec *Record, p *apiPath) []apiParameter {
	var out []apiParameter
	for _, q := range slices.Concat(p.Parameters, p.Get.Parameters) {
		if q.Ref != "" {
			if err := a.decode(a.find(q.Ref), &q); err != nil {
				rec.problem(Info, "reference", q.Ref, "the parameter cannot be found: "+err.Error(), "put the parameter into the document")
				continue
			}
		}
		if q.Name == "" || q.In == "header" || q.In == "cookie" || q.In == "body" {
			continue
		}
		i := slices.IndexFunc(out, func(o apiParameter) bool { return o.Name == q.Name && o.In == q.In })
		if i >= 0 {
			out[i] = q
			continue
		}
		out = append(out, q)
	}
	return out
}

// required reports whether the operation needs the parameter.
func (q *apiParameter) required() bool { return q.In == "path" || fmt.Sprint(q.Required) == "true" }

// sample returns a value that the document gives for the parameter.
func (q *apiParameter) sample() string {
	values := []any{q.Example}
	for _, name := range slices.Sorted(maps.Keys(q.Examples)) {
		values = append(values, q.Examples[name].Value)
	}
	if q.Schema != nil {
		values = append(append(values, q.Schema.Example), q.Schema.Examples...)
		values = append(values, q.Schema.Default)
	}
	values = append(values, q.Default)
	values = append(values, q.values()...)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			if v != "" {
				return v
			}
		case float64, bool:
			return fmt.Sprint(v)
		}
	}
	return ""
}

// values returns those that the parameter may have, if they are listed.
func (q *apiParameter) values() []any {
	if q.Schema != nil && len(q.Enum) == 0 {
		return q.Schema.Enum
	}
	return q.Enum
}

// describe puts a parameter into words: 參數 year（query，必填，integer，例 115）：民國年.
func (q *apiParameter) describe(lang string) string {
	chinese := strings.HasPrefix(lang, "zh")
	say := func(zh, en string) string {
		if chinese {
			return zh
		}
		return en
	}
	about := []string{q.In}
	if q.required() {
		about = append(about, say("必填", "required"))
	}
	kind, format := q.Type, string(q.Format)
	if q.Schema != nil {
		kind, format = q.Schema.Type, string(q.Schema.Format)
	}
	if format == "" {
		format, _ = kind.(string)
	}
	if format != "" && format != "string" {
		about = append(about, format)
	}
	if v := q.values(); len(v) > 0 && len(v) <= 20 {
		var list []string
		for _, e := range v {
			list = append(list, fmt.Sprint(e))
		}
		about = append(about, strings.Join(list, "|"))
	} else if s := q.sample(); s != "" && len(s) < 100 {
		about = append(about, say("例 ", "such as ")+s)
	}
	out := say("參數 ", "parameter ") + q.Name + say("（", " (") + strings.Join(about, say("，", ", ")) + say("）", ")")
	if text := plain(string(q.Description)); text != "" {
		out += say("：", ": ") + text
	}
	return out
}

// sampleAddress returns an address at which something can be fetched: with the
// document's values for the parameters that are required. ok is false when one
// has none.
func sampleAddress(address string, params []apiParameter) (string, bool) {
	query := url.Values{}
	for _, q := range params {
		if !q.required() {
			continue
		}
		v := q.sample()
		if v == "" {
			return "", false
		}
		if q.In == "path" {
			address = strings.ReplaceAll(address, "{"+q.Name+"}", url.PathEscape(v))
		} else {
			query.Set(q.Name, v)
		}
	}
	if strings.Contains(address, "{") {
		return "", false
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address, true
}

// success returns the answer that carries the data, 200, another 2xx or
// default, and where it stands.
func (a *api) success(rec *Record, path string, responses map[string]json.RawMessage) (*apiResponse, string) {
	for _, status := range append([]string{"200"}, slices.Sorted(maps.Keys(responses))...) {
		raw, ok := responses[status]
		if !ok || !strings.HasPrefix(status, "2") && status != "default" {
			continue
		}
		var r apiResponse
		if err := a.decode(raw, &r); err != nil {
			rec.problem(Info, "openapi-response", status, "the answer cannot be read: "+err.Error(), "correct the answer in the source's document")
			continue
		}
		return &r, pointer("", "paths", path, "get", "responses", status)
	}
	return &apiResponse{}, pointer("", "paths", path, "get", "responses")
}

// example returns the address of an example of the answer in one media type.
func (a *api) example(at, mediaType string, r *apiResponse, c apiContent) string {
	found := ""
	switch {
	case r.Examples[mediaType] != nil:
		found = a.s.Config.URL + "#" + pointer(at, "examples", mediaType)
	case len(c.Example) > 0:
		found = a.s.Config.URL + "#" + pointer(at, "content", mediaType, "example")
	case len(c.Examples) > 0:
		name := slices.Min(slices.Collect(maps.Keys(c.Examples)))
		if found = c.Examples[name].ExternalValue; found != "" {
			found = absolute(a.r.URL, found)
		} else {
			found = a.s.Config.URL + "#" + pointer(at, "content", mediaType, "examples", name)
		}
	}
	iri, _ := dcat.EncodeIRI(found)
	return iri
}

// fields returns the names of the properties of a record in the answer, in the
// order of the document. An answer that wraps a list of records, with a count
// or a message beside it, has the fields of those records.
func (a *api) fields(s *apiSchema) []string {
	var names []string
	a.looked = 0
	for _, p := range a.properties(s, 0) {
		if !slices.Contains(names, p.name) && len(names) < maxFields {
			names = append(names, p.name)
		}
	}
	return names
}

type apiProperty struct {
	name   string
	schema *apiSchema
}

func (a *api) properties(s *apiSchema, depth int) []apiProperty {
	if a.looked++; s == nil || depth > maxSchemaDepth || a.looked > maxSchemas {
		return nil
	}
	if s.Ref != "" {
		var to apiSchema
		if a.decode(a.find(s.Ref), &to) != nil {
			return nil
		}
		return a.properties(&to, depth+1)
	}
	out := schemaProperties(s.Properties)
	for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf) {
		out = append(out, a.properties(part, depth+1)...)
	}
	if len(out) == 0 {
		return a.properties(s.Items, depth+1)
	}
	if inner := a.wrapped(out, depth); inner != nil {
		return inner
	}
	return out
}

// wrapped returns the properties of the records in the only list of records
// among some properties.
func (a *api) wrapped(outer []apiProperty, depth int) []apiProperty {
	var found []apiProperty
	for _, p := range outer {
		list := p.schema
		for range maxReferences {
			var to apiSchema
			if list == nil || list.Ref == "" || a.decode(a.find(list.Ref), &to) != nil {
				break
			}
			list = &to
		}
		if list == nil || list.Items == nil {
			continue
		}
		inner := a.properties(list.Items, depth+1)
		if len(inner) == 0 {
			continue
		}
		if found != nil {
			return nil
		}
		found = inner
	}
	return found
}

// schemaProperties returns an object's members in document order.
func schemaProperties(raw json.RawMessage) []apiProperty {
	var out []apiProperty
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for dec.More() && len(out) < maxFields {
		t, err := dec.Token()
		if err != nil {
			return out
		}
		var schema apiSchema
		if dec.Decode(&schema) != nil {
			return out
		}
		if name, ok := t.(string); ok && strings.TrimSpace(name) != "" {
			out = append(out, apiProperty{strings.TrimSpace(name), &schema})
		}
	}
	return out
}
