package feed

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"fincat/harvest/feed/datacite"
	"fincat/harvest/feed/listing"
	"fincat/harvest/queries"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Sizes of the parts in which lists come.
const (
	oaiRecords     = 100
	oaiIdentifiers = 1000
)

const (
	oaiNS     = "http://www.openarchives.org/OAI/2.0/"
	oaiSecond = "2006-01-02T15:04:05Z"
)

// oaiRequest is one request while it is answered.
type oaiRequest struct {
	h    *Handler
	ctx  context.Context
	args url.Values
	sn   *store.Snapshot
	list *listing.Listing
	rd   *reader
}

// oaiFault is an error of the protocol (OAI-PMH 2.0 §3.6).
type oaiFault struct{ code, text string }

func (f *oaiFault) Error() string { return f.code + ": " + f.text }

// oaiVerbs are the verbs with the arguments that each takes; true: it is needed, unless
// there is a resumption token.
var oaiVerbs = map[string]struct {
	args   map[string]bool
	answer func(*oaiRequest, *xmlWriter) error
}{
	"Identify":            {nil, (*oaiRequest).identify},
	"ListMetadataFormats": {map[string]bool{"identifier": false}, (*oaiRequest).listMetadataFormats},
	"ListSets":            {map[string]bool{"resumptionToken": false}, (*oaiRequest).listSets},
	"GetRecord":           {map[string]bool{"identifier": true, "metadataPrefix": true}, (*oaiRequest).getRecord},
	"ListIdentifiers":     {oaiListArgs, (*oaiRequest).listIdentifiers},
	"ListRecords":         {oaiListArgs, (*oaiRequest).listRecords},
}

var oaiListArgs = map[string]bool{"metadataPrefix": true, "from": false, "until": false, "set": false,
	"resumptionToken": false}

// OAI answers /oai, the Open Archives Initiative's Protocol for Metadata Harvesting,
// version 2.0, asked with GET or POST. A record is a dataset; its datestamp is when its
// change was seen here, and those that were removed stay as deleted records.
//
// Lists are in the sequence of identifiers. A resumption token has the arguments of the
// list and the last identifier that was sent; nothing is kept for it, so that it stays
// valid. Whatever changes meanwhile, each dataset comes once.
func (h *Handler) OAI(w http.ResponseWriter, r *http.Request) {
	at := time.Now().UTC() // before the state is taken: what changes later has a later datestamp
	body := newXMLWriter()
	args, err := oaiArguments(w, r)
	if err == nil {
		err = answerOAI(r.Context(), h, args, body)
	}
	var fault *oaiFault
	if err != nil && !errors.As(err, &fault) {
		h.fail(w, r, err)
		return
	}
	x := newXMLWriter()
	x.text(xml.Header)
	x.open("OAI-PMH", "xmlns", oaiNS, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance",
		"xsi:schemaLocation", oaiNS+" http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd")
	x.element("responseDate", at.Format(oaiSecond))
	var request []string
	if fault == nil || fault.code != "badVerb" && fault.code != "badArgument" { // §3.2
		for _, name := range slices.Sorted(maps.Keys(args)) {
			request = append(request, name, args.Get(name))
		}
	}
	x.element("request", string(h.Base)+"oai", request...)
	if fault != nil {
		x.element("error", fault.text, "code", fault.code)
	} else {
		x.b.Write(body.b.Bytes())
	}
	x.close("OAI-PMH")
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(x.b.Bytes()) // the client may have gone
}

// answerOAI writes what a verb answers.
func answerOAI(ctx context.Context, h *Handler, args url.Values, x *xmlWriter) error {
	sn, list, err := h.Listing.Current(ctx)
	if err != nil {
		return err
	}
	defer sn.Close()
	q := &oaiRequest{h: h, ctx: ctx, args: args, sn: sn, list: list, rd: h.reader(ctx, sn, list)}
	return oaiVerbs[args.Get("verb")].answer(q, x)
}

// oaiArguments reads and checks the arguments of a request.
func oaiArguments(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	args, err := url.ParseQuery(r.URL.RawQuery)
	if r.Method == http.MethodPost && err == nil {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		err = r.ParseForm()
		for name, values := range r.PostForm {
			args[name] = append(args[name], values...)
		}
	}
	verb := args.Get("verb")
	known, ok := oaiVerbs[verb]
	switch {
	case err != nil:
		return nil, &oaiFault{"badArgument", "the arguments cannot be read: " + err.Error()}
	case !ok || len(args["verb"]) != 1:
		return nil, &oaiFault{"badVerb", "verb= has to be given once, as one of " +
			strings.Join(slices.Sorted(maps.Keys(oaiVerbs)), ", ")}
	}
	exclusive := args.Has("resumptionToken")
	for name, values := range args {
		_, takes := known.args[name]
		switch {
		case name == "verb":
		case !takes:
			return nil, &oaiFault{"badArgument", verb + " has no argument " + name + "; it takes " +
				cmp.Or(strings.Join(slices.Sorted(maps.Keys(known.args)), ", "), "none")}
		case len(values) > 1:
			return nil, &oaiFault{"badArgument", name + " is given several times"}
		case exclusive && name != "resumptionToken":
			return nil, &oaiFault{"badArgument", "resumptionToken goes with no other argument"}
		}
	}
	for name, needed := range known.args {
		if needed && !exclusive && args.Get(name) == "" {
			return nil, &oaiFault{"badArgument", verb + " needs " + name}
		}
	}
	return args, nil
}

// host is that of the catalogue's IRIs, which identifiers name.
func host(b dcat.Base) string {
	u, err := url.Parse(string(b))
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// oaiIdentifier is the identifier of a dataset's record; a dataset that has an IRI of
// another catalogue keeps it.
func oaiIdentifier(b dcat.Base, d *listing.Dataset) string {
	if path, ok := d.Path(b); ok {
		return "oai:" + host(b) + ":" + path
	}
	return d.IRI
}

// oaiIRI is the IRI of the dataset that an identifier stands for.
func oaiIRI(b dcat.Base, identifier string) string {
	if path, ok := strings.CutPrefix(identifier, "oai:"+host(b)+":"); ok {
		return string(b) + "dataset/" + path
	}
	return identifier
}

// setsOf returns the sets of a dataset, sorted.
func (q *oaiRequest) setsOf(d *listing.Dataset) []string {
	var out []string
	for _, iri := range d.Sources {
		if set, ok := q.sourceSet(iri); ok {
			out = append(out, set)
		}
	}
	for _, iri := range slices.Concat(d.Publishers, d.Owners) {
		if set, ok := q.publisherSet(iri); ok {
			out = append(out, set)
		}
		for sector, orgs := range q.list.Sectors {
			if set, ok := q.sectorSet(sector); ok && slices.Contains(orgs, iri) {
				out = append(out, set)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (q *oaiRequest) sourceSet(iri string) (string, bool) {
	return setName("source:", iri, q.h.Base.SourceCatalog(""))
}

func (q *oaiRequest) sectorSet(iri string) (string, bool) {
	return setName("sector:", iri, q.h.Base.Sector(""))
}

// publisherSet names the set of an organisation of the directory by its identifier, and
// that of another agent by that of its IRI here.
func (q *oaiRequest) publisherSet(iri string) (string, bool) {
	if set, ok := setName("publisher:", iri, string(q.h.Base)+"org/"); ok {
		return set, true
	}
	return setName("publisher:agent-", iri, string(q.h.Base)+"agent/")
}

// setPart is what a part of a setSpec may be.
var setPart = regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]+$`)

func setName(kind, iri, prefix string) (string, bool) {
	id, ok := strings.CutPrefix(iri, prefix)
	return kind + id, ok && setPart.MatchString(id)
}

// inSet returns those of a list that are in a set; ok is false when sets are not named so.
func (q *oaiRequest) inSet(list []*listing.Dataset, set string) (in []*listing.Dataset, ok bool) {
	if set == "" {
		return list, true
	}
	kind, id, _ := strings.Cut(set, ":")
	var f queries.Filter
	switch agent, isAgent := strings.CutPrefix(id, "agent-"); {
	case id == "":
		return nil, false
	case kind == "source":
		f.Source = term.NewIRI(q.h.Base.SourceCatalog(id))
	case kind == "sector":
		f.Sector = term.NewIRI(q.h.Base.Sector(id))
	case kind == "publisher" && isAgent:
		f.Publisher = term.NewIRI(string(q.h.Base) + "agent/" + agent)
	case kind == "publisher":
		f.Publisher = term.NewIRI(q.h.Base.Org(id))
	default:
		return nil, false
	}
	return q.list.Filtered(list, f), true
}

func (q *oaiRequest) identify(x *xmlWriter) error {
	name, err := q.rd.name(q.h.Base.Catalog())
	if err != nil {
		return err
	}
	if name == "" {
		name = host(q.h.Base)
	}
	mail, err := q.rd.mail()
	if err != nil {
		return err
	}
	earliest := q.sn.Time()
	for _, d := range q.list.All {
		if d.Changed.Before(earliest) {
			earliest = d.Changed
		}
	}
	x.open("Identify")
	x.element("repositoryName", name)
	x.element("baseURL", string(q.h.Base)+"oai")
	x.element("protocolVersion", "2.0")
	x.element("adminEmail", mail)
	x.element("earliestDatestamp", earliest.UTC().Format(oaiSecond))
	x.element("deletedRecord", "persistent")
	x.element("granularity", "YYYY-MM-DDThh:mm:ssZ")
	x.close("Identify")
	return nil
}

// oaiFormats are the metadata formats in which every record that is not deleted can be had.
var oaiFormats = []struct{ prefix, schema, namespace string }{
	{"oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"},
	{"dcat_rdf", "http://www.openarchives.org/OAI/2.0/rdf.xsd", vocab.DCATNS},
	{"rdf", "http://www.openarchives.org/OAI/2.0/rdf.xsd", vocab.RDFNS},
	{"oai_datacite", datacite.Schema, datacite.Namespace},
}

func (q *oaiRequest) listMetadataFormats(x *xmlWriter) error {
	if id := q.args.Get("identifier"); q.args.Has("identifier") {
		if _, err := q.find(id); err != nil {
			return err
		}
	}
	x.open("ListMetadataFormats")
	for _, f := range oaiFormats {
		x.open("metadataFormat")
		x.element("metadataPrefix", f.prefix)
		x.element("schema", f.schema)
		x.element("metadataNamespace", f.namespace)
		x.close("metadataFormat")
	}
	x.close("ListMetadataFormats")
	return nil
}

func (q *oaiRequest) listSets(x *xmlWriter) error {
	if q.args.Has("resumptionToken") { // the sets come all at once
		return &oaiFault{"badResumptionToken", "no list of sets has a resumption token"}
	}
	names := map[string]string{} // IRI by set
	for _, d := range q.list.All {
		for _, iri := range d.Sources {
			if set, ok := q.sourceSet(iri); ok {
				names[set] = iri
			}
		}
		for _, iri := range slices.Concat(d.Publishers, d.Owners) {
			if set, ok := q.publisherSet(iri); ok {
				names[set] = iri
			}
		}
	}
	for sector := range q.list.Sectors {
		if set, ok := q.sectorSet(sector); ok {
			names[set] = sector
		}
	}
	if len(names) == 0 {
		return &oaiFault{"noSetHierarchy", "there are no sets before the first harvest"}
	}
	x.open("ListSets")
	for _, set := range slices.Sorted(maps.Keys(names)) {
		name, err := q.rd.name(names[set])
		if err != nil {
			return err
		}
		if name == "" {
			name = names[set]
		}
		x.open("set")
		x.element("setSpec", set)
		x.element("setName", name)
		x.close("set")
	}
	x.close("ListSets")
	return nil
}

// find returns the dataset of an identifier.
func (q *oaiRequest) find(identifier string) (*listing.Dataset, error) {
	d := q.list.Find(oaiIRI(q.h.Base, identifier))
	if d == nil || oaiIdentifier(q.h.Base, d) != identifier {
		return nil, &oaiFault{"idDoesNotExist", "there is no record " + identifier + "; identifiers are like oai:" +
			host(q.h.Base) + ":source/id"}
	}
	return d, nil
}

func checkPrefix(prefix string) error {
	var known []string
	for _, f := range oaiFormats {
		if f.prefix == prefix {
			return nil
		}
		known = append(known, f.prefix)
	}
	return &oaiFault{"cannotDisseminateFormat", "there is no format " + prefix + "; there are " +
		strings.Join(known, ", ")}
}

func (q *oaiRequest) getRecord(x *xmlWriter) error {
	d, err := q.find(q.args.Get("identifier"))
	if err != nil {
		return err
	}
	if err := checkPrefix(q.args.Get("metadataPrefix")); err != nil {
		return err
	}
	x.open("GetRecord")
	if err := q.record(x, d, q.args.Get("metadataPrefix")); err != nil {
		return err
	}
	x.close("GetRecord")
	return nil
}

func (q *oaiRequest) header(x *xmlWriter, d *listing.Dataset) {
	if d.Removed {
		x.open("header", "status", "deleted")
	} else {
		x.open("header")
	}
	x.element("identifier", oaiIdentifier(q.h.Base, d))
	x.element("datestamp", d.Changed.UTC().Format(oaiSecond))
	for _, set := range q.setsOf(d) {
		x.element("setSpec", set)
	}
	x.close("header")
}

// record writes a record with its metadata.
func (q *oaiRequest) record(x *xmlWriter, d *listing.Dataset, prefix string) error {
	x.open("record")
	q.header(x, d)
	if !d.Removed {
		x.open("metadata")
		var err error
		switch prefix {
		case "oai_dc":
			err = q.dublinCore(x, d)
		case "oai_datacite":
			err = q.datacite(x, d)
		default:
			err = q.rdf(x, d)
		}
		if err != nil {
			return err
		}
		x.close("metadata")
	}
	x.close("record")
	return nil
}

// dublinCore writes a dataset in simple Dublin Core.
func (q *oaiRequest) dublinCore(x *xmlWriter, d *listing.Dataset) error {
	e, err := q.rd.entry(d.IRI)
	if err != nil || e == nil {
		return err
	}
	x.open("oai_dc:dc", "xmlns:oai_dc", oaiFormats[0].namespace, "xmlns:dc", vocab.DCNS, "xsi:schemaLocation",
		oaiFormats[0].namespace+" "+oaiFormats[0].schema)
	texts := func(name string, list []dcat.Text) {
		for _, t := range list {
			if t.Lang == "" {
				x.element(name, t.Value)
			} else {
				x.element(name, t.Value, "xml:lang", t.Lang)
			}
		}
	}
	values := func(name string, list ...string) {
		seen := map[string]bool{}
		for _, v := range list {
			if v != "" && !seen[v] {
				seen[v] = true
				x.element(name, v)
			}
		}
	}
	texts("dc:title", e.Title)
	names := map[string][]string{}
	for into, iris := range map[string][]string{"dc:publisher": {e.publisher}, "dc:creator": {e.owner},
		"dc:subject": e.Theme} {
		for _, iri := range iris {
			name, err := q.rd.name(iri)
			if err != nil {
				return err
			}
			names[into] = append(names[into], name)
		}
	}
	if e.owner != e.publisher {
		values("dc:creator", names["dc:creator"]...)
	}
	values("dc:subject", names["dc:subject"]...)
	texts("dc:subject", e.Keyword)
	texts("dc:description", e.Description)
	values("dc:publisher", names["dc:publisher"]...)
	values("dc:date", e.Modified.Value(), e.Issued.Value())
	values("dc:type", "Dataset")
	var formats, files []string
	for i := range e.Distribution {
		formats = append(formats, dcat.MediaTypeOf(e.Distribution[i].MediaType))
		files = append(files, address(&e.Distribution[i]))
	}
	values("dc:format", formats...)
	values("dc:identifier", append([]string{e.IRI, e.Identifier}, e.LandingPage...)...)
	values("dc:source", e.origins()...)
	values("dc:language", "zh")
	values("dc:relation", files...)
	values("dc:rights", e.License)
	x.close("oai_dc:dc")
	return nil
}
