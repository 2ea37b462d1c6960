package report

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
)

// File is a report as one file.
type File struct {
	Name, MediaType string
	Data            []byte
}

// The media types of files.
const (
	typeHTML = "text/html; charset=utf-8"
	typeCSV  = "text/csv; charset=utf-8"
	typeJSON = "application/json"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// Files calls yield with the files of a report and of those of its providers, one after
// the other: they are made when they are needed.
func (r *Report) Files(yield func(File) error) error {
	p, err := newPrinter(r)
	if err != nil {
		return err
	}
	for _, one := range append([]*Report{r}, r.Providers...) {
		files, err := p.files(one)
		if err != nil {
			return fmt.Errorf("report of %s: %w", one.Provider, err)
		}
		for _, f := range files {
			if err := yield(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// files are the files of one report.
func (p *printer) files(r *Report) ([]File, error) {
	work := p.work(r)
	return p.written(r.FileName(), "quarter", r, &work, []table{r.summary(), work, p.list(r), p.steps(r)})
}

// Files calls yield with the files of the pack.
func (m *Meeting) Files(yield func(File) error) error {
	p, err := newPrinter(m.Report)
	if err != nil {
		return err
	}
	files, err := p.written(m.FileName(), "meeting", m, nil, p.meetingTables(m))
	for _, f := range files {
		if err == nil {
			err = yield(f)
		}
	}
	return err
}

// written writes something as a page, a workbook, as JSON, and one of its tables as CSV.
func (p *printer) written(name, page string, data any, list *table, tables []table) (out []File, err error) {
	add := func(ending, media string, data []byte, fault error) {
		out = append(out, File{name + ending, media, data})
		if err == nil {
			err = fault
		}
	}
	html, fault := p.page(page, data)
	add(".html", typeHTML, html, fault)
	book, fault := workbook(tables)
	add(".xlsx", typeXLSX, book, fault)
	if list != nil {
		text, fault := list.csv()
		add(".csv", typeCSV, text, fault)
	}
	text, fault := json.MarshalIndent(data, "", " ")
	add(".json", typeJSON, append(text, '\n'), fault)
	return out, err
}

// Pack is a report as files: a [Report] or a [Meeting].
type Pack interface {
	Files(yield func(File) error) error
}

// WriteZip writes the files of a pack as a zip archive.
func WriteZip(w io.Writer, p Pack) error {
	z := zip.NewWriter(w)
	err := p.Files(func(f File) error {
		part, err := z.Create(f.Name)
		if err == nil {
			_, err = part.Write(f.Data)
		}
		return err
	})
	if err != nil {
		return err
	}
	return z.Close()
}

// WriteJSON writes a report or a pack as JSON.
func WriteJSON(w io.Writer, p Pack) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(p)
}
