package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fincat/harvest/document"
)

// Field is what the document says of one field of an answer.
type Field struct {
	Name  string // with those of the objects it stands in before it, as in list.code; "" is the answer itself
	about map[string]any
}

// Fields returns what the document says of the fields of an answer, of those that
// wrap the records and of those inside objects as well, in the order of the document.
// complete is false when there are more than are looked at.
func (d *Document) Fields(c Content) (fields []Field, complete bool) {
	d.looked = 0
	w := fieldWalk{d: d, said: map[string]bool{}, in: map[string]bool{}, complete: true}
	w.walk("", c.schema, 0)
	return w.fields, w.complete
}

// fieldWalk goes through a schema.
type fieldWalk struct {
	d        *Document
	fields   []Field
	said     map[string]bool // names with what is said of them
	in       map[string]bool // references that are being followed
	read     int             // bytes of schemas
	size     int             // bytes of what is said
	complete bool
}

// Limits for one answer: what is read of schemas again and again, and what is said.
const (
	maxSchemaBytes = 4 << 20
	maxFieldBytes  = 256 << 10
)

func (w *fieldWalk) walk(name string, schema json.RawMessage, depth int) {
	var members map[string]json.RawMessage
	if json.Unmarshal(schema, &members) != nil || members == nil {
		return
	}
	w.d.looked++
	w.read += len(schema)
	if depth > maxSchemaDepth || w.d.looked > maxSchemas || w.read > maxSchemaBytes || len(w.fields) >= maxFields {
		w.complete = false
		return
	}
	w.add(name, members)
	var ref string
	if json.Unmarshal(members["$ref"], &ref) == nil && ref != "" && !w.in[ref] {
		w.in[ref] = true
		w.walk(name, w.d.find(ref), depth+1)
		delete(w.in, ref)
	}
	for _, p := range membersOf(members["properties"]) {
		w.walk(strings.TrimPrefix(name+"."+p.name, "."), p.text, depth+1)
	}
	for _, combined := range []string{"allOf", "oneOf", "anyOf"} {
		var parts []json.RawMessage
		if json.Unmarshal(members[combined], &parts) != nil {
			continue
		}
		for _, part := range parts {
			w.walk(name, part, depth+1)
		}
	}
	w.walk(name, members["items"], depth+1)
}

// structure are the members of a schema that lead to other schemas, which are looked
// at by themselves.
var structure = []string{"properties", "items", "allOf", "oneOf", "anyOf"}

// add keeps what a schema says itself of a field, once. That it is an object or a list
// is told by what is in it.
func (w *fieldWalk) add(name string, members map[string]json.RawMessage) {
	f := Field{Name: name, about: map[string]any{}}
	inner := slices.ContainsFunc(structure, func(key string) bool { return members[key] != nil })
	for key, text := range members {
		var v any
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		switch {
		case slices.Contains(structure, key) || key == "type" && inner || dec.Decode(&v) != nil:
		case key == "$ref" && w.d.find(compact(v)) != nil:
			inner = true
		case compact(v) != "":
			f.about[key] = v
		}
	}
	said := f.Describe("")
	if len(f.about) == 0 && (inner || name == "") || w.said[said] {
		return
	}
	if w.size+len(said) > maxFieldBytes {
		w.complete = false
		return
	}
	w.size += len(said)
	w.said[said] = true
	w.fields = append(w.fields, f)
}

// Describe puts what is said of a field into words: code（string，例 0050）：基金代碼. A
// description that repeats the name is left out.
func (f *Field) Describe(lang string) string {
	var about []string
	for _, name := range slices.Sorted(maps.Keys(f.about)) {
		v := compact(f.about[name])
		switch {
		case v == "" || name == "description" || name == "type" || name == "format":
		case name == "example":
			about = append(about, sayIn(lang, "例 ", "such as ")+v)
		default:
			about = append(about, name+" "+v)
		}
	}
	for _, name := range []string{"format", "type"} {
		if v := compact(f.about[name]); v != "" {
			about = append([]string{v}, about...)
		}
	}
	out := f.Name
	if len(about) > 0 {
		out += sayIn(lang, "（", " (") + strings.Join(about, sayIn(lang, "，", ", ")) + sayIn(lang, "）", ")")
	}
	own := f.Name[strings.LastIndexByte(f.Name, '.')+1:]
	if text := document.Plain(compact(f.about["description"])); text != "" && text != own {
		if out != "" {
			out += Colon(lang)
		}
		out += text
	}
	return strings.TrimSpace(out)
}

// compact writes a value in one line: text as it is, a list of plain values with bars
// between them, anything else as JSON.
func compact(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case []any:
		if !slices.ContainsFunc(v, func(e any) bool { return !isScalar(e) }) {
			var list []string
			for _, e := range v {
				list = append(list, fmt.Sprint(e))
			}
			return strings.Join(list, "|")
		}
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
	default:
		return fmt.Sprint(v)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, json.Number, bool:
		return true
	}
	return false
}

// Colon separates a word from what is said of it, as texts in a language have it.
func Colon(lang string) string { return sayIn(lang, "：", ": ") }

// sayIn returns the Chinese words for text in Chinese, else the English ones.
func sayIn(lang, zh, en string) string {
	if strings.HasPrefix(lang, "zh") {
		return zh
	}
	return en
}
