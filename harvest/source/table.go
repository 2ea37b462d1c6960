package source

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// tableKind reads inventories: CSV, TSV, JSON, JSON Lines, XML and XLSX, with a
// mapping from fields to columns. In JSON and XML a column is a path such as
// agency.name.
func tableKind() Kind { return Kind{Name: "table", Gather: gatherTable, Check: checkTable} }

var tableFormats = []string{"csv", "tsv", "json", "jsonl", "xml", "xlsx"}

func checkTable(c *Config) error {
	switch {
	case c.Table == nil || c.Table.Columns["title"] == "":
		return errors.New("table: give columns: with at least title:, the name of the column that holds it")
	case c.Table.Format != "" && !slices.Contains(tableFormats, c.Table.Format):
		return fmt.Errorf("table: format %q is unknown: use one of %s", c.Table.Format, strings.Join(tableFormats, ", "))
	case c.Table.Header < 0:
		return fmt.Errorf("table: header %d: give the line of the column names, from 1", c.Table.Header)
	}
	return checkFields("table.columns", c.Table.Columns)
}

func gatherTable(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		d, err := s.document(ctx, s.Config.URL, "text/csv, application/json, application/xml;q=0.9, */*;q=0.5")
		if err != nil {
			yield(nil, err)
			return
		}
		if err := s.tableRows(d, func(it item, err error) bool {
			if err = errors.Join(err, ctx.Err()); err != nil {
				yield(nil, err)
				return false
			}
			rec := s.fromRow(it, d.URL)
			return rec == nil || yield(rec, nil)
		}); err != nil {
			yield(nil, err)
		}
	}
}

// fromRow maps one entry by the configured columns.
func (s *Session) fromRow(it item, page string) *Record {
	place := Place{page, it.locator}
	f := fields{}
	for field, column := range s.Config.Table.Columns {
		if v := strings.TrimSpace(valueText(lookup(it.values, column))); v != "" {
			f[field] = v
		}
	}
	for _, field := range []string{"landingPage", "downloadURL", "accessURL"} {
		if v := f[field]; v != "" && !strings.Contains(v, "://") {
			f[field] = absolute(page, v)
		}
	}
	if it.err != nil {
		return broken(f.identifier(), place, "entry", "", it.err.Error(), "ask the source's owner to correct the entry")
	}
	if len(f) == 0 {
		return nil // an empty line, or a footer that fills none of our columns
	}
	return s.fromFields(f, place)
}

// lookup finds a column, or the end of a path of names.
func lookup(values map[string]any, column string) any {
	if v, ok := values[column]; ok {
		return v
	}
	head, rest, ok := strings.Cut(column, ".")
	if inner, isMap := values[head].(map[string]any); ok && isMap {
		return lookup(inner, rest)
	}
	return nil
}

// tableRows yields the entries of a document of any of the formats.
func (s *Session) tableRows(d *document, yield func(item, error) bool) error {
	t := s.Config.Table
	format := first(t.Format, tableFormat(d))
	if format == "xlsx" {
		r, err := d.whole()
		if err != nil {
			return err
		}
		return xlsxRows(r, t, s.Config.MaxBytes, yield)
	}
	if d.empty() || looksHTML(d.head) && format != "xml" {
		return d.jsonError(0, io.ErrUnexpectedEOF)
	}
	switch format {
	case "json":
		return d.jsonItems(steps(t.Record), t.Record, yield)
	case "jsonl":
		text, err := d.utf8()
		if err != nil {
			return err
		}
		defer text.Close()
		return d.lineItems(text, yield)
	}
	text, err := d.text(t.Encoding)
	if err != nil {
		return err
	}
	defer text.Close()
	switch format {
	case "xml":
		return xmlRows(d, text, t.Record, yield)
	case "tsv":
		return csvRows(d, text, '\t', t, yield)
	}
	return csvRows(d, text, ',', t, yield)
}

// tableFormat tells the format by media type, name and content.
func tableFormat(r *document) string {
	if bytes.HasPrefix(r.head, []byte("PK\x03\x04")) {
		return "xlsx"
	}
	name := ""
	if u, err := url.Parse(r.URL); err == nil {
		name = strings.TrimPrefix(path.Ext(strings.TrimSuffix(u.Path, ".gz")), ".")
	}
	mediaType, _, _ := mime.ParseMediaType(r.contentType)
	head := bytes.TrimSpace(r.head[:min(len(r.head), 256)])
	switch {
	case name == "ndjson" || strings.HasSuffix(mediaType, "ndjson") || strings.HasSuffix(mediaType, "jsonl"):
		return "jsonl"
	case slices.Contains(tableFormats, name):
		return name
	case mediaType == "text/tab-separated-values":
		return "tsv"
	case strings.HasSuffix(mediaType, "json"), bytes.HasPrefix(head, []byte("[")), bytes.HasPrefix(head, []byte("{")):
		return "json"
	case bytes.HasPrefix(head, []byte("<")):
		return "xml"
	}
	return "csv"
}

// csvRows reads CSV whose column names stand in line header. Every configured
// column must be there, or the mapping would quietly lose a field.
func csvRows(d *document, text io.Reader, comma rune, t *Table, yield func(item, error) bool) error {
	q := &quoted{Reader: text}
	c := csv.NewReader(q)
	c.Comma, c.LazyQuotes, c.FieldsPerRecord = comma, true, -1
	var names []string
	for range max(t.Header, 1) {
		row, err := c.Read()
		if err != nil {
			return fail(Place{d.URL, lineLocator(1)}, "header", "check table.header", "read the column names: %w", err)
		}
		names = row
	}
	if err := checkColumns(d.Response, names, slices.Collect(maps.Values(t.Columns))); err != nil {
		return err
	}
	for {
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err := d.csvError(err); err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		it := item{locator: lineLocator(line), err: err, values: rowValues(names, row)}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			it.locator = lineLocator(syntax.Line)
		}
		if err := q.openQuote(d.URL, c, row, line); err != nil {
			return err
		}
		if !yield(it, nil) {
			return nil
		}
	}
}

// quoted counts the quotation marks in a text that is read as CSV.
type quoted struct {
	io.Reader
	marks, size int64
	end         bool
}

func (q *quoted) Read(p []byte) (int, error) {
	n, err := q.Reader.Read(p)
	q.marks += int64(bytes.Count(p[:n], []byte{'"'}))
	q.size += int64(n)
	q.end = q.end || errors.Is(err, io.EOF)
	return n, err
}

// openQuote reports a quotation mark that is not closed before the end: the
// reader takes all that follows it for one field.
func (q *quoted) openQuote(address string, c *csv.Reader, row []string, line int) error {
	if len(row) == 0 || !q.end || c.InputOffset() < q.size || !strings.Contains(row[len(row)-1], "\n") || q.marks%2 == 0 {
		return nil
	}
	return fail(Place{address, lineLocator(line)}, "csv-quote", "ask the source's owner to close the quotation mark, or to double it when it is part of the text", "a quotation mark on this line is never closed: all that follows would be one field")
}

func checkColumns(r *Response, names, wanted []string) error {
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			return fail(Place{r.URL, lineLocator(1)}, "column", "correct table.columns", "there is no column %q among %s", w, strings.Join(names, ", "))
		}
	}
	return nil
}

// xmlRows reads each element of the given name, or each child of the root.
func xmlRows(doc *document, text io.Reader, name string, yield func(item, error) bool) error {
	d := xmlReader(text)
	depth := 0
	for {
		tok, err := d.Token()
		if err == io.EOF && depth == 0 {
			return nil
		}
		if err != nil {
			return doc.xmlError(err)
		}
		start, end := elementBounds(tok)
		if end {
			depth--
		}
		if start == nil {
			continue
		}
		if depth++; depth > maxXMLDepth {
			return fail(Place{URL: doc.URL}, "depth", "ask the source's owner for a flatter document", "more than %d levels of elements", maxXMLDepth)
		}
		if name == "" && depth != 2 || name != "" && start.Name.Local != name {
			continue
		}
		line, _ := d.InputPos()
		var e element
		if err := d.DecodeElement(&e, start); err != nil {
			return doc.xmlError(err)
		}
		depth--
		values, _ := elementValue(&e, 0).(map[string]any)
		if !yield(item{locator: lineLocator(line), values: values}, nil) {
			return nil
		}
	}
}

// xlsxRows reads a sheet of a workbook; unpacked it must stay within the limit.
func xlsxRows(r *Response, t *Table, limit Size, yield func(item, error) bool) error {
	book, err := excelize.OpenReader(bytes.NewReader(r.Body), excelize.Options{UnzipSizeLimit: int64(limit), UnzipXMLSizeLimit: int64(limit)})
	if err != nil {
		return fail(Place{URL: r.URL}, "xlsx", "open the workbook; if it is right, raise max_bytes", "read the workbook: %w", err)
	}
	defer book.Close()
	sheet := first(t.Sheet, book.GetSheetName(0))
	rows, err := book.Rows(sheet)
	if err != nil {
		return fail(Place{r.URL, sheet}, "sheet", "correct table.sheet: the workbook has "+strings.Join(book.GetSheetList(), ", "), "read the sheet: %w", err)
	}
	defer rows.Close()
	var names []string
	for n := 1; rows.Next(); n++ {
		row, err := rows.Columns()
		if err != nil {
			return fail(Place{r.URL, fmt.Sprintf("%s!%d", sheet, n)}, "xlsx", "open the workbook and save it anew", "read a line: %w", err)
		}
		switch {
		case n < max(t.Header, 1):
		case names == nil:
			if names = row; len(names) == 0 {
				names = []string{""}
			}
			if err := checkColumns(r, names, slices.Collect(maps.Values(t.Columns))); err != nil {
				return err
			}
		default:
			if !yield(item{locator: fmt.Sprintf("%s!%d", sheet, n), values: rowValues(names, row)}, nil) {
				return nil
			}
		}
	}
	return rows.Error()
}
