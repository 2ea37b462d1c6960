package mapping

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/vocab/dcat"
)

// Mapper maps what one source says to records. It knows the source's settings
// and the catalogue's directory, and counts what it leaves out.
type Mapper struct {
	Base      dcat.Base         // of the catalogue's own IRIs
	Directory *dcat.Directory   // the organisations that names stand for
	Source    string            // the source's id
	Kind      string            // the source's kind, which names the properties of carried fields
	Language  string            // tag of text that has none
	Filter    map[string]string // only records whose fields have these values are wanted

	filtered  int                 // records that the filter left out
	echoes    int                 // records that came from this catalogue
	said      map[string]struct{} // of the record at hand, see carrier
	fieldIRIs map[string]string   // by name of the field
}

// Filtered returns how many records the filter left out.
func (m *Mapper) Filtered() int { return m.filtered }

// Echoes returns how many records were left out because they came from this
// catalogue.
func (m *Mapper) Echoes() int { return m.echoes }

// Publisher returns the agent for a name a source gives: an organisation of the
// directory when it is one, else an agent of that name.
func (m *Mapper) Publisher(name string) dcat.Agent { return m.PublisherIn(name, m.Language) }

// PublisherIn is [Mapper.Publisher] for a name in another language.
func (m *Mapper) PublisherIn(name, lang string) dcat.Agent {
	name = strings.TrimSpace(name)
	if o, ok := m.Directory.ByName(name); ok {
		return o.Agent(m.Base)
	}
	if name == "" {
		return dcat.Agent{}
	}
	return dcat.Agent{Name: []dcat.Text{TextIn(name, lang)}}
}

// Text gives a string the source's language, if it is written in that.
func (m *Mapper) Text(v string) dcat.Text { return TextIn(v, m.Language) }

// TextIn gives a string the language that its record or field has.
func TextIn(v, lang string) dcat.Text {
	v = strings.TrimSpace(v)
	return dcat.Text{Value: v, Lang: dcat.Written(v, lang)}
}

// Texts is text for several strings, without the empty ones.
func (m *Mapper) Texts(values ...string) []dcat.Text {
	var out []dcat.Text
	for _, v := range values {
		if t := m.Text(v); t.Value != "" {
			out = append(out, t)
		}
	}
	return out
}

// Wanted applies the configured filter to a record's fields.
func (m *Mapper) Wanted(field func(name string) string) bool {
	for name, want := range m.Filter {
		if !strings.EqualFold(strings.TrimSpace(field(name)), want) {
			m.filtered++
			return false
		}
	}
	return true
}

// TextsOf returns a member's values as text without markup, in the language they
// name or else the given one.
func TextsOf(o document.Object, lang, name string) []dcat.Text {
	var out []dcat.Text
	for _, v := range o.List(name) {
		if list := ByLanguage(v); len(list) > 0 {
			out = append(out, list...)
			continue
		}
		t := TextIn(document.Plain(document.TextOf(v)), lang)
		if m, ok := v.(map[string]any); ok && document.TextOf(m["@language"]) != "" {
			t.Lang = document.TextOf(m["@language"])
		}
		if t.Value != "" {
			out = append(out, t)
		}
	}
	return out
}

// LanguageTags matches the tags of languages (BCP 47).
var LanguageTags = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$`)

// ByLanguage returns the texts of an object whose members are named by language,
// as CKAN's extensions have it; it may be written as text.
func ByLanguage(v any) []dcat.Text {
	if s, ok := v.(string); ok && strings.HasPrefix(strings.TrimSpace(s), "{") {
		m, err := document.ReadObject([]byte(s))
		if err != nil {
			return nil
		}
		v = m
	}
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return nil
	}
	var out []dcat.Text
	for _, tag := range slices.Sorted(maps.Keys(m)) {
		if !LanguageTags.MatchString(tag) {
			return nil
		}
		for _, e := range ListOf(m[tag]) {
			text, ok := e.(string)
			if !ok && e != nil {
				return nil
			}
			if text = document.Plain(text); text != "" {
				out = append(out, dcat.Text{Value: text, Lang: strings.ReplaceAll(tag, "_", "-")})
			}
		}
	}
	return out
}

// LicenseOf returns the licence that a name or address stands for, "" for text
// that names none.
func LicenseOf(v string) string {
	if iri, ok := dcat.License(v); ok {
		return iri
	}
	if dcat.IsAddress(v) {
		return v
	}
	return ""
}

// KnownLicense returns the first name that the licence list has.
func KnownLicense(names ...string) string {
	for _, n := range names {
		if iri, ok := dcat.License(n); ok {
			return iri
		}
	}
	return ""
}

// LanguageTag turns the three-letter codes that repositories use into tags.
func LanguageTag(code string) string {
	switch strings.ToLower(code) {
	case "eng":
		return "en"
	case "chi", "zho":
		return "zh"
	}
	return code
}
