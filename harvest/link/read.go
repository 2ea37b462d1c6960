package link

import (
	"context"
	"slices"
	"strings"

	"fincat/harvest/column"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// A catalogue reads records from the graphs of one snapshot.
type catalogue struct {
	base   dcat.Base
	dir    *dcat.Directory
	sn     *store.Snapshot
	fields map[store.ID]string // predicates that matter, by their ID
	shared map[string]string   // values that many records have
}

// countedProperties are the properties that records are read from of which only the owner
// and the links count, readProperties those of records to be compared.
var (
	countedProperties = []string{
		vocab.DCTTitle, vocab.DCTIdentifier, vocab.DCTPublisher, vocab.DCTCreator, vocab.DCTLicense,
		vocab.DCTAccrualPeriodicity, vocab.FincatFrequencyText, vocab.DCATLandingPage, vocab.OWLSameAs,
		vocab.DCATAccessURL, vocab.DCATDownloadURL, vocab.DCTFormat, vocab.DCTModified,
		vocab.FOAFName, vocab.FOAFPrimaryTopic, vocab.PROVInvalidatedAtTime, vocab.DCTIsReplacedBy,
	}
	readProperties = slices.Concat(countedProperties, []string{vocab.DCTDescription, vocab.FincatFieldDescription})
)

func newCatalogue(sn *store.Snapshot, base dcat.Base, dir *dcat.Directory, properties []string) (*catalogue, error) {
	fields, err := column.Predicates(sn, properties)
	return &catalogue{base: base, dir: dir, sn: sn, fields: fields, shared: map[string]string{}}, err
}

// A seenRecord is what a graph says: a record, or by what one was replaced.
type seenRecord struct {
	dataset    string
	record     *Record // nil when there is none any more
	replacedBy string
}

// each yields the records of the whole catalogue.
func (c *catalogue) each(ctx context.Context, yield func(seenRecord) error) error {
	return c.scan(ctx, store.Pattern{}, yield)
}

// one returns what a graph says; its record is nil when the graph is gone.
func (c *catalogue) one(ctx context.Context, graph term.Term) (seenRecord, error) {
	dataset, _, _ := c.base.DatasetOf(graph.Value())
	out := seenRecord{dataset: dataset}
	id, ok, err := c.sn.Lookup(graph)
	if err != nil || !ok {
		return out, err
	}
	err = c.scan(ctx, store.Pattern{G: id}, func(s seenRecord) error {
		out = s
		return nil
	})
	return out, err
}

// scan reads the graphs of a pattern one after the other.
func (c *catalogue) scan(ctx context.Context, p store.Pattern, yield func(seenRecord) error) error {
	var graph store.ID
	var rows [][3]store.ID
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		s, ok, err := c.graph(graph, rows)
		rows = rows[:0]
		if err != nil || !ok {
			return err
		}
		return yield(s)
	}
	for b, err := range c.sn.Batches(ctx, p, store.ScanOptions{Order: store.GSPO}) {
		if err != nil {
			return err
		}
		for i := range b.N {
			if b.G[i] != graph {
				if err := flush(); err != nil {
					return err
				}
				graph = b.G[i]
			}
			if _, ok := c.fields[b.P[i]]; ok {
				rows = append(rows, [3]store.ID{b.S[i], b.P[i], b.O[i]})
			}
		}
	}
	return flush()
}

// graph makes a record of the statements of a graph.
func (c *catalogue) graph(id store.ID, rows [][3]store.ID) (out seenRecord, ok bool, err error) {
	g, err := c.sn.Term(id)
	if err != nil {
		return out, false, err
	}
	dataset, source, ok := c.base.DatasetOf(g.Value())
	if !ok {
		return out, false, nil
	}
	ids := make([]store.ID, 0, 2*len(rows))
	for _, r := range rows {
		ids = append(ids, r[0], r[2])
	}
	terms := make([]term.Term, len(ids))
	if err := c.sn.Terms(ids, terms); err != nil {
		return out, false, err
	}
	m := making{base: c.base, dataset: dataset, r: &Record{IRI: dataset, Source: c.common(source)},
		names: map[string]string{}, common: c.common}
	for i, row := range rows {
		m.statement(terms[2*i].Value(), c.fields[row[1]], terms[2*i+1])
	}
	out.dataset, out.replacedBy = dataset, m.replacedBy
	if m.live {
		out.record = m.r
		m.r.Publisher, m.r.Name = c.agent(m.publisher, m.names)
		m.r.Creator, _ = c.agent(m.creator, m.names)
		m.r.own(m.landing)
		m.r.Publisher, m.r.Name, m.r.Creator = c.common(m.r.Publisher), c.common(m.r.Name), c.common(m.r.Creator)
	}
	return out, true, nil
}

// common returns a value that many records have, of which one copy is kept. What a
// record keeps must be copied: a text that comes from the store holds the texts in the
// memory of all terms that were read with it.
func (c *catalogue) common(v string) string {
	if own, ok := c.shared[v]; ok {
		return own
	}
	v = strings.Clone(v)
	if len(c.shared) < maxShared {
		c.shared[v] = v
	}
	return v
}

// maxShared bounds how many values are kept for records to share.
const maxShared = 50_000

// A making is a record that is being made of the statements of its graph.
type making struct {
	base               dcat.Base
	dataset            string
	r                  *Record
	live               bool // there is a title: tombstones have none
	publisher, creator string
	replacedBy         string
	landing            []string
	names              map[string]string // of agents
	common             func(string) string
}

// statement takes in one statement.
func (m *making) statement(s, p string, o term.Term) {
	r, v := m.r, o.Value()
	if s == m.dataset {
		m.aboutDataset(p, o)
		return
	}
	switch p {
	case vocab.DCTLicense:
		if r.Licence == "" {
			r.Licence = m.common(v)
		}
	case vocab.FincatFieldDescription:
		r.Fields = append(r.Fields, column.Split(v)...)
	case vocab.DCATAccessURL, vocab.DCATDownloadURL:
		if !slices.Contains(r.Addresses, v) && len(r.Addresses) < maxAddresses {
			r.Addresses = append(r.Addresses, strings.Clone(v))
		}
	case vocab.DCTFormat:
		if !slices.Contains(r.Formats, v) {
			r.Formats = append(r.Formats, m.common(v))
		}
	case vocab.DCTModified:
		if strings.HasPrefix(s, string(m.base)+"record/") {
			r.Modified = m.common(v)
		}
	case vocab.FOAFName:
		m.names[s] = v
	}
}

// aboutDataset takes in a statement about the dataset itself.
func (m *making) aboutDataset(p string, o term.Term) {
	r, v := m.r, o.Value()
	switch p {
	case vocab.DCTTitle:
		m.live = true
		r.Titles = appendTitle(r.Titles, o)
	case vocab.DCTIdentifier:
		r.ID = strings.Clone(v)
	case vocab.DCTPublisher:
		m.publisher = v
	case vocab.DCTCreator:
		m.creator = v
	case vocab.DCTDescription:
		r.Text = v
	case vocab.DCTLicense:
		r.Licence = m.common(v)
	case vocab.DCTAccrualPeriodicity:
		r.Frequency = m.common(v)
	case vocab.FincatFrequencyText:
		if r.Frequency == "" {
			r.Frequency = m.common(v)
		}
	case vocab.DCATLandingPage:
		m.landing = append(m.landing, strings.Clone(v))
	case vocab.OWLSameAs:
		r.Declared = append(r.Declared, strings.Clone(v))
	case vocab.FincatFieldDescription:
		r.Fields = append(r.Fields, column.Split(v)...)
	case vocab.DCTIsReplacedBy:
		m.replacedBy = strings.Clone(v)
	}
}

// maxAddresses bounds the addresses of a record that are looked at.
const maxAddresses = 64

// appendTitle appends a title, one in Chinese before those in other languages.
func appendTitle(list []string, t term.Term) []string {
	if strings.HasPrefix(t.Lang(), "zh") {
		return slices.Insert(list, 0, strings.Clone(t.Value()))
	}
	return append(list, strings.Clone(t.Value()))
}

// agent returns the identifier of an organisation of the directory, or the name
// of another one.
func (c *catalogue) agent(iri string, names map[string]string) (org, name string) {
	if id, ok := strings.CutPrefix(iri, string(c.base)+"org/"); ok {
		return id, ""
	}
	name = names[iri]
	if o, ok := c.dir.ByName(name); ok && name != "" {
		return o.ID, ""
	}
	return "", name
}

// own works out whether a record is the portal's own: its page there has the
// number that is its identifier. A page with another number is a declaration.
func (r *Record) own(landing []string) {
	for _, iri := range append(slices.Clone(landing), r.Declared...) {
		n := portalNumber(iri)
		if n == "" {
			continue
		}
		if r.ID == n || portalNumber(r.ID) == n {
			r.Portal = n
		} else if !slices.Contains(r.Declared, iri) {
			r.Declared = append(r.Declared, iri)
		}
	}
}
