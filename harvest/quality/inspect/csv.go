package inspect

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// record is one record of a table.
type record struct {
	cells []string
	place string // where it begins
	blank bool   // none of its cells has anything
}

func newRecord(cells []string, place string) record {
	r := record{cells: cells, place: place, blank: true}
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			r.blank = false
			break
		}
	}
	return r
}

// csvReader reads records after RFC 4180, and as they are: quotes inside a cell that
// does not begin with one are text, and so is one that is never closed.
type csvReader struct {
	text   []byte
	comma  byte
	pos    int
	line   int
	quotes bool // cells may be quoted
	open   int  // line of a quote that is never closed, 0 when there is none
}

func newCSV(text []byte, comma byte) *csvReader {
	return &csvReader{text: text, comma: comma, line: 1, quotes: true}
}

// next returns the cells of the next record and the line on which it begins.
func (r *csvReader) next() (cells []string, line int, ok bool) {
	if r.pos >= len(r.text) {
		return nil, 0, false
	}
	line = r.line
	for {
		cell, end := r.cell()
		cells = append(cells, cell)
		if end {
			return cells, line, true
		}
	}
}

// cell reads one cell; end tells that it is the last of its record.
func (r *csvReader) cell() (cell string, end bool) {
	if r.quotes && r.pos < len(r.text) && r.text[r.pos] == '"' {
		if cell, end, ok := r.quoted(); ok {
			return cell, end
		}
		r.open, r.quotes = r.line, false
	}
	start := r.pos
	for r.pos < len(r.text) {
		switch b := r.text[r.pos]; b {
		case '\n', '\r':
			cell = string(r.text[start:r.pos])
			r.newline()
			return cell, true
		case r.comma:
			if r.comma != 0 {
				cell = string(r.text[start:r.pos])
				r.pos++
				return cell, false
			}
		}
		r.pos++
	}
	return string(r.text[start:r.pos]), true
}

// newline passes over the end of a line: LF, CRLF or CR.
func (r *csvReader) newline() {
	if r.text[r.pos] == '\r' && r.pos+1 < len(r.text) && r.text[r.pos+1] == '\n' {
		r.pos++
	}
	r.pos++
	r.line++
}

// quoted reads a cell in quotes; not ok when they are never closed.
func (r *csvReader) quoted() (cell string, end, ok bool) {
	var out []byte
	lines := 0
	i := r.pos + 1
	for {
		n := bytes.IndexByte(r.text[i:], '"')
		if n < 0 {
			return "", false, false
		}
		out = append(out, r.text[i:i+n]...)
		lines += breaks(r.text[i : i+n])
		i += n + 1
		if i < len(r.text) && r.text[i] == '"' {
			out = append(out, '"')
			i++
			continue
		}
		break
	}
	for i < len(r.text) && r.text[i] != '\n' && r.text[i] != '\r' && (r.text[i] != r.comma || r.comma == 0) {
		out = append(out, r.text[i]) // text after the closing quote
		i++
	}
	r.pos, r.line = i, r.line+lines
	switch {
	case i >= len(r.text):
		return string(out), true, true
	case r.text[i] == r.comma && r.comma != 0:
		r.pos++
		return string(out), false, true
	}
	r.newline()
	return string(out), true, true
}

// breaks counts the ends of lines.
func breaks(b []byte) int {
	return bytes.Count(b, []byte{'\n'}) + bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
}

// delimiters are what stands between cells, the usual one first.
var delimiters = []byte{',', '\t', ';', '|'}

// sampleRecords is how many records decide about the delimiter and the header.
const sampleRecords = 60

// layout says how well a text reads as a table with some delimiter.
type layout struct {
	comma byte
	width int     // cells of most records
	share float64 // of records that have as many
}

// layoutOf finds the delimiter: the one with which most records have the same number of
// cells, more than one.
func layoutOf(text []byte) layout {
	best := layout{width: 1}
	for _, comma := range delimiters {
		count := map[int]int{}
		n := 0
		for r := newCSV(text, comma); n < sampleRecords; {
			cells, _, ok := r.next()
			if !ok {
				break
			}
			if !newRecord(cells, "").blank {
				count[len(cells)]++
				n++
			}
		}
		l := layout{comma: comma, width: 1}
		most := 0
		for width, c := range count {
			if width > 1 && (c > most || c == most && width > l.width) {
				l.width, most = width, c
			}
		}
		if most > 0 {
			l.share = float64(most) / float64(n)
		}
		if l.share > best.share+0.001 || l.share > best.share-0.001 && l.width > best.width && best.comma != ',' {
			best = l
		}
	}
	return best
}

// delimited inspects a text that is neither JSON nor XML: a table with a delimiter, lines
// of JSON, or prose.
func (in *inspector) delimited(text []byte, f File, r *Report) {
	if r.Format = language(text); r.Format != "" {
		return
	}
	l := layoutOf(text)
	declared := strings.EqualFold(strings.TrimSpace(f.Format), "csv") || f.extension() == "csv" ||
		strings.HasPrefix(f.ContentType, "text/csv")
	least := 0.5
	if declared {
		least = 0.3
	}
	switch {
	case l.width > 1 && l.share >= least && (declared || !prose(text)):
	case declared && !prose(text) && !aligned(text):
		l.comma, l.width = 0, 1
	default:
		r.Format = "txt"
		return
	}
	r.Format, r.Delimiter = "csv", ","
	switch l.comma {
	case '\t':
		r.Format, r.Delimiter = "tsv", "\t"
	case ';', '|':
		r.Delimiter = string(l.comma)
	}
	if l.comma != ',' && l.comma != 0 {
		r.found("delimiter-not-comma", "line 1", "cells stand between %q, not commas", string(l.comma))
	}
	c := newCSV(text, l.comma)
	t := in.newTable(r, l.width)
	t.cut = f.Cut
	for n := 0; ; n++ {
		cells, line, ok := c.next()
		if !ok || n%1024 == 0 && in.ctx.Err() != nil {
			break
		}
		if f.Cut && c.pos >= len(text) { // the last record may be a part
			break
		}
		t.add(newRecord(cells, lineOf(line)))
	}
	t.end()
	if c.open > 0 {
		r.found("quote-not-closed", lineOf(c.open), "a cell begins with a quote that is never closed")
	}
}

// prose reports whether a text is sentences rather than lines of a table.
func prose(text []byte) bool {
	long, n := 0, 0
	for line := range bytes.Lines(text[:min(len(text), 64<<10)]) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		n++
		if bytes.HasSuffix(line, []byte("。")) || bytes.HasPrefix(line, []byte("# ")) ||
			utf8.RuneCount(line) > 60 && bytes.Count(line, []byte("。")) > 0 {
			long++
		}
	}
	return n == 0 || long*2 > n
}
