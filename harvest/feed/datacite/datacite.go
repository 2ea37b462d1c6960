package datacite

import (
	"cmp"
	"encoding/xml"
	"regexp"
	"slices"
	"strconv"

	"fincat/vocab/dcat"
)

// The namespace of oai_datacite, and where its schema is.
const (
	Namespace = "http://schema.datacite.org/oai/oai-1.1/"
	Schema    = Namespace + "oai.xsd"

	kernel = "http://datacite.org/schema/kernel-4"
)

// Codes for values that are not known (DataCite Metadata Schema 4, appendix "Standard values
// for unknown information").
const (
	unavailable   = ":unav"
	notApplicable = ":unap"
)

// Dataset is a dataset and what stands elsewhere about it.
type Dataset struct {
	*dcat.Dataset
	Publisher, Owner string   // their names, "" when not known
	Themes           []string // their names
	Elsewhere        []string // addresses of the same dataset
	Year             int      // in which it was seen here; stands for the year of a publication without date
}

type (
	record struct {
		XMLName  xml.Name `xml:"oai_datacite"`
		NS       string   `xml:"xmlns,attr"`
		Location string   `xml:"xsi:schemaLocation,attr"`
		Version  string   `xml:"schemaVersion"`
		Centre   string   `xml:"datacentreSymbol"`
		Resource resource `xml:"payload>resource"`
	}
	resource struct {
		NS           string    `xml:"xmlns,attr"`
		Location     string    `xml:"xsi:schemaLocation,attr"`
		Identifier   text      `xml:"identifier"`
		Creators     []creator `xml:"creators>creator"`
		Titles       []text    `xml:"titles>title"`
		Publisher    string    `xml:"publisher"`
		Year         string    `xml:"publicationYear"`
		Type         text      `xml:"resourceType"`
		Subjects     []text    `xml:"subjects>subject"`
		Dates        []text    `xml:"dates>date"`
		Language     string    `xml:"language"`
		Alternates   []text    `xml:"alternateIdentifiers>alternateIdentifier"`
		Related      []text    `xml:"relatedIdentifiers>relatedIdentifier"`
		Formats      []string  `xml:"formats>format"`
		Rights       []text    `xml:"rightsList>rights"`
		Descriptions []text    `xml:"descriptions>description"`
	}
	creator struct {
		Name text `xml:"creatorName"`
	}
	// text is an element with a text and those attributes that it needs.
	text struct {
		Value          string `xml:",chardata"`
		Lang           string `xml:"xml:lang,attr,omitempty"`
		IdentifierType string `xml:"identifierType,attr,omitempty"`
		NameType       string `xml:"nameType,attr,omitempty"`
		General        string `xml:"resourceTypeGeneral,attr,omitempty"`
		ValueURI       string `xml:"valueURI,attr,omitempty"`
		DateType       string `xml:"dateType,attr,omitempty"`
		AlternateType  string `xml:"alternateIdentifierType,attr,omitempty"`
		RelatedType    string `xml:"relatedIdentifierType,attr,omitempty"`
		RelationType   string `xml:"relationType,attr,omitempty"`
		RightsURI      string `xml:"rightsURI,attr,omitempty"`
		About          string `xml:"descriptionType,attr,omitempty"`
	}
)

// Write returns a dataset in the form of oai_datacite. The prefix xsi has to be declared
// around it. The properties that the schema requires and nobody knows have its codes for that.
func Write(d Dataset) ([]byte, error) {
	owner := cmp.Or(d.Owner, d.Publisher)
	r := resource{NS: kernel, Location: kernel + " http://schema.datacite.org/meta/kernel-4/metadata.xsd",
		Identifier: text{Value: d.IRI, IdentifierType: "URL"},
		Creators:   []creator{{text{Value: cmp.Or(owner, unavailable), NameType: organisation(owner)}}},
		Titles:     texts(d.Title), Publisher: cmp.Or(d.Publisher, unavailable), Year: d.year(),
		Type: text{Value: "Dataset", General: "Dataset"}, Language: "zh-TW",
	}
	if len(r.Titles) == 0 {
		r.Titles = []text{{Value: unavailable}}
	}
	for _, name := range d.Themes {
		r.Subjects = append(r.Subjects, text{Value: name})
	}
	r.Subjects = append(r.Subjects, texts(d.Keyword)...)
	for kind, t := range map[string]string{"Issued": d.Issued.Value(), "Updated": d.Modified.Value()} {
		if w3cDate.MatchString(t) {
			r.Dates = append(r.Dates, text{Value: t, DateType: kind})
		}
	}
	slices.SortFunc(r.Dates, func(a, b text) int { return cmp.Compare(a.DateType, b.DateType) })
	if d.Identifier != "" {
		r.Alternates = []text{{Value: d.Identifier, AlternateType: "Local"}}
	}
	for _, iri := range d.Elsewhere {
		r.Related = append(r.Related, text{Value: iri, RelatedType: "URL", RelationType: "IsIdenticalTo"})
	}
	for _, x := range d.Distribution {
		if f := dcat.MediaTypeOf(x.MediaType); f != "" && !slices.Contains(r.Formats, f) {
			r.Formats = append(r.Formats, f)
		}
	}
	if d.License != "" || d.LicenseAs != "" {
		r.Rights = []text{{Value: cmp.Or(d.LicenseAs, d.License), RightsURI: d.License}}
	}
	for _, t := range texts(d.Description) {
		t.About = "Abstract"
		r.Descriptions = append(r.Descriptions, t)
	}
	return xml.Marshal(record{NS: Namespace, Location: Namespace + " " + Schema, Version: "4",
		Centre: notApplicable, Resource: r}) // no data centre of DataCite registered it
}

func organisation(name string) string {
	if name == "" {
		return ""
	}
	return "Organizational"
}

func texts(list []dcat.Text) (out []text) {
	for _, t := range list {
		if t.Value != "" {
			out = append(out, text{Value: t.Value, Lang: t.Lang})
		}
	}
	return out
}

// w3cDate is what the schema takes as a date: a year, a day, a time.
var w3cDate = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d(T[0-9:.]+(Z|[+-]\d\d:\d\d)?)?)?)?$`)

// year is that of the publication, else of the last change, else the one it was seen here.
func (d *Dataset) year() string {
	for _, t := range []string{d.Issued.Value(), d.Modified.Value()} {
		if w3cDate.MatchString(t) {
			return t[:4]
		}
	}
	return strconv.Itoa(d.Year)
}
