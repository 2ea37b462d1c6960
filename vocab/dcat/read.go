package dcat

import (
	"strings"

	"fincat/vocab"
	"fincat/vocab/term"
)

// Dataset reads a DCAT dataset of the graph. What the fields of [Dataset] do
// not hold comes back in Extra, of it, its agents, contacts and distributions.
func (g *Graph) Dataset(s term.Term) *Dataset {
	r := g.reader(s)
	d := &Dataset{
		IRI:         s.Value(),
		Title:       r.texts(vocab.DCTTitle),
		Description: r.texts(vocab.DCTDescription),
		Keyword:     r.texts(vocab.DCATKeyword),
		Identifier:  r.str(vocab.DCTIdentifier),
		Publisher:   r.agent(vocab.DCTPublisher),
		Creator:     r.agent(vocab.DCTCreator),
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
	r.themes(d)
	d.License = r.licence()
	d.LicenseAs = r.str(vocab.FincatLicenseText)
	r.take(vocab.DCTLicense, func(o term.Term) bool {
		if !isText(o) {
			return false
		}
		t := TextOf(o)
		d.Rights, d.LicenseAs = append(d.Rights, t), t.Value
		return true
	})
	r.frequency(d)
	if len(d.SameAs) == 0 && d.LocalID == "" && s.IsIRI() {
		d.SameAs = []string{s.Value()}
	}
	own := d.LocalID != ""
	d.Contact = r.contacts(own)
	if own { // said by ourselves
		r.take(vocab.ADMSIdentifierProperty, func(o term.Term) bool { return o.Value() == s.Value()+"#identifier" })
	}
	r.take(vocab.DCATDistributionProperty, func(o term.Term) bool {
		if len(d.Distribution) == maxDistributions || o.IsLiteral() {
			return false
		}
		r.setApart(o)
		d.Distribution = append(d.Distribution, g.distribution(o, own))
		return true
	})
	r.take(vocab.RDFType, func(c term.Term) bool { return c.Value() == vocab.DCATDataset })
	d.Extra = r.rest(s)
	if !own {
		d.Extra = append(d.Extra, g.incoming(s)...)
	}
	return d
}

// licence returns the first licence that the list knows, else the first address
// of one. Others stay.
func (r *reader) licence() (iri string) {
	r.take(vocab.DCTLicense, func(o term.Term) bool {
		name, whole := r.name(o)
		known, ok := License(name)
		if iri != "" || !ok {
			return false
		}
		iri = known
		return whole
	})
	if iri == "" {
		iri = r.iri(vocab.DCTLicense)
	}
	return iri
}

// frequency reads a concept and a text of the update frequency.
func (r *reader) frequency(d *Dataset) {
	for _, p := range []string{vocab.DCTAccrualPeriodicity, misspeltFrequency} {
		r.take(p, func(o term.Term) bool {
			name, whole := r.name(o)
			iri, ok := Frequency(name)
			switch {
			case IsAddress(name) && d.Frequency == "":
				if !ok {
					iri = name
				}
				d.Frequency = iri
				return whole
			case IsAddress(name) || name == "" || d.FrequencyAs != "":
				return IsAddress(name) && ok && d.Frequency == iri
			}
			d.FrequencyAs, d.frequencyLang = name, tagOr(TextOf(o).Lang)
			if ok && d.Frequency == "" {
				d.Frequency = iri
			}
			return whole
		})
	}
	if t := r.texts(vocab.FincatFrequencyText); len(t) > 0 {
		d.FrequencyAs, d.frequencyLang = t[0].Value, tagOr(t[0].Lang)
	}
}

// misspeltFrequency is how data.gov.tw writes dct:accrualPeriodicity.
const misspeltFrequency = vocab.DCTNS + "accrualPeriodity"

const maxDistributions = 10_000 // of one dataset

// distribution reads a distribution; own tells that it is one of ours.
func (g *Graph) distribution(s term.Term, own bool) Distribution {
	r := g.reader(s)
	d := Distribution{
		IRI:         s.Value(),
		Title:       r.texts(vocab.DCTTitle),
		Description: r.texts(vocab.DCTDescription),
		AccessURL:   r.iri(vocab.DCATAccessURL),
		DownloadURL: r.iri(vocab.DCATDownloadURL),
		ByteSize:    r.number(vocab.DCATByteSize),
		Quantity:    r.str(vocab.FincatQuantity),
		Encoding:    r.str(vocab.FincatCharacterEncoding),
		Fields:      r.texts(vocab.FincatFieldDescription),
		Note:        r.texts(vocab.FincatNote),
		Issued:      r.date(vocab.DCTIssued),
		Modified:    r.date(vocab.DCTModified),
		Checked:     r.date(vocab.FincatChecked),
		Service:     r.iri(vocab.DCATAccessService),
		ConformsTo:  r.iris(vocab.DCTConformsTo),
		License:     r.licence(),
	}
	if d.Encoding == "" {
		d.Encoding = r.str(vocab.SCHEMAEncodingFormat)
	}
	as := r.str(vocab.FincatFormatText)
	if r.format(&d); own {
		d.FormatAs = as
	}
	if d.AccessURL == "" {
		d.AccessURL = d.DownloadURL
	}
	r.take(vocab.RDFType, func(c term.Term) bool { return c.Value() == vocab.DCATDistribution })
	d.Extra = r.rest(term.NewIRI(""))
	if s.IsIRI() && !own && !strings.Contains(s.Value(), "/.well-known/genid/") {
		d.ID = s.Value()
		if d.ID != d.AccessURL && d.ID != d.DownloadURL {
			d.Extra = append(d.Extra, term.Triple{
				Subject: term.NewIRI(""), Predicate: term.NewIRI(vocab.OWLSameAs), Object: s,
			})
		}
	}
	return d
}

// format reads media type and format: the first of each that the list knows,
// else the first.
func (r *reader) format(d *Distribution) {
	r.take(vocab.DCATMediaType, func(o term.Term) bool {
		name, whole := r.name(o)
		mediaType, _, parameters := strings.Cut(MediaTypeOf(name), ";")
		if mediaType = strings.TrimSpace(mediaType); d.MediaType != "" {
			return false
		}
		if !mediaTypes.MatchString(mediaType) {
			if _, mediaType, _ = Format(mediaType); !mediaTypes.MatchString(mediaType) {
				return false
			}
		}
		d.MediaType = mediaType
		return whole && !parameters
	})
	r.take(vocab.DCTFormat, func(o term.Term) bool {
		name, whole := r.name(o)
		_, _, ok := Format(name)
		if d.Format != "" || !ok {
			return false
		}
		d.SetFormat(name)
		return whole
	})
	if d.Format == "" {
		r.take(vocab.DCTFormat, func(o term.Term) bool {
			if d.Format != "" || o.IsBlankNode() || o.Value() == "" {
				return false
			}
			before := d.MediaType
			d.SetFormat(o.Value())
			return d.Format != "" || d.MediaType != before
		})
	}
	if d.Format == "" && d.MediaType != "" {
		d.Format, _, _ = Format(d.MediaType)
	}
}
