package rdfio

import "strings"

// Format is an RDF syntax. The zero Format is none: readers then detect it.
type Format uint8

// The syntaxes that this package reads and writes.
const (
	_        Format = iota
	Turtle          // RDF 1.2 Turtle
	TriG            // RDF 1.2 TriG
	NTriples        // RDF 1.2 N-Triples
	NQuads          // RDF 1.2 N-Quads
	RDFXML          // RDF 1.2 XML Syntax
	JSONLD          // JSON-LD 1.1
)

// Formats returns every Format, in the order in which fincat prefers them.
func Formats() []Format { return []Format{Turtle, JSONLD, RDFXML, NTriples, TriG, NQuads} }

// MediaType returns the registered media type, without parameters.
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
		return "application/ld+json"
	}
	return ""
}

// Name returns the short name, which is also the usual file extension: "ttl",
// "trig", "nt", "nq", "rdf" or "jsonld".
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
	}
	return "unknown RDF syntax"
}

// Quads reports whether documents of the syntax can hold named graphs.
func (f Format) Quads() bool { return f == TriG || f == NQuads || f == JSONLD }

// FormatByName finds a Format by its short or long name in any letter case:
// "ttl", "Turtle", "nt", "ntriples", "n-triples", "rdf", "rdfxml" and so on.
func FormatByName(s string) (Format, bool) {
	switch strings.NewReplacer("-", "", "/", "", "_", "", "+", "").Replace(strings.ToLower(s)) {
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
	}
	return 0, false
}

// FormatByMediaType finds a Format by media type; parameters and letter case
// are ignored. Types that say nothing about RDF, such as text/plain, are not
// found, although RDF is often served under them: Read then looks at the
// document's name and content.
func FormatByMediaType(s string) (Format, bool) {
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
		return JSONLD, true
	}
	return 0, false
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
