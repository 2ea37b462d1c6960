package source

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/vocab"
	"fincat/vocab/dcat"
)

// oaiPMH reads repositories with the Open Archives Initiative's Protocol for
// Metadata Harvesting, version 2.0. The metadata prefix and the sets (set= may
// stand several times) are taken from the configured address; without a prefix, RDF is preferred to Dublin
// Core. A repository that tells of deleted records is asked for changes only
// after a complete gathering.
func oaiPMH() Kind { return Kind{Name: "oaipmh", Gather: gatherOAI, Volatile: dcatVolatile()} }

// oai is one gathering from a repository.
type oai struct {
	s      *Session
	base   string // address without arguments
	prefix string
	from   string
	yield  func(*Record, error) bool
	sets   int

	seen      map[uint64]bool // records by identifier, hashed
	restarted bool
}

func gatherOAI(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		o := &oai{s: s, yield: yield, seen: map[uint64]bool{}}
		if err := o.gather(ctx); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// gather is the sequence of requests: Identify, ListMetadataFormats if needed,
// and for each set ListRecords until there is no resumption token.
func (o *oai) gather(ctx context.Context) error {
	var args string
	o.base, args, _ = strings.Cut(o.s.Config.URL, "?")
	given, err := url.ParseQuery(args)
	if err != nil {
		return fail(Place{URL: o.s.Config.URL}, "url", "write the arguments as ?metadataPrefix=oai_dc&set=name", "the address's arguments cannot be read: %w", err)
	}
	o.prefix = given.Get("metadataPrefix")
	if err := o.identify(ctx); err != nil {
		return err
	}
	if o.prefix == "" {
		if err := o.choosePrefix(ctx); err != nil {
			return err
		}
	}
	sets := given["set"]
	if len(sets) == 0 {
		sets = []string{""}
	}
	o.sets = len(sets)
	for _, set := range sets {
		if err := o.list(ctx, set); err != nil {
			return err
		}
	}
	return nil
}

// list reads the records of one set, all of them for "". When the repository
// forgets in between how far it had come, its list is read once more from the
// beginning, and what came before does not come again.
func (o *oai) list(ctx context.Context, set string) error {
	start := url.Values{"verb": {"ListRecords"}, "metadataPrefix": {o.prefix}}
	for name, v := range map[string]string{"set": set, "from": o.from} {
		if v != "" {
			start.Set(name, v)
		}
	}
	for q := start; ; {
		token, err := o.page(ctx, q)
		var e *Error
		if errors.As(err, &e) && e.Rule == "oai-badResumptionToken" && q.Has("resumptionToken") && !o.restarted {
			o.restarted = true
			q = start
			o.s.forget()
			continue
		}
		if err != nil || token == "" {
			return err
		}
		q = url.Values{"verb": {"ListRecords"}, "resumptionToken": {token}}
	}
}

// oaiAnswer is what the verbs other than ListRecords answer.
type oaiAnswer struct {
	Error    *oaiFault `xml:"error"`
	Identify struct {
		Name        string `xml:"repositoryName"`
		Deleted     string `xml:"deletedRecord"`
		Granularity string `xml:"granularity"`
	}
	Formats []struct {
		Prefix    string `xml:"metadataPrefix"`
		Namespace string `xml:"metadataNamespace"`
	} `xml:"ListMetadataFormats>metadataFormat"`
}

type oaiFault struct {
	Code string `xml:"code,attr"`
	Text string `xml:",chardata"`
}

func (o *oai) ask(ctx context.Context, verb string) (*oaiAnswer, *Response, error) {
	r, text, err := o.fetch(ctx, url.Values{"verb": {verb}})
	if err != nil {
		return nil, nil, err
	}
	var a oaiAnswer
	if err := xmlDecoder(text).Decode(&a); err != nil {
		return nil, nil, xmlError(r, text, err)
	}
	if a.Error != nil {
		return nil, nil, a.Error.fail(r)
	}
	return &a, r, nil
}

func (o *oai) fetch(ctx context.Context, q url.Values) (*Response, []byte, error) {
	r, err := o.s.Page(ctx, o.base+"?"+q.Encode(), "text/xml, application/xml;q=0.9, */*;q=0.1")
	if err != nil {
		return nil, nil, err
	}
	text, err := r.Text("")
	return r, text, err
}

func (f *oaiFault) fail(r *Response) *Error {
	remedy := "correct metadataPrefix and set in url"
	if f.Code == "badResumptionToken" {
		remedy = "harvest again: the repository forgot how far it had come"
	}
	return fail(Place{URL: r.URL}, "oai-"+f.Code, remedy, "the repository answers %s: %s", f.Code, strings.TrimSpace(f.Text))
}

func (o *oai) identify(ctx context.Context) error {
	a, _, err := o.ask(ctx, "Identify")
	if err != nil {
		return err
	}
	o.s.Title = o.s.texts(tidy(a.Identify.Name))
	if deleted := strings.TrimSpace(a.Identify.Deleted); o.s.since.IsZero() || deleted == "" || deleted == "no" {
		return nil
	}
	o.s.Partial = true
	layout := "2006-01-02"
	if strings.Contains(a.Identify.Granularity, "hh") {
		layout = "2006-01-02T15:04:05Z"
	}
	o.from = o.s.since.UTC().Format(layout)
	return nil
}

// choosePrefix takes a format that is RDF, else Dublin Core, which every
// repository has.
func (o *oai) choosePrefix(ctx context.Context) error {
	a, r, err := o.ask(ctx, "ListMetadataFormats")
	if err != nil {
		return err
	}
	for _, namespace := range []string{"http://www.w3.org/ns/dcat#", vocab.RDFNS, "http://www.openarchives.org/OAI/2.0/oai_dc/"} {
		for _, f := range a.Formats {
			if strings.TrimSpace(f.Namespace) == namespace {
				o.prefix = strings.TrimSpace(f.Prefix)
				return nil
			}
		}
	}
	var have []string
	for _, f := range a.Formats {
		have = append(have, strings.TrimSpace(f.Prefix))
	}
	return fail(Place{URL: r.URL}, "oai-format", "add metadataPrefix= of an RDF or Dublin Core format to url", "no format of the repository can be read; it has %s", strings.Join(have, ", "))
}

// page reads one answer to ListRecords, record by record, and returns the
// token for the next.
func (o *oai) page(ctx context.Context, q url.Values) (token string, err error) {
	r, text, err := o.fetch(ctx, q)
	if err != nil {
		return "", err
	}
	d := xmlDecoder(text)
	var around namespaces
	var page contents
	for n, root, list := 0, false, false; ; {
		t, err := d.Token()
		if err != nil {
			if root && errors.Is(err, io.EOF) { // the decoder reports a document that is not closed as a syntax error
				if !list {
					return "", fail(Place{URL: r.URL}, "oai", "set url to the repository's base address", "the answer has no ListRecords element")
				}
				return token, o.s.freshContents(r.URL, page)
			}
			return "", xmlError(r, text, err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "OAI-PMH", "ListRecords":
			root, list = true, list || start.Name.Local == "ListRecords"
			around = around.declare(start)
		case "error":
			return "", o.refused(r, d, start)
		case "record":
			n++
			rec, err := o.record(ctx, r, text, d, around.declare(start), n)
			if err != nil {
				return "", err
			}
			if rec == nil {
				continue
			}
			page.add(rec.ID)
			if again := o.again(rec); !again && !o.yield(rec, nil) {
				return "", errStopped
			}
		case "resumptionToken":
			if err := d.DecodeElement(&token, &start); err != nil {
				return "", xmlError(r, text, err)
			}
			token = strings.TrimSpace(token)
		default:
			if err := d.Skip(); err != nil {
				return "", xmlError(r, text, err)
			}
		}
	}
}

// again reports whether a record came before, from another set or before the
// list was begun anew.
func (o *oai) again(rec *Record) bool {
	key := xxh3.HashString(rec.ID)
	before := o.seen[key]
	o.seen[key] = true
	return before && rec.ID != "" && (o.sets > 1 || o.restarted)
}

// refused turns an error answer into an error, except that of a repository
// without records.
func (o *oai) refused(r *Response, d *xml.Decoder, start xml.StartElement) error {
	var f oaiFault
	if err := d.DecodeElement(&f, &start); err != nil {
		return fail(Place{URL: r.URL}, "xml", "ask the source's owner to send valid XML", "broken XML: %w", err)
	}
	if f.Code == "noRecordsMatch" {
		return nil
	}
	return f.fail(r)
}

// oaiHeader is the header of a record.
type oaiHeader struct {
	Status     string `xml:"status,attr"`
	Identifier string `xml:"identifier"`
	Datestamp  string `xml:"datestamp"`
}

// record reads one record: its header, and the element inside its metadata.
func (o *oai) record(ctx context.Context, r *Response, text []byte, d *xml.Decoder, around namespaces, n int) (*Record, error) {
	place := Place{r.URL, fmt.Sprintf("/OAI-PMH/ListRecords/record[%d]", n)}
	var h oaiHeader
	var raw []byte
	inMetadata := false
	for {
		before := d.InputOffset()
		t, err := d.Token()
		if err != nil {
			return nil, xmlError(r, text, err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "record" {
				return o.mapRecord(ctx, r, place, h, raw), nil
			}
			inMetadata = false
		case xml.StartElement:
			switch {
			case t.Name.Local == "header":
				err = d.DecodeElement(&h, &t)
			case t.Name.Local == "metadata" && !inMetadata:
				inMetadata = true
				around = around.declare(t)
			default:
				if err = d.Skip(); inMetadata && err == nil && raw == nil {
					raw = around.standalone(text[before:d.InputOffset()])
				}
			}
			if err != nil {
				return nil, xmlError(r, text, err)
			}
		}
	}
}

func (o *oai) mapRecord(ctx context.Context, r *Response, place Place, h oaiHeader, raw []byte) *Record {
	id := strings.TrimSpace(h.Identifier)
	switch {
	case id == "":
		return broken("", place, "identifier-missing", "", "the record's header has no identifier", "ask the repository's owner to correct the record")
	case h.Status == "deleted":
		return &Record{ID: id, Place: place, Deleted: true}
	case raw == nil:
		return broken(id, place, "oai-metadata", "", "the record has no metadata", "ask the repository's owner to correct the record")
	}
	var root element
	if err := xmlDecoder(raw).Decode(&root); err != nil {
		return broken(id, place, "xml", "", "the record's metadata is broken: "+err.Error(), "ask the repository's owner to correct the record")
	}
	switch {
	case root.XMLName.Space == vocab.RDFNS && root.XMLName.Local == "RDF":
		return o.fromRDF(ctx, r, place, id, raw)
	case root.XMLName.Local == "dc" || root.XMLName.Local == "qualifieddc":
		return o.fromDublinCore(place, id, h.Datestamp, &root)
	}
	return broken(id, place, "oai-format", root.XMLName.Local, "metadata of this form cannot be read", "set metadataPrefix= in url to an RDF or Dublin Core format")
}

// fromRDF maps the first dataset of an RDF/XML document.
func (o *oai) fromRDF(ctx context.Context, r *Response, place Place, id string, raw []byte) *Record {
	g, err := o.s.graph(ctx, &Response{URL: r.URL, Body: raw, contentType: "application/rdf+xml"})
	if err != nil {
		return broken(id, place, "rdf-syntax", "", "the record's metadata is broken: "+err.Error(), "ask the repository's owner to correct the record")
	}
	datasets := g.Datasets()
	if len(datasets) == 0 {
		return broken(id, place, "dataset-missing", "", "the record's metadata describes no dcat:Dataset", "ask the repository's owner which metadataPrefix has DCAT")
	}
	rec := o.s.fromGraph(g, datasets[0], catalogRecords(g)[datasets[0]], r.URL)
	if rec != nil {
		rec.ID, rec.Place = id, place
	}
	return rec
}

// fromDublinCore maps the fifteen elements of Dublin Core.
func (o *oai) fromDublinCore(place Place, id, datestamp string, dc *element) *Record {
	values := map[string][]string{}
	d := &dcat.Dataset{Identifier: id}
	for _, c := range dc.Children {
		v := tidy(c.Text)
		if v == "" {
			continue
		}
		name := c.XMLName.Local
		values[name] = append(values[name], v)
		text := dcat.Text{Value: v, Lang: first(languageTag(c.attr("lang")), o.s.Config.Language)}
		switch name {
		case "title", "alternative":
			d.Title = append(d.Title, text)
		case "description", "abstract":
			d.Description = append(d.Description, text)
		case "subject":
			d.Keyword = append(d.Keyword, text)
		}
	}
	get := func(name string) string { return first(values[name]...) }
	rec := &Record{ID: id, Place: place, Dataset: d}
	if len(d.Title) == 0 {
		return broken(id, place, "title-missing", "", "the record has no dc:title", "give the record a title")
	}
	if !o.s.wanted(get) {
		return nil
	}
	d.Publisher = o.s.publisher(first(get("publisher"), get("creator")))
	d.SetLicense(first(get("license"), get("rights")))
	d.SetFrequency(get("accrualPeriodicity"))
	var files []string
	for _, address := range slices.Concat(values["identifier"], values["source"], values["relation"]) {
		if !strings.Contains(address, "://") {
			continue
		}
		if dcat.Extension(address) != "" {
			files = append(files, address)
		} else {
			d.LandingPage = append(d.LandingPage, address)
		}
	}
	rec.addresses(files, values["format"], "", true)
	rec.dates(first(get("issued"), get("date")), first(get("modified"), datestamp))
	return rec
}

// languageTag turns the three-letter codes that repositories use into tags.
func languageTag(code string) string {
	switch strings.ToLower(code) {
	case "eng":
		return "en"
	case "chi", "zho":
		return "zh"
	}
	return code
}
