package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"fincat/vocab/dcat"
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
	yield    func(*Record) bool
	datasets func(each func(v any, at string) bool) bool // those of the outermost catalogue; false when no more are wanted
}

func gatherDataJSON(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		d, err := s.document(ctx, s.Config.URL, "application/json, */*;q=0.1")
		if err != nil {
			yield(nil, err)
			return
		}
		top, list, err := readDataJSON(d)
		if err != nil {
			yield(nil, err)
			return
		}
		s.Title, s.Description = top.texts(s, "title"), top.texts(s, "description")
		c := &dataCatalog{s: s, url: d.URL, modified: map[string]string{}, seen: map[string]bool{}}
		c.yield = func(rec *Record) bool { return yield(rec, ctx.Err()) && ctx.Err() == nil }
		c.datasets = func(each func(v any, at string) bool) bool {
			more := true
			err := list(func(it item, err error) bool {
				var v any = it.values
				if it.err != nil {
					v = nil
				}
				more = each(v, it.locator)
				return more
			})
			if err != nil {
				yield(nil, err)
			}
			return more && err == nil
		}
		c.catalog(top, "", 0)
	}
}

// readDataJSON reads a catalogue but for its datasets, which list yields one by
// one; version 1.0 is a bare array of them.
func readDataJSON(d *document) (top members, list func(func(item, error) bool) error, err error) {
	head, err := d.textHead()
	if err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(head, []byte("[")) {
		return members{}, func(yield func(item, error) bool) error { return d.jsonItems(nil, "/dataset", yield) }, nil
	}
	top = members{}
	streamed := false
	err = d.members(func(dec *json.Decoder, name string, first json.Token) error {
		switch {
		case name == "dataset" && first == json.Delim('['):
			streamed = true
			return skip(dec, first)
		case !isOpening(first):
			top[name] = first
			return nil
		}
		v, err := value(dec, first)
		top[name] = v
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if streamed {
		return top, func(yield func(item, error) bool) error { return d.jsonItems([]string{"dataset"}, "/dataset", yield) }, nil
	}
	isList := func(name string) bool { _, ok := top[name].([]any); return ok }
	if !isList("catalog") && !isList("datasetSeries") && !isList("service") {
		return nil, nil, fail(Place{URL: d.URL}, "datajson", "set url to the data.json document itself", "the document has no array named dataset, catalog, datasetSeries or service")
	}
	return top, func(func(item, error) bool) error { return nil }, nil
}

// catalog yields the datasets of a catalogue and of those inside it; false
// when no more are wanted.
func (c *dataCatalog) catalog(o members, at string, depth int) bool {
	if depth > maxCatalogDepth {
		c.s.Problems = append(c.s.Problems, Problem{Severity: Warning, Place: Place{c.url, at}, Rule: "depth", Message: fmt.Sprintf("catalogues are nested deeper than %d", maxCatalogDepth), Remedy: "give the inner catalogues as sources of their own"})
		return true
	}
	for _, r := range o.objects("record") {
		if id := r.text("primaryTopic"); id != "" {
			c.modified[id] = r.text("modified")
		}
	}
	if n := len(o.objects("service")); n > 0 {
		c.s.Problems = append(c.s.Problems, Problem{Severity: Info, Place: Place{c.url, pointer(at, "service")}, Rule: "service", Value: strconv.Itoa(n), Message: "data services are not taken over, only datasets", Remedy: "give a service's OpenAPI document as a source of kind openapi"})
	}
	if depth == 0 && !c.datasets(func(v any, at string) bool { return c.emit(c.record(v, at), false) }) {
		return false
	}
	for i, v := range o.list("dataset") {
		if !c.emit(c.record(v, pointer(at, "dataset", strconv.Itoa(i))), false) {
			return false
		}
	}
	if !c.embedded(o, at, "datasetSeries", "seriesMember") || !c.embedded(o, at, "service", "servesDataset") {
		return false
	}
	for i, inner := range o.objects("catalog") {
		if !c.catalog(inner, pointer(at, "catalog", strconv.Itoa(i)), depth+1) {
			return false
		}
	}
	return true
}

// embedded yields the datasets that stand inside a series or a service and
// nowhere else; those only named there come from elsewhere.
func (c *dataCatalog) embedded(o members, at, outer, inner string) bool {
	for i, holder := range o.objects(outer) {
		for j, v := range holder.list(inner) {
			if _, whole := v.(map[string]any); !whole {
				continue
			}
			if !c.emit(c.record(v, pointer(at, outer, strconv.Itoa(i), inner, strconv.Itoa(j))), true) {
				return false
			}
		}
	}
	return true
}

// emit yields a record, an embedded one only when it is the first of its
// identifier; false when no more are wanted.
func (c *dataCatalog) emit(rec *Record, embedded bool) bool {
	if rec == nil || embedded && c.seen[rec.ID] {
		return true
	}
	c.seen[rec.ID] = true
	return c.yield(rec)
}

// record maps a dataset; nil when the filter leaves it out.
func (c *dataCatalog) record(v any, at string) *Record {
	place := Place{c.url, at}
	o, ok := v.(map[string]any)
	if !ok {
		return broken("", place, "datajson", "", "the entry is no JSON object", "ask the source's owner to correct the entry")
	}
	e := members(o)
	id := e.identifier()
	if id == "" {
		return broken("", place, "identifier-missing", e.text("title"), "the dataset has no identifier, so it could not be found again", "give the dataset an identifier")
	}
	if !c.s.wanted(func(name string) string { return e.text(name) }) {
		return nil
	}
	d := &dcat.Dataset{Lang: c.s.Config.Language, Identifier: id, Title: e.texts(c.s, "title"), Description: e.texts(c.s, "description")}
	if len(d.Title) == 0 {
		return broken(id, place, "title-missing", "", "the dataset has no title", "give the dataset a title")
	}
	rec := &Record{ID: id, Place: place, Dataset: d}
	c.describe(d, e)
	modified := first(e.text("modified"), c.modified[id])
	if strings.HasPrefix(modified, "R/P") { // the specification of 1.1 lets the frequency stand here
		d.SetFrequency(modified)
		modified = ""
	}
	if f := e.text("accrualPeriodicity"); f != "" {
		d.SetFrequency(f)
	}
	rec.dates(e.text("issued"), modified)
	for i, dist := range e.list("distribution") {
		rec.dataDistribution(c.s, dist, i)
	}
	return rec
}

// describe fills in what needs no check.
func (c *dataCatalog) describe(d *dcat.Dataset, e members) {
	for _, p := range e.objects("publisher") {
		if d.Publisher = c.s.publisher(p.text("name", "prefLabel")); !d.Publisher.IsZero() {
			break
		}
	}
	if name := e.text("publisher"); d.Publisher.IsZero() && !strings.HasPrefix(name, "{") {
		d.Publisher = c.s.publisher(name)
	}
	for _, k := range e.objects("contactPoint") {
		contact := dcat.Contact{Name: k.text("fn"), Email: strings.TrimPrefix(k.text("hasEmail"), "mailto:"), Phone: strings.TrimPrefix(k.text("hasTelephone", "tel"), "tel:"), URL: k.text("hasURL")}
		if contact != (dcat.Contact{}) {
			d.Contact = append(d.Contact, contact)
		}
	}
	d.Keyword = e.texts(c.s, "keyword")
	for _, t := range e.list("theme") {
		d.AddTheme(c.s.Base, textOf(t))
	}
	if v := e.text("landingPage"); v != "" {
		d.LandingPage = []string{v}
	}
	for _, v := range e.list("sameAs") {
		d.SameAs = append(d.SameAs, webNames(textOf(v))...)
	}
	for _, name := range []string{"describedBy", "references", "page"} {
		for _, v := range e.list(name) {
			d.Page = append(d.Page, textOf(v))
		}
	}
	d.SetLicense(e.text("license"))
	d.Rights = append(d.Rights, e.texts(c.s, "rights")...)
	for _, v := range e.list("conformsTo") {
		d.ConformsTo = append(d.ConformsTo, textOf(v))
	}
	for _, v := range append(e.list("isPartOf"), e.list("inSeries")...) {
		if id := textOf(v); id != "" {
			d.Relation = append(d.Relation, c.s.Base.Dataset(c.s.Config.ID, id))
		}
	}
}

// identifier returns the identifier: a text, an object with an IRI, or one
// with the notation of a scheme.
func (o members) identifier() string {
	v, isObject := o["identifier"].(map[string]any)
	if !isObject {
		return first(textOf(o["identifier"]), textOf(o["@id"]))
	}
	id := members(v)
	if iri := id.text("@id"); iri != "" {
		return iri
	}
	if notation := id.text("notation"); notation != "" {
		return strings.TrimPrefix(id.text("schemaAgency")+"/"+notation, "/")
	}
	return textOf(o["@id"])
}

// dataDistribution maps a distribution, which may be a bare address.
func (r *Record) dataDistribution(s *Session, v any, n int) {
	m, ok := v.(map[string]any)
	if !ok {
		m = map[string]any{"downloadURL": v}
	}
	o := members(m)
	dist := dcat.Distribution{
		Title: o.texts(s, "title"), Description: o.texts(s, "description"), DownloadURL: o.text("downloadURL"),
		AccessURL: first(o.text("accessURL"), o.text("downloadURL")),
	}
	if _, ok := dcat.EncodeIRI(dist.AccessURL); !ok {
		r.problem(Warning, "address", dist.AccessURL, fmt.Sprintf("distribution %d has neither an accessURL nor a downloadURL that is an address", n+1), "give the whole address, beginning with https://")
		return
	}
	if _, ok := dcat.EncodeIRI(dist.DownloadURL); !ok {
		dist.DownloadURL = ""
	}
	for _, f := range []string{o.text("mediaType"), o.text("format"), dcat.Extension(dist.DownloadURL)} {
		if f != "" {
			dist.SetFormat(f)
		}
	}
	if _, err := strconv.ParseUint(o.text("byteSize"), 10, 63); err == nil {
		dist.ByteSize = o.text("byteSize")
	}
	if iri, ok := dcat.License(o.text("license")); ok {
		dist.License = iri
	}
	for _, name := range []string{"conformsTo", "describedBy"} {
		if v := o.text(name); v != "" {
			dist.ConformsTo = append(dist.ConformsTo, v)
		}
	}
	dist.Issued, _ = dcat.ParseDate(o.text("issued"))
	dist.Modified, _ = dcat.ParseDate(o.text("modified"))
	r.Dataset.Distribution = append(r.Dataset.Distribution, dist)
}
