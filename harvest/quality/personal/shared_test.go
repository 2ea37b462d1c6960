package personal

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fincat/vocab/w3ctest"
)

// TestSharedCases asks for what the shared cases expect, where they are.
func TestSharedCases(t *testing.T) {
	dir := w3ctest.Shared(t, "taiwan/quality")
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	type datum struct {
		Kind, Where, Confidence string
		Values                  int
		Kinds                   []string `json:"kind_also"`
		Confidences             []string `json:"confidence_also"`
	}
	var m struct {
		Cases []struct {
			ID      string
			Dataset struct{ Title string }
			Expect  struct {
				Data   []datum `json:"personal_data"`
				Absent []datum `json:"personal_data_absent"`
			}
		}
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cases {
		files, _ := filepath.Glob(filepath.Join(dir, "files", c.ID[:3]+"-*.csv"))
		if len(files) != 1 {
			continue
		}
		body, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff")))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		rows, _ := r.ReadAll()
		if len(rows) == 0 {
			continue
		}
		d := New(rows[0])
		d.About(c.Dataset.Title)
		for _, row := range rows[1:] {
			d.Row(row)
		}
		got := map[string]Finding{}
		for _, f := range d.Findings() {
			got[f.Kind+" r1:"+f.Column] = f
			t.Logf("%s: %+v", c.ID, f)
		}
		for _, want := range c.Expect.Data {
			f, ok := got[want.Kind+" "+want.Where]
			if !ok || f.Count != want.Values ||
				f.Confidence != want.Confidence && !contains(want.Confidences, f.Confidence) {
				t.Errorf("%s: %+v, want %+v", c.ID, f, want)
			}
			delete(got, want.Kind+" "+want.Where)
		}
		for _, f := range got {
			if f.Confidence != Low {
				t.Errorf("%s: %+v is not expected", c.ID, f)
			}
		}
	}
}
