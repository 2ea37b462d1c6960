package dcat

import (
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/document"
	"fincat/vocab/term"
)

// ZHTW is the language tag of Chinese as written in Taiwan.
const ZHTW = "zh-Hant-TW"

// ZHHans is the language tag of text in simplified Chinese characters.
const ZHHans = "zh-Hans"

// Text is a string with its language tag; an empty tag makes it a plain
// xsd:string.
type Text struct{ Value, Lang string }

// ZH returns text in Traditional Chinese, the language of every Taiwanese
// source that does not say otherwise. Blanks around it are dropped.
func ZH(s string) Text { return Text{strings.TrimSpace(s), ZHTW} }

// Term returns the literal of t. A tag that is none by its form, such as
// "eng; USA", is left out, because no RDF document could hold it; zh_TW is zh-TW.
func (t Text) Term() term.Term {
	switch t.Lang {
	case "", ZHTW, "en":
	default:
		if t.Lang = strings.ReplaceAll(t.Lang, "_", "-"); !document.WellFormedTag(t.Lang) {
			t.Lang = ""
		}
	}
	return term.NewLangString(t.Value, t.Lang)
}

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
	IRI           string // of our own; [Dataset.Assign] sets it
	Lang          string // tag of text that brings none of its own; default zh-Hant-TW
	Identifier    string // dct:identifier, the source's
	LocalID       string // adms:identifier, ours
	Title         []Text
	Description   []Text
	Keyword       []Text
	Publisher     Agent
	Creator       Agent // who owns the data, when it is not the publisher
	Contact       []Contact
	LandingPage   []string
	Page          []string // foaf:page, documentation
	Theme         []string // concept IRIs
	ThemeAs       []Text   // themes in the source's words, see [Dataset.NameThemes]
	License       string   // licence IRI
	LicenseAs     string   // licence in the source's words, where those are not its own
	Rights        []Text
	Frequency     string // concept IRI
	FrequencyAs   string // 更新頻率 in the source's words
	frequencyLang string
	Issued        term.Term
	Modified      term.Term
	Language      []string // IRIs
	ConformsTo    []string
	Relation      []string
	SameAs        []string // the source's own IRIs for this dataset
	Fields        []Text   // 主要欄位說明, or the fields of a response
	Note          []Text
	Service       string // data service that serves the dataset

	Distribution []Distribution
	Extra        []term.Triple // what else the source says; the empty IRI stands for the dataset
}

// IsSeries reports whether the source says that the dataset is a series of others,
// which needs no distribution of its own (DCAT 3 §6.7).
func (d *Dataset) IsSeries() bool {
	return slices.ContainsFunc(d.Extra, func(t term.Triple) bool {
		return t.Subject.Value() == "" && t.Predicate.Value() == vocab.RDFType &&
			t.Object.Value() == vocab.DCATDatasetSeries
	})
}

// Distribution is a dcat:Distribution (DCAT 3 §6.8).
type Distribution struct {
	IRI         string
	Title       []Text
	Description []Text
	AccessURL   string
	DownloadURL string
	Format      string // file-type IRI, or text that no code list has
	FormatAs    string // format in the source's words, where those are not its own
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
	ID          string        // what the source calls it, if anything; its IRI is made of this
	Extra       []term.Triple // what else the source says; the empty IRI stands for the distribution
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
	Keyword             []Text
	Theme               []string // concept IRIs
	Contact             []Contact
}

// Agent is an organisation or person: one of the directory by IRI, or an
// unknown one by name.
type Agent struct {
	IRI   string
	Name  []Text
	Extra []term.Triple // what else the source says; the empty IRI stands for the agent
}

// IsZero reports whether nothing is known of the agent.
func (a Agent) IsZero() bool { return a.IRI == "" && len(a.Name) == 0 }

// Contact is a vcard:Kind for dcat:contactPoint.
type Contact struct {
	IRI   string // the source's, if it has one
	Name  string
	Lang  string // tag of the name, [Untagged] for none; default that of the dataset
	Email string
	Phone string
	URL   string
	Extra []term.Triple // what else the source says; the empty IRI stands for the contact
}

// Untagged stands for text that has no language tag where an empty tag means the
// default.
const Untagged = "-"

func tagOr(tag string) string {
	if tag == "" {
		return Untagged
	}
	return tag
}

// IsZero reports whether nothing is known of the contact.
func (c Contact) IsZero() bool {
	return c.IRI == "" && c.Name == "" && c.Email == "" && c.Phone == "" && c.URL == "" && len(c.Extra) == 0
}

// own returns strings as texts in the dataset's language, without empty ones.
func (d *Dataset) own(values ...string) []Text {
	lang := d.Lang
	if lang == "" {
		lang = ZHTW
	}
	out := Texts(values...)
	for i := range out {
		out[i].Lang = Written(out[i].Value, lang)
	}
	return out
}

// Assign gives the dataset and its distributions their IRIs and our identifier.
// Subjects in Extra follow: the names they had before, the empty IRI for the
// dataset.
//
// A distribution's IRI is made of what the source calls it, else of its
// address, and not of its place in the list: a file that is put before the
// others leaves them theirs.
func (d *Dataset) Assign(b Base, source, id string) {
	renamed := map[string]string{d.IRI: b.Dataset(source, id), "": b.Dataset(source, id)}
	d.IRI = b.Dataset(source, id)
	d.LocalID = source + "/" + Segment(id)
	for i, key := range d.distributionKeys() {
		iri := b.Distribution(source, id, key)
		if old := d.Distribution[i].IRI; old != "" {
			renamed[old] = iri
		}
		d.Distribution[i].IRI = iri
	}
	for i, t := range d.Extra {
		if iri, ok := renamed[t.Subject.Value()]; ok {
			d.Extra[i].Subject = term.NewIRI(iri)
		}
		if iri, ok := renamed[t.Object.Value()]; ok && (t.Object.IsBlankNode() || t.Object.IsIRI() &&
			(t.Object.Value() == "" || t.Predicate.Value() == vocab.DCATServesDataset)) {
			d.Extra[i].Object = term.NewIRI(iri)
		}
	}
}

// distributionKeys returns what tells each distribution from the others: the
// source's own name for it, else its address. Where several have the same
// address, format, title and licence are added, and then a number.
func (d *Dataset) distributionKeys() []string {
	keys := make([]string, len(d.Distribution))
	count := map[string]int{}
	for i := range d.Distribution {
		x := &d.Distribution[i]
		switch {
		case x.ID != "":
			keys[i] = x.ID
		case x.DownloadURL != "":
			keys[i] = x.DownloadURL
		default:
			keys[i] = x.AccessURL
		}
		count[keys[i]]++
	}
	seen := map[string]int{}
	for i := range d.Distribution {
		x := &d.Distribution[i]
		if key := keys[i]; count[key] > 1 || key == "" {
			keys[i] = strings.Join([]string{key, x.Format, x.MediaType, Best(x.Title, ZHTW), x.License, x.Quantity},
				"\n")
		}
		if seen[keys[i]]++; seen[keys[i]] > 1 {
			keys[i] += "\n" + strconv.Itoa(seen[keys[i]])
		}
	}
	return keys
}
