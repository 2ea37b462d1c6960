package mapping

import (
	"regexp"
	"strings"

	"fincat/harvest/document"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Fields of the metadata standard of 2015 and of the portal that other kinds of source
// do not have. vocab/profile says which property each has.

// StandardNames are the names of the fields that [Mapper.Standard] reads.
var StandardNames = map[string][]string{
	"type": {"type"}, "cost": {"cost", "計費方式", "charge"}, "costURL": {"costURL"}, "costLaw": {"costLaw"},
	"from": {"temporalCoverageFrom", "coverageStartedDate"}, "to": {"temporalCoverageTo", "coverageEndedDate"},
	"spatial": {"spatial", "spatialCoverage"}, "language": {"language"}, "quantity": {"numberOfData", "資料量"},
	"accessRights": {"資料提供屬性"}, "organization": {"organization"}, "organizationName": {"organizationContactName"},
	"organizationPhone": {"organizationContactPhone"}, "organizationEmail": {"organizationContactEmail"},
	"oid": {"publisherOID"}, "licensePage": {"licenseURL"}, "landingPage": {"landingPage"},
}

// Standard maps what an entry says in these fields. What cannot be mapped is for the
// [Carrier], like any other field.
func (m *Mapper) Standard(rec *Record, values map[string]any) {
	get := func(field string) string {
		for _, name := range StandardNames[field] {
			if v := strings.TrimSpace(document.ValueText(values[name])); v != "" {
				return v
			}
		}
		return ""
	}
	d := rec.Dataset
	self := term.NewIRI("")
	add := func(property string, o term.Term) {
		d.Extra = append(d.Extra, term.Triple{Subject: self, Predicate: term.NewIRI(property), Object: o})
	}
	if iri, ok := dcat.DatasetType(get("type")); ok {
		add(vocab.DCTType, term.NewIRI(iri))
	}
	if iri, ok := dcat.AccessRight(get("accessRights")); ok {
		add(vocab.DCTAccessRights, term.NewIRI(iri))
	}
	if v := get("cost"); v != "" {
		add(vocab.FincatCost, term.NewString(v))
	}
	if iri, ok := dcat.EncodeIRI(get("costURL")); ok && dcat.IsAddress(iri) {
		add(vocab.FincatCostPage, term.NewIRI(iri))
	}
	if v := get("costLaw"); v != "" {
		add(vocab.FincatCostLaw, term.NewString(v))
	}
	if iri, ok := dcat.LanguageIRI(get("language")); ok {
		d.Language = append(d.Language, iri)
	}
	if n, ok := dcat.WholeNumber(get("quantity")); ok {
		add(vocab.FincatQuantity, term.NewLiteral(n, vocab.XSDNonNegativeInteger))
	}
	if v := get("licensePage"); d.License == "" && dcat.IsAddress(v) {
		d.License = v
	}
	d.LandingPage = append(rec.Pages([]string{get("landingPage")}), d.LandingPage...)
	d.Extra = append(d.Extra, period(get("from"), get("to"))...)
	d.Extra = append(d.Extra, m.place(get("spatial"))...)
	m.above(rec, get)
}

// period returns dct:temporal with the dates that can be read.
func period(from, to string) (out []term.Triple) {
	node := term.NewBlankNode("period")
	for _, e := range []struct{ property, value string }{
		{vocab.DCATStartDate, from}, {vocab.DCATEndDate, to}} {
		if date, ok := dcat.ParseDate(e.value); ok {
			out = append(out, term.Triple{Subject: node, Predicate: term.NewIRI(e.property), Object: date})
		}
	}
	if len(out) > 0 {
		out = append(out, towards("", vocab.DCTTemporal, node), isA(node, vocab.DCTPeriodOfTime))
	}
	return out
}

// place returns dct:spatial: Taiwan by its IRI, others by their names.
func (m *Mapper) place(name string) []term.Triple {
	if name == "" {
		return nil
	}
	node := term.NewBlankNode("place")
	if t := strings.ReplaceAll(name, "台", "臺"); t == "臺灣" || strings.EqualFold(t, "Taiwan") {
		node = term.NewIRI(dcat.Taiwan)
	}
	return []term.Triple{towards("", vocab.DCTSpatial, node), isA(node, vocab.DCTLocation),
		{Subject: node, Predicate: term.NewIRI(vocab.RDFSLabel), Object: m.Text(name).Term()}}
}

// oidAndName is how the portal's interface v2 writes a publisher.
var oidAndName = regexp.MustCompile(`^([0-9.]+)\s*\|\s*(.+)$`)

// Provider returns by what the directory knows an organisation that the portal names
// with its object identifier and its name: the former when it is there, else the latter.
func (m *Mapper) Provider(text string) string {
	parts := oidAndName.FindStringSubmatch(text)
	if parts == nil {
		return text
	}
	if _, ok := m.Directory.ByName(parts[1]); ok {
		return parts[1]
	}
	return parts[2]
}

// above adds the publisher's object identifier and the organisation above it, with
// whom to ask there.
func (m *Mapper) above(rec *Record, get func(field string) string) {
	p := &rec.Dataset.Publisher
	add := func(s, property string, o term.Term) {
		subject := term.NewIRI(s)
		if blank, ok := strings.CutPrefix(s, "_:"); ok {
			subject = term.NewBlankNode(blank)
		}
		p.Extra = append(p.Extra, term.Triple{Subject: subject, Predicate: term.NewIRI(property), Object: o})
	}
	if p.IsZero() {
		return
	}
	oid := get("oid")
	if parts := oidAndName.FindStringSubmatch(oid); parts != nil {
		oid = parts[1]
	}
	if _, known := m.Directory.ByName(oid); oid != "" && !known && dcat.Best(p.Name, dcat.ZHTW) != oid {
		add("", vocab.ORGIdentifier, term.NewString(oid))
	}
	name := get("organization")
	if name == "" {
		return
	}
	above, is := "_:above", term.NewBlankNode("above")
	if o, ok := m.Directory.ByName(name); ok {
		above = o.Agent(m.Base).IRI
		is = term.NewIRI(above)
	}
	add("", vocab.ORGSubOrganizationOf, is)
	if is.IsBlankNode() {
		add(above, vocab.RDFType, term.NewIRI(vocab.FOAFAgent))
	}
	add(above, vocab.FOAFName, m.Text(name).Term())
	person, phone, email := get("organizationName"), get("organizationPhone"), get("organizationEmail")
	if person+phone+email == "" {
		return
	}
	add(above, vocab.DCATContactPoint, term.NewBlankNode("desk"))
	add("_:desk", vocab.RDFType, term.NewIRI(vocab.VCARDKind))
	if person != "" {
		add("_:desk", vocab.VCARDFn, m.Text(person).Term())
	}
	if phone != "" {
		add("_:desk", vocab.VCARDTel, term.NewString(phone))
	}
	if iri, ok := dcat.EncodeIRI("mailto:" + email); ok && email != "" {
		add("_:desk", vocab.VCARDHasEmail, term.NewIRI(iri))
	}
}

func towards(from, property string, to term.Term) term.Triple {
	return term.Triple{Subject: term.NewIRI(from), Predicate: term.NewIRI(property), Object: to}
}

func isA(node term.Term, class string) term.Triple {
	return term.Triple{Subject: node, Predicate: term.NewIRI(vocab.RDFType), Object: term.NewIRI(class)}
}
