package protocol

import (
	"net/http"
	"strings"

	"fincat/sparql/results"
	"fincat/vocab/rdfio"
)

// format is the syntax of an answer: one of the two is set.
type format struct {
	results results.Format
	rdf     rdfio.Format
}

// name is the short name of the format.
func (f format) name() string {
	if f.results != 0 {
		return f.results.Name()
	}
	return f.rdf.Name()
}

// contentType is the value of the Content-Type header.
func (f format) contentType() string {
	if f.results != 0 {
		return f.results.ContentType()
	}
	switch f.rdf {
	case rdfio.Turtle, rdfio.TriG:
		return f.rdf.MediaType() + "; charset=utf-8"
	}
	return f.rdf.MediaType()
}

// offer is a media type that can be asked for.
type offer struct {
	mediaType string
	format    format
}

// resultOffers are the media types of solutions and booleans, the preferred
// first. The types rdfOffers are those of graphs.
func resultOffers() []offer {
	var out []offer
	for _, f := range []results.Format{results.JSON, results.XML, results.CSV, results.TSV} {
		out = append(out, offer{f.MediaType(), format{results: f}})
	}
	return append(out,
		offer{"application/json", format{results: results.JSON}},
		offer{"application/xml", format{results: results.XML}},
		offer{"text/xml", format{results: results.XML}})
}

func rdfOffers() []offer {
	var out []offer
	for _, f := range []rdfio.Format{rdfio.Turtle, rdfio.NTriples, rdfio.RDFXML, rdfio.JSONLD, rdfio.TriG,
		rdfio.NQuads} {
		for _, f := range append([]rdfio.Format{f}, f.Forms()...) {
			out = append(out, offer{f.MediaType(), format{rdf: f}})
		}
	}
	return out
}

// negotiate picks the offer that the request's Accept header prefers. A name or
// media type given as the parameter "format" of the request comes before the
// header, so that a link can ask for one.
func negotiate(r *http.Request, name string, offers []offer) (format, error) {
	types := make([]string, len(offers))
	for i, o := range offers {
		types[i] = o.mediaType
	}
	if name != "" {
		rf, _ := results.FormatByName(name)
		gf, _ := rdfio.FormatByName(name)
		for _, o := range offers {
			if o.format.results != 0 && o.format.results == rf || o.format.rdf != 0 && o.format.rdf == gf ||
				strings.EqualFold(o.mediaType, name) {
				return o.format, nil
			}
		}
		return format{}, problemf(http.StatusNotAcceptable, "there is no format %q here; offered are %s", name,
			strings.Join(types, ", "))
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	mediaType, ok := rdfio.Negotiate(accept, types...)
	if !ok { // a parameter such as version=1.2 or header=present is no reason to refuse
		mediaType, ok = rdfio.Negotiate(withoutParameters(accept), types...)
	}
	if !ok {
		return format{}, problemf(http.StatusNotAcceptable, "none of %q is offered; offered are %s", accept,
			strings.Join(types, ", "))
	}
	for _, o := range offers {
		if o.mediaType == mediaType {
			return o.format, nil
		}
	}
	return format{}, problemf(http.StatusNotAcceptable, "%q is not offered", mediaType)
}

// withoutParameters leaves only the quality of each element of an Accept header.
func withoutParameters(accept string) string {
	var out []string
	for item := range strings.SplitSeq(accept, ",") {
		mediaType, params, _ := strings.Cut(item, ";")
		for p := range strings.SplitSeq(params, ";") {
			if name, value, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(strings.TrimSpace(name),
				"q") {
				mediaType += ";q=" + strings.TrimSpace(value)
				break
			}
		}
		out = append(out, mediaType)
	}
	return strings.Join(out, ",")
}

// prefersHTML reports whether a browser is asking.
func prefersHTML(r *http.Request, offers []offer) bool {
	types := []string{}
	for _, o := range offers {
		types = append(types, o.mediaType)
	}
	m, _ := rdfio.Negotiate(strings.Join(r.Header.Values("Accept"), ","), append(types, "text/html")...)
	return m == "text/html"
}

// Wants is what a request for something that is RDF prefers: "text/html", "application/json",
// or RDF (""). Who does not say gets RDF, as from all IRIs.
func Wants(r *http.Request) string {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" || strings.HasPrefix(accept, "*/*") {
		return ""
	}
	chosen, _ := rdfio.Negotiate(accept, "text/turtle", "application/ld+json", "application/rdf+xml",
		"application/n-triples", "application/trig", "application/n-quads", "text/html", "application/json")
	if chosen == "text/html" || chosen == "application/json" {
		return chosen
	}
	return ""
}
