package standard

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Register are the data standards of the configuration.
type Register []Standard

// Standard is a data standard.
type Standard struct {
	ID          string  `yaml:"id"`          // part of its IRI, such as credit-card
	Name        string  `yaml:"name"`        // what it is called in Chinese
	NameEN      string  `yaml:"name_en"`     // in English; default: only in Chinese
	Description string  `yaml:"description"` // what it is about
	Version     string  `yaml:"version"`     // such as 1.0
	Publisher   string  `yaml:"publisher"`   // whose it is: an id of the organisation directory
	Adopted     string  `yaml:"adopted"`     // day on which it was adopted; default: not yet
	Address     string  `yaml:"address"`     // of its page, such as one at schema.gov.tw
	OAS         string  `yaml:"oas"`         // address of an OpenAPI document with its fields
	Fields      []Field `yaml:"fields"`      // what its data has
}

// Field is a field of a data standard.
type Field struct {
	Name       string   `yaml:"name"`       // as columns are called
	NameEN     string   `yaml:"name_en"`    // in English, which counts as its name too
	Also       []string `yaml:"also"`       // further names that columns may have
	Definition string   `yaml:"definition"` // what it means
	Datatype   string   `yaml:"datatype"`   // of XML Schema, such as date; default string
	CodeList   string   `yaml:"code_list"`  // address of the list of its values
	Optional   bool     `yaml:"optional"`   // whether data may follow the standard without it
}

// Bounds of a register.
const (
	maxStandards = 1000
	maxFields    = 500
)

var (
	goodID    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)
	datatypes = []string{"string", "boolean", "date", "dateTime", "decimal", "double", "duration", "gYear",
		"gYearMonth", "integer", "anyURI", "time"}
)

// Validate reports what cannot be registered. known tells whether there is an organisation.
func (r Register) Validate(known func(id string) bool) error {
	if len(r) > maxStandards {
		return fmt.Errorf("%d standards, at most %d are read", len(r), maxStandards)
	}
	var errs []error
	seen := map[string]bool{}
	for i := range r {
		s := &r[i]
		if !goodID.MatchString(s.ID) {
			errs = append(errs, fmt.Errorf("entry %d: id %.60q: give one of small letters, digits and hyphens, "+
				"such as credit-card", i+1, s.ID))
			continue
		}
		if seen[s.ID] {
			errs = append(errs, fmt.Errorf("%s: the id is there already: choose another one", s.ID))
		}
		seen[s.ID] = true
		if err := s.validate(known); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.ID, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Standard) validate(known func(id string) bool) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if strings.TrimSpace(s.Name) == "" {
		bad("name is missing: say what the standard is called")
	}
	if s.Publisher != "" && !known(s.Publisher) {
		bad("publisher %.60q is not in the organisation directory: use an id of it, such as fsc", s.Publisher)
	}
	if _, err := time.Parse(time.DateOnly, s.Adopted); s.Adopted != "" && err != nil {
		bad("adopted %.40q is no date: write one such as 2026-03-01", s.Adopted)
	}
	for name, address := range map[string]string{"address": s.Address, "oas": s.OAS} {
		if address != "" && !dcat.IsAddress(address) {
			bad("%s %.80q is no address: write one such as https://schema.gov.tw/…", name, address)
		}
	}
	if len(s.Fields) == 0 || len(s.Fields) > maxFields {
		bad("fields: %d are given: give 1 to %d", len(s.Fields), maxFields)
	}
	required, taken := 0, map[string]bool{}
	for i := range s.Fields {
		f := &s.Fields[i]
		if !f.Optional {
			required++
		}
		if strings.TrimSpace(f.Name) == "" || taken[f.Name] {
			bad("fields: entry %d: name %.60q: give each field a name of its own", i+1, f.Name)
		}
		taken[f.Name] = true
		if f.Datatype != "" && !slices.Contains(datatypes, f.Datatype) {
			bad("fields: %.60s: datatype %.40q: use one of %s", f.Name, f.Datatype, strings.Join(datatypes, ", "))
		}
		if f.CodeList != "" && !dcat.IsAddress(f.CodeList) {
			bad("fields: %.60s: code_list %.80q is no address", f.Name, f.CodeList)
		}
	}
	if len(s.Fields) > 0 && required == 0 {
		bad("fields: all are optional, so that everything would follow the standard: one must not be")
	}
	return errors.Join(errs...)
}

// IRI returns the IRI of a standard.
func IRI(base dcat.Base, id string) string { return string(base) + "standard/" + id }

// Graph returns the name of the graph with the register; path is what follows dataset/ in the IRI of a
// dataset, for the graph that says which standards that one follows.
func Graph(base dcat.Base, path string) string {
	name := string(base) + "graph/standards"
	if path != "" {
		name += "/" + path
	}
	return name
}

// Triples describes the register.
func (r Register) Triples(base dcat.Base) (out []term.Triple) {
	for i := range r {
		out = append(out, r[i].triples(base)...)
	}
	return out
}

func (s *Standard) triples(base dcat.Base) (out []term.Triple) {
	add := func(subject, property string, o term.Term) {
		out = append(out, term.Triple{Subject: term.NewIRI(subject), Predicate: term.NewIRI(property), Object: o})
	}
	text := func(subject, property, value, lang string) {
		switch {
		case value != "" && lang != "":
			add(subject, property, term.NewLangString(value, lang))
		case value != "":
			add(subject, property, term.NewString(value))
		}
	}
	link := func(subject, property, to string) {
		if iri, ok := dcat.EncodeIRI(to); ok && to != "" {
			add(subject, property, term.NewIRI(iri))
		}
	}
	iri := IRI(base, s.ID)
	link(iri, vocab.RDFType, vocab.DCTStandard)
	text(iri, vocab.DCTIdentifier, s.ID, "")
	text(iri, vocab.DCTTitle, s.Name, dcat.ZHTW)
	text(iri, vocab.DCTTitle, s.NameEN, "en")
	text(iri, vocab.DCTDescription, s.Description, dcat.ZHTW)
	text(iri, vocab.DCATVersion, s.Version, "")
	if s.Publisher != "" {
		link(iri, vocab.DCTPublisher, base.Org(s.Publisher))
	}
	if s.Adopted != "" {
		add(iri, vocab.DCTDateAccepted, term.NewLiteral(s.Adopted, vocab.XSDDate))
	}
	link(iri, vocab.FOAFPage, s.Address)
	link(iri, vocab.RDFSSeeAlso, s.OAS)
	link(iri, vocab.CSVWTableSchema, iri+"#fields")
	link(iri+"#fields", vocab.RDFType, vocab.CSVWSchema)
	for i := range s.Fields {
		f, column := &s.Fields[i], iri+"#"+strconv.Itoa(i+1)
		link(iri+"#fields", vocab.CSVWColumnProperty, column)
		link(column, vocab.RDFType, vocab.CSVWColumn)
		add(column, vocab.FincatPosition, term.NewLiteral(strconv.Itoa(i+1), vocab.XSDInteger))
		text(column, vocab.CSVWName, f.Name, "")
		text(column, vocab.CSVWTitles, f.Name, dcat.ZHTW)
		text(column, vocab.CSVWTitles, f.NameEN, "en")
		for _, name := range f.Also {
			text(column, vocab.SKOSAltLabel, name, "")
		}
		text(column, vocab.DCTDescription, f.Definition, dcat.ZHTW)
		datatype := f.Datatype
		if datatype == "" {
			datatype = "string"
		}
		link(column, vocab.CSVWDatatype, vocab.XSDNS+datatype)
		link(column, vocab.DCTReferences, f.CodeList)
		add(column, vocab.FincatRequired, term.NewLiteral(strconv.FormatBool(!f.Optional), vocab.XSDBoolean))
	}
	slices.SortFunc(out, term.CompareTriples)
	return out
}
