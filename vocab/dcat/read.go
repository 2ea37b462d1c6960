package dcat

import (
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// Dataset reads a DCAT dataset of the graph. What the fields of [Dataset] do
// not hold comes back in Extra, still about the same subject.
func (g *Graph) Dataset(s term.Term) *Dataset {
	r := g.reader(s)
	d := &Dataset{
		IRI:         s.Value(),
		Title:       r.texts(vocab.DCTTitle),
		Description: r.texts(vocab.DCTDescription),
		Identifier:  r.str(vocab.DCTIdentifier),
		Publisher:   r.agent(vocab.DCTPublisher),
		Creator:     r.agent(vocab.DCTCreator),
		Contact:     r.contacts(),
		LandingPage: r.iris(vocab.DCATLandingPage),
		Page:        r.iris(vocab.FOAFPage),
		Rights:      r.texts(vocab.DCTRights),
		Issued:      r.date(vocab.DCTIssued),
		Modified:    r.date(vocab.DCTModified),
		Language:    r.iris(vocab.DCTLanguage),
		ConformsTo:  r.iris(vocab.DCTConformsTo),
		Relation:    r.iris(vocab.DCTRelation),
		SameAs:      r.iris(vocab.OWLSameAs),
		Fields:      r.texts(vocab.FincatFieldDescription),
		Note:        r.texts(vocab.FincatNote),
		LocalID:     g.Value(term.NewIRI(s.Value()+"#identifier"), vocab.SKOSNotation),
	}
	if len(d.Title) > 0 {
		d.Lang = d.Title[0].Lang
	}
	for _, t := range r.texts(vocab.DCATKeyword) {
		for k := range strings.FieldsFuncSeq(t.Value, func(c rune) bool { return strings.ContainsRune("、,;；，\n", c) }) {
			if k = strings.TrimSpace(k); k != "" {
				d.Keyword = append(d.Keyword, Text{k, t.Lang})
			}
		}
	}
	d.Theme = r.names(vocab.DCATTheme)
	for _, l := range r.names(vocab.DCTLicense) {
		d.SetLicense(l)
	}
	d.SetFrequency(first(r.name(vocab.DCTAccrualPeriodicity), r.name(misspeltFrequency)))
	if t := r.texts(vocab.FincatFrequencyText); len(t) > 0 {
		d.FrequencyAs = t[0].Value
	}
	if len(d.SameAs) == 0 && d.LocalID == "" && s.IsIRI() {
		d.SameAs = []string{s.Value()}
	}
	if d.LocalID != "" {
		r.used[vocab.ADMSIdentifierProperty] = true
		r.used[vocab.PROVQualifiedAttribution] = true
	}
	for i, o := range r.objects(vocab.DCATDistributionProperty) {
		if i == maxDistributions {
			break
		}
		dist, extra := g.distribution(o)
		d.Distribution = append(d.Distribution, dist)
		d.Extra = append(d.Extra, extra...)
	}
	r.used[vocab.RDFType] = len(g.Objects(s, vocab.RDFType)) == 1
	d.Extra = append(d.Extra, r.rest(s)...)
	return d
}

// misspeltFrequency is how data.gov.tw writes dct:accrualPeriodicity.
const misspeltFrequency = vocab.DCTNS + "accrualPeriodity"

const maxDistributions = 10_000 // of one dataset

// distribution reads a distribution; its subject in the second result is s.
func (g *Graph) distribution(s term.Term) (Distribution, []term.Triple) {
	r := g.reader(s)
	d := Distribution{
		IRI:         s.Value(),
		Title:       r.texts(vocab.DCTTitle),
		Description: r.texts(vocab.DCTDescription),
		AccessURL:   r.iri(vocab.DCATAccessURL),
		DownloadURL: r.iri(vocab.DCATDownloadURL),
		ByteSize:    r.str(vocab.DCATByteSize),
		Quantity:    r.str(vocab.FincatQuantity),
		Encoding:    first(r.str(vocab.FincatCharacterEncoding), r.str(vocab.SCHEMAEncodingFormat)),
		Fields:      r.texts(vocab.FincatFieldDescription),
		Note:        r.texts(vocab.FincatNote),
		Issued:      r.date(vocab.DCTIssued),
		Modified:    r.date(vocab.DCTModified),
		Checked:     r.date(vocab.FincatChecked),
		Service:     r.iri(vocab.DCATAccessService),
		ConformsTo:  r.iris(vocab.DCTConformsTo),
	}
	if m := r.name(vocab.DCATMediaType); m != "" {
		d.MediaType = MediaTypeOf(m)
	}
	if f := r.name(vocab.DCTFormat); f != "" {
		d.SetFormat(f)
	} else if d.MediaType != "" {
		d.Format, _, _ = Format(d.MediaType)
	}
	if l := r.name(vocab.DCTLicense); l != "" {
		d.License = l
		if iri, ok := License(l); ok {
			d.License = iri
		}
	}
	if d.AccessURL == "" {
		d.AccessURL = d.DownloadURL
	}
	r.used[vocab.RDFType] = true
	return d, r.rest(s)
}

// DataService reads a data service of the graph.
func (g *Graph) DataService(s term.Term) *DataService {
	r := g.reader(s)
	return &DataService{
		IRI:                 s.Value(),
		Identifier:          r.str(vocab.DCTIdentifier),
		Title:               r.texts(vocab.DCTTitle),
		Description:         r.texts(vocab.DCTDescription),
		Publisher:           r.agent(vocab.DCTPublisher),
		EndpointURL:         r.iri(vocab.DCATEndpointURL),
		EndpointDescription: r.iri(vocab.DCATEndpointDescription),
		ConformsTo:          r.iris(vocab.DCTConformsTo),
		LandingPage:         r.iris(vocab.DCATLandingPage),
		License:             r.iri(vocab.DCTLicense),
		Version:             r.str(vocab.DCATVersion),
	}
}
