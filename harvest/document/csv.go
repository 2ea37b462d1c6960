package document

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// CSV reads lines of values, such as people and spreadsheets write them.
type CSV struct {
	d      *Document
	quoted *quoted
	lines  *csv.Reader
	Exact  bool // a line with more or fewer values than there are names is broken
}

// CSV reads the document's text as CSV.
func (d *Document) CSV(text io.Reader, comma rune) *CSV {
	if head := d.Head; bytes.ContainsRune(head, '\r') && !bytes.ContainsRune(head, '\n') {
		text = newlines{text} // as old spreadsheets on a Macintosh wrote it
	}
	c := &CSV{d: d, quoted: &quoted{Reader: text}}
	c.lines = csv.NewReader(c.quoted)
	c.lines.Comma, c.lines.LazyQuotes, c.lines.FieldsPerRecord, c.lines.ReuseRecord = comma, true, -1, true
	return c
}

// Header returns the names of columns that the next line holds.
func (c *CSV) Header() ([]string, error) {
	row, err := c.lines.Read()
	names := slices.Clone(row)
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names, err
}

// Entries yields the lines that are left, with their values by the names of the
// columns. A broken line is a broken entry.
func (c *CSV) Entries(names []string, yield func(Entry, error) bool) error {
	for {
		row, err := c.lines.Read()
		if err == io.EOF {
			return nil
		}
		var syntax *csv.ParseError
		if err != nil && !errors.As(err, &syntax) {
			return fetch.Explain(c.d.URL, err)
		}
		line := 0
		if syntax != nil {
			line = syntax.Line
		} else {
			line, _ = c.lines.FieldPos(0)
		}
		it := Entry{Locator: problem.Line(line), Err: err, Values: rowValues(names, row)}
		if err == nil && c.Exact && len(row) != len(names) {
			it.Err = fmt.Errorf("the line has %d fields, the header %d", len(row), len(names))
		}
		if err := c.quoted.openQuote(c.d.URL, c.lines, row, line); err != nil {
			return err
		}
		if !yield(it, nil) {
			return nil
		}
	}
}

// rowValues returns the values of a line by the names of its columns. Columns with
// the same name have a list of values; those beyond the names have the name "".
func rowValues(header, row []string) map[string]any {
	m := make(map[string]any, len(header))
	for i, v := range row {
		name := ""
		if i < len(header) {
			name = strings.TrimSpace(header[i])
		}
		addValue(m, name, v)
	}
	return m
}

// addValue adds a value under a name; several values of one name are a list.
func addValue(m map[string]any, name string, v any) {
	switch before := m[name].(type) {
	case nil:
		m[name] = v
	case []any:
		m[name] = append(before, v)
	default:
		m[name] = []any{before, v}
	}
}

// newlines reads text whose lines end with a carriage return alone.
type newlines struct{ io.Reader }

func (n newlines) Read(p []byte) (int, error) {
	m, err := n.Reader.Read(p)
	for i, b := range p[:m] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return m, err
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
	if len(row) == 0 || !q.end || c.InputOffset() < q.size || !strings.Contains(row[len(row)-1], "\n") ||
		q.marks%2 == 0 {
		return nil
	}
	return problem.Errorf(problem.At(address, problem.Line(line)), "csv-quote",
		"ask the source's owner to close the quotation mark, or to double it when it is part of the text",
		"a quotation mark on this line is never closed: all that follows would be one field")
}
