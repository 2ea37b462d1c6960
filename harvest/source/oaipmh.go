package source

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/iso19139"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// oaiPMH reads repositories with the Open Archives Initiative's Protocol for
// Metadata Harvesting, version 2.0. The metadata prefix and the sets are taken
// from the configured address, in which set= may stand several times; without a
// prefix, RDF is preferred to Dublin Core. After a complete gathering, a
// repository that tells of deleted records is asked for changes only.
func oaiPMH() Kind { return Kind{Name: "oaipmh", Gather: gatherOAI, Volatile: dcatVolatile()} }

// oai is one gathering from a repository.
type oai struct {
	s      *Session
	base   string // address without arguments
	prefix string
	from   string
	yield  func(*mapping.Record, error) bool
	sets   int

	waiting   *waiting
	announced int             // records that the list at hand has by its own word, 0 when it does not say
	came      int             // of them
	seen      map[uint64]bool // records by identifier, hashed
	restarted bool
}

func gatherOAI(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
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
		return fail(Place{URL: o.s.Config.URL}, "url", "write the arguments as ?metadataPrefix=oai_dc&set=name",
			"the address's arguments cannot be read: %w", err)
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
	o.waiting = newWaiting(o.s)
	if err := o.lists(ctx, sets); err != nil {
		return err
	}
	err = o.waiting.ask(func(id string) error { return o.again(ctx, id) })
	if errors.Is(err, errAlone) { // all of the list then has it
		o.restarted, o.from, o.s.Found.Partial = true, "", false
		o.s.pages.Forget()
		return o.lists(ctx, sets)
	}
	return err
}

func (o *oai) lists(ctx context.Context, sets []string) error {
	for _, set := range sets {
		if err := o.list(ctx, set); err != nil {
			return err
		}
	}
	return nil
}

// errAlone says that a repository does not answer when it is asked for one record.
var errAlone = errors.New("the repository does not send single records")

// again asks for one record that could not be taken over before. One that the
// repository no longer has is passed over.
func (o *oai) again(ctx context.Context, id string) error {
	_, err := o.page(ctx, url.Values{"verb": {"GetRecord"}, "metadataPrefix": {o.prefix}, "identifier": {id}})
	var e *Error
	switch {
	case err == nil && !o.seen[xxh3.HashString(id)]:
		return errAlone
	case !errors.As(err, &e), ctx.Err() != nil, e.Rule == "max_pages":
		return err
	case e.Rule == "oai-idDoesNotExist":
		return nil
	}
	return errAlone
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
	o.announced, o.came = 0, 0
	for q := start; ; {
		token, err := o.page(ctx, q)
		var e *Error
		if errors.As(err, &e) && e.Rule == "oai-badResumptionToken" && q.Has("resumptionToken") && !o.restarted {
			o.restarted = true
			q, o.announced, o.came = start, 0, 0
			o.s.pages.Forget()
			continue
		}
		if err == nil && token == "" && o.came < o.announced {
			return document.Incomplete(Place{URL: o.base + "?" + q.Encode(),
				Locator: "resumptionToken/@completeListSize"}, o.announced, o.came)
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
	Identify document.Element
	Formats  []struct {
		Prefix    string `xml:"metadataPrefix"`
		Namespace string `xml:"metadataNamespace"`
	} `xml:"ListMetadataFormats>metadataFormat"`
}

type oaiFault struct {
	Code string `xml:"code,attr"`
	Text string `xml:",chardata"`
}

func (o *oai) ask(ctx context.Context, verb string) (*oaiAnswer, *fetch.Response, error) {
	r, text, err := o.fetch(ctx, url.Values{"verb": {verb}})
	if err != nil {
		return nil, nil, err
	}
	var a oaiAnswer
	if err := document.XMLDecoder(text).Decode(&a); err != nil {
		return nil, nil, document.XMLError(r, text, err)
	}
	if a.Error != nil {
		return nil, nil, a.Error.fail(r)
	}
	return &a, r, nil
}

func (o *oai) fetch(ctx context.Context, q url.Values) (*fetch.Response, []byte, error) {
	r, err := o.s.Page(ctx, o.base+"?"+q.Encode(), "text/xml, application/xml;q=0.9, */*;q=0.1")
	if err != nil {
		return nil, nil, err
	}
	text, err := document.XMLText(r)
	return r, text, err
}

func (f *oaiFault) fail(r *fetch.Response) *Error {
	remedy := "correct metadataPrefix and set in url"
	if f.Code == "badResumptionToken" {
		remedy = "harvest again: the repository forgot how far it had come"
	}
	return fail(Place{URL: r.URL}, "oai-"+f.Code, remedy, "the repository answers %s: %s", f.Code,
		strings.TrimSpace(f.Text))
}

func (o *oai) identify(ctx context.Context) error {
	a, _, err := o.ask(ctx, "Identify")
	if err != nil {
		return err
	}
	said := func(name string) string { return document.Tidy(a.Identify.ChildText(name)) }
	o.s.Found.Title = o.s.Texts(said("repositoryName"))
	if about, ok := document.ElementValue(&a.Identify, 0).(map[string]any); ok {
		o.s.tellFields(about, oaiIdentifyFields)
	}
	if deleted := said("deletedRecord"); o.s.Since.IsZero() || deleted == "" || deleted == "no" {
		return nil
	}
	o.s.Found.Partial = true
	layout := "2006-01-02"
	if strings.Contains(said("granularity"), "hh") {
		layout = "2006-01-02T15:04:05Z"
	}
	o.from = o.s.Since.UTC().Format(layout)
	return nil
}

// oaiIdentifyFields are the fields of a repository's own description; those of the
// protocol say nothing about what is in it.
var oaiIdentifyFields = mapping.Uses(mapping.Mapped, "repositoryName").With(mapping.Uses(mapping.Noted, "baseURL",
	"protocolVersion", "earliestDatestamp", "deletedRecord", "granularity", "compression"))

// choosePrefix takes a format that is RDF, else Dublin Core, which every
// repository has.
func (o *oai) choosePrefix(ctx context.Context) error {
	a, r, err := o.ask(ctx, "ListMetadataFormats")
	var e *Error
	if errors.As(err, &e) && ctx.Err() == nil && e.Rule != "max_pages" { // every repository has Dublin Core
		o.prefix = "oai_dc"
		o.s.notice(Problem{Severity: Warning, Place: e.Place, Rule: e.Rule, Value: o.prefix,
			Message: "the repository does not tell its formats, so that Dublin Core is asked for: " + e.Err.Error(),
			Remedy:  "add metadataPrefix= to url, or ask the repository's owner to mend ListMetadataFormats"})
		return nil
	}
	if err != nil {
		return err
	}
	for _, namespace := range []string{"http://www.w3.org/ns/dcat#", vocab.RDFNS,
		"http://www.openarchives.org/OAI/2.0/oai_dc/"} {
		for _, f := range a.Formats {
			if strings.TrimSpace(f.Namespace) == namespace {
				o.prefix = strings.TrimSpace(f.Prefix)
				return nil
			}
		}
	}
	var have []string
	for _, f := range a.Formats {
		if strings.TrimSpace(f.Prefix) == "oai_dc" { // whatever namespace it is given
			o.prefix = "oai_dc"
			return nil
		}
		have = append(have, strings.TrimSpace(f.Prefix))
	}
	return fail(Place{URL: r.URL}, "oai-format", "add metadataPrefix= of an RDF or Dublin Core format to url",
		"no format of the repository can be read; it has %s", strings.Join(have, ", "))
}

// page reads one answer to ListRecords, record by record, and returns the
// token for the next.
func (o *oai) page(ctx context.Context, q url.Values) (token string, err error) {
	r, text, err := o.fetch(ctx, q)
	if err != nil {
		return "", err
	}
	d := document.XMLDecoder(text)
	var around document.Namespaces
	var page document.Contents
	for n, root, list := 0, false, false; ; {
		t, err := d.Token()
		if err != nil {
			if root && errors.Is(err, io.EOF) { // the decoder reports a document that is not closed as a syntax error
				if !list {
					return "", fail(Place{URL: r.URL}, "oai", "set url to the repository's base address",
						"the answer has no ListRecords element")
				}
				return token, o.s.pages.FreshContents(r.URL, page)
			}
			return "", document.XMLError(r, text, err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "OAI-PMH", "ListRecords", "GetRecord":
			root, list = true, list || start.Name.Local != "OAI-PMH"
			around = around.Declare(start)
		case "error":
			return "", o.refused(r, d, start)
		case "record":
			n++
			o.came++
			rec, err := o.record(ctx, r, text, d, around.Declare(start), n)
			if err != nil {
				return "", err
			}
			if rec == nil {
				continue
			}
			page.Add(rec.ID)
			rec.Again = rec.ID
			o.waiting.came(rec.ID)
			if again := o.repeated(rec); !again && !o.yield(rec, nil) {
				return "", errStopped
			}
		case "resumptionToken":
			var t struct {
				Size  string `xml:"completeListSize,attr"`
				Token string `xml:",chardata"`
			}
			if err := d.DecodeElement(&t, &start); err != nil {
				return "", document.XMLError(r, text, err)
			}
			token = strings.TrimSpace(t.Token)
			if size, err := strconv.Atoi(strings.TrimSpace(t.Size)); err == nil {
				o.announced = size
			}
		default:
			if err := d.Skip(); err != nil {
				return "", document.XMLError(r, text, err)
			}
		}
	}
}

// repeated reports whether a record came before, from another set or before the
// list was begun anew.
func (o *oai) repeated(rec *mapping.Record) bool {
	key := xxh3.HashString(rec.ID)
	before := o.seen[key]
	o.seen[key] = true
	return before && rec.ID != "" && (o.sets > 1 || o.restarted)
}

// refused turns an error answer into an error, except that of a repository
// without records.
func (o *oai) refused(r *fetch.Response, d *xml.Decoder, start xml.StartElement) error {
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
	Status     string   `xml:"status,attr"`
	Identifier string   `xml:"identifier"`
	Datestamp  string   `xml:"datestamp"`
	Sets       []string `xml:"setSpec"`
	about      []document.Element
}

// record reads one record: its header, and the element inside its metadata.
func (o *oai) record(
	ctx context.Context, r *fetch.Response, text []byte, d *xml.Decoder, around document.Namespaces, n int,
) (*mapping.Record, error) {
	place := placeAt(r.URL, fmt.Sprintf("/OAI-PMH/ListRecords/record[%d]", n))
	var h oaiHeader
	var raw []byte
	inMetadata := false
	for {
		before := d.InputOffset()
		t, err := d.Token()
		if err != nil {
			return nil, document.XMLError(r, text, err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "record" {
				rec := o.mapRecord(ctx, r, place, h, raw)
				o.header(rec, h)
				return rec, nil
			}
			inMetadata = false
		case xml.StartElement:
			switch {
			case t.Name.Local == "header":
				err = d.DecodeElement(&h, &t)
			case t.Name.Local == "about" && !inMetadata:
				var about document.Element
				err = d.DecodeElement(&about, &t)
				h.about = append(h.about, about)
			case t.Name.Local == "metadata" && !inMetadata:
				inMetadata = true
				around = around.Declare(t)
			default:
				if err = d.Skip(); inMetadata && err == nil && raw == nil {
					raw = around.Standalone(text[before:d.InputOffset()])
				}
			}
			if err != nil {
				return nil, document.XMLError(r, text, err)
			}
		}
	}
}

func (o *oai) mapRecord(ctx context.Context, r *fetch.Response, place Place, h oaiHeader, raw []byte) *mapping.Record {
	id := strings.TrimSpace(h.Identifier)
	switch {
	case id == "":
		return mapping.Broken("", place, "identifier-missing", "", "the record's header has no identifier",
			"ask the repository's owner to correct the record")
	case h.Status == "deleted":
		return &mapping.Record{ID: id, Place: place, Deleted: true}
	case raw == nil:
		return mapping.Broken(id, place, "oai-metadata", "", "the record has no metadata",
			"ask the repository's owner to correct the record")
	}
	var root document.Element
	if err := document.XMLDecoder(raw).Decode(&root); err != nil {
		return mapping.Broken(id, place, "xml", "", "the record's metadata is broken: "+err.Error(),
			"ask the repository's owner to correct the record")
	}
	switch {
	case root.XMLName.Space == vocab.RDFNS && root.XMLName.Local == "RDF":
		return o.fromRDF(ctx, r, place, id, raw)
	case iso19139.Is(root.XMLName):
		return o.s.fromISO(raw, place, id)
	case root.XMLName.Local == "dc" || root.XMLName.Local == "qualifieddc":
		return o.s.FromDublinCore(place, id, &root)
	}
	return mapping.Broken(id, place, "oai-format", root.XMLName.Local, "metadata of this form cannot be read",
		"set metadataPrefix= in url to a format that is RDF, ISO 19139 or Dublin Core")
}

// header adds what a record's header and containers say: they are the repository's
// record of the dataset.
func (o *oai) header(rec *mapping.Record, h oaiHeader) {
	if rec == nil || rec.Dataset == nil {
		return
	}
	into, node := &rec.Dataset.Extra, term.NewBlankNode("header")
	say := func(property string, value term.Term) {
		*into = append(*into, term.Triple{Subject: node, Predicate: term.NewIRI(property), Object: value})
	}
	say(vocab.RDFType, term.NewIRI(vocab.DCATCatalogRecord))
	say(vocab.FOAFPrimaryTopic, term.NewIRI(""))
	if stamp := strings.TrimSpace(h.Datestamp); stamp != "" {
		at, ok := dcat.ParseDate(stamp)
		if !ok {
			at = term.NewString(stamp)
		}
		say(vocab.DCTModified, at)
	}
	left := o.s.Carrier(rec)
	for _, set := range h.Sets {
		left.Add(into, node, o.s.FieldIRI("setSpec"), strings.TrimSpace(set), 0)
	}
	for i := range h.about {
		left.Add(into, node, o.s.FieldIRI("about"), document.ElementValue(&h.about[i], 0), 0)
	}
}

// fromRDF maps the first dataset of an RDF/XML document. A record is about one;
// others in it are named.
func (o *oai) fromRDF(ctx context.Context, r *fetch.Response, place Place, id string, raw []byte) *mapping.Record {
	g, err := o.s.graph(ctx, &fetch.Response{URL: r.URL, Body: raw, ContentType: "application/rdf+xml"})
	if err != nil {
		return mapping.Broken(id, place, "rdf-syntax", "", "the record's metadata is broken: "+err.Error(),
			"ask the repository's owner to correct the record")
	}
	datasets := g.Datasets()
	if len(datasets) == 0 {
		return mapping.Broken(id, place, "dataset-missing", "", "the record's metadata describes no dcat:Dataset",
			"ask the repository's owner which metadataPrefix has DCAT")
	}
	rec := o.s.FromGraph(g, datasets[0], r.URL)
	if rec != nil {
		rec.ID, rec.Place = id, place
		for _, other := range datasets[1:] {
			rec.Report(problem.Warning, "several-datasets", other.Value(),
				"the record describes another dataset, which is not taken over",
				"ask the repository's owner for a record of each dataset")
		}
	}
	return rec
}
