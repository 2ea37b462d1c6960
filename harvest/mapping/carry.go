package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"fincat/harvest/document"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// A source's fields are either mapped or carried. vocab/dcat/doc.go says in
// which form they are carried.

// FieldUse says what becomes of the fields of a source's objects, by name: a
// field that is not listed is carried, one with a property is carried under
// that one. A mapped field is carried as well if a value of it did not arrive.
type FieldUse map[string]string

// What becomes of a field besides being carried under a property.
const (
	Mapped = ""  // a mapping reads the field
	Noted  = "-" // the field says nothing of the dataset that does not follow from the kind
)

// Uses returns the same use for several fields.
func Uses(use string, names ...string) FieldUse {
	f := FieldUse{}
	for _, name := range names {
		f[name] = use
	}
	return f
}

// Leaves reports whether a field says nothing that is kept.
func (f FieldUse) Leaves(name string) bool { return f[name] == Noted }

// With returns f with more fields.
func (f FieldUse) With(more FieldUse) FieldUse {
	out := maps.Clone(f)
	maps.Copy(out, more)
	return out
}

// maxCarried bounds the fields that are carried with one record.
const maxCarried = 5000

// maxFieldDepth bounds objects inside objects; what is deeper is kept as JSON.
const maxFieldDepth = 12

// Carrier adds to a record what its mapping left over.
type Carrier struct {
	m    *Mapper
	rec  *Record
	said map[string]struct{} // values that the mapped dataset holds
	n    int                 // statements carried
}

// Carrier begins to carry after a record was mapped. One record after the other:
// the carrier of the one before is of no use any more.
func (m *Mapper) Carrier(rec *Record) *Carrier {
	if m.said == nil {
		m.said = map[string]struct{}{}
	}
	clear(m.said)
	c := &Carrier{m: m, rec: rec, said: m.said}
	rec.Dataset.Values(func(v string) { c.said[v] = struct{}{} })
	return c
}

// Rest carries what is left of an object of the source about the dataset.
func (c *Carrier) Rest(values map[string]any, use FieldUse) {
	c.RestOf(&c.rec.Dataset.Extra, values, use)
}

// RestOf carries what is left of an object about what the triples belong to.
func (c *Carrier) RestOf(into *[]term.Triple, values map[string]any, use FieldUse) {
	var names []string
	for name, v := range values {
		u, listed := use[name]
		if !listed || u != Noted && (u != Mapped || !c.Arrived(v, 0)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		property := use[name]
		all := property != Mapped || !isListed(use, name)
		if property == Mapped {
			property = c.m.FieldIRI(name)
		}
		for _, v := range ListOf(values[name]) {
			if all || !c.Arrived(v, 0) {
				c.Add(into, term.NewIRI(""), property, v, 0)
			}
		}
	}
}

func isListed(use FieldUse, name string) bool { _, ok := use[name]; return ok }

// ListOf returns the members of an array, and any other value as the only one.
func ListOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// Add carries one value as a statement about s. depth is how many objects it stands
// in.
func (c *Carrier) Add(into *[]term.Triple, s term.Term, property string, v any, depth int) {
	if c.n++; c.n > maxCarried {
		if c.n == maxCarried+1 {
			c.rec.Report(problem.Warning, "fields", "",
				fmt.Sprintf("the record has more than %d values that no mapping knows; "+
					"those beyond are left out", maxCarried), "ask the source's owner for smaller records")
		}
		return
	}
	triple := func(o term.Term) {
		*into = append(*into, term.Triple{Subject: s, Predicate: term.NewIRI(property), Object: o})
	}
	switch v := v.(type) {
	case map[string]any:
		if text, ok := v["@value"].(string); ok && len(v) <= 2 {
			lang, _ := v["@language"].(string)
			triple(dcat.Text{Value: text, Lang: lang}.Term())
			return
		}
		if depth >= maxFieldDepth {
			triple(jsonTerm(v))
			return
		}
		node := term.NewBlankNode("f" + strconv.Itoa(c.n))
		before := len(*into)
		triple(node)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			for _, e := range ListOf(v[name]) {
				c.Add(into, node, c.m.FieldIRI(name), e, depth+1)
			}
		}
		if len(*into) == before+1 { // an empty object
			*into = (*into)[:before]
		}
	case []any:
		if len(v) > 0 {
			triple(jsonTerm(v))
		}
	case term.Term:
		if strings.TrimSpace(v.Value()) != "" {
			triple(v)
		}
	default:
		if o, ok := scalar(v); ok {
			triple(o)
		}
	}
}

// jsonTerm keeps a value as its JSON.
func jsonTerm(v any) term.Term {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return term.NewString(fmt.Sprint(v))
	}
	return term.NewLiteral(strings.TrimSpace(b.String()), vocab.RDFNS+"JSON")
}

// scalar returns the literal of a text, number or boolean; not ok for what says
// nothing.
func scalar(v any) (term.Term, bool) {
	switch v := v.(type) {
	case string:
		return term.NewString(v), strings.TrimSpace(v) != ""
	case bool:
		return term.NewLiteral(strconv.FormatBool(v), vocab.XSDBoolean), true
	case json.Number:
		return number(v.String()), true
	case float64:
		return number(strconv.FormatFloat(v, 'g', -1, 64)), true
	}
	return term.Term{}, false
}

func number(s string) term.Term {
	switch {
	case strings.ContainsAny(s, "eE"):
		return term.NewLiteral(s, vocab.XSDDouble)
	case strings.Contains(s, "."):
		return term.NewLiteral(s, vocab.XSDDecimal)
	}
	return term.NewLiteral(s, vocab.XSDInteger)
}

// FieldIRI returns the property of a field of this kind of source. Letters and
// digits of every script stay readable.
func (m *Mapper) FieldIRI(name string) string {
	if iri, ok := m.fieldIRIs[name]; ok {
		return iri
	}
	var b strings.Builder
	b.WriteString(vocab.FincatFieldNS + m.Kind + "#")
	for _, c := range strings.ToValidUTF8(strings.TrimSpace(name), "\uFFFD") {
		if c == '-' || c == '.' || c == '_' || c < 0xE000 && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			b.WriteRune(c)
			continue
		}
		for _, octet := range []byte(string(c)) {
			fmt.Fprintf(&b, "%%%02X", octet)
		}
	}
	if len(m.fieldIRIs) < maxCarried { // a source may have a name for each record
		if m.fieldIRIs == nil {
			m.fieldIRIs = map[string]string{}
		}
		m.fieldIRIs[name] = b.String()
	}
	return b.String()
}

// Arrived reports whether every value in v is in the mapped dataset.
func (c *Carrier) Arrived(v any, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		if depth > maxFieldDepth {
			return false
		}
		for name, e := range v {
			if name != "@type" && name != "@language" && !c.Arrived(e, depth+1) {
				return false
			}
		}
		return true
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !c.Arrived(e, depth+1) })
	case string:
		return c.ArrivedText(v)
	case json.Number:
		return c.ArrivedText(v.String())
	case nil:
		return true
	}
	o, ok := scalar(v)
	return !ok || c.ArrivedText(o.Value())
}

func (c *Carrier) has(v string) bool {
	_, ok := c.said[v]
	return ok
}

// ArrivedText reports whether a text is among the dataset's values, as it is or
// in the form that a mapping gives it.
func (c *Carrier) ArrivedText(v string) bool {
	v = strings.TrimSpace(v)
	if v == "" || c.has(v) {
		return true
	}
	text := document.Plain(v)
	if c.has(text) || text == "" {
		return true
	}
	for _, f := range []func(string) (string, bool){mappedFormat, dcat.License, mappedDate, dcat.WholeNumber,
		c.mappedName,
		dcat.Frequency, dcat.EncodeIRI, dcat.DatasetType, dcat.AccessRight, dcat.LanguageIRI} {
		if len(text) > maxName {
			break
		}
		if form, ok := f(text); ok && c.has(form) {
			return true
		}
	}
	for _, form := range []string{Identity(v), strings.TrimPrefix(v, "mailto:"), "mailto:" + v,
		strings.TrimPrefix(v, "tel:"),
		dcat.MediaTypeOf(v), document.Absolute(c.rec.Place.URL, v), c.m.Base.Dataset(c.m.Source, v)} {
		if c.has(form) {
			return true
		}
	}
	return c.arrivedParts(text)
}

const maxName = 2000 // bytes of what may be a name, code or address

// arrivedParts is ArrivedText for a text that a mapping takes apart.
func (c *Carrier) arrivedParts(text string) bool {
	if len(text) > 64<<10 {
		return false
	}
	for _, split := range []func(string) []string{SplitKeywords, SplitAddresses, SplitNames, strings.Fields} {
		if parts := split(text); len(parts) > 1 && !slices.ContainsFunc(parts, func(p string) bool {
			p = strings.TrimSpace(p)
			return !c.has(p) && !c.arrivedForm(p)
		}) {
			return true
		}
	}
	return false
}

func (c *Carrier) arrivedForm(p string) bool {
	for _, f := range []func(string) (string, bool){mappedFormat, c.mappedName, dcat.EncodeIRI} {
		if form, ok := f(p); ok && c.has(form) {
			return true
		}
	}
	return p == ""
}

// mappedDate returns the lexical form of a date.
func mappedDate(v string) (string, bool) {
	t, ok := dcat.ParseDate(v)
	return t.Value(), ok
}

func mappedFormat(v string) (string, bool) {
	iri, _, ok := dcat.Format(v)
	return iri, ok
}

// mappedName returns the IRI of the organisation or service category that a name
// stands for.
func (c *Carrier) mappedName(v string) (string, bool) {
	if o, ok := c.m.Directory.ByName(v); ok {
		return c.m.Base.Org(o.ID), true
	}
	var d dcat.Dataset
	if d.AddTheme(c.m.Base, v); len(d.Theme) > 0 {
		return d.Theme[0], true
	}
	return "", false
}
