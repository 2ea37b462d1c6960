package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"fincat/harvest/document"
	"fincat/harvest/mapping"
)

// tableKind reads inventories: CSV, TSV, JSON, JSON Lines, XML and XLSX, with a
// mapping from fields to columns. In JSON and XML a column is a path such as
// agency.name.
func tableKind() Kind { return Kind{Name: "table", Gather: gatherTable, Check: checkTable} }

func checkTable(c *Config) error {
	switch {
	case c.Table == nil || c.Table.Columns["title"] == "":
		return errors.New("table: give columns: with at least title:, the name of the column that holds it")
	case c.Table.Format != "" && !slices.Contains(document.RowFormats, c.Table.Format):
		return fmt.Errorf("table: format %q is unknown: use one of %s", c.Table.Format,
			strings.Join(document.RowFormats, ", "))
	case c.Table.Header < 0:
		return fmt.Errorf("table: header %d: give the line of the column names, from 1", c.Table.Header)
	case utf8.RuneCountInString(c.Table.Separator) > 1 || strings.ContainsAny(c.Table.Separator, "\"\r\n"):
		return fmt.Errorf("table: separator %q: give one character, such as \";\"", c.Table.Separator)
	}
	return mapping.CheckFields("table.columns", c.Table.Columns)
}

func gatherTable(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		d, err := s.document(ctx, s.Config.URL, "text/csv, application/json, application/xml;q=0.9, */*;q=0.5")
		if err != nil {
			yield(nil, err)
			return
		}
		if err := d.Rows(s.rowOptions(), func(it document.Entry, err error) bool {
			if err = errors.Join(err, ctx.Err()); err != nil {
				yield(nil, err)
				return false
			}
			rec := fromRow(s, it, d.URL)
			return rec == nil || yield(rec, nil)
		}); err != nil {
			yield(nil, err)
		}
	}
}

// document.RowOptions are those that the configuration names.
func (s *Session) rowOptions() document.RowOptions {
	t := s.Config.Table
	return document.RowOptions{Format: t.Format, Encoding: t.Encoding, Record: t.Record, Sheet: t.Sheet,
		Separator: t.Separator, Header: t.Header, Columns: slices.Collect(maps.Values(t.Columns)),
		Limit: s.Config.MaxBytes}
}

// fromRow maps one entry by the configured columns.
func fromRow(s *Session, it document.Entry, page string) *mapping.Record {
	place := placeAt(page, it.Locator)
	f := mapping.Fields{}
	for field, column := range s.Config.Table.Columns {
		if v := strings.TrimSpace(document.ValueText(document.Lookup(it.Values, column))); v != "" {
			f[field] = v
		}
	}
	for _, field := range []string{"landingPage", "downloadURL", "accessURL"} {
		if v := f[field]; document.IsPath(v) {
			f[field] = document.Absolute(page, v)
		}
	}
	if it.Err != nil {
		return mapping.Broken(f.Identifier(), place, "entry", "", it.Err.Error(),
			"ask the source's owner to correct the entry")
	}
	if len(f) == 0 { // an empty line, or a footer
		for _, v := range it.Values {
			if text := document.ValueText(v); text != "" {
				s.notice(Problem{Severity: Info, Place: place, Rule: "row", Value: text,
					Message: "a line fills none of the configured columns; it is left out",
					Remedy:  "nothing, if it is a note; else look at table.columns"})
				break
			}
		}
		return nil
	}
	rec := s.FromColumns(f, func(name string) string { return document.ValueText(document.Lookup(it.Values, name)) },
		place)
	if rec != nil && rec.Dataset != nil {
		s.Carrier(rec).Rest(it.Values, s.columnUse())
	}
	return rec
}

// columnUse says which columns the configuration maps. Of a path, the outermost
// name counts: the whole object is carried unless all of it arrived.
func (s *Session) columnUse() mapping.FieldUse {
	if s.columns == nil {
		s.columns = mapping.FieldUse{}
		for _, column := range s.Config.Table.Columns {
			head, _, _ := strings.Cut(column, ".")
			s.columns[column], s.columns[head] = mapping.Mapped, mapping.Mapped
		}
	}
	return s.columns
}
