package inspect

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// sharedCases are the parts of the shared manifest that say what a file is.
type sharedCases struct {
	Cases []struct {
		ID        string
		Resources []struct {
			ID, URL, Format, Encoding, Fields string
		}
		Serve map[string]struct {
			Body, Text string
			Status     int
			Headers    map[string]string
			Truncate   int
		}
		Expect struct {
			Resources map[string]struct {
				Detected map[string]any
			}
		}
	}
}

func TestSharedFiles(t *testing.T) {
	const dir = "../../../testdata/quality"
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m sharedCases
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cases {
		t.Run(c.ID, func(t *testing.T) {
			for _, res := range c.Resources {
				target := res.URL[len("{base}"):]
				s := c.Serve[target]
				want := c.Expect.Resources[res.ID].Detected
				if len(want) == 0 {
					continue
				}
				data := []byte(s.Text)
				if s.Body != "" {
					if data, err = os.ReadFile(filepath.Join(dir, s.Body)); err != nil {
						t.Fatal(err)
					}
				}
				r, err := Inspect(context.Background(), File{Address: res.URL, ContentType: s.Headers["Content-Type"],
					Data: data, Format: res.Format, Encoding: res.Encoding, Fields: res.Fields}, Options{})
				if err != nil {
					t.Fatal(err)
				}
				fields := make([]any, len(r.Fields))
				for i, f := range r.Fields {
					fields[i] = f
				}
				have := map[string]any{"format": r.Format, "encoding": r.Encoding, "bom": r.BOM,
					"delimiter":  r.Delimiter,
					"header_row": float64(r.HeaderRow), "rows": float64(r.Rows), "fields": fields}
				for k, w := range want {
					if !reflect.DeepEqual(have[k], w) {
						t.Errorf("%s = %v, want %v (%+v)", k, have[k], w, r.Findings)
					}
				}
			}
		})
	}
}
