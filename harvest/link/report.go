package link

import (
	"cmp"
	"context"
	"slices"

	"fincat/store"
	"fincat/vocab/dcat"
)

// A Report says how the institutions' own sources and the portal agree.
type Report struct {
	Organisations []Coverage `json:"organisations"`
	Missing       []Entry    `json:"missing"`   // what an institution shows and the portal lacks
	Unshown       []Entry    `json:"unshown"`   // what the portal has and no source of the institution shows
	Conflicts     []Conflict `json:"conflicts"` // what counterparts say differently
}

// Coverage counts the datasets of one institution.
type Coverage struct {
	Organisation string  `json:"organisation"`
	Sector       string  `json:"sector"`
	Own          int     `json:"own"`    // records of its own sources
	OnPortal     int     `json:"linked"` // those that are linked to a record of the portal
	Share        float64 `json:"share"`
	Candidates   int     `json:"candidates"` // those of the others for which a person has to decide
	Portal       int     `json:"portal"`     // records of the portal of which it is the owner
	Unshown      int     `json:"unshown"`
}

// An Entry is one dataset.
type Entry struct {
	Organisation string   `json:"organisation"`
	Dataset      string   `json:"dataset"`
	Identifier   string   `json:"identifier"`
	Title        string   `json:"title"`
	Candidates   []string `json:"candidates,omitempty"` // counterparts that nobody has decided about
}

// A Conflict is a property of which two counterparts say different things.
type Conflict struct {
	Organisation string `json:"organisation"`
	Dataset      string `json:"dataset"`
	Counterpart  string `json:"counterpart"`
	Title        string `json:"title"`
	Property     string `json:"property"` // licence, frequency or format
	Here         string `json:"here"`
	There        string `json:"there"`
}

// MakeReport makes the report of a state of a store. Records whose institution
// is not known are counted under "".
func MakeReport(ctx context.Context, sn *store.Snapshot, base dcat.Base) (*Report, error) {
	m, err := report(ctx, sn, base)
	if err != nil {
		return nil, err
	}
	m.conflicts()
	return m.Report, nil
}

// report counts a state of a store.
func report(ctx context.Context, sn *store.Snapshot, base dcat.Base) (*reporter, error) {
	c, err := NewCount()
	if err != nil {
		return nil, err
	}
	if err := c.Read(ctx, sn, base, nil, true); err != nil {
		return nil, err
	}
	return c.reporter(), nil
}

// A Standing says of a record of an institution's own source whether the portal has it.
type Standing struct {
	Entry
	Source string
	Linked []string // records of the portal that are the same dataset
}

// Standings returns how the records of all sources but the portal stand, by dataset.
func Standings(ctx context.Context, sn *store.Snapshot, base dcat.Base) ([]Standing, error) {
	m, err := report(ctx, sn, base)
	if err != nil {
		return nil, err
	}
	var out []Standing
	for iri, r := range m.records {
		if r.Portal == "" {
			s := Standing{Entry: m.entry(r), Source: r.Source, Linked: m.linked[iri]}
			slices.Sort(s.Linked)
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Standing) int { return cmp.Compare(a.Dataset, b.Dataset) })
	return out, nil
}

// A reporter puts a report together.
type reporter struct {
	*Report
	records map[string]*Record
	owners  map[string]string
	dir     *dcat.Directory
	linked  map[string][]string // between own records and those of the portal
	open    map[string][]string // candidates
}

// counterparts notes the links between the portal and the other sources.
func (m *reporter) counterparts(list []*Mapping) {
	m.linked, m.open = map[string][]string{}, map[string][]string{}
	for _, k := range list {
		a, b := m.records[k.Subject], m.records[k.Object]
		if a == nil || b == nil || k.Kind != Same || (a.Portal == "") == (b.Portal == "") {
			continue
		}
		into := m.linked
		switch k.State {
		case Refused:
			continue
		case Candidate:
			into = m.open
		}
		for _, p := range [][2]string{{a.IRI, b.IRI}, {b.IRI, a.IRI}} {
			if !slices.Contains(into[p[0]], p[1]) {
				into[p[0]] = append(into[p[0]], p[1])
			}
		}
	}
}

// entries lists what has no counterpart, and counts.
func (m *reporter) entries() {
	count := map[string]*Coverage{}
	of := func(org string) *Coverage {
		if count[org] == nil {
			o, _ := m.dir.ByID(org)
			count[org] = &Coverage{Organisation: org, Sector: o.Sector}
		}
		return count[org]
	}
	for iri, r := range m.records {
		if r.Portal == "" {
			c := of(m.owners[iri])
			c.Own++
			switch {
			case len(m.linked[iri]) > 0:
				c.OnPortal++
				continue
			case len(m.open[iri]) > 0:
				c.Candidates++
			}
			m.Missing = append(m.Missing, m.entry(r))
		}
	}
	for iri, r := range m.records {
		org := m.owners[iri]
		if c := count[org]; r.Portal != "" && c != nil && org != "" {
			c.Portal++
			if len(m.linked[iri]) == 0 {
				c.Unshown++
				m.Unshown = append(m.Unshown, m.entry(r))
			}
		}
	}
	for _, c := range count {
		if c.Own > 0 {
			c.Share = float64(c.OnPortal) / float64(c.Own)
		}
		m.Organisations = append(m.Organisations, *c)
	}
	slices.SortFunc(m.Organisations, func(a, b Coverage) int { return cmp.Compare(a.Organisation, b.Organisation) })
	for _, list := range [][]Entry{m.Missing, m.Unshown} {
		slices.SortFunc(list, func(a, b Entry) int {
			return cmp.Or(cmp.Compare(a.Organisation, b.Organisation), cmp.Compare(a.Dataset, b.Dataset))
		})
	}
}

func (m *reporter) entry(r *Record) Entry {
	e := Entry{
		Organisation: m.owners[r.IRI], Dataset: r.IRI, Identifier: r.ID, Title: r.title(), Candidates: m.open[r.IRI],
	}
	slices.Sort(e.Candidates)
	return e
}

func (r *Record) title() string {
	if len(r.Titles) == 0 {
		return ""
	}
	return r.Titles[0]
}

// conflicts lists what own records and their counterparts at the portal say
// differently. What only one of them says is no conflict.
func (m *reporter) conflicts() {
	for iri, list := range m.linked {
		a := m.records[iri]
		if a.Portal != "" {
			continue
		}
		for _, other := range list {
			b := m.records[other]
			add := func(property, here, there string) {
				c := Conflict{m.owners[iri], iri, other, a.title(), property, here, there}
				m.Conflicts = append(m.Conflicts, c)
			}
			if a.Licence != "" && b.Licence != "" && a.Licence != b.Licence {
				add("licence", a.Licence, b.Licence)
			}
			if a.Frequency != "" && b.Frequency != "" && a.Frequency != b.Frequency {
				add("frequency", a.Frequency, b.Frequency)
			}
			common := slices.ContainsFunc(a.Formats, func(f string) bool { return slices.Contains(b.Formats, f) })
			if len(a.Formats) > 0 && len(b.Formats) > 0 && !common {
				add("format", lastPart(a.Formats[0]), lastPart(b.Formats[0]))
			}
		}
	}
	slices.SortFunc(m.Conflicts, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Organisation, b.Organisation), cmp.Compare(a.Dataset, b.Dataset),
			cmp.Compare(a.Counterpart, b.Counterpart), cmp.Compare(a.Property, b.Property))
	})
}

// lastPart returns what follows the last slash of an IRI.
func lastPart(iri string) string {
	for i := len(iri) - 1; i >= 0; i-- {
		if iri[i] == '/' || iri[i] == '#' {
			return iri[i+1:]
		}
	}
	return iri
}
