package publish

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/profile"
	"fincat/vocab/term"
)

// Fields of the interface that are not only copied.
const (
	fieldIdentifier   = "identifier"
	fieldDistribution = "distribution"
	fieldLicense      = "license"
	fieldCost         = "cost"
	fieldOID          = "publisherOID"
	fieldSpatial      = "spatialCoverage"
	fieldRelated      = "relatedUrl"
	fieldAddress      = "resourceDownloadUrl"
	fieldEncoding     = "resourceCharacterEncoding"
	fieldFormat       = "resourceFormat"
	fieldAbout        = "resourceDescription"
	fieldService      = "categoryService"
)

// costs are the portal's codes of 計費方式, as far as they are known.
var costs = map[string]string{"免費": "free", "free": "free"}

// spatialCode is how the portal writes a place.
var spatialCode = regexp.MustCompile(`^[A-Z]\d{4}-\d{4}-\d{2}$`)

// required returns the fields that a dataset and a distribution must have: those of the profile,
// and those without which the portal could do nothing.
func required() (dataset, distribution []string) {
	dataset, distribution = []string{fieldIdentifier, fieldOID}, []string{fieldAddress}
	for _, f := range profile.Fields() {
		for _, name := range f.V2 {
			switch {
			case f.Condition != "required" || name == fieldIdentifier:
			case strings.HasPrefix(name, "resource"):
				distribution = append(distribution, name)
			default:
				dataset = append(dataset, name)
			}
		}
	}
	return dataset, distribution
}

// A maker makes what is sent of the records of one organisation.
type maker struct {
	config *Config
	dir    *dcat.Directory
	shared map[string]string // what a record does not say and nobody else does
}

// body returns what is sent of a dataset: its fields in the interface v2, without empty ones,
// and what it lacks, each with what can be done about it.
func (m *maker) body(fields map[string]any, g *dcat.Graph, dataset, identifier, owner string) (
	body map[string]any, lacks []string) {
	body = map[string]any{}
	for name, v := range fields {
		if !slices.Contains(generated, name) && name != fieldDistribution && !empty(v) {
			body[name] = v
		}
	}
	body[fieldIdentifier] = identifier
	s := term.NewIRI(dataset)
	for _, name := range []string{"coverageStartedDate", "coverageEndedDate"} {
		if v, _ := body[name].(string); len(v) > len("2014-01-01") {
			body[name] = v[:len("2014-01-01")]
		}
	}
	if v, _ := body[fieldSpatial].(string); !spatialCode.MatchString(v) {
		delete(body, fieldSpatial)
	}
	m.otherwise(body, owner, fieldRelated, g.Value(s, vocab.DCATLandingPage))
	m.otherwise(body, owner, fieldOID, m.oid(owner))
	lacks = append(lacks, m.codes(body, g, s, owner)...)
	for _, name := range settable() {
		if !strings.HasPrefix(name, "resource") && name != "qcLevel" {
			m.otherwise(body, owner, name, "")
		}
	}
	body[fieldDistribution] = m.distributions(fields, g, s, owner, body)
	for _, l := range m.lacks(body) {
		if len(lacks) == 0 || !strings.HasPrefix(l, fieldLicense+":") {
			lacks = append(lacks, l)
		}
	}
	return body, lacks
}

// otherwise gives a field that a record does not say a value: that of the organisation, of all,
// or the one given.
func (m *maker) otherwise(into map[string]any, owner, name, value string) {
	if !empty(into[name]) {
		return
	}
	for _, v := range []string{m.config.Organisations[owner][name], m.config.Fields[name], value, m.shared[name]} {
		if v != "" {
			into[name] = v
			return
		}
	}
}

// oid is the object identifier of an organisation, or of the one that supervises it: the portal
// knows agencies only.
func (m *maker) oid(org string) string {
	for range 4 { // the directory is not deep
		o, ok := m.dir.ByID(org)
		if !ok || o.OID != "" {
			return o.OID
		}
		if org = o.Supervisor; org == "" {
			org = o.Parent
		}
	}
	return ""
}

// codes writes licence and cost as the portal does, or says which code is not known.
func (m *maker) codes(body map[string]any, g *dcat.Graph, s term.Term, owner string) (lacks []string) {
	iri := g.Value(s, vocab.DCTLicense)
	for _, d := range g.Objects(s, vocab.DCATDistributionProperty) {
		if iri == "" {
			iri = g.Value(d, vocab.DCTLicense)
		}
	}
	text, _ := body[fieldLicense].(string)
	delete(body, fieldLicense)
	switch code := m.config.Licences[iri]; {
	case code != "":
		body[fieldLicense] = code
	case iri == dcat.OGDL:
		body[fieldLicense] = "1"
	case iri+text != "":
		name := iri
		if name == "" {
			name = text
		}
		lacks = append(lacks, fmt.Sprintf(
			"license: the portal's code of %s is not known: give it under publish: licences:", name))
	}
	cost, _ := body[fieldCost].(string)
	if code, ok := costs[cost]; ok {
		body[fieldCost] = code
	} else if cost == "" && iri == dcat.OGDL { // the licence asks for nothing
		m.otherwise(body, owner, fieldCost, "free")
	}
	return lacks
}

// distributions writes the distributions of a dataset.
func (m *maker) distributions(fields map[string]any, g *dcat.Graph, s term.Term, owner string,
	body map[string]any) []any {
	out := []any{}
	nodes := g.Objects(s, vocab.DCATDistributionProperty)
	list, _ := fields[fieldDistribution].([]any)
	for i, entry := range list {
		one := map[string]any{}
		from, _ := entry.(map[string]any)
		for name, v := range from {
			if !slices.Contains(generated, name) && !empty(v) {
				one[name] = text(v)
			}
		}
		if i < len(nodes) {
			m.otherwise(one, owner, fieldAddress, g.Value(nodes[i], vocab.DCATAccessURL))
		}
		m.otherwise(one, owner, fieldAbout, text(body["title"]))
		if f := strings.ToUpper(text(one[fieldFormat])); f == "JSON" || f == "GEOJSON" {
			m.otherwise(one, owner, fieldEncoding, "UTF-8") // RFC 8259 §8.1
		}
		for _, name := range settable() {
			if strings.HasPrefix(name, "resource") || name == "qcLevel" {
				m.otherwise(one, owner, name, "")
			}
		}
		out = append(out, one)
	}
	return out
}

// lacks returns the required fields that are not there.
func (m *maker) lacks(body map[string]any) (lacks []string) {
	dataset, distribution := required()
	const remedy = ": complete it at the source, or give it under publish: fields:"
	for _, name := range dataset {
		if empty(body[name]) {
			lacks = append(lacks, name+remedy)
		}
	}
	list, _ := body[fieldDistribution].([]any)
	if len(list) == 0 {
		lacks = append(lacks, "distribution: the dataset has no file and no service: add one at the source")
	}
	for i, d := range list {
		for _, name := range distribution {
			if one, _ := d.(map[string]any); empty(one[name]) {
				lacks = append(lacks, fmt.Sprintf("distribution[%d].%s%s", i, name, remedy))
			}
		}
	}
	return lacks
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// A Difference is a field that is to change.
type Difference struct {
	Field  string `json:"field"` // such as distribution[0].resourceFormat
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// normal is a value as it comes out of JSON.
func normal(v map[string]any) map[string]any {
	out := map[string]any{}
	if data, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(data, &out) // it was JSON a moment ago
	}
	return out
}

// differences compares two bodies, field by field.
func differences(before, after map[string]any) (out []Difference) {
	a, b := map[string]string{}, map[string]string{}
	flatten("", normal(before), a)
	flatten("", normal(after), b)
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a[name] != b[name] {
			out = append(out, Difference{name, a[name], b[name]})
		}
	}
	return out
}

// flatten notes the values of a body by their place.
func flatten(place string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			at := name
			if place != "" {
				at = place + "." + name
			}
			flatten(at, x, into)
		}
	case []any:
		for i, x := range v {
			flatten(fmt.Sprintf("%s[%d]", place, i), x, into)
		}
	default:
		if s := text(v); s != "" {
			into[place] = s
		}
	}
}

// emptied returns a body with an empty text for each field that was sent before and has no value
// any more, so that the portal does not keep it.
func emptied(before, body map[string]any) map[string]any {
	out := maps.Clone(body)
	for name, v := range normal(before) {
		if _, ok := out[name]; ok {
			continue
		}
		if _, list := v.([]any); list {
			out[name] = []string{}
		} else {
			out[name] = ""
		}
	}
	return out
}
