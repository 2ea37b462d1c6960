package rdfio

import (
	"mime"
	"strings"
)

// Format is an RDF syntax. The zero Format is none: readers then detect it.
type Format uint8

// The syntaxes that this package reads and writes. JSON-LD is one syntax with
// three forms: which of them a document has makes no difference to readers, but
// who asks for a document can say.
const (
	_               Format = iota
	Turtle                 // RDF 1.2 Turtle
	TriG                   // RDF 1.2 TriG
	NTriples               // RDF 1.2 N-Triples
	NQuads                 // RDF 1.2 N-Quads
	RDFXML                 // RDF 1.2 XML Syntax
	JSONLD                 // JSON-LD 1.1, written compacted
	JSONLDExpanded         // JSON-LD 1.1, written expanded (§5.1)
	JSONLDFlattened        // JSON-LD 1.1, written flattened (§5.3) and expanded
)

// Formats returns every syntax once, in the order in which fincat prefers them.
func Formats() []Format { return []Format{Turtle, JSONLD, RDFXML, NTriples, TriG, NQuads} }

// Forms returns the other forms of a syntax, which can be asked for as well.
func (f Format) Forms() []Format {
	if f == JSONLD {
		return []Format{JSONLDExpanded, JSONLDFlattened}
	}
	return nil
}

// MediaType returns the registered media type. That of a form of JSON-LD has the
// parameter profile (JSON-LD 1.1 §C), no other has a parameter.
func (f Format) MediaType() string {
	switch f {
	case Turtle:
		return "text/turtle"
	case TriG:
		return "application/trig"
	case NTriples:
		return "application/n-triples"
	case NQuads:
		return "application/n-quads"
	case RDFXML:
		return "application/rdf+xml"
	case JSONLD:
		return jsonldType
	case JSONLDExpanded:
		return jsonldType + `;profile="` + jsonldProfile + `expanded"`
	case JSONLDFlattened:
		return jsonldType + `;profile="` + jsonldProfile + `flattened"`
	}
	return ""
}

const (
	jsonldType    = "application/ld+json"
	jsonldProfile = "http://www.w3.org/ns/json-ld#" // begins the IRIs of the forms
)

// Name returns the short name: "ttl", "trig", "nt", "nq", "rdf" or "jsonld", which
// are also the usual file extensions, "jsonld-expanded" or "jsonld-flattened".
func (f Format) Name() string {
	switch f {
	case Turtle:
		return "ttl"
	case TriG:
		return "trig"
	case NTriples:
		return "nt"
	case NQuads:
		return "nq"
	case RDFXML:
		return "rdf"
	case JSONLD:
		return "jsonld"
	case JSONLDExpanded:
		return "jsonld-expanded"
	case JSONLDFlattened:
		return "jsonld-flattened"
	}
	return ""
}

// String returns the name that specifications use, such as "N-Triples".
func (f Format) String() string {
	switch f {
	case Turtle:
		return "Turtle"
	case TriG:
		return "TriG"
	case NTriples:
		return "N-Triples"
	case NQuads:
		return "N-Quads"
	case RDFXML:
		return "RDF/XML"
	case JSONLD:
		return "JSON-LD"
	case JSONLDExpanded:
		return "expanded JSON-LD"
	case JSONLDFlattened:
		return "flattened JSON-LD"
	}
	return "unknown RDF syntax"
}

// Quads reports whether documents of the syntax can hold named graphs.
func (f Format) Quads() bool { return f == TriG || f == NQuads || f.isJSONLD() }

// isJSONLD reports whether f is JSON-LD in some form.
func (f Format) isJSONLD() bool { return f == JSONLD || f == JSONLDExpanded || f == JSONLDFlattened }

// FormatByName finds a Format by its short or long name in any letter case:
// "ttl", "Turtle", "nt", "ntriples", "n-triples", "rdf", "rdfxml" and so on.
func FormatByName(s string) (Format, bool) {
	switch strings.NewReplacer("-", "", "/", "", "_", "", "+", "", " ", "").Replace(strings.ToLower(s)) {
	case "ttl", "turtle", "n3":
		return Turtle, true
	case "trig":
		return TriG, true
	case "nt", "ntriples", "ntriple":
		return NTriples, true
	case "nq", "nquads", "nquad":
		return NQuads, true
	case "rdf", "rdfxml", "xml", "owl":
		return RDFXML, true
	case "jsonld", "json", "ldjson":
		return JSONLD, true
	case "jsonldexpanded", "expandedjsonld":
		return JSONLDExpanded, true
	case "jsonldflattened", "flattenedjsonld":
		return JSONLDFlattened, true
	}
	return 0, false
}

// FormatByMediaType finds a Format by media type; letter case and parameters are
// ignored, save for the profile that names a form of JSON-LD. Types that say
// nothing about RDF, such as text/plain, are not found, although RDF is often
// served under them: Read then looks at the document's name and content.
func FormatByMediaType(s string) (Format, bool) {
	full := s
	s, _, _ = strings.Cut(s, ";")
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "text/turtle", "application/turtle", "application/x-turtle", "text/n3", "text/rdf+n3":
		return Turtle, true
	case "application/trig", "application/x-trig":
		return TriG, true
	case "application/n-triples", "text/n-triples", "text/ntriples":
		return NTriples, true
	case "application/n-quads", "text/n-quads", "text/x-nquads", "application/x-nquads":
		return NQuads, true
	case "application/rdf+xml", "text/rdf+xml", "application/rdf", "text/rdf":
		return RDFXML, true
	case "application/ld+json", "application/x-ld+json", "application/activity+json":
		return jsonldForm(full), true
	}
	return 0, false
}

// jsonldForm returns the form that the profile of a media type names.
func jsonldForm(mediaType string) Format {
	_, params, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return JSONLD
	}
	for _, profile := range strings.Fields(params["profile"]) {
		switch profile {
		case jsonldProfile + "expanded":
			return JSONLDExpanded
		case jsonldProfile + "flattened":
			return JSONLDFlattened
		}
	}
	return JSONLD
}

// FormatByPath finds the Format and the compression ("", "gzip" or "zstd") that
// the extensions of a file name or of an IRI's path stand for.
func FormatByPath(path string) (f Format, compression string, ok bool) {
	if i := strings.IndexAny(path, "?#"); i >= 0 && strings.Contains(path, "://") {
		path = path[:i]
	}
	path = strings.ToLower(path)
	for ext, c := range map[string]string{".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"} {
		if strings.HasSuffix(path, ext) {
			path, compression = strings.TrimSuffix(path, ext), c
			break
		}
	}
	i := strings.LastIndexByte(path, '.')
	if i < 0 || strings.ContainsAny(path[i:], `/\`) {
		return 0, compression, false
	}
	switch path[i+1:] {
	case "ttl", "turtle", "n3":
		f = Turtle
	case "trig":
		f = TriG
	case "nt":
		f = NTriples
	case "nq":
		f = NQuads
	case "rdf", "owl", "xml", "rdfs":
		f = RDFXML
	case "jsonld", "json":
		f = JSONLD
	}
	return f, compression, f != 0
}
