package feed

import (
	"net/http"
	"strings"

	"fincat/sparql/protocol"
	"fincat/vocab/rdfio"
)

// otherNames are media types by which clients ask for RDF that are not the registered
// ones: those of RDFLib, Jena and others before there was a registration.
var otherNames = map[string]string{
	"text/n3": "text/turtle", "text/rdf+n3": "text/turtle", "application/x-turtle": "text/turtle",
	"application/turtle": "text/turtle", "text/plain": "application/n-triples",
	"text/ntriples": "application/n-triples",
	"text/x-nquads": "application/n-quads", "text/nquads": "application/n-quads",
	"application/x-trig": "application/trig", "text/rdf": "application/rdf+xml",
	"application/json": "application/ld+json",
}

// Negotiate is [rdfio.Negotiate] for documents in RDF: it knows the names that clients have
// for the syntaxes.
func Negotiate(accept string, offers ...string) (mediaType string, ok bool) {
	ranges := strings.Split(accept, ",")
	for i, r := range ranges {
		name, params, _ := strings.Cut(r, ";")
		if usual, ok := otherNames[strings.ToLower(strings.TrimSpace(name))]; ok {
			ranges[i] = usual
			if params != "" {
				ranges[i] += ";" + params
			}
		}
	}
	return rdfio.Negotiate(strings.Join(ranges, ","), offers...)
}

// MediaTypes returns the media types of RDF that the feeds offer, the
// preferred one first.
func MediaTypes() []string {
	var types []string
	for _, f := range rdfio.Formats() {
		types = append(types, f.MediaType())
		for _, form := range f.Forms() {
			types = append(types, form.MediaType())
		}
	}
	return types
}

// format returns the syntax that r asks for; ok is false after a 406.
func format(w http.ResponseWriter, r *http.Request) (f rdfio.Format, ok bool) {
	w.Header().Set("Vary", "Accept")
	mediaType, ok := Negotiate(strings.Join(r.Header.Values("Accept"), ","), MediaTypes()...)
	if !ok {
		protocol.WriteProblem(w, r, &protocol.Problem{
			Status: http.StatusNotAcceptable,
			Detail: "none of the accepted types is offered; there are " + strings.Join(MediaTypes(), ", "),
		})
		return 0, false
	}
	return rdfio.FormatByMediaType(mediaType)
}

// named reports whether documents in a syntax have named graphs. JSON-LD could, but those
// who read it as one graph would find nothing.
func named(f rdfio.Format) bool { return f == rdfio.TriG || f == rdfio.NQuads }
