package search

import (
	"context"
	"slices"
	"strings"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Field is where in a dataset's record a word was found, the best first.
type Field int

// The fields.
const (
	Title Field = iota
	Identifier
	Keyword
	Column // field of the dataset's files, 主要欄位說明
	Organisation
	Description
	File // address or title of a file, address of the page
	fields
)

func (f Field) String() string {
	return [...]string{"title", "identifier", "keyword", "column", "organisation", "description", "file", ""}[f]
}

// weights are what a word counts by the field that it is in.
var weights = [fields]int{80, 60, 40, 30, 30, 20, 10}

// Texts are what a dataset's record says in one field.
type Texts [fields][]term.Term

// Entry is what is known of a dataset besides the listing. What others read of it is never changed.
type Entry struct {
	*listing.Dataset
	Titles  []term.Term
	Updated string // date of the data, as the source says it
	Badge   string // such as 金; "": not checked

	text   string // folded, field after field
	ends   [fields]uint32
	values []uint32 // facet after facet but sectors, each a facetValue

	// Of the follower alone: what nobody else reads may change.
	slot int32
	gone bool // another one stands in its place, or none
}

// reading reads entries from one state.
type reading struct {
	sn         *store.Snapshot
	base       dcat.Base
	properties map[store.ID]string // those that are read, by ID
}

// readProperties are the properties that an entry is made of.
var readProperties = [...]string{
	vocab.DCTTitle, vocab.DCTIdentifier, vocab.DCATKeyword, vocab.FincatFieldDescription, vocab.DCTDescription,
	vocab.DCATDownloadURL, vocab.DCATAccessURL, vocab.DCATLandingPage, vocab.DCTModified, vocab.DCTAccrualPeriodicity,
	vocab.DCATAccessService, vocab.DCATServesDataset, vocab.DCATDistributionProperty, vocab.DCATEndpointURL,
}

func newReading(sn *store.Snapshot, base dcat.Base) (*reading, error) {
	rd := &reading{sn, base, map[store.ID]string{}}
	for _, p := range readProperties {
		id, ok, err := sn.Lookup(term.NewIRI(p))
		if err != nil {
			return nil, err
		}
		if ok {
			rd.properties[id] = p
		}
	}
	return rd, nil
}

// statement is one that is read, with its subject.
type statement struct {
	property string
	subject  store.ID
	object   term.Term
}

// maxStatements bounds what is read of one record.
const maxStatements = 20_000

// statements reads what the record of a dataset says with the properties that matter.
func (rd *reading) statements(ctx context.Context, d *listing.Dataset) ([]statement, error) {
	var out []statement
	var ids []store.ID
	scan := func(p store.Pattern) error {
		for b, err := range rd.sn.Batches(ctx, p, store.ScanOptions{Order: store.OrderFor(p)}) {
			if err != nil {
				return err
			}
			for i := range b.N {
				if property, ok := rd.properties[b.P[i]]; ok && len(out) < maxStatements {
					out = append(out, statement{property: property, subject: b.S[i]})
					ids = append(ids, b.O[i])
				}
			}
		}
		return nil
	}
	for _, g := range d.Graphs {
		if err := scan(store.Pattern{G: g}); err != nil {
			return nil, err
		}
	}
	if len(d.Graphs) == 0 {
		if err := scan(store.Pattern{S: d.ID}); err != nil {
			return nil, err
		}
		for i := range out {
			if out[i].property == vocab.DCATDistributionProperty {
				if err := scan(store.Pattern{S: ids[i]}); err != nil {
					return nil, err
				}
			}
		}
	}
	terms := make([]term.Term, len(ids))
	if err := rd.sn.Terms(ids, terms); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].object = terms[i]
	}
	return out, nil
}

// textOf sorts statements into the fields that they are the texts of.
func (rd *reading) textOf(d *listing.Dataset, list []statement) (t Texts) {
	if path, ok := d.Path(rd.base); ok {
		t[Identifier] = append(t[Identifier], term.NewString(path))
	}
	for _, s := range list {
		var f Field
		own := s.subject == d.ID
		switch s.property {
		case vocab.DCTTitle:
			if f = File; own {
				f = Title
			}
		case vocab.DCTIdentifier:
			f = Identifier
		case vocab.DCATKeyword:
			f = Keyword
		case vocab.FincatFieldDescription:
			f = Column
		case vocab.DCTDescription:
			f = Description
		case vocab.DCATDownloadURL, vocab.DCATAccessURL, vocab.DCATLandingPage, vocab.DCATEndpointURL:
			f = File
		default:
			continue
		}
		if s.object.IsBlankNode() || slices.Contains(t[f], s.object) {
			continue
		}
		t[f] = append(t[f], s.object)
	}
	return t
}

// Texts reads what the record of a dataset says, field by field.
func (t *Table) Texts(ctx context.Context, sn *store.Snapshot, d *listing.Dataset) (Texts, error) {
	rd, err := newReading(sn, t.base)
	if err != nil {
		return Texts{}, err
	}
	list, err := rd.statements(ctx, d)
	return rd.textOf(d, list), err
}

// entry reads one dataset.
func (rd *reading) entry(ctx context.Context, d *listing.Dataset, ns *names) (*Entry, error) {
	list, err := rd.statements(ctx, d)
	if err != nil {
		return nil, err
	}
	e := &Entry{Dataset: d}
	texts := rd.textOf(d, list)
	e.Titles = texts[Title]
	e.spell(texts)
	var frequencies, api []string
	for _, s := range list {
		switch {
		case s.property == vocab.DCTModified && s.subject == d.ID && s.object.Value() > e.Updated:
			e.Updated, _, _ = strings.Cut(strings.Clone(s.object.Value()), "T")
		case s.property == vocab.DCTAccrualPeriodicity && s.object.IsIRI():
			frequencies = append(frequencies, strings.Clone(s.object.Value()))
		case s.property == vocab.DCATAccessService,
			s.property == vocab.DCATServesDataset && s.object.Value() == d.IRI:
			api = []string{Yes}
		}
	}
	if e.Badge, err = rd.badge(ctx, d); err != nil {
		return nil, err
	}
	badges := []string{Unchecked}
	if e.Badge != "" {
		badges = []string{e.Badge}
	}
	e.place(d, ns)
	e.values = ns.add(e.values, ByFrequency, frequencies)
	e.values = ns.add(e.values, ByBadge, badges)
	e.values = ns.add(e.values, ByAPI, api)
	return e, nil
}

// place sorts the entry by what the listing knows.
func (e *Entry) place(d *listing.Dataset, ns *names) {
	kept := slices.DeleteFunc(slices.Clone(e.values), func(v uint32) bool {
		return v>>facetShift < uint32(ByFrequency)
	})
	orgs := slices.Concat(d.Publishers, d.Owners)
	slices.Sort(orgs)
	out := ns.add(make([]uint32, 0, 12), ByPublisher, slices.Compact(orgs))
	out = ns.add(out, BySource, d.Sources)
	out = ns.add(out, ByFormat, d.Formats)
	out = ns.add(out, ByLicence, d.Licences)
	out = ns.add(out, ByTheme, d.Themes)
	e.values = append(out, kept...)
}

// spell keeps texts as they are compared.
func (e *Entry) spell(texts Texts) {
	var b strings.Builder
	for f, list := range texts {
		for _, t := range list {
			b.WriteString(Fold(t.Value()))
			b.WriteByte('\n')
		}
		e.ends[f] = uint32(b.Len())
	}
	e.text = b.String()
}

// at is the field that a place of the text belongs to.
func (e *Entry) at(i int) Field {
	for f, end := range e.ends {
		if uint32(i) < end {
			return Field(f)
		}
	}
	return File
}

// badge reads what the checks gave a dataset, "" for nothing.
func (rd *reading) badge(ctx context.Context, d *listing.Dataset) (string, error) {
	path, ok := d.Path(rd.base)
	if !ok {
		return "", nil
	}
	m, ok, err := rd.sn.Lookup(term.NewIRI(string(rd.base) + "quality/" + path + "#badge"))
	if err != nil || !ok {
		return "", err
	}
	value, ok, err := rd.sn.Lookup(term.NewIRI(vocab.DQVValue))
	if err != nil || !ok {
		return "", err
	}
	p := store.Pattern{S: m, P: value}
	var found string
	for b, err := range rd.sn.Batches(ctx, p, store.ScanOptions{Order: store.OrderFor(p)}) {
		if err != nil {
			return "", err
		}
		for i := range b.N {
			t, err := rd.sn.Term(b.O[i])
			if err != nil {
				return "", err
			}
			found = max(found, strings.Clone(t.Value()))
		}
	}
	return found, nil
}

// Day is when the dataset changed here, in Taiwan.
func (e *Entry) Day() string { return e.Changed.In(taipei).Format(time.DateOnly) }

var taipei = time.FixedZone("CST", 8*60*60)
