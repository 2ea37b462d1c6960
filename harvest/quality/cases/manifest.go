package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Manifest is a set of cases.
type Manifest struct {
	Form, Now string
	Cases     []Case

	dir string
}

// Case is one dataset, how its files are served, and what is expected of it.
type Case struct {
	ID, Trap string
	Dataset  struct {
		ID              int
		Identifier      string
		Title           string
		Publisher       string
		Modified        string
		UpdateFrequency string `json:"update_frequency"`
		Checked         string
		Notes           string
	}
	Resources []Resource
	Serve     map[string]json.RawMessage
	Expect    Expect
}

// Resource is what is declared of a file.
type Resource struct {
	ID, URL, Format, Encoding, Fields, Modified, OAS, Amount, Description string
	QCLevel                                                               string `json:"qc_level"`
}

// Answer is an expected word, with others that can be defended too.
type Answer struct {
	Is   string
	Also []string
}

// Expect is what is expected of a case.
type Expect struct {
	Indicators map[string]Answer
	Badge      string
	BadgeAlso  []string `json:"badge_also"`
	Resources  map[string]struct {
		Detected   map[string]any
		Indicators map[string]Answer
	}
	Personal []struct {
		Kind, Where, Confidence string
		Values                  int
		KindAlso                []string `json:"kind_also"`
		ConfidenceAlso          []string `json:"confidence_also"`
	} `json:"personal_data"`
	PersonalAbsent []struct{ Kind, Where string } `json:"personal_data_absent"`
	Findings       []string
	FindingsAbsent []string `json:"findings_absent"`
	OAS            *struct {
		Counts    struct{ Is bool }
		Valid     *bool
		Version   string
		Operation string
	}
	Forbidden  []string `json:"forbidden_requests"`
	MustFinish float64  `json:"must_finish_s"`
}

// Load reads a manifest; the files it names are beside it.
func Load(path string) (*Manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := &Manifest{dir: filepath.Dir(path)}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Catalogue is the cases' datasets as the v2 API of data.gov.tw prints them, with the
// addresses of a server filled in.
func (m *Manifest) Catalogue(fill func(string) string) []byte {
	list := []map[string]any{}
	for _, c := range m.Cases {
		files := []map[string]any{}
		for _, r := range c.Resources {
			level, about := r.QCLevel, r.Description
			if level == "" {
				level = "3"
			}
			if about == "" {
				about = c.Dataset.Title
			}
			files = append(files, map[string]any{"resourceDescription": about, "resourceField": r.Fields,
				"qcLevel":        level,
				"resourceFormat": r.Format, "resourceCharacterEncoding": r.Encoding,
				"resourceQualityCheckTime": c.Dataset.Checked, "resourceModifiedDate": r.Modified,
				"resourceDownloadUrl": r.URL,
				"resourceAmount":      r.Amount, "resourceNotes": "", "resourceRequestMethod": "GET",
				"resourceOasUrl":            r.OAS,
				"resourceRequestParameters": "", "resourcePathParameters": ""})
		}
		d := c.Dataset
		list = append(list, map[string]any{"datasetId": d.ID, "identifier": d.Identifier, "title": d.Title,
			"dataProvider": d.Publisher, "publisherOID": "", "license": "1", "cost": "free",
			"updateFrequency": d.UpdateFrequency, "modifiedDate": d.Modified, "notes": d.Notes, "distribution": files})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(list) // maps of texts
	return []byte(fill(out.String()))
}

// accepts returns the points for a word.
func (a Answer) accepts(word string) float64 {
	if word == a.Is {
		return 1
	}
	for _, other := range a.Also {
		if word == other {
			return 0.5
		}
	}
	return 0
}
