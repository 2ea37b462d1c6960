package source

import (
	"bytes"
	"context"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

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

func gatherSchemaOrg(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		seen := map[string]bool{}
		p, err := s.schemaPage(ctx, s.Config.URL)
		if err != nil {
			yield(nil, err)
			return
		}
		p.describeCatalog()
		if !p.yieldDatasets(seen, yield) {
			return
		}
		for _, address := range p.named() {
			page, err := s.schemaPage(ctx, address)
			if err != nil {
				if rec := unreadable(ctx, address, Place{URL: p.r.URL}, err); rec == nil || !yield(rec, nil) {
					yield(nil, err)
					return
				}
				continue
			}
			if !page.yieldDatasets(seen, yield) {
				return
			}
		}
		if len(seen) == 0 {
			yield(nil, fail(Place{URL: s.Config.URL}, "schemaorg", "set url to a page that describes datasets for search engines", "neither the page nor those it names have a schema.org Dataset"))
		}
	}
}

// unreadable returns a record for a page that could not be read, or nil when
// the whole gathering has to end. Which datasets the page describes is known
// only when it is gone: then they are gone too. Otherwise the record has no
// identifier, so that no dataset counts as missing because of it.
func unreadable(ctx context.Context, address string, place Place, err error) *Record {
	e, ok := err.(*Error)
	if !ok || ctx.Err() != nil || e.Rule == "max_pages" {
		return nil
	}
	return broken(goneAs(e, address), place, e.Rule, address, "the page could not be read: "+e.Err.Error(), e.Remedy)
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
	r *Response
	g *dcat.Graph
}

func (s *Session) schemaPage(ctx context.Context, address string) (*schemaPage, error) {
	r, err := s.GetAccept(ctx, address, "text/html, application/ld+json;q=0.9, application/xhtml+xml;q=0.8, */*;q=0.1")
	if err != nil {
		return nil, err
	}
	var quads []term.Quad
	if looksHTML(r.Body) || strings.Contains(r.contentType, "html") {
		quads, err = collect(r, rdfio.ReadHTML(ctx, bytes.NewReader(r.Body), s.readOptions(r)))
	} else if strings.Contains(r.contentType, "json") {
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
	return &schemaPage{s, r, graphOf(quads)}, nil
}

// describeCatalog takes over what the page says about its catalogue.
func (p *schemaPage) describeCatalog() {
	for _, c := range p.g.Instances(schema("DataCatalog")) {
		p.s.Title, p.s.Description = p.texts(c, "name"), p.texts(c, "description")
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
			address := first(p.g.Value(d, schema("url")), d.Value())
			if p.g.Value(d, schema("name")) == "" && strings.HasPrefix(address, "http") && !slices.Contains(out, address) {
				out = append(out, address)
			}
		}
	}
	return out
}

// yieldDatasets maps the page's datasets; false when no more are wanted.
func (p *schemaPage) yieldDatasets(seen map[string]bool, yield func(*Record, error) bool) bool {
	datasets := slices.DeleteFunc(p.datasets(), func(d term.Term) bool {
		return p.g.Value(d, schema("name")) == "" && slices.Contains(p.named(), first(p.g.Value(d, schema("url")), d.Value()))
	})
	for _, d := range datasets {
		rec := p.record(d, len(datasets) == 1)
		if rec == nil || seen[rec.ID] {
			continue
		}
		seen[rec.ID] = true
		if !yield(rec, nil) {
			return false
		}
	}
	return true
}

// identifier returns what identifies a dataset: its IRI, else its identifier,
// else its address, else the address of the page that it has for itself.
func (p *schemaPage) identifier(d term.Term, alone bool) string {
	if d.IsIRI() {
		return identity(d.Value())
	}
	id := ""
	for _, o := range p.g.Objects(d, schema("identifier")) {
		id = first(id, p.g.Value(o, schema("value")), p.g.Value(o, schema("url")))
		if !o.IsBlankNode() {
			id = first(id, o.Value())
		}
	}
	id = first(id, p.g.Value(d, schema("url")))
	if id == "" && alone {
		id = p.r.URL
	}
	return identity(id)
}

func (p *schemaPage) record(subject term.Term, alone bool) *Record {
	place := Place{p.r.URL, subject.String()}
	name := p.g.Value(subject, schema("name"))
	id := p.identifier(subject, alone)
	switch {
	case id == "":
		return broken("", place, "identifier-missing", name, "the dataset has neither @id, identifier nor url, so it could not be found again", "give the dataset an @id or a url")
	case plain(name) == "":
		return broken(id, place, "title-missing", "", "the dataset has no name", "give the dataset a name")
	case !p.s.wanted(func(field string) string { return p.g.Value(subject, schema(field)) }):
		return nil
	}
	d := &dcat.Dataset{Identifier: id, Title: p.texts(subject, "name"), Description: p.texts(subject, "description"), Publisher: p.publisher(subject)}
	rec := &Record{ID: id, Place: place, Dataset: d}
	p.describe(d, subject)
	rec.dates(first(p.g.Value(subject, schema("datePublished")), p.g.Value(subject, schema("dateCreated"))), p.g.Value(subject, schema("dateModified")))
	for _, o := range p.g.Objects(subject, schema("distribution")) {
		p.distribution(rec, o)
	}
	return rec
}

// describe fills in what needs no check.
func (p *schemaPage) describe(d *dcat.Dataset, subject term.Term) {
	d.Lang = p.s.Config.Language
	if len(d.Title) > 0 {
		d.Lang = d.Title[0].Lang
	}
	for _, o := range p.g.Objects(subject, schema("keywords")) {
		text := dcat.Text{Value: o.Value(), Lang: first(o.Lang(), d.Lang)}
		if !o.IsLiteral() {
			text.Value = p.g.Value(o, schema("name"))
		}
		for k := range strings.FieldsFuncSeq(text.Value, func(c rune) bool { return strings.ContainsRune(",、，;；", c) }) {
			d.Keyword = append(d.Keyword, dcat.Text{Value: strings.TrimSpace(k), Lang: text.Lang})
		}
	}
	d.LandingPage = p.addresses(subject, "url")
	if len(d.LandingPage) == 0 && !subject.IsIRI() {
		d.LandingPage = []string{p.r.URL}
	}
	d.SameAs = p.addresses(subject, "sameAs")
	for _, o := range p.g.Objects(subject, schema("license")) {
		d.SetLicense(first(p.nameOf(o, "url"), p.nameOf(o, "name")))
	}
	for _, o := range p.g.Objects(subject, schema("variableMeasured")) {
		if name := first(p.nameOf(o, "name"), p.nameOf(o, "value")); name != "" {
			d.Fields = append(d.Fields, dcat.Text{Value: plain(name), Lang: d.Lang})
		}
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
			name := first(p.g.Value(o, schema("name")), p.g.Value(o, schema("legalName")))
			if o.IsLiteral() {
				name = o.Value()
			}
			if a := p.s.publisher(name); !a.IsZero() {
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
		t := p.s.text(plain(o.Value()))
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
		if address := absolute(p.r.URL, o.Value()); !o.IsBlankNode() && strings.Contains(address, "://") {
			out = append(out, address)
		}
	}
	return out
}

// distribution maps a schema:DataDownload.
func (p *schemaPage) distribution(rec *Record, o term.Term) {
	download := slices.Concat(p.addresses(o, "contentUrl"), p.addresses(o, "url"))
	if len(download) == 0 {
		rec.problem(Warning, "address", o.Value(), "a distribution has neither contentUrl nor url", "give the distribution a contentUrl")
		return
	}
	dist := dcat.Distribution{Title: p.texts(o, "name"), Description: p.texts(o, "description"), AccessURL: download[0]}
	if len(p.addresses(o, "contentUrl")) > 0 {
		dist.DownloadURL = download[0]
	}
	for _, f := range append(p.g.Objects(o, schema("encodingFormat")), p.g.Objects(o, schema("fileFormat"))...) {
		if !o.IsBlankNode() || f.IsLiteral() || f.IsIRI() {
			dist.SetFormat(f.Value())
		}
	}
	if f := dcat.Extension(download[0]); f != "" {
		dist.SetFormat(f)
	}
	if size := p.g.Value(o, schema("contentSize")); size != "" {
		if _, err := strconv.ParseUint(size, 10, 63); err == nil {
			dist.ByteSize = size
		}
	}
	dist.Modified, _ = dcat.ParseDate(p.g.Value(o, schema("dateModified")))
	rec.Dataset.Distribution = append(rec.Dataset.Distribution, dist)
}
