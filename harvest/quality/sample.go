package quality

import (
	"fmt"
	"strings"
	"time"

	"fincat/harvest/quality/personal"
)

// Bounds of what is kept of the rows of a file.
const (
	sampleRows       = 3
	sampleColumns    = 20
	sampleCell       = 60   // characters of a cell
	sampleCharacters = 1500 // of all cells
)

// Sample is the beginning of the first table with rows in a file. What stands in columns
// that seem to have personal data is hidden, see [personal.Hide].
type Sample struct {
	Columns []string   `json:"columns" jsonschema:"names as the file has them, #1 and so on where it has none"`
	Rows    [][]string `json:"rows" jsonschema:"the first ones, long cells cut"`
	Masked  []string   `json:"masked,omitempty" jsonschema:"columns with personal data, whose cells are hidden"`
	More    int        `json:"more_columns,omitempty" jsonschema:"columns that are left out"`
}

// sampler looks for personal data in a table, and keeps its beginning.
type sampler struct {
	*personal.Detector
	columns []string
	rows    [][]string
	size    int // characters in rows
}

func newSampler(columns []string) *sampler {
	return &sampler{Detector: personal.New(columns), columns: columns}
}

// Row takes a row, as that of the detector does.
func (s *sampler) Row(cells []string) {
	s.Detector.Row(cells)
	if len(s.rows) == sampleRows || s.size > sampleCharacters {
		return
	}
	row := make([]string, min(len(cells), len(s.columns), sampleColumns))
	for i := range row {
		row[i] = shortCell(cells[i])
		s.size += len([]rune(row[i]))
	}
	if s.size <= sampleCharacters {
		s.rows = append(s.rows, row)
	}
}

// shortCell cuts a cell that is long; it shares no memory with the file.
func shortCell(cell string) string {
	cell = strings.TrimSpace(cell)
	n := 0
	for at := range cell {
		if n++; n == sampleCell {
			return strings.ToValidUTF8(cell[:at], "\uFFFD") + "…"
		}
	}
	return strings.Clone(strings.ToValidUTF8(cell, "\uFFFD"))
}

// sample is what is kept, nil without rows. A column is hidden when anything was found in
// one of its name, however doubtful it is.
func (s *sampler) sample(found []personal.Finding) *Sample {
	if len(s.rows) == 0 {
		return nil
	}
	hidden := map[string]bool{}
	for _, f := range found {
		hidden[f.Column] = true
	}
	out := &Sample{Rows: s.rows, More: max(0, len(s.columns)-sampleColumns)}
	for i, name := range s.columns[:min(len(s.columns), sampleColumns)] {
		shown := shortCell(name)
		if hidden[name] {
			if strings.ContainsAny(name, "0123456789") { // a row that was taken for the header
				shown = personal.Hide(shown)
			}
			out.Masked = append(out.Masked, shown)
			for _, row := range out.Rows {
				if i < len(row) {
					row[i] = personal.Hide(row[i])
				}
			}
		}
		out.Columns = append(out.Columns, shown)
	}
	return out
}

// Preview is what was kept of a file's rows.
type Preview struct {
	URL     string   `json:"url,omitempty" jsonschema:"of the file"`
	Format  string   `json:"format,omitempty" jsonschema:"that the file really has"`
	Count   *int     `json:"row_count,omitempty" jsonschema:"rows in the file, as far as it was read"`
	Checked string   `json:"checked,omitempty" jsonschema:"when the file was looked at"`
	Sample  *Sample  `json:"sample,omitempty"`
	Note    string   `json:"note,omitempty" jsonschema:"why there are no rows"`
	Others  []string `json:"other_files,omitempty" jsonschema:"further files with rows"`
}

// maxOthers is how many further files a preview names.
const maxOthers = 10

// Preview returns the rows that were kept of the file at an address, or of the first file of
// which some were kept. Its note says why there are none. An address that is no file's is an error.
func (r *Result) Preview(address string) (Preview, error) {
	if r == nil || len(r.Resources) == 0 {
		return Preview{Note: "nothing was looked at: no check has read the files of this dataset yet"}, nil
	}
	var of *Resource
	var others []string
	for i := range r.Resources {
		switch x := &r.Resources[i]; {
		case of == nil && (x.URL == address || address == "" && x.Sample != nil):
			of = x
		case x.Sample != nil && x.URL != address && len(others) < maxOthers:
			others = append(others, x.URL)
		}
	}
	switch {
	case of == nil && address != "":
		return Preview{}, fmt.Errorf("no file that was checked has the address %q; use one of those that "+
			"the dataset is described with", address)
	case of == nil:
		of = &r.Resources[0]
	}
	out := Preview{URL: of.URL, Format: of.Detected.Format, Count: of.Detected.Rows, Sample: of.Sample, Others: others}
	if !of.Evidence.At.IsZero() {
		out.Checked = of.Evidence.At.UTC().Format(time.RFC3339)
	}
	out.Note = of.noRows()
	return out, nil
}

// noRows says why no rows were kept of a file; "" when some were.
func (r *Resource) noRows() string {
	switch {
	case r.Sample != nil:
		return ""
	case r.Evidence.Error != "":
		return "the last check got nothing: " + r.Evidence.Error
	case r.Evidence.Status != 0 && r.Evidence.Status/100 != 2 && !r.Evidence.Kept:
		return fmt.Sprintf("the last check got nothing: the server answered %d", r.Evidence.Status)
	case r.Detected.Rows != nil && *r.Detected.Rows > 0:
		return "the last check kept no rows of this file: it is no table in CSV, JSON or a sheet, or was read " +
			"before rows were kept"
	}
	return "the last check found no rows in the file"
}
