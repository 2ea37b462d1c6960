package source

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/mapping"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// dataJSON reads data.json catalogues: Project Open Data 1.0 and 1.1, and
// DCAT-US 3 with its nested catalogues, dataset series and catalogue records.
func dataJSON() Kind { return Kind{Name: "datajson", Gather: gatherDataJSON} }

// maxCatalogDepth bounds catalogues inside catalogues.
const maxCatalogDepth = 20

// dataCatalog is one gathering of a data.json document.
type dataCatalog struct {
	s        *Session
	url      string
	modified map[string]string // by identifier of the dataset, from catalogue records
	seen     map[string]bool   // identifiers
	pages    map[string]bool   // addresses of documents

	came, announced int // datasets in the lists, and how many there are by their own word

	yield func(*mapping.Record) bool
	// datasets yields those of the outermost catalogue; false when no more are wanted
	datasets func(each func(v any, at string) bool) bool
}

func gatherDataJSON(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		c := &dataCatalog{s: s, modified: map[string]string{}, seen: map[string]bool{}, pages: map[string]bool{}}
		c.yield = func(rec *mapping.Record) bool { return yield(rec, ctx.Err()) && ctx.Err() == nil }
		var err error
		for next := s.Config.URL; next != "" && err == nil; {
			next, err = c.page(ctx, next)
		}
		if err == nil && c.came < c.announced {
			err = document.Incomplete(Place{URL: s.Config.URL}, c.announced, c.came)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// page yields the datasets of a document and returns the address of the one that
// goes on with the list.
func (c *dataCatalog) page(ctx context.Context, address string) (next string, err error) {
	c.pages[address] = true
	d, err := c.s.document(ctx, address, "application/json, */*;q=0.1")
	if err != nil {
		return "", err
	}
	defer d.Close()
	top, list, err := readDataJSON(d)
	if err != nil {
		return "", err
	}
	if len(c.pages) == 1 {
		c.s.Found.Title, c.s.Found.Description = mapping.TextsOf(top, c.s.Config.Language, "title"),
			mapping.TextsOf(top, c.s.Config.Language, "description")
	}
	c.s.tellFields(c.own(top, 0), dataCatalogFields)
	c.url = d.URL
	var records document.Contents
	c.datasets = func(each func(v any, at string) bool) bool {
		more := true
		err = list(func(it document.Entry, _ error) bool {
			var v any = it.Values
			if it.Err != nil {
				v = nil
			}
			records.Add(fmt.Sprint(identifierOf(it.Values), it.Values["title"]))
			more = each(v, it.Locator)
			return more
		})
		return more && err == nil
	}
	if !c.catalog(top, "", 0) {
		return "", cmp.Or(err, errStopped)
	}
	if next = dataNext(d, top); next != "" && c.pages[next] {
		return "", document.OwnNext(d.URL)
	}
	c.announced = max(c.announced, announcedBy(top))
	if next != "" {
		err = c.s.pages.FreshContents(d.URL, records)
	}
	return next, err
}

// dataNext returns the address of the document with the datasets that follow: by
// the Link header, or by a member with one of the names in use.
func dataNext(d *document.Document, top document.Object) string {
	next := document.First(document.Link(d.Response, "next"), top.Text("next", "nextPage", "hydra:next", "@nextLink"))
	for _, links := range top.Objects("links") {
		next = document.First(next, links.Text("next"))
		if rel := links.Text("rel"); rel == "next" {
			next = document.First(next, links.Text("href"))
		}
	}
	if next == "" {
		return ""
	}
	return document.Absolute(d.URL, next)
}

// announcedBy returns how many datasets there are by the document's own word, 0
// when it does not say.
func announcedBy(top document.Object) int {
	n, _ := strconv.Atoi(top.Text("totalItems", "hydra:totalItems", "totalCount", "total", "count"))
	return n
}

// readDataJSON reads a catalogue but for its datasets, which list yields one by
// one; version 1.0 is a bare array of them.
func readDataJSON(
	d *document.Document,
) (top document.Object, list func(func(document.Entry, error) bool) error, err error) {
	head, err := d.TextHead()
	if err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(head, []byte("[")) {
		return document.Object{}, func(yield func(document.Entry, error) bool) error {
			return d.JSONEntries(nil, "/dataset", yield)
		}, nil
	}
	top = document.Object{}
	streamed := false
	err = d.Members(func(dec *json.Decoder, name string, first json.Token) error {
		switch {
		case name == "dataset" && first == json.Delim('['):
			streamed = true
			return document.Skip(dec, first)
		case !document.IsOpening(first):
			top[name] = first
			return nil
		}
		v, err := document.JSONValue(dec, first)
		top[name] = v
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if streamed {
		return top, func(yield func(document.Entry, error) bool) error {
			return d.JSONEntries([]string{"dataset"}, "/dataset", yield)
		}, nil
	}
	isList := func(name string) bool { _, ok := top[name].([]any); return ok }
	if !isList("catalog") && !isList("datasetSeries") && !isList("service") {
		return nil, nil, fail(Place{URL: d.URL}, "datajson", "set url to the data.json document itself",
			"the document has no array named dataset, catalog, datasetSeries or service")
	}
	return top, func(func(document.Entry, error) bool) error { return nil }, nil
}

// catalog yields the datasets of a catalogue and of those inside it; false
// when no more are wanted.
func (c *dataCatalog) catalog(o document.Object, at string, depth int) bool {
	if depth > maxCatalogDepth {
		c.s.Found.Problems = append(c.s.Found.Problems, Problem{Severity: Warning, Place: placeAt(c.url, at),
			Rule: "depth", Message: fmt.Sprintf("catalogues are nested deeper than %d", maxCatalogDepth),
			Remedy: "give the inner catalogues as sources of their own"})
		return true
	}
	for _, r := range o.Objects("record") {
		if id := r.Text("primaryTopic"); id != "" {
			c.modified[id] = r.Text("modified")
		}
	}
	if depth == 0 && !c.datasets(func(v any, at string) bool { return c.emit(c.record(v, at), false) }) {
		return false
	}
	for i, v := range o.List("dataset") {
		if !c.emit(c.record(v, document.Pointer(at, "dataset", strconv.Itoa(i))), false) {
			return false
		}
	}
	for i, series := range o.Objects("datasetSeries") {
		place := document.Pointer(at, "datasetSeries", strconv.Itoa(i))
		if isSeries(series) && !c.emit(c.series(series, place), true) {
			return false
		}
	}
	if !c.embedded(o, at, "datasetSeries", "seriesMember") || !c.embedded(o, at, "service", "servesDataset") {
		return false
	}
	for i, inner := range o.Objects("catalog") {
		if !c.catalog(inner, document.Pointer(at, "catalog", strconv.Itoa(i)), depth+1) {
			return false
		}
	}
	return true
}

// dataCatalogFields are the fields of a catalogue; what is in it counts apart.
var dataCatalogFields = mapping.Uses(mapping.Mapped, "title", "description").With(mapping.Uses(mapping.Noted,
	"dataset", "record", "@context", "@type", "next", "nextPage", "hydra:next", "@nextLink", "links", "totalItems",
	"hydra:totalItems", "totalCount", "total", "count")).With(mapping.FieldUse{
	"@id": vocab.DCTIdentifier, "publisher": vocab.DCTPublisher, "license": vocab.DCTLicense,
	"rights": vocab.DCTRights, "conformsTo": vocab.DCTConformsTo, "issued": vocab.DCTIssued,
	"modified": vocab.DCTModified, "language": vocab.DCTLanguage, "spatial": vocab.DCTSpatial,
	"homepage": vocab.FOAFHomepage, "contactPoint": vocab.DCATContactPoint, "service": vocab.DCATService,
	"catalog": vocab.DCATCatalogProperty,
})

// own returns the fields of a catalogue with the datasets inside it replaced by
// their identifiers: those that services and series name, and those of catalogues
// inside it.
func (c *dataCatalog) own(o document.Object, depth int) map[string]any {
	out := maps.Clone(o)
	for _, name := range []string{"service", "datasetSeries"} {
		var list []any
		for _, v := range o.Objects(name) {
			if name != "datasetSeries" || !isSeries(v) { // a series that can be found again is a record
				list = append(list, map[string]any(withReferences(v)))
			}
		}
		if delete(out, name); len(list) > 0 {
			out[name] = list
		}
	}
	if inner := o.Objects("catalog"); len(inner) > 0 && depth < maxCatalogDepth {
		list := make([]any, len(inner))
		for i, v := range inner {
			fields := c.own(v, depth+1)
			delete(fields, "record")
			fields["dataset"] = identifiersOf(v.List("dataset"))
			list[i] = fields
		}
		out["catalog"] = list
	}
	return out
}

// withReferences returns an object with the identifiers of datasets where whole
// datasets stand.
func withReferences(o document.Object) document.Object {
	out := maps.Clone(o)
	for _, name := range []string{"seriesMember", "servesDataset", "first", "last", "prev"} {
		if list := o.List(name); len(list) > 0 {
			out[name] = identifiersOf(list)
		}
	}
	return out
}

func identifiersOf(list []any) []any {
	var ids []any
	for _, v := range list {
		if m, ok := v.(map[string]any); ok && identifierOf(m) != "" {
			v = identifierOf(m)
		}
		ids = append(ids, v)
	}
	return ids
}

// isWhole reports whether a value describes a dataset, and does not only name it.
func isWhole(v any) bool {
	m, ok := v.(map[string]any)
	for name := range m {
		if name != "@id" && name != "@type" && name != "identifier" {
			return true
		}
	}
	return ok && len(m) == 0
}

// isSeries reports whether a series can be a record: it has a name and a title.
func isSeries(o document.Object) bool { return identifierOf(o) != "" && o.Text("title") != "" }

// series maps a series of datasets.
func (c *dataCatalog) series(o document.Object, at string) *mapping.Record {
	fields := withReferences(o)
	delete(fields, "@type")
	rec := c.record(map[string]any(fields), at)
	if rec != nil && rec.Dataset != nil {
		rec.Dataset.Extra = append(rec.Dataset.Extra, term.Triple{Subject: term.NewIRI(""),
			Predicate: term.NewIRI(vocab.RDFType), Object: term.NewIRI(vocab.DCATDatasetSeries)})
	}
	return rec
}

// embedded yields the datasets that a series or a service holds as whole
// objects. Those that it only names stand elsewhere in the document.
func (c *dataCatalog) embedded(o document.Object, at, outer, inner string) bool {
	for i, holder := range o.Objects(outer) {
		for j, v := range holder.List(inner) {
			if !isWhole(v) {
				continue
			}
			if !c.emit(c.record(v, document.Pointer(at, outer, strconv.Itoa(i), inner, strconv.Itoa(j))), true) {
				return false
			}
		}
	}
	return true
}

// emit yields a record, an embedded one only when it is the first of its
// identifier; false when no more are wanted.
func (c *dataCatalog) emit(rec *mapping.Record, embedded bool) bool {
	if rec == nil || embedded && c.seen[rec.ID] {
		return true
	}
	c.seen[rec.ID] = true
	return c.yield(rec)
}

// record maps a dataset; nil when the filter leaves it out.
func (c *dataCatalog) record(v any, at string) *mapping.Record {
	c.came++
	place := placeAt(c.url, at)
	o, ok := v.(map[string]any)
	if !ok {
		return mapping.Broken("", place, "datajson", "", "the entry is no JSON object",
			"ask the source's owner to correct the entry")
	}
	e := document.Object(o)
	id := identifierOf(e)
	if id == "" {
		return mapping.Broken("", place, "identifier-missing", e.Text("title"),
			"the dataset has no identifier, so it could not be found again", "give the dataset an identifier")
	}
	if !c.s.Wanted(func(name string) string { return e.Text(name) }) {
		return nil
	}
	lang := c.language(e)
	d := &dcat.Dataset{Lang: lang, Identifier: id, Title: mapping.TextsOf(e, lang, "title"),
		Description: mapping.TextsOf(e, lang, "description")}
	if len(d.Title) == 0 {
		return mapping.Broken(id, place, "title-missing", "", "the dataset has no title", "give the dataset a title")
	}
	rec := &mapping.Record{ID: id, Place: place, Dataset: d}
	c.describe(rec, e, lang)
	modified := document.First(e.Text("modified"), c.modified[id])
	if strings.HasPrefix(modified, "R/P") { // the specification of 1.1 lets the frequency stand here
		d.SetFrequency(modified)
		modified = ""
	}
	if f := e.Text("accrualPeriodicity"); f != "" {
		d.SetFrequency(f)
	}
	rec.Dates(e.Text("issued"), modified)
	var read []document.Object // as many as distributions
	for i, v := range e.List("distribution") {
		m, ok := v.(map[string]any)
		if !ok {
			m = map[string]any{"downloadURL": v}
		}
		dataDistribution(rec, m, lang, i)
		read = append(read, m)
	}
	for _, m := range oldDistributions(e) {
		dataDistribution(rec, m, lang, 0)
		read = append(read, m)
	}
	left := c.s.Carrier(rec)
	left.Rest(e, dataFields)
	for i, m := range read {
		left.RestOf(&d.Distribution[i].Extra, m, dataDistributionFields)
	}
	return rec
}

// language returns the tag of a record's text: the language that it names, if
// that is one, else that of the source.
func (c *dataCatalog) language(e document.Object) string {
	if l := e.List("language"); len(l) == 1 && mapping.LanguageTags.MatchString(document.TextOf(l[0])) {
		return mapping.LanguageTag(document.TextOf(l[0]))
	}
	return c.s.Config.Language
}

// oldDistributions are those that version 1.0 of Project Open Data has in the
// dataset itself: a file, and a web service.
func oldDistributions(o document.Object) []document.Object {
	var out []document.Object
	if len(o.List("distribution")) > 0 {
		return nil
	}
	if address := o.Text("accessURL", "downloadURL"); dcat.IsAddress(address) {
		out = append(out, document.Object{"downloadURL": address, "format": o["format"], "mediaType": o["mediaType"]})
	}
	for _, v := range o.List("webService") {
		if address := document.TextOf(v); dcat.IsAddress(address) {
			out = append(out, document.Object{"accessURL": address})
		}
	}
	return out
}

// dataFields are the fields of a dataset; DCAT-US 1.1 names the properties.
var dataFields = mapping.Uses(mapping.Mapped, "identifier", "@id", "title", "description", "publisher", "contactPoint",
	"keyword", "theme", "landingPage", "sameAs", "describedBy", "references", "page", "license", "rights",
	"conformsTo", "isPartOf", "inSeries", "issued", "modified", "accrualPeriodicity", "accessURL", "downloadURL",
	"webService").With(mapping.FieldUse{
	"distribution": mapping.Noted, "@context": mapping.Noted,
	"spatial": vocab.DCTSpatial, "temporal": vocab.DCTTemporal, "language": vocab.DCTLanguage,
	"accessLevel": vocab.DCTAccessRights, "accessRights": vocab.DCTAccessRights, "created": vocab.DCTCreated,
	"creator": vocab.DCTCreator, "provenance": vocab.DCTProvenance, "version": vocab.DCATVersion,
})

var dataDistributionFields = mapping.Uses(mapping.Mapped, "@id", "title", "description", "downloadURL", "accessURL",
	"mediaType", "format", "byteSize", "license", "conformsTo", "describedBy", "issued",
	"modified").With(mapping.FieldUse{
	"rights": vocab.DCTRights, "language": vocab.DCTLanguage, "accessRights": vocab.DCTAccessRights,
})

// describe fills in what needs no check.
func (c *dataCatalog) describe(rec *mapping.Record, e document.Object, lang string) {
	d := rec.Dataset
	for _, p := range e.Objects("publisher") {
		if d.Publisher = c.s.PublisherIn(p.Text("name", "prefLabel"), lang); !d.Publisher.IsZero() {
			break
		}
	}
	if name := e.Text("publisher"); d.Publisher.IsZero() && !strings.HasPrefix(name, "{") {
		d.Publisher = c.s.PublisherIn(name, lang)
	}
	for _, v := range e.List("contactPoint") {
		k := document.Object{"fn": v}
		if m, ok := v.(map[string]any); ok {
			k = m
		}
		contact := dcat.Contact{Name: k.Text("fn"), Email: strings.TrimPrefix(k.Text("hasEmail"), "mailto:"),
			Phone: strings.TrimPrefix(k.Text("hasTelephone", "tel"), "tel:"), URL: k.Text("hasURL")}
		if contact.URL != "" && !dcat.IsAddress(contact.URL) {
			contact.URL = ""
		}
		if !contact.IsZero() {
			d.Contact = append(d.Contact, contact)
		}
	}
	d.Keyword = mapping.TextsOf(e, lang, "keyword")
	for _, t := range e.List("theme") {
		d.AddTheme(c.s.Base, document.TextOf(t))
	}
	d.LandingPage = rec.Pages(e.All("landingPage"))
	for _, v := range e.All("sameAs") {
		d.SameAs = append(d.SameAs, mapping.WebNames(v)...)
	}
	if own := e.Text("@id"); dcat.IsAddress(own) && !slices.Contains(d.SameAs, own) {
		d.SameAs = append(d.SameAs, own)
	}
	for _, name := range []string{"describedBy", "references", "page"} {
		d.Page = append(d.Page, rec.Pages(e.All(name))...)
	}
	for _, v := range e.All("license") {
		if iri, ok := dcat.License(v); ok && d.License == "" || !ok && dcat.IsAddress(v) && d.License == "" {
			d.License = document.First(iri, v)
		} else if !ok && !dcat.IsAddress(v) {
			d.Rights = append(d.Rights, mapping.TextIn(document.Plain(v), lang))
		}
	}
	d.Rights = append(d.Rights, mapping.TextsOf(e, lang, "rights")...)
	for _, v := range e.All("conformsTo") {
		if dcat.IsAddress(v) {
			d.ConformsTo = append(d.ConformsTo, v)
		}
	}
	for _, id := range append(e.All("isPartOf"), e.All("inSeries")...) {
		d.Relation = append(d.Relation, c.s.Base.Dataset(c.s.Config.ID, id))
	}
}

// identifierOf returns the identifier: a text, an object with an IRI, or one
// with the notation of a scheme.
func identifierOf(o document.Object) string {
	v, isObject := o["identifier"].(map[string]any)
	if !isObject {
		return document.First(document.TextOf(o["identifier"]), document.TextOf(o["@id"]))
	}
	id := document.Object(v)
	if iri := id.Text("@id"); iri != "" {
		return iri
	}
	if notation := id.Text("notation"); notation != "" {
		return strings.TrimPrefix(id.Text("schemaAgency")+"/"+notation, "/")
	}
	return document.TextOf(o["@id"])
}

// dataDistribution maps a distribution. One without an address is reported and
// stays for what else it says.
func dataDistribution(r *mapping.Record, o document.Object, lang string, n int) {
	dist := dcat.Distribution{
		Title: mapping.TextsOf(o, lang, "title"), Description: mapping.TextsOf(o, lang, "description"),
		DownloadURL: o.Text("downloadURL"), AccessURL: document.First(o.Text("accessURL"), o.Text("downloadURL")),
	}
	if id := o.Text("@id"); dcat.IsAddress(id) {
		dist.ID = id
	}
	if !dcat.IsAddress(dist.AccessURL) {
		r.NotAddress(dist.AccessURL,
			fmt.Sprintf("distribution %d has neither an accessURL nor a downloadURL that is an address", n+1))
		dist.AccessURL = ""
	}
	if !dcat.IsAddress(dist.DownloadURL) {
		dist.DownloadURL = ""
	}
	for _, f := range []string{o.Text("mediaType"), o.Text("format"), dcat.Extension(dist.DownloadURL)} {
		if f != "" {
			dist.SetFormat(f)
		}
	}
	dist.ByteSize, _ = dcat.WholeNumber(o.Text("byteSize"))
	dist.License = mapping.LicenseOf(o.Text("license"))
	for _, name := range []string{"conformsTo", "describedBy"} {
		for _, v := range o.All(name) {
			if dcat.IsAddress(v) {
				dist.ConformsTo = append(dist.ConformsTo, v)
			}
		}
	}
	r.DistributionDates(&dist, o.Text("issued"), o.Text("modified"))
	r.Dataset.Distribution = append(r.Dataset.Distribution, dist)
}
