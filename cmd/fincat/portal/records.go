package portal

import (
	"slices"
	"strings"

	"fincat/harvest/feed"
	"fincat/harvest/feed/listing"
	"fincat/vocab"
	"fincat/vocab/term"
)

// comparison shows in what the records of one dataset differ, the one that says most first.
type comparison struct {
	Records []value // their sources
	Rows    []comparedRow
}

type comparedRow struct {
	Label  string
	Values [][]value // of each record
}

// compared are the properties in which records should not differ.
var compared = []string{
	vocab.DCTTitle, vocab.DCTPublisher, vocab.DCTCreator, vocab.DCTLicense, vocab.DCTAccrualPeriodicity,
	vocab.DCTModified, vocab.DCATLandingPage, vocab.DCTFormat,
}

// maxCompared is how many records of a dataset are compared.
const maxCompared = 5

// comparison compares the records of a dataset, nil when it has one only.
func (rd *reader) comparison(list *listing.Listing, iri string) (*comparison, error) {
	d := list.Find(iri)
	if d == nil || d.Removed {
		return nil, nil
	}
	all := list.Together(d)
	if len(all) < 2 {
		return nil, nil
	}
	out := &comparison{}
	values := map[string][][]value{}
	for _, x := range all[:min(maxCompared, len(all))] {
		name := value{Text: rd.source(x.IRI)}
		if x != d {
			name.Href, _ = rd.href(x.IRI)
		}
		out.Records = append(out.Records, name)
		quads, err := feed.Describe(rd.ctx, rd.sn, x.IRI)
		if err != nil {
			return nil, err
		}
		for _, property := range compared {
			values[property] = append(values[property], rd.said(x.IRI, property, quads))
		}
	}
	for _, property := range compared {
		if row := (comparedRow{rd.label(property), values[property]}); row.differs() {
			out.Rows = append(out.Rows, row)
		}
	}
	return out, nil
}

// said returns what a description says of a dataset, or, of formats, of its files.
func (rd *reader) said(iri, property string, quads []term.Quad) (out []value) {
	for _, q := range quads {
		about := q.Subject.Value() == iri
		if property == vocab.DCTFormat {
			about = strings.HasPrefix(q.Subject.Value(), rd.base+"distribution/")
		}
		if !about || q.Predicate.Value() != property || len(out) >= maxValues {
			continue
		}
		if v := rd.value(q.Object); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b value) int { return strings.Compare(a.Text, b.Text) })
	return out
}

// differs reports whether two records say different things: what one does not say is no
// contradiction.
func (r comparedRow) differs() bool {
	said := ""
	for _, values := range r.Values {
		var texts []string
		for _, v := range values {
			texts = append(texts, v.Text)
		}
		text := strings.Join(texts, "\n")
		if said != "" && text != "" && text != said {
			return true
		}
		if text != "" {
			said = text
		}
	}
	return false
}
