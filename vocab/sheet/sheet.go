package sheet

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Writer writes rows. Close tells the first error of all.
type Writer struct {
	csv *csv.Writer
	row []string
}

// NewWriter returns a writer that has written the header.
func NewWriter(w io.Writer, header ...string) *Writer {
	out := &Writer{csv: csv.NewWriter(w)}
	_ = out.Write(header...) // csv.Writer keeps the error
	return out
}

// Write writes a row.
func (w *Writer) Write(fields ...string) error {
	w.row = slices.Grow(w.row[:0], len(fields))
	for _, f := range fields {
		w.row = append(w.row, Harmless(f))
	}
	return w.csv.Write(w.row)
}

// Close writes what is left. It does not close what lies below.
func (w *Writer) Close() error {
	w.csv.Flush()
	return w.csv.Error()
}

// Harmless returns a field that spreadsheets read as text: one that begins with a
// character of formulas, or with white space that may hide one, gets an apostrophe
// before it.
func Harmless(field string) string {
	if r, _ := utf8.DecodeRuneInString(field); r == '\t' || r == '\r' || r == '\n' {
		return "'" + field
	}
	// Some programs take blanks at the beginning away before they look, and Japanese
	// and Chinese ones know the wide forms of the characters.
	bare := strings.TrimLeftFunc(field, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	if r, _ := utf8.DecodeRuneInString(bare); strings.ContainsRune("=+-@＝＋－＠", r) && bare != "" {
		return "'" + field
	}
	return field
}
