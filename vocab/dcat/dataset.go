package dcat

import (
	"strings"

	"fincat/vocab/term"
)

// ZHTW is the language tag of Chinese as written in Taiwan.
const ZHTW = "zh-Hant-TW"

// Text is a string with its language tag; an empty tag makes it a plain
// xsd:string.
type Text struct{ Value, Lang string }

// ZH returns text in Traditional Chinese, the language of every Taiwanese
// source that does not say otherwise. Blanks around it are dropped.
func ZH(s string) Text { return Text{strings.TrimSpace(s), ZHTW} }

// Term returns the literal of t.
func (t Text) Term() term.Term { return term.NewLangString(t.Value, t.Lang) }

// Texts returns the given strings as [ZH] texts without the empty ones.
func Texts(values ...string) []Text {
	var out []Text
	for _, v := range values {
		if t := ZH(v); t.Value != "" {
			out = append(out, t)
		}
	}
	return out
}

// Best returns the text in the wanted language, else in a related one (zh for
// zh-Hant-TW), else the first, else "".
func Best(texts []Text, lang string) string {
	best, score := "", -1
	for _, t := range texts {
		s := 0
		switch l, w := strings.ToLower(t.Lang), strings.ToLower(lang); {
		case l == w:
			s = 3
		case strings.SplitN(l, "-", 2)[0] == strings.SplitN(w, "-", 2)[0]:
			s = 2
		case l == "":
			s = 1
		}
		if s > score {
			best, score = t.Value, s
		}
	}
	return best
}

// Dataset is a dcat:Dataset (DCAT 3 §6.6). Fields that are empty give no
// triples. Addresses may be as the source wrote them; [EncodeIRI] is applied.
type Dataset struct {
	IRI         string // of our own; [Dataset.Assign] sets it
	Lang        string // tag of text that brings none of its own; default zh-Hant-TW
	Identifier  string // dct:identifier, the source's
	LocalID     string // adms:identifier, ours
	Title       []Text
	Description []Text
	Keyword     []Text
	Publisher   Agent
	Creator     Agent // who owns the data, when it is not the publisher
	Contact     []Contact
	LandingPage []string
	Page        []string // foaf:page, documentation
	Theme       []string // concept IRIs
	License     string   // licence IRI
	Rights      []Text
	Frequency   string // concept IRI
	FrequencyAs string // 更新頻率 in the source's words
	Issued      term.Term
	Modified    term.Term
	Language    []string // IRIs
	ConformsTo  []string
	Relation    []string
	SameAs      []string // the source's own IRIs for this dataset
	Fields      []Text   // 主要欄位說明, or the fields of a response
	Note        []Text
	Service     string // data service that serves the dataset

	Distribution []Distribution
	Extra        []term.Triple // what else the source says; may hold blank nodes
}

// Distribution is a dcat:Distribution (DCAT 3 §6.8).
type Distribution struct {
	IRI         string
	Title       []Text
	Description []Text
	AccessURL   string
	DownloadURL string
	Format      string // file-type IRI, or text that no code list has
	MediaType   string // such as text/csv
	License     string
	ByteSize    string // digits
	Quantity    string // 資料量
	Encoding    string // character encoding
	Fields      []Text
	Note        []Text
	Issued      term.Term
	Modified    term.Term
	Checked     term.Term // 品質檢測時間
	Service     string    // dcat:accessService
	ConformsTo  []string
}

// DataService is a dcat:DataService (DCAT 3 §6.9).
type DataService struct {
	IRI                 string
	Identifier          string
	Title               []Text
	Description         []Text
	Publisher           Agent
	EndpointURL         string
	EndpointDescription string
	ConformsTo          []string
	LandingPage         []string
	License             string
	Version             string
}

// Agent is an organisation or person: one of the directory by IRI, or an
// unknown one by name.
type Agent struct {
	IRI  string
	Name []Text
}

// IsZero reports whether nothing is known of the agent.
func (a Agent) IsZero() bool { return a.IRI == "" && len(a.Name) == 0 }

// Contact is a vcard:Kind for dcat:contactPoint.
type Contact struct{ Name, Email, Phone, URL string }

// own returns strings as texts in the dataset's language, without empty ones.
func (d *Dataset) own(values ...string) []Text {
	out := Texts(values...)
	for i := range out {
		if d.Lang != "" {
			out[i].Lang = d.Lang
		}
	}
	return out
}

// Assign gives the dataset and its distributions their IRIs and our identifier.
// Subjects in Extra follow: the names they had before, the empty IRI for the
// dataset.
func (d *Dataset) Assign(b Base, source, id string) {
	renamed := map[string]string{d.IRI: b.Dataset(source, id), "": b.Dataset(source, id)}
	d.IRI = b.Dataset(source, id)
	d.LocalID = source + "/" + Segment(id)
	for i := range d.Distribution {
		iri := b.Distribution(source, id, i+1)
		if old := d.Distribution[i].IRI; old != "" {
			renamed[old] = iri
		}
		d.Distribution[i].IRI = iri
	}
	for i, t := range d.Extra {
		if iri, ok := renamed[t.Subject.Value()]; ok {
			d.Extra[i].Subject = term.NewIRI(iri)
		}
	}
}
