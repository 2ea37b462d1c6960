package document

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// RowOptions say how a table is read.
type RowOptions struct {
	Format    string     // one of RowFormats; default: by media type, name and content
	Encoding  string     // of text; default: by declaration and content
	Record    string     // json: pointer to the array; xml: name of the element, default each child of the root
	Sheet     string     // xlsx: default the first
	Separator string     // csv: default a comma
	Header    int        // line with the column names; default 1
	Columns   []string   // that a table of lines must have, or a field would be lost quietly
	Limit     fetch.Size // xlsx: how large it may be when unpacked
}

// Rows yields the entries of a table of any of the formats.
func (d *Document) Rows(o RowOptions, yield func(Entry, error) bool) error {
	format := First(o.Format, rowFormat(d))
	if format == "xlsx" {
		r, err := d.Whole()
		if err != nil {
			return err
		}
		return xlsxRows(r, o, yield)
	}
	if isBlank(d.Head) || fetch.IsHTML(d.Head) && format != "xml" {
		return d.JSONError(0, io.ErrUnexpectedEOF)
	}
	switch format {
	case "json":
		return d.JSONEntries(steps(o.Record), o.Record, yield)
	case "jsonl":
		text, err := d.OpenUTF8()
		if err != nil {
			return err
		}
		defer text.Close()
		return d.LineEntries(text, yield)
	}
	text, err := d.OpenText(o.Encoding)
	if err != nil {
		return err
	}
	defer text.Close()
	switch format {
	case "xml":
		return xmlRows(d, text, o.Record, yield)
	case "tsv":
		return csvRows(d, text, '\t', o, yield)
	}
	comma, _ := utf8.DecodeRuneInString(cmp.Or(o.Separator, ","))
	return csvRows(d, text, comma, o, yield)
}

// RowFormats are the formats of tables.
var RowFormats = []string{"csv", "tsv", "json", "jsonl", "xml", "xlsx"}

// rowFormat tells the format by media type, name and content.
func rowFormat(r *Document) string {
	if bytes.HasPrefix(r.Head, []byte("PK\x03\x04")) {
		return "xlsx"
	}
	name := ""
	if u, err := url.Parse(r.URL); err == nil {
		name = strings.TrimPrefix(path.Ext(strings.TrimSuffix(u.Path, ".gz")), ".")
	}
	mediaType, _, _ := mime.ParseMediaType(r.ContentType)
	head := bytes.TrimSpace(r.Head[:min(len(r.Head), 256)])
	switch {
	case name == "ndjson" || strings.HasSuffix(mediaType, "ndjson") || strings.HasSuffix(mediaType, "jsonl"):
		return "jsonl"
	case slices.Contains(RowFormats, name):
		return name
	case mediaType == "text/tab-separated-values":
		return "tsv"
	case strings.HasSuffix(mediaType, "json"), bytes.HasPrefix(head, []byte("[")), bytes.HasPrefix(head, []byte("{")):
		return "json"
	case bytes.HasPrefix(head, []byte("<")) && !fetch.IsHTML(head):
		return "xml"
	}
	return "csv"
}

// csvRows reads CSV whose column names stand in line header. Every configured
// column must be there, or the mapping would quietly lose a field.
func csvRows(d *Document, text io.Reader, comma rune, o RowOptions, yield func(Entry, error) bool) error {
	c := d.CSV(text, comma)
	var names []string
	for range max(o.Header, 1) {
		row, err := c.Header()
		if err != nil {
			return problem.Errorf(problem.At(d.URL, problem.Line(1)), "header", "check table.header",
				"read the column names: %w", err)
		}
		names = row
	}
	err := checkColumns(d.Response, names, o.Columns)
	if err != nil && len(names) == 1 {
		for _, sep := range ";\t|," {
			if sep != comma && strings.ContainsRune(names[0], sep) {
				err.Remedy = fmt.Sprintf("set table.separator to %q, which the line seems to use", sep)
				break
			}
		}
	}
	if err != nil {
		return err
	}
	return c.Entries(names, yield)
}

func checkColumns(r *fetch.Response, names, wanted []string) *problem.Error {
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			return problem.Errorf(problem.At(r.URL, problem.Line(1)), "column", "correct table.columns",
				"there is no column %q among %.300s", w, strings.Join(names, ", "))
		}
	}
	return nil
}

// xmlRows reads each element of the given name, or each child of the root.
func xmlRows(doc *Document, text io.Reader, name string, yield func(Entry, error) bool) error {
	d := XMLReader(RepairXML(doc.Response, text))
	depth := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			return doc.XMLError(err)
		}
		start, end := Bounds(tok)
		if end {
			depth--
		}
		if start == nil {
			continue
		}
		if depth++; depth > MaxXMLDepth {
			return problem.Errorf(problem.Place{URL: doc.URL}, "depth",
				"ask the source's owner for a flatter document", "more than %d levels of elements", MaxXMLDepth)
		}
		if name == "" && depth != 2 || name != "" && start.Name.Local != name {
			continue
		}
		line, _ := d.InputPos()
		var e Element
		if err := d.DecodeElement(&e, start); err != nil {
			return doc.XMLError(err)
		}
		depth--
		values, _ := ElementValue(&e, 0).(map[string]any)
		if !yield(Entry{Locator: problem.Line(line), Values: values}, nil) {
			return nil
		}
	}
}

// xlsxRows reads a sheet of a workbook; unpacked it must stay within the limit.
func xlsxRows(r *fetch.Response, o RowOptions, yield func(Entry, error) bool) error {
	book, err := excelize.OpenReader(bytes.NewReader(r.Body),
		excelize.Options{UnzipSizeLimit: int64(o.Limit), UnzipXMLSizeLimit: int64(o.Limit)})
	if err != nil {
		return problem.Errorf(problem.Place{URL: r.URL}, "xlsx", "open the workbook; if it is right, raise max_bytes",
			"read the workbook: %w", err)
	}
	defer book.Close()
	sheet := First(o.Sheet, book.GetSheetName(0))
	rows, err := book.Rows(sheet)
	if err != nil {
		return problem.Errorf(problem.At(r.URL, sheet), "sheet",
			"correct table.sheet: the workbook has "+strings.Join(book.GetSheetList(), ", "), "read the sheet: %w",
			err)
	}
	defer rows.Close()
	var names []string
	for n := 1; rows.Next(); n++ {
		row, err := rows.Columns()
		if err != nil {
			return problem.Errorf(problem.At(r.URL, fmt.Sprintf("%s!%d", sheet, n)), "xlsx",
				"open the workbook and save it anew", "read a line: %w", err)
		}
		switch {
		case n < max(o.Header, 1):
		case names == nil:
			if names = row; len(names) == 0 {
				names = []string{""}
			}
			if err := checkColumns(r, names, o.Columns); err != nil {
				return err
			}
		default:
			if !yield(Entry{Locator: fmt.Sprintf("%s!%d", sheet, n), Values: rowValues(names, row)}, nil) {
				return nil
			}
		}
	}
	return rows.Error()
}

// Lookup finds a column, or the end of a path of names.
func Lookup(values map[string]any, column string) any {
	if v, ok := values[column]; ok {
		return v
	}
	head, rest, ok := strings.Cut(column, ".")
	if inner, isMap := values[head].(map[string]any); ok && isMap {
		return Lookup(inner, rest)
	}
	return nil
}
