package mapping

import (
	"slices"

	"fincat/harvest/document"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// dublinCore is a record in Dublin Core while it is mapped.
type dublinCore struct {
	s      *Mapper
	rec    *Record
	values map[string][]string
}

// FromDublinCore maps the fifteen elements of Dublin Core, and their refinements; nil
// when the filter leaves the record out.
func (m *Mapper) FromDublinCore(place problem.Place, id string, dc *document.Element) *Record {
	d := &dcat.Dataset{Lang: m.Language, Identifier: id}
	rec := &Record{ID: id, Place: place, Dataset: d}
	e := &dublinCore{s: m, rec: rec, values: map[string][]string{}}
	for i := range dc.Children {
		e.element(&dc.Children[i])
	}
	get := func(name string) string { return document.First(e.values[name]...) }
	if len(d.Title) == 0 {
		return Broken(id, place, "title-missing", "", "the record has no dc:title", "give the record a title")
	}
	if !m.Wanted(get) {
		return nil
	}
	d.SetLicense(document.First(get("license"), get("rights")))
	d.SetFrequency(get("accrualPeriodicity"))
	e.identifiers()
	rec.Dates(document.First(get("issued"), get("date")), get("modified"))
	left := m.Carrier(rec)
	for i := range dc.Children {
		c := &dc.Children[i]
		if v := document.Tidy(c.Text); (v != "" || len(c.Children) > 0) &&
			!left.Arrived(document.ElementValue(c, 0), 0) {
			e.carry(c, vocab.DCTNS+c.XMLName.Local)
		}
	}
	return rec
}

// element maps what needs no other element.
func (m *dublinCore) element(c *document.Element) {
	v := document.Tidy(c.Text)
	if v == "" {
		return
	}
	d, name := m.rec.Dataset, c.XMLName.Local
	text := TextIn(v, m.s.Language)
	if tag := LanguageTag(c.Attr("lang")); tag != "" {
		text.Lang = tag
	}
	m.values[name] = append(m.values[name], v)
	switch name {
	case "title", "alternative":
		d.Title = append(d.Title, text)
	case "description", "abstract":
		d.Description = append(d.Description, text)
	case "subject":
		d.Keyword = append(d.Keyword, text)
	case "publisher":
		if d.Publisher.IsZero() {
			d.Publisher = m.s.Publisher(v)
			return
		}
		m.agent(vocab.DCTPublisher, text)
	case "creator":
		m.agent(vocab.DCTCreator, text)
	case "contributor":
		m.agent(vocab.DCTContributor, text)
	case "relation":
		if dcat.IsAddress(v) {
			d.Relation = append(d.Relation, v)
			return
		}
		m.add(vocab.DCTRelation, term.NewString(v))
	case "source":
		o := term.NewString(v)
		if iri, ok := dcat.EncodeIRI(v); ok && dcat.IsAddress(v) {
			o = term.NewIRI(iri)
		}
		m.add(vocab.DCTSource, o)
	case "language":
		m.add(vocab.DCTLanguage, term.NewString(v))
	case "coverage", "spatial", "temporal":
		if name == "coverage" {
			name = "spatial"
		}
		m.add(vocab.DCTNS+name, text.Term())
	}
}

// agent carries an agent that is not the publisher.
func (m *dublinCore) agent(property string, name dcat.Text) {
	d := m.rec.Dataset
	iri := term.NewBlankNode("agent-" + name.Value)
	m.add(property, iri)
	d.Extra = append(d.Extra,
		term.Triple{Subject: iri, Predicate: term.NewIRI(vocab.RDFType), Object: term.NewIRI(vocab.FOAFAgent)},
		term.Triple{Subject: iri, Predicate: term.NewIRI(vocab.FOAFName), Object: name.Term()})
}

func (m *dublinCore) add(property string, o term.Term) {
	m.rec.Dataset.Extra = append(m.rec.Dataset.Extra, term.Triple{Subject: term.NewIRI(""),
		Predicate: term.NewIRI(property),
		Object:    o})
}

// carry keeps an element that no mapping took, under its own name.
func (m *dublinCore) carry(c *document.Element, property string) {
	if c.XMLName.Space != "" && c.XMLName.Space != vocab.DCNS && dcat.IsAddress(c.XMLName.Space) {
		property = c.XMLName.Space + c.XMLName.Local
	}
	left := m.s.Carrier(m.rec)
	left.Add(&m.rec.Dataset.Extra, term.NewIRI(""), property, document.ElementValue(c, 0), 0)
}

// identifiers makes landing pages and files of the identifiers that are web
// addresses; the others are identifiers.
func (m *dublinCore) identifiers() {
	var files []string
	for _, v := range m.values["identifier"] {
		switch {
		case !HasWebScheme(v) || !dcat.IsAddress(v):
			m.add(vocab.DCTIdentifier, term.NewString(v))
		case dcat.Extension(v) != "":
			files = append(files, v)
		case !slices.Contains(m.rec.Dataset.LandingPage, v):
			m.rec.Dataset.LandingPage = append(m.rec.Dataset.LandingPage, v)
		}
	}
	// A relation or source that is a file is none of the dataset's.
	m.rec.Addresses(files, m.values["format"], "", true)
}
