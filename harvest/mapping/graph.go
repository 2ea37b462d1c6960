package mapping

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"fincat/harvest/document"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// GraphOf indexes quads without regard to their graphs.
func GraphOf(quads []term.Quad) *dcat.Graph {
	g := dcat.EmptyGraph()
	for _, q := range quads {
		g.Add(q.Triple())
	}
	return g
}

// FromGraph maps one dataset; nil when the filter leaves it out. What catalogue
// records say that are about it stays with them: their dates are not the dataset's.
func (m *Mapper) FromGraph(g *dcat.Graph, subject term.Term, page string) *Record {
	g.Repair(subject, func(t term.Triple) (term.Triple, bool) { return meant(t, page) })
	g.Beyond()
	d := g.Dataset(subject)
	beyond := g.Beyond()
	if !m.Wanted(func(name string) string { return g.Value(subject, vocab.DCTNS+name) }) {
		return nil
	}
	if m.echo(d) {
		return nil
	}
	place := problem.At(page, subject.String())
	id := d.Identifier
	if subject.IsIRI() {
		id = document.First(SourceNumber(d.Identifier), SourceNumber(subject.Value()), subject.Value())
	}
	if id == "" {
		return Broken("", place, "identifier-missing", dcat.Best(d.Title, dcat.ZHTW),
			"the dataset is a blank node without dct:identifier, so it could not be found again",
			"give the dataset an IRI or a dct:identifier")
	}
	rec := &Record{ID: id, Place: place, Dataset: d}
	d.Identifier = document.First(d.Identifier, id)
	if subject.IsIRI() && !slices.Contains(d.SameAs, subject.Value()) {
		d.SameAs = append(d.SameAs, subject.Value())
	}
	d.Publisher, d.Creator = m.known(d.Publisher), m.known(d.Creator)
	rec.checkGraph(g, subject)
	if !beyond.IsZero() {
		rec.Report(problem.Warning, "fields", beyond.Value(),
			"more hangs on the dataset than is carried with one record; what the source says of this and of further "+
				"things is left out", "ask the source's owner for smaller records")
	}
	d.NameThemes(m.Base)
	if strings.HasPrefix(page, "https://data.gov.tw/") {
		nationalQuirks(d)
	}
	return rec
}

// WebNames returns the addresses in a text of IRIs with spaces between them.
func WebNames(text string) (out []string) {
	for _, iri := range strings.Fields(text) {
		if (strings.HasPrefix(iri, "https://") || strings.HasPrefix(iri, "http://")) && !slices.Contains(out, iri) {
			out = append(out, iri)
		}
	}
	return out
}

// echo reports whether a dataset came from this catalogue: another one that
// harvests us may list it.
func (m *Mapper) echo(d *dcat.Dataset) bool {
	own := string(m.Base) + "dataset/"
	is := m.Base != "" && (strings.HasPrefix(d.IRI, own) || slices.ContainsFunc(d.SameAs, func(iri string) bool {
		return strings.HasPrefix(iri, own)
	}))
	if is {
		m.echoes++
	}
	return is
}

// nationalQuirks puts right where data.gov.tw departs from DCAT: it writes the
// number of rows into dcat:byteSize, and 0 when it does not know it, and several
// keywords into one.
func nationalQuirks(d *dcat.Dataset) {
	var keywords []dcat.Text
	for _, t := range d.Keyword {
		for _, k := range SplitKeywords(t.Value) {
			keywords = append(keywords, dcat.Text{Value: k, Lang: t.Lang})
		}
	}
	d.Keyword = keywords
	for i := range d.Distribution {
		dist := &d.Distribution[i]
		if dist.Quantity, dist.ByteSize = dist.ByteSize, ""; dist.Quantity == "0" {
			dist.Quantity = ""
		}
	}
}

// SourceNumber returns the number of a dataset of data.gov.tw from its address.
func SourceNumber(id string) string {
	for _, host := range []string{"https://data.gov.tw/dataset/", "http://data.gov.tw/dataset/",
		"https://cms.data.gov.tw/dataset/"} {
		if n, ok := strings.CutPrefix(id, host); ok && n != "" && strings.Trim(n, "0123456789") == "" {
			return n
		}
	}
	return ""
}

// known replaces an agent that the directory knows by its entry there.
func (m *Mapper) known(a dcat.Agent) dcat.Agent {
	if a.IRI == "" && len(a.Name) > 0 {
		if o, ok := m.Directory.ByName(dcat.Best(a.Name, dcat.ZHTW)); ok {
			known := o.Agent(m.Base)
			known.Extra = a.Extra
			return known
		}
	}
	return a
}

// meant undoes what reading text as an address relative to the document makes of
// it: an empty text becomes the document's own address, and text such as
// <p>free</p> an address beside it. Contexts of JSON-LD say of licences that
// they are addresses, and portals write text there.
func meant(t term.Triple, page string) (term.Triple, bool) {
	if t.Predicate.Value() != vocab.DCTLicense || !t.Object.IsIRI() {
		return t, true
	}
	own, _, _ := strings.Cut(page, "#")
	if t.Object.Value() == own {
		return t, false
	}
	folder, _, _ := strings.Cut(own, "?")
	folder = folder[:strings.LastIndexByte(folder, '/')+1]
	rest, ok := strings.CutPrefix(t.Object.Value(), folder)
	if !ok || len(folder) < len("https://") {
		return t, true
	}
	text, err := url.PathUnescape(rest)
	if err != nil {
		return t, true
	}
	if _, known := dcat.License(text); known || strings.ContainsAny(text, " <>") ||
		strings.ContainsFunc(text, func(c rune) bool { return unicode.Is(unicode.Han, c) }) {
		t.Object = term.NewString(document.Plain(text))
	}
	return t, t.Object.Value() != ""
}

// checkGraph reports the values of a dataset and its distributions that are not
// what their property asks for. They stay as they are.
func (r *Record) checkGraph(g *dcat.Graph, subject term.Term) {
	r.checkValues(g, subject, "", vocab.DCATLandingPage, vocab.FOAFPage)
	for _, o := range g.Objects(subject, vocab.DCATDistributionProperty) {
		if o.IsLiteral() {
			r.NotAddress(o.Value(), "a distribution is text")
			continue
		}
		r.checkValues(g, o, "a distribution's ", vocab.DCATAccessURL, vocab.DCATDownloadURL)
		if len(g.Objects(o, vocab.DCATAccessURL))+len(g.Objects(o, vocab.DCATDownloadURL)) == 0 {
			value := ""
			if o.IsIRI() {
				value = o.Value()
			}
			r.Report(problem.Warning, "address", value, "a distribution has neither an accessURL nor a downloadURL",
				"give the distribution a dcat:accessURL")
		}
		for _, size := range g.Objects(o, vocab.DCATByteSize) {
			if _, ok := dcat.WholeNumber(size.Value()); !ok && size.Value() != "" {
				r.Report(problem.Warning, "byte-size", size.Value(), "a distribution's size is no number of bytes",
					"write the number of bytes in digits")
			}
		}
	}
}

func (r *Record) checkValues(g *dcat.Graph, s term.Term, whose string, addresses ...string) {
	for _, property := range []string{vocab.DCTIssued, vocab.DCTModified} {
		for _, o := range g.Objects(s, property) {
			if _, ok := dcat.ParseDate(o.Value()); !ok && strings.TrimSpace(o.Value()) != "" && !o.IsBlankNode() {
				r.Report(problem.Warning, "date", o.Value(),
					whose+localName(property)+" is no date, or may be several",
					"write dates as 2026-03-20 or 115-03-20")
			}
		}
	}
	for _, property := range addresses {
		for _, o := range g.Objects(s, property) {
			v := strings.TrimSpace(o.Value())
			if v != "" && !o.IsBlankNode() && !dcat.IsAddress(v) {
				r.NotAddress(v, whose+localName(property)+" is no address")
			}
		}
	}
}

func localName(iri string) string { return iri[strings.LastIndexAny(iri, "#/")+1:] }
