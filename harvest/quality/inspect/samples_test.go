package inspect

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRealFiles inspects the recorded answers of real sources, and the files below the
// folder that FINCAT_SAMPLES names: all are read to their end as what they are.
func TestRealFiles(t *testing.T) {
	for _, dir := range []string{"../../../testdata/ecosystem", os.Getenv("FINCAT_SAMPLES")} {
		if dir != "" {
			inspectFiles(t, dir)
		}
	}
}

func inspectFiles(t *testing.T, dir string) {
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "/quality/files/") {
			return err
		}
		ext := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
		if !slices.Contains([]string{"csv", "tsv", "json", "xml", "jsonl", "xlsx", "ods", "html", "geojson"}, ext) {
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Size() > 8<<20 {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r, err := Inspect(context.Background(), File{Address: "file://" + path, Data: data}, Options{})
		if err != nil {
			return err
		}
		n++
		if r.Broken != "" || r.Incomplete != "" || r.Format == "binary" || (r.Format == "") != (len(data) == 0) {
			t.Errorf("%s: %s %s %s", path, r.Format, r.Broken, r.Incomplete)
		}
		t.Logf("%-70s %-8s %-7s rows %d, header %d, %.100q %s", strings.TrimPrefix(path, dir), r.Format, r.Encoding,
			r.Rows,
			r.HeaderRow, r.Fields, rules(r))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Error("no file was looked at")
	}
}

// rules lists the rules of a report's findings.
func rules(r *Report) []string {
	var out []string
	for _, f := range r.Findings {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}
