package mapping

import (
	"maps"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Tagged gives the texts of a record the language tags that its source gave them.
// literals are the values of each named field. A tag for which a field has no place is
// carried with its value. It returns the fields without what it took over.
func (m *Mapper) Tagged(rec *Record, f Fields, literals map[string][]term.Term) Fields {
	f = maps.Clone(f)
	left := m.Carrier(rec)
	for _, name := range slices.Sorted(maps.Keys(literals)) {
		values := literals[name]
		if !slices.ContainsFunc(values, isTagged) {
			continue
		}
		if into := rec.texts(name); into != nil {
			*into = m.textsOf(name, values)
			delete(f, name)
			continue
		}
		var plain []string
		for i, v := range values {
			names := rec.Dataset.Publisher.Name
			switch {
			case !isTagged(v):
				plain = append(plain, v.Value())
			case name == "publisher" && i == 0 && len(names) == 1 && names[0].Value == strings.TrimSpace(v.Value()):
				names[0] = dcat.TextOf(v)
			default:
				left.Add(&rec.Dataset.Extra, term.NewIRI(""), m.FieldIRI(name), v, 0)
			}
		}
		if f[name] = strings.Join(plain, "\n"); len(plain) == 0 {
			delete(f, name)
		}
	}
	return f
}

func isTagged(t term.Term) bool { return t.Lang() != "" }

// texts returns where the texts of a named field are, nil for a field of other values.
func (r *Record) texts(name string) *[]dcat.Text {
	d := r.Dataset
	return map[string]*[]dcat.Text{"title": &d.Title, "description": &d.Description, "keyword": &d.Keyword,
		"fields": &d.Fields, "note": &d.Note}[name]
}

// textsOf returns literals as texts, each once; keywords are taken apart.
func (m *Mapper) textsOf(field string, literals []term.Term) (out []dcat.Text) {
	for _, t := range literals {
		parts := []string{document.Plain(t.Value())}
		if field == "keyword" {
			parts = SplitKeywords(t.Value())
		}
		for _, part := range parts {
			text := m.Text(part)
			if isTagged(t) {
				text = dcat.TextOf(term.NewLangString(part, t.Lang()))
			}
			if text.Value != "" && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}
