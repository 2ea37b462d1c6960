package profile

import (
	_ "embed" // for the example
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

//go:embed example.ttl
var example string

// Example returns a dataset in Turtle that has every field, and conforms.
func Example() string { return example }

// Namespaces of the description of profiles.
const (
	profNS = "http://www.w3.org/ns/dx/prof/"
	roleNS = profNS + "role/"
)

// Resource is a document of the profile.
type Resource struct {
	Name      string // below the address of the profile
	MediaType string
	Role      string // after the roles of PROF
	ZH, EN    string
	Text      func() []byte
}

// Resources returns the documents of the profile beside its description.
func Resources() []Resource {
	return []Resource{
		{"shapes.ttl", "text/turtle", "validation", "SHACL 形狀", "SHACL shapes",
			func() []byte { return []byte(Shapes()) }},
		{"context.jsonld", "application/ld+json", "schema", "JSON-LD 語境", "JSON-LD context", Context},
		{"example.ttl", "text/turtle", "example", "範例", "Example", func() []byte { return []byte(example) }},
		{"fields.csv", "text/csv", "mapping", "欄位對應表", "Table of fields", Table},
	}
}

// Document describes the profile after PROF (the Profiles Vocabulary): what it is a
// profile of, its documents below address, and its fields as a concept scheme.
func Document(address string) []term.Triple {
	var out []term.Triple
	add := func(s, p string, o term.Term) {
		out = append(out, term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
	}
	link := func(s, p, o string) { add(s, p, term.NewIRI(o)) }
	both := func(s, p, zh, en string) {
		for _, t := range []dcat.Text{dcat.ZH(zh), {Value: en, Lang: "en"}} {
			if t.Value != "" {
				add(s, p, t.Term())
			}
		}
	}
	link(IRI, vocab.RDFType, profNS+"Profile")
	link(IRI, vocab.RDFType, vocab.DCTStandard)
	both(IRI, vocab.DCTTitle, "DCAT 臺灣應用規範", "Taiwan application profile of DCAT")
	both(IRI, vocab.DCTDescription,
		"資料集詮釋資料標準規範（國家發展委員會，104 年 7 月）之 38 個欄位及政府資料開放平臺匯出欄位與 DCAT 之雙向對應",
		"The 38 fields of the dataset metadata standard of Taiwan (2015) and the columns of the export of "+
			"data.gov.tw, mapped to DCAT and back")
	add(IRI, profNS+"hasToken", term.NewLiteral("tw", vocab.XSDNS+"token"))
	link(IRI, profNS+"isProfileOf", dcat.DCAT3)
	link(IRI, profNS+"isTransitiveProfileOf", "http://data.europa.eu/r5r/")
	link(IRI, vocab.DCTLicense, dcat.OGDL)
	link(IRI, vocab.FOAFPage, address)
	for _, r := range Resources() {
		at := address + "/" + r.Name
		d := IRI + "#" + strings.ReplaceAll(r.Name, ".", "-")
		link(IRI, profNS+"hasResource", d)
		link(d, vocab.RDFType, profNS+"ResourceDescriptor")
		both(d, vocab.DCTTitle, r.ZH, r.EN)
		link(d, profNS+"hasRole", roleNS+r.Role)
		link(d, profNS+"hasArtifact", at)
		link(d, vocab.DCTFormat, dcat.MediaTypeIRI(r.MediaType))
	}
	scheme := NS + "fields"
	link(scheme, vocab.RDFType, vocab.SKOSConceptScheme)
	both(scheme, vocab.DCTTitle, "資料集詮釋資料欄位", "Fields of dataset metadata")
	for _, f := range Fields() {
		s := NS + "field-" + f.EN
		link(s, vocab.RDFType, vocab.SKOSConcept)
		link(s, vocab.SKOSInScheme, scheme)
		both(s, vocab.SKOSPrefLabel, f.ZH, f.EN)
		both(s, vocab.SKOSScopeNote, f.NoteZH, f.NoteEN)
		if f.No > 0 {
			add(s, vocab.SKOSNotation, term.NewString(strconv.Itoa(f.No)))
			link(s, vocab.RDFSSeeAlso, f.Term()) // its shape
		}
		if f.Example != "" {
			add(s, vocab.SKOSExample, term.NewString(f.Example))
		}
		for _, name := range f.V2 {
			add(s, vocab.SKOSAltLabel, term.NewString(name))
		}
		for name, is := range map[string]bool{
			"valueRequired": f.Condition == "required", "multipleValues": !f.Single} {
			add(s, vocab.SCHEMANS+name, term.NewLiteral(strconv.FormatBool(is), vocab.XSDBoolean))
		}
		if p := f.Property(); p != "" {
			iri := strings.Trim(p, "<>")
			if p == iri {
				iri = expand(p)
			}
			link(s, vocab.SKOSCloseMatch, iri)
			add(s, vocab.FincatPath, term.NewString(strings.Join(f.Paths, " | ")))
		}
		if f.Schema != "" {
			link(s, vocab.SKOSRelatedMatch, expand(f.Schema))
		}
	}
	return out
}
