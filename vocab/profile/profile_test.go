package profile

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

const testBase = dcat.Base("https://data.example.gov.tw/")

func exampleForm(t *testing.T) Form {
	t.Helper()
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(Example()), rdfio.ReadOptions{Path: "example.ttl"})
	if err != nil {
		t.Fatal(err)
	}
	g := dcat.EmptyGraph()
	for _, q := range quads {
		g.Add(q.Triple())
	}
	names := dcat.NewGraph(dcat.Schemes(testBase))
	return Form{Graph: g, Dataset: term.NewIRI(string(testBase) + "dataset/A41000000G-000001"), Base: testBase,
		Name: func(iri string) string {
			var all []dcat.Text
			for _, o := range names.Objects(term.NewIRI(iri), vocab.SKOSPrefLabel) {
				all = append(all, dcat.TextOf(o))
			}
			return dcat.Best(all, dcat.ZHTW)
		}}
}

// TestFields checks that the table has the 38 fields once and in order, that all its
// names are known, and that the example has a value of each.
func TestFields(t *testing.T) {
	if len(Fields()) < 50 {
		t.Fatalf("%d fields", len(Fields()))
	}
	for i, f := range Fields() {
		if i < 38 && f.No != i+1 || i >= 38 && f.No != 0 {
			t.Errorf("field %d has number %d", i+1, f.No)
		}
		if f.ZH == "" || f.EN == "" || f.DCATAP == "" || f.Example == "" || conditions[f.Condition].zh == "" ||
			f.Class != "Dataset" && f.Class != "Distribution" || f.Form != "" && forms[f.Form].zh == "" {
			t.Errorf("the table is not complete about %+v", f)
		}
		for _, p := range slices.Concat(f.Paths, f.Words) {
			for _, property := range path(p) {
				if !strings.HasPrefix(property.Value(), "http") {
					t.Errorf("%s: %q is no path of properties", f.EN, p)
				}
			}
		}
		if f.Schema != "" && !strings.HasPrefix(f.Schema, "schema:") {
			t.Errorf("%s: %q is none of schema.org", f.EN, f.Schema)
		}
	}
	form := exampleForm(t)
	for _, f := range Fields()[:38] {
		node := form.Dataset
		if f.Class == "Distribution" {
			node = form.distributions()[0]
		}
		if v := text(form.value(node, f)); v == "" {
			t.Errorf("the example has no %s", f.EN)
		}
	}
}

// TestForms writes the example in each form.
func TestForms(t *testing.T) {
	form := exampleForm(t)
	got, err := json.Marshal(form.Standard())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"categoryCode":"I00"`, `"type":"rawData"`, `"license":"政府資料開放授權條款-第1版"`,
		`"licenseURL":"https://data.gov.tw/license"`, `"cost":"免費"`, `"organization":"國家發展委員會"`,
		`"organizationContactEmail":"example1@ndc.gov.tw"`, `"accrualPeriodicity":"每1日"`, `"spatial":"臺灣"`,
		`"temporalCoverageFrom":"2014-01-01"`, `"issued":"2015-01-01 23:59:59"`, `"language":"zh"`,
		`"keyword":["公報","施政"]`, `"numberOfData":4600`, `"format":"XML"`, `"resourceID":"A41000000G-000001-003"`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the form of 2015 has no %s:\n%s", want, got)
		}
	}
	if v2 := form.V2(); v2["updateFrequency"] != "每1日" || v2["publisherOID"] != "2.16.886.101.20003.20001" {
		t.Errorf("v2: %v", v2)
	}
	if row := form.Export(); row["資料集名稱"] != "行政院公報" || row["檔案格式"] != "XML;JSON" || row["更新頻率"] != "每1日" ||
		row["編碼格式"] != "UTF-8;UTF-8" || row["提供機關"] != "檔案管理局" {
		t.Errorf("export: %v", row)
	}
}

// TestContext expands a record in the names of the context to the same statements.
func TestContext(t *testing.T) {
	var context map[string]any
	if err := json.Unmarshal(Context(), &context); err != nil {
		t.Fatal(err)
	}
	doc := `{"@context":` + string(mustJSON(t, context["@context"])) + `,"@id":"http://ex.org/d","@type":"Dataset",
		"title":"名稱","identifier":"7","categoryCode":"http://ex.org/t","keyword":["甲","乙"],"numberOfData":"3",
		"publisher":{"@id":"http://ex.org/p","name":"機關","organization":{"@id":"http://ex.org/o"}},
		"contactPoint":{"@id":"http://ex.org/c","fn":"人","hasEmail":"mailto:a@b.tw"},
		"distribution":[{"@id":"http://ex.org/r","@type":"Distribution","downloadURL":"http://ex.org/f.csv"}]}`
	quads, err := rdfio.ReadAll(t.Context(), strings.NewReader(doc), rdfio.ReadOptions{Path: "d.jsonld"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, q := range quads {
		lines = append(lines, q.Triple().String())
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{`<http://ex.org/d> <http://purl.org/dc/terms/title> "名稱"@zh-Hant-TW`,
		`<http://www.w3.org/ns/dcat#theme> <http://ex.org/t>`, `<http://www.w3.org/ns/dcat#keyword> "乙"@zh-Hant-TW`,
		`quantity> "3"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>`,
		`<http://www.w3.org/ns/org#subOrganizationOf> <http://ex.org/o>`, `hasEmail> <mailto:a@b.tw>`,
		`<http://www.w3.org/ns/dcat#downloadURL> <http://ex.org/f.csv>`, `<http://xmlns.com/foaf/0.1/name> "機關"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDocument checks that the description names every document of the profile, and
// every field with its property, so that nothing of the table is missing there.
func TestDocument(t *testing.T) {
	g := dcat.NewGraph(Document("https://data.example.tw/profile/tw"))
	if n := len(g.Objects(term.NewIRI(IRI), profNS+"hasResource")); n != len(Resources()) {
		t.Errorf("%d documents, want %d", n, len(Resources()))
	}
	for _, r := range Resources() {
		if len(r.Text()) == 0 {
			t.Errorf("%s is empty", r.Name)
		}
	}
	for _, f := range Fields() {
		s := term.NewIRI(NS + "field-" + f.EN)
		if len(g.Objects(s, vocab.SKOSPrefLabel)) != 2 ||
			f.Property() != "" && g.Value(s, vocab.SKOSCloseMatch) == "" {
			t.Errorf("the description says too little of %s: %v", f.EN, g.About(s))
		}
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(Table()), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != len(Fields())+1 || len(rows[0]) != len(Columns) {
		t.Errorf("the table has %d rows, %v", len(rows), err)
	}
}
