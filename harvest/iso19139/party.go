package iso19139

import (
	"net/url"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// roles are the properties of the roles of responsible parties, by GeoDCAT-AP.
var roles = map[string]string{
	"pointOfContact": vocab.DCATContactPoint, "publisher": vocab.DCTPublisher, "author": vocab.DCTCreator,
	"owner": vocab.DCTRightsHolder, "custodian": geodcatNS + "custodian",
	"distributor": geodcatNS + "distributor", "originator": geodcatNS + "originator",
	"principalInvestigator": geodcatNS + "principalInvestigator", "processor": geodcatNS + "processor",
	"resourceProvider": geodcatNS + "resourceProvider", "user": geodcatNS + "user",
}

// parties adds responsible parties.
func (m *mapper) parties(s term.Term, list []*node) {
	for _, e := range list {
		for _, p := range e.all("CI_ResponsibleParty") {
			if p.says() {
				m.party(s, p)
			}
		}
	}
}

func (m *mapper) party(s term.Term, p *node) {
	role := ""
	for _, e := range p.all("role") {
		role = e.value()
	}
	property, o := roles[role], m.blank()
	if property == "" { // DCAT 3 §6.4.19
		attribution := m.node(s, vocab.PROVQualifiedAttribution, vocab.PROVAttribution)
		m.add(attribution, vocab.PROVAgentProperty, o)
		m.add(attribution, vocab.DCATHadRole, term.NewString(p.first("role")))
	} else {
		p.first("role")
		m.add(s, property, o)
	}
	if property == vocab.DCATContactPoint {
		m.contact(o, p)
	} else {
		m.agent(o, p)
	}
	m.rest(o, p)
	p.used = true
}

// contact describes a party as vCard does.
func (m *mapper) contact(o term.Term, p *node) {
	organisation, person := p.all("organisationName"), p.all("individualName")
	class, name := vocab.VCARDOrganization, organisation
	if firstValue(organisation) == "" {
		class, name, person = vocab.VCARDIndividual, person, nil
	}
	m.add(o, vocab.RDFType, term.NewIRI(class))
	m.texts(o, vocab.VCARDFn, name)
	m.texts(o, gmdNS+"#individualName", person)
	m.texts(o, vocab.VCARDTitle, p.all("positionName"))
	m.reach(o, p, vocab.VCARDHasEmail, vocab.VCARDHasTelephone, vocab.VCARDHasURL)
	for _, a := range p.all("contactInfo", "CI_Contact", "address", "CI_Address") {
		m.address(o, a, vocab.VCARDHasAddress, [5]string{vocab.VCARDStreetAddress, vocab.VCARDLocality,
			vocab.VCARDRegion, vocab.VCARDPostalCode, vocab.VCARDCountryName}, vocab.VCARDAddress)
	}
}

// agent describes a party as FOAF does.
func (m *mapper) agent(o term.Term, p *node) {
	class, name := vocab.FOAFOrganization, p.all("organisationName")
	if firstValue(name) == "" {
		class, name = vocab.FOAFPerson, p.all("individualName")
	}
	if firstValue(name) == "" {
		class = vocab.FOAFAgent
	}
	m.add(o, vocab.RDFType, term.NewIRI(class))
	m.texts(o, vocab.FOAFName, name)
	m.reach(o, p, vocab.FOAFMbox, vocab.FOAFPhone, vocab.FOAFNS+"workplaceHomepage")
	for _, a := range p.all("contactInfo", "CI_Contact", "address", "CI_Address") {
		m.address(o, a, vocab.LOCNAddressProperty, [5]string{vocab.LOCNThoroughfare, vocab.LOCNPostName,
			vocab.LOCNAdminUnitL2, vocab.LOCNPostCode, vocab.LOCNAdminUnitL1}, vocab.LOCNAddress)
	}
}

// reach adds mail, telephone and web page of a party.
func (m *mapper) reach(o term.Term, p *node, mail, phone, page string) {
	for _, e := range p.all("contactInfo", "CI_Contact", "address", "CI_Address", "electronicMailAddress") {
		if v := e.value(); strings.Contains(v, "@") && !strings.ContainsAny(v, " ,;") {
			m.add(o, mail, term.NewIRI("mailto:"+url.PathEscape(strings.TrimPrefix(e.take(), "mailto:"))))
		}
	}
	for _, e := range p.all("contactInfo", "CI_Contact", "phone", "CI_Telephone", "voice") {
		m.add(o, phone, term.NewString(e.take()))
	}
	for _, e := range p.all("contactInfo", "CI_Contact", "onlineResource", "CI_OnlineResource", "linkage") {
		if isWeb(e.value()) {
			m.add(o, page, address(e.take()))
		}
	}
}

// address adds a postal address: street, city, region, code, country.
func (m *mapper) address(o term.Term, a *node, p string, names [5]string, class string) {
	elements := [5]string{"deliveryPoint", "city", "administrativeArea", "postalCode", "country"}
	var postal term.Term
	for i, name := range elements {
		for _, e := range a.all(name) {
			if e.value() == "" {
				continue
			}
			if postal.IsZero() {
				postal = m.node(o, p, class)
			}
			m.texts(postal, names[i], []*node{e})
		}
	}
}

// address returns an address as a term: an IRI, or text where it is none.
func address(v string) term.Term {
	if iri, ok := dcat.EncodeIRI(v); ok && dcat.IsAddress(v) {
		return term.NewIRI(iri)
	}
	return term.NewString(v)
}

func isWeb(v string) bool {
	return (strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "https://")) && dcat.IsAddress(v)
}

// segment makes one segment of an IRI's path.
func segment(s string) string { return url.PathEscape(s) }

// date returns a date, or the text where it is none.
func date(v string) term.Term {
	if t, ok := dcat.ParseDate(v); ok {
		return t
	}
	return term.NewString(v)
}

// terminology are the codes of ISO 639-2/B that ISO 639-2/T and the Publications
// Office write otherwise.
var terminology = map[string]string{
	"chi": "zho", "fre": "fra", "ger": "deu", "dut": "nld", "cze": "ces", "gre": "ell", "ice": "isl", "mac": "mkd",
	"may": "msa", "per": "fas", "rum": "ron", "slo": "slk", "wel": "cym", "bur": "mya", "alb": "sqi", "arm": "hye",
	"baq": "eus", "geo": "kat", "tib": "bod",
}

// tags are the tags of frequent languages (BCP 47), by their code of ISO 639-2/T.
var tags = map[string]string{
	"eng": "en", "zho": "zh", "fra": "fr", "deu": "de", "nld": "nl", "spa": "es", "ita": "it", "por": "pt",
	"jpn": "ja", "kor": "ko", "pol": "pl", "swe": "sv", "dan": "da", "fin": "fi", "nor": "no", "ces": "cs",
	"ell": "el",
}

// languageTag returns the tag of a language's code, which may have three letters
// and a country behind it.
func languageTag(code string) string {
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	if t, ok := terminology[code]; ok {
		code = t
	}
	if tag, ok := tags[code]; ok {
		return tag
	}
	return code
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
