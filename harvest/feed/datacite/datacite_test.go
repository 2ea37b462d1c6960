package datacite

import (
	"encoding/xml"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// required are the properties that DataCite 4 wants, with their attributes.
type required struct {
	XMLName xml.Name `xml:"http://schema.datacite.org/oai/oai-1.1/ oai_datacite"`
	Version string   `xml:"schemaVersion"`
	Centre  string   `xml:"datacentreSymbol"`
	Payload struct {
		Resource struct {
			Identifier struct {
				Value string `xml:",chardata"`
				Type  string `xml:"identifierType,attr"`
			} `xml:"identifier"`
			Creators  []string `xml:"creators>creator>creatorName"`
			Titles    []string `xml:"titles>title"`
			Publisher string   `xml:"publisher"`
			Year      string   `xml:"publicationYear"`
			Type      struct {
				General string `xml:"resourceTypeGeneral,attr"`
			} `xml:"resourceType"`
		} `xml:"http://datacite.org/schema/kernel-4 resource"`
	} `xml:"payload"`
}

// TestRequired: all that the schema requires is there, of whatever is known.
func TestRequired(t *testing.T) {
	date := func(s string) term.Term { return term.NewLiteral(s, vocab.XSDDate) }
	title := []dcat.Text{{Value: "甲<乙>", Lang: "zh-Hant-TW"}}
	for name, tt := range map[string]struct {
		of                                    Dataset
		creator, title, publisher, year, part string
	}{
		"nothing known": {Dataset{Dataset: &dcat.Dataset{IRI: "https://e.tw/d"}, Year: 2026}, ":unav", ":unav",
			":unav", "2026", ""},
		"all": {Dataset{Dataset: &dcat.Dataset{IRI: "https://e.tw/d", Title: title, Identifier: "17",
			Issued: date("2019-01-02"), Modified: date("2025-02-03"), License: "https://data.gov.tw/license"},
			Publisher: "金管會", Owner: "證交所", Elsewhere: []string{"https://f.tw/1"}, Year: 2026}, "證交所", "甲<乙>",
			"金管會", "2019", `<date dateType="Issued">2019-01-02</date><date dateType="Updated">2025-02-03</date>`},
		"no owner": {Dataset{Dataset: &dcat.Dataset{IRI: "https://e.tw/d", Title: title, Modified: date("2025-02-03"),
			Issued: term.NewString("民國108年")}, Publisher: "金管會", Year: 2026}, "金管會", "甲<乙>", "金管會", "2025",
			`<creatorName nameType="Organizational">金管會</creatorName>`},
	} {
		text, err := Write(tt.of)
		if err != nil {
			t.Fatal(err)
		}
		var got required
		around := `<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` + string(text) + `</r>`
		if err := xml.Unmarshal([]byte(around), &struct {
			In *required `xml:"oai_datacite"`
		}{&got}); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		r := got.Payload.Resource
		if r.Identifier.Value != "https://e.tw/d" || r.Identifier.Type != "URL" || r.Type.General != "Dataset" ||
			len(r.Creators) != 1 || r.Creators[0] != tt.creator || len(r.Titles) != 1 || r.Titles[0] != tt.title ||
			r.Publisher != tt.publisher || r.Year != tt.year || got.Version != "4" || got.Centre == "" ||
			!strings.Contains(string(text), tt.part) {
			t.Errorf("%s is %+v\n%s", name, got, text)
		}
	}
}
