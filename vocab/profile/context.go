package profile

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Context returns the JSON-LD context of the profile (JSON-LD 1.1 §3.1): the names of
// 2015 where one property leads from the dataset or distribution to the value, and
// names for the steps to the others.
func Context() []byte {
	id := func(name string) map[string]any { return map[string]any{"@id": name, "@type": "@id"} }
	terms := map[string]any{
		"Dataset": "dcat:Dataset", "Distribution": "dcat:Distribution", "id": "@id", "a": "@type",
		"distribution": map[string]any{"@id": "dcat:distribution", "@type": "@id", "@container": "@set"},
		"publisher":    id("dct:publisher"), "organization": id("org:subOrganizationOf"),
		"contactPoint": id("dcat:contactPoint"), "temporal": id("dct:temporal"), "tableSchema": id("csvw:tableSchema"),
	}
	used := map[string]bool{"dcat": true, "dct": true, "org": true, "csvw": true, "xsd": true}
	for _, f := range Fields() {
		for _, p := range f.Paths {
			for step := range strings.SplitSeq(p, "/") {
				if prefix, _, ok := strings.Cut(step, ":"); ok && !strings.HasPrefix(step, "<") {
					used[prefix] = true
				}
			}
		}
		if name, property := f.EN, f.Property(); len(f.Paths) > 0 {
			if strings.Contains(f.Paths[0], "/") && f.Paths[0][0] != '<' {
				name = property[strings.IndexByte(property, ':')+1:]
			}
			if _, taken := terms[name]; !taken {
				terms[name] = f.definition()
			}
		}
	}
	for prefix := range used {
		terms[prefix] = prefixes()[prefix]
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	_ = enc.Encode(map[string]any{"@context": terms}) // a buffer does not fail
	return b.Bytes()
}

// definition returns the term of the field in a context.
func (f Field) definition() map[string]any {
	d := map[string]any{"@id": strings.Trim(f.Property(), "<>")}
	switch {
	case slices.Contains([]string{"iri", "place", "email"}, f.Form), f.Kind == "address":
		d["@type"] = "@id"
	case f.Form == "number":
		d["@type"] = "xsd:nonNegativeInteger"
	case f.Form == "text":
		d["@language"] = "zh-Hant-TW"
	}
	if f.Many {
		d["@container"] = "@set"
	}
	return d
}
