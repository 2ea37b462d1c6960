package inspect

import (
	"mime"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// encodings are the names of encodings that mean the same.
var encodings = [][]string{
	{"utf-8", "utf8", "utf-8-bom", "utf8-bom", "utf-8-sig", "utf-8withbom", "utf8withbom", "65001", "utf_8"},
	{"big5", "big-5", "cp950", "ms950", "big5-hkscs", "ms-950", "950", "ansi", "x-x-big5", "windows-950", "big5hkscs",
		"big5-eten", "big5-2003"},
	{"utf-32", "utf32", "utf-32le", "utf-32be", "ucs-4", "ucs4"},
	{"utf-16", "utf-16le", "utf-16be", "unicode", "utf16", "utf16le", "utf16be", "ucs-2", "ucs2"},
	{"gb18030", "gbk", "gb2312", "cp936"},
	{"windows-1252", "iso-8859-1", "latin1", "cp1252", "latin-1", "iso8859-1"},
	{"us-ascii", "ascii"},
}

// Encoding returns the common name of an encoding; empty for words that name none.
func Encoding(name string) string {
	key := strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(name)), ""))
	if before, _, ok := strings.Cut(key, "("); ok { // such as UTF-8(無BOM)
		key = before
	}
	for _, same := range encodings {
		if slices.Contains(same, key) {
			return same[0]
		}
	}
	return ""
}

// sameEncoding reports whether two names are of the same encoding, as far as is known.
func sameEncoding(a, b string) bool {
	x, y := Encoding(a), Encoding(b)
	return x == y || x == "" || y == "" || x == "us-ascii" && y == "utf-8"
}

// formatNames are what formats are called besides their own names.
var formatNames = map[string][]string{
	"csv": {"csv", "txt/csv", "text/csv"}, "tsv": {"tsv", "tab", "txt"}, "json": {"json", "api", "jsonld", "json-ld"},
	"jsonl": {"jsonl", "ndjson", "json"}, "geojson": {"geojson", "json"},
	"xml": {"xml", "gml", "rdf", "wfs", "api", "rss", "kml", "gpx"}, "rss": {"rss", "xml"}, "atom": {"atom", "xml",
		"rss"},
	"kml": {"kml", "xml"}, "kmz": {"kmz", "zip"}, "xls": {"xls", "excel"}, "xlsx": {"xlsx", "excel"},
	"ods": {"ods"}, "shp": {"shp", "zip", "shapefile", "shape"}, "zip": {"zip", "壓縮檔"}, "pdf": {"pdf"},
	"html": {"html", "htm", "web", "網頁"}, "txt": {"txt", "text", "純文字"},
}

// declaredTypes are the media types under which formats are sent rightly.
var declaredTypes = map[string][]string{
	"csv": {"text/csv", "text/plain", "application/csv", "text/x-csv", "application/x-csv",
		"text/comma-separated-values", "text/tab-separated-values"},
	"tsv":  {"text/tab-separated-values", "text/plain", "text/csv"},
	"json": {"application/json", "text/json", "application/problem+json", "application/ld+json", "text/plain"},
	"jsonl": {"application/jsonl", "application/x-ndjson", "application/ndjson", "application/json",
		"application/x-jsonlines", "text/plain"},
	"geojson": {"application/geo+json", "application/json", "text/json", "application/vnd.geo+json", "text/plain"},
	"xml":     {"application/xml", "text/xml"}, "rss": {"application/rss+xml", "application/xml", "text/xml"},
	"atom": {"application/atom+xml", "application/xml", "text/xml"},
	"kml":  {"application/vnd.google-earth.kml+xml", "application/xml", "text/xml"},
	"kmz":  {"application/vnd.google-earth.kmz", "application/zip"},
	"xls":  {"application/vnd.ms-excel", "application/msexcel", "application/x-msexcel", "application/xls"},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	"ods":  {"application/vnd.oasis.opendocument.spreadsheet", "application/x-vnd.oasis.opendocument.spreadsheet"},
	"shp":  {"application/zip", "application/x-zip-compressed", "application/vnd.shp", "x-gis/x-shapefile"},
	"zip":  {"application/zip", "application/x-zip-compressed", "application/x-zip"},
	"pdf":  {"application/pdf"}, "html": {"text/html", "application/xhtml+xml"},
	"txt": {"text/plain"}, "gzip": {"application/gzip", "application/x-gzip"},
}

// generic are media types that say nothing.
var generic = []string{"application/octet-stream", "binary/octet-stream", "application/force-download",
	"application/download", "application/x-download", "application/unknown", "application/x-octet-stream",
	"application/x-unknown", "unknown/unknown", "application/binary"}

// declared compares what a file is with what was declared.
func (in *inspector) declared(f File, r *Report) {
	if r.Empty {
		return
	}
	in.contentType(f, r)
	if r.NotData != "" {
		return
	}
	format := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(norm.NFKC.String(f.Format)), "."))
	if names := formatNames[r.Format]; format != "" && format != r.Format && !slices.Contains(names, format) &&
		!strings.HasPrefix(format, "其他") {
		r.found("format-mismatch", "header", "declared as %s, really %s", f.Format, r.Format)
	} else if ext := f.extension(); ext != "" && ext != r.Format && formatNames[ext] != nil &&
		!slices.Contains(names, ext) {
		r.found("format-mismatch", "header", "named .%s, really %s", ext, r.Format)
	}
	in.compareFields(r)
}

// contentType compares the header with what came.
func (in *inspector) contentType(f File, r *Report) {
	kind, params, err := mime.ParseMediaType(f.ContentType)
	if err != nil {
		kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(f.ContentType)), ";")
	}
	right, known := declaredTypes[r.Format]
	switch {
	case kind == "" || slices.Contains(generic, kind):
		r.found("content-type-generic", "header Content-Type", "Content-Type %q does not say what the file is",
			f.ContentType)
	case known && !slices.Contains(right, kind) || !known && strings.HasPrefix(kind, "text/") && r.Encoding == "":
		r.found("content-type-mismatch", "header Content-Type", "Content-Type says %s, the file is %s", kind, r.Format)
	}
	if charset := params["charset"]; charset != "" && r.Encoding != "" && !r.ASCII && !sameEncoding(charset,
		r.Encoding) {
		r.found("encoding-declaration-mismatch", "header Content-Type", "the header says %s, the text is %s", charset,
			r.Encoding)
	}
	if f.Encoding != "" && r.Encoding != "" && !r.ASCII && !sameEncoding(f.Encoding, r.Encoding) {
		r.found("encoding-declaration-mismatch", "declared", "declared as %s, really %s", f.Encoding, r.Encoding)
	}
}

// Comparable are the names with which a description is compared: the cells of the first
// record of a table, as the portal reads it, and every name of other forms.
func (r *Report) Comparable() []string {
	if len(r.Members) > 0 {
		var out []string
		for _, m := range r.Members {
			out = append(out, m.Comparable()...)
		}
		return out
	}
	if r.First != nil {
		return r.First
	}
	return append(slices.Clone(r.Names), r.Fields...)
}

// compareFields tells how the description and the file differ.
func (in *inspector) compareFields(r *Report) {
	d := in.description
	names := r.Comparable()
	if len(names) == 0 {
		return
	}
	switch {
	case len(d.Names) == 0:
		r.found("no-field-description", "declared", "the columns are not described")
		return
	case d.Prose:
		r.found("field-description-prose", "declared",
			"the description of the columns is a text, or cut off, not names")
	}
	if missing := d.Missing(names); len(missing) > 0 {
		r.found("missing-fields", "declared", "described and not in the file: %s", strings.Join(missing, "、"))
	}
	if extra := d.Extra(r.Fields); len(extra) > 0 && !d.Prose {
		r.found("extra-fields", "declared", "in the file and not described: %s", strings.Join(extra[:min(len(extra),
			20)], "、"))
	}
}
