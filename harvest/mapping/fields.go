package mapping

import (
	"fmt"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Fields are the texts of one record by field name; several values of a field
// are separated by line breaks.
type Fields map[string]string

// Identifier returns what identifies a record without an identifier of its
// own: the address it stands for, else its title.
func (f Fields) Identifier() string {
	return Identity(document.First(f["identifier"], f.address("downloadURL"), f.address("landingPage"),
		f.address("accessURL"), f["title"]))
}

// address returns the first value of a field, "" if it is no address: the program
// behind a link may be that of all links.
func (f Fields) address(name string) string {
	v, _, _ := strings.Cut(f[name], "\n")
	if !dcat.IsAddress(v) {
		return ""
	}
	return v
}

// FieldNames are the names of [Fields].
var FieldNames = []string{
	"identifier", "title", "description", "keyword", "publisher", "landingPage", "downloadURL", "accessURL", "format",
	"license", "frequency", "theme", "issued", "modified", "fields", "note", "contactName", "contactPhone",
	"contactEmail",
	"encoding",
}

// CheckFields reports a name that is none of [FieldNames], with the setting where it
// stands.
func CheckFields(where string, fields map[string]string) error {
	for name := range fields {
		if !slices.Contains(FieldNames, name) {
			return fmt.Errorf("%s: field %q is unknown: use one of %s", where, name, strings.Join(FieldNames, ", "))
		}
	}
	return nil
}

// FromFields maps named fields; nil when the filter leaves the record out.
func (m *Mapper) FromFields(f Fields, place problem.Place) *Record {
	return m.FromColumns(f, nil, place)
}

// FromLines is FromFields for fields whose lines are values: each line of the title is
// a title. Those of the description are its paragraphs.
func (m *Mapper) FromLines(f Fields, place problem.Place) *Record {
	rec := m.FromFields(f, place)
	if rec != nil && rec.Dataset != nil {
		var titles []dcat.Text
		for line := range strings.SplitSeq(f["title"], "\n") {
			for _, t := range m.Texts(document.Plain(line)) {
				if !slices.Contains(titles, t) {
					titles = append(titles, t)
				}
			}
		}
		rec.Dataset.Title = titles
	}
	return rec
}

// FromColumns is FromFields for a record that has columns besides. The filter
// may name a field or a column.
func (m *Mapper) FromColumns(f Fields, column func(name string) string, place problem.Place) *Record {
	id := f.Identifier()
	if f["title"] == "" {
		return Broken(id, place, "title-missing", "", "the record has no title",
			"check the selector or column of title, or give the record a title")
	}
	if !m.Wanted(func(name string) string {
		if v, ok := f[name]; ok || column == nil {
			return v
		}
		return column(name)
	}) {
		return nil
	}
	d := &dcat.Dataset{Lang: m.Language,
		Identifier: id, Title: m.Texts(document.Plain(f["title"])),
		Description: m.Texts(document.Plain(f["description"])),
		Fields:      m.Texts(document.Plain(f["fields"])), Note: m.Texts(document.Plain(f["note"])),
	}
	publisher, _, _ := strings.Cut(f["publisher"], "\n") // a second one is carried
	d.Publisher = m.Publisher(publisher)
	rec := &Record{ID: id, Place: place, Dataset: d}
	d.Keyword = m.Texts(SplitKeywords(f["keyword"])...)
	for _, t := range SplitKeywords(f["theme"]) {
		d.AddTheme(m.Base, t)
	}
	if c := (dcat.Contact{Name: f["contactName"], Phone: f["contactPhone"], Email: f["contactEmail"]}); !c.IsZero() {
		d.Contact = []dcat.Contact{c}
	}
	d.SetLicense(f["license"])
	d.SetFrequency(f["frequency"])
	d.LandingPage = rec.Pages(strings.Split(f["landingPage"], "\n"))
	rec.Dates(f["issued"], f["modified"])
	rec.Addresses(SplitAddresses(f["downloadURL"]), SplitNames(f["format"]), f["encoding"], true)
	rec.Addresses(SplitAddresses(f["accessURL"]), SplitNames(f["format"]), f["encoding"], false)
	return rec
}

// Pages returns the values that are addresses of pages, and reports the others.
func (r *Record) Pages(values []string) []string {
	var out []string
	for _, v := range values {
		switch v = strings.TrimSpace(v); {
		case v == "":
		case dcat.IsAddress(v):
			out = append(out, v)
		default:
			r.NotAddress(v, "this is no address of a page")
		}
	}
	return out
}

// CarryFields carries the values that the mapping of named fields left over.
func (m *Mapper) CarryFields(rec *Record, f Fields) {
	values := map[string]any{}
	d := rec.Dataset
	for name, v := range f {
		values[name] = ListOfLines(v)
		joined := map[string][]dcat.Text{"description": d.Description, "fields": d.Fields, "note": d.Note}[name]
		if len(joined) > 0 { // its lines are in one text
			lines := strings.Split(joined[0].Value, "\n")
			values[name] = slices.DeleteFunc(ListOf(values[name]), func(line any) bool {
				return slices.Contains(lines, document.Plain(line.(string)))
			})
		}
	}
	m.Carrier(rec).Rest(values, Uses(Mapped, FieldNames...))
}

// ListOfLines returns the lines of a text as an array, a single one as it is.
func ListOfLines(v string) any {
	lines := strings.Split(v, "\n")
	if len(lines) == 1 {
		return v
	}
	list := make([]any, len(lines))
	for i, line := range lines {
		list[i] = line
	}
	return list
}

// Dates fills the dates of a record and reports those that are none; they stay
// as text.
func (r *Record) Dates(issued, modified string) {
	d := r.Dataset
	r.Date(&d.Issued, &d.Extra, vocab.DCTIssued, issued, "the date of publication is no date, or may be several")
	r.Date(&d.Modified, &d.Extra, vocab.DCTModified, modified, "the date of change is no date, or may be several")
}

// Date reads a date into a field; one that cannot be read goes to extra.
func (r *Record) Date(into *term.Term, extra *[]term.Triple, property, value, message string) {
	if value = strings.TrimSpace(value); value == "" {
		return
	}
	t, ok := dcat.ParseDate(value)
	if !ok {
		r.unread(extra, property, value, message)
		return
	}
	*into = t
}

func (r *Record) unread(extra *[]term.Triple, property, value, message string) {
	r.Report(problem.Warning, "date", value, message, "write dates as 2026-03-20 or 115-03-20")
	*extra = append(*extra, term.Triple{Subject: term.NewIRI(""), Predicate: term.NewIRI(property),
		Object: term.NewString(value)})
}

// DistributionDates fills the dates of a distribution.
func (r *Record) DistributionDates(d *dcat.Distribution, issued, modified string) {
	r.Date(&d.Issued, &d.Extra, vocab.DCTIssued, issued,
		"a distribution's date of publication is no date, or may be several")
	r.Date(&d.Modified, &d.Extra, vocab.DCTModified, modified,
		"a distribution's date of change is no date, or may be several")
}
