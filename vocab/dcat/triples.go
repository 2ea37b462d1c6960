package dcat

import (
	"slices"
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// sink collects triples about one subject.
type sink struct {
	out     []term.Triple
	carried []term.Triple // what sources say beside the model; may hold blank nodes
	subject term.Term
}

// at returns a sink for another subject that appends to the same list.
func (s *sink) at(iri string, f func(*sink)) {
	t := &sink{out: s.out, carried: s.carried, subject: term.NewIRI(iri)}
	f(t)
	s.out, s.carried = t.out, t.carried
}

// carry adds triples as they are, with the subject in place of the empty IRI.
func (s *sink) carry(extra []term.Triple) {
	for _, t := range extra {
		if t.Subject.IsIRI() && t.Subject.Value() == "" {
			t.Subject = s.subject
		}
		if t.Object.IsIRI() && t.Object.Value() == "" {
			t.Object = s.subject
		}
		s.carried = append(s.carried, t)
	}
}

func (s *sink) add(p string, o term.Term) {
	if !o.IsZero() {
		s.out = append(s.out, term.Triple{Subject: s.subject, Predicate: term.NewIRI(p), Object: o})
	}
}

func (s *sink) a(class string) { s.add(vocab.RDFType, term.NewIRI(class)) }

// link adds addresses as IRIs; one that is no absolute IRI is kept as text
// under fincat:originalURL, as is one that had to be encoded, and one that would
// run a program where somebody follows it.
func (s *sink) link(p string, values ...string) {
	for _, v := range values {
		if strings.TrimSpace(v) == "" {
			continue
		}
		iri, ok := EncodeIRI(v)
		if ok && isScript(iri) {
			iri, ok = "", false
		}
		if ok {
			s.add(p, term.NewIRI(iri))
		}
		if iri != v {
			s.add(vocab.FincatOriginalURL, term.NewString(v))
		}
	}
}

func (s *sink) text(p string, values ...Text) {
	for _, v := range values {
		if v.Value != "" {
			s.add(p, v.Term())
		}
	}
}

func (s *sink) str(p, v string) {
	if v != "" {
		s.add(p, term.NewString(v))
	}
}

// agent adds an agent: a known one by its IRI, another one under an IRI made
// from its name.
func (s *sink) agent(p string, a Agent) {
	if a.IsZero() {
		return
	}
	iri, ok := EncodeIRI(a.IRI)
	if !ok {
		iri = s.subject.Value() + "#agent-" + hash(Best(a.Name, ZHTW))
	}
	s.add(p, term.NewIRI(iri))
	s.at(iri, func(s *sink) {
		if len(a.Name) > 0 {
			s.a(vocab.FOAFAgent)
			s.text(vocab.FOAFName, a.Name...)
		}
		s.carry(a.Extra)
	})
}

func (s *sink) contact(c Contact, name []Text) {
	if c.IsZero() {
		return
	}
	iri, ok := EncodeIRI(c.IRI)
	if !ok {
		iri = s.subject.Value() + "#contact-" + hash(c.Name+"\x00"+c.Email+"\x00"+c.Phone+"\x00"+c.URL)
	}
	s.link(vocab.DCATContactPoint, iri)
	s.at(iri, func(s *sink) {
		s.a(vocab.VCARDKind)
		s.text(vocab.VCARDFn, name...)
		if c.Email != "" {
			s.link(vocab.VCARDHasEmail, "mailto:"+strings.TrimPrefix(c.Email, "mailto:"))
		}
		if tel := strings.TrimPrefix(c.Phone, "tel:"); tel != "" {
			s.str(vocab.VCARDTel, tel)
		}
		s.link(vocab.VCARDHasURL, c.URL)
		s.carry(c.Extra)
	})
}

// Triples returns the dataset, its distributions and what hangs on them as
// sorted triples without repeats and without blank nodes.
func (d *Dataset) Triples() []term.Triple {
	s := &sink{subject: term.NewIRI(d.IRI), out: make([]term.Triple, 0, 24+6*len(d.Distribution))}
	s.a(vocab.DCATDataset)
	s.text(vocab.DCTTitle, d.Title...)
	s.text(vocab.DCTDescription, d.Description...)
	s.text(vocab.DCATKeyword, d.Keyword...)
	s.str(vocab.DCTIdentifier, d.Identifier)
	if d.LocalID != "" {
		s.link(vocab.ADMSIdentifierProperty, d.IRI+"#identifier")
		s.at(d.IRI+"#identifier", func(s *sink) {
			s.a(vocab.ADMSIdentifier)
			s.str(vocab.SKOSNotation, d.LocalID)
		})
	}
	s.agent(vocab.DCTPublisher, d.Publisher)
	s.agent(vocab.DCTCreator, d.Creator)
	for _, c := range d.Contact {
		s.contact(c, retag(d.own(c.Name), c.Lang))
	}
	s.link(vocab.DCATLandingPage, d.LandingPage...)
	s.link(vocab.FOAFPage, d.Page...)
	s.link(vocab.DCATTheme, d.Theme...)
	s.link(vocab.DCTLicense, d.License)
	s.text(vocab.DCTRights, d.Rights...)
	if d.License != "" && !slices.ContainsFunc(d.Rights, func(t Text) bool { return t.Value == d.LicenseAs }) {
		s.str(vocab.FincatLicenseText, d.LicenseAs)
	}
	s.link(vocab.DCTAccrualPeriodicity, d.Frequency)
	s.text(vocab.FincatFrequencyText, d.frequencyText()...)
	s.add(vocab.DCTIssued, d.Issued)
	s.add(vocab.DCTModified, d.Modified)
	s.link(vocab.DCTLanguage, d.Language...)
	s.link(vocab.DCTConformsTo, d.ConformsTo...)
	s.link(vocab.DCTRelation, d.Relation...)
	s.link(vocab.OWLSameAs, d.SameAs...)
	s.text(vocab.FincatFieldDescription, d.Fields...)
	s.text(vocab.FincatNote, d.Note...)
	if d.Service != "" {
		s.at(d.Service, func(s *sink) { s.link(vocab.DCATServesDataset, d.IRI) })
	}
	for i := range d.Distribution {
		s.link(vocab.DCATDistributionProperty, d.Distribution[i].IRI)
		s.at(d.Distribution[i].IRI, d.Distribution[i].add)
	}
	s.carry(d.Extra)
	s.out = append(s.out, NameBlankNodes(s.carried, d.IRI)...)
	return sorted(s.out)
}

func (d *Dataset) frequencyText() []Text {
	return retag(d.own(d.FrequencyAs), d.frequencyLang)
}

// retag gives texts the tag that is known of them.
func retag(texts []Text, lang string) []Text {
	for i := range texts {
		if lang != "" {
			texts[i].Lang = strings.TrimPrefix(lang, Untagged)
		}
	}
	return texts
}

func (d *Distribution) add(s *sink) {
	s.a(vocab.DCATDistribution)
	s.text(vocab.DCTTitle, d.Title...)
	s.text(vocab.DCTDescription, d.Description...)
	s.link(vocab.DCATAccessURL, d.AccessURL)
	s.link(vocab.DCATDownloadURL, d.DownloadURL)
	if hasScheme(d.Format) {
		s.link(vocab.DCTFormat, d.Format)
	} else {
		s.str(vocab.DCTFormat, d.Format)
	}
	s.str(vocab.FincatFormatText, d.FormatAs)
	if d.MediaType != "" {
		s.link(vocab.DCATMediaType, MediaTypeIRI(d.MediaType))
	}
	s.link(vocab.DCTLicense, d.License)
	s.number(vocab.DCATByteSize, d.ByteSize)
	s.number(vocab.FincatQuantity, d.Quantity)
	s.str(vocab.FincatCharacterEncoding, d.Encoding)
	s.text(vocab.FincatFieldDescription, d.Fields...)
	s.text(vocab.FincatNote, d.Note...)
	s.add(vocab.DCTIssued, d.Issued)
	s.add(vocab.DCTModified, d.Modified)
	s.add(vocab.FincatChecked, d.Checked)
	s.link(vocab.DCATAccessService, d.Service)
	s.link(vocab.DCTConformsTo, d.ConformsTo...)
	s.carry(d.Extra)
}

// number adds digits as xsd:nonNegativeInteger and anything else as text.
func (s *sink) number(p, v string) {
	switch {
	case v == "":
	case strings.Trim(v, "0123456789") == "":
		s.add(p, term.NewLiteral(v, vocab.XSDNonNegativeInteger))
	default:
		s.str(p, v)
	}
}

// Triples returns the data service as sorted triples.
func (d *DataService) Triples() []term.Triple {
	s := &sink{subject: term.NewIRI(d.IRI)}
	s.a(vocab.DCATDataService)
	s.text(vocab.DCTTitle, d.Title...)
	s.text(vocab.DCTDescription, d.Description...)
	s.str(vocab.DCTIdentifier, d.Identifier)
	s.agent(vocab.DCTPublisher, d.Publisher)
	s.link(vocab.DCATEndpointURL, d.EndpointURL)
	s.link(vocab.DCATEndpointDescription, d.EndpointDescription)
	s.link(vocab.DCTConformsTo, d.ConformsTo...)
	s.link(vocab.DCATLandingPage, d.LandingPage...)
	s.link(vocab.DCTLicense, d.License)
	s.str(vocab.DCATVersion, d.Version)
	s.text(vocab.DCATKeyword, d.Keyword...)
	s.link(vocab.DCATTheme, d.Theme...)
	for _, c := range d.Contact {
		s.contact(c, retag((&Dataset{}).own(c.Name), c.Lang))
	}
	return sorted(s.out)
}

func sorted(triples []term.Triple) []term.Triple {
	slices.SortFunc(triples, term.CompareTriples)
	return slices.Compact(triples)
}
