package openapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"fincat/harvest/document"
)

// Parameter is a parameter of an operation, of 2.0 or 3.x.
type Parameter struct {
	Ref         string `json:"$ref"`
	Name, In    string
	Required    any
	Description document.LooseText
	Type        any // 2.0
	Format      document.LooseText
	Example     any
	Examples    map[string]struct{ Value any }
	Default     any // 2.0
	Enum        []any
	Schema      *Schema // 3.x
}

// Parameters returns those of a path's GET, which override those of the path. It
// calls missing for a reference that leads to none.
func (d *Document) Parameters(p *Path, missing func(ref string, err error)) []Parameter {
	var out []Parameter
	for _, q := range slices.Concat(p.Parameters, p.Get.Parameters) {
		if q.Ref != "" {
			if err := d.Decode(d.find(q.Ref), &q); err != nil {
				missing(q.Ref, err)
				continue
			}
		}
		if q.Name == "" || q.In == "body" {
			continue
		}
		i := slices.IndexFunc(out, func(o Parameter) bool { return o.Name == q.Name && o.In == q.In })
		if i >= 0 {
			out[i] = q
			continue
		}
		out = append(out, q)
	}
	return out
}

// required reports whether the operation needs the parameter.
func (q *Parameter) required() bool { return q.In == "path" || fmt.Sprint(q.Required) == "true" }

// sample returns a value that the document gives for the parameter.
func (q *Parameter) sample() string {
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
func (q *Parameter) values() []any {
	if q.Schema != nil && len(q.Enum) == 0 {
		return q.Schema.Enum
	}
	return q.Enum
}

// Describe puts a parameter into words: 參數 year（query，必填，integer，例 115）：民國年.
func (q *Parameter) Describe(lang string) string {
	say := func(zh, en string) string { return sayIn(lang, zh, en) }
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
	if text := document.Plain(string(q.Description)); text != "" {
		out += say("：", ": ") + text
	}
	return out
}

// SampleAddress returns an address at which something can be fetched: with the
// document's values for the parameters that are required. ok is false when one
// has none.
func SampleAddress(address string, params []Parameter) (string, bool) {
	query := url.Values{}
	for _, q := range params {
		if !q.required() || q.In == "header" || q.In == "cookie" {
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
