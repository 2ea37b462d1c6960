package link

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// A Count knows of every record whose it is and to which others it is linked, and keeps
// that, so that after a change it reads only what changed. It is for one goroutine at a
// time.
type Count struct {
	dir     *dcat.Directory
	rd      *reader
	records map[string]*Record // without what only the search for links needs
	owners  map[string]string
	links   []*Mapping
}

// NewCount returns a count that knows nothing yet.
func NewCount() (*Count, error) {
	dir, err := dcat.NewDirectory()
	if err != nil {
		return nil, err
	}
	return &Count{dir: dir, rd: &reader{newOrganisations(dir), newLexicon(), weights}}, nil
}

// Counts reports whether a count can change with a graph.
func Counts(base dcat.Base, graph term.Term) bool { return matters(base, graph.Value()) }

// Read takes in the graphs that changed, or everything.
func (c *Count) Read(ctx context.Context, sn *store.Snapshot, base dcat.Base, graphs []term.Term, all bool) error {
	from, err := newCatalogue(sn, base, c.dir, countedProperties)
	if err != nil {
		return err
	}
	linksChanged := all
	if all {
		c.records, c.owners = map[string]*Record{}, map[string]string{}
		err = from.each(ctx, func(s seenRecord) error {
			c.take(s)
			return ctx.Err()
		})
	}
	for _, g := range graphs {
		if _, _, ok := base.DatasetOf(g.Value()); !ok {
			linksChanged = linksChanged || matters(base, g.Value())
			continue
		}
		var s seenRecord
		if s, err = from.one(ctx, g); err != nil {
			break
		}
		c.take(s)
	}
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	if linksChanged {
		c.links, err = Mappings(ctx, sn, base)
	}
	return err
}

// take takes in what a graph says now.
func (c *Count) take(s seenRecord) {
	delete(c.records, s.dataset)
	delete(c.owners, s.dataset)
	if r := s.record; r != nil {
		c.owners[r.IRI] = c.rd.owner(r).Org
		r.Addresses = nil
		c.records[r.IRI] = r
	}
}

// reporter puts together what is known.
func (c *Count) reporter() *reporter {
	m := &reporter{Report: &Report{}, records: c.records, owners: c.owners, dir: c.dir}
	m.counterparts(c.links)
	m.entries()
	return m
}

// Coverage counts the datasets of each institution.
func (c *Count) Coverage() []Coverage { return c.reporter().Organisations }

// Sum adds up the counts of institutions, by sector, and all of them under "".
func Sum(list []Coverage) (out []Coverage) {
	of := map[string]*Coverage{}
	for _, x := range list {
		for _, sector := range slices.Compact([]string{x.Sector, ""}) {
			if of[sector] == nil {
				of[sector] = &Coverage{Sector: sector}
			}
			s := of[sector]
			s.Own += x.Own
			s.OnPortal += x.OnPortal
			s.Candidates += x.Candidates
			s.Portal += x.Portal
			s.Unshown += x.Unshown
			s.Share = float64(s.OnPortal) / float64(max(s.Own, 1))
		}
	}
	for _, s := range of {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Coverage) int {
		if a.Sector == "" || b.Sector == "" { // all comes last
			return cmp.Compare(b.Sector, a.Sector)
		}
		return strings.Compare(a.Sector, b.Sector)
	})
	return out
}
