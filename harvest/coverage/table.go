package coverage

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/link"
	"fincat/store"
	"fincat/store/follow"
	"fincat/vocab"
	"fincat/vocab/dcat"
)

// What a row is about.
const (
	Organisation = "organisation"
	Sector       = "sector"
	All          = "all"
)

// A Row is how many datasets an institution or sector had at the end of a quarter, or has
// in this one.
type Row struct {
	Quarter string `json:"quarter"`
	Kind    string `json:"kind"` // Organisation, Sector or All
	ID      string `json:"id"`   // in the directory, or of the sector; "" of all
	link.Coverage
}

// Rows reads the rows of all quarters, by kind, identifier and quarter.
func Rows(ctx context.Context, sn *store.Snapshot, base dcat.Base) (out []Row, err error) {
	graphs, err := follow.Beginning(ctx, sn, base.CoverageGraph(""))
	if err != nil {
		return nil, err
	}
	for _, g := range graphs {
		triples, err := follow.Triples(ctx, sn, g)
		if err != nil {
			return nil, err
		}
		rows := map[string]*Row{}
		for _, t := range triples {
			s := t.Subject.Value()
			if rows[s] == nil {
				rows[s] = &Row{}
			}
			rows[s].statement(base, t.Predicate.Value(), t.Object.Value())
		}
		for _, r := range rows {
			if r.Quarter != "" && r.Kind != "" {
				out = append(out, *r)
			}
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), cmp.Compare(a.ID, b.ID),
			cmp.Compare(a.Quarter, b.Quarter))
	})
	return out, nil
}

// rank puts organisations first and all last.
func rank(kind string) int { return slices.Index([]string{Organisation, Sector, All}, kind) }

// statement takes in a statement about a row.
func (r *Row) statement(base dcat.Base, property, value string) {
	for _, f := range figures {
		if f.property == property {
			*f.of(&r.Coverage), _ = strconv.Atoi(value) // what is no number counts as none
		}
	}
	switch property {
	case vocab.FincatQuarter:
		r.Quarter = value
	case vocab.FincatShare:
		r.Share, _ = strconv.ParseFloat(value, 64)
	case vocab.FincatCounts:
		if id, ok := strings.CutPrefix(value, string(base)+"org/"); ok {
			r.Kind, r.ID, r.Organisation = Organisation, id, id
		} else if id, ok := strings.CutPrefix(value, base.Sector("")); ok {
			r.Kind, r.ID, r.Sector = Sector, id, id
		} else if value == base.Catalog() {
			r.Kind = All
		}
	}
}

// Header names the cells of a row.
var Header = []string{
	"quarter", "kind", "id", "own_records", "on_data_gov_tw", "share", "to_decide", "portal_records",
	"shown_by_no_source",
}

// Cells returns rows as lines of a table.
func Cells(rows []Row) (out [][]string) {
	for i := range rows {
		r := &rows[i]
		n := func(v int) string { return strconv.Itoa(v) }
		out = append(out, []string{r.Quarter, r.Kind, r.ID, n(r.Own), n(r.OnPortal),
			strconv.FormatFloat(r.Share, 'f', 4, 64), n(r.Candidates), n(r.Portal), n(r.Unshown)})
	}
	return out
}

// A Line is what is known of one institution or sector, over the quarters of a table.
type Line struct {
	Kind, ID string
	Rows     []*Row // by quarter; nil where nothing is known
	Newest   *Row
}

// Table puts rows side by side, of the newest quarters at most.
func Table(rows []Row, quarters int) (names []string, lines []Line) {
	for _, r := range rows {
		if !slices.Contains(names, r.Quarter) {
			names = append(names, r.Quarter)
		}
	}
	slices.Sort(names)
	names = names[max(0, len(names)-quarters):]
	for i := range rows {
		r := &rows[i]
		at := slices.Index(names, r.Quarter)
		if at < 0 {
			continue
		}
		if n := len(lines); n == 0 || lines[n-1].Kind != r.Kind || lines[n-1].ID != r.ID {
			lines = append(lines, Line{Kind: r.Kind, ID: r.ID, Rows: make([]*Row, len(names))})
		}
		l := &lines[len(lines)-1]
		l.Rows[at], l.Newest = r, r
	}
	return names, lines
}
