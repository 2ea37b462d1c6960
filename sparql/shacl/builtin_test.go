package shacl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tw "fincat/vocab/profile"
	"fincat/vocab/rdfio"
	"fincat/vocab/w3ctest"
)

func builtin(t testing.TB, names ...string) *Shapes {
	t.Helper()
	quads, facts, err := Builtin(names...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Compile(quads, ImportBuiltin)
	if err != nil {
		t.Fatal(err)
	}
	s.State(facts)
	return s
}

// TestBuiltin compiles every shape set, alone and all together.
func TestBuiltin(t *testing.T) {
	for _, name := range Profiles() {
		if s := builtin(t, name); len(s.groups) == 0 || len(s.Missing()) > 0 {
			t.Errorf("%s has %d groups of shapes and lacks %v", name, len(s.groups), s.Missing())
		}
	}
	builtin(t, Profiles()...)
	if _, _, err := Builtin("nonsense"); err == nil || !strings.Contains(err.Error(), "dcat-ap") {
		t.Errorf("Builtin(nonsense) = %v, want an error that names the sets", err)
	}
	for _, iri := range []string{"https://w3id.org/fincat/profile/tw", "https://w3id.org/fincat/profile/tw#"} {
		if quads, ok := ImportBuiltin(iri); !ok || len(quads) == 0 {
			t.Errorf("ImportBuiltin(%q) finds nothing", iri)
		}
	}
	if _, ok := ImportBuiltin("http://example.org/"); ok {
		t.Error("ImportBuiltin finds what is not there")
	}
}

// TestConcepts asks for members of the European tables that the data do not
// describe.
func TestConcepts(t *testing.T) {
	s := builtin(t, "dcat-ap-vocabularies")
	const eu = "<http://publications.europa.eu/resource/authority/"
	sn := loaded(t, `@prefix dct: <http://purl.org/dc/terms/> .
		ex:a a <http://www.w3.org/ns/dcat#Dataset> ; dct:accrualPeriodicity `+eu+`frequency/DAILY> ; dct:language `+eu+`language/ZHO> .
		ex:b a <http://www.w3.org/ns/dcat#Dataset> ; dct:accrualPeriodicity `+eu+`frequency/NOWANDTHEN> .`)
	want(t, lines(t, Validate(t.Context(), sn, s, Options{})),
		"b Node http://publications.europa.eu/resource/authority/frequency/NOWANDTHEN")
}

// twRecord is a dataset with all fields of the national standard, one statement
// a line, with the number of the field that it is for.
const twRecord = `ex:d a dcat:Dataset .
1|ex:d dcat:theme ex:I00 .
2|ex:d dct:identifier "18420" .
3|ex:d dct:title "上市公司每月營業收入彙總表"@zh-Hant-TW .
4|ex:d dct:description "各上市公司每月營業收入"@zh-Hant-TW .
5|ex:d fincat:fieldDescription "出表日期、公司代號"@zh-Hant-TW .
6|ex:d dct:type "rawData" .
7 8|ex:d dct:license <https://data.gov.tw/license> .
9|ex:d fincat:cost "免費"@zh-Hant-TW .
12|ex:fsc foaf:name "金融監督管理委員會"@zh-Hant-TW .
13|ex:up vcard:fn "王小明" .
14|ex:up vcard:tel "02-8968-0899" .
15|ex:up vcard:hasEmail <mailto:a@fsc.example> .
16|ex:sfb foaf:name "證券期貨局"@zh-Hant-TW .
17|ex:c vcard:fn "李小華" .
18|ex:c vcard:hasTelephone <tel:+886-2-2774-7434> .
19|ex:c vcard:hasEmail <mailto:b@sfb.example> .
20|ex:d dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/MONTHLY> .
21|ex:t dcat:startDate "2005-01-01"^^xsd:date .
22|ex:t dcat:endDate "2026-12-31"^^xsd:date .
23|ex:d dct:issued "2016-01-01"^^xsd:date .
24|ex:d dct:modified "2026-09-07T00:00:00"^^xsd:dateTime .
25|ex:d dct:spatial ex:taiwan .
26|ex:d dct:language <http://publications.europa.eu/resource/authority/language/ZHO> .
27|ex:d dcat:landingPage <https://data.gov.tw/dataset/18420> .
28|ex:d dcat:keyword "營業收入"@zh-Hant-TW .
31|ex:r dct:identifier "18420-1" .
32|ex:r dct:description "CSV"@zh-Hant-TW .
33|ex:r dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> .
34|ex:r fincat:characterEncoding "UTF-8" .
35|ex:r dct:modified "2026-09-07"^^xsd:date .
36|ex:r dcat:accessURL <https://mopsfin.twse.com.tw/opendata/t187ap05_L.csv> .
37|ex:r dcat:downloadURL <https://mopsfin.twse.com.tw/opendata/t187ap05_L.csv> .
38|ex:r dct:conformsTo <https://schema.gov.tw/x> .
ex:r a dcat:Distribution .
ex:d dcat:distribution ex:r ; dct:publisher ex:sfb ; dcat:contactPoint ex:c ; dct:temporal ex:t .
ex:sfb org:subOrganizationOf ex:fsc . ex:fsc dcat:contactPoint ex:up .
`

// recommended are the fields that the standard recommends (建議填寫).
var recommended = strings.Fields("21 22 23 24 25 26 27 28 35 36 37 38")

// TestTaiwan removes each field of a complete record in turn: the profile must
// name that field, required ones as violations and recommended ones as warnings.
func TestTaiwan(t *testing.T) {
	s := builtin(t, "tw")
	head := `@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
		@prefix fincat: <https://w3id.org/fincat/ns#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
		@prefix org: <http://www.w3.org/ns/org#> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
	`
	check := func(without string) (found []string) {
		var text strings.Builder
		for line := range strings.Lines(twRecord) {
			fields, statement, ok := strings.Cut(line, "|")
			if !ok {
				statement = line
			} else if fields == without {
				continue
			}
			text.WriteString(statement)
		}
		results, err := collect(Validate(t.Context(), loaded(t, head+text.String()), s, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			var field int
			if _, err := fmt.Sscanf(r.Language("zh"), "欄位 %d", &field); err != nil {
				t.Errorf("the message %q names no field", r.Language("zh"))
			}
			found = append(found, fmt.Sprintf("%d %s", field, r.Level()))
		}
		slices.Sort(found)
		return found
	}
	want(t, check(""))
	for line := range strings.Lines(twRecord) {
		fields, _, ok := strings.Cut(line, "|")
		if !ok {
			continue
		}
		t.Run(fields, func(t *testing.T) {
			var expected []string
			for f := range strings.FieldsSeq(fields) {
				level := "violation"
				if slices.Contains(recommended, f) {
					level = "warning"
				}
				expected = append(expected, f+" "+level)
			}
			want(t, check(fields), expected...)
		})
	}
}

// TestReports writes results in every format.
func TestReports(t *testing.T) {
	sn := loaded(t, `ex:a ex:p "line 1\nline 2" .`)
	s := compiled(t, `ex:S sh:targetNode ex:a ; sh:property [ sh:path ( ex:q [ sh:alternativePath ( ex:r [ sh:inversePath ex:s ] ) ] ) ; sh:minCount 2 ] ;
		sh:property [ sh:path ex:p ; sh:datatype xsd:integer ; sh:message "eins"@de ; sh:severity ex:Odd ] .`)
	for _, f := range []rdfio.Format{rdfio.Turtle, rdfio.JSONLD, rdfio.NTriples} {
		var b strings.Builder
		if err := WriteReport(&b, f, Validate(t.Context(), sn, s, Options{})); err != nil {
			t.Fatal(err)
		}
		got, err := rdfio.ReadAll(t.Context(), strings.NewReader(b.String()), rdfio.ReadOptions{Format: f})
		if err != nil {
			t.Fatalf("%v: %v", f, err)
		}
		first, err := collect(Report(Validate(t.Context(), sn, s, Options{})))
		if err != nil {
			t.Fatal(err)
		}
		if err := w3ctest.SameQuads(got, first); err != nil {
			t.Errorf("%v: %v", f, err)
		}
	}
	var table, list strings.Builder
	if err := WriteTable(&table, Sorted(Validate(t.Context(), sn, s, Options{}), 10, nil)); err != nil {
		t.Fatal(err)
	}
	at := "<http://e/q>/(<http://e/r>|(^<http://e/s>))"
	if !strings.Contains(table.String(), at) || !strings.Contains(table.String(), "eins") {
		t.Errorf("table %s", &table)
	}
	if err := WriteCSV(&list, Sorted(Validate(t.Context(), sn, s, Options{}), 1, nil)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(list.String(), "http://e/Odd,http://e/a,<http://e/p>,\"line 1\nline 2\",eins,eins,") {
		t.Errorf("CSV %s", &list)
	}
}

// TestSorted passes more results than are held on as they come.
func TestSorted(t *testing.T) {
	sn := loaded(t, many(50))
	s := compiled(t, `ex:S sh:targetClass ex:C ; sh:nodeKind sh:Literal .`)
	for _, limit := range []int{0, 10, 49, 50, 100} {
		over := false
		got := lines(t, Sorted(Validate(t.Context(), sn, s, Options{}), limit, func() { over = true }))
		if len(got) != 50 || over != (limit < 50) {
			t.Errorf("limit %d: %d results, overflow %v", limit, len(got), over)
		}
	}
}

// TestTaiwanExample checks that the profile's example conforms to its shapes; that they
// find what lacks is in [TestTaiwan].
func TestTaiwanExample(t *testing.T) {
	want(t, lines(t, Validate(t.Context(), loaded(t, tw.Example()), builtin(t, "tw"), Options{})))
}
