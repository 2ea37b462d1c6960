package source

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// schemaOrg reads datasets that web pages describe for search engines with
// schema.org terms, as JSON-LD, microdata or RDFa, and JSON-LD documents of
// that kind. Pages of datasets that a schema:DataCatalog only names are
// fetched too.
func schemaOrg() Kind { return Kind{Name: "schemaorg", Gather: gatherSchemaOrg} }

// schema is a property or class of schema.org.
func schema(name string) string { return vocab.SCHEMANS + name }

const acceptSchemaOrg = "text/html, application/ld+json;q=0.9, application/xhtml+xml;q=0.8, */*;q=0.1"

func gatherSchemaOrg(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		seen := map[string]bool{}
		start := "" // where the first page was, after redirects
		unreadable := func(address string, err error) error {
			if start == "" {
				return err
			}
			return yieldUnreadable(ctx, address, Place{URL: start}, err, yield)
		}
		crawl := s.crawl(ctx, fetch.CrawlOptions{Accept: acceptSchemaOrg})
		crawl.OnResponse(func(p *fetch.Page) error {
			page, err := readSchemaPage(ctx, s, p.Response)
			if err != nil {
				return unreadable(p.Address, err)
			}
			if start == "" {
				start = p.URL
				page.describeCatalog()
				for _, address := range page.named() {
					p.VisitLater(address)
				}
			}
			return page.yieldDatasets(seen, yield)
		})
		crawl.OnError(unreadable)
		err := crawl.Visit(s.Config.URL)
		if err == nil && len(seen) == 0 {
			err = fail(Place{URL: s.Config.URL}, "schemaorg",
				"set url to a page that describes datasets for search engines",
				"neither the page nor those it names have a schema.org Dataset")
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// yieldUnreadable yields a record for a page that could not be read, or returns
// the error that ends the gathering. Which datasets the page describes is known
// only when it is gone: then they are gone too. Otherwise the record has no
// identifier, so that no dataset counts as missing because of it.
func yieldUnreadable(
	ctx context.Context, address string, place Place, err error, yield func(*mapping.Record, error) bool,
) error {
	var e *Error
	if !errors.As(err, &e) || ctx.Err() != nil || e.Rule == "max_pages" {
		return err
	}
	if !yield(mapping.Broken(goneAs(e, address), place, e.Rule, address, "the page could not be read: "+e.Err.Error(),
		e.Remedy), nil) {
		return errStopped
	}
	return nil
}

// goneAs returns an identifier for what is gone by its answer, "" for what may
// still be there under one that is not known.
func goneAs(e *Error, id string) string {
	if e.Status == http.StatusNotFound || e.Status == http.StatusGone {
		return id
	}
	return ""
}

// schemaPage is a page's description of datasets.
type schemaPage struct {
	s *Session
	r *fetch.Response
	g *dcat.Graph
}

func readSchemaPage(ctx context.Context, s *Session, r *fetch.Response) (*schemaPage, error) {
	var err error
	var quads []term.Quad
	if fetch.IsHTML(r.Body) || strings.Contains(r.ContentType, "html") {
		quads, err = document.CollectQuads(r, rdfio.ReadHTML(ctx, bytes.NewReader(r.Body), s.readOptions(r)))
	} else if strings.Contains(r.ContentType, "json") {
		quads, err = s.quads(ctx, r)
	} // anything else, such as a PDF, describes nothing
	if err != nil {
		return nil, err
	}
	for i := range quads { // sites write the namespace with either scheme
		for _, t := range []*term.Term{&quads[i].Subject, &quads[i].Predicate, &quads[i].Object} {
			if rest, ok := strings.CutPrefix(t.Value(), "http://schema.org/"); ok && t.IsIRI() {
				*t = term.NewIRI(schema(rest))
			}
		}
	}
	return &schemaPage{s, r, mapping.GraphOf(quads)}, nil
}

// describeCatalog takes over what the page says about its catalogue.
func (p *schemaPage) describeCatalog() {
	for _, c := range p.g.Instances(schema("DataCatalog")) {
		p.s.Found.Title, p.s.Found.Description = p.texts(c, "name"), p.texts(c, "description")
		return
	}
}

func (p *schemaPage) datasets() []term.Term { return p.g.Instances(schema("Dataset")) }

// named returns the addresses of datasets that the page names without
// describing them.
func (p *schemaPage) named() []string {
	var out []string
	for _, c := range p.g.Subjects(schema("dataset")) {
		for _, d := range p.g.Objects(c, schema("dataset")) {
			address := document.First(p.g.Value(d, schema("url")), d.Value())
			if p.g.Value(d, schema("name")) == "" && strings.HasPrefix(address, "http") &&
				!slices.Contains(out, address) {
				out = append(out, address)
			}
		}
	}
	return out
}

// yieldDatasets maps the page's datasets.
func (p *schemaPage) yieldDatasets(seen map[string]bool, yield func(*mapping.Record, error) bool) error {
	datasets := slices.DeleteFunc(p.datasets(), func(d term.Term) bool {
		return p.g.Value(d, schema("name")) == "" && slices.Contains(p.named(),
			document.First(p.g.Value(d, schema("url")), d.Value()))
	})
	for _, d := range datasets {
		rec := p.record(d, len(datasets) == 1)
		if rec == nil || seen[rec.ID] {
			continue
		}
		seen[rec.ID] = true
		if !yield(rec, nil) {
			return errStopped
		}
	}
	return nil
}

// identifier returns what identifies a dataset: its IRI, else its identifier,
// else its address, else the address of the page that it has for itself.
func (p *schemaPage) identifier(d term.Term, alone bool) string {
	if d.IsIRI() {
		return mapping.Identity(d.Value())
	}
	id := ""
	for _, o := range p.g.Objects(d, schema("identifier")) {
		id = document.First(id, p.g.Value(o, schema("value")), p.g.Value(o, schema("url")))
		if !o.IsBlankNode() {
			id = document.First(id, o.Value())
		}
	}
	id = document.First(id, p.g.Value(d, schema("url")))
	if id == "" && alone {
		id = p.r.URL
	}
	return mapping.Identity(id)
}

func (p *schemaPage) record(subject term.Term, alone bool) *mapping.Record {
	place := placeAt(p.r.URL, subject.String())
	name := p.g.Value(subject, schema("name"))
	id := p.identifier(subject, alone)
	switch {
	case id == "":
		return mapping.Broken("", place, "identifier-missing", name,
			"the dataset has neither @id, identifier nor url, so it could not be found again",
			"give the dataset an @id or a url")
	case document.Plain(name) == "":
		return mapping.Broken(id, place, "title-missing", "", "the dataset has no name", "give the dataset a name")
	case !p.s.Wanted(func(field string) string { return p.g.Value(subject, schema(field)) }):
		return nil
	}
	d := &dcat.Dataset{Identifier: id, Title: p.texts(subject, "name"), Description: p.texts(subject, "description"),
		Publisher: p.publisher(subject)}
	rec := &mapping.Record{ID: id, Place: place, Dataset: d}
	p.describe(d, subject)
	rec.Dates(document.First(p.g.Value(subject, schema("datePublished")), p.g.Value(subject, schema("dateCreated"))),
		p.g.Value(subject, schema("dateModified")))
	distributions := p.g.Objects(subject, schema("distribution"))
	for _, o := range distributions {
		p.distribution(rec, o)
	}
	left := p.s.Carrier(rec)
	d.Extra = append(d.Extra, p.g.Rest(subject, p.understood(left, schemaDatasetTerms), distributions...)...)
	for i, o := range distributions {
		x := &d.Distribution[i]
		x.Extra = append(x.Extra, p.g.Rest(o, p.understood(left, schemaDownloadTerms))...)
	}
	return rec
}

// The terms that are mapped. Where a value of theirs did not arrive, the
// statement is carried as it is, like those with other terms.
var (
	schemaDatasetTerms = []string{"name", "description", "url", "identifier", "keywords", "license", "publisher",
		"provider", "sourceOrganization", "creator", "author", "datePublished", "dateCreated", "dateModified",
		"variableMeasured", "sameAs"}
	schemaDownloadTerms = []string{"name", "description", "url", "contentUrl", "encodingFormat", "fileFormat",
		"contentSize", "dateModified"}
)

// understood returns what tells whether a statement arrived in the record.
func (p *schemaPage) understood(left *mapping.Carrier, terms []string) func(term.Triple) bool {
	return func(t term.Triple) bool {
		name, ok := strings.CutPrefix(t.Predicate.Value(), vocab.SCHEMANS)
		switch {
		case t.Predicate.Value() == vocab.RDFType:
			return t.Object.Value() == schema("Dataset") || t.Object.Value() == schema("DataDownload")
		case ok && name == "distribution":
			return true
		}
		return ok && slices.Contains(terms, name) && p.arrived(left, t.Object, 0)
	}
}

// arrived reports whether a value, or all that a node says, is in the record.
func (p *schemaPage) arrived(left *mapping.Carrier, o term.Term, depth int) bool {
	about := p.g.About(o)
	if !o.IsBlankNode() { // what is said about an IRI comes along in any case
		return left.ArrivedText(o.Value())
	}
	if len(about) == 0 || depth > 4 {
		return false
	}
	return !slices.ContainsFunc(about, func(t term.Triple) bool {
		return t.Predicate.Value() != vocab.RDFType && !p.arrived(left, t.Object, depth+1)
	})
}

// describe fills in what needs no check.
func (p *schemaPage) describe(d *dcat.Dataset, subject term.Term) {
	d.Lang = p.s.Config.Language
	keywords := p.g.Objects(subject, schema("keywords"))
	for _, o := range keywords {
		text := dcat.Text{Value: o.Value(), Lang: o.Lang()}
		if !o.IsLiteral() {
			text.Value = p.g.Value(o, schema("name"))
		}
		list := []string{strings.TrimSpace(text.Value)}
		if len(keywords) == 1 { // a list in one text
			list = mapping.SplitKeywords(text.Value)
		} else if o.IsLiteral() { // schema.org delimits a list with commas
			list = strings.Split(text.Value, ",")
		}
		for _, k := range list {
			if o.Lang() == "" {
				text.Lang = dcat.Written(k, d.Lang)
			}
			if k = strings.TrimSpace(k); k != "" {
				d.Keyword = append(d.Keyword, dcat.Text{Value: k, Lang: text.Lang})
			}
		}
	}
	d.LandingPage = p.addresses(subject, "url")
	if len(d.LandingPage) == 0 && !subject.IsIRI() {
		d.LandingPage = []string{p.r.URL}
	}
	d.SameAs = p.addresses(subject, "sameAs")
	for _, o := range p.g.Objects(subject, schema("license")) {
		p.license(d, document.First(p.nameOf(o, "url"), p.nameOf(o, "name")))
	}
	for _, o := range p.g.Objects(subject, schema("variableMeasured")) {
		if name := document.First(p.nameOf(o, "name"), p.nameOf(o, "value")); name != "" {
			d.Fields = append(d.Fields, p.s.Text(document.Plain(name)))
		}
	}
}

// license takes the first licence that the list knows, else the first.
func (p *schemaPage) license(d *dcat.Dataset, text string) {
	iri, known := dcat.License(text)
	_, have := dcat.License(d.License)
	switch {
	case known && !have:
		d.License = iri
	case d.License == "" && !known:
		d.SetLicense(text)
	}
}

// nameOf returns a literal's or IRI's text, or a blank node's property.
func (p *schemaPage) nameOf(o term.Term, property string) string {
	if o.IsBlankNode() || p.g.Value(o, schema(property)) != "" {
		return p.g.Value(o, schema(property))
	}
	return o.Value()
}

// publisher returns the first organisation or person that stands behind the
// dataset.
func (p *schemaPage) publisher(d term.Term) dcat.Agent {
	for _, property := range []string{"publisher", "provider", "sourceOrganization", "creator", "author"} {
		for _, o := range p.g.Objects(d, schema(property)) {
			name := document.First(p.g.Value(o, schema("name")), p.g.Value(o, schema("legalName")))
			if o.IsLiteral() {
				name = o.Value()
			}
			if a := p.s.Publisher(name); !a.IsZero() {
				return a
			}
		}
	}
	return dcat.Agent{}
}

// texts returns a property's literals without markup.
func (p *schemaPage) texts(s term.Term, property string) []dcat.Text {
	var out []dcat.Text
	for _, o := range p.g.Objects(s, schema(property)) {
		t := p.s.Text(document.Plain(o.Value()))
		if o.Lang() != "" {
			t.Lang = o.Lang()
		}
		if o.IsLiteral() && t.Value != "" {
			out = append(out, t)
		}
	}
	return out
}

// addresses returns a property's values that are addresses.
func (p *schemaPage) addresses(s term.Term, property string) []string {
	var out []string
	for _, o := range p.g.Objects(s, schema(property)) {
		if address := document.Absolute(p.r.URL, o.Value()); !o.IsBlankNode() && strings.Contains(address, "://") &&
			dcat.IsAddress(address) {
			out = append(out, address)
		}
	}
	return out
}

// distribution maps a schema:DataDownload, or the address of one alone. One
// without an address is reported and stays for what else it says.
func (p *schemaPage) distribution(rec *mapping.Record, o term.Term) {
	file := p.addresses(o, "contentUrl")
	download := slices.Concat(file, p.addresses(o, "url"))
	if address := document.Absolute(p.r.URL, o.Value()); len(p.g.About(o)) == 0 && !o.IsBlankNode() &&
		dcat.IsAddress(address) {
		file, download = []string{address}, []string{address}
	}
	dist := dcat.Distribution{Title: p.texts(o, "name"), Description: p.texts(o, "description")}
	if len(download) > 0 {
		dist.AccessURL = download[0]
	} else {
		rec.Report(Warning, "address", o.Value(), "a distribution has neither contentUrl nor url",
			"give the distribution a contentUrl")
	}
	if len(file) > 0 {
		dist.DownloadURL = file[0]
	}
	for _, f := range append(p.g.Objects(o, schema("encodingFormat")), p.g.Objects(o, schema("fileFormat"))...) {
		if f.IsLiteral() || f.IsIRI() {
			dist.SetFormat(f.Value())
		}
	}
	if f := dcat.Extension(dist.AccessURL); f != "" {
		dist.SetFormat(f)
	}
	dist.ByteSize, _ = dcat.WholeNumber(p.g.Value(o, schema("contentSize")))
	rec.DistributionDates(&dist, "", p.g.Value(o, schema("dateModified")))
	rec.Dataset.Distribution = append(rec.Dataset.Distribution, dist)
}
