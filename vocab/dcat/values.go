package dcat

import "fincat/vocab/term"

// Values hands over every value that the dataset, its distributions and what
// hangs on them hold, as the source wrote it or as it was mapped. Names that
// [Dataset.Assign] replaces are not among them.
func (d *Dataset) Values(yield func(string)) {
	all := func(values ...string) {
		for _, v := range values {
			if v != "" {
				yield(v)
			}
		}
	}
	texts := func(list ...[]Text) {
		for _, values := range list {
			for _, t := range values {
				yield(t.Value)
			}
		}
	}
	extra := func(triples []term.Triple) {
		for _, t := range triples {
			yield(t.Object.Value())
		}
	}
	texts(d.Title, d.Description, d.Keyword, d.ThemeAs, d.Rights, d.Fields, d.Note)
	for _, a := range []*Agent{&d.Publisher, &d.Creator} {
		all(a.IRI)
		texts(a.Name)
		extra(a.Extra)
	}
	for i := range d.Contact {
		c := &d.Contact[i]
		all(c.IRI, c.Name, c.Email, c.Phone, c.URL)
		extra(c.Extra)
	}
	all(d.Identifier, d.License, d.LicenseAs, d.Frequency, d.FrequencyAs, d.Service, d.Issued.Value(),
		d.Modified.Value())
	for _, list := range [][]string{
		d.LandingPage, d.Page, d.Theme, d.Language, d.ConformsTo, d.Relation, d.SameAs,
	} {
		all(list...)
	}
	extra(d.Extra)
	for i := range d.Distribution {
		x := &d.Distribution[i]
		texts(x.Title, x.Description, x.Fields, x.Note)
		all(x.AccessURL, x.DownloadURL, x.Format, x.FormatAs, x.MediaType, x.License, x.ByteSize, x.Quantity,
			x.Encoding,
			x.Service, x.Issued.Value(), x.Modified.Value(), x.Checked.Value())
		all(x.ConformsTo...)
		extra(x.Extra)
	}
}
