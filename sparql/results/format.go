package results

import (
	"mime"
	"strings"

	"fincat/vocab/term"
)

// Solution is one solution: a term for each variable of the result in its
// order, the zero Term where the variable is not bound.
type Solution = []term.Term

// Format is a format for the results of SELECT and ASK queries. The zero
// Format is none.
type Format uint8

// The formats, by the specification that defines them.
const (
	JSON  Format = iota + 1 // SPARQL 1.2 Query Results JSON Format
	XML                     // SPARQL 1.2 Query Results XML Format
	CSV                     // SPARQL 1.2 Query Results CSV and TSV Formats §3
	TSV                     // SPARQL 1.2 Query Results CSV and TSV Formats §4
	Table                   // columns for a terminal; written only
)

var formats = [...]struct{ name, mediaType, contentType string }{
	JSON:  {"json", "application/sparql-results+json", "application/sparql-results+json"},
	XML:   {"xml", "application/sparql-results+xml", "application/sparql-results+xml"},
	CSV:   {"csv", "text/csv", "text/csv; charset=utf-8; header=present"},
	TSV:   {"tsv", "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"},
	Table: {"table", "text/plain", "text/plain; charset=utf-8"},
}

func (f Format) valid() bool { return f >= JSON && f <= Table }

// Name returns the short name that [FormatByName] takes, such as "json".
func (f Format) Name() string {
	if !f.valid() {
		return ""
	}
	return formats[f].name
}

// String returns the short name of f.
func (f Format) String() string { return f.Name() }

// MediaType returns the media type without parameters.
func (f Format) MediaType() string {
	if !f.valid() {
		return ""
	}
	return formats[f].mediaType
}

// ContentType returns the media type with the parameters that belong into a
// Content-Type header.
func (f Format) ContentType() string {
	if !f.valid() {
		return ""
	}
	return formats[f].contentType
}

// FormatByName returns the format with a short name: json or srj, xml or srx,
// csv, tsv, table.
func FormatByName(name string) (Format, bool) {
	switch strings.ToLower(strings.TrimPrefix(name, ".")) {
	case "json", "srj":
		return JSON, true
	case "xml", "srx":
		return XML, true
	case "csv":
		return CSV, true
	case "tsv":
		return TSV, true
	case "table":
		return Table, true
	}
	return 0, false
}

// FormatByMediaType returns the format of a Content-Type value; parameters are
// ignored. The generic types of JSON and XML count too.
func FormatByMediaType(s string) (Format, bool) {
	base, _, err := mime.ParseMediaType(s)
	if err != nil {
		base, _, _ = strings.Cut(s, ";")
		base = strings.ToLower(strings.TrimSpace(base))
	}
	switch base {
	case "application/json":
		return JSON, true
	case "application/xml", "text/xml":
		return XML, true
	}
	for f := JSON; f <= TSV; f++ {
		if formats[f].mediaType == base {
			return f, true
		}
	}
	return 0, false
}
