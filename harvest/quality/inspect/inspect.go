package inspect

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"fincat/vocab/document"
)

// File is what came, and what was declared of it.
type File struct {
	Address     string // where it came from
	Name        string // of the file, where the server or an archive gives one
	ContentType string // header
	Data        []byte
	Cut         bool // there is more than Data, which was not fetched

	Format   string // declared: 檔案格式
	Encoding string // declared: 編碼格式
	Fields   string // declared: 主要欄位說明
}

// Options are the limits of an inspection.
type Options struct {
	MaxUnpacked int64 // bytes that come out of packed files together; default 32 MiB
	MaxMembers  int   // of an archive; default 1000
	MaxFindings int   // of one rule in a file; default 5, others are counted

	// Table is called with each table that is found, and returns the function that takes
	// its rows, or nil when nobody wants them. Columns inside nested objects are written contact.mobile.
	Table func(columns []string) (row func(cells []string))
}

// Finding is one thing worth telling about a file.
type Finding struct {
	Rule    string // such as title-rows
	Place   string // line, cell, byte, header or member
	Message string
}

// Column is what the cells of one column are.
type Column struct {
	Name     string
	Type     string // integer, decimal, date, boolean, text, or empty
	Datatype string // of XML Schema, in whose lexical space all values are: integer, decimal, double, date or boolean
	Values   int    // cells that are not empty
	Missing  int    // cells that are
	Distinct int    // different values, as far as they were counted
	Least    string // value of a column of numbers or dates, as written; empty where that has no meaning
	Most     string // the largest one
}

// Report is what a file really is.
type Report struct {
	Format    string // csv, json, xlsx and so on; empty when nothing came
	MediaType string // of the format
	Encoding  string // UTF-8, Big5 and so on; empty of a binary file
	BOM       bool
	ASCII     bool   // the text has no other characters, so that every usual encoding agrees
	Delimiter string // of a table in text
	HeaderRow int    // record of the header, from 1; 0 when there is none
	Rows      int    // records after the header that are not blank
	Fields    []string
	Columns   []Column

	First []string // cells of the first record that is not blank, or of the keys there are
	Names []string // every name that a description of columns may mean

	Empty      bool      // nothing but blanks came
	NotData    string    // what came instead of data; empty when it is data
	Broken     string    // why the file cannot be read as its format to its end
	Incomplete string    // why its end is missing
	BadText    string    // why its text is in no encoding
	Members    []*Report // of an archive
	Unseen     int       // members that were not looked at because there are too many
	Member     string    // name inside the archive
	Findings   []Finding
}

// found notes a finding.
func (r *Report) found(rule, place, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{rule, place, fmt.Sprintf(format, args...)})
}

// Has reports whether there is a finding of a rule.
func (r *Report) Has(rule string) bool {
	for _, f := range r.Findings {
		if f.Rule == rule {
			return true
		}
	}
	return false
}

// Inspect finds out what a file is. Its only error is that of the context.
func Inspect(ctx context.Context, f File, o Options) (*Report, error) {
	if o.MaxUnpacked <= 0 {
		o.MaxUnpacked = 32 << 20
	}
	if o.MaxMembers <= 0 {
		o.MaxMembers = 1000
	}
	if o.MaxFindings <= 0 {
		o.MaxFindings = 5
	}
	in := &inspector{ctx: ctx, o: o, left: o.MaxUnpacked, description: Describe(f.Fields)}
	r := in.file(f, 0)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in.declared(f, r)
	r.Findings = bounded(r.Findings, o.MaxFindings)
	return r, nil
}

// gzipCut reports whether a gzip file has no end, as far as most bytes of it tell.
func gzipCut(ctx context.Context, data []byte, most int64) bool {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		_, err = io.Copy(io.Discard, document.WithContext(ctx, io.LimitReader(z, most)))
	}
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// inspector is the state of one inspection: what may still be unpacked.
type inspector struct {
	ctx         context.Context
	o           Options
	left        int64
	description Description
}

// mediaTypes are those of the formats.
var mediaTypes = map[string]string{
	"csv": "text/csv", "tsv": "text/tab-separated-values", "json": "application/json",
	"jsonl": "application/jsonl", "geojson": "application/geo+json", "xml": "application/xml",
	"rss": "application/rss+xml", "atom": "application/atom+xml", "kml": "application/vnd.google-earth.kml+xml",
	"kmz": "application/vnd.google-earth.kmz", "xls": "application/vnd.ms-excel",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"ods":  "application/vnd.oasis.opendocument.spreadsheet", "shp": "application/vnd.shp",
	"zip": "application/zip", "pdf": "application/pdf", "html": "text/html", "txt": "text/plain",
	"doc":  "application/msword",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"odt":  "application/vnd.oasis.opendocument.text", "odp": "application/vnd.oasis.opendocument.presentation",
	"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "tif": "image/tiff", "webp": "image/webp",
	"gzip": "application/gzip", "7z": "application/x-7z-compressed", "rar": "application/vnd.rar",
	"rtf": "application/rtf", "yaml": "application/yaml", "binary": "application/octet-stream",
	"dbf": "application/vnd.dbf", "svg": "image/svg+xml", "mhtml": "multipart/related",
	"javascript": "text/javascript", "sql": "application/sql", "turtle": "text/turtle",
}

// file inspects one file; depth is how many archives it stands in.
func (in *inspector) file(f File, depth int) *Report {
	r := &Report{}
	switch r.Format = magic(f.Data); r.Format {
	case "zip":
		in.archive(f, r, depth)
	case "ole":
		in.ole(f, r)
	case "shp", "dbf":
		in.geometry(f, r)
	case "":
		in.text(f, r)
	default:
		if r.Format == "gzip" && !f.Cut && gzipCut(in.ctx, f.Data, in.left) {
			r.Incomplete = "the gzip ends in the middle"
		}
		if r.Format == "pdf" && !f.Cut && !bytes.Contains(f.Data[max(0, len(f.Data)-2048):], []byte("%%EOF")) {
			r.Incomplete = "the PDF has no end"
		}
	}
	r.MediaType = mediaTypes[r.Format]
	return r
}

// text inspects a file that has no mark of a binary format.
func (in *inspector) text(f File, r *Report) {
	t := decode(withoutSeparators(f.Data), f.Cut, f.Encoding)
	if t.name == "" {
		r.Format = "binary"
		return
	}
	r.Encoding, r.BOM, r.ASCII, r.BadText = t.name, t.bom, t.ascii, t.bad
	r.Findings = append(r.Findings, t.findings...)
	if len(bytes.TrimSpace(t.text)) == 0 {
		r.Empty, r.Encoding = true, ""
		r.found("empty-file", "byte 0", "nothing but %d bytes of blanks came", len(f.Data))
		return
	}
	if t.bom {
		r.found("bom", "byte 0", "the text begins with a byte order mark")
	}
	r.Format = textFormat(t.text)
	switch r.Format {
	case "json":
		in.json(t.text, f, r)
	case "xml":
		in.xml(t.text, f, r)
	case "html":
		in.html(t.text, r)
	default:
		in.delimited(t.text, f, r)
	}
	in.answer(t.text, r)
}

// separator stands before each text of a JSON text sequence (RFC 7464 §2.2), of which
// GeoJSON text sequences (RFC 8142) are one.
const separator = 0x1e

// withoutSeparators returns a JSON text sequence as texts one below the other, and
// everything else as it is.
func withoutSeparators(data []byte) []byte {
	if len(data) == 0 || data[0] != separator || !bytes.HasPrefix(bytes.TrimSpace(data[1:]), []byte("{")) {
		return data
	}
	return bytes.ReplaceAll(data, []byte{separator}, []byte("\n"))
}

// bounded keeps the first findings of each rule, and counts the others in the last of
// them.
func bounded(list []Finding, limit int) []Finding {
	count := map[string]int{}
	for _, f := range list {
		count[f.Rule]++
	}
	seen := map[string]int{}
	var out []Finding
	for _, f := range list {
		if seen[f.Rule]++; seen[f.Rule] > limit {
			continue
		}
		if n := count[f.Rule]; n > limit && seen[f.Rule] == limit {
			f.Message += fmt.Sprintf(" (and %d more)", n-limit)
		}
		out = append(out, f)
	}
	return out
}

// extension returns the ending of the file's name, or of its address.
func (f File) extension() string {
	name := f.Name
	if name == "" {
		name, _, _ = strings.Cut(f.Address, "?")
	}
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}
