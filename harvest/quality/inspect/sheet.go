package inspect

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	maxCells   = 16_384 // of a row
	maxRepeats = 10_000 // rows that are written once and said to be repeated
)

// sheet is one table of a workbook as it is read.
type sheet struct {
	*table
	report Report
	row    int
}

func (in *inspector) newSheet() *sheet {
	s := &sheet{}
	s.table = in.newTable(&s.report, 0)
	s.strict = false
	return s
}

// next takes the next row.
func (s *sheet) next(cells []string) {
	s.row++
	s.add(newRecord(cells, fmt.Sprintf("row %d", s.row)))
}

// into copies what was found of the sheet into the report of the file.
func (s *sheet) into(r *Report) {
	s.end()
	r.HeaderRow, r.Rows, r.Fields, r.Columns, r.First = s.report.HeaderRow, s.report.Rows, s.report.Fields,
		s.report.Columns, s.report.First
	r.Findings = append(r.Findings, s.report.Findings...)
	if s.report.First == nil {
		r.Empty = true
		r.found("empty-file", "row 1", "the sheet has no cell")
	}
}

// sheets are those of a workbook that are shown and have cells. The first that is a table
// counts, or where none is, the first: what explains a table often stands on a sheet before it.
type sheets struct {
	best   *sheet
	filled int
}

// add takes a sheet that was read.
func (b *sheets) add(s *sheet) {
	s.end()
	if s.report.First == nil {
		return
	}
	b.filled++
	if b.best == nil || !b.best.isTable() && s.isTable() {
		b.best = s
	}
}

func (s *sheet) isTable() bool { return s.report.Rows > 0 && filled(s.report.Fields) > 1 }

// into puts what the sheet that counts is into the report of the file.
func (b *sheets) into(in *inspector, r *Report) {
	if b.best == nil {
		b.best = in.newSheet()
	}
	if b.best.into(r); b.filled > 1 {
		r.found("several-sheets", "", "%d sheets have cells; the first that is a table counts", b.filled)
	}
}

// workbook inspects an XLSX file: its first sheet that is shown and is a table.
func (in *inspector) workbook(data []byte, z *zip.Reader, r *Report) {
	var total uint64
	for _, m := range z.File {
		total += m.UncompressedSize64
	}
	if total > uint64(in.left) {
		r.Broken = fmt.Sprintf("the workbook becomes larger than the %d bytes that may be unpacked", in.left)
		r.found("too-large", "", "%s", r.Broken)
		return
	}
	limit := in.left
	in.left -= int64(total)
	if err := in.sheets(data, limit, r); err != nil {
		r.Broken = fmt.Sprintf("the workbook cannot be read: %v", err)
	}
}

// sheets reads a workbook with a library; what makes that panic is an error.
func (in *inspector) sheets(data []byte, limit int64, r *Report) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its parts contradict each other: %v", p)
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: limit,
		UnzipXMLSizeLimit: min(limit, 4<<20), RawCellValue: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	var sheets sheets
	for _, name := range book.GetSheetList() {
		if shown, err := book.GetSheetVisible(name); err == nil && !shown {
			continue
		}
		s := in.newSheet()
		if err := in.sheetRows(book, name, s); err != nil {
			return err
		}
		sheets.add(s)
	}
	sheets.into(in, r)
	return nil
}

func (in *inspector) sheetRows(book *excelize.File, name string, s *sheet) error {
	rows, err := book.Rows(name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() && in.ctx.Err() == nil {
		cells, err := rows.Columns()
		if err != nil {
			return err
		}
		s.next(cells)
	}
	return rows.Error()
}

// openDocument inspects an ODS file: its first sheet that is a table.
func (in *inspector) openDocument(m *zip.File, r *Report) {
	if m == nil {
		r.Broken = "the workbook has no content.xml"
		return
	}
	data, err := in.take(m)
	if err != nil {
		r.Broken = fmt.Sprintf("content.xml: %v", err)
		if errors.Is(err, errTooMuch) {
			r.found("too-large", "member content.xml", "%s", r.Broken)
		}
		return
	}
	o := &odsReader{in: in, x: newXML(data)}
	if err := o.read(r); err != nil {
		r.Broken = fmt.Sprintf("content.xml is not well-formed: %v", err)
	}
}

// odsReader reads the tables of content.xml (OpenDocument 1.3 part 3 §9).
type odsReader struct {
	in     *inspector
	x      *xmlReader
	sheet  *sheet
	cells  []string
	empty  int // empty cells that wait: they count when one that is not empty follows
	cell   strings.Builder
	value  string // of a cell that is a number or a date
	text   bool   // inside a paragraph of a cell
	inCell bool
	aside  bool // inside a note that is pinned to a cell
	again  int  // how many cells in a row the one at hand stands for
	row    int  // how many rows the one at hand stands for
	sheets sheets
}

func (o *odsReader) read(r *Report) error {
	for n := 0; n%4096 != 0 || o.in.ctx.Err() == nil; n++ {
		tok, err := o.x.token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			o.start(tok)
		case xml.EndElement:
			o.end(tok.Name.Local)
		case xml.CharData:
			if o.text {
				o.cell.Write(tok)
			}
		}
	}
	o.sheets.into(o.in, r)
	return nil
}

func attribute(tok xml.StartElement, name string) string {
	for _, a := range tok.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// repeated reads from an attribute how many cells or rows an element stands for: at least
// one, at most limit.
func repeated(tok xml.StartElement, name string, limit int) int {
	n, err := strconv.Atoi(attribute(tok, name))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, limit)
}

func (o *odsReader) start(tok xml.StartElement) {
	switch tok.Name.Local {
	case "table":
		o.sheet = o.in.newSheet()
	case "table-row":
		o.cells, o.empty = nil, 0
		o.row = repeated(tok, "number-rows-repeated", maxRepeats)
	case "table-cell", "covered-table-cell":
		o.cell.Reset()
		o.inCell, o.value = true, ""
		o.again = repeated(tok, "number-columns-repeated", maxCells)
		switch attribute(tok, "value-type") {
		case "float", "percentage", "currency":
			o.value = attribute(tok, "value")
		case "date":
			o.value = attribute(tok, "date-value")
		}
	case "p":
		if o.inCell && !o.aside {
			if o.cell.Len() > 0 {
				o.cell.WriteByte('\n')
			}
			o.text = true
		}
	case "s", "tab", "line-break":
		if o.text {
			o.cell.WriteByte(' ')
		}
	case "annotation":
		o.aside = true
	}
}

func (o *odsReader) end(name string) {
	switch name {
	case "p":
		o.text = false
	case "annotation":
		o.aside = false
	case "table-cell", "covered-table-cell":
		o.inCell = false
		text := o.cell.String()
		if o.value != "" {
			text = o.value
		}
		if strings.TrimSpace(text) == "" {
			o.empty += o.again
			return
		}
		for ; o.empty > 0 && len(o.cells) < maxCells; o.empty-- {
			o.cells = append(o.cells, "")
		}
		o.empty = 0
		for i := 0; i < o.again && len(o.cells) < maxCells; i++ {
			o.cells = append(o.cells, text)
		}
	case "table-row":
		if o.sheet == nil {
			return
		}
		n := o.row
		if len(o.cells) == 0 && n > 100 { // what the program leaves below the last row
			n = 1
		}
		for range n {
			o.sheet.next(o.cells)
		}
	case "table":
		if o.sheet == nil {
			return
		}
		o.sheets.add(o.sheet)
		o.sheet = nil
	}
}
