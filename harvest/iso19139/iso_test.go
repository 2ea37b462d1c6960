package iso19139

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fincat/vocab"
	"fincat/vocab/term"
)

// read reads the document that has something in every place that is mapped.
func read(t *testing.T, change func(string) string) (*Description, string) {
	t.Helper()
	text, err := os.ReadFile("testdata/full.xml")
	if err != nil {
		t.Fatal(err)
	}
	doc := change(string(text))
	d, err := Triples([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return d, doc
}

func same(doc string) string { return doc }

// TestNothingIsLost looks for every text of a document among its statements.
func TestNothingIsLost(t *testing.T) {
	d, doc := read(t, same)
	var all strings.Builder
	for _, tr := range d.Triples {
		fmt.Fprintln(&all, tr)
	}
	texts := regexp.MustCompile(`Q\d+`).FindAllString(doc, -1)
	if len(texts) < 100 {
		t.Fatalf("the document has %d texts only", len(texts))
	}
	for _, text := range texts {
		if !regexp.MustCompile(text + `\b`).MatchString(all.String()) {
			t.Errorf("%s is lost", text)
		}
	}
}

// TestEveryElementUnknown changes the name of one element after the other, so that
// no mapping knows it: what is in it must still be there.
func TestEveryElementUnknown(t *testing.T) {
	_, doc := read(t, same)
	names := regexp.MustCompile(`<gmd:([A-Za-z_]+)`).FindAllStringSubmatch(doc, -1)
	done := map[string]bool{"MD_Metadata": true, "language": true}
	for _, n := range names {
		if done[n[1]] {
			continue
		}
		done[n[1]] = true
		d, changed := read(t, func(s string) string {
			return regexp.MustCompile(`(</?gmd:)`+n[1]+`\b`).ReplaceAllString(s, "${1}x"+n[1])
		})
		var all strings.Builder
		for _, tr := range d.Triples {
			fmt.Fprintln(&all, tr)
		}
		for _, text := range regexp.MustCompile(`Q\d+`).FindAllString(changed, -1) {
			if !regexp.MustCompile(text + `\b`).MatchString(all.String()) {
				t.Errorf("with %s unknown, %s is lost", n[1], text)
			}
		}
	}
}

// TestMapping checks the properties that GeoDCAT-AP gives the elements.
func TestMapping(t *testing.T) {
	d, _ := read(t, same)
	values := func(s term.Term, p string) (out []string) {
		for _, tr := range d.Triples {
			if tr.Subject == s && tr.Predicate.Value() == p {
				out = append(out, tr.Object.String())
			}
		}
		return out
	}
	if d.Identifier != "Q1" || d.Service || d.Subject != term.NewIRI("http://data.example/Q10") {
		t.Errorf("described is %v as %q, service %v", d.Subject, d.Identifier, d.Service)
	}
	for p, want := range map[string][]string{
		vocab.DCTTitle:                      {`"Title Q2 of data"@en`, `"題名 Q3"@zh`},
		vocab.DCTIssued:                     {`"2019-01-02"^^<http://www.w3.org/2001/XMLSchema#date>`},
		vocab.DCATTheme:                     {"<" + inspireNS + "TopicCategory/economy>"},
		vocab.DCATSpatialResolutionInMeters: {`"12.5"^^<http://www.w3.org/2001/XMLSchema#decimal>`},
		vocab.DCTLicense:                    {"<https://creativecommons.org/licenses/by/4.0/>"},
		vocab.DCTLanguage:                   {"<http://publications.europa.eu/resource/authority/language/ZHO>"},
		vocab.FOAFPage:                      {"<http://page.example/Q90>"},
	} {
		got := values(d.Subject, p)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s is %q, want %s", p, got, w)
			}
		}
	}
	place := ""
	for _, tr := range d.Triples {
		if tr.Predicate.Value() == vocab.DCATBbox {
			place = tr.Object.Value()
		}
	}
	if want := "POLYGON((119 26,123 26,123 21,119 21,119 26))"; place != want {
		t.Errorf("the place is %q, want %s", place, want)
	}
	files := values(d.Subject, vocab.DCATDistributionProperty)
	if len(files) != 2 {
		t.Errorf("the distributions are %q, want 2", files)
	}
	if got := values(d.Record, vocab.DCTModified); len(got) != 1 || !strings.Contains(got[0], "2024-03-04") {
		t.Errorf("the record is of %q", got)
	}
}

// TestNothingIsInvented checks that an empty description says nothing of its data.
func TestNothingIsInvented(t *testing.T) {
	d, err := Triples([]byte(`<gmd:MD_Metadata xmlns:gmd="` + gmdNS + `" xmlns:gco="http://www.isotc211.org/2005/gco">
		<gmd:fileIdentifier><gco:CharacterString>x</gco:CharacterString></gmd:fileIdentifier>
		<gmd:contact gco:nilReason="missing"/>
		<gmd:identificationInfo><gmd:MD_DataIdentification><gmd:citation><gmd:CI_Citation>
		<gmd:title><gco:CharacterString>T</gco:CharacterString></gmd:title>
		<gmd:date><gmd:CI_Date><gmd:date gco:nilReason="missing"/><gmd:dateType><gmd:CI_DateTypeCode
		codeListValue="publication"/></gmd:dateType></gmd:CI_Date></gmd:date></gmd:CI_Citation></gmd:citation>
		<gmd:abstract gco:nilReason="missing"/><gmd:pointOfContact><gmd:CI_ResponsibleParty><gmd:organisationName
		gco:nilReason="missing"/></gmd:CI_ResponsibleParty></gmd:pointOfContact>
		<gmd:extent><gmd:EX_Extent><gmd:geographicElement><gmd:EX_GeographicBoundingBox/></gmd:geographicElement>
		</gmd:EX_Extent></gmd:extent></gmd:MD_DataIdentification></gmd:identificationInfo></gmd:MD_Metadata>`))
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{vocab.RDFType, vocab.DCTTitle, vocab.DCTIdentifier, vocab.FOAFPrimaryTopic}
	for _, tr := range d.Triples {
		p := tr.Predicate.Value()
		if !slices.Contains(allowed, p) && !strings.HasPrefix(p, gmdNS) {
			t.Errorf("nobody said %v", tr)
		}
	}
}

// TestServices checks that a service is no dataset, and that other documents are
// refused.
func TestServices(t *testing.T) {
	d, _ := read(t, func(s string) string {
		return strings.NewReplacer("gmd:MD_DataIdentification", "srv:SV_ServiceIdentification").Replace(s)
	})
	if !d.Service {
		t.Error("a service counts as a dataset")
	}
	for _, text := range []string{"", "<a/>", "<gmd:MD_Metadata>", `<MD_Metadata xmlns="http://other/"/>`} {
		if _, err := Triples([]byte(text)); err == nil {
			t.Errorf("Triples(%q) reports no error", text)
		}
	}
}

func FuzzTriples(f *testing.F) {
	text, err := os.ReadFile("testdata/full.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := Triples(in)
		if err == nil && d.Subject.IsZero() {
			t.Error("nothing is described")
		}
	})
}
